//! The connection between a viewer and a class.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::allowance::Allowance;
use super::archive::RecordingWatch;
use super::roster::{Member, Question};
use super::screen_share::ScreenShare;
use super::session_end::SessionEnd;
use super::state::Class;
use super::teacher_view::TeacherView;
use super::visitor::{Credential, TerminalKind, Visitor, clamped};
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

/// The minimum time between two frames that no key requested, for members who do not teach.
const MIN_FRAME: Duration = Duration::from_millis(100);
/// The part of that time that grows with each member: all together get at most 200 frames a second, as training has priority.
const FRAME_PER_MEMBER: Duration = Duration::from_millis(5);

/// A member's connection to a class; dropping it leaves the class.
#[derive(Debug)]
pub struct Membership {
    pub(super) class: Arc<Class>,
    pub(super) number: u64,
    role: Role,
    /// The teacher's view that was applied last.
    followed: Option<TeacherView>,
    /// Whether the class followed the teacher at the last frame.
    follows: bool,
    /// The number of the last question to all that was shown.
    asked: u64,
    /// The cells of the screen; teachers have no limit.
    screen: Option<ScreenShare>,
    /// Whether only a part of the screen is drawn, because of the limit on cells.
    is_cut: bool,
    recording: RecordingWatch,
    /// The rate limit for logged prompts.
    prompts: Allowance,
}

impl Class {
    /// Joins as a teacher at the program's own terminal; `None` if the class is over.
    #[must_use]
    pub fn teach_here(self: &Arc<Self>, name: &str) -> Option<Membership> {
        let own = Credential::Account(rustix::process::getuid().as_raw());
        let teacher = Visitor::new(name, "this terminal", TerminalKind::own(), (80, 24)).admitted_by(own);
        self.join(&teacher, Role::Teacher, Box::new(|| {})).ok().map(|(membership, _)| membership)
    }

    /// Adds a member; returns the membership, and how long the session must wait before it starts.
    ///
    /// # Errors
    /// Why the visitor is rejected.
    pub(super) fn join(
        self: &Arc<Self>,
        visitor: &Visitor,
        role: Role,
        hang_up: Box<dyn Fn() + Send>,
    ) -> Result<(Membership, Duration), SessionEnd> {
        let (number, wait) = self.roster().join(Member::new(visitor, role, hang_up), Instant::now())?;
        Ok((Membership::new(self, number, role), wait))
    }
}

impl Membership {
    /// The connection of the member with this number. Earlier questions to all are not shown.
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

    /// Returns the size of the part of a terminal that is drawn: within the bounds of [`clamped`], and with no more cells than the
    /// class has left. Reserves these cells in place of those reserved before.
    pub(super) fn fit(&mut self, size: (u16, u16)) -> (u16, u16) {
        let size = clamped(size);
        self.screen.as_mut().map_or(size, |screen| screen.fit(size))
    }

    /// Whether the screen is now cut and was not at the last call.
    fn becomes_cut(&mut self, size: (u16, u16)) -> bool {
        let is_cut = self.fit(size) != clamped(size);
        let was_cut = std::mem::replace(&mut self.is_cut, is_cut);
        is_cut && !was_cut
    }

    /// The current name of the member in the class.
    pub(super) fn name(&self) -> String {
        self.class.roster().members.get(&self.number).map(|member| member.name.clone()).unwrap_or_default()
    }

    /// The share of the machine's time for members who do not teach.
    pub(super) fn budget(&self) -> &Budget {
        &self.class.budget
    }

    /// Stores what the archive stores of the session: `None` if it is not recorded, an error if its recording failed.
    pub(super) fn set_written_down(&mut self, recording: Option<&Result<Recording, Message>>) {
        self.recording = RecordingWatch::new(recording.and_then(|recording| recording.as_ref().ok()));
        let written_down = self.class.written_down(recording);
        if let Some(member) = self.class.roster().members.get_mut(&self.number) {
            member.written_down = written_down;
        }
    }

    /// The first notice of a session: what the archive stores of it, and the name if it differs from the one given.
    pub(super) fn first_notice(&self, visitor: &Visitor, language: Language) -> Option<String> {
        let roster = self.class.roster();
        let member = roster.members.get(&self.number)?;
        let renamed = (member.name != visitor.name).then(|| language.say(Notice::Renamed(member.name.clone())));
        let written_down = (!member.written_down.is_empty()).then(|| written_down(&member.written_down, language));
        let notices: Vec<_> = [written_down, renamed].into_iter().flatten().collect();
        (!notices.is_empty()).then(|| notices.join(language.semicolon()))
    }

    /// Ends the class.
    pub(super) fn end_class(&self) {
        self.class.end();
    }

    /// Reports a failed recording to the member and to teachers; returns whether it has failed since the last call.
    fn report_recording_failure(&mut self, view: &mut View) -> bool {
        let Some(why) = self.recording.take_failure() else { return false };
        let mut roster = self.class.roster();
        let Some(member) = roster.members.get_mut(&self.number) else { return false };
        let is_of_session = |written: &&mut WrittenDown| matches!(written, WrittenDown::Session);
        member.written_down.iter_mut().filter(is_of_session).for_each(|written| {
            *written = WrittenDown::NotTheSession(why.clone());
        });
        let name = member.name.clone();
        drop(roster);
        view.notify(Notice::ClassStatus(written_down(&[WrittenDown::NotTheSession(why.clone())], view.language), None));
        self.class.announce_failed_recording(&name, why);
        true
    }
}

impl ClassParticipant for Membership {
    fn sync(&mut self, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending> {
        let mut has_news = self.report_recording_failure(view);
        let mut roster = self.class.roster();
        if roster.is_over {
            return Err(Ending::ClassOver);
        }
        roster.update(self.number, view, viewer.observed());
        let Some(own) = roster.members.get_mut(&self.number) else { return Err(Ending::ClassOver) };
        if own.is_removed {
            return Err(Ending::Removed);
        }
        let notice = own.notice.take();
        let seen = roster.view(self.number);
        // a viewer that is released sees what the teacher saw last
        let is_led = self.role != Role::Teacher;
        let followed = roster.followed.clone().filter(|_| is_led && (seen.follows || self.follows));
        let asked = roster.asked.clone().filter(|asked| asked.number > self.asked);
        let members = roster.members.len();
        drop(roster);

        let follows = seen.follows;
        has_news |= view.class.as_ref() != Some(&seen) || notice.is_some();
        if is_led {
            view.frame = MIN_FRAME.max(FRAME_PER_MEMBER * u32::try_from(members).unwrap_or(u32::MAX));
        }
        view.class = Some(seen);
        if self.becomes_cut(view.size) {
            view.notify(Notice::Warning(MembershipMessage::ScreenCut.into()));
            has_news = true;
        }
        if let Some(notice) = notice {
            view.notify(notice);
        }
        if is_led && view.is_occupied() {
            // events from outside wait until the line is left
            let question = asked.map(|asked| (asked.prompt, asked.author));
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
            show_question(&asked, view, viewer);
            has_news = true;
        }
        if followed != self.followed {
            if let Some(teacher_view) = &followed {
                teacher_view.apply_to(view, viewer, self.followed.as_ref());
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

/// Asks the teacher's question in this viewer.
fn show_question(question: &Question, view: &mut View, viewer: &mut Viewer) {
    view.notify(Notice::Asked(question.author.clone()));
    viewer.send(Query::Ask(question.prompt.clone()));
}
