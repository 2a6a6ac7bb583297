//! Authentication of a client: attempts, delays, and rows of the log.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use russh::Disconnect;
use russh::keys::ssh_key::{Algorithm, PublicKey};
use russh::server::Auth;

use super::admission::{Admitted, is_safe};
use super::client::Client;
use super::door_state::DoorState;
use super::key_line::fingerprint;
use super::lock::lock;
use super::stage::Stage;
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

/// A client that has logged in.
#[derive(Debug)]
pub(super) struct User {
    pub name: String,
    pub admitted: Admitted,
    pub credential: Credential,
}

/// The log-in of a client, with its attempts.
#[derive(Debug)]
pub(super) struct LogIn {
    door: Arc<DoorState>,
    client: Arc<Client>,
    wrong_passwords: u32,
    /// The number of keys that the client has offered.
    offers: usize,
    /// The fingerprints of rejected keys.
    rejected_keys: Vec<String>,
    /// Why the last of them was rejected.
    key_rejection: &'static str,
    /// The fingerprint of an authorized key whose signature has not come. russh does not report a wrong signature.
    unproven_key: Option<String>,
    /// The user name of the last attempt.
    name: String,
    /// The accepted user, until it is taken.
    user: Option<User>,
}

impl LogIn {
    pub fn new(door: &Arc<DoorState>, client: &Arc<Client>) -> Self {
        Self {
            door: Arc::clone(door),
            client: Arc::clone(client),
            wrong_passwords: 0,
            offers: 0,
            rejected_keys: Vec::new(),
            key_rejection: "",
            unproven_key: None,
            name: String::new(),
            user: None,
        }
    }

    /// Returns the user after a successful attempt, once.
    pub fn take_user(&mut self) -> Option<User> {
        self.user.take()
    }

    /// A rejection after which the client may try again by any method.
    fn rejection(&self) -> Auth {
        Auth::Reject { proceed_with_methods: Some(self.door.admission.methods()), partial_success: false }
    }

    /// Accepts the client; an unproven key is no longer reported if it has proven one.
    fn admit(&mut self, user: &str, admitted: Admitted, credential: Credential) -> Auth {
        if let Credential::Key(_) = credential {
            self.unproven_key = None;
        }
        self.user = Some(User { name: user.to_owned(), admitted, credential });
        Auth::Accept
    }

    fn log_refusal(&self, user: &str, credential: &Credential, why: &str) {
        self.door.class.log_refusal(user, &self.client.address.to_string(), credential, why);
    }

    /// Starts an attempt under this user name; an authorized key without a valid signature before it is logged.
    pub fn begin_attempt(&mut self, user: &str) {
        self.client.end_turn();
        self.client.reach(Stage::Named);
        self.log_unproven_key();
        user.clone_into(&mut self.name);
    }

    /// Handles an attempt without credentials; a rejection is not logged.
    pub fn try_without_credentials(&mut self, user: &str) -> Auth {
        // every client tries this first
        match self.door.admission.admit_without_credentials(user) {
            Ok(admitted) => self.admit(user, admitted, Credential::Nothing),
            Err(_) => self.rejection(),
        }
    }

    /// Asks for the password by keyboard-interactive; rejects the attempt if there is no password, or after the sixth wrong one.
    pub fn ask_password(&mut self) -> Auth {
        if !self.door.admission.has_password() || self.wrong_passwords >= MAX_ATTEMPTS {
            return self.rejection();
        }
        self.client.reach(Stage::PasswordPrompted);
        Auth::Partial { name: "".into(), instructions: "".into(), prompts: PROMPTS.into() }
    }

