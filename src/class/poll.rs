//! A poll of the class: which word comes next?

use std::collections::BTreeMap;

use super::name;
use crate::dashboard::PollView;
use crate::session::Observed;

/// The maximum number of words to choose from.
const MAX_OPTIONS: usize = 8;

/// A poll, open or closed.
#[derive(Clone, Debug)]
pub(super) struct Poll {
    prompt: String,
    /// The words to choose from, each with the model's probability at the start of the poll, in percent.
    options: Vec<(String, u32)>,
    /// The option of each member who has voted, by the member's number.
    votes: BTreeMap<u64, usize>,
    is_closed: bool,
}

impl Poll {
    /// A poll on the viewer's prompt: the most probable words, in the order of the vocabulary. `None` if the prompt has no answer.
    pub fn new(observed: &Observed) -> Option<Self> {
        let run = observed.run();
        let answer = run.answer.as_ref()?;
        let mut likely: Vec<_> = answer.ranking().into_iter().take(MAX_OPTIONS).collect();
        likely.sort_unstable_by_key(|(word, _)| *word);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share
        let percent = |share: f32| (100.0 * share.clamp(0.0, 1.0)).round() as u32;
        let vocabulary = &run.snapshot.run.vocabulary;
        let option = |(word, share): (usize, f32)| Some((vocabulary.get(word)?.clone(), percent(share)));
        let options = likely.into_iter().map(option).collect::<Option<_>>()?;
        Some(Self { prompt: name::prompt(&answer.prompt), options, votes: BTreeMap::new(), is_closed: false })
    }

    /// Sets the vote of a member, which replaces an earlier one. A closed poll and an unknown option change nothing.
    pub fn vote(&mut self, number: u64, option: usize) {
        if !self.is_closed && option < self.options.len() {
            self.votes.insert(number, option);
        }
    }

    /// Removes the vote of a member who leaves; the result of a closed poll stays.
    pub fn remove_vote(&mut self, number: u64) {
        if !self.is_closed {
            self.votes.remove(&number);
        }
    }

    /// The closed poll if it was open; `None` if it was closed.
    pub fn next(self) -> Option<Self> {
        (!self.is_closed).then_some(Self { is_closed: true, ..self })
    }

    /// The poll as a member sees it: the votes of others only after it is closed.
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
    fn member_has_one_vote_and_sees_result_of_closed_poll() {
        let mut poll = poll();
        poll.vote(1, 1);
        poll.vote(2, 0);
        poll.vote(1, 0);
        poll.vote(3, 7);
        poll.vote(4, 1);
        poll.remove_vote(4);
        let seen = poll.view(1);
        assert_eq!((seen.own, seen.votes, seen.result), (Some(0), 2, None));
        assert_eq!(poll.view(3).own, None);
        let mut closed = poll.next().unwrap();
        closed.vote(3, 1);
        closed.remove_vote(1);
        assert_eq!(closed.view(9).result, Some(vec![(2, 91), (0, 7)]));
        assert!(closed.next().is_none());
    }
}
