//! What the training thread does with commands, faults and seeds.

#![allow(clippy::unwrap_used, clippy::float_cmp)] // a test may fail, and the same numbers are the same

mod support;

use std::time::Duration;

use rnn_tui::config::{Config, ModelConfig, Origin};
use rnn_tui::learning::{AskError, DownsampledSeries, language_learner};
use rnn_tui::model::CellName;
use rnn_tui::session::{Cause, Command, Pace, RunState, Snapshot, Trainer, TrainerOptions};
use support::{Counter, step, toy, wait_for};

fn counting(counter: Counter, running: bool) -> Trainer {
    Trainer::spawn(Box::new(counter), TrainerOptions::new(Pace::Full, running)).unwrap()
}

#[test]
fn a_run_ends_after_its_steps_and_still_answers() {
    let trainer = counting(Counter::default(), true);
    let end = wait_for(&trainer, |now| now.state == RunState::Finished);
    let mean = (901..=1000).map(|step| 1.0 / f64::from(step)).sum::<f64>() / 100.0;
    let loss = end.record.loss().unwrap();
    let perplexity = loss.exp();
    assert!((f64::from(loss) - mean).abs() < 1e-6 && (f64::from(perplexity) - mean.exp()).abs() < 1e-6, "{loss}");
    assert_eq!(end.record.step, 1000);

    trainer.send(Command::Ask("two".to_owned()));
    let answered = wait_for(&trainer, |now| now.answer.as_ref().is_some_and(|answer| answer.prompt == "two"));
    assert_eq!(answered.answer.as_ref().unwrap().trace.ranking(), [(1, 0.75), (0, 0.25)]);
    assert_eq!(answered.state, RunState::Finished);
}

#[test]
fn pause_step_and_resume() {
    let trainer = counting(Counter { is_slow: true, ..Counter::default() }, true);
    wait_for(&trainer, |now| now.record.step > 0);
    trainer.send(Command::Pause);
    let paused = wait_for(&trainer, |now| now.state == RunState::Paused);
    for further in 1..=3 {
        trainer.send(Command::StepOnce);
        let stepped = wait_for(&trainer, |now| now.record.step > paused.record.step + further - 1);
        assert_eq!((stepped.record.step, &stepped.state), (paused.record.step + further, &RunState::Paused));
    }
    trainer.send(Command::Resume);
    wait_for(&trainer, |now| now.record.step > paused.record.step + 3);
}

#[test]
fn a_goal_is_reached_exactly() {
    let trainer = counting(Counter::default(), false);
    for goal in [1, 17, 999, 5000] {
        trainer.send(Command::RunTo(goal));
        let there = wait_for(&trainer, |now| now.record.step >= goal.min(1000));
        assert_eq!(there.record.step, goal.min(1000));
    }
}

#[test]
fn when_nothing_happens_no_new_snapshot_comes() {
    let trainer = counting(Counter::default(), false);
    let number = trainer.send(Command::Ask("two".to_owned()));
    let answered = trainer.reply(number, Duration::from_mins(1));
    let later = trainer.next(&answered, Duration::from_millis(200));
    assert!(std::sync::Arc::ptr_eq(&answered, &later));
}

#[test]
fn between_two_steps_of_a_slow_run_no_new_snapshot_comes_either() {
    let trainer = Trainer::spawn(Box::new(Counter::default()), TrainerOptions::new(Pace::from(1), true)).unwrap();
    let first = wait_for(&trainer, |now| now.record.step == 1);
    let later = trainer.next(&first, Duration::from_millis(300));
    assert!(std::sync::Arc::ptr_eq(&first, &later) || later.record.step > 1, "a snapshot without news");
}

