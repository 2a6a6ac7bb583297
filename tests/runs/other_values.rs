//! Runs resumed with changed settings: each key behaves as the resume table says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rnn_tui::config::resume_table;

use crate::support::{TOY, program};

const PAGE: &str = include_str!("../../docs/runs.md");

/// For each key, options that change it in a run of continuous text.
const CHANGED_VALUES: &[(&str, &str)] = &[
    ("title", "title=other"),
    ("seed", "seed=7"),
    ("corpus.path", "corpus.path=longer.txt"),
    ("corpus.encoding", "corpus.encoding=windows-1252"),
    ("corpus.unit", "corpus.unit=sentences"),
    ("corpus.tokenizer", "corpus.tokenizer=words"),
    ("corpus.lowercase", "corpus.lowercase=true"),
    ("corpus.end_of_sentence", "corpus.end_of_sentence=true"),
    ("corpus.min_count", "corpus.min_count=2"),
    ("corpus.max_vocabulary", "corpus.max_vocabulary=9"),
    ("corpus.validation", "corpus.validation=0.5"),
    ("corpus.test", "corpus.test=longer.txt"),
    ("model.architecture", "model.architecture=nplm"),
    ("model.engine", "model.engine=dfdx"),
    ("model.cell", "model.cell=gru"),
    ("model.context", "model.context=3"),
    ("model.direct", "model.direct=true"),
    ("model.embedding", "model.embedding=5"),
    ("model.hidden", "model.hidden=9"),
    ("model.layers", "model.layers=2"),
    ("model.heads", "model.heads=2"),
    ("model.mlp", "model.mlp=5"),
    ("model.dropout", "model.dropout=0.2"),
    ("model.forget_bias", "model.forget_bias=3"),
    ("model.tie_embeddings", "model.tie_embeddings=true"),
    ("training.predict", "training.predict=last"),
    ("training.batch", "training.batch=3"),
    ("training.window", "training.window=5"),
    ("training.steps", "training.steps=26"),
    ("training.clip", "training.clip=0.5"),
    ("training.validate_every", "training.validate_every=3"),
    ("training.threads", "training.threads=1"),
    ("training.optimizer.name", "training.optimizer.name=sgd"),
    ("training.optimizer.learning_rate", "training.optimizer.learning_rate=0.002"),
    ("training.optimizer.momentum", "training.optimizer.name=sgd training.optimizer.momentum=0.5"),
    ("training.optimizer.weight_decay", "training.optimizer.name=adamw training.optimizer.weight_decay=0.1"),
    ("training.schedule.name", "training.schedule.name=cosine"),
    ("training.schedule.from_epoch", "training.schedule.name=step training.schedule.from_epoch=1"),
    ("training.schedule.factor", "training.schedule.name=step training.schedule.factor=0.3"),
    ("training.schedule.patience", "training.schedule.name=plateau training.schedule.patience=2"),
    ("training.schedule.warmup", "training.schedule.name=cosine training.schedule.warmup=3"),
    ("training.schedule.minimum", "training.schedule.name=cosine training.schedule.minimum=0.3"),
    ("dashboard.pace", "dashboard.pace=50"),
    ("dashboard.paused", "dashboard.paused=true"),
    ("dashboard.fps", "dashboard.fps=3"),
    ("dashboard.prompts", "dashboard.prompts=['ab']"),
    ("run.directory", "run.directory=elsewhere"),
    ("run.checkpoint_every", "run.checkpoint_every=1"),
    ("run.keep", "run.keep=1"),
    ("run.metrics_every", "run.metrics_every=1"),
    ("run.tensorboard", "run.tensorboard=true"),
    ("run.keyframes", "run.keyframes=1"),
    ("keys", "keys.pause=F9"),
];

