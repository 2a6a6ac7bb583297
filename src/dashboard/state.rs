//! What one viewer has in front of them, apart from the run itself.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use super::completion::Completion;
use super::keymap::{self, Action, Focus};
use super::theme::Theme;
use crate::training::{Command, Refusal, RunState, Snapshot};

/// One viewer's state. Everything that can be had from the [`Snapshot`] is not in here.
#[derive(Debug)]
pub struct View {
    /// What things look like on this viewer's terminal.
    pub theme: Theme,
    /// Where the keys go.
    pub focus: Focus,
    /// Whether the help covers the screen.
    pub help: bool,
    /// The prompt that is being typed.
    pub input: Input,
    /// Prompts that can be had back, oldest first.
    asked: Vec<String>,
    /// Which of them is in the prompt; `asked.len()` is none of them.
    recalled: usize,
    /// What had been typed before an earlier prompt took its place.
    draft: String,
    completion: Option<Completion>,
    /// Refusals up to this number were on the screen when a key was pressed: they have been read.
    refusals_read: u64,
}

/// Characters; what is longer was not meant as a prompt.
const LONGEST_PASTE: usize = 2000;

/// What a key press leads to outside the view.
#[derive(Clone, Debug, PartialEq)]
pub enum Reaction {
    /// The trainer is told something.
    Tell(Command),
    /// The program ends.
    Quit,
}

impl View {
    /// A view that has the run's own prompts to recall.
    #[must_use]
    pub fn new(theme: Theme, prompts: &[String]) -> Self {
        // in the order of the configuration when going up: the last one asked is the last in the list
        let mut asked: Vec<String> = Vec::new();
        for prompt in prompts.iter().rev() {
            asked.retain(|listed| listed != prompt);
            asked.push(prompt.clone());
        }
        Self {
            theme,
            focus: Focus::Panels,
            help: false,
            input: Input::default(),
            recalled: asked.len(),
            asked,
            draft: String::new(),
            completion: None,
            refusals_read: 0,
        }
    }

    /// Why the prompt has no answer, until the next key is pressed.
    #[must_use]
    pub fn refusal<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Refusal> {
        snapshot.refusal.as_ref().filter(|refusal| refusal.number > self.refusals_read)
    }

    /// Takes in the trainer's reply to a prompt: one that has no answer comes back, to be mended.
    pub fn reply(&mut self, snapshot: &Snapshot) {
        if let Some(refusal) = self.refusal(snapshot)
            && self.focus == Focus::Prompt
            && self.input.value().is_empty()
        {
            self.input = Input::new(refusal.prompt.clone());
        }
    }

    /// Words that complete what is typed, and which one of them stands in the prompt.
    #[must_use]
    pub fn candidates(&self) -> Option<(&[String], usize)> {
        self.completion.as_ref().map(Completion::candidates)
    }

