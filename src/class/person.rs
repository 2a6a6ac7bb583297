//! Who somebody is, to know them again.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::name;
use super::visitor::{Credential, Visitor};

/// Who somebody is, as far as a door can know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Person {
    /// Who has this key, by its fingerprint.
    Key(String),
    /// Who has this account, by its number.
    Account(u32),
    /// Who calls themselves so, by the letters of the name.
    Named(String),
    /// Who calls themselves so and comes from there, where several have the name.
    NamedAt(String, String),
}

/// What is known of somebody: a proof, if they have given one, and the name that they have given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub proven: Option<Person>,
    pub named: Person,
    pub named_at: Person,
    /// What a teacher has called them.
    pub renamed: Option<Person>,
}

impl Identity {
    /// Of a visitor. The account of the class itself is everybody's on this machine, and tells nobody from another.
    pub fn of(visitor: &Visitor) -> Self {
        let own = rustix::process::getuid().as_raw();
        let proven = match &visitor.credential {
            Credential::Key(fingerprint) => Some(Person::Key(fingerprint.clone())),
            Credential::Account(number) if *number != own => Some(Person::Account(*number)),
            _ => None,
        };
        let letters = name::letters(&visitor.name);
        // without the port, which is another one each time
        let from = visitor.from.parse::<SocketAddr>().map_or(visitor.from.clone(), |address| address.ip().to_string());
        Self { proven, named: Person::Named(letters.clone()), named_at: Person::NamedAt(letters, from), renamed: None }
    }

    /// Whose sessions are counted together. Never an address, behind which a whole class may be.
    pub fn person(&self) -> &Person {
        self.proven.as_ref().unwrap_or(&self.named)
    }
}

/// A set of people of a limited size.
#[derive(Debug, Default)]
pub(super) struct People(BTreeSet<Person>);

impl People {
    const MOST: usize = 4096;

    pub fn add(&mut self, person: Person) {
        if self.0.len() < Self::MOST {
            self.0.insert(person);
        }
    }

    pub fn has(&self, person: &Person) -> bool {
        self.0.contains(person)
    }
}
