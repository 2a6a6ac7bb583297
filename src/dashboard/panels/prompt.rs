//! The prompt and the model's answer: which word comes next?

use crate::columns::Columns;
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::drawing::{RenderContext, exact, fit, fit_end, wrapped};
use super::{Panel, PanelKey, PanelName, answers, columns, input, pinned};
use crate::dashboard::actions::{Action, BACK, CONTINUE, Focus, Handler, Place, TYPE, Topic};
use crate::dashboard::generation_settings::GenerationSettings;
use crate::dashboard::keymap::{c, k};
use crate::dashboard::language::{Bilingual, text};
use crate::dashboard::line::Line as PromptLine;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::role::Role;
use crate::dashboard::theme::Theme;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::dashboard::view::{Effect, View};
use crate::dashboard::words::class::held;
use crate::dashboard::words::prompt::{PROMPT_MARK, PromptText};
use crate::learning::Answer;
use crate::printable;
use crate::session::{Observed, ObservedRun, Query};

const WIDEST_WORD: usize = 16;
const MOST_BARS: usize = 40;
/// With fewer lines the answer needs them all.
const ROOM_FOR_WORDS: u16 = 9;
/// A narrower panel has its title for question and prompt alone.
const ROOM_FOR_ENTROPY: u16 = 60;
const NARROWEST_COLUMN: usize = 6;
/// The most probable words are always there.
const LEAST_BARS: u16 = 3;

/// The panel: what is being typed, which answer is chosen, and how a text is continued.
#[derive(Clone, Debug, Default)]
pub struct PromptPanel {
    /// The line that is being typed.
    pub line: PromptLine,
    /// Which of the answers a key would accept, the most probable first.
    chosen: usize,
    settings: GenerationSettings,
}

impl Panel for PromptPanel {
    const TITLE: Bilingual = text("prompt", "提示");

    const KEYS: &'static [PanelKey] = &[
        PanelKey::Moves(Motion::Towards(Direction::Up)),
        PanelKey::Moves(Motion::Towards(Direction::Down)),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Prompt), "accept", &[k(KeyCode::Right), c('l'), k(KeyCode::Enter)]),
            Topic::Prompt,
            text("accept word", "接受此词"),
            text("put the chosen word after the prompt and ask again", "把选中的词接在提示后再问"),
            Handler::Run(|view, run| view.panels.prompt.accept(run)),
        )),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Prompt), "shorten", &[k(KeyCode::Left), c('h'), k(KeyCode::Backspace)]),
            Topic::Prompt,
            text("drop word", "去掉末词"),
            text("take the last word off the prompt and ask again", "去掉提示的最后一个词再问"),
            Handler::Run(|view, run| view.panels.prompt.ask_with(run, Query::Shorten)),
        )),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Prompt), CONTINUE, &[c('g')]),
            Topic::Prompt,
            text("continue", "续写"),
            text("continue the prompt; again for another text", "续写提示；再按一次换一段"),
            Handler::Run(|view, run| view.panels.prompt.continue_text(run)),
        )),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Prompt), "warmer", &[c(']')]),
            Topic::Prompt,
            text("warmer", "升温"),
            text("higher temperature: bolder words", "升高温度：更大胆的词"),
            Handler::Run(|view, _| view.panels.prompt.set(GenerationSettings::warmer)),
        )),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Prompt), "cooler", &[c('[')]),
            Topic::Prompt,
            text("cooler", "降温"),
            text("lower temperature: more probable words", "降低温度：更可能的词"),
            Handler::Run(|view, _| view.panels.prompt.set(GenerationSettings::cooler)),
        )),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Prompt), "longer", &[c('n')]),
            Topic::Prompt,
            text("length", "长度"),
            text("continue by more words, or by few again", "续写更多词，或回到少量"),
            Handler::Run(|view, _| view.panels.prompt.set(GenerationSettings::longer)),
        )),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Prompt), "pin", &[c('p')]),
            Topic::Prompt,
            text("pin", "固定"),
            text("ask this prompt at every moment, or no longer", "固定此提示，随训练持续提问，或取消"),
            Handler::Run(|view, run| view.panels.prompt.ask_with(run, Query::TogglePin)),
        )),
    ];

    fn height(&self, run: &ObservedRun) -> Option<u16> {
        Some(u16::try_from(run.snapshot.run.vocabulary.len().min(MOST_BARS)).unwrap_or(u16::MAX) + 6)
    }

    fn moves(&mut self, motion: Motion, observed: &Observed, _: &mut TraceCursor) {
        self.chosen = match motion {
            Motion::Towards(Direction::Up) => self.chosen.saturating_sub(1),
            _ => (self.chosen + 1).min(observed.run().snapshot.run.vocabulary.len().saturating_sub(1)),
        };
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self, ctx);
    }
}

