//! What one viewer has in front of them, apart from the run itself.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::action::{Action, Direction, Topic};
use super::curve_view::CurveView;
use super::generation_settings::GenerationSettings;
use super::keymap::{Focus, Keymap};
use super::layout::Panel;
use super::line::Line;
use super::model_editor::ModelEditor;
use super::panels::help;
use super::theme::Theme;
use super::trace_cursor::TraceCursor;
use super::words::Language;
use crate::session::{Control, Observed, ObservedRun, Query, Refusal, RunState};

/// One viewer's state. Everything that can be had from what is [`Observed`] is not in here.
#[derive(Clone, Debug)]
pub struct View {
    /// What things look like on this viewer's terminal.
    pub theme: Theme,
    /// The language of every word.
    pub language: Language,
    /// Which key does what.
    pub keymap: Keymap,
    /// Time between two frames that nobody asked for by a key.
    pub frame: Duration,
    /// The panel that has the keys.
    pub panel: Panel,
    /// The panel next to the loss, on a screen that has no room for all.
    pub beside: Panel,
    /// Whether the panel that has the keys has the whole screen.
    pub is_zoomed: bool,
    /// Whether letters are text.
    pub is_typing: bool,
    /// From which line on the help covers the screen.
    pub help: Option<u16>,
    /// Another model that is thought of.
    pub draft: Option<ModelEditor>,
    /// What would lose work, and waits for being asked for once more.
    pub pending_confirmation: Option<Action>,
    /// What somebody should know, until the next key is pressed.
    pub notice: Option<Notice>,
    /// The line that is being typed.
    pub line: Line,
    /// How one looks at the curves.
    pub curve: CurveView,
    /// Where in the model one looks.
    pub cursor: TraceCursor,
    /// Whether the heatmap shows all units and steps at once.
    pub is_overview: bool,
    /// Which of the answers a key would accept, the most probable first.
    pub chosen: usize,
    /// How a text is continued.
    pub continuing: GenerationSettings,
    /// The row of the table of shapes that is looked at.
    pub shape: usize,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Refusals up to this number have been drawn.
    refusals_drawn: u64,
    /// Refusals up to this number had been drawn when a key was pressed: they have been read.
    refusals_read: u64,
}

/// What somebody should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What is shown is being written to files.
    Exporting,
    /// What was shown is in the files of this folder.
    Exported(String),
    /// It is not, and why.
    NotExported(String),
    /// The run has no moments that could be seen again.
    NoMoments,
    /// The learning rate is still that which was chosen by hand.
    RateStays,
    /// Training has not begun.
    Waiting,
    /// Nothing is trained, so this key does nothing.
    OnlyShown,
    /// Something is not as it was left.
    Warning(String),
}

/// What a key press leads to outside the view.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The run is changed.
    Control(Control),
    /// Something is asked.
    Query(Query),
    /// What is to be seen is wanted as files.
    Export,
    /// The shell has the terminal for a while.
    Suspend,
    /// The program ends.
    Quit,
}

impl View {
    /// A view that has these prompts to recall.
    #[must_use]
    pub fn new(theme: Theme, language: Language, prompts: &[String]) -> Self {
        Self {
            theme,
            language,
            keymap: Keymap::default(),
            frame: Duration::from_millis(100),
            panel: Panel::Prompt,
            beside: Panel::Heatmap,
            is_zoomed: false,
            is_typing: false,
            help: None,
            draft: None,
            pending_confirmation: None,
            notice: None,
            line: Line::new(prompts),
            curve: CurveView::default(),
            cursor: TraceCursor::default(),
            is_overview: false,
            chosen: 0,
            continuing: GenerationSettings::default(),
            shape: 0,
            size: (80, 24),
            refusals_drawn: 0,
            refusals_read: 0,
        }
    }

    /// Where the keys go.
    #[must_use]
    pub fn focus(&self) -> Focus {
        match self.help {
            Some(_) => Focus::Help,
            None if self.draft.is_some() => Focus::Model,
            None if self.is_typing => Focus::Typing,
            None => Focus::Panel(self.panel),
        }
    }

