//! The members of a class, and what all are shown.

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

/// A member of a class.
pub(super) struct Member {
    /// The name in the class, distinct from those of all other members.
    pub name: String,
    pub role: Role,
    pub identity: Identity,
    pub credential: Credential,
    /// When they joined.
    pub since: Instant,
    /// The panel that has the keys.
    pub panel: PanelName,
    /// The prompt on their screen.
    pub asked: String,
    /// Whether their hand is raised.
    pub hand: bool,
    /// Whether they were removed; the session ends soon.
    pub is_removed: bool,
    /// A notice that their session has not shown yet.
    pub notice: Option<Notice>,
    /// What the archive keeps of their session.
    pub written_down: Vec<WrittenDown>,
    /// Closes their connection.
    pub hang_up: Box<dyn Fn() + Send>,
}

impl Member {
    /// A member who joins now; `hang_up` closes the connection.
    pub fn new(visitor: &Visitor, role: Role, hang_up: Box<dyn Fn() + Send>) -> Self {
        let name = match role {
            Role::Student => name::for_student(&visitor.name),
            Role::Teacher if visitor.name == name::DEFAULT_NAME => role.name().to_owned(),
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
            notice: None,
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

/// What a teacher sees, for others to follow in their own size and language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeacherView {
    /// The panel that has the keys.
    pub panel: PanelName,
    /// The panel beside the loss.
    pub side_panel: PanelName,
    /// Whether a panel has the whole screen.
    pub zoom: Zoom,
    /// The index of the selected run.
    pub run: usize,
    /// The prompt that has an answer.
    pub prompt: Option<String>,
    /// The step of an earlier moment; `None` for the present.
    pub moment: Option<u64>,
}

impl TeacherView {
    /// What this view shows. The class list, which only teachers have, is replaced by the panels of `before`.
    #[must_use]
    pub fn new(view: &View, observed: &Observed, before: Option<&Self>) -> Self {
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

    /// The name, changed if another member has one that looks like it.
    fn distinct(&self, name: &str, number: u64) -> String {
        let others = self.members.iter().filter(|(other, _)| **other != number);
        let taken: BTreeSet<_> = others.map(|(_, member)| name::skeleton(&member.name)).collect();
        name::distinct(name, &taken)
    }

    /// Adds a member; returns their number, and how long the session must wait before it starts. Teachers are always admitted while the class
    /// lasts.
    ///
    /// # Errors
    /// Why the member is rejected.
    pub fn join(&mut self, mut member: Member, now: Instant) -> Result<(u64, Duration), SessionEnd> {
        if self.is_over {
            return Err(SessionEnd::Over);
        }
        let number = self.last_number + 1;
        member.name = self.distinct(&member.name, number);
        let wait = if member.role == Role::Teacher { Duration::ZERO } else { self.admit(&member, now)? };
        self.last_number = number;
        self.members.insert(number, member);
        Ok((number, wait))
    }

    /// Checks the limits for a member who does not teach; returns how long the session must wait.
    fn admit(&mut self, member: &Member, now: Instant) -> Result<Duration, SessionEnd> {
        let Limits { members, sessions_each } = self.limits;
        if self.was_removed(member) {
            return Err(SessionEnd::KeptOut);
        }
        if self.is_door_closed && !self.is_returning(&member.identity) {
            return Err(SessionEnd::DoorClosed);
        }
        let person = member.identity.person();
        if self.count(|other| other.role != Role::Teacher && other.identity.person() == person) >= sessions_each {
            return Err(SessionEnd::TooMany(sessions_each));
        }
        // removed members that have not left yet are not counted
        if self.count(|other| other.role != Role::Teacher) >= members {
            return Err(SessionEnd::Full);
        }
        self.known.add(person.clone());
        Ok(self.arrivals.add(person, now))
    }

    /// Whether the person was removed before: by proof if there is one, otherwise by name.
    fn was_removed(&self, member: &Member) -> bool {
        let Identity { proven, named, named_at, .. } = &member.identity;
        match proven {
            Some(person) => self.kept_out.has(person),
            None => [named, named_at].into_iter().any(|person| self.kept_out.has(person)),
        }
    }

    /// Whether the person was a member before: by proof, or by a name that no present member gave.
    fn is_returning(&self, identity: &Identity) -> bool {
        let is_there = || self.staying().any(|(_, member)| member.identity.named == identity.named);
        match &identity.proven {
            Some(person) => self.known.has(person),
            None => self.known.has(&identity.named) && !is_there(),
        }
    }

    /// Removes a member who has left; nobody follows them any more.
    pub fn leave(&mut self, number: u64) {
        self.members.remove(&number);
        self.leader.take_if(|leader| *leader == number);
        if let Some(poll) = &mut self.poll {
            poll.remove_vote(number);
        }
    }

    /// The numbers of other sessions of a person who is known by key or account.
    fn of_same_person(&self, number: u64, identity: &Identity) -> impl Iterator<Item = u64> {
        let is_same = move |(other, member): &(&u64, &Member)| {
            let is_proven = identity.proven.is_some() && member.identity.proven == identity.proven;
            **other != number && is_proven && member.role != Role::Teacher
        };
        self.staying().filter(is_same).map(|(other, _)| *other)
    }

    /// Marks a student as removed, with all sessions of the same key or account, and rejects the person from then on: by key or account under
    /// any name; without one by name, and by name and address if another member gave the same name. Returns the numbers of the removed
    /// members; none for a teacher.
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
        // without a proof the name that a teacher gave them is rejected, too
        let renamed = identity.renamed.filter(|_| identity.proven.is_none());
        [Some(person), renamed].into_iter().flatten().for_each(|person| self.kept_out.add(person));
        for number in &removed {
            if let Some(member) = self.members.get_mut(number) {
                (member.is_removed, member.hand) = (true, false);
            }
            if let Some(poll) = &mut self.poll {
                poll.remove_vote(*number);
            }
        }
        removed
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::visitor::TerminalKind;

    fn member_with(credential: Credential, name: &str, role: Role) -> Member {
        let visitor = Visitor::new(name, "", TerminalKind::default(), (80, 24)).admitted_by(credential);
        Member::new(&visitor, role, Box::new(|| {}))
    }

    fn member(name: &str, role: Role) -> Member {
        member_with(Credential::Password, name, role)
    }

    #[test]
    fn join_fourth_session_of_person_is_rejected_and_others_are_admitted() {
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
        let key = |name| member_with(Credential::Key("SHA256:x".to_owned()), name, Role::Student);
        for name in ["ben", "bert", "bea"] {
            join(key(name)).unwrap();
        }
        assert_eq!(join(key("bob")), Err(SessionEnd::TooMany(3)), "by whatever name");
        let own = rustix::process::getuid().as_raw();
        for account in [own + 1, own + 1, own + 1, own + 2] {
            join(member_with(Credential::Account(account), "ben", Role::Student)).unwrap();
        }
        assert_eq!(join(member("carla", Role::Student)), Err(SessionEnd::Full));
        roster.leave(1);
        roster.join(member("anna", Role::Student), now).unwrap();
    }
}
