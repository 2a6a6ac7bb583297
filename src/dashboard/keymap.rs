//! Which key does what: the one table from which dispatch, footer and help are made.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::layout::Panel;
use crate::training::{RunState, Snapshot};

/// What a key press asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Pause or resume training.
    TogglePause,
    /// One step, then wait.
    StepOnce,
    /// More steps per second.
    Faster,
    /// Fewer steps per second.
    Slower,
    /// Full speed, or back.
    ToggleFullSpeed,
    /// New weights.
    Restart,
    /// Let this panel have the keys.
    Choose(Panel),
    /// Let the next panel have the keys.
    NextPanel,
    /// Let the panel before have the keys.
    PreviousPanel,
    /// One panel on the whole screen, or all again.
    FullScreen,
    /// The next quantity in the panel.
    NextQuantity,
    /// The quantity before in the panel.
    PreviousQuantity,
    /// The next layer of the model.
    NextLayer,
    /// A linear or a logarithmic axis.
    LogScale,
    /// All of it, without a cursor.
    Whole,
    /// The cursor of the panel one further in this direction.
    Move(Direction),
    /// Type a prompt.
    Prompt,
    /// Ask what was typed.
    Ask,
    /// Complete the word that is being typed.
    Complete,
    /// Delete the word before the cursor.
    DeleteWord,
    /// An earlier prompt.
    Earlier,
    /// A later prompt.
    Later,
    /// Ask the prompt with the chosen word after it.
    Accept,
    /// Ask the prompt without its last word.
    Shorten,
    /// Continue the prompt.
    Continue,
    /// Continue it less boldly.
    Cooler,
    /// Continue it more boldly.
    Warmer,
    /// Continue it by more words, or again by few.
    Longer,
    /// Ask the prompt besides others, or no longer.
    TogglePin,
    /// Leave prompt, help or full screen.
    Back,
    /// The other language.
    Language,
    /// All keys.
    Help,
    /// Give the shell the terminal until it is told to go on.
    Suspend,
    /// End the program, whatever is lost.
    Quit,
    /// End the program after being asked.
    Leave,
}

/// What keys are about, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// How training goes on.
    Training,
    /// Which panel is where.
    Panels,
    /// What a panel shows.
    Look,
    /// The line that is being typed.
    Prompt,
    /// Everything else.
    Program,
}

/// Where a cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To an earlier step.
    Left,
    /// To a later step.
    Right,
    /// To the unit above, or closer to a curve.
    Up,
    /// To the unit below, or away from a curve.
    Down,
}

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// To a panel: letters are commands.
    Panel(Panel),
    /// To the line that is being typed: letters are text.
    Typing,
    /// To the table of keys.
    Help,
}

/// In which focus keys act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In every one.
    Everywhere,
    /// In all panels.
    Panels,
    /// In these panels.
    Of(&'static [Panel]),
    /// While something is typed.
    Typing,
    /// While the table of keys is to be seen.
    Help,
}

impl Place {
    fn covers(self, focus: Focus) -> bool {
        match (self, focus) {
            (Self::Everywhere, _)
            | (Self::Panels, Focus::Panel(_))
            | (Self::Typing, Focus::Typing)
            | (Self::Help, Focus::Help) => true,
            (Self::Of(panels), Focus::Panel(panel)) => panels.contains(&panel),
            _ => false,
        }
    }
}

/// One row of the table: the keys (the first one is shown), where they act, what they do.
#[derive(Debug)]
pub struct Binding {
    keys: &'static [(KeyCode, KeyModifiers)],
    /// How the keys are written.
    pub name: &'static str,
    /// Where they act.
    pub place: Place,
    /// What they do.
    pub action: Action,
}

const fn plain(c: char) -> (KeyCode, KeyModifiers) {
    (KeyCode::Char(c), KeyModifiers::NONE)
}

const fn key(code: KeyCode) -> (KeyCode, KeyModifiers) {
    (code, KeyModifiers::NONE)
}

const fn control(c: char) -> (KeyCode, KeyModifiers) {
    (KeyCode::Char(c), KeyModifiers::CONTROL)
}

const fn row(place: Place, name: &'static str, keys: &'static [(KeyCode, KeyModifiers)], action: Action) -> Binding {
    Binding { keys, name, place, action }
}

use Place::{Everywhere, Of, Panels, Typing};

