//! What somebody has to do with a class, whoever they are and wherever they sit.

use std::sync::Arc;
use std::time::Duration;

use super::Class;
use super::limits::ScreenShare;
use super::roster::{Asked, Followed};
use super::visitor::clamped;
use crate::dashboard::{ClassAct, Ending, Notice, Role, TakesPart, View};
use crate::session::{Query, Viewer};

/// Time between two frames that nobody asked for by a key, at least, of who does not teach.
const FRAME: Duration = Duration::from_millis(100);
/// The same for each member of the class: all members together get at most 200 frames a second, as training goes first.
const FRAME_OF_EACH: Duration = Duration::from_millis(5);

/// A place in a class; dropping it leaves the class.
#[derive(Debug)]
pub struct Membership {
    class: Arc<Class>,
    number: u64,
    role: Role,
    /// What was followed last.
    followed: Option<Followed>,
    /// Whether it was followed at the last frame.
    follows: bool,
    /// The number of what all were asked last.
    asked: u64,
    /// The cells of the screen; of who teaches they are not counted.
    screen: Option<ScreenShare>,
    /// Whether a part of the screen is drawn, as others have so many cells.
    is_cut: bool,
}

impl Membership {
    /// Of the member with this number. Questions to all from before are not asked again.
    pub(super) fn new(class: &Arc<Class>, number: u64, role: Role) -> Self {
        let asked = class.roster().asked.as_ref().map_or(0, |asked| asked.number);
        let screen = (role != Role::Teacher).then(|| ScreenShare::new(&class.cells));
        let class = Arc::clone(class);
        Self { class, number, role, followed: None, follows: false, asked, screen, is_cut: false }
    }

    /// The part of a terminal of this size that is drawn.
    pub(super) fn fit(&mut self, size: (u16, u16)) -> (u16, u16) {
        let size = clamped(size);
        self.screen.as_mut().map_or(size, |screen| screen.fit(size))
    }

    /// Whether a part of the screen is drawn from now on.
    fn is_cut_anew(&mut self, size: (u16, u16)) -> bool {
        let is_cut = self.fit(size) != clamped(size);
        let was_cut = std::mem::replace(&mut self.is_cut, is_cut);
        is_cut && !was_cut
    }

    /// Ends the class; only who teaches does.
    pub(super) fn end_class(&self) {
        self.class.end();
    }
}

impl TakesPart for Membership {
    fn attend(&mut self, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending> {
        let mut roster = self.class.roster();
        if roster.is_over {
            return Err(Ending::ClassOver);
        }
        let new_prompt = roster.update(self.number, view, viewer.observed());
        let seen = roster.view(self.number);
        // who is released sees what the teacher saw last
        let is_wanted = self.role != Role::Teacher && (seen.follows || self.follows);
        let followed = roster.followed.clone().filter(|_| is_wanted);
        let asked = roster.asked.clone().filter(|asked| asked.number > self.asked);
        let members = roster.members.len();
        drop(roster);
        if let Some((name, prompt)) = new_prompt {
            self.class.log_prompt(&name, self.role, &prompt);
        }

        let mut has_news = view.class.as_ref() != Some(&seen);
        self.follows = seen.follows;
        if self.role != Role::Teacher {
            view.frame = FRAME.max(FRAME_OF_EACH * u32::try_from(members).unwrap_or(u32::MAX));
        }
        view.see_class(seen);
        if self.is_cut_anew(view.size) {
            let why = view.language.pick(
                "the screens of the class are too large together: a part of yours is used",
                "全班的屏幕合计过大：只用你屏幕的一部分",
            );
            view.notice = Some(Notice::Warning(why.to_owned()));
            has_news = true;
        }
        if let Some(asked) = asked {
            self.asked = asked.number;
            ask_question_to_all(&asked, view, viewer);
            has_news = true;
        }
        if followed != self.followed {
            if let Some(now) = &followed {
                follow_teacher(now, self.followed.as_ref(), view, viewer);
                has_news = true;
            }
            self.followed = followed;
        }
        Ok(has_news)
    }

    fn act(&mut self, act: ClassAct, view: &View, viewer: &Viewer) {
        self.class.roster().act(self.number, act, view, viewer.observed());
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.class.roster().leave(self.number);
    }
}

/// Is asked what all are asked.
fn ask_question_to_all(asked: &Asked, view: &mut View, viewer: &mut Viewer) {
    view.is_typing = false;
    view.notice = Some(Notice::Asked(asked.of.clone()));
    viewer.send(Query::Ask(asked.prompt.clone()));
}

/// Looks where the teacher looks.
fn follow_teacher(now: &Followed, before: Option<&Followed>, view: &mut View, viewer: &mut Viewer) {
    viewer.update(); // the teacher may be at a moment that this viewer has not heard of
    (view.panel, view.side_panel, view.zoom) = (now.panel, now.side_panel, now.zoom);
    view.is_typing = false;
    for _ in 0..viewer.observed().runs.len() {
        if viewer.observed().focus != now.run {
            viewer.send(Query::NextRun);
        }
    }
    if let Some(prompt) = now.prompt.as_ref().filter(|_| before.is_none_or(|before| before.prompt != now.prompt)) {
        viewer.send(Query::Ask(prompt.clone()));
    }
    if before.is_none_or(|before| before.moment != now.moment) {
        viewer.send(now.moment.map_or(Query::Return, Query::Show));
    }
}
