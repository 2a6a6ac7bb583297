//! The whole screen from what a viewer observes and how it is viewed, into any ratatui backend.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::layout::{Panel, arrange};
use super::panels::{
    Density, RenderContext, footer, gradient_flow, header, heatmap, help, loss, model, prompt, shapes, state_space,
    stopped, wrapped,
};
use super::view::View;
use crate::session::{Observed, RunState};

/// Below this size nothing sensible fits.
const LEAST: (u16, u16) = (40, 12);
/// From this size on panels have borders.
const AMPLE: (u16, u16) = (60, 18);

/// Draws everything. Changes nothing, and never panics, down to a screen of one cell.
pub fn render(frame: &mut Frame<'_>, view: &View, observed: &Observed) {
    draw(frame, view, observed);
    view.theme.fit(frame.buffer_mut());
}

/// Draws one panel and nothing else.
pub fn render_only(frame: &mut Frame<'_>, panel: Panel, view: &View, observed: &Observed) {
    render_panel(frame, panel, frame.area(), RenderContext { observed, view, space: Density::Roomy });
    view.theme.fit(frame.buffer_mut());
}

fn draw(frame: &mut Frame<'_>, view: &View, observed: &Observed) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        wrapped(frame, view.language.too_small(LEAST.0, LEAST.1), area);
        return;
    }
    let space = if area.width < AMPLE.0 || area.height < AMPLE.1 { Density::Compact } else { Density::Roomy };
    let ctx = RenderContext { observed, view, space };
    let [header_area, body, footer_area] = Layout::vertical([
        Constraint::Length(header::height(&observed.run().snapshot, area.width, space)),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);

    header::render(frame, header_area, ctx);
    let gap = u16::from(space == Density::Compact); // no border keeps them apart
    let panels = if view.is_zoomed {
        vec![(view.panel, body)]
    } else {
        arrange(body, view.beside, prompt::height(observed.run()), gap)
    };
    for (panel, area) in panels {
        render_panel(frame, panel, area, ctx);
    }
    footer::render(frame, footer_area, ctx);
    if let Some(draft) = &view.draft {
        model::render(frame, area, draft, ctx);
    }
    if let Some(scroll) = view.help {
        help::render(frame, area, scroll, ctx);
    }
}

fn render_panel(frame: &mut Frame<'_>, panel: Panel, area: Rect, ctx: RenderContext<'_>) {
    match (panel, &ctx.observed.run().snapshot.state) {
        (Panel::Loss, RunState::Failed(failure)) => {
            // how the loss went is part of the story
            let [reason_area, curve_area] = stopped::split(area, ctx.space);
            stopped::render(frame, reason_area, failure, ctx);
            loss::render(frame, curve_area, ctx);
        }
        (Panel::Loss, _) => loss::render(frame, area, ctx),
        (Panel::Heatmap, _) => heatmap::render(frame, area, ctx),
        (Panel::GradientFlow, _) => gradient_flow::render(frame, area, ctx),
        (Panel::Prompt, _) => prompt::render(frame, area, ctx),
        (Panel::StateSpace, _) => state_space::render(frame, area, ctx),
        (Panel::Shapes, _) => shapes::render(frame, area, ctx),
    }
}

#[cfg(test)]
mod tests;
