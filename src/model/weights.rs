//! Tensors outside a model: weights and optimizer state while they are saved and loaded.

use std::fmt;

use dfdx::prelude::CpuError;

use super::parameters::ParameterMut;
use crate::language::{Language, Localized};

/// A tensor with a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamedTensor {
    /// Its name; a weight has its name in PyTorch's `state_dict`.
    pub name: String,
    /// The size of each axis.
    pub shape: Vec<usize>,
    /// Its numbers in row-major order.
    pub numbers: Vec<f32>,
}

/// The description of a tensor by element type and shape: `F32 [7, 2]`.
#[must_use]
pub fn described(kind: impl fmt::Display, shape: &[usize]) -> String {
    format!("{kind} {shape:?}")
}

/// Name and description of the tensors expected for the weights that `visit` passes to its argument: for each weight and prefix a tensor of the weight's
/// shape, named prefix + name of the weight.
pub(super) fn expected_tensors(
    visit: impl FnOnce(&mut dyn FnMut(ParameterMut<'_>)),
    prefixes: &[String],
) -> Vec<(String, String)> {
    let mut all = Vec::new();
    visit(&mut |weight| {
        let description = described("F32", weight.shape.as_slice());
        all.extend(prefixes.iter().map(|prefix| (format!("{prefix}{}", weight.label.name), description.clone())));
    });
    all
}

/// A list of tensors that reuses its memory when it is filled again.
#[derive(Clone, Debug, Default)]
pub struct Tensors {
    entries: Vec<NamedTensor>,
    /// Number of entries in use; the others are only memory to reuse.
    count: usize,
}

impl Tensors {
    /// Removes all tensors, but does not free their memory.
    pub fn clear(&mut self) {
        self.count = 0;
    }

    /// Appends a copy of a tensor.
    pub fn push(&mut self, name: impl fmt::Display, shape: &[usize], numbers: &[f32]) {
        if self.count == self.entries.len() {
            self.entries.push(NamedTensor::default());
        }
        let entry = &mut self.entries[self.count];
        entry.name = name.to_string();
        entry.shape.clear();
        entry.shape.extend_from_slice(shape);
        entry.numbers.clear();
        entry.numbers.extend_from_slice(numbers);
        self.count += 1;
    }

    /// The tensors in the order in which they were added.
    #[must_use]
    pub fn as_slice(&self) -> &[NamedTensor] {
        &self.entries[..self.count]
    }

    /// The first tensor of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&NamedTensor> {
        self.as_slice().iter().find(|tensor| tensor.name == name)
    }

    /// Name and description of each tensor, in order.
    #[must_use]
    pub fn descriptions(&self) -> Vec<(String, String)> {
        self.as_slice().iter().map(|tensor| (tensor.name.clone(), described("F32", &tensor.shape))).collect()
    }

    /// The first number that is infinite or NaN, with the name of its tensor; `None` if all are finite.
    #[must_use]
    pub fn not_finite(&self) -> Option<(&str, f32)> {
        self.as_slice().iter().find_map(|tensor| {
            let number = tensor.numbers.iter().find(|number| !number.is_finite())?;
            Some((tensor.name.as_str(), *number))
        })
    }
}

/// Compares the tensors in any order, as files have an order of their own.
impl PartialEq for Tensors {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.as_slice().iter().all(|tensor| other.get(&tensor.name) == Some(tensor))
    }
}

impl FromIterator<NamedTensor> for Tensors {
    fn from_iter<I: IntoIterator<Item = NamedTensor>>(tensors: I) -> Self {
        let entries: Vec<_> = tensors.into_iter().collect();
        Self { count: entries.len(), entries }
    }
}

/// Differences between the tensors expected and those found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// All tensors: name, expected description and found description; `None` for a missing tensor.
    rows: Vec<(String, Option<String>, Option<String>)>,
}

impl Mismatch {
    /// Compares names and descriptions, in any order.
    ///
    /// # Errors
    /// If they differ.
    pub fn check(expected: &[(String, String)], found: &[(String, String)]) -> Result<(), Self> {
        let description = |name: &str, tensors: &[(String, String)]| {
            tensors.iter().find(|(other, _)| other == name).map(|(_, text)| text.clone())
        };
        let names = expected.iter().chain(found.iter().filter(|(name, _)| description(name, expected).is_none()));
        let rows: Vec<_> =
            names.map(|(name, _)| (name.clone(), description(name, expected), description(name, found))).collect();
        if rows.iter().all(|(_, expected, found)| expected == found) { Ok(()) } else { Err(Self { rows }) }
    }
}

