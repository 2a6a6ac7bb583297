//! The password for students.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::Rng;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

/// The password of a class. Clones share it: all see it when it is renewed.
#[derive(Clone)]
pub struct Password(Arc<Mutex<String>>);

impl Password {
    /// A random password of two groups of four letters and digits, without those that look alike: one of 31⁸, about 8.5 × 10¹¹.
    #[must_use]
    pub fn random() -> Self {
        random_word().into()
    }

    /// The current password.
    #[must_use]
    pub fn current(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this is the current password, compared in constant time.
    #[must_use]
    pub fn matches(&self, tried: &str) -> bool {
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        let pairs = digest(&self.current()).into_iter().zip(digest(tried));
        pairs.fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
    }

    /// Replaces the password by a random one, and returns it.
    pub fn renew(&self) -> String {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *current = random_word();
        current.clone()
    }
}

impl From<String> for Password {
    fn from(word: String) -> Self {
        Self(Arc::new(Mutex::new(word)))
    }
}

/// Does not show the password.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// A random password.
fn random_word() -> String {
    const SIGNS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let sign = || char::from(SIGNS[OsRng.gen_range(0..SIGNS.len())]);
    (0..9).map(|at| if at == 4 { '-' } else { sign() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clone_sees_renewed_password() {
        let password = Password::random();
        let clone = password.clone();
        let (first, second) = (password.current(), password.renew());
        assert_ne!(first, second);
        assert_eq!((second.len(), second.find('-')), (9, Some(4)));
        assert_eq!(clone.current(), second);
        assert_eq!(format!("{password:?}"), "Password");
    }
}