    /// Why the prompt has no answer, until the next key is pressed.
    #[must_use]
    pub fn refusal<'a>(&self, observed: &'a Observed) -> Option<&'a Refusal> {
        observed.refusal.as_ref().filter(|refusal| refusal.number > self.refusals_read)
    }

    /// Takes in what is drawn next: a prompt that has no answer comes back, to be mended.
    pub fn reply(&mut self, observed: &Observed) {
        self.refusals_drawn = observed.refusal.as_ref().map_or(self.refusals_drawn, |refusal| refusal.number);
        if let Some(refusal) = self.refusal(observed)
            && let Some(prompt) = refusal.prompt.clone()
            && self.is_typing
            && self.line.input().value().is_empty()
        {
            self.line.put(&prompt);
        }
    }

    /// Takes in a key press, pasted text or the like.
    pub fn handle(&mut self, event: &Event, observed: &Observed) -> Option<Effect> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.press(key, observed.run()),
            Event::Resize(columns, rows) => {
                self.size = (*columns, *rows);
                None
            }
            Event::Paste(text) if self.is_typing => {
                self.line.paste(text);
                None
            }
            _ => None,
        }
    }

    fn press(&mut self, key: &KeyEvent, run: &ObservedRun) -> Option<Effect> {
        // Escape and a key typed right after it, which a slow line delivers in one piece, look like Alt and the key. Either
        // way the prompt is left; the key itself is not done, as nobody may have wanted it.
        if key.modifiers.contains(KeyModifiers::ALT) && !key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.press(&KeyCode::Esc.into(), run);
        }
        self.refusals_read = self.refusals_drawn;
        let asked = self.pending_confirmation.take();
        self.notice = None;
        let Some(action) = self.keymap.action(key, self.focus()) else {
            if let Some(draft) = &mut self.draft {
                draft.edit(key.code);
            } else if self.is_typing {
                self.line.edit(*key);
            }
            return None;
        };
        // what is only shown stays as it is
        if run.snapshot.state == RunState::Replay && !action.acts(run) {
            self.notice = Some(Notice::OnlyShown);
            return None;
        }
        if action.topic() == Topic::Past && !run.snapshot.can_replay() {
            self.notice = Some(Notice::NoMoments);
            return None;
        }
        if action.loses_work(run) && asked != Some(action) {
            self.pending_confirmation = Some(action);
            return None;
        }
        if matches!(action, Action::Restart | Action::Repeat) && run.snapshot.has_changed_rate() {
            self.notice = Some(Notice::RateStays);
        }
        if action != Action::Complete {
            self.line.leave_completion();
        }
        self.act(action, run)
    }

    #[allow(clippy::too_many_lines)] // a line for each action
    fn act(&mut self, action: Action, run: &ObservedRun) -> Option<Effect> {
        if let Some(effect) = effect_on_run(action, run) {
            return Some(effect);
        }
        let ask = |query| Some(Effect::Query(query));
        match action {
            // what there is nothing to say about now, or which the trainer has been told already
            Action::TogglePause
            | Action::StepOnce
            | Action::Faster
            | Action::Slower
            | Action::ToggleFullSpeed
            | Action::Restart
            | Action::Repeat
            | Action::Save
            | Action::UsualRate
            | Action::LowerRate
            | Action::RaiseRate
            | Action::FirstMoment
            | Action::Rewind
            | Action::Forward
            | Action::FrameBefore
            | Action::FrameAfter
            | Action::Replay
            | Action::Present => {}
            Action::Model => self.draft = Some(ModelEditor::new(&run.snapshot)),
            Action::Rebuild => return Some(Effect::Control(self.draft.take()?.control())),
            Action::Ask => {
                let prompt = self.line.take(run.snapshot.run.spaces_are_words)?;
                self.chosen = 0;
                return ask(Query::Ask(prompt));
            }
            Action::Accept => {
                let answer = run.answer.as_ref()?;
                let ranking = answer.ranking();
                let (word, _) = ranking.get(self.chosen.min(ranking.len().saturating_sub(1)))?;
                self.chosen = 0;
                return ask(Query::Append(answer.prompt.clone(), u32::try_from(*word).ok()?));
            }
            Action::Shorten => {
                self.chosen = 0;
                return ask(Query::Shorten(run.answer.as_ref()?.prompt.clone()));
            }
            Action::TogglePin => return ask(Query::TogglePin(run.answer.as_ref()?.prompt.clone())),
            Action::Continue => {
                let prompt = run.answer.as_ref()?.prompt.clone();
                return ask(Query::Generate(self.continuing.request(prompt)));
            }
            Action::Cooler | Action::Warmer | Action::Longer => self.continuing.act(action),
            Action::Export => return Some(Effect::Export),
            Action::Suspend => return Some(Effect::Suspend),
            Action::Quit | Action::Leave => return Some(Effect::Quit),
            Action::Choose(panel) => self.choose(panel),
            Action::NextPanel => self.choose(self.panel.neighbour(true)),
            Action::PreviousPanel => self.choose(self.panel.neighbour(false)),
            Action::FullScreen => self.is_zoomed = !self.is_zoomed,
            Action::Prompt => {
                self.choose(Panel::Prompt);
                self.is_typing = true;
            }
            Action::Back if self.help.is_some() => self.help = None,
            Action::Back if self.draft.is_some() => self.draft = None,
            Action::Back if self.is_typing => self.is_typing = false,
            Action::Back => self.is_zoomed = false,
            Action::Overview => self.is_overview = !self.is_overview,
            Action::Language => self.language = self.language.other(),
            Action::Help => self.help = Some(0),
            Action::Complete if run.snapshot.run.spaces_are_words => {} // a character is typed as fast
            Action::Complete => self.line.complete(&run.snapshot.run.vocabulary),
            Action::DeleteWord => self.line.delete_word(),
            Action::Earlier => self.line.earlier(),
            Action::Later => self.line.later(),
            Action::Move(direction) if self.help.is_some() => self.scroll_help(direction, 1),
            Action::Page(direction) => self.scroll_help(direction, self.size.1.saturating_sub(4).max(1)),
            Action::ToEnd(direction) => self.scroll_help(direction, u16::MAX),
            Action::Move(direction) if self.draft.is_some() => {
                if let Some(draft) = &mut self.draft {
                    draft.act(direction);
                }
            }
            Action::Move(Direction::Up) if self.panel == Panel::Prompt => self.chosen = self.chosen.saturating_sub(1),
            Action::Move(_) if self.panel == Panel::Prompt => {
                self.chosen = (self.chosen + 1).min(run.snapshot.run.vocabulary.len().saturating_sub(1));
            }
            Action::Move(Direction::Up) if self.panel == Panel::Shapes => {
                self.shape = self.shape.saturating_sub(1);
            }
            Action::Move(_) if self.panel == Panel::Shapes => {
                self.shape = (self.shape + 1).min(run.snapshot.shapes.len().saturating_sub(1));
            }
            _ if self.panel == Panel::Loss => self.curve.act(action, run.snapshot.record.step),
            Action::NextQuantity
            | Action::PreviousQuantity
            | Action::NextLayer
            | Action::LogScale
            | Action::Whole
            | Action::Move(_) => {
                if let Some(answer) = &run.answer {
                    self.cursor.act(action, &answer.trace);
                }
            }
        }
        None
    }

    fn scroll_help(&mut self, direction: Direction, lines: u16) {
        self.help = self.help.map(|line| match direction {
            Direction::Up => line.saturating_sub(lines),
            _ => line.saturating_add(lines).min(help::hidden(&self.keymap, self.size.1)),
        });
    }

    fn choose(&mut self, panel: Panel) {
        self.panel = panel;
        if !panel.is_fixed() {
            self.beside = panel;
        }
    }
}

