//! Those of a class, without terminals: what they see, type and are called.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::config::{Config, Origin};
use crate::dashboard::actions::Focus;
use crate::dashboard::{
    ClassAct, ClassParticipant, Colours, Effect, Ending, MemberView, Notice, PanelName, Recording, Theme, View,
    WrittenDown,
};
use crate::learning::language_learner;
use crate::session::{Control, Controls, Mode, Pace, PreparedRun, Query, Trainer, Viewer};

const PATIENCE: Duration = Duration::from_mins(1);

/// A class over the first lesson, which is not trained.
struct Lesson {
    trainer: Trainer,
    class: Arc<Class>,
}

/// Somebody in it.
struct Seated {
    membership: Membership,
    view: View,
    viewer: Viewer,
}

impl Lesson {
    fn with(archive: Archive) -> Self {
        let config = Config::read(&Origin::toy(), &[]).unwrap();
        let run = PreparedRun::new(language_learner(config).unwrap(), Pace::Full, Mode::Paused);
        let trainer = Trainer::spawn(run).unwrap();
        let limits = Limits { members: 64, sessions_each: 64 };
        let class = Class::with_limits(SharedRuns::of([("", &trainer)]).unwrap(), limits, archive);
        Self { trainer, class }
    }

    fn new() -> Self {
        Self::with(Archive::default())
    }

    fn join(&self, visitor: &Visitor, role: Role) -> Result<Seated, SessionEnd> {
        let (membership, _) = self.class.join(visitor, role, Box::new(|| {}))?;
        let mut viewer = self.class.runs.viewer();
        viewer.settle(PATIENCE);
        let mut view = View::new(Theme::new(Colours::None), Language::English, &[]);
        view.role = role;
        let mut seated = Seated { membership, view, viewer };
        seated.sync().unwrap();
        Ok(seated)
    }

    fn student(&self, name: &str) -> Seated {
        self.join(&visitor(name), Role::Student).unwrap()
    }

    fn teacher(&self) -> Seated {
        self.join(&visitor("Li"), Role::Teacher).unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.class.roster().members.values().map(|member| member.name.clone()).collect()
    }
}

fn visitor(name: &str) -> Visitor {
    Visitor::new(name, "192.0.2.1:5", TerminalKind::default(), (80, 24))
}

impl Seated {
    fn sync(&mut self) -> Result<bool, Ending> {
        let has_news = self.membership.sync(&mut self.view, &mut self.viewer);
        self.viewer.settle(PATIENCE);
        has_news
    }

    /// Handles the effect of a key, as a viewer's loop does.
    fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Option<Effect> {
        let key = Event::Key(KeyEvent::new(code, modifiers));
        let effect = self.view.handle(&key, self.viewer.observed());
        match &effect {
            Some(Effect::Query(query)) => {
                self.viewer.send(query.clone());
                if let Query::Ask(prompt) = query {
                    self.membership.asked(prompt);
                }
                self.viewer.settle(PATIENCE);
            }
            Some(Effect::Class(act)) => self.membership.act(act, &mut self.view, &self.viewer),
            _ => {}
        }
        self.sync().unwrap_or_default();
        effect
    }

    fn type_keys(&mut self, keys: &str) -> Vec<Effect> {
        keys.chars()
            .filter_map(|c| match c {
                '\r' => self.press(KeyCode::Enter, KeyModifiers::NONE),
                '\u{1b}' => self.press(KeyCode::Esc, KeyModifiers::NONE),
                '\t' => self.press(KeyCode::Tab, KeyModifiers::NONE),
                '\u{3}' => self.press(KeyCode::Char('c'), KeyModifiers::CONTROL),
                c => self.press(KeyCode::Char(c), KeyModifiers::NONE),
            })
            .collect()
    }

    fn line(&self) -> &str {
        self.view.panels.prompt.line.input().value()
    }

