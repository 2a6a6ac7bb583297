//! The meaning of a key press: a verdict, from the key and what is on the screen. Nothing is changed here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::actions::{Action, Topic};
use super::class_view::MemberView;
use super::focus::Focus;
use super::keymap::{Binding, Keymap};
use super::role::Role;
use super::view::{Confirmation, Destructive, Notice, View};
use crate::session::{ObservedRun, RunState};

/// The meaning of a key press.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// A vote in the open poll, for this option.
    Vote(usize),
    /// No action: the key is text if something is being typed, else ignored.
    Text(KeyEvent),
    /// An action that is rejected, with the reason.
    Refused(Notice),
    /// A destructive action that needs confirmation.
    Question(Confirmation),
    /// An action to carry out.
    Act(Action),
}

/// Decides on a key press; `removable` is the selected member of the class, if it can be removed. The order of the checks is the
/// specification: the first that applies decides.
pub fn verdict(
    key: &KeyEvent,
    view: &View,
    keymap: &Keymap,
    run: &ObservedRun,
    removable: Option<MemberView>,
) -> Verdict {
    if let Some(option) = vote(key, view) {
        return Verdict::Vote(option);
    }
    let key = unglued(key);
    let Some(binding) = keymap.pressed(&key, view.focus()) else { return Verdict::Text(key) };
    let action = binding.action;
    if !action.is_allowed(view.role, run) {
        return Verdict::Refused(Notice::TeacherOnly);
    }
    if is_led(view) && matches!(action.topic, Topic::Past | Topic::Panels | Topic::Prompt) {
        return Verdict::Refused(Notice::Following);
    }
    if run.snapshot.state == RunState::Replay && !action.acts(run) {
        return Verdict::Refused(Notice::OnlyShown);
    }
    if action.topic == Topic::Past && !run.snapshot.can_replay() {
        let has_moments = run.snapshot.moments > 0;
        return Verdict::Refused(if has_moments { Notice::NoEarlierMoment } else { Notice::NoMoments });
    }
    match question(binding, view, run, removable) {
        Some(question) if !is_answer(view.pending_confirmation.as_ref(), &question) => Verdict::Question(question),
        _ => Verdict::Act(action),
    }
}

/// Escape and a key typed right after it, which a slow line delivers in one piece, look like Alt and the key. Either way the prompt is
/// left; the key itself is ignored, as it may not have been meant as a command.
fn unglued(key: &KeyEvent) -> KeyEvent {
    let is_glued = key.modifiers.contains(KeyModifiers::ALT) && !key.modifiers.contains(KeyModifiers::CONTROL);
    if is_glued { KeyCode::Esc.into() } else { *key }
}

/// The option for a student's letter while a poll is open and a panel has the focus; `None` otherwise.
fn vote(key: &KeyEvent, view: &View) -> Option<usize> {
    let poll = view.class.as_ref()?.poll.as_ref().filter(|poll| poll.result.is_none())?;
    let KeyCode::Char(letter) = key.code else { return None };
    let is_plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
    let may = view.role == Role::Student && matches!(view.focus(), Focus::Panel(_)) && is_plain;
    poll.option(letter).filter(|_| may)
}

/// Whether the viewer follows the teacher and a panel has the focus.
fn is_led(view: &View) -> bool {
    let is_led = view.role != Role::Teacher && matches!(view.focus(), Focus::Panel(_));
    is_led && view.class.as_ref().is_some_and(|class| class.follows)
}

/// The confirmation that an action needs; `None` if nothing would be lost.
fn question(binding: &Binding, view: &View, run: &ObservedRun, removable: Option<MemberView>) -> Option<Confirmation> {
    let action = &binding.action;
    let (loses, is_teacher) = (action.loses?, view.role == Role::Teacher);
    let is_at_stake = match loses {
        // a student leaves the class, whose door may be closed
        Destructive::ByQuitting | Destructive::ByInterrupt if !is_teacher => view.class.is_some(),
        Destructive::ByQuitting | Destructive::ByInterrupt if view.students() > 0 => true,
        Destructive::Member => removable.is_some(),
        Destructive::Password => view.shows_password(),
        _ => is_teacher && action.loses_work(run),
    };
    let member = removable.filter(|_| loses == Destructive::Member);
    is_at_stake.then(|| Confirmation { action: action.name, loses, key: binding.key(), member })
}

