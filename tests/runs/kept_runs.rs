//! Kept runs through the program: ended by signals or `kill -9`, without their folder, resumed, asked, exported and evaluated.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rnn_tui::learning::language_learner;
use rnn_tui::storage::metrics::{self, Event};
use rnn_tui::storage::{CheckpointChoice, LoadedRun};

use crate::support::{LONGEST_WAIT, TOY, program, wait_until};

/// Number of times that the run is killed; the environment variable `KILLS` overrides it.
const KILLS: usize = 12;

/// A command that runs the program without input.
fn rnn_tui(arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program without input.
fn run(arguments: &[&str]) -> Output {
    rnn_tui(arguments).output().unwrap()
}

/// Standard output of a successful run of the program; panics if it failed.
#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Starts a run of 1,000,000,000 steps that saves a checkpoint as often as it can.
fn long_run(folder: &Path) -> Child {
    let folder = folder.to_str().unwrap();
    let arguments = [
        TOY,
        "--plain",
        "--run",
        folder,
        "--steps",
        "1000000000",
        "--set",
        "run.checkpoint_every=1",
        "--set",
        "run.metrics_every=5",
    ];
    rnn_tui(&arguments).spawn().unwrap()
}

/// Waits until this path exists; panics after a timeout.
fn wait_for(path: &Path) {
    wait_until(&format!("{}", path.display()), || path.exists());
}

/// Sends the signal with this name to a process.
fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

/// Step of the latest checkpoint.
fn step(folder: &Path) -> u64 {
    let link = fs::read_link(folder.join("latest")).unwrap();
    link.to_str().unwrap().rsplit_once("step-").unwrap().1.parse().unwrap()
}

#[test]
fn interrupted_run_ends_like_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let weights = |name: &str| fs::read(folder.path().join(name).join("latest/model.safetensors")).unwrap();
    let whole = said(&run(&[TOY, "--plain", "--steps", "3000", "--run", &path("whole")]));
    said(&run(&[TOY, "--plain", "--steps", "1700", "--run", &path("parts")]));
    let rest = said(&run(&["--resume", &path("parts"), "--plain", "--steps", "3000"]));
    assert_eq!(whole.lines().last(), rest.lines().last(), "the loss at the end");
    assert_eq!(weights("whole"), weights("parts"));
    let answers = |name: &str| said(&run(&["predict", &path(name), "我 讨厌", "我 爱", "--top", "3"]));
    assert_eq!(answers("whole"), answers("parts"));

    let metrics = metrics::read(&folder.path().join("parts/metrics.jsonl")).unwrap();
    let steps: Vec<u64> =
        metrics.iter().filter(|metric| matches!(metric.event, Event::Steps { .. })).map(|metric| metric.step).collect();
    assert!(steps.is_sorted_by(|a, b| a < b) && steps.last() == Some(&3000), "every step is recorded once");
    assert!(metrics.iter().any(|metric| metric.event == Event::Resumed && metric.step == 1700));
}

#[test]
fn process_killed_during_save_leaves_usable_checkpoint() {
    let kills = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(9);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut child = long_run(&path);
    let mut last = 0;
    for _ in 0..kills {
        wait_for(&path.join("latest"));
        let from = step(&path);
        let deadline = Instant::now() + LONGEST_WAIT;
        while step(&path) == from && Instant::now() < deadline {
            thread::sleep(Duration::from_micros(100));
        }
        thread::sleep(Duration::from_micros(random.gen_range(0..20_000)));
        child.kill().unwrap();
        child.wait().unwrap();

        let answered = run(&["predict", path.to_str().unwrap(), "我 讨厌"]);
        assert!(said(&answered).starts_with("我 讨厌 -> "));
        assert_eq!(String::from_utf8_lossy(&answered.stderr), "", "no checkpoint is damaged");
        let now = step(&path);
        assert!(now > last, "{now} after {last}: no saved step is lost");
        last = now;
        child = rnn_tui(&["--resume", path.to_str().unwrap(), "--plain"]).spawn().unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let metrics = metrics::read(&path.join("metrics.jsonl")).unwrap();
    let mut recorded = 0;
    for metric in &metrics {
        if let Event::Steps { steps, .. } = metric.event {
            assert_eq!(metric.step - steps, recorded, "every step that was not repeated is recorded once");
            recorded = metric.step;
        }
    }
    assert!(recorded >= last);
    assert!(metrics.iter().filter(|metric| metric.event == Event::Resumed).count() >= kills.min(2) - 1);
}

#[test]
fn signal_saves_and_exits() {
    // batch systems, limits and timers send other signals than TERM
    let signals =
        [("TERM", 15), ("HUP", 1), ("INT", 2), ("USR1", 10), ("USR2", 12), ("ALRM", 14), ("XCPU", 24), ("PWR", 30)];
    for (name, number) in signals {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let arguments = [TOY, "--plain", "--run", path.to_str().unwrap(), "--steps", "1000000000"];
        let child = rnn_tui(&arguments).spawn().unwrap();
        wait_for(&path.join("log.txt"));
        wait_for(&path.join("latest"));
        assert_eq!(step(&path), 0, "the next checkpoint is due in a minute");
        thread::sleep(Duration::from_millis(300)); // for some steps
        signal(&child, name);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(128 + number));
        assert!(step(&path) > 0, "saved by {name}");
        assert!(said(&run(&["predict", path.to_str().unwrap(), "我 讨厌"])).contains("->"));
    }
}

