//! Each panel in all languages, colour depths and sizes.

use super::*;

/// A panel in both languages, in ASCII and without colours, at three sizes.
fn every_form(panel: char, observed: &Observed) -> String {
    let colours = Theme::new(Colours::True);
    let ascii = Theme { glyphs: Glyphs::Ascii, ..Theme::new(Colours::Indexed) };
    let forms = [
        ("English", Language::English, colours),
        ("Chinese", Language::Chinese, colours),
        ("ASCII", Language::English, ascii),
        ("no colours", Language::English, Theme::new(Colours::None)),
    ];
    let mut seen = String::new();
    for (form, language, theme) in forms {
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            let mut dashboard = dashboard_after(&typed(&panel.to_string()));
            (dashboard.view.theme, dashboard.view.language) = (theme, language);
            dashboard.view.zoom = if height > 24 { Zoom::Panel } else { Zoom::Off }; // 80×24 has room for three panels
            let terminal = drawn(width, height, &dashboard, observed);
            let panel = panel_of(dashboard.view.panel, &terminal, &dashboard, observed);
            writeln!(seen, "{form}, {width}×{height}\n{panel}").unwrap();
            let cells = &terminal.backend().buffer().content;
            let is_plain = |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
            assert!(theme.colours != Colours::None || cells.iter().all(is_plain), "{form}");
        }
    }
    seen
}

#[test]
fn loss_panel_in_every_form() {
    assert_snapshot!(every_form('1', &fixture::validating()));
}

#[test]
fn heatmap_in_every_form() {
    assert_snapshot!(every_form('2', &fixture::large()));
}

#[test]
fn gradient_flow_in_every_form() {
    assert_snapshot!(every_form('3', &fixture::large()));
}

#[test]
fn prompt_in_every_form() {
    assert_snapshot!(every_form('4', &fixture::continued()));
}

#[test]
fn state_space_in_every_form() {
    assert_snapshot!(every_form('5', &fixture::large()));
}

#[test]
fn shapes_in_every_form() {
    assert_snapshot!(every_form('6', &fixture::running()));
}
