//! Who may join, and in which role.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::SystemTime;

use russh::keys::ssh_key::{Algorithm, PublicKey};
use russh::{MethodKind, MethodSet};

use super::key_line::{KeyLine, fingerprint};
use super::key_options::KeyLimits;
use crate::class::Password;

/// Who may join, and in which role.
#[derive(Clone, Debug)]
pub struct Admission {
    /// How students authenticate.
    pub students: Students,
    /// The keys of teachers.
    pub teachers: Keys,
}

/// How students authenticate.
#[derive(Clone, Debug)]
pub enum Students {
    /// By the current password.
    Password(Password),
    /// By one of these keys.
    Keys(Keys),
    /// Not at all.
    Open,
}

/// The role of an authenticated client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// A student, or the projector.
    Student,
    /// A teacher.
    Teacher,
}

/// The user name that only teachers can use.
const TEACHER: &str = "teacher";
/// The log's reason for rejecting a student with that name.
const NAMED_TEACHER: &str = "the name is the teacher's";

/// The log's reason for rejecting an unlisted key.
const UNKNOWN: &str = "an unknown key";

/// Authorized keys. A key on several lines is accepted if any line allows it.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// The limits of each line with the key, by fingerprint.
    by_fingerprint: HashMap<String, Vec<KeyLimits>>,
}

impl Keys {
    /// The number of distinct keys.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_fingerprint.len()
    }

    /// Checks a key against its lines, for this address and time.
    ///
    /// # Errors
    /// The log's reason for the rejection.
    fn check(&self, key: &PublicKey, from: IpAddr, now: SystemTime) -> Result<(), &'static str> {
        let lines = self.by_fingerprint.get(&fingerprint(key)).ok_or(UNKNOWN)?;
        let problems: Vec<_> = lines.iter().map_while(|limits| limits.problem(from, now)).collect();
        if problems.len() < lines.len() { Ok(()) } else { Err(problems[0]) }
    }
}

impl FromIterator<KeyLine> for Keys {
    fn from_iter<T: IntoIterator<Item = KeyLine>>(lines: T) -> Self {
        let mut keys = Self::default();
        for (fingerprint, limits) in lines.into_iter().map(KeyLine::into_parts) {
            keys.by_fingerprint.entry(fingerprint).or_default().push(limits);
        }
        keys
    }
}

impl Admission {
    /// The authentication methods to offer. A password is accepted by keyboard-interactive, which shows the server that the client is being
    /// asked, and by password, as some clients know only that.
    #[must_use]
    pub fn methods(&self) -> MethodSet {
        let methods_of_students = match self.students {
            Students::Password(_) => &[MethodKind::KeyboardInteractive, MethodKind::Password][..],
            Students::Keys(_) => &[MethodKind::PublicKey],
            Students::Open => &[MethodKind::None],
        };
        let mut methods = MethodSet::from(methods_of_students);
        if self.teachers.count() > 0 {
            methods.push(MethodKind::PublicKey);
        }
        methods
    }

    /// Whether students authenticate by password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        matches!(self.students, Students::Password(_))
    }

    /// Admits a client without password and key, if the class is open.
    ///
    /// # Errors
    /// The log's reason for the rejection.
    pub fn admit_without_credentials(&self, user: &str) -> Result<Admitted, &'static str> {
        if matches!(self.students, Students::Open) { student(user) } else { Err("no password and no key") }
    }

    /// Admits a client with this password.
    ///
    /// # Errors
    /// The log's reason for the rejection.
    pub fn admit_by_password(&self, user: &str, tried: &str) -> Result<Admitted, &'static str> {
        match &self.students {
            Students::Password(password) if password.matches(tried) => student(user),
            _ => Err("a wrong password"),
        }
    }

    /// Admits a client with this key, from this address at this time; teachers' keys are checked first.
    ///
    /// # Errors
    /// The log's reason for the rejection.
    pub fn admit_by_key(
        &self,
        user: &str,
        key: &PublicKey,
        from: IpAddr,
        now: SystemTime,
    ) -> Result<Admitted, &'static str> {
        let Err(reason) = self.teachers.check(key, from, now) else { return Ok(Admitted::Teacher) };
        match &self.students {
            Students::Keys(keys) => match keys.check(key, from, now) {
                Ok(()) => student(user),
                Err(UNKNOWN) => Err(reason),
                Err(why) => Err(why),
            },
            Students::Password(_) | Students::Open => Err(reason),
        }
    }
}

