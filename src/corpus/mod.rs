//! Text → words → vocabulary → what one training step learns from.

mod adaptation;
mod batch;
mod decoding;
mod prepared;
mod streams;
mod text;
mod texts;
mod tokenizer;
mod vocabulary;

use crate::config::{self, Config, ConfigError, Predict, Unit, Validation};
use crate::shortened;

pub use batch::Batch;
pub use streams::Streams;
pub use text::Text;
pub use texts::{RawText, Texts};
pub use tokenizer::Tokenizer;
pub use vocabulary::{END_OF_SENTENCE, UNKNOWN, UnknownWord, Vocabulary};

use prepared::prepared;
use text::OneWordSentence;
use vocabulary::is_mark;

/// What is learned from, what is validated with, and the words of both.
#[derive(Debug)]
pub struct Corpus {
    vocabulary: Vocabulary,
    training: Text,
    validation: Option<Text>,
    test: Option<Text>,
    /// The word before the first one, where a beginning is learned: the end of the sentence or line before.
    beginning: Option<u32>,
}

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
        let mut read = |key: &str, raw: &RawText| {
            let text = prepared(raw.as_str(), settings.lowercase);
            let text = Text::read(&text, settings.unit, settings.end_of_sentence, &mut vocabulary).map_err(|error| {
                let OneWordSentence { line, word } = error;
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
                    Unit::Sentences => "expected at least one sentence of two words, one sentence a line",
                    Unit::Text => "expected a text of at least two words",
                };
                return Err(config.refuse(key, format!("{} has no words to learn from", raw.name()), help));
            }
            Ok(text)
        };
        let mut training = read("corpus.path", &texts.training)?;
        let validation = texts.validation.as_ref().map(|text| read("corpus.validation", text)).transpose()?;
        let mut test = texts.test.as_ref().map(|text| read("corpus.test", text)).transpose()?;
        adaptation::fit_parts(config, &training);
        let mut validation = match config.corpus.validation {
            Validation::Share(share) if share > 0.0 => Some(training.split_off(share)),
            _ => validation,
        };
        check_parts(config, &training, validation.as_ref())?;
        for text in [Some(&mut training), validation.as_mut(), test.as_mut()].into_iter().flatten() {
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
            let new_ids = vocabulary.keep(&kept);
            for text in [Some(&mut training), validation.as_mut(), test.as_mut()].into_iter().flatten() {
                text.rename(&new_ids, vocabulary.unknown());
            }
        }
        let beginning = vocabulary.end_of_sentence().or_else(|| vocabulary.line_end());
        Ok(Self { vocabulary, training, validation, test, beginning })
    }

    /// The ids of a prompt's words, after the mark with which sentences begin, if they do; of a prompt without words that mark, or
    /// the end of a line, so that the beginning of a sentence can be asked. None where nothing comes before a first word.
    ///
    /// # Errors
    /// The first word that is not known, unless there is an id for unknown words.
    pub fn encode(&self, prompt: &str) -> Result<Vec<u32>, UnknownWord> {
        let words = self.vocabulary.encode(prompt)?;
        let is_after_mark = self.training.begins_with_mark || words.is_empty();
        Ok(self.beginning.filter(|_| is_after_mark).into_iter().chain(words).collect())
    }

    /// Words as a text, without the mark with which sentences begin.
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        self.vocabulary.decode(ids.get(self.first()..).unwrap_or_default())
    }

    /// The place of the first word in a sentence or prompt that is none of the marks with which sentences begin.
    fn first(&self) -> usize {
        usize::from(self.training.begins_with_mark)
    }

    /// After which word the next one begins from a zero state, as every sentence does.
    #[must_use]
    pub fn begins_anew_after(&self) -> Option<u32> {
        self.beginning.filter(|_| self.training.begins_with_mark)
    }

    /// The words of a sentence without its marks.
    ///
    /// # Panics
    /// If there is no such sentence.
    #[must_use]
    pub fn words_of_sentence(&self, index: usize) -> &[u32] {
        let words = &self.training.sentence(index)[self.first()..];
        words.strip_suffix(self.vocabulary.end_of_sentence().as_slice()).unwrap_or(words)
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
        let mut text = read.map_err(|OneWordSentence { line, .. }| format!("{} has one word", raw.location(line)))?;
        let least = if settings.unit == Unit::Sentences { text.sentences() > 0 } else { text.words.len() > 1 };
        if !least {
            return Err(format!("{} has too few words", raw.name()));
        }
        text.count_characters(&vocabulary);
        let new = &vocabulary.words()[known..];
        match (new.first(), self.vocabulary.unknown()) {
            (Some(first), None) => {
                return Err(format!(
                    "{} words of {} are not known to the model, the first is `{}`; a model learns a word for unknown ones with \
                     `corpus.min_count = 2`",
                    new.len(),
                    raw.name(),
                    shortened(first)
                ));
            }
            (_, unknown) => {
                let id = |id: usize| u32::try_from(id).unwrap_or(u32::MAX);
                let ids: Vec<u32> = (0..known).map(id).chain(new.iter().map(|_| unknown.unwrap_or(0))).collect();
                text.rename(&ids, unknown);
            }
        }
        Ok(text)
    }

    /// The words that occur, in order of first appearance.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What is learned from.
    #[must_use]
    pub fn training(&self) -> &Text {
        &self.training
    }

    /// What is tested with at the end.
    #[must_use]
    pub fn test(&self) -> Option<&Text> {
        self.test.as_ref()
    }

    /// What is validated with.
    #[must_use]
    pub fn validation(&self) -> Option<&Text> {
        self.validation.as_ref()
    }
}

