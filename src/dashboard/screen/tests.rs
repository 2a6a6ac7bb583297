//! What is on the screen: the whole of it, and what must be there whatever the size.

mod class;
mod forms;
mod runs;

use std::fmt::Write;

use crate::columns::Columns;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::*;
use crate::dashboard::language::Language;
use crate::dashboard::{Colours, Glyphs, Notice, Theme, Zoom, fixture};
use crate::learning::{Answer, Continuation, RunInfo, StepReport};
use crate::model::{QuantityKind, Trace};

fn view_after(keys: &[KeyCode]) -> View {
    view_of(keys, &fixture::running())
}

fn view_of(keys: &[KeyCode], observed: &Observed) -> View {
    let mut view = View::new(Theme::new(Colours::Indexed), Language::English, &["我 喜欢".to_owned()]);
    for code in keys {
        view.handle(&Event::Key(KeyEvent::new(*code, KeyModifiers::NONE)), observed);
    }
    view
}

fn typed(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

fn drawn(width: u16, height: u16, view: &View, observed: &Observed) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| render(frame, view, observed)).unwrap();
    terminal
}

fn screen(width: u16, height: u16, keys: &[KeyCode], observed: &Observed) -> String {
    text(&drawn(width, height, &view_of(keys, observed), observed))
}

/// The background behind a number of the heatmap.
fn background(terminal: &Terminal<TestBackend>, number: &str) -> Color {
    let buffer = terminal.backend().buffer();
    let text: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
    let at = (0..text.len() - 5).find(|at| text[*at..at + 5].concat() == number).unwrap();
    buffer.content[at].bg
}

/// What is to be read of a part of the screen: a wide character covers the cell behind it.
fn text_of(terminal: &Terminal<TestBackend>, part: Rect) -> String {
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for row in part.rows() {
        let mut covered = 0;
        for at in row.columns() {
            let symbol = buffer[(at.x, at.y)].symbol();
            if covered == 0 {
                text.push_str(symbol);
                covered = symbol.columns();
            }
            covered -= 1;
        }
        text.push('\n');
    }
    text
}

/// What is to be read of the whole of it.
fn text(terminal: &Terminal<TestBackend>) -> String {
    text_of(terminal, terminal.backend().buffer().area)
}

/// What is to be read of one panel; of one that has no place there, of the screen between header and footer.
fn panel_of(panel: PanelName, terminal: &Terminal<TestBackend>, view: &View, observed: &Observed) -> String {
    let area = terminal.backend().buffer().area;
    let [_, body, _] = rows(area, observed);
    let places = panels(body, density(area), view, observed);
    let place = places.into_iter().find(|(name, _)| *name == panel);
    text_of(terminal, place.map_or(body, |(_, place)| place))
}

/// The panel with the keys after these keys.
fn focused(width: u16, height: u16, keys: &[KeyCode], observed: &Observed) -> String {
    let view = view_of(keys, observed);
    panel_of(view.panel, &drawn(width, height, &view, observed), &view, observed)
}

/// The help or the model editor after these keys, with nothing behind it.
fn popup(width: u16, height: u16, keys: &[KeyCode], observed: &Observed) -> String {
    let view = view_of(keys, observed);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let draw = |frame: &mut Frame<'_>| {
        let area = frame.area();
        let ctx = RenderContext::new(observed, &view, density(area));
        view.help.into_iter().for_each(|scroll| help::render(frame, area, scroll, ctx));
        view.editor.iter().for_each(|editor| model::render(frame, area, editor, ctx));
    };
    terminal.draw(draw).unwrap();
    text(&terminal)
}

fn header(width: u16, height: u16, keys: &[KeyCode], observed: &Observed) -> String {
    let terminal = drawn(width, height, &view_of(keys, observed), observed);
    let [header, ..] = rows(terminal.backend().buffer().area, observed);
    text_of(&terminal, header)
}

#[test]
fn training_at_80x24() {
    assert_snapshot!(screen(80, 24, &[], &fixture::running()));
}

#[test]
fn training_at_120x40() {
    assert_snapshot!(screen(120, 40, &[], &fixture::running()));
}

#[test]
fn training_at_40x12() {
    let observed = fixture::running();
    let parts =
        [header(40, 12, &[], &observed), focused(40, 12, &typed("1"), &observed), focused(40, 12, &[], &observed)];
    assert_snapshot!(parts.concat());
}

