//! File and command line → [`Config`].

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::keys::check_keys;
use super::nearest::likeness;
use super::overrides::Override;
use super::rivals::extract_rivals;
use super::source::{Source, line_of};
use super::{BuiltIn, Config, ConfigError, OptimizerConfig, ScheduleConfig, nearest};

/// What is longer is no configuration, or has no end.
const LARGEST_FILE: u64 = 1 << 20;

/// How much padding all overrides together may take, in bytes: each is padded to its place in the whole.
const MOST_PADDING: usize = 64 << 20;

/// Which configuration to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A TOML file.
    File(PathBuf),
    /// One in the binary.
    BuiltIn(&'static BuiltIn),
    /// That of a text whose configuration nobody has written: a model of its characters, with settings for its length.
    OwnText,
}

impl Origin {
    /// The first lesson: three sentences in Chinese.
    #[must_use]
    pub fn toy() -> Self {
        Self::of_argument(Path::new("toy"))
    }

    /// A file, or, where there is no file of this name, the configuration in the binary that is called so.
    #[must_use]
    pub fn of_argument(argument: &Path) -> Self {
        let built_in = || BuiltIn::named(argument.to_str()?);
        let built_in = if argument.is_file() { None } else { built_in() };
        built_in.map_or_else(|| Self::File(argument.to_owned()), Self::BuiltIn)
    }
}

impl Config {
    /// Reads a configuration and lets `overrides` take the place of its values, later ones of earlier ones.
    ///
    /// # Errors
    /// The first mistake found: the file cannot be read or is not TOML, a key is not known, a value is of the wrong type or
    /// out of range, `corpus.path` is missing.
    pub fn read(origin: &Origin, overrides: &[Override]) -> Result<Self, ConfigError> {
        let source = match origin {
            Origin::File(path) => Source {
                name: path.display().to_string(),
                folder: Some(path.parent().unwrap_or(Path::new("")).to_owned()),
                text: read_text(path)?,
                ..Source::default()
            },
            Origin::BuiltIn(built_in) => {
                Source { name: format!("built-in {}", built_in.name), text: built_in.text(), ..Source::default() }
            }
            Origin::OwnText => Source {
                name: "settings for your text".to_owned(),
                text: BuiltIn::named("characters").map(BuiltIn::text).unwrap_or_default(),
                fits_text: true,
                ..Source::default()
            },
        };
        Self::parse(source, overrides)
    }

    /// The configuration of the same file with these values in the place of its own.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn with(&self, overrides: &[Override]) -> Result<Self, ConfigError> {
        let Source { name, folder, text, file_length, fits_text, .. } = &self.source;
        let text = text[..*file_length].to_owned();
        let source =
            Source { name: name.clone(), folder: folder.clone(), text, fits_text: *fits_text, ..Source::default() };
        Self::parse(source, overrides)
    }

    /// `source` has a name, a folder and the text of the file.
    pub(super) fn parse(mut source: Source, overrides: &[Override]) -> Result<Self, ConfigError> {
        let file = source.text.clone();
        source.file_length = file.len();

        // each override becomes a document padded to its place in the whole, so that all spans count from the same start
        let (mut documents, mut padding) = (Vec::new(), 0);
        for change in overrides {
            source.text.push('\n');
            source.options.push((change.option.clone(), source.text.len()));
            let document = change.document();
            padding += source.text.len();
            if padding > MOST_PADDING {
                return Err(ConfigError {
                    place: change.option.clone(),
                    problem: "these are too many values for the command line".into(),
                    help: Some("write them into the configuration file".into()),
                });
            }
            documents.push(" ".repeat(source.text.len()) + &document);
            source.text.push_str(&document);
        }

        let parse = |text| DeTable::parse(text).map_err(|error| not_toml(&source, &error));
        let mut table = parse(&file)?;
        for document in &documents {
            merge(table.get_mut(), parse(document)?.into_inner());
        }
        // the keys that are known are those that a complete configuration has
        let known = toml::Table::try_from(Self::default()).unwrap_or_default();
        let rivals = extract_rivals(&source, table.get_mut(), &known)?;
        let mut values = Vec::new();
        check_keys(&source, table.get_ref(), &known, "", &mut values)?;
        source.values = values;
        if source.value("corpus.path").is_none() {
            return Err(ConfigError {
                place: source.name,
                problem: "the key `corpus.path` is missing".into(),
                help: Some("expected the text to learn from, such as\n  [corpus]\n  path = \"sentences.txt\"".into()),
            });
        }
        let mut config = Self::of_table(source, table.clone())?;
        config.add_rivals(&table, rivals)?;
        Ok(config)
    }

    /// The configuration of a table whose keys are known, and whose places `source` has.
    pub(super) fn of_table(source: Source, table: Spanned<DeTable<'_>>) -> Result<Self, ConfigError> {
        let mut config = Self::deserialize(Deserializer::from(table)).map_err(|error| wrong_value(&source, &error))?;
        config.source = source;
        config.forget_another_corpus();
        config.forget_another_model();
        config.forget_another_rule();
        config.fit_another_model();
        config.check_that_keys_agree()?;
        Ok(config)
    }
}