    /// Checks a password. The answer is delayed by earlier wrong passwords of the address, and a wrong one is delayed further and logged; after
    /// the sixth the connection is closed.
    pub async fn try_password(&mut self, user: &str, password: Option<&str>, credential: Credential) -> Auth {
        if !self.door.admission.has_password() || self.wrong_passwords >= MAX_ATTEMPTS {
            return self.rejection();
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
        self.wrong_passwords += 1;
        let delayed = if delay.is_zero() { String::new() } else { format!(", slowed by {:.1} s", delay.as_secs_f64()) };
        self.log_refusal(user, &credential, &format!("{why}{delayed}"));
        tokio::time::sleep((self.door.timeouts.wrong_password_delay * self.wrong_passwords).saturating_sub(delay))
            .await;
        if self.wrong_passwords >= MAX_ATTEMPTS {
            self.disconnect("Too many wrong passwords").await;
        }
        self.rejection()
    }

    /// Answers whether a key would be accepted with a valid signature. Rejected offers are not counted as attempts; beyond [`MAX_OFFERS`] the
    /// connection is closed.
    pub async fn try_offered_key(&mut self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> Auth {
        self.offers += 1;
        if self.offers > MAX_OFFERS {
            self.disconnect("Too many keys").await;
            return self.rejection();
        }
        let admitted = self.door.admission.admit_by_key(user, key, self.client.address.ip(), SystemTime::now());
        match admitted {
            Err(why) => self.add_rejected_key(key, why),
            // the same key is offered again with another algorithm
            Ok(_) if !is_safe(algorithm) => {}
            Ok(_) => {
                self.client.reach(Stage::KeyOffered);
                self.unproven_key = Some(fingerprint(key));
                return Auth::Accept;
            }
        }
        self.rejection()
    }

    /// Handles a key with a valid signature. It is checked again, as it may have expired since it was offered.
    pub fn try_key(&mut self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> Auth {
        self.client.end_turn();
        let admitted = self.door.admission.admit_by_key(user, key, self.client.address.ip(), SystemTime::now());
        match admitted {
            Ok(admitted) if is_safe(algorithm) => self.admit(user, admitted, Credential::Key(fingerprint(key))),
            Ok(_) => self.rejection(),
            Err(why) => {
                self.unproven_key = None;
                self.add_rejected_key(key, why);
                self.rejection()
            }
        }
    }

    /// Rejects a certificate; clients also offer its key by itself.
    pub fn reject_certificate(&mut self) -> Auth {
        self.unproven_key = None;
        self.rejection()
    }

    /// Stores a rejected key, once and at most [`MAX_OFFERS`], and the reason for the log.
    fn add_rejected_key(&mut self, key: &PublicKey, why: &'static str) {
        self.key_rejection = why;
        let fingerprint = fingerprint(key);
        if self.rejected_keys.len() < MAX_OFFERS && !self.rejected_keys.contains(&fingerprint) {
            self.rejected_keys.push(fingerprint);
        }
    }

    /// Logs an authorized key that was offered without a valid signature.
    fn log_unproven_key(&mut self) {
        if let Some(fingerprint) = self.unproven_key.take() {
            self.log_refusal(&self.name, &Credential::Key(fingerprint), "no valid signature");
        }
    }

    /// Logs the rejected keys in one row.
    pub fn log_rejected_keys(&mut self) {
        self.log_unproven_key();
        let rejected = std::mem::take(&mut self.rejected_keys);
        let (named, others) = rejected.split_at(rejected.len().min(MAX_LOGGED_KEYS));
        let keys = match (named, others.len()) {
            ([], _) => return,
            ([one], 0) => one.clone(),
            (_, 0) => named.join(" "),
            (_, count) => format!("{} and {count} more", named.join(" ")),
        };
        self.log_refusal(&self.name, &Credential::Key(keys), self.key_rejection);
    }

    /// Closes the connection with a reason (RFC 4253) that the client can show.
    async fn disconnect(&mut self, why: &str) {
        if let Some(handle) = self.client.handle.get() {
            let _ = handle.disconnect(Disconnect::NoMoreAuthMethodsAvailable, why.to_owned(), String::new()).await;
        }
    }
}
