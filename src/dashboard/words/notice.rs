//! Notices in the footer.

use std::fmt;

use crate::dashboard::view::Notice;
use crate::language::{Language, Localized, Message};

crate::messages! {
    enum NoticeText {
        Exporting = "exporting …", "正在导出…";
        Exported { folder: String } = "exported to {folder}", "已导出到 {folder}";
        NotExported { why: Message } = "NOT EXPORTED: {why}", "未能导出： {why}";
        NoMoments = "no earlier moments are stored (run.keyframes)", "没有保存较早的时刻（run.keyframes）";
        NoEarlierMoment = "there is no earlier moment yet: s takes a step", "还没有较早的时刻：按 s 走一步";
        RateStays =
            "the learning rate stays as it was changed by hand; u: as configured",
            "学习率保持手动更改后的值；按 u 恢复配置的值";
        Waiting = "not begun: s takes one step, space begins", "尚未开始：按 s 训练一步，按空格开始";
        Over =
            "training is over: t plays it again, r restarts it from the next seed",
            "训练已结束：按 t 重放，按 r 用下一个种子重新开始";
        InThePast =
            "an earlier moment is shown: e returns to the present, where s takes a step",
            "所示为较早的时刻：按 e 回到现在，再按 s 走一步";
        OnlyShown = "this run is only shown: --resume goes on with it", "此运行仅供重放；用 --resume 继续训练";
        TeacherOnly = "that is up to the teacher", "此操作由教师控制";
        Following = "the class follows the teacher until released", "全班正在跟随教师，直到教师放开";
        TeacherAsks = "the teacher's question", "教师的问题";
        MemberAsks { name: String } = "the question of {name}", "{name} 的问题";
        Renamed { name: String } = "you are called {name} here", "你在这里的名字是 {name}";
        Removed { name: String } = "{name} is removed, and is not let in again", "{name} 已被移出，不得再进入";
        TeachersAreNotRemoved = "who teaches is not removed", "不能移出教师";
        PasswordRenewed = "another password lets students in now; who is in stays", "学生进入的密码已更换；已在课堂者不受影响";
        NoPassword = "this class has no password", "此课堂没有密码";
        RestartsAllRuns =
            "other weights are of another seed, and that is of all runs: R restarts this one, a lets keys act on all",
            "新权重需要另一个种子，而种子由各运行共用：按 R 重新开始当前运行，按 a 作用于全部";
    }
}

impl Localized for Notice {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.clone() {
            Self::Exporting => NoticeText::Exporting,
            Self::Exported(folder) => NoticeText::Exported { folder },
            Self::NotExported(why) => NoticeText::NotExported { why },
            Self::NoMoments => NoticeText::NoMoments,
            Self::NoEarlierMoment => NoticeText::NoEarlierMoment,
            Self::RateStays => NoticeText::RateStays,
            Self::Waiting => NoticeText::Waiting,
            Self::Over => NoticeText::Over,
            Self::InThePast => NoticeText::InThePast,
            Self::OnlyShown => NoticeText::OnlyShown,
            Self::TeacherOnly => NoticeText::TeacherOnly,
            Self::Following => NoticeText::Following,
            Self::Asked(None) => NoticeText::TeacherAsks,
            Self::Asked(Some(name)) => NoticeText::MemberAsks { name },
            Self::Renamed(name) => NoticeText::Renamed { name },
            Self::Removed(name) => NoticeText::Removed { name },
            Self::NotOfTeachers => NoticeText::TeachersAreNotRemoved,
            Self::PasswordRenewed => NoticeText::PasswordRenewed,
            Self::NoPassword => NoticeText::NoPassword,
            Self::RestartsAllRuns => NoticeText::RestartsAllRuns,
            Self::ClassStatus(what, last) => {
                let last = last.map(|last| format!("{}{last}", language.semicolon())).unwrap_or_default();
                return write!(f, "{what}{last}");
            }
            Self::Warning(what) => return what.fmt_in(language, f),
        };
        text.fmt_in(language, f)
    }
}
