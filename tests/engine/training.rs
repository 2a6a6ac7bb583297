//! The training thread: controls, failures and seeds.

use std::time::Duration;

use rnn_tui::config::{Config, ModelConfig, Origin, RunSettings};
use rnn_tui::learning::{DownsampledSeries, language_learner};
use rnn_tui::model::CellName;
use rnn_tui::session::{Cause, Control, Mode, Pace, PreparedRun, Query, RunState, Trainer};

use crate::support::{FakeLearner, LONGEST_WAIT, asked, step, toy, viewer_of, wait_for};

/// Starts a trainer of a fake learner, running or paused.
fn spawn(learner: FakeLearner, running: bool) -> Trainer {
    Trainer::spawn(PreparedRun::new(Box::new(learner), Pace::Full, if running { Mode::Running } else { Mode::Paused }))
        .unwrap()
}

#[test]
fn run_after_last_step_finishes_and_still_answers() {
    let trainer = spawn(FakeLearner::default(), true);
    let mut viewer = viewer_of(&trainer);
    let end = wait_for(&trainer, |now| now.state == RunState::Finished);
    let mean = (901..=1000).map(|step| 1.0 / f64::from(step)).sum::<f64>() / 100.0;
    let loss = end.record.loss().unwrap();
    let perplexity = loss.exp();
    assert!((f64::from(loss) - mean).abs() < 1e-6 && (f64::from(perplexity) - mean.exp()).abs() < 1e-6, "{loss}");
    assert_eq!(end.record.step, 1000);

    let answered = asked(&mut viewer, Query::Ask("two".to_owned()));
    let answer = answered.answer.as_ref().unwrap();
    assert_eq!((answer.prompt.as_str(), &answer.trace.ranking()[..]), ("two", &[(1, 0.75), (0, 0.25)][..]));
    assert_eq!(answered.snapshot.state, RunState::Finished);
}

#[test]
fn run_paused_steps_once_and_resumes() {
    let trainer = spawn(FakeLearner { is_slow: true, ..FakeLearner::default() }, true);
    wait_for(&trainer, |now| now.record.step > 0);
    trainer.send(Control::Pause);
    let paused = wait_for(&trainer, |now| now.state == RunState::Paused);
    for further in 1..=3 {
        trainer.send(Control::StepOnce);
        let stepped = wait_for(&trainer, |now| now.record.step > paused.record.step + further - 1);
        assert_eq!((stepped.record.step, &stepped.state), (paused.record.step + further, &RunState::Paused));
    }
    trainer.send(Control::Resume);
    wait_for(&trainer, |now| now.record.step > paused.record.step + 3);
}

#[test]
fn run_to_goal_stops_exactly_there() {
    let trainer = spawn(FakeLearner::default(), false);
    for goal in [1, 17, 999, 5000] {
        trainer.send(Control::RunTo(goal));
        let there = wait_for(&trainer, |now| now.record.step >= goal.min(1000));
        assert_eq!(there.record.step, goal.min(1000));
    }
}

#[test]
fn snapshot_idle_run_is_not_replaced() {
    let trainer = spawn(FakeLearner::default(), false);
    let number = trainer.send(Control::Pause);
    let answered = trainer.reply(number, LONGEST_WAIT);
    let later = trainer.next(&answered, Duration::from_millis(200));
    assert!(std::sync::Arc::ptr_eq(&answered, &later));
}

#[test]
fn snapshot_between_slow_steps_is_not_replaced() {
    let trainer =
        Trainer::spawn(PreparedRun::new(Box::new(FakeLearner::default()), Pace::from(1), Mode::Running)).unwrap();
    let first = wait_for(&trainer, |now| now.record.step == 1);
    let later = trainer.next(&first, Duration::from_millis(300));
    assert!(std::sync::Arc::ptr_eq(&first, &later) || later.record.step > 1, "a snapshot without changes");
}

#[test]
fn pace_changed_between_slow_steps_applies_at_once() {
    let trainer =
        Trainer::spawn(PreparedRun::new(Box::new(FakeLearner::default()), Pace::from(1), Mode::Running)).unwrap();
    trainer.send(Control::Faster);
    wait_for(&trainer, |now| now.pace == Pace::from(2));
    trainer.send(Control::Slower);
    wait_for(&trainer, |now| now.pace == Pace::from(1));
    trainer.send(Control::ToggleFullSpeed);
    let end = wait_for(&trainer, |now| now.state == RunState::Finished);
    assert_eq!(end.pace, Pace::Full);
    trainer.send(Control::ToggleFullSpeed);
    wait_for(&trainer, |now| now.pace == Pace::from(1));
}

