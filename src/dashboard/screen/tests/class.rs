//! A class as those who teach and those who learn see it.

use super::*;
use crate::dashboard::{Announcement, ClassView, MemberView, PollView, Role};

fn member(name: &str, role: Role, panel: PanelName, prompt: &str) -> MemberView {
    let (name, prompt) = (name.to_owned(), prompt.to_owned());
    MemberView { number: 0, name, role, panel, prompt, minutes: 7, hand: false }
}

/// Three who learn, one of them with a raised hand, a screen for all, and somebody else who teaches.
fn class() -> ClassView {
    let long = "我 喜欢 玩具 ".repeat(20);
    let members = vec![
        member("anna", Role::Student, PanelName::Prompt, "我 爱"),
        MemberView { hand: true, ..member("王小明", Role::Student, PanelName::GradientFlow, "") },
        member("somebody with a long name in 32 c", Role::Student, PanelName::StateSpace, long.trim()),
        member("projector", Role::Projector, PanelName::Prompt, ""),
        member("Li", Role::Teacher, PanelName::Class, ""),
    ];
    let announcements = vec![
        Announcement::Command("ssh -p 2222 NAME@192.0.2.7".to_owned()),
        Announcement::Password("abcd-efgh".to_owned()),
        Announcement::HostKey("SHA256:QvvTLwnXAsWXuuZVBgCMAgwRhOGsXnQbWkpmYCe/Ujs".to_owned()),
    ];
    ClassView { students: 3, hands: 1, members, announcements, ..ClassView::default() }
}

fn poll(votes: usize, own: Option<usize>, result: Option<Vec<(usize, u32)>>) -> PollView {
    let options = ["我", "喜欢", "玩具", "讨厌", "挨打", "爱", "爸爸"].map(str::to_owned).to_vec();
    PollView { prompt: "我 讨厌".to_owned(), options, own, votes, result }
}

/// What somebody of a class sees after these keys, in both languages.
fn seen(class: &ClassView, role: Role, keys: &str, (width, height): (u16, u16)) -> String {
    let mut seen = String::new();
    for language in [Language::English, Language::Chinese] {
        let observed = fixture::running();
        let mut view = View::new(Theme::new(Colours::Indexed), language, &[]);
        (view.role, view.class, view.size) = (role, Some(class.clone()), (width, height));
        for key in typed(keys) {
            view.handle(&Event::Key(KeyEvent::new(key, KeyModifiers::NONE)), &observed);
        }
        writeln!(seen, "── {width}×{height}\n{}", text(&drawn(width, height, &view, &observed))).unwrap();
    }
    seen
}

#[test]
fn who_teaches_sees_who_is_there() {
    let sizes = [((80, 24), "C"), ((40, 12), "C"), ((80, 24), "Czj"), ((120, 40), "Cz")];
    assert_snapshot!(sizes.map(|(size, keys)| seen(&class(), Role::Teacher, keys, size)).concat());
}

#[test]
fn many_who_are_there_are_seen_in_parts() {
    let members = (1..=64).map(|number| member(&format!("s{number}"), Role::Student, PanelName::Prompt, "")).collect();
    let class = ClassView { students: 64, members, ..class() };
    let keys = format!("C{}", "j".repeat(40));
    assert_snapshot!(seen(&class, Role::Teacher, &keys, (80, 24)));
}

#[test]
fn who_learns_sees_nobody_else() {
    let class = ClassView { has_raised_hand: true, follows: true, members: vec![], announcements: vec![], ..class() };
    assert_snapshot!(seen(&class, Role::Student, "", (80, 24)));
}

#[test]
fn a_poll_hides_the_answer_from_who_guesses() {
    let class = ClassView { poll: Some(poll(1, Some(4), None)), ..class() };
    let sizes = [(80, 24), (40, 12), (120, 40)];
    assert_snapshot!(sizes.map(|size| seen(&class, Role::Student, "", size)).concat());
}

#[test]
fn who_teaches_sees_how_many_have_guessed() {
    let class = ClassView { poll: Some(poll(1, None, None)), ..class() };
    assert_snapshot!(seen(&class, Role::Teacher, "", (80, 24)));
}

#[test]
fn a_closed_poll_has_the_class_beside_the_model() {
    let result = vec![(0, 0), (0, 3), (1, 7), (0, 0), (2, 89), (0, 1), (0, 0)];
    let class = ClassView { poll: Some(poll(3, Some(4), Some(result))), ..class() };
    let students = [(80, 24), (40, 12)].map(|size| seen(&class, Role::Student, "", size)).concat();
    assert_snapshot!(students + &seen(&class, Role::Teacher, "", (120, 40)));
}

#[test]
fn of_a_long_question_the_last_words_are_seen() {
    let long = PollView { prompt: "我 喜欢 玩具 ".repeat(20) + "我 讨厌", ..poll(0, None, None) };
    let class = ClassView { poll: Some(long), ..class() };
    for size in [(80, 24), (40, 12)] {
        let seen = seen(&class, Role::Student, "", size);
        for last in ["我 讨厌 →", "word comes next?", "下一个词是什么？"] {
            assert!(seen.contains(last), "{seen}");
        }
    }
}
