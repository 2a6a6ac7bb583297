//! What is generated from the table of configuration keys: the table in docs/configuration.md, and the schema of configuration files.
//! `UPDATE_DOCS=1 cargo test --test docs generated` rewrites both.

use std::fs;
use std::path::Path;

use rnn_tui::config::{Config, Origin, reference_table, schema};
use serde_json::Value;

use crate::support::program;

/// What stands before and behind a generated part.
const MARKS: [&str; 2] = ["<!-- generated from src/config -->\n", "<!-- end -->\n"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn check(name: &str, right: impl Fn(&str) -> String) {
    let path = root().join(name);
    let written = fs::read_to_string(&path).unwrap_or_default();
    let right = right(&written);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, right).unwrap();
    } else {
        assert!(written == right, "{name}: UPDATE_DOCS=1 writes it again");
    }
}

/// The page with another text between the marks.
fn with_part(page: &str, part: &str) -> String {
    let [begin, end] = MARKS;
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{begin}{part}{end}{after}")
}

#[test]
fn configuration_page_has_the_table_of_keys() {
    check("docs/configuration.md", |page| with_part(page, &reference_table()));
}

#[test]
fn schema_file_is_what_the_program_prints() {
    let output = program().args(["config", "--schema"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, format!("{:#}\n", schema()));
    check("configs/schema.json", |_| printed.clone());
}

/// Why a value does not follow a schema, of which only these words are known: those that the configuration's has.
fn mistake(schema: &Value, value: &Value, path: &str) -> Option<String> {
    let wrong = |word: &str| Some(format!("{path}: {value} is against {word} {}", schema[word]));
    let number = |word: &str| schema.get(word).and_then(Value::as_f64);
    if let Some(options) = schema["anyOf"].as_array() {
        return if options.iter().any(|option| mistake(option, value, path).is_none()) { None } else { wrong("anyOf") };
    }
    if schema["enum"].as_array().is_some_and(|names| !names.contains(value)) {
        return wrong("enum");
    }
    let is_of_type = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        other => other.is_none(),
    };
    if !is_of_type {
        return wrong("type");
    }
    if let Some(value) = value.as_f64() {
        let is_outside = number("minimum").is_some_and(|min| value < min)
            || number("maximum").is_some_and(|max| value > max)
            || number("exclusiveMinimum").is_some_and(|min| value <= min)
            || number("exclusiveMaximum").is_some_and(|max| value >= max);
        return if is_outside { Some(format!("{path}: {value} is outside of {schema}")) } else { None };
    }
    if let Some(list) = value.as_array() {
        if number("maxItems").is_some_and(|most| list.len() as f64 > most) {
            return wrong("maxItems");
        }
        return list.iter().find_map(|item| mistake(&schema["items"], item, path));
    }
    value.as_object().into_iter().flatten().find_map(|(name, value)| {
        let path = format!("{path}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(property), _) => mistake(property, value, &path),
            (None, Value::Bool(false)) => Some(format!("{path}: unknown")),
            (None, any) => mistake(any, value, &path),
        }
    })
}

fn mistake_in(configuration: &str) -> Option<String> {
    let table: toml::Table = configuration.parse().unwrap();
    mistake(&schema(), &serde_json::to_value(table).unwrap(), "")
}

#[test]
fn shipped_configurations_follow_the_schema() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("configs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("#:schema ./schema.json\n"), "{}", path.display());
            assert_eq!(mistake_in(&text), None, "{}", path.display());
            let complete = Config::read(&Origin::File(path.clone()), &[]).unwrap().to_toml().unwrap();
            assert_eq!(mistake_in(&complete), None, "{}, complete", path.display());
            count += 1;
        }
    }
    assert!(count > 10);
}

#[test]
fn schema_rejects_what_the_program_rejects() {
    for wrong in [
        "model.layers = 65",
        "model.dropout = 1",
        "model.cell = 'lstn'",
        "model.hiden = 3",
        "training.batch = 0",
        "training.optimizer.learning_rate = 0",
        "corpus.validation = 1.5",
        "dashboard.pace = [1, 2.5]",
        "keys.quit = 3",
        "rival = [{ training.batch = 3 }]",
        "rival = [{ model.cell = 'lstn' }]",
    ] {
        assert!(mistake_in(wrong).is_some(), "{wrong}");
    }
    for right in
        ["keys.quit = ['x']", "dashboard.pace = [1, 2]", "corpus.path = ['a', 'b']", "run.checkpoint_every = 5"]
    {
        assert_eq!(mistake_in(right), None, "{right}");
    }
}
