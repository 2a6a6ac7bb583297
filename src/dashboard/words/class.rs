//! A class.

use crate::dashboard::class_view::ClassView;
use crate::dashboard::language::Language;

impl Language {
    /// The class in a few words.
    pub(crate) fn class(self, class: &ClassView) -> String {
        let (present, hands) = (class.present, class.hands);
        let mut parts = vec![match self {
            Self::English => format!("class of {present}"),
            Self::Chinese => format!("课堂 {present} 人"),
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

    /// The titles of the list of those who are there.
    pub(crate) fn class_columns(self) -> [&'static str; 5] {
        match self {
            Self::English => ["hand", "name", "min", "looks at", "asked last"],
            Self::Chinese => ["手", "姓名", "分钟", "正在看", "最近的提问"],
        }
    }
}
