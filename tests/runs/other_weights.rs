//! Weights from another run, from another corpus, and from PyTorch with other names and types.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::learning::{Learner, LearnerState, Record, language_learner};
use rnn_tui::session::Checkpoint;
use rnn_tui::storage::ImportedWeights;
use rnn_tui::storage::checkpoint::{self, CheckpointError, Files};
use rnn_tui::storage::disk::SystemDisk;
use safetensors::tensor::{Dtype, TensorView};
use tempfile::TempDir;

/// A learner of `text`, tokenized into words.
fn learner(folder: &Path, text: &str) -> Box<dyn Learner> {
    let path = folder.join("text.txt");
    fs::write(&path, text).unwrap();
    let mut options = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
    options.extend(["training.batch=1", "training.predict=every"].map(|change| Override::set(change).unwrap()));
    language_learner(Config::read(&Origin::toy(), &options).unwrap()).unwrap()
}

/// A saved copy of the state of a learner.
fn saved(learner: &mut dyn Learner) -> LearnerState {
    let mut state = LearnerState::default();
    learner.save(&mut state);
    state
}

/// Writes a checkpoint of `learner`; returns the path of its weights file.
fn file(folder: &Path, learner: &mut dyn Learner) -> PathBuf {
    let (state, path) = (saved(learner), folder.join("checkpoint"));
    let checkpoint =
        Checkpoint { attempt: 1, learner: state, record: Record::default(), rate_factor: 1.0, keyframes: Vec::new() };
    checkpoint::write(&SystemDisk, &path, &checkpoint, false, &Files::new()).unwrap();
    path.join("model.safetensors")
}

/// Probability of each next word after a prompt.
fn answer(learner: &dyn Learner, prompt: &str) -> HashMap<String, f32> {
    let (trace, words) = (learner.predictor().ask(prompt).unwrap().trace, learner.vocabulary());
    trace.ranking().into_iter().map(|(id, probability)| (words[id].clone(), probability)).collect()
}

/// Loads a weights file into a learner; returns the notes about how its tensors were read.
fn read(path: &Path, learner: &mut dyn Learner, fresh_words: bool) -> Result<Vec<String>, CheckpointError> {
    let ImportedWeights { weights, notes } = ImportedWeights::read(path, &saved(learner), fresh_words)?;
    learner.load_weights(&weights).unwrap();
    Ok(notes.iter().map(ToString::to_string).collect())
}

const TEXT: &str = "the cat sat\nthe dog ran\na cat ran";
/// The same words in another order.
const OTHER_ORDER: &str = "ran dog a\nsat the cat\na dog sat";

#[test]
fn weight_rows_are_matched_by_word() {
    let folder = TempDir::new().unwrap();
    let mut first = learner(folder.path(), TEXT);
    (0..50).for_each(|_| _ = first.work().unwrap());
    let path = file(folder.path(), first.as_mut());
    let mut second = learner(folder.path(), OTHER_ORDER);
    assert_ne!(first.vocabulary(), second.vocabulary());
    assert_eq!(read(&path, second.as_mut(), false).unwrap(), Vec::<String>::new());
    for prompt in ["the", "a cat", "dog ran the"] {
        let (expected, found) = (answer(first.as_ref(), prompt), answer(second.as_ref(), prompt));
        assert_eq!(expected.len(), 6);
        for (word, probability) in expected {
            assert!((found[&word] - probability).abs() < 1e-6, "{prompt} {word}");
        }
    }
}

#[test]
fn unknown_word_in_weights_is_rejected_or_initialized() {
    let folder = TempDir::new().unwrap();
    let mut first = learner(folder.path(), TEXT);
    let path = file(folder.path(), first.as_mut());
    let mut second = learner(folder.path(), "the bird sat\nthe cat ran");
    let refused = read(&path, second.as_mut(), false).unwrap_err().to_string();
    assert!(refused.contains("does not know 1 of the 5 words of this text, the first is `bird`"), "{refused}");
    assert!(refused.contains("`--fresh-words`"), "{refused}");
    let before = saved(second.as_mut());
    let notes = read(&path, second.as_mut(), true).unwrap();
    assert_eq!(
        notes,
        ["1 words that it does not know begin anew, the first is `bird`", "2 of its 6 words are not in this text"]
    );
    let row = |state: &LearnerState, word: &str| {
        let table = state.weights.get("emb.weight").unwrap();
        let row = state.words.iter().position(|known| known == word).unwrap();
        table.numbers[row * table.shape[1]..][..table.shape[1]].to_vec()
    };
    let (theirs, after) = (saved(first.as_mut()), saved(second.as_mut()));
    assert_eq!(row(&after, "bird"), row(&before, "bird"));
    assert_eq!(row(&after, "ran"), row(&theirs, "ran"));
}