const TRACED: Place = Of(&[Panel::Heatmap, Panel::GradientFlow, Panel::StateSpace]);
const LOSS: Place = Of(&[Panel::Loss]);
const QUANTITIES: Place = Of(&[Panel::Loss, Panel::Heatmap]);
const ACROSS: Place = Of(&[Panel::Loss, Panel::Heatmap]);
const UP_AND_DOWN: Place = Of(&[Panel::Loss, Panel::Heatmap, Panel::Prompt, Panel::Shapes]);
const ANSWER: Place = Of(&[Panel::Prompt]);

/// The table, in the order in which the footer has room for its rows.
const BINDINGS: &[Binding] = &[
    row(Panels, "q", &[plain('q')], Action::Leave),
    row(Panels, "?", &[plain('?')], Action::Help),
    row(Panels, "space", &[plain(' ')], Action::TogglePause),
    row(Panels, "i /", &[plain('i'), plain('/')], Action::Prompt),
    row(Panels, "Tab", &[key(KeyCode::Tab)], Action::NextPanel),
    row(QUANTITIES, "]", &[plain(']')], Action::NextQuantity),
    row(QUANTITIES, "[", &[plain('[')], Action::PreviousQuantity),
    row(TRACED, "n", &[plain('n')], Action::NextLayer),
    row(ACROSS, "← h", &[key(KeyCode::Left), plain('h')], Action::Move(Direction::Left)),
    row(ACROSS, "→ l", &[key(KeyCode::Right), plain('l')], Action::Move(Direction::Right)),
    row(UP_AND_DOWN, "↑ k", &[key(KeyCode::Up), plain('k')], Action::Move(Direction::Up)),
    row(UP_AND_DOWN, "↓ j", &[key(KeyCode::Down), plain('j')], Action::Move(Direction::Down)),
    row(ANSWER, "→ l", &[key(KeyCode::Right), plain('l'), key(KeyCode::Enter)], Action::Accept),
    row(ANSWER, "← h", &[key(KeyCode::Left), plain('h'), key(KeyCode::Backspace)], Action::Shorten),
    row(ANSWER, "g", &[plain('g')], Action::Continue),
    row(ANSWER, "]", &[plain(']')], Action::Warmer),
    row(ANSWER, "[", &[plain('[')], Action::Cooler),
    row(ANSWER, "n", &[plain('n')], Action::Longer),
    row(ANSWER, "p", &[plain('p')], Action::TogglePin),
    row(LOSS, "y", &[plain('y')], Action::LogScale),
    row(LOSS, "0", &[plain('0'), key(KeyCode::Home)], Action::Whole),
    row(Panels, "s", &[plain('s')], Action::StepOnce),
    row(Panels, "r", &[plain('r')], Action::Restart),
    row(Panels, "z", &[plain('z')], Action::FullScreen),
    row(Panels, "-", &[plain('-'), plain('_')], Action::Slower),
    row(Panels, "+", &[plain('+'), plain('=')], Action::Faster),
    row(Panels, "f", &[plain('f')], Action::ToggleFullSpeed),
    row(Panels, "1", &[plain('1')], Action::Choose(Panel::Loss)),
    row(Panels, "2", &[plain('2')], Action::Choose(Panel::Heatmap)),
    row(Panels, "3", &[plain('3')], Action::Choose(Panel::GradientFlow)),
    row(Panels, "4", &[plain('4')], Action::Choose(Panel::Prompt)),
    row(Panels, "5", &[plain('5')], Action::Choose(Panel::StateSpace)),
    row(Panels, "6", &[plain('6')], Action::Choose(Panel::Shapes)),
    row(Panels, "Shift-Tab", &[key(KeyCode::BackTab)], Action::PreviousPanel),
    row(Panels, "L", &[plain('L')], Action::Language),
    row(Typing, "Enter", &[key(KeyCode::Enter)], Action::Ask),
    row(Everywhere, "Esc", &[key(KeyCode::Esc)], Action::Back),
    row(Typing, "Tab", &[key(KeyCode::Tab)], Action::Complete),
    row(Typing, "Up", &[key(KeyCode::Up)], Action::Earlier),
    row(Typing, "Down", &[key(KeyCode::Down)], Action::Later),
    row(Typing, "Ctrl-W", &[control('w')], Action::DeleteWord),
    row(Place::Help, "?", &[plain('?'), plain('q')], Action::Back),
    row(Place::Help, "↑ k", &[key(KeyCode::Up), plain('k')], Action::Move(Direction::Up)),
    row(Place::Help, "↓ j", &[key(KeyCode::Down), plain('j')], Action::Move(Direction::Down)),
    row(Everywhere, "Ctrl-Z", &[control('z')], Action::Suspend),
    row(Everywhere, "Ctrl-C", &[control('c')], Action::Quit),
];

