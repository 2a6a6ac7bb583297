//! Which values a key accepts, and the error for one that it rejects.

use std::fmt;

use toml::Value;

use crate::language::{Language, Localized};

/// The values that a key accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bool,
    Text,
    /// Texts in a list.
    Texts,
    /// A path of a file or a folder.
    Path,
    /// A path, or a list of them.
    Paths,
    /// One of these names.
    Choice(&'static [&'static str]),
    Whole(Whole),
    Number(Range),
    /// A share of the text, or a path.
    ShareOrFile,
    /// A label of a text encoding.
    Encoding,
    /// Steps per second, or two such numbers.
    Pace,
    /// A number of steps, or a time.
    Interval,
    /// A section with any names: actions, each with a key or a list of keys.
    Keys,
}

/// A whole number in `min..=max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub min: u64,
    pub max: u64,
    unit: Unit,
}

/// What a whole number counts, for the sentence about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    None,
    /// 0 stands for as many as there are cores.
    Threads,
    FramesPerSecond,
}

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    /// The end is in the range.
    Closed(f64),
    /// The end is not in the range, not even after rounding to f32, the numbers of the weights.
    Open(f64),
}

/// Numbers between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub min: Bound,
    pub max: Bound,
    /// Whether 0 turns the key off.
    zero_is_none: bool,
}

/// The largest whole number of TOML, 2⁶³−1.
pub(super) const LARGEST_WHOLE: u64 = u64::MAX >> 1;
/// A size in memory: large enough for any model that could be trained, small enough that products of sizes fit.
const LARGEST_SIZE: u64 = 1 << 20;
/// Steps per second.
const MAX_PACE: i64 = 1_000_000;

/// From 0 to below 1.
pub(super) const SHARE: Range = Range { min: Bound::Closed(0.0), max: Bound::Open(1.0), zero_is_none: false };

/// A whole number in `min..=max`.
pub(super) const fn whole(min: u64, max: u64) -> Kind {
    Kind::Whole(Whole { min, max, unit: Unit::None })
}

/// A size in memory, at least `min`.
pub(super) const fn size(min: u64) -> Kind {
    whole(min, LARGEST_SIZE)
}

/// Number of threads, at most `max`; 0: as many as there are cores.
pub(super) const fn threads(max: u64) -> Kind {
    Kind::Whole(Whole { min: 0, max, unit: Unit::Threads })
}

/// 1 to `max` frames per second.
pub(super) const fn frames_per_second(max: u64) -> Kind {
    Kind::Whole(Whole { min: 1, max, unit: Unit::FramesPerSecond })
}

/// A number between two ends.
pub(super) const fn number(min: Bound, max: Bound) -> Kind {
    Kind::Number(Range { min, max, zero_is_none: false })
}

/// A number from 0 to below 1.
pub(super) const fn share() -> Kind {
    Kind::Number(SHARE)
}

/// A number that is not 0 as f32.
pub(super) const fn positive() -> Kind {
    number(Bound::Open(0.0), Bound::Open(f64::INFINITY))
}

/// 0 for none, or a positive number that is finite as f32.
pub(super) const fn number_or_none() -> Kind {
    Kind::Number(Range { min: Bound::Closed(0.0), max: Bound::Open(f64::INFINITY), zero_is_none: true })
}

/// The weights are f32: bounds must hold for these, too.
#[allow(clippy::cast_possible_truncation)] // the rounding is what is compared
fn as_f32(value: f64) -> f64 {
    f64::from(value as f32)
}

impl Range {
    /// Whether a number is in it; NaN is in none.
    pub fn contains(self, value: f64) -> bool {
        let is_above = match self.min {
            Bound::Closed(min) => value >= min,
            Bound::Open(min) => value > min && as_f32(value) > min,
        };
        let is_below = match self.max {
            Bound::Closed(max) => value <= max,
            Bound::Open(max) => value < max && as_f32(value) < max,
        };
        is_above && is_below
    }
}

/// The number, with or without a decimal point; `None` for other values.
fn as_number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