#[test]
fn the_pace_can_be_changed_while_training_waits_for_its_next_step() {
    let trainer = Trainer::spawn(Box::new(Counter::default()), TrainerOptions::new(Pace::from(1), true)).unwrap();
    trainer.send(Command::Faster);
    wait_for(&trainer, |now| now.pace == Pace::from(2));
    trainer.send(Command::Slower);
    wait_for(&trainer, |now| now.pace == Pace::from(1));
    trainer.send(Command::ToggleFullSpeed);
    let end = wait_for(&trainer, |now| now.state == RunState::Finished);
    assert_eq!(end.pace, Pace::Full);
    trainer.send(Command::ToggleFullSpeed);
    wait_for(&trainer, |now| now.pace == Pace::from(1));
}

#[test]
fn a_panic_is_reported_and_a_restart_goes_on_from_the_next_seed() {
    let trainer = counting(Counter { panics_at: Some(500), seed: 7, ..Counter::default() }, true);
    let failed = wait_for(&trainer, |now| matches!(now.state, RunState::Failed(_)));
    let RunState::Failed(failure) = &failed.state else { unreachable!() };
    assert_eq!(failure.step, 500);
    assert!(matches!(&failure.cause, Cause::Panic(what) if what.contains("the counter was told to panic")));
    assert_eq!(failed.record.step, 499);
    assert!(failed.answer.is_some(), "the prompt keeps its answer");

    trainer.send(Command::Resume);
    trainer.send(Command::Ask("two".to_owned()));
    let answered = wait_for(&trainer, |now| now.answer.as_ref().is_some_and(|answer| answer.prompt == "two"));
    assert_eq!(answered.record.step, 499, "a failed run does not go on");

    trainer.send(Command::Restart);
    let end = wait_for(&trainer, |now| now.state == RunState::Finished);
    assert_eq!((end.record.step, end.seed), (1000, 8));
}

#[test]
fn a_prompt_that_panics_is_refused_and_training_goes_on() {
    let trainer = counting(Counter { answers_until: Some(3), ..Counter::default() }, false);
    wait_for(&trainer, |now| now.answer.is_some());
    trainer.send(Command::RunTo(4));
    let refused = wait_for(&trainer, |now| now.record.step == 4 && now.refusal.is_some());
    assert_eq!(refused.answer, None);
    let refusal = refused.refusal.as_ref().unwrap();
    assert_eq!(refusal.prompt.as_deref(), Some("one"));
    assert!(matches!(&refusal.error, AskError::Panic(what) if what.contains("a prompt was told to panic")));
    trainer.send(Command::Resume);
    wait_for(&trainer, |now| now.state == RunState::Finished);
}

#[test]
fn a_command_is_answered_by_a_snapshot_in_which_it_was_obeyed() {
    let trainer = counting(Counter { is_slow: true, ..Counter::default() }, true);
    for _ in 0..20 {
        let number = trainer.send(Command::Pause);
        assert_eq!(trainer.reply(number, Duration::from_mins(1)).state, RunState::Paused);
        let number = trainer.send(Command::Resume);
        assert_eq!(trainer.reply(number, Duration::from_mins(1)).state, RunState::Running);
    }
}

#[test]
fn a_prompt_that_has_no_answer_leaves_the_one_before() {
    let trainer = counting(Counter::default(), false);
    trainer.send(Command::Ask(String::new()));
    let refused = wait_for(&trainer, |now| now.refusal.is_some());
    assert_eq!(refused.answer.as_ref().unwrap().prompt, "one");
    trainer.send(Command::Ask("two".to_owned()));
    let answered = wait_for(&trainer, |now| now.refusal.is_none());
    assert_eq!(answered.answer.as_ref().unwrap().prompt, "two");
}

fn losses(changes: &[&str]) -> Vec<u32> {
    let mut learner = toy(changes);
    (0..300).map(|_| step(learner.as_mut()).loss.to_bits()).collect()
}

#[test]
fn a_validation_can_be_paused_and_the_run_ends_after_it() {
    let trainer = counting(Counter { validation_parts: 200, ..Counter::default() }, true);
    wait_for(&trainer, |now| now.record.step == 1000);
    let number = trainer.send(Command::Pause);
    let paused = wait_for(&trainer, |now| now.last_command >= number);
    assert_eq!(paused.state, RunState::Paused);
    assert!(paused.record.validations.last().is_none(), "the validation is not over");
    trainer.send(Command::Resume);
    let end = wait_for(&trainer, |now| now.state == RunState::Finished);
    assert_eq!(end.record.validations.best().map(|point| (point.step, point.validated.loss)), Some((1000, 0.5)));
}

