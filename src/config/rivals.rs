//! The runs of a configuration: its own and its rivals, each with a name.

use super::configuration::Config;

/// One of the runs of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedConfig {
    /// Its name, different from those of the other runs.
    pub name: String,
    /// Its complete configuration, without rivals.
    pub config: Config,
}

impl Config {
    /// Largest number of runs at once.
    pub const MAX_RUNS: usize = 4;

    /// Every run: the configuration's own, then its rivals, each with a name of its own.
    #[must_use]
    pub fn runs(&self) -> Vec<NamedConfig> {
        let without_rivals = Self { rivals: Vec::new(), ..self.clone() };
        let configs: Vec<Self> =
            std::iter::once(without_rivals).chain(self.rivals.iter().map(|rival| rival.config.clone())).collect();
        let given: Vec<Option<&str>> =
            std::iter::once(None).chain(self.rivals.iter().map(|rival| rival.name.as_deref())).collect();
        let names = self.names(&configs, &given);
        names.into_iter().zip(configs).map(|(name, config)| NamedConfig { name, config }).collect()
    }

    /// Names of the runs: the given one, or the kind of network, followed by the values in which runs of one kind differ. A number makes equal
    /// names different.
    fn names(&self, configs: &[Self], given: &[Option<&str>]) -> Vec<String> {
        let tables: Vec<_> = configs.iter().map(|config| toml::Table::try_from(config).unwrap_or_default()).collect();
        let kinds: Vec<_> = configs.iter().map(|config| config.model.network_name()).collect();
        let mut names: Vec<String> = Vec::new();
        for (at, kind) in kinds.iter().enumerate() {
            let is_alike = |other: &usize| kinds[*other] == *kind && given[*other].is_none();
            let alike: Vec<usize> = (0..kinds.len()).filter(is_alike).collect();
            let mut name = kind.clone();
            let mut keys: Vec<&str> = Vec::new();
            for rival in alike.iter().filter_map(|of| self.rivals.get(of.checked_sub(1)?)) {
                keys.extend(rival.config.source.rival_keys.iter().map(String::as_str));
            }
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let value = |of: usize| value_at(&tables[of], key);
                if let Some(own) = value(at)
                    && alike.iter().any(|of| value(*of) != Some(own))
                {
                    let short = key.rsplit('.').next().unwrap_or(key);
                    let own = own.as_str().map_or_else(|| own.to_string(), str::to_owned);
                    name = if short == "name" { format!("{name} {own}") } else { format!("{name} {short} {own}") };
                }
            }
            let name = given[at].map_or(name, str::to_owned);
            let taken = |name: &String| names.contains(name) || given[at + 1..].contains(&Some(name.as_str()));
            let numbered = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name} {number}")));
            names.extend(numbered.into_iter().find(|name| given[at].is_some() || !taken(name)));
        }
        names
    }
}

