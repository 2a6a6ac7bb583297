//! Texts → the words to learn from, to validate and to test with.

use super::prepared::{is_changed, prepared};
use super::text::{NotCut, OneWordSentence};
use super::texts::SMALLER;
use super::vocabulary::is_mark;
use super::{Corpus, RawText, Text, Texts, Tokenizer, Vocabulary, adaptation};
use crate::config::{self, Config, ConfigError, Granularity, Predict, Validation};
use crate::memory::{NoRoom, room_for};
use crate::shortened;

impl Corpus {
    /// Reads the corpus of a configuration, which is changed where the text is too short for it.
    ///
    /// # Errors
    /// As [`Texts::read`] and [`new`](Self::new).
    pub fn load(config: &mut Config) -> Result<Self, ConfigError> {
        let texts = Texts::read(config)?;
        Self::new(config, &texts)
    }

    /// The words of texts that have been read. Values of `config` for which the text is too short become what it bears, unless they
    /// come from the command line.
    ///
    /// # Errors
    /// When there is too little to learn from or to validate with, when a sentence has a single word, or when this program was
    /// built without the tokenizer.
    pub fn new(config: &mut Config, texts: &Texts) -> Result<Self, ConfigError> {
        let settings = &config.corpus;
        let tokenizer = Tokenizer::new(settings.tokenizer).ok_or_else(|| {
            let help = "build it with `--features jieba`, or separate the words by spaces and use \"words\"";
            config.refuse("corpus.tokenizer", "this program was built without jieba", help)
        })?;
        let mut vocabulary = Vocabulary::new(tokenizer, settings.lowercase);
        let others = [("corpus.validation", &texts.validation), ("corpus.test", &texts.test)];
        let mut read = |key: &str, raw: &RawText| read(config, key, raw, &mut vocabulary);
        let mut training = read("corpus.path", &texts.training)?;
        if config.knows_words_of_all_texts() {
            for (key, text) in others {
                text.as_ref().map(|text| read(key, text)).transpose()?;
            }
        }
        adaptation::fit_length(config, &training);
        adaptation::fit_parts(config, &training);
        let mut share = match config.corpus.validation {
            Validation::Share(share) if share > 0.0 => {
                let no_memory = |no_room| no_memory(config, "corpus.path", &texts.training, &no_room);
                room_for(training.bytes_of_share(share)).map_err(no_memory)?;
                Some(training.split_off(share))
            }
            _ => None,
        };
        check_parts(config, &training, share.as_ref())?;
        for text in [Some(&mut training), share.as_mut()].into_iter().flatten() {
            text.count_characters(&vocabulary);
        }
        adaptation::fit_min_count(config, &training, &vocabulary);
        let settings = &config.corpus;
        // a mark for unknown words that the text has is what such words become
        if settings.min_count > 1 || settings.max_vocabulary > 0 || vocabulary.marks_unknown() {
            let kept = frequent(config, &vocabulary, &training);
            if !kept.iter().zip(vocabulary.words()).any(|(kept, word)| *kept && !is_mark(word)) {
                let problem = format!("no word occurs {} times in the text to learn from", settings.min_count);
                return Err(config.refuse("corpus.min_count", problem, "make it smaller"));
            }
            let needed = vocabulary.bytes();
            let no_memory = |_| no_memory(config, "corpus.path", &texts.training, &NoRoom::new(needed));
            let new_ids = vocabulary.keep(&kept).map_err(no_memory)?;
            for text in [Some(&mut training), share.as_mut()].into_iter().flatten() {
                text.rename(&new_ids, vocabulary.unknown());
            }
        }
        let beginning = vocabulary.end_of_sentence().or_else(|| vocabulary.line_end());
        let mut corpus = Self { vocabulary, training, validation: share, test: None, beginning };
        // what is not learned from decides nothing: not even which words there are
        let read = |(key, raw): (&str, &Option<RawText>)| {
            let read = raw.as_ref().map(|raw| corpus.read_other(config, raw)).transpose();
            read.map_err(|why| config.refuse(key, why, "expected a text in the words of that to learn from"))
        };
        let [validation, test] = others.map(read);
        corpus.validation = validation?.or(corpus.validation);
        corpus.test = test?;
        Ok(corpus)
    }

    /// Another text in the words that are known.
    ///
    /// # Errors
    /// When a word is not known and nothing stands for unknown ones, a sentence has a single word, or it is too short: why.
    pub fn read_other(&self, config: &Config, raw: &RawText) -> Result<Text, String> {
        let settings = &config.corpus;
        let (known, mut vocabulary) = (self.vocabulary.words().len(), self.vocabulary.clone());
        let text = prepared(raw.as_str(), settings.lowercase);
        let read = Text::read(&text, settings.unit, settings.end_of_sentence, &mut vocabulary);
        let mut text = read.map_err(|error| match error {
            NotCut::OneWord(OneWordSentence { line, .. }) => format!("{} has one word", raw.location(line)),
            NotCut::NoRoom(no_room) => format!("there is no memory for {}: {no_room}", raw.name()),
        })?;
        let least = if settings.unit == Granularity::Sentences { text.sentences() > 0 } else { text.words.len() > 1 };
        if !least {
            return Err(format!("{} has too few words", raw.name()));
        }
        text.count_characters(&vocabulary);
        let new = &vocabulary.words()[known..];
        match (new.first(), self.vocabulary.unknown()) {
            (Some(first), None) => {
                let (count, name, first) = (new.len(), raw.name(), shortened(first));
                return Err(if count == 1 {
                    format!(
                        "a word of {name} is not known to the model, `{first}`; a model learns a word for unknown ones with \
                         `corpus.min_count = 2`"
                    )
                } else {
                    format!(
                        "{count} words of {name} are not known to the model, the first is `{first}`; a model learns a word for \
                         unknown ones with `corpus.min_count = 2`"
                    )
                });
            }
            (_, unknown) => {
                let id = |id: usize| u32::try_from(id).unwrap_or(u32::MAX);
                let ids: Vec<u32> = (0..known).map(id).chain(new.iter().map(|_| unknown.unwrap_or(0))).collect();
                text.rename(&ids, unknown);
            }
        }
        Ok(text)
    }
}

