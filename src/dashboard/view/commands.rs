//! What actions of the whole screen do with the view.

use super::{Naming, Notice, View, Zoom};
use crate::dashboard::class_view::ClassAct;
use crate::dashboard::effect::Effect;
use crate::dashboard::focus::Focus;
use crate::dashboard::layout::is_fixed;
use crate::dashboard::model_editor::ModelEditor;
use crate::dashboard::motion::Direction;
use crate::dashboard::panels::PanelName;
use crate::session::{Control, ObservedRun};

impl View {
    /// Gives the keys to a panel.
    pub(in crate::dashboard) fn show(&mut self, panel: PanelName) -> Option<Effect> {
        self.panel = panel;
        if !is_fixed(panel) {
            self.side_panel = panel;
        }
        None
    }

    /// Gives the keys to the next panel, or to the one before.
    pub(in crate::dashboard) fn show_neighbour(&mut self, is_next: bool) -> Option<Effect> {
        let mut next = self.panel.neighbour(is_next);
        if next == PanelName::Class && self.class.is_none() {
            next = next.neighbour(is_next);
        }
        self.show(next)
    }

    /// One panel on the whole screen, or all again; of several runs first all, then one.
    pub(in crate::dashboard) fn zoom(&mut self, run: &ObservedRun) -> Option<Effect> {
        self.zoom = match self.zoom {
            Zoom::Off => Zoom::Panel,
            Zoom::Panel if run.snapshot.in_step.is_some() && self.panel.is_of_one_run() => Zoom::Run,
            Zoom::Panel | Zoom::Run => Zoom::Off,
        };
        None
    }

    /// Whether what changes a run changes all of them, or only the one that is looked at.
    pub(in crate::dashboard) fn toggle_acts_on_one(&mut self) -> Option<Effect> {
        self.acts_on_one = !self.acts_on_one;
        None
    }

    /// Restarts with new weights: all runs, since the order of what they read follows from the same seed.
    pub(in crate::dashboard) fn restart(&mut self) -> Option<Effect> {
        if self.acts_on_one {
            self.notice = Some(Notice::RestartIsOfAll);
            return None;
        }
        Some(Effect::Control(Control::Restart))
    }

    /// Calls a member of the class as it is typed.
    pub(in crate::dashboard) fn rename(&mut self) -> Option<Effect> {
        let Naming { number, before, line } = self.naming.take()?;
        let name = line.input().value().to_owned();
        (name != before).then_some(Effect::Class(ClassAct::Rename(number, name)))
    }

    /// Lets a prompt be typed.
    pub(in crate::dashboard) fn type_prompt(&mut self) -> Option<Effect> {
        self.is_typing = true;
        self.show(PanelName::Prompt)
    }

    /// The other language.
    pub(in crate::dashboard) fn toggle_language(&mut self) -> Option<Effect> {
        self.language = self.language.other();
        None
    }

    /// Whether there is something to leave.
    pub(in crate::dashboard) fn has_to_leave(&self) -> bool {
        self.help.is_some() || self.is_occupied() || self.zoom.is_on()
    }

    /// Leaves what covers the screen, the prompt, or the full screen.
    pub(in crate::dashboard) fn leave(&mut self) -> Option<Effect> {
        match self.focus() {
            Focus::Help => self.help = None,
            Focus::Model => self.editor = None,
            Focus::Name => self.naming = None,
            Focus::Typing => self.is_typing = false,
            Focus::Panel(_) => self.zoom = Zoom::Off,
        }
        None
    }

    /// All keys.
    pub(in crate::dashboard) fn show_help(&mut self) -> Option<Effect> {
        self.help = Some(0);
        None
    }

    /// Scrolls the help, also beyond its end: the end is known where it is drawn.
    pub(in crate::dashboard) fn scroll_help(&mut self, direction: Direction, lines: u16) -> Option<Effect> {
        self.help = self.help.map(|line| match direction {
            Direction::Up => line.saturating_sub(lines),
            _ => line.saturating_add(lines),
        });
        None
    }

    /// Scrolls the help by what fits on the screen.
    pub(in crate::dashboard) fn page_help(&mut self, direction: Direction) -> Option<Effect> {
        self.scroll_help(direction, self.size.1.saturating_sub(4).max(1))
    }

    /// Thinks of another model.
    pub(in crate::dashboard) fn edit_model(&mut self, run: &ObservedRun) -> Option<Effect> {
        self.editor = Some(ModelEditor::new(&run.snapshot));
        None
    }

    /// Another row of that model, or another value in it.
    pub(in crate::dashboard) fn move_in_model(&mut self, direction: Direction) -> Option<Effect> {
        if let Some(editor) = &mut self.editor {
            editor.act(direction);
        }
        None
    }

    /// Trains that model.
    pub(in crate::dashboard) fn rebuild(&mut self) -> Option<Effect> {
        // as all runs it would be the same one several times
        Some(Effect::ControlOfOne(self.editor.take()?.control()))
    }
}