#[test]
fn the_same_seed_is_the_same_run_bit_for_bit_and_another_seed_is_not() {
    assert_eq!(losses(&[]), losses(&[]));
    assert_ne!(losses(&[]), losses(&["seed=43"]));
    assert_eq!(losses(&["model.layers=2", "model.hidden=3"]), losses(&["model.layers=2", "model.hidden=3"]));
}

#[test]
fn prompts_and_restarts_do_not_change_what_a_seed_leads_to() {
    let undisturbed = losses(&[]);
    let mut learner = toy(&["seed=41"]);
    for _ in 0..10 {
        step(learner.as_mut());
    }
    learner.restart(42).unwrap();
    let asked: Vec<u32> = (0..300)
        .map(|_| {
            learner.ask("我 喜欢").unwrap();
            step(learner.as_mut()).loss.to_bits()
        })
        .collect();
    assert_eq!(asked, undisturbed);
}

#[test]
fn memory_is_bounded_however_long_the_run() {
    let mut history = DownsampledSeries::default();
    for step in 0..3_000_000u32 {
        history.push(if step == 1_234_567 { 50.0 } else { 1.0 });
    }
    assert!(history.buckets().len() <= DownsampledSeries::MOST);
    assert_eq!(history.buckets().iter().map(|bucket| bucket.max).fold(0.0, f32::max), 50.0, "the spike is still there");
}

