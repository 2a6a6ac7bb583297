//! Which keys there are, and what was meant by one that is not there.

use toml::de::{DeTable, DeValue};

use super::nearest::{likeness, nearest};
use super::source::Source;
use super::{Config, ConfigError};

/// Refuses keys that are not known and collects where each value stands.
pub(super) fn check_keys(
    source: &Source,
    table: &DeTable<'_>,
    known: &toml::Table,
    section: &str,
    values: &mut Vec<(String, std::ops::Range<usize>)>,
) -> Result<(), ConfigError> {
    for (key, value) in table {
        let path = if section.is_empty() { key.get_ref().to_string() } else { format!("{section}.{}", key.get_ref()) };
        match (known.get(key.get_ref().as_ref()), value.get_ref()) {
            // a section without keys of its own takes any
            (None, _) if known.is_empty() => values.push((path, value.span())),
            (None, _) => return Err(unknown_key(source, key.span().start, &path, known, section)),
            (Some(toml::Value::Table(keys)), DeValue::Table(table)) => check_keys(source, table, keys, &path, values)?,
            (Some(toml::Value::Table(keys)), _) => {
                let keys: Vec<_> = keys.keys().map(String::as_str).collect();
                return Err(ConfigError {
                    place: source.place(key.span().start),
                    problem: format!("`{path}` is a section, not a value").into(),
                    help: Some(format!("expected `[{path}]` with the keys {}", keys.join(", ")).into()),
                });
            }
            (Some(_), DeValue::Table(_)) => {
                return Err(ConfigError {
                    place: source.place(key.span().start),
                    problem: format!("`{path}` is a value, not a section").into(),
                    help: Some(format!("expected `{path} = …`").into()),
                });
            }
            (Some(_), _) => values.push((path, value.span())),
        }
    }
    Ok(())
}

/// What other programs call our keys.
const FOREIGN_KEYS: [(&str, &str); 20] = [
    ("lr", "training.optimizer.learning_rate"),
    ("learningrate", "training.optimizer.learning_rate"),
    ("learning-rate", "training.optimizer.learning_rate"),
    ("batch_size", "training.batch"),
    ("batchsize", "training.batch"),
    ("epochs", "training.steps"),
    ("iterations", "training.steps"),
    ("max_iters", "training.steps"),
    ("seq_len", "training.window"),
    ("seq_length", "training.window"),
    ("bptt", "training.window"),
    ("block_size", "training.window"),
    ("grad_clip", "training.clip"),
    ("hidden_size", "model.hidden"),
    ("rnn_size", "model.hidden"),
    ("embedding_dim", "model.embedding"),
    ("emsize", "model.embedding"),
    ("num_layers", "model.layers"),
    ("nlayers", "model.layers"),
    ("tied", "model.tie_embeddings"),
];

fn unknown_key(source: &Source, at: usize, path: &str, known: &toml::Table, section: &str) -> ConfigError {
    let here: Vec<&str> = known.keys().map(String::as_str).collect();
    let mut everywhere = Vec::new();
    list_keys(&toml::Table::try_from(Config::default()).unwrap_or_default(), "", &mut everywhere);
    let last = path.rsplit('.').next().unwrap_or(path);
    // right key, wrong section? else the key of this section most like it
    let moved = everywhere.iter().find(|known| known.rsplit('.').next() == Some(last)).map(String::as_str);
    let alike = nearest(last, here.iter().copied(), 1).into_iter().find(|guess| likeness(last, guess) > 0.3);
    let foreign = FOREIGN_KEYS.iter().find(|(foreign, _)| last.eq_ignore_ascii_case(foreign)).map(|(_, ours)| *ours);
    let guess = moved.or(foreign).or(alike);
    let place_of_keys = if section.is_empty() { "the top level".to_owned() } else { format!("`{section}`") };
    ConfigError {
        place: source.place(at),
        problem: format!("unknown key `{path}`").into(),
        help: Some(
            (guess.map_or_else(String::new, |guess| format!("did you mean `{guess}`? "))
                + &format!("{place_of_keys} has {}", here.join(", ")))
                .into(),
        ),
    }
}

/// Keys and sections.
fn list_keys(table: &toml::Table, section: &str, into: &mut Vec<String>) {
    for (key, value) in table {
        let path = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
        if let toml::Value::Table(keys) = value {
            list_keys(keys, &path, into);
        }
        into.push(path);
    }
}
