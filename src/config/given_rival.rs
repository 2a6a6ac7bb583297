//! `[[rival]]` and `--rival`: runs that learn the same batches as the configuration's own, each with a few other values.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::configuration::{Config, Rival};
use super::document::{Document, Values};
use super::error::ConfigError;
use super::keys::find;
use super::messages::ConfigMessage;
use super::overrides::Assignment;
use super::source::{Place, Source};
use crate::printable;

/// A rival as it was set: its name and its values, with their places.
pub(super) struct GivenRival {
    name: Option<String>,
    name_place: Option<Place>,
    /// Its first line, or its option.
    place: Place,
    values: Values,
}

impl GivenRival {
    /// Reads the tables of `rival`.
    pub fn from_list(document: Document<'_>, list: Spanned<DeValue<'_>>) -> Result<Vec<Self>, ConfigError> {
        let not_list = |offset| document.error(offset, ConfigMessage::RivalIsList, Some(ConfigMessage::ExpectedRival));
        let offset = list.span().start;
        let DeValue::Array(list) = list.into_inner() else { return Err(not_list(offset)) };
        let rivals = list.into_iter().map(|rival| {
            let offset = rival.span().start;
            let DeValue::Table(table) = rival.into_inner() else { return Err(not_list(offset)) };
            let mut rival = Self { name: None, name_place: None, place: document.place(offset), values: Values::new() };
            rival.add_values(document, table)?;
            Ok(rival)
        });
        rivals.collect()
    }

    /// Reads the rival of an option.
    pub fn from_assignments(source: &Source, option: usize, assignments: &[Assignment]) -> Result<Self, ConfigError> {
        let mut rival = Self { name: None, name_place: None, place: Place::Option(option), values: Values::new() };
        for assignment in assignments {
            let document = Document { source, text: &assignment.toml, option: Some(option) };
            rival.add_values(document, assignment.table())?;
        }
        Ok(rival)
    }

    fn add_values(&mut self, document: Document<'_>, mut table: DeTable<'_>) -> Result<(), ConfigError> {
        match table.remove("name").map(|name| (name.span().start, name.into_inner())) {
            None => {}
            Some((at, DeValue::String(name))) => {
                self.name = Some(printable(name.trim()));
                self.name_place = Some(document.place(at));
            }
            Some((at, _)) => return Err(document.error(at, ConfigMessage::NameIsText, None)),
        }
        document.collect(&table, &mut self.values)
    }

    /// Adds it to the other rivals.
    ///
    /// # Errors
    /// If there are too many runs, the name is empty or taken, a value must be that of all runs, or there is no value.
    pub fn add_to(self, rivals: &mut Vec<Self>, source: &Source) -> Result<(), ConfigError> {
        let refuse = |place, problem: ConfigMessage, help: ConfigMessage| {
            Err(ConfigError { place: source.place(place), problem: problem.into(), help: Some(help.into()) })
        };
        if rivals.len() + 1 == Config::MAX_RUNS {
            let problem = ConfigMessage::MostRuns { most: Config::MAX_RUNS };
            return refuse(self.place, problem, ConfigMessage::LeaveSomeRivalsOut);
        }
        if let Some(name) = &self.name
            && (name.is_empty() || rivals.iter().any(|rival| rival.name.as_ref() == Some(name)))
        {
            let problem = ConfigMessage::RivalName { name: format!("{name:?}") };
            return refuse(self.name_place.unwrap_or(self.place), problem, ConfigMessage::LeaveNameOut);
        }
        let shared = self.values.iter().find_map(|(path, given)| {
            let reason = find(path)?.row.change.reason_to_share()?;
            Some((path, given.place, reason))
        });
        if let Some((path, place, reason)) = shared {
            let problem = ConfigMessage::RivalShares { key: path.clone(), reason: reason.into() };
            return refuse(place, problem, ConfigMessage::SetForAllRuns);
        }
        if self.values.is_empty() {
            return refuse(self.place, ConfigMessage::RivalIsTheSame, ConfigMessage::ExpectedRival);
        }
        rivals.push(self);
        Ok(())
    }
}

impl Config {
    /// Adds the rivals of the file and of the command line.
    pub(super) fn add_rivals(&mut self, rivals: Vec<GivenRival>) -> Result<(), ConfigError> {
        for GivenRival { name, values, .. } in rivals {
            let mut changes = toml::Table::new();
            for (path, given) in &values {
                insert(&mut changes, path, given.value.clone());
            }
            let mut source = self.source.clone();
            source.rival_keys = values.keys().cloned().collect();
            source.values.extend(values);
            self.rivals.push(Rival { name, changes, config: Self::from_source(source)? });
        }
        Ok(())
    }
}

/// Sets the value at a path, and creates missing tables on the way.
fn insert(table: &mut toml::Table, path: &str, value: Option<toml::Value>) {
    match path.split_once('.') {
        None => table.extend(value.map(|value| (path.to_owned(), value))),
        Some((name, rest)) => {
            let below = table.entry(name).or_insert_with(|| toml::Table::new().into());
            if let toml::Value::Table(below) = below {
                insert(below, rest, value);
            }
        }
    }
}
