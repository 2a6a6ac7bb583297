//! The run on a screen: keys in, frames out.
//!
//! [`watch`] is the loop; [`screen::render`] draws what a viewer has [`Observed`] as a [`View`] wants it; [`keymap`] is the table of keys.

pub(crate) mod actions;
mod completion;
mod curve_axis;
pub(crate) mod curve_points;
mod curve_view;
#[cfg(test)]
pub(crate) mod fixture;
mod generation_settings;
pub mod keymap;
mod language;
pub mod layout;
mod line;
mod model_editor;
pub(crate) mod motion;
pub(crate) mod numbers;
pub(crate) mod panels;
pub mod screen;
pub mod terminal;
mod theme;
mod trace_cursor;
mod view;
mod words;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::learning::{Scaling, StepCost, WINDOWS};
use crate::model::Threads;
use crate::session::{Controls, Observed, Query, Viewer};

use panels::ToMeasure;
use terminal::Screen;
use terminal::events::{self, Event};

pub use curve_axis::CurveAxis;
pub use curve_view::{Curve, CurveView};
pub use generation_settings::GenerationSettings;
pub use keymap::{KeyError, Keymap};
pub use language::{Bilingual, Language};
pub use line::Line;
pub use model_editor::{Choice, ModelEditor};
pub use panels::{PanelName, Panels};
pub use terminal::Recording;
pub use theme::{Ambiguous, Background, Colours, Glyphs, Theme};
pub use trace_cursor::TraceCursor;
pub use view::{Effect, Notice, View, Zoom};

/// Why [`watch`] returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The shell shall have the terminal until it says that the program goes on.
    Suspended,
    /// The program goes on after somebody had stopped it.
    Continued,
    /// What is to be seen is wanted as files.
    ExportWanted,
    /// What steps of the models cost is to be measured.
    MeasurementWanted,
    /// What the terminal shows is not what it was sent: it is drawn anew.
    Redrawn,
    /// The dashboard has ended.
    Ended(Ending),
}

impl From<Ending> for Interruption {
    fn from(ending: Ending) -> Self {
        Self::Ended(ending)
    }
}

/// What a viewer wants from the start.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// What things look like.
    pub theme: Theme,
    /// The language of every word.
    pub language: Language,
    /// Which key does what.
    pub keymap: Keymap,
    /// Frames per second that nobody asked for by a key, at most; at least 1.
    pub frames_per_second: u32,
    /// What a viewer should know first.
    pub warning: Option<String>,
    /// Whether training waits for a key before its first step.
    pub is_waiting: bool,
    /// Whether the terminal is asked how wide characters of ambiguous width are.
    pub asks_width: bool,
}

/// Writes what a viewer sees to files, and says in which folder they are.
pub type Export = dyn Fn(&View, &Observed) -> io::Result<PathBuf> + Send + Sync;

/// Where what is to be seen goes besides the screen.
pub struct Outlets<'a> {
    /// Writes what a viewer sees to files, and says in which folder they are.
    pub export: Arc<Export>,
    /// Records the session.
    pub recording: Option<&'a mut Recording>,
}

/// Why the dashboard ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Somebody wanted to leave.
    Quit,
    /// This signal wanted the program to end.
    Signal(i32),
    /// The terminal can be read or written no more, and why.
    TerminalLost(String),
}

