//! Options of the command line as overrides of the configuration.

use std::path::{Path, PathBuf};

use rnn_tui::config::Override;
use rnn_tui::language::Message;

use super::error::Failed;

rnn_tui::messages! {
    enum OverrideMessage {
        PathNotUtf8 = "the path is not UTF-8", "路径不是 UTF-8";
    }
}

/// The overrides of `--corpus` and `--encoding`; a path that is not UTF-8 is a mistake.
pub fn overrides_of_texts(corpus: &[PathBuf], encoding: Option<&str>) -> Result<Vec<Override>, Failed> {
    let paths = corpus.iter().map(|path| in_utf8("--corpus", path).map(str::to_owned));
    let paths: Vec<String> = paths.collect::<Result<_, _>>()?;
    let corpus = match paths.as_slice() {
        [] => None,
        [path] => Some(Override::text("--corpus", "corpus.path", path)),
        paths => Some(Override::texts("--corpus", "corpus.path", paths)),
    };
    let encoding = encoding.map(|name| Override::text("--encoding", "corpus.encoding", name));
    Ok(corpus.into_iter().chain(encoding).collect())
}

/// The path as UTF-8; otherwise a mistake of `option`.
pub fn in_utf8<'p>(option: &str, path: &'p Path) -> Result<&'p str, Failed> {
    path.to_str().ok_or_else(|| Failed::Mistake(Message::from(OverrideMessage::PathNotUtf8).at(option.to_owned())))
}