    fn prompt(&self) -> String {
        self.viewer.observed().run().answer.as_ref().map(|answer| answer.prompt.clone()).unwrap_or_default()
    }

    fn list(&self) -> Vec<MemberView> {
        self.view.class.as_ref().unwrap().members.clone()
    }

    /// Has the teacher look at a member in the list.
    fn look_at(&mut self, name: &str) {
        self.sync().unwrap();
        self.type_keys("C");
        let at = self.list().iter().position(|member| member.name == name).unwrap();
        self.type_keys(&("k".repeat(99) + &"j".repeat(at)));
    }
}

/// What a student may be in the middle of, and the keys that lead there.
const MODES: [(&str, &str); 8] = [
    ("a panel", "3"),
    ("typing", "iwor"),
    ("typing on the whole screen", "4ziwor"),
    ("typing after a Tab", "i我 \t"),
    ("typing with nothing typed", "i"),
    ("the help", "?"),
    ("the question whether to leave", "q"),
    ("the same by Ctrl-C while typing", "iwor\u{3}"),
];

/// What comes from outside: what a teacher does, and others.
type OutsideEvent = fn(&Lesson, &mut Seated, &mut Vec<Seated>);

fn outside_events() -> Vec<(&'static str, OutsideEvent)> {
    let with_keys: Vec<(&'static str, OutsideEvent)> = vec![
        ("a question to all", |_, teacher, _| _ = teacher.type_keys("Q")),
        ("a question of another student", |_, teacher, others| {
            others[0].type_keys("i我 爱\r");
            teacher.look_at("ben");
            teacher.type_keys("o");
        }),
        ("follow me", |_, teacher, _| _ = teacher.type_keys("F")),
        ("follow me, and another panel", |_, teacher, _| _ = teacher.type_keys("F3")),
        ("follow me on the whole screen", |_, teacher, _| _ = teacher.type_keys("F2z")),
        ("follow me to the list", |_, teacher, _| _ = teacher.type_keys("FC")),
        ("follow me, and another prompt", |_, teacher, _| _ = teacher.type_keys("Fi我 讨厌\r")),
        ("released again", |_, teacher, _| _ = teacher.type_keys("F3F")),
        ("a poll", |_, teacher, _| _ = teacher.type_keys("P")),
        ("the result of a poll", |_, teacher, _| _ = teacher.type_keys("PP")),
        ("the end of a poll", |_, teacher, _| _ = teacher.type_keys("PPP")),
        ("hands down", |_, teacher, _| _ = teacher.type_keys("B")),
        ("another name", |_, teacher, _| {
            teacher.look_at("anna");
            teacher.type_keys("E by teacher\r");
        }),
        ("a closed door", |_, teacher, _| _ = teacher.type_keys("CK")),
        ("another password", |_, teacher, _| _ = teacher.type_keys("CNN")),
        ("somebody else removed", |_, teacher, _| {
            teacher.look_at("ben");
            teacher.type_keys("XX");
        }),
        ("everything at once", |_, teacher, _| _ = teacher.type_keys("QFP3z")),
        ("who leads leaves", |_, teacher, _| {
            teacher.type_keys("F");
            teacher.membership.class.roster().leave(teacher.membership.number);
        }),
    ];
    let with_runs: Vec<(&'static str, OutsideEvent)> = vec![
        ("somebody comes", |lesson, _, others| others.push(lesson.student("carla"))),
        ("somebody leaves", |_, _, others| others.truncate(0)),
        ("training begins anew", |lesson, _, _| {
            let controls = Controls::of([&lesson.trainer]);
            controls.send(Control::StepOnce);
            controls.send(Control::Restart);
        }),
    ];
    with_keys.into_iter().chain(with_runs).collect()
}