/// What a key press asks for where it was typed; `None` if the key is text or means nothing.
#[must_use]
pub fn action(event: &KeyEvent, focus: Focus) -> Option<Action> {
    // terminals tell Shift with characters or do not; the character says it already
    let modifiers = event.modifiers - KeyModifiers::SHIFT;
    let pressed = (event.code, modifiers);
    bindings(focus).find(|binding| binding.keys.contains(&pressed)).map(|binding| binding.action)
}

/// The rows that act where the focus is.
pub fn bindings(focus: Focus) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.place.covers(focus))
}

impl Action {
    /// Whether it does anything while training is in this state.
    #[must_use]
    pub fn acts(self, state: &RunState) -> bool {
        match self {
            Self::TogglePause | Self::StepOnce | Self::Faster | Self::Slower | Self::ToggleFullSpeed => {
                matches!(state, RunState::Running | RunState::Paused)
            }
            _ => true,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn topic(self) -> Topic {
        match self {
            Self::TogglePause
            | Self::StepOnce
            | Self::Faster
            | Self::Slower
            | Self::ToggleFullSpeed
            | Self::Restart => Topic::Training,
            Self::Choose(_) | Self::NextPanel | Self::PreviousPanel | Self::FullScreen => Topic::Panels,
            Self::NextQuantity
            | Self::PreviousQuantity
            | Self::NextLayer
            | Self::LogScale
            | Self::Whole
            | Self::Move(_) => Topic::Look,
            Self::Prompt
            | Self::Ask
            | Self::Complete
            | Self::DeleteWord
            | Self::Earlier
            | Self::Later
            | Self::Accept
            | Self::Shorten
            | Self::Continue
            | Self::Cooler
            | Self::Warmer
            | Self::Longer
            | Self::TogglePin => Topic::Prompt,
            Self::Back | Self::Language | Self::Help | Self::Suspend | Self::Quit | Self::Leave => Topic::Program,
        }
    }

    /// Whether something that took time to learn would be gone.
    #[must_use]
    pub fn loses_work(self, snapshot: &Snapshot) -> bool {
        let is_learning = matches!(snapshot.state, RunState::Running | RunState::Paused);
        snapshot.step > 0
            && match self {
                Self::Restart => !matches!(snapshot.state, RunState::Failed(_)),
                Self::Leave => is_learning,
                _ => false,
            }
    }
}

/// How the key for an action is written.
#[must_use]
pub fn name(action: Action, focus: Focus) -> &'static str {
    bindings(focus).find(|binding| binding.action == action).map_or("", |binding| binding.name)
}

/// All rows by topic, those apart that only move through the help itself.
pub fn by_topic() -> impl Iterator<Item = (Topic, Vec<&'static Binding>)> {
    use Topic::{Look, Panels, Program, Prompt, Training};
    let of =
        |topic| BINDINGS.iter().filter(move |row| row.action.topic() == topic && row.place != Place::Help).collect();
    [Training, Panels, Look, Prompt, Program].into_iter().map(move |topic| (topic, of(topic)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everywhere() -> impl Iterator<Item = Focus> {
        Panel::ALL.into_iter().map(Focus::Panel).chain([Focus::Typing, Focus::Help])
    }

    #[test]
    fn no_key_has_two_meanings_in_one_place() {
        for focus in everywhere() {
            let keys: Vec<_> = bindings(focus).flat_map(|binding| binding.keys).collect();
            for (index, key) in keys.iter().enumerate() {
                assert!(!keys[index + 1..].contains(key), "{key:?} in {focus:?}");
            }
        }
    }

    #[test]
    fn no_letter_is_a_command_while_something_is_typed() {
        for c in ' '..='~' {
            let typed = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            assert_eq!(action(&typed, Focus::Typing), None, "{c}");
        }
    }

    #[test]
    fn every_panel_has_a_key() {
        for panel in Panel::ALL {
            assert!(BINDINGS.iter().any(|binding| binding.action == Action::Choose(panel)), "{panel:?}");
        }
    }

    #[test]
    fn a_shifted_character_means_the_same_however_the_terminal_tells_it() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let focus = Focus::Panel(Panel::Loss);
            assert_eq!(action(&KeyEvent::new(KeyCode::Char('?'), modifiers), focus), Some(Action::Help));
            assert_eq!(action(&KeyEvent::new(KeyCode::Char('+'), modifiers), focus), Some(Action::Faster));
        }
    }
}
