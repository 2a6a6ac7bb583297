//! Members of a class without terminals: a fixture, and tests by subject.

mod archive;
mod interruptions;
mod people;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use std::sync::Arc;
use std::time::Duration;

use super::access::Access;
use super::archive::{Archive, RecordingFolder};
use super::limits::Limits;
use super::log::Log;
use super::membership::Membership;
use super::password::Password;
use super::session_end::SessionEnd;
use super::state::Class;
use super::visitor::{Credential, TerminalKind, Visitor};
use crate::config::{Config, Origin};
use crate::dashboard::{
    Announcement, ClassAct, ClassParticipant, Colours, Dashboard, Effect, Ending, Language, MemberView, Notice,
    PanelName, Recording, Role, Theme, WrittenDown,
};
use crate::learning::language_learner;
use crate::session::{Control, Controls, Mode, Pace, PreparedRun, Query, SharedRuns, Trainer, Viewer};

const TIMEOUT: Duration = Duration::from_mins(1);

/// A class on a paused run of the built-in toy configuration.
struct Lesson {
    trainer: Trainer,
    class: Arc<Class>,
}

/// A member with a view and a viewer.
struct TestMember {
    membership: Membership,
    dashboard: Dashboard,
    viewer: Viewer,
}

impl Lesson {
    fn with(archive: Archive) -> Self {
        let config = Config::read(&Origin::toy(), &[]).unwrap();
        let run = PreparedRun::new(language_learner(config).unwrap(), Pace::Full, Mode::Paused);
        let trainer = Trainer::spawn(run).unwrap();
        let limits = Limits { members: 64, sessions_each: 64 };
        let class = Class::with_limits(SharedRuns::new([("", &trainer)]).unwrap(), limits, archive);
        Self { trainer, class }
    }

    fn new() -> Self {
        Self::with(Archive::default())
    }

    fn join(&self, visitor: &Visitor, role: Role) -> Result<TestMember, SessionEnd> {
        let (membership, _) = self.class.join(visitor, role, Box::new(|| {}))?;
        let mut viewer = self.class.runs.viewer();
        viewer.settle(TIMEOUT);
        let mut dashboard = Dashboard::new(Theme::new(Colours::None), Language::English, &[]);
        dashboard.view.role = role;
        let mut member = TestMember { membership, dashboard, viewer };
        member.sync().unwrap();
        Ok(member)
    }

    fn student(&self, name: &str) -> TestMember {
        self.join(&visitor(name), Role::Student).unwrap()
    }

    fn teacher(&self) -> TestMember {
        self.join(&visitor("Li"), Role::Teacher).unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.class.roster().members.values().map(|member| member.name.clone()).collect()
    }
}

fn visitor(name: &str) -> Visitor {
    Visitor::new(name, "192.0.2.1:5", TerminalKind::default(), (80, 24))
}

impl TestMember {
    fn sync(&mut self) -> Result<bool, Ending> {
        let has_news = self.membership.sync(&mut self.dashboard.view, &mut self.viewer);
        self.viewer.settle(TIMEOUT);
        has_news
    }

    /// Presses a key and handles its effect, as the loop of a viewer does.
    fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Option<Effect> {
        let key = Event::Key(KeyEvent::new(code, modifiers));
        let effect = self.dashboard.handle(&key, self.viewer.observed());
        match &effect {
            Some(Effect::Query(query)) => {
                self.viewer.send(query.clone());
                if let Query::Ask(prompt) = query {
                    self.membership.asked(prompt);
                }
                self.viewer.settle(TIMEOUT);
            }
            Some(Effect::Class(act)) => self.membership.act(act, &mut self.dashboard.view, &self.viewer),
            _ => {}
        }
        self.sync().unwrap_or_default();
        effect
    }

    fn type_keys(&mut self, keys: &str) -> Vec<Effect> {
        keys.chars()
            .filter_map(|c| match c {
                '\r' => self.press(KeyCode::Enter, KeyModifiers::NONE),
                '\u{1b}' => self.press(KeyCode::Esc, KeyModifiers::NONE),
                '\t' => self.press(KeyCode::Tab, KeyModifiers::NONE),
                '\u{3}' => self.press(KeyCode::Char('c'), KeyModifiers::CONTROL),
                c => self.press(KeyCode::Char(c), KeyModifiers::NONE),
            })
            .collect()
    }

    fn line(&self) -> &str {
        self.dashboard.panels.prompt.line.input().value()
    }

    fn prompt(&self) -> String {
        self.viewer.observed().run().answer.as_ref().map(|answer| answer.prompt.clone()).unwrap_or_default()
    }

    fn list(&self) -> Vec<MemberView> {
        self.dashboard.view.class.as_ref().unwrap().members.clone()
    }

    /// Selects a member in the teacher's list.
    fn look_at(&mut self, name: &str) {
        self.sync().unwrap();
        self.type_keys("C");
        let at = self.list().iter().position(|member| member.name == name).unwrap();
        self.type_keys(&("k".repeat(99) + &"j".repeat(at)));
    }
}
