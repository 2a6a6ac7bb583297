//! Events from outside while a member types, follows or leaves.

use super::*;
use crate::dashboard::Focus;

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
type OutsideEvent = fn(&Lesson, &mut TestMember, &mut Vec<TestMember>);

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
        ("another member is removed", |_, teacher, _| {
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
        ("a member joins", |lesson, _, others| others.push(lesson.student("carla"))),
        ("a member leaves", |_, _, others| others.truncate(0)),
        ("training restarts", |lesson, _, _| {
            let controls = Controls::new([&lesson.trainer]);
            controls.send(Control::StepOnce);
            controls.send(Control::Restart);
        }),
    ];
    with_keys.into_iter().chain(with_runs).collect()
}

#[test]
fn outside_event_while_typing_keeps_line_and_focus() {
    for (event, happen) in outside_events() {
        for (mode, keys) in MODES {
            let lesson = Lesson::new();
            let mut teacher = lesson.teacher();
            lesson.class.use_password(&Password::random());
            let mut others = vec![lesson.student("ben")];
            let mut anna = lesson.student("anna");
            assert!(!anna.type_keys(keys).contains(&Effect::Quit));
            let (focus, line, asks) = (
                anna.dashboard.view.focus(),
                anna.line().to_owned(),
                anna.dashboard.view.pending_confirmation.is_some(),
            );
            let completes = anna.dashboard.panels.prompt.line.candidates().is_some();
            happen(&lesson, &mut teacher, &mut others);
            anna.sync().unwrap();
            let what = format!("{event} during {mode}");
            if !matches!(focus, Focus::Panel(_)) {
                assert_eq!(anna.dashboard.view.focus(), focus, "{what}");
            }
            assert_eq!(anna.line(), line, "{what}");
            assert_eq!(anna.dashboard.view.pending_confirmation.is_some(), asks, "{what}");
            assert_eq!(anna.dashboard.panels.prompt.line.candidates().is_some(), completes, "{what}");
            // the letters that were on their way
            let effects = anna.type_keys("d q");
            assert!(!effects.contains(&Effect::Quit), "{what}: {effects:?}");
            if anna.dashboard.view.is_typing {
                assert_eq!((effects.as_slice(), anna.line()), (&[][..], format!("{line}d q").as_str()), "{what}");
                // their own question is asked first, and what waits is there when they leave the line
                anna.type_keys("\u{1b}");
                assert!(!anna.dashboard.view.is_typing && !anna.dashboard.view.held.is_any(), "{what}");
                match event {
                    "a question to all" | "everything at once" => assert_eq!(anna.prompt(), teacher.prompt(), "{what}"),
                    "a question of another student" => assert_eq!(anna.prompt(), "我 爱", "{what}"),
                    "follow me, and another panel" => {
                        assert_eq!(anna.dashboard.view.panel, PanelName::GradientFlow, "{what}");
                    }
                    "follow me, and another prompt" => assert_eq!(anna.prompt(), "我 讨厌", "{what}"),
                    "released again" => assert_eq!(anna.dashboard.view.panel, PanelName::Prompt, "{what}"),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn held_question_while_typing_own_question_comes_first() {
    let lesson = Lesson::new();
    let (mut teacher, mut anna) = (lesson.teacher(), lesson.student("anna"));
    anna.type_keys("i我 爱");
    teacher.type_keys("i我 讨厌\r\u{1b}QF");
    anna.sync().unwrap();
    assert_eq!(anna.dashboard.view.held.question, Some(("我 讨厌".to_owned(), None)));
    anna.type_keys("\r");
    assert_eq!(
        (anna.prompt().as_str(), anna.dashboard.view.is_typing),
        ("我 爱", true),
        "their own question comes first"
    );
    anna.type_keys("\r");
    assert_eq!(
        (anna.prompt().as_str(), anna.dashboard.view.is_typing),
        ("我 讨厌", false),
        "with nothing typed Enter shows it"
    );
    anna.type_keys("i");
    assert_eq!(anna.dashboard.view.notice, Some(Notice::Following), "who follows asks nothing");
}

#[test]
fn leave_key_of_student_needs_confirmation() {
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
            let mut member = lesson.join(&visitor("anna"), role).unwrap();
            let effects = member.type_keys(keys);
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
    assert!(teacher.type_keys("\u{3}").contains(&Effect::Interrupt), "the class is empty");
    let _anna = lesson.student("anna");
    teacher.sync().unwrap();
    assert!(!teacher.type_keys("\u{3}").contains(&Effect::Interrupt), "a class of one is not ended by a slip");
    assert!(teacher.type_keys("\u{3}").contains(&Effect::Interrupt));
}

#[test]
fn follower_when_teacher_opens_list_keeps_panel() {
    let lesson = Lesson::new();
    let (mut teacher, mut anna) = (lesson.teacher(), lesson.student("anna"));
    teacher.type_keys("F3z");
    anna.sync().unwrap();
    let seen = |member: &TestMember| {
        (member.dashboard.view.panel, member.dashboard.view.side_panel, member.dashboard.view.zoom)
    };
    let before = seen(&anna);
    assert_eq!(before, seen(&teacher));
    for keys in ["C", "z", "jj"] {
        teacher.type_keys(keys);
        anna.sync().unwrap();
        assert_eq!(seen(&anna), before, "{keys}");
    }
    teacher.type_keys("1");
    anna.sync().unwrap();
    assert_eq!((anna.dashboard.view.panel, anna.dashboard.view.side_panel), (PanelName::Loss, PanelName::GradientFlow));
    // new members and those led from the list on see a panel, too
    teacher.type_keys("FCF");
    let late = lesson.student("late");
    assert!(![late.dashboard.view.panel, late.dashboard.view.side_panel].contains(&PanelName::Class));
}
