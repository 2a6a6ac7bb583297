//! What a class guesses.

use std::collections::BTreeMap;

use super::name;
use crate::dashboard::PollView;
use crate::session::Observed;

/// Words to choose from, at most.
const MOST_OPTIONS: usize = 8;

/// A question to the class: which word comes next?
#[derive(Clone, Debug)]
pub(super) struct Poll {
    prompt: String,
    /// The words to choose from, and how probable the model held each when it was asked, in percent.
    options: Vec<(String, u32)>,
    /// Who has chosen which.
    votes: BTreeMap<u64, usize>,
    is_closed: bool,
}

impl Poll {
    /// Of what the teacher asks now: the words that the model holds for the most probable, in the order of the vocabulary. None where
    /// there is no answer.
    pub fn new(observed: &Observed) -> Option<Self> {
        let run = observed.run();
        let answer = run.answer.as_ref()?;
        let mut likely: Vec<_> = answer.ranking().into_iter().take(MOST_OPTIONS).collect();
        likely.sort_unstable_by_key(|(word, _)| *word);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share
        let percent = |share: f32| (100.0 * share.clamp(0.0, 1.0)).round() as u32;
        let vocabulary = &run.snapshot.run.vocabulary;
        let option = |(word, share): (usize, f32)| Some((vocabulary.get(word)?.clone(), percent(share)));
        let options = likely.into_iter().map(option).collect::<Option<_>>()?;
        Some(Self { prompt: name::prompt(&answer.prompt), options, votes: BTreeMap::new(), is_closed: false })
    }

    /// One of the class guesses; who has guessed before guesses anew.
    pub fn vote(&mut self, number: u64, option: usize) {
        if !self.is_closed && option < self.options.len() {
            self.votes.insert(number, option);
        }
    }

    /// Somebody has left: who comes again guesses anew, and nobody counts twice.
    pub fn forget(&mut self, number: u64) {
        if !self.is_closed {
            self.votes.remove(&number);
        }
    }

    /// Closed, if it was open; then over.
    pub fn next(self) -> Option<Self> {
        (!self.is_closed).then_some(Self { is_closed: true, ..self })
    }

    /// As one of the class sees it. Until it is closed nobody sees what others guess.
    pub fn view(&self, number: u64) -> PollView {
        let count = |option: usize| self.votes.values().filter(|vote| **vote == option).count();
        let result = || self.options.iter().enumerate().map(|(option, (_, model))| (count(option), *model)).collect();
        PollView {
            prompt: self.prompt.clone(),
            options: self.options.iter().map(|(word, _)| word.clone()).collect(),
            own: self.votes.get(&number).copied(),
            votes: self.votes.len(),
            result: self.is_closed.then(result),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll() -> Poll {
        let options = [("挨打", 91), ("玩具", 7)].map(|(word, share)| (word.to_owned(), share)).to_vec();
        Poll { prompt: "我 讨厌".to_owned(), options, votes: BTreeMap::new(), is_closed: false }
    }

    #[test]
    fn everybody_has_one_guess_and_sees_those_of_others_when_it_is_closed() {
        let mut poll = poll();
        poll.vote(1, 1);
        poll.vote(2, 0);
        poll.vote(1, 0);
        poll.vote(3, 7);
        poll.vote(4, 1);
        poll.forget(4);
        let seen = poll.view(1);
        assert_eq!((seen.own, seen.votes, seen.result), (Some(0), 2, None));
        assert_eq!(poll.view(3).own, None);
        let mut closed = poll.next().unwrap();
        closed.vote(3, 1);
        closed.forget(1);
        assert_eq!(closed.view(9).result, Some(vec![(2, 91), (0, 7)]));
        assert!(closed.next().is_none());
    }
}
