use std::collections::BTreeSet;

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

/// The prompt that has an answer.
fn asked() -> String {
    "我 讨厌".to_owned()
}

fn typed(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

#[test]
fn letters_are_commands_until_the_prompt_has_the_focus() {
    let mut dashboard = dashboard();
    assert_eq!(
        press(&mut dashboard, &typed("s+")),
        [Effect::Control(Control::StepOnce), Effect::Control(Control::Faster)]
    );
    assert_eq!(press(&mut dashboard, &typed("i我 爱sq")), []);
    assert_eq!(dashboard.panels.prompt.line.input().value(), "我 爱sq");
    assert_eq!(press(&mut dashboard, &[KeyCode::Esc, KeyCode::Char('s')]), [Effect::Control(Control::StepOnce)]);
}

#[test]
fn what_loses_work_is_done_when_it_is_asked_for_twice_in_a_row() {
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
fn who_teaches_is_asked_before_a_class_ends() {
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
fn nothing_is_asked_where_nothing_is_lost() {
    let key = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    assert_eq!(dashboard().handle(&key('q'), &fixture::untouched()), Some(Effect::Quit));
    assert_eq!(dashboard().handle(&key('r'), &fixture::untouched()), Some(Effect::Control(Control::Restart)));
    assert_eq!(
        dashboard().handle(&key('q'), &fixture::panicked()),
        Some(Effect::Quit),
        "there is nothing to go on with"
    );
    let mut kept = fixture::running();
    kept.snapshot_mut().kept = Some(SaveStatus::default());
    assert_eq!(dashboard().handle(&key('q'), &kept), Some(Effect::Quit), "it is on disk");
    assert_eq!(dashboard().handle(&key('q'), &fixture::refused()), None, "a model that has learned would be gone");
}

#[test]
fn where_nothing_is_trained_the_keys_of_training_play_the_run_again() {
    let told = |keys: &str, observed: &Observed| -> Vec<Effect> {
        let mut dashboard = dashboard();
        let key = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        keys.chars().filter_map(|c| dashboard.handle(&key(c), observed)).collect()
    };
    let [replay, faster, slower] = [Query::Replay, Query::ReplayFaster, Query::ReplaySlower].map(Effect::Query);
    assert_eq!(told(" +-", &fixture::replayed()), [replay.clone(), faster.clone(), slower]);
    let training = [Control::Pause, Control::Faster].map(Effect::Control);
    assert_eq!(told("t +", &fixture::running()), [&[replay.clone()][..], &training].concat());
    let mut playing = fixture::running();
    playing.run_mut().playback.is_playing = true;
    assert_eq!(
        told("t +", &playing),
        [replay.clone(), replay, faster],
        "whoever wants something to stand still means what moves"
    );
    assert_eq!(told("wrRsf<>", &fixture::replayed()), [], "what is only shown stays as it is");
}

#[test]
fn panels_are_chosen_by_number_or_one_after_the_other() {
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
fn another_model_is_chosen_by_arrows_and_digits() {
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
fn an_answer_is_chosen_and_accepted_and_a_word_taken_off_again() {
    let mut dashboard = dashboard();
    assert_eq!(
        press(&mut dashboard, &typed("4jl")),
        [Effect::Query(Query::Append(asked(), 4))],
        "爸爸, the second best"
    );
    assert_eq!(press(&mut dashboard, &typed("l")), [Effect::Query(Query::Append(asked(), 6))], "挨打, the best again");
    assert_eq!(press(&mut dashboard, &typed("jjjjjjjjkh")), [Effect::Query(Query::Shorten(asked()))]);
    assert_eq!(press(&mut dashboard, &typed("p")), [Effect::Query(Query::TogglePin(asked()))]);
}

#[test]
fn a_prompt_is_continued_by_so_many_words_at_this_temperature() {
    let mut dashboard = dashboard();
    let request = |reactions: Vec<Effect>| match reactions.as_slice() {
        [Effect::Query(Query::Generate(request))] => {
            (request.prompt.clone(), request.words, request.sampling.temperature)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(request(press(&mut dashboard, &typed("4g"))), ("我 讨厌".to_owned(), 20, 0.8));
    assert_eq!(request(press(&mut dashboard, &typed("n[[[g"))), ("我 讨厌".to_owned(), 50, 0.5));
    assert_eq!(request(press(&mut dashboard, &typed("[[[[[[[]g"))), ("我 讨厌".to_owned(), 50, 0.1), "not below 0");
}

#[test]
fn enter_asks_and_makes_room_for_the_next_prompt() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("/ 我 讨厌 "));
    assert_eq!(press(&mut dashboard, &[KeyCode::Enter]), [Effect::Query(Query::Ask("我 讨厌".to_owned()))]);
    assert_eq!(dashboard.panels.prompt.line.input().value(), "");
    assert_eq!(press(&mut dashboard, &[KeyCode::Enter]), [], "nothing to ask");
}

#[test]
fn a_space_at_the_end_is_asked_where_it_is_a_word() {
    let ask = |spaces_are_words| {
        let mut observed = fixture::running();
        let run = &mut observed.snapshot_mut().run;
        *run = RunInfo { spaces_are_words, ..(**run).clone() }.into();
        let mut dashboard = Dashboard::new(Theme::new(Colours::Indexed), Language::English, &[]);
        let keys = [typed("ithe "), vec![KeyCode::Enter]].concat();
        let key = |code: &KeyCode| Event::Key(KeyEvent::new(*code, KeyModifiers::NONE));
        keys.iter().filter_map(|code| dashboard.handle(&key(code), &observed)).last()
    };
    assert_eq!(ask(true), Some(Effect::Query(Query::Ask("the ".to_owned()))));
    assert_eq!(ask(false), Some(Effect::Query(Query::Ask("the".to_owned()))));
}

#[test]
fn up_and_down_go_through_earlier_prompts_and_back_to_the_draft() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("i玩具"));
    let mut seen = Vec::new();
    for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down, KeyCode::Down] {
        press(&mut dashboard, &[code]);
        seen.push(dashboard.panels.prompt.line.input().value().to_owned());
    }
    assert_eq!(seen, ["我 喜欢", "我 爱", "我 爱", "我 喜欢", "玩具", "玩具"]);
}

#[test]
fn tab_goes_through_the_words_that_fit() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("i我 爱"));
    let mut seen = Vec::new();
    for _ in 0..2 {
        press(&mut dashboard, &[KeyCode::Tab]);
        seen.push(dashboard.panels.prompt.line.input().value().to_owned());
    }
    assert_eq!(seen, ["我 爱", "我 爱"], "only one word begins with 爱");
    press(&mut dashboard, &typed(" "));
    press(&mut dashboard, &[KeyCode::Tab, KeyCode::Tab]);
    assert_eq!(
        dashboard.panels.prompt.line.input().value(),
        "我 爱 喜欢",
        "without a beginning every word fits, in the vocabulary's order"
    );
}

