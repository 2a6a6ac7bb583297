//! The word by which students come in.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::Rng;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

/// The password of a class, which who teaches can change: all copies of it are the same one.
#[derive(Clone)]
pub struct Password(Arc<Mutex<String>>);

impl Password {
    /// One that is easily told and typed and hard to guess: 31⁸ of them, some 850 thousand million.
    #[must_use]
    pub fn random() -> Self {
        random_word().into()
    }

    /// The one that lets in now.
    #[must_use]
    pub fn current(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Compared in a time that says nothing of how much of it is right.
    #[must_use]
    pub fn is(&self, tried: &str) -> bool {
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        let pairs = digest(&self.current()).into_iter().zip(digest(tried));
        pairs.fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
    }

    /// From now on another one lets in, which is returned.
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

/// Not told by accident.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

fn random_word() -> String {
    const SIGNS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let sign = || char::from(SIGNS[OsRng.gen_range(0..SIGNS.len())]);
    (0..9).map(|at| if at == 4 { '-' } else { sign() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_holds_it_sees_the_one_that_is_in_force() {
        let password = Password::random();
        let of_door = password.clone();
        let (first, second) = (password.current(), password.renew());
        assert_ne!(first, second);
        assert_eq!((second.len(), second.find('-')), (9, Some(4)));
        assert_eq!(of_door.current(), second);
        assert_eq!(format!("{password:?}"), "Password");
    }
}
