//! Runs kept by the previous version (`tests/older_runs`, one for each cell: two layers, dropout, continuous text, 40 steps) resume,
//! answer and export. A JSON file for each has that version's results: losses after resuming, an answer, and the answer at a past step.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rnn_tui::storage::metrics::{self, Event};
use serde_json::Value;

use crate::support::program;

const CELLS: [&str; 3] = ["lstm", "gru", "rnn"];

/// Largest difference that is accepted, relative to numbers above 1: machines differ in rounding.
const TOLERANCE: f64 = 1e-3;

/// A copy of a run, and the previous version's results.
fn older_run(cell: &str, to: &Path) -> (PathBuf, Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/older_runs");
    let copy = to.join(cell);
    let copied = Command::new("cp").arg("-R").args([&folder.join(cell), &copy]).status().unwrap();
    assert!(copied.success());
    (copy, serde_json::from_slice(&fs::read(folder.join(format!("{cell}.json"))).unwrap()).unwrap())
}

/// Runs the program and returns its standard output; panics if it failed.
fn said(arguments: &[&str]) -> String {
    let output = program().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Asserts that a number equals the previous version's, within the tolerance.
fn assert_close(what: &str, now: impl Into<Option<f64>>, before: &Value) {
    let (now, before) = (now.into().unwrap(), before.as_f64().unwrap());
    assert!((now - before).abs() < TOLERANCE * before.abs().max(1.0), "{what}: {now}, before {before}");
}

#[test]
fn older_run_resumes_with_same_losses() {
    let temporary = tempfile::tempdir().unwrap();
    for cell in CELLS {
        let (run, before) = older_run(cell, temporary.path());
        said(&["--resume", run.to_str().unwrap(), "--steps", "60", "--plain"]);
        let losses =
            metrics::read(&run.join("metrics.jsonl")).unwrap().into_iter().filter_map(|metric| match metric.event {
                Event::Steps { loss, .. } if metric.step > 40 => Some(loss),
                _ => None,
            });
        let (losses, expected) = (losses.collect::<Vec<_>>(), before["losses_of_steps_41_to_60"].as_array().unwrap());
        assert_eq!((losses.len(), expected.len()), (20, 20), "{cell}");
        for (now, before) in losses.into_iter().zip(expected) {
            assert_close(cell, now, before);
        }
    }
}

#[test]
fn older_run_gives_same_answers() {
    let temporary = tempfile::tempdir().unwrap();
    for cell in CELLS {
        let (run, before) = older_run(cell, temporary.path());
        let said = said(&["predict", run.to_str().unwrap(), "the cat", "--json", "--last"]);
        let now: Value = serde_json::from_str(&said).unwrap();
        let (now, before) = (now["next"].as_array().unwrap(), before["next"].as_array().unwrap());
        assert_eq!(now.len(), before.len(), "{cell}");
        for (now, before) in now.iter().zip(before) {
            assert_eq!(now["word"], before["word"], "{cell}");
            assert_close(cell, now["probability"].as_f64(), &before["probability"]);
        }
    }
}

#[test]
fn older_run_exports_past_step_unchanged() {
    let temporary = tempfile::tempdir().unwrap();
    for cell in CELLS {
        let (run, before) = older_run(cell, temporary.path());
        said(&["export", run.to_str().unwrap(), "--step", "20", "--ask", "the cat"]);
        let answer = fs::read_to_string(run.join("export/step-20/answer.csv")).unwrap();
        let rows = answer.lines().zip(before["answer_at_step_20"].as_str().unwrap().lines()).skip(1);
        assert!(rows.clone().count() > 10, "{cell}");
        for (now, before) in rows {
            let (_, now) = now.split_once(',').unwrap(); // the word's id, which older tables lack
            let ((word, now), (expected, before)) = (now.split_once(',').unwrap(), before.split_once(',').unwrap());
            assert_eq!(word, expected, "{cell}");
            assert_close(cell, now.parse::<f64>().ok(), &before.parse::<f64>().unwrap().into());
        }
    }
}
