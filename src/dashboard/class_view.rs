//! State of the class as one viewer sees it, and actions on it.

use super::panels::PanelName;
use super::role::Role;
use crate::language::Message;

/// The class as one viewer sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassView {
    /// Name of this viewer in the class.
    pub own_name: String,
    /// Number of students.
    pub students: usize,
    /// Number of students with a raised hand.
    pub hands: usize,
    /// Whether this viewer has raised a hand.
    pub has_raised_hand: bool,
    /// Whether all viewers follow the view of the teacher.
    pub follows: bool,
    /// Whether new viewers are rejected.
    pub is_door_closed: bool,
    /// What the class records of this viewer's session.
    pub written_down: Vec<WrittenDown>,
    /// The current poll, open or closed.
    pub poll: Option<PollView>,
    /// The other members, in the order in which they joined; empty unless the viewer is the teacher.
    pub members: Vec<MemberView>,
    /// Announcements to the teacher; empty for other viewers.
    pub announcements: Vec<Announcement>,
}

/// An announcement to the teacher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// A command by which students join.
    Command(String),
    /// The password for students.
    Password(String),
    /// Students need a key; the number of accepted keys.
    Keys(usize),
    /// Students need neither key nor password.
    Open,
    /// The command by which teachers join, and the number of accepted keys.
    TeachersCommand(String, usize),
    /// Fingerprint of the host key, as ssh clients show it.
    HostKey(String),
    /// The host key could not be persisted and lasts for this class only; the reason.
    HostKeyNotKept(Message),
    /// The log is incomplete; the reason.
    LogIncomplete(Message),
    /// A session is not recorded: the name of the member, and the reason.
    NotRecorded(String, Message),
    /// Other accounts can read the records in this folder or file.
    OpenToOthers(String),
}

/// Kinds of records of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrittenDown {
    /// A recording of the screen.
    Session,
    /// The recording is missing or incomplete; the reason.
    NotTheSession(Message),
    /// The prompts.
    Prompts,
    /// Times of joining and leaving, address, and method of authentication.
    Visit,
}

/// A member of the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Identifier, unique for the lifetime of the class.
    pub number: u64,
    /// Name, safe to show.
    pub name: String,
    /// The role, which decides on permissions.
    pub role: Role,
    /// The focused panel.
    pub panel: PanelName,
    /// The last prompt, safe to show.
    pub prompt: String,
    /// Whole minutes since the member joined.
    pub minutes: u64,
    /// Whether the member has raised a hand.
    pub hand: bool,
    /// Number of other sessions with the same key or account, which are removed together with this one.
    pub same_person: usize,
}

/// A poll: the students guess the next word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollView {
    /// The prompt before the word.
    pub prompt: String,
    /// The words to choose from, in the order of the vocabulary, which does not reveal the model's answer.
    pub options: Vec<String>,
    /// Index of the option that this viewer has chosen.
    pub own: Option<usize>,
    /// Number of votes.
    pub votes: usize,
    /// For each option of a closed poll, the number of votes and the model's probability when the poll opened, in percent; `None` while
    /// the poll is open.
    pub result: Option<Vec<(usize, u32)>>,
}

impl PollView {
    /// Returns the key for an option: `a` for the first; `?` beyond `z`.
    #[must_use]
    pub fn key(option: usize) -> char {
        (b'a'..=b'z').nth(option).map_or('?', char::from)
    }

    /// Returns the option for a letter, in either case; `None` for any other key.
    #[must_use]
    pub fn option(&self, key: char) -> Option<usize> {
        (0..self.options.len()).find(|option| Self::key(*option) == key.to_ascii_lowercase())
    }
}

/// An action on the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassAct {
    /// Asks the last prompt of the member with this number on all screens; `None` for the teacher's prompt.
    AskAll(Option<u64>),
    /// Opens a poll, closes the open one and shows its result, or removes the closed one.
    Poll,
    /// Votes for this option.
    Vote(usize),
    /// Raises or lowers the hand.
    ToggleHand,
    /// Lowers all hands.
    LowerHands,
    /// Turns following the teacher on or off for all viewers.
    ToggleFollow,
    /// Removes the member with this number, who cannot join again.
    Remove(u64),
    /// Renames the member with this number.
    Rename(u64, String),
    /// Starts or stops rejecting new viewers.
    ToggleDoor,
    /// Replaces the password for students.
    RenewPassword,
}
