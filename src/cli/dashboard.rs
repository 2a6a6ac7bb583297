//! Runs in a dashboard, with a class beside it.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rnn_tui::class::TeacherTools;
use rnn_tui::dashboard::terminal::events::{Events, Hangup};
use rnn_tui::dashboard::{self, ClassParticipant, Dashboard, Ending, Export, HostServices};
use rnn_tui::export::{ExportOptions, export, new_folder};
use rnn_tui::language::Message;
use rnn_tui::session::{Controls, Observed, Query, RunState, SharedRuns};
use signal_hook::consts::{SIGHUP, SIGINT};

use super::background;
use super::environment::account;
use super::error::{Failed, NOT_KEPT, exit_code_of};
use super::frontend::DashboardOptions;
use super::messages::complain;

rnn_tui::messages! {
    enum DashboardMessage {
        FolderGone { folder: PathBuf } =
            "the folder of the run, {folder}, is gone", "训练的文件夹 {folder} 不见了";
        TerminalLost { reason: Message } = "the terminal is gone: {reason}", "终端已不在：{reason}";
    }
}

/// Returns the export function of the dashboard. It writes the runs as a viewer observes them into a new folder, within `run_folder` if the runs
/// are saved and otherwise in the working directory, and adds the new folder to `exported`. `folders` has the folder of each run.
///
/// The function fails if `run_folder` has been removed, or if a file cannot be written.
pub fn export_function(
    run_folder: Option<PathBuf>,
    folders: Vec<Option<PathBuf>>,
    exported: Arc<Mutex<Vec<PathBuf>>>,
) -> Arc<Export> {
    Arc::new(move |dashboard: &Dashboard, observed: &Observed| {
        if let Some(run) = run_folder.as_ref().filter(|run| !run.is_dir()) {
            let gone = DashboardMessage::FolderGone { folder: run.clone() };
            return Err(io::Error::new(io::ErrorKind::NotFound, Message::from(gone)));
        }
        let base = run_folder.as_ref().map_or_else(|| PathBuf::from("rnn-tui-export"), |run| run.join("export"));
        let folder = new_folder(&base, observed.run());
        let folders: Vec<_> = folders.iter().map(Option::as_deref).collect();
        // metrics that cannot be read are omitted
        export(&folder, dashboard, observed, &folders, ExportOptions::default())?;
        exported.lock().unwrap_or_else(PoisonError::into_inner).push(folder.clone());
        Ok(folder)
    })
}

/// Shows runs in a dashboard, and opens their class if there is one, until the viewer quits, a signal arrives or the class ends; returns the
/// exit code. A class continues without the terminal if that is lost.
pub fn run_dashboard(
    controls: Controls,
    runs: SharedRuns,
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
            let socket = options.class.as_ref().and_then(|class| class.socket.as_deref());
            background::report_ready(&open.class, options.preferences.language, socket)?;
            open.wait(&events)
        }
        _ => {
            let mut membership = open.as_ref().and_then(|open| open.class.teach_here(&account()));
            let class = membership.as_mut().map(|membership| membership as &mut dyn ClassParticipant);
            let services = HostServices { export, recording: options.recording.as_mut(), class };
            let ending =
                dashboard::run(&events, &controls, &mut viewer, &options.preferences, &options.prompts, services)?;
            drop(membership);
            match (ending, &open) {
                (Ending::TerminalLost(_), Some(open)) => open.wait(&events),
                (ending, _) => ending,
            }
        }
    };
    let mut code = 0;
    if let Some(open) = &open {
        open.close();
        for missing in open.class.missing_records(preferences.language) {
            complain(Message::new(missing));
            code = NOT_KEPT;
        }
    }
    match ending {
        Ending::Quit | Ending::Interrupted | Ending::ClassOver | Ending::Removed | Ending::Idle => {
            viewer.update();
            match &viewer.observed().run().snapshot.state {
                RunState::Failed(failure) => Err(Failed::Run(failure.clone())),
                _ if ending == Ending::Interrupted => Ok(exit_code_of(SIGINT)),
                _ => Ok(code),
            }
        }
        // as after SIGHUP
        Ending::TerminalLost(reason) => {
            complain(DashboardMessage::TerminalLost { reason });
            Ok(exit_code_of(SIGHUP))
        }
        Ending::Signal(signal) => Ok(exit_code_of(signal)),
    }
}
