//! Colour depths, and terminals without colours or Unicode.

use super::*;

#[test]
fn colourless_heatmap_has_numbers() {
    let (dashboard, observed) = (Dashboard::new(Theme::new(Colours::None), Language::English, &[]), fixture::large());
    let terminal = drawn(80, 24, &dashboard, &observed);
    assert_snapshot!(panel_of(PanelName::Heatmap, &terminal, &dashboard, &observed));
    let cells = &terminal.backend().buffer().content;
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

#[test]
fn sixteen_colours_distinguish_signs() {
    let dashboard = Dashboard::new(Theme::new(Colours::Sixteen), Language::English, &[]);
    let terminal = drawn(80, 24, &dashboard, &fixture::running());
    let colours = ["+0.42", "-0.07", "-0.96", "+0.71"].map(|number| background(&terminal, number));
    assert_eq!(colours, [Color::Yellow, Color::Reset, Color::LightBlue, Color::LightYellow]);
    let few = |colour: Color| !matches!(colour, Color::Indexed(_) | Color::Rgb(..));
    assert!(terminal.backend().buffer().content.iter().all(|cell| few(cell.fg) && few(cell.bg)));
}

#[test]
fn indexed_colours_distinguish_signs() {
    let terminal = drawn(80, 24, &dashboard_after(&[]), &fixture::running());
    let colours = ["+0.42", "-0.07", "-0.96", "+0.71"].map(|number| background(&terminal, number));
    assert_eq!(colours, [94, 237, 75, 136].map(Color::Indexed));
}

#[test]
fn ascii_glyphs_draw_only_ascii() {
    let mut observed = fixture::large(); // its words are ASCII
    observed.run_mut().pinned.clear();
    for keys in ["1", "1y", "2", "2]]]", "3", "3]]", "4", "5", "6", "7", "8", "?", "m", "i", "r"] {
        for (width, height) in [(36, 10), (40, 12), (80, 24), (200, 60)] {
            let mut dashboard = dashboard_after(&typed(keys));
            dashboard.view.theme.glyphs = Glyphs::Ascii;
            let seen = text(&drawn(width, height, &dashboard, &observed)).replace("中文界面", "");
            assert!(seen.is_ascii(), "{keys} at {width}×{height}:\n{seen}");
        }
    }
}
