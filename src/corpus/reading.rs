//! Texts → tokenized training, validation and test texts.

use super::marks::is_mark;
use super::messages::{FileMessage, TextUnit, WordsMessage};
use super::normalization::{is_copied_by_normalization, normalized};
use super::text::{OneWordSentence, TokenizeError};
use super::{Corpus, RawText, Text, Texts, Tokenizer, Vocabulary, adaptation};
use crate::config::{self, Config, ConfigError, Granularity, Predict, Validation};
use crate::language::Message;
use crate::memory::{InsufficientMemory, check_available};
use crate::shortened;

impl Corpus {
    /// Reads the texts of a configuration and tokenizes them, as [`new`](Self::new).
    ///
    /// # Errors
    /// As [`Texts::read`] and [`new`](Self::new).
    pub fn load(config: &mut Config) -> Result<Self, ConfigError> {
        let texts = Texts::read(config)?;
        Self::new(config, &texts)
    }

    /// Tokenizes texts and builds the vocabulary. Settings that are too large for the text are reduced in `config`, except
    /// those from the command line.
    ///
    /// # Errors
    /// If too little text is left for training or validation, a sentence has a single word, all words are too rare, memory is
    /// too short, or this program was built without the tokenizer.
    pub fn new(config: &mut Config, texts: &Texts) -> Result<Self, ConfigError> {
        let settings = &config.corpus;
        let tokenizer = Tokenizer::new(settings.tokenizer).ok_or_else(|| {
            config.refuse("corpus.tokenizer", WordsMessage::WithoutJieba, WordsMessage::BuildWithJieba)
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
                let no_memory = |why| no_memory(config, "corpus.path", &texts.training, why);
                check_available(training.bytes_of_share(share)).map_err(no_memory)?;
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
        // a text may itself have a mark for unknown words
        if settings.min_count > 1 || settings.max_vocabulary > 0 || vocabulary.marks_unknown() {
            let is_frequent = frequent(config, &vocabulary, &training);
            if !is_frequent.iter().zip(vocabulary.words()).any(|(frequent, word)| *frequent && !is_mark(word)) {
                let problem = WordsMessage::NoFrequentWord { min_count: settings.min_count };
                return Err(config.refuse("corpus.min_count", problem, WordsMessage::MakeItSmaller));
            }
            let needed = vocabulary.bytes();
            let no_memory = |_| no_memory(config, "corpus.path", &texts.training, InsufficientMemory::new(needed));
            let new_ids = vocabulary.retain(&is_frequent).map_err(no_memory)?;
            for text in [Some(&mut training), share.as_mut()].into_iter().flatten() {
                text.rename(&new_ids, vocabulary.unknown());
            }
        }
        let beginning = vocabulary.end_of_sentence().or_else(|| vocabulary.line_end());
        let mut corpus = Self { vocabulary, training, validation: share, test: None, beginning };
        // texts that are not trained on add no words to the vocabulary
        let read = |(key, raw): (&str, &Option<RawText>)| {
            let read = raw.as_ref().map(|raw| corpus.read_other(config, raw)).transpose();
            read.map_err(|why| config.refuse(key, why, WordsMessage::ExpectedKnownWords))
        };
        let [validation, test] = others.map(read);
        corpus.validation = validation?.or(corpus.validation);
        corpus.test = test?;
        Ok(corpus)
    }

    /// Tokenizes another text with the vocabulary of this corpus. Unknown words become the word for unknown ones.
    ///
    /// # Errors
    /// If it has unknown words and the vocabulary has no word for them, a sentence has a single word, it is too short, or
    /// memory is too short.
    pub fn read_other(&self, config: &Config, raw: &RawText) -> Result<Text, Message> {
        let settings = &config.corpus;
        let (known, mut vocabulary) = (self.vocabulary.words().len(), self.vocabulary.clone());
        let text = normalized(raw.as_str(), settings.lowercase);
        let read = Text::read(&text, settings.unit, settings.end_of_sentence, &mut vocabulary);
        let mut text = read.map_err(|error| match error {
            TokenizeError::OneWord(OneWordSentence { line, .. }) => {
                Message::from(WordsMessage::OneWord { place: raw.location(line) })
            }
            TokenizeError::Memory(why) => Message::from(FileMessage::NoMemory { name: raw.name(), why }),
        })?;
        let is_long_enough =
            if settings.unit == Granularity::Sentences { text.sentences() > 0 } else { text.words.len() > 1 };
        if !is_long_enough {
            return Err(WordsMessage::TooFewWords { name: raw.name() }.into());
        }
        text.count_characters(&vocabulary);
        let new = &vocabulary.words()[known..];
        match (new.first(), self.vocabulary.unknown()) {
            (Some(first), None) => {
                let (count, name, first) = (new.len(), raw.name(), shortened(first));
                let message = if count == 1 {
                    WordsMessage::UnknownWord { name, word: first }
                } else {
                    WordsMessage::UnknownWords { count, name, first }
                };
                return Err(message.into());
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

/// Tokenizes a text and adds its words to `vocabulary`.
///
/// # Errors
/// If it has no words, a sentence has a single word, or memory is too short.
fn read(config: &Config, key: &str, raw: &RawText, vocabulary: &mut Vocabulary) -> Result<Text, ConfigError> {
    let settings = &config.corpus;
    // normalization makes up to two copies
    if is_copied_by_normalization(raw.as_str(), settings.lowercase) {
        check_available(2 * raw.as_str().len() as u64).map_err(|why| no_memory(config, key, raw, why))?;
    }
    let text = normalized(raw.as_str(), settings.lowercase);
    let text = Text::read(&text, settings.unit, settings.end_of_sentence, vocabulary).map_err(|error| {
        let OneWordSentence { line, word } = match error {
            TokenizeError::OneWord(sentence) => sentence,
            TokenizeError::Memory(why) => return no_memory(config, key, raw, why),
        };
        let problem = WordsMessage::OneWordSentence { place: raw.location(line), word: shortened(&word) };
        let help = match config.training.predict {
            Predict::Last => WordsMessage::ExpectedSentencesForLastWords,
            Predict::Every => WordsMessage::ExpectedSentences,
        };
        config.refuse(key, problem, help)
    })?;
    if text.words.len() < 2 {
        let help = match settings.unit {
            Granularity::Sentences => WordsMessage::ExpectedOneSentence,
            Granularity::Text => WordsMessage::ExpectedTwoWords,
        };
        return Err(config.refuse(key, WordsMessage::NoWords { name: raw.name() }, help));
    }
    Ok(text)
}

/// The error that there is no memory for a text.
fn no_memory(config: &Config, key: &str, raw: &RawText, why: InsufficientMemory) -> ConfigError {
    config.refuse(key, FileMessage::NoMemory { name: raw.name(), why }, FileMessage::ExpectedSmallerText)
}

/// Checks that a split leaves enough to learn from and to validate with, and that there is enough for a batch.
fn check_parts(config: &Config, training: &Text, validation: Option<&Text>) -> Result<(), ConfigError> {
    let (unit, batch) = (config.corpus.unit, config.training.batch);
    let (count, min_count) = match unit {
        Granularity::Sentences => (training.sentences(), 1),
        Granularity::Text => (training.words.len(), 2),
    };
    if count < min_count && validation.is_some() {
        return Err(config.refuse("corpus.validation", WordsMessage::NothingLeft, WordsMessage::MakeShareSmaller));
    }
    if count < min_count * batch {
        let help = match unit {
            Granularity::Sentences => WordsMessage::SmallerBatchOfSentences,
            Granularity::Text => WordsMessage::SmallerBatchOfStreams,
        };
        let (limit, unit) = (count / min_count, text_unit(config, count));
        return Err(config.refuse("training.batch", WordsMessage::BatchTooLarge { limit, count, unit }, help));
    }
    if validation.is_some_and(|text| text.words.len() < 2) {
        let problem = WordsMessage::TooLittleForValidation;
        return Err(config.refuse("corpus.validation", problem, WordsMessage::MakeShareLarger));
    }
    Ok(())
}

/// The unit of the length of a text, in the singular for a count of one.
fn text_unit(config: &Config, count: usize) -> TextUnit {
    let splits_characters = config.corpus.tokenizer == config::Tokenizer::Characters;
    match (config.corpus.unit, count == 1) {
        (Granularity::Sentences, true) => TextUnit::Sentence,
        (Granularity::Sentences, false) => TextUnit::Sentences,
        (Granularity::Text, true) if splits_characters => TextUnit::Character,
        (Granularity::Text, false) if splits_characters => TextUnit::Characters,
        (Granularity::Text, true) => TextUnit::Word,
        (Granularity::Text, false) => TextUnit::Words,
    }
}

/// For each word whether it stays in the vocabulary: marks, and at most `corpus.max_vocabulary` words with at least
/// `corpus.min_count` occurrences, the most frequent first.
fn frequent(config: &Config, vocabulary: &Vocabulary, training: &Text) -> Vec<bool> {
    let mut counts = vec![0_usize; vocabulary.words().len()];
    training.words.iter().for_each(|id| counts[*id as usize] += 1);
    let is_mark = |id: usize| is_mark(&vocabulary.words()[id]);
    let mut order: Vec<usize> = (0..counts.len()).filter(|id| !is_mark(*id)).collect();
    order.sort_by_key(|id| std::cmp::Reverse(counts[*id])); // stable: among equally frequent words the first to appear
    let max_words = if config.corpus.max_vocabulary == 0 { usize::MAX } else { config.corpus.max_vocabulary };
    let mut keep: Vec<bool> = (0..counts.len()).map(is_mark).collect();
    for id in order.into_iter().take(max_words).take_while(|id| counts[*id] >= config.corpus.min_count) {
        keep[id] = true;
    }
    keep
}
