//! What a teacher sees, for others to follow.

use crate::dashboard::{PanelName, View, Zoom};
use crate::session::{Observed, Query, Viewer};

/// What a teacher sees, for others to follow in their own size and language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeacherView {
    /// The panel that has the keys.
    pub panel: PanelName,
    /// The panel beside the loss.
    pub side_panel: PanelName,
    /// Whether a panel has the whole screen.
    pub zoom: Zoom,
    /// The index of the selected run.
    pub run: usize,
    /// The prompt that has an answer.
    pub prompt: Option<String>,
    /// The step of an earlier moment; `None` for the present.
    pub moment: Option<u64>,
}

impl TeacherView {
    /// What this view shows. The class list, which only teachers have, is replaced by the panels of `before`.
    #[must_use]
    pub fn new(view: &View, observed: &Observed, before: Option<&Self>) -> Self {
        let run = observed.run();
        let stayed = before.map(|before| (before.panel, before.side_panel, before.zoom));
        let (panel, side_panel, zoom) = stayed.unwrap_or((PanelName::Prompt, PanelName::Heatmap, Zoom::Off));
        let is_at_list = view.panel == PanelName::Class;
        Self {
            panel: if is_at_list { panel } else { view.panel },
            side_panel: if view.side_panel == PanelName::Class { side_panel } else { view.side_panel },
            zoom: if is_at_list { zoom } else { view.zoom },
            run: observed.focus,
            prompt: run.answer.as_ref().map(|answer| answer.prompt.clone()),
            moment: run.playback.shown,
        }
    }

    /// Changes panel, zoom, run, prompt and moment of a viewer to these, as far as they differ from `before`.
    pub(super) fn apply_to(&self, view: &mut View, viewer: &mut Viewer, before: Option<&Self>) {
        viewer.update(); // the teacher may be at a moment that this viewer does not have yet
        (view.panel, view.side_panel, view.zoom) = (self.panel, self.side_panel, self.zoom);
        for _ in 0..viewer.observed().runs.len() {
            if viewer.observed().focus != self.run {
                viewer.send(Query::NextRun);
            }
        }
        if let Some(prompt) = self.prompt.as_ref().filter(|_| before.is_none_or(|before| before.prompt != self.prompt))
        {
            viewer.send(Query::Ask(prompt.clone()));
        }
        if before.is_none_or(|before| before.moment != self.moment) {
            viewer.send(self.moment.map_or(Query::Return, Query::Show));
        }
    }
}
