//! Export of runs at one moment: pictures (SVG) of a viewer's screen, and tables (CSV) of the numbers in it.
//!
//! | file | what it holds |
//! |---|---|
//! | `screen.svg` | the whole screen |
//! | `loss.svg` | the viewer's curve, drawn with lines |
//! | `heatmap.svg` | the viewer's states or gates |
//! | `curves.csv` | loss, its moving average, gradient norm and learning rate over the steps |
//! | `validations.csv` | every validation |
//! | `states.csv` | every state and gate of every layer at every step of the prompt |
//! | `gradient_flow.csv` | how much of the answer's loss reaches each of them |
//! | `answer.csv` | the distribution of the next word |
//! | `runs.csv` | a row for each of several runs; each run has a folder for its files |
//! | `metrics.csv` | steps and validations in `metrics.jsonl` of a saved run |

pub mod picture;
mod tables;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::activity::{self, Activity};
use crate::dashboard::Dashboard;
use crate::language::Message;
use crate::model::Role;
use crate::session::{Observed, ObservedRun};
use crate::storage::{DuelRun, metrics};

/// Returns the first of `base/step-N`, `base/step-N-2`, … that does not exist, where N is the step that is shown.
#[must_use]
pub fn new_folder(base: &Path, run: &ObservedRun) -> PathBuf {
    let step = run.playback.shown.unwrap_or(run.snapshot.record.step);
    let names = std::iter::once(format!("step-{step}")).chain((2..).map(|number| format!("step-{step}-{number}")));
    names.map(|name| base.join(name)).find(|folder| !folder.exists()).unwrap_or_else(|| base.to_owned())
}

/// Options of [`export`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// Whether existing files are overwritten; otherwise they are an error.
    pub overwrites: bool,
    /// Whether tables begin with a byte order mark, by which Excel recognizes UTF-8.
    pub has_byte_order_mark: bool,
}

/// Writes the files into `folder`, which is created if necessary. Tables and pictures without data are left out, and a run outside
/// `folders_of_runs`, the folders of the saved runs by index, has no `metrics.csv`. With several runs each has a folder in `folder`.
///
/// Returns the paths of the files, and a warning if the metrics of a run cannot be read.
///
/// # Errors
/// If a file cannot be written, exists and is not to be overwritten, or if [`cancel`] was called.
pub fn export(
    folder: &Path,
    dashboard: &Dashboard,
    observed: &Observed,
    folders_of_runs: &[Option<&Path>],
    options: ExportOptions,
) -> io::Result<(Vec<PathBuf>, Option<Message>)> {
    let _unfinished = Unfinished::begin(folder);
    // one unit per run, and one for the rest
    let busy = activity::begin(Activity::Exporting, observed.runs.len() as u64 + 1);
    let mut files = vec![("screen.svg".into(), picture::draw_screen(dashboard, observed).into_bytes())];
    files
        .extend(picture::draw_curve(dashboard, observed)?.map(|curve| (PathBuf::from("loss.svg"), curve.into_bytes())));
    let is_one = observed.runs.len() == 1;
    if !is_one {
        files.push(("runs.csv".into(), tables::runs(observed)?));
    }
    let mut warning = None;
    for (index, run) in observed.runs.iter().enumerate() {
        let place = if is_one { PathBuf::new() } else { DuelRun::new(index, &run.name, "").path(Path::new("")) };
        check_not_cancelled()?;
        let run_files = files_of_run(dashboard, observed, index)?;
        busy.add_done(1);
        files.extend(run_files.into_iter().map(|(name, bytes)| (place.join(name), bytes)));
        if let Some(path) = folders_of_runs.get(index).copied().flatten().map(|folder| folder.join("metrics.jsonl")) {
            match metrics::read(&path) {
                Ok(metrics) => files.push((place.join("metrics.csv"), tables::metrics(metrics)?)),
                Err(error) => warning = Some(Message::from(error).at(path)),
            }
        }
    }
    let exists = |(name, _): &&(PathBuf, Vec<u8>)| folder.join(name).symlink_metadata().is_ok();
    if let Some((name, _)) = files.iter().find(exists).filter(|_| !options.overwrites) {
        let error = io::Error::new(io::ErrorKind::AlreadyExists, Message::from(ExportMessage::FileExists));
        return Err(at_path(&folder.join(name), error));
    }
    let write = |(name, mut bytes): (PathBuf, Vec<u8>)| {
        check_not_cancelled()?;
        if options.has_byte_order_mark && name.extension().is_some_and(|ending| ending == "csv") {
            bytes.splice(..0, "\u{feff}".bytes());
        }
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| at_path(parent, error))?;
        fs::write(&path, bytes).map_err(|error| at_path(&path, error))?;
        Ok(path)
    };
    let files: io::Result<_> = files.into_iter().map(write).collect();
    Ok((files?, warning))
}

/// Whether [`cancel`] was called.
static IS_CANCELLED: AtomicBool = AtomicBool::new(false);
/// Folders into which files are being written.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Marks a folder as unfinished until it is dropped; permanently after [`cancel`].
struct Unfinished<'a>(&'a Path);

impl<'a> Unfinished<'a> {
    fn begin(folder: &'a Path) -> Self {
        unfinished().push(folder.to_owned());
        Self(folder)
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // a cancelled export is reported even if its thread has ended
        if !IS_CANCELLED.load(SeqCst) {
            unfinished().retain(|folder| folder != self.0);
        }
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Fails if [`cancel`] was called.
fn check_not_cancelled() -> io::Result<()> {
    if IS_CANCELLED.load(SeqCst) {
        return Err(io::Error::new(io::ErrorKind::Interrupted, Message::from(ExportMessage::ProgramEnding)));
    }
    Ok(())
}

/// Cancels all exports, current and later ones, for the end of the program, since checkpoints are more important. Returns the folders in
/// which files may be missing.
pub fn cancel() -> Vec<PathBuf> {
    IS_CANCELLED.store(true, SeqCst);
    unfinished().clone()
}

/// Returns the names and contents of the files of the run with this index.
fn files_of_run(dashboard: &Dashboard, observed: &Observed, index: usize) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let run = &observed.runs[index];
    let snapshot = &run.snapshot;
    let mut files = vec![
        ("heatmap.svg", picture::draw_heatmap(dashboard, observed, index).into_bytes()),
        ("curves.csv", tables::curves(&snapshot.record.curves)?),
    ];
    if !snapshot.record.earlier.is_empty() {
        files.push(("attempts.csv", tables::attempts(snapshot)?));
        files.push(("earlier_curves.csv", tables::earlier_curves(&snapshot.record)?));
    }
    if snapshot.record.validations.last().is_some() {
        files.push(("validations.csv", tables::validations(&snapshot.record.validations)?));
    }
    check_not_cancelled()?;
    if let Some(answer) = &run.answer {
        let words = &snapshot.run.words;
        files.push(("states.csv", tables::states(answer, words)?));
        files.push(("gradient_flow.csv", tables::gradient_flow(answer, words)?));
        if answer.trace.with_role(Role::Attention { head: 0 }, 0).is_some() {
            files.push(("attention.csv", tables::attention(answer, words)?));
        }
        files.push(("answer.csv", tables::answer(answer, words)?));
    }
    Ok(files)
}

/// Adds to an error the path that it is about.
fn at_path(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Message::from(error).at(path.to_owned()))
}

crate::messages! {
    /// Why files are not written.
    enum ExportMessage {
        FileExists = "it is there already", "它已经存在";
        ProgramEnding = "the program is ending", "程序正在结束";
    }
}