#[test]
fn removed_run_folder_is_reported_at_exit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let child = rnn_tui(&[TOY, "--plain", "--run", path.to_str().unwrap(), "--steps", "60000", "--ask", "我 讨厌"])
        .spawn()
        .unwrap();
    wait_for(&path.join("latest"));
    while fs::remove_dir_all(&path).is_err() {} // files may be created during the removal
    let ended = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!(ended.status.code(), Some(3), "{out}{err}");
    assert!(out.contains("step 60000/60000") && out.contains("我 讨厌 -> 挨打"), "{out}");
    assert!(err.contains("error: step 60000 is not saved: ") && err.contains("the folder of the run is gone"), "{err}");
    assert!(!path.exists(), "the folder is not partially recreated");
}

#[test]
fn replaced_run_folder_is_not_modified() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut first = long_run(&path);
    wait_for(&path.join("latest"));
    fs::rename(&path, folder.path().join("elsewhere")).unwrap();
    said(&run(&[TOY, "--plain", "--run", path.to_str().unwrap(), "--steps", "1000"]));
    let files = || {
        let names = ["metrics.jsonl", "log.txt", "config.toml", "latest/manifest.json"];
        names.map(|name| fs::read(path.join(name)).unwrap())
    };
    let before = files();
    thread::sleep(Duration::from_millis(500)); // the first run keeps trying to save
    signal(&first, "TERM");
    let ended = first.wait().unwrap();
    assert_eq!(ended.code(), Some(128 + 15));
    assert!(files() == before);
}

#[test]
fn second_process_in_run_folder_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut first = long_run(&path);
    wait_for(&path.join("latest"));
    let second = run(&["--resume", path.to_str().unwrap(), "--plain"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another process keeps its run in"));
    first.kill().unwrap();
    first.wait().unwrap();
    let again = run(&[TOY, "--plain", "--run", path.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2));
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(said.contains("keeps a run already") && said.contains("--resume"), "{said}");
}

#[test]
fn resume_of_finished_run_warns_without_saving() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let name = path.to_str().unwrap();
    said(&run(&[TOY, "--plain", "--run", name, "--steps", "100"]));
    let saved = fs::read_link(path.join("latest")).unwrap();
    let again = run(&["--resume", name, "--plain"]);
    let warning = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success() && warning.contains("has taken all its 100 steps: `--steps N`"), "{warning}");
    assert_eq!(fs::read_link(path.join("latest")).unwrap(), saved);
}

#[test]
fn training_failure_is_logged_with_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let rate = "training.optimizer.learning_rate=1e30";
    let failed = run(&[TOY, "--plain", "--run", path.to_str().unwrap(), "--set", rate]);
    assert_eq!(failed.status.code(), Some(1));
    let metrics = metrics::read(&path.join("metrics.jsonl")).unwrap();
    let Event::Failed { cause } = &metrics.last().unwrap().event else { panic!("{metrics:?}") };
    let log = fs::read_to_string(path.join("log.txt")).unwrap();
    assert!(cause.contains("the loss is ") && log.contains(cause.as_str()), "{log}");
    assert!(said(&run(&["predict", path.to_str().unwrap(), "我"])).contains("->"), "a checkpoint was saved");
}

