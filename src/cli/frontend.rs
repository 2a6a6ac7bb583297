//! A run from its beginning to its end: on a screen or as lines.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rnn_tui::activity::wait_for_writers;
use rnn_tui::class::TeacherTools;
use rnn_tui::config::StartPace;
use rnn_tui::dashboard::terminal::events::{ENDING, Events, Hangup, LONGEST_FAREWELL};
use rnn_tui::dashboard::{self, ClassParticipant, Ending, Export, HostServices, Preferences, Recording, View};
use rnn_tui::export::{Manner, cancel, export, new_folder};
use rnn_tui::memory::check_available;
use rnn_tui::report::{self, Outcome, Question};
use rnn_tui::session::{Control, Controls, Mode, Observed, Pace, Query, Rise, RunState, SharedRuns, Snapshot, Trainer};
use rnn_tui::storage::Writer;
use signal_hook::consts::{SIGHUP, SIGINT, SIGXFSZ};

use super::Failed;
use super::background;
use super::class_options::ClassOptions;
use super::environment::account;
use super::farewell::Farewell;
use super::messages::{complain, language};
use super::open_class::refusal;
use super::prepare::{KeptRuns, Prepared, PreparedRuns};
use super::waiting;

/// Where a run is to be seen.
pub enum Frontend {
    /// As lines, and then these questions answered.
    Plain(Vec<Question>),
    /// On a screen.
    Dashboard(Box<Shown>),
}

/// How a run is seen on a screen.
pub struct Shown {
    pub preferences: Preferences,
    /// What is asked from the start.
    pub prompts: Vec<String>,
    pub recording: Option<Recording>,
    /// Who else may look.
    pub class: Option<ClassOptions>,
}

