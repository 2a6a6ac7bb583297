//! What somebody has to do with a class, whoever they are and wherever they sit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::allowance::Allowance;
use super::archive::RecordingWatch;
use super::limits::ScreenShare;
use super::roster::{Asked, Followed};
use super::visitor::clamped;
use super::{Class, Visitor};
use crate::dashboard::words::class::written_down;
use crate::dashboard::{
    ClassAct, ClassParticipant, Ending, Held, Language, Notice, Recording, Role, View, WrittenDown,
};
use crate::language::Message;
use crate::session::{Budget, Query, Viewer};

crate::messages! {
    enum MembershipMessage {
        ScreenCut =
            "the screens of the class are too large together: a part of yours is used",
            "全班的屏幕合计过大：只用你屏幕的一部分";
    }
}

/// Time between two frames that nobody asked for by a key, at least, of who does not teach.
const FRAME: Duration = Duration::from_millis(100);
/// The same for each member of the class: all members together get at most 200 frames a second, as training goes first.
const FRAME_OF_EACH: Duration = Duration::from_millis(5);

/// A place in a class; dropping it leaves the class.
#[derive(Debug)]
pub struct Membership {
    pub(super) class: Arc<Class>,
    pub(super) number: u64,
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
    recording: RecordingWatch,
    /// How many questions may be logged.
    prompts: Allowance,
}

impl Membership {
    /// Of the member with this number. Questions to all from before are not asked again.
    pub(super) fn new(class: &Arc<Class>, number: u64, role: Role) -> Self {
        let asked = class.roster().asked.as_ref().map_or(0, |asked| asked.number);
        let screen = (role != Role::Teacher).then(|| ScreenShare::new(&class.cells));
        Self {
            class: Arc::clone(class),
            number,
            role,
            followed: None,
            follows: false,
            asked,
            screen,
            is_cut: false,
            recording: RecordingWatch::default(),
            prompts: Allowance::new(30, Duration::from_secs(1)),
        }
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

    /// As the class calls the member now.
    pub(super) fn name(&self) -> String {
        self.class.roster().members.get(&self.number).map(|member| member.name.clone()).unwrap_or_default()
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.class.budget
    }

    /// Notes what is written down of the session, which is recorded, is to be and is not, or is not to be.
    pub(super) fn write_down(&mut self, recording: Option<&Result<Recording, Message>>) {
        self.recording = RecordingWatch::of(recording.and_then(|recording| recording.as_ref().ok()));
        let written_down = self.class.written_down(recording);
        if let Some(member) = self.class.roster().members.get_mut(&self.number) {
            member.written_down = written_down;
        }
    }

    /// What somebody should know first: what is written down of the session, and a name that is not the one they have given.
    pub(super) fn first_notice(&self, visitor: &Visitor, language: Language) -> Option<String> {
        let roster = self.class.roster();
        let member = roster.members.get(&self.number)?;
        let renamed = (member.name != visitor.name).then(|| language.say(Notice::Renamed(member.name.clone())));
        let written_down = (!member.written_down.is_empty()).then(|| written_down(&member.written_down, language));
        let notices: Vec<_> = [written_down, renamed].into_iter().flatten().collect();
        (!notices.is_empty()).then(|| notices.join(language.semicolon()))
    }

    /// Ends the class; only who teaches does.
    pub(super) fn end_class(&self) {
        self.class.end();
    }

    /// Tells both sides when the recording has ended before the session.
    fn tell_of_recording(&mut self, view: &mut View) -> bool {
        let Some(why) = self.recording.news() else { return false };
        let mut roster = self.class.roster();
        let Some(member) = roster.members.get_mut(&self.number) else { return false };
        let is_of_session = |written: &&mut WrittenDown| matches!(written, WrittenDown::Session);
        member.written_down.iter_mut().filter(is_of_session).for_each(|written| {
            *written = WrittenDown::NotTheSession(why.clone());
        });
        let name = member.name.clone();
        drop(roster);
        view.notify(Notice::OfPlace(written_down(&[WrittenDown::NotTheSession(why.clone())], view.language), None));
        self.class.miss_recording(&name, why);
        true
    }
}

impl ClassParticipant for Membership {
    fn sync(&mut self, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending> {
        let mut has_news = self.tell_of_recording(view);
        let mut roster = self.class.roster();
        if roster.is_over {
            return Err(Ending::ClassOver);
        }
        roster.update(self.number, view, viewer.observed());
        let Some(own) = roster.members.get_mut(&self.number) else { return Err(Ending::ClassOver) };
        if own.is_removed {
            return Err(Ending::Removed);
        }
        let told = own.told.take();
        let seen = roster.view(self.number);
        // who is released sees what the teacher saw last
        let is_led = self.role != Role::Teacher;
        let followed = roster.followed.clone().filter(|_| is_led && (seen.follows || self.follows));
        let asked = roster.asked.clone().filter(|asked| asked.number > self.asked);
        let members = roster.members.len();
        drop(roster);

        let follows = seen.follows;
        has_news |= view.class.as_ref() != Some(&seen) || told.is_some();
        if is_led {
            view.frame = FRAME.max(FRAME_OF_EACH * u32::try_from(members).unwrap_or(u32::MAX));
        }
        view.see_class(seen);
        if self.is_cut_anew(view.size) {
            view.notify(Notice::Warning(MembershipMessage::ScreenCut.into()));
            has_news = true;
        }
        if let Some(notice) = told {
            view.notify(notice);
        }
        if is_led && view.is_occupied() {
            // nothing from outside ends what somebody types: it waits until they leave the line
            let question = asked.map(|asked| (asked.prompt, asked.of));
            let held = Held { question, follows };
            has_news |= view.held != held;
            view.held = held;
            self.follows &= follows;
            return Ok(has_news);
        }
        view.held = Held::default();
        self.follows = follows;
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

    fn act(&mut self, act: &ClassAct, view: &mut View, viewer: &Viewer) {
        if let Some(notice) = self.class.act(self.number, act, view, viewer.observed()) {
            view.notice = Some(notice);
        }
    }

    fn asked(&mut self, prompt: &str) {
        if let Some(omitted) = self.prompts.take(Instant::now()) {
            self.class.log_prompt(&self.name(), self.role, prompt, omitted);
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.class.roster().leave(self.number);
    }
}

/// Is asked what all are asked.
fn ask_question_to_all(asked: &Asked, view: &mut View, viewer: &mut Viewer) {
    view.notify(Notice::Asked(asked.of.clone()));
    viewer.send(Query::Ask(asked.prompt.clone()));
}

/// Looks where the teacher looks.
fn follow_teacher(now: &Followed, before: Option<&Followed>, view: &mut View, viewer: &mut Viewer) {
    viewer.update(); // the teacher may be at a moment that this viewer has not heard of
    (view.panel, view.side_panel, view.zoom) = (now.panel, now.side_panel, now.zoom);
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
