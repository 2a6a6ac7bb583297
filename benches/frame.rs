//! Time to render a frame, from snapshot to terminal bytes: `cargo bench --bench frame`. The target is a median of at most 2 ms at
//! 200×60.

#![allow(missing_docs, clippy::unwrap_used)] // a benchmark may fail

use std::io::sink;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent};
use divan::Bencher;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use rnn_tui::config::{Config, Origin};
use rnn_tui::dashboard::screen::render;
use rnn_tui::dashboard::{Colours, Dashboard, Language, Theme};
use rnn_tui::learning::language_learner;
use rnn_tui::session::{Control, Mode, Observed, Pace, PreparedRun, Trainer, Viewer};

fn main() {
    divan::main();
}

/// Configuration, and key of the zoomed panel; 0 shows all panels.
const SCREENS: &[(&str, char)] = &[
    ("toy", '0'),
    ("characters", '0'),
    ("characters", '1'),
    ("characters", '2'),
    ("characters", '3'),
    ("characters", '4'),
    ("characters", '5'),
    ("characters", '6'),
    ("words", '0'),
];

/// A run observed at steps 20 and 40, where almost every number differs.
fn observe_two_steps(config: &str) -> [Arc<Observed>; 2] {
    let path = format!("{}/configs/{config}.toml", env!("CARGO_MANIFEST_DIR"));
    let config = Config::read(&Origin::File(path.into()), &[]).unwrap();
    let trainer =
        Trainer::spawn(PreparedRun::new(language_learner(config).unwrap(), Pace::Full, Mode::Paused)).unwrap();
    let mut viewer = Viewer::new([("run", &trainer)]).unwrap();
    [20, 40].map(|step| {
        trainer.send(Control::RunTo(step));
        while viewer.observed().run().snapshot.record.step < step || viewer.is_waiting() {
            viewer.settle(Duration::from_secs(1));
        }
        Arc::clone(viewer.observed())
    })
}

#[divan::bench(args = SCREENS.iter().map(|(config, panel)| format!("{config} {panel}")), sample_count = 300, sample_size = 1)]
fn frame_at_200x60(bencher: Bencher, screen: &str) {
    let (config, panel) = screen.split_once(' ').unwrap();
    let moments = observe_two_steps(config);
    let mut dashboard = Dashboard::new(Theme::new(Colours::True), Language::English, &[]);
    if panel != "0" {
        for c in panel.chars().chain(['z']) {
            dashboard.handle(&Event::Key(KeyEvent::from(KeyCode::Char(c))), &moments[0]);
        }
    }
    let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, 200, 60)) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(sink()), options).unwrap();
    let mut which = 0;
    bencher.bench_local(|| {
        which = 1 - which;
        terminal.draw(|frame| render(frame, &dashboard, &moments[which])).unwrap();
    });
}
