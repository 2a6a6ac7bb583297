//! The members of a class, and what all are shown.

mod admission;
mod member;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

pub(super) use member::Member;

use super::arrivals::Arrivals;
use super::limits::Limits;
use super::name;
use super::person::{People, Person};
use super::poll::Poll;
use super::teacher_view::TeacherView;
use crate::dashboard::{Announcement, ClassAct, ClassView, MemberView, Notice, Role, View};
use crate::session::Observed;

/// The maximum number of announcements of failed recordings; older ones are dropped.
const MAX_NOT_RECORDED: usize = 4;

/// The members of a class, its poll, its questions and whom it follows.
#[derive(Debug)]
pub(super) struct Roster {
    limits: Limits,
    arrivals: Arrivals,
    /// The number of the last member.
    last_number: u64,
    /// By number, which is the order of arrival.
    pub members: BTreeMap<u64, Member>,
    /// What teachers see of the class.
    pub announcements: Vec<Announcement>,
    /// The teacher whom all follow.
    leader: Option<u64>,
    /// The view of the leader; without a leader the last one.
    pub followed: Option<TeacherView>,
    /// The last question to all.
    pub asked: Option<Question>,
    poll: Option<Poll>,
    /// Whether new students are rejected.
    pub is_door_closed: bool,
    /// Persons who have been members.
    known: People,
    /// Persons who were removed.
    kept_out: People,
    /// Whether the class has ended.
    pub is_over: bool,
}

/// A question to all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// 1-based number.
    pub number: u64,
    pub prompt: String,
    /// The student whose question it is; `None` if it is the teacher's.
    pub author: Option<String>,
}

