//! When the dashboard draws, measured with a simulated clock.

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
use rnn_tui::dashboard::{Colours, Dashboard, Ending, EventSource, Host, Interruption, Language, Theme, watch};
use rnn_tui::learning::language_learner;
use rnn_tui::session::{Control, Controls, Mode, Observed, Pace, PreparedRun, RunState, Trainer};

use crate::support::{CHARACTERS, FakeLearner, LONGEST_WAIT, TOY, viewer_of, wait_for};

/// Events with a simulated clock that advances by each wait without sleeping as long.
struct SimulatedEvents {
    events: mpsc::Receiver<Event>,
    now: Cell<Instant>,
    /// Time that passes with each event.
    time_per_event: Duration,
    /// Number of waits left until a signal ends the dashboard.
    waits: Cell<u32>,
    /// Deadline by the system's clock for a test whose frames never arrive.
    deadline: Instant,
}

impl SimulatedEvents {
    fn new(waits: u32) -> (mpsc::Sender<Event>, Self) {
        let (sender, events) = mpsc::channel();
        let now = Instant::now();
        let deadline = now + LONGEST_WAIT;
        (
            sender,
            Self { events, now: Cell::new(now), time_per_event: Duration::ZERO, waits: Cell::new(waits), deadline },
        )
    }
}

impl EventSource for SimulatedEvents {
    fn now(&self) -> Instant {
        self.now.get()
    }

    fn next(&self, deadline: Instant) -> Result<Event, RecvTimeoutError> {
        if let Ok(event) = self.events.try_recv() {
            self.now.set(self.now.get() + self.time_per_event);
            return Ok(event);
        }
        assert!(Instant::now() < self.deadline, "the dashboard waits for what does not come");
        if deadline > self.now.get() {
            let Some(left) = self.waits.get().checked_sub(1) else { return Ok(Event::Signal(15)) };
            self.waits.set(left);
            self.now.set(deadline);
            thread::sleep(Duration::from_millis(1)); // the trainer uses the system's clock
        }
        Err(RecvTimeoutError::Timeout)
    }
}

fn key(code: KeyCode) -> Event {
    Event::Terminal(Input::Key(KeyEvent::from(code)))
}

fn dashboard() -> Dashboard {
    Dashboard::new(Theme::new(Colours::None), Language::English, &[])
}

fn fake_trainer(mode: Mode) -> Trainer {
    Trainer::spawn(PreparedRun::new(Box::new(FakeLearner::default()), Pace::Full, mode)).unwrap()
}

/// Times of ten frames of a run at full speed, where each draw requests a pause of `stay`.
fn frame_times(stay: Duration) -> Vec<Instant> {
    let learner = FakeLearner { is_slow: true, ..FakeLearner::default() };
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(learner), Pace::Full, Mode::Running)).unwrap();
    let (_sender, events) = SimulatedEvents::new(u32::MAX);
    let mut drawn = Vec::new();
    let draw = |_: &Dashboard, _: &Observed| {
        drawn.push(events.now());
        if drawn.len() < 10 { Ok(stay) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    watch(&mut viewer_of(&trainer), &events, &mut dashboard(), &mut (&Controls::new([&trainer]), draw));
    drawn
}

#[test]
fn full_speed_training_draws_at_most_ten_frames_per_second() {
    let drawn = frame_times(Duration::ZERO);
    assert_eq!(drawn.len(), 10);
    assert!(drawn.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(100)), "{drawn:?}");
}

#[test]
fn slow_line_lengthens_frame_interval() {
    let drawn = frame_times(Duration::from_millis(300));
    assert_eq!(drawn.len(), 10);
    assert!(drawn.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(300)), "{drawn:?}");
}

#[test]
fn slow_line_bandwidth_is_bounded_and_idle_sends_zero_bytes() {
    for (size, max_rate) in [((80, 24), 8_000.0), ((200, 60), 40_000.0)] {
        for (config, changes) in [
            (TOY, &[][..]),
            (CHARACTERS, &["model.hidden=32", "model.embedding=8", "training.batch=2", "training.window=16"]),
        ] {
            let endless = "training.steps=1000000"; // a finished run has nothing new to draw
            let changes: Vec<_> =
                changes.iter().chain([&endless]).map(|change| Override::set(change).unwrap()).collect();
            let learner = language_learner(Config::read(&Origin::File(config.into()), &changes).unwrap()).unwrap();
            let trainer = Trainer::spawn(PreparedRun::new(learner, Pace::Full, Mode::Running)).unwrap();
            let (sender, events) = SimulatedEvents::new(u32::MAX);
            let mut dashboard = Dashboard::new(Theme::new(Colours::True), Language::English, &[]);
            dashboard.view.size = size;
            let sent = Cell::new(0);
            let mut canvas = Canvas::new(ByteCounter(&sent), size, None).unwrap();
            let (mut frames, mut seconds, mut bytes) = (0, 0.0, 0);
            let draw = |dashboard: &Dashboard, observed: &Observed| {
                let stay = canvas.draw(size, |frame| render(frame, dashboard, observed))?;
                frames += 1;
                match frames {
                    1 => sender.send(key(KeyCode::Char('2'))).unwrap(), // the heatmap changes in every cell
                    2 => _ = sent.take(), // the first frame of a panel is drawn completely
                    3..20 => {
                        // at the latest now there is a new snapshot
                        seconds += stay.max(dashboard.view.frame).as_secs_f64();
                        bytes += sent.take();
                    }
                    20 => sender.send(key(KeyCode::Char(' '))).unwrap(),
                    100 => return Err(io::ErrorKind::BrokenPipe.into()), // drawing never stops
                    _ => {}
                }
                if observed.run().snapshot.state == RunState::Paused {
                    events.waits.set(200);
                }
                Ok(stay)
            };
            let ending =
                watch(&mut viewer_of(&trainer), &events, &mut dashboard, &mut (&Controls::new([&trainer]), draw));
            assert_eq!(ending, Ending::Signal(15).into(), "{config}: frames end when training is paused");
            let rate = f64::from(bytes) / seconds;
            println!("{config} at {size:?}: {rate:.0} bytes a second");
            assert!((1.0..=max_rate).contains(&rate), "{rate} bytes a second at {size:?}, {config}");
        }
    }
}

