//! The prompt panel: the line being typed, and answers.

use super::*;

#[test]
fn unknown_mark_is_dimmed_and_never_ranked_first() {
    let mut observed = fixture::running();
    let answer = observed.answer_mut();
    answer.unknown = Some(answer.trace.ranking()[0].0); // 挨打, for once
    let terminal = drawn(80, 24, &dashboard_after(&[]), &observed);
    let buffer = terminal.backend().buffer();
    let row_of = |word: &str| (14..23).find(|row| buffer[(1, *row)].symbol() == word).unwrap();
    let (unknown, best) = (row_of("挨"), row_of("爸"));
    assert_eq!(unknown, best + 1);
    assert_eq!(buffer[(1, unknown)].fg, Theme::new(Colours::Indexed).quiet().fg.unwrap());
    assert_eq!(buffer[(1, best)].fg, Color::Reset);
}

#[test]
fn unknown_word_is_reported() {
    assert_snapshot!(focused(80, 24, &typed("i"), &fixture::refused()));
}

#[test]
fn completions_are_listed() {
    let keys = [typed("i我 "), vec![KeyCode::Tab, KeyCode::Tab, KeyCode::Tab]].concat();
    assert_snapshot!(focused(80, 24, &keys, &fixture::running()));
}

#[test]
fn cursor_is_after_typed_text() {
    let mut terminal = drawn(80, 24, &dashboard_after(&typed("i我 爱")), &fixture::running());
    let cursor = terminal.get_cursor_position().unwrap();
    let prompt = 1 + 2 + 5; // border, mark, 我 爱
    assert_eq!((cursor.x, cursor.y), (prompt, 14));
}

#[test]
fn answer_with_nan_is_reported() {
    let mut observed = fixture::running();
    observed.answer_mut().trace.distribution.fill(f32::NAN);
    observed.run_mut().pinned.iter_mut().for_each(|pin| pin.probability = f32::NAN);
    let seen = screen(80, 24, &[], &observed);
    assert!(seen.contains("no answer: the numbers are not finite") && !seen.contains("0 of 0"), "{seen}");
    assert!(!seen.contains("entropy") && !seen.contains("NaN"), "{seen}");
}