pub fn has_screen() -> bool {
    io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Trains, or shows again, what has begun.
pub fn train(mut prepared: PreparedRuns, front: Frontend) -> Result<ExitCode, Failed> {
    // a file that may not grow is told by the write itself, as a full disk is
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    let is_seen = matches!(front, Frontend::Dashboard(..));
    let is_replay = matches!(prepared.first().run.mode, Mode::Replay(_));
    for Prepared { run, config, .. } in &mut prepared.runs {
        let goes_on = run.resume.is_some();
        (run.pace, run.rise) = match config.dashboard.pace {
            _ if !is_seen => (Pace::Full, None),
            StartPace::Steady(pace) => (Pace::from(pace), None),
            // who goes on with a run has seen it begin
            StartPace::Rising(_, to) if goes_on => (Pace::from(to), None),
            StartPace::Rising(from, to) => (Pace::from(to), Some(Rise { from, to })),
        };
        if is_seen && !config.dashboard.paused && !is_replay {
            run.mode = Mode::Running;
        }
        run.keyframes = config.run.keyframes << 20;
    }
    check_memory(&prepared, is_seen)?;
    let KeptRuns { runs, folder, folders, writers, lock: _lock } = prepared.keep()?;
    let kept_in = folder.clone();
    let is_in_background = match &front {
        Frontend::Dashboard(shown) => shown.class.as_ref().is_some_and(|class| class.in_background),
        Frontend::Plain(_) => false,
    };
    let mut trainers = Vec::new();
    for (name, mut run) in runs {
        // of lines nobody sees the past, unless they are kept
        run.keyframes = if is_seen || !writers.is_empty() { run.keyframes } else { 0 };
        trainers.push((name, Trainer::spawn(run).map_err(|error| refusal("training", &error))?));
    }
    waiting::end();
    let named = || trainers.iter().map(|(name, trainer)| (name.as_str(), trainer));
    let (mut problems, exported) = (Vec::new(), Arc::<Mutex<Vec<PathBuf>>>::default());
    let ended = match front {
        Frontend::Dashboard(mut shown) => {
            let controls = Controls::of(named().map(|(_, trainer)| trainer));
            let runs = SharedRuns::of(named())?;
            let ended =
                on_screen((controls, runs), &mut shown, export_to(folder, folders, Arc::clone(&exported)), is_replay);
            problems.extend(shown.recording.and_then(|recording| recording.failure()));
            ended
        }
        Frontend::Plain(questions) => plain(&named().collect::<Vec<_>>(), &questions),
    };
    // pictures yield to what is kept
    for folder in cancel() {
        complain(&format!("{}: some of its files are missing, since the program was told to end", folder.display()));
    }
    let reached: Vec<_> =
        named().map(|(name, trainer)| (name.to_owned(), Snapshot::clone(&trainer.latest()))).collect();
    // all are told before any is waited for
    Controls::of(named().map(|(_, trainer)| trainer)).send(Control::Stop);
    drop(trainers); // with them goes what they had to hand over
    problems.extend(writers.into_iter().flat_map(Writer::finish));
    for problem in &problems {
        complain(problem);
    }
    let is_interrupted = ended.as_ref().is_ok_and(|code| *code > NOT_KEPT);
    // a class that could not begin, which is a mistake of the command line, has reached nothing
    let has_begun = !matches!(ended, Err(Failed::Prompt(_)));
    if problems.is_empty() && !is_in_background && has_begun && (is_seen || is_interrupted) {
        let exported = exported.lock().unwrap_or_else(PoisonError::into_inner);
        Farewell::of(&reached, kept_in.as_deref(), &exported).say();
    }
    ended.map(|code| ExitCode::from(if code == 0 && !problems.is_empty() { NOT_KEPT } else { code }))
}

/// Memory for threads and messages, and for the frames of a screen.
const MEMORY_OF_LINES: u128 = 8 << 20;
const MEMORY_OF_SCREEN: u128 = 24 << 20;
/// Memory for the threads of a run.
const MEMORY_OF_RUN: u128 = 4 << 20;

/// Refuses runs for which there is no memory, all of them together, with what is copied of them while they are trained: an allocation
/// that fails in the middle of that would end the program.
fn check_memory(prepared: &PreparedRuns, is_seen: bool) -> Result<(), Failed> {
    let is_kept = prepared.is_kept();
    let of_run = |run: &Prepared| {
        let info = run.run.learner.info();
        // besides weights and gradients, which are there, the optimizer's vectors, if they have not been read; what a step keeps, once
        // more for validation, and for a prompt
        let vectors = if run.run.resume.is_none() { 2 * info.weights } else { 0 };
        let training = vectors + 3 * info.activations;
        // a copy on its way to the disk, and as a file
        let kept = if is_kept { 6 * info.weights } else { 0 };
        let seen = if is_seen { 2 * info.weights } else { 0 };
        MEMORY_OF_RUN + size_of::<f32>() as u128 * (training + kept + seen)
    };
    let bytes: u128 = prepared.runs.iter().map(of_run).sum();
    let bytes = bytes + if is_seen { MEMORY_OF_SCREEN } else { MEMORY_OF_LINES };
    check_available(u64::try_from(bytes).unwrap_or(u64::MAX)).map_err(|no_room| {
        let (count, name) = (prepared.runs.len(), prepared.first().config.name());
        let (what, help) = if count == 1 {
            ("the run".to_owned(), "make the model smaller")
        } else {
            (format!("{count} runs at once"), "leave some of the rivals out, or make the models smaller")
        };
        Failed::Prompt(format!("{name}: there is no memory to train {what}: {no_room}\n  {help}"))
    })
}

/// Everything is done, but not kept.
const NOT_KEPT: u8 = 3;

/// Of a process that a signal has ended.
pub fn code_of(signal: i32) -> u8 {
    128 + u8::try_from(signal).unwrap_or(127)
}

/// The run as lines. A signal lets it save, if it is kept, and say how far it is before it ends; a second one ends it at once.
fn plain(trainers: &[(&str, &Trainer)], questions: &[Question]) -> Result<u8, Failed> {
    let signal = Arc::new(AtomicUsize::new(0));
    let again = Arc::new(AtomicBool::new(false));
    for &number in ENDING {
        signal_hook::flag::register_conditional_shutdown(number, code_of(number).into(), Arc::clone(&again))?;
        signal_hook::flag::register(number, Arc::clone(&again))?;
        signal_hook::flag::register_usize(number, Arc::clone(&signal), usize::try_from(number).unwrap_or(0))?;
    }
    let interrupted = || i32::try_from(signal.load(Ordering::Relaxed)).ok().filter(|signal| *signal > 0);
    let outcome = report::run(trainers, questions, language(), &interrupted, &mut io::stdout().lock())?;
    if let Outcome::Interrupted(signal) = outcome {
        end_in_time(signal)?;
    }
    match outcome {
        Outcome::Complete => Ok(0),
        Outcome::Failed(failure) => Err(Failed::Run(failure)),
        Outcome::Refused(refusal) => Err(Failed::System(io::Error::other(refusal.error))),
        Outcome::Interrupted(signal) => Ok(code_of(signal)),
    }
}

/// Lets the program end by itself for a while; after that, a step or a disk that takes too long is not waited for.
fn end_in_time(signal: i32) -> io::Result<()> {
    thread::Builder::new().name("end".to_owned()).spawn(move || {
        wait_for_writers(LONGEST_FAREWELL);
        std::process::exit(code_of(signal).into());
    })?;
    Ok(())
}

/// Writes what a viewer sees to files in a folder, which is noted: in that of the run, if it is kept.
fn export_to(kept: Option<PathBuf>, folders: Vec<Option<PathBuf>>, exported: Arc<Mutex<Vec<PathBuf>>>) -> Arc<Export> {
    Arc::new(move |view: &View, observed: &Observed| {
        if let Some(run) = kept.as_ref().filter(|run| !run.is_dir()) {
            let gone = format!("the folder of the run, {}, is gone", run.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, gone));
        }
        let base = kept.as_ref().map_or_else(|| PathBuf::from("rnn-tui-export"), |run| run.join("export"));
        let folder = new_folder(&base, observed.run());
        let folders: Vec<_> = folders.iter().map(Option::as_deref).collect();
        // metrics that cannot be read are no reason to say no
        export(&folder, view, observed, &folders, Manner::default())?;
        exported.lock().unwrap_or_else(PoisonError::into_inner).push(folder.clone());
        Ok(folder)
    })
}

