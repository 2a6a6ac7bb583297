//! A progress bar on stderr, together with lines on stdout.

use std::io;
use std::time::{Duration, Instant};

use humantime::format_duration;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::fs::{FileType, fstat};

use crate::language::{Language, Localized};
use crate::learning::PartsDone;

/// Time after which a line that was written to a pipe is assumed to have reached the terminal.
const PIPE_DELAY: Duration = Duration::from_millis(200);

/// A progress bar on stderr. It is hidden while a line may be on its way to the same terminal, since the two would mix.
pub struct Bar {
    drawn: ProgressBar,
    /// The total number of steps.
    steps: u64,
    language: Language,
    /// The time and step of the first call of [`show`](Self::show).
    training: Option<Start>,
    /// The time and part at which the current validation was first shown; `None` between validations.
    validation: Option<Start>,
    /// Whether stdout is a pipe, whose other end may write to the terminal at any time.
    has_pipe: bool,
    /// The time at which the bar may be drawn again; `None` if it may.
    hidden_until: Option<Instant>,
}

/// The start of a measurement of speed.
#[derive(Clone, Copy)]
struct Start {
    time: Instant,
    /// The number of parts done at that time.
    done: u64,
}

impl Start {
    /// The time for the remaining parts at the mean speed since this start, rounded to whole seconds; `None` before the first part.
    fn time_left(self, parts: PartsDone, now: Instant) -> Option<Duration> {
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

    /// Draws the number of steps taken or, during a validation, its progress, with the time left. Draws nothing while the bar is hidden.
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
        let left = since.time_left(parts, now).map_or_else(String::new, |left| {
            BarMessage::Left { time: format_duration(left).to_string() }.text_in(self.language)
        });
        self.drawn.set_style(style(validating.is_some(), self.language));
        self.drawn.set_message(left);
        self.drawn.set_length(parts.total);
        self.drawn.set_position(parts.done.min(parts.total));
    }

    /// Removes the bar before a line is written; [`show`](Self::show) draws it again, if stdout is a pipe after a delay.
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

    /// Removes the bar for good.
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

/// The layout of the bar: for a validation with its percentage, for training with the number of steps.
fn style(is_validating: bool, language: Language) -> ProgressStyle {
    let template = if is_validating {
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
    fn time_left_uses_mean_speed_since_start() {
        let time = Instant::now();
        let left = |start, done, seconds| {
            let now = time + Duration::from_secs(seconds);
            Start { time, done: start }.time_left(PartsDone { done, total: 1000 }, now).map(|left| left.as_secs())
        };
        assert_eq!(left(0, 500, 10), Some(10));
        assert_eq!(left(900, 950, 10), Some(10), "steps before a run was resumed do not count");
        assert_eq!(left(0, 1000, 10), Some(0));
        assert_eq!(left(0, 0, 10), None, "the speed is not known yet");
    }
}
