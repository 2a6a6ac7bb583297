//! What one viewer has in front of them, apart from the run itself.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::action::{Action, Direction, Topic};
use super::continuing::Continuing;
use super::curve_view::CurveView;
use super::draft::Draft;
use super::keymap::{Focus, Keymap};
use super::layout::Panel;
use super::line::Line;
use super::panels::help;
use super::spot::Spot;
use super::theme::Theme;
use super::words::Language;
use crate::training::{Command, Refusal, RunState, Snapshot};

/// One viewer's state. Everything that can be had from the [`Snapshot`] is not in here.
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
    pub is_full: bool,
    /// Whether letters are text.
    pub is_typing: bool,
    /// From which line on the help covers the screen.
    pub help: Option<u16>,
    /// Another model that is thought of.
    pub draft: Option<Draft>,
    /// What would lose work, and waits for being asked for once more.
    pub asks: Option<Action>,
    /// What somebody should know, until the next key is pressed.
    pub notice: Option<Notice>,
    /// The line that is being typed.
    pub line: Line,
    /// How one looks at the curves.
    pub curve: CurveView,
    /// Where in the model one looks.
    pub spot: Spot,
    /// Whether the heatmap shows all units and steps at once.
    pub is_overview: bool,
    /// Which of the answers a key would accept, the most probable first.
    pub chosen: usize,
    /// How a text is continued.
    pub continuing: Continuing,
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
    /// What was shown is in the files of this folder.
    Exported(String),
    /// It is not, and why.
    NotExported(String),
    /// The run has no moments that could be seen again.
    NoMoments,
    /// Something is not as it was left.
    Warning(String),
}

/// What a key press leads to outside the view.
#[derive(Clone, Debug, PartialEq)]
pub enum Reaction {
    /// The trainer is told something.
    Tell(Command),
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
            is_full: false,
            is_typing: false,
            help: None,
            draft: None,
            asks: None,
            notice: None,
            line: Line::new(prompts),
            curve: CurveView::default(),
            spot: Spot::default(),
            is_overview: false,
            chosen: 0,
            continuing: Continuing::default(),
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
    pub fn refusal<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Refusal> {
        snapshot.refusal.as_ref().filter(|refusal| refusal.number > self.refusals_read)
    }

    /// Takes in what is drawn next: a prompt that has no answer comes back, to be mended.
    pub fn reply(&mut self, snapshot: &Snapshot) {
        self.refusals_drawn = snapshot.refusal.as_ref().map_or(self.refusals_drawn, |refusal| refusal.number);
        if let Some(refusal) = self.refusal(snapshot)
            && let Some(prompt) = refusal.prompt.clone()
            && self.is_typing
            && self.line.input().value().is_empty()
        {
            self.line.put(&prompt);
        }
    }

    /// Takes in a key press, pasted text or the like.
    pub fn handle(&mut self, event: &Event, snapshot: &Snapshot) -> Option<Reaction> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.press(key, snapshot),
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

