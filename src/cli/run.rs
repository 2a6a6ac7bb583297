//! Runs from start to end: training or replay with a front end, saving, and the exit code.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use rnn_tui::config::StartPace;
use rnn_tui::export::cancel;
use rnn_tui::language::Message;
use rnn_tui::memory::check_available;
use rnn_tui::session::{Control, Controls, Mode, Pace, Rise, SharedRuns, Snapshot, Trainer};
use rnn_tui::storage::Writer;
use signal_hook::consts::SIGXFSZ;

use super::dashboard::{export_function, run_dashboard};
use super::error::{Failed, NOT_KEPT};
use super::farewell::farewell;
use super::frontend::Frontend;
use super::messages::{complain, say_to_stderr};
use super::plain::run_plain;
use super::prepared_run::Prepared;
use super::prepared_runs::{PreparedRuns, StoredRuns};
use super::progress;

rnn_tui::messages! {
    enum RunMessage {
        ExportInterrupted =
            "some of its files are missing, since the program was asked to end", "因为程序被要求结束，其中缺少一些文件";
        NoMemory { no_room: Message } =
            "there is no memory to train the run: {no_room}", "没有足够的内存训练这个运行：{no_room}";
        NoMemoryForAll { runs: usize, no_room: Message } =
            "there is no memory to train {runs} runs at once: {no_room}", "没有足够的内存同时训练 {runs} 个运行：{no_room}";
        SmallerModel = "make the model smaller", "请把模型改小";
        FewerRivals =
            "leave some of the rivals out, or make the models smaller", "请去掉一些对手，或把模型改小";
    }
}

/// Trains or replays prepared runs until their front end ends, saves them, and prints how to resume them.
pub fn run(mut prepared: PreparedRuns, frontend: Frontend) -> Result<ExitCode, Failed> {
    // a write beyond the limit of a file's size then returns an error, as on a full disk
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    let has_dashboard = matches!(frontend, Frontend::Dashboard(..));
    let is_replay = matches!(prepared.first().run.mode, Mode::Replay(_));
    for prepared in &mut prepared.runs {
        set_pace(prepared, has_dashboard, is_replay);
    }
    check_memory(&prepared, has_dashboard)?;
    let StoredRuns { runs, folder, folders, writers, lock: _lock } = prepared.store()?;
    let run_folder = folder.clone();
    let is_in_background = frontend.is_in_background();
    let mut trainers = Vec::new();
    for (name, mut run) in runs {
        // without a dashboard, keyframes are visible only in the replay of a saved run
        run.keyframes = if has_dashboard || !writers.is_empty() { run.keyframes } else { 0 };
        trainers.push((name, Trainer::spawn(run).map_err(|error| Failed::at_start("training", error))?));
    }
    progress::finish();
    let named = || trainers.iter().map(|(name, trainer)| (name.as_str(), trainer));
    let (mut problems, exported) = (Vec::<Message>::new(), Arc::<Mutex<Vec<PathBuf>>>::default());
    let code = match frontend {
        Frontend::Plain(questions) => run_plain(&named().collect::<Vec<_>>(), &questions),
        Frontend::Dashboard(mut screen) => {
            let controls = Controls::new(named().map(|(_, trainer)| trainer));
            let runs = SharedRuns::new(named())?;
            let export = export_function(folder, folders, Arc::clone(&exported));
            let code = run_dashboard(&controls, runs, &mut screen, export, is_replay);
            problems.extend(screen.recording.and_then(|recording| recording.failure()));
            code
        }
    };
    // saving comes before exports
    for folder in cancel() {
        complain(Message::from(RunMessage::ExportInterrupted).at(folder));
    }
    let last: Vec<_> = named().map(|(name, trainer)| (name.to_owned(), Snapshot::clone(&trainer.latest()))).collect();
    // all stop at once, before any is waited for
    Controls::new(named().map(|(_, trainer)| trainer)).send(Control::Stop);
    drop(trainers); // closes the queues of the writers
    problems.extend(writers.into_iter().flat_map(Writer::finish).map(Message::from));
    let is_saved = problems.is_empty();
    for problem in problems {
        complain(problem);
    }
    let is_interrupted = code.as_ref().is_ok_and(|code| *code > NOT_KEPT);
    // a class that could not start has taken no steps
    let has_started = !matches!(code, Err(Failed::Mistake(_)));
    if is_saved && !is_in_background && has_started && (has_dashboard || is_interrupted) {
        let exported = exported.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(farewell) = farewell(&last, run_folder.as_deref(), &exported) {
            say_to_stderr(farewell);
        }
    }
    code.map(|code| ExitCode::from(if code == 0 && !is_saved { NOT_KEPT } else { code }))
}

/// Sets the speed of a run, whether it starts at once, and its memory for keyframes.
fn set_pace(Prepared { run, config, .. }: &mut Prepared, has_dashboard: bool, is_replay: bool) {
    let is_resumed = run.resume.is_some();
    (run.pace, run.rise) = match config.dashboard.pace {
        _ if !has_dashboard => (Pace::Full, None),
        StartPace::Steady(pace) => (Pace::from(pace), None),
        // the slow start is for the first steps of a run
        StartPace::Rising(_, to) if is_resumed => (Pace::from(to), None),
        StartPace::Rising(from, to) => (Pace::from(to), Some(Rise { from, to })),
    };
    if has_dashboard && !config.dashboard.paused && !is_replay {
        run.mode = Mode::Running;
    }
    run.keyframes = config.run.keyframes << 20;
}

/// Bytes for threads and messages without a dashboard.
const PLAIN_MEMORY: u128 = 8 << 20;
/// Bytes for threads, messages and frames with a dashboard.
const DASHBOARD_MEMORY: u128 = 24 << 20;
/// Bytes for the threads of a run.
const RUN_MEMORY: u128 = 4 << 20;

/// Checks that there is memory for all runs together, with the copies that are made of them during training: a failed allocation in the
/// middle of that would end the program.
fn check_memory(prepared: &PreparedRuns, has_dashboard: bool) -> Result<(), Failed> {
    let is_saved = prepared.are_saved();
    let run_bytes = |run: &Prepared| {
        let info = run.run.learner.info();
        // weights and gradients are allocated already; missing are the optimizer's vectors, unless a checkpoint had them, and the
        // activations of a step, of validation and of a prompt
        let vectors = if run.run.resume.is_none() { 2 * info.weights } else { 0 };
        let training = vectors + 3 * info.activations;
        // a copy for the writer, and the file in memory
        let saved = if is_saved { 6 * info.weights } else { 0 };
        let shown = if has_dashboard { 2 * info.weights } else { 0 };
        RUN_MEMORY + size_of::<f32>() as u128 * (training + saved + shown)
    };
    let bytes: u128 = prepared.runs.iter().map(run_bytes).sum();
    let bytes = bytes + if has_dashboard { DASHBOARD_MEMORY } else { PLAIN_MEMORY };
    check_available(u64::try_from(bytes).unwrap_or(u64::MAX)).map_err(|no_room| {
        let (runs, no_room) = (prepared.runs.len(), Message::from(no_room));
        let (problem, help) = if runs == 1 {
            (RunMessage::NoMemory { no_room }, RunMessage::SmallerModel)
        } else {
            (RunMessage::NoMemoryForAll { runs, no_room }, RunMessage::FewerRivals)
        };
        Failed::Mistake(Message::from(problem).at(prepared.first().config.name().to_owned()).with_help(help))
    })
}