/// The value at a path in a table.
fn value_at<'t>(table: &'t toml::Table, key: &str) -> Option<&'t toml::Value> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    match (table.get(first)?, rest) {
        (toml::Value::Table(table), Some(rest)) => value_at(table, rest),
        (value, None) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::super::{ConfigError, Origin, Override};
    use super::*;
    use crate::model::CellName;

    fn parse(text: &str, options: &[Override]) -> Result<Config, ConfigError> {
        let source = Source { name: "duel.toml".to_owned(), text: text.to_owned(), ..Source::default() };
        Config::parse(source, options)
    }

    fn rival(assignments: &[&str]) -> Override {
        Override::rival(&assignments.iter().map(|&assignment| assignment.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn names(config: &Config) -> Vec<String> {
        config.runs().into_iter().map(|run| run.name).collect()
    }

    const FILE: &str = "corpus.path = 'a'\n[model]\ncell = 'lstm'\nembedding = 2\nforget_bias = 5.0\n";

    #[test]
    fn rival_inherits_values_that_its_network_reads() {
        let rivals = "[[rival]]\nmodel.cell = 'rnn'\n[[rival]]\nname = 'attention'\nmodel.architecture = 'transformer'\n\
                      training.optimizer.learning_rate = 0.5";
        let config = parse(&format!("{FILE}{rivals}"), &[]).unwrap();
        assert_eq!(names(&config), ["LSTM", "RNN", "attention"]);
        let runs = config.runs();
        assert_eq!(runs[0].config.model.forget_bias, 5.0);
        assert_eq!((runs[1].config.model.cell, runs[1].config.model.forget_bias), (CellName::Rnn, 0.0));
        let transformer = &runs[2].config;
        assert_eq!((transformer.model.embedding, transformer.model.heads), (4, 4), "what a transformer can have");
        assert_eq!(transformer.training.optimizer.learning_rate, 0.5);
        assert_eq!(runs[1].config.training, runs[0].config.training);
        assert!(runs.iter().all(|run| run.config.runs().len() == 1));
    }

    #[test]
    fn rivals_of_options_follow_those_of_file() {
        let options = [
            rival(&["model.cell=gru"]),
            Override::set("model.hidden=7").unwrap(),
            rival(&["model.hidden=9", "training.clip=1", "name=my own"]),
        ];
        let config = parse(&format!("{FILE}[[rival]]\nmodel.cell = 'rnn'"), &options).unwrap();
        assert_eq!(names(&config), ["LSTM", "RNN", "GRU", "my own"]);
        let hidden: Vec<_> = config.runs().iter().map(|run| run.config.model.hidden).collect();
        assert_eq!(hidden, [7, 7, 7, 9]);
    }

    #[test]
    fn runs_of_one_kind_are_named_by_differences() {
        let options = [rival(&["model.hidden=8"]), rival(&["training.optimizer.name=sgd"]), rival(&["model.cell=gru"])];
        let config = parse("corpus.path = 'a'", &options).unwrap();
        assert_eq!(names(&config), ["LSTM hidden 32 adam", "LSTM hidden 8 adam", "LSTM hidden 32 sgd", "GRU"]);
        let twice = parse("corpus.path = 'a'", &[rival(&["model.cell=gru"]), rival(&["model.cell=gru"])]).unwrap();
        assert_eq!(names(&twice), ["LSTM", "GRU", "GRU 2"]);
    }

    #[test]
    fn configuration_written_reads_back_with_rivals() {
        let options = [rival(&["model.cell=rnn", "name=old"]), rival(&["model.architecture=transformer"])];
        let config = parse(FILE, &options).unwrap();
        let again = parse(&config.to_toml().unwrap(), &[]).unwrap();
        let settings = |config: &Config| {
            let runs = config.runs().into_iter();
            runs.map(|run| (run.name, run.config.model, run.config.training)).collect::<Vec<_>>()
        };
        assert_eq!(settings(&again), settings(&config));
    }

    #[test]
    fn rival_invalid_names_line_or_option_and_reason() {
        let error = |text: &str, options: &[Override]| parse(&format!("{FILE}{text}"), options).unwrap_err();
        for (text, problem) in [
            (
                "[[rival]]\ntraining.batch = 3",
                "`training.batch` cannot be another one for a rival: all runs learn the same batches",
            ),
            ("[[rival]]\nseed = 3", "`seed` cannot be another one for a rival: all runs learn the same batches"),
            ("[[rival]]\ncorpus.path = 'b'", "`corpus.path` cannot be another one"),
            ("[[rival]]\ntraining.steps = 3", "all runs take the same number of steps"),
            ("[[rival]]\ndashboard.pace = 3", "it is of all runs together"),
            ("[[rival]]\nmodel.cel = 'rnn'", "unknown key `model.cel`"),
            ("[[rival]]\nmodel.cell = 'rrn'", "`model.cell = 'rrn'`"),
            ("[[rival]]\nname = ''", "each rival needs a name of its own"),
            ("[[rival]]\nmodel.heads = 3", "it would do nothing"),
        ] {
            let error = error(text, &[]);
            assert!(error.problem.to_string().contains(problem), "{text}: {error}");
            assert_eq!(error.place, "duel.toml:7", "{text}: {error}");
        }
        assert_eq!(error("[[rival]]\nname = 'x'", &[]).place, "duel.toml:6");
        assert_eq!(error("[rival]\nname = 'x'", &[]).problem.to_string(), "`rival` is a list of tables");
        assert_eq!(
            error("", &[rival(&["model.cell=x", "training.clip=1"])]).place,
            "--rival model.cell=x training.clip=1"
        );
        let four = ["rnn", "gru", "mgu", "lstm"].map(|cell| rival(&[&format!("model.cell={cell}")]));
        assert_eq!(error("", &four).problem.to_string(), "there can be 4 runs at once");
        assert!(Config::read(&Origin::toy(), &four[..3]).is_ok());
    }
}
