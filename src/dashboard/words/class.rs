//! Sentences about a class.

use crate::columns::Columns;
use crate::dashboard::class_view::{Announcement, ClassView, MemberView, PollView, WrittenDown};
use crate::dashboard::role::Role;
use crate::dashboard::view::Held;
use crate::language::{Language, Localized, Message};

/// The keys of a viewer during a poll.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PollKeys<'a> {
    /// The key that shows the result, or ends the poll.
    Teachers(&'a str),
    /// The letters of the options.
    Letters,
    /// The letters of the options, after the key that ends typing.
    LettersAfter(&'a str),
    /// No keys.
    None,
}

crate::messages! {
    /// The header and the class panel.
    pub(crate) enum ClassText {
        Count { students: usize } = "class of {students}", "课堂 {students} 人";
        ClosedCount { students: usize } = "class of {students} (closed)", "课堂 {students} 人（已关门）";
        OwnHandUp = "hand is up", "已举手";
        OneHandUp = "1 hand up", "1 人举手";
        HandsUp { hands: usize } = "{hands} hands up", "{hands} 人举手";
        AllFollow = "all follow", "全班跟随";
        AllFollowTeacher = "all follow the teacher", "全班跟随教师";
        PollResult = "poll: result", "投票：结果";
        PollVotes { votes: usize, students: usize } = "poll: {votes} of {students}", "投票：{votes}/{students}";
        OwnName { name: String } = "you are called {name} here", "你在这里的名字是 {name}";
        NothingWrittenDown = "nothing of this session is written down", "此会话没有任何记录";
        OthersHidden = "who else is there only the teacher sees", "其他成员只有教师能看到";
        NoClass = "no class: rnn-tui serve opens one", "没有课堂：rnn-tui serve 可开设";
        Renaming { before: String } = "another name for {before}: ", "{before} 的新名字：";
        Teacher { name: String } = "{name} (teacher)", "{name} (教师)";
        Projector { name: String } = "{name} (screen)", "{name} (屏幕)";
    }
}

crate::messages! {
    /// The titles of the list of members.
    #[derive(Clone, Copy)]
    pub(crate) enum ClassColumn {
        Hand = "hand", "手";
        Name = "name", "姓名";
        Minutes = "min", "分钟";
        Panel = "looks at", "正在看";
        Prompt = "prompt", "提示";
    }
}

impl ClassColumn {
    /// All columns, in their order.
    pub(crate) const ALL: [Self; 5] = [Self::Hand, Self::Name, Self::Minutes, Self::Panel, Self::Prompt];
}

/// The state of a class, most important for a viewer of this role first.
pub(crate) fn class_summary(class: &ClassView, role: Role) -> Vec<ClassText> {
    let (students, hands) = (class.students, class.hands);
    let is_closed = class.is_door_closed && role == Role::Teacher;
    let count = if is_closed { ClassText::ClosedCount { students } } else { ClassText::Count { students } };
    let hands = match hands {
        _ if class.has_raised_hand => Some(ClassText::OwnHandUp),
        0 => None,
        1 => Some(ClassText::OneHandUp),
        _ => Some(ClassText::HandsUp { hands }),
    };
    let follow = class.follows.then_some(match role {
        Role::Teacher => ClassText::AllFollow,
        Role::Student | Role::Projector => ClassText::AllFollowTeacher,
    });
    let poll = class.poll.as_ref().map(|poll| match poll.result {
        Some(_) => ClassText::PollResult,
        None => ClassText::PollVotes { votes: poll.votes, students },
    });
    let parts = match role {
        Role::Teacher => [Some(count), poll, follow, hands],
        Role::Student | Role::Projector => [follow, hands, poll, Some(count)],
    };
    parts.into_iter().flatten().collect()
}

/// Sentences for a member who is no teacher: the own name, what is recorded, and that other members are hidden.
pub(crate) fn own_place(class: &ClassView, language: Language) -> [String; 3] {
    let written_down = written_down(&class.written_down, language);
    let nothing = || ClassText::NothingWrittenDown.text_in(language);
    [
        ClassText::OwnName { name: class.own_name.clone() }.text_in(language),
        if written_down.is_empty() { nothing() } else { written_down },
        ClassText::OthersHidden.text_in(language),
    ]
}

/// The name of a member in the list, with the role unless it is a student.
pub(crate) fn member(member: &MemberView, language: Language) -> String {
    let name = member.name.clone();
    match member.role {
        Role::Teacher => ClassText::Teacher { name }.text_in(language),
        Role::Projector => ClassText::Projector { name }.text_in(language),
        Role::Student => name,
    }
}

crate::messages! {
    /// What is recorded of a session.
    enum WrittenDownText {
        Session = "this session is recorded", "此会话会被录制";
        NotTheSession { why: Message } =
            "this session is NOT recorded any more: {why}", "此会话不再被录制：{why}";
        Prompts = "what is asked here is logged", "这里的提问会被记录";
        Visit = "your name, address, coming and leaving are logged", "你的姓名、地址和进出会被记录";
    }
}

/// What is recorded of a session, for its member; empty if nothing is.
pub(crate) fn written_down(written_down: &[WrittenDown], language: Language) -> String {
    let sentence = |written: &WrittenDown| match written {
        WrittenDown::Session => WrittenDownText::Session.text_in(language),
        WrittenDown::NotTheSession(why) => WrittenDownText::NotTheSession { why: why.clone() }.text_in(language),
        WrittenDown::Prompts => WrittenDownText::Prompts.text_in(language),
        WrittenDown::Visit => WrittenDownText::Visit.text_in(language),
    };
    written_down.iter().map(sentence).collect::<Vec<_>>().join(language.semicolon())
}

crate::messages! {
    /// What is held back while a member is typing.
    enum HeldText {
        AllFollow = "all follow the teacher", "全班跟随教师";
        TeacherAsks = "the teacher asks all: ", "教师问全班：";
        MemberAsks { name: String } = "all are asked, by {name}: ", "{name} 问全班：";
        Key { key: String } = " ({key}: see it)", "（按 {key} 查看）";
    }
}

/// The parts of the sentence about what is held back: the text before the prompt, the prompt (which may be empty), and the key that shows it.
pub(crate) fn held(held: &Held, key: &str, language: Language) -> [String; 3] {
    let (before, prompt) = match &held.question {
        None => (HeldText::AllFollow, ""),
        Some((prompt, None)) => (HeldText::TeacherAsks, prompt.as_str()),
        Some((prompt, Some(name))) => (HeldText::MemberAsks { name: name.clone() }, prompt.as_str()),
    };
    let key = HeldText::Key { key: key.to_owned() };
    [before.text_in(language), prompt.to_owned(), key.text_in(language)]
}

crate::messages! {
    /// Announcements to the teacher.
    enum AnnouncementText {
        Password { password: String } = "password {password}", "密码 {password}";
        OneKey = "for who has the one listed key", "须持有 1 个密钥之一";
        Keys { count: usize } = "for who has one of {count} keys", "须持有 {count} 个密钥之一";
        Open = "for everybody who reaches this port", "能连到此端口者均可进入";
        TeachersOneKey { command: String } =
            "{command}  teaches, with the one listed key", "{command}  授课，须持有 1 个密钥之一";
        TeachersKeys { command: String, count: usize } =
            "{command}  teaches, with one of {count} keys", "{command}  授课，须持有 {count} 个密钥之一";
        HostKey { fingerprint: String } = "host key {fingerprint}", "主机密钥 {fingerprint}";
        HostKeyNotKept { why: Message } =
            "the host key is not saved (--host-key FILE saves one): {why}", "主机密钥没有保存（--host-key FILE 可保存）：{why}";
        LogIncomplete { why: Message } = "THE LOG IS INCOMPLETE: {why}", "日志不完整： {why}";
        OpenToOthers { path: String } = "OTHER ACCOUNTS CAN READ {path}: chmod go-rwx", "其他账户可读取 {path}：请执行 chmod go-rwx";
        NotRecorded { who: String, why: Message } = "{who} IS NOT RECORDED: {why}", "{who} 未被录制：{why}";
    }
}

/// The text of an announcement.
pub(crate) fn announcement(announcement: &Announcement, language: Language) -> String {
    let text = match announcement.clone() {
        Announcement::Command(command) => return command,
        Announcement::Password(password) => AnnouncementText::Password { password },
        Announcement::Keys(1) => AnnouncementText::OneKey,
        Announcement::Keys(count) => AnnouncementText::Keys { count },
        Announcement::Open => AnnouncementText::Open,
        Announcement::TeachersCommand(command, 1) => AnnouncementText::TeachersOneKey { command },
        Announcement::TeachersCommand(command, count) => AnnouncementText::TeachersKeys { command, count },
        Announcement::HostKey(fingerprint) => AnnouncementText::HostKey { fingerprint },
        Announcement::HostKeyNotKept(why) => AnnouncementText::HostKeyNotKept { why },
        Announcement::LogIncomplete(why) => AnnouncementText::LogIncomplete { why },
        Announcement::OpenToOthers(path) => AnnouncementText::OpenToOthers { path },
        Announcement::NotRecorded(who, why) => AnnouncementText::NotRecorded { who, why },
    };
    text.text_in(language)
}

crate::messages! {
    /// A poll of the class.
    pub(crate) enum PollText {
        Title = "a guess of the class", "全班猜词";
        Question { prompt: String } = "{prompt} → which word comes next?", "{prompt} → 下一个词是什么？";
        Class = "the class", "全班";
        ModelWhenAsked = "the model, when asked", "提问时的模型";
        Model = "the model", "模型";
        Votes { votes: usize, students: usize } = "{votes} of {students} have guessed", "{students} 人中 {votes} 人已猜";
        ShowGuesses { key: String } = "{key}: show the guesses", "{key}：看结果";
        End { key: String } = "{key}: end", "{key}：结束";
        PressLetter = "press the letter of a word", "按词前的字母";
        PressLetterAfter { key: String } = "{key}, then the letter of a word", "先按 {key}，再按词前的字母";
    }
}

/// The titles of the columns of votes and of the model's probabilities, the latter in at most `width` columns.
pub(crate) fn poll_columns(width: usize, language: Language) -> [String; 2] {
    let [class, model, short] =
        [PollText::Class, PollText::ModelWhenAsked, PollText::Model].map(|title| title.text_in(language));
    [class, if model.columns() <= width { model } else { short }]
}

/// The number of votes and the next key; only the key if both take more than `columns`.
pub(crate) fn poll_state(
    poll: &PollView,
    students: usize,
    next: PollKeys<'_>,
    columns: usize,
    language: Language,
) -> String {
    let votes = PollText::Votes { votes: poll.votes, students }.text_in(language);
    let next = match (poll.result.is_some(), next) {
        (false, PollKeys::Teachers(key)) => PollText::ShowGuesses { key: key.to_owned() },
        (true, PollKeys::Teachers(key)) => PollText::End { key: key.to_owned() },
        (false, PollKeys::Letters) => PollText::PressLetter,
        (false, PollKeys::LettersAfter(key)) => PollText::PressLetterAfter { key: key.to_owned() },
        (true, PollKeys::Letters | PollKeys::LettersAfter(_)) | (_, PollKeys::None) => return votes,
    };
    let next = next.text_in(language);
    let state = [votes.as_str(), &next].join(language.semicolon());
    if state.columns() <= columns { state } else { next }
}
