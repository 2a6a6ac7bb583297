//! How a session ends, and its last line.

use std::fmt;

/// How a session has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// The member left.
    Left,
    /// The class is over.
    Over,
    /// Rejected: the class is full.
    Full,
    /// Rejected: the person has this many sessions already.
    TooMany(usize),
    /// Rejected: a teacher has closed the door.
    DoorClosed,
    /// Rejected: a teacher removed the person before.
    KeptOut,
    /// A teacher removed the member.
    Removed,
    /// No key came within the idle limit.
    Idle,
    /// The connection failed, with the reason.
    Lost(String),
    /// The session panicked.
    Failed,
}

impl SessionEnd {
    /// Whether the visitor was rejected.
    pub(super) fn is_rejection(&self) -> bool {
        matches!(self, Self::Full | Self::TooMany(_) | Self::DoorClosed | Self::KeptOut)
    }

    /// The exit code of the client: 0 after leaving and at the end of the class, otherwise 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Left | Self::Over => 0,
            _ => 1,
        }
    }

    /// The last line on the terminal of the session.
    pub(super) fn farewell(&self) -> Farewell {
        match self {
            Self::Left => Farewell::Left,
            Self::Over => Farewell::Over,
            Self::Full => Farewell::Full,
            Self::TooMany(_) => Farewell::TooMany,
            Self::DoorClosed => Farewell::DoorClosed,
            Self::KeptOut | Self::Removed => Farewell::Removed,
            Self::Idle => Farewell::Idle,
            Self::Lost(_) => Farewell::Lost,
            Self::Failed => Farewell::Failed,
        }
    }
}

crate::messages! {
    /// The last line of a session.
    #[derive(Clone, Copy)]
    pub(super) enum Farewell {
        Left = "you have left the class", "你已离开课堂";
        Over = "the class is over", "课堂已结束";
        Full = "the class is full: try again later", "课堂已满：请稍后再试";
        TooMany =
            "this name or key has joined this class too many times already: leave one with q and come again (a lost line is noticed after a minute), or come by another name",
            "此名字或密钥已多次进入此课堂：请按 q 离开其中一个再进入（断线约一分钟后才会被发现），或换一个名字";
        DoorClosed =
            "the teacher has closed the door: no new viewers are admitted for now", "教师已关门：目前不接受新人";
        Removed = "the teacher has removed you from this class", "教师已将你移出此课堂";
        Idle =
            "nothing was typed for long, so this session has ended: come again", "长时间没有输入，此会话已结束：请重新进入";
        Lost = "the line is lost", "连接已断开";
        Failed =
            "this session failed, the class goes on: come again", "此会话出错，课堂仍在继续：请重新进入";
    }
}

/// The detail in the log, which is in English.
impl fmt::Display for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left => f.write_str("left"),
            Self::Over => f.write_str("the class was over"),
            Self::Full => f.write_str("the class was full"),
            Self::TooMany(sessions) => write!(f, "had {sessions} sessions already"),
            Self::DoorClosed => f.write_str("the door was closed"),
            Self::KeptOut => f.write_str("removed before"),
            Self::Removed => f.write_str("removed"),
            Self::Idle => f.write_str("idle"),
            Self::Lost(why) => write!(f, "lost: {why}"),
            Self::Failed => f.write_str("failed"),
        }
    }
}