impl Kind {
    /// The accepted values if this one is rejected; `None` if it is in range, or of a type that only its field checks, when it is set
    /// ([`Fields::set`](super::fields::Fields::set)).
    pub fn refusal(self, value: &Value) -> Option<Expected> {
        let is_accepted = match self {
            Self::Whole(range) => {
                let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
                number.is_some_and(|number| (range.min..=range.max).contains(&number))
            }
            Self::Number(range) => as_number(value).is_some_and(|number| range.contains(number)),
            Self::ShareOrFile => as_number(value).is_none_or(|number| SHARE.contains(number)),
            Self::Pace => is_pace(value),
            // the list is right, and one of its values is not
            Self::Texts if value.as_array().is_some_and(|list| !list.iter().all(Value::is_str)) => {
                return Some(Expected::Text);
            }
            _ => true,
        };
        (!is_accepted).then(|| self.expected())
    }

    /// The accepted values: completes "expected …".
    pub fn expected(self) -> Expected {
        match self {
            Self::Bool => Expected::Bool,
            Self::Text | Self::Path => Expected::Text,
            Self::Texts => Expected::List,
            Self::Paths => Expected::Paths,
            Self::Choice(names) => Expected::OneOf { names: AnyOf(names.to_vec()) },
            Self::Whole(Whole { min, max, unit }) => match unit {
                Unit::None => Expected::Whole { min, max },
                Unit::Threads => Expected::Threads { max },
                Unit::FramesPerSecond => Expected::FramesPerSecond { min, max },
            },
            Self::Number(range) => range.expected(),
            Self::ShareOrFile => Expected::ShareOrFile { share: Box::new(SHARE.expected()) },
            Self::Encoding => Expected::Encoding,
            Self::Pace => Expected::Pace { max: MAX_PACE },
            Self::Interval => Expected::Interval,
            Self::Keys => Expected::Keys,
        }
    }
}

impl Range {
    fn expected(self) -> Expected {
        match (self.min, self.max) {
            (Bound::Closed(_), Bound::Open(max)) if self.zero_is_none => {
                Expected::NumberOrNone { max: NumberText(max) }
            }
            (Bound::Closed(min), Bound::Open(max)) => {
                Expected::NumberToBelow { min: NumberText(min), max: NumberText(max) }
            }
            (Bound::Open(min), Bound::Open(max)) => {
                Expected::NumberAbove { min: NumberText(min), max: NumberText(max) }
            }
            (Bound::Open(min), Bound::Closed(max)) => {
                Expected::NumberAboveTo { min: NumberText(min), max: NumberText(max) }
            }
            (Bound::Closed(min), Bound::Closed(max)) => {
                Expected::NumberTo { min: NumberText(min), max: NumberText(max) }
            }
        }
    }
}

/// Whether it is a number of steps per second, or two numbers of which the second is larger.
fn is_pace(value: &Value) -> bool {
    let is_steps = |steps: i64| (1..=MAX_PACE).contains(&steps);
    match value {
        Value::Integer(steps) => *steps == 0 || is_steps(*steps),
        Value::Array(list) => match list.as_slice() {
            [Value::Integer(from), Value::Integer(to)] => is_steps(*from) && is_steps(*to) && from < to,
            _ => false,
        },
        _ => false,
    }
}

/// An end of a range as it is written; what f32 cannot hold is its largest number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberText(f64);

impl Localized for NumberText {
    fn fmt_in(&self, _: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_infinite() { f.write_str("3.4e38") } else { write!(f, "{}", self.0) }
    }
}

/// Accepted names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyOf(pub Vec<&'static str>);

impl Localized for AnyOf {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<_> = self.0.iter().map(|name| format!("{name:?}")).collect();
        f.write_str(&quoted.join(language.pick(" or ", " 或 ")))
    }
}