/// Characters of a name that are shown; longer names come from files that are not models.
const MAX_NAME_LEN: usize = 60;
/// Rows that are shown; a file with more tensors belongs to another model.
const MAX_ROWS: usize = 100;

impl Localized for Mismatch {
    /// A table with one row per tensor; rows that differ begin with `!`.
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let title = [" ", "tensor", "expected", "found"].map(str::to_owned);
        let rows = self.rows.iter().take(MAX_ROWS).map(|(name, expected, found)| {
            let mark = if expected == found { " " } else { "!" };
            let name = name.chars().take(MAX_NAME_LEN).collect();
            [mark.to_owned(), name, cell(expected), cell(found)]
        });
        let rows: Vec<_> = std::iter::once(title).chain(rows).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (names, expectations) = (width(1), width(2));
        for (index, [mark, name, expected, found]) in rows.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{mark} {name:names$}  {expected:expectations$}  {found}")?;
        }
        match self.rows.len().checked_sub(MAX_ROWS) {
            Some(more) if more > 0 => write!(f, "\n  {}", MoreRows::More { more }.localized(language)),
            _ => Ok(()),
        }
    }
}

crate::messages! {
    enum MoreRows {
        More { more: usize } = "and {more} more", "还有 {more} 个";
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_in(Language::English, f)
    }
}

impl std::error::Error for Mismatch {}

/// The reason why tensors were not loaded.
#[derive(Clone, Debug)]
pub enum LoadError {
    /// Names or shapes differ.
    Mismatch(Mismatch),
    /// There is no memory for them.
    Memory(CpuError),
}

impl From<Mismatch> for LoadError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

impl From<CpuError> for LoadError {
    fn from(error: CpuError) -> Self {
        Self::Memory(error)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::super::dimensions::{Embed, Hidden, Vocab};
    use super::super::{Cell, Gru, Lstm, Model, Recurrent, Sizes};
    use super::*;

    fn model<C: Cell>(hidden: usize, seed: u64) -> Recurrent<C> {
        let sizes = Sizes { vocabulary: Vocab(5), embedding: Embed(2), hidden: Hidden(hidden), layers: 2 };
        Recurrent::new(&sizes.into(), &mut ChaCha8Rng::seed_from_u64(seed)).unwrap()
    }

    fn saved<C: Cell>(model: &mut Recurrent<C>) -> Tensors {
        let mut tensors = Tensors::default();
        model.save(&mut tensors);
        tensors
    }

    #[test]
    fn weights_saved_have_pytorch_names_and_load_into_another_model() {
        let weights = saved(&mut model::<Lstm>(3, 1));
        let names: Vec<_> = weights.as_slice().iter().map(|tensor| tensor.name.as_str()).collect();
        let expected = "emb.weight rnn.weight_ih_l0 rnn.weight_hh_l0 rnn.bias_ih_l0 rnn.bias_hh_l0 rnn.weight_ih_l1 \
                        rnn.weight_hh_l1 rnn.bias_ih_l1 rnn.bias_hh_l1 head.weight head.bias";
        assert_eq!(names, expected.split(' ').collect::<Vec<_>>());
        assert_eq!(weights.get("rnn.weight_ih_l0").unwrap().shape, [12, 2]);
        let mut other = model::<Lstm>(3, 2);
        assert_ne!(saved(&mut other), weights);
        other.load(&weights).unwrap();
        assert_eq!(saved(&mut other), weights);
    }

    #[test]
    fn load_weights_of_another_model_lists_differences_and_changes_nothing() {
        let mut gru = model::<Gru>(3, 1);
        let before = saved(&mut gru);
        let mut weights = saved(&mut model::<Lstm>(3, 1));
        weights.entries[0].name = "embedding.weight".to_owned();
        let mismatch = gru.load(&weights).unwrap_err();
        assert_eq!(saved(&mut gru), before);
        insta::assert_snapshot!(mismatch);
    }

    #[test]
    fn save_again_reuses_memory() {
        let mut model = model::<Lstm>(3, 1);
        let mut tensors = saved(&mut model);
        let places: Vec<_> = tensors.as_slice().iter().map(|tensor| tensor.numbers.as_ptr()).collect();
        model.save(&mut tensors);
        assert_eq!(tensors.as_slice().iter().map(|tensor| tensor.numbers.as_ptr()).collect::<Vec<_>>(), places);
    }
}
