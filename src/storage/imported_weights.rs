//! Imports weights for a new run: with the words of another text, with names of PyTorch, or of other types.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use safetensors::Dtype;

use super::checkpoint::{
    CheckpointError, EMBEDDING, HEAD, ModelMetadata, check_descriptions, ordered, tensor_file_error,
};
use super::messages::{TensorsMessage, WeightsNote};
use super::names::VOCABULARY;
use super::tensor_file::TensorFile;
use super::weights_advice::advice;
use crate::language::Message;
use crate::learning::LearnerState;
use crate::model::{NamedTensor, Tensors, described};
use crate::shortened;

/// Prefixes of tensors in PyTorch's examples, and ours.
const PYTORCH_NAMES: [(&str, &str); 2] = [("encoder.", "emb."), ("decoder.", "head.")];
/// Upper bound on the size of a vocabulary in bytes.
const MAX_VOCABULARY_FILE: u64 = 64 << 20;

/// Weights that fit a learner, and what was changed to make them fit.
#[derive(Debug)]
pub struct ImportedWeights {
    /// The weights in the learner's order.
    pub weights: Tensors,
    /// Notes on what was changed to make them fit.
    pub notes: Vec<Message>,
}

impl ImportedWeights {
    /// Reads weights for a learner with the state `target`. If the words of the rows of embedding and output layer are known
    /// (from the metadata of the file, or from the vocabulary of the run in whose folder it is), each row goes to its word;
    /// otherwise rows keep their order. Words of the learner that the file lacks are an error, or keep their row of `target`
    /// with `fresh_words`.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, has other tensors, or lacks words.
    pub fn read(path: &Path, target: &LearnerState, fresh_words: bool) -> Result<Self, CheckpointError> {
        let file_name = path.display().to_string();
        if path.is_dir() {
            let problem = Message::from(TensorsMessage::Folder { path: file_name });
            return Err(CheckpointError::Unusable(problem.with_help(TensorsMessage::ExpectedSafetensors)));
        }
        let file = TensorFile::open(path).map_err(|error| tensor_file_error(&file_name, error))?;
        let mut notes = Vec::new();
        let whole: Vec<String> = file.integer_tensors().collect();
        let mut found = file.descriptions();
        found.retain(|(name, _)| !whole.contains(name));
        if let Some(first) = whole.first() {
            let (count, first) = (whole.len(), shortened(first));
            notes.push(if count == 1 {
                WeightsNote::TensorLeftOut { name: first }
            } else {
                WeightsNote::TensorsLeftOut { count, first }
            });
        }
        let names = Names::find(&found, target);
        names.note(&mut notes);
        let words = words_of(&file, path, |name| is_per_word(&names.ours(name), target))?;
        let other_type = file.other_type().filter(|dtype| [Dtype::BF16, Dtype::F16, Dtype::F64].contains(dtype));
        if let Some(dtype) = other_type {
            notes.push(WeightsNote::Converted { dtype: dtype.to_string() });
        }
        // checked before the numbers are read, as the file may be large
        let size_of = |count: usize, shape: &[usize]| [&[count], &shape[1..]].concat();
        let renamed = found.iter().map(|(name, description)| {
            let name = names.ours(name);
            let ours =
                target.weights.get(if name == HEAD && target.weights.get(HEAD).is_none() { EMBEDDING } else { &name });
            let by_word = ours.filter(|_| is_per_word(&name, target)).zip(words.as_ref());
            let expected = by_word.map(|(ours, words)| described("F32", &size_of(words.len(), &ours.shape)));
            let as_f32 = other_type.map_or(description.clone(), |dtype| description.replace(&dtype.to_string(), "F32"));
            let fits = expected.as_ref() == Some(&as_f32);
            (
                name,
                match ours.filter(|_| fits) {
                    Some(ours) => described("F32", &ours.shape),
                    None => as_f32,
                },
            )
        });
        let layout = target.layout();
        let renamed: Vec<_> = renamed.collect();
        check_descriptions(&file_name, &renamed, &layout).map_err(|error| match (error, advice(&renamed, target)) {
            (CheckpointError::Unusable(table), Some(advice)) => CheckpointError::Unusable(table.with_help(advice)),
            (error, _) => error,
        })?;
        let rows = words.as_ref().map(|words| rows(&file_name, words, target, fresh_words, &mut notes)).transpose()?;
        if rows.is_none() {
            notes.push(WeightsNote::NoWords);
        }
        let (tensors, _) = file.read().map_err(|error| tensor_file_error(&file_name, error))?;
        let placed = tensors.into_iter().map(|tensor| {
            let name = names.ours(&tensor.name);
            let fresh = target.weights.get(&name).or_else(|| target.weights.get(EMBEDDING));
            match (rows.as_ref().filter(|_| is_per_word(&name, target)), fresh) {
                (Some(rows), Some(fresh)) => reordered(name, &tensor, fresh, rows),
                _ => NamedTensor { name, ..tensor },
            }
        });
        let weights = ordered(&file_name, &placed.collect(), &layout)?;
        Ok(Self { weights, notes: notes.into_iter().map(Message::from).collect() })
    }
}