/// Whether the key confirms the pending question.
fn is_answer(asked: Option<&Confirmation>, question: &Confirmation) -> bool {
    asked.is_some_and(|asked| (asked.action, asked.loses) == (question.action, question.loses))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::model_editor::ModelEditor;
    use crate::dashboard::panels::PanelName;
    use crate::dashboard::{ClassView, Colours, Language, PollView, Theme, fixture};
    use crate::session::Observed;

    /// A view and the runs that it observes.
    type Situation = (View, Observed);

    fn plain() -> Situation {
        (View::new(Theme::new(Colours::None), Language::English), fixture::running())
    }

    fn poll() -> PollView {
        let options = ["我", "喜欢"].map(str::to_owned).to_vec();
        PollView { prompt: "我 讨厌".to_owned(), options, own: None, votes: 0, result: None }
    }

    /// A student who follows the teacher, in a replayed run without keyframes.
    fn led() -> Situation {
        let (mut view, mut observed) = (plain().0, fixture::replayed());
        view.role = Role::Student;
        view.class = Some(ClassView { students: 1, follows: true, ..ClassView::default() });
        observed.snapshot_mut().moments = 0;
        (view, observed)
    }

    fn with(mut situation: Situation, change: impl FnOnce(&mut View, &mut Observed)) -> Situation {
        change(&mut situation.0, &mut situation.1);
        situation
    }

    fn asked(action: &'static str, loses: Destructive) -> Confirmation {
        Confirmation { action, loses, key: String::new(), member: None }
    }

    fn key(c: char) -> KeyEvent {
        KeyCode::Char(c).into()
    }

    fn summary(key: KeyEvent, (view, observed): &Situation) -> String {
        match verdict(&key, view, &Keymap::default(), observed.run(), None) {
            Verdict::Vote(option) => format!("vote {option}"),
            Verdict::Text(_) => "text".to_owned(),
            Verdict::Refused(notice) => format!("{notice:?}"),
            Verdict::Question(question) => format!("question {}", question.action),
            Verdict::Act(action) => format!("act {}", action.name),
        }
    }

    #[test]
    fn verdict_first_check_that_applies_decides() {
        let past = |moments| with(plain(), move |_, observed| observed.snapshot_mut().moments = moments);
        let polled = || {
            with(led(), |view, _| {
                view.class.iter_mut().for_each(|class| class.poll = Some(poll()));
            })
        };
        let alt = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT);
        let table = vec![
            // a vote comes before the action of the same letter, where nothing is typed or read
            ("open poll", key('b'), polled(), "vote 1"),
            ("open poll, shifted letter", key('A'), polled(), "vote 0"),
            ("open poll, no option", key('c'), polled(), "TeacherOnly"),
            ("open poll, Alt", alt('a'), polled(), "act back"),
            ("open poll, help", key('b'), with(polled(), |view, _| view.help = Some(0)), "act "),
            ("open poll, typing", key('b'), with(polled(), |view, _| view.is_typing = true), "text"),
            ("open poll, teacher", key('a'), with(polled(), |view, _| view.role = Role::Teacher), "OnlyShown"),
            // a key without an action is text, whatever else applies
            ("no action", key('가'), led(), "text"),
            ("typing", key('q'), with(led(), |view, _| view.is_typing = true), "text"),
            ("typing, Alt", alt('q'), with(led(), |view, _| view.is_typing = true), "act back"),
            (
                "editor",
                key('7'),
                with(plain(), |view, o| view.editor = Some(ModelEditor::new(&o.run().snapshot))),
                "text",
            ),
            // permission comes before following
            ("student, control", key('r'), led(), "TeacherOnly"),
            ("student, past", key('('), led(), "Following"),
            ("student, panels", key('1'), led(), "Following"),
            ("student, prompt", key('i'), led(), "Following"),
            ("student, in a panel", key(']'), with(led(), |view, _| view.panel = PanelName::Loss), "act next_quantity"),
            ("projector, prompt", key('i'), with(led(), |view, _| view.role = Role::Projector), "TeacherOnly"),
            ("student, help", key('?'), led(), "act help"),
            // what is only shown comes before missing moments
            ("shown, control", key('r'), (plain().0, fixture::replayed()), "OnlyShown"),
            ("shown, past", key('('), (plain().0, led().1), "OnlyShown"),
            ("no moments", key('('), past(0), "NoMoments"),
            ("one moment", key('('), past(1), "NoEarlierMoment"),
            // a question comes last
            ("restart", key('r'), plain(), "question restart"),
            (
                "restart, asked",
                key('r'),
                with(plain(), |v, _| v.pending_confirmation = Some(asked("restart", Destructive::ByRestart))),
                "act restart",
            ),
            (
                "restart, other asked",
                key('r'),
                with(plain(), |v, _| v.pending_confirmation = Some(asked("repeat", Destructive::ByRestart))),
                "question restart",
            ),
            ("restart, no steps", key('r'), (plain().0, fixture::untouched()), "act restart"),
            ("student quits", key('q'), led(), "question quit"),
            ("nobody removable", key('X'), with(plain(), |view, _| view.panel = PanelName::Class), "act remove"),
        ];
        for (name, key, situation, expected) in table {
            assert_eq!(summary(key, &situation), expected, "{name}");
        }
    }

    #[test]
    fn verdict_remove_key_asks_about_selected_member() {
        let (view, observed) = with(plain(), |view, _| view.panel = PanelName::Class);
        let member = MemberView {
            number: 7,
            name: "anna".to_owned(),
            role: Role::Student,
            panel: PanelName::Prompt,
            prompt: String::new(),
            minutes: 0,
            hand: false,
            same_person: 0,
        };
        let keymap = Keymap::default();
        match verdict(&key('X'), &view, &keymap, observed.run(), Some(member.clone())) {
            Verdict::Question(question) => assert_eq!((question.key.as_str(), question.member), ("X", Some(member))),
            other => panic!("{other:?}"),
        }
    }
}
