//! Key presses, and their effects.

mod permissions;
mod prompt;

use crossterm::event::{KeyCode, KeyModifiers};

use super::*;
use crate::dashboard::model_editor::ModelEditor;
use crate::dashboard::panels::PanelName;
use crate::dashboard::role::Role;
use crate::dashboard::{ClassView, Colours, Naming, Zoom, fixture};
use crate::learning::RunInfo;
use crate::session::{Control, Query, Refusal, RunState, SaveStatus};

fn dashboard() -> Dashboard {
    Dashboard::new(Theme::new(Colours::None), Language::English, &["我 喜欢".to_owned(), "我 爱".to_owned()])
}

fn press(dashboard: &mut Dashboard, codes: &[KeyCode]) -> Vec<Effect> {
    let observed = fixture::running();
    let press = |code: &KeyCode| dashboard.handle(&Event::Key(KeyEvent::new(*code, KeyModifiers::NONE)), &observed);
    codes.iter().filter_map(press).collect()
}

/// The answered prompt of the fixture.
fn asked() -> String {
    "我 讨厌".to_owned()
}

fn typed(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

#[test]
fn handle_destructive_key_acts_when_repeated() {
    let mut dashboard = dashboard();
    let restart = Effect::Control(Control::Restart);
    assert_eq!(press(&mut dashboard, &typed("r")), []);
    assert_eq!(dashboard.view.pending_confirmation.as_ref().map(|asked| asked.action), Some("restart"));
    assert_eq!(press(&mut dashboard, &typed("r")), [restart]);
    assert!(dashboard.view.pending_confirmation.is_none());
    assert_eq!(press(&mut dashboard, &typed("rqr")), [], "another key in between is a no");
    assert_eq!(press(&mut dashboard, &typed("vqq")), [Effect::Quit]);
    let ctrl_c = Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    assert_eq!(dashboard.handle(&ctrl_c, &fixture::running()), Some(Effect::Interrupt), "as a signal would");
}

#[test]
fn handle_quit_in_class_needs_confirmation() {
    let key = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    let mut dashboard = dashboard();
    dashboard.view.class = Some(ClassView { students: 2, ..ClassView::default() });
    assert_eq!(dashboard.handle(&key('q'), &fixture::untouched()), None, "two are in it");
    assert_eq!(dashboard.handle(&key('q'), &fixture::untouched()), Some(Effect::Quit));
    dashboard.view.role = Role::Student;
    assert_eq!(dashboard.handle(&key('q'), &fixture::untouched()), None, "who leaves may not come back");
    assert_eq!(dashboard.handle(&key('q'), &fixture::untouched()), Some(Effect::Quit), "only the student leaves");
}

#[test]
fn handle_quit_without_loss_needs_no_confirmation() {
    let key = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    assert_eq!(dashboard().handle(&key('q'), &fixture::untouched()), Some(Effect::Quit));
    assert_eq!(dashboard().handle(&key('r'), &fixture::untouched()), Some(Effect::Control(Control::Restart)));
    assert_eq!(
        dashboard().handle(&key('q'), &fixture::panicked()),
        Some(Effect::Quit),
        "there is nothing to go on with"
    );
    let mut saved = fixture::running();
    saved.snapshot_mut().save_status = Some(SaveStatus::default());
    assert_eq!(dashboard().handle(&key('q'), &saved), Some(Effect::Quit), "it is on disk");
    assert_eq!(dashboard().handle(&key('q'), &fixture::refused()), None, "a model that has learned would be gone");
}

#[test]
fn handle_training_keys_of_replayed_run_control_replay() {
    let effects = |keys: &str, observed: &Observed| -> Vec<Effect> {
        let mut dashboard = dashboard();
        let key = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        keys.chars().filter_map(|c| dashboard.handle(&key(c), observed)).collect()
    };
    let [replay, faster, slower] = [Query::Replay, Query::ReplayFaster, Query::ReplaySlower].map(Effect::Query);
    assert_eq!(effects(" +-", &fixture::replayed()), [replay.clone(), faster.clone(), slower]);
    let training = [Control::Pause, Control::Faster].map(Effect::Control);
    assert_eq!(effects("t +", &fixture::running()), [&[replay.clone()][..], &training].concat());
    let mut playing = fixture::running();
    playing.run_mut().playback.is_playing = true;
    assert_eq!(
        effects("t +", &playing),
        [replay.clone(), replay, faster],
        "pause and pace act on the replay while it plays"
    );
    assert_eq!(effects("wrRsf<>", &fixture::replayed()), [], "a replayed run is not changed");
}

#[test]
fn handle_number_and_tab_focus_panels() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("3"));
    assert_eq!((dashboard.view.panel, dashboard.view.side_panel), (PanelName::GradientFlow, PanelName::GradientFlow));
    press(&mut dashboard, &[KeyCode::Tab]);
    assert_eq!((dashboard.view.panel, dashboard.view.side_panel), (PanelName::Prompt, PanelName::GradientFlow));
    let mut visited = Vec::new();
    while dashboard.view.panel != PanelName::Heatmap {
        visited.push(dashboard.view.panel);
        press(&mut dashboard, &[KeyCode::Tab]);
        assert!(visited.len() < PanelName::ALL.len(), "{visited:?}");
    }
    assert!(!visited.contains(&PanelName::Class), "there is no class");
    assert_eq!((dashboard.view.panel, dashboard.view.side_panel), (PanelName::Heatmap, PanelName::Heatmap));
    press(&mut dashboard, &[KeyCode::BackTab, KeyCode::Char('z')]);
    assert_eq!((dashboard.view.panel, dashboard.view.zoom), (PanelName::Loss, Zoom::Panel));
    press(&mut dashboard, &[KeyCode::Esc]);
    assert!(!dashboard.view.zoom.is_on());
}

