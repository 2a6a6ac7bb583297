//! Helpers shared by the test programs.

#![allow(dead_code, unused_imports)] // each test program uses some of them

pub mod fake_learner;
pub mod instruction_sets;
pub mod lesson;
pub mod pty;
#[cfg(feature = "ssh")]
pub mod ssh;

use std::ffi::{OsStr, OsString};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rnn_tui::config::{Config, NamedConfig, Origin, Override};
use rnn_tui::learning::{Learner, Progress, StepReport, language_learner};
use rnn_tui::model::kernels::INSTRUCTION_SET;
use rnn_tui::session::{Lockstep, Mode, ObservedRun, Pace, PreparedRun, Query, Snapshot, Trainer, Viewer};

pub use fake_learner::FakeLearner;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_rnn-tui");
pub const TOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/toy.toml");
pub const DUEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/duel.toml");
pub const CHARACTERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/characters.toml");
pub const WORDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/words.toml");

pub const CHINESE: &[(&str, &str)] = &[("LC_ALL", "zh_CN.UTF-8")];

/// Environment variables set for every program under test. All others are removed except [`INHERITED`], so that tests do not depend on
/// the caller's environment.
const ENVIRONMENT: [(&str, &str); 3] = [("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8"), ("RUST_BACKTRACE", "0")];
/// Environment variables that a program under test inherits.
const INHERITED: [&str; 5] = ["HOME", "PATH", "TMPDIR", "USER", INSTRUCTION_SET];

/// Environment of every program that a test starts.
pub fn environment() -> impl Iterator<Item = (&'static str, OsString)> {
    let inherited = INHERITED.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    ENVIRONMENT.into_iter().map(|(name, value)| (name, value.into())).chain(inherited)
}

/// A command with the tests' environment.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(environment());
    command
}

/// A command for the program under test.
pub fn program() -> Command {
    command(PROGRAM)
}

/// Timeout of tests that would otherwise hang. It is long because test programs may share a busy machine with two cores.
pub const LONGEST_WAIT: Duration = Duration::from_mins(3);

/// Polls `is_so` until it returns true; panics after [`LONGEST_WAIT`].
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONGEST_WAIT;
    while !is_so() {
        assert!(Instant::now() < deadline, "never seen: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A learner of the toy lesson with settings changed, e.g. `training.steps=10`.
pub fn toy(changes: &[&str]) -> Box<dyn Learner> {
    let changes: Vec<_> = changes.iter().map(|change| Override::set(change).unwrap()).collect();
    language_learner(Config::read(&Origin::toy(), &changes).unwrap()).unwrap()
}

/// Paused lockstep runs: the toy lesson, and one run for each rival setting, e.g. `model.cell=rnn`.
pub fn duel(changes: &[&str], rivals: &[&str]) -> Vec<(String, PreparedRun)> {
    let changes = changes.iter().map(|change| Override::set(change).unwrap());
    let rivals = rivals.iter().map(|rival| Override::rival(&[(*rival).to_owned()]).unwrap());
    let config = Config::read(&Origin::toy(), &changes.chain(rivals).collect::<Vec<_>>()).unwrap();
    let runs = config.runs();
    let lanes = Lockstep::lanes(runs.len());
    let prepared = |(NamedConfig { name, config }, lane)| {
        let run = PreparedRun::new(language_learner(config).unwrap(), Pace::Full, Mode::Paused);
        (name, PreparedRun { lane: Some(lane), ..run })
    };
    runs.into_iter().zip(lanes).map(prepared).collect()
}

/// Takes one training step, after a pending validation.
pub fn step(learner: &mut dyn Learner) -> StepReport {
    loop {
        if let Progress::Step(report) = learner.work().unwrap() {
            return report;
        }
    }
}

/// Waits until `is_right` holds for the run that `viewer` observes; panics after [`LONGEST_WAIT`].
#[track_caller]
pub fn look_for(viewer: &mut Viewer, is_right: impl Fn(&ObservedRun) -> bool) -> ObservedRun {
    let deadline = Instant::now() + LONGEST_WAIT;
    while !is_right(viewer.observed().run()) {
        assert!(Instant::now() < deadline, "never came; the last thing seen is {:?}", viewer.observed());
        viewer.refresh(Duration::from_millis(10));
    }
    viewer.observed().run().clone()
}

/// A viewer of one run, after its first answer.
pub fn viewer_of(trainer: &Trainer) -> Viewer {
    let mut viewer = Viewer::new([("run", trainer)]).unwrap();
    viewer.settle(LONGEST_WAIT);
    viewer
}

/// Sends a query, waits for its answer, and returns the observed run.
pub fn asked(viewer: &mut Viewer, query: Query) -> ObservedRun {
    viewer.send(query);
    viewer.settle(LONGEST_WAIT);
    viewer.observed().run().clone()
}

/// Waits for a snapshot for which `is_right` holds; panics after [`LONGEST_WAIT`].
#[track_caller]
pub fn wait_for(trainer: &Trainer, is_right: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let deadline = Instant::now() + LONGEST_WAIT;
    let mut snapshot = trainer.latest();
    while !is_right(&snapshot) {
        assert!(
            Instant::now() < deadline,
            "never came; the last snapshot is of step {}, {:?}",
            snapshot.record.step,
            snapshot.state
        );
        snapshot = trainer.next(&snapshot, Duration::from_millis(100));
    }
    snapshot
}
