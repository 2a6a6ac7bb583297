//! Lookup of keys, and rebinding.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyModifiers};

use super::*;
use crate::dashboard::actions;
use crate::dashboard::panels::Panels;

/// The name of the action for a key.
fn action(code: KeyCode, modifiers: KeyModifiers, focus: Focus) -> Option<&'static str> {
    Keymap::default().pressed(&KeyEvent::new(code, modifiers), focus).map(|binding| binding.action.name)
}

fn changed(changes: &[(&str, &[&str])]) -> Result<Keymap, KeyError> {
    let owned: Vec<(&str, Vec<String>)> =
        changes.iter().map(|(name, keys)| (*name, keys.iter().map(|key| (*key).to_owned()).collect())).collect();
    Keymap::new(owned.iter().map(|(name, keys)| (*name, keys.as_slice())))
}

#[test]
fn default_keymap_has_no_conflicts() {
    assert_eq!(Keymap::default().check(&BTreeMap::new()), Ok(()));
}

#[test]
fn pressed_full_width_sign_acts_as_ascii_key() {
    let panel = Focus::Panel(PanelName::Heatmap);
    for (typed, key) in "？（）【】，。《》－＝ｑ\u{3000}".chars().zip("?()[],.<>-=q ".chars()) {
        let [typed_action, key_action] = [typed, key].map(|c| action(KeyCode::Char(c), KeyModifiers::NONE, panel));
        assert_eq!(typed_action, key_action, "{typed}");
        assert!(key_action.is_some(), "{key}");
        assert_eq!(action(KeyCode::Char(typed), KeyModifiers::NONE, Focus::Typing), None, "{typed} is text there");
    }
}

#[test]
fn pressed_letter_while_typing_is_text() {
    for focus in Focus::all().filter(|focus| focus.takes_text()) {
        for c in (' '..='~').chain("？（【，ｑ\u{3000}".chars()) {
            assert_eq!(action(KeyCode::Char(c), KeyModifiers::NONE, focus), None, "{c}");
        }
    }
}

#[test]
fn action_names_are_unique_and_include_referenced_ones() {
    let keymap = Keymap::default();
    let mut names: Vec<_> = keymap.rows.iter().map(|row| row.action.name).filter(|name| !name.is_empty()).collect();
    let count = names.len();
    for name in [actions::TYPE, actions::RESTART, actions::COMPLETE, actions::CONTINUE] {
        assert!(names.contains(&name), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn panel_keys_are_active_in_their_panel() {
    for panel in PanelName::ALL {
        let keymap = Keymap::default();
        let acting = keymap.rows.iter().filter(|row| row.position_in(*panel).is_some());
        let (here, elsewhere): (Vec<_>, Vec<_>) = acting.partition(|row| row.acts_in(Focus::Panel(*panel)));
        assert_eq!(here.len() + elsewhere.len(), Panels::keys(*panel).len(), "{panel:?}");
        assert!(elsewhere.iter().all(|row| row.action.place == Place::Typing), "{panel:?}");
    }
}

#[test]
fn pressed_shifted_character_ignores_shift_modifier() {
    for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
        let focus = Focus::Panel(PanelName::Loss);
        assert_eq!(action(KeyCode::Char('?'), modifiers, focus), Some("help"));
        assert_eq!(action(KeyCode::Char('+'), modifiers, focus), Some("faster"));
    }
}

#[test]
fn keymap_configured_keys_replace_defaults() {
    let keymap = changed(&[("pause", &["F5", "ctrl-p"]), ("quit", &["가"]), ("left", &[])]).unwrap();
    let name_of = |code, modifiers| {
        keymap.pressed(&KeyEvent::new(code, modifiers), Focus::Panel(PanelName::Loss)).map(|row| row.action.name)
    };
    assert_eq!(name_of(KeyCode::F(5), KeyModifiers::NONE), Some("pause"));
    assert_eq!(name_of(KeyCode::Char('p'), KeyModifiers::CONTROL), Some("pause"));
    assert_eq!(name_of(KeyCode::Char(' '), KeyModifiers::NONE), None);
    assert_eq!(name_of(KeyCode::Char('가'), KeyModifiers::NONE), Some("quit"), "a letter that no action has");
    assert_eq!(name_of(KeyCode::Char('h'), KeyModifiers::NONE), None, "an empty list takes the keys away");
}

#[test]
fn keymap_swapped_keys_are_accepted() {
    let swapped = changed(&[("restart", &["s"]), ("step", &["r"])]).unwrap();
    let pressed = KeyEvent::from(KeyCode::Char('r'));
    assert_eq!(swapped.pressed(&pressed, Focus::Panel(PanelName::Loss)).map(|row| row.action.name), Some("step"));
}

#[test]
fn keymap_invalid_keys_are_rejected_by_action() {
    let problem = |name: &str, key: &str| {
        let error = changed(&[(name, &[key])]).unwrap_err();
        assert_eq!(error.action, name);
        (error.problem, error.help)
    };
    assert_eq!(problem("restart", "q").0.to_string(), "`q` is already `quit` in the same place");
    assert_eq!(problem("continue", "q").0.to_string(), "`q` is already `quit` in the same place");
    assert_eq!(problem("pin", "Ctrl-C").0.to_string(), "`Ctrl-C` is already a fixed key in the same place");
    assert_eq!(problem("ask", "x").0.to_string(), "`x` is text while a prompt is typed");
    assert_eq!(problem("pause", "F99").0.to_string(), "`F99` is not a key");
    assert!(problem("puase", "x").1.to_string().starts_with("did you mean `pause`? actions are "));
    assert!(problem("", "x").1.to_string().starts_with("actions are "));
}
