//! Who is in a class, and what all are shown.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use super::poll::Poll;
use crate::dashboard::{ClassAct, ClassView, MemberView, PanelName, Role, View, Zoom};
use crate::session::Observed;

/// Who is there, and what all are shown.
#[derive(Debug)]
pub(super) struct Roster {
    most: usize,
    next: u64,
    /// In the order in which they came.
    pub members: BTreeMap<u64, Member>,
    pub doors: Vec<String>,
    /// Whether all see what the teacher sees.
    pub follows: bool,
    /// What they see then; afterwards what they saw last.
    pub followed: Option<Followed>,
    /// What all were asked last.
    pub asked: Option<Asked>,
    poll: Option<Poll>,
    pub is_over: bool,
}

/// What all are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Counted from 1.
    pub number: u64,
    pub prompt: String,
    /// Of whom; of the teacher, if nobody is named.
    pub of: Option<String>,
}

/// One of a class.
pub(super) struct Member {
    pub name: String,
    pub role: Role,
    pub since: Instant,
    pub panel: PanelName,
    pub prompt: String,
    pub hand: bool,
    /// Ends the connection of a client that does not listen.
    pub hang_up: Box<dyn Fn() + Send>,
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// What the teacher looks at, for all to see it in their own size and language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The panel that has the keys.
    pub panel: PanelName,
    /// The panel beside the loss.
    pub side_panel: PanelName,
    /// Whether it has the whole screen.
    pub zoom: Zoom,
    /// Which of several runs.
    pub run: usize,
    /// What is asked.
    pub prompt: Option<String>,
    /// The moment in time; the present, if there is none.
    pub moment: Option<u64>,
}

impl Followed {
    /// What somebody looks at.
    #[must_use]
    pub fn of(view: &View, observed: &Observed) -> Self {
        let run = observed.run();
        Self {
            panel: view.panel,
            side_panel: view.side_panel,
            zoom: view.zoom,
            run: observed.focus,
            prompt: run.answer.as_ref().map(|answer| answer.prompt.clone()),
            moment: run.playback.shown,
        }
    }
}

impl Roster {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            next: 0,
            members: BTreeMap::new(),
            doors: Vec::new(),
            follows: false,
            followed: None,
            asked: None,
            poll: None,
            is_over: false,
        }
    }

    /// Takes somebody in and returns their number; `None` if there is no room.
    pub fn join(&mut self, member: Member) -> Option<u64> {
        let has_room = self.members.len() < self.most && !self.is_over;
        has_room.then(|| {
            self.next += 1;
            self.members.insert(self.next, member);
            self.next
        })
    }

    /// Somebody of the class does something, or the teacher, who has no number.
    pub fn act(&mut self, number: Option<u64>, act: ClassAct, view: &View, observed: &Observed) {
        let own = number.and_then(|number| self.members.get_mut(&number));
        let is_teacher = own.as_ref().is_none_or(|member| member.role == Role::Teacher);
        match (act, own) {
            (ClassAct::ToggleHand, Some(member)) => member.hand = !member.hand,
            (ClassAct::LowerHands, _) if is_teacher => self.members.values_mut().for_each(|member| member.hand = false),
            (ClassAct::ToggleFollow, _) if is_teacher => {
                self.follows = !self.follows;
                self.followed = Some(Followed::of(view, observed));
            }
            (ClassAct::Vote(option), Some(_)) => {
                if let (Some(poll), Some(number)) = (&mut self.poll, number) {
                    poll.vote(number, option);
                }
            }
            (ClassAct::AskAll(of), _) if is_teacher => self.ask_all(of, observed),
            (ClassAct::Poll, _) if is_teacher => {
                self.poll = match self.poll.take() {
                    None => Poll::new(observed),
                    Some(poll) => poll.next(),
                };
            }
            _ => {}
        }
    }

    fn ask_all(&mut self, of: Option<usize>, observed: &Observed) {
        let member = of.and_then(|of| self.members.values().nth(of));
        let prompt = match of {
            None => observed.run().answer.as_ref().map(|answer| answer.prompt.clone()),
            Some(_) => member.map(|member| member.prompt.clone()).filter(|prompt| !prompt.is_empty()),
        };
        let Some(prompt) = prompt else { return };
        let number = self.asked.as_ref().map_or(0, |asked| asked.number) + 1;
        self.asked = Some(Asked { number, prompt, of: member.map(|member| member.name.clone()) });
    }

    /// The class as one of it sees it; the teacher has no number.
    pub fn view(&self, number: Option<u64>) -> ClassView {
        let own = number.and_then(|number| self.members.get(&number));
        let is_teacher = own.is_none_or(|member| member.role == Role::Teacher);
        let of_member = |member: &Member| MemberView {
            name: member.name.clone(),
            role: member.role,
            panel: member.panel,
            prompt: member.prompt.clone(),
            minutes: member.since.elapsed().as_secs() / 60,
            hand: member.hand,
        };
        ClassView {
            present: self.members.len(),
            hands: self.members.values().filter(|member| member.hand).count(),
            has_raised_hand: own.is_some_and(|member| member.hand),
            follows: self.follows,
            poll: self.poll.as_ref().map(|poll| poll.view(number)),
            members: if is_teacher { self.members.values().map(of_member).collect() } else { Vec::new() },
            doors: if is_teacher { self.doors.clone() } else { Vec::new() },
        }
    }
}
