//! Kept duels: interrupted at any moment, and resumed.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use rand::{Rng, SeedableRng};

use crate::support::{TOY, program, wait_until};

/// Number of duels to kill; the environment variable `KILLS` overrides it.
const KILLS: usize = 10;

/// A command that runs the program in a folder without input.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits for a process to exit; panics after a timeout.
#[track_caller]
fn output(mut child: Child) -> Output {
    wait_until("the end of the program", || child.try_wait().unwrap().is_some());
    child.wait_with_output().unwrap()
}

/// Runs the program in a folder without input; panics after a timeout.
#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> Output {
    output(command(folder, arguments).spawn().unwrap())
}

/// Standard output of a successful run of the program; panics if it failed.
#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error of a finished program.
fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const BEGIN: &[&str] = &[TOY, "--plain", "--steps", "40", "--rival", "model.cell=gru", "--run"];
const RUNS: [&str; 2] = ["1-lstm", "2-gru"];

/// Trains a new duel of an LSTM and a GRU in the subfolder `name`.
fn begin(folder: &Path, name: &str) -> Output {
    run(folder, &[BEGIN, &[name]].concat())
}

/// Contents of the weights files of both runs of a duel.
fn weights(duel: &Path) -> Vec<Vec<u8>> {
    RUNS.iter().map(|run| fs::read(duel.join(run).join("latest/model.safetensors")).unwrap()).collect()
}

/// Asserts that the runs in a folder can be resumed, or else that new ones can be started there, and that the result equals that of
/// uninterrupted runs.
#[track_caller]
fn check(folder: &Path, name: &str, whole: &[Vec<u8>], what: &str) {
    let resumed = run(folder, &["--resume", name, "--plain"]);
    if !resumed.status.success() {
        let begun = begin(folder, name);
        assert!(begun.status.success(), "{what}: neither {}\nnor {}", stderr(&resumed), stderr(&begun));
    }
    assert_eq!(weights(&folder.join(name)), whole, "{what}");
}

#[test]
fn duel_resumes_runs_at_different_steps() {
    let folder = tempfile::tempdir().unwrap();
    said(&begin(folder.path(), "duel"));
    said(&run(folder.path(), &["--plain", "--resume", "duel/2-gru", "--steps", "3006"]));
    let resumed = said(&run(folder.path(), &["--plain", "--resume", "duel", "--steps", "5000"]));
    for name in ["LSTM", "GRU"] {
        assert!(resumed.contains(&format!("{name}: step 5000/5000")), "{resumed}");
    }
    // runs with different numbers of steps
    said(&run(folder.path(), &["--plain", "--resume", "duel/2-gru", "--steps", "9000", "--set", "run.keep=1"]));
    let ended = run(folder.path(), &["--plain", "--resume", "duel"]);
    assert!(said(&ended).contains("9000") && stderr(&ended).contains("has taken all its 5000 steps"));
    // a number of steps that one run has passed already
    let passed = run(folder.path(), &["--plain", "--resume", "duel", "--steps", "5050"]);
    assert!(
        said(&passed).contains("LSTM: step 5050/5050") && !stderr(&passed).contains("panic"),
        "{}",
        stderr(&passed)
    );
}

