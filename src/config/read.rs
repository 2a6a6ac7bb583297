//! File and command line → [`Config`].

use toml::de::DeTable;

use super::configuration::Config;
use super::document::{Document, Values};
use super::error::ConfigError;
use super::file::{Origin, not_toml};
use super::given_rival::GivenRival;
use super::keys::keys;
use super::messages::ConfigMessage;
use super::overrides::{Edit, Override};
use super::source::{Place, Source};
use super::unknown_key::check_path;

impl Config {
    /// Reads a configuration and applies `overrides` in order.
    ///
    /// # Errors
    /// The first mistake found: the file cannot be read or is not TOML, a key is unknown or has no effect, a value is of the wrong type, out
    /// of range, or contradicts another one, `corpus.path` is missing.
    pub fn read(origin: &Origin, overrides: &[Override]) -> Result<Self, ConfigError> {
        Self::parse(origin.source()?, overrides)
    }

    /// Reads the same text again with these overrides instead of the earlier ones.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn with(&self, overrides: &[Override]) -> Result<Self, ConfigError> {
        let Source { name, folder, text, fits_text, .. } = self.source.clone();
        Self::parse(Source { name, folder, fits_text, text, ..Source::default() }, overrides)
    }

    /// Reads the text of `source`, whose options and values are replaced.
    pub(super) fn parse(mut source: Source, overrides: &[Override]) -> Result<Self, ConfigError> {
        source.options = overrides.iter().map(|change| change.option.clone()).collect();
        let mut given = Given::default();
        given.add_file(&source)?;
        for (number, change) in overrides.iter().enumerate() {
            given.edit(&source, number, &change.edit)?;
        }
        if !given.values.contains_key("corpus.path") {
            return Err(ConfigError {
                place: source.name,
                problem: ConfigMessage::NoCorpus.into(),
                help: Some(ConfigMessage::ExpectedCorpus.into()),
            });
        }
        let source = Source { values: given.values, unset: given.unset.into_iter().collect(), ..source };
        let mut config = Self::from_source(source)?;
        config.add_rivals(given.rivals)?;
        Ok(config)
    }
}

/// The values of a file and of the options that change it.
#[derive(Default)]
struct Given {
    values: Values,
    unset: Vec<(String, usize)>,
    rivals: Vec<GivenRival>,
}

impl Given {
    fn add_file(&mut self, source: &Source) -> Result<(), ConfigError> {
        let mut table = DeTable::parse(&source.text).map_err(|error| not_toml(source, &error))?;
        self.add_table(Document { source, text: &source.text, option: None }, table.get_mut())
    }

    fn edit(&mut self, source: &Source, option: usize, edit: &Edit) -> Result<(), ConfigError> {
        match edit {
            Edit::Set(assignment) => {
                let document = Document { source, text: &assignment.toml, option: Some(option) };
                self.add_table(document, &mut assignment.table())
            }
            Edit::Unset { path } => self.unset(source, option, path),
            Edit::Rival(assignments) => {
                let rival = GivenRival::from_assignments(source, option, assignments)?;
                rival.add_to(&mut self.rivals, source)
            }
        }
    }

    fn add_table(&mut self, document: Document<'_>, table: &mut DeTable<'_>) -> Result<(), ConfigError> {
        if let Some(list) = table.remove(Config::RIVAL) {
            for rival in GivenRival::from_list(document, list)? {
                rival.add_to(&mut self.rivals, document.source)?;
            }
        }
        document.collect(table, &mut self.values)
    }

