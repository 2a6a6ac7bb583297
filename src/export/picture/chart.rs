//! The curve of a run as a line chart.

use std::io;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use ratatui::style::Style;

use super::cells::FONT;
use super::colours::{Palette, Rgb};
use crate::dashboard::Dashboard;
use crate::dashboard::curve_points::{CurvePoints, Points};
use crate::dashboard::numbers::number;
use crate::dashboard::words::model::ModelText;
use crate::dashboard::words::run::{CurveText, RunName, RunText};
use crate::session::{Observed, ObservedRun};

/// Width and height in pixels.
const SIZE: (u32, u32) = (960, 540);
/// Upper bound on the points of a curve: one per column of pixels.
const MAX_BUCKETS: usize = SIZE.0 as usize;

/// Draws the viewer's curve with its zoom and scale as an SVG document; `None` before the first step.
pub fn draw_curve(dashboard: &Dashboard, observed: &Observed) -> io::Result<Option<String>> {
    let run = observed.run();
    let curve = dashboard.panels.loss.curve.with_cursor_at(run.playback.shown);
    let Some(points) = CurvePoints::new(observed, curve, MAX_BUCKETS) else { return Ok(None) };
    let mut svg = String::new();
    draw(&mut svg, dashboard, run, &points).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Some(svg))
}

type Failure = DrawingAreaErrorKind<io::Error>;

/// Draws the chart into `svg`.
fn draw(svg: &mut String, dashboard: &Dashboard, run: &ObservedRun, points: &CurvePoints) -> Result<(), Failure> {
    let (name, snapshot) = (&*run.name, &run.snapshot);
    let (words, theme, curve) = (dashboard.view.language, dashboard.view.theme, dashboard.panels.loss.curve);
    let palette = Palette::on(theme.background);
    let colour = |style: Style| rgb(palette.front(style));
    let (front, quiet) = (rgb(palette.front), colour(theme.quiet()));
    let letters = |size: u32| (FONT, size).into_text_style(&SIZE).color(&front);

    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&rgb(palette.ground))?;
    let (title, model) = (&snapshot.run.title, &snapshot.run.model);
    let title = match (title.is_empty(), points.colour) {
        (true, _) => model.clone(),
        (false, None) => format!("{title}, {model}"),
        (false, Some(_)) => title.clone(), // the curves have names
    };
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .caption(title, letters(20))
        .x_label_area_size(48)
        .y_label_area_size(84)
        .build_cartesian_2d(points.x.0..points.x.1, points.y.0..points.y.1)?;
    chart
        .configure_mesh()
        .axis_style(quiet)
        .bold_line_style(quiet.mix(0.25))
        .light_line_style(TRANSPARENT)
        .label_style(letters(14))
        .x_desc(words.say(curve.axis()))
        .y_desc(words.say(CurveText::with_unit(curve.curve(), curve.is_log())))
        .x_label_formatter(&|step| format!("{step:.0}"))
        .y_label_formatter(&|place| number(curve.off_axis(*place)))
        .draw()?;

    let name_if_drawn = |points: &Points, name: String| (!points.is_empty()).then_some(name);
    let is_loss = curve.curve().is_loss_curve();
    for other in &points.others {
        line(
            &mut chart,
            &other.points,
            colour(theme.other(other.colour)),
            Some(&words.say(RunName::for_run(&other.run))),
        )?;
        dots(&mut chart, &other.validations, colour(theme.other(other.colour)), 2, None)?;
    }
    line(
        &mut chart,
        &points.past,
        colour(theme.focus()),
        name_if_drawn(&points.past, words.say(CurveText::MomentShown)).as_deref(),
    )?;
    line(
        &mut chart,
        &points.threshold,
        colour(theme.alarm()),
        name_if_drawn(&points.threshold, words.say(CurveText::ClippingThreshold)).as_deref(),
    )?;
    dots(
        &mut chart,
        &points.raw,
        colour(theme.band()),
        1,
        is_loss.then(|| words.say(ModelText::Steps)).as_deref().filter(|_| !points.raw.is_empty()),
    )?;
    let named_validations = name_if_drawn(&points.validations, words.say(CurveText::Validation));
    if let Some(at) = points.colour {
        // with several runs each curve has the name of its run
        line(&mut chart, &points.line, colour(theme.other(at)).stroke_width(2), Some(name))?;
        dots(&mut chart, &points.validations, colour(theme.other(at)), 3, named_validations.as_deref())?;
    } else {
        let average = is_loss.then(|| words.say(CurveText::MovingAverage));
        line(&mut chart, &points.line, colour(theme.curve()).stroke_width(2), average.as_deref())?;
        line(
            &mut chart,
            &points.validations,
            colour(theme.validation()).stroke_width(2),
            named_validations.as_deref(),
        )?;
    }
    dots(
        &mut chart,
        &points.best,
        colour(theme.best()),
        5,
        name_if_drawn(&points.best, words.say(CurveText::BestValidation)).as_deref(),
    )?;
    line(
        &mut chart,
        &points.failure,
        colour(theme.alarm()),
        name_if_drawn(&points.failure, words.say(RunText::StoppedTitle)).as_deref(),
    )?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(rgb(palette.ground).mix(0.8))
        .border_style(quiet)
        .label_font(letters(14))
        .draw()?;
    root.present()
}