#[test]
fn nothing_from_outside_ends_what_somebody_types_or_makes_letters_commands() {
    for (event, happen) in outside_events() {
        for (mode, keys) in MODES {
            let lesson = Lesson::new();
            let mut teacher = lesson.teacher();
            lesson.class.use_password(&Password::random());
            let mut others = vec![lesson.student("ben")];
            let mut anna = lesson.student("anna");
            assert!(!anna.type_keys(keys).contains(&Effect::Quit));
            let (focus, line, asks) =
                (anna.view.focus(), anna.line().to_owned(), anna.view.pending_confirmation.is_some());
            let completes = anna.view.panels.prompt.line.candidates().is_some();
            happen(&lesson, &mut teacher, &mut others);
            anna.sync().unwrap();
            let what = format!("{event} during {mode}");
            if !matches!(focus, Focus::Panel(_)) {
                assert_eq!(anna.view.focus(), focus, "{what}");
            }
            assert_eq!(anna.line(), line, "{what}");
            assert_eq!(anna.view.pending_confirmation.is_some(), asks, "{what}");
            assert_eq!(anna.view.panels.prompt.line.candidates().is_some(), completes, "{what}");
            // the letters that were on their way
            let effects = anna.type_keys("d q");
            assert!(!effects.contains(&Effect::Quit), "{what}: {effects:?}");
            if anna.view.is_typing {
                assert_eq!((effects.as_slice(), anna.line()), (&[][..], format!("{line}d q").as_str()), "{what}");
                // their own question is asked first, and what waits is there when they leave the line
                anna.type_keys("\u{1b}");
                assert!(!anna.view.is_typing && !anna.view.held.is_any(), "{what}");
                match event {
                    "a question to all" | "everything at once" => assert_eq!(anna.prompt(), teacher.prompt(), "{what}"),
                    "a question of another student" => assert_eq!(anna.prompt(), "我 爱", "{what}"),
                    "follow me, and another panel" => assert_eq!(anna.view.panel, PanelName::GradientFlow, "{what}"),
                    "follow me, and another prompt" => assert_eq!(anna.prompt(), "我 讨厌", "{what}"),
                    "released again" => assert_eq!(anna.view.panel, PanelName::Prompt, "{what}"),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn a_question_that_waits_does_not_keep_anybody_from_asking() {
    let lesson = Lesson::new();
    let (mut teacher, mut anna) = (lesson.teacher(), lesson.student("anna"));
    anna.type_keys("i我 爱");
    teacher.type_keys("i我 讨厌\r\u{1b}QF");
    anna.sync().unwrap();
    assert_eq!(anna.view.held.question, Some(("我 讨厌".to_owned(), None)));
    anna.type_keys("\r");
    assert_eq!((anna.prompt().as_str(), anna.view.is_typing), ("我 爱", true), "their own question comes first");
    anna.type_keys("\r");
    assert_eq!((anna.prompt().as_str(), anna.view.is_typing), ("我 讨厌", false), "with nothing typed Enter shows it");
    anna.type_keys("i");
    assert_eq!(anna.view.notice, Some(Notice::Following), "who follows asks nothing");
}

#[test]
fn leaving_a_class_is_asked_for_twice_by_whoever_does_not_teach() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    for role in [Role::Student, Role::Projector] {
        for (keys, leaves) in [
            ("q", false),
            ("qq", true),
            ("qdq", false),
            ("qHq", false),
            ("\u{3}", false),
            ("\u{3}\u{3}", true),
            ("i\u{3}", false),
            ("i\u{3}\u{3}", true),
            ("i\u{3}q", false),
            ("?\u{3}\u{3}", true),
            ("?qq", false),
        ] {
            let mut seated = lesson.join(&visitor("anna"), role).unwrap();
            let effects = seated.type_keys(keys);
            let has_left = effects.iter().any(|effect| matches!(effect, Effect::Quit | Effect::Interrupt));
            assert_eq!(has_left, leaves, "{keys:?} of {role:?}");
        }
    }
    // a guess is no answer to the question whether to leave
    teacher.type_keys("P");
    let mut anna = lesson.student("anna");
    assert!(!anna.type_keys("qaq").contains(&Effect::Quit));
    drop(anna);
    teacher.sync().unwrap();
    assert!(teacher.type_keys("\u{3}").contains(&Effect::Interrupt), "nobody is in it");
    let _anna = lesson.student("anna");
    teacher.sync().unwrap();
    assert!(!teacher.type_keys("\u{3}").contains(&Effect::Interrupt), "a class of one is not ended by a slip");
    assert!(teacher.type_keys("\u{3}").contains(&Effect::Interrupt));
}

#[test]
fn who_is_removed_is_told_and_kept_out_and_nobody_else_is() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    let (mut anna, mut second) = (lesson.student("anna"), lesson.student("ánna"));
    let mut ben = lesson.student("Ben");
    assert_eq!(lesson.names(), ["Li", "anna", "ánna", "Ben"]);
    teacher.look_at("Ben");
    teacher.type_keys("X");
    // whoever leaves meanwhile, the question stays about the one it was asked about
    drop(anna);
    teacher.sync().unwrap();
    teacher.type_keys("X");
    assert_eq!(ben.sync(), Err(Ending::Removed));
    assert_eq!(second.sync(), Ok(true));
    assert_eq!(teacher.view.notice, Some(Notice::Removed("Ben".to_owned())));
    assert!(teacher.list().iter().all(|member| member.name != "Ben"), "even before the line is closed");
    for again in ["Ben", "ben ", "B e n", "Веn", "BEN\u{200b}"] {
        assert_eq!(lesson.join(&visitor(again), Role::Student).err(), Some(SessionEnd::KeptOut), "{again}");
    }
    anna = lesson.student("anna");
    // of two who give the same name one is removed, wherever both come from next
    let elsewhere = |port: u16| Visitor { from: format!("192.0.2.2:{port}"), ..visitor("anna") };
    let mut other = lesson.join(&elsewhere(1), Role::Student).unwrap();
    teacher.look_at("anna 2");
    teacher.type_keys("XX");
    assert_eq!((other.sync(), anna.sync().is_ok()), (Err(Ending::Removed), true));
    assert_eq!(
        lesson.join(&elsewhere(2), Role::Student).err(),
        Some(SessionEnd::KeptOut),
        "before the first one is gone"
    );
    drop(other);
    assert_eq!(lesson.join(&elsewhere(3), Role::Student).err(), Some(SessionEnd::KeptOut));
    let again = lesson.student("anna"); // whose lost line has not been noticed yet
    drop(anna);
    drop(again);
    lesson.student("anna");
    // who was renamed is known by both names
    let mut dora = lesson.student("dora");
    teacher.look_at("dora");
    teacher.type_keys("E");
    (0..4).for_each(|_| _ = teacher.press(KeyCode::Backspace, KeyModifiers::NONE));
    teacher.type_keys("zoe\r");
    dora.sync().unwrap();
    teacher.sync().unwrap();
    teacher.look_at("zoe");
    teacher.type_keys("XX");
    assert_eq!(dora.sync(), Err(Ending::Removed));
    for again in ["dora", "zoe", "Zoe"] {
        assert_eq!(lesson.join(&visitor(again), Role::Student).err(), Some(SessionEnd::KeptOut), "{again}");
    }
    // who teaches stays
    let _other = lesson.join(&visitor("Wang"), Role::Teacher).unwrap();
    teacher.look_at("Wang");
    assert!(teacher.type_keys("X").is_empty());
    assert_eq!(teacher.view.notice, Some(Notice::NotOfTeachers));
}

#[test]
fn a_key_or_an_account_is_kept_out_by_whatever_name() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    let key = |name: &str, key: &str| visitor(name).admitted_by(Credential::Key(key.to_owned()));
    let student = |visitor: &Visitor| lesson.join(visitor, Role::Student);
    let mut sessions = ["eve", "eve", "ben"].map(|name| student(&key(name, "SHA256:e")).unwrap());
    let mut anna = student(&key("anna", "SHA256:a")).unwrap();
    teacher.look_at("eve");
    assert_eq!(teacher.list()[0].same_person, 2, "which the question says");
    teacher.type_keys("XX");
    for session in &mut sessions {
        assert_eq!(session.sync(), Err(Ending::Removed));
    }
    assert!(anna.sync().is_ok());
    for again in ["eve", "mallory"] {
        assert_eq!(student(&key(again, "SHA256:e")).err(), Some(SessionEnd::KeptOut));
    }
    let own = rustix::process::getuid().as_raw();
    let account = |name: &str, number| visitor(name).admitted_by(Credential::Account(number));
    let _sessions = [student(&account("pat", own)).unwrap(), student(&account("kim", own + 1)).unwrap()];
    for name in ["pat", "kim"] {
        teacher.look_at(name);
        teacher.type_keys("XX");
    }
    assert!(student(&account("quin", own)).is_ok(), "the account of the class is everybody's");
    assert_eq!(student(&account("quin", own + 1)).err(), Some(SessionEnd::KeptOut));
}

#[test]
fn behind_a_closed_door_nobody_new_comes_in() {
    let lesson = Lesson::new();
    let (mut teacher, anna) = (lesson.teacher(), lesson.student("anna"));
    teacher.type_keys("CK");
    assert!(teacher.view.class.as_ref().unwrap().is_door_closed);
    let come = |name: &str| lesson.join(&visitor(name), Role::Student).err();
    assert_eq!(come("ben"), Some(SessionEnd::DoorClosed));
    assert_eq!(come("anna"), Some(SessionEnd::DoorClosed), "she is there");
    assert!(lesson.join(&visitor("Wang"), Role::Teacher).is_ok());
    drop(anna);
    assert_eq!(come("anna"), None, "a line that was lost is found again");
    teacher.type_keys("K");
    assert_eq!(come("ben"), None);
}

#[test]
fn a_member_is_called_as_the_teacher_types_and_knows_it() {
    let lesson = Lesson::new();
    let (mut teacher, mut anna, ben) = (lesson.teacher(), lesson.student("xX~hax~Xx"), lesson.student("ben"));
    teacher.look_at("xX~hax~Xx");
    teacher.type_keys("E");
    // letters are text, whoever leaves meanwhile
    drop(ben);
    let erase = |teacher: &mut Seated| (0..9).for_each(|_| _ = teacher.press(KeyCode::Backspace, KeyModifiers::NONE));
    erase(&mut teacher);
    assert!(teacher.type_keys("Anna q？X").is_empty());
    teacher.type_keys("\r");
    anna.sync().unwrap();
    assert_eq!(anna.view.notice, Some(Notice::Renamed("Anna q?X".to_owned())));
    assert_eq!(anna.view.class.as_ref().unwrap().own_name, "Anna q?X");
    for (typed, called) in [("Li", "Li 2"), ("teacher", "teacher (student)"), (" \u{200b}", "teacher (student)")] {
        teacher.type_keys("E");
        (0..40).for_each(|_| _ = teacher.press(KeyCode::Backspace, KeyModifiers::NONE));
        teacher.type_keys(&format!("{typed}\r"));
        assert_eq!(lesson.names(), ["Li", called]);
    }
    teacher.type_keys("Ezzz\u{1b}");
    assert_eq!(lesson.names(), ["Li", "teacher (student)"], "Esc leaves it as it was");
    assert!(!teacher.view.is_occupied());
}

#[test]
fn another_password_is_asked_for_twice_and_is_on_the_list() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    teacher.type_keys("CN");
    assert_eq!(teacher.view.notice, Some(Notice::NoPassword));
    let password = Password::random();
    lesson.class.use_password(&password);
    let first = password.current();
    teacher.sync().unwrap();
    teacher.type_keys("N ");
    assert_eq!(password.current(), first, "any other key is a no");
    teacher.type_keys("NN");
    let renewed = password.current();
    assert_ne!(renewed, first);
    assert_eq!(teacher.view.class.as_ref().unwrap().announcements, [Announcement::Password(renewed.clone())]);
    assert_eq!(lesson.class.password(), Some(renewed));
}

#[test]
fn students_can_do_nothing_of_what_is_the_teachers() {
    let lesson = Lesson::new();
    let (mut teacher, mut anna) = (lesson.teacher(), lesson.student("anna"));
    let ben = lesson.student("ben");
    lesson.class.use_password(&Password::random());
    let password = lesson.class.password();
    anna.type_keys("CXXEKNNo");
    let acts = [
        ClassAct::Remove(ben.membership.number),
        ClassAct::Rename(ben.membership.number, "x".to_owned()),
        ClassAct::ToggleDoor,
        ClassAct::RenewPassword,
        ClassAct::AskAll(None),
        ClassAct::ToggleFollow,
        ClassAct::Poll,
    ];
    for act in acts {
        anna.membership.act(&act, &mut anna.view, &anna.viewer);
    }
    teacher.sync().unwrap();
    let class = teacher.view.class.as_ref().unwrap();
    assert!(!class.is_door_closed && !class.follows && class.poll.is_none());
    assert_eq!((lesson.names().len(), lesson.class.password()), (3, password));
    assert_eq!(lesson.names()[2], "ben");
}

#[test]
fn names_on_the_screen_are_distinct_and_none_is_that_of_a_role() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    let given =
        ["anna", "anna", "teacher", "teacher ", "\u{202e}teacher", "TEACHER", "Li (teacher)", "", "\u{200b}", "Li"];
    let _students: Vec<_> = given.iter().map(|name| lesson.student(name)).collect();
    teacher.sync().unwrap();
    let names: Vec<_> = teacher.list().into_iter().map(|member| member.name).collect();
    assert_eq!(
        names,
        [
            "anna",
            "anna 2",
            "teacher (student)",
            "teacher (student) 2",
            "teacher (student) 3",
            "TEACHER (student) 4",
            "Li (teacher) (student)",
            "student",
            "student 2",
            "Li 2"
        ]
    );
    // whoever comes by the projector's name is a screen for all, at every door
    let role = |name: &str| Access::Student.of_name(&visitor(name).name).role();
    assert_eq!(
        ["projector", "Projector ", "ｐｒｏｊｅｃｔｏｒ", "рrojector"].map(role),
        [Role::Projector, Role::Projector, Role::Projector, Role::Student]
    );
}

