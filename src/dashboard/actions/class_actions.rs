//! Actions of a class.

use super::Handler::Run;
use super::POLL;
use super::Place::Panels;
use super::Topic::Class;
use super::{Action, on};
use crate::dashboard::class_view::ClassAct;
use crate::dashboard::effect::Effect;
use crate::dashboard::key::c;
use crate::dashboard::language::text;
use crate::dashboard::role::{Permission, Role};

/// The actions of a class, in the order of the footer.
pub const CLASS_ACTIONS: &[Action] = &[
    Action::new(
        on(Panels, "raise_hand", &[c('H')]),
        Permission::Asking,
        Class,
        text("hand", "举手"),
        text("raise the hand, or take it down", "举手或放下"),
        Run(|_, _| Some(Effect::Class(ClassAct::ToggleHand))),
    )
    .offered_when(|view, _| view.class.is_some() && view.role == Role::Student)
    .ranked(1),
    Action::new(
        on(Panels, "follow_me", &[c('F')]),
        Permission::Teacher,
        Class,
        text("follow me", "跟随我"),
        text("all see what the teacher sees, or look where they like", "全班跟随教师所看，或各自查看"),
        Run(|_, _| Some(Effect::Class(ClassAct::ToggleFollow))),
    )
    .offered_when(|view, _| view.class.is_some())
    .ranked(1),
    Action::new(
        on(Panels, "ask_all", &[c('Q')]),
        Permission::Teacher,
        Class,
        text("ask all", "问全班"),
        text("ask the teacher's prompt on every screen", "在所有屏幕上提出教师的问题"),
        Run(|_, _| Some(Effect::Class(ClassAct::AskAll(None)))),
    )
    .offered_when(|view, _| view.class.is_some())
    .ranked(1),
    Action::new(
        on(Panels, POLL, &[c('P')]),
        Permission::Teacher,
        Class,
        text("poll", "投票"),
        text("the class guesses the next word; then its guesses; then no more", "全班猜下一个词；再按看结果；再按结束"),
        Run(|_, _| Some(Effect::Class(ClassAct::Poll))),
    )
    .offered_when(|view, _| view.class.is_some())
    .ranked(1),
    Action::new(
        on(Panels, "hands_down", &[c('B')]),
        Permission::Teacher,
        Class,
        text("hands down", "放下手"),
        text("take all hands down", "放下全班的手"),
        Run(|_, _| Some(Effect::Class(ClassAct::LowerHands))),
    )
    .offered_when(|view, _| view.class.as_ref().is_some_and(|class| class.hands > 0))
    .ranked(1),
];