/// What keys do.
impl PromptPanel {
    /// A panel that has these prompts to recall.
    #[must_use]
    pub fn new(prompts: &[String]) -> Self {
        Self { line: PromptLine::new(prompts), ..Self::default() }
    }

    /// Changes the line.
    pub fn edit(&mut self, change: impl FnOnce(&mut PromptLine)) -> Option<Effect> {
        change(&mut self.line);
        None
    }

    /// Completes the word that is being typed.
    pub fn complete(&mut self, run: &ObservedRun) -> Option<Effect> {
        let run = &run.snapshot.run;
        // a character is typed as fast
        if !run.spaces_are_words {
            self.line.complete(&run.vocabulary);
        }
        None
    }

    /// Asks what was typed.
    pub fn ask(&mut self, run: &ObservedRun) -> Option<Effect> {
        let prompt = self.line.take(run.snapshot.run.spaces_are_words)?;
        self.chosen = 0;
        Some(Effect::Query(Query::Ask(prompt)))
    }

    /// Asks the prompt with the chosen word after it.
    pub fn accept(&mut self, run: &ObservedRun) -> Option<Effect> {
        let answer = run.answer.as_ref()?;
        let ranking = answer.ranking();
        let (word, _) = ranking.get(self.chosen.min(ranking.len().saturating_sub(1)))?;
        self.chosen = 0;
        Some(Effect::Query(Query::Append(answer.prompt.clone(), u32::try_from(*word).ok()?)))
    }

    /// Asks something about the prompt that has an answer.
    pub fn ask_with(&mut self, run: &ObservedRun, query: impl FnOnce(String) -> Query) -> Option<Effect> {
        self.chosen = 0;
        Some(Effect::Query(query(run.answer.as_ref()?.prompt.clone())))
    }

    /// Continues the prompt.
    pub fn continue_text(&mut self, run: &ObservedRun) -> Option<Effect> {
        let prompt = run.answer.as_ref()?.prompt.clone();
        Some(Effect::Query(Query::Generate(self.settings.request(prompt))))
    }

    /// Changes how a text is continued.
    pub fn set(&mut self, change: impl FnOnce(&mut GenerationSettings)) -> Option<Effect> {
        change(&mut self.settings);
        None
    }
}