/// A writer that counts bytes.
struct ByteCounter<'a>(&'a Cell<u32>);

impl io::Write for ByteCounter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + u32::try_from(bytes.len()).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Presses a key again as soon as the last one is handled, until three frames are drawn or 1,000 keys are handled.
struct KeyFloodHost {
    pressed: mpsc::Sender<Event>,
    handled: u32,
    frames: u32,
}

impl Host for KeyFloodHost {
    fn draw(&mut self, _: &Dashboard, _: &Observed) -> io::Result<Duration> {
        self.frames += 1;
        Ok(Duration::ZERO)
    }

    fn control(&mut self, _: Control, _: Option<usize>) {
        self.handled += 1;
        let is_over = self.frames == 3 || self.handled == 1_000;
        self.pressed.send(if is_over { Event::Signal(15) } else { key(KeyCode::Char('s')) }).unwrap();
    }
}

#[test]
fn key_flood_does_not_block_drawing() {
    let trainer = fake_trainer(Mode::Paused);
    let (pressed, events) = SimulatedEvents::new(100);
    let events = SimulatedEvents { time_per_event: Duration::from_millis(1), ..events };
    pressed.send(key(KeyCode::Char('s'))).unwrap();
    let mut flood = KeyFloodHost { pressed, handled: 0, frames: 0 };
    watch(&mut viewer_of(&trainer), &events, &mut dashboard(), &mut flood);
    assert_eq!(flood.frames, 3, "after {} keys", flood.handled);
}

/// Draws at most `frames` frames; returns the run's state in each, and why the dashboard ended.
fn drawn_states(trainer: &Trainer, events: &SimulatedEvents, frames: usize) -> (Vec<RunState>, Interruption) {
    let mut drawn = Vec::new();
    let draw = |_: &Dashboard, observed: &Observed| {
        drawn.push(observed.run().snapshot.state.clone());
        if drawn.len() < frames { Ok(Duration::ZERO) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    let ending = watch(&mut viewer_of(trainer), events, &mut dashboard(), &mut (&Controls::new([trainer]), draw));
    (drawn, ending)
}

#[test]
fn idle_dashboard_draws_no_frames() {
    let trainer = fake_trainer(Mode::Paused);
    let (_sender, events) = SimulatedEvents::new(50);
    let (frames, ending) = drawn_states(&trainer, &events, 2);
    assert_eq!((frames.len(), ending), (1, Ending::Signal(15).into()));
}

/// Queues `keys`, and draws at most `frames` frames; returns the run's state in each.
fn drawn_states_after(trainer: &Trainer, keys: &str, frames: usize) -> Vec<RunState> {
    let (sender, events) = SimulatedEvents::new(1000);
    for c in keys.chars() {
        sender.send(key(KeyCode::Char(c))).unwrap();
    }
    drawn_states(trainer, &events, frames).0
}

#[test]
fn queued_keys_share_one_frame() {
    let trainer = fake_trainer(Mode::Paused);
    assert_eq!(
        drawn_states_after(&trainer, "itwo two two two two two two", 2).len(),
        2,
        "the first frame and the one after the keys"
    );
}

/// A remote terminal, which accepts every request to redraw.
struct RemoteHost {
    frames: u32,
}

impl Host for RemoteHost {
    fn draw(&mut self, _: &Dashboard, _: &Observed) -> io::Result<Duration> {
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
    let trainer = fake_trainer(Mode::Paused);
    let (sender, events) = SimulatedEvents::new(2);
    (0..1000).for_each(|_| sender.send(Event::Continued).unwrap());
    let mut remote = RemoteHost { frames: 0 };
    let ended = watch(&mut viewer_of(&trainer), &events, &mut dashboard(), &mut remote);
    assert_eq!((ended, remote.frames), (Interruption::Ended(Ending::Signal(15)), 2));
}

#[test]
fn frame_after_key_shows_its_effect() {
    // the run is paused or slow, so only the key causes a frame
    let trainer = fake_trainer(Mode::Paused);
    assert_eq!(drawn_states_after(&trainer, "s", 2), [RunState::Paused, RunState::Paused]);
    assert_eq!(trainer.latest().record.step, 1);
    let trainer =
        Trainer::spawn(PreparedRun::new(Box::new(FakeLearner::default()), Pace::from(1), Mode::Running)).unwrap();
    wait_for(&trainer, |snapshot| snapshot.record.step > 0);
    assert_eq!(drawn_states_after(&trainer, " ", 2), [RunState::Running, RunState::Paused]);
}
