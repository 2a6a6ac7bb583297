//! The prompt and the model's answer: which word comes next?

mod drawing;
mod typing;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::context::RenderContext;
use super::panel::{Panel, PanelContext, PanelKey};
use crate::dashboard::actions::{Action, COMPLETE, CONTINUE, Place, Topic, on};
use crate::dashboard::effect::PanelEffect;
use crate::dashboard::generation_settings::GenerationSettings;
use crate::dashboard::key::{Key, c, k};
use crate::dashboard::language::text;
use crate::dashboard::line::Line as PromptLine;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::role::Permission;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::session::{ObservedRun, Query};

pub use typing::{render_typing, typing_height};

/// Most bars that the panel wants rows for.
const MAX_BARS: usize = 40;

/// State of the panel: the line being typed, the selected answer, and the settings of generated text.
#[derive(Clone, Debug, Default)]
pub struct PromptPanel {
    /// The line being typed.
    pub line: PromptLine,
    /// Rank of the selected word in the answer, 0 for the most probable.
    chosen: usize,
    settings: GenerationSettings,
}

impl Panel for PromptPanel {
    const KEYS: &'static [PanelKey<Self>] = &[
        PanelKey::Moves(Motion::Towards(Direction::Up)),
        PanelKey::Moves(Motion::Towards(Direction::Down)),
        PanelKey::Own(Action::new(
            on(Place::Panel, "accept", &[k(KeyCode::Right), c('l'), k(KeyCode::Enter)]),
            Permission::Asking,
            Topic::Prompt,
            text("accept word", "接受此词"),
            text("put the chosen word after the prompt and ask again", "把选中的词接在提示后再问"),
            |panel, ctx| panel.accept(ctx.run()),
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, "shorten", &[k(KeyCode::Left), c('h'), k(KeyCode::Backspace)]),
            Permission::Asking,
            Topic::Prompt,
            text("drop word", "去掉末词"),
            text("take the last word off the prompt and ask again", "去掉提示的最后一个词再问"),
            |panel, ctx| panel.ask_with(ctx.run(), Query::Shorten),
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, CONTINUE, &[c('g')]),
            Permission::Asking,
            Topic::Prompt,
            text("continue", "续写"),
            text("continue the prompt; again for another text", "续写提示；再按一次换一段"),
            |panel, ctx| panel.continue_text(ctx.run()),
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, "warmer", &[c(']')]),
            Permission::Asking,
            Topic::Prompt,
            text("warmer", "升温"),
            text("higher temperature: bolder words", "升高温度：更大胆的词"),
            |panel, _| panel.set(GenerationSettings::warmer),
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, "cooler", &[c('[')]),
            Permission::Asking,
            Topic::Prompt,
            text("cooler", "降温"),
            text("lower temperature: more probable words", "降低温度：更可能的词"),
            |panel, _| panel.set(GenerationSettings::cooler),
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, "longer", &[c('n')]),
            Permission::Asking,
            Topic::Prompt,
            text("length", "长度"),
            text("continue by more words, or by few again", "续写更多词，或回到少量"),
            |panel, _| panel.set(GenerationSettings::longer),
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, "pin", &[c('p')]),
            Permission::Asking,
            Topic::Prompt,
            text("pin", "固定"),
            text("ask this prompt at every moment, or no longer", "固定此提示，随训练持续提问，或取消"),
            |panel, ctx| panel.ask_with(ctx.run(), Query::TogglePin),
        )),
        PanelKey::Own(Action::new(
            on(Place::Typing, "ask", &[k(KeyCode::Enter)]),
            Permission::Asking,
            Topic::Prompt,
            text("ask", "提问"),
            text("ask", "提问"),
            PromptPanel::ask_or_leave,
        )),
        PanelKey::Own(Action::new(
            on(Place::Typing, COMPLETE, &[k(KeyCode::Tab)]),
            Permission::Asking,
            Topic::Prompt,
            text("complete", "补全"),
            text("complete the word; again for the next match", "补全词语；再按一次换下一个"),
            |panel, ctx| panel.complete(ctx.run()),
        )),
        PanelKey::Own(Action::new(
            on(Place::Typing, "earlier", &[k(KeyCode::Up)]),
            Permission::Asking,
            Topic::Prompt,
            text("earlier", "上一条"),
            text("an earlier prompt", "上一条提示"),
            |panel, _| panel.edit(PromptLine::earlier),
        )),
        PanelKey::Own(Action::new(
            on(Place::Typing, "later", &[k(KeyCode::Down)]),
            Permission::Asking,
            Topic::Prompt,
            text("later", "下一条"),
            text("a later prompt", "下一条提示"),
            |panel, _| panel.edit(PromptLine::later),
        )),
        PanelKey::Own(Action::new(
            on(Place::Typing, "delete_word", &[Key::control('w')]),
            Permission::Asking,
            Topic::Prompt,
            text("delete word", "删词"),
            text("delete the word before the cursor", "删除光标前的词"),
            |panel, _| panel.edit(PromptLine::delete_word),
        )),
    ];

    fn height(&self, run: &ObservedRun) -> Option<u16> {
        Some(u16::try_from(run.snapshot.run.vocabulary.len().min(MAX_BARS)).unwrap_or(u16::MAX) + 6)
    }

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, _: &mut TraceCursor) {
        self.chosen = match motion {
            Motion::Towards(Direction::Up) => self.chosen.saturating_sub(1),
            _ => (self.chosen + 1).min(ctx.run().snapshot.run.vocabulary.len().saturating_sub(1)),
        };
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        drawing::draw(frame, area, self, ctx);
    }
}