/// Refuses a split that leaves too little, and a batch for which there is too little.
fn check_parts(config: &Config, training: &Text, validation: Option<&Text>) -> Result<(), ConfigError> {
    let (unit, batch) = (config.corpus.unit, config.training.batch);
    let (have, needed, of_what) = match unit {
        Unit::Sentences => (training.sentences(), 1, "sentences"),
        Unit::Text if config.corpus.tokenizer == config::Tokenizer::Characters => {
            (training.words.len(), 2, "characters")
        }
        Unit::Text => (training.words.len(), 2, "words"),
    };
    if have < needed && validation.is_some() {
        return Err(config.refuse("corpus.validation", "nothing is left to learn from", "make the share smaller"));
    }
    if have < needed * batch {
        let (most, help) = match unit {
            Unit::Sentences => {
                (have, "a step learns from different sentences: make `training.batch` smaller or the corpus larger")
            }
            Unit::Text => {
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::{Origin, Override};
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    const TOY: &str = include_str!("../../corpora/toy.txt");

    fn read(text: &str, unit: Unit, tokenizer: Tokenizer, eos: bool) -> Result<(Text, Vocabulary), OneWordSentence> {
        let mut vocabulary = Vocabulary::new(tokenizer, false);
        let text = Text::read(&prepared(text, false), unit, eos, &mut vocabulary)?;
        Ok((text, vocabulary))
    }

    /// A text in words, one sentence a line.
    pub(super) fn sentences(text: &str) -> (Text, Vocabulary) {
        read(text, Unit::Sentences, Tokenizer::Words, false).unwrap()
    }

    fn load(text: &str, changes: &[&str]) -> Result<Corpus, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("text.txt");
        std::fs::write(&path, text).unwrap();
        let mut options = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
        options.extend(changes.iter().map(|change| Override::set(change).unwrap()));
        Corpus::load(&mut Config::read(&Origin::BuiltIn, &options).unwrap())
    }

    #[test]
    fn the_toy_corpus_is_three_sentences_of_seven_words() {
        let (text, vocabulary) = sentences(TOY);
        assert_eq!(vocabulary.words(), ["我", "喜欢", "玩具", "爱", "爸爸", "讨厌", "挨打"]);
        let sentences: Vec<_> = (0..text.sentences()).map(|index| text.sentence(index)).collect();
        assert_eq!(sentences, [[0, 1, 2], [0, 3, 4], [0, 5, 6]]);
    }

    #[test]
    fn byte_order_mark_empty_lines_and_windows_line_ends_are_no_words() {
        let (text, vocabulary) = sentences("\u{feff}a b\r\n\r\n   \nb a\r\n");
        assert_eq!(vocabulary.words(), ["a", "b"]);
        assert_eq!(text.sentences(), 2);
        let (text, vocabulary) = read("a\r\n\r\nb", Unit::Text, Tokenizer::Characters, false).unwrap();
        assert_eq!(vocabulary.decode(text.words()), "a\n\nb\n");
    }

    #[test]
    fn the_same_letter_typed_in_two_ways_is_one_word() {
        let (_, vocabulary) = sentences("caf\u{e9} noir\ncafe\u{301} noir");
        assert_eq!(vocabulary.words(), ["café", "noir"]);
        assert_eq!(vocabulary.encode("cafe\u{301}"), Ok(vec![0]));
    }

    #[test]
    fn a_sentence_of_one_word_is_named_unless_its_end_is_a_word() {
        let text = "a b\n\n 苹果 \n";
        let error = read(text, Unit::Sentences, Tokenizer::Words, false).unwrap_err();
        assert_eq!(error, OneWordSentence { line: 3, word: "苹果".to_owned() });
        let (text, vocabulary) = read(text, Unit::Sentences, Tokenizer::Words, true).unwrap();
        assert_eq!(
            text.sentence(1).iter().map(|&id| vocabulary.word(id)).collect::<Vec<_>>(),
            ["<eos>", "苹果", "<eos>"],
            "its end comes before it, too: so its first word is learned"
        );
    }

    #[test]
    fn rare_words_become_one_word_that_stands_for_all_unknown_ones() {
        let text = "the cat sat\nthe dog sat\nthe end";
        let corpus = load(text, &["corpus.min_count=2"]).unwrap();
        assert_eq!(corpus.vocabulary().words(), ["<unk>", "the", "sat"]);
        assert_eq!(corpus.training().sentence(1), [1, 0, 2]);
        assert_eq!(corpus.vocabulary().encode("the bird"), Ok(vec![1, 0]));
        let corpus =
            load(text, &["corpus.max_vocabulary=1", "corpus.end_of_sentence=true", "training.predict=every"]).unwrap();
        assert_eq!(corpus.vocabulary().words(), ["<unk>", "<eos>", "the"], "marks do not count");
        let corpus = load(text, &[]).unwrap();
        assert_eq!((corpus.vocabulary().unknown(), corpus.vocabulary().words().len()), (None, 5));
    }

    #[test]
    fn characters_are_counted_where_every_word_is_known() {
        let text = "the cat sat\nthe elephant sat\n";
        let changes = ["corpus.end_of_sentence=true", "training.batch=1", "training.predict=every"];
        let corpus = load(text, &changes).unwrap();
        // 29 characters, and two ends of lines count as words
        assert_eq!(
            (corpus.training().characters_per_word(), corpus.training().unknown_share()),
            (Some(29.0 / 8.0), 0.0)
        );
        let corpus = load(text, &[&changes[..], &["corpus.min_count=2"]].concat()).unwrap();
        assert_eq!((corpus.training().characters_per_word(), corpus.training().unknown_share()), (None, 2.0 / 8.0));
    }

    #[test]
    fn a_vocabulary_without_a_word_is_refused() {
        let error = load("the cat sat\nthe dog sat", &["corpus.min_count=3", "training.batch=1"]).unwrap_err();
        assert!(error.to_string().contains("no word occurs 3 times"), "{error}");
    }

    #[test]
    fn a_prompt_has_line_breaks_where_they_are_words() {
        let text = ["corpus.unit=text", "training.predict=every", "corpus.tokenizer=characters"];
        let corpus = load("a b\nb a\n", &text).unwrap();
        let ids = corpus.vocabulary().encode("a\r\nb").unwrap();
        assert_eq!(corpus.vocabulary().decode(&ids), "a\nb");
        let corpus = load("a b\nb a\n", &[]).unwrap();
        assert_eq!(corpus.vocabulary().encode("a\nb"), Ok(vec![0, 1]));
    }

    #[cfg(feature = "jieba")]
    #[test]
    fn words_of_letters_have_spaces_again_where_jieba_drops_them() {
        let corpus = load("我们 study LSTM and GRU 模型", &["corpus.tokenizer=jieba", "training.batch=1"]).unwrap();
        let ids = corpus.vocabulary().encode("我们study LSTM and GRU模型").unwrap();
        assert_eq!(corpus.vocabulary().decode(&ids), "我们study LSTM and GRU模型");
    }

    #[test]
    fn the_last_part_is_kept_for_validation_and_its_words_do_not_count() {
        let corpus = load("a b\nc d\na c\nb b b b", &["corpus.validation=0.25", "corpus.min_count=2"]).unwrap();
        assert_eq!((corpus.training().sentences(), corpus.validation().unwrap().sentences()), (3, 1));
        assert_eq!(corpus.vocabulary().words(), ["<unk>", "a", "c"]);
        assert_eq!(corpus.validation().unwrap().sentence(0), [0, 0, 0, 0]);
        let text = ["corpus.unit=text", "training.predict=every", "training.batch=1", "corpus.validation=0.4"];
        let corpus = load("a b c d e", &text).unwrap();
        assert_eq!((corpus.training().words(), corpus.validation().unwrap().words()), (&[0, 1, 2][..], &[3, 4][..]));
    }

    #[test]
    fn what_leaves_too_little_is_refused() {
        let problem = |text, changes: &[&str]| load(text, changes).unwrap_err().to_string();
        assert!(problem("", &[]).contains("has no words to learn from"));
        assert!(problem("a b\nb a", &["corpus.validation=0.9"]).contains("nothing is left to learn from"));
        let text = ["corpus.unit=text", "training.predict=every"];
        assert!(problem("a b c", &[text[0], text[1], "training.batch=2"]).contains("expected at most 1"));
        assert!(
            problem("a b c d e f g h", &[text[0], text[1], "corpus.validation=0.05"]).contains("too little is left")
        );
    }

    #[test]
    fn a_short_text_gets_a_batch_and_a_least_count_that_it_bears_unless_the_command_line_says_otherwise() {
        let adapted = |text: &str, changes: &[&str]| {
            let folder = tempfile::tempdir().unwrap();
            let (path, file) = (folder.path().join("text.txt"), folder.path().join("words.toml"));
            std::fs::write(&path, text).unwrap();
            let toml = "corpus.path = 'text.txt'\ncorpus.unit = 'text'\ncorpus.min_count = 3\ncorpus.validation = 0.1\n\
                        training.predict = 'every'\ntraining.batch = 16\ntraining.window = 10\n";
            std::fs::write(&file, toml).unwrap();
            let options: Vec<_> = changes.iter().map(|change| Override::set(change).unwrap()).collect();
            let mut config = Config::read(&Origin::File(file), &options).unwrap();
            let corpus = Corpus::load(&mut config).unwrap();
            let values: Vec<String> =
                config.adapted().iter().map(|value| format!("{} {} {}", value.key, value.from, value.to)).collect();
            (values.join(", "), corpus.training().unknown_share())
        };
        // 50 words, each twice, of which 10 words are not learned from
        let text = (0..100).map(|index| format!("w{}", index % 50)).collect::<Vec<_>>().join(" ") + "\n";
        assert_eq!(adapted(&text, &[]), ("training.batch 16 4, corpus.min_count 3 2".to_owned(), 10.0 / 90.0));
        assert_eq!(adapted(&text, &["training.batch=16"]).0, "corpus.min_count 3 2");
        assert_eq!(
            adapted(&text, &["corpus.min_count=2", "training.batch=1"]).0,
            "",
            "45 of them are learned, 5 validated"
        );
        assert_eq!(adapted("a b c d e", &[]).0, "corpus.validation 0.1 0, training.batch 16 1, corpus.min_count 3 1");
        assert_eq!(adapted(&text.repeat(5), &[]).0, "", "long enough for all of it");
    }

    #[test]
    fn a_mark_for_unknown_words_that_the_text_has_is_that_of_the_vocabulary() {
        let text = ["corpus.unit=text", "training.predict=every", "training.batch=1"];
        let corpus = load("the <unk> sat on the <unk>", &text).unwrap();
        assert_eq!(corpus.vocabulary().unknown(), Some(0));
        assert_eq!(corpus.vocabulary().words(), ["<unk>", "the", "sat", "on"]);
        assert_eq!(corpus.encode("the zebra"), Ok(vec![1, 0]));
        assert_eq!(corpus.training().characters_per_word(), None);
    }

    #[test]
    fn the_beginning_of_a_sentence_is_learned_and_can_be_asked_where_sentences_have_an_end() {
        let changes = ["corpus.end_of_sentence=true", "training.predict=every", "training.batch=1"];
        let corpus = load("kim\nlea\n", &changes).unwrap();
        assert_eq!(corpus.vocabulary().words(), ["<eos>", "kim", "lea"]);
        assert_eq!(corpus.training().sentence(1), [0, 2, 0]);
        assert_eq!((corpus.encode(""), corpus.encode("lea")), (Ok(vec![0]), Ok(vec![0, 2])));
        assert_eq!(corpus.decode(&[0, 2, 0, 1]), "lea\nkim");
        assert_eq!((corpus.begins_anew_after(), corpus.words_of_sentence(0)), (Some(0), &[1][..]));
        let corpus = load("a b\nb a", &["corpus.unit=text", "training.predict=every", "training.batch=1"]).unwrap();
        assert_eq!((corpus.encode(""), corpus.begins_anew_after()), (Ok(vec![]), None));
    }

    #[test]
    fn files_are_read_in_their_order_and_a_folder_is_its_texts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("b.txt", "c d");
        write("a.txt", "a b");
        write("notes.md", "x y");
        write(".hidden.txt", "z z");
        write("one", "e\nf g");
        write("mac", "a b\rc d\rx\re f");
        let words = |paths: &[&str]| {
            let paths: Vec<String> =
                paths.iter().map(|path| folder.path().join(path).to_str().unwrap().to_owned()).collect();
            let options = [Override::texts("--corpus", "corpus.path", &paths)];
            Corpus::load(&mut Config::read(&Origin::BuiltIn, &options).unwrap())
        };
        assert_eq!(words(&["b.txt", "a.txt"]).unwrap().vocabulary().words(), ["c", "d", "a", "b"]);
        assert_eq!(words(&[""]).unwrap().vocabulary().words(), ["a", "b", "c", "d"]);
        let error = words(&["mac", "one"]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("line 3 of {} has one word, `x`", folder.path().join("mac").display())),
            "{error}"
        );
        let error = words(&["a.txt", "one"]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("line 1 of {} has one word, `e`", folder.path().join("one").display())),
            "{error}"
        );
    }

    #[test]
    fn a_quotation_over_several_lines_is_one() {
        let text = "\"Hello there, my\nfriend,\" he said. \"Go\non,\" she said.\n";
        let prose = ["corpus.unit=text", "corpus.tokenizer=prose", "training.predict=every", "training.batch=1"];
        let corpus = load(text, &prose).unwrap();
        let words = corpus.vocabulary().words();
        assert!(words.iter().all(|word| word.len() == 1 || word.chars().all(char::is_alphabetic)), "{words:?}");
        let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(corpus.decode(corpus.training().words()), spaced);
    }

    #[test]
    fn small_letters_are_asked_for() {
        assert_eq!(load("The THE the\nÄ ä", &["corpus.lowercase=true"]).unwrap().vocabulary().words(), ["the", "ä"]);
    }

    fn tokenizers() -> impl Strategy<Value = config::Tokenizer> {
        prop::sample::select(vec![config::Tokenizer::Words, config::Tokenizer::Prose, config::Tokenizer::Characters])
    }

    proptest! {
        #[test]
        fn every_sentence_reads_back_as_its_words(text in "\\PC{0,40}(\n\\PC{0,40}){0,4}") {
            if let Ok((read, vocabulary)) = read(&text, Unit::Sentences, Tokenizer::Words, false) {
                let found: Vec<Vec<&str>> = (0..read.sentences())
                    .map(|index| read.sentence(index).iter().map(|&id| vocabulary.word(id)).collect())
                    .collect();
                let text = prepared(&text, false);
                let expected: Vec<Vec<&str>> = text
                    .lines()
                    .map(|line| line.split_whitespace().collect())
                    .filter(|words: &Vec<_>| !words.is_empty())
                    .collect();
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn a_running_text_in_characters_loses_nothing(text in "[ab \\n中e\u{301}]{0,60}") {
            let (read, vocabulary) = read(&text, Unit::Text, Tokenizer::Characters, false).unwrap();
            let mut expected = prepared(&text, false).into_owned();
            if !expected.is_empty() && !expected.ends_with('\n') {
                expected.push('\n');
            }
            prop_assert_eq!(vocabulary.decode(read.words()), expected.clone());
            let characters = vocabulary.characters(read.words(), &vocabulary.lengths());
            prop_assert_eq!(characters, expected.graphemes(true).count());
        }

        #[test]
        fn no_text_and_no_setting_panics(
            text in "(\\PC|\n|\r|a|b| ){0,80}",
            tokenizer in tokenizers(),
            running in any::<bool>(),
            eos in any::<bool>(),
            lowercase in any::<bool>(),
            min_count in 1..4,
            most in 0..4,
            share in 0.0..0.99,
        ) {
            let unit = if running { "text" } else { "sentences" };
            let predict = if running || eos { "every" } else { "last" };
            let changes = [
                format!("corpus.unit={unit}"),
                format!("training.predict={predict}"),
                format!("corpus.tokenizer={}", tokenizer.as_str()),
                format!("corpus.end_of_sentence={eos}"),
                format!("corpus.lowercase={lowercase}"),
                format!("corpus.min_count={min_count}"),
                format!("corpus.max_vocabulary={most}"),
                format!("corpus.validation={share:.3}"),
                "training.batch=1".to_owned(),
            ];
            let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
            if let Ok(corpus) = load(&text, &changes) {
                let words = corpus.vocabulary().words().len() as u32;
                let all = corpus.training().words().iter().chain(corpus.validation().map_or(&[][..], Text::words));
                prop_assert!(all.copied().all(|id| id < words));
            }
        }
    }
}
