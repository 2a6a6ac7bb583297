//! Several attempts of a session, and several runs side by side.

use super::*;
use crate::learning::{AttemptSettings, StepCost, WINDOWS};

/// A run with four earlier attempts.
fn several_attempts() -> Observed {
    let mut observed = fixture::restarted();
    let record = &mut observed.snapshot_mut().record;
    let (first, loss) = (record.earlier[0].clone(), record.loss());
    let others = [("RNN 7→2→2→7", 41), ("LSTM 7→2→2→7", 41), ("LSTM 7→2→2→7", 43)];
    for (number, (model, seed)) in (2..).zip(others) {
        let mut attempt = (*first).clone();
        attempt.settings =
            AttemptSettings { number, model: model.to_owned(), weights: 31, seed, ..AttemptSettings::default() };
        attempt.loss = loss;
        record.earlier.push(attempt.into());
    }
    observed
}

#[test]
fn comparison_lists_attempts() {
    assert_snapshot!(focused(80, 24, &typed("8"), &several_attempts()));
    assert_snapshot!(focused(120, 40, &typed("8zjj"), &several_attempts()));
}

#[test]
fn comparison_of_attempts_without_colours_in_chinese() {
    let observed = several_attempts();
    let mut dashboard = Dashboard::new(Theme::new(Colours::None), Language::Chinese, &[]);
    dashboard.handle(&Event::Key(KeyEvent::new(KeyCode::Char('8'), KeyModifiers::NONE)), &observed);
    assert_snapshot!(panel_of(dashboard.view.panel, &drawn(100, 30, &dashboard, &observed), &dashboard, &observed));
}

/// The focused panel after these keys, for several runs.
fn duel_panel(width: u16, height: u16, keys: &str, runs: usize, language: Language) -> String {
    let observed = fixture::duel(runs);
    let mut dashboard = Dashboard::new(Theme::new(Colours::Indexed), language, &[]);
    dashboard.view.side_panel = PanelName::Comparison;
    for key in keys.chars() {
        dashboard.handle(&Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)), &observed);
    }
    panel_of(dashboard.view.panel, &drawn(width, height, &dashboard, &observed), &dashboard, &observed)
}

/// All panels of runs side by side: beside the loss, zoomed, and zoomed to one run.
#[test]
fn panels_of_several_runs_are_drawn() {
    for runs in [2, 4] {
        let mut seen = String::new();
        for panel in "123456789".chars() {
            for (width, height, keys) in [(80, 24, ""), (120, 40, "z"), (80, 24, "zz")] {
                let screen = duel_panel(width, height, &format!("{panel}{keys}"), runs, Language::English);
                write!(seen, "── {panel}{keys} at {width}×{height}\n{screen}\n").unwrap();
            }
        }
        assert_snapshot!(format!("every_panel_of_{runs}_runs"), seen);
    }
}

#[test]
fn comparison_of_four_runs_in_chinese() {
    assert_snapshot!(duel_panel(200, 60, "8", 4, Language::Chinese));
}

#[test]
fn loss_cursor_reads_all_runs_on_every_axis() {
    let mut seen = String::new();
    for keys in ["1hhhhhhhhhh", "1ohhhhhhhhhh", "1oohhhhhhhhhh"] {
        writeln!(seen, "{}", duel_panel(120, 40, keys, 4, Language::English)).unwrap();
    }
    assert_snapshot!(seen);
}

/// Adds costs of an LSTM (linear in the window) and a transformer (quadratic).
fn add_costs(dashboard: &mut Dashboard) {
    for (model, linear, square, depth) in
        [("LSTM 7→2→2→7", 8e-6, 0.0, 1), ("Transformer 7→2×(6, 3 heads, 24)→7", 5e-6, 1e-7, 0)]
    {
        for (window, threads) in WINDOWS.map(|window| (window, 1)).into_iter().chain([(256, 2)]) {
            let t = window as f64;
            let seconds = (linear * t + square * t * t) / if threads == 2 { 1.5 } else { 1.0 };
            let cost = StepCost {
                window,
                threads,
                seconds,
                multiplications: 1000,
                depth: if depth == 1 { window as u128 + 1 } else { 13 },
                predicted_bytes: 20_000 * window as u128,
            };
            dashboard.panels.scaling.store(Some((model.to_owned(), cost)));
        }
    }
}

#[test]
fn scaling_shows_measured_costs() {
    let observed = fixture::duel(3);
    for size in [(80, 24), (60, 16)] {
        let panel = duel_panel(size.0, size.1, "9", 3, Language::English);
        let words: Vec<_> =
            panel.split(|c: char| c.is_whitespace() || c == '│').filter(|word| !word.is_empty()).collect();
        assert!(words.join(" ").contains("v measures it on this machine (pause training first)"), "{panel}");
    }
    let mut seen = String::new();
    for (width, height, zoom, language) in
        [(80, 24, "", Language::English), (80, 24, "z", Language::English), (120, 40, "z", Language::Chinese)]
    {
        let mut dashboard = Dashboard::new(Theme::new(Colours::Indexed), language, &[]);
        for key in format!("9{zoom}").chars() {
            dashboard.handle(&Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)), &observed);
        }
        add_costs(&mut dashboard);
        let panel = panel_of(dashboard.view.panel, &drawn(width, height, &dashboard, &observed), &dashboard, &observed);
        writeln!(seen, "{panel}").unwrap();
    }
    assert_snapshot!(seen);
}

/// Zoomed to one run without heads, the panel says that there is no attention.
#[test]
fn attention_of_duel_shows_first_run_with_heads() {
    let seen = |keys| duel_panel(80, 24, keys, 4, Language::English);
    for keys in ["7", "7z", "d7", "dd7"] {
        assert!(seen(keys).contains("└ transformer "), "{keys}: {}", seen(keys));
    }
    assert!(seen("7z").contains("head 1/3") && seen("7zj").contains("head 2/3"), "{}", seen("7zj"));
    assert!(seen("7zz").contains("this model has no attention"), "{}", seen("7zz"));
}

#[test]
fn comparison_of_runs_without_colours() {
    let observed = fixture::duel(4);
    let mut dashboard = Dashboard::new(Theme::new(Colours::None), Language::English, &[]);
    dashboard.handle(&Event::Key(KeyEvent::new(KeyCode::Char('8'), KeyModifiers::NONE)), &observed);
    assert_snapshot!(panel_of(dashboard.view.panel, &drawn(100, 30, &dashboard, &observed), &dashboard, &observed));
}
