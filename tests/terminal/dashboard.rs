//! When the dashboard draws and when it does not, by a simulated clock.

use std::cell::Cell;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::dashboard::screen::render;
use rnn_tui::dashboard::terminal::Canvas;
use rnn_tui::dashboard::terminal::events::Event;
use rnn_tui::dashboard::{Colours, Ending, EventSource, Host, Interruption, Language, Theme, View, watch};
use rnn_tui::learning::language_learner;
use rnn_tui::session::{Control, Controls, Mode, Observed, Pace, PreparedRun, RunState, Trainer};

use crate::support::{CHARACTERS, FakeLearner, LONGEST_WAIT, TOY, viewer_of, wait_for};

/// Events whose clock stands still until the dashboard waits: the time of a wait has then passed at once.
struct Simulated {
    events: mpsc::Receiver<Event>,
    now: Cell<Instant>,
    /// How much time each event takes.
    each: Duration,
    /// After so many waits a signal ends the dashboard.
    waits: Cell<u32>,
    /// By the system's clock: the end of a test whose frames never come.
    latest: Instant,
}

impl Simulated {
    fn new(waits: u32) -> (mpsc::Sender<Event>, Self) {
        let (sender, events) = mpsc::channel();
        let now = Instant::now();
        let latest = now + LONGEST_WAIT;
        (sender, Self { events, now: Cell::new(now), each: Duration::ZERO, waits: Cell::new(waits), latest })
    }
}

impl EventSource for Simulated {
    fn now(&self) -> Instant {
        self.now.get()
    }

    fn next(&self, deadline: Instant) -> Result<Event, RecvTimeoutError> {
        if let Ok(event) = self.events.try_recv() {
            self.now.set(self.now.get() + self.each);
            return Ok(event);
        }
        assert!(Instant::now() < self.latest, "the dashboard waits for what does not come");
        if deadline > self.now.get() {
            let Some(left) = self.waits.get().checked_sub(1) else { return Ok(Event::Signal(15)) };
            self.waits.set(left);
            self.now.set(deadline);
            thread::sleep(Duration::from_millis(1)); // the trainer's clock is the system's
        }
        Err(RecvTimeoutError::Timeout)
    }
}

fn key(code: KeyCode) -> Event {
    Event::Terminal(Input::Key(KeyEvent::from(code)))
}

fn view() -> View {
    View::new(Theme::new(Colours::None), Language::English, &[])
}

fn counting(mode: Mode) -> Trainer {
    Trainer::spawn(PreparedRun::new(Box::new(FakeLearner::default()), Pace::Full, mode)).unwrap()
}

/// When frames were drawn of a run that goes on at full speed, if each is to stay for `stay`.
fn times_of_frames(stay: Duration) -> Vec<Instant> {
    let learner = FakeLearner { is_slow: true, ..FakeLearner::default() };
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(learner), Pace::Full, Mode::Running)).unwrap();
    let (_sender, events) = Simulated::new(u32::MAX);
    let mut drawn = Vec::new();
    let draw = |_: &View, _: &Observed| {
        drawn.push(events.now());
        if drawn.len() < 10 { Ok(stay) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    watch(&mut viewer_of(&trainer), &events, &mut view(), &mut (&Controls::of([&trainer]), draw));
    drawn
}

#[test]
fn full_speed_training_draws_at_most_ten_frames_per_second() {
    let drawn = times_of_frames(Duration::ZERO);
    assert_eq!(drawn.len(), 10);
    assert!(drawn.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(100)), "{drawn:?}");
}

#[test]
fn slow_line_lengthens_frame_interval() {
    let drawn = times_of_frames(Duration::from_millis(300));
    assert_eq!(drawn.len(), 10);
    assert!(drawn.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(300)), "{drawn:?}");
}

#[test]
fn dashboard_bandwidth_is_bounded_and_idle_sends_zero_bytes() {
    for (size, most) in [((80, 24), 8_000.0), ((200, 60), 40_000.0)] {
        for (config, changes) in [
            (TOY, &[][..]),
            (CHARACTERS, &["model.hidden=32", "model.embedding=8", "training.batch=2", "training.window=16"]),
        ] {
            let endless = "training.steps=1000000"; // a run that is over has no news to draw
            let changes: Vec<_> =
                changes.iter().chain([&endless]).map(|change| Override::set(change).unwrap()).collect();
            let learner = language_learner(Config::read(&Origin::File(config.into()), &changes).unwrap()).unwrap();
            let trainer = Trainer::spawn(PreparedRun::new(learner, Pace::Full, Mode::Running)).unwrap();
            let (sender, events) = Simulated::new(u32::MAX);
            let mut view = View::new(Theme::new(Colours::True), Language::English, &[]);
            view.size = size;
            let sent = Cell::new(0);
            let mut canvas = Canvas::new(Counted(&sent), size, None).unwrap();
            let (mut frames, mut seconds, mut bytes) = (0, 0.0, 0);
            let draw = |view: &View, observed: &Observed| {
                let stay = canvas.draw(size, |frame| render(frame, view, observed))?;
                frames += 1;
                match frames {
                    1 => sender.send(key(KeyCode::Char('2'))).unwrap(), // the heatmap: numbers that change everywhere
                    2 => _ = sent.take(),                               // drawn whole
                    3..20 => {
                        // at the latest now there is news again
                        seconds += stay.max(view.frame).as_secs_f64();
                        bytes += sent.take();
                    }
                    20 => sender.send(key(KeyCode::Char(' '))).unwrap(),
                    100 => return Err(io::ErrorKind::BrokenPipe.into()), // it never stops drawing
                    _ => {}
                }
                if observed.run().snapshot.state == RunState::Paused {
                    events.waits.set(200);
                }
                Ok(stay)
            };
            let ending = watch(&mut viewer_of(&trainer), &events, &mut view, &mut (&Controls::of([&trainer]), draw));
            assert_eq!(ending, Ending::Signal(15).into(), "{config}: frames end when training is paused");
            let rate = f64::from(bytes) / seconds;
            println!("{config} at {size:?}: {rate:.0} bytes a second");
            assert!((1.0..=most).contains(&rate), "{rate} bytes a second at {size:?}, {config}");
        }
    }
}