#[test]
fn torn_metrics_line_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let name = path.to_str().unwrap();
    said(&run(&[TOY, "--plain", "--run", name, "--steps", "1000"]));
    let file = path.join("metrics.jsonl");
    let whole = metrics::read(&file).unwrap();
    fs::File::options().append(true).open(&file).unwrap().write_all(b"{\"attempt\":1,\"step\":1005,\"ti").unwrap();
    assert_eq!(metrics::read(&file).unwrap(), whole, "the torn line is ignored");
    said(&run(&["--resume", name, "--plain", "--steps", "2000"]));
    let repaired = metrics::read(&file).unwrap();
    assert_eq!(repaired[..whole.len()], whole);
    assert_eq!(repaired.iter().map(|metric| metric.step).max(), Some(2000));
}

#[test]
fn predict_reads_prompts_from_stdin_and_prints_json() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("run").to_str().unwrap().to_owned();
    said(&run(&[TOY, "--plain", "--run", &name]));
    let mut child = rnn_tui(&["predict", &name, "--json", "--top", "1"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all("我 讨厌\n\n我 苹果\r\n我 爱\n".as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "one prompt has no answer");
    assert!(String::from_utf8_lossy(&output.stderr).contains("not in the vocabulary: `苹果`"));
    let lines: Vec<serde_json::Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let prompts: Vec<_> = lines.iter().map(|line| line["prompt"].as_str().unwrap()).collect();
    assert_eq!(prompts, ["我 讨厌", "我 苹果", "我 爱"], "each prompt has a line");
    let words: Vec<_> = lines.iter().map(|line| line["next"][0]["word"].as_str().unwrap_or_default()).collect();
    assert_eq!(words, ["挨打", "", "爸爸"]);
    assert!(lines[1]["error"].as_str().unwrap().contains("苹果"));
    let nothing = run(&["predict", folder.path().to_str().unwrap(), "我"]);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("keeps no run"));
}

