//! Training of a model on a corpus, step by step: batches, schedule, validation, and the record of the steps.
//!
//! [`Learner`] is the interface of the training loop, independent of the architecture; [`LanguageLearner`] implements it.

mod attempt;
mod batch_source;
mod checks;
mod curves;
mod downsampled_series;
mod inference;
mod language;
mod learner;
mod loss_window;
mod messages;
mod progress;
mod record;
mod run_info;
mod scaling;
mod schedule;
mod state;
mod step_cost;
mod thinning;
mod thread_count;
mod validation;
mod validations;

pub use attempt::{AttemptSettings, EarlierAttempt};
pub use curves::Curves;
pub use downsampled_series::{Bucket, DownsampledSeries};
pub use inference::{Answer, AskError, Continuation, GenerateRequest, Predictor, PromptReader, TraceTarget};
pub use language::{LanguageLearner, language_learner, learner_of_texts};
pub use learner::Learner;
pub use progress::{Evaluation, PartsDone, Progress, StepError, StepReport, Validated};
pub use record::Record;
pub use run_info::RunInfo;
pub use scaling::{Scaling, WINDOWS};
pub use state::{LearnerState, Plateau, Position, RestoreError, StateLayout};
pub use step_cost::{StepCost, measure_step_memory};
pub use thinning::Thinning;
pub use validations::{ValidationPoint, Validations};

pub use crate::corpus::UnknownWord;