/// Runs the program in a folder, without input.
fn rnn_tui(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// Standard output and standard error of a successful run of the program; panics if it failed.
#[track_caller]
fn successful_output(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

/// Contents of every file below a folder except locks, and targets of links, by path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let name = path.display().to_string();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_symlink() {
                found.insert(name, fs::read_link(path).unwrap().display().to_string().into_bytes());
            } else if !name.ends_with("/lock") {
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// A folder with two texts of the same characters, and `run`, trained on the first.
fn trained_run() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let line = "ab cab bac\nabba cab\n";
    fs::write(folder.path().join("text.txt"), line.repeat(40)).unwrap();
    fs::write(folder.path().join("longer.txt"), line.repeat(90)).unwrap();
    let sets = "corpus.unit=text corpus.tokenizer=characters corpus.validation=0.1 model.cell=lstm model.hidden=6 model.embedding=4 \
                training.predict=every training.batch=4 training.window=8 training.optimizer.name=adam";
    let sets = sets.split(' ').flat_map(|set| ["--set", set]);
    let arguments = ["toy", "--corpus", "text.txt", "--plain", "--steps", "20", "--run", "run"];
    successful_output(&rnn_tui(folder.path(), &arguments.into_iter().chain(sets).collect::<Vec<_>>()));
    folder
}

/// Whether the resume table lets each key change.
fn changeable_keys() -> BTreeMap<String, bool> {
    let rows = resume_table();
    let rows = rows.lines().skip(2).map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    let keys = rows.flat_map(|row| {
        let keys: Vec<_> = row[0].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        keys.into_iter().map(move |key| (key, row[1] == "changes"))
    });
    keys.collect()
}

#[test]
fn runs_page_contains_resume_table() {
    assert!(PAGE.contains(&resume_table()), "docs/runs.md has another list than\n{}", resume_table());
}

#[test]
fn resume_with_changed_key_matches_table_and_run_stays_readable() {
    let changeable_keys = changeable_keys();
    let examples: Vec<&str> = CHANGED_VALUES.iter().map(|(key, _)| *key).collect();
    assert_eq!(changeable_keys.keys().map(String::as_str).collect::<Vec<_>>(), {
        let mut sorted = examples.clone();
        sorted.sort_unstable();
        sorted
    });
    let folder = trained_run();
    for (key, options) in CHANGED_VALUES {
        // the batch size of continuous text cannot change
        let may_change = changeable_keys[*key] && *key != "training.batch";
        let name = key.replace('.', "-");
        let copied = Command::new("cp").args(["-a", "run", &name]).current_dir(folder.path()).status().unwrap();
        assert!(copied.success());
        let before = files(&folder.path().join(&name));
        let mut arguments = vec!["--resume", &name, "--plain", "--steps", "24"];
        options.split(' ').for_each(|option| arguments.extend(["--set", option]));
        let resumed = rnn_tui(folder.path(), &arguments);
        let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
        if may_change {
            assert!(resumed.status.success(), "{key}: {said}");
            let (lines, _) = successful_output(&resumed);
            assert!(lines.contains("step 24/24"), "{key}: {lines}");
        } else {
            assert_eq!(resumed.status.code(), Some(2), "{key}: {said}");
            assert!(said.contains(&format!("`{key}")), "{key} is named: {said}");
            assert_eq!(files(&folder.path().join(&name)), before, "{key}: nothing has changed");
        }
        successful_output(&rnn_tui(folder.path(), &["predict", &name, "ab"]));
        successful_output(&rnn_tui(folder.path(), &["evaluate", &name]));
        successful_output(&rnn_tui(folder.path(), &["--resume", &name, "--plain", "--steps", "25"]));
    }
}

#[test]
fn rejected_text_help_command_works() {
    let folder = trained_run();
    let arguments = ["--resume", "run", "--plain", "--steps", "24", "--set", "corpus.path=longer.txt"];
    let said = String::from_utf8(rnn_tui(folder.path(), &arguments).stderr).unwrap();
    let command = said.split('`').rfind(|part| part.starts_with("rnn-tui ")).expect("a command");
    let command =
        command.replace("corpus.path=…", "corpus.path=longer.txt").replace("NEW", "new") + " --plain --steps 3";
    successful_output(&rnn_tui(folder.path(), &command.split(' ').skip(1).collect::<Vec<_>>()));
    successful_output(&rnn_tui(folder.path(), &["predict", "new", "ab"]));
    // a run of sentences accepts another batch size
    successful_output(&rnn_tui(folder.path(), &[TOY, "--plain", "--steps", "5", "--run", "toy"]));
    successful_output(&rnn_tui(
        folder.path(),
        &["--resume", "toy", "--plain", "--steps", "9", "--set", "training.batch=3"],
    ));
    let refused = rnn_tui(folder.path(), &["--resume", "toy", "--plain", "--set", "training.predict=every"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn same_file_name_in_other_folder_is_other_text() {
    let folder = trained_run();
    // of the same characters, so that only its path differs
    let own = fs::read_to_string(folder.path().join("run/corpus.txt")).unwrap();
    fs::write(folder.path().join("corpus.txt"), own.chars().rev().collect::<String>()).unwrap();
    // checkpoints use the same file name for their text
    let elsewhere = folder.path().join("another/folder");
    fs::create_dir_all(&elsewhere).unwrap();
    for path in ["../../corpus.txt", "../../run/corpus.txt"] {
        let resume = ["--resume", "../../run", "--plain", "--steps", "40", "--set", &format!("corpus.path={path}")];
        let refused = rnn_tui(&elsewhere, &resume);
        assert_eq!(refused.status.code(), Some(2), "{path}: {}", String::from_utf8_lossy(&refused.stderr));
    }
}

#[test]
fn smaller_keyframe_budget_keeps_some_keyframes() {
    let folder = tempfile::tempdir().unwrap();
    let begin = ["--plain", "--run", "run", "--set", "model.hidden=100", "--set", "run.keyframes=64"];
    successful_output(&rnn_tui(folder.path(), &[&[TOY, "--steps", "200"][..], &begin].concat()));
    let kept = || fs::metadata(folder.path().join("run/keyframes.safetensors")).unwrap().len();
    let before = kept();
    assert!(before > 1 << 20, "{before}");
    let fewer = ["--resume", "run", "--plain", "--steps", "210", "--set", "run.keyframes=8"];
    let (_, stderr) = successful_output(&rnn_tui(folder.path(), &fewer));
    assert!(!stderr.contains("cannot be seen again"), "{stderr}");
    assert!(kept() < before && kept() > 1 << 16, "{} of {before}", kept());
    let (steps, _) =
        successful_output(&rnn_tui(folder.path(), &["export", "run", "--step", "100", "--ask", "我 喜欢"]));
    assert!(!steps.is_empty());
}

#[test]
fn learning_rate_jump_on_resume_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let cosine = ["--set", "training.schedule.name=cosine", "--set", "training.schedule.minimum=0.1"];
    let begin = [TOY, "--plain", "--steps", "30", "--run", "run"];
    successful_output(&rnn_tui(folder.path(), &begin.into_iter().chain(cosine).collect::<Vec<_>>()));
    let (_, said) = successful_output(&rnn_tui(folder.path(), &["--resume", "run", "--plain", "--steps", "90"]));
    assert!(said.contains("the learning rate is ") && said.contains(" at step 30 and "), "{said}");
    assert!(said.contains("`training.steps` = 90"), "{said}");
    let (_, said) = successful_output(&rnn_tui(folder.path(), &["--resume", "run", "--plain"]));
    assert!(!said.contains("learning rate"), "{said}");
    successful_output(&rnn_tui(folder.path(), &[TOY, "--plain", "--steps", "30", "--run", "constant"]));
    let (_, said) = successful_output(&rnn_tui(folder.path(), &["--resume", "constant", "--plain", "--steps", "90"]));
    assert!(!said.contains("learning rate"), "{said}");
}
