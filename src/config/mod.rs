//! TOML file → checked [`Config`].
//!
//! The keys are one table: each section declares its struct and a row for each key, with type, default, range, meaning, who reads it, and
//! what another value does to a run. Reading, errors, `--print-config`, the model editor, docs/configuration.md and the JSON Schema follow
//! from the rows. Every error names the file, the line and the key, and says what was expected.
//!
//! Each layer uses only those above it:
//!
//! | files | job |
//! |---|---|
//! | `kind`, `change`, `read_by` | what a row says: accepted values, effect of another value on a run, readers |
//! | `fields`, `table` | access to fields by path; rows, and the macro that declares a section |
//! | `corpus`, `model`, `training`, `dashboard`, `run` | the sections |
//! | `configuration`, `keys`, `validate` | the complete configuration, the list of its keys, checks of several keys |
//! | `document`, `unknown_key`, `overrides`, `from_values`, `given_rival`, `read` | file and command line → configuration |
//! | `write`, `differences`, `resume`, `rivals`, `settings`, `editor`, `reference`, `schema` | what is done with one |

mod built_in;
mod change;
mod configuration;
mod corpus;
mod dashboard;
mod differences;
mod document;
mod editor;
mod encoding;
mod error;
mod fields;
mod file;
mod from_values;
mod given_rival;
mod keys;
mod kind;
mod messages;
mod model;
mod nearest;
mod overrides;
mod paths;
mod read;
mod read_by;
mod reference;
mod resume;
mod rivals;
mod run;
mod schema;
mod settings;
mod source;
mod table;
mod training;
mod unknown_key;
mod validate;
mod values;
mod write;

pub use built_in::{BuiltIn, built_in_text, built_in_texts};
pub use change::SharedReason;
pub use configuration::{Adapted, Config};
pub use corpus::{CorpusConfig, Granularity, Tokenizer};
pub use dashboard::DashboardConfig;
pub use editor::EditContext;
pub use encoding::Encoding;
pub use error::ConfigError;
pub use file::Origin;
pub use keys::keys;
pub use kind::Expected;
pub use messages::ConfigMessage;
pub use model::{Architecture, Engine, ModelConfig};
pub use nearest::nearest;
pub use overrides::Override;
pub use paths::{Paths, at_home, quoted};
pub use reference::reference_table;
pub use rivals::NamedConfig;
pub use run::{Interval, RunConfig};
pub use schema::schema;
pub use settings::RunSettings;
pub use source::{TextFile, line_of};
pub use table::Key;
pub use training::{OptimizerConfig, OptimizerName, Predict, ScheduleConfig, ScheduleName, TrainingConfig};
pub use values::{Keys, StartPace, Validation};
