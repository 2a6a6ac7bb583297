//! The moving picture of the README is a recording of the program. `UPDATE_DOCS=1 cargo test --test docs -- --include-ignored` records and
//! renders it again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rnn_tui::model::kernels::INSTRUCTION_SET;

use ratatui::buffer::Buffer;
use ratatui::layout::Size;

use crate::animate::{Stretches, animated, frames, seen_together};
use crate::support::PROGRAM;
use crate::support::pty::Session;

/// The instruction set that every machine has: the last digits of others are others.
const PLAIN: (&str, &str) = (INSTRUCTION_SET, "plain");
/// What a page can load at once.
const LARGEST: usize = 400_000;
const ROWS: u16 = 24;
const COLUMNS: u16 = 80;
const STEPS: &str = "600";

/// The recording, and what is rendered of it.
fn kept(ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pictures/lesson-moving.{ending}"))
}

/// Plays the lesson, with rests between keys that are as many times as long as in the picture. `is_still` waits for each of the screens on
/// which nothing moves.
fn play(cast: &Path, rests: u32, is_still: impl Fn(&Session)) {
    let rest = |milliseconds: u64| thread::sleep(rests * Duration::from_millis(milliseconds));
    let cast = cast.to_str().unwrap();
    let arguments = ["toy-en", "--paused", "--steps", STEPS, "--record", cast];
    let mut session = Session::start(ROWS, COLUMNS, PROGRAM, &arguments, &[PLAIN, ("COLORTERM", "truecolor")]);
    session.wait_for("step 0/600");
    session.wait_for("pinned: ");
    is_still(&session);
    rest(1500);
    for step in 1..=4 {
        session.press("s");
        session.wait_for(&format!("step {step}/600"));
        rest(500);
    }
    session.press(" ");
    rest(5000);
    session.press("i");
    session.wait_for("> ");
    for word in ["i ", "hate"] {
        session.press(word);
        rest(700);
    }
    session.press("\r");
    rest(1000);
    session.wait_for("FINISHED");
    session.press("\x1b");
    session.wait_for("i type");
    session.wait_until("the answer", |screen| screen.contents().contains("beatings █"));
    rest(1500);
    is_still(&session);
    session.press("qq");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);
}

/// What is to be seen on a screen, however it was drawn: each cell with its colours.
fn looks(screen: &vt100::Screen) -> BTreeMap<Stretches, Buffer> {
    let (rows, columns) = screen.size();
    seen_together(&[(0.0, screen.clone())], Size::new(columns, rows))
}

#[test]
fn readme_animation_matches_recording() {
    let folder = tempfile::tempdir().unwrap();
    let now = folder.path().join("now.cast");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let _ = fs::remove_file(kept("cast"));
        play(&kept("cast"), 1, |_| ());
        fs::write(kept("svg"), animated(&fs::read_to_string(kept("cast")).unwrap()).unwrap()).unwrap();
    }
    let recorded = fs::read_to_string(kept("cast")).unwrap();
    let shown = fs::read_to_string(kept("svg")).unwrap();
    assert!(
        shown == animated(&recorded).unwrap(),
        "lesson-moving.svg is of another recording: UPDATE_DOCS=1 records it again"
    );
    assert!(shown.len() <= LARGEST, "{} bytes", shown.len());
    let (_, recorded) = frames(&recorded).unwrap();
    let recorded_looks: Vec<_> = recorded.iter().map(|(_, frame)| looks(frame)).collect();
    play(&now, 0, |session| {
        let what = "a screen of the recording (UPDATE_DOCS=1 records it again)";
        session.wait_until(what, |screen| recorded_looks.contains(&looks(screen)));
    });
    assert!(recorded.last().unwrap().1.contents().contains("FINISHED"));
}