/// Writes the weights of a state with tensors renamed by `name` and converted to `kind`, and optional metadata.
fn write_as(path: &Path, state: &LearnerState, name: impl Fn(&str) -> String, kind: Dtype, metadata: Option<&str>) {
    let bytes = |numbers: &[f32]| -> Vec<u8> {
        match kind {
            Dtype::BF16 => numbers.iter().flat_map(|number| bf16::from_f32(*number).to_le_bytes()).collect(),
            Dtype::F16 => numbers.iter().flat_map(|number| f16::from_f32(*number).to_le_bytes()).collect(),
            Dtype::F64 => numbers.iter().flat_map(|number| f64::from(*number).to_le_bytes()).collect(),
            _ => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
        }
    };
    let tensors: Vec<_> = state.weights.as_slice().iter().map(|tensor| (tensor, bytes(&tensor.numbers))).collect();
    let views = tensors
        .iter()
        .map(|(tensor, bytes)| (name(&tensor.name), TensorView::new(kind, tensor.shape.clone(), bytes).unwrap()));
    let metadata = metadata.map(|text| HashMap::from([("rnn-tui".to_owned(), text.to_owned())]));
    fs::write(path, safetensors::serialize(views, metadata).unwrap()).unwrap();
}

/// How tensors are renamed, the type of their numbers, and the expected notes.
type Case<'a> = (&'a dyn Fn(&str) -> String, Dtype, &'a [&'a str]);

#[test]
fn pytorch_names_and_types_are_converted_and_reported() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("weights.safetensors");
    let mut first = learner(folder.path(), TEXT);
    let state = saved(first.as_mut());
    let no_words = "it does not tell its words: its rows are taken in the order of this vocabulary";
    let examples = |name: &str| name.replace("emb.", "encoder.").replace("head.", "decoder.");
    let cases: [Case<'_>; 5] = [
        (&|name| name.to_owned(), Dtype::F32, &[]),
        (&|name| format!("_orig_mod.{name}"), Dtype::F32, &["all names begin with `_orig_mod.`: it is left out"]),
        (
            &examples,
            Dtype::BF16,
            &[
                "`encoder` is taken for `emb`, `decoder` for `head`",
                "it has numbers of type BF16: they are taken as F32",
            ],
        ),
        (
            &|name| format!("module._orig_mod.{}", examples(name)),
            Dtype::F16,
            &[
                "all names begin with `module._orig_mod.`: it is left out",
                "`encoder` is taken for `emb`, `decoder` for `head`",
                "it has numbers of type F16: they are taken as F32",
            ],
        ),
        (&|name| name.to_owned(), Dtype::F64, &["it has numbers of type F64: they are taken as F32"]),
    ];
    for (name, kind, expected) in cases {
        write_as(&path, &state, name, kind, None);
        let mut second = learner(folder.path(), TEXT);
        let notes = read(&path, second.as_mut(), false).unwrap();
        assert_eq!(notes, [expected, &[no_words]].concat());
        let tolerance = if [Dtype::BF16, Dtype::F16].contains(&kind) { 1e-2 } else { 0.0 };
        for (ours, theirs) in saved(second.as_mut()).weights.as_slice().iter().zip(state.weights.as_slice()) {
            let differ = ours.numbers.iter().zip(&theirs.numbers).any(|(a, b)| (a - b).abs() > tolerance * b.abs());
            assert!(!differ, "{} as {kind}", ours.name);
        }
    }
    // an error lists found and expected tensors by their expected names
    write_as(&path, &state, |name| format!("module.{}", name.replace("bias_hh", "bias")), Dtype::F32, None);
    let mut second = learner(folder.path(), TEXT);
    let refused = read(&path, second.as_mut(), false).unwrap_err().to_string();
    assert!(refused.contains("! rnn.bias_hh_l0    F32 [8]     -"), "{refused}");
    assert!(refused.contains("  emb.weight        F32 [6, 2]  F32 [6, 2]"), "{refused}");
}
