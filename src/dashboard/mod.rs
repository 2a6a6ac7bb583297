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
pub mod layout;
mod line;
mod model_editor;
pub(crate) mod motion;
pub(crate) mod numbers;
pub(crate) mod panels;
mod role;
pub mod screen;
mod side_work;
pub mod terminal;
mod theme;
mod trace_cursor;
mod view;
mod watch;
pub(crate) mod words;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::session::{Control, Controls, Observed, Query, Viewer};

use terminal::events::Events;
use terminal::{Questions, Screen, listen_to_keyboard, wait_for_answer};

pub use crate::language::{self, Bilingual, Language};
pub use class_view::{Announcement, ClassAct, ClassView, MemberView, PollView, WrittenDown};
pub use curve_axis::CurveAxis;
pub use curve_view::{Curve, CurveView};
pub use generation_settings::GenerationSettings;
pub use keymap::{KeyError, KeyMessage, Keymap};
pub use line::Line;
pub use model_editor::{Choice, ModelEditor};
pub use panels::{PanelName, Panels};
pub use role::Role;
pub use side_work::Export;
pub(crate) use side_work::SideWork;
pub use terminal::events::EventSource;
pub use terminal::{Recording, RecordingFailure};
pub use theme::{Ambiguous, Background, Colours, Environment, Glyphs, Theme};
pub use trace_cursor::TraceCursor;
pub use view::{Effect, Held, Naming, Notice, View, Zoom};
pub use watch::{ClassParticipant, Ending, Host, Interruption, watch};
pub use words::screen::{adapted_settings, drawn_in_ascii};

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
    pub warning: Option<language::Message>,
    /// Whether training waits for a key before its first step.
    pub is_waiting: bool,
    /// What the terminal is asked.
    pub questions: Questions,
}

/// Where what is to be seen goes besides the screen.
pub struct HostServices<'a> {
    /// Writes what a viewer sees to files, and says in which folder they are.
    pub export: Arc<Export>,
    /// Records the session.
    pub recording: Option<&'a mut Recording>,
    /// The class that looks at the same runs.
    pub class: Option<&'a mut dyn ClassParticipant>,
}

/// Takes the terminal on stdout, shows the runs until somebody quits, and gives the terminal back. `prompts` and the run's
/// own can be had back with Up in the prompt; the first of `prompts` is asked from the start.
///
/// # Errors
/// When the terminal cannot be set up.
pub fn run(
    events: &Events,
    (controls, viewer): (&Controls, &mut Viewer),
    preferences: &Preferences,
    prompts: &[String],
    mut services: HostServices<'_>,
) -> io::Result<Ending> {
    if let Some(first) = prompts.first() {
        viewer.send(Query::Ask(first.clone()));
    }
    let mut view = preferences.view(viewer.observed(), prompts);
    viewer.update(); // what it asks first is answered while the terminal is taken
    let mut screen = Screen::enter(services.recording)?;
    view.size = crossterm::terminal::size().unwrap_or(view.size);
    screen.canvas().ask(preferences.questions, &mut view)?;
    listen_to_keyboard(events.tell_keys(), preferences.questions)?;
    let mut side_work = SideWork::new(&services.export, events.tell());
    loop {
        let class = services.class.as_mut().map(|class| &mut **class as &mut dyn ClassParticipant);
        let is_exporting = || side_work.is_exporting();
        let mut host = OwnTerminal { controls, screen: &mut screen, class, is_exporting: &is_exporting };
        let interruption = match (watch(viewer, events.received(), &mut view, &mut host), events.ending()) {
            // who is told to end does not begin anything else, however many keys were pressed before
            (interruption, Some(signal)) if !matches!(interruption, Interruption::Ended(_)) => {
                Ending::Signal(signal).into()
            }
            (interruption, _) => interruption,
        };
        let taken = match interruption {
            Interruption::Suspended => screen.suspend(),
            // a terminal that is closed sends SIGCONT after SIGHUP, and is no longer there to be taken
            Interruption::Continued => screen.take_again(),
            Interruption::Redrawn => screen.canvas().forget(),
            Interruption::ExportWanted => {
                view.notice = Some(Notice::Exporting);
                side_work.export(&view, viewer.observed())
            }
            Interruption::MeasurementWanted => side_work.measure(viewer.observed()),
            Interruption::Ended(ending) => {
                // who leaves wants the files; who is told to end has no time
                if ending.is_wanted() {
                    side_work.finish();
                    wait_for_answer(view.asked, events.received());
                }
                return Ok(ending);
            }
        };
        if let Err(error) = taken {
            return Ok(Ending::TerminalLost(error.to_string()));
        }
    }
}

impl Preferences {
    /// What a viewer with these preferences begins with.
    #[must_use]
    pub fn view(&self, observed: &Observed, prompts: &[String]) -> View {
        let prompts = [prompts, &observed.run().snapshot.run.prompts].concat();
        let mut view = View::new(self.theme, self.language, &prompts);
        view.keymap = self.keymap.clone();
        if observed.runs.len() > 1 {
            view.side_panel = PanelName::Comparison; // how they stand comes first
        }
        view.frame = Duration::from_secs(1) / self.frames_per_second.max(1);
        view.notice = self.warning.clone().map(Notice::Warning).or(self.is_waiting.then_some(Notice::Waiting));
        view
    }
}

/// The terminal of the program, which the teacher has.
struct OwnTerminal<'a, 's> {
    controls: &'a Controls,
    screen: &'a mut Screen<'s>,
    class: Option<&'a mut dyn ClassParticipant>,
    is_exporting: &'a dyn Fn() -> bool,
}

impl Host for OwnTerminal<'_, '_> {
    fn draw(&mut self, view: &View, observed: &Observed) -> io::Result<Duration> {
        self.screen.canvas().pause_recording(view.shows_password())?;
        self.screen.draw(|frame| screen::render(frame, view, observed))
    }

    fn control(&mut self, control: Control, run: Option<usize>) {
        self.controls.send_to(run, control);
    }

    fn is_exporting(&self) -> bool {
        (self.is_exporting)()
    }

    fn class(&mut self) -> Option<&mut dyn ClassParticipant> {
        self.class.as_deref_mut().map(|class| class as &mut dyn ClassParticipant)
    }
}
