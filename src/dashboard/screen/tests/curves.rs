//! The curves of one run.

use super::*;

#[test]
fn zoomed_loss_on_log_scale_has_cursor() {
    let keys = [typed("1yk"), vec![KeyCode::Left; 30]].concat();
    assert_snapshot!(focused(80, 24, &keys, &fixture::validating()));
}

#[test]
fn gradient_norm_shows_clipping() {
    assert_snapshot!(focused(120, 40, &typed("1]]z"), &fixture::validating()));
}

#[test]
fn learning_rate_is_drawn() {
    assert_snapshot!(focused(80, 24, &typed("1["), &fixture::validating()));
}

#[test]
fn restarted_run_shows_previous_attempt() {
    assert_snapshot!(focused(80, 24, &typed("1"), &fixture::restarted()));
}

#[test]
fn validating_run_is_drawn_in_chinese() {
    let observed = fixture::validating();
    assert_snapshot!(header(80, 24, &typed("L"), &observed) + &focused(80, 24, &typed("L1"), &observed));
}
