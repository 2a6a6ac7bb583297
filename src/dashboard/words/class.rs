//! A class.

use crate::columns::Columns;

use crate::dashboard::class_view::{Announcement, ClassView, MemberView, PollView, WrittenDown};
use crate::dashboard::role::Role;
use crate::dashboard::view::Held;
use crate::language::Language;

/// What a viewer can press while the class guesses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PollKeys<'a> {
    /// The key that goes on.
    Teachers(&'a str),
    /// The letters of the words.
    Letters,
    /// The same, after the key that ends what is being typed.
    LettersAfter(&'a str),
    /// Nothing.
    None,
}

impl Language {
    /// The class in a few words each, what matters most to somebody of this role first.
    pub(crate) fn class(self, class: &ClassView, role: Role) -> Vec<String> {
        let (students, hands) = (class.students, class.hands);
        let count = match self {
            Self::English => format!("class of {students}"),
            Self::Chinese => format!("课堂 {students} 人"),
        };
        let is_closed = class.is_door_closed && role == Role::Teacher;
        let count = if is_closed { count + self.pick(" (closed)", "（已关门）") } else { count };
        let hands = match self {
            _ if class.has_raised_hand => Some(self.pick("hand is up", "已举手").to_owned()),
            _ if hands == 0 => None,
            Self::English if hands == 1 => Some("1 hand up".to_owned()),
            Self::English => Some(format!("{hands} hands up")),
            Self::Chinese => Some(format!("{hands} 人举手")),
        };
        let follow = class.follows.then(|| match role {
            Role::Teacher => self.pick("all follow", "全班跟随"),
            Role::Student | Role::Projector => self.pick("all follow the teacher", "全班跟随教师"),
        });
        let (count, follow) = (Some(count), follow.map(str::to_owned));
        let poll = class.poll.as_ref().map(|poll| match (poll.result.is_some(), self) {
            (true, _) => self.pick("poll: result", "投票：结果").to_owned(),
            (false, Self::English) => format!("poll: {} of {students}", poll.votes),
            (false, Self::Chinese) => format!("投票：{}/{students}", poll.votes),
        });
        let parts = match role {
            Role::Teacher => [count, poll, follow, hands],
            Role::Student | Role::Projector => [follow, hands, poll, count],
        };
        parts.into_iter().flatten().collect()
    }

    /// What is written down of a session, for the one whose it is.
    pub(crate) fn written_down(self, written_down: &[WrittenDown]) -> String {
        let told = |written: &WrittenDown| match written {
            WrittenDown::Session => self.pick("this session is recorded", "此会话会被录制").to_owned(),
            WrittenDown::NotTheSession(why) => {
                let why = self.message(why);
                format!("{}{why}", self.pick("this session is NOT recorded any more: ", "此会话不再被录制："))
            }
            WrittenDown::Prompts => self.pick("what is asked here is logged", "这里的提问会被记录").to_owned(),
            WrittenDown::Visit => self
                .pick("your name, address, coming and leaving are logged", "你的姓名、地址和进出会被记录")
                .to_owned(),
        };
        written_down.iter().map(told).collect::<Vec<_>>().join(self.pick("; ", "；"))
    }

    /// What who does not teach can know of their place in the class, a sentence each.
    pub(crate) fn own_place(self, class: &ClassView) -> Vec<String> {
        let name = &class.own_name;
        let name = match self {
            Self::English => format!("you are called {name} here"),
            Self::Chinese => format!("你在这里的名字是 {name}"),
        };
        let written_down = self.written_down(&class.written_down);
        let nothing = || self.pick("nothing of this session is written down", "此会话没有任何记录").to_owned();
        let written_down = if written_down.is_empty() { nothing() } else { written_down };
        let others = self.pick("who else is there only the teacher sees", "其他成员只有教师能看到").to_owned();
        vec![name, written_down, others]
    }

    /// What waits for somebody who types, and the key that shows it.
    pub(crate) fn held(self, held: &Held, key: &str) -> [String; 3] {
        let (before, prompt) = match (&held.question, self) {
            (None, _) => (self.pick("all follow the teacher", "全班跟随教师").to_owned(), String::new()),
            (Some((prompt, None)), _) => {
                (self.pick("the teacher asks all: ", "教师问全班：").to_owned(), prompt.clone())
            }
            (Some((prompt, Some(name))), Self::English) => (format!("all are asked, by {name}: "), prompt.clone()),
            (Some((prompt, Some(name))), Self::Chinese) => (format!("{name} 问全班："), prompt.clone()),
        };
        let after = match self {
            Self::English => format!(" ({key}: see it)"),
            Self::Chinese => format!("（按 {key} 查看）"),
        };
        [before, prompt, after]
    }

    /// Before a name that is being typed.
    pub(crate) fn naming(self, before: &str) -> String {
        match self {
            Self::English => format!("another name for {before}: "),
            Self::Chinese => format!("{before} 的新名字："),
        }
    }

    /// What who teaches is to know.
    pub(crate) fn announcement(self, announcement: &Announcement) -> String {
        match (announcement, self) {
            (Announcement::Command(command), _) => command.clone(),
            (Announcement::Password(password), _) => format!("{} {password}", self.pick("password", "密码")),
            (Announcement::Keys(1), Self::English) => "for who has the one listed key".to_owned(),
            (Announcement::Keys(count), Self::English) => format!("for who has one of {count} keys"),
            (Announcement::Keys(count), Self::Chinese) => format!("须持有 {count} 个密钥之一"),
            (Announcement::Open, _) => {
                self.pick("for everybody who reaches this port", "能连到此端口者均可进入").to_owned()
            }
            (Announcement::TeachersCommand(command, 1), Self::English) => {
                format!("{command}  teaches, with the one listed key")
            }
            (Announcement::TeachersCommand(command, count), Self::English) => {
                format!("{command}  teaches, with one of {count} keys")
            }
            (Announcement::TeachersCommand(command, count), Self::Chinese) => {
                format!("{command}  授课，须持有 {count} 个密钥之一")
            }
            (Announcement::HostKey(fingerprint), _) => format!("{} {fingerprint}", self.pick("host key", "主机密钥")),
            (Announcement::HostKeyNotKept(why), Self::English) => {
                format!("the host key is not kept (--host-key FILE keeps one): {why}")
            }
            (Announcement::HostKeyNotKept(why), Self::Chinese) => {
                format!("主机密钥没有保存（--host-key FILE 可保存）：{}", self.message(why))
            }
            (Announcement::LogIncomplete(why), _) => {
                format!("{} {}", self.pick("THE LOG IS INCOMPLETE:", "日志不完整："), self.message(why))
            }
            (Announcement::OpenToOthers(path), Self::English) => {
                format!("OTHER ACCOUNTS CAN READ {path}: chmod go-rwx")
            }
            (Announcement::OpenToOthers(path), Self::Chinese) => format!("其他账户可读取 {path}：请执行 chmod go-rwx"),
            (Announcement::NotRecorded(who, why), Self::English) => format!("{who} IS NOT RECORDED: {why}"),
            (Announcement::NotRecorded(who, why), Self::Chinese) => format!("{who} 未被录制：{}", self.message(why)),
        }
    }

    /// Why there is nobody to be seen.
    pub(crate) fn no_class(self) -> &'static str {
        self.pick("no class: rnn-tui serve opens one", "没有课堂：rnn-tui serve 可开设")
    }

    /// What a guess is called.
    pub(crate) fn poll_title(self) -> &'static str {
        self.pick("a guess of the class", "全班猜词")
    }

    /// What is guessed.
    pub(crate) fn poll_question(self, prompt: &str) -> String {
        match self {
            Self::English => format!("{prompt} → which word comes next?"),
            Self::Chinese => format!("{prompt} → 下一个词是什么？"),
        }
    }

    /// Whose the bars are, in columns of this width.
    pub(crate) fn poll_columns(self, width: usize) -> [&'static str; 2] {
        let [class, model, in_short] = match self {
            Self::English => ["the class", "the model, when asked", "the model"],
            Self::Chinese => ["全班", "提问时的模型", "模型"],
        };
        [class, if model.columns() <= width { model } else { in_short }]
    }

    /// How a guess goes, and what comes next; in fewer columns only what comes next.
    pub(crate) fn poll_state(self, poll: &PollView, students: usize, next: PollKeys<'_>, columns: usize) -> String {
        let votes = poll.votes;
        let told = match self {
            Self::English => format!("{votes} of {students} have guessed"),
            Self::Chinese => format!("{students} 人中 {votes} 人已猜"),
        };
        let next = match (poll.result.is_some(), next) {
            (false, PollKeys::Teachers(key)) => format!("{key}{}", self.pick(": show the guesses", "：看结果")),
            (true, PollKeys::Teachers(key)) => format!("{key}{}", self.pick(": end", "：结束")),
            (false, PollKeys::Letters) => self.pick("press the letter of a word", "按词前的字母").to_owned(),
            (false, PollKeys::LettersAfter(key)) => match self {
                Self::English => format!("{key}, then the letter of a word"),
                Self::Chinese => format!("先按 {key}，再按词前的字母"),
            },
            (true, PollKeys::Letters | PollKeys::LettersAfter(_)) | (_, PollKeys::None) => return told,
        };
        let state = format!("{told}{}{next}", self.pick("; ", "；"));
        if state.columns() <= columns { state } else { next }
    }

    /// One of the class in the list.
    pub(crate) fn member(self, member: &MemberView) -> String {
        let role = match member.role {
            Role::Teacher => self.pick("teacher", "教师"),
            Role::Projector => self.pick("screen", "屏幕"),
            Role::Student => return member.name.clone(),
        };
        format!("{} ({role})", member.name)
    }

    /// The titles of the list of those who are there.
    pub(crate) fn class_columns(self) -> [&'static str; 5] {
        match self {
            Self::English => ["hand", "name", "min", "looks at", "prompt"],
            Self::Chinese => ["手", "姓名", "分钟", "正在看", "提示"],
        }
    }
}
