//! A class.

use crate::dashboard::class_view::{ClassView, MemberView, PollView};
use crate::dashboard::language::Language;
use crate::dashboard::role::Role;

impl Language {
    /// The class in a few words.
    pub(crate) fn class(self, class: &ClassView) -> String {
        let (students, hands) = (class.students, class.hands);
        let mut parts = vec![match self {
            Self::English => format!("class of {students}"),
            Self::Chinese => format!("课堂 {students} 人"),
        }];
        if class.has_raised_hand {
            parts.push(self.pick("your hand is up", "你已举手").to_owned());
        } else if hands > 0 {
            parts.push(match self {
                Self::English if hands == 1 => "1 hand up".to_owned(),
                Self::English => format!("{hands} hands up"),
                Self::Chinese => format!("{hands} 人举手"),
            });
        }
        if class.follows {
            parts.push(self.pick("all follow the teacher", "全班跟随教师").to_owned());
        }
        parts.join(self.pick(", ", "，"))
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

    /// Whose the bars are.
    pub(crate) fn poll_columns(self) -> [&'static str; 2] {
        match self {
            Self::English => ["the class", "the model, when asked"],
            Self::Chinese => ["全班", "提问时的模型"],
        }
    }

    /// How a guess goes, and what comes next.
    pub(crate) fn poll_state(self, poll: &PollView, students: usize, is_teacher: bool) -> String {
        let votes = poll.votes;
        let next = match (poll.result.is_some(), is_teacher) {
            (false, true) => self.pick("P: show the guesses", "P：看结果"),
            (true, true) => self.pick("P: end", "P：结束"),
            (false, false) => self.pick("press the letter of a word", "按词前的字母"),
            (true, false) => "",
        };
        let told = match self {
            Self::English => format!("{votes} of {students} have guessed"),
            Self::Chinese => format!("{students} 人中 {votes} 人已猜"),
        };
        if next.is_empty() { told } else { format!("{told}{}{next}", self.pick("; ", "；")) }
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
