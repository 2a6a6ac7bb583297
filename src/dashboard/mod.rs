//! The run on a screen: keys in, frames out.
//!
//! [`watch`] is the loop; [`screen::render`] draws what a viewer has [`Observed`] as a [`View`] wants it; [`keymap`] is the table of keys.

pub(crate) mod actions;
mod class_view;
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
mod role;
pub mod screen;
pub mod terminal;
mod theme;
mod trace_cursor;
mod view;
mod watch;
mod words;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::config::Config;
use crate::learning::{Scaling, StepCost, WINDOWS};
use crate::model::Threads;
use crate::session::{Control, Controls, Observed, Query, Viewer};

use panels::ToMeasure;
use terminal::Screen;
use terminal::events::{self, Event};

pub use class_view::{ClassAct, ClassView, MemberView, PollView};
pub use curve_axis::CurveAxis;
pub use curve_view::{Curve, CurveView};
pub use generation_settings::GenerationSettings;
pub use keymap::{KeyError, Keymap};
pub use language::{Bilingual, Language};
pub use line::Line;
pub use model_editor::{Choice, ModelEditor};
pub use panels::{PanelName, Panels};
pub use role::Role;
pub use terminal::Recording;
pub use theme::{Ambiguous, Background, Colours, Environment, Glyphs, Theme};
pub use trace_cursor::TraceCursor;
pub use view::{Effect, Notice, View, Zoom};
pub use watch::{Ending, Host, Interruption, TakesPart, watch};

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
    /// The class that looks at the same runs.
    pub class: Option<&'a mut dyn TakesPart>,
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
    mut outlets: Outlets<'_>,
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
        let class = outlets.class.as_mut().map(|class| &mut **class as &mut dyn TakesPart);
        let taken = match watch(viewer, &events, &mut view, &mut OwnTerminal { controls, screen: &mut screen, class }) {
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

/// The terminal of the program, which the teacher has.
struct OwnTerminal<'a, 's> {
    controls: &'a Controls,
    screen: &'a mut Screen<'s>,
    class: Option<&'a mut dyn TakesPart>,
}

impl Host for OwnTerminal<'_, '_> {
    fn draw(&mut self, view: &View, observed: &Observed) -> io::Result<Duration> {
        self.screen.draw(|frame| screen::render(frame, view, observed))
    }

    fn control(&mut self, control: Control, run: Option<usize>) {
        match run {
            Some(run) => self.controls.send_to(run, control),
            None => self.controls.send(control),
        }
    }

    fn class(&mut self) -> Option<&mut dyn TakesPart> {
        self.class.as_deref_mut().map(|class| class as &mut dyn TakesPart)
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