/// The mapping from names in a file to ours.
struct Names {
    /// A prefix of all names, as wrappers such as `torch.compile` add one.
    prefix: String,
    /// Whether parts have the names of PyTorch's examples.
    has_other_names: bool,
}

impl Names {
    /// Finds the mapping for the tensors `found`.
    fn find(found: &[(String, String)], target: &LearnerState) -> Self {
        let is_ours = |name: &str| target.weights.get(name).is_some();
        let first = found.first().map_or("", |(name, _)| name);
        let ends = || first.match_indices('.').map(|(at, _)| at + 1);
        let all_have = |prefix: &str| found.iter().all(|(name, _)| name.starts_with(prefix));
        let fits = |prefix: &str| {
            all_have(prefix) && found.iter().any(|(name, _)| is_ours(&renamed(&name[prefix.len()..], true)))
        };
        let prefix = ends().map(|end| &first[..end]).find(|prefix| fits(prefix)).unwrap_or_default();
        let prefix = if found.iter().any(|(name, _)| is_ours(&renamed(name, true))) { "" } else { prefix };
        let has_other_names = found.iter().any(|(name, _)| {
            name.strip_prefix(prefix).is_some_and(|name| !is_ours(name) && is_ours(&renamed(name, true)))
        });
        Self { prefix: prefix.to_owned(), has_other_names }
    }

    /// Our name for a tensor of the file.
    fn ours(&self, name: &str) -> String {
        renamed(name.strip_prefix(&self.prefix).unwrap_or(name), self.has_other_names)
    }

    /// Adds what the mapping changes to the notes.
    fn note(&self, notes: &mut Vec<WeightsNote>) {
        if !self.prefix.is_empty() {
            notes.push(WeightsNote::PrefixLeftOut { prefix: self.prefix.clone() });
        }
        if self.has_other_names {
            notes.push(WeightsNote::Renamed);
        }
    }
}

/// Our name for a tensor that is named as in PyTorch's examples, if `has_other_names`; other names are returned as they are.
fn renamed(name: &str, has_other_names: bool) -> String {
    let other = PYTORCH_NAMES
        .iter()
        .filter(|_| has_other_names)
        .find_map(|(other, ours)| name.strip_prefix(other).map(|rest| format!("{ours}{rest}")));
    other.unwrap_or_else(|| name.to_owned())
}

/// Whether a tensor has a row per word: listed as such in `target`, or the second name of a tied table.
fn is_per_word(name: &str, target: &LearnerState) -> bool {
    target.per_word.iter().any(|per_word| per_word == name) || name == HEAD
}

