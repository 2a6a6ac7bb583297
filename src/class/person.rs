//! The identity of a visitor, to recognize them in another session.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::name;
use super::visitor::{Credential, Visitor};

/// A person, as far as a door can identify one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Person {
    /// The owner of the key with this fingerprint.
    Key(String),
    /// The owner of the account with this uid.
    Account(u32),
    /// A visitor with a name of these letters.
    Named(String),
    /// A visitor with a name of these letters from this address.
    NamedAt(String, String),
}

/// All persons that a visitor can be taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// By a key or an account.
    pub proven: Option<Person>,
    /// By the name they gave.
    pub named: Person,
    /// By the name and the address.
    pub named_at: Person,
    /// By the name that a teacher gave them.
    pub renamed: Option<Person>,
}

impl Identity {
    /// The identity of a visitor. The account that runs the class is no proof, as several people may share it.
    pub fn from_visitor(visitor: &Visitor) -> Self {
        let own = rustix::process::getuid().as_raw();
        let proven = match &visitor.credential {
            Credential::Key(fingerprint) => Some(Person::Key(fingerprint.clone())),
            Credential::Account(number) if *number != own => Some(Person::Account(*number)),
            _ => None,
        };
        let letters = name::letters(&visitor.name);
        // without the port, which differs each time
        let from = visitor.from.parse::<SocketAddr>().map_or(visitor.from.clone(), |address| address.ip().to_string());
        Self { proven, named: Person::Named(letters.clone()), named_at: Person::NamedAt(letters, from), renamed: None }
    }

    /// The person whose sessions are counted together: the proven one, otherwise the name, never an address, which a whole class may share.
    pub fn person(&self) -> &Person {
        self.proven.as_ref().unwrap_or(&self.named)
    }
}

/// A set of at most 4096 persons; later ones are not added.
#[derive(Debug, Default)]
pub(super) struct People(BTreeSet<Person>);

impl People {
    const MAX: usize = 4096;

    /// Adds a person, unless the set is full.
    pub fn add(&mut self, person: Person) {
        if self.0.len() < Self::MAX {
            self.0.insert(person);
        }
    }

    /// Whether the set has a person.
    pub fn has(&self, person: &Person) -> bool {
        self.0.contains(person)
    }
}