/// The words of one text, which are added to the vocabulary.
fn read(config: &Config, key: &str, raw: &RawText, vocabulary: &mut Vocabulary) -> Result<Text, ConfigError> {
    let settings = &config.corpus;
    // what is changed in a text is changed in a copy, and that in another one
    if is_changed(raw.as_str(), settings.lowercase) {
        room_for(2 * raw.as_str().len() as u64).map_err(|no_room| no_memory(config, key, raw, &no_room))?;
    }
    let text = prepared(raw.as_str(), settings.lowercase);
    let text = Text::read(&text, settings.unit, settings.end_of_sentence, vocabulary).map_err(|error| {
        let OneWordSentence { line, word } = match error {
            NotCut::OneWord(sentence) => sentence,
            NotCut::NoRoom(no_room) => return no_memory(config, key, raw, &no_room),
        };
        let location = raw.location(line);
        let what = format!("{location} has one word, `{}`: nothing comes before it to predict it from", shortened(&word));
        let help = match config.training.predict {
            Predict::Last => "expected sentences of at least two words, one a line; of a text that is no list of \
                              sentences `corpus.unit = \"text\"` with `training.predict = \"every\"` learns every word; of \
                              names, one a line, `corpus.tokenizer = \"characters\"` with `corpus.end_of_sentence = true` and \
                              `training.predict = \"every\"` learns how they are spelled",
            Predict::Every => "expected sentences of at least two words; with `corpus.end_of_sentence = true` the end \
                               of a sentence is a word, too; names are spelled with `corpus.tokenizer = \"characters\"`",
        };
        config.refuse(key, what, help)
    })?;
    if text.words.len() < 2 {
        let help = match settings.unit {
            Granularity::Sentences => "expected at least one sentence of two words, one sentence a line",
            Granularity::Text => "expected a text of at least two words",
        };
        return Err(config.refuse(key, format!("{} has no words to learn from", raw.name()), help));
    }
    Ok(text)
}

fn no_memory(config: &Config, key: &str, raw: &RawText, no_room: &NoRoom) -> ConfigError {
    config.refuse(key, format!("there is no memory for {}: {no_room}", raw.name()), SMALLER)
}

/// Refuses a split that leaves too little, and a batch for which there is too little.
fn check_parts(config: &Config, training: &Text, validation: Option<&Text>) -> Result<(), ConfigError> {
    let (unit, batch) = (config.corpus.unit, config.training.batch);
    let (have, needed, of_what) = match unit {
        Granularity::Sentences => (training.sentences(), 1, "sentences"),
        Granularity::Text if config.corpus.tokenizer == config::Tokenizer::Characters => {
            (training.words.len(), 2, "characters")
        }
        Granularity::Text => (training.words.len(), 2, "words"),
    };
    if have < needed && validation.is_some() {
        return Err(config.refuse("corpus.validation", "nothing is left to learn from", "make the share smaller"));
    }
    if have < needed * batch {
        let (most, help) = match unit {
            Granularity::Sentences => {
                (have, "a step learns from different sentences: make `training.batch` smaller or the corpus larger")
            }
            Granularity::Text => {
                (have / 2, "the text is cut into so many streams: make `training.batch` smaller or the text longer")
            }
        };
        let of_what = if have == 1 { &of_what[..of_what.len() - 1] } else { of_what };
        let expected = format!("expected at most {most}, as the corpus has {have} {of_what} to learn from");
        return Err(config.refuse("training.batch", expected, help));
    }
    if validation.is_some_and(|text| text.words.len() < 2) {
        let help = "make the share larger, or name a file";
        return Err(config.refuse("corpus.validation", "too little is left to validate with", help));
    }
    Ok(())
}

/// Which words are frequent enough in the text to learn from.
fn frequent(config: &Config, vocabulary: &Vocabulary, training: &Text) -> Vec<bool> {
    let mut counts = vec![0_usize; vocabulary.words().len()];
    training.words.iter().for_each(|id| counts[*id as usize] += 1);
    let is_mark = |id: usize| is_mark(&vocabulary.words()[id]);
    let mut order: Vec<usize> = (0..counts.len()).filter(|id| !is_mark(*id)).collect();
    order.sort_by_key(|id| std::cmp::Reverse(counts[*id])); // stable: of equal ones the first to appear
    let most = if config.corpus.max_vocabulary == 0 { usize::MAX } else { config.corpus.max_vocabulary };
    let mut keep: Vec<bool> = (0..counts.len()).map(is_mark).collect();
    for id in order.into_iter().take(most).take_while(|id| counts[*id] >= config.corpus.min_count) {
        keep[id] = true;
    }
    keep
}
