//! Other keys for actions, from a configuration.

use std::collections::BTreeMap;

use super::{Binding, Keymap};
use crate::config::nearest;
use crate::dashboard::actions::Place;
use crate::dashboard::focus::Focus;
use crate::dashboard::key::Key;
use crate::language::Message;

/// An error in the keys of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    /// Name of the action.
    pub action: String,
    /// What is wrong.
    pub problem: Message,
    /// How to correct it.
    pub help: Message,
}

crate::messages! {
    /// Problems with the keys of a configuration, and how to correct them.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum KeyMessage {
        NoAction = "no action has this name", "没有这个名称的动作";
        Actions { names: Vec<String> } = "actions are {names}", "动作有 {names}";
        DidYouMean { name: String, names: Vec<String> } = "did you mean `{name}`? actions are {names}",
            "您是不是指 `{name}`？动作有 {names}";
        NoKey { text: String } = "`{text}` is not a key", "`{text}` 不是一个键";
        ExpectedKey { names: String } = "expected a character or one of {names}, also with Ctrl- before it",
            "应为一个字符，或 {names} 之一，前面也可加 Ctrl-";
        IsText { key: String } = "`{key}` is text while a prompt is typed", "输入提示时 `{key}` 是文字";
        ExpectedNoText = "expected a key that types no text, such as F5 or Ctrl-T", "应为不是文字的键，例如 F5 或 Ctrl-T";
        Taken { key: String, action: String } = "`{key}` is already `{action}` in the same place",
            "`{key}` 在同一处已经用于 `{action}`";
        OtherKeys { action: String } = "expected another key, or other keys for `{action}`",
            "应为另一个键，或给 `{action}` 换别的键";
        TakenByFixed { key: String } = "`{key}` is already a fixed key in the same place", "`{key}` 在同一处已经用于固定的键";
        OtherKey = "expected another key, or other keys for a fixed key", "应为另一个键，或给固定的键换别的键";
    }
}

impl Keymap {
    /// This table with other keys for some actions: pairs of an action's name and its keys.
    pub(super) fn rebound<'a>(
        self,
        changes: impl IntoIterator<Item = (&'a str, &'a [String])>,
    ) -> Result<Self, KeyError> {
        let mut keymap = self;
        let changes: BTreeMap<&str, &[String]> = changes.into_iter().collect();
        for (action, keys) in &changes {
            keymap.rebind(action, keys)?;
        }
        keymap.check(&changes)?;
        Ok(keymap)
    }

    /// Sets the keys of the action `action`.
    fn rebind(&mut self, action: &str, keys: &[String]) -> Result<(), KeyError> {
        let error = |problem: KeyMessage, help: KeyMessage| KeyError {
            action: action.to_owned(),
            problem: problem.into(),
            help: help.into(),
        };
        let known: Vec<&str> = self.rows.iter().map(|row| row.action.name).filter(|name| !name.is_empty()).collect();
        let Some(row) = self.rows.iter_mut().find(|row| !action.is_empty() && row.action.name == action) else {
            let names = known.iter().map(|name| (*name).to_owned()).collect();
            let help = match nearest(action, known.iter().copied(), 1).first() {
                Some(name) => KeyMessage::DidYouMean { name: (*name).to_owned(), names },
                None => KeyMessage::Actions { names },
            };
            return Err(error(KeyMessage::NoAction, help));
        };
        let mut parsed = Vec::new();
        for text in keys {
            let Some(key) = Key::parse(text) else {
                let help = KeyMessage::ExpectedKey { names: Key::names() };
                return Err(error(KeyMessage::NoKey { text: text.clone() }, help));
            };
            if key.is_text() && matches!(row.action.place, Place::Typing | Place::Everywhere) {
                return Err(error(KeyMessage::IsText { key: key.to_string() }, KeyMessage::ExpectedNoText));
            }
            parsed.push(key);
        }
        row.keys = parsed;
        Ok(())
    }

    /// Rejects a key that is bound twice in one place. The error names an action in `changes`, if one is involved.
    pub(super) fn check(&self, changes: &BTreeMap<&str, &[String]>) -> Result<(), KeyError> {
        for focus in Focus::all() {
            let rows: Vec<&Binding> = self.bindings(focus).collect();
            for (index, row) in rows.iter().enumerate() {
                for other in &rows[index + 1..] {
                    let Some(key) = row.keys.iter().find(|key| other.keys.contains(key)) else { continue };
                    let (blamed, there) =
                        if changes.contains_key(row.action.name) { (row, other) } else { (other, row) };
                    let (key, action) = (key.to_string(), there.action.name.to_owned());
                    let (problem, help) = if action.is_empty() {
                        (KeyMessage::TakenByFixed { key }, KeyMessage::OtherKey)
                    } else {
                        (KeyMessage::Taken { key, action: action.clone() }, KeyMessage::OtherKeys { action })
                    };
                    let action = blamed.action.name.to_owned();
                    return Err(KeyError { action, problem: problem.into(), help: help.into() });
                }
            }
        }
        Ok(())
    }
}