#[test]
fn panicking_step_is_reported_and_restart_uses_next_seed() {
    let trainer = spawn(FakeLearner { panics_at: Some(500), seed: 7, ..FakeLearner::default() }, true);
    let failed = wait_for(&trainer, |now| matches!(now.state, RunState::Failed(_)));
    let RunState::Failed(failure) = &failed.state else { unreachable!() };
    assert_eq!(failure.step, 500);
    assert!(matches!(&failure.cause, Cause::Panic(what) if what.to_string().contains("it panics as configured")));
    assert_eq!(failed.record.step, 499);

    trainer.send(Control::Resume);
    let mut viewer = viewer_of(&trainer);
    assert_eq!(viewer.observed().run().answer.as_ref().unwrap().prompt, "one", "the failed run still answers");
    let answered = asked(&mut viewer, Query::Ask("two".to_owned()));
    assert_eq!(answered.answer.unwrap().prompt, "two");
    assert_eq!(answered.snapshot.record.step, 499, "a failed run does not resume");

    trainer.send(Control::Restart);
    let end = wait_for(&trainer, |now| now.state == RunState::Finished);
    assert_eq!((end.record.step, end.seed), (1000, 8));
}

#[test]
fn reply_to_control_shows_its_effect() {
    let trainer = spawn(FakeLearner { is_slow: true, ..FakeLearner::default() }, true);
    for _ in 0..20 {
        let number = trainer.send(Control::Pause);
        assert_eq!(trainer.reply(number, LONGEST_WAIT).state, RunState::Paused);
        let number = trainer.send(Control::Resume);
        assert_eq!(trainer.reply(number, LONGEST_WAIT).state, RunState::Running);
    }
}

/// Returns the bits of the losses of the first 300 steps of the toy lesson with these settings.
fn losses(changes: &[&str]) -> Vec<u32> {
    let mut learner = toy(changes);
    (0..300).map(|_| step(learner.as_mut()).loss.to_bits()).collect()
}

#[test]
fn validation_paused_midway_resumes_and_run_finishes() {
    let trainer = spawn(FakeLearner { validation_parts: 200, ..FakeLearner::default() }, true);
    wait_for(&trainer, |now| now.record.step == 1000);
    let number = trainer.send(Control::Pause);
    let paused = wait_for(&trainer, |now| now.last_control >= number);
    assert_eq!(paused.state, RunState::Paused);
    assert!(paused.record.validations.last().is_none(), "the validation is not over");
    trainer.send(Control::Resume);
    let end = wait_for(&trainer, |now| now.state == RunState::Finished);
    assert_eq!(end.record.validations.best().map(|point| (point.step, point.validated.loss)), Some((1000, 0.5)));
}

#[test]
fn losses_same_seed_are_bit_identical() {
    assert_eq!(losses(&[]), losses(&[]));
    assert_ne!(losses(&[]), losses(&["seed=43"]));
    assert_eq!(losses(&["model.layers=2", "model.hidden=3"]), losses(&["model.layers=2", "model.hidden=3"]));
}

#[test]
fn losses_after_prompts_and_restart_depend_on_seed_alone() {
    let undisturbed = losses(&[]);
    let mut learner = toy(&["seed=41"]);
    for _ in 0..10 {
        step(learner.as_mut());
    }
    learner.restart(42).unwrap();
    let asked: Vec<u32> = (0..300)
        .map(|_| {
            learner.predictor().ask("我 喜欢").unwrap();
            step(learner.as_mut()).loss.to_bits()
        })
        .collect();
    assert_eq!(asked, undisturbed);
}

#[test]
fn downsampled_series_three_million_points_stays_bounded() {
    let mut history = DownsampledSeries::default();
    for step in 0..3_000_000u32 {
        history.push(if step == 1_234_567 { 50.0 } else { 1.0 });
    }
    assert!(history.buckets().len() <= DownsampledSeries::MAX_BUCKETS);
    assert_eq!(
        history.buckets().iter().map(|bucket| bucket.max).fold(0.0, f32::max),
        50.0,
        "the spike survives downsampling"
    );
}

