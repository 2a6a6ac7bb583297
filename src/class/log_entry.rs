//! Rows of the log of a class.

/// The kind of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogEvent {
    Came,
    Left,
    Refused,
    Asked,
    Removed,
    Renamed,
    DoorClosed,
    DoorOpened,
    PasswordRenewed,
}

impl LogEvent {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Left => "left",
            Self::Refused => "refused",
            Self::Asked => "asked",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::DoorClosed => "door closed",
            Self::DoorOpened => "door opened",
            Self::PasswordRenewed => "password renewed",
        }
    }
}

/// A row of the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogEntry<'a> {
    pub event: LogEvent,
    pub name: &'a str,
    pub role: &'a str,
    /// The address, or the name of the door.
    pub from: &'a str,
    /// The method of authentication, tried or successful.
    pub method: &'a str,
    /// The fingerprint of a key, or the uid of an account.
    pub key: &'a str,
    /// How the session ended, why the visitor was rejected, the new name, or the prompt.
    pub detail: &'a str,
}

impl LogEntry<'_> {
    /// A row with this event and no other cell.
    pub fn new(event: LogEvent) -> Self {
        Self { event, name: "", role: "", from: "", method: "", key: "", detail: "" }
    }
}
