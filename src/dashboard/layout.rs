//! Layout of the panels on the screen.

use ratatui::layout::{Constraint, Layout, Rect};

use super::panels::PanelName;

/// Columns and rows from which a screen is large.
const LARGE_SCREEN: (u16, u16) = (100, 32);

/// The narrowest panel that is drawn.
const MIN_PANEL_WIDTH: u16 = 30;

/// Whether a panel is on every screen; the others share the place beside the loss on a small screen.
#[must_use]
pub fn is_fixed(panel: PanelName) -> bool {
    matches!(panel, PanelName::Loss | PanelName::Prompt)
}

/// Returns the panels that fit into `body`, with their areas. A small screen has the loss and `side` next to each other; a large one has
/// all panels for which `has_place` returns true and that fit, with `side` among them. The prompt is below them, with `prompt_height` rows,
/// but at most half of the height, or a third on a large screen. `gap` columns separate panels.
#[must_use]
pub fn arrange(
    body: Rect,
    side: PanelName,
    has_place: impl Fn(PanelName) -> bool,
    prompt_height: u16,
    gap: u16,
) -> Vec<(PanelName, Rect)> {
    let is_large = body.width >= LARGE_SCREEN.0 && body.height >= LARGE_SCREEN.1;
    let max_share = if is_large { 3 } else { 2 };
    let first = if is_large { PanelName::Heatmap } else { side };
    let mut rows = vec![vec![PanelName::Loss, first]];
    if is_large {
        let is_shown =
            |panel: &PanelName| !is_fixed(*panel) && *panel != first && (has_place(*panel) || *panel == side);
        let others = PanelName::ALL.iter().copied().filter(is_shown);
        let mut others: Vec<_> = others.collect();
        let room = usize::from(body.width / MIN_PANEL_WIDTH).clamp(1, others.len());
        if let Some(at) = others.iter().position(|panel| *panel == side).filter(|at| *at >= room) {
            others.swap(at, room - 1);
        }
        others.truncate(room);
        rows.push(others);
    }
    rows.push(vec![PanelName::Prompt]);
    let height = |row: &Vec<PanelName>| {
        if *row == [PanelName::Prompt] {
            Constraint::Length(prompt_height.min(body.height / max_share))
        } else {
            Constraint::Fill(1)
        }
    };
    let areas = Layout::vertical(rows.iter().map(height)).split(body);
    let row = |(panels, area): (&Vec<PanelName>, &Rect)| {
        let columns = Layout::horizontal(panels.iter().map(|_| Constraint::Fill(1))).spacing(gap).split(*area);
        panels.iter().copied().zip(columns.iter().copied()).collect::<Vec<_>>()
    };
    rows.iter().zip(areas.iter()).flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrange_small_screen_has_three_panels_and_large_all() {
        let with_place = [
            PanelName::Loss,
            PanelName::Heatmap,
            PanelName::GradientFlow,
            PanelName::Prompt,
            PanelName::StateSpace,
            PanelName::Shapes,
        ];
        let has_place = |panel| with_place.contains(&panel);
        let panels = |width, height| -> Vec<PanelName> {
            let areas = arrange(Rect::new(0, 2, width, height), PanelName::GradientFlow, has_place, 10, 0);
            for (index, (_, area)) in areas.iter().enumerate() {
                assert!(!area.is_empty());
                assert!(areas[index + 1..].iter().all(|(_, other)| !area.intersects(*other)));
            }
            areas.iter().map(|(panel, _)| *panel).collect()
        };
        assert_eq!(panels(80, 21), [PanelName::Loss, PanelName::GradientFlow, PanelName::Prompt]);
        let large = panels(120, 37);
        assert!(large.len() == with_place.len() && large.iter().all(|panel| has_place(*panel)), "{large:?}");
    }
}