#[test]
fn prompt_handles_byte_order_mark_and_invalid_utf8() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let name = path.display().to_string();
    said(&run(&[TOY, "--plain", "--steps", "3", "--run", &name]));
    // a byte order mark from a file
    assert!(said(&run(&["predict", &name, "\u{feff}我 爱"])).starts_with("我 爱 -> "));
    // bytes in another encoding
    let mut child = rnn_tui(&["predict", &name, "--json"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"\xe6\x88\x91\n\xce\xd2\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), lines.lines().count()), (Some(2), 2), "{lines}");
    assert!(lines.lines().last().unwrap().contains("line 2 of standard input is not UTF-8"), "{lines}");
    // `--fresh-words` requires `--weights`
    let refused = run(&["--resume", &name, "--plain", "--steps", "4", "--fresh-words"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn weights_option_starts_from_other_run() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("run").to_str().unwrap().to_owned();
    said(&run(&[TOY, "--plain", "--run", &name]));
    let weights = PathBuf::from(&name).join("latest/model.safetensors");
    let weights = weights.to_str().unwrap();
    let begun = said(&run(&[TOY, "--plain", "--weights", weights, "--steps", "1", "--ask", "我 讨厌"]));
    assert!(begun.contains("我 讨厌 -> 挨打  0.99"), "{begun}");
    // without a checkpoint it must not resume with random weights
    let kept = folder.path().join("kept");
    let with_weights = [TOY, "--plain", "--weights", weights, "--steps", "1", "--run", kept.to_str().unwrap()];
    said(&run(&with_weights));
    for checkpoint in fs::read_dir(kept.join("checkpoints")).unwrap() {
        fs::remove_dir_all(checkpoint.unwrap().path()).unwrap();
    }
    for left in ["latest", "best", "keyframes.safetensors"] {
        let _ = fs::remove_file(kept.join(left));
    }
    let refused = run(&["--resume", kept.to_str().unwrap(), "--plain"]);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        refused.status.code() == Some(2) && why.contains("began with the weights of") && why.contains(weights),
        "{why}"
    );
    let command = why.split('`').rfind(|part| part.starts_with("rnn-tui ")).expect("a command");
    let again: Vec<_> = command.split(' ').skip(1).chain(["--plain"]).collect();
    said(&run(&again));
    let other = run(&[TOY, "--plain", "--weights", weights, "--set", "model.cell=gru"]);
    assert_eq!(other.status.code(), Some(2));
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(said.contains("! rnn.weight_ih_l0  F32 [6, 2]  F32 [8, 2]"), "{said}");
}

#[test]
fn export_writes_pictures_and_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let name = path.to_str().unwrap();
    said(&run(&[TOY, "--plain", "--run", name, "--steps", "200", "--set", "run.metrics_every=50"]));
    let names = said(&run(&["export", name, "--ask", "我 讨厌"]));
    let read = |file: &str| fs::read_to_string(path.join("export/step-200").join(file)).unwrap();
    for picture in ["screen.svg", "loss.svg", "heatmap.svg"] {
        assert!(names.contains(picture) && read(picture).starts_with("<svg "), "{names}");
    }
    assert!(read("screen.svg").contains("step\u{a0}200/200") && read("screen.svg").contains("讨"));
    assert!(read("loss.svg").contains("training step"));
    let metrics = read("metrics.csv");
    assert_eq!(metrics.lines().count(), 1 + 4, "{metrics}");
    assert!(
        metrics.starts_with("attempt,step,kind,loss,") && metrics.lines().last().unwrap().starts_with("1,200,steps,")
    );
    let curves = read("curves.csv");
    assert_eq!(curves.lines().count(), 1 + 200, "{curves}");
    assert!(curves.starts_with("first_step,last_step,loss,") && curves.contains("\n200,200,0."), "{curves}");
    assert!(read("answer.csv").starts_with("id,word,probability\n6,挨打,0."));
    let states = read("states.csv");
    // h, c, four gates and the embedding: two units at two steps each
    assert_eq!(states.lines().count(), 1 + 7 * 2 * 2, "{states}");
    assert!(states.contains("\n2,5,讨厌,1,f,1,"), "{states}");
    assert!(read("gradient_flow.csv").contains("\n2,5,讨厌,1,"));
    assert!(!path.join("export/step-200/validations.csv").exists(), "the run has no validations");
    // existing files are not overwritten without `--force`
    let to = path.join("export/step-200").to_str().unwrap().to_owned();
    let again = run(&["export", path.to_str().unwrap(), "--to", &to]);
    let complaint = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.code() == Some(2) && complaint.contains("screen.svg: it is there already"), "{complaint}");
    assert!(complaint.contains("`--force`"), "{complaint}");
    said(&run(&["export", path.to_str().unwrap(), "--to", &to, "--force", "--bom"]));
    assert!(read("answer.csv").starts_with("\u{feff}id,word,probability") && read("screen.svg").starts_with("<svg"));
}

#[test]
fn transformer_is_kept_resumed_asked_and_exported_with_attention() {
    const LESSON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/toy-transformer.toml");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let name = path.to_str().unwrap();
    said(&run(&[LESSON, "--plain", "--run", name, "--steps", "150"]));
    let whole = said(&run(&[LESSON, "--plain", "--steps", "300"]));
    let resumed = said(&run(&["--plain", "--resume", name, "--steps", "300"]));
    assert_eq!(whole.lines().last(), resumed.lines().last(), "as if it had not been interrupted");
    assert!(said(&run(&["predict", name, "我 喜欢"])).contains("玩具"));
    said(&run(&["export", name, "--ask", "我 喜欢"]));
    let read = |file: &str| fs::read_to_string(path.join("export/step-300").join(file)).unwrap();
    let attention = read("attention.csv");
    // two heads; the first word reads from itself, the second from both
    assert_eq!(attention.lines().count(), 1 + 2 * 3, "{attention}");
    assert!(
        attention.starts_with("layer,head,step,id,word,from_step,from_id,from_word,share\n1,1,1,0,我,1,0,我,1\n"),
        "{attention}"
    );
    assert!(!read("states.csv").contains(",α,") && read("gradient_flow.csv").contains("\n2,1,喜欢,1,h,"));
}