/// Takes the terminal on stdout, shows the runs until somebody quits, and gives the terminal back. `prompts` and the run's
/// own can be had back with Up in the prompt; the first of `prompts` is asked from the start.
///
/// # Errors
/// When the terminal cannot be set up.
pub fn run(
    (controls, viewer): (&Controls, &mut Viewer),
    preferences: Preferences,
    prompts: &[String],
    outlets: Outlets<'_>,
) -> io::Result<Ending> {
    if let Some(first) = prompts.first() {
        viewer.send(Query::Ask(first.clone()));
    }
    let prompts = [prompts, &viewer.observed().run().snapshot.run.prompts].concat();
    let mut view = View::new(preferences.theme, preferences.language, &prompts);
    view.keymap = preferences.keymap;
    if viewer.observed().runs.len() > 1 {
        view.side_panel = PanelName::Comparison; // how they stand comes first
    }
    view.frame = Duration::from_secs(1) / preferences.frames_per_second.max(1);
    view.notice = preferences.warning.map(Notice::Warning).or(preferences.is_waiting.then_some(Notice::Waiting));
    let (sender, events) = mpsc::channel();
    events::listen_to_signals(sender.clone(), controls.stopper())?;
    viewer.update(); // what it asks first is answered while the terminal is taken
    let mut screen = Screen::enter(outlets.recording)?;
    view.size = crossterm::terminal::size().unwrap_or(view.size);
    if preferences.asks_width {
        screen.canvas().ask(Ambiguous::QUESTION)?;
    }
    events::listen_to_terminal(sender.clone(), preferences.asks_width)?;
    let mut exporting: Option<JoinHandle<()>> = None;
    loop {
        let draw = |view: &View, observed: &Observed| screen.draw(|frame| screen::render(frame, view, observed));
        let taken = match watch(controls, viewer, &events, &mut view, draw) {
            Interruption::Suspended => screen.suspend(),
            // a terminal that is closed sends SIGCONT after SIGHUP, and is no longer there to be taken
            Interruption::Continued => screen.take_again(),
            Interruption::Redrawn => screen.canvas().forget(),
            Interruption::ExportWanted => {
                view.notice = Some(Notice::Exporting);
                // while files are written no others are
                if exporting.as_ref().is_some_and(|export| !export.is_finished()) {
                    continue;
                }
                let started = export_beside(&outlets.export, (&view, viewer.observed()), sender.clone());
                started.map(|export| exporting = Some(export))
            }
            Interruption::MeasurementWanted => measure_beside(ToMeasure::of(viewer.observed()), sender.clone()),
            Interruption::Ended(ending) => {
                // who leaves wants the files; who is told to end has no time
                if let (Ending::Quit, Some(export)) = (&ending, exporting) {
                    let _ = export.join();
                }
                return Ok(ending);
            }
        };
        if let Err(error) = taken {
            return Ok(Ending::TerminalLost(error.to_string()));
        }
    }
}

/// Writes what a viewer sees in a thread of its own: a model of many words has tables that take a while, and signals and keys do not
/// wait for them.
fn export_beside(
    export: &Arc<Export>,
    (view, observed): (&View, &Arc<Observed>),
    to: Sender<Event>,
) -> io::Result<JoinHandle<()>> {
    let (export, view, observed) = (Arc::clone(export), view.clone(), Arc::clone(observed));
    let work = move || {
        let folder = export(&view, &observed);
        let told = folder.map(|folder| folder.display().to_string()).map_err(|error| error.to_string());
        let _ = to.send(Event::Exported(told)); // nobody may want to know any more
    };
    thread::Builder::new().name("export".to_owned()).spawn(work)
}

/// Measures what steps of models cost in a thread of its own, one window after the other, and tells each as it is known.
fn measure_beside(models: Vec<ToMeasure>, to: Sender<Event>) -> io::Result<()> {
    let cores = Threads::new(0).count();
    let work = move || {
        measure_all(&models, cores, &mut |model, cost| {
            to.send(Event::Measured(Some((model.to_owned(), cost)))).is_ok()
        });
        let _ = to.send(Event::Measured(None)); // nobody may want to know any more
    };
    thread::Builder::new().name("measure".to_owned()).spawn(work).map(|_| ())
}

/// `tell` says whether somebody still wants to know.
fn measure_all(models: &[ToMeasure], cores: usize, tell: &mut dyn FnMut(&str, StepCost) -> bool) {
    for ToMeasure { model, settings, vocabulary } in models {
        let Ok(config) = Config::to_measure(settings) else { continue };
        let mut is_wanted = true;
        let scaling = Scaling::measure(&config, *vocabulary, (&WINDOWS, cores), &mut |cost| {
            is_wanted &= tell(model, cost);
            is_wanted
        });
        if !is_wanted {
            return;
        }
        let threads = scaling.map(|scaling| scaling.threads).unwrap_or_default();
        for cost in threads {
            tell(model, cost);
        }
    }
}