    fn unset(&mut self, source: &Source, option: usize, path: &str) -> Result<(), ConfigError> {
        if path == Config::RIVAL {
            self.rivals.clear();
            return Ok(());
        }
        check_path(path).map_err(|(problem, help)| ConfigError {
            place: source.place(Place::Option(option)),
            problem: problem.into(),
            help: Some(help.into()),
        })?;
        let is_below =
            |other: &str| other == path || other.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        self.values.retain(|other, _| !is_below(other));
        self.unset.extend(keys().filter(|key| is_below(key.path)).map(|key| (key.path.to_owned(), option)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::path::Path;

    use super::super::{OptimizerConfig, Paths, ScheduleConfig};
    use super::*;

    fn parse(text: &str, options: &[&str]) -> Result<Config, ConfigError> {
        let overrides: Vec<_> = options.iter().filter_map(|option| Override::set(option).ok()).collect();
        Config::parse(Source { name: "run.toml".to_owned(), text: text.to_owned(), ..Source::default() }, &overrides)
    }

    fn place(text: &str, options: &[&str]) -> String {
        parse(text, options).unwrap_err().place
    }

    #[test]
    fn override_later_wins_over_earlier_and_file() {
        let text = "corpus.path = 'a'\ntraining = { optimizer = { name = 'adam', learning_rate = 0.5 } }";
        assert_eq!(parse(text, &[]).unwrap().training.optimizer.learning_rate, 0.5);
        let options = ["training.optimizer.learning_rate=0.25", "training.optimizer.learning_rate = 0.125"];
        assert_eq!(parse(text, &options).unwrap().training.optimizer.learning_rate, 0.125);
    }

    #[test]
    fn override_not_toml_is_text() {
        assert_eq!(parse("", &["corpus.path=my sentences.txt"]).unwrap().corpus.path, Paths::one("my sentences.txt"));
        assert_eq!(parse("", &["corpus.path='quoted'"]).unwrap().corpus.path, Paths::one("quoted"));
        assert_eq!(parse("corpus.path = 'a'", &["title=三个 \"句子\"\n"]).unwrap().title, "三个 \"句子\"");
    }

    #[test]
    fn override_path_with_special_characters_is_unchanged() {
        for path in ["a\nb", "tab\t\"quoted\" \\ end", "'single'", "[x]", "\u{7f}\u{9b}中"] {
            let options = [Override::text("--corpus", "corpus.path", path)];
            assert_eq!(Config::read(&Origin::toy(), &options).unwrap().corpus.path, Paths::one(path));
            let options = [Override::texts("--corpus", "corpus.path", &[path.to_owned(), "b".to_owned()])];
            let paths = Config::read(&Origin::toy(), &options).unwrap().corpus.path;
            assert_eq!(paths.iter().collect::<Vec<_>>(), [Path::new(path), Path::new("b")]);
        }
    }

    #[test]
    fn override_of_corpus_clears_prompts_and_built_in_title() {
        let read = |origin, options: &[&str]| {
            let overrides: Vec<_> = options.iter().map(|option| Override::set(option).unwrap()).collect();
            let config = Config::read(&origin, &overrides).unwrap();
            (config.title, config.dashboard.prompts.len())
        };
        assert_eq!(read(Origin::toy(), &["seed=1"]), ("Three sentences".to_owned(), 3));
        assert_eq!(read(Origin::toy(), &["corpus.path=b"]), (String::new(), 0));
        let given = ["corpus.path=b", "title=t", "dashboard.prompts=['x', 'y']"];
        assert_eq!(read(Origin::toy(), &given), ("t".to_owned(), 2));
        let file = Origin::File(Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/toy.toml"));
        assert_eq!(read(file, &["corpus.path=b"]), ("Three sentences".to_owned(), 0));
    }

    #[test]
    fn override_of_schedule_or_optimizer_resets_unread_keys() {
        let file = "corpus.path = 'a'\n[training]\nschedule = { name = 'cosine', warmup = 100, minimum = 0.1 }\n\
                    optimizer = { name = 'adamw', weight_decay = 0.1 }";
        let read = |options: &[&str]| parse(file, options).map(|config| config.training);
        let constant = read(&["training.schedule.name=constant"]).unwrap();
        assert_eq!(constant.schedule, ScheduleConfig { name: constant.schedule.name, ..ScheduleConfig::default() });
        assert_eq!(
            read(&["training.optimizer.name=adam"]).unwrap().optimizer.weight_decay,
            OptimizerConfig::default().weight_decay
        );
        // what the command line says itself is meant
        let both = ["training.schedule.name=constant", "training.schedule.warmup=5"];
        assert!(read(&both).unwrap_err().problem.to_string().contains("it would do nothing"));
    }

    #[test]
    fn error_names_line_or_option() {
        assert_eq!(place("\u{feff}# 中文\r\n\r\nseed = 'x'\r\n", &["corpus.path=a"]), "run.toml:3");
        assert_eq!(place("corpus.path = 'a'\n[dashboard]\nprompts = [\n  'a',\n  2,\n]", &[]), "run.toml:5");
        assert_eq!(place("corpus.path = 'a'", &["seed=1", "seed=-1", "title=x"]), "--set seed=-1");
        assert_eq!(place("corpus.path = 'a'", &["dashboard.prompts=['a', 2]"]), "--set dashboard.prompts=['a', 2]");
        assert_eq!(place("seed = 1\nseed = 2", &[]), "run.toml:2");
    }

    #[test]
    fn unknown_key_suggests_similar_key_or_lists_section() {
        let help = |text: &str| parse(text, &[]).unwrap_err().help.map_or_else(String::new, |help| help.to_string());
        assert!(help("learning_rate = 1").starts_with("did you mean `training.optimizer.learning_rate`?"));
        assert!(help("[training]\nbacth = 1").starts_with("did you mean `batch`?"));
        let mut names: Vec<_> =
            keys().filter_map(|key| key.path.strip_prefix("training.")?.split('.').next()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(help("[training]\nxyz = 1"), format!("`training` has {}", names.join(", ")));
    }

    proptest! {
        #[test]
        fn parser_arbitrary_file_and_options_does_not_panic(
            lines in prop::collection::vec(
                prop_oneof![
                    "\\PC{0,12}",
                    "(title|seed|model|corpus|corpus\\.path|model\\.hidden|a\\.'中'|\\[model\\]|\\[\\[corpus\\]\\]) ?=? ?(0|-1|1e9|'句子'|\"x\\n\"|\\[1,'二'\\]|\\{a=1\\}|1979-05-27|nan|true|99999999999999999999|)",
                ],
                0..6,
            ),
            options in prop::collection::vec("(seed|model\\.hidden|corpus\\.path|模型|a\\.b|\\PC{0,4})=(\\PC{0,8}|[0-9]{1,25}|\\[1, '二'\\])", 0..3),
        ) {
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            if let Err(error) = parse(&lines.join("\n"), &options) {
                prop_assert!(!error.place.is_empty() && !error.problem.to_string().is_empty());
            }
        }
    }
}