/// Handlers of the keys.
impl PromptPanel {
    /// A panel whose line can recall `prompts`.
    #[must_use]
    pub fn new(prompts: &[String]) -> Self {
        Self { line: PromptLine::new(prompts), ..Self::default() }
    }

    /// Changes the line. Returns `None`: the change has no effect outside.
    fn edit(&mut self, change: impl FnOnce(&mut PromptLine)) -> Option<PanelEffect> {
        change(&mut self.line);
        None
    }

    /// Completes the word being typed; does nothing for a model of characters. Returns `None`.
    fn complete(&mut self, run: &ObservedRun) -> Option<PanelEffect> {
        let run = &run.snapshot.run;
        if !run.spaces_are_words {
            self.line.complete(&run.vocabulary);
        }
        None
    }

    /// Asks the typed prompt; with a blank line, leaves the line if a question or a poll of the class waits for that.
    fn ask_or_leave(&mut self, ctx: PanelContext<'_>) -> Option<PanelEffect> {
        if ctx.view.held.is_any() && self.line.input().value().trim().is_empty() {
            return Some(PanelEffect::LeaveLine);
        }
        self.ask(ctx.run())
    }

    /// Asks the typed prompt and selects the most probable word; `None` if the line is blank.
    fn ask(&mut self, run: &ObservedRun) -> Option<PanelEffect> {
        let prompt = self.line.take(run.snapshot.run.spaces_are_words)?;
        self.chosen = 0;
        Some(Query::Ask(prompt).into())
    }

    /// Asks the answered prompt with the selected word appended; `None` without an answer.
    fn accept(&mut self, run: &ObservedRun) -> Option<PanelEffect> {
        let answer = run.answer.as_ref()?;
        let ranking = answer.ranking();
        let (word, _) = ranking.get(self.chosen.min(ranking.len().saturating_sub(1)))?;
        self.chosen = 0;
        Some(Query::Append(answer.prompt.clone(), u32::try_from(*word).ok()?).into())
    }

    /// Sends a query about the answered prompt and selects the most probable word; `None` without an answer.
    fn ask_with(&mut self, run: &ObservedRun, query: impl FnOnce(String) -> Query) -> Option<PanelEffect> {
        self.chosen = 0;
        Some(query(run.answer.as_ref()?.prompt.clone()).into())
    }

    /// Requests generated text after the answered prompt; `None` without an answer.
    fn continue_text(&mut self, run: &ObservedRun) -> Option<PanelEffect> {
        let prompt = run.answer.as_ref()?.prompt.clone();
        Some(Query::Generate(self.settings.request(prompt)).into())
    }

    /// Changes the settings of generated text. Returns `None`.
    fn set(&mut self, change: impl FnOnce(&mut GenerationSettings)) -> Option<PanelEffect> {
        change(&mut self.settings);
        None
    }
}