#[test]
fn compare_option_adds_kept_run() {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (lstm, gru) = (named("first-lstm"), named("gru"));
    said(&run(&[TOY, "--plain", "--run", &lstm, "--steps", "120"]));
    said(&run(&[TOY, "--plain", "--run", &gru, "--steps", "80", "--set", "model.cell=gru", "--compare", &lstm]));
    said(&run(&["export", &gru]));
    let read = |file: &str| fs::read_to_string(Path::new(&gru).join("export/step-80").join(file)).unwrap();
    let table = read("attempts.csv");
    assert!(table.contains(",LSTM 7→2→2→7,83,42,120,") && table.contains(",GRU 7→2→2→7,"), "{table}");
    assert_eq!(read("earlier_curves.csv").lines().count(), 1 + 120);
    assert!(read("loss.svg").contains("first-lstm"), "the legend has its name");
    // on resume, `--compare` replaces the compared run
    said(&run(&["--plain", "--resume", &gru, "--steps", "90", "--compare", &gru]));
    said(&run(&["export", &gru]));
    let table = fs::read_to_string(Path::new(&gru).join("export/step-90/attempts.csv")).unwrap();
    assert!(!table.contains("LSTM") && table.matches("GRU 7→2→2→7").count() == 2, "{table}");

    let none = run(&[TOY, "--plain", "--compare", &named("nothing")]);
    assert_eq!(none.status.code(), Some(2));
    let message = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(message.contains("--compare: ") && message.contains("keeps no run"), "{message}");
    let text = named("text.txt");
    fs::write(&text, "a b c\nd e f\n").unwrap();
    let other = run(&["--plain", "--steps", "1", "--corpus", &text, "--compare", &lstm]);
    let message = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(other.status.success() && message.contains("it knows other words"), "{message}");
}

#[test]
fn past_step_is_exported_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let run_named = |name: &str, steps: &str| {
        let path = folder.path().join(name).to_str().unwrap().to_owned();
        said(&run(&[TOY, "--plain", "--run", &path, "--steps", steps]));
        path
    };
    let (long, short) = (run_named("long", "200"), run_named("short", "70"));
    let answer = |path: &str, step: &str, arguments: &[&str]| {
        said(&run(&[&["export", path], arguments].concat()));
        fs::read_to_string(Path::new(path).join("export").join(step).join("answer.csv")).unwrap()
    };
    assert_eq!(answer(&long, "step-70", &["--step", "70"]), answer(&short, "step-70", &[]));
    answer(&long, "step-70-2", &["--step", "70"]);
    let beyond = run(&["export", &short, "--step", "71"]);
    assert_eq!(beyond.status.code(), Some(2));
    let why = String::from_utf8_lossy(&beyond.stderr).into_owned();
    assert!(why.contains("--step 71: the run has taken 70 steps"), "{why}");
}

#[test]
fn run_without_checkpoint_does_not_block_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let arguments = [TOY, "--plain", "--run", path.to_str().unwrap(), "--steps", "10"];
    said(&run(&arguments));
    // as after `kill -9` right after the start
    for name in fs::read_dir(path.join("checkpoints")).unwrap() {
        fs::remove_dir_all(name.unwrap().path()).unwrap();
    }
    fs::remove_file(path.join("latest")).unwrap();
    fs::remove_file(path.join("keyframes.safetensors")).unwrap();
    fs::write(path.join("corpus.txt"), "half of a te").unwrap();
    said(&run(&arguments));
    assert!(said(&run(&["predict", path.to_str().unwrap(), "我 讨厌"])).contains("->"));
    // other files in the folder are not overwritten
    fs::remove_dir_all(path.join("checkpoints")).unwrap();
    fs::remove_file(path.join("latest")).unwrap();
    let refused = run(&arguments);
    assert_eq!(refused.status.code(), Some(2), "the folder has keyframes");
}

#[test]
fn symlinks_in_run_folder_are_not_followed_for_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("run"), folder.path().join("other.txt"));
    said(&run(&[TOY, "--plain", "--run", path.to_str().unwrap(), "--steps", "10"]));
    fs::write(&other, "not of this run\n").unwrap();
    for name in ["log.txt", "metrics.jsonl"] {
        fs::remove_file(path.join(name)).unwrap();
        std::os::unix::fs::symlink(&other, path.join(name)).unwrap();
    }
    let _ = run(&["--resume", path.to_str().unwrap(), "--plain", "--steps", "20"]);
    assert_eq!(fs::read_to_string(&other).unwrap(), "not of this run\n");
}

