//! What a key accepts, and what is said when it is given something else.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use super::Keys;

/// A whole number in `least..=most`; `expected` completes "expected …".
struct Whole {
    least: u64,
    most: u64,
    expected: &'static str,
}

impl Visitor<'_> for Whole {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        u64::try_from(value)
            .ok()
            .filter(|value| (self.least..=self.most).contains(value))
            .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        i64::try_from(value)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
            .and_then(|value| self.visit_i64(value))
    }
}

/// A size in memory: large enough for any model that could be trained, small enough that products of sizes fit.
const LARGEST_SIZE: u32 = 1 << 20;

pub(super) fn size<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let whole = Whole { least: 1, most: LARGEST_SIZE.into(), expected: "a whole number from 1 to 1048576" };
    from.deserialize_u64(whole).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}

pub(super) fn size_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let whole = Whole { least: 0, most: LARGEST_SIZE.into(), expected: "a whole number from 0 to 1048576" };
    from.deserialize_u64(whole).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}

pub(super) fn threads<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let whole =
        Whole { least: 0, most: 256, expected: "a whole number from 1 to 256, or 0 for as many as there are cores" };
    from.deserialize_u64(whole).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}

pub(super) fn layers<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let whole = Whole { least: 1, most: 64, expected: "a whole number from 1 to 64" };
    from.deserialize_u64(whole).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}

pub(super) fn positive<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    from.deserialize_u64(Whole { least: 1, most: u64::MAX, expected: "a whole number from 1 to 9223372036854775807" })
}

pub(super) fn not_negative<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    from.deserialize_u64(Whole { least: 0, most: u64::MAX, expected: "a whole number from 0 to 9223372036854775807" })
}

pub(super) fn frames<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let whole = Whole { least: 1, most: 60, expected: "frames per second as a whole number from 1 to 60" };
    from.deserialize_u64(whole).map(|frames| u32::try_from(frames).unwrap_or(u32::MAX))
}

/// How fast training goes at its start, in steps per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum StartPace {
    /// Steps a second; 0: full speed.
    Steady(u32),
    /// From the first to the second, so that one sees the first steps and need not wait for the last ones.
    Rising(u32, u32),
}

impl Default for StartPace {
    fn default() -> Self {
        Self::Steady(0)
    }
}

impl<'de> Deserialize<'de> for StartPace {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StepsPerSecond)
    }
}

struct StepsPerSecond;

const FASTEST: i64 = 1_000_000;

impl<'de> Visitor<'de> for StepsPerSecond {
    type Value = StartPace;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "steps per second as a whole number from 1 to {FASTEST}, 0 for as fast as it goes, or two such as [15, 400] for a pace \
             that rises"
        )
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<StartPace, E> {
        let steps = u32::try_from(value).ok().filter(|_| value <= FASTEST);
        steps.map(StartPace::Steady).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<StartPace, A::Error> {
        let mut next = || list.next_element::<i64>();
        let numbers = (next()?, next()?, next()?);
        let (Some(from), Some(to), None) = numbers else { return Err(de::Error::invalid_length(0, &self)) };
        let steps = |number: i64| u32::try_from(number).ok().filter(|steps| *steps > 0 && number <= FASTEST);
        match (steps(from), steps(to)) {
            (Some(from), Some(to)) if from < to => Ok(StartPace::Rising(from, to)),
            _ => Err(de::Error::invalid_value(de::Unexpected::Seq, &self)),
        }
    }
}

/// A number for which `accepts` holds, with or without a decimal point; `expected` completes "expected …".
struct Number {
    accepts: fn(f64) -> bool,
    expected: &'static str,
}

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        if (self.accepts)(value) { Ok(value) } else { Err(E::invalid_value(de::Unexpected::Float(value), &self)) }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        self.visit_f64(value as f64)
    }
}

/// The weights are f32: what is nothing or infinite among them is of no use.
#[allow(clippy::cast_possible_truncation)] // whether it is possible is the question
fn as_f32(value: f64) -> f32 {
    value as f32
}

pub(super) fn positive_number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let accepts = |value| as_f32(value).is_finite() && as_f32(value) > 0.0;
    from.deserialize_any(Number { accepts, expected: "a number above 0 and below 3.4e38" })
}

pub(super) fn number_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let accepts = |value| as_f32(value).is_finite() && value >= 0.0;
    from.deserialize_any(Number { accepts, expected: "a number from 0 to 3.4e38, 0 for none" })
}

pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    from.deserialize_any(Number { accepts: |value| value.abs() <= 100.0, expected: "a number from -100 to 100" })
}

pub(super) fn share<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    from.deserialize_any(Number { accepts: is_share, expected: SHARE })
}

pub(super) fn factor<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let accepts = |value| value > 0.0 && value < 1.0;
    from.deserialize_any(Number { accepts, expected: "a number above 0 and below 1" })
}

const SHARE: &str = "a number from 0 to below 1";

fn is_share(value: f64) -> bool {
    // 0.9999999999 would be 1 among the f32
    value >= 0.0 && as_f32(value) < 1.0
}

/// What the model is validated with.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Validation {
    /// This share of the text, its end; 0: nothing.
    Share(f64),
    /// Another text.
    File(PathBuf),
}

impl Default for Validation {
    fn default() -> Self {
        Self::Share(0.0)
    }
}

impl<'de> Deserialize<'de> for Validation {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ShareOrFile)
    }
}

struct ShareOrFile;

impl Visitor<'_> for ShareOrFile {
    type Value = Validation;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SHARE}, or the name of a file in quotes")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Validation, E> {
        let share = is_share(value).then_some(Validation::Share(value));
        share.ok_or_else(|| E::invalid_value(de::Unexpected::Float(value), &self))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Validation, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Validation, E> {
        Ok(Validation::File(value.into()))
    }
}

/// A text or a list of texts.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a key such as \"q\" or a list such as [\"q\", \"F10\"]")]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for Keys {
    fn from(keys: OneOrMore) -> Self {
        match keys {
            OneOrMore::One(key) => Self(vec![key]),
            OneOrMore::More(keys) => Self(keys),
        }
    }
}