#[test]
fn duel_resume_rejects_other_text_seed_or_batch() {
    let folder = tempfile::tempdir().unwrap();
    said(&begin(folder.path(), "duel"));
    fs::write(folder.path().join("other.txt"), "a b c\na c b\nb c a\n").unwrap();
    said(&run(
        folder.path(),
        &["--corpus", "other.txt", "--plain", "--steps", "40", "--run", "other", "--set", "model.cell=gru"],
    ));
    fs::rename(folder.path().join("duel/2-gru"), folder.path().join("own")).unwrap();
    fs::rename(folder.path().join("other"), folder.path().join("duel/2-gru")).unwrap();
    let refused = run(folder.path(), &["--plain", "--resume", "duel", "--steps", "60"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("run 2, ") && stderr(&refused).contains("another text"), "{}", stderr(&refused));
    // the same text in another order
    fs::remove_dir_all(folder.path().join("duel/2-gru")).unwrap();
    let other_seed = [TOY, "--plain", "--steps", "40", "--seed", "7", "--run", "duel/2-gru", "--set", "model.cell=gru"];
    said(&run(folder.path(), &other_seed));
    let refused = run(folder.path(), &["--plain", "--resume", "duel", "--steps", "60"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("its seed is 7, and theirs 42"), "{}", stderr(&refused));
    // the original run, but resumed with another batch size
    fs::remove_dir_all(folder.path().join("duel/2-gru")).unwrap();
    fs::rename(folder.path().join("own"), folder.path().join("duel/2-gru")).unwrap();
    said(&run(folder.path(), &["--plain", "--resume", "duel/2-gru", "--steps", "50", "--set", "training.batch=3"]));
    let refused = stderr(&run(folder.path(), &["--plain", "--resume", "duel", "--steps", "60"]));
    assert!(refused.contains("`training.batch` = 3") && refused.contains("--set training.batch=2"), "{refused}");
    said(&run(folder.path(), &["--plain", "--resume", "duel", "--steps", "60", "--set", "training.batch=2"]));
}

/// Files of a new run, in the order of their creation.
const INITIAL_FILES: [&str; 6] = ["lock", "corpus.txt", "config.toml", "vocabulary.json", "metrics.jsonl", "log.txt"];

/// Copies a new duel with the first `files` of each run, where `None` omits the run; `checkpoints` says which runs have checkpoints.
fn copy(from: &Path, to: &Path, files: [Option<usize>; 2], checkpoints: [bool; 2]) {
    fs::create_dir(to).unwrap();
    fs::write(to.join("lock"), "").unwrap();
    for (index, run) in RUNS.iter().enumerate() {
        let Some(count) = files[index] else { continue };
        let (from, to) = (from.join(run), to.join(run));
        fs::create_dir(&to).unwrap();
        for file in &INITIAL_FILES[..count.min(INITIAL_FILES.len())] {
            fs::copy(from.join(file), to.join(file)).unwrap();
        }
        if count > INITIAL_FILES.len() {
            fs::create_dir(to.join("checkpoints")).unwrap();
        }
        if checkpoints[index] {
            let copied = Command::new("cp").arg("-a").arg(from.join("checkpoints")).arg(&to).status().unwrap();
            assert!(copied.success());
        }
    }
}

#[test]
fn partially_created_duel_resumes_or_restarts() {
    let folder = tempfile::tempdir().unwrap();
    said(&begin(folder.path(), "whole"));
    let whole = weights(&folder.path().join("whole"));
    // each run of a new duel has a checkpoint of step 0
    let one_step =
        [TOY, "--plain", "--steps", "40", "--rival", "model.cell=gru", "--run", "begun", "--set", "run.keep=9"];
    said(&run(folder.path(), &one_step));
    let begun = folder.path().join("begun");
    for run in RUNS {
        let checkpoints = begun.join(run).join("checkpoints");
        for checkpoint in fs::read_dir(&checkpoints).unwrap().flatten() {
            if !checkpoint.file_name().to_str().unwrap().ends_with("-step-0") {
                fs::remove_dir_all(checkpoint.path()).unwrap();
            }
        }
    }
    let all = INITIAL_FILES.len() + 1;
    let mut number = 0;
    let mut state = |files, checkpoints, list: Option<&str>| {
        number += 1;
        let name = format!("state-{number}");
        let path = folder.path().join(&name);
        copy(&begun, &path, files, checkpoints);
        if let Some(list) = list {
            fs::copy(begun.join("duel.json"), path.join(list)).unwrap();
        }
        check(folder.path(), &name, &whole, &format!("{files:?} {checkpoints:?} {list:?}"));
    };
    state([None, None], [false, false], None);
    for count in 0..=all {
        state([Some(count), None], [false, false], None);
        state([Some(all), Some(count)], [false, false], None);
    }
    state([Some(all), Some(all)], [false, false], Some(".new-duel.json"));
    for checkpoints in [[false, false], [true, false], [false, true], [true, true]] {
        state([Some(all), Some(all)], checkpoints, Some("duel.json"));
    }
    // earlier versions wrote the list before the runs
    state([None, None], [false, false], Some("duel.json"));
    state([None, None], [false, false], Some(".new-duel.json"));
}

#[test]
fn duel_killed_at_start_resumes_or_restarts() {
    let kills = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let folder = tempfile::tempdir().unwrap();
    said(&begin(folder.path(), "whole"));
    let whole = weights(&folder.path().join("whole"));
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(20_261_130);
    for number in 0..kills {
        let name = format!("duel-{number}");
        let mut child =
            command(folder.path(), &[BEGIN, &[&name, "--set", "run.checkpoint_every=1"]].concat()).spawn().unwrap();
        let signal = ["KILL", "TERM", "INT"][number % 3];
        // at any time: a partially created duel must be usable
        thread::sleep(Duration::from_millis(random.gen_range(0..60)));
        let _ =
            Command::new("kill").args(["-s", signal, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
        child.wait().unwrap();
        check(folder.path(), &name, &whole, &format!("{signal} {number}"));
    }
}

#[test]
fn concurrent_duels_in_one_folder_allow_only_one() {
    let folder = tempfile::tempdir().unwrap();
    let children: Vec<_> =
        (0..4).map(|_| command(folder.path(), &[BEGIN, &["duel"]].concat()).spawn().unwrap()).collect();
    let outputs: Vec<_> = children.into_iter().map(output).collect();
    let codes: Vec<_> = outputs.iter().map(|output| output.status.code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert!(codes.iter().all(|code| [Some(0), Some(2)].contains(code)), "{codes:?}");
    said(&run(folder.path(), &["--plain", "--resume", "duel", "--steps", "50"]));
}