#[test]
fn escape_and_the_next_key_in_one_piece_leave_the_prompt_and_do_no_harm() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("i"));
    let keys = [
        (KeyCode::Char('q'), KeyModifiers::ALT),
        (KeyCode::Char('R'), KeyModifiers::ALT | KeyModifiers::SHIFT),
        (KeyCode::Enter, KeyModifiers::ALT),
    ];
    for (code, modifiers) in keys {
        press(&mut dashboard, &typed("i我 爱"));
        assert_eq!(dashboard.handle(&Event::Key(KeyEvent::new(code, modifiers)), &fixture::running()), None);
        assert!(!dashboard.view.is_typing && dashboard.view.pending_confirmation.is_none(), "{code:?}");
    }
}

#[test]
fn a_prompt_without_an_answer_comes_back_and_its_message_goes_with_the_next_key() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("i我 苹果"));
    press(&mut dashboard, &[KeyCode::Enter]);
    let refused = fixture::refused();
    dashboard.reply(&refused);
    assert_eq!(dashboard.panels.prompt.line.input().value(), "我 苹果");
    assert!(dashboard.view.refusal(&refused).is_some());
    dashboard.handle(&Event::Key(KeyCode::Backspace.into()), &refused);
    assert_eq!(dashboard.view.refusal(&refused), None);
    press(&mut dashboard, &[KeyCode::Enter]);
    dashboard.reply(&refused);
    assert_eq!(
        (dashboard.view.refusal(&refused), dashboard.panels.prompt.line.input().value()),
        (None, ""),
        "no reply yet: what was read is not said again"
    );
    let mut again = refused.clone();
    again.refusal = again.refusal.map(|refusal| Refusal { number: 2, ..refusal });
    dashboard.reply(&again);
    assert_eq!(dashboard.panels.prompt.line.input().value(), "我 苹果", "refused again");
}

#[test]
fn a_refusal_that_was_never_drawn_is_not_taken_as_read() {
    let (mut dashboard, refused) = (dashboard(), fixture::refused());
    dashboard.handle(&Event::Key(KeyCode::Char('x').into()), &refused);
    assert!(dashboard.view.refusal(&refused).is_some(), "the key was pressed before the refusal was on the screen");
    dashboard.reply(&refused);
    dashboard.handle(&Event::Key(KeyCode::Char('x').into()), &refused);
    assert!(dashboard.view.refusal(&refused).is_none());
}

