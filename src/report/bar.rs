//! A bar on stderr that shows how far training is, beside lines on stdout.

use std::io;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::fs::{FileType, fstat};

use crate::dashboard::Language;

/// Whoever reads a pipe has written a line to the terminal by then.
const PASSED_ON: Duration = Duration::from_millis(200);

/// The bar. While a line may be on its way to the same terminal, it is not drawn: the line would stand behind it.
pub struct Bar {
    drawn: ProgressBar,
    steps: u64,
    style: ProgressStyle,
    /// Whether lines go through a pipe, whose other end may write them to the terminal at any time.
    has_pipe: bool,
    /// When it may be drawn.
    hidden_until: Option<Instant>,
}

impl Bar {
    /// One for so many steps; hidden unless stderr is a terminal.
    pub fn new(steps: u64, language: Language) -> Self {
        let template = format!("{{wide_bar}} {{pos}}/{{len}}  {{eta}} {}", language.pick("left", "剩余"));
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(steps).with_style(style.clone());
        Self { drawn: bar, steps, style, has_pipe: is_pipe(), hidden_until: None }
    }

    /// So many steps are taken.
    pub fn show(&mut self, steps: u64) {
        if self.hidden_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        if self.hidden_until.take().is_some() {
            self.drawn.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.drawn.set_position(steps.min(self.steps));
    }

    /// A line comes.
    pub fn make_room(&mut self) {
        if self.has_pipe {
            self.hidden_until = Some(Instant::now() + PASSED_ON);
        }
        // cleared, and drawn again with the next step
        let elapsed = self.drawn.elapsed();
        self.drawn.finish_and_clear();
        self.drawn = ProgressBar::new(self.steps).with_style(self.style.clone()).with_elapsed(elapsed);
        if self.has_pipe {
            self.drawn.set_draw_target(ProgressDrawTarget::hidden());
        }
    }

    /// There is nothing more to come.
    pub fn clear(&self) {
        self.drawn.finish_and_clear();
    }
}

fn is_pipe() -> bool {
    fstat(io::stdout()).is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Fifo)
}
