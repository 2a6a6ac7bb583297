//! The timeouts of clients, and the delay after a wrong password.

use std::time::Duration;

/// The timeouts of clients, and the delay after a wrong password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the connection to the user name, in which a user may compare the host key; and again from the name to the end of the log-in.
    pub log_in: Duration,
    /// From log-in to the start of a session.
    pub session_start: Duration,
    /// The maximum length of a session.
    pub session: Duration,
    /// How long a client may send nothing after log-in before it is sent a keepalive request; after three without an answer it is dropped.
    pub keepalive: Duration,
    /// The delay of the answer to a wrong password, multiplied by the number of wrong ones on the connection.
    pub wrong_password_delay: Duration,
}

impl Default for Timeouts {
    /// The defaults of OpenSSH, for those that it has.
    fn default() -> Self {
        Self {
            log_in: Duration::from_mins(2),
            session_start: Duration::from_mins(2),
            session: Duration::from_hours(12),
            keepalive: Duration::from_secs(15),
            wrong_password_delay: Duration::from_secs(1),
        }
    }
}