    /// Takes in a key press, pasted text or the like.
    pub fn handle(&mut self, event: &Event, snapshot: &Snapshot) -> Option<Reaction> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.press(key, snapshot),
            Event::Paste(text) if self.focus == Focus::Prompt => {
                self.completion = None;
                let text = text.chars().map(|c| if c.is_control() { ' ' } else { c });
                for c in text.take(LONGEST_PASTE) {
                    self.input.handle(InputRequest::InsertChar(c));
                }
                None
            }
            _ => None,
        }
    }

    fn press(&mut self, key: &KeyEvent, snapshot: &Snapshot) -> Option<Reaction> {
        // Escape and a key typed right after it, which a slow line delivers in one piece, look like Alt and the key. Either
        // way the prompt is left; the key itself is not done, as nobody may have wanted it.
        if let (KeyCode::Char(_), KeyModifiers::ALT) = (key.code, key.modifiers) {
            return self.press(&KeyCode::Esc.into(), snapshot);
        }
        self.refusals_read = snapshot.refusal.as_ref().map_or(self.refusals_read, |refusal| refusal.number);
        let Some(action) = keymap::action(key, self.focus) else {
            if self.focus == Focus::Prompt {
                self.completion = None;
                self.input.handle_event(&Event::Key(*key));
            }
            return None;
        };
        if action != Action::Complete {
            self.completion = None;
        }
        let tell = |command| Some(Reaction::Tell(command));
        match action {
            Action::TogglePause if snapshot.state == RunState::Running => return tell(Command::Pause),
            Action::TogglePause => return tell(Command::Resume),
            Action::StepOnce => return tell(Command::StepOnce),
            Action::Faster => return tell(Command::Faster),
            Action::Slower => return tell(Command::Slower),
            Action::ToggleFullSpeed => return tell(Command::ToggleFullSpeed),
            Action::Restart => return tell(Command::Restart),
            Action::Ask => return self.ask(snapshot.run.spaces_are_words),
            Action::Quit => return Some(Reaction::Quit),
            Action::Prompt => {
                self.focus = Focus::Prompt;
                self.help = false;
            }
            Action::Back if self.focus == Focus::Prompt => self.focus = Focus::Panels,
            Action::Back => self.help = false,
            Action::Help => self.help = !self.help,
            Action::Complete if snapshot.run.spaces_are_words => {} // a character is typed as fast
            Action::Complete => self.complete(&snapshot.run.vocabulary),
            Action::DeleteWord => self.delete_word(),
            Action::Earlier => self.recall(self.recalled.saturating_sub(1)),
            Action::Later => self.recall((self.recalled + 1).min(self.asked.len())),
        }
        None
    }

    /// Sends the prompt and makes room for the next one; an empty prompt is not sent. Spaces at its ends are left out where
    /// they say nothing.
    fn ask(&mut self, spaces_are_words: bool) -> Option<Reaction> {
        let typed = self.input.value();
        let prompt = if spaces_are_words { typed } else { typed.trim() }.to_owned();
        if prompt.is_empty() {
            return None;
        }
        self.input.reset();
        self.asked.retain(|earlier| *earlier != prompt);
        self.asked.push(prompt.clone());
        self.recalled = self.asked.len();
        Some(Reaction::Tell(Command::Ask(prompt)))
    }

    fn recall(&mut self, index: usize) {
        if self.recalled == self.asked.len() {
            self.draft = self.input.value().to_owned();
        }
        self.recalled = index;
        let text = self.asked.get(index).unwrap_or(&self.draft);
        self.input = Input::new(text.clone());
    }

    /// Back to the white space before it: that is what a word is here, also in Chinese.
    fn delete_word(&mut self) {
        for is_part in [char::is_whitespace, |c: char| !c.is_whitespace()] {
            while self.input.value().chars().take(self.input.cursor()).last().is_some_and(is_part) {
                self.input.handle(InputRequest::DeletePrevChar);
            }
        }
    }

    fn complete(&mut self, vocabulary: &[String]) {
        let completion = match self.completion.take() {
            Some(completion) => Some(completion.next()),
            None => Completion::new(self.input.value(), self.input.cursor(), vocabulary),
        };
        if let Some(completion) = completion {
            let (text, cursor) = completion.applied();
            self.input = Input::new(text).with_cursor(cursor);
            self.completion = Some(completion);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::dashboard::theme::Colours;
    use crate::training::RunInfo;

    fn view() -> View {
        View::new(Theme::new(Colours::None), &["我 喜欢".to_owned(), "我 爱".to_owned()])
    }

    fn press(view: &mut View, codes: &[KeyCode]) -> Vec<Reaction> {
        let snapshot = fixture::running();
        let press = |code: &KeyCode| view.handle(&Event::Key(KeyEvent::new(*code, KeyModifiers::NONE)), &snapshot);
        codes.iter().filter_map(press).collect()
    }

    fn typed(text: &str) -> Vec<KeyCode> {
        text.chars().map(KeyCode::Char).collect()
    }

    #[test]
    fn letters_are_commands_until_the_prompt_has_the_focus() {
        let mut view = view();
        assert_eq!(
            press(&mut view, &typed("sr")),
            [Reaction::Tell(Command::StepOnce), Reaction::Tell(Command::Restart)]
        );
        assert_eq!(press(&mut view, &typed("i我 爱sq")), []);
        assert_eq!(view.input.value(), "我 爱sq");
        assert_eq!(press(&mut view, &[KeyCode::Esc, KeyCode::Char('q')]), [Reaction::Quit]);
    }

    #[test]
    fn enter_asks_and_makes_room_for_the_next_prompt() {
        let mut view = view();
        press(&mut view, &typed("/ 我 讨厌 "));
        assert_eq!(press(&mut view, &[KeyCode::Enter]), [Reaction::Tell(Command::Ask("我 讨厌".to_owned()))]);
        assert_eq!(view.input.value(), "");
        assert_eq!(press(&mut view, &[KeyCode::Enter]), [], "nothing to ask");
    }

    #[test]
    fn a_space_at_the_end_is_asked_where_it_is_a_word() {
        let ask = |spaces_are_words| {
            let mut snapshot = fixture::running();
            snapshot.run = RunInfo { spaces_are_words, ..(*snapshot.run).clone() }.into();
            let mut view = View::new(Theme::new(Colours::Many), &[]);
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
            seen.push(view.input.value().to_owned());
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
            seen.push(view.input.value().to_owned());
        }
        assert_eq!(seen, ["我 爱", "我 爱"], "only one word begins with 爱");
        press(&mut view, &typed(" "));
        press(&mut view, &[KeyCode::Tab, KeyCode::Tab]);
        assert_eq!(view.input.value(), "我 爱 喜欢", "without a beginning every word fits, in the vocabulary's order");
    }

    #[test]
    fn escape_and_the_next_key_in_one_piece_leave_the_prompt_and_do_no_harm() {
        let mut view = view();
        press(&mut view, &typed("i"));
        let key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT);
        assert_eq!(view.handle(&Event::Key(key), &fixture::running()), None);
        assert_eq!(view.focus, Focus::Panels);
    }

    #[test]
    fn a_prompt_without_an_answer_comes_back_and_its_message_goes_with_the_next_key() {
        let mut view = view();
        press(&mut view, &typed("i我 苹果"));
        press(&mut view, &[KeyCode::Enter]);
        let refused = fixture::refused();
        view.reply(&refused);
        assert_eq!(view.input.value(), "我 苹果");
        assert!(view.refusal(&refused).is_some());
        view.handle(&Event::Key(KeyCode::Backspace.into()), &refused);
        assert_eq!(view.refusal(&refused), None);
        press(&mut view, &[KeyCode::Enter]);
        view.reply(&refused);
        assert_eq!(
            (view.refusal(&refused), view.input.value()),
            (None, ""),
            "no reply yet: what was read is not said again"
        );
        let mut again = refused.clone();
        again.refusal = again.refusal.map(|refusal| Refusal { number: 2, ..refusal });
        view.reply(&again);
        assert_eq!(view.input.value(), "我 苹果", "refused again");
    }

    #[test]
    fn a_word_is_deleted_back_to_the_space_before_it() {
        let mut view = view();
        press(&mut view, &typed("i我 喜欢 玩具  "));
        let ctrl_w = Event::Key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        let mut seen = Vec::new();
        for _ in 0..4 {
            view.handle(&ctrl_w, &fixture::running());
            seen.push(view.input.value().to_owned());
        }
        assert_eq!(seen, ["我 喜欢 ", "我 ", "", ""]);
    }

    #[test]
    fn pasted_lines_become_one_line() {
        let mut view = view();
        press(&mut view, &typed("i"));
        view.handle(&Event::Paste("我\n爱\u{1b}".to_owned()), &fixture::running());
        assert_eq!(view.input.value(), "我 爱 ");
    }
}
