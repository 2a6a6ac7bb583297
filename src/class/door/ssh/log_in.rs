//! Logging in: who is let in, how long answers wait, and what the log is told.

use std::borrow::Cow;
use std::time::{Instant, SystemTime};

use russh::Disconnect;
use russh::keys::ssh_key::{Algorithm, PublicKey};
use russh::server::Auth;

use super::admission::{Admitted, is_safe};
use super::client::Stage;
use super::connection::{Connection, Phase, User};
use super::key_line::fingerprint;
use super::lock;
use crate::class::Credential;

/// How often one client may be wrong about the password: an ssh client asks three times in each of two ways.
const MOST_ATTEMPTS: u32 = 6;
/// How many keys one client may offer: what an agent holds, and more.
const MOST_OFFERS: usize = 64;
/// How many of them the log names.
const MOST_NAMED: usize = 10;
/// Longer ones are no passwords of anybody's, in bytes.
const LONGEST_PASSWORD: usize = 256;

/// What is asked, and whether what is typed is shown.
const PROMPTS: &[(Cow<'static, str>, bool)] = &[(Cow::Borrowed("password: "), false)];

/// What a client has tried so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    wrong_passwords: u32,
    offers: usize,
    /// Keys that do not let in: fingerprints, and why the last of them does not.
    refused: Vec<String>,
    why_refused: &'static str,
    /// A key that lets in, of which the signature has not come. A wrong signature is not told to this program, but is followed by none.
    proving: Option<String>,
    /// By what name.
    name: String,
}

impl Connection {
    /// Not this time. All ways to log in stay open: who mistypes tries again, and who has several keys offers the next one.
    fn refused(&self) -> Auth {
        Auth::Reject { proceed_with_methods: Some(self.door.admission.methods()), partial_success: false }
    }

    fn admit(&mut self, user: &str, admitted: Admitted, credential: Credential) -> Auth {
        if let Credential::Key(_) = credential {
            self.attempts.proving = None;
        }
        self.phase = Phase::LoggedIn(User { name: user.to_owned(), admitted, credential });
        Auth::Accept
    }

    fn log_refusal(&self, user: &str, credential: &Credential, why: &str) {
        self.door.class.log_refusal(user, &self.client.address.to_string(), credential, why);
    }

    /// The client asks to log in by this name, and waits for an answer.
    pub fn begin_attempt(&mut self, user: &str) {
        self.client.end_turn();
        self.client.reach(Stage::Named);
        self.tell_unproven();
        user.clone_into(&mut self.attempts.name);
    }

    pub fn try_nothing(&mut self, user: &str) -> Auth {
        // every client asks so, which is no failure
        match self.door.admission.admit_without_credentials(user) {
            Ok(admitted) => self.admit(user, admitted, Credential::Nothing),
            Err(_) => self.refused(),
        }
    }

    /// What is asked of who wants to type the password.
    pub fn ask_password(&mut self) -> Auth {
        if !self.door.admission.has_password() || self.attempts.wrong_passwords >= MOST_ATTEMPTS {
            return self.refused();
        }
        self.client.reach(Stage::Asked);
        Auth::Partial { name: "".into(), instructions: "".into(), prompts: PROMPTS.into() }
    }

    /// The right password is never refused, but answers come later the more was guessed from there.
    pub async fn try_password(&mut self, user: &str, password: Option<&str>, credential: Credential) -> Auth {
        if !self.door.admission.has_password() || self.attempts.wrong_passwords >= MOST_ATTEMPTS {
            return self.refused();
        }
        let (source, start) = (self.client.source, Instant::now());
        let delay = lock(&self.door.guesses).delay(source, start);
        tokio::time::sleep(delay).await;
        let tried = password.filter(|password| password.len() <= LONGEST_PASSWORD).unwrap_or_default();
        let why = match self.door.admission.admit_by_password(user, tried) {
            Ok(admitted) => return self.admit(user, admitted, credential),
            Err(why) => why,
        };
        lock(&self.door.guesses).add(source, Instant::now());
        self.attempts.wrong_passwords += 1;
        let slowed = if delay.is_zero() { String::new() } else { format!(", slowed by {:.1} s", delay.as_secs_f64()) };
        self.log_refusal(user, &credential, &format!("{why}{slowed}"));
        tokio::time::sleep((self.door.times.refusal * self.attempts.wrong_passwords).saturating_sub(delay)).await;
        if self.attempts.wrong_passwords >= MOST_ATTEMPTS {
            self.disconnect("Too many wrong passwords").await;
        }
        self.refused()
    }

    /// Nothing is decided by a key that is only offered, and it costs nobody an attempt.
    pub async fn try_offer(&mut self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> Auth {
        self.attempts.offers += 1;
        if self.attempts.offers > MOST_OFFERS {
            self.disconnect("Too many keys").await;
            return self.refused();
        }
        let admitted = self.door.admission.admit_by_key(user, key, self.client.address.ip(), SystemTime::now());
        match admitted {
            Err(why) => self.note_refused(key, why),
            // the same key is offered again with another algorithm
            Ok(_) if !is_safe(algorithm) => {}
            Ok(_) => {
                self.client.reach(Stage::Proving);
                self.attempts.proving = Some(fingerprint(key));
                return Auth::Accept;
            }
        }
        self.refused()
    }

    /// A key whose signature is right. It may have expired since it was offered.
    pub fn try_key(&mut self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> Auth {
        self.client.end_turn();
        let admitted = self.door.admission.admit_by_key(user, key, self.client.address.ip(), SystemTime::now());
        match admitted {
            Ok(admitted) if is_safe(algorithm) => self.admit(user, admitted, Credential::Key(fingerprint(key))),
            Ok(_) => self.refused(),
            Err(why) => {
                self.attempts.proving = None;
                self.note_refused(key, why);
                self.refused()
            }
        }
    }

    /// Its key may be listed, and is offered by itself, too.
    pub fn refuse_certificate(&mut self) -> Auth {
        self.attempts.proving = None;
        self.refused()
    }

    fn note_refused(&mut self, key: &PublicKey, why: &'static str) {
        self.attempts.why_refused = why;
        let fingerprint = fingerprint(key);
        if self.attempts.refused.len() < MOST_OFFERS && !self.attempts.refused.contains(&fingerprint) {
            self.attempts.refused.push(fingerprint);
        }
    }

    /// Whoever offers a key and does not sign with it may have seen no more of it than the public half.
    fn tell_unproven(&mut self) {
        if let Some(fingerprint) = self.attempts.proving.take() {
            self.log_refusal(&self.attempts.name, &Credential::Key(fingerprint), "no valid signature");
        }
    }

    /// Tells the log, in one row for them all, which keys did not let in.
    pub fn tell_refused_keys(&mut self) {
        self.tell_unproven();
        let refused = std::mem::take(&mut self.attempts.refused);
        let (named, others) = refused.split_at(refused.len().min(MOST_NAMED));
        let what = match (named, others.len()) {
            ([], _) => return,
            ([one], 0) => one.clone(),
            (_, 0) => named.join(" "),
            (_, count) => format!("{} and {count} more", named.join(" ")),
        };
        self.log_refusal(&self.attempts.name, &Credential::Key(what), self.attempts.why_refused);
    }

    /// As RFC 4253 has it, so that a client can say why.
    async fn disconnect(&mut self, why: &str) {
        if let Some(handle) = self.client.handle.get() {
            let _ = handle.disconnect(Disconnect::NoMoreAuthMethodsAvailable, why.to_owned(), String::new()).await;
        }
    }
}
