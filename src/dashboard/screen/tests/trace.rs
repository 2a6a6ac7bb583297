//! The panels of a trace: states and gates, gradient flow, state space, shapes, attention.

use super::*;

#[test]
fn forget_gate_shows_arithmetic() {
    assert_snapshot!(focused(80, 24, &typed("2]]]"), &fixture::running()));
}

#[test]
fn forget_gate_fills_screen_in_chinese() {
    assert_snapshot!(focused(120, 40, &typed("2]]]zL"), &fixture::running()));
}

#[test]
fn heatmap_overview_pools_units_and_steps() {
    let (mut dashboard, observed) = (dashboard_after(&typed("2oz")), fixture::large());
    dashboard.view.theme = Theme::new(Colours::None);
    assert_snapshot!(panel_of(PanelName::Heatmap, &drawn(80, 24, &dashboard, &observed), &dashboard, &observed));
}

#[test]
fn state_path_of_two_units_is_exact() {
    assert_snapshot!(focused(80, 24, &typed("5"), &fixture::running()));
}

#[test]
fn state_path_of_many_units_is_projected_to_two_components() {
    assert_snapshot!(focused(120, 40, &typed("5zL"), &fixture::large()));
}

#[test]
fn shapes_are_drawn_beside_loss() {
    assert_snapshot!(focused(80, 24, &typed("6jj"), &fixture::running()));
}

#[test]
fn shapes_fill_screen() {
    assert_snapshot!(focused(120, 40, &typed("6zL"), &fixture::running()));
}

#[test]
fn gradient_flow_is_drawn_beside_loss() {
    assert_snapshot!(focused(80, 24, &typed("3"), &fixture::running()));
}

#[test]
fn gradient_flow_of_many_steps_fills_screen() {
    assert_snapshot!(focused(120, 40, &typed("3z"), &fixture::large()));
}

#[test]
fn attention_is_drawn_beside_loss() {
    assert_snapshot!(focused(80, 24, &typed("7"), &fixture::transformer()));
}

#[test]
fn transformer_has_attention_in_place_of_states() {
    assert_snapshot!(focused(120, 40, &typed("7"), &fixture::transformer()));
}

#[test]
fn attention_fills_screen_with_all_heads() {
    let keys = [typed("7zh"), vec![KeyCode::Down]].concat();
    assert_snapshot!(focused(80, 24, &keys, &fixture::transformer()));
}

#[test]
fn attention_mean_of_heads_without_colours_in_chinese() {
    let observed = fixture::transformer();
    let mut dashboard = Dashboard::new(Theme::new(Colours::None), Language::Chinese, &[]);
    for key in ['7', 'z', 'j', 'j', 'j', 'j'] {
        dashboard.handle(&Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)), &observed);
    }
    assert_snapshot!(panel_of(dashboard.view.panel, &drawn(100, 30, &dashboard, &observed), &dashboard, &observed));
}

#[test]
fn attention_without_heads_is_absent() {
    assert!(screen(80, 24, &typed("7"), &fixture::running()).contains("this model has no attention"));
    assert!(!screen(200, 60, &[], &fixture::running()).contains("attention"));
}

#[test]
fn large_model_is_drawn_in_part() {
    assert_snapshot!(focused(80, 24, &typed("2"), &fixture::large()) + &focused(80, 24, &[], &fixture::large()));
}

#[test]
fn incomplete_trace_is_drawn() {
    let whole = fixture::running().answer_mut().clone();
    let lacking = |change: fn(&mut Answer)| {
        let mut answer = whole.clone();
        change(&mut answer);
        answer
    };
    let answers = [
        lacking(|answer| answer.trace.quantities.clear()),
        lacking(|answer| answer.trace.gradient_flow.clear()),
        lacking(|answer| answer.trace.quantities.retain(|quantity| quantity.layer.is_none())),
        lacking(|answer| answer.trace.quantities.iter_mut().for_each(|quantity| quantity.values.clear())),
        lacking(|answer| {
            let Trace { ids, quantities, gradient_flow, surprisals, input_gradient_norms, .. } = &mut answer.trace;
            ids.clear();
            quantities.iter_mut().for_each(|quantity| quantity.values.clear());
            gradient_flow.iter_mut().for_each(|flow| flow.norms.clear());
            surprisals.clear();
            input_gradient_norms.clear();
            answer.words.clear();
        }),
    ];
    let heads = fixture::transformer().answer_mut().clone();
    let without_words = Answer { trace: Trace { quantities: Vec::new(), ..heads.trace.clone() }, ..heads.clone() };
    let of_other_length = {
        let mut answer = heads.clone();
        let of_heads = answer.trace.quantities.iter_mut().filter(|quantity| quantity.term == QuantityKind::Attention);
        of_heads.for_each(|quantity| quantity.values.truncate(3));
        answer
    };
    for answer in answers.into_iter().chain([heads, without_words, of_other_length]) {
        let mut observed = fixture::running();
        *observed.answer_mut() = answer;
        for keys in
            ["1", "2", "2]", "2n", "2o", "2hk", "3", "3]n", "4", "5", "6", "2z", "2oz", "3z", "5z", "7jz", "8jkz"]
        {
            let mut dashboard = dashboard_after(&[]);
            for code in typed(keys) {
                dashboard.handle(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)), &observed);
            }
            for (width, height) in [(80, 24), (200, 60), (20, 6), (1, 1)] {
                drawn(width, height, &dashboard, &observed);
            }
        }
    }
}