#[test]
fn a_run_that_validates_has_more_in_its_header_and_two_curves() {
    let observed = fixture::validating();
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let parts = header(width, height, &[], &observed) + &focused(width, height, &typed("1"), &observed);
        assert_snapshot!(format!("a_run_that_validates_at_{width}x{height}"), parts);
    }
}

#[test]
fn before_the_first_step() {
    let observed = fixture::untouched();
    assert_snapshot!(focused(80, 24, &typed("1"), &observed) + &focused(80, 24, &[], &observed));
}

#[test]
fn what_stands_for_unknown_words_is_dimmed_and_never_the_first_answer() {
    let mut observed = fixture::running();
    let answer = observed.answer_mut();
    answer.unknown = Some(answer.trace.ranking()[0].0); // 挨打, for once
    let terminal = drawn(80, 24, &view_after(&[]), &observed);
    let buffer = terminal.backend().buffer();
    let row_of = |word: &str| (14..23).find(|row| buffer[(1, *row)].symbol() == word).unwrap();
    let (unknown, best) = (row_of("挨"), row_of("爸"));
    assert_eq!(unknown, best + 1);
    assert_eq!(buffer[(1, unknown)].fg, Theme::new(Colours::Indexed).quiet().fg.unwrap());
    assert_eq!(buffer[(1, best)].fg, Color::Reset);
}

#[test]
fn an_unknown_word() {
    assert_snapshot!(focused(80, 24, &typed("i"), &fixture::refused()));
}

#[test]
fn completing_a_word() {
    let keys = [typed("i我 "), vec![KeyCode::Tab, KeyCode::Tab, KeyCode::Tab]].concat();
    assert_snapshot!(focused(80, 24, &keys, &fixture::running()));
}

#[test]
fn a_long_path_or_title_leaves_room_for_the_rest() {
    let mut observed = fixture::running();
    let run = (*observed.run().snapshot.run).clone();
    let file = format!("/home/somebody/{}/lesson.toml", "folder/".repeat(20));
    observed.snapshot_mut().run = RunInfo { file, title: "三个 句子 ".repeat(20), ..run }.into();
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let seen = screen(width, height, &[], &observed);
        for part in ["LSTM 7→2→2→7", "83 weights", "lesson.toml", "loss 0.0912", "perplexity 1.10", "1234/5000"] {
            assert!(seen.contains(part), "{part} at {width}×{height}:\n{seen}");
        }
    }
}

#[test]
fn a_panic_of_the_trainer() {
    assert_snapshot!(header(80, 24, &[], &fixture::panicked()) + &focused(80, 24, &typed("1"), &fixture::panicked()));
}

#[test]
fn the_forget_gate_and_its_arithmetic() {
    assert_snapshot!(focused(80, 24, &typed("2]]]"), &fixture::running()));
}

#[test]
fn the_forget_gate_on_the_whole_screen_in_chinese() {
    assert_snapshot!(focused(120, 40, &typed("2]]]zL"), &fixture::running()));
}

#[test]
fn the_loss_closer_on_a_log_scale_under_a_cursor() {
    let keys = [typed("1yk"), vec![KeyCode::Left; 30]].concat();
    assert_snapshot!(focused(80, 24, &keys, &fixture::validating()));
}

#[test]
fn the_gradient_norm_and_where_it_is_clipped() {
    assert_snapshot!(focused(120, 40, &typed("1]]z"), &fixture::validating()));
}

#[test]
fn the_learning_rate() {
    assert_snapshot!(focused(80, 24, &typed("1["), &fixture::validating()));
}

#[test]
fn after_a_restart_the_run_before_is_still_there() {
    assert_snapshot!(focused(80, 24, &typed("1"), &fixture::restarted()));
}

#[test]
fn all_units_and_steps_at_once() {
    let (mut view, observed) = (view_after(&typed("2oz")), fixture::large());
    view.theme = Theme::new(Colours::None);
    assert_snapshot!(panel_of(PanelName::Heatmap, &drawn(80, 24, &view, &observed), &view, &observed));
}

#[test]
fn the_path_of_two_units_is_exact() {
    assert_snapshot!(focused(80, 24, &typed("5"), &fixture::running()));
}

#[test]
fn the_path_of_many_units_is_that_of_two_principal_components() {
    assert_snapshot!(focused(120, 40, &typed("5zL"), &fixture::large()));
}

#[test]
fn the_shapes_of_a_step_beside_the_loss() {
    assert_snapshot!(focused(80, 24, &typed("6jj"), &fixture::running()));
}

