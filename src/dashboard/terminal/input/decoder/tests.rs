//! Keys, pastes and answers among the bytes of a terminal.

use super::*;
use proptest::prelude::*;

/// The input decoded from bytes that arrive at once, followed by a pause.
fn received(bytes: &[u8]) -> Vec<Received> {
    let (mut decoder, mut received) = (Decoder::default(), Vec::new());
    bytes.iter().for_each(|byte| decoder.push(*byte, &mut |one| received.push(one)));
    decoder.give_up(&mut |one| received.push(one));
    received
}

/// The keys and pastes among the decoded input.
fn events(bytes: &[u8]) -> Vec<Event> {
    let event = |received| match received {
        Received::Event(event) => Some(event),
        Received::Cursor { .. } | Received::Text(_) => None,
    };
    received(bytes).into_iter().filter_map(event).collect()
}

fn key(c: char) -> Received {
    Received::Event(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)))
}

/// The decoded keys as `C-a`, `A-x`, `S-Up`, `中`.
fn keys(bytes: &[u8]) -> String {
    let name = |event: Event| match event {
        Event::Key(key) => {
            let held = [("S-", KeyModifiers::SHIFT), ("A-", KeyModifiers::ALT), ("C-", KeyModifiers::CONTROL)];
            let is_upper = matches!(key.code, KeyCode::Char(c) if c.is_uppercase());
            let held =
                held.into_iter().filter(|(name, held)| key.modifiers.contains(*held) && !(is_upper && *name == "S-"));
            held.map(|(name, _)| name).collect::<String>() + &key.code.to_string()
        }
        other => format!("{other:?}"),
    };
    events(bytes).into_iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn decoder_keys_of_terminals_are_decoded() {
    assert_eq!(keys("q? 中é".as_bytes()), "q ? Space 中 é");
    assert_eq!(keys(b"\r\t\x7f\x1b"), "Enter Tab Backspace Esc");
    assert_eq!(keys(b"\x01\x1a\0\x08"), "C-a C-z C-Space C-h");
    assert_eq!(keys(b"\x1b[A\x1bOB\x1b[1;5C\x1b[1;2D"), "Up Down C-Right S-Left");
    assert_eq!(keys(b"\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[3~\x1b[Z"), "Page Up Page Down Home End Del S-Back Tab");
    assert_eq!(keys(b"\x1bOP\x1b[15~\x1b[[A\x1b[24~"), "F1 F5 F1 F12");
    assert_eq!(keys("\x1bq\x1b中\x1b\x1b[A".as_bytes()), "Esc q Esc 中 Esc Up");
    assert_eq!(
        ["\x1bP", "\x1bX", "\x1b]", "\x1b["].map(|typed| keys(typed.as_bytes())),
        ["Esc P", "Esc X", "Esc ]", "Esc ["]
    );
    assert_eq!(keys(b"\x1b[113;5u\x1b[27;5;99~\x1b[97:65;1:1u"), "C-q C-c a");
}

#[test]
fn decoder_releases_are_ignored_and_keypad_is_decoded() {
    assert_eq!(keys(b"\x1b[115;1:3u\x1b[32;1:3u\x1b[1;1:3A\x1b[3;5:3~\x1b[1;1:3R"), "");
    assert_eq!(keys(b"\x1b[115;1:1u\x1b[115;1:2u\x1b[115;129u\x1b[1;1:2A"), "s s s Up", "repeated, with num lock");
    assert_eq!(keys(b"\x1b[57441;2u\x1b[57358u\x1b[57359;1:1u\x1b[63743u"), "");
    assert_eq!(keys(b"\x1b[57400;129u\x1b[57414u\x1b[57419u\x1b[57413u"), "1 Enter Up +");
}

#[test]
fn decoder_answers_of_terminal_are_not_keys() {
    let answers: [&[u8]; 10] = [
        b"\x1b[?2026;2$y",
        b"\x1b[?997;1n",
        b"\x1b[?1;1R",
        b"\x1b[24;80R",
        b"\x1b[>41;354;0c",
        b"\x1b]11;rgb:0000/ffff/0000\x1b\\",
        b"\x1b]11;rgb:0000/ffff/0000\x07",
        b"\x1bP>|xterm(390)\x1b\\",
        b"\x1b_Gi=1;OK\x1b\\",
        b"\x1b[<0;10;10M",
    ];
    for answer in answers {
        assert_eq!(keys(&[answer, b"q"].concat()), "q", "{}", answer.escape_ascii());
    }
    assert_eq!(keys(b"\x1b[M !!q"), "q", "a mouse report");
}

#[test]
fn decoder_text_answer_is_returned() {
    let text = |text: &str| Received::Text(text.to_owned());
    assert_eq!(received(b"\x1b]11;rgb:ff/ff/ff\x07q"), [text("11;rgb:ff/ff/ff"), key('q')]);
    assert_eq!(received(b"\x1b]11;rgb:ff/ff/ff\x1b\\q"), [text("11;rgb:ff/ff/ff"), key('q')]);
}

#[test]
fn decoder_cursor_report_is_returned() {
    assert_eq!(received(b"\x1b[1;3Rq"), [Received::Cursor { row: 1, column: 3 }, key('q')]);
}

#[test]
fn decoder_incomplete_sequence_ends_by_pause_or_ctrl_c() {
    for beginning in ["\x1b[<", "\x1b[?20", "\x1b]11;rgb:", "\x1bP>|x", "\x1b[[", "\x1b[M", "\u{4e2d}"] {
        let bytes = beginning.as_bytes();
        let bytes = if beginning == "\u{4e2d}" { &bytes[..2] } else { bytes };
        let (mut decoder, mut found) = (Decoder::default(), Vec::new());
        bytes.iter().for_each(|byte| decoder.push(*byte, &mut |event| found.push(event)));
        assert!(decoder.timeout().is_some(), "{beginning:?}");
        decoder.give_up(&mut |_| {});
        assert!(decoder.timeout().is_none());
        decoder.push(b'q', &mut |event| found.push(event));
        assert_eq!(found, [key('q')], "{beginning:?}");
        assert_eq!(keys(&[bytes, b"\x03"].concat()), "C-c", "{beginning:?}");
    }
}

#[test]
fn decoder_paste_is_one_text() {
    let pasted = |text: &str| Event::Paste(text.to_owned());
    assert_eq!(events("\x1b[200~我 爱\rq\x1b[201~".as_bytes()), [pasted("我 爱\rq")]);
    assert_eq!(events(b"\x1b[200~never closed"), [pasted("never closed")]);
    assert_eq!(events(b"\x1b[200~a\x1b[20b\x1b[201~"), [pasted("a\x1b[20b")]);
    assert_eq!(events(b"\x1b[200~never closed\x1b"), [pasted("never closed"), Event::Key(KeyCode::Esc.into())]);
}

#[test]
fn decoder_long_paste_comes_in_pieces_without_loss() {
    let paste = |text: &str| {
        let mut pieces = events(&[b"\x1b[200~", text.as_bytes(), b"\x1b[201~q"].concat());
        assert_eq!(pieces.pop(), Some(Event::Key(KeyCode::Char('q').into())), "it has ended");
        let text = |piece: Event| match piece {
            Event::Paste(text) => text,
            other => format!("{other:?}"),
        };
        pieces.into_iter().map(text).collect::<Vec<_>>()
    };
    for length in paste::LONGEST_PIECE - 8..paste::LONGEST_PIECE + 8 {
        let text = "x".repeat(length);
        assert_eq!(paste(&text).concat(), text, "{length}");
    }
    let text = "爱é𝄞 ".repeat(paste::LONGEST_PIECE / 2);
    let pieces = paste(&text);
    assert!(pieces.iter().all(|piece| piece.len() <= paste::LONGEST_PIECE) && pieces.len() > 4);
    assert_eq!(pieces.concat(), text);
}

#[test]
fn decoder_ctrl_c_ends_paste_and_discards_rest() {
    let (c, pasted) = (
        || Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)),
        |text: &str| Event::Paste(text.to_owned()),
    );
    assert_eq!(events(b"\x1b[200~one\x03"), [pasted("one"), c()]);
    assert_eq!(events(b"\x1b[200~\x03\x03"), [c(), c()]);
    let q = Event::Key(KeyCode::Char('q').into());
    assert_eq!(events(b"\x1b[200~one\x03rest R \x1b[201~q"), [pasted("one"), c(), q]);
}