/// Counts what it is sent.
struct Counted<'a>(&'a Cell<u32>);

impl io::Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + u32::try_from(bytes.len()).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A key is pressed again as soon as it has been heard, until so many frames have been drawn.
struct KeyFloodHost {
    pressed: mpsc::Sender<Event>,
    heard: u32,
    frames: u32,
}

impl Host for KeyFloodHost {
    fn draw(&mut self, _: &View, _: &Observed) -> io::Result<Duration> {
        self.frames += 1;
        Ok(Duration::ZERO)
    }

    fn control(&mut self, _: Control, _: Option<usize>) {
        self.heard += 1;
        let is_over = self.frames == 3 || self.heard == 1_000;
        self.pressed.send(if is_over { Event::Signal(15) } else { key(KeyCode::Char('s')) }).unwrap();
    }
}

#[test]
fn key_flood_does_not_block_drawing() {
    let trainer = counting(Mode::Paused);
    let (pressed, events) = Simulated::new(100);
    let events = Simulated { each: Duration::from_millis(1), ..events };
    pressed.send(key(KeyCode::Char('s'))).unwrap();
    let mut flood = KeyFloodHost { pressed, heard: 0, frames: 0 };
    watch(&mut viewer_of(&trainer), &events, &mut view(), &mut flood);
    assert_eq!(flood.frames, 3, "after {} keys", flood.heard);
}

/// The states of the run in the frames drawn until the dashboard ends, and why it ends.
fn watched(trainer: &Trainer, events: &Simulated, frames: usize) -> (Vec<RunState>, Interruption) {
    let mut drawn = Vec::new();
    let draw = |_: &View, observed: &Observed| {
        drawn.push(observed.run().snapshot.state.clone());
        if drawn.len() < frames { Ok(Duration::ZERO) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    let ending = watch(&mut viewer_of(trainer), events, &mut view(), &mut (&Controls::of([trainer]), draw));
    (drawn, ending)
}

#[test]
fn idle_dashboard_draws_no_frames() {
    let trainer = counting(Mode::Paused);
    let (_sender, events) = Simulated::new(50);
    let (frames, ending) = watched(&trainer, &events, 2);
    assert_eq!((frames.len(), ending), (1, Ending::Signal(15).into()));
}

/// Queues `keys`, and ends the dashboard when it has drawn `frames` frames; returns the states in them.
fn watched_for(trainer: &Trainer, keys: &str, frames: usize) -> Vec<RunState> {
    let (sender, events) = Simulated::new(1000);
    for c in keys.chars() {
        sender.send(key(KeyCode::Char(c))).unwrap();
    }
    watched(trainer, &events, frames).0
}

#[test]
fn queued_keys_share_one_frame() {
    let trainer = counting(Mode::Paused);
    assert_eq!(
        watched_for(&trainer, "itwo two two two two two two", 2).len(),
        2,
        "the first one and the one after the keys"
    );
}

/// A terminal far away, of which the program has nothing to take anew.
struct Remote {
    frames: u32,
}

impl Host for Remote {
    fn draw(&mut self, _: &View, _: &Observed) -> io::Result<Duration> {
        self.frames += 1;
        Ok(Duration::ZERO)
    }

    fn control(&mut self, _: Control, _: Option<usize>) {}

    fn redraw(&mut self) -> bool {
        true
    }
}

#[test]
fn repeated_redraw_requests_share_one_frame() {
    let trainer = counting(Mode::Paused);
    let (sender, events) = Simulated::new(2);
    (0..1000).for_each(|_| sender.send(Event::Continued).unwrap());
    let mut remote = Remote { frames: 0 };
    let ended = watch(&mut viewer_of(&trainer), &events, &mut view(), &mut remote);
    assert_eq!((ended, remote.frames), (Interruption::Ended(Ending::Signal(15)), 2));
}

#[test]
fn frame_after_key_shows_its_effect() {
    // at one step in many seconds nothing but the key is a reason for a frame
    let trainer = counting(Mode::Paused);
    assert_eq!(watched_for(&trainer, "s", 2), [RunState::Paused, RunState::Paused]);
    assert_eq!(trainer.latest().record.step, 1);
    let trainer =
        Trainer::spawn(PreparedRun::new(Box::new(FakeLearner::default()), Pace::from(1), Mode::Running)).unwrap();
    wait_for(&trainer, |now| now.record.step > 0);
    assert_eq!(watched_for(&trainer, " ", 2), [RunState::Running, RunState::Paused]);
}