#[test]
fn the_shapes_of_a_step_on_the_whole_screen() {
    assert_snapshot!(focused(120, 40, &typed("6zL"), &fixture::running()));
}

#[test]
fn gradient_flow_beside_the_loss() {
    assert_snapshot!(focused(80, 24, &typed("3"), &fixture::running()));
}

#[test]
fn gradient_flow_of_many_steps_on_the_whole_screen() {
    assert_snapshot!(focused(120, 40, &typed("3z"), &fixture::large()));
}

#[test]
fn a_run_that_validates_in_chinese() {
    let observed = fixture::validating();
    assert_snapshot!(header(80, 24, &typed("L"), &observed) + &focused(80, 24, &typed("L1"), &observed));
}

#[test]
fn attention_beside_the_loss_at_80x24() {
    assert_snapshot!(focused(80, 24, &typed("7"), &fixture::transformer()));
}

#[test]
fn a_transformer_at_120x40_has_attention_where_others_have_states() {
    assert_snapshot!(focused(120, 40, &typed("7"), &fixture::transformer()));
}

#[test]
fn every_head_and_what_one_of_them_reads_on_the_whole_screen() {
    let keys = [typed("7zh"), vec![KeyCode::Down]].concat();
    assert_snapshot!(focused(80, 24, &keys, &fixture::transformer()));
}

#[test]
fn the_mean_of_all_heads_in_chinese_without_colours() {
    let observed = fixture::transformer();
    let mut view = View::new(Theme::new(Colours::None), Language::Chinese, &[]);
    for key in ['7', 'z', 'j', 'j', 'j', 'j'] {
        view.handle(&Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)), &observed);
    }
    assert_snapshot!(panel_of(view.panel, &drawn(100, 30, &view, &observed), &view, &observed));
}

#[test]
fn a_model_without_heads_has_no_attention() {
    assert!(screen(80, 24, &typed("7"), &fixture::running()).contains("this model has no attention"));
    assert!(!screen(200, 60, &[], &fixture::running()).contains("attention"));
}

#[test]
fn another_model_that_is_thought_of() {
    assert_snapshot!(popup(80, 24, &typed("mjl"), &fixture::running()));
}

#[test]
fn a_learning_rate_changed_by_hand_is_told() {
    let step = StepReport { learning_rate: 0.1, gradient_norm: 0.3, ..StepReport::default() };
    let mut observed = fixture::running();
    let changed = observed.snapshot_mut();
    (changed.rate_factor, changed.next_learning_rate) = (0.5, 0.05);
    changed.record.last_step = Some(step);
    let seen = screen(80, 24, &[], &observed);
    assert!(seen.contains("rate 5.0e-2 (÷2)"), "{seen}");
}

#[test]
fn a_question_before_work_is_lost() {
    let seen = screen(80, 24, &typed("r"), &fixture::running());
    assert!(seen.contains("restart and lose 1234 steps? again r: yes, any other key: no"), "{seen}");
    let seen = screen(80, 24, &typed("Lq"), &fixture::running());
    assert!(seen.contains("退出会丢失 1234 步：再按 q 确认，按其他键取消"), "{seen}");
}

#[test]
fn the_help() {
    assert_snapshot!(popup(80, 24, &typed("?"), &fixture::running()));
}

#[test]
fn the_help_on_a_small_screen() {
    assert_snapshot!(popup(40, 12, &typed("?"), &fixture::running()));
}

#[test]
fn more_units_steps_and_words_than_fit() {
    assert_snapshot!(focused(80, 24, &typed("2"), &fixture::large()) + &focused(80, 24, &[], &fixture::large()));
}

#[test]
fn a_screen_that_is_too_small_says_what_it_needs() {
    assert_snapshot!(screen(20, 5, &[], &fixture::running()));
}

