//! Tests of whole corpora.

use std::path::PathBuf;

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::normalization::normalized;
use super::text::{OneWordSentence, TokenizeError};
use super::*;
use crate::config::{self, Config, ConfigError, Granularity, Origin, Override};

const TOY: &str = include_str!("../../corpora/toy.txt");

fn read(text: &str, unit: Granularity, tokenizer: Tokenizer, eos: bool) -> Result<(Text, Vocabulary), OneWordSentence> {
    let mut vocabulary = Vocabulary::new(tokenizer, false);
    match Text::read(&normalized(text, false), unit, eos, &mut vocabulary) {
        Ok(text) => Ok((text, vocabulary)),
        Err(TokenizeError::OneWord(sentence)) => Err(sentence),
        Err(TokenizeError::Memory(memory_error)) => unreachable!("{memory_error}"),
    }
}

/// A text in words, one sentence a line.
pub fn sentences(text: &str) -> (Text, Vocabulary) {
    read(text, Granularity::Sentences, Tokenizer::Words, false).unwrap()
}

fn load(text: &str, changes: &[&str]) -> Result<Corpus, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("text.txt");
    std::fs::write(&path, text).unwrap();
    let mut options = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
    options.extend(changes.iter().map(|change| Override::set(change).unwrap()));
    Corpus::load(&mut Config::read(&Origin::toy(), &options).unwrap())
}

#[test]
fn toy_corpus_has_three_sentences_of_seven_words() {
    let (text, vocabulary) = sentences(TOY);
    assert_eq!(vocabulary.words(), ["我", "喜欢", "玩具", "爱", "爸爸", "讨厌", "挨打"]);
    let sentences: Vec<_> = (0..text.sentences()).map(|index| text.sentence(index)).collect();
    assert_eq!(sentences, [[0, 1, 2], [0, 3, 4], [0, 5, 6]]);
}

#[test]
fn text_ignores_byte_order_mark_empty_lines_and_windows_line_ends() {
    let (text, vocabulary) = sentences("\u{feff}a b\r\n\r\n   \nb a\r\n");
    assert_eq!(vocabulary.words(), ["a", "b"]);
    assert_eq!(text.sentences(), 2);
    let (text, vocabulary) = read("a\r\n\r\nb", Granularity::Text, Tokenizer::Characters, false).unwrap();
    assert_eq!(vocabulary.decode(text.words()), "a\n\nb\n");
}

#[test]
fn text_composed_and_decomposed_letters_are_one_word() {
    let (_, vocabulary) = sentences("caf\u{e9} noir\ncafe\u{301} noir");
    assert_eq!(vocabulary.words(), ["café", "noir"]);
    assert_eq!(vocabulary.encode("cafe\u{301}"), Ok(vec![0]));
}

#[test]
fn sentence_of_one_word_is_rejected_without_end_of_sentence() {
    let text = "a b\n\n 苹果 \n";
    let error = read(text, Granularity::Sentences, Tokenizer::Words, false).unwrap_err();
    assert_eq!(error, OneWordSentence { line: 3, word: "苹果".to_owned() });
    let (text, vocabulary) = read(text, Granularity::Sentences, Tokenizer::Words, true).unwrap();
    assert_eq!(
        text.sentence(1).iter().map(|&id| vocabulary.word(id)).collect::<Vec<_>>(),
        ["<eos>", "苹果", "<eos>"],
        "its end comes before it, too: so its first word is learned"
    );
}

