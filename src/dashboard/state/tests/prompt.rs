//! Keys of the prompt, and what is typed.

use super::*;

#[test]
fn handle_letters_are_commands_until_prompt_is_typed() {
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
fn handle_answer_keys_append_and_shorten_prompt() {
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
fn handle_generate_key_uses_length_and_temperature() {
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
fn handle_enter_asks_and_empties_line() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("/ 我 讨厌 "));
    assert_eq!(press(&mut dashboard, &[KeyCode::Enter]), [Effect::Query(Query::Ask("我 讨厌".to_owned()))]);
    assert_eq!(dashboard.panels.prompt.line.input().value(), "");
    assert_eq!(press(&mut dashboard, &[KeyCode::Enter]), [], "nothing to ask");
}

#[test]
fn handle_enter_keeps_trailing_space_that_is_word() {
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
fn handle_up_and_down_recall_prompts_and_draft() {
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
fn handle_tab_cycles_completions() {
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
fn handle_alt_key_leaves_prompt_without_action() {
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
fn reply_rejected_prompt_returns_until_next_key() {
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
fn handle_key_before_refusal_is_drawn_keeps_refusal() {
    let (mut dashboard, refused) = (dashboard(), fixture::refused());
    dashboard.handle(&Event::Key(KeyCode::Char('x').into()), &refused);
    assert!(dashboard.view.refusal(&refused).is_some(), "the key was pressed before the refusal was on the screen");
    dashboard.reply(&refused);
    dashboard.handle(&Event::Key(KeyCode::Char('x').into()), &refused);
    assert!(dashboard.view.refusal(&refused).is_none());
}

#[test]
fn handle_ctrl_w_deletes_word() {
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
fn handle_pasted_lines_become_one_line() {
    let mut dashboard = dashboard();
    press(&mut dashboard, &typed("i"));
    dashboard.handle(&Event::Paste("我\n爱\u{1b}".to_owned()), &fixture::running());
    assert_eq!(dashboard.panels.prompt.line.input().value(), "我 爱 ");
}
