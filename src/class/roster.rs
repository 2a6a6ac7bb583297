//! Who is in a class, and what all are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use super::limits::{Arrivals, Limits};
use super::person::{Identity, People, Person};
use super::poll::Poll;
use super::visitor::Credential;
use super::{SessionEnd, Visitor, name};
use crate::dashboard::{
    Announcement, ClassAct, ClassView, MemberView, Notice, PanelName, Role, View, WrittenDown, Zoom,
};
use crate::session::Observed;

/// Sessions that are not recorded and are told to who teaches; of more the last ones.
const MOST_NOT_RECORDED: usize = 4;

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
    /// Whether nobody new is let in.
    pub is_door_closed: bool,
    /// Who has been in the class.
    known: People,
    /// Who has been removed.
    kept_out: People,
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
    /// As the class calls them, unlike everybody else who is there.
    pub name: String,
    pub role: Role,
    pub identity: Identity,
    pub credential: Credential,
    pub since: Instant,
    pub panel: PanelName,
    /// What is asked on their screen, word for word.
    pub asked: String,
    pub hand: bool,
    /// Whether they have been removed, and are on their way out.
    pub is_removed: bool,
    /// What they are to be told.
    pub told: Option<Notice>,
    /// What of their session is written down.
    pub written_down: Vec<WrittenDown>,
    /// Ends the connection of a client that does not listen.
    pub hang_up: Box<dyn Fn() + Send>,
}

