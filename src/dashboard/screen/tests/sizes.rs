//! The whole screen at all sizes: what fits, and what is cut.

use super::*;

#[test]
fn training_at_80x24() {
    assert_snapshot!(screen(80, 24, &[], &fixture::running()));
}

/// The one snapshot that another panel changes.
#[test]
fn training_at_120x40() {
    let (dashboard, observed) = (dashboard_after(&[]), fixture::running());
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| render(frame, &dashboard, &observed)).unwrap();
    assert_snapshot!(text(&terminal));
}

#[test]
fn training_at_40x12() {
    let observed = fixture::running();
    let parts =
        [header(40, 12, &[], &observed), focused(40, 12, &typed("1"), &observed), focused(40, 12, &[], &observed)];
    assert_snapshot!(parts.concat());
}

#[test]
fn validating_run_has_longer_header_and_two_curves() {
    let observed = fixture::validating();
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let parts = header(width, height, &[], &observed) + &focused(width, height, &typed("1"), &observed);
        assert_snapshot!(format!("validating_run_at_{width}x{height}"), parts);
    }
}

#[test]
fn untrained_run_is_drawn() {
    let observed = fixture::untouched();
    assert_snapshot!(focused(80, 24, &typed("1"), &observed) + &focused(80, 24, &[], &observed));
}

#[test]
fn small_screen_reports_needed_size() {
    assert_snapshot!(screen(20, 5, &[], &fixture::running()));
}

#[test]
fn every_size_is_drawn() {
    let snapshots = [
        fixture::running(),
        fixture::untouched(),
        fixture::refused(),
        fixture::panicked(),
        fixture::large(),
        fixture::validating(),
    ];
    let typing = [typed("i我 "), vec![KeyCode::Tab]].concat();
    let views = [dashboard_after(&[]), dashboard_after(&typing), dashboard_after(&typed("?"))];
    for (width, height) in (1..=90).step_by(3).flat_map(|width| (1..=30).map(move |height| (width, height))) {
        let (snapshot, dashboard) = (usize::from(width + height) % 6, usize::from(width / 3 + height) % 3);
        drawn(width, height, &views[dashboard], &snapshots[snapshot]);
    }
}

#[test]
fn sentences_of_both_languages_fit_80_columns() {
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
            let mut dashboard = dashboard_after(&typed(keys));
            dashboard.view.language = language;
            let seen = text(&drawn(80, 24, &dashboard, &observed));
            let cut: Vec<&str> = seen.lines().filter(|line| line.contains('…')).collect();
            assert!(cut.is_empty(), "{keys} in {language:?}: {cut:?}");
        }
    }
}

#[test]
fn wide_characters_stay_inside_frame() {
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
