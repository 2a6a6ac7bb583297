//! A progress bar on stderr, beside lines on stdout.

use std::io;
use std::time::{Duration, Instant};

use humantime::format_duration;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::fs::{FileType, fstat};

use crate::language::{Language, Localized};
use crate::learning::PartsDone;

/// A line that goes through a pipe has reached the terminal by then.
const PIPE_DELAY: Duration = Duration::from_millis(200);

/// A progress bar. It is hidden while a line may be on its way to the same terminal, where both would be mixed up.
pub struct Bar {
    drawn: ProgressBar,
    steps: u64,
    language: Language,
    /// When the first step was counted.
    training: Option<Start>,
    /// When the first part of the current validation was counted.
    validation: Option<Start>,
    /// Whether stdout is a pipe, whose other end may write to the terminal at any time.
    has_pipe: bool,
    /// When it may be drawn again.
    hidden_until: Option<Instant>,
}

/// The start of a measurement of speed.
#[derive(Clone, Copy)]
struct Start {
    time: Instant,
    /// Parts done by then.
    done: u64,
}

impl Start {
    /// The time for the remaining parts at the mean speed so far, in whole seconds; `None` before the first part.
    fn left(self, parts: PartsDone, now: Instant) -> Option<Duration> {
        let counted = parts.done.checked_sub(self.done).filter(|counted| *counted > 0)?;
        let seconds = now.saturating_duration_since(self.time).as_secs_f64() / counted as f64;
        Duration::try_from_secs_f64((seconds * parts.total.saturating_sub(parts.done) as f64).round()).ok()
    }
}

impl Bar {
    /// Creates a bar for this many steps; hidden unless stderr is a terminal.
    pub fn new(steps: u64, language: Language) -> Self {
        let drawn = ProgressBar::new(steps);
        Self { drawn, steps, language, training: None, validation: None, has_pipe: is_pipe(), hidden_until: None }
    }

    /// Shows the number of steps taken, or the progress of the current validation.
    pub fn show(&mut self, steps: u64, validating: Option<PartsDone>) {
        let now = Instant::now();
        let start = |done| Start { time: now, done };
        let training = *self.training.get_or_insert_with(|| start(steps));
        self.validation = validating.map(|parts| self.validation.unwrap_or_else(|| start(parts.done)));
        if self.hidden_until.is_some_and(|until| now < until) {
            return;
        }
        if self.hidden_until.take().is_some() {
            self.drawn.set_draw_target(ProgressDrawTarget::stderr());
        }
        let (since, parts) = match (self.validation, validating) {
            (Some(since), Some(parts)) => (since, parts),
            _ => (training, PartsDone { done: steps.min(self.steps), total: self.steps }),
        };
        let left = since.left(parts, now).map_or_else(String::new, |left| {
            BarMessage::Left { time: format_duration(left).to_string() }.text_in(self.language)
        });
        self.drawn.set_style(style(validating.is_some(), self.language));
        self.drawn.set_message(left);
        self.drawn.set_length(parts.total);
        self.drawn.set_position(parts.done.min(parts.total));
    }

    /// Removes the bar before a line is written; [`show`](Self::show) draws it again.
    pub fn make_room(&mut self) {
        if self.has_pipe {
            self.hidden_until = Some(Instant::now() + PIPE_DELAY);
        }
        self.drawn.finish_and_clear();
        self.drawn = ProgressBar::new(self.steps);
        if self.has_pipe {
            self.drawn.set_draw_target(ProgressDrawTarget::hidden());
        }
    }

    /// Removes the bar.
    pub fn clear(&self) {
        self.drawn.finish_and_clear();
    }
}

crate::messages! {
    enum BarMessage {
        Left { time: String } = "{time} left", "{time} 剩余";
        Validating = "validating", "正在验证";
    }
}

/// The layout of the bar: of a validation with its name and percentage, of training with the number of steps.
fn style(is_of_validation: bool, language: Language) -> ProgressStyle {
    let template = if is_of_validation {
        format!("{} {{wide_bar}} {{percent}} %  {{msg}}", BarMessage::Validating.text_in(language))
    } else {
        "{wide_bar} {pos}/{len}  {msg}".to_owned()
    };
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Whether stdout is a pipe.
fn is_pipe() -> bool {
    fstat(io::stdout()).is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Fifo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_at_the_mean_speed_so_far() {
        let time = Instant::now();
        let left = |start, done, seconds| {
            let now = time + Duration::from_secs(seconds);
            Start { time, done: start }.left(PartsDone { done, total: 1000 }, now).map(|left| left.as_secs())
        };
        assert_eq!(left(0, 500, 10), Some(10));
        assert_eq!(left(900, 950, 10), Some(10), "steps before a run was resumed do not count");
        assert_eq!(left(0, 1000, 10), Some(0));
        assert_eq!(left(0, 0, 10), None, "the speed is not known yet");
    }
}
