//! Every word the dashboard shows.

use super::keymap::Action;
use crate::training::{AskError, Pace, RunState, UnknownWord};

pub const LOSS_TITLE: &str = "loss in nats, by step";
pub const VALIDATION: &str = "validation";
pub const NO_VALIDATION_YET: &str = "no validation yet";
pub const NO_LOSS_YET: &str = "no step taken yet";
pub const PROMPT_TITLE: &str = "which word comes next?";
pub const PROMPT_HINT: &str = "type words: press i";
pub const PROMPT_MARK: &str = "> ";
pub const HELP_TITLE: &str = "keys";
pub const STOPPED_TITLE: &str = "training stopped";
pub const STOPPED_WAY_OUT: &str = "r starts again with new weights";
pub const HIDDEN_TITLE: &str = "hidden state h";
pub const NOT_ANSWERED: &str = "no prompt";

pub fn too_small(width: u16, height: u16) -> String {
    format!("too small: {width}×{height} needed")
}

pub fn state(state: &RunState) -> &'static str {
    match state {
        RunState::Running => "TRAINING",
        RunState::Paused => "PAUSED",
        RunState::Finished => "FINISHED",
        RunState::Failed(_) => "STOPPED",
    }
}

pub fn weights(count: u128) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..].chunks(3).map(String::from_utf8_lossy);
    let grouped: Vec<_> = (first > 0).then(|| digits[..first].into()).into_iter().chain(groups).collect();
    format!("{} weights", grouped.join(","))
}

pub fn seed(seed: u64) -> String {
    format!("seed {seed}")
}

pub fn step(step: u64, steps: u64) -> String {
    format!("step {step}/{steps}")
}

/// How fast training goes; while it does not go, how fast it would.
pub fn speed(steps_per_second: Option<f64>, pace: Pace) -> String {
    match steps_per_second {
        Some(rate) if rate >= 10.0 => format!("{rate:.0} steps/s"),
        Some(rate) => format!("{rate:.1} steps/s"),
        None => format!("pace {pace}"),
    }
}

pub fn loss(loss: f32) -> String {
    format!("loss {}", number(f64::from(loss)))
}

pub fn perplexity(perplexity: f32) -> String {
    format!("perplexity {}", number(f64::from(perplexity)))
}

/// `validation 1.58 (perplexity 4.87)`
pub fn validation(loss: f64) -> String {
    format!("validation {} (perplexity {})", number(loss), number(loss.exp()))
}

/// The same with less room.
pub fn validation_in_short(loss: f64) -> String {
    format!("validation {}", number(loss))
}

pub fn bits_per_character(bits: f64) -> String {
    format!("{} bits/character", number(bits))
}

pub fn best(loss: f64, step: u64) -> String {
    format!("best {} at step {step}", number(loss))
}

pub fn epoch(epoch: f64) -> String {
    format!("epoch {epoch:.1}")
}

pub fn learning_rate(rate: f64) -> String {
    format!("rate {rate:.1e}")
}

/// The norm before clipping, and in which share of the steps there was something to clip.
pub fn gradient(norm: f64, clipped: Option<f64>) -> String {
    let clipped = clipped.map_or_else(String::new, |share| format!(" (clipped {:.0} %)", 100.0 * share));
    format!("gradient {}{clipped}", number(norm))
}

pub fn stopped_at(step: u64, reason: &str) -> String {
    format!("before step {step}: {reason}")
}

/// Title of the heatmap in at most `width` columns: which of the layers, units and steps are to be seen, as far as it fits.
pub fn hidden_title(layers: Part, units: Part, steps: Part, width: usize) -> String {
    let parts = [("layer", layers), ("units", units), ("steps", steps)];
    let parts = parts.iter().filter_map(|(name, part)| Some(format!(" {name} {}", part.label()?)));
    let title =
        parts.fold("h".to_owned(), |title, part| if title.len() + part.len() <= width { title + &part } else { title });
    let long = format!("hidden state {title}");
    if long.len() <= width { long } else { title }
}

