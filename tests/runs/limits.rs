//! Corpora and runs that exceed memory are rejected with an estimate; a failed allocation never aborts the program.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::support::pty::Session;
use crate::support::{CHARACTERS, PROGRAM, TOY, command, wait_until};

/// Runs the program with its address space limited to `kilobytes`.
#[track_caller]
fn limited(kilobytes: u32, folder: &Path, arguments: &[&str]) -> Output {
    let mut child = command("sh")
        .args(["-c", "ulimit -v $0 && exec \"$@\"", &kilobytes.to_string(), PROGRAM])
        .args(arguments)
        .current_dir(folder)
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the end of the program", || child.try_wait().unwrap().is_some());
    child.wait_with_output().unwrap()
}

/// Standard error of a finished program.
fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn text_exceeding_memory_is_rejected_with_estimate() {
    let folder = tempfile::tempdir().unwrap();
    // characters in lines, distinct words, and a single line
    let letters = "the rain falls on the roof\n".repeat(250_000);
    fs::write(folder.path().join("letters.txt"), &letters).unwrap();
    fs::write(folder.path().join("line.txt"), letters.replace('\n', " ")).unwrap();
    let words: Vec<String> = (0..200_000).map(|number| format!("w{number} v{number}")).collect();
    fs::write(folder.path().join("words.txt"), words.join("\n")).unwrap();
    let cases = [
        ("letters.txt", "characters", "text"),
        ("line.txt", "characters", "text"),
        ("letters.txt", "prose", "text"),
        ("words.txt", "words", "text"),
        ("words.txt", "words", "sentences"),
    ];
    for (text, tokenizer, unit) in cases {
        let mut has_refused = false;
        for megabytes in [30, 45, 70, 200] {
            let tokenizer = format!("corpus.tokenizer={tokenizer}");
            let unit = format!("corpus.unit={unit}");
            let arguments = [
                "toy",
                "--corpus",
                text,
                "--plain",
                "--steps",
                "1",
                "--set",
                &tokenizer,
                "--set",
                &unit,
                "--set",
                "training.predict=every",
                "--set",
                "model.hidden=2",
                "--set",
                "model.embedding=2",
            ];
            if !limited(megabytes << 10, folder.path(), &["--version"]).status.success() {
                continue; // the program itself does not start
            }
            let ended = limited(megabytes << 10, folder.path(), &arguments);
            let message = stderr(&ended);
            assert!(
                matches!(ended.status.code(), Some(0 | 2)),
                "{text} {tokenizer} {megabytes}: {} {message}",
                ended.status
            );
            if ended.status.code() == Some(2) {
                assert!(message.contains("memory"), "{text} {tokenizer} {megabytes}: {message}");
                has_refused = true;
            }
        }
        assert!(has_refused, "{text} {tokenizer}: no limit was too small");
    }
    let refused = stderr(&limited(
        40 << 10,
        folder.path(),
        &["toy", "--corpus", "letters.txt", "--plain", "--set", "corpus.tokenizer=characters"],
    ));
    assert!(refused.contains("letters.txt has 6 MB: it takes about ") && refused.contains("`ulimit -v`"), "{refused}");
}

#[test]
fn training_out_of_memory_exits_with_error() {
    let folder = tempfile::tempdir().unwrap();
    let sizes = ["--set", "model.hidden=16", "--set", "model.embedding=16", "--set", "training.batch=4"];
    let plain = [CHARACTERS, "--plain", "--steps", "10"];
    let mut min_megabytes = None;
    for megabytes in 14..64_u32 {
        for kilobytes in [0, 512] {
            let ended = limited((megabytes << 10) + kilobytes, folder.path(), &[&plain[..], &sizes].concat());
            let message = stderr(&ended);
            // with less than the program itself takes, it does not start
            let has_started = message.starts_with("error: ") || ended.status.success();
            if has_started {
                assert!(matches!(ended.status.code(), Some(0..=2)), "{megabytes} MB: {} {message}", ended.status);
                min_megabytes.get_or_insert(megabytes);
            }
            if ended.status.success() {
                return;
            }
        }
    }
    panic!("never enough memory, from {min_megabytes:?} MB on");
}

#[test]
fn sigabrt_restores_terminal() {
    let session = Session::start(24, 80, PROGRAM, &[TOY], &[]);
    session.wait_for("step ");
    session.signal("ABRT");
    let (_, text) = session.assert_given_back();
    assert!(text.contains("the program had to end at once"), "{text}");
}
