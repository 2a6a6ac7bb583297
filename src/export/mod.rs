//! A moment of a run as files: pictures (SVG) of what a viewer sees, tables (CSV) of the numbers behind it.
//!
//! | file | what it holds |
//! |---|---|
//! | `screen.svg` | the whole screen |
//! | `loss.svg` | the curve that is looked at, drawn with lines |
//! | `heatmap.svg` | the states or gates that are looked at |
//! | `curves.csv` | loss, its moving average, norm of the gradient and learning rate over the steps |
//! | `validations.csv` | every validation |
//! | `states.csv` | every state and gate of every layer at every step of the prompt |
//! | `gradient_flow.csv` | how much of the answer's loss reaches each of them |
//! | `answer.csv` | the distribution of the next word |
//! | `runs.csv` | runs that were trained side by side, a row each; each has a folder for the files that are of one run |
//! | `metrics.csv` | what `metrics.jsonl` of a kept run has |

pub mod picture;
mod tables;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::activity::{self, Activity};
use crate::dashboard::View;
use crate::model::Role;
use crate::session::{Observed, ObservedRun};
use crate::storage::{DuelRun, metrics};

/// A folder for the files of a moment below `base`, of a name that nothing has yet.
#[must_use]
pub fn new_folder(base: &Path, run: &ObservedRun) -> PathBuf {
    let step = run.playback.shown.unwrap_or(run.snapshot.record.step);
    let names = std::iter::once(format!("step-{step}")).chain((2..).map(|number| format!("step-{step}-{number}")));
    names.map(|name| base.join(name)).find(|folder| !folder.exists()).unwrap_or_else(|| base.to_owned())
}

/// How files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Whether files that are there already are written over, instead of being left and named.
    pub overwrites: bool,
    /// Whether tables begin with a byte order mark, by which Excel knows UTF-8.
    pub marks_utf_8: bool,
}

/// Writes the files into `folder`, which is made if it is not there; what there is nothing to tell
/// of has none. Of several runs each has a folder in it. Returns them, and why there are no metrics if those of a run that is kept, in
/// the folder of its number, cannot be read.
///
/// # Errors
/// When a file cannot be written or is there already, and which.
pub fn export(
    folder: &Path,
    view: &View,
    observed: &Observed,
    folders_of_runs: &[Option<&Path>],
    manner: Manner,
) -> io::Result<(Vec<PathBuf>, Option<String>)> {
    let _unfinished = Unfinished::begin(folder);
    // the pictures and tables of each run, and the files of them all
    let busy = activity::begin(Activity::Exporting, observed.runs.len() as u64 + 1);
    let mut files = vec![("screen.svg".into(), picture::of_screen(view, observed).into_bytes())];
    files.extend(picture::of_curve(view, observed)?.map(|curve| (PathBuf::from("loss.svg"), curve.into_bytes())));
    let is_one = observed.runs.len() == 1;
    if !is_one {
        files.push(("runs.csv".into(), tables::runs(observed)?));
    }
    let mut warning = None;
    for focus in 0..observed.runs.len() {
        let observed = Observed { focus, ..observed.clone() };
        let name = DuelRun::new(focus, &observed.run().name, "");
        let place = if is_one { PathBuf::new() } else { name.path(Path::new("")) };
        check_that_it_is_wanted()?;
        let of_run = files_of_run(view, &observed)?;
        busy.add_done(1);
        files.extend(of_run.into_iter().map(|(name, bytes)| (place.join(name), bytes)));
        if let Some(path) = folders_of_runs.get(focus).copied().flatten().map(|folder| folder.join("metrics.jsonl")) {
            match metrics::read(&path) {
                Ok(metrics) => files.push((place.join("metrics.csv"), tables::metrics(metrics)?)),
                Err(error) => warning = Some(named(&path, &error).to_string()),
            }
        }
    }
    let is_there = |(name, _): &&(PathBuf, Vec<u8>)| folder.join(name).symlink_metadata().is_ok();
    if let Some((name, _)) = files.iter().find(is_there).filter(|_| !manner.overwrites) {
        let why = io::Error::new(io::ErrorKind::AlreadyExists, "it is there already");
        return Err(named(&folder.join(name), &why));
    }
    let write = |(name, mut bytes): (PathBuf, Vec<u8>)| {
        check_that_it_is_wanted()?;
        if manner.marks_utf_8 && name.extension().is_some_and(|ending| ending == "csv") {
            bytes.splice(..0, "\u{feff}".bytes());
        }
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| named(parent, &error))?;
        fs::write(&path, bytes).map_err(|error| named(&path, &error))?;
        Ok(path)
    };
    let files: io::Result<_> = files.into_iter().map(write).collect();
    Ok((files?, warning))
}

/// Whether nothing more is to be written, and the folders into which something is.
static IS_CANCELLED: AtomicBool = AtomicBool::new(false);
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Files that are being written into a folder, until this is dropped.
struct Unfinished<'a>(&'a Path);

impl<'a> Unfinished<'a> {
    fn begin(folder: &'a Path) -> Self {
        unfinished().push(folder.to_owned());
        Self(folder)
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // what was cancelled is named, even when its thread has heard of it
        if !IS_CANCELLED.load(SeqCst) {
            unfinished().retain(|folder| folder != self.0);
        }
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check_that_it_is_wanted() -> io::Result<()> {
    if IS_CANCELLED.load(SeqCst) {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "the program is ending"));
    }
    Ok(())
}

/// Lets no more files be written by any thread, since the program ends and what is kept is worth more. Returns the folders in which
/// files are missing.
pub fn cancel() -> Vec<PathBuf> {
    IS_CANCELLED.store(true, SeqCst);
    unfinished().clone()
}

/// What there is of the run that is looked at.
fn files_of_run(view: &View, observed: &Observed) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let (run, snapshot) = (observed.run(), &observed.run().snapshot);
    let mut files = vec![
        ("heatmap.svg", picture::of_heatmap(view, observed).into_bytes()),
        ("curves.csv", tables::curves(&snapshot.record.curves)?),
    ];
    if !snapshot.record.earlier.is_empty() {
        files.push(("attempts.csv", tables::attempts(snapshot)?));
        files.push(("earlier_curves.csv", tables::earlier_curves(&snapshot.record)?));
    }
    if snapshot.record.validations.last().is_some() {
        files.push(("validations.csv", tables::validations(&snapshot.record.validations)?));
    }
    check_that_it_is_wanted()?;
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

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
