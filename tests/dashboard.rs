//! When the dashboard draws and when it does not.

#![allow(clippy::unwrap_used)] // a test may fail

mod support;

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use rnn_tui::dashboard::terminal::events::Event;
use rnn_tui::dashboard::{Colours, Ending, Host, Interruption, Language, Theme, View, watch};
use rnn_tui::session::{Control, Controls, Mode, Observed, Pace, PreparedRun, RunState, Trainer};
use support::{Counter, viewer_of, wait_for};

fn key(code: KeyCode) -> Event {
    Event::Terminal(Input::Key(KeyEvent::from(code)))
}

/// The states of the run in the frames drawn until the dashboard ends, and why it ends.
fn watched(trainer: &Trainer, events: &mpsc::Receiver<Event>) -> (Vec<RunState>, Interruption) {
    let mut view = View::new(Theme::new(Colours::None), Language::English, &[]);
    let mut frames = Vec::new();
    let draw = |_: &View, observed: &Observed| {
        frames.push(observed.run().snapshot.state.clone());
        Ok(Duration::ZERO)
    };
    let ending = watch(&mut viewer_of(trainer), events, &mut view, &mut (&Controls::of([trainer]), draw));
    (frames, ending)
}

#[test]
fn a_frame_that_a_slow_line_needs_time_for_stays_longer() {
    let trainer = Trainer::spawn(PreparedRun::new(
        Box::new(Counter { is_slow: true, ..Counter::default() }),
        Pace::Full,
        Mode::Running,
    ))
    .unwrap();
    let (sender, events) = mpsc::channel();
    let mut view = View::new(Theme::new(Colours::None), Language::English, &[]);
    let mut drawn = Vec::new();
    let draw = |_: &View, _: &Observed| {
        drawn.push(Instant::now());
        if drawn.len() == 3 {
            sender.send(Event::Signal(15)).unwrap();
        }
        Ok(Duration::from_millis(300))
    };
    watch(&mut viewer_of(&trainer), &events, &mut view, &mut (&Controls::of([&trainer]), draw));
    assert!(drawn.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(299)), "{drawn:?}");
}

/// A key is pressed again as soon as it has been heard, until so many frames have been drawn.
struct Flood {
    pressed: mpsc::Sender<Event>,
    heard: u32,
    frames: u32,
}

impl Host for Flood {
    fn draw(&mut self, _: &View, _: &Observed) -> io::Result<Duration> {
        self.frames += 1;
        Ok(Duration::ZERO)
    }

    fn control(&mut self, _: Control, _: Option<usize>) {
        self.heard += 1;
        let is_over = self.frames == 3 || self.heard == 100_000;
        self.pressed.send(if is_over { Event::Signal(15) } else { key(KeyCode::Char('s')) }).unwrap();
    }
}

#[test]
fn keys_without_end_do_not_keep_frames_from_being_drawn() {
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(Counter::default()), Pace::Full, Mode::Paused)).unwrap();
    let (pressed, events) = mpsc::channel();
    pressed.send(key(KeyCode::Char('s'))).unwrap();
    let mut view = View::new(Theme::new(Colours::None), Language::English, &[]);
    view.frame = Duration::from_millis(1);
    let mut flood = Flood { pressed, heard: 0, frames: 0 };
    watch(&mut viewer_of(&trainer), &events, &mut view, &mut flood);
    assert_eq!(flood.frames, 3, "after {} keys", flood.heard);
}

#[test]
fn nothing_is_drawn_when_nothing_happens() {
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(Counter::default()), Pace::Full, Mode::Paused)).unwrap();
    let (sender, events) = mpsc::channel();
    let keyboard = thread::spawn(move || {
        thread::sleep(Duration::from_millis(400));
        sender.send(key(KeyCode::Char('q'))).unwrap();
    });
    let (frames, ending) = watched(&trainer, &events);
    keyboard.join().unwrap();
    assert_eq!((frames.len(), ending), (1, Ending::Quit.into()));
}

#[test]
fn training_at_full_speed_is_drawn_at_most_ten_times_a_second() {
    let trainer = Trainer::spawn(PreparedRun::new(
        Box::new(Counter { is_slow: true, ..Counter::default() }),
        Pace::Full,
        Mode::Running,
    ))
    .unwrap();
    let (sender, events) = mpsc::channel();
    let start = Instant::now();
    let keyboard = thread::spawn(move || {
        thread::sleep(Duration::from_millis(600));
        sender.send(Event::Signal(15)).unwrap();
    });
    let (frames, ending) = watched(&trainer, &events);
    let most = start.elapsed().as_millis() / 100 + 2;
    keyboard.join().unwrap();
    assert!((2..=most).contains(&(frames.len() as u128)), "{} frames, at most {most}", frames.len());
    assert_eq!(ending, Ending::Signal(15).into());
}

/// Queues `keys`, and ends the dashboard when it has drawn `frames` frames; returns the states in them.
fn watched_for(trainer: &Trainer, keys: &str, frames: usize) -> Vec<RunState> {
    let (sender, events) = mpsc::channel();
    for c in keys.chars() {
        sender.send(key(KeyCode::Char(c))).unwrap();
    }
    let mut view = View::new(Theme::new(Colours::None), Language::English, &[]);
    let mut drawn = Vec::new();
    let draw = |_: &View, observed: &Observed| {
        drawn.push(observed.run().snapshot.state.clone());
        if drawn.len() == frames {
            sender.send(Event::Signal(1)).unwrap();
        }
        Ok(Duration::ZERO)
    };
    watch(&mut viewer_of(trainer), &events, &mut view, &mut (&Controls::of([trainer]), draw));
    drawn
}

#[test]
fn many_keys_at_once_are_one_frame() {
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(Counter::default()), Pace::Full, Mode::Paused)).unwrap();
    assert_eq!(
        watched_for(&trainer, "itwo two two two two two two", 2).len(),
        2,
        "the first one and the one after the keys"
    );
}

#[test]
fn the_frame_after_a_key_shows_what_the_key_did() {
    // at one step in many seconds nothing but the key is a reason for a frame
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(Counter::default()), Pace::Full, Mode::Paused)).unwrap();
    assert_eq!(watched_for(&trainer, "s", 2), [RunState::Paused, RunState::Paused]);
    assert_eq!(trainer.latest().record.step, 1);
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(Counter::default()), Pace::from(1), Mode::Running)).unwrap();
    wait_for(&trainer, |now| now.record.step > 0);
    assert_eq!(watched_for(&trainer, " ", 2), [RunState::Running, RunState::Paused]);
}
