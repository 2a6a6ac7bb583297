//! Who may join a class: limits, the door, and persons who were removed.

use std::time::{Duration, Instant};

use super::{Member, Roster};
use crate::class::limits::Limits;
use crate::class::person::Identity;
use crate::class::session_end::SessionEnd;
use crate::dashboard::Role;

impl Roster {
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

    /// The numbers of the other sessions of a person with the same key or account, except teachers'; none without a key or account.
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::visitor::{Credential, TerminalKind, Visitor};

    fn member_with(credential: Credential, name: &str, role: Role) -> Member {
        let visitor = Visitor::new(name, "", TerminalKind::default(), (80, 24)).admitted_by(credential);
        Member::new(&visitor, role, Box::new(|| {}))
    }

    fn member(name: &str, role: Role) -> Member {
        member_with(Credential::Password, name, role)
    }

    #[test]
    fn join_fourth_session_of_person_is_rejected_and_others_are_admitted() {
        let mut roster = Roster::new(Limits::for_members(10));
        let now = Instant::now();
        let mut join = |member| roster.join(member, now).map(|(number, _)| number);
        for name in ["anna", "Anna", "ＡＮＮＡ"] {
            join(member(name, Role::Student)).unwrap();
        }
        assert_eq!(join(member("anna", Role::Student)), Err(SessionEnd::TooMany(3)));
        for _ in 0..10 {
            join(member("anna", Role::Teacher)).unwrap(); // teachers are not counted
        }
        let key = |name| member_with(Credential::Key("SHA256:x".to_owned()), name, Role::Student);
        for name in ["ben", "bert", "bea"] {
            join(key(name)).unwrap();
        }
        assert_eq!(join(key("bob")), Err(SessionEnd::TooMany(3)), "under any name");
        let own = rustix::process::getuid().as_raw();
        for account in [own + 1, own + 1, own + 1, own + 2] {
            join(member_with(Credential::Account(account), "ben", Role::Student)).unwrap();
        }
        assert_eq!(join(member("carla", Role::Student)), Err(SessionEnd::Full));
        roster.leave(1);
        roster.join(member("anna", Role::Student), now).unwrap();
    }
}
