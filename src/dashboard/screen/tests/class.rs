//! The class as seen by teachers and students.

use super::*;
use crate::dashboard::actions;
use crate::dashboard::keymap::Keymap;
use crate::dashboard::{Announcement, ClassView, Held, MemberView, PollView, Role, WrittenDown};

fn member(name: &str, role: Role, panel: PanelName, prompt: &str) -> MemberView {
    let (name, prompt) = (name.to_owned(), prompt.to_owned());
    MemberView { number: 0, name, role, panel, prompt, minutes: 7, hand: false, same_person: 0 }
}

/// Numbers the members from 1.
fn numbered(members: impl IntoIterator<Item = MemberView>) -> Vec<MemberView> {
    members.into_iter().zip(1..).map(|(member, number)| MemberView { number, ..member }).collect()
}

/// Three students (one with a raised hand), a projector and another teacher.
fn class() -> ClassView {
    let long = "我 喜欢 玩具 ".repeat(20);
    let members = numbered([
        member("anna", Role::Student, PanelName::Prompt, "我 爱"),
        MemberView { hand: true, ..member("王小明", Role::Student, PanelName::GradientFlow, "") },
        member("somebody with a long name in 32 c", Role::Student, PanelName::StateSpace, long.trim()),
        member("projector", Role::Projector, PanelName::Prompt, ""),
        member("Li", Role::Teacher, PanelName::Class, ""),
    ]);
    let announcements = vec![
        Announcement::Command("ssh -p 2222 NAME@192.0.2.7".to_owned()),
        Announcement::Password("abcd-efgh".to_owned()),
        Announcement::HostKey("SHA256:QvvTLwnXAsWXuuZVBgCMAgwRhOGsXnQbWkpmYCe/Ujs".to_owned()),
    ];
    ClassView { students: 3, hands: 1, members, announcements, ..ClassView::default() }
}

fn poll(votes: usize, chosen: Option<usize>, result: Option<Vec<(usize, u32)>>) -> PollView {
    let options = ["我", "喜欢", "玩具", "讨厌", "挨打", "爱", "爸爸"].map(str::to_owned).to_vec();
    PollView { prompt: "我 讨厌".to_owned(), options, own: chosen, votes, result }
}

/// The header and the class panel (or what is in its place) after these keys, in both languages.
fn seen(class: &ClassView, role: Role, keys: &str, (width, height): (u16, u16)) -> String {
    let mut seen = String::new();
    for language in [Language::English, Language::Chinese] {
        let observed = fixture::running();
        let mut dashboard = Dashboard::new(Theme::new(Colours::Indexed), language, &[]);
        (dashboard.view.role, dashboard.view.class, dashboard.view.size) = (role, Some(class.clone()), (width, height));
        for key in typed(keys) {
            dashboard.handle(&Event::Key(KeyEvent::new(key, KeyModifiers::NONE)), &observed);
        }
        let terminal = drawn(width, height, &dashboard, &observed);
        let [header, ..] = rows(terminal.backend().buffer().area, &observed);
        let (header, panel) =
            (text_of(&terminal, header), panel_of(PanelName::Class, &terminal, &dashboard, &observed));
        writeln!(seen, "── {width}×{height}\n{header}{panel}").unwrap();
    }
    seen
}

#[test]
fn class_panel_lists_members_for_teacher() {
    let sizes = [((80, 24), "C"), ((40, 12), "C"), ((80, 24), "Czj"), ((120, 40), "Cz")];
    assert_snapshot!(sizes.map(|(size, keys)| seen(&class(), Role::Teacher, keys, size)).concat());
}

#[test]
fn class_panel_scrolls_many_members() {
    let members = numbered((1..=64).map(|number| member(&format!("s{number}"), Role::Student, PanelName::Prompt, "")));
    let class = ClassView { students: 64, members, ..class() };
    let keys = format!("C{}", "j".repeat(40));
    assert_snapshot!(seen(&class, Role::Teacher, &keys, (80, 24)));
}

#[test]
fn class_panel_hides_members_from_student() {
    let class = ClassView { has_raised_hand: true, follows: true, members: vec![], announcements: vec![], ..class() };
    assert_snapshot!(seen(&class, Role::Student, "", (80, 24)));
}

#[test]
fn poll_open_hides_answer_from_student() {
    let class = ClassView { poll: Some(poll(1, Some(4), None)), ..class() };
    let sizes = [(80, 24), (40, 12), (120, 40)];
    assert_snapshot!(sizes.map(|size| seen(&class, Role::Student, "", size)).concat());
}

