//! Messages in Chinese.
//!
//! What goes wrong is said in English where it happens. [`in_chinese`] finds the English sentence in the [`catalogue`] and says the
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
        format!("{indent}{}{}", &text[..lead], sentence(&text[lead..]).unwrap_or_else(|| text[lead..].to_owned()))
    };
    let beginning = BEGINNINGS.iter().find(|(english, _)| message.starts_with(english));
    let (english, chinese) = beginning.copied().unwrap_or_default();
    let lines: Vec<_> = message[english.len()..].split('\n').map(in_chinese).collect();
    chinese.to_owned() + &lines.join("\n")
}

/// A sentence in Chinese, if there is one for it, or for a part of it.
fn sentence(text: &str) -> Option<String> {
    let pairs = PAIRS.iter().flat_map(|(_, pairs)| pairs.iter());
    let fitting = pairs.filter_map(|pair| Some((pair, found(pair.0, text)?)));
    // the sentence that says most itself
    let said = |pair: &Pair| literals(pair.0).map(str::len).sum::<usize>();
    let mut fitting: Vec<_> = fitting.collect();
    fitting.sort_by_key(|(pair, _)| std::cmp::Reverse(said(pair)));
    fitting.into_iter().find_map(|((english, chinese), values)| {
        let translated: Vec<_> = values.iter().map(|value| sentence(value)).collect();
        // a colon or a semicolon alone says nothing
        let says_something = literals(english).any(|literal| literal.chars().any(char::is_alphabetic));
        (says_something || translated.iter().any(Option::is_some)).then(|| {
            let values = translated.into_iter().zip(values);
            let filled = |text: String, (at, (new, old)): (usize, (Option<String>, &str))| {
                text.replace(&format!("{{{at}}}"), &new.unwrap_or_else(|| old.to_owned()))
            };
            values.enumerate().fold((*chinese).to_owned(), filled)
        })
    })
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
    let is_composed = literals.iter().all(|literal| !literal.contains(char::is_alphabetic));
    let begins_later = first.is_empty() && values[0].contains(": ") && !is_composed;
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
            in_chinese(&text);
        }

        #[test]
        fn what_is_no_message_stays(text in "[\u{4e00}-\u{4eff}\n]{0,40}") {
            prop_assert_eq!(in_chinese(&text), text);
        }
    }
}
