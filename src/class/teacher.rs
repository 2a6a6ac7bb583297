//! The teacher at the program's own terminal.

use std::sync::Arc;

use super::Class;
use super::roster::Followed;
use crate::dashboard::{ClassAct, Ending, TakesPart, View};
use crate::session::Viewer;

/// What the teacher has to do with the class.
#[derive(Clone, Debug)]
pub struct TeachersDesk {
    class: Arc<Class>,
}

impl TeachersDesk {
    /// In this class.
    #[must_use]
    pub fn new(class: &Arc<Class>) -> Self {
        Self { class: Arc::clone(class) }
    }
}

impl TakesPart for TeachersDesk {
    fn attend(&mut self, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending> {
        let mut roster = self.class.roster();
        if roster.follows {
            roster.followed = Some(Followed::of(view, viewer.observed()));
        }
        let seen = roster.view(None);
        let has_news = view.class.as_ref() != Some(&seen);
        view.class = Some(seen);
        Ok(has_news)
    }

    fn act(&mut self, act: ClassAct, view: &View, viewer: &Viewer) {
        self.class.roster().act(None, act, || Followed::of(view, viewer.observed()));
    }
}