#[test]
fn shapes_pytorch_example_match_snapshot() {
    // nn.LSTM(10, 20, 2) with an input of 5 × 3 × 10
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/shapes.toml");
    let mut learner = language_learner(Config::read(&Origin::File(path.into()), &[]).unwrap()).unwrap();
    assert_eq!(learner.shapes(), [], "before the first step");
    step(learner.as_mut());
    let shapes: Vec<String> =
        learner.shapes().iter().map(|it| format!("{} {} {}", it.name, it.sizes(), it.letters())).collect();
    insta::assert_snapshot!(shapes.join("\n"));
}

#[test]
fn shapes_follow_cell_and_corpus() {
    let named = |changes: &[&str]| {
        let mut learner = toy(changes);
        step(learner.as_mut());
        learner.shapes().iter().map(|it| format!("{} {}", it.name, it.sizes())).collect::<Vec<_>>()
    };
    let lstm = named(&[]);
    assert_eq!((lstm.first().unwrap().as_str(), lstm.last().unwrap().as_str()), ("ids [2, 2]", "loss []"));
    for tensor in ["selected [2, 2]", "logits [2, 7]", "targets [2]", "c_n [1, 2, 2]"] {
        assert!(lstm.iter().any(|it| it == tensor), "{tensor} in {lstm:?}");
    }
    let gru = named(&["model.cell=\"gru\"", "model.hidden=5"]);
    assert!(gru.iter().any(|it| it == "gates_l0 [2, 2, 15]") && !gru.iter().any(|it| it.starts_with("c_")), "{gru:?}");
    let rnn = named(&["model.cell=\"rnn\"", "training.batch=3"]);
    assert!(rnn.iter().any(|it| it == "h_l0 [2, 3, 2]") && !rnn.iter().any(|it| it.starts_with("gates")), "{rnn:?}");
    let tied = named(&["model.tie_embeddings=true"]);
    assert!(!tied.iter().any(|it| it.starts_with("head.weight")), "{tied:?}");
}

#[test]
fn repeat_same_seed_gives_same_run() {
    let trainer = Trainer::spawn(PreparedRun::new(toy(&["training.steps=200"]), Pace::Full, Mode::Running)).unwrap();
    let end = |trainer: &Trainer| {
        let now = wait_for(trainer, |now| {
            now.state == RunState::Finished && now.record.earlier.is_empty() == (now.last_control == 0)
        });
        (now.seed, now.record.loss())
    };
    let first = end(&trainer);
    trainer.send(Control::Repeat);
    assert_eq!(end(&trainer), first);
    trainer.send(Control::Restart);
    let other = wait_for(&trainer, |now| now.state == RunState::Finished && now.seed == 43);
    assert_ne!(other.record.loss(), first.1);
}

/// The settings of the toy lesson with this cell and these sizes.
fn toy_settings(cell: CellName, hidden: usize, layers: usize) -> RunSettings {
    let toy = Config::read(&Origin::toy(), &[]).unwrap().settings();
    RunSettings { model: ModelConfig { cell, hidden, layers, ..toy.model }, ..toy }
}

#[test]
fn rebuild_other_models_replace_run_and_learn() {
    let trainer = Trainer::spawn(PreparedRun::new(toy(&[]), Pace::Full, Mode::Running)).unwrap();
    wait_for(&trainer, |now| now.record.step > 0);
    for (cell, model) in
        [(CellName::Gru, "GRU 7→2→8→8→7"), (CellName::Rnn, "RNN 7→2→8→8→7"), (CellName::Lstm, "LSTM 7→2→8→8→7")]
    {
        let number = trainer.send(Control::Rebuild { settings: toy_settings(cell, 8, 2).into(), seed: 7 });
        let rebuilt = trainer.reply(number, LONGEST_WAIT);
        assert_eq!((rebuilt.run.model.as_str(), rebuilt.seed), (model, 7));
        assert!(!rebuilt.record.earlier.is_empty(), "the previous run stays visible");
        let done = wait_for(&trainer, |now| now.state == RunState::Finished);
        assert_eq!(done.run.model, model);
        let seen = viewer_of(&trainer).observed().run().clone();
        assert!(seen.pinned.iter().all(|it| it.is_right() == Some(true)), "{model}: {:?}", seen.pinned);
        assert_eq!(seen.answer.as_ref().unwrap().trace.quantities[0].width, 8);
    }
}

