//! What a viewer knows of the class that looks at the same runs.

use super::panels::PanelName;
use super::role::Role;
use crate::language::Message;

/// A class, as one of it sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassView {
    /// As the class calls this viewer.
    pub own_name: String,
    /// How many students there are.
    pub students: usize,
    /// How many of them have raised a hand.
    pub hands: usize,
    /// Whether this viewer has.
    pub has_raised_hand: bool,
    /// Whether all see what the teacher sees.
    pub follows: bool,
    /// Whether nobody new is let in.
    pub is_door_closed: bool,
    /// What of this viewer's session is written down.
    pub written_down: Vec<WrittenDown>,
    /// What the class guesses, if it was asked to.
    pub poll: Option<PollView>,
    /// Who else is there, in the order in which they came; only the teacher knows.
    pub members: Vec<MemberView>,
    /// What the teacher is to know; nobody else knows.
    pub announcements: Vec<Announcement>,
}

/// What who teaches is to know of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// A command by which students come in.
    Command(String),
    /// The password for students.
    Password(String),
    /// Students need one of this number of keys.
    Keys(usize),
    /// Nothing is needed to come in.
    Open,
    /// The command by which teachers come in, and the number of keys that let them in.
    TeachersCommand(String, usize),
    /// What clients show of the host key.
    HostKey(String),
    /// The host key is for this class alone, and why.
    HostKeyNotKept(Message),
    /// Something is missing in the log, and why.
    LogIncomplete(Message),
    /// A session is not recorded: whose, and why.
    NotRecorded(String, Message),
    /// Other accounts can read what is written down in this folder or file.
    OpenToOthers(String),
}

/// What a class writes down of somebody's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrittenDown {
    /// All that is to be seen.
    Session,
    /// That should have been, and is not, or not to its end; and why.
    NotTheSession(Message),
    /// What is asked.
    Prompts,
    /// When they come and leave, from where, and by what proof.
    Visit,
}

/// One of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Of this member alone, for as long as the class goes on.
    pub number: u64,
    /// Safe to be shown.
    pub name: String,
    /// What somebody may do.
    pub role: Role,
    /// The panel that has the keys.
    pub panel: PanelName,
    /// What was asked last, safe to be shown.
    pub prompt: String,
    /// Whole minutes since somebody came.
    pub minutes: u64,
    /// Whether the hand is raised.
    pub hand: bool,
    /// How many other sessions have the same key or account, and go with this one.
    pub same_person: usize,
}

/// A guess of the whole class: which word comes next?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollView {
    /// What the word follows.
    pub prompt: String,
    /// The words to choose from, in the order of the vocabulary: their order says nothing of the model's answer.
    pub options: Vec<String>,
    /// Which of them this viewer has chosen.
    pub own: Option<usize>,
    /// How many have chosen.
    pub votes: usize,
    /// When the poll is closed: how many have chosen each word, and how probable the model held it when they were asked, in percent.
    pub result: Option<Vec<(usize, u32)>>,
}

impl PollView {
    /// The key for one of the words: letters from `a` on.
    #[must_use]
    pub fn key(option: usize) -> char {
        (b'a'..=b'z').nth(option).map_or('?', char::from)
    }

    /// The word that a key stands for.
    #[must_use]
    pub fn option(&self, key: char) -> Option<usize> {
        (0..self.options.len()).find(|option| Self::key(*option) == key.to_ascii_lowercase())
    }
}

/// What somebody does in a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassAct {
    /// Has all asked what the member with this number asked last; without a number what the teacher asks.
    AskAll(Option<u64>),
    /// Has the class guess the next word; then shows what it has guessed beside the model's answer; then ends that.
    Poll,
    /// Guesses this word.
    Vote(usize),
    /// Raises the hand, or takes it down.
    ToggleHand,
    /// Takes all hands down.
    LowerHands,
    /// Has all see what the teacher sees, or lets them look where they like.
    ToggleFollow,
    /// Removes the member with this number, and lets them in no more.
    Remove(u64),
    /// Calls the member with this number so.
    Rename(u64, String),
    /// Lets nobody new in, or lets them in again.
    ToggleDoor,
    /// Has another password let students in.
    RenewPassword,
}