#[test]
fn poll_open_shows_votes_to_teacher() {
    let class = ClassView { poll: Some(poll(1, None, None)), ..class() };
    assert_snapshot!(seen(&class, Role::Teacher, "", (80, 24)));
}

#[test]
fn poll_closed_shows_class_beside_model() {
    let result = vec![(0, 0), (0, 3), (1, 7), (0, 0), (2, 89), (0, 1), (0, 0)];
    let class = ClassView { poll: Some(poll(3, Some(4), Some(result))), ..class() };
    let students = [(80, 24), (40, 12)].map(|size| seen(&class, Role::Student, "", size)).concat();
    assert_snapshot!(students + &seen(&class, Role::Teacher, "", (120, 40)));
}

#[test]
fn poll_long_question_shows_last_words() {
    let long = PollView { prompt: "我 喜欢 玩具 ".repeat(20) + "我 讨厌", ..poll(0, None, None) };
    let class = ClassView { poll: Some(long), ..class() };
    for size in [(80, 24), (40, 12)] {
        let seen = seen(&class, Role::Student, "", size);
        for last in ["我 讨厌 →", "word comes next?", "下一个词是什么？"] {
            assert!(seen.contains(last), "{seen}");
        }
    }
}

/// The text on the screen of a dashboard, at the size of its view.
fn shown(dashboard: &Dashboard, observed: &Observed) -> String {
    let (width, height) = dashboard.view.size;
    text(&drawn(width, height, dashboard, observed))
}

/// The dashboard of a viewer in a class, after these keys.
fn seated(class: ClassView, role: Role, keys: &str, size: (u16, u16), language: Language) -> Dashboard {
    let mut dashboard = Dashboard::new(Theme::new(Colours::Indexed), language, &[]);
    (dashboard.view.role, dashboard.view.class, dashboard.view.size) = (role, Some(class), size);
    for key in typed(keys) {
        dashboard.handle(&Event::Key(KeyEvent::new(key, KeyModifiers::NONE)), &fixture::running());
    }
    dashboard
}

#[test]
fn held_question_is_above_typed_line() {
    let mut seen = String::new();
    let long = "我 喜欢 玩具 ".repeat(20) + "我 讨厌";
    for (size, language) in [((80, 24), Language::English), ((40, 12), Language::Chinese)] {
        for held in [
            Held { question: Some((long.clone(), None)), follows: false },
            Held { question: Some(("我 爱".to_owned(), Some("anna".to_owned()))), follows: true },
            Held { question: None, follows: true },
        ] {
            let mut dashboard = seated(class(), Role::Student, "i我 wor", size, language);
            dashboard.view.held = held;
            let screen = shown(&dashboard, &fixture::running());
            let lines: Vec<&str> = screen.lines().collect();
            let at = lines.iter().position(|line| line.contains("> 我 wor")).unwrap();
            writeln!(seen, "{}\n{}", lines[at - 1].trim_end(), lines[at].trim_end()).unwrap();
        }
    }
    assert_snapshot!(seen);
}

#[test]
fn poll_open_keeps_typed_line_visible() {
    for (poll, says) in [
        (poll(1, None, None), "Esc, then the letter of a word"),
        (poll(3, Some(4), Some(vec![(0, 14); 7])), "3 of 3 have guessed"),
    ] {
        let class = ClassView { poll: Some(poll), ..class() };
        for size in [(80, 24), (40, 12), (120, 40)] {
            let mut dashboard = seated(class.clone(), Role::Student, "iabc d", size, Language::English);
            dashboard.view.held = Held { question: Some(("我 爱".to_owned(), None)), follows: false };
            let seen = shown(&dashboard, &fixture::running());
            let lines: Vec<&str> = seen.lines().collect();
            let at = lines.iter().position(|line| line.contains("> abc d")).unwrap();
            assert!(lines[at - 1].contains("the teacher asks all: "), "{size:?}\n{seen}");
            let has_room = size.1 > 12;
            assert!(!has_room || seen.contains(says), "{size:?}\n{seen}");
            assert!(seen.contains("which word comes next?"), "{size:?}\n{seen}");
            assert_eq!(seen.matches("> abc d").count(), 1, "{size:?}\n{seen}");
        }
    }
}