#[test]
fn handle_model_editor_keys_rebuild_model() {
    let rebuilt = |keys: &[KeyCode]| match press(&mut dashboard(), keys).as_slice() {
        [Effect::ControlOfOne(Control::Rebuild { settings, seed })] => {
            let model = &settings.model;
            (model.cell.as_str(), model.hidden, model.layers, *seed)
        }
        other => panic!("{other:?}"),
    };
    let keys = |text: &str| [typed(text), vec![KeyCode::Enter]].concat();
    assert_eq!(rebuilt(&keys("m")), ("lstm", 2, 1, 42), "as it is");
    assert_eq!(rebuilt(&keys("mljll")), ("gru", 4, 1, 42));
    assert_eq!(rebuilt(&keys(&format!("mlllj0jl{}h", "j".repeat(40)))), ("mgu", 20, 2, 41));
    let erased = [typed("mj"), vec![KeyCode::Backspace], typed("64"), vec![KeyCode::Enter]].concat();
    assert_eq!(rebuilt(&erased), ("lstm", 64, 1, 42));
    let nothing = [typed("mj"), vec![KeyCode::Backspace, KeyCode::Enter]].concat();
    assert_eq!(rebuilt(&nothing), ("lstm", 1, 1, 42), "no model has no units");
    assert_eq!(
        press(&mut dashboard(), &[typed("mljqs")].concat()),
        [Effect::Control(Control::StepOnce)],
        "q leaves it"
    );
}

#[test]
fn handle_key_removes_export_notice() {
    let mut dashboard = dashboard();
    assert_eq!(press(&mut dashboard, &typed("x")), [Effect::Export]);
    dashboard.view.notice = Some(Notice::Exported("runs/toy/export/step-1234".to_owned()));
    press(&mut dashboard, &typed("v"));
    assert_eq!(dashboard.view.notice, None);
}

#[test]
fn handle_past_key_without_keyframes_shows_notice() {
    let mut observed = fixture::running();
    observed.snapshot_mut().moments = 0;
    for key in "(){}te".chars() {
        let mut dashboard = dashboard();
        assert_eq!(dashboard.handle(&Event::Key(KeyCode::Char(key).into()), &observed), None);
        assert_eq!(dashboard.view.notice, Some(Notice::NoMoments), "{key}");
    }
    // before the first step there is one, and it is the present
    observed.snapshot_mut().moments = 1;
    let mut dashboard = dashboard();
    assert_eq!(dashboard.handle(&Event::Key(KeyCode::Char('(').into()), &observed), None);
    assert_eq!(dashboard.view.notice, Some(Notice::NoEarlierMoment));
}

#[test]
fn handle_step_at_earlier_moment_shows_notice() {
    let mut observed = fixture::running();
    observed.run_mut().playback.shown = Some(700);
    let mut dashboard = dashboard();
    assert_eq!(dashboard.handle(&Event::Key(KeyCode::Char('s').into()), &observed), None);
    assert_eq!(dashboard.view.notice, Some(Notice::InThePast));
    observed.run_mut().playback.shown = None;
    let effect = dashboard.handle(&Event::Key(KeyCode::Char('s').into()), &observed);
    assert_eq!(effect, Some(Effect::Control(Control::StepOnce)));
}

#[test]
fn handle_space_after_last_step_shows_notice() {
    let mut observed = fixture::running();
    observed.snapshot_mut().state = RunState::Finished;
    let mut dashboard = dashboard();
    assert_eq!(dashboard.handle(&Event::Key(KeyCode::Char(' ').into()), &observed), None);
    assert_eq!(dashboard.view.notice, Some(Notice::Over));
    let effect = dashboard.handle(&Event::Key(KeyCode::Char('t').into()), &observed);
    assert_eq!(effect, Some(Effect::Query(Query::Replay)));
    // the same key stops and starts a replay
    observed.run_mut().playback.shown = Some(700);
    let effect = dashboard.handle(&Event::Key(KeyCode::Char(' ').into()), &observed);
    assert_eq!(effect, Some(Effect::Query(Query::Replay)));
}
