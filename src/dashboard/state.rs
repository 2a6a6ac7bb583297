//! The dashboard of one viewer: view, panels and keys, and how key presses change them.

use crossterm::event::{Event, KeyEvent, KeyEventKind};

use super::actions::{Action, COMPLETE, Handler};
use super::class_view::{ClassAct, MemberView};
use super::effect::{Effect, PanelEffect};
use super::focus::Focus;
use super::keymap::Keymap;
use super::language::Language;
use super::panels::{PanelContext, Panels, PromptPanel, help};
use super::press::{Verdict, verdict};
use super::theme::Theme;
use super::view::{Destructive, Notice, View};
use crate::session::{Observed, ObservedRun};

/// The dashboard of one viewer. What can be derived from [`Observed`] is not stored here.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// The state of the screen, without the panels.
    pub view: View,
    /// The state of every panel.
    pub panels: Panels,
    /// The table of keys.
    pub keymap: Keymap,
}

impl Dashboard {
    /// A dashboard with the default keys, whose prompt recalls `prompts`.
    #[must_use]
    pub fn new(theme: Theme, language: Language, prompts: &[String]) -> Self {
        let panels = Panels { prompt: PromptPanel::new(prompts), ..Panels::default() };
        Self { view: View::new(theme, language), panels, keymap: Keymap::default() }
    }

    /// This dashboard with the password of the class masked, for files that others may see.
    #[must_use]
    pub fn without_password(&self) -> Self {
        Self { view: self.view.without_password(), ..self.clone() }
    }

    /// Updates the dashboard before a frame: the same member stays selected, and a rejected prompt returns to the line, if it is being
    /// typed in and is empty.
    pub fn reply(&mut self, observed: &Observed) {
        self.panels.class.follow_selected(self.view.members());
        self.view.mark_drawn(observed);
        let line = &mut self.panels.prompt.line;
        if let Some(refusal) = self.view.refusal(observed)
            && let Some(prompt) = &refusal.prompt
            && self.view.is_typing
            && line.input().value().is_empty()
        {
            line.put(prompt);
        }
    }

    /// Handles a key press, a paste or a new screen size. Returns the effect outside the dashboard.
    pub fn handle(&mut self, event: &Event, observed: &Observed) -> Option<Effect> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.press(key, observed),
            Event::Resize(columns, rows) => self.view.size = (*columns, *rows),
            Event::Paste(text) => match (self.view.focus(), &mut self.view.naming) {
                (Focus::Typing, _) => self.panels.prompt.line.paste(text),
                (Focus::Name, Some(naming)) => naming.line.paste(text),
                _ => {}
            },
            _ => {}
        }
        None
    }

    /// Handles a key press by its verdict. Returns the effect outside the dashboard.
    fn press(&mut self, key: &KeyEvent, observed: &Observed) -> Option<Effect> {
        let run = observed.run();
        self.panels.class.follow_selected(self.view.members());
        let removable = self.panels.class.removable(self.view.members()).cloned();
        match verdict(key, &self.view, &self.keymap, run, removable) {
            Verdict::Vote(option) => {
                (self.view.pending_confirmation, self.view.notice) = (None, None);
                return Some(Effect::Class(ClassAct::Vote(option)));
            }
            Verdict::Text(key) => {
                self.view.mark_read();
                self.type_key(&key);
            }
            Verdict::Refused(notice) => {
                self.view.mark_read();
                self.view.notice = Some(notice);
            }
            Verdict::Question(question) => {
                self.view.mark_read();
                self.view.pending_confirmation = Some(question);
            }
            Verdict::Act(action) => {
                let member = self.view.mark_read().and_then(|confirmed| confirmed.member);
                return self.act(&action, member.as_ref(), observed);
            }
        }
        None
    }

    /// Passes a key without an action to what is being typed; ignores it if nothing is.
    fn type_key(&mut self, key: &KeyEvent) {
        match (self.view.focus(), &mut self.view.editor, &mut self.view.naming) {
            (Focus::Model, Some(editor), _) => editor.edit(key.code),
            (Focus::Name, _, Some(naming)) => naming.line.edit(*key),
            (Focus::Typing, ..) => self.panels.prompt.line.edit(*key),
            _ => {}
        }
    }

    /// Carries out an action and returns its effect outside; `confirmed` is the member of a confirmed question.
    fn act(&mut self, action: &Action, confirmed: Option<&MemberView>, observed: &Observed) -> Option<Effect> {
        let run = observed.run();
        if action.loses == Some(Destructive::ByRestart) && run.snapshot.has_changed_rate() {
            self.view.notice = Some(Notice::RateStays);
        }
        if action.name != COMPLETE {
            self.panels.prompt.line.leave_completion();
        }
        let view = &mut self.view;
        let effect = match action.handler {
            Handler::Run(run_it) => run_it(view, run),
            Handler::Show(panel) => view.show(panel),
            Handler::Move(motion) => {
                let run_index = Panels::run(view.panel, observed, view.zoom);
                let mut cursor = view.cursor;
                let ctx = PanelContext { observed, run_index, view, confirmed };
                self.panels.handle_motion(view.panel, motion, ctx, &mut cursor);
                view.cursor = cursor;
                None
            }
            Handler::PanelKey(panel, position) => {
                let ctx = PanelContext { observed, run_index: observed.focus, view, confirmed };
                match self.panels.press(panel, position, ctx) {
                    Some(effect) => self.take_effect(effect),
                    None => None,
                }
            }
        };
        let hidden = help::hidden(&self.view, &self.keymap, self.view.size.1);
        self.view.help = self.view.help.map(|line| line.min(hidden));
        self.restrict_to_focus(effect, run)
    }

    /// Applies the effect of a panel's key on the view; returns one outside.
    fn take_effect(&mut self, effect: PanelEffect) -> Option<Effect> {
        match effect {
            PanelEffect::Outside(effect) => return Some(effect),
            PanelEffect::Notify(notice) => self.view.notice = Some(notice),
            PanelEffect::TypeName(naming) => self.view.naming = Some(naming),
            PanelEffect::LeaveLine => self.view.is_typing = false,
        }
        None
    }

    /// Restricts a change of all runs to the focused one, if the viewer has chosen so.
    fn restrict_to_focus(&self, effect: Option<Effect>, run: &ObservedRun) -> Option<Effect> {
        match effect {
            Some(Effect::Control(control)) if self.view.acts_on_one && run.snapshot.in_step.is_some() => {
                Some(Effect::ControlOfOne(control))
            }
            effect => effect,
        }
    }
}

#[cfg(test)]
mod tests;
