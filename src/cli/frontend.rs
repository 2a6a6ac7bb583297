//! The front end of runs: plain lines or a dashboard, and its options.

use rnn_tui::dashboard::{Preferences, Recording};
use rnn_tui::report::Question;

use super::class_options::ClassOptions;

/// The front end of runs.
pub enum Frontend {
    /// Lines on stdout, and the answers to these questions after training.
    Plain(Vec<Question>),
    Dashboard(Box<DashboardOptions>),
}

/// Options of the dashboard.
pub struct DashboardOptions {
    pub preferences: Preferences,
    /// Prompts to recall with Up; the first one is asked at the start.
    pub prompts: Vec<String>,
    pub recording: Option<Recording>,
    /// The class to open beside the dashboard.
    pub class: Option<ClassOptions>,
}

impl Frontend {
    /// Whether it is a class without a terminal of its own.
    pub fn is_in_background(&self) -> bool {
        match self {
            Self::Dashboard(options) => options.class.as_ref().is_some_and(|class| class.in_background),
            Self::Plain(_) => false,
        }
    }
}