#[test]
fn corpus_rare_words_become_unknown() {
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
fn characters_per_word_is_none_with_unknown_words() {
    let text = "the cat sat\nthe elephant sat\n";
    let changes = ["corpus.end_of_sentence=true", "training.batch=1", "training.predict=every"];
    let corpus = load(text, &changes).unwrap();
    // 29 characters, and two ends of lines count as words
    assert_eq!((corpus.training().characters_per_word(), corpus.training().unknown_share()), (Some(29.0 / 8.0), 0.0));
    let corpus = load(text, &[&changes[..], &["corpus.min_count=2"]].concat()).unwrap();
    assert_eq!((corpus.training().characters_per_word(), corpus.training().unknown_share()), (None, 2.0 / 8.0));
}

#[test]
fn corpus_min_count_above_all_counts_is_rejected() {
    let error = load("the cat sat\nthe dog sat", &["corpus.min_count=3", "training.batch=1"]).unwrap_err();
    assert!(error.to_string().contains("no word occurs 3 times"), "{error}");
}

#[test]
fn prompt_line_breaks_are_words_in_characters_only() {
    let text = ["corpus.unit=text", "training.predict=every", "corpus.tokenizer=characters"];
    let corpus = load("a b\nb a\n", &text).unwrap();
    let ids = corpus.vocabulary().encode("a\r\nb").unwrap();
    assert_eq!(corpus.vocabulary().decode(&ids), "a\nb");
    let corpus = load("a b\nb a\n", &[]).unwrap();
    assert_eq!(corpus.vocabulary().encode("a\nb"), Ok(vec![0, 1]));
}

#[cfg(feature = "jieba")]
#[test]
fn jieba_decoding_restores_spaces_between_latin_words() {
    let corpus = load("我们 study LSTM and GRU 模型", &["corpus.tokenizer=jieba", "training.batch=1"]).unwrap();
    let ids = corpus.vocabulary().encode("我们study LSTM and GRU模型").unwrap();
    assert_eq!(corpus.vocabulary().decode(&ids), "我们study LSTM and GRU模型");
}

#[test]
fn validation_share_is_the_end_and_adds_no_words() {
    let corpus = load("a b\nc d\na c\nb b b b", &["corpus.validation=0.25", "corpus.min_count=2"]).unwrap();
    assert_eq!((corpus.training().sentences(), corpus.validation().unwrap().sentences()), (3, 1));
    assert_eq!(corpus.vocabulary().words(), ["<unk>", "a", "c"]);
    assert_eq!(corpus.validation().unwrap().sentence(0), [0, 0, 0, 0]);
    let text = ["corpus.unit=text", "training.predict=every", "training.batch=1", "corpus.validation=0.4"];
    let corpus = load("a b c d e", &text).unwrap();
    assert_eq!((corpus.training().words(), corpus.validation().unwrap().words()), (&[0, 1, 2][..], &[3, 4][..]));
}

#[test]
fn corpus_too_short_is_rejected() {
    let problem = |text, changes: &[&str]| load(text, changes).unwrap_err().to_string();
    assert!(problem("", &[]).contains("has no words to learn from"));
    assert!(problem("a b\nb a", &["corpus.validation=0.9"]).contains("nothing is left to learn from"));
    let text = ["corpus.unit=text", "training.predict=every"];
    assert!(problem("a b c", &[text[0], text[1], "training.batch=2"]).contains("expected at most 1"));
    assert!(problem("a b c d e f g h", &[text[0], text[1], "corpus.validation=0.05"]).contains("too little is left"));
}

#[test]
fn short_text_reduces_settings_except_those_of_the_command_line() {
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
fn text_with_unknown_mark_makes_it_the_unknown_word() {
    let text = ["corpus.unit=text", "training.predict=every", "training.batch=1"];
    let corpus = load("the <unk> sat on the <unk>", &text).unwrap();
    assert_eq!(corpus.vocabulary().unknown(), Some(0));
    assert_eq!(corpus.vocabulary().words(), ["<unk>", "the", "sat", "on"]);
    assert_eq!(corpus.encode("the zebra"), Ok(vec![1, 0]));
    assert_eq!(corpus.training().characters_per_word(), None);
}

#[test]
fn sentence_beginning_can_be_asked_with_end_of_sentence() {
    let changes = ["corpus.end_of_sentence=true", "training.predict=every", "training.batch=1"];
    let corpus = load("kim\nlea\n", &changes).unwrap();
    assert_eq!(corpus.vocabulary().words(), ["<eos>", "kim", "lea"]);
    assert_eq!(corpus.training().sentence(1), [0, 2, 0]);
    assert_eq!((corpus.encode(""), corpus.encode("lea")), (Ok(vec![0]), Ok(vec![0, 2])));
    assert_eq!(corpus.decode(&[0, 2, 0, 1]), "lea\nkim");
    assert_eq!((corpus.state_reset_word(), corpus.sentence_words(0)), (Some(0), &[1][..]));
    let corpus = load("a b\nb a", &["corpus.unit=text", "training.predict=every", "training.batch=1"]).unwrap();
    assert_eq!((corpus.encode(""), corpus.state_reset_word()), (Ok(vec![]), None));
}

#[test]
fn files_are_joined_in_order_and_folders_sorted() {
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
        Corpus::load(&mut Config::read(&Origin::toy(), &options).unwrap())
    };
    assert_eq!(words(&["b.txt", "a.txt"]).unwrap().vocabulary().words(), ["c", "d", "a", "b"]);
    assert_eq!(words(&[""]).unwrap().vocabulary().words(), ["a", "b", "c", "d"]);
    let error = words(&["mac", "one"]).unwrap_err().to_string();
    assert!(error.contains(&format!("line 3 of {} has one word, `x`", folder.path().join("mac").display())), "{error}");
    let error = words(&["a.txt", "one"]).unwrap_err().to_string();
    assert!(error.contains(&format!("line 1 of {} has one word, `e`", folder.path().join("one").display())), "{error}");
}

#[test]
fn quotation_over_several_lines_is_spaced_as_one() {
    let text = "\"Hello there, my\nfriend,\" he said. \"Go\non,\" she said.\n";
    let prose = ["corpus.unit=text", "corpus.tokenizer=prose", "training.predict=every", "training.batch=1"];
    let corpus = load(text, &prose).unwrap();
    let words = corpus.vocabulary().words();
    assert!(words.iter().all(|word| word.len() == 1 || word.chars().all(char::is_alphabetic)), "{words:?}");
    let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(corpus.decode(corpus.training().words()), spaced);
}

#[test]
fn lowercase_setting_lowercases_words() {
    assert_eq!(load("The THE the\nÄ ä", &["corpus.lowercase=true"]).unwrap().vocabulary().words(), ["the", "ä"]);
}

fn tokenizers() -> impl Strategy<Value = config::Tokenizer> {
    prop::sample::select(vec![config::Tokenizer::Words, config::Tokenizer::Prose, config::Tokenizer::Characters])
}

proptest! {
    #[test]
    fn sentences_are_the_words_of_their_lines(text in "\\PC{0,40}(\n\\PC{0,40}){0,4}") {
        if let Ok((read, vocabulary)) = read(&text, Granularity::Sentences, Tokenizer::Words, false) {
            let found: Vec<Vec<&str>> = (0..read.sentences())
                .map(|index| read.sentence(index).iter().map(|&id| vocabulary.word(id)).collect())
                .collect();
            let text = normalized(&text, false);
            let expected: Vec<Vec<&str>> = text
                .lines()
                .map(|line| line.split_whitespace().collect())
                .filter(|words: &Vec<_>| !words.is_empty())
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn running_text_in_characters_is_decoded_unchanged(text in "[ab \\n中e\u{301}]{0,60}") {
        let (read, vocabulary) = read(&text, Granularity::Text, Tokenizer::Characters, false).unwrap();
        let mut expected = normalized(&text, false).into_owned();
        if !expected.is_empty() && !expected.ends_with('\n') {
            expected.push('\n');
        }
        prop_assert_eq!(vocabulary.decode(read.words()), expected.clone());
        let characters = vocabulary.characters(read.words(), &vocabulary.lengths());
        prop_assert_eq!(characters, expected.graphemes(true).count());
    }

    #[test]
    fn corpus_any_text_and_settings_do_not_panic(
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