type Drawing<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws a line through `points`, with a legend entry if there is a name.
fn line(
    chart: &mut Drawing<'_>,
    points: &Points,
    style: impl Into<ShapeStyle>,
    name: Option<&str>,
) -> Result<(), Failure> {
    let style = style.into();
    let drawn = chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
    if let Some(name) = name {
        drawn.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
    }
    Ok(())
}

/// Draws a dot of this radius in pixels at each point, with a legend entry if there is a name.
fn dots(
    chart: &mut Drawing<'_>,
    points: &Points,
    colour: RGBColor,
    radius: u32,
    name: Option<&str>,
) -> Result<(), Failure> {
    let drawn = chart.draw_series(points.iter().map(|point| Circle::new(*point, radius, colour.filled())))?;
    if let Some(name) = name {
        drawn.label(name).legend(move |(x, y)| Circle::new((x + 10, y), radius, colour.filled()));
    }
    Ok(())
}

fn rgb(colour: Rgb) -> RGBColor {
    let [red, green, blue] = colour.0;
    RGBColor(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::motion::Motion;
    use crate::dashboard::{Background, Colours, Language, Theme, fixture};

    fn picture(dashboard: &Dashboard, observed: &Observed) -> String {
        draw_curve(dashboard, observed).unwrap().unwrap()
    }

    fn dashboard() -> Dashboard {
        Dashboard::new(Theme::new(Colours::True), Language::English, &[])
    }

    #[test]
    fn curve_before_first_step_is_none() {
        assert_eq!(draw_curve(&dashboard(), &fixture::untouched()).unwrap(), None);
    }

    #[test]
    fn curve_validating_run_names_curves_and_axes() {
        let picture = picture(&dashboard(), &fixture::validating());
        for text in ["Three sentences, LSTM 7→2→2→7", "training step", "loss in nats", "moving average", "validation"]
        {
            assert!(picture.contains(text), "{text} in {picture}");
        }
        assert!(picture.contains("<polyline") && !picture.contains("moment shown"));
    }

    #[test]
    fn curve_follows_selection_language_and_colours_of_viewer() {
        let mut dashboard = dashboard();
        dashboard.panels.loss.curve.apply(Motion::NextQuantity, 1234);
        dashboard.panels.loss.curve.toggle_log();
        (dashboard.view.language, dashboard.view.theme.background) = (Language::Chinese, Background::Light);
        let picture = picture(&dashboard, &fixture::replayed());
        assert!(picture.contains("困惑度 (对数)") && picture.contains("所示时刻"), "{picture}");
        assert!(picture.contains("fill=\"#FFFFFF\""), "{picture}");
    }
}
