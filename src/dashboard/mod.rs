//! The dashboard: key presses in, frames out.
//!
//! [`watch`] is the event loop; [`Dashboard`] the state of one viewer; [`screen::render`] draws the [`Observed`] runs; [`keymap`] is
//! the table of keys.

pub(crate) mod actions;
mod class_view;
mod completion;
mod curve_axis;
mod curve_bounds;
pub(crate) mod curve_points;
mod curve_view;
mod effect;
#[cfg(test)]
pub(crate) mod fixture;
mod focus;
mod generation_settings;
pub mod key;
pub mod keymap;
pub mod layout;
mod line;
mod model_editor;
pub(crate) mod motion;
pub(crate) mod numbers;
mod other_run;
pub(crate) mod panels;
mod press;
mod role;
pub mod screen;
mod side_work;
mod state;
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

use terminal::events::{Event, Events};
use terminal::{Questions, Screen, listen_to_keyboard, wait_for_answer};

pub use crate::language::{self, Bilingual, Language};
pub use class_view::{Announcement, ClassAct, ClassView, MemberView, PollView, WrittenDown};
pub use curve_axis::CurveAxis;
pub use curve_view::{Curve, CurveView};
pub use effect::Effect;
pub use focus::Focus;
pub use generation_settings::GenerationSettings;
pub use keymap::{KeyError, KeyMessage, Keymap};
pub use line::Line;
pub use model_editor::{Choice, ModelEditor};
pub use panels::{PanelName, Panels};
pub use role::Role;
pub use side_work::Export;
pub(crate) use side_work::SideWork;
pub use state::Dashboard;
pub use terminal::events::EventSource;
pub use terminal::{Recording, RecordingFailure};
pub use theme::{Ambiguous, Background, Colours, Environment, Glyphs, Theme};
pub use trace_cursor::TraceCursor;
pub use view::{Confirmation, Held, Naming, Notice, View, Zoom};
pub use watch::{ClassParticipant, Ending, Host, Interruption, watch};
pub use words::screen::{adapted_settings, drawn_in_ascii};

/// Initial settings of a viewer.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// Colours, characters and widths.
    pub theme: Theme,
    /// The language of all texts.
    pub language: Language,
    /// The table of keys.
    pub keymap: Keymap,
    /// Largest number of frames per second without key presses; 0 counts as 1.
    pub frames_per_second: u32,
    /// Warning in the first frame.
    pub warning: Option<language::Message>,
    /// Whether training waits for a key press before its first step.
    pub is_waiting: bool,
    /// The queries that the terminal is sent.
    pub questions: Questions,
}

/// Services of the program for the dashboard on its own terminal.
pub struct HostServices<'a> {
    /// Exports what a viewer sees to files and returns their folder.
    pub export: Arc<Export>,
    /// Recording of the session.
    pub recording: Option<&'a mut Recording>,
    /// The class that watches the same runs.
    pub class: Option<&'a mut dyn ClassParticipant>,
}

/// Sets up the terminal on stdout, runs the dashboard until it ends, and restores the terminal. Returns why it ended. `prompts` and
/// those of the run are the history of the prompt; the first of `prompts` is asked at once.
///
/// # Errors
/// If the terminal cannot be set up.
pub fn run(
    events: &Events,
    controls: &Controls,
    viewer: &mut Viewer,
    preferences: &Preferences,
    prompts: &[String],
    services: HostServices<'_>,
) -> io::Result<Ending> {
    if let Some(first) = prompts.first() {
        viewer.send(Query::Ask(first.clone()));
    }
    let mut dashboard = preferences.dashboard(viewer.observed(), prompts);
    viewer.update(); // the first prompt is answered while the terminal is set up
    let mut screen = Screen::enter(services.recording)?;
    dashboard.view.size = crossterm::terminal::size().unwrap_or(dashboard.view.size);
    screen.canvas().ask(preferences.questions, &mut dashboard.view)?;
    listen_to_keyboard(events.key_sender(), preferences.questions)?;
    let side_work = SideWork::new(&services.export, events.sender());
    let mut host = OwnTerminal { controls, screen, class: services.class, side_work };
    loop {
        let interruption = match (watch(viewer, events.received(), &mut dashboard, &mut host), events.ending()) {
            // a signal to end has priority over the keys pressed before it
            (interruption, Some(signal)) if !matches!(interruption, Interruption::Ended(_)) => {
                Ending::Signal(signal).into()
            }
            (interruption, _) => interruption,
        };
        let taken = match interruption {
            Interruption::Suspended => host.screen.suspend(),
            // a closed terminal sends SIGCONT after SIGHUP and cannot be set up again
            Interruption::Continued => host.screen.re_enter(),
            Interruption::Redrawn => host.screen.canvas().forget(),
            Interruption::Ended(ending) => {
                // quitting waits for the files of an export; a signal does not
                if ending.is_voluntary() {
                    host.side_work.finish();
                    wait_for_answer(dashboard.view.asked, events.received());
                }
                return Ok(ending);
            }
        };
        if let Err(error) = taken {
            return Ok(Ending::TerminalLost(error.into()));
        }
    }
}

impl Preferences {
    /// The initial dashboard of a viewer with these preferences; `prompts`, then those of the run, are the history of the prompt.
    #[must_use]
    pub fn dashboard(&self, observed: &Observed, prompts: &[String]) -> Dashboard {
        let prompts = [prompts, &observed.run().snapshot.run.prompts].concat();
        let mut dashboard = Dashboard::new(self.theme, self.language, &prompts);
        dashboard.keymap = self.keymap.clone();
        let view = &mut dashboard.view;
        if observed.runs.len() > 1 {
            view.side_panel = PanelName::Comparison;
        }
        view.frame = Duration::from_secs(1) / self.frames_per_second.max(1);
        view.notice = self.warning.clone().map(Notice::Warning).or(self.is_waiting.then_some(Notice::Waiting));
        dashboard
    }
}

/// The terminal of the program, at which the teacher sits.
struct OwnTerminal<'a, 's, T> {
    controls: &'a Controls,
    screen: Screen<'s>,
    class: Option<&'s mut dyn ClassParticipant>,
    side_work: SideWork<T>,
}

impl<T: Fn(Event) -> bool + Clone + Send + 'static> Host for OwnTerminal<'_, '_, T> {
    fn draw(&mut self, dashboard: &Dashboard, observed: &Observed) -> io::Result<Duration> {
        self.screen.canvas().pause_recording(dashboard.view.shows_password())?;
        self.screen.draw(|frame| screen::render(frame, dashboard, observed))
    }

    fn control(&mut self, control: Control, run: Option<usize>) {
        self.controls.send_to(run, control);
    }

    fn export(&mut self, dashboard: &Dashboard, observed: &Arc<Observed>) -> Option<Notice> {
        Some(self.side_work.export(dashboard, observed))
    }

    fn measure(&mut self, observed: &Observed) -> io::Result<()> {
        self.side_work.measure(observed)
    }

    fn class(&mut self) -> Option<&mut dyn ClassParticipant> {
        self.class.as_deref_mut().map(|class| class as &mut dyn ClassParticipant)
    }
}
