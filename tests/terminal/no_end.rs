//! Unterminated escape sequences and pastes, and a program that aborts.

use crate::support::pty::Session;
use crate::support::{PROGRAM, TOY};

fn paused() -> Session {
    let session = Session::start(24, 80, PROGRAM, &[TOY, "--paused"], &[]);
    session.wait_for("not begun");
    session
}

#[test]
fn abort_restores_terminal_and_still_aborts() {
    // as when memory runs out: no destructor or panic hook runs
    let session = paused();
    session.signal("ABRT");
    let (status, text) = session.assert_given_back();
    assert!(
        !status.success() && status.signal().is_some_and(|signal| signal.starts_with("Abort")),
        "{status:?} {text}"
    );
}

#[test]
fn ctrl_c_exits_after_unterminated_reply_or_paste() {
    for beginning in ["\u{1b}]11;rgb:", "\u{1b}P>|x", "\u{1b}_Gi=1", "\u{1b}[200~text"] {
        let mut session = paused();
        session.press(beginning);
        session.press("\u{3}");
        let (status, _) = session.assert_given_back();
        assert_eq!(status.exit_code(), 130);
    }
}

#[test]
fn non_character_key_ends_unterminated_reply() {
    let mut session = paused();
    session.press("\u{1b}]11;rgb:qqq\u{1b}[A?");
    session.wait_for("take one step");
    session.press("\u{1b}");
    session.wait_until("no help", |screen| !screen.contents().contains("take one step"));
    // bytes that cannot start a reply are keys at once
    session.press("\u{1b}]?");
    session.wait_for("take one step");
    session.press("\u{3}");
    session.assert_given_back();
}
