//! Copies of run folders whose symbolic links were replaced by folders or are missing.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{TOY, program};

/// Runs the program in a folder, without input.
fn rnn_tui(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// Standard output of a successful run of the program; panics if it failed.
#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A folder with `run`, whose best checkpoint is not the latest, and `copy`, made by following links.
fn diverged() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), "a b c a c b\nc b a c a b\n".repeat(30)).unwrap();
    let sets = "corpus.unit=text corpus.tokenizer=characters corpus.validation=0.2 training.predict=every training.batch=2 \
                training.window=8 training.validate_every=10 training.optimizer.name=sgd training.optimizer.learning_rate=0.3";
    let sets: Vec<&str> = sets.split(' ').flat_map(|set| ["--set", set]).collect();
    let arguments = ["--corpus", "text.txt", "--plain", "--steps", "40", "--run", "run"];
    said(&rnn_tui(folder.path(), &[&arguments[..], &sets].concat()));
    let worse = ["--resume", "run", "--plain", "--steps", "60", "--set", "training.optimizer.learning_rate=60"];
    said(&rnn_tui(folder.path(), &worse));
    let copied = Command::new("cp").args(["-rL", "run", "copy"]).current_dir(folder.path()).status().unwrap();
    assert!(copied.success());
    folder
}

#[test]
fn copy_without_links_has_same_best_checkpoint() {
    let folder = diverged();
    let best = said(&rnn_tui(folder.path(), &["evaluate", "run"]));
    assert!(best.contains("after step 40"), "{best}");
    assert_eq!(said(&rnn_tui(folder.path(), &["evaluate", "copy"])), best);
    for name in ["latest", "best"] {
        fs::remove_dir_all(folder.path().join("copy").join(name)).unwrap();
    }
    assert_eq!(said(&rnn_tui(folder.path(), &["evaluate", "copy"])), best);
    // links to the wrong checkpoint are ignored
    fs::remove_file(folder.path().join("run/best")).unwrap();
    std::os::unix::fs::symlink("latest", folder.path().join("run/best")).unwrap();
    assert_eq!(said(&rnn_tui(folder.path(), &["evaluate", "run"])), best);
}

#[test]
fn resumed_copy_restores_links_and_prunes_checkpoints() {
    let folder = diverged();
    let more = ["--resume", "copy", "--plain", "--steps", "70", "--set", "run.checkpoint_every=2"];
    said(&rnn_tui(folder.path(), &more));
    let copy = folder.path().join("copy");
    let latest = fs::read_link(copy.join("latest")).unwrap();
    assert!(latest.to_str().unwrap().ends_with("-step-70"), "{latest:?}");
    assert!(fs::read_link(copy.join("best")).unwrap().to_str().unwrap().ends_with("-step-40"));
    assert_eq!(fs::read_dir(copy.join("checkpoints")).unwrap().count(), 4, "the latest three and the best");
}

#[test]
fn foreign_folder_in_place_of_link_is_kept_and_reported() {
    let folder = diverged();
    let latest = folder.path().join("copy/latest");
    fs::write(latest.join("notes.txt"), "mine").unwrap();
    let resumed = rnn_tui(folder.path(), &["--resume", "copy", "--plain", "--steps", "70"]);
    said(&resumed);
    let stderr = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(stderr.contains("copy/latest: it is a folder with other files"), "{stderr}");
    assert_eq!(fs::read_to_string(latest.join("notes.txt")).unwrap(), "mine");
    assert!(said(&rnn_tui(folder.path(), &["predict", "copy", "a"])).contains("a -> "));
}

#[test]
fn many_empty_checkpoints_are_summarized() {
    let folder = tempfile::tempdir().unwrap();
    said(&rnn_tui(folder.path(), &[TOY, "--plain", "--steps", "5", "--run", "run"]));
    let checkpoints = folder.path().join("run/checkpoints");
    for number in 100..20_100 {
        fs::create_dir(checkpoints.join(format!("{number:06}-step-{number}"))).unwrap();
    }
    let resumed = rnn_tui(folder.path(), &["--resume", "run", "--plain", "--steps", "9"]);
    assert!(said(&resumed).contains("step 9/9"));
    let stderr = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(stderr.lines().count() < 20 && stderr.contains("more checkpoints are damaged"), "{stderr}");
    assert!(fs::read_dir(&checkpoints).unwrap().count() < 10);
}

#[test]
fn damaged_checkpoint_of_compared_run_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    said(&rnn_tui(folder.path(), &[TOY, "--plain", "--steps", "5", "--run", "run"]));
    let last = folder.path().join("run/latest/model.safetensors");
    fs::write(&last, &fs::read(&last).unwrap()[..100]).unwrap();
    let beside = rnn_tui(folder.path(), &[TOY, "--plain", "--steps", "5", "--compare", "run"]);
    said(&beside);
    let stderr = String::from_utf8_lossy(&beside.stderr).into_owned();
    assert!(stderr.contains("--compare run: ") && stderr.contains("is damaged"), "{stderr}");
}
