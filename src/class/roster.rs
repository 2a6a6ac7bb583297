//! Who is in a class, and what all are shown.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use super::limits::{Arrivals, Limits, Person};
use super::poll::Poll;
use super::{Departure, name};
use crate::dashboard::{Announcement, ClassAct, ClassView, MemberView, PanelName, Role, View, Zoom};
use crate::session::Observed;

/// Who is there, and what all are shown.
#[derive(Debug)]
pub(super) struct Roster {
    limits: Limits,
    arrivals: Arrivals,
    next: u64,
    /// In the order in which they came.
    pub members: BTreeMap<u64, Member>,
    /// What who teaches is to know.
    pub announcements: Vec<Announcement>,
    /// Who of those who teach is followed by all.
    leader: Option<u64>,
    /// What is followed then; afterwards what was seen last.
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
    /// Whose sessions are counted together.
    pub person: Person,
    pub role: Role,
    pub since: Instant,
    pub panel: PanelName,
    /// What was asked last, word for word.
    pub asked: String,
    pub hand: bool,
    /// Ends the connection of a client that does not listen.
    pub hang_up: Box<dyn Fn() + Send>,
}

impl Member {
    /// Somebody who comes now. `hang_up` ends the connection of a client that does not listen.
    pub fn new(name: &str, role: Role, hang_up: Box<dyn Fn() + Send>) -> Self {
        let (person, panel, since) = (Person::named(name), PanelName::Prompt, Instant::now());
        Self { name: name.to_owned(), person, role, since, panel, asked: String::new(), hand: false, hang_up }
    }
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
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            arrivals: Arrivals::new(Instant::now()),
            next: 0,
            members: BTreeMap::new(),
            announcements: Vec::new(),
            leader: None,
            followed: None,
            asked: None,
            poll: None,
            is_over: false,
        }
    }

    fn count(&self, is_meant: impl Fn(&Member) -> bool) -> usize {
        self.members.values().filter(|member| is_meant(member)).count()
    }

    /// Takes somebody in, and returns their number and after what time the session may begin, or why they have to go. For who teaches
    /// there is always room.
    pub fn join(&mut self, member: Member, now: Instant) -> Result<(u64, Duration), Departure> {
        if self.is_over {
            return Err(Departure::Over);
        }
        let wait = if member.role == Role::Teacher { Duration::ZERO } else { self.admit(&member.person, now)? };
        self.next += 1;
        self.members.insert(self.next, member);
        Ok((self.next, wait))
    }

    /// One more session of somebody who does not teach.
    fn admit(&mut self, person: &Person, now: Instant) -> Result<Duration, Departure> {
        let Limits { members, sessions_each } = self.limits;
        if self.count(|member| member.role != Role::Teacher && member.person == *person) >= sessions_each {
            return Err(Departure::TooMany(sessions_each));
        }
        if self.count(|member| member.role != Role::Teacher) >= members {
            return Err(Departure::Full);
        }
        Ok(self.arrivals.add(person, now))
    }

    /// Somebody has left; who was followed is followed no more.
    pub fn leave(&mut self, number: u64) {
        self.members.remove(&number);
        self.leader.take_if(|leader| *leader == number);
        if let Some(poll) = &mut self.poll {
            poll.forget(number);
        }
    }

    /// Notes what a member looks at and asks. Returns the member's name, and what is asked if that is something else than before.
    pub fn update(&mut self, number: u64, view: &View, observed: &Observed) -> Option<(String, String)> {
        if self.leader == Some(number) {
            self.followed = Some(Followed::of(view, observed));
        }
        let own = self.members.get_mut(&number)?;
        own.panel = view.panel;
        let answer = observed.run().answer.as_ref().filter(|answer| answer.prompt != own.asked)?;
        own.asked.clone_from(&answer.prompt);
        Some((own.name.clone(), name::prompt(&own.asked)))
    }

    /// Somebody of the class does something.
    pub fn act(&mut self, number: u64, act: ClassAct, view: &View, observed: &Observed) {
        let Some(own) = self.members.get_mut(&number) else { return };
        let is_teacher = own.role == Role::Teacher;
        match act {
            ClassAct::ToggleHand => own.hand = !own.hand && !is_teacher,
            ClassAct::Vote(option) => {
                if let Some(poll) = self.poll.as_mut().filter(|_| own.role == Role::Student) {
                    poll.vote(number, option);
                }
            }
            _ if !is_teacher => {}
            ClassAct::LowerHands => self.members.values_mut().for_each(|member| member.hand = false),
            ClassAct::ToggleFollow => {
                self.leader = (self.leader != Some(number)).then_some(number);
                self.followed = Some(Followed::of(view, observed));
            }
            ClassAct::AskAll(of) => self.ask_all(of, observed),
            ClassAct::Poll => {
                self.poll = match self.poll.take() {
                    None => Poll::new(observed),
                    Some(poll) => poll.next(),
                };
            }
        }
    }

    fn ask_all(&mut self, of: Option<u64>, observed: &Observed) {
        let member = of.and_then(|of| self.members.get(&of));
        let prompt = match of {
            None => observed.run().answer.as_ref().map(|answer| answer.prompt.clone()),
            Some(_) => member.map(|member| name::harmless(&member.asked)).filter(|asked| !asked.is_empty()),
        };
        let of = member.filter(|member| member.role != Role::Teacher).map(|member| member.name.clone());
        let Some(prompt) = prompt else { return };
        let number = self.asked.as_ref().map_or(0, |asked| asked.number) + 1;
        self.asked = Some(Asked { number, prompt, of });
    }

    /// The class as one of it sees it.
    pub fn view(&self, number: u64) -> ClassView {
        let own = self.members.get(&number);
        let is_teacher = own.is_some_and(|own| own.role == Role::Teacher);
        let of_member = |(number, member): (&u64, &Member)| MemberView {
            number: *number,
            name: member.name.clone(),
            role: member.role,
            panel: member.panel,
            prompt: name::prompt(&member.asked),
            minutes: member.since.elapsed().as_secs() / 60,
            hand: member.hand,
        };
        ClassView {
            students: self.count(|member| member.role == Role::Student),
            hands: self.count(|member| member.hand),
            has_raised_hand: own.is_some_and(|member| member.hand),
            follows: self.leader.is_some(),
            poll: self.poll.as_ref().map(|poll| poll.view(number)),
            members: self.members.iter().filter(|(other, _)| is_teacher && **other != number).map(of_member).collect(),
            announcements: if is_teacher { self.announcements.clone() } else { Vec::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, role: Role) -> Member {
        Member::new(name, role, Box::new(|| {}))
    }

    #[test]
    fn one_person_has_three_sessions_and_keeps_nobody_out_least_of_all_who_teaches() {
        let mut roster = Roster::new(Limits::of_members(10));
        let now = Instant::now();
        let mut join = |member| roster.join(member, now).map(|(number, _)| number);
        for name in ["anna", "Anna", "ＡＮＮＡ"] {
            join(member(name, Role::Student)).unwrap();
        }
        assert_eq!(join(member("anna", Role::Student)), Err(Departure::TooMany(3)));
        for _ in 0..10 {
            join(member("anna", Role::Teacher)).unwrap(); // who teaches is not counted
        }
        let with = |person| Member { person, ..member("ben", Role::Student) };
        let key = || Person::Key("SHA256:x".to_owned());
        for _ in 0..3 {
            join(with(key())).unwrap();
        }
        assert_eq!(join(with(key())), Err(Departure::TooMany(3)), "by whatever name");
        for account in [1001, 1001, 1001, 1002] {
            join(with(Person::Account(account))).unwrap();
        }
        assert_eq!(join(member("carla", Role::Student)), Err(Departure::Full));
        roster.leave(1);
        roster.join(member("anna", Role::Student), now).unwrap();
    }
}