/// Draws it.
fn draw(frame: &mut Frame<'_>, area: Rect, panel: &PromptPanel, ctx: RenderContext<'_>) {
    let (run, snapshot, view, theme, words) = (ctx.run(), ctx.snapshot(), ctx.view, ctx.theme(), ctx.words());
    let question = words.say(PromptText::question(snapshot.run.spaces_are_words));
    let has_entropy = |answer: &&Answer| area.width >= ROOM_FOR_ENTROPY && answer.trace.is_finite();
    let entropy = run.answer.as_deref().filter(has_entropy);
    let entropy = entropy
        .map(|answer| format!(" {} ", words.say(PromptText::Entropy { bits: answer.trace.entropy() })))
        .unwrap_or_default();
    let title = match &run.answer {
        Some(answer) => {
            // the end of the prompt is what matters when it does not fit
            let space = usize::from(area.width).saturating_sub(question.columns() + entropy.columns() + 9);
            let between = if snapshot.run.spaces_are_words { "" } else { " " };
            format!("{} → {question}", fit_end(&answer.words.join(between), space))
        }
        None => question.clone(),
    };
    let mut block = ctx.frame(&title);
    if !entropy.is_empty() {
        block = block.title(Line::styled(entropy, theme.quiet()).right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if inner.is_empty() {
        return;
    }

    let typing = typing_height(view).min(inner.height);
    let mut rest = Rect { y: inner.y + typing, height: inner.height - typing, ..inner };
    let input_lines = Rect { height: typing, ..inner };
    if view.is_typing {
        render_typing(frame, input_lines, ctx);
    } else {
        frame.render_widget(Span::styled(hint(panel, ctx), theme.quiet()), input_lines);
    }

    if let Some((candidates, chosen)) = panel.line.candidates() {
        let line = take_line(&mut rest, 1);
        frame.render_widget(exact(candidate_line(candidates, chosen, line.width.into(), theme)), line);
    } else if let Some(refusal) = view.refusal(ctx.observed).filter(|refusal| refusal.prompt.is_some()) {
        let message = words.refusal(&refusal.error);
        let lines = message.columns().div_ceil(usize::from(inner.width)).clamp(1, 3);
        let area = take_line(&mut rest, u16::try_from(lines).unwrap_or(1));
        wrapped(frame, Line::styled(message, theme.alarm()), area);
    }
    if rest.height >= ROOM_FOR_WORDS {
        let area = take_line(&mut rest, 3);
        draw_words(frame.buffer_mut(), area, ctx);
    }
    render_continuation(frame, &mut rest, ctx);
    if ctx.is_duel() {
        return columns::draw(frame.buffer_mut(), rest, panel.chosen, ctx);
    }
    let width = pinned::width(rest, ctx);
    let pins = Rect { x: rest.right() - width, width, ..rest };
    rest.width -= width;
    answers::draw(frame.buffer_mut(), rest, Some(panel.chosen), ctx);
    pinned::draw(frame.buffer_mut(), pins, ctx);
}

/// How many lines the line that is being typed needs, with what waits for it above.
#[must_use]
pub fn typing_height(view: &View) -> u16 {
    1 + u16::from(view.is_typing && view.held.is_any())
}

/// Draws the line that is being typed, and above it what waits until it is left.
pub fn render_typing(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (view, theme, words) = (ctx.view, ctx.theme(), ctx.words());
    if area.is_empty() {
        return;
    }
    let line = Rect { y: area.bottom() - 1, height: 1, ..area };
    input::draw(frame, line, &Span::styled(PROMPT_MARK, theme.focus()), &view.panels.prompt.line, theme);
    if view.held.is_any() && area.height > 1 {
        let key = view.keymap.key(BACK, Focus::Typing);
        let [before, prompt, after] = held(&view.held, &key, words);
        let room = usize::from(area.width).saturating_sub(before.columns() + after.columns());
        let held = format!("{before}{}{after}", fit_end(&printable(&prompt), room));
        let above = Rect { height: 1, ..area };
        frame.render_widget(Span::styled(fit(&held, area.width.into()), theme.alarm()), above);
    }
}

/// What the keys do here.
fn hint(panel: &PromptPanel, ctx: RenderContext<'_>) -> String {
    let (view, words) = (ctx.view, ctx.words());
    if view.role == Role::Projector {
        return words.say(PromptText::ScreenForAll);
    }
    let key = |action| view.keymap.key(action, Focus::Panel(PanelName::Prompt));
    if !ctx.has_keys || ctx.run().answer.is_none() {
        return words.say(PromptText::TypeWords { key: key(TYPE) });
    }
    let (length, temperature) = (panel.settings.words(), panel.settings.temperature());
    let of_characters = ctx.snapshot().run.spaces_are_words;
    let (prompt, more) = (key(TYPE), key(CONTINUE));
    words.say(if of_characters {
        PromptText::ContinueCharacters { prompt, more, length, temperature }
    } else {
        PromptText::ContinueWords { prompt, more, length, temperature }
    })
}

/// The text that was continued last, if that is what was asked last.
fn render_continuation(frame: &mut Frame<'_>, rest: &mut Rect, ctx: RenderContext<'_>) {
    let (run, theme, words) = (ctx.run(), ctx.theme(), ctx.words());
    let (Some((step, continuation)), Some(answer)) = (&run.continuation, &run.answer) else { return };
    if continuation.prompt != answer.prompt || rest.height <= LEAST_BARS {
        return;
    }
    let label = words.say(PromptText::AtStep { step: *step });
    let (begin, end) = match continuation.text.strip_prefix(&continuation.prompt) {
        Some(end) => (continuation.prompt.as_str(), end),
        None => ("", continuation.text.as_str()),
    };
    let in_one_line = |text: &str| printable(&text.replace('\n', "⏎ "));
    let text = Line::from(vec![
        Span::styled(format!("{label} "), theme.quiet()),
        Span::raw(in_one_line(begin)),
        Span::styled(in_one_line(end), theme.strong()),
    ]);
    let wide: usize = text.spans.iter().map(|span| span.content.columns()).sum();
    let wide = wide + wide / 16; // lines end between words
    let lines = u16::try_from(wide.div_ceil(usize::from(rest.width))).unwrap_or(u16::MAX).min(rest.height - LEAST_BARS);
    let area = take_line(rest, lines);
    wrapped(frame, text, area);
}

/// The words of the prompt, how surprising each was to the model, and how much the answer depends on it; later words win where
/// not all fit.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_words(buffer: &mut Buffer, area: Rect, ctx: RenderContext<'_>) {
    let Some(answer) = &ctx.run().answer else { return };
    let (theme, words) = (ctx.theme(), ctx.words());
    let names = [
        String::new(),
        words.say(PromptText::surprise(ctx.snapshot().run.learns_every_word())),
        words.say(PromptText::Matters),
    ];
    let label_width = names.iter().map(|name| name.columns()).max().unwrap_or(0) + 1;
    for (row, name) in names.into_iter().enumerate() {
        buffer.set_stringn(area.x, area.y + row as u16, name, area.width.into(), theme.quiet());
    }
    let column = |word: &String| word.columns().clamp(NARROWEST_COLUMN, WIDEST_WORD) + 1;
    let mut room = usize::from(area.width).saturating_sub(label_width);
    let fits = |word: &&String| {
        let fits = column(word) <= room;
        room = room.saturating_sub(column(word));
        fits
    };
    let first = answer.words.len() - answer.words.iter().rev().take_while(fits).count();
    let importances = answer.trace.importances();
    let greatest = importances.iter().copied().fold(0.0, f64::max);
    let mut x = area.x + label_width as u16;
    if first > 0 {
        buffer.set_stringn(
            area.x,
            area.y,
            words.say(PromptText::WordsBefore { count: first }),
            label_width,
            theme.quiet(),
        );
    }
    for (index, word) in answer.words.iter().enumerate().skip(first) {
        let width = column(word) - 1;
        // the first word has nothing before it
        let bits = index.checked_sub(1).and_then(|later| answer.trace.surprisals.get(later));
        let surprise = bits.map_or_else(|| "-".to_owned(), |bits| format!("{bits:.1}"));
        let matters = format!("{:.0} %", 100.0 * importances[index]);
        let most = if importances[index] >= greatest { theme.best_bar() } else { Style::new() };
        let rows = [(fit(word, width), theme.strong()), (surprise, Style::new()), (matters, most)];
        for (row, (text, style)) in rows.into_iter().enumerate() {
            buffer.set_stringn(x, area.y + row as u16, text, width, style);
        }
        x += width as u16 + 1;
    }
}

/// The first lines of `area`, which loses them.
fn take_line(area: &mut Rect, lines: u16) -> Rect {
    let taken = Rect { height: lines.min(area.height), ..*area };
    area.y += taken.height;
    area.height -= taken.height;
    taken
}

/// The candidates around the chosen one.
fn candidate_line(candidates: &[String], chosen: usize, width: usize, theme: Theme) -> Line<'_> {
    let mut first = chosen;
    let mut used = candidates[chosen].columns();
    while first > 0 && used + candidates[first - 1].columns() + 2 <= width / 2 {
        first -= 1;
        used += candidates[first].columns() + 2;
    }
    let spans = candidates[first..].iter().enumerate().flat_map(|(index, word)| {
        let style = if first + index == chosen { theme.key() } else { theme.quiet() };
        [Span::styled(word.as_str(), style), Span::raw("  ")]
    });
    // no line is as wide as to hold more
    spans.take(2 * width).collect()
}
