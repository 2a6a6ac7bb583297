//! Authentication of a client: attempts, delays, and rows of the log.

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

/// The maximum number of wrong passwords on a connection: ssh clients ask three times by each of two methods.
const MAX_ATTEMPTS: u32 = 6;
/// The maximum number of keys that a client may offer; agents hold fewer.
const MAX_OFFERS: usize = 64;
/// The maximum number of keys that the log names.
const MAX_LOGGED_KEYS: usize = 10;
/// The maximum length of a password, in bytes; longer ones are wrong.
const MAX_PASSWORD: usize = 256;

/// The prompt, and whether the client echoes what is typed.
const PROMPTS: &[(Cow<'static, str>, bool)] = &[(Cow::Borrowed("password: "), false)];

/// The attempts of a client.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    wrong_passwords: u32,
    offers: usize,
    /// The fingerprints of rejected keys, and the reason for the last one.
    refused: Vec<String>,
    why_refused: &'static str,
    /// The fingerprint of an authorized key whose signature has not come. russh does not report a wrong signature.
    proving: Option<String>,
    /// The user name.
    name: String,
}

impl Connection {
    /// A rejection after which the client may try again by any method.
    fn refused(&self) -> Auth {
        Auth::Reject { proceed_with_methods: Some(self.door.admission.methods()), partial_success: false }
    }

    /// Accepts the client.
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

    /// Starts an attempt under this user name.
    pub fn begin_attempt(&mut self, user: &str) {
        self.client.end_turn();
        self.client.reach(Stage::Named);
        self.log_unproven();
        user.clone_into(&mut self.attempts.name);
    }

    /// Handles an attempt without credentials.
    pub fn try_nothing(&mut self, user: &str) -> Auth {
        // every client tries this first, so it is not logged
        match self.door.admission.admit_without_credentials(user) {
            Ok(admitted) => self.admit(user, admitted, Credential::Nothing),
            Err(_) => self.refused(),
        }
    }

    /// Asks for the password by keyboard-interactive.
    pub fn ask_password(&mut self) -> Auth {
        if !self.door.admission.has_password() || self.attempts.wrong_passwords >= MAX_ATTEMPTS {
            return self.refused();
        }
        self.client.reach(Stage::Asked);
        Auth::Partial { name: "".into(), instructions: "".into(), prompts: PROMPTS.into() }
    }

    /// Checks a password. The answer is delayed by earlier wrong passwords of the address, and a wrong one is delayed further and logged; after
    /// the sixth the connection is closed.
    pub async fn try_password(&mut self, user: &str, password: Option<&str>, credential: Credential) -> Auth {
        if !self.door.admission.has_password() || self.attempts.wrong_passwords >= MAX_ATTEMPTS {
            return self.refused();
        }
        let (source, start) = (self.client.source, Instant::now());
        let delay = lock(&self.door.guesses).delay(source, start);
        tokio::time::sleep(delay).await;
        let tried = password.filter(|password| password.len() <= MAX_PASSWORD).unwrap_or_default();
        let why = match self.door.admission.admit_by_password(user, tried) {
            Ok(admitted) => return self.admit(user, admitted, credential),
            Err(why) => why,
        };
        lock(&self.door.guesses).add(source, Instant::now());
        self.attempts.wrong_passwords += 1;
        let slowed = if delay.is_zero() { String::new() } else { format!(", slowed by {:.1} s", delay.as_secs_f64()) };
        self.log_refusal(user, &credential, &format!("{why}{slowed}"));
        tokio::time::sleep((self.door.times.refusal * self.attempts.wrong_passwords).saturating_sub(delay)).await;
        if self.attempts.wrong_passwords >= MAX_ATTEMPTS {
            self.disconnect("Too many wrong passwords").await;
        }
        self.refused()
    }

    /// Answers whether a key would be accepted; rejected offers are not counted as attempts.
    pub async fn try_offer(&mut self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> Auth {
        self.attempts.offers += 1;
        if self.attempts.offers > MAX_OFFERS {
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

    /// Handles a key with a valid signature, which may have expired since it was offered.
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

    /// Rejects a certificate; clients also offer its key by itself.
    pub fn refuse_certificate(&mut self) -> Auth {
        self.attempts.proving = None;
        self.refused()
    }

    /// Stores a rejected key for the log.
    fn note_refused(&mut self, key: &PublicKey, why: &'static str) {
        self.attempts.why_refused = why;
        let fingerprint = fingerprint(key);
        if self.attempts.refused.len() < MAX_OFFERS && !self.attempts.refused.contains(&fingerprint) {
            self.attempts.refused.push(fingerprint);
        }
    }

    /// Logs an authorized key that was offered without a valid signature.
    fn log_unproven(&mut self) {
        if let Some(fingerprint) = self.attempts.proving.take() {
            self.log_refusal(&self.attempts.name, &Credential::Key(fingerprint), "no valid signature");
        }
    }

    /// Logs the rejected keys in one row.
    pub fn log_refused_keys(&mut self) {
        self.log_unproven();
        let refused = std::mem::take(&mut self.attempts.refused);
        let (named, others) = refused.split_at(refused.len().min(MAX_LOGGED_KEYS));
        let what = match (named, others.len()) {
            ([], _) => return,
            ([one], 0) => one.clone(),
            (_, 0) => named.join(" "),
            (_, count) => format!("{} and {count} more", named.join(" ")),
        };
        self.log_refusal(&self.attempts.name, &Credential::Key(what), self.attempts.why_refused);
    }

    /// Closes the connection with a reason (RFC 4253) that the client can show.
    async fn disconnect(&mut self, why: &str) {
        if let Some(handle) = self.client.handle.get() {
            let _ = handle.disconnect(Disconnect::NoMoreAuthMethodsAvailable, why.to_owned(), String::new()).await;
        }
    }
}
