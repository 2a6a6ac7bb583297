//! Which panels are on the screen, and where.

use ratatui::layout::{Constraint, Layout, Rect};

/// One of the pictures of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The loss of every step.
    Loss,
    /// Hidden states, cell states and gates at every step of the prompt.
    Heatmap,
    /// How far back the loss is felt.
    GradientFlow,
    /// What comes next?
    Prompt,
    /// The path of the hidden state.
    StateSpace,
    /// Every tensor of a training step.
    Shapes,
}

impl Panel {
    /// All panels, in the order of their keys.
    pub const ALL: [Self; 6] =
        [Self::Loss, Self::Heatmap, Self::GradientFlow, Self::Prompt, Self::StateSpace, Self::Shapes];

    /// The one after this, or before it.
    #[must_use]
    pub fn neighbour(self, forward: bool) -> Self {
        let at = Self::ALL.iter().position(|panel| *panel == self).unwrap_or(0);
        Self::ALL[(at + if forward { 1 } else { Self::ALL.len() - 1 }) % Self::ALL.len()]
    }

    /// Whether it is there on every screen; the others take turns beside the loss on a small one.
    #[must_use]
    pub fn is_fixed(self) -> bool {
        matches!(self, Self::Loss | Self::Prompt)
    }
}

/// From this size on there is room for all panels.
const LARGE: (u16, u16) = (100, 32);

/// The panels that `body` has room for and where each one is: on a small screen the loss and `beside` next to each other, on
/// a large one all; the prompt below with what it needs, at most half of the height or, on a
/// large one, a third. `gap` columns keep panels apart.
#[must_use]
pub fn arrange(body: Rect, beside: Panel, prompt_height: u16, gap: u16) -> Vec<(Panel, Rect)> {
    let is_large = body.width >= LARGE.0 && body.height >= LARGE.1;
    let most = if is_large { 3 } else { 2 };
    let rows: &[&[Panel]] = if is_large {
        &[&[Panel::Loss, Panel::Heatmap], &[Panel::GradientFlow, Panel::StateSpace, Panel::Shapes], &[Panel::Prompt]]
    } else {
        &[&[Panel::Loss, beside], &[Panel::Prompt]]
    };
    let height = |row: &&[Panel]| {
        if *row == [Panel::Prompt] {
            Constraint::Length(prompt_height.min(body.height / most))
        } else {
            Constraint::Fill(1)
        }
    };
    let areas = Layout::vertical(rows.iter().map(height)).split(body);
    let row = |(panels, area): (&&[Panel], &Rect)| {
        let columns = Layout::horizontal(panels.iter().map(|_| Constraint::Fill(1))).spacing(gap).split(*area);
        panels.iter().copied().zip(columns.iter().copied()).collect::<Vec<_>>()
    };
    rows.iter().zip(areas.iter()).flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_main_panels_fit_on_a_small_screen_and_all_on_a_large_one() {
        let panels = |width, height| -> Vec<Panel> {
            let areas = arrange(Rect::new(0, 2, width, height), Panel::GradientFlow, 10, 0);
            for (index, (_, area)) in areas.iter().enumerate() {
                assert!(!area.is_empty());
                assert!(areas[index + 1..].iter().all(|(_, other)| !area.intersects(*other)));
            }
            areas.iter().map(|(panel, _)| *panel).collect()
        };
        assert_eq!(panels(80, 21), [Panel::Loss, Panel::GradientFlow, Panel::Prompt]);
        let large = panels(120, 37);
        assert!(large.len() == Panel::ALL.len() && Panel::ALL.iter().all(|panel| large.contains(panel)), "{large:?}");
    }

    #[test]
    fn every_panel_is_reached_in_both_directions() {
        for panel in Panel::ALL {
            assert_eq!(panel.neighbour(true).neighbour(false), panel);
        }
        let round = std::iter::successors(Some(Panel::Loss), |panel| Some(panel.neighbour(true)));
        assert_eq!(round.take(Panel::ALL.len()).collect::<Vec<_>>(), Panel::ALL);
    }
}
