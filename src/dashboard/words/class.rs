//! A class.

use unicode_width::UnicodeWidthStr;

use crate::dashboard::class_view::{Announcement, ClassView, MemberView, PollView};
use crate::dashboard::language::Language;
use crate::dashboard::role::Role;

impl Language {
    /// The class in a few words each, what matters most to somebody of this role first.
    pub(crate) fn class(self, class: &ClassView, role: Role) -> Vec<String> {
        let (students, hands) = (class.students, class.hands);
        let count = match self {
            Self::English => format!("class of {students}"),
            Self::Chinese => format!("课堂 {students} 人"),
        };
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
        let parts = if role == Role::Teacher { [count, follow, hands] } else { [follow, hands, count] };
        parts.into_iter().flatten().collect()
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
                format!("this host key is for this class alone, the next one has another: {why}")
            }
            (Announcement::HostKeyNotKept(why), Self::Chinese) => {
                format!("此主机密钥仅用于本次课堂，下次会不同：{}", self.message(why))
            }
            (Announcement::LogIncomplete(why), _) => {
                format!("{} {}", self.pick("THE LOG IS INCOMPLETE:", "日志不完整："), self.message(why))
            }
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
        [class, if model.width() <= width { model } else { in_short }]
    }

    /// How a guess goes, and what comes next, for who teaches by this key.
    pub(crate) fn poll_state(self, poll: &PollView, students: usize, key: Option<&str>) -> String {
        let votes = poll.votes;
        let told = match self {
            Self::English => format!("{votes} of {students} have guessed"),
            Self::Chinese => format!("{students} 人中 {votes} 人已猜"),
        };
        let next = match (poll.result.is_some(), key) {
            (false, Some(key)) => format!("{key}{}", self.pick(": show the guesses", "：看结果")),
            (true, Some(key)) => format!("{key}{}", self.pick(": end", "：结束")),
            (false, None) => self.pick("press the letter of a word", "按词前的字母").to_owned(),
            (true, None) => return told,
        };
        format!("{told}{}{next}", self.pick("; ", "；"))
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
            Self::English => ["hand", "name", "min", "looks at", "asked last"],
            Self::Chinese => ["手", "姓名", "分钟", "正在看", "最近的提问"],
        }
    }
}