    fn press(&mut self, key: &KeyEvent, snapshot: &Snapshot) -> Option<Reaction> {
        // Escape and a key typed right after it, which a slow line delivers in one piece, look like Alt and the key. Either
        // way the prompt is left; the key itself is not done, as nobody may have wanted it.
        if key.modifiers.contains(KeyModifiers::ALT) && !key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.press(&KeyCode::Esc.into(), snapshot);
        }
        self.refusals_read = self.refusals_drawn;
        let asked = self.asks.take();
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
        if snapshot.state == RunState::Shown && !action.acts(snapshot) {
            return None;
        }
        if action.topic() == Topic::Past && !snapshot.can_replay() {
            self.notice = Some(Notice::NoMoments);
            return None;
        }
        if action.loses_work(snapshot) && asked != Some(action) {
            self.asks = Some(action);
            return None;
        }
        if action != Action::Complete {
            self.line.leave_completion();
        }
        self.act(action, snapshot)
    }

    fn act(&mut self, action: Action, snapshot: &Snapshot) -> Option<Reaction> {
        let tell = |command| Some(Reaction::Tell(command));
        // the speed that is changed is that of what moves
        let is_of_replay = snapshot.playback.is_playing || !snapshot.can_train();
        match action {
            Action::TogglePause if snapshot.state == RunState::Running => return tell(Command::Pause),
            Action::TogglePause if snapshot.can_train() => return tell(Command::Resume),
            Action::TogglePause | Action::Replay => return tell(Command::Replay),
            Action::StepOnce => return tell(Command::StepOnce),
            Action::Faster if is_of_replay => return tell(Command::ReplayFaster),
            Action::Slower if is_of_replay => return tell(Command::ReplaySlower),
            Action::Faster => return tell(Command::Faster),
            Action::Slower => return tell(Command::Slower),
            Action::ToggleFullSpeed => return tell(Command::ToggleFullSpeed),
            Action::Restart => return tell(Command::Restart),
            Action::Repeat => return tell(Command::Repeat),
            Action::Save => return action.acts(snapshot).then_some(Reaction::Tell(Command::Save)),
            Action::LowerRate => return tell(Command::ScaleLearningRate(0.5)),
            Action::RaiseRate => return tell(Command::ScaleLearningRate(2.0)),
            Action::Model => self.draft = Some(Draft::new(snapshot)),
            Action::Rebuild => return tell(self.draft.take()?.command()),
            Action::Ask => {
                let prompt = self.line.take(snapshot.run.spaces_are_words)?;
                self.chosen = 0;
                return tell(Command::Ask(prompt));
            }
            Action::Accept => {
                let answer = snapshot.answer.as_ref()?;
                let ranking = answer.trace.ranking();
                let (word, _) = ranking.get(self.chosen.min(ranking.len().saturating_sub(1)))?;
                self.chosen = 0;
                return tell(Command::Append(answer.prompt.clone(), u32::try_from(*word).ok()?));
            }
            Action::Shorten => {
                self.chosen = 0;
                return tell(Command::Shorten(snapshot.answer.as_ref()?.prompt.clone()));
            }
            Action::TogglePin => return tell(Command::TogglePin(snapshot.answer.as_ref()?.prompt.clone())),
            Action::Continue => {
                let prompt = snapshot.answer.as_ref()?.prompt.clone();
                return tell(Command::Generate(self.continuing.wish(prompt)));
            }
            Action::Cooler | Action::Warmer | Action::Longer => self.continuing.act(action),
            Action::Rewind => return tell(Command::Travel(-leap(snapshot))),
            Action::Forward => return tell(Command::Travel(leap(snapshot))),
            Action::FrameBefore => return tell(Command::Travel(-1)),
            Action::FrameAfter => return tell(Command::Travel(1)),
            Action::Present => return tell(Command::Return),
            Action::Export => return Some(Reaction::Export),
            Action::Suspend => return Some(Reaction::Suspend),
            Action::Quit | Action::Leave => return Some(Reaction::Quit),
            Action::Choose(panel) => self.choose(panel),
            Action::NextPanel => self.choose(self.panel.neighbour(true)),
            Action::PreviousPanel => self.choose(self.panel.neighbour(false)),
            Action::FullScreen => self.is_full = !self.is_full,
            Action::Prompt => {
                self.choose(Panel::Prompt);
                self.is_typing = true;
            }
            Action::Back if self.help.is_some() => self.help = None,
            Action::Back if self.draft.is_some() => self.draft = None,
            Action::Back if self.is_typing => self.is_typing = false,
            Action::Back => self.is_full = false,
            Action::Overview => self.is_overview = !self.is_overview,
            Action::Language => self.language = self.language.other(),
            Action::Help => self.help = Some(0),
            Action::Complete if snapshot.run.spaces_are_words => {} // a character is typed as fast
            Action::Complete => self.line.complete(&snapshot.run.vocabulary),
            Action::DeleteWord => self.line.delete_word(),
            Action::Earlier => self.line.earlier(),
            Action::Later => self.line.later(),
            Action::Move(direction) if self.help.is_some() => self.scroll_help(direction),
            Action::Move(direction) if self.draft.is_some() => {
                if let Some(draft) = &mut self.draft {
                    draft.act(direction);
                }
            }
            Action::Move(Direction::Up) if self.panel == Panel::Prompt => self.chosen = self.chosen.saturating_sub(1),
            Action::Move(_) if self.panel == Panel::Prompt => {
                self.chosen = (self.chosen + 1).min(snapshot.run.vocabulary.len().saturating_sub(1));
            }
            Action::Move(Direction::Up) if self.panel == Panel::Shapes => {
                self.shape = self.shape.saturating_sub(1);
            }
            Action::Move(_) if self.panel == Panel::Shapes => {
                self.shape = (self.shape + 1).min(snapshot.shapes.len().saturating_sub(1));
            }
            _ if self.panel == Panel::Loss => self.curve.act(action, snapshot.record.step),
            Action::NextQuantity
            | Action::PreviousQuantity
            | Action::NextLayer
            | Action::LogScale
            | Action::Whole
            | Action::Move(_) => {
                if let Some(answer) = &snapshot.answer {
                    self.spot.act(action, &answer.trace);
                }
            }
        }
        None
    }

    fn scroll_help(&mut self, direction: Direction) {
        self.help = self.help.map(|line| match direction {
            Direction::Up => line.saturating_sub(1),
            _ => (line + 1).min(help::hidden(&self.keymap, self.size.1)),
        });
    }

    fn choose(&mut self, panel: Panel) {
        self.panel = panel;
        if !panel.is_fixed() {
            self.beside = panel;
        }
    }
}

