//! Colour scales of numbers.

use ratatui::style::{Color, Modifier, Style};

use super::{Background, Colours};

/// Red, green and blue.
type Rgb = [u8; 3];

/// Blue below zero, orange above, the background at zero, for dark and for light backgrounds. The colours are distinguishable with colour
/// vision deficiencies, and by their contrast.
const DIVERGING: [[Rgb; 5]; 2] = [
    [[86, 196, 255], [24, 104, 168], [46, 46, 50], [158, 88, 8], [255, 182, 64]],
    [[8, 72, 140], [104, 164, 214], [238, 238, 238], [240, 164, 84], [148, 60, 0]],
];

/// Violet over green to yellow, as viridis: lightness increases with the value, so that the order is visible with colour vision deficiencies.
const SEQUENTIAL: [Rgb; 5] = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

/// Number of steps of a scale: more would send more bytes without a visible difference.
const STEPS: f32 = 32.0;

/// The style of a number in −1…1, clamped; NaN and infinities are 0.
pub(super) fn diverging(value: f32, colours: Colours, background: Background) -> Style {
    let value = if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 };
    match colours {
        Colours::None if value.abs() >= 0.5 => Style::new().add_modifier(Modifier::REVERSED),
        Colours::None => Style::new(),
        Colours::Sixteen => {
            let (background, text) = match value {
                v if v <= -0.6 => (Color::LightBlue, Color::Black),
                v if v <= -0.2 => (Color::Blue, Color::White),
                v if v < 0.2 => (Color::Reset, Color::Reset),
                v if v < 0.6 => (Color::Yellow, Color::Black),
                _ => (Color::LightYellow, Color::Black),
            };
            Style::new().bg(background).fg(text)
        }
        _ => readable(interpolate(&DIVERGING[background as usize], f32::midpoint(value, 1.0)), colours),
    }
}

/// The style of a number in 0…1, clamped; NaN and infinities are 0.
pub(super) fn sequential(value: f32, colours: Colours) -> Style {
    let value = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
    match colours {
        Colours::None if value >= 0.5 => Style::new().add_modifier(Modifier::REVERSED),
        Colours::None => Style::new(),
        Colours::Sixteen => {
            let (background, text) = match value {
                v if v < 0.1 => (Color::Black, Color::White),
                v if v < 0.5 => (Color::Blue, Color::White),
                v if v <= 0.9 => (Color::Cyan, Color::Black),
                _ => (Color::LightYellow, Color::Black),
            };
            Style::new().bg(background).fg(text)
        }
        _ => readable(interpolate(&SEQUENTIAL, value), colours),
    }
}

/// Interpolates between the colours of a scale at `position` in 0…1, rounded to [`STEPS`].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // both are small and not negative
fn interpolate(scale: &[Rgb; 5], position: f32) -> Rgb {
    let position = (position * STEPS).round() / STEPS * (scale.len() - 1) as f32;
    let below = (position as usize).min(scale.len() - 2);
    let share = position - below as f32;
    let mix = |index: usize| {
        let (from, to) = (f32::from(scale[below][index]), f32::from(scale[below + 1][index]));
        (from + share * (to - from)).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// A style with this background, and black or white text, whichever has more contrast.
fn readable(rgb: Rgb, colours: Colours) -> Style {
    let is_light = contrast(rgb, [0; 3]) > contrast(rgb, [255; 3]);
    if colours == Colours::True {
        let text = if is_light { Color::Rgb(0, 0, 0) } else { Color::Rgb(255, 255, 255) };
        return Style::new().bg(Color::Rgb(rgb[0], rgb[1], rgb[2])).fg(text);
    }
    Style::new().bg(Color::Indexed(nearest(rgb))).fg(Color::Indexed(if is_light { 16 } else { 231 }))
}

/// Contrast ratio of two colours, from 1 to 21
/// ([WCAG 2.2](https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)).
pub(super) fn contrast(one: Rgb, other: Rgb) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = |[r, g, b]: Rgb| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colour at an index of xterm's 256 from 16 on: a cube of 6×6×6, and 24 greys. The first sixteen differ between terminals.
pub(super) fn indexed_rgb(index: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index.saturating_sub(16) {
        cube @ 0..216 => [cube / 36, cube / 6 % 6, cube % 6].map(|level| LEVELS[usize::from(level)]),
        grey => [8 + 10 * (grey - 216); 3],
    }
}

/// The index of the nearest of these colours.
fn nearest(rgb: Rgb) -> u8 {
    let distance = |other: Rgb| -> u32 { other.iter().zip(rgb).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
    (16..=255).min_by_key(|index| distance(indexed_rgb(*index))).unwrap_or(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn background(style: Style) -> Color {
        style.bg.unwrap()
    }

    #[test]
    fn scale_ends_have_expected_colours() {
        let [dark, light] = [Background::Dark, Background::Light]
            .map(|ground| [-1.0, 0.0, 1.0].map(|value| background(diverging(value, Colours::True, ground))));
        assert_eq!(dark, [Color::Rgb(86, 196, 255), Color::Rgb(46, 46, 50), Color::Rgb(255, 182, 64)]);
        assert_eq!(light, [Color::Rgb(8, 72, 140), Color::Rgb(238, 238, 238), Color::Rgb(148, 60, 0)]);
        assert_eq!(background(sequential(f32::NAN, Colours::True)), Color::Rgb(68, 1, 84));
    }

    #[test]
    fn nearest_returns_index_of_similar_colour() {
        assert_eq!([[0, 0, 0], [255, 255, 255], [46, 46, 50], [95, 135, 255]].map(nearest), [16, 231, 236, 69]);
    }

    #[test]
    fn sequential_scale_grows_lighter() {
        let lightness = |value: f32| match background(sequential(value, Colours::True)) {
            Color::Rgb(r, g, b) => 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b),
            other => panic!("{other:?}"),
        };
        let levels: Vec<f32> = (0..=16).map(|step| lightness(step as f32 / 16.0)).collect();
        assert!(levels.is_sorted(), "{levels:?}");
    }
}
