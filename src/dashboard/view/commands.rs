//! Handlers of global actions that change the view. Those that return `None` have no effect outside.

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
    /// Focuses a panel; on a small screen it takes the place beside the loss, unless it is always there.
    pub(in crate::dashboard) fn show(&mut self, panel: PanelName) -> Option<Effect> {
        self.panel = panel;
        if !is_fixed(panel) {
            self.side_panel = panel;
        }
        None
    }

    /// Focuses the next or the previous panel; the class panel is skipped without a class.
    pub(in crate::dashboard) fn show_neighbour(&mut self, is_next: bool) -> Option<Effect> {
        let mut next = self.panel.neighbour(is_next);
        if next == PanelName::Class && self.class.is_none() {
            next = next.neighbour(is_next);
        }
        self.show(next)
    }

    /// Zooms into the focused panel, then (of several runs) into the focused run, then out again.
    pub(in crate::dashboard) fn zoom(&mut self, run: &ObservedRun) -> Option<Effect> {
        self.zoom = match self.zoom {
            Zoom::Off => Zoom::Panel,
            Zoom::Panel if run.snapshot.in_step.is_some() && self.panel.shows_one_run() => Zoom::Run,
            Zoom::Panel | Zoom::Run => Zoom::Off,
        };
        None
    }

    /// Switches between controls of all runs and of the focused one.
    pub(in crate::dashboard) fn toggle_acts_on_one(&mut self) -> Option<Effect> {
        self.acts_on_one = !self.acts_on_one;
        None
    }

    /// Restarts all runs with new weights. If controls are for the focused run only, shows a notice instead: all runs share one seed.
    pub(in crate::dashboard) fn restart(&mut self) -> Option<Effect> {
        if self.acts_on_one {
            self.notice = Some(Notice::RestartsAllRuns);
            return None;
        }
        Some(Effect::Control(Control::Restart))
    }

    /// Ends typing a name and renames the member; `None` if the name is unchanged.
    pub(in crate::dashboard) fn rename(&mut self) -> Option<Effect> {
        let Naming { number, before, line } = self.naming.take()?;
        let name = line.input().value().to_owned();
        (name != before).then_some(Effect::Class(ClassAct::Rename(number, name)))
    }

    /// Focuses the prompt and starts typing.
    pub(in crate::dashboard) fn type_prompt(&mut self) -> Option<Effect> {
        self.is_typing = true;
        self.show(PanelName::Prompt)
    }

    /// Switches the language.
    pub(in crate::dashboard) fn toggle_language(&mut self) -> Option<Effect> {
        self.language = self.language.other();
        None
    }

    /// Whether [`leave`](Self::leave) has an effect.
    pub(in crate::dashboard) fn has_to_leave(&self) -> bool {
        self.help.is_some() || self.is_occupied() || self.zoom.is_on()
    }

    /// Closes the help, the editor or the line being typed, whichever has the focus; zooms out if a panel has.
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

    /// Opens the help at its first line.
    pub(in crate::dashboard) fn show_help(&mut self) -> Option<Effect> {
        self.help = Some(0);
        None
    }

    /// Scrolls the help up, or down for any other direction. It may pass the end, which the caller clamps.
    pub(in crate::dashboard) fn scroll_help(&mut self, direction: Direction, lines: u16) -> Option<Effect> {
        self.help = self.help.map(|line| match direction {
            Direction::Up => line.saturating_sub(lines),
            _ => line.saturating_add(lines),
        });
        None
    }

    /// Scrolls the help by one page.
    pub(in crate::dashboard) fn page_help(&mut self, direction: Direction) -> Option<Effect> {
        self.scroll_help(direction, self.size.1.saturating_sub(4).max(1))
    }

    /// Opens the model editor.
    pub(in crate::dashboard) fn edit_model(&mut self, run: &ObservedRun) -> Option<Effect> {
        self.editor = Some(ModelEditor::new(&run.snapshot));
        None
    }

    /// Moves in the model editor: selects another row or changes its value.
    pub(in crate::dashboard) fn move_in_model(&mut self, direction: Direction) -> Option<Effect> {
        if let Some(editor) = &mut self.editor {
            editor.act(direction);
        }
        None
    }

    /// Closes the model editor and applies its settings to the focused run.
    pub(in crate::dashboard) fn rebuild(&mut self) -> Option<Effect> {
        // applied to all runs, it would make them equal
        Some(Effect::ControlOfOne(self.editor.take()?.control()))
    }
}