impl Config {
    /// Prompts go with the corpus of their file, not with one from the command line; so does the built-in lesson's title.
    fn forget_another_corpus(&mut self) {
        let from_option = |key| self.source.is_from_option(key);
        let [corpus, prompts, title] = ["corpus.path", "dashboard.prompts", "title"].map(from_option);
        if corpus && !prompts {
            self.dashboard.prompts.clear();
        }
        if corpus && !title && self.source.folder.is_none() {
            self.title.clear();
        }
    }
}

impl Config {
    /// Where another kind of network comes from a rival or the command line, what of the file's model is for its own kind is not for
    /// that one.
    fn forget_another_model(&mut self) {
        let of_rival = |key: &str| self.source.own_values.iter().any(|own| own == key);
        let from_option = |key: &str| self.source.is_from_option(key) || of_rival(key);
        let network = ["model.architecture", "model.cell"];
        if network.into_iter().any(of_rival) {
            self.model.reset_unused_keys(of_rival);
        } else if network.into_iter().any(from_option) {
            self.model.reset_unused_keys(from_option);
        }
    }
}

impl Config {
    /// Where another optimizer or schedule comes from a rival or the command line, what of the file's values only its own reads is not for
    /// that one.
    fn forget_another_rule(&mut self) {
        use super::{OptimizerName as Optimizer, ScheduleName as Schedule};

        let is_own = |key: &str| self.source.is_from_option(key) || self.source.own_values.iter().any(|own| own == key);
        let (schedule, optimizer) = (&mut self.training.schedule, &mut self.training.optimizer);
        if is_own("training.schedule.name") {
            let (usual, name) = (ScheduleConfig::default(), schedule.name);
            let forgets = |key: &str, read_by: &[Schedule]| !read_by.contains(&name) && !is_own(key);
            if forgets("training.schedule.from_epoch", &[Schedule::Step]) {
                schedule.from_epoch = usual.from_epoch;
            }
            if forgets("training.schedule.factor", &[Schedule::Step, Schedule::Plateau]) {
                schedule.factor = usual.factor;
            }
            if forgets("training.schedule.patience", &[Schedule::Plateau]) {
                schedule.patience = usual.patience;
            }
            if forgets("training.schedule.warmup", &[Schedule::Cosine]) {
                schedule.warmup = usual.warmup;
            }
            if forgets("training.schedule.minimum", &[Schedule::Cosine]) {
                schedule.minimum = usual.minimum;
            }
        }
        if is_own("training.optimizer.name") {
            let (usual, name) = (OptimizerConfig::default(), optimizer.name);
            if name != Optimizer::AdamW && !is_own("training.optimizer.weight_decay") {
                optimizer.weight_decay = usual.weight_decay;
            }
            if !matches!(name, Optimizer::Sgd | Optimizer::RmsProp) && !is_own("training.optimizer.momentum") {
                optimizer.momentum = usual.momentum;
            }
        }
    }
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let place = path.display().to_string();
    let unreadable = |why: String| ConfigError {
        place: place.clone(),
        problem: format!("the configuration cannot be read: {why}").into(),
        help: Some(built_in_instead(path).into()),
    };
    if path.is_dir() {
        return Err(ConfigError {
            help: Some(format!(
                "a configuration is a file; `rnn-tui --resume {place}` goes on with a run that is kept there, `rnn-tui --corpus \
                 {place}` learns the texts in it"
            ).into()),
            ..unreadable("it is a folder".to_owned())
        });
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(unreadable(format!("it has more than {} MiB", LARGEST_FILE >> 20)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = line_of(error.as_bytes(), at);
        ConfigError {
            place: format!("{place}:{line}"),
            problem: format!("byte {at} is not UTF-8").into(),
            help: Some(
                other_file(&place).unwrap_or_else(|| "expected a TOML file, which is always UTF-8".to_owned()).into(),
            ),
        }
    })
}

/// What may be meant by a file that cannot be read.
fn built_in_instead(path: &Path) -> String {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if let Some(built_in) = BuiltIn::named(stem) {
        return format!("the program has it inside: `rnn-tui {}`", built_in.name);
    }
    let near = nearest(stem, BuiltIn::all().map(|built_in| built_in.name), 1);
    let near = near.first().filter(|name| likeness(stem, name) >= LIKE);
    let meant = near.map_or_else(String::new, |name| format!("did you mean `rnn-tui {name}`? "));
    format!("{meant}expected a TOML file, or the name of a configuration that `rnn-tui list` shows")
}

/// From this likeness on a word may have been meant.
const LIKE: f64 = 0.6;

/// What a file may be that is named in the place of a configuration.
fn other_file(path: &str) -> Option<String> {
    let is_toml = Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    (!is_toml).then(|| format!("to learn from this text: `rnn-tui --corpus {path}`"))
}

fn not_toml(source: &Source, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or_default();
    let written = source.text.get(span.clone()).filter(|text| !text.is_empty() && !text.contains('\n'));
    let written = written.map_or_else(String::new, |text| format!(" (at `{text}`)"));
    ConfigError {
        place: source.place(span.start),
        problem: format!("not TOML: {}{written}", error.message().replace('\n', ", ")).into(),
        help: Some(other_file(&source.name).filter(|_| span.start < source.file_length.max(1)).unwrap_or_else(|| "expected lines such as `hidden = 2` or `path = \"text.txt\"`, texts in quotes, each key once, below a section \
               such as `[model]`"
            .to_owned()).into()),
    }
}

/// An error of serde's: a wrong type or a value out of range.
fn wrong_value(source: &Source, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    let key = source.key_at(at).unwrap_or_default();
    // serde says "invalid …: what it found, expected what is right"; what was found stands before it as written
    let problem = match error.message().rsplit_once(", expected ") {
        Some((_, "a string" | "path string")) => "expected a text in quotes".to_owned(),
        Some((_, "a sequence")) => "expected a list such as [\"one\", \"two\"]".to_owned(),
        Some((_, expected)) => format!("expected {expected}"),
        None => error.message().to_owned(),
    };
    let written = source.value(key).and_then(|span| source.text.get(span.clone())).unwrap_or_default();
    let written = written.trim_matches(|c| c == '"' || c == '\'').to_lowercase();
    let meant = problem.split('"').skip(1).step_by(2).find(|value| *value == written).map(str::to_owned);
    let help = meant.map(|value| format!("did you mean {value:?}?").into());
    // in an array of several lines the mistake has a line of its own
    ConfigError { place: source.place(at), help, ..source.refuse(key, problem, "") }
}

/// Puts every value of `over` into `base`, table by table; rivals come after those that are there.
pub(super) fn merge<'i>(base: &mut DeTable<'i>, over: DeTable<'i>) {
    for (key, mut value) in over {
        if let (Some(DeValue::Table(below)), DeValue::Table(_)) =
            (base.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), value.get_ref())
        {
            if let DeValue::Table(above) = std::mem::replace(value.get_mut(), DeValue::Boolean(false)) {
                merge(below, above);
            }
        } else if key.get_ref() == Config::RIVAL
            && matches!(value.get_ref(), DeValue::Array(_))
            && let Some(DeValue::Array(before)) = base.get_mut(Config::RIVAL).map(Spanned::get_mut)
        {
            if let DeValue::Array(rivals) = value.into_inner() {
                rivals.into_iter().for_each(|rival| before.push(rival));
            }
        } else {
            base.remove(key.get_ref().as_ref());
            base.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Paths;
    use super::*;

    fn parse(text: &str, options: &[&str]) -> Result<Config, ConfigError> {
        let overrides: Vec<_> = options.iter().filter_map(|option| Override::set(option).ok()).collect();
        Config::parse(Source { name: "run.toml".to_owned(), text: text.to_owned(), ..Source::default() }, &overrides)
    }

    fn place(text: &str, options: &[&str]) -> String {
        parse(text, options).unwrap_err().place
    }

    #[test]
    fn later_overrides_win_over_earlier_ones_and_over_the_file() {
        let text = "corpus.path = 'a'\ntraining = { optimizer = { name = 'adam', learning_rate = 0.5 } }";
        assert_eq!(parse(text, &[]).unwrap().training.optimizer.learning_rate, 0.5);
        let options = ["training.optimizer.learning_rate=0.25", "training.optimizer.learning_rate = 0.125"];
        assert_eq!(parse(text, &options).unwrap().training.optimizer.learning_rate, 0.125);
    }

    #[test]
    fn a_value_that_is_not_toml_is_a_text() {
        assert_eq!(parse("", &["corpus.path=my sentences.txt"]).unwrap().corpus.path, Paths::one("my sentences.txt"));
        assert_eq!(parse("", &["corpus.path='quoted'"]).unwrap().corpus.path, Paths::one("quoted"));
        assert_eq!(parse("corpus.path = 'a'", &["title=三个 \"句子\"\n"]).unwrap().title, "三个 \"句子\"");
    }

    #[test]
    fn a_path_of_the_command_line_is_what_was_typed_whatever_is_in_it() {
        for path in ["a\nb", "tab\t\"quoted\" \\ end", "'single'", "[x]", "\u{7f}\u{9b}中"] {
            let options = [Override::text("--corpus", "corpus.path", path)];
            assert_eq!(Config::read(&Origin::toy(), &options).unwrap().corpus.path, Paths::one(path));
            let options = [Override::texts("--corpus", "corpus.path", &[path.to_owned(), "b".to_owned()])];
            let paths = Config::read(&Origin::toy(), &options).unwrap().corpus.path;
            assert_eq!(paths.iter().collect::<Vec<_>>(), [Path::new(path), Path::new("b")]);
        }
    }

    #[test]
    fn prompts_and_the_title_of_the_built_in_lesson_go_with_the_corpus() {
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
    fn values_that_another_schedule_or_optimizer_does_not_have_are_left_out() {
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
    fn mistakes_have_the_line_of_the_file_or_the_option() {
        assert_eq!(place("\u{feff}# 中文\r\n\r\nseed = 'x'\r\n", &["corpus.path=a"]), "run.toml:3");
        assert_eq!(place("corpus.path = 'a'\n[dashboard]\nprompts = [\n  'a',\n  2,\n]", &[]), "run.toml:5");
        assert_eq!(place("corpus.path = 'a'", &["seed=1", "seed=-1", "title=x"]), "--set seed=-1");
        assert_eq!(place("corpus.path = 'a'", &["dashboard.prompts=['a', 2]"]), "--set dashboard.prompts=['a', 2]");
        assert_eq!(place("seed = 1\nseed = 2", &[]), "run.toml:2");
    }

    #[test]
    fn a_right_key_in_the_wrong_place_is_led_to_the_right_one_and_a_foreign_one_to_none() {
        let help = |text: &str| parse(text, &[]).unwrap_err().help.map_or_else(String::new, |help| help.to_string());
        assert!(help("learning_rate = 1").starts_with("did you mean `training.optimizer.learning_rate`?"));
        assert!(help("[training]\nbacth = 1").starts_with("did you mean `batch`?"));
        assert!(
            help("[training]\nxyz = 1").starts_with("`training` has batch, clip, optimizer, predict, schedule, steps")
        );
    }

    proptest! {
        #[test]
        fn no_file_and_no_option_panics(
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