#[test]
fn class_notice_is_shown_completely() {
    let everything = vec![WrittenDown::Session, WrittenDown::Prompts, WrittenDown::Visit];
    for language in Language::ALL {
        for size in [(80, 24), (40, 12)] {
            let mut dashboard = seated(class(), Role::Student, "", size, language);
            let sentences = crate::dashboard::words::class::written_down(&everything, language);
            dashboard.view.notice = Some(Notice::ClassStatus(sentences.clone(), None));
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            let seen = shown(&dashboard, &fixture::running());
            assert!(squeezed(&seen).contains(&squeezed(&sentences)), "{seen}");
            assert!(seen.contains("q quit") || seen.contains("q 退出"), "the keys stay: {seen}");
            // the class panel shows them permanently
            let own_name = "anna 2".to_owned();
            let class = ClassView {
                own_name,
                written_down: everything.clone(),
                members: vec![],
                announcements: vec![],
                ..class()
            };
            let dashboard = seated(class, Role::Student, "Cz", size, language);
            let seen = squeezed(&shown(&dashboard, &fixture::running()).replace('│', ""));
            assert!(seen.contains(&squeezed(&sentences)) && seen.contains("anna2"), "{seen}");
        }
    }
}

#[test]
fn screen_offers_only_permitted_keys() {
    // each action without permission gets a key that occurs nowhere else on the screen
    for role in [Role::Student, Role::Projector] {
        let defaults = Keymap::default();
        let is_permitted = |action: &actions::Action| role.may(action.permission, true);
        let is_text =
            |action: &actions::Action| matches!(action.place, actions::Place::Typing | actions::Place::Everywhere);
        let names = defaults
            .rows()
            .map(|row| row.action)
            .filter(|action| !action.name.is_empty() && !is_permitted(action) && !is_text(action));
        let keys = names.zip('가'..).map(|(action, key)| (action.name, vec![key.to_string()]));
        let keys: Vec<(&str, Vec<String>)> = keys.collect();
        let keymap = Keymap::new(keys.iter().map(|(name, keys)| (*name, keys.as_slice()))).unwrap();
        let results = [None, Some(poll(1, Some(2), None)), Some(poll(3, None, Some(vec![(0, 14); 7])))];
        for observed in [
            fixture::running(),
            fixture::untouched(),
            fixture::refused(),
            fixture::panicked(),
            fixture::replayed(),
            fixture::duel(3),
            fixture::transformer(),
        ] {
            for (panel, poll) in PanelName::ALL.iter().flat_map(|panel| results.iter().map(move |poll| (panel, poll))) {
                for (size, language) in [((80, 24), Language::English), ((120, 40), Language::Chinese)] {
                    for help in [None, Some(0)] {
                        let class = ClassView { members: vec![], announcements: vec![], poll: poll.clone(), ..class() };
                        let mut dashboard = seated(class, role, "", size, language);
                        (dashboard.keymap, dashboard.view.panel, dashboard.view.side_panel, dashboard.view.help) =
                            (keymap.clone(), *panel, *panel, help);
                        let seen = shown(&dashboard, &observed);
                        let offered = seen.chars().find(|c| ('가'..='힣').contains(c));
                        assert_eq!(offered, None, "{role:?} at {panel:?}:\n{seen}");
                        if role == Role::Projector {
                            for hint in ["press", "按词前的字母", "输入词语"] {
                                assert!(!seen.contains(hint), "{hint} at {panel:?}:\n{seen}");
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn header_shows_open_poll_and_closed_door_in_all_panels() {
    let class = ClassView { is_door_closed: true, poll: Some(poll(1, None, None)), ..class() };
    for keys in ["1", "2z", "5", "C"] {
        for (size, language, says) in [
            ((80, 24), Language::English, ["poll: 1 of 3", "class of 3 (closed)"]),
            ((120, 40), Language::Chinese, ["投票：1/3", "课堂 3 人（已关门）"]),
        ] {
            let dashboard = seated(class.clone(), Role::Teacher, keys, size, language);
            let seen = shown(&dashboard, &fixture::running());
            assert!(says.iter().all(|part| seen.contains(part)), "{keys} at {size:?}:\n{seen}");
        }
    }
}

#[test]
fn confirmation_of_class_end_covers_typed_name() {
    let mut dashboard = seated(class(), Role::Teacher, "CE", (80, 24), Language::English);
    dashboard.handle(&Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), &fixture::running());
    assert!(shown(&dashboard, &fixture::running()).contains("end the class of 3 and lose"));
}

#[test]
fn confirmation_names_affected_member() {
    for (keys, asked) in [
        ("CX", "remove anna, and keep them out? again X: yes, any other key: no"),
        ("CjX", "remove 王小明, and keep them out? again X: yes, any other key: no"),
        ("CN", "another password for the class? again N: yes, any other key: no"),
        ("CE", "another name for anna: anna"),
    ] {
        for size in [(80, 24), (40, 12)] {
            let dashboard = seated(class(), Role::Teacher, keys, size, Language::English);
            let seen = shown(&dashboard, &fixture::running());
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            assert!(squeezed(&seen).contains(&squeezed(asked)), "{keys}: {seen}");
        }
    }
}