/// What becomes of the run, or of the moment that is looked at, where nothing else is needed to tell.
fn effect_on_run(action: Action, run: &ObservedRun) -> Option<Effect> {
    let (playback, snapshot) = (run.playback, &run.snapshot);
    // the speed that is changed is that of what moves
    let is_of_replay = playback.is_playing || !snapshot.can_train();
    let query = match action {
        // whoever wants something to stand still means what moves
        Action::TogglePause if playback.is_playing || !snapshot.can_train() => Query::Replay,
        Action::Replay => Query::Replay,
        Action::Faster if is_of_replay => Query::ReplayFaster,
        Action::Slower if is_of_replay => Query::ReplaySlower,
        Action::FirstMoment => Query::Travel(i64::MIN),
        Action::Rewind => Query::Travel(-leap(run)),
        Action::Forward => Query::Travel(leap(run)),
        Action::FrameBefore => Query::Travel(-1),
        Action::FrameAfter => Query::Travel(1),
        Action::Present => Query::Return,
        _ => return control_for(action, run).map(Effect::Control),
    };
    Some(Effect::Query(query))
}

fn control_for(action: Action, run: &ObservedRun) -> Option<Control> {
    Some(match action {
        Action::TogglePause if run.snapshot.state == RunState::Running => Control::Pause,
        Action::TogglePause => Control::Resume,
        Action::StepOnce => Control::StepOnce,
        Action::Faster => Control::Faster,
        Action::Slower => Control::Slower,
        Action::ToggleFullSpeed => Control::ToggleFullSpeed,
        Action::Restart => Control::Restart,
        Action::Repeat => Control::Repeat,
        Action::Save if action.acts(run) => Control::Save,
        Action::UsualRate => Control::UsualLearningRate,
        Action::LowerRate => Control::ScaleLearningRate(0.5),
        Action::RaiseRate => Control::ScaleLearningRate(2.0),
        _ => return None,
    })
}

/// Keyframes at once: through the whole run in fifty.
fn leap(run: &ObservedRun) -> i64 {
    i64::try_from(run.snapshot.moments / 50).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests;
