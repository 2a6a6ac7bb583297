//! The front ends of runs: plain lines, or a dashboard with a class beside it.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rnn_tui::activity::wait_for_writers;
use rnn_tui::class::TeacherTools;
use rnn_tui::dashboard::terminal::events::{ENDING, Events, Hangup, LONGEST_FAREWELL};
use rnn_tui::dashboard::{self, ClassParticipant, Dashboard, Ending, Export, HostServices, Preferences, Recording};
use rnn_tui::export::{Manner, export, new_folder};
use rnn_tui::language::Message;
use rnn_tui::report::{self, Outcome, Question};
use rnn_tui::session::{Controls, Observed, Query, RunState, SharedRuns, Trainer};
use signal_hook::consts::{SIGHUP, SIGINT};

use super::Failed;
use super::background;
use super::class_options::ClassOptions;
use super::environment::account;
use super::messages::{complain, language};

rnn_tui::messages! {
    enum FrontendMessage {
        FolderGone { folder: PathBuf } =
            "the folder of the run, {folder}, is gone", "训练的文件夹 {folder} 不见了";
        TerminalLost { reason: Message } = "the terminal is gone: {reason}", "终端已不在：{reason}";
    }
}

/// How runs are shown.
pub enum Frontend {
    /// Lines on stdout, and the answers to these questions after training.
    Plain(Vec<Question>),
    Dashboard(Box<DashboardOptions>),
}

/// Options of the dashboard.
pub struct DashboardOptions {
    pub preferences: Preferences,
    /// Prompts to recall with Up; the first one is asked at the start.
    pub prompts: Vec<String>,
    pub recording: Option<Recording>,
    /// The class to open beside the dashboard.
    pub class: Option<ClassOptions>,
}

impl Frontend {
    /// Whether it is a class without a terminal of its own.
    pub fn is_in_background(&self) -> bool {
        match self {
            Self::Dashboard(options) => options.class.as_ref().is_some_and(|class| class.in_background),
            Self::Plain(_) => false,
        }
    }
}

/// Whether stdout is a terminal that can show a dashboard.
pub fn has_screen() -> bool {
    io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The exit code of runs that are complete and not completely saved.
pub const NOT_KEPT: u8 = 3;

/// The exit code of a process that a signal has ended: 128 + `signal`.
pub fn exit_code_of(signal: i32) -> u8 {
    128 + u8::try_from(signal).unwrap_or(127)
}

/// Prints runs as lines and answers questions; returns the exit code. The first signal ends training in order, the second one the process.
pub fn plain(trainers: &[(&str, &Trainer)], questions: &[Question]) -> Result<u8, Failed> {
    let signal = Arc::new(AtomicUsize::new(0));
    let again = Arc::new(AtomicBool::new(false));
    for &number in ENDING {
        signal_hook::flag::register_conditional_shutdown(number, exit_code_of(number).into(), Arc::clone(&again))?;
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
        Outcome::Refused(refusal) => Err(Failed::Incomplete(refusal.error.into())),
        Outcome::Interrupted(signal) => Ok(exit_code_of(signal)),
    }
}

/// Ends the process after a timeout, in case a step or the disk takes too long.
fn end_in_time(signal: i32) -> io::Result<()> {
    thread::Builder::new().name("end".to_owned()).spawn(move || {
        wait_for_writers(LONGEST_FAREWELL);
        std::process::exit(exit_code_of(signal).into());
    })?;
    Ok(())
}

/// A function that exports what a viewer sees into a new folder, in the folder `kept` of the runs or in the working directory, and adds it to
/// `exported`. `folders` are those of each run.
pub fn export_to(
    kept: Option<PathBuf>,
    folders: Vec<Option<PathBuf>>,
    exported: Arc<Mutex<Vec<PathBuf>>>,
) -> Arc<Export> {
    Arc::new(move |dashboard: &Dashboard, observed: &Observed| {
        if let Some(run) = kept.as_ref().filter(|run| !run.is_dir()) {
            let gone = FrontendMessage::FolderGone { folder: run.clone() };
            return Err(io::Error::new(io::ErrorKind::NotFound, Message::from(gone)));
        }
        let base = kept.as_ref().map_or_else(|| PathBuf::from("rnn-tui-export"), |run| run.join("export"));
        let folder = new_folder(&base, observed.run());
        let folders: Vec<_> = folders.iter().map(Option::as_deref).collect();
        // metrics that cannot be read are omitted
        export(&folder, dashboard, observed, &folders, Manner::default())?;
        exported.lock().unwrap_or_else(PoisonError::into_inner).push(folder.clone());
        Ok(folder)
    })
}

/// Shows runs in a dashboard, and in those of a class, until the viewer quits; returns the exit code.
pub fn run_dashboard(
    (controls, runs): (Controls, SharedRuns),
    options: &mut DashboardOptions,
    export: Arc<Export>,
    is_replay: bool,
) -> Result<u8, Failed> {
    let mut viewer = runs.viewer();
    if is_replay {
        viewer.send(Query::Replay);
    }
    let hangup = if options.class.is_some() { Hangup::LosesTerminal } else { Hangup::Ends };
    let events = Events::from_signals(hangup, controls.stopper())?;
    let preferences = &options.preferences;
    let (keymap, frames_per_second) = (preferences.keymap.clone(), preferences.frames_per_second);
    let tools = TeacherTools { controls: controls.clone(), export: Arc::clone(&export), keymap, frames_per_second };
    let open = options.class.as_ref().map(|class| class.open(runs, tools)).transpose()?;
    let ending = match &open {
        Some(open) if options.class.as_ref().is_some_and(|class| class.in_background) => {
            let chosen = options.class.as_ref().and_then(|class| class.socket.as_deref());
            background::report_ready(&open.class, options.preferences.language, chosen)?;
            open.wait(&events)
        }
        _ => {
            let mut membership = open.as_ref().and_then(|open| open.class.teach_here(&account()));
            let class = membership.as_mut().map(|membership| membership as &mut dyn ClassParticipant);
            let services = HostServices { export, recording: options.recording.as_mut(), class };
            let ending =
                dashboard::run(&events, (&controls, &mut viewer), &options.preferences, &options.prompts, services)?;
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
            complain(Message::new(missing));
            done = NOT_KEPT;
        }
    }
    match ending {
        Ending::Quit | Ending::Interrupted | Ending::ClassOver | Ending::Removed | Ending::Idle => {
            viewer.update();
            match &viewer.observed().run().snapshot.state {
                RunState::Failed(failure) => Err(Failed::Run(failure.clone())),
                _ if ending == Ending::Interrupted => Ok(exit_code_of(SIGINT)),
                _ => Ok(done),
            }
        }
        // as after SIGHUP
        Ending::TerminalLost(reason) => {
            complain(FrontendMessage::TerminalLost { reason });
            Ok(exit_code_of(SIGHUP))
        }
        Ending::Signal(signal) => Ok(exit_code_of(signal)),
    }
}
