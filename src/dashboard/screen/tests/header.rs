//! Header and footer, and reports of failures.

use super::*;

#[test]
fn header_long_path_or_title_leaves_room() {
    let mut observed = fixture::running();
    let run = (*observed.run().snapshot.run).clone();
    let file = format!("/home/somebody/{}/lesson.toml", "folder/".repeat(20));
    observed.snapshot_mut().run = RunInfo { file, title: "三个 句子 ".repeat(20), ..run }.into();
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let seen = screen(width, height, &[], &observed);
        for part in ["LSTM 7→2→2→7", "83 weights", "lesson.toml", "loss 0.0912", "perplexity 1.10", "1234/5000"] {
            assert!(seen.contains(part), "{part} at {width}×{height}:\n{seen}");
        }
    }
}

#[test]
fn trainer_panic_is_reported() {
    assert_snapshot!(header(80, 24, &[], &fixture::panicked()) + &focused(80, 24, &typed("1"), &fixture::panicked()));
}

#[test]
fn changed_learning_rate_is_shown() {
    let step = StepReport { learning_rate: 0.1, gradient_norm: 0.3, ..StepReport::default() };
    let mut observed = fixture::running();
    let changed = observed.snapshot_mut();
    (changed.rate_factor, changed.next_learning_rate) = (0.5, 0.05);
    changed.record.last_step = Some(step);
    let seen = screen(80, 24, &[], &observed);
    assert!(seen.contains("rate 5.0e-2 (÷2)"), "{seen}");
}

#[test]
fn destructive_action_asks_for_confirmation() {
    let seen = screen(80, 24, &typed("r"), &fixture::running());
    assert!(seen.contains("restart and lose 1234 steps? again r: yes, any other key: no"), "{seen}");
    let seen = screen(80, 24, &typed("Lq"), &fixture::running());
    assert!(seen.contains("退出会丢失 1234 步：再按 q 确认，按其他键取消"), "{seen}");
}

#[test]
fn failed_save_is_reported_in_both_languages() {
    assert_snapshot!(header(80, 24, &[], &fixture::not_saved()));
    let chinese = screen(40, 12, &typed("L"), &fixture::not_saved());
    assert!(chinese.contains("未能保存：") && chinese.contains("第 1200 步未保存"), "{chinese}");
}

#[test]
fn replayed_run_is_drawn() {
    let observed = fixture::replayed();
    assert_snapshot!(header(80, 24, &[], &observed) + &focused(80, 24, &typed("1"), &observed));
}

#[test]
fn replayed_run_has_short_header_in_chinese() {
    assert_snapshot!(header(40, 12, &typed("L"), &fixture::replayed()));
}

#[test]
fn export_result_is_in_footer() {
    let bottom = |notice| {
        let mut dashboard = dashboard_after(&[]);
        dashboard.view.notice = Some(notice);
        text(&drawn(80, 24, &dashboard, &fixture::running())).lines().last().unwrap().trim_end().to_owned()
    };
    let folder = "runs/toy/export/step-1234";
    assert_eq!(bottom(Notice::Exported(folder.to_owned())), format!("exported to {folder}"));
    let full = std::io::Error::other("No space left");
    assert_eq!(bottom(Notice::NotExported(full.into())), "NOT EXPORTED: No space left");
    assert_eq!(bottom(Notice::Warning(Message::new("it is\x1b damaged"))), "it is\\u{1b} damaged");
}

#[test]
fn header_shows_earlier_moment() {
    let mut observed = fixture::validating();
    observed.run_mut().playback.shown = Some(500);
    assert_snapshot!(header(120, 40, &[], &observed));
}