impl Member {
    /// Somebody who comes now. `hang_up` ends the connection of a client that does not listen.
    pub fn new(visitor: &Visitor, role: Role, hang_up: Box<dyn Fn() + Send>) -> Self {
        let name = match role {
            Role::Student => name::of_student(&visitor.name),
            Role::Teacher if visitor.name == name::NAMELESS => role.name().to_owned(),
            Role::Teacher | Role::Projector => visitor.name.clone(),
        };
        Self {
            name,
            role,
            identity: Identity::of(visitor),
            credential: visitor.credential.clone(),
            since: Instant::now(),
            panel: PanelName::Prompt,
            asked: String::new(),
            hand: false,
            is_removed: false,
            told: None,
            written_down: Vec::new(),
            hang_up,
        }
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
    /// What somebody looks at. The list of the class is the teacher's alone: meanwhile all stay where they were `before`.
    #[must_use]
    pub fn of(view: &View, observed: &Observed, before: Option<&Self>) -> Self {
        let run = observed.run();
        let stayed = before.map(|before| (before.panel, before.side_panel, before.zoom));
        let (panel, side_panel, zoom) = stayed.unwrap_or((PanelName::Prompt, PanelName::Heatmap, Zoom::Off));
        let is_at_list = view.panel == PanelName::Class;
        Self {
            panel: if is_at_list { panel } else { view.panel },
            side_panel: if view.side_panel == PanelName::Class { side_panel } else { view.side_panel },
            zoom: if is_at_list { zoom } else { view.zoom },
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
            is_door_closed: false,
            known: People::default(),
            kept_out: People::default(),
            is_over: false,
        }
    }

    /// Those who are there and stay.
    fn staying(&self) -> impl Iterator<Item = (&u64, &Member)> {
        self.members.iter().filter(|(_, member)| !member.is_removed)
    }

    fn count(&self, is_meant: impl Fn(&Member) -> bool) -> usize {
        self.staying().filter(|(_, member)| is_meant(member)).count()
    }

    /// A name for a member that no other has, nor one that looks like it.
    fn distinct(&self, name: &str, number: u64) -> String {
        let others = self.members.iter().filter(|(other, _)| **other != number);
        let taken: BTreeSet<_> = others.map(|(_, member)| name::skeleton(&member.name)).collect();
        name::distinct(name, &taken)
    }

    /// Takes somebody in, and returns their number and after what time the session may begin, or why they have to go. For who teaches
    /// there is always room.
    pub fn join(&mut self, mut member: Member, now: Instant) -> Result<(u64, Duration), SessionEnd> {
        if self.is_over {
            return Err(SessionEnd::Over);
        }
        let number = self.next + 1;
        member.name = self.distinct(&member.name, number);
        let wait = if member.role == Role::Teacher { Duration::ZERO } else { self.admit(&member, now)? };
        self.next = number;
        self.members.insert(number, member);
        Ok((number, wait))
    }

    /// One more session of somebody who does not teach, and after what time it may begin.
    fn admit(&mut self, member: &Member, now: Instant) -> Result<Duration, SessionEnd> {
        let Limits { members, sessions_each } = self.limits;
        if self.is_kept_out(member) {
            return Err(SessionEnd::KeptOut);
        }
        if self.is_door_closed && !self.is_back(&member.identity) {
            return Err(SessionEnd::DoorClosed);
        }
        let person = member.identity.person();
        if self.count(|other| other.role != Role::Teacher && other.identity.person() == person) >= sessions_each {
            return Err(SessionEnd::TooMany(sessions_each));
        }
        // whoever has been removed takes no room, and may not be gone yet
        if self.count(|other| other.role != Role::Teacher) >= members {
            return Err(SessionEnd::Full);
        }
        self.known.add(person.clone());
        Ok(self.arrivals.add(person, now))
    }

    /// Whether somebody has been removed: by proof, or else by the name they have given.
    fn is_kept_out(&self, member: &Member) -> bool {
        let Identity { proven, named, named_at, .. } = &member.identity;
        match proven {
            Some(person) => self.kept_out.has(person),
            None => [named, named_at].into_iter().any(|person| self.kept_out.has(person)),
        }
    }

    /// Whether somebody has been in the class before: by proof, or by a name that nobody who is there has given.
    fn is_back(&self, identity: &Identity) -> bool {
        let is_there = || self.staying().any(|(_, member)| member.identity.named == identity.named);
        match &identity.proven {
            Some(person) => self.known.has(person),
            None => self.known.has(&identity.named) && !is_there(),
        }
    }

    /// Somebody has left; who was followed is followed no more.
    pub fn leave(&mut self, number: u64) {
        self.members.remove(&number);
        self.leader.take_if(|leader| *leader == number);
        if let Some(poll) = &mut self.poll {
            poll.forget(number);
        }
    }

    /// The other sessions of somebody who has shown a key or an account.
    fn of_same_person(&self, number: u64, identity: &Identity) -> impl Iterator<Item = u64> {
        let is_same = move |(other, member): &(&u64, &Member)| {
            let is_proven = identity.proven.is_some() && member.identity.proven == identity.proven;
            **other != number && is_proven && member.role != Role::Teacher
        };
        self.staying().filter(is_same).map(|(other, _)| *other)
    }

    /// Removes a member and keeps them out: everybody with the same key or account, by whatever name; where there is neither, who comes
    /// by that name, and from the same address if others have the name, too. Returns the numbers of those who have to go.
    pub fn remove(&mut self, number: u64) -> Vec<u64> {
        let Some(member) = self.members.get(&number).filter(|member| member.role != Role::Teacher) else {
            return Vec::new();
        };
        let identity = member.identity.clone();
        let has_namesake =
            self.staying().any(|(other, member)| *other != number && member.identity.named == identity.named);
        let removed: Vec<_> = self.of_same_person(number, &identity).chain([number]).collect();
        let person = match &identity.proven {
            Some(person) => person.clone(),
            None if has_namesake => identity.named_at,
            None => identity.named,
        };
        // without a proof it is the name by which the class knows them, too
        let renamed = identity.renamed.filter(|_| identity.proven.is_none());
        [Some(person), renamed].into_iter().flatten().for_each(|person| self.kept_out.add(person));
        for number in &removed {
            if let Some(member) = self.members.get_mut(number) {
                (member.is_removed, member.hand) = (true, false);
            }
            if let Some(poll) = &mut self.poll {
                poll.forget(*number);
            }
        }
        removed
    }

    /// Calls a member otherwise. Returns the name before and the one that was free.
    pub fn rename(&mut self, number: u64, text: &str) -> Option<(String, String)> {
        let role = self.members.get(&number).filter(|member| !member.is_removed)?.role;
        let name = name::name(text)?;
        let name = if role == Role::Student { name::of_student(&name) } else { name };
        let name = self.distinct(&name, number);
        let member = self.members.get_mut(&number)?;
        if member.name == name {
            return None;
        }
        member.told = Some(Notice::Renamed(name.clone()));
        member.identity.renamed = Some(Person::Named(name::letters(&name)));
        Some((std::mem::replace(&mut member.name, name.clone()), name))
    }

    /// One more thing that who teaches is to know.
    pub fn announce(&mut self, announcement: Announcement) {
        if self.announcements.contains(&announcement) {
            return;
        }
        let is_of_recording = |announcement: &Announcement| matches!(announcement, Announcement::NotRecorded(..));
        let count = self.announcements.iter().filter(|other| is_of_recording(other)).count();
        if is_of_recording(&announcement) && count >= MOST_NOT_RECORDED {
            let oldest = self.announcements.iter().position(is_of_recording);
            oldest.map(|at| self.announcements.remove(at));
        }
        self.announcements.push(announcement);
    }

    /// Notes what a member looks at and asks.
    pub fn update(&mut self, number: u64, view: &View, observed: &Observed) {
        if self.leader == Some(number) {
            self.followed = Some(Followed::of(view, observed, self.followed.as_ref()));
        }
        let Some(own) = self.members.get_mut(&number) else { return };
        own.panel = view.panel;
        if let Some(answer) = observed.run().answer.as_ref().filter(|answer| answer.prompt != own.asked) {
            own.asked.clone_from(&answer.prompt);
        }
    }

    /// Somebody of the class does something that concerns nobody's place in it.
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
                self.followed = Some(Followed::of(view, observed, None));
            }
            ClassAct::AskAll(of) => self.ask_all(*of, observed),
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
        let mut sessions: BTreeMap<&Person, usize> = BTreeMap::new();
        for (_, member) in self.staying().filter(|(_, member)| member.role != Role::Teacher) {
            *sessions.entry(member.identity.person()).or_default() += 1;
        }
        let of_member = |(number, member): (&u64, &Member)| MemberView {
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
            members: self.staying().filter(|(other, _)| is_teacher && **other != number).map(of_member).collect(),
            announcements: if is_teacher { self.announcements.clone() } else { Vec::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::visitor::TerminalKind;

    fn shown_by(credential: Credential, name: &str, role: Role) -> Member {
        let visitor = Visitor::new(name, "", TerminalKind::default(), (80, 24)).admitted_by(credential);
        Member::new(&visitor, role, Box::new(|| {}))
    }

    fn member(name: &str, role: Role) -> Member {
        shown_by(Credential::Password, name, role)
    }

    #[test]
    fn one_person_has_three_sessions_and_keeps_nobody_out_least_of_all_who_teaches() {
        let mut roster = Roster::new(Limits::of_members(10));
        let now = Instant::now();
        let mut join = |member| roster.join(member, now).map(|(number, _)| number);
        for name in ["anna", "Anna", "ＡＮＮＡ"] {
            join(member(name, Role::Student)).unwrap();
        }
        assert_eq!(join(member("anna", Role::Student)), Err(SessionEnd::TooMany(3)));
        for _ in 0..10 {
            join(member("anna", Role::Teacher)).unwrap(); // who teaches is not counted
        }
        let key = |name| shown_by(Credential::Key("SHA256:x".to_owned()), name, Role::Student);
        for name in ["ben", "bert", "bea"] {
            join(key(name)).unwrap();
        }
        assert_eq!(join(key("bob")), Err(SessionEnd::TooMany(3)), "by whatever name");
        let own = rustix::process::getuid().as_raw();
        for account in [own + 1, own + 1, own + 1, own + 2] {
            join(shown_by(Credential::Account(account), "ben", Role::Student)).unwrap();
        }
        assert_eq!(join(member("carla", Role::Student)), Err(SessionEnd::Full));
        roster.leave(1);
        roster.join(member("anna", Role::Student), now).unwrap();
    }
}