crate::messages! {
    /// The accepted values: completes "expected …". In Chinese what begins with a number or a name has a space before it.
    #[derive(Clone, Debug, PartialEq)]
    pub enum Expected {
        Bool = "true or false", " true 或 false";
        Text = "a text in quotes", "带引号的文本";
        List = "a list such as [\"one\", \"two\"]", "列表，例如 [\"one\", \"two\"]";
        Paths = "a text such as \"text.txt\" or a list such as [\"one.txt\", \"two.txt\"]",
            "文本（例如 \"text.txt\"）或列表（例如 [\"one.txt\", \"two.txt\"]）";
        OneOf { names: AnyOf } = "{names}", " {names}";
        Whole { min: u64, max: u64 } = "a whole number from {min} to {max}", " {min} 到 {max} 的整数";
        Threads { max: u64 } = "a whole number from 1 to {max}, or 0 for as many as there are cores",
            " 1 到 {max} 的整数，0 表示与核心一样多";
        FramesPerSecond { min: u64, max: u64 } = "frames per second as a whole number from {min} to {max}",
            "每秒帧数，{min} 到 {max} 的整数";
        NumberAbove { min: NumberText, max: NumberText } = "a number above {min} and below {max}",
            "大于 {min} 且小于 {max} 的数";
        NumberAboveTo { min: NumberText, max: NumberText } = "a number above {min} and at most {max}",
            "大于 {min} 且不超过 {max} 的数";
        NumberTo { min: NumberText, max: NumberText } = "a number from {min} to {max}", " {min} 到 {max} 的数";
        NumberToBelow { min: NumberText, max: NumberText } = "a number from {min} to below {max}",
            "不小于 {min} 且小于 {max} 的数";
        NumberOrNone { max: NumberText } = "a number from 0 to {max}, 0 for none", " 0 到 {max} 的数，0 表示没有";
        ShareOrFile { share: Box<Expected> } = "{share}, or the name of a file in quotes", "{share}，或带引号的文件名";
        Encoding = "an encoding such as \"utf-8\", \"utf-16le\", \"gb18030\", \"big5\", \"shift_jis\", \"windows-1252\"",
            "一种编码，例如 \"utf-8\", \"utf-16le\", \"gb18030\", \"big5\", \"shift_jis\", \"windows-1252\"";
        Pace { max: i64 } = "steps per second as a whole number from 1 to {max}, 0 for as fast as it goes, or two such as [15, 400] for \
                             a pace that rises",
            "每秒步数，1 到 {max} 的整数；0 表示尽可能快；也可写两个数，如 [15, 400]，表示速度逐渐加快";
        Interval = "a number of steps such as 1000, or a time in quotes such as \"60s\", \"10min\" or \"1h\"; 0 for never",
            "步数（例如 1000）或带引号的时间（例如 \"60s\"、\"10min\"、\"1h\"）；0 表示从不";
        Keys = "a key such as \"q\" or a list such as [\"q\", \"F10\"]", "一个键（例如 \"q\"）或列表（例如 [\"q\", \"F10\"]）";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_open_end_excludes_what_rounds_to_it_as_f32() {
        assert!(SHARE.contains(0.999) && !SHARE.contains(0.999_999_999_9) && !SHARE.contains(f64::NAN));
        let Kind::Number(positive) = positive() else { unreachable!() };
        assert!(positive.contains(1e-38) && !positive.contains(1e-50) && !positive.contains(1e39));
    }

    #[test]
    fn expected_values_are_localized() {
        assert_eq!(
            threads(8).expected().to_string(),
            "a whole number from 1 to 8, or 0 for as many as there are cores"
        );
        assert_eq!(positive().expected().to_string(), "a number above 0 and below 3.4e38");
        assert_eq!(Kind::Choice(&["a", "b"]).expected().text_in(Language::Chinese), " \"a\" 或 \"b\"");
    }

    #[test]
    fn pace_other_than_number_or_rising_pair_is_rejected() {
        let accepts = |text: &str| Kind::Pace.refusal(&text.parse::<toml::Table>().unwrap()["pace"]).is_none();
        for right in ["pace = 0", "pace = 1000000", "pace = [1, 2]"] {
            assert!(accepts(right), "{right}");
        }
        for wrong in ["pace = -1", "pace = 1000001", "pace = [2, 1]", "pace = [0, 1]", "pace = [1, 2, 3]", "pace = 1.5"]
        {
            assert!(!accepts(wrong), "{wrong}");
        }
    }
}
