//! Messages in Chinese.
//!
//! What goes wrong is said in English where it happens. [`in_chinese`] finds the English sentence in its catalogue and says the
//! Chinese one, with the same names, numbers and paths. What the catalogue does not have stays as it is.

mod catalogue;

use catalogue::PAIRS;

/// An English sentence with `{0}`, `{1}` … for what differs, and the Chinese one.
type Pair = (&'static str, &'static str);

/// The English sentences of this program, to compare them with what it says; not those of others that it repeats.
pub fn english() -> impl Iterator<Item = &'static str> {
    let own = PAIRS.iter().filter(|(room, _)| !catalogue::NOT_IN_ONE_PIECE.contains(room));
    own.flat_map(|(_, pairs)| pairs.iter()).map(|(english, _)| *english)
}

/// What messages begin with.
const BEGINNINGS: [Pair; 2] = [("error: ", "错误："), ("warning: ", "警告：")];

/// A message of one or more lines in Chinese.
#[must_use]
pub fn in_chinese(message: &str) -> String {
    let in_chinese = |line: &str| {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        let lead = text.find(|c| c != '!').unwrap_or(0); // marks of a table
        format!("{indent}{}{}", &text[..lead], parts(&text[lead..], 0).unwrap_or_else(|| text[lead..].to_owned()))
    };
    let beginning = BEGINNINGS.iter().find(|(english, _)| message.starts_with(english));
    let (english, chinese) = beginning.copied().unwrap_or_default();
    let lines: Vec<_> = message[english.len()..].split('\n').map(in_chinese).collect();
    chinese.to_owned() + &lines.join("\n")
}

/// What stands between the parts of a message, in English and in Chinese.
const SEPARATORS: [Pair; 2] = [(": ", "："), ("; ", "；")];

/// A message of more parts, or of more messages in one another, is nothing that is said: a user's text may be anything.
const MOST_PARTS: usize = 16;
const DEEPEST: usize = 4;

/// A message of parts, each a sentence or a place, in Chinese, if there is a sentence for any of them.
fn parts(text: &str, depth: usize) -> Option<String> {
    let separator = |at: usize| SEPARATORS.iter().find(|(english, _)| text[at..].starts_with(english));
    let separators: Vec<_> = text.char_indices().filter_map(|(at, _)| Some((at, separator(at)?))).collect();
    if separators.len() > MOST_PARTS {
        return None;
    }
    let (mut chinese, mut start, mut is_known) = (String::new(), 0, false);
    loop {
        let ends = separators.iter().filter(|(at, _)| *at >= start).map(|(at, pair)| (*at, Some(*pair)));
        let ends: Vec<_> = ends.chain([(text.len(), None)]).collect();
        // the longest part that is a sentence; else what is up to the next separator
        let known = ends.iter().rev().find_map(|(at, pair)| Some((sentence(&text[start..*at], depth)?, *at, *pair)));
        is_known |= known.is_some();
        let (part, at, pair) = known.unwrap_or_else(|| (text[start..ends[0].0].to_owned(), ends[0].0, ends[0].1));
        chinese += &part;
        let Some((english, between)) = pair else { return is_known.then_some(chinese) };
        chinese += between;
        start = at + english.len();
    }
}

/// A sentence in Chinese, if there is one for it.
fn sentence(text: &str, depth: usize) -> Option<String> {
    let pairs = PAIRS.iter().flat_map(|(_, pairs)| pairs.iter());
    let fitting = pairs.filter_map(|pair| Some((pair, found(pair.0, text)?)));
    // the one that says most itself
    let said = |pair: &Pair| literals(pair.0).map(str::len).sum::<usize>();
    let ((_, chinese), values) = fitting.max_by_key(|(pair, _)| said(pair))?;
    let inside = |value: &&str| if depth < DEEPEST { parts(value, depth + 1) } else { None };
    let values: Vec<_> = values.iter().map(|value| inside(value).unwrap_or_else(|| (*value).to_owned())).collect();
    Some(filled(chinese, &values))
}