#[test]
fn rebuild_impossible_model_is_rejected_and_run_stays() {
    let trainer = Trainer::spawn(PreparedRun::new(toy(&[]), Pace::Full, Mode::Running)).unwrap();
    wait_for(&trainer, |now| now.state == RunState::Finished);
    let settings = toy_settings(CellName::Gru, 1_000_000, 9);
    let number = trainer.send(Control::Rebuild { settings: settings.into(), seed: 0 });
    let now = trainer.reply(number, LONGEST_WAIT);
    assert_eq!((now.record.step, now.run.model.as_str()), (5000, "LSTM 7→2→2→7"));
    let (_, refusal) = now.refused_model.as_ref().unwrap();
    assert!(refusal.to_string().contains("weights"), "{refusal:?}");
}

#[test]
fn learning_rate_scaled_while_training_persists_over_restart() {
    let trainer = Trainer::spawn(PreparedRun::new(toy(&[]), Pace::Full, Mode::Paused)).unwrap();
    let rate_after = |command| {
        trainer.send(command);
        let number = trainer.send(Control::StepOnce);
        let now = trainer.reply(number, LONGEST_WAIT);
        (now.record.last_step.unwrap().learning_rate, now.rate_factor)
    };
    assert_eq!(rate_after(Control::ScaleLearningRate(0.5)), (0.05, 0.5));
    assert_eq!(rate_after(Control::ScaleLearningRate(4.0)), (0.2, 2.0));
    assert_eq!(rate_after(Control::Restart), (0.2, 2.0), "the factor persists until it is changed again");
    let settings = toy_settings(CellName::Gru, 3, 1);
    assert_eq!(rate_after(Control::Rebuild { settings: settings.into(), seed: 1 }), (0.2, 2.0));
}

#[test]
fn retune_rate_clip_or_length_continues_with_same_weights() {
    let finished_after = |control: &dyn Fn(&Trainer) -> Control| {
        let trainer = Trainer::spawn(PreparedRun::new(toy(&["training.steps=40"]), Pace::Full, Mode::Paused)).unwrap();
        trainer.send(Control::RunTo(20));
        wait_for(&trainer, |now| now.record.step == 20);
        trainer.send(control(&trainer));
        trainer.send(Control::Resume);
        wait_for(&trainer, |now| now.state == RunState::Finished)
    };
    let retuned = finished_after(&|trainer| {
        let mut settings = trainer.latest().run.settings();
        settings.training.optimizer.learning_rate /= 2.0;
        Control::Retune(settings.into())
    });
    let scaled = finished_after(&|_| Control::ScaleLearningRate(0.5));
    assert_eq!(retuned.record.curves.loss, scaled.record.curves.loss);
    assert_eq!(retuned.record.curves.learning_rate, scaled.record.curves.learning_rate);
    assert_eq!((retuned.attempt, retuned.rate_factor, scaled.rate_factor), (1, 1.0, 0.5));

    let longer = finished_after(&|trainer| {
        let mut settings = trainer.latest().run.settings();
        (settings.training.steps, settings.training.clip) = (60, 1e-3);
        Control::Retune(settings.into())
    });
    assert_eq!((longer.record.step, longer.run.steps, longer.run.clip), (60, 60, Some(1e-3)));
    assert_eq!(longer.record.clipped_steps, 40);
}

#[test]
fn retune_needing_new_weights_is_rejected() {
    let trainer = Trainer::spawn(PreparedRun::new(toy(&[]), Pace::Full, Mode::Paused)).unwrap();
    let number = trainer.send(Control::Retune(toy_settings(CellName::Gru, 2, 1).into()));
    let now = trainer.reply(number, LONGEST_WAIT);
    assert_eq!(now.run.model, "LSTM 7→2→2→7");
    assert!(now.refused_model.as_ref().unwrap().1.to_string().contains("needs new weights"));
    let mut settings = trainer.latest().run.settings();
    settings.training.optimizer.momentum = 0.5;
    let number = trainer.send(Control::Retune(settings.into()));
    let now = trainer.reply(number, LONGEST_WAIT);
    assert!(now.refused_model.as_ref().unwrap().1.to_string().contains("keeps means of its own"));
}
