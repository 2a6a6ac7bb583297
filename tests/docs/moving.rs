//! The README's animation matches the program. `UPDATE_DOCS=1 cargo test --test docs -- --include-ignored` records and renders it again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rnn_tui::model::kernels::INSTRUCTION_SET;

use ratatui::buffer::Buffer;
use ratatui::layout::Size;

use crate::animate::{FrameRanges, animated, cells_by_visibility, frames};
use crate::support::PROGRAM;
use crate::support::pty::Session;

/// The portable instruction set; others differ in the last digits.
const PORTABLE: (&str, &str) = (INSTRUCTION_SET, "plain");
/// Maximum size of the animation in bytes.
const MAX_BYTES: usize = 400_000;
const ROWS: u16 = 24;
const COLUMNS: u16 = 80;
const STEPS: &str = "600";

/// Path of the recording (`cast`) or of the animation (`svg`).
fn picture_path(ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pictures/lesson-moving.{ending}"))
}

/// Plays the lesson and records it to `cast`. Pauses between keys are multiplied by `rests`; `on_still_screen` is called for each screen
/// on which nothing changes.
fn play(cast: &Path, rests: u32, on_still_screen: impl Fn(&Session)) {
    let rest = |milliseconds: u64| thread::sleep(rests * Duration::from_millis(milliseconds));
    let cast = cast.to_str().unwrap();
    let arguments = ["toy-en", "--paused", "--steps", STEPS, "--record", cast];
    let mut session = Session::start(ROWS, COLUMNS, PROGRAM, &arguments, &[PORTABLE, ("COLORTERM", "truecolor")]);
    session.wait_for("step 0/600");
    session.wait_for("pinned: ");
    on_still_screen(&session);
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
    on_still_screen(&session);
    session.press("qq");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);
}

/// Visible cells of a screen with their colors.
fn visible_cells(screen: &vt100::Screen) -> BTreeMap<FrameRanges, Buffer> {
    let (rows, columns) = screen.size();
    cells_by_visibility(&[(0.0, screen.clone())], Size::new(columns, rows))
}

#[test]
fn readme_animation_matches_recording() {
    let folder = tempfile::tempdir().unwrap();
    let now = folder.path().join("now.cast");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let _ = fs::remove_file(picture_path("cast"));
        play(&picture_path("cast"), 1, |_| ());
        fs::write(picture_path("svg"), animated(&fs::read_to_string(picture_path("cast")).unwrap()).unwrap()).unwrap();
    }
    let recorded = fs::read_to_string(picture_path("cast")).unwrap();
    let shown = fs::read_to_string(picture_path("svg")).unwrap();
    assert!(
        shown == animated(&recorded).unwrap(),
        "lesson-moving.svg does not match its recording: UPDATE_DOCS=1 records it again"
    );
    assert!(shown.len() <= MAX_BYTES, "{} bytes", shown.len());
    let (_, recorded) = frames(&recorded).unwrap();
    let recorded_cells: Vec<_> = recorded.iter().map(|(_, frame)| visible_cells(frame)).collect();
    play(&now, 0, |session| {
        let what = "a screen of the recording (UPDATE_DOCS=1 records it again)";
        session.wait_until(what, |screen| recorded_cells.contains(&visible_cells(screen)));
    });
    assert!(recorded.last().unwrap().1.contents().contains("FINISHED"));
}
