//! `--set`, `--unset` and `rnn-tui config` through the program.

use std::fs;
use std::path::Path;

use crate::support::program;

const CHARACTERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/characters.toml");

fn run(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    let output = program().args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// The configuration in force.
fn printed(arguments: &[&str]) -> toml::Table {
    let (is_done, printed, errors) = run(Path::new("/"), &[arguments, &["--print-config"]].concat());
    assert!(is_done, "{arguments:?}: {errors}");
    printed.parse().unwrap()
}

#[track_caller]
fn refusal(arguments: &[&str]) -> String {
    let (is_done, _, errors) = run(Path::new("/"), arguments);
    assert!(!is_done, "{arguments:?}");
    errors
}

#[test]
fn set_table_name_resets_keys_it_does_not_read() {
    let schedule = |arguments: &[&str]| printed(&[&[CHARACTERS], arguments].concat())["training"]["schedule"].clone();
    let constant = schedule(&["--set", "training.schedule.name=constant"]);
    assert_eq!((constant["warmup"].as_integer(), constant["minimum"].as_float()), (Some(0), Some(0.0)));
    assert_eq!(schedule(&[])["warmup"].as_integer(), Some(100));
    let model = printed(&[CHARACTERS, "--set", "model.cell=gru"])["model"].clone();
    assert_eq!((model["forget_bias"].as_float(), model["dropout"].as_float()), (Some(0.0), Some(0.2)));
    let model = printed(&[CHARACTERS, "--set", "model.architecture=nplm"])["model"].clone();
    assert_eq!(model["dropout"].as_float(), Some(0.0));
}

#[test]
fn set_unread_key_is_rejected() {
    let both = ["--set", "training.schedule.name=constant", "--set", "training.schedule.warmup=5"];
    let error = refusal(&[&[CHARACTERS], &both[..]].concat());
    assert!(error.starts_with("error: --set training.schedule.warmup=5: "), "{error}");
    assert!(error.contains("it would do nothing"), "{error}");
}

#[test]
fn unset_key_or_section_uses_default() {
    let training = printed(&[CHARACTERS, "--unset", "training.clip"])["training"].clone();
    assert_eq!((training["clip"].as_float(), training["batch"].as_integer()), (Some(0.0), Some(32)));
    let training = printed(&[CHARACTERS, "--unset", "training.schedule"])["training"].clone();
    assert_eq!(training["schedule"]["name"].as_str(), Some("constant"));
    assert_eq!(printed(&["duel", "--unset", "rival"]).get("rival"), None);
}

#[test]
fn unset_and_set_of_one_key_apply_in_order() {
    let batch = |arguments: &[&str]| printed(&[&[CHARACTERS], arguments].concat())["training"]["batch"].as_integer();
    assert_eq!(batch(&["--set", "training.batch=7", "--unset", "training.batch"]), Some(2));
    assert_eq!(
        batch(&["--unset", "training", "--set", "training.batch=7", "--set", "training.predict=every"]),
        Some(7)
    );
}

#[test]
fn unset_unknown_key_is_rejected_with_suggestion() {
    let error = refusal(&[CHARACTERS, "--unset", "training.bacth"]);
    assert!(error.starts_with("error: --unset training.bacth: unknown key `training.bacth`"), "{error}");
    assert!(error.contains("did you mean `batch`?"), "{error}");
    assert!(refusal(&[CHARACTERS, "--unset", "seed.x"]).contains("`seed` is a value, not a section"));
    let error = refusal(&[CHARACTERS, "--unset", "corpus.path"]);
    assert!(error.contains("the key `corpus.path` is missing"), "{error}");
}

#[test]
fn unset_on_resume_equals_set_to_default() {
    let folder = tempfile::tempdir().unwrap();
    let begun = run(folder.path(), &["toy", "--plain", "--steps", "5", "--run", "run", "--set", "training.clip=1"]);
    assert!(begun.0, "{}", begun.2);
    let resumed = ["--resume", "run", "--plain", "--steps", "9", "--unset", "training.clip"];
    let (is_done, _, errors) = run(folder.path(), &resumed);
    assert!(is_done, "{errors}");
    let config = fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(config.contains("clip = 0.0"), "{config}");
    let (is_done, _, errors) =
        run(folder.path(), &["--resume", "run", "--plain", "--steps", "12", "--unset", "model.hidden"]);
    assert!(!is_done && errors.starts_with("error: --unset model.hidden: `model.hidden` (not set"), "{errors}");
}

#[test]
fn config_lists_keys_in_interface_language() {
    let (_, all, _) = run(Path::new("/"), &["config"]);
    assert!(
        all.starts_with("title\n") && all.contains("\ntraining.batch = 2\n    a whole number from 1 to 1048576\n"),
        "{all}"
    );
    let (_, schedule, _) = run(Path::new("/"), &["config", "schedule", "--lang", "zh"]);
    assert!(schedule.starts_with("training.schedule.name = \"constant\"") && schedule.contains("学习率"), "{schedule}");
    assert!(!schedule.contains("training.batch"), "{schedule}");
}