#[test]
fn who_follows_a_teacher_to_the_list_stays_where_they_were() {
    let lesson = Lesson::new();
    let (mut teacher, mut anna) = (lesson.teacher(), lesson.student("anna"));
    teacher.type_keys("F3z");
    anna.sync().unwrap();
    let seen = |seated: &Seated| (seated.view.panel, seated.view.side_panel, seated.view.zoom);
    let before = seen(&anna);
    assert_eq!(before, seen(&teacher));
    for keys in ["C", "z", "jj"] {
        teacher.type_keys(keys);
        anna.sync().unwrap();
        assert_eq!(seen(&anna), before, "{keys}");
    }
    teacher.type_keys("1");
    anna.sync().unwrap();
    assert_eq!((anna.view.panel, anna.view.side_panel), (PanelName::Loss, PanelName::GradientFlow));
    // who comes then, or is led from the list on, sees something, too
    teacher.type_keys("FCF");
    let late = lesson.student("late");
    assert!(![late.view.panel, late.view.side_panel].contains(&PanelName::Class));
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut rows = csv::Reader::from_path(path).unwrap();
    rows.deserialize().map(Result::unwrap).collect()
}

#[test]
fn the_log_tells_what_a_teacher_did_and_what_was_asked_by_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("class.csv");
    let lesson = Lesson::with(Archive::new(Some(Log::open(&path, true).unwrap()), None));
    let password = Password::random();
    lesson.class.use_password(&password);
    let mut teacher = lesson.teacher();
    let key = visitor("ben").admitted_by(Credential::Key("SHA256:b".to_owned()));
    let mut ben = lesson.join(&key, Role::Student).unwrap();
    let mut anna = lesson.student("anna");
    anna.sync().unwrap(); // who only looks has asked nothing
    ben.type_keys(&format!("i我 讨厌\r{}\r", password.current()));
    teacher.type_keys("Q");
    anna.sync().unwrap(); // nor who is asked what all are
    teacher.look_at("ben");
    teacher.type_keys("Ecl\rCKKNNXX");
    #[cfg(feature = "ssh")]
    lesson.class.log_refusal("eve\u{1b}", "192.0.2.9:1", &Credential::Key("SHA256:e".to_owned()), "an unknown key");
    let told: Vec<_> = rows(&path)
        .iter()
        .map(|row| ["event", "name", "method", "key", "detail"].map(|column| row[column].clone()).join("|"))
        .collect();
    assert_eq!(
        told,
        [
            "asked|ben|||我 讨厌",
            "asked|ben|||(password)",
            "renamed|ben|publickey|SHA256:b|bencl",
            "door closed||||",
            "door opened||||",
            "password renewed||||",
            "removed|bencl|publickey|SHA256:b|",
            "refused|eve|publickey|SHA256:e|an unknown key",
        ]
    );
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&password.current()));
}