#[test]
fn a_word_is_deleted_back_to_the_space_before_it() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("i我 喜欢 玩具  "));
    let ctrl_w = Event::Key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
    let mut seen = Vec::new();
    for _ in 0..4 {
        dashboard.handle(&ctrl_w, &fixture::running());
        seen.push(dashboard.panels.prompt.line.input().value().to_owned());
    }
    assert_eq!(seen, ["我 喜欢 ", "我 ", "", ""]);
}

#[test]
fn what_was_exported_is_said_until_the_next_key() {
    let mut dashboard = dashboard();
    assert_eq!(press(&mut dashboard, &typed("x")), [Effect::Export]);
    dashboard.view.notice = Some(Notice::Exported("runs/toy/export/step-1234".to_owned()));
    press(&mut dashboard, &typed("v"));
    assert_eq!(dashboard.view.notice, None);
}

#[test]
fn a_run_without_earlier_moments_says_so() {
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
fn a_step_that_nobody_would_see_is_not_taken() {
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
fn after_the_last_step_space_starts_nothing_and_t_plays_training_again() {
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

#[test]
fn pasted_lines_become_one_line() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("i"));
    dashboard.handle(&Event::Paste("我\n爱\u{1b}".to_owned()), &fixture::running());
    assert_eq!(dashboard.panels.prompt.line.input().value(), "我 爱 ");
}

/// A dashboard of this role in a class with a member, in every state from which an action can lead to something.
fn dashboards_in_class(role: Role, observed: &Observed) -> Vec<Dashboard> {
    let member = MemberView {
        number: 7,
        name: "anna".to_owned(),
        role: Role::Student,
        panel: PanelName::Prompt,
        prompt: "我 爱".to_owned(),
        minutes: 0,
        hand: false,
        same_person: 0,
    };
    let mut dashboard = dashboard();
    dashboard.view.role = role;
    dashboard.view.class = Some(ClassView { students: 1, members: vec![member], ..ClassView::default() });
    dashboard.panels.prompt.line.put("我 爱");
    let [mut naming, mut editing] = [dashboard.clone(), dashboard.clone()];
    let line = crate::dashboard::Line::default(); // another name than before
    naming.view.naming = Some(Naming { number: 7, before: "anna".to_owned(), line });
    editing.view.editor = Some(ModelEditor::new(&observed.run().snapshot));
    vec![dashboard, naming, editing]
}

/// Whether an effect changes a run, the class or the machine, rather than what one viewer sees or asks.
fn is_of_teacher(effect: &Effect) -> bool {
    match effect {
        Effect::Class(act) => !matches!(act, ClassAct::ToggleHand | ClassAct::Vote(_)),
        Effect::Control(_) | Effect::ControlOfOne(_) | Effect::Export | Effect::Measure | Effect::Suspend => true,
        Effect::Query(_) | Effect::Quit | Effect::Interrupt => false,
    }
}

/// The names of all actions that this role may do and that have such an effect.
fn effects_of_teacher(role: Role) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut playing = fixture::running();
    playing.run_mut().playback.is_playing = true;
    let runs = [
        fixture::running(),
        fixture::untouched(),
        fixture::replayed(),
        fixture::duel(2),
        fixture::not_saved(),
        playing,
    ];
    for observed in runs {
        for dashboard in dashboards_in_class(role, &observed) {
            let member = dashboard.view.members()[0].clone();
            for row in dashboard.keymap.rows().filter(|row| row.action.is_allowed(role, observed.run())) {
                let effect = dashboard.clone().act(&row.action, Some(&member), &observed);
                if effect.as_ref().is_some_and(is_of_teacher) {
                    found.insert(format!("{} {}", row.action.name, row.key()));
                }
            }
        }
    }
    found
}

#[test]
fn actions_that_change_a_run_or_the_class_need_the_permission_of_the_teacher() {
    for role in [Role::Student, Role::Projector] {
        assert_eq!(effects_of_teacher(role), BTreeSet::new(), "{role:?}");
    }
    let of_teacher = effects_of_teacher(Role::Teacher);
    for name in
        ["pause space", "restart r", "save w", "export x", "measure v", "poll P", "remove X", "ask_theirs o", " Enter"]
    {
        assert!(of_teacher.contains(name), "{name} is not among {of_teacher:?}");
    }
}