/// Keyframes at once: through the whole run in fifty.
fn leap(snapshot: &Snapshot) -> i64 {
    i64::try_from(snapshot.playback.moments / 50).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::dashboard::Colours;
    use crate::training::{Kept, RunInfo};

    fn view() -> View {
        View::new(Theme::new(Colours::None), Language::English, &["我 喜欢".to_owned(), "我 爱".to_owned()])
    }

    fn press(view: &mut View, codes: &[KeyCode]) -> Vec<Reaction> {
        let snapshot = fixture::running();
        let press = |code: &KeyCode| view.handle(&Event::Key(KeyEvent::new(*code, KeyModifiers::NONE)), &snapshot);
        codes.iter().filter_map(press).collect()
    }

    /// The prompt that has an answer.
    fn asked() -> String {
        "我 讨厌".to_owned()
    }

    fn typed(text: &str) -> Vec<KeyCode> {
        text.chars().map(KeyCode::Char).collect()
    }

    #[test]
    fn letters_are_commands_until_the_prompt_has_the_focus() {
        let mut view = view();
        assert_eq!(
            press(&mut view, &typed("s+")),
            [Reaction::Tell(Command::StepOnce), Reaction::Tell(Command::Faster)]
        );
        assert_eq!(press(&mut view, &typed("i我 爱sq")), []);
        assert_eq!(view.line.input().value(), "我 爱sq");
        assert_eq!(press(&mut view, &[KeyCode::Esc, KeyCode::Char('s')]), [Reaction::Tell(Command::StepOnce)]);
    }

    #[test]
    fn what_loses_work_is_done_when_it_is_asked_for_twice_in_a_row() {
        let mut view = view();
        let restart = Reaction::Tell(Command::Restart);
        assert_eq!(press(&mut view, &typed("r")), []);
        assert_eq!(view.asks, Some(Action::Restart));
        assert_eq!(press(&mut view, &typed("r")), [restart]);
        assert_eq!(view.asks, None);
        assert_eq!(press(&mut view, &typed("rqr")), [], "another key in between is a no");
        assert_eq!(press(&mut view, &typed("vqq")), [Reaction::Quit]);
        let ctrl_c = Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert_eq!(view.handle(&ctrl_c, &fixture::running()), Some(Reaction::Quit), "as a signal would");
    }

    #[test]
    fn nothing_is_asked_where_nothing_is_lost() {
        let key = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        assert_eq!(view().handle(&key('q'), &fixture::untouched()), Some(Reaction::Quit));
        assert_eq!(view().handle(&key('r'), &fixture::untouched()), Some(Reaction::Tell(Command::Restart)));
        assert_eq!(
            view().handle(&key('q'), &fixture::panicked()),
            Some(Reaction::Quit),
            "there is nothing to go on with"
        );
        let kept = Snapshot { kept: Some(Kept::default()), ..fixture::running() };
        assert_eq!(view().handle(&key('q'), &kept), Some(Reaction::Quit), "it is on disk");
        assert_eq!(view().handle(&key('q'), &fixture::refused()), None, "a model that has learned would be gone");
    }

    #[test]
    fn where_nothing_is_trained_the_keys_of_training_play_the_run_again() {
        let told = |keys: &str, snapshot: &Snapshot| -> Vec<Command> {
            let mut view = view();
            let key = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
            let commands = keys.chars().filter_map(|c| view.handle(&key(c), snapshot));
            commands
                .filter_map(|reaction| if let Reaction::Tell(command) = reaction { Some(command) } else { None })
                .collect()
        };
        let replay = [Command::Replay, Command::ReplayFaster, Command::ReplaySlower];
        assert_eq!(told(" +-", &fixture::replayed()), replay);
        assert_eq!(told("t +", &fixture::running()), [Command::Replay, Command::Pause, Command::Faster]);
        let mut playing = fixture::running();
        playing.playback.is_playing = true;
        assert_eq!(told("t +", &playing), [Command::Replay, Command::Pause, Command::ReplayFaster]);
        assert_eq!(told("wrRsf<>", &fixture::replayed()), [], "what is only shown stays as it is");
    }

    #[test]
    fn panels_are_chosen_by_number_or_one_after_the_other() {
        let mut view = view();
        press(&mut view, &typed("3"));
        assert_eq!((view.panel, view.beside), (Panel::GradientFlow, Panel::GradientFlow));
        press(&mut view, &[KeyCode::Tab]);
        assert_eq!((view.panel, view.beside), (Panel::Prompt, Panel::GradientFlow));
        press(&mut view, &[KeyCode::Tab; 4]);
        assert_eq!((view.panel, view.beside), (Panel::Heatmap, Panel::Heatmap));
        press(&mut view, &[KeyCode::BackTab, KeyCode::Char('z')]);
        assert_eq!((view.panel, view.is_full), (Panel::Loss, true));
        press(&mut view, &[KeyCode::Esc]);
        assert!(!view.is_full);
    }

    #[test]
    fn another_model_is_chosen_by_arrows_and_digits() {
        let rebuilt = |keys: &[KeyCode]| match press(&mut view(), keys).as_slice() {
            [Reaction::Tell(Command::Rebuild { architecture, seed })] => {
                (architecture.cell.as_str(), architecture.hidden, architecture.layers, *seed)
            }
            other => panic!("{other:?}"),
        };
        let keys = |text: &str| [typed(text), vec![KeyCode::Enter]].concat();
        assert_eq!(rebuilt(&keys("m")), ("lstm", 2, 1, 42), "as it is");
        assert_eq!(rebuilt(&keys("mljll")), ("gru", 4, 1, 42));
        assert_eq!(rebuilt(&keys("mhj0jljjh")), ("rnn", 20, 2, 41));
        let erased = [typed("mj"), vec![KeyCode::Backspace], typed("64"), vec![KeyCode::Enter]].concat();
        assert_eq!(rebuilt(&erased), ("lstm", 64, 1, 42));
        let nothing = [typed("mj"), vec![KeyCode::Backspace, KeyCode::Enter]].concat();
        assert_eq!(rebuilt(&nothing), ("lstm", 1, 1, 42), "no model has no units");
        assert_eq!(press(&mut view(), &[typed("mljqs")].concat()), [Reaction::Tell(Command::StepOnce)], "q leaves it");
    }

    #[test]
    fn an_answer_is_chosen_and_accepted_and_a_word_taken_off_again() {
        let mut view = view();
        assert_eq!(
            press(&mut view, &typed("4jl")),
            [Reaction::Tell(Command::Append(asked(), 4))],
            "爸爸, the second best"
        );
        assert_eq!(
            press(&mut view, &typed("l")),
            [Reaction::Tell(Command::Append(asked(), 6))],
            "挨打, the best again"
        );
        assert_eq!(press(&mut view, &typed("jjjjjjjjkh")), [Reaction::Tell(Command::Shorten(asked()))]);
        assert_eq!(press(&mut view, &typed("p")), [Reaction::Tell(Command::TogglePin(asked()))]);
    }

    #[test]
    fn a_prompt_is_continued_by_so_many_words_at_this_temperature() {
        let mut view = view();
        let wish = |reactions: Vec<Reaction>| match reactions.as_slice() {
            [Reaction::Tell(Command::Generate(wish))] => (wish.prompt.clone(), wish.words, wish.sampling.temperature),
            other => panic!("{other:?}"),
        };
        assert_eq!(wish(press(&mut view, &typed("4g"))), ("我 讨厌".to_owned(), 20, 0.8));
        assert_eq!(wish(press(&mut view, &typed("n[[[g"))), ("我 讨厌".to_owned(), 50, 0.5));
        assert_eq!(wish(press(&mut view, &typed("[[[[[[[]g"))), ("我 讨厌".to_owned(), 50, 0.1), "not below 0");
    }

    #[test]
    fn enter_asks_and_makes_room_for_the_next_prompt() {
        let mut view = view();
        press(&mut view, &typed("/ 我 讨厌 "));
        assert_eq!(press(&mut view, &[KeyCode::Enter]), [Reaction::Tell(Command::Ask("我 讨厌".to_owned()))]);
        assert_eq!(view.line.input().value(), "");
        assert_eq!(press(&mut view, &[KeyCode::Enter]), [], "nothing to ask");
    }

    #[test]
    fn a_space_at_the_end_is_asked_where_it_is_a_word() {
        let ask = |spaces_are_words| {
            let mut snapshot = fixture::running();
            snapshot.run = RunInfo { spaces_are_words, ..(*snapshot.run).clone() }.into();
            let mut view = View::new(Theme::new(Colours::Indexed), Language::English, &[]);
            let keys = [typed("ithe "), vec![KeyCode::Enter]].concat();
            let key = |code: &KeyCode| Event::Key(KeyEvent::new(*code, KeyModifiers::NONE));
            keys.iter().filter_map(|code| view.handle(&key(code), &snapshot)).last()
        };
        assert_eq!(ask(true), Some(Reaction::Tell(Command::Ask("the ".to_owned()))));
        assert_eq!(ask(false), Some(Reaction::Tell(Command::Ask("the".to_owned()))));
    }

    #[test]
    fn up_and_down_go_through_earlier_prompts_and_back_to_the_draft() {
        let mut view = view();
        press(&mut view, &typed("i玩具"));
        let mut seen = Vec::new();
        for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down, KeyCode::Down] {
            press(&mut view, &[code]);
            seen.push(view.line.input().value().to_owned());
        }
        assert_eq!(seen, ["我 喜欢", "我 爱", "我 爱", "我 喜欢", "玩具", "玩具"]);
    }

    #[test]
    fn tab_goes_through_the_words_that_fit() {
        let mut view = view();
        press(&mut view, &typed("i我 爱"));
        let mut seen = Vec::new();
        for _ in 0..2 {
            press(&mut view, &[KeyCode::Tab]);
            seen.push(view.line.input().value().to_owned());
        }
        assert_eq!(seen, ["我 爱", "我 爱"], "only one word begins with 爱");
        press(&mut view, &typed(" "));
        press(&mut view, &[KeyCode::Tab, KeyCode::Tab]);
        assert_eq!(
            view.line.input().value(),
            "我 爱 喜欢",
            "without a beginning every word fits, in the vocabulary's order"
        );
    }

    #[test]
    fn escape_and_the_next_key_in_one_piece_leave_the_prompt_and_do_no_harm() {
        let mut view = view();
        press(&mut view, &typed("i"));
        let keys = [
            (KeyCode::Char('q'), KeyModifiers::ALT),
            (KeyCode::Char('R'), KeyModifiers::ALT | KeyModifiers::SHIFT),
            (KeyCode::Enter, KeyModifiers::ALT),
        ];
        for (code, modifiers) in keys {
            press(&mut view, &typed("i我 爱"));
            assert_eq!(view.handle(&Event::Key(KeyEvent::new(code, modifiers)), &fixture::running()), None);
            assert!(!view.is_typing && view.asks.is_none(), "{code:?}");
        }
    }

    #[test]
    fn a_prompt_without_an_answer_comes_back_and_its_message_goes_with_the_next_key() {
        let mut view = view();
        press(&mut view, &typed("i我 苹果"));
        press(&mut view, &[KeyCode::Enter]);
        let refused = fixture::refused();
        view.reply(&refused);
        assert_eq!(view.line.input().value(), "我 苹果");
        assert!(view.refusal(&refused).is_some());
        view.handle(&Event::Key(KeyCode::Backspace.into()), &refused);
        assert_eq!(view.refusal(&refused), None);
        press(&mut view, &[KeyCode::Enter]);
        view.reply(&refused);
        assert_eq!(
            (view.refusal(&refused), view.line.input().value()),
            (None, ""),
            "no reply yet: what was read is not said again"
        );
        let mut again = refused.clone();
        again.refusal = again.refusal.map(|refusal| Refusal { number: 2, ..refusal });
        view.reply(&again);
        assert_eq!(view.line.input().value(), "我 苹果", "refused again");
    }

    #[test]
    fn a_refusal_that_was_never_drawn_is_not_taken_as_read() {
        let (mut view, refused) = (view(), fixture::refused());
        view.handle(&Event::Key(KeyCode::Char('x').into()), &refused);
        assert!(view.refusal(&refused).is_some(), "the key was pressed before the refusal was on the screen");
        view.reply(&refused);
        view.handle(&Event::Key(KeyCode::Char('x').into()), &refused);
        assert!(view.refusal(&refused).is_none());
    }

    #[test]
    fn a_word_is_deleted_back_to_the_space_before_it() {
        let mut view = view();
        press(&mut view, &typed("i我 喜欢 玩具  "));
        let ctrl_w = Event::Key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        let mut seen = Vec::new();
        for _ in 0..4 {
            view.handle(&ctrl_w, &fixture::running());
            seen.push(view.line.input().value().to_owned());
        }
        assert_eq!(seen, ["我 喜欢 ", "我 ", "", ""]);
    }

    #[test]
    fn what_was_exported_is_said_until_the_next_key() {
        let mut view = view();
        assert_eq!(press(&mut view, &typed("x")), [Reaction::Export]);
        view.notice = Some(Notice::Exported("runs/toy/export/step-1234".to_owned()));
        press(&mut view, &typed("v"));
        assert_eq!(view.notice, None);
    }

    #[test]
    fn a_run_without_earlier_moments_says_so() {
        let mut snapshot = fixture::running();
        snapshot.playback.moments = 0;
        for key in "(){}te".chars() {
            let mut view = view();
            assert_eq!(view.handle(&Event::Key(KeyCode::Char(key).into()), &snapshot), None);
            assert_eq!(view.notice, Some(Notice::NoMoments), "{key}");
        }
    }

    #[test]
    fn pasted_lines_become_one_line() {
        let mut view = view();
        press(&mut view, &typed("i"));
        view.handle(&Event::Paste("我\n爱\u{1b}".to_owned()), &fixture::running());
        assert_eq!(view.line.input().value(), "我 爱 ");
    }
}
