//! Options of a class.

use std::path::PathBuf;

use clap::Args;
use rnn_tui::class::{Class, Limits};
use rnn_tui::language::{Message, text};

use super::help::Translations;
#[cfg(feature = "ssh")]
use super::ssh_options::SshOptions;
use super::value_parsers::{ExpectedValue, path};

/// Options of a class: its doors, its limits, its archive.
#[derive(Debug, Args)]
#[command(next_help_heading = "Class")]
#[allow(clippy::struct_excessive_bools)] // each is an independent option of the command line
pub struct ClassOptions {
    /// Where `rnn-tui attach` finds the class [default: $XDG_RUNTIME_DIR/rnn-tui/class.sock]
    #[arg(long, value_name = "PATH", value_parser = path())]
    pub socket: Option<PathBuf>,

    /// Let accounts of the socket's group attach, not this one alone
    #[arg(long)]
    pub group: bool,

    /// How many may be in the class at once
    #[arg(long, value_name = "N", default_value_t = Class::DEFAULT_MEMBERS, value_parser = members, allow_negative_numbers = true)]
    pub members: usize,

    /// The maximum number of concurrent sessions per person (per key or per name)
    #[arg(long, value_name = "N", default_value_t = Limits::SESSIONS_EACH, value_parser = members, allow_negative_numbers = true)]
    pub sessions: usize,

    /// Hold the class in the background, without this terminal: `rnn-tui attach --teacher` leads it, and `q` there ends it
    #[arg(long, conflicts_with_all = ["file", "plain", "words", "print_config"])]
    pub detach: bool,

    /// What --detach starts
    #[arg(long, hide = true)]
    pub in_background: bool,

    /// End sessions without a key press for this long; the teacher's own terminal and the projector go on
    #[arg(long, value_name = "MINUTES", default_value_t = 180, value_parser = idle_minutes, allow_negative_numbers = true)]
    pub idle: u64,

    /// Write who came, when, from where and how it ended to this file, as comma-separated values
    #[arg(long, value_name = "FILE.csv", value_parser = path())]
    pub log: Option<PathBuf>,

    /// Write what is asked to the file of --log, too; all viewers are informed
    #[arg(long, requires = "log")]
    pub log_prompts: bool,

    /// Record every viewer's session in this folder, as asciicasts; all viewers are informed
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub record_class: Option<PathBuf>,

    #[cfg(feature = "ssh")]
    #[command(flatten)]
    pub ssh: SshOptions,
}

impl ClassOptions {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[
            text(
                "Where `rnn-tui attach` finds the class [default: $XDG_RUNTIME_DIR/rnn-tui/class.sock]",
                "`rnn-tui attach` 在哪里找到课堂 [默认：$XDG_RUNTIME_DIR/rnn-tui/class.sock]",
            ),
            text(
                "Let accounts of the socket's group attach, not this one alone",
                "允许套接字所属组的账户加入，而不仅是本账户",
            ),
            text("How many may be in the class at once", "课堂最多同时有多少人"),
            text(
                "The maximum number of concurrent sessions per person (per key or per name)",
                "同一人（密钥或名字相同）最多同时有几个会话",
            ),
            text(
                "Hold the class in the background, without this terminal: `rnn-tui attach --teacher` leads it, and `q` there ends it",
                "在后台开设课堂，不占用此终端：用 `rnn-tui attach --teacher` 主持，在其中按 `q` 结束",
            ),
            text("What --detach starts", "--detach 启动的程序"),
            text(
                "End sessions without a key press for this long; the teacher's own terminal and the projector go on",
                "结束这么久没有输入的会话；教师自己的终端和投影不受影响",
            ),
            text(
                "Write who came, when, from where and how it ended to this file, as comma-separated values",
                "把谁、何时、从哪里来、如何结束写入此文件（CSV）",
            ),
            text(
                "Write what is asked to the file of --log, too; all viewers are informed",
                "把提问也写入 --log 的文件；会告知每个人",
            ),
            text(
                "Record every viewer's session in this folder, as asciicasts; all viewers are informed",
                "把每位来者的会话录制到此文件夹（asciicast）；会告知每个人",
            ),
        ],
        flattened: &[
            #[cfg(feature = "ssh")]
            &SshOptions::CHINESE,
        ],
    };
}

/// Parses a number of members, from 1 to 1000.
fn members(text: &str) -> Result<usize, Message> {
    let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
    number.ok_or_else(|| ExpectedValue::Members.into())
}

/// Parses minutes, from 1 to 1440.
fn idle_minutes(text: &str) -> Result<u64, Message> {
    let number = text.parse().ok().filter(|number| (1..=1440).contains(number));
    number.ok_or_else(|| ExpectedValue::Minutes.into())
}

impl ClassOptions {
    /// The first notice on the teacher's screen, if other machines can reach the class.
    #[cfg_attr(not(feature = "ssh"), allow(clippy::unused_self))]
    pub fn warning(&self) -> Option<Message> {
        #[cfg(feature = "ssh")]
        return self.ssh.warning();
        #[cfg(not(feature = "ssh"))]
        None
    }
}
