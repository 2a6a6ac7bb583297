//! The help and the model editor.

use super::*;

#[test]
fn model_editor_shows_changed_model() {
    assert_snapshot!(popup(80, 24, &typed("mjl"), &fixture::running()));
}

#[test]
fn help_at_80x24() {
    assert_snapshot!(popup(80, 24, &typed("?"), &fixture::running()));
}

#[test]
fn help_at_40x12() {
    assert_snapshot!(popup(40, 12, &typed("?"), &fixture::running()));
}