/// Those from `first` to `last` of so many, counted from 1.
#[derive(Clone, Copy)]
pub struct Part {
    pub first: usize,
    pub last: usize,
    pub of: usize,
}

impl Part {
    /// `3-7/12`; nothing to say of a whole.
    fn label(self) -> Option<String> {
        let Self { first, last, of } = self;
        match (first == last, last + 1 - first == of) {
            (_, true) => None,
            (true, false) => Some(format!("{last}/{of}")),
            (false, false) => Some(format!("{first}-{last}/{of}")),
        }
    }
}

/// Why a prompt has no answer; a word of any length leaves room for what there is to say about it.
pub fn refusal(error: &AskError) -> String {
    const LONGEST: usize = 20;
    match error {
        AskError::Unknown(unknown) if unknown.word.chars().count() > LONGEST => {
            let word = unknown.word.chars().take(LONGEST).chain(['…']).collect();
            UnknownWord { word, ..unknown.clone() }.to_string()
        }
        _ => error.to_string(),
    }
}

pub fn more_words(count: usize) -> String {
    format!("and {count} more")
}

/// Three digits that count.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !value.is_finite() {
        value.to_string()
    } else if !(0.0005..100_000.0).contains(&size) {
        format!("{value:.1e}")
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 0.1 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}

/// In five columns; of a small probability two digits after the point.
pub fn percent(probability: f32) -> String {
    let percent = probability * 100.0;
    if percent < 9.995 { format!("{percent:5.2} %") } else { format!("{percent:5.1} %") }
}

/// In the footer.
pub fn label(action: Action, state: &RunState) -> &'static str {
    match action {
        Action::TogglePause if *state == RunState::Paused => "resume",
        Action::TogglePause => "pause",
        Action::StepOnce => "step",
        Action::Faster => "faster",
        Action::Slower => "slower",
        Action::ToggleFullSpeed => "full speed",
        Action::Restart => "restart",
        Action::Prompt => "prompt",
        Action::Ask => "ask",
        Action::Complete => "complete",
        Action::DeleteWord => "delete word",
        Action::Earlier => "earlier",
        Action::Later => "later",
        Action::Back => "back",
        Action::Help => "help",
        Action::Quit => "quit",
    }
}

/// In the help.
pub fn description(action: Action) -> &'static str {
    match action {
        Action::TogglePause => "pause or resume training",
        Action::StepOnce => "take one step, then wait",
        Action::Faster => "more steps per second",
        Action::Slower => "fewer steps per second",
        Action::ToggleFullSpeed => "as fast as it goes, or back to the pace before",
        Action::Restart => "restart with new weights, from the next seed",
        Action::Prompt => "type words and ask which comes next",
        Action::Ask => "ask",
        Action::Complete => "complete the word; again for the next match",
        Action::DeleteWord => "delete the word before the cursor",
        Action::Earlier => "an earlier prompt",
        Action::Later => "a later prompt",
        Action::Back => "leave the prompt or this help",
        Action::Help => "show or hide this help",
        Action::Quit => "quit",
    }
}

#[cfg(test)]
mod tests {
    use super::{number, percent, weights};

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(
            [7, 83, 123_456, 4_771_600].map(weights),
            ["7 weights", "83 weights", "123,456 weights", "4,771,600 weights"]
        );
    }

    #[test]
    fn probabilities_take_five_columns_however_small() {
        let shown = [0.0, 0.0001, 0.0516, 0.099_94, 0.099_99, 0.5, 1.0].map(percent);
        assert_eq!(shown, [" 0.00 %", " 0.01 %", " 5.16 %", " 9.99 %", " 10.0 %", " 50.0 %", "100.0 %"]);
    }

    #[test]
    fn numbers_of_every_size_are_short() {
        let shown: Vec<_> =
            [0.0, 0.000_012_34, 0.0123, 0.5, 1.946, 12.34, 151.4, 2e7, f64::INFINITY].map(number).into();
        assert_eq!(shown, ["0", "1.2e-5", "0.0123", "0.50", "1.95", "12.3", "151", "2.0e7", "inf"]);
    }
}