/// The words of the rows of a file, from its metadata or from the vocabulary of the run in whose folder it is; `None` if they
/// are unknown, or if the vocabulary of the run has another length than the tables.
///
/// # Errors
/// If the words in the metadata have another length than the tables.
fn words_of(
    file: &TensorFile,
    path: &Path,
    is_per_word: impl Fn(&str) -> bool + Copy,
) -> Result<Option<Vec<String>>, CheckpointError> {
    let fit = |words: &[String]| file.rows(is_per_word).all(|rows| rows == words.len());
    let metadata = file.metadata().and_then(|metadata| toml::from_str::<ModelMetadata>(metadata).ok());
    if let Some(words) = metadata.and_then(|metadata| metadata.vocabulary) {
        if fit(&words) {
            return Ok(Some(words.to_vec()));
        }
        let problem = TensorsMessage::WrongWordCount { file: path.display().to_string(), count: words.len() };
        return Err(CheckpointError::unusable(problem));
    }
    Ok(words_beside(path).filter(|words| fit(words)))
}

/// The vocabulary of the run in whose checkpoint a file is.
fn words_beside(path: &Path) -> Option<Vec<String>> {
    // run/checkpoints/checkpoint/file
    words_of_run(path.canonicalize().ok()?.ancestors().nth(3)?)
}

/// The vocabulary in the folder of a run; `None` if it is missing, too large or damaged.
pub(super) fn words_of_run(run: &Path) -> Option<Vec<String>> {
    let vocabulary = run.join(VOCABULARY);
    let metadata = fs::symlink_metadata(&vocabulary).ok()?;
    if !metadata.is_file() || metadata.len() > MAX_VOCABULARY_FILE {
        return None;
    }
    serde_json::from_slice(&fs::read(vocabulary).ok()?).ok()
}

/// For each word of `target` its row in the file with the words `theirs`; `None` for words that the file lacks.
///
/// # Errors
/// If the file lacks words, unless `fresh_words` is set.
fn rows(
    file: &str,
    theirs: &[String],
    target: &LearnerState,
    fresh_words: bool,
    notes: &mut Vec<WeightsNote>,
) -> Result<Vec<Option<usize>>, CheckpointError> {
    let places: HashMap<&str, usize> = theirs.iter().map(String::as_str).zip(0..).collect();
    let rows: Vec<Option<usize>> = target.words.iter().map(|word| places.get(word.as_str()).copied()).collect();
    let new: Vec<&String> =
        target.words.iter().zip(&rows).filter(|(_, row)| row.is_none()).map(|(word, _)| word).collect();
    if let Some(first) = new.first()
        && !fresh_words
    {
        let problem = Message::from(TensorsMessage::UnknownWords {
            file: file.to_owned(),
            unknown: new.len(),
            count: rows.len(),
            first: shortened(first),
        });
        return Err(CheckpointError::Unusable(problem.with_help(TensorsMessage::UseFreshWords)));
    }
    if !new.is_empty() {
        notes.push(WeightsNote::FreshWords { count: new.len(), first: shortened(new[0]) });
    }
    let used: BTreeSet<usize> = rows.iter().flatten().copied().collect();
    if used.len() < theirs.len() {
        notes.push(WeightsNote::UnusedWords { unused: theirs.len() - used.len(), count: theirs.len() });
    }
    Ok(rows)
}

/// A tensor with `rows[i]` of `tensor` as row `i`, or row `i` of `fresh` for `None`.
fn reordered(name: String, tensor: &NamedTensor, fresh: &NamedTensor, rows: &[Option<usize>]) -> NamedTensor {
    let width = fresh.numbers.len() / rows.len().max(1);
    let row = |(index, row): (usize, &Option<usize>)| match row {
        Some(row) => &tensor.numbers[row * width..][..width],
        None => &fresh.numbers[index * width..][..width],
    };
    let numbers = rows.iter().enumerate().flat_map(row).copied().collect();
    NamedTensor { name, shape: fresh.shape.clone(), numbers }
}