/// Whether signatures of this algorithm are accepted: all but RSA with SHA-1, which can be forged.
pub(super) fn is_safe(algorithm: &Algorithm) -> bool {
    *algorithm != Algorithm::Rsa { hash: None }
}

/// Admits a student, unless the user name is the teacher's.
fn student(user: &str) -> Result<Admitted, &'static str> {
    if user == TEACHER { Err(NAMED_TEACHER) } else { Ok(Admitted::Student) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqFPZEKhVciJifd0wIO0eGbQO/P+Q39UZzexAVm28pN";

    fn keys(text: &str) -> (Keys, PublicKey) {
        let lines = KeyLine::all(text).unwrap();
        let key = lines[0].key.clone();
        (lines.into_iter().collect(), key)
    }

    #[test]
    fn admit_by_password_needs_exact_current_password() {
        let password = Password::random();
        let text = password.current();
        assert_eq!((text.len(), text.find('-')), (9, Some(4)));
        assert_ne!(text, Password::random().current());
        let admission = Admission { students: Students::Password(password.clone()), teachers: Keys::default() };
        assert_eq!(admission.admit_by_password("anna", &text), Ok(Admitted::Student));
        assert_eq!(admission.admit_by_password("teacher", &text), Err(NAMED_TEACHER), "the name is reserved");
        for wrong in ["", &text[..8], &format!("{text} "), &text.to_uppercase()] {
            assert!(admission.admit_by_password("anna", wrong).is_err(), "{wrong}");
        }
        assert!(admission.admit_without_credentials("anna").is_err());
        let renewed = password.renew();
        assert!(admission.admit_by_password("anna", &text).is_err(), "the old password is rejected");
        assert_eq!(admission.admit_by_password("anna", &renewed), Ok(Admitted::Student));
    }

    #[test]
    fn admit_by_teacher_key_is_teacher_for_any_students() {
        let (teachers, key) = keys(KEY);
        let (here, now) = (IpAddr::from([192, 0, 2, 1]), SystemTime::now());
        for students in [Students::Open, Students::Password(Password::random()), Students::Keys(teachers.clone())] {
            let is_student = matches!(students, Students::Keys(_));
            let admission = Admission { students: students.clone(), teachers: teachers.clone() };
            assert_eq!(admission.admit_by_key("anna", &key, here, now), Ok(Admitted::Teacher));
            let without_teachers = Admission { students, teachers: Keys::default() };
            let anna = without_teachers.admit_by_key("anna", &key, here, now);
            assert_eq!(anna.ok(), is_student.then_some(Admitted::Student));
            assert!(without_teachers.admit_by_key("teacher", &key, here, now).is_err());
        }
        let open = Admission { students: Students::Open, teachers };
        assert_eq!(open.admit_without_credentials("anna"), Ok(Admitted::Student));
        assert_eq!(open.admit_without_credentials("teacher"), Err(NAMED_TEACHER), "the name needs a key");
    }

    #[test]
    fn limits_of_key_line_hold_for_students_and_teachers() {
        let (keys, key) = keys(&format!("from=\"192.0.2.0/24\",expiry-time=\"20300101Z\" {KEY}"));
        let end = humantime::parse_rfc3339("2030-01-01T00:00:00Z").unwrap();
        let before = end - Duration::from_secs(1);
        let of_students = Admission { students: Students::Keys(keys.clone()), teachers: Keys::default() };
        let of_teachers = Admission { students: Students::Open, teachers: keys };
        for admission in [of_students, of_teachers] {
            let admits = |address: [u8; 4], now| admission.admit_by_key("anna", &key, address.into(), now).is_ok();
            assert!(admits([192, 0, 2, 9], before));
            assert!(!admits([198, 51, 100, 9], before) && !admits([192, 0, 2, 9], end));
        }
    }

    #[test]
    fn key_on_two_lines_is_accepted_by_either() {
        let (keys, key) = keys(&format!("from=\"192.0.2.1\" {KEY}\nfrom=\"192.0.2.2\" {KEY}"));
        let admits = |last| keys.check(&key, [192, 0, 2, last].into(), SystemTime::now()).is_ok();
        assert_eq!((keys.count(), admits(1), admits(2), admits(3)), (1, true, true, false));
    }
}