#[test]
fn untrusted_run_folder_is_read_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    said(&run(&[TOY, "--plain", "--run", path.to_str().unwrap(), "--steps", "10"]));
    let manifest = path.join("latest/manifest.json");
    let whole = fs::read_to_string(&manifest).unwrap();
    let refused = |what: &str, because: &str| {
        let output = run(&["predict", path.to_str().unwrap(), "我"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(because), "{what}: {said}");
    };
    for (name, because) in [("/dev/zero", "which no run has"), ("../secret", "which no run has")] {
        fs::write(&manifest, whole.replace("corpus.txt", name)).unwrap();
        refused(name, because);
    }
    fs::write(&manifest, &whole).unwrap();
    let corpus = path.join("corpus.txt");
    let text = fs::read(&corpus).unwrap();
    for make in ["mkfifo", "ln -s /dev/zero", "mkdir"] {
        fs::remove_file(&corpus).unwrap();
        let mut words = make.split(' ');
        let made = Command::new(words.next().unwrap()).args(words).arg(&corpus).status().unwrap();
        assert!(made.success());
        refused(make, "it is not a regular file");
        let remove = if make == "mkdir" { fs::remove_dir::<&Path> } else { fs::remove_file::<&Path> };
        remove(&corpus).unwrap();
        fs::write(&corpus, &text).unwrap();
    }
    said(&run(&["predict", path.to_str().unwrap(), "我"]));
}

#[test]
fn pipe_in_run_folder_does_not_block() {
    for name in [
        "log.txt",
        "metrics.jsonl",
        "config.toml",
        "vocabulary.json",
        "keyframes.safetensors",
        "lock",
        "latest/manifest.json",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        said(&run(&[TOY, "--plain", "--run", path.to_str().unwrap(), "--steps", "10"]));
        let pipe = path.join(name);
        fs::remove_file(&pipe).unwrap();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // any exit code will do, but it must exit
        let resumed = run(&["--resume", path.to_str().unwrap(), "--plain", "--steps", "20"]);
        assert!([Some(0), Some(2), Some(3)].contains(&resumed.status.code()), "{name}: {resumed:?}");
    }
}

#[test]
fn maximum_checkpoint_number_does_not_block_next_save() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    said(&run(&[TOY, "--plain", "--run", path.to_str().unwrap(), "--steps", "10"]));
    let last = fs::read_link(path.join("latest")).unwrap();
    let huge = path.join(format!("checkpoints/{}-step-10", u64::MAX));
    assert!(Command::new("cp").arg("-r").arg(path.join(last)).arg(huge).status().unwrap().success());
    said(&run(&["--resume", path.to_str().unwrap(), "--plain", "--steps", "20"]));
    assert_eq!(step(&path), 20, "the checkpoint saved last");
}

/// Trains a run that validates; returns its path, and step and loss of each validation in its metrics.
fn validated_run(folder: &Path, settings: &[&str]) -> (String, Vec<(u64, f64)>) {
    let line = |line: usize| format!("{} {} {}", "ab".repeat(line % 3 + 1), line % 7, line % 5);
    let text = (0..200).map(line).collect::<Vec<_>>().join("\n");
    fs::write(folder.join("text.txt"), text).unwrap();
    let path = folder.join("run").to_str().unwrap().to_owned();
    let text = folder.join("text.txt").to_str().unwrap().to_owned();
    let mut arguments = vec![TOY, "--plain", "--corpus", &text, "--run", &path, "--steps", "120"];
    let common =
        ["training.validate_every=30", "corpus.validation=0.2", "training.predict=every", "run.checkpoint_every=30"];
    common.iter().chain(settings).for_each(|setting| arguments.extend(["--set", setting]));
    said(&run(&arguments));
    let metrics = metrics::read(&folder.join("run/metrics.jsonl")).unwrap();
    let validation = |metric: &metrics::Metric| match metric.event {
        Event::Validation { loss, .. } => Some((metric.step, loss?)),
        _ => None,
    };
    (path, metrics.iter().filter_map(validation).collect())
}

