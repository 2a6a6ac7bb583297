//! Who may come in, and who has tried too often.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use russh::keys::ssh_key::PublicKey;
use russh::{MethodKind, MethodSet};
use sha2::{Digest, Sha256};

use crate::class::Password;

/// Failed log-ins that an address may have at once. A class behind one address mistypes, too.
const MOST_FAILURES: f64 = 30.0;
/// After how long one of them is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// Addresses that are remembered; beyond them the oldest is forgotten.
const MOST_ADDRESSES: usize = 4096;

/// Who may come in, and as what.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Who may take part.
    pub students: Students,
    /// The keys of those who teach.
    pub teachers: Vec<PublicKey>,
}

/// Who may take part.
#[derive(Clone, Debug)]
pub enum Students {
    /// Whoever knows the word that lets in now.
    Password(Password),
    /// Whoever has the private key of one of these.
    Keys(Vec<PublicKey>),
    /// Everybody.
    Open,
}

/// What somebody is let in as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// Somebody who takes part.
    Student,
    /// A screen for all.
    Projector,
    /// Somebody who teaches.
    Teacher,
}

/// Who logs in by this name teaches, or is not let in.
const TEACHER: &str = "teacher";
/// Who logs in by this name is a screen for all.
const PROJECTOR: &str = "projector";

impl Admission {
    /// The keys of a file as `authorized_keys` has them, one a line. Options before a key are not obeyed.
    ///
    /// # Errors
    /// The number of the first line that is no key; of no line, if there is none that is one.
    pub fn keys_of(text: &str) -> Result<Vec<PublicKey>, usize> {
        let lines = text.lines().zip(1_usize..).map(|(line, number)| (line.trim(), number));
        let meant = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        let keys: Vec<_> = meant.map(|(line, number)| key_of(line).ok_or(number)).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(0) } else { Ok(keys) }
    }

    /// How somebody may log in.
    #[must_use]
    pub fn methods(&self) -> MethodSet {
        let of_students = match self.students {
            Students::Password(_) => MethodKind::Password,
            Students::Keys(_) => MethodKind::PublicKey,
            Students::Open => MethodKind::None,
        };
        let mut methods = MethodSet::from(&[of_students][..]);
        if !self.teachers.is_empty() {
            methods.push(MethodKind::PublicKey);
        }
        methods
    }

    /// Who logs in without password and key.
    #[must_use]
    pub fn admit_without_credentials(&self, user: &str) -> Option<Admitted> {
        student(user).filter(|_| matches!(self.students, Students::Open))
    }

    /// Who knows this password, compared in a time that says nothing of how much of it is right.
    #[must_use]
    pub fn admit_by_password(&self, user: &str, tried: &str) -> Option<Admitted> {
        let Students::Password(password) = &self.students else { return None };
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        let differs = digest(&password.current())
            .iter()
            .zip(digest(tried))
            .fold(0, |differs, (one, other)| differs | (one ^ other));
        student(user).filter(|_| differs == 0)
    }

    /// Who has the private key of this public key.
    #[must_use]
    pub fn admit_by_key(&self, user: &str, key: &PublicKey) -> Option<Admitted> {
        let is_among = |keys: &[PublicKey]| keys.iter().any(|known| known.key_data() == key.key_data());
        match &self.students {
            _ if is_among(&self.teachers) => Some(Admitted::Teacher),
            Students::Keys(keys) if is_among(keys) => student(user),
            _ => None,
        }
    }
}

/// Nobody who does not teach has the name of who does.
fn student(user: &str) -> Option<Admitted> {
    match user {
        TEACHER => None,
        PROJECTOR => Some(Admitted::Projector),
        _ => Some(Admitted::Student),
    }
}

fn key_of(line: &str) -> Option<PublicKey> {
    let is_kind = |word: &str| ["ssh-", "ecdsa-", "sk-"].iter().any(|kind| word.starts_with(kind));
    let words: Vec<_> = line.split_whitespace().collect();
    let at = words.iter().position(|word| is_kind(word))?;
    PublicKey::from_openssh(&words[at..].join(" ")).ok()
}

/// How often addresses have failed to log in.
#[derive(Debug, Default)]
pub struct Failures {
    of: HashMap<IpAddr, (f64, Instant)>,
}