impl Roster {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            arrivals: Arrivals::new(Instant::now()),
            last_number: 0,
            members: BTreeMap::new(),
            announcements: Vec::new(),
            leader: None,
            followed: None,
            asked: None,
            poll: None,
            is_door_closed: false,
            known: People::default(),
            kept_out: People::default(),
            is_over: false,
        }
    }

    /// The members that are not removed, with their numbers.
    fn staying(&self) -> impl Iterator<Item = (&u64, &Member)> {
        self.members.iter().filter(|(_, member)| !member.is_removed)
    }

    /// How many members that are not removed satisfy a condition.
    fn count(&self, condition: impl Fn(&Member) -> bool) -> usize {
        self.staying().filter(|(_, member)| condition(member)).count()
    }

    /// The name, with a number if another member has one that looks like it.
    fn distinct(&self, name: &str, number: u64) -> String {
        let others = self.members.iter().filter(|(other, _)| **other != number);
        let taken: BTreeSet<_> = others.map(|(_, member)| name::skeleton(&member.name)).collect();
        name::distinct(name, &taken)
    }

    /// Removes a member who has left, their vote in an open poll, and the leader if it was them.
    pub fn leave(&mut self, number: u64) {
        self.members.remove(&number);
        self.leader.take_if(|leader| *leader == number);
        if let Some(poll) = &mut self.poll {
            poll.remove_vote(number);
        }
    }

    /// Renames a member. Returns the name before and the new one, which may have a suffix; `None` if nothing changes.
    pub fn rename(&mut self, number: u64, text: &str) -> Option<(String, String)> {
        let role = self.members.get(&number).filter(|member| !member.is_removed)?.role;
        let name = name::name(text)?;
        let name = if role == Role::Student { name::for_student(&name) } else { name };
        let name = self.distinct(&name, number);
        let member = self.members.get_mut(&number)?;
        if member.name == name {
            return None;
        }
        member.notice = Some(Notice::Renamed(name.clone()));
        member.identity.renamed = Some(Person::Named(name::letters(&name)));
        Some((std::mem::replace(&mut member.name, name.clone()), name))
    }

    /// Adds an announcement for teachers, unless they have it; old failed recordings are dropped.
    pub fn announce(&mut self, announcement: Announcement) {
        if self.announcements.contains(&announcement) {
            return;
        }
        let is_of_recording = |announcement: &Announcement| matches!(announcement, Announcement::NotRecorded(..));
        let count = self.announcements.iter().filter(|other| is_of_recording(other)).count();
        if is_of_recording(&announcement) && count >= MAX_NOT_RECORDED {
            let oldest = self.announcements.iter().position(is_of_recording);
            oldest.map(|at| self.announcements.remove(at));
        }
        self.announcements.push(announcement);
    }

    /// Stores the panel and the prompt of a member, and the leader's view.
    pub fn update(&mut self, number: u64, view: &View, observed: &Observed) {
        if self.leader == Some(number) {
            self.followed = Some(TeacherView::new(view, observed, self.followed.as_ref()));
        }
        let Some(own) = self.members.get_mut(&number) else { return };
        own.panel = view.panel;
        if let Some(answer) = observed.run().answer.as_ref().filter(|answer| answer.prompt != own.asked) {
            own.asked.clone_from(&answer.prompt);
        }
    }

    /// Handles an action that changes neither members nor names; those of teachers are ignored for others.
    pub fn act(&mut self, number: u64, act: &ClassAct, view: &View, observed: &Observed) {
        let Some(own) = self.members.get_mut(&number) else { return };
        let is_teacher = own.role == Role::Teacher;
        match act {
            ClassAct::ToggleHand => own.hand = !own.hand && !is_teacher,
            ClassAct::Vote(option) => {
                if let Some(poll) = self.poll.as_mut().filter(|_| own.role == Role::Student && !own.is_removed) {
                    poll.vote(number, *option);
                }
            }
            _ if !is_teacher => {}
            ClassAct::LowerHands => self.members.values_mut().for_each(|member| member.hand = false),
            ClassAct::ToggleFollow => {
                self.leader = (self.leader != Some(number)).then_some(number);
                self.followed = Some(TeacherView::new(view, observed, None));
            }
            ClassAct::AskAll(author) => self.ask_all(*author, observed),
            ClassAct::Poll => {
                self.poll = match self.poll.take() {
                    None => Poll::new(observed),
                    Some(poll) => poll.next(),
                };
            }
            ClassAct::ToggleDoor => self.is_door_closed = !self.is_door_closed,
            ClassAct::Remove(_) | ClassAct::Rename(..) | ClassAct::RenewPassword => {}
        }
    }

    /// Asks all the teacher's prompt, or that of the member `author`.
    fn ask_all(&mut self, author: Option<u64>, observed: &Observed) {
        let member = author.and_then(|author| self.members.get(&author));
        let prompt = match author {
            None => observed.run().answer.as_ref().map(|answer| answer.prompt.clone()),
            Some(_) => member.map(|member| name::harmless(&member.asked)).filter(|asked| !asked.is_empty()),
        };
        let author = member.filter(|member| member.role != Role::Teacher).map(|member| member.name.clone());
        let Some(prompt) = prompt else { return };
        let number = self.asked.as_ref().map_or(0, |asked| asked.number) + 1;
        self.asked = Some(Question { number, prompt, author });
    }

    /// The class as a member sees it: the list and announcements only for teachers.
    pub fn view(&self, number: u64) -> ClassView {
        let own = self.members.get(&number);
        let is_teacher = own.is_some_and(|own| own.role == Role::Teacher);
        let mut sessions: BTreeMap<&Person, usize> = BTreeMap::new();
        for (_, member) in self.staying().filter(|(_, member)| member.role != Role::Teacher) {
            *sessions.entry(member.identity.person()).or_default() += 1;
        }
        let member_view = |(number, member): (&u64, &Member)| MemberView {
            number: *number,
            name: member.name.clone(),
            role: member.role,
            panel: member.panel,
            prompt: name::prompt(&member.asked),
            minutes: member.since.elapsed().as_secs() / 60,
            hand: member.hand,
            same_person: match &member.identity.proven {
                Some(person) => sessions.get(person).map_or(0, |sessions| sessions.saturating_sub(1)),
                None => 0,
            },
        };
        ClassView {
            own_name: own.map(|member| member.name.clone()).unwrap_or_default(),
            students: self.count(|member| member.role == Role::Student),
            hands: self.count(|member| member.hand),
            has_raised_hand: own.is_some_and(|member| member.hand),
            follows: self.leader.is_some(),
            is_door_closed: self.is_door_closed,
            poll: self.poll.as_ref().map(|poll| poll.view(number)),
            written_down: own.map(|member| member.written_down.clone()).unwrap_or_default(),
            members: self.staying().filter(|(other, _)| is_teacher && **other != number).map(member_view).collect(),
            announcements: if is_teacher { self.announcements.clone() } else { Vec::new() },
        }
    }
}
