//! Errors for unknown keys, with a suggestion.

use super::configuration::Config;
use super::kind::Kind;
use super::messages::ConfigMessage;
use super::nearest::{likeness, nearest};
use super::table::{Node, names};

/// Names of keys in other programs, and ours.
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

/// A suggested key is more similar than this.
const MIN_LIKENESS: f64 = 0.3;

/// The problem and the help for an unknown key at `path`, in the section with these nodes. Suggests, in this order, the key of the same name
/// in another section, the one that other programs call so, the most similar key of this section.
pub(super) fn unknown_key(path: &str, nodes: &[Node], section: &str) -> (ConfigMessage, ConfigMessage) {
    let here = names(nodes);
    let last = path.rsplit('.').next().unwrap_or(path);
    // right key, wrong section? else the key of this section most like it
    let moved = paths().into_iter().find(|known| known.rsplit('.').next() == Some(last));
    let alike = nearest(last, here.iter().copied(), 1).into_iter().find(|guess| likeness(last, guess) > MIN_LIKENESS);
    let foreign = FOREIGN_KEYS.iter().find(|(foreign, _)| last.eq_ignore_ascii_case(foreign)).map(|(_, ours)| *ours);
    let guess = moved.or(foreign.map(str::to_owned)).or(alike.map(str::to_owned));
    let keys = if section.is_empty() {
        ConfigMessage::TopLevelHas { keys: here }
    } else {
        ConfigMessage::SectionHas { section: section.to_owned(), keys: here }
    };
    let help = match guess {
        Some(guess) => ConfigMessage::DidYouMeanKey { guess, keys: keys.into() },
        None => keys,
    };
    (ConfigMessage::UnknownKey { path: path.to_owned() }, help)
}

/// The paths of all keys and sections in alphabetical order, each section after its keys.
fn paths() -> Vec<String> {
    fn collect(nodes: &[Node], section: &str, into: &mut Vec<String>) {
        let mut sorted: Vec<&Node> = nodes.iter().collect();
        sorted.sort_by_key(|node| node.name());
        for node in sorted {
            let path = if section.is_empty() { node.name().to_owned() } else { format!("{section}.{}", node.name()) };
            if let Node::Section(section) = node {
                collect(section.nodes, &path, into);
            }
            into.push(path);
        }
    }
    let mut paths = Vec::new();
    collect(Config::NODES, "", &mut paths);
    paths
}

/// Checks that a path names a key, a section, or a name in a section with any names.
///
/// # Errors
/// The problem and the help.
pub(super) fn check_path(path: &str) -> Result<(), (ConfigMessage, ConfigMessage)> {
    let (mut nodes, mut section) = (Config::NODES, String::new());
    for name in path.split('.') {
        let here = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
        match nodes.iter().find(|node| node.name() == name) {
            None => return Err(unknown_key(&here, nodes, &section)),
            Some(Node::Section(found)) => nodes = found.nodes,
            Some(Node::Key(key)) if key.row.kind == Kind::Keys => return Ok(()),
            Some(Node::Key(_)) if here == path => return Ok(()),
            Some(Node::Key(_)) => {
                return Err((
                    ConfigMessage::IsValue { path: here.clone() },
                    ConfigMessage::ExpectedValue { path: here },
                ));
            }
        }
        section = here;
    }
    Ok(())
}
