//! What a key press means: one verdict, from the key and what is on the screen. Nothing is changed here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::actions::{Action, Topic};
use super::class_view::MemberView;
use super::focus::Focus;
use super::keymap::{Binding, Keymap};
use super::role::Role;
use super::view::{Confirmation, Destructive, Notice, View};
use crate::session::{ObservedRun, RunState};

/// What a key press means.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// A guess in the open poll: this option.
    Vote(usize),
    /// No action: this key is text where something is typed, and nothing elsewhere.
    Text(KeyEvent),
    /// An action that is not carried out, and why.
    Refused(Notice),
    /// A destructive action that needs its key once more.
    Question(Confirmation),
    /// An action that is carried out.
    Act(Action),
}

/// The verdict on a key; `removable` is the selected member of the class, if it can be removed. The order of the checks is the
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
        return Verdict::Refused(Notice::OfTeacher);
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
/// left; the key itself is not carried out, as nobody may have wanted it.
fn unglued(key: &KeyEvent) -> KeyEvent {
    let is_glued = key.modifiers.contains(KeyModifiers::ALT) && !key.modifiers.contains(KeyModifiers::CONTROL);
    if is_glued { KeyCode::Esc.into() } else { *key }
}

/// The option that a student's letter stands for, while the class guesses and nothing is typed or read.
fn vote(key: &KeyEvent, view: &View) -> Option<usize> {
    let poll = view.class.as_ref()?.poll.as_ref().filter(|poll| poll.result.is_none())?;
    let KeyCode::Char(letter) = key.code else { return None };
    let is_plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
    let may = view.role == Role::Student && matches!(view.focus(), Focus::Panel(_)) && is_plain;
    poll.option(letter).filter(|_| may)
}

/// Whether the class follows the teacher, and the focus is where that matters.
fn is_led(view: &View) -> bool {
    let is_led = view.role != Role::Teacher && matches!(view.focus(), Focus::Panel(_));
    is_led && view.class.as_ref().is_some_and(|class| class.follows)
}

/// The question before an action that loses something on this run.
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

/// Whether the key is that of the question which is asked at the moment.
fn is_answer(asked: Option<&Confirmation>, question: &Confirmation) -> bool {
    asked.is_some_and(|asked| (asked.action, asked.loses) == (question.action, question.loses))
}
