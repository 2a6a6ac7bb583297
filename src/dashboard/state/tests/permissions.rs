//! Permissions of the roles, for all actions.

use std::collections::BTreeSet;

use super::*;

/// Dashboards of this role in a class with a member: one with a prompt, one typing a name, one in the model editor.
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
    let line = crate::dashboard::Line::default(); // differs from the name before
    naming.view.naming = Some(Naming { number: 7, before: "anna".to_owned(), line });
    editing.view.editor = Some(ModelEditor::new(&observed.run().snapshot));
    vec![dashboard, naming, editing]
}

/// Whether an effect changes a run, the class or the machine, rather than only what one viewer sees or asks.
fn needs_teacher(effect: &Effect) -> bool {
    match effect {
        Effect::Class(act) => !matches!(act, ClassAct::ToggleHand | ClassAct::Vote(_)),
        Effect::Control(_) | Effect::ControlOfOne(_) | Effect::Export | Effect::Measure | Effect::Suspend => true,
        Effect::Query(_) | Effect::Quit | Effect::Interrupt => false,
    }
}

/// Names and keys of all permitted actions of this role whose effect needs a teacher.
fn teacher_actions(role: Role) -> BTreeSet<String> {
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
                if effect.as_ref().is_some_and(needs_teacher) {
                    found.insert(format!("{} {}", row.action.name, row.key()));
                }
            }
        }
    }
    found
}

#[test]
fn actions_changing_run_or_class_need_teacher() {
    for role in [Role::Student, Role::Projector] {
        assert_eq!(teacher_actions(role), BTreeSet::new(), "{role:?}");
    }
    let actions = teacher_actions(Role::Teacher);
    for name in
        ["pause space", "restart r", "save w", "export x", "measure v", "poll P", "remove X", "ask_theirs o", " Enter"]
    {
        assert!(actions.contains(name), "{name} is not among {actions:?}");
    }
}
