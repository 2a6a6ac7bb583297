//! A bar on stderr that shows how far training is, beside lines on stdout.

use std::io;
use std::time::{Duration, Instant};

use humantime::format_duration;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::fs::{FileType, fstat};

use crate::language::Language;
use crate::learning::PartsDone;

/// Whoever reads a pipe has written a line to the terminal by then.
const PASSED_ON: Duration = Duration::from_millis(200);

/// The bar. While a line may be on its way to the same terminal, it is not drawn: the line would stand behind it.
pub struct Bar {
    drawn: ProgressBar,
    steps: u64,
    language: Language,
    /// Since when steps are counted, and since when the parts of the validation that goes on.
    training: Option<Start>,
    validation: Option<Start>,
    /// Whether lines go through a pipe, whose other end may write them to the terminal at any time.
    has_pipe: bool,
    /// When it may be drawn.
    hidden_until: Option<Instant>,
}

/// When counting began, and what was done by then.
#[derive(Clone, Copy)]
struct Start {
    at: Instant,
    done: u64,
}

impl Start {
    /// How long the rest takes at the mean speed so far, in whole seconds.
    fn left(self, parts: PartsDone, now: Instant) -> Option<Duration> {
        let counted = parts.done.checked_sub(self.done).filter(|counted| *counted > 0)?;
        let seconds = now.saturating_duration_since(self.at).as_secs_f64() / counted as f64;
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
        let start = |done| Start { at: now, done };
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
            format!("{} {}", format_duration(left), self.language.pick("left", "剩余"))
        });
        self.drawn.set_style(style(validating.is_some(), self.language));
        self.drawn.set_message(left);
        self.drawn.set_length(parts.total);
        self.drawn.set_position(parts.done.min(parts.total));
    }

    /// A line comes.
    pub fn make_room(&mut self) {
        if self.has_pipe {
            self.hidden_until = Some(Instant::now() + PASSED_ON);
        }
        // cleared, and drawn again with the next step
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

fn style(is_of_validation: bool, language: Language) -> ProgressStyle {
    let template = if is_of_validation {
        format!("{} {{wide_bar}} {{percent}} %  {{msg}}", language.pick("validating", "正在验证"))
    } else {
        "{wide_bar} {pos}/{len}  {msg}".to_owned()
    };
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn is_pipe() -> bool {
    fstat(io::stdout()).is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Fifo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_the_rest_at_the_speed_so_far() {
        let at = Instant::now();
        let left = |start, done, seconds| {
            let now = at + Duration::from_secs(seconds);
            Start { at, done: start }.left(PartsDone { done, total: 1000 }, now).map(|left| left.as_secs())
        };
        assert_eq!(left(0, 500, 10), Some(10));
        assert_eq!(left(900, 950, 10), Some(10), "a run that goes on counts from where it did");
        assert_eq!(left(0, 1000, 10), Some(0));
        assert_eq!(left(0, 0, 10), None, "nothing is known yet");
    }
}
