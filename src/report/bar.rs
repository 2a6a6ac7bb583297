//! A bar on stderr that shows how far training is, beside lines on stdout.

use std::io;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::fs::{FileType, fstat};

use crate::dashboard::Language;
use crate::learning::PartsDone;

/// Whoever reads a pipe has written a line to the terminal by then.
const PASSED_ON: Duration = Duration::from_millis(200);

/// The bar. While a line may be on its way to the same terminal, it is not drawn: the line would stand behind it.
pub struct Bar {
    drawn: ProgressBar,
    steps: u64,
    language: Language,
    /// Whether it shows a validation instead of the steps.
    is_of_validation: bool,
    /// Whether lines go through a pipe, whose other end may write them to the terminal at any time.
    has_pipe: bool,
    /// When it may be drawn.
    hidden_until: Option<Instant>,
}

impl Bar {
    /// One for so many steps; hidden unless stderr is a terminal.
    pub fn new(steps: u64, language: Language) -> Self {
        let drawn = ProgressBar::new(steps).with_style(style(false, language));
        Self { drawn, steps, language, is_of_validation: false, has_pipe: is_pipe(), hidden_until: None }
    }

    /// So many steps are taken, and so much of the validation is done that the next one waits for.
    pub fn show(&mut self, steps: u64, validating: Option<PartsDone>) {
        if self.hidden_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        if self.is_of_validation != validating.is_some() {
            self.is_of_validation = validating.is_some();
            self.drawn.set_style(style(self.is_of_validation, self.language));
            self.drawn.reset_eta();
        }
        if self.hidden_until.take().is_some() {
            self.drawn.set_draw_target(ProgressDrawTarget::stderr());
        }
        let (done, total) = validating.map_or((steps, self.steps), |parts| (parts.done, parts.total));
        self.drawn.set_length(total);
        self.drawn.set_position(done.min(total));
    }

    /// A line comes.
    pub fn make_room(&mut self) {
        if self.has_pipe {
            self.hidden_until = Some(Instant::now() + PASSED_ON);
        }
        // cleared, and drawn again with the next step
        let elapsed = self.drawn.elapsed();
        self.drawn.finish_and_clear();
        self.is_of_validation = false;
        self.drawn = ProgressBar::new(self.steps).with_style(style(false, self.language)).with_elapsed(elapsed);
        if self.has_pipe {
            self.drawn.set_draw_target(ProgressDrawTarget::hidden());
        }
    }

    /// There is nothing more to come.
    pub fn clear(&self) {
        self.drawn.finish_and_clear();
    }
}

fn style(is_of_validation: bool, language: Language) -> ProgressStyle {
    let (validating, left) = (language.pick("validating", "正在验证"), language.pick("left", "剩余"));
    let template = if is_of_validation {
        format!("{validating} {{wide_bar}} {{percent}} %  {{eta}} {left}")
    } else {
        format!("{{wide_bar}} {{pos}}/{{len}}  {{eta}} {left}")
    };
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn is_pipe() -> bool {
    fstat(io::stdout()).is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Fifo)
}