/// The runs in a dashboard, and in those of a class.
fn on_screen(
    (controls, runs): (Controls, SharedRuns),
    shown: &mut Shown,
    export: Arc<Export>,
    is_replay: bool,
) -> Result<u8, Failed> {
    let mut viewer = runs.viewer();
    if is_replay {
        viewer.send(Query::Replay);
    }
    let hangup = if shown.class.is_some() { Hangup::LosesTerminal } else { Hangup::Ends };
    let events = Events::of_signals(hangup, controls.stopper())?;
    let preferences = &shown.preferences;
    let (keymap, frames_per_second) = (preferences.keymap.clone(), preferences.frames_per_second);
    let tools = TeacherTools { controls: controls.clone(), export: Arc::clone(&export), keymap, frames_per_second };
    let open = shown.class.as_ref().map(|class| class.open(runs, tools)).transpose()?;
    let ending = match &open {
        Some(open) if shown.class.as_ref().is_some_and(|class| class.in_background) => {
            let chosen = shown.class.as_ref().and_then(|class| class.socket.as_deref());
            background::report_ready(&open.class, shown.preferences.language, chosen)?;
            open.wait(&events)
        }
        _ => {
            let mut membership = open.as_ref().and_then(|open| open.class.teach_here(&account()));
            let class = membership.as_mut().map(|membership| membership as &mut dyn ClassParticipant);
            let services = HostServices { export, recording: shown.recording.as_mut(), class };
            let ending =
                dashboard::run(&events, (&controls, &mut viewer), &shown.preferences, &shown.prompts, services)?;
            drop(membership);
            match (ending, &open) {
                (Ending::TerminalLost(_), Some(open)) => open.wait(&events),
                (ending, _) => ending,
            }
        }
    };
    let mut done = 0;
    if let Some(open) = &open {
        open.close();
        for missing in open.class.missing_records(preferences.language) {
            complain(&missing);
            done = NOT_KEPT;
        }
    }
    match ending {
        Ending::Quit | Ending::Interrupted | Ending::ClassOver | Ending::Removed | Ending::Idle => {
            viewer.update();
            match &viewer.observed().run().snapshot.state {
                RunState::Failed(failure) => Err(Failed::Run(failure.clone())),
                _ if ending == Ending::Interrupted => Ok(code_of(SIGINT)),
                _ => Ok(done),
            }
        }
        // as if SIGHUP, which says the same, had come first
        Ending::TerminalLost(reason) => {
            complain(&format!("the terminal is gone: {reason}"));
            Ok(code_of(SIGHUP))
        }
        Ending::Signal(signal) => Ok(code_of(signal)),
    }
}
