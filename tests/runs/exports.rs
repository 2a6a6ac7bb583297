//! Exports, `scaling`, JSON output and `~` in options.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::support::pty::Session;
use crate::support::{PROGRAM, TOY, program};

/// Step of the latest checkpoint.
fn saved(run: &Path) -> u64 {
    let link = fs::read_link(run.join("latest")).unwrap();
    link.to_str().unwrap().rsplit_once("step-").unwrap().1.parse().unwrap()
}

#[test]
fn signal_during_exports_saves_last_step() {
    let folder = tempfile::tempdir().unwrap();
    // a large vocabulary makes exports slow
    let line = |row: usize| {
        (0..10).map(|word| format!("w{}", (row * 7919 + word * 31) % 60_000)).collect::<Vec<_>>().join(" ")
    };
    let text: Vec<String> = (0..30_000).map(line).collect();
    fs::write(folder.path().join("text.txt"), text.join("\n")).unwrap();
    for count in [1, 30] {
        let (text, run) = (folder.path().join("text.txt"), folder.path().join(format!("run-{count}")));
        let sets = "corpus.unit=text corpus.tokenizer=words training.predict=every training.batch=2 training.window=4 model.hidden=4 \
                    model.embedding=4 run.checkpoint_every=0";
        let mut arguments =
            vec!["--corpus", text.to_str().unwrap(), "--run", run.to_str().unwrap(), "--steps", "1000000"];
        sets.split(' ').for_each(|set| arguments.extend(["--set", set]));
        let mut session = Session::start(40, 120, PROGRAM, &arguments, &[]);
        session.wait_for("step 5"); // step 5, or 50 to 59 and so on
        session.press(&"x".repeat(count));
        session.wait_until("an export", |screen| {
            let text = screen.contents();
            text.contains("export")
        });
        session.signal("TERM");
        let (status, _) = session.assert_given_back();
        assert_eq!(status.exit_code(), 143);
        assert!(saved(&run) >= 5, "{count} exports: step {} is saved", saved(&run));
    }
}

#[test]
fn export_to_unwritable_folder_reports_option() {
    let folder = tempfile::tempdir().unwrap();
    let rnn_tui = |arguments: &[&str]| {
        let mut command = program();
        command.args(arguments).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap()
    };
    assert!(rnn_tui(&[TOY, "--plain", "--steps", "5", "--run", "run"]).status.success());
    // a file in place of the folder, so that root cannot write there either
    fs::write(folder.path().join("run/export"), "").unwrap();
    let refused = rnn_tui(&["export", "run"]);
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("export: run/export/step-5") && stderr.contains("--to DIR"), "{stderr}");
}

#[test]
fn scaling_rejects_unmeasurable_settings() {
    let refused = |arguments: &[&str]| {
        let output = program().arg("scaling").args(arguments).env("LC_ALL", "C").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    };
    let rate = refused(&["--longest", "8", "--set", "training.optimizer.learning_rate=1e30"]);
    assert!(rate.contains("a step cannot be measured") && rate.contains("training.optimizer.learning_rate"), "{rate}");
    refused(&["--memory-of", "0", "99999999999"]);
}

#[test]
fn json_words_match_vocabulary() {
    let folder = tempfile::tempdir().unwrap();
    let rnn_tui = |arguments: &[&str]| {
        let output = program().args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    fs::write(folder.path().join("text.txt"), "a b\na b\tc\n".repeat(20)).unwrap();
    let sets = "corpus.unit=text corpus.tokenizer=characters training.predict=every training.batch=1 training.window=8";
    let mut arguments = vec!["--corpus", "text.txt", "--plain", "--steps", "3", "--run", "run"];
    sets.split(' ').for_each(|set| arguments.extend(["--set", set]));
    rnn_tui(&arguments);
    let words: Vec<String> =
        serde_json::from_slice(&fs::read(folder.path().join("run/vocabulary.json")).unwrap()).unwrap();
    let answer: serde_json::Value =
        serde_json::from_slice(&rnn_tui(&["predict", "run", "a b", "--json", "--top", "9"])).unwrap();
    assert_eq!(answer["words"], serde_json::json!(["a", " ", "b"]));
    let mut next: Vec<&str> =
        answer["next"].as_array().unwrap().iter().map(|next| next["word"].as_str().unwrap()).collect();
    let mut all: Vec<&str> = words.iter().map(String::as_str).collect();
    next.sort_unstable();
    all.sort_unstable();
    assert_eq!(next, all);
}

#[test]
fn tilde_expands_in_every_option() {
    let home = tempfile::tempdir().unwrap();
    let rnn_tui = |arguments: &[&str]| {
        let mut command = program();
        let output = command.args(arguments).env("HOME", home.path()).current_dir(home.path()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    rnn_tui(&[TOY, "--plain", "--steps", "5", "--run", "~/run"]);
    rnn_tui(&["--resume", "~/run", "--plain", "--steps", "7"]);
    rnn_tui(&["--resume=~/run", "--plain", "--steps", "9", "--compare", "~/run"]);
    rnn_tui(&["predict", "~/run", "我"]);
    rnn_tui(&["export", "~/run", "--to", "~/pictures"]);
    rnn_tui(&[TOY, "--plain", "--steps", "5", "--weights", "~/run/latest/model.safetensors"]);
    rnn_tui(&["--corpus", "~/run/corpus.txt", "--plain", "--steps", "5"]);
    assert!(home.path().join("pictures").is_dir() && !home.path().join("~").exists());
}
