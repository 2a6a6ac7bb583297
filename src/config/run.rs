//! The section `[run]`: what a run stores.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::change::{KEPT, PLACE};
use super::kind::{Expected, Kind, LARGEST_WHOLE, size, whole};
use super::table::{row, section};

section! {
    /// `[run]`
    pub struct RunConfig at (run) {
        directory: PathBuf = PathBuf::new(), row(Kind::Path, PLACE),
            "the folder that keeps the run ([runs.md](runs.md)): none yet, or an empty one",
            "保存训练的文件夹（[runs.md](runs.md)）：尚不存在，或为空";
        checkpoint_every: Interval = Interval::default(), row(Kind::Interval, KEPT),
            "the interval between checkpoints, in steps (`1000`) or in time (`\"60s\"`, `\"10min\"`, `\"1h\"`); 0: at the end only",
            "检查点的间隔：步数（`1000`）或时间（`\"60s\"`、`\"10min\"`、`\"1h\"`）；0：仅在结束时";
        keep: usize = 3, row(size(1), KEPT),
            "checkpoints that stay, besides the one with the best validation", "除验证最佳者外保留的检查点数";
        metrics_every: u64 = 0, row(whole(0, LARGEST_WHOLE), KEPT),
            "steps that a line of `metrics.jsonl` is about; 0: a thousandth of the run",
            "`metrics.jsonl` 每行所述的步数；0：训练的千分之一";
        tensorboard: bool = false, row(Kind::Bool, KEPT),
            "whether the same metrics are written for TensorBoard, in `tensorboard/`",
            "是否把同样的指标写给 TensorBoard，在 `tensorboard/` 中";
        keyframes: usize = 64, row(size(0), KEPT),
            "MiB of memory for the moments that the dashboard can go back to; 0: none",
            "用于可回看时刻的内存（MiB）；0：不保存";
    }
}

/// An interval between two events, in steps or in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Every this many steps; 0: never.
    Steps(u64),
    /// A time, at least a second.
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

/// Longest interval, in seconds.
const MAX_SECONDS: u64 = 1_000_000_000;

impl Visitor<'_> for StepsOrTime {
    type Value = Interval;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Expected::Interval, f)
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
        let time = seconds.filter(|seconds| (1..=MAX_SECONDS).contains(seconds)).map(Duration::from_secs);
        time.map(Interval::Time).ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> Result<Interval, toml::de::Error> {
        toml::from_str::<BTreeMap<String, Interval>>(&format!("every = {value}")).map(|read| read["every"])
    }

    #[test]
    fn interval_in_steps_or_time_is_read() {
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
        fn interval_written_reads_back(steps in 0..=i64::MAX as u64, seconds in 1..=MAX_SECONDS) {
            for interval in [Interval::Steps(steps), Interval::Time(Duration::from_secs(seconds))] {
                prop_assert_eq!(read(&toml::Value::try_from(interval).unwrap().to_string()).unwrap(), interval);
            }
        }
    }
}