#[test]
fn decoder_keys_like_text_start_are_keys() {
    assert_eq!(keys(b"\x1b]ab"), "Esc ] a b");
    assert_eq!(keys(b"\x1bPq"), "Esc P q");
    assert_eq!(keys(b"\x1b_q"), "Esc _ q");
    // an unterminated control string ends at Escape and at control characters
    for (bytes, expected) in [
        (&b"\x1b]11;rgb\x1b"[..], "Esc"),
        (b"\x1b]11;rgb\x1b[A", "Up"),
        (b"\x1b]11;rgb\rq", "Enter q"),
        (b"\x1bP>|x\tq", "Tab q"),
        (b"\x1bP1+r\x7fq", "Backspace q"),
        (b"\x1b]11;rgb\x1b\x1b", "Esc Esc"),
    ] {
        assert_eq!(keys(bytes), expected, "{}", bytes.escape_ascii());
    }
    // no byte of a long control string becomes a key
    let clipboard = [&b"\x1b]52;c;"[..], &vec![b'q'; 1 << 20], b"\x07z"].concat();
    assert_eq!(keys(&clipboard), "z");
}

/// Random bytes, many of them from sequences.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let sequence_bytes =
        prop::sample::select(b"\x1b\x1b[O<?;:0123456789~uABCDHFIZMmRPQSc\x9b\xc2\xe4\xb8\xad\x07\\]_".as_slice());
    let pastes =
        prop::sample::select(vec![b"\x1b[200~".as_slice(), b"\x1b[201~", b"\x1b[M", b"\x1b[<0;1;1M", b"\x1b[27;5;65~"]);
    let piece = prop_oneof![
        3 => any::<u8>().prop_map(|byte| vec![byte]),
        6 => sequence_bytes.prop_map(|byte| vec![byte]),
        1 => pastes.prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn decoder_after_any_bytes_and_pause_decodes_next_key(bytes in bytes()) {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        bytes.iter().for_each(|byte| decoder.push(*byte, &mut |_| {}));
        decoder.give_up(&mut |_| {});
        decoder.push(b'k', &mut |event| events.push(event));
        prop_assert_eq!(events, [key('k')]);
    }

    #[test]
    fn decoder_typed_text_is_its_characters(text in "[^\\x00-\\x1f\\x7f\u{80}-\u{9f}]{0,30}") {
        let typed = events(text.as_bytes()).into_iter().map(|event| match event {
            Event::Key(KeyEvent { code: KeyCode::Char(c), .. }) => c,
            _ => '\0',
        });
        prop_assert_eq!(typed.collect::<String>(), text);
    }
}
