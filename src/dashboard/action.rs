//! What keys ask for.

use super::layout::Panel;
use crate::session::{ObservedRun, RunState};

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
    /// The same weights as at the start.
    Repeat,
    /// A checkpoint now.
    Save,
    /// The first moment of the run that is kept.
    FirstMoment,
    /// Much earlier in the run.
    Rewind,
    /// Much later in the run.
    Forward,
    /// One keyframe earlier.
    FrameBefore,
    /// One keyframe later.
    FrameAfter,
    /// The run from the start, or stop there.
    Replay,
    /// The model as it is.
    Present,
    /// Think of another model.
    Model,
    /// Train that model.
    Rebuild,
    /// A lower learning rate.
    LowerRate,
    /// A higher learning rate.
    RaiseRate,
    /// The learning rate of the configuration.
    UsualRate,
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
    /// All units and steps at once, or some with their numbers.
    Overview,
    /// A linear or a logarithmic axis.
    LogScale,
    /// All of it, without a cursor.
    Whole,
    /// The cursor of the panel one further in this direction.
    Move(Direction),
    /// As much further as there is room for.
    Page(Direction),
    /// To the end in this direction.
    ToEnd(Direction),
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
    /// What is to be seen, as files.
    Export,
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
    /// Earlier moments of the run.
    Past,
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

impl Action {
    /// Whether it does anything now.
    #[must_use]
    pub fn acts(self, run: &ObservedRun) -> bool {
        match self {
            Self::StepOnce | Self::ToggleFullSpeed | Self::LowerRate | Self::RaiseRate => run.snapshot.can_train(),
            Self::UsualRate => run.snapshot.can_train() && run.snapshot.has_changed_rate(),
            Self::TogglePause | Self::Faster | Self::Slower => run.snapshot.can_train() || run.snapshot.can_replay(),
            Self::FirstMoment | Self::Rewind | Self::FrameBefore => run.snapshot.can_replay(),
            // where there is nothing to train, the key that pauses training plays and stops
            Self::Replay => run.snapshot.can_replay() && run.snapshot.can_train(),
            Self::Forward | Self::FrameAfter | Self::Present => run.playback.shown.is_some(),
            // what is only shown stays as it is
            Self::Restart | Self::Repeat | Self::Model | Self::Rebuild => run.snapshot.state != RunState::Replay,
            Self::Save => run.snapshot.kept.is_some() && run.snapshot.state != RunState::Replay,
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
            | Self::Restart
            | Self::Repeat
            | Self::Save
            | Self::Model
            | Self::Rebuild
            | Self::LowerRate
            | Self::RaiseRate
            | Self::UsualRate => Topic::Training,
            Self::FirstMoment
            | Self::Rewind
            | Self::Forward
            | Self::FrameBefore
            | Self::FrameAfter
            | Self::Replay
            | Self::Present => Topic::Past,
            Self::Choose(_) | Self::NextPanel | Self::PreviousPanel | Self::FullScreen => Topic::Panels,
            Self::NextQuantity
            | Self::PreviousQuantity
            | Self::NextLayer
            | Self::LogScale
            | Self::Overview
            | Self::Whole
            | Self::Move(_)
            | Self::Page(_)
            | Self::ToEnd(_) => Topic::Look,
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
            Self::Back | Self::Export | Self::Language | Self::Help | Self::Suspend | Self::Quit | Self::Leave => {
                Topic::Program
            }
        }
    }

    /// Whether something that took time to learn would be gone, or end.
    #[must_use]
    pub fn loses_work(self, run: &ObservedRun) -> bool {
        let has_failed = matches!(run.snapshot.state, RunState::Failed(_));
        run.snapshot.record.step > 0
            && !has_failed
            && run.snapshot.state != RunState::Replay
            && match self {
                Self::Restart | Self::Repeat => true,
                Self::Leave => !run.snapshot.is_kept(),
                _ => false,
            }
    }
}