/// A sentence with values in its places.
fn filled(chinese: &str, values: &[String]) -> String {
    let mut pieces = chinese.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, after) = piece.split_once('}').unwrap_or((piece, ""));
        let value = number.parse::<usize>().ok().and_then(|number| values.get(number));
        text += value.map_or("", String::as_str);
        text += after;
    }
    text
}

/// What a sentence says itself, between its placeholders.
fn literals(english: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(english);
    let mut number = 0;
    std::iter::from_fn(move || {
        let text = rest?;
        let placeholder = format!("{{{number}}}");
        number += 1;
        let (literal, after) = match text.split_once(placeholder.as_str()) {
            Some((literal, after)) => (literal, Some(after)),
            None => (text, None),
        };
        rest = after;
        Some(literal)
    })
}

/// What stands in the places of the placeholders, if `text` is this sentence.
fn found<'t>(english: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let literals: Vec<_> = literals(english).collect();
    let (first, others) = literals.split_first()?;
    let mut rest = text.strip_prefix(first)?;
    let Some((last, between)) = others.split_last() else { return rest.is_empty().then(Vec::new) };
    let mut values = Vec::new();
    for literal in between {
        let (value, after) = rest.split_once(literal)?;
        values.push(value);
        rest = after;
    }
    values.push(rest.strip_suffix(last)?);
    // what stands before a colon is a place, and no part of the sentence
    let says_nothing = |literal: &&str| !literal.contains(char::is_alphabetic);
    let begins_later = says_nothing(first) && values[0].contains(": ");
    (!begins_later && values.iter().all(|value| !value.is_empty())).then_some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_numbers_and_places_stay_and_what_is_inside_is_translated_too() {
        assert_eq!(
            in_chinese("lesson.toml:3: `training.batch = 0`: expected a whole number from 1 to 1048576"),
            "lesson.toml:3：`training.batch = 0`：应为 1 到 1048576 的整数"
        );
        assert_eq!(
            in_chinese("unknown key `training.bacth`\n  did you mean `batch`? `training` has batch, clip"),
            "未知的键 `training.bacth`\n  您是不是指 `batch`？`training` 有 batch, clip"
        );
    }

    #[test]
    fn a_place_before_a_colon_is_no_part_of_the_sentence() {
        assert_eq!(in_chinese("--set a=b: `a.b = 3`: `q` is no key"), "--set a=b：`a.b = 3`：`q` 不是一个键");
        assert_eq!(in_chinese("error: x: a.toml is a folder"), "错误：x：a.toml 是文件夹");
    }

    #[test]
    fn what_a_user_writes_is_not_taken_for_a_place_and_takes_no_time() {
        assert_eq!(in_chinese("--set title={1}: unknown key `{0}`"), "--set title={1}：未知的键 `{0}`");
        let long = "x: y; ".repeat(10_000);
        assert_eq!(in_chinese(&long), long);
    }

    #[test]
    fn a_sentence_that_is_not_known_stays() {
        assert_eq!(in_chinese("some other words: 3"), "some other words: 3");
    }

    #[test]
    fn every_pair_has_the_same_places() {
        for (english, chinese) in PAIRS.iter().flat_map(|(_, pairs)| pairs.iter()) {
            let places = literals(english).count() - 1;
            for place in 0..places {
                assert!(chinese.contains(&format!("{{{place}}}")), "{chinese}");
            }
            assert!(!chinese.contains(&format!("{{{places}}}")), "{chinese}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_translation(text in "(\\PC|\n|: |; |expected |`){0,40}") {
            let _ = in_chinese(&text);
        }

        #[test]
        fn what_is_no_message_stays(text in "[\u{4e00}-\u{4eff}\n]{0,40}") {
            prop_assert_eq!(in_chinese(&text), text);
        }
    }
}