#[test]
fn the_shapes_of_a_step_are_those_of_pytorchs_own_example() {
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
fn the_shapes_of_a_step_follow_the_cell_and_the_corpus() {
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
fn pinned_prompts_are_answered_at_every_moment_and_told_right_from_wrong() {
    let trainer = Trainer::spawn(toy(&["training.steps=2000"]), TrainerOptions::new(Pace::Full, false)).unwrap();
    let words =
        |now: &Snapshot| now.pinned.iter().map(|it| (it.prompt.clone(), it.expected.to_vec())).collect::<Vec<_>>();
    let before = wait_for(&trainer, |now| now.answer.is_some());
    let expected = [("我 喜欢", "玩具"), ("我 讨厌", "挨打"), ("我 爱", "爸爸")];
    assert_eq!(words(&before), expected.map(|(prompt, word)| (prompt.to_owned(), vec![word.to_owned()])));
    assert!(before.pinned.iter().any(|it| it.is_right() == Some(false)), "untrained");
    trainer.send(Command::Resume);
    let after = wait_for(&trainer, |now| now.state == RunState::Finished);
    assert!(after.pinned.iter().all(|it| it.is_right() == Some(true) && it.probability > 0.9), "{:?}", after.pinned);

    let number = trainer.send(Command::TogglePin("我 爱".to_owned()));
    assert_eq!(trainer.reply(number, Duration::from_mins(1)).pinned.len(), 2, "let go");
    let number = trainer.send(Command::TogglePin("爱 我".to_owned()));
    let unheard = trainer.reply(number, Duration::from_mins(1)).pinned.last().cloned().unwrap();
    assert_eq!((unheard.prompt.as_str(), unheard.is_right()), ("爱 我", None), "the corpus does not know");
}

#[test]
fn a_prompt_grows_by_an_answer_and_shrinks_again() {
    let trainer = Trainer::spawn(
        toy(&["corpus.end_of_sentence=true", "training.predict=\"every\""]),
        TrainerOptions::new(Pace::Full, false),
    )
    .unwrap();
    wait_for(&trainer, |now| now.answer.is_some());
    let prompt_after = |command| {
        let number = trainer.send(command);
        let now = trainer.reply(number, Duration::from_mins(1));
        (now.answer.as_ref().unwrap().prompt.clone(), now.refusal.as_ref().map(|refusal| refusal.error.clone()))
    };
    let ask = |text: &str| (text.to_owned(), None);
    assert_eq!(prompt_after(Command::Ask("我".to_owned())), ask("我"));
    let append = |text: &str, word| Command::Append(text.to_owned(), word);
    let shorten = |text: &str| Command::Shorten(text.to_owned());
    // sentences have an end, which is word 0 and comes before their first word
    assert_eq!(prompt_after(append("我", 2)), ask("我 喜欢"));
    assert_eq!(prompt_after(append("我 喜欢", 3)), ask("我 喜欢 玩具"));
    assert_eq!(prompt_after(shorten("我 喜欢 玩具")), ask("我 喜欢"));
    assert_eq!(prompt_after(shorten("我 喜欢  ")), ask("我"));
    assert_eq!(prompt_after(shorten("我")), ask(""));
    assert_eq!(prompt_after(shorten("")), (String::new(), Some(AskError::Empty)));
    assert_eq!(prompt_after(append("", 1)), ask("我"));
}

#[test]
fn a_shortened_prompt_keeps_its_unknown_words_as_they_were_typed() {
    let learner = toy(&["corpus.min_count=2"]);
    assert_eq!(learner.shorten("我 爱 妈妈").unwrap(), "我 爱");
    assert_eq!(learner.shorten("我 苹果 妈妈").unwrap(), "我 苹果");
}

#[test]
fn a_prompt_that_nobody_could_look_at_is_refused() {
    let too_long = "我 ".repeat(10_001);
    assert_eq!(toy(&[]).ask(&too_long).unwrap_err(), AskError::TooLong { words: 10_001, most: 10_000 });
}

#[test]
fn a_restart_with_the_same_seed_is_the_same_run() {
    let trainer = Trainer::spawn(toy(&["training.steps=200"]), TrainerOptions::new(Pace::Full, true)).unwrap();
    let end = |trainer: &Trainer| {
        let now = wait_for(trainer, |now| {
            now.state == RunState::Finished && now.record.previous.is_some() == (now.last_command > 0)
        });
        (now.seed, now.record.loss())
    };
    let first = end(&trainer);
    trainer.send(Command::Repeat);
    assert_eq!(end(&trainer), first);
    trainer.send(Command::Restart);
    let other = wait_for(&trainer, |now| now.state == RunState::Finished && now.seed == 43);
    assert_ne!(other.record.loss(), first.1);
}

/// The toy lesson's model with another cell and other sizes.
fn model_of(cell: CellName, hidden: usize, layers: usize) -> ModelConfig {
    let toy = Config::read(&Origin::BuiltIn, &[]).unwrap().model;
    ModelConfig { cell, hidden, layers, ..toy }
}

#[test]
fn another_model_takes_the_place_of_the_one_there_is_and_learns_the_same() {
    let trainer = Trainer::spawn(toy(&[]), TrainerOptions::new(Pace::Full, true)).unwrap();
    wait_for(&trainer, |now| now.record.step > 0);
    for (cell, model) in
        [(CellName::Gru, "GRU 7→2→8→8→7"), (CellName::Rnn, "RNN 7→2→8→8→7"), (CellName::Lstm, "LSTM 7→2→8→8→7")]
    {
        let number = trainer.send(Command::Rebuild { model: model_of(cell, 8, 2).into(), seed: 7 });
        let begun = trainer.reply(number, Duration::from_mins(1));
        assert_eq!((begun.run.model.as_str(), begun.seed), (model, 7));
        assert!(begun.record.previous.is_some(), "the run before is still to be seen");
        let done = wait_for(&trainer, |now| now.state == RunState::Finished);
        assert!(done.pinned.iter().all(|it| it.is_right() == Some(true)), "{model}: {:?}", done.pinned);
        assert_eq!(done.answer.as_ref().unwrap().trace.quantities[0].width, 8);
    }
}

#[test]
fn a_model_that_cannot_be_is_refused_and_nothing_is_lost() {
    let trainer = Trainer::spawn(toy(&[]), TrainerOptions::new(Pace::Full, true)).unwrap();
    wait_for(&trainer, |now| now.state == RunState::Finished);
    let model = model_of(CellName::Gru, 1_000_000, 9);
    let number = trainer.send(Command::Rebuild { model: model.into(), seed: 0 });
    let now = trainer.reply(number, Duration::from_mins(1));
    assert_eq!((now.record.step, now.run.model.as_str()), (5000, "LSTM 7→2→2→7"));
    let refusal = now.refusal.as_ref().unwrap();
    assert!(refusal.prompt.is_none() && refusal.error.to_string().contains("weights"), "{refusal:?}");
}

#[test]
fn the_learning_rate_is_changed_while_training_goes_on() {
    let trainer = Trainer::spawn(toy(&[]), TrainerOptions::new(Pace::Full, false)).unwrap();
    let rate_after = |command| {
        trainer.send(command);
        let number = trainer.send(Command::StepOnce);
        let now = trainer.reply(number, Duration::from_mins(1));
        (now.record.last_step.unwrap().learning_rate, now.rate_factor)
    };
    assert_eq!(rate_after(Command::ScaleLearningRate(0.5)), (0.05, 0.5));
    assert_eq!(rate_after(Command::ScaleLearningRate(4.0)), (0.2, 2.0));
    assert_eq!(rate_after(Command::Restart), (0.2, 2.0), "it stays until it is changed again");
    let model = model_of(CellName::Gru, 3, 1);
    assert_eq!(rate_after(Command::Rebuild { model: model.into(), seed: 1 }), (0.2, 2.0));
}

#[test]
fn the_model_of_any_moment_answers_again_while_training_goes_on() {
    let distribution = |now: &Snapshot| now.answer.as_ref().unwrap().trace.distribution.clone();
    // what a learner says that stops there
    let at = |steps: u64| {
        let mut learner = toy(&[]);
        (0..steps).for_each(|_| _ = step(learner.as_mut()));
        learner.ask("我 喜欢").unwrap().trace.distribution
    };
    let outset = TrainerOptions { keyframes: 1 << 20, ..TrainerOptions::new(Pace::Full, false) };
    let trainer = Trainer::spawn(toy(&["training.steps=300"]), outset).unwrap();
    let told = |command| {
        let number = trainer.send(command);
        trainer.reply(number, Duration::from_mins(1))
    };
    told(Command::RunTo(200));
    wait_for(&trainer, |now| now.record.step == 200 && now.state == RunState::Paused);
    let back = told(Command::Travel(-50));
    assert_eq!((back.playback.shown, back.playback.moments), (Some(150), 201));
    assert_eq!(distribution(&back), at(150));
    assert_eq!(told(Command::Travel(-1000)).playback.shown, Some(0));
    assert_eq!(distribution(&told(Command::Travel(70))), at(70));
    assert_eq!(
        told(Command::Shorten("我 喜欢".to_owned())).playback.shown,
        Some(70),
        "any prompt is answered from there"
    );
    told(Command::Ask("我 喜欢".to_owned()));

    told(Command::RunTo(300));
    let later = wait_for(&trainer, |now| now.record.step == 300);
    assert_eq!((later.playback.shown, distribution(&later)), (Some(70), at(70)), "training goes on, the past stays");
    let now = told(Command::Return);
    assert_eq!((now.playback.shown, distribution(&now)), (None, at(300)));

    told(Command::Replay);
    wait_for(&trainer, |now| now.playback.shown == Some(0));
    wait_for(&trainer, |now| now.playback.shown > Some(0));
    let stopped = told(Command::Replay);
    assert!(stopped.playback.shown.is_some());
    assert_eq!(told(Command::Travel(1)).playback.shown, stopped.playback.shown.map(|step| step + 1), "it waits there");
    let begun = told(Command::Restart);
    assert_eq!(begun.playback.shown, None, "another run");
}
