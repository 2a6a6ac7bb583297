//! `[run]`: what a run leaves on disk.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::values;

/// `[run]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunConfig {
    /// The folder that keeps the run: none yet, or an empty one. Relative to the configuration file. Default: none, and
    /// nothing is kept.
    pub directory: PathBuf,
    /// When a checkpoint is saved, besides at the end: an interval in steps (`1000`) or in time (`"60s"`,
    /// `"10min"`); 0: at the end only. Default: 60s.
    pub checkpoint_every: Interval,
    /// How many checkpoints stay, besides the one with the best validation: the last ones, at least 1. Default: 3.
    #[serde(deserialize_with = "values::size")]
    pub keep: usize,
    /// How many steps a line of `metrics.jsonl` is about; 0: a thousandth of the run. Default: 0.
    #[serde(deserialize_with = "values::not_negative")]
    pub metrics_every: u64,
    /// Whether metrics are written for `TensorBoard`, too. Default: false.
    pub tensorboard: bool,
    /// Memory for keyframes, through which a run can be seen again, in MiB; 0: none. Default: 64.
    #[serde(deserialize_with = "values::size_or_none")]
    pub keyframes: usize,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            directory: PathBuf::new(),
            checkpoint_every: Interval::default(),
            keep: 3,
            metrics_every: 0,
            tensorboard: false,
            keyframes: 64,
        }
    }
}

/// How often something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Every this many steps; 0: never.
    Steps(u64),
    /// An interval in time, at least a second.
    Time(Duration),
}

impl Default for Interval {
    fn default() -> Self {
        Self::Time(Duration::from_mins(1))
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Steps(steps) => to.serialize_u64(*steps),
            Self::Time(time) => to.serialize_str(&format!("{}s", time.as_secs())),
        }
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StepsOrTime)
    }
}

struct StepsOrTime;

/// Longer than anything runs.
const LONGEST: u64 = 1_000_000_000;

impl Visitor<'_> for StepsOrTime {
    type Value = Interval;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a number of steps such as 1000, or a time in quotes such as \"60s\", \"10min\" or \"1h\"; 0 for never",
        )
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Interval, E> {
        let steps = u64::try_from(value).map(Interval::Steps);
        steps.map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Interval, E> {
        Ok(Interval::Steps(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Interval, E> {
        let text = value.trim();
        let units = [("min", 60), ("s", 1), ("h", 3600)];
        let found = units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)));
        let seconds = found.and_then(|(number, seconds)| number.trim_end().parse::<u64>().ok()?.checked_mul(*seconds));
        let time = seconds.filter(|seconds| (1..=LONGEST).contains(seconds)).map(Duration::from_secs);
        time.map(Interval::Time).ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> Result<Interval, toml::de::Error> {
        toml::from_str::<RunConfig>(&format!("checkpoint_every = {value}")).map(|run| run.checkpoint_every)
    }

    #[test]
    fn an_interval_is_a_number_of_steps_or_a_time() {
        let seconds = |seconds| Interval::Time(Duration::from_secs(seconds));
        assert_eq!(read("1000").unwrap(), Interval::Steps(1000));
        for (text, time) in [("60s", 60), ("10min", 600), ("2 h", 7200), (" 1 s ", 1)] {
            assert_eq!(read(&format!("{text:?}")).unwrap(), seconds(time));
        }
        for wrong in ["-1", "1.5", "true", "\"\"", "\"60\"", "\"0s\"", "\"s\"", "\"-1s\"", "\"99999999999999999999h\""]
        {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("a number of steps such as 1000, or a time in quotes"), "{wrong}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(steps in 0..=i64::MAX as u64, seconds in 1..=LONGEST) {
            for checkpoint_every in [Interval::Steps(steps), Interval::Time(Duration::from_secs(seconds))] {
                let run = RunConfig { checkpoint_every, ..RunConfig::default() };
                prop_assert_eq!(toml::from_str::<RunConfig>(&toml::to_string(&run).unwrap()).unwrap(), run);
            }
        }
    }
}