/// Counts, over all prefixes of the validation sentences, how often the expected word is the first, and one of the first five.
fn top_counts(folder: &Path) -> (f64, f64) {
    let found = LoadedRun::read_one(&folder.join("run"), CheckpointChoice::Best, &[], language_learner).unwrap();
    let text = fs::read_to_string(folder.join("text.txt")).unwrap();
    let (mut first, mut among_first) = (0.0, 0.0);
    for sentence in text.lines().skip(160) {
        let words: Vec<&str> = sentence.split(' ').collect();
        for next in 1..words.len() {
            let ranking = found.learner.predictor().ask(&words[..next].join(" ")).unwrap().trace.ranking();
            let place = ranking.iter().position(|(id, _)| found.learner.vocabulary()[*id] == words[next]).unwrap();
            first += f64::from(u8::from(place == 0));
            among_first += f64::from(u8::from(place < 5));
        }
    }
    (first, among_first)
}

#[test]
fn evaluate_matches_validation_metrics() {
    for settings in [&["corpus.unit=sentences"][..], &["corpus.unit=text", "training.window=8", "corpus.min_count=2"]] {
        let folder = tempfile::tempdir().unwrap();
        let (path, validations) = validated_run(folder.path(), settings);
        let evaluated = |more: &[&str]| -> serde_json::Value {
            serde_json::from_str(&said(&run(&[&["evaluate", &path, "--json"], more].concat()))).unwrap()
        };
        let (best_step, best) = validations.iter().copied().min_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap();
        let evaluation = evaluated(&[]);
        assert_eq!((evaluation["step"].as_u64(), evaluation["loss"].as_f64()), (Some(best_step), Some(best)));
        let (last_step, last) = *validations.last().unwrap();
        assert_eq!(evaluated(&["--step", &last_step.to_string()])["loss"].as_f64(), Some(last));
        let share = |name: &str| evaluation[name].as_f64().unwrap();
        assert!(share("top_1") > 0.05 && share("top_1") <= share("top_5") && share("top_5") <= 1.0, "{evaluation}");
        if settings == ["corpus.unit=sentences"] {
            let (first, among_first) = top_counts(folder.path());
            let words = evaluation["words"].as_f64().unwrap();
            assert_eq!((share("top_1"), share("top_5")), (first / words, among_first / words));
        }
        assert!((share("perplexity") - best.exp()).abs() < 1e-9);
        // the whole text has more words than the validation
        let text = folder.path().join("text.txt");
        let whole = evaluated(&["--corpus", text.to_str().unwrap()]);
        assert!(whole["words"].as_u64() > evaluation["words"].as_u64());
        let line = said(&run(&["evaluate", &path]));
        assert!(line.starts_with(&format!("loss {best:.6}  perplexity ")) && line.contains("  top-1 "), "{line}");
    }
}

#[test]
fn evaluate_reports_reason_for_rejection() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = validated_run(folder.path(), &["corpus.unit=sentences"]);
    let complaint = |more: &[&str]| {
        let output = run(&[&["evaluate", &path], more].concat());
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let other = folder.path().join("other.txt");
    fs::write(&other, "ab 1 zebra\nab 2 lion\n").unwrap();
    let said = complaint(&["--corpus", other.to_str().unwrap()]);
    assert!(said.contains("2 words of ") && said.contains("the first is `zebra`"), "{said}");
    assert!(complaint(&["--step", "31"]).contains("has no checkpoint of step 31"));
    let toy = folder.path().join("toy");
    let toy = toy.to_str().unwrap();
    assert!(run(&[TOY, "--plain", "--steps", "10", "--run", toy]).status.success());
    let without = run(&["evaluate", toy]);
    assert!(String::from_utf8(without.stderr).unwrap().contains("the run has no text to validate with: name one with"));
}

#[test]
fn test_text_is_evaluated_once_at_end() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (text, other) = (write("text.txt", &"a b c\nb c a\n".repeat(20)), write("test.txt", "a b c\na c b\n"));
    let path = folder.path().join("run").to_str().unwrap().to_owned();
    let arguments = [TOY, "--plain", "--corpus", &text, "--test", &other, "--steps", "1500", "--run", &path];
    let out = said(&run(&arguments));
    let lines: Vec<&str> = out.lines().collect();
    assert!(!lines[0].contains("  test ") && lines[1].contains("  test "), "{out}");
    let evaluated = said(&run(&["evaluate", &path, "--corpus", &other]));
    let loss: f64 = evaluated.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(lines[1].contains(&format!("  test {loss:.4}  ")), "{out}{evaluated}");
    // the path is kept, so that a resumed run evaluates it again
    let out = said(&run(&["--resume", &path, "--plain", "--steps", "1600"]));
    assert!(out.contains("  test "), "{out}");
}