#[test]
fn without_colours_numbers_tell_everything() {
    let (view, observed) = (View::new(Theme::new(Colours::None), Language::English, &[]), fixture::large());
    let terminal = drawn(80, 24, &view, &observed);
    assert_snapshot!(panel_of(PanelName::Heatmap, &terminal, &view, &observed));
    let cells = &terminal.backend().buffer().content;
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

#[test]
fn with_sixteen_colours_signs_still_differ() {
    let view = View::new(Theme::new(Colours::Sixteen), Language::English, &[]);
    let terminal = drawn(80, 24, &view, &fixture::running());
    let colours = ["+0.42", "-0.07", "-0.96", "+0.71"].map(|number| background(&terminal, number));
    assert_eq!(colours, [Color::Yellow, Color::Reset, Color::LightBlue, Color::LightYellow]);
    let few = |colour: Color| !matches!(colour, Color::Indexed(_) | Color::Rgb(..));
    assert!(terminal.backend().buffer().content.iter().all(|cell| few(cell.fg) && few(cell.bg)));
}

#[test]
fn the_cursor_stands_where_the_next_character_goes() {
    let mut terminal = drawn(80, 24, &view_after(&typed("i我 爱")), &fixture::running());
    let cursor = terminal.get_cursor_position().unwrap();
    let prompt = 1 + 2 + 5; // border, mark, 我 爱
    assert_eq!((cursor.x, cursor.y), (prompt, 14));
}

#[test]
fn positive_and_negative_values_differ_in_colour() {
    let terminal = drawn(80, 24, &view_after(&[]), &fixture::running());
    let colours = ["+0.42", "-0.07", "-0.96", "+0.71"].map(|number| background(&terminal, number));
    assert_eq!(colours, [94, 237, 75, 136].map(Color::Indexed));
}

#[test]
fn no_size_is_too_small_to_draw() {
    let snapshots = [
        fixture::running(),
        fixture::untouched(),
        fixture::refused(),
        fixture::panicked(),
        fixture::large(),
        fixture::validating(),
    ];
    let typing = [typed("i我 "), vec![KeyCode::Tab]].concat();
    let views = [view_after(&[]), view_after(&typing), view_after(&typed("?"))];
    for (width, height) in (1..=90).step_by(3).flat_map(|width| (1..=30).map(move |height| (width, height))) {
        let (snapshot, view) = (usize::from(width + height) % 6, usize::from(width / 3 + height) % 3);
        drawn(width, height, &views[view], &snapshots[snapshot]);
    }
}

#[test]
fn with_a_keyboards_characters_nothing_else_is_drawn() {
    let mut observed = fixture::large(); // its words are ASCII
    observed.run_mut().pinned.clear();
    for keys in ["1", "1y", "2", "2]]]", "3", "3]]", "4", "5", "6", "7", "8", "?", "m", "i", "r"] {
        for (width, height) in [(36, 10), (40, 12), (80, 24), (200, 60)] {
            let mut view = view_after(&typed(keys));
            view.theme.glyphs = Glyphs::Ascii;
            let seen = text(&drawn(width, height, &view, &observed)).replace("中文界面", "");
            assert!(seen.is_ascii(), "{keys} at {width}×{height}:\n{seen}");
        }
    }
}

#[test]
fn words_of_both_languages_fit_their_places() {
    // what does not fit is cut with an ellipsis, as a long prompt may be; at 80 columns no title, label or help needs one
    for (keys, mut observed) in [
        ("1", fixture::validating()),
        ("2", fixture::running()),
        ("3", fixture::running()),
        ("4", fixture::continued()),
        ("5", fixture::running()),
        ("6", fixture::running()),
        ("7", fixture::running()),
        ("8", fixture::restarted()),
        ("?", fixture::running()),
        ("m", fixture::running()),
        ("r", fixture::running()),
        ("q", fixture::running()),
        ("4", fixture::panicked()),
        ("1", fixture::replayed()),
    ] {
        observed.run_mut().pinned.clear();
        for language in Language::ALL {
            let mut view = view_after(&typed(keys));
            view.language = language;
            let seen = text(&drawn(80, 24, &view, &observed));
            let cut: Vec<&str> = seen.lines().filter(|line| line.contains('…')).collect();
            assert!(cut.is_empty(), "{keys} in {language:?}: {cut:?}");
        }
    }
}

#[test]
fn a_run_that_cannot_be_saved_says_so_in_both_languages() {
    assert_snapshot!(header(80, 24, &[], &fixture::not_saved()));
    let chinese = screen(40, 12, &typed("L"), &fixture::not_saved());
    assert!(chinese.contains("未能保存：") && chinese.contains("第 1200 步未保存"), "{chinese}");
}

#[test]
fn a_run_that_is_played_again() {
    let observed = fixture::replayed();
    assert_snapshot!(header(80, 24, &[], &observed) + &focused(80, 24, &typed("1"), &observed));
}

#[test]
fn a_run_that_is_played_again_in_chinese_on_a_small_screen() {
    assert_snapshot!(header(40, 12, &typed("L"), &fixture::replayed()));
}

#[test]
fn what_was_exported_is_said_at_the_bottom() {
    let bottom = |notice| {
        let mut view = view_after(&[]);
        view.notice = Some(notice);
        text(&drawn(80, 24, &view, &fixture::running())).lines().last().unwrap().trim_end().to_owned()
    };
    let folder = "runs/toy/export/step-1234";
    assert_eq!(bottom(Notice::Exported(folder.to_owned())), format!("exported to {folder}"));
    let full = std::io::Error::other("No space left");
    assert_eq!(bottom(Notice::NotExported(full.into())), "NOT EXPORTED: No space left");
    assert_eq!(bottom(Notice::Warning("it is\x1b damaged".into())), "it is\\u{1b} damaged");
}

#[test]
fn at_an_earlier_moment_everything_in_the_header_is_of_then() {
    let mut observed = fixture::validating();
    observed.run_mut().playback.shown = Some(500);
    assert_snapshot!(header(120, 40, &[], &observed));
}

#[test]
fn a_text_of_wide_characters_stays_inside_its_frame() {
    for count in 10..60 {
        let mut observed = fixture::continued();
        let prompt = observed.run().answer.as_ref().unwrap().prompt.clone();
        let text = format!("{prompt} {}", "挨打 ".repeat(count));
        observed.run_mut().continuation = Some((1200, Continuation { prompt, text }));
        let seen = screen(80, 24, &[], &observed);
        let inside = seen.lines().filter(|line| line.starts_with('│'));
        assert!(
            inside.clone().count() > 10 && inside.clone().all(|line| line.ends_with('│')),
            "{count} words:\n{seen}"
        );
    }
}

#[test]
fn an_answer_that_is_no_number_is_none() {
    let mut observed = fixture::running();
    observed.answer_mut().trace.distribution.fill(f32::NAN);
    observed.run_mut().pinned.iter_mut().for_each(|pin| pin.probability = f32::NAN);
    let seen = screen(80, 24, &[], &observed);
    assert!(seen.contains("no answer: the numbers are not finite") && !seen.contains("0 of 0"), "{seen}");
    assert!(!seen.contains("entropy") && !seen.contains("NaN"), "{seen}");
}

#[test]
fn a_trace_of_which_something_is_missing_is_drawn_as_far_as_it_goes() {
    let whole = fixture::running().answer_mut().clone();
    let lacking = |change: fn(&mut Answer)| {
        let mut answer = whole.clone();
        change(&mut answer);
        answer
    };
    let answers = [
        lacking(|answer| answer.trace.quantities.clear()),
        lacking(|answer| answer.trace.gradient_flow.clear()),
        lacking(|answer| answer.trace.quantities.retain(|quantity| quantity.layer.is_none())),
        lacking(|answer| answer.trace.quantities.iter_mut().for_each(|quantity| quantity.values.clear())),
        lacking(|answer| {
            let Trace { ids, quantities, gradient_flow, surprisals, input_gradient_norms, .. } = &mut answer.trace;
            ids.clear();
            quantities.iter_mut().for_each(|quantity| quantity.values.clear());
            gradient_flow.iter_mut().for_each(|flow| flow.norms.clear());
            surprisals.clear();
            input_gradient_norms.clear();
            answer.words.clear();
        }),
    ];
    let heads = fixture::transformer().answer_mut().clone();
    let without_words = Answer { trace: Trace { quantities: Vec::new(), ..heads.trace.clone() }, ..heads.clone() };
    let of_other_length = {
        let mut answer = heads.clone();
        let of_heads = answer.trace.quantities.iter_mut().filter(|quantity| quantity.term == QuantityKind::Attention);
        of_heads.for_each(|quantity| quantity.values.truncate(3));
        answer
    };
    for answer in answers.into_iter().chain([heads, without_words, of_other_length]) {
        let mut observed = fixture::running();
        *observed.answer_mut() = answer;
        for keys in
            ["1", "2", "2]", "2n", "2o", "2hk", "3", "3]n", "4", "5", "6", "2z", "2oz", "3z", "5z", "7jz", "8jkz"]
        {
            let mut view = view_after(&[]);
            for code in typed(keys) {
                view.handle(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)), &observed);
            }
            for (width, height) in [(80, 24), (200, 60), (20, 6), (1, 1)] {
                drawn(width, height, &view, &observed);
            }
        }
    }
}