impl Failures {
    fn count(&self, address: IpAddr, now: Instant) -> f64 {
        self.of.get(&address).map_or(0.0, |(count, last)| {
            (count - now.saturating_duration_since(*last).as_secs_f64() / FORGOTTEN.as_secs_f64()).max(0.0)
        })
    }

    /// Whether nobody at this address may try for now.
    #[must_use]
    pub fn are_too_many(&self, address: IpAddr, now: Instant) -> bool {
        self.count(address, now) >= MOST_FAILURES
    }

    /// One more.
    pub fn add(&mut self, address: IpAddr, now: Instant) {
        let count = self.count(address, now) + 1.0;
        if self.of.len() >= MOST_ADDRESSES && !self.of.contains_key(&address) {
            let oldest = self.of.iter().min_by_key(|(_, (_, last))| *last).map(|(address, _)| *address);
            oldest.map(|address| self.of.remove(&address));
        }
        self.of.insert(address, (count, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqFPZEKhVciJifd0wIO0eGbQO/P+Q39UZzexAVm28pN";

    #[test]
    fn passwords_are_compared_as_a_whole_and_differ() {
        let of_class = Password::random();
        let password = of_class.current();
        let admission = Admission { students: Students::Password(of_class.clone()), teachers: Vec::new() };
        assert_eq!(admission.admit_by_password("anna", &password), Some(Admitted::Student));
        assert_eq!(admission.admit_by_password("projector", &password), Some(Admitted::Projector));
        assert_eq!(admission.admit_by_password("teacher", &password), None, "nobody is called so who is not");
        for wrong in ["", &password[..8], &format!("{password} "), &password.to_uppercase()] {
            assert_eq!(admission.admit_by_password("anna", wrong), None, "{wrong}");
        }
        assert_eq!(admission.admit_without_credentials("anna"), None);
        let renewed = of_class.renew();
        assert_eq!(admission.admit_by_password("anna", &password), None, "there is another one");
        assert_eq!(admission.admit_by_password("anna", &renewed), Some(Admitted::Student));
    }

    #[test]
    fn keys_are_read_as_openssh_writes_them() {
        let text = format!("# the class\n\n{KEY} anna@home\nrestrict,command=\"x y\" {KEY}\n");
        let keys = Admission::keys_of(&text).unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(Admission::keys_of(&format!("{KEY}\nssh-ed25519 AAAA")), Err(2));
        assert_eq!(Admission::keys_of("# nobody\n"), Err(0));
    }

    #[test]
    fn who_teaches_has_a_key_of_those_who_do_whoever_else_is_let_in() {
        let keys = Admission::keys_of(KEY).unwrap();
        let with = |students| Admission { students, teachers: keys.clone() };
        for students in [Students::Open, Students::Password("x".to_owned().into()), Students::Keys(keys.clone())] {
            let admission = with(students.clone());
            assert_eq!(admission.admit_by_key("anna", &keys[0]), Some(Admitted::Teacher));
            let of_students = matches!(students, Students::Keys(_)).then_some(Admitted::Student);
            let without_teachers = Admission { students, teachers: Vec::new() };
            assert_eq!(without_teachers.admit_by_key("anna", &keys[0]), of_students);
            assert_eq!(without_teachers.admit_by_key("teacher", &keys[0]), None);
        }
        assert_eq!(with(Students::Open).admit_without_credentials("anna"), Some(Admitted::Student));
        assert_eq!(with(Students::Open).admit_without_credentials("teacher"), None, "a key is asked for");
    }

    #[test]
    fn who_fails_too_often_waits_and_nobody_else() {
        let (mut failures, start) = (Failures::default(), Instant::now());
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..30 {
            assert!(!failures.are_too_many(one, start));
            failures.add(one, start);
        }
        assert!(failures.are_too_many(one, start) && !failures.are_too_many(other, start));
        assert!(!failures.are_too_many(one, start + FORGOTTEN));
        for address in 0..10_000_u32 {
            failures.add(IpAddr::from(address.to_be_bytes()), start + Duration::from_secs(1));
        }
        assert!(failures.of.len() <= MOST_ADDRESSES);
    }
}