#[test]
fn a_recording_that_fails_is_told_to_both_sides_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    let lesson = Lesson::with(Archive::new(
        Some(Log::open(&folder.path().join("class.csv"), true).unwrap()),
        Some(RecordingFolder::open(&recordings).unwrap()),
    ));
    let (mut teacher, mut anna) = (lesson.teacher(), lesson.student("anna"));
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let recording = Recording::to(full, Path::new("anna-1.cast"), "", "");
    let failure = recording.failure_watch();
    let recording = Ok(recording);
    anna.membership.write_down(Some(&recording));
    let said = anna.membership.first_notice(&visitor("anna"), Language::English).unwrap();
    for part in [
        "this session is recorded",
        "what is asked here is logged",
        "your name, address, coming and leaving are logged",
    ] {
        assert!(said.contains(part), "{said}");
    }
    anna.view.notice = Some(Notice::OfPlace(said, None));
    teacher.type_keys("Q");
    failure.set("anna-1.cast is not whole: No space left on device (os error 28)".to_owned()).unwrap();
    anna.sync().unwrap();
    let said = Language::English.say(anna.view.notice.as_ref().unwrap());
    for part in
        ["this session is recorded", "NOT recorded any more: anna-1.cast is not whole", "the teacher's question"]
    {
        assert!(said.contains(part), "nothing is said in place of another: {said}");
    }
    let own = &anna.view.class.as_ref().unwrap().written_down;
    assert!(matches!(own[0], WrittenDown::NotTheSession(_)), "{own:?}");
    teacher.sync().unwrap();
    let announced = &teacher.view.class.as_ref().unwrap().announcements;
    assert!(matches!(&announced[..], [Announcement::NotRecorded(who, _)] if who == "anna"), "{announced:?}");

    // one that cannot even begin
    fs::remove_dir(&recordings).unwrap();
    let recording = lesson.class.recording(&visitor("ben"), "ben");
    assert!(matches!(&recording, Some(Err(why)) if why.to_string().contains("recordings")));
    assert!(matches!(lesson.class.written_down(recording.as_ref())[0], WrittenDown::NotTheSession(_)));
    for number in 0..100 {
        lesson.class.miss_recording(&format!("s{number}"), "no".into());
    }
    assert!(lesson.class.roster().announcements.len() < 10, "a list that has an end");
}
