//! The teacher at the program's own terminal.

use std::sync::Arc;

use super::Class;
use super::roster::Followed;
use super::session::hear;
use crate::dashboard::{ClassAct, Ending, TakesPart, View};
use crate::session::Viewer;

/// What the teacher has to do with the class.
#[derive(Clone, Debug)]
pub struct TeacherPart {
    class: Arc<Class>,
    /// The number of what all were asked last.
    asked: u64,
}

impl TeacherPart {
    /// In this class.
    #[must_use]
    pub fn new(class: &Arc<Class>) -> Self {
        Self { class: Arc::clone(class), asked: 0 }
    }
}

impl TakesPart for TeacherPart {
    fn attend(&mut self, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending> {
        let mut roster = self.class.roster();
        if roster.follows {
            roster.followed = Some(Followed::of(view, viewer.observed()));
        }
        let seen = roster.view(None);
        let asked = roster.asked.clone().filter(|asked| asked.number > self.asked);
        drop(roster);
        let mut has_news = view.class.as_ref() != Some(&seen);
        view.class = Some(seen);
        if let Some(asked) = asked {
            self.asked = asked.number;
            hear(&asked, view, viewer);
            has_news = true;
        }
        Ok(has_news)
    }

    fn act(&mut self, act: ClassAct, view: &View, viewer: &Viewer) {
        self.class.roster().act(None, act, view, viewer.observed());
    }
}
