//! Runs resumed with changed settings: each key behaves as the table of keys says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rnn_tui::config::{Config, ConfigError, Expected, Key, Origin, Override, keys};
use toml::Value;

use crate::support::{TOY, program};

/// The trained run's own settings.
const SETTINGS: &[&str] = &[
    "corpus.unit=text",
    "corpus.tokenizer=characters",
    "corpus.validation=0.1",
    "model.cell=lstm",
    "model.hidden=6",
    "model.embedding=4",
    "training.predict=every",
    "training.batch=4",
    "training.window=8",
    "training.optimizer.name=adam",
];

/// Reads the configuration of the trained run with changes.
fn configuration(changes: &[String]) -> Result<Config, ConfigError> {
    let changes = SETTINGS.iter().copied().chain(changes.iter().map(String::as_str));
    Config::read(&Origin::toy(), &changes.map(|change| Override::set(change).unwrap()).collect::<Vec<_>>())
}

/// A key's value in a configuration.
fn value(config: &Config, key: &Key) -> Value {
    let table = Value::try_from(config).unwrap();
    key.path.split('.').fold(table, |value, name| value[name].clone())
}

/// Other values for a key than `now`, as TOML: half a number, and a larger one in case half is below the range; the other names of a choice.
fn other_values(key: &Key, now: &Value) -> Vec<Value> {
    let example = |toml: &str| format!("example = {toml}").parse::<toml::Table>().unwrap()["example"].clone();
    let candidates = match (now, key.expected()) {
        (Value::Boolean(now), _) => vec![Value::from(!now)],
        (_, Expected::OneOf { names }) => names.0.into_iter().map(Value::from).collect(),
        (_, Expected::Text | Expected::Paths) => vec![example("'longer.txt'")],
        (_, Expected::List) => vec![example("['ab']")],
        (_, Expected::ShareOrFile { .. }) => vec![example("0.5")],
        (_, Expected::Encoding) => vec![example("'windows-1252'")],
        (_, Expected::Pace { .. }) => vec![example("50")],
        (_, Expected::Interval) => vec![example("1")],
        (_, Expected::Keys) => vec![example("{ pause = 'F9' }")],
        (Value::Integer(now), _) => vec![Value::from(now / 2), Value::from(now + 1)],
        (Value::Float(now), _) => vec![Value::from(now / 2.0), Value::from(now + 0.25)],
        (_, expected) => panic!("{}: no example of {expected}", key.path),
    };
    candidates.into_iter().filter(|candidate| candidate != now).collect()
}

/// Settings that give a key another value in the trained run. Where the run's optimizer or schedule does not read the key, they choose one
/// that does, if the run may change to it.
fn changes_of(key: &Key) -> Vec<String> {
    let now = configuration(&[]).unwrap();
    let settings_of = |key: &Key| {
        let values = other_values(key, &value(&now, key)).into_iter();
        values.map(|value| format!("{}={value}", key.path)).collect::<Vec<_>>()
    };
    let own = settings_of(key);
    let choices = keys().filter(|key| key.can_change_on_resume() && matches!(key.expected(), Expected::OneOf { .. }));
    let with_choice =
        choices.flat_map(settings_of).flat_map(|choice| own.iter().map(move |own| vec![choice.clone(), own.clone()]));
    let candidates = own.iter().map(|own| vec![own.clone()]).chain(with_choice);
    let accepted = candidates.into_iter().find(|changes| configuration(changes).is_ok());
    accepted.unwrap_or_else(|| own[..1].to_vec())
}

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
    let sets = SETTINGS.iter().flat_map(|set| ["--set", set]);
    let arguments = ["toy", "--corpus", "text.txt", "--plain", "--steps", "20", "--run", "run"];
    successful_output(&rnn_tui(folder.path(), &arguments.into_iter().chain(sets).collect::<Vec<_>>()));
    folder
}

#[test]
fn resume_with_changed_key_matches_table_and_run_stays_readable() {
    let folder = trained_run();
    for key in keys() {
        // the batch size of continuous text cannot change
        let may_change = key.can_change_on_resume() && key.path != "training.batch";
        let (key, changes) = (key.path, changes_of(key));
        let name = key.replace('.', "-");
        let copied = Command::new("cp").args(["-a", "run", &name]).current_dir(folder.path()).status().unwrap();
        assert!(copied.success());
        let before = files(&folder.path().join(&name));
        let mut arguments = vec!["--resume", &name, "--plain", "--steps", "24"];
        arguments.extend(changes.iter().flat_map(|change| ["--set", change]));
        let resumed = rnn_tui(folder.path(), &arguments);
        let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
        if may_change {
            assert!(resumed.status.success(), "{changes:?}: {said}");
            let (lines, _) = successful_output(&resumed);
            assert!(lines.contains("step 24/24"), "{key}: {lines}");
        } else {
            assert_eq!(resumed.status.code(), Some(2), "{changes:?}: {said}");
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