/// Reacts to events and draws what has changed, until an event says that it is over, or for a while.
///
/// Keys show their effect at once; what training does is drawn once per [`View::frame`]; when nothing changes nothing is
/// drawn.
///
/// `draw` returns how long the frame should stay at least, unless a key is pressed. One that fails means that the terminal is
/// gone.
pub fn watch(
    controls: &Controls,
    viewer: &mut Viewer,
    events: &Receiver<Event>,
    view: &mut View,
    mut draw: impl FnMut(&View, &Observed) -> io::Result<Duration>,
) -> Interruption {
    viewer.settle(REPLY); // the first answer is there in a moment
    let mut drawn = Arc::clone(viewer.observed());
    view.reply(&drawn);
    let mut next_frame = match draw(view, &drawn) {
        Ok(stay) => Instant::now() + stay.max(view.frame),
        Err(error) => return Ending::TerminalLost(error.to_string()).into(),
    };
    loop {
        let mut touched = false;
        let mut event = events.recv_timeout(next_frame.saturating_duration_since(Instant::now()));
        // whatever else has arrived goes into the same frame
        loop {
            match event {
                Ok(Event::Terminal(event)) => {
                    touched = true;
                    match view.handle(&event, viewer.observed()) {
                        Some(Effect::Quit) => return Ending::Quit.into(),
                        Some(Effect::Suspend) => return Interruption::Suspended,
                        Some(Effect::Export) => return Interruption::ExportWanted,
                        Some(Effect::Measure) => return Interruption::MeasurementWanted,
                        Some(Effect::Control(control)) => {
                            controls.send(control);
                            viewer.settle(REPLY);
                        }
                        Some(Effect::ControlOfOne(control)) => {
                            controls.send_to(viewer.observed().focus, control);
                            viewer.settle(REPLY);
                        }
                        Some(Effect::Query(query)) => {
                            viewer.send(query);
                            viewer.settle(REPLY);
                        }
                        None => {}
                    }
                }
                Ok(Event::Exported(told)) => {
                    touched = true;
                    view.notice = Some(match told {
                        Ok(folder) => Notice::Exported(folder),
                        Err(why) => Notice::NotExported(why),
                    });
                }
                Ok(Event::Measured(measured)) => {
                    touched = true;
                    view.panels.scaling.take(measured);
                }
                Ok(Event::Width(ambiguous)) if ambiguous == view.theme.ambiguous => {}
                Ok(Event::Width(ambiguous)) => {
                    view.theme.ambiguous = ambiguous;
                    return Interruption::Redrawn;
                }
                Ok(Event::Signal(signal)) => return Ending::Signal(signal).into(),
                Ok(Event::Suspend) => return Interruption::Suspended,
                Ok(Event::Continued) => return Interruption::Continued,
                Ok(Event::TerminalLost(reason)) => return Ending::TerminalLost(reason).into(),
                Err(RecvTimeoutError::Disconnected) => return Ending::TerminalLost("no more events".to_owned()).into(),
                Err(RecvTimeoutError::Timeout) => break,
            }
            event = events.recv_timeout(Duration::ZERO);
        }
        let now = Instant::now();
        if touched || now >= next_frame {
            let mut stay = view.frame;
            viewer.refresh(REPLY);
            if touched || !Arc::ptr_eq(&drawn, viewer.observed()) {
                drawn = Arc::clone(viewer.observed());
                view.reply(&drawn);
                match draw(view, &drawn) {
                    Ok(longer) => stay = stay.max(longer),
                    Err(error) => return Ending::TerminalLost(error.to_string()).into(),
                }
            }
            next_frame = now + stay;
        }
    }
}

/// How long a frame waits for the answer to a key: a small model answers at once, a large one in a later frame.
const REPLY: Duration = Duration::from_millis(10);
