//! Viewers ask and observe independently while training continues.

use std::sync::atomic::Ordering;

use rnn_tui::learning::{AskError, TraceTarget};
use rnn_tui::model::Sampling;
use rnn_tui::session::{
    Control, Controls, Mode, ObservedRun, Pace, Pinned, PreparedRun, Query, RunState, Trainer, Viewer,
};

use crate::support::{FakeLearner, LONGEST_WAIT, asked, look_for, step, toy, viewer_of, wait_for, wait_until};

fn fake_trainer(learner: FakeLearner, running: bool) -> Trainer {
    Trainer::spawn(PreparedRun::new(Box::new(learner), Pace::Full, if running { Mode::Running } else { Mode::Paused }))
        .unwrap()
}

/// A paused run of the toy lesson with 1 MiB of keyframes.
fn toy_run(changes: &[&str]) -> Trainer {
    let run = PreparedRun::new(toy(changes), Pace::Full, Mode::Paused);
    Trainer::spawn(PreparedRun { keyframes: 1 << 20, ..run }).unwrap()
}

fn distribution(run: &ObservedRun) -> &[f32] {
    &run.answer.as_ref().unwrap().trace.distribution
}

fn train_until(trainer: &Trainer, step: u64) {
    trainer.send(Control::RunTo(step));
    wait_for(trainer, |snapshot| snapshot.record.step == step && snapshot.state != RunState::Running);
}

#[test]
fn viewers_rewind_and_ask_independently() {
    let trainer = toy_run(&["training.steps=300"]);
    let [mut one, mut other] = [viewer_of(&trainer), viewer_of(&trainer)];
    train_until(&trainer, 200);
    one.settle(LONGEST_WAIT);
    asked(&mut one, Query::Travel(-50));
    asked(&mut one, Query::TogglePin("我 爱".to_owned()));
    asked(&mut one, Query::Ask(String::new()));
    let there = asked(&mut one, Query::Ask("我 讨厌".to_owned()));
    assert_eq!(
        (there.playback.shown, there.answer.unwrap().prompt.as_str(), there.pinned.len()),
        (Some(150), "我 讨厌", 2)
    );

    other.settle(LONGEST_WAIT);
    let here = other.observed();
    let (run, refusal) = (here.run(), &here.refusal);
    assert_eq!((run.playback.shown, run.answer.as_ref().unwrap().prompt.as_str()), (None, "我 喜欢"));
    assert_eq!((run.pinned.len(), refusal), (3, &None));
    assert_eq!(run.snapshot.record.step, 200);
    let refused = asked(&mut other, Query::Ask("苹果".to_owned()));
    assert_eq!(refused.answer.unwrap().prompt, "我 喜欢");
    assert!(other.observed().refusal.is_some() && one.observed().refusal.is_none());
}

#[test]
fn answers_are_computed_once_per_prompt_and_step_on_another_thread() {
    let learner = FakeLearner::default();
    let questions = learner.asked.clone();
    let trainer = fake_trainer(learner, false);
    let mut viewer = viewer_of(&trainer);
    for steps in 1..=20 {
        trainer.send(Control::StepOnce);
        look_for(&mut viewer, |run| run.snapshot.record.step == steps);
        viewer.settle(LONGEST_WAIT);
    }
    asked(&mut viewer, Query::Ask("two".to_owned()));
    let questions = questions.lock().unwrap().clone();
    assert!(questions.iter().all(|(thread, ..)| thread.as_deref() == Some("responder")), "{questions:?}");
    let mut steps_of_first: Vec<u64> =
        questions.iter().filter(|(.., prompt)| prompt == "one").map(|(_, steps, _)| *steps).collect();
    assert_eq!(steps_of_first.pop(), Some(20), "it is pinned, so it is asked again with the other prompt");
    assert_eq!(steps_of_first, (0..=20).collect::<Vec<_>>(), "a prompt that is also pinned is asked once");
}

#[test]
fn training_without_viewers_computes_no_answers() {
    let learner = FakeLearner::default();
    let predictors = learner.predictors.clone();
    let trainer = fake_trainer(learner, true);
    wait_for(&trainer, |snapshot| snapshot.state == RunState::Finished);
    assert_eq!(predictors.load(Ordering::Relaxed), 0);
    viewer_of(&trainer);
    assert_eq!(predictors.load(Ordering::Relaxed), 1);
    // the predictor is dropped with the last viewer, at the next snapshot after the responder thread has noticed
    wait_until("another one", || {
        let _ = trainer.reply(trainer.send(Control::Pause), LONGEST_WAIT);
        viewer_of(&trainer);
        predictors.load(Ordering::Relaxed) == 2
    });
}

#[test]
fn slow_answer_delays_neither_training_nor_other_prompts() {
    let trainer = toy_run(&["training.steps=200000"]);
    let mut slow = viewer_of(&trainer);
    let mut quick = viewer_of(&trainer);
    trainer.send(Control::Resume);
    slow.send(Query::Ask("我 爱 ".repeat(5000)));
    let before = trainer.latest().record.step;
    wait_for(&trainer, |snapshot| snapshot.record.step > before + 100);
    let answered = asked(&mut quick, Query::Ask("我 爱".to_owned()));
    assert_eq!(answered.answer.unwrap().prompt, "我 爱");
}

#[test]
fn long_prompt_of_one_viewer_does_not_delay_others() {
    let learner = FakeLearner::default();
    let gate = learner.gate.clone();
    let trainer = fake_trainer(learner, false);
    let [mut one, mut other] = [viewer_of(&trainer), viewer_of(&trainer)];
    let closed = gate.lock().unwrap();
    let long = "word ".repeat(1000);
    one.send(Query::Ask(long.clone()));
    for prompt in ["two", "three"] {
        let answered = asked(&mut other, Query::Ask(prompt.to_owned()));
        assert_eq!(answered.answer.unwrap().prompt, prompt, "while the long prompt waits");
    }
    one.update();
    assert!(one.observed().run().answer.as_ref().is_none_or(|answer| answer.prompt != long));
    drop(closed);
    look_for(&mut one, |run| run.answer.as_ref().is_some_and(|answer| answer.prompt == long));
}

#[test]
fn panicking_prompt_is_rejected_and_training_continues() {
    let trainer = fake_trainer(FakeLearner { answers_until: Some(3), ..FakeLearner::default() }, false);
    let mut viewer = viewer_of(&trainer);
    assert!(viewer.observed().run().answer.is_some());
    train_until(&trainer, 4);
    look_for(&mut viewer, |run| run.snapshot.record.step == 4);
    viewer.settle(LONGEST_WAIT);
    assert_eq!(viewer.observed().run().answer, None);
    let refusal = viewer.observed().refusal.clone().unwrap();
    assert_eq!(refusal.prompt.as_deref(), Some("one"));
    assert!(matches!(&refusal.error, AskError::Panic(what) if what.to_string().contains("a prompt was set to panic")));
    trainer.send(Control::Resume);
    look_for(&mut viewer, |run| run.snapshot.state == RunState::Finished);
    viewer.settle(LONGEST_WAIT);
    assert_eq!(viewer.observed().refusal.as_ref().unwrap().number, refusal.number, "the prompt is not asked again");
}

#[test]
fn failed_prompt_keeps_previous_answer() {
    let trainer = fake_trainer(FakeLearner::default(), false);
    let mut viewer = viewer_of(&trainer);
    let refused = asked(&mut viewer, Query::Ask(String::new()));
    assert_eq!(refused.answer.unwrap().prompt, "one");
    assert_eq!(viewer.observed().refusal.as_ref().unwrap().error, AskError::Empty);
    let answered = asked(&mut viewer, Query::Ask("two".to_owned()));
    assert_eq!((answered.answer.unwrap().prompt.as_str(), &viewer.observed().refusal), ("two", &None));
}

#[test]
fn pinned_prompts_are_answered_and_scored_at_every_step() {
    let trainer = toy_run(&["training.steps=2000"]);
    let mut viewer = viewer_of(&trainer);
    let before = viewer.observed().run().clone();
    let words: Vec<_> = before.pinned.iter().map(|it| (it.prompt.as_str(), it.expected[0].as_str())).collect();
    assert_eq!(words, [("我 喜欢", "玩具"), ("我 讨厌", "挨打"), ("我 爱", "爸爸")]);
    assert!(before.pinned.iter().any(|it| it.is_right() == Some(false)), "untrained");
    trainer.send(Control::Resume);
    // answers arrive after the weights they belong to
    let is_learned = |it: &Pinned| it.is_right() == Some(true) && it.probability > 0.9;
    look_for(&mut viewer, |run| run.snapshot.state == RunState::Finished && run.pinned.iter().all(is_learned));

    assert_eq!(asked(&mut viewer, Query::TogglePin("我 爱".to_owned())).pinned.len(), 2, "unpinned");
    let unheard = asked(&mut viewer, Query::TogglePin("爱 我".to_owned())).pinned.pop().unwrap();
    assert_eq!((unheard.prompt.as_str(), unheard.is_right()), ("爱 我", None), "the corpus does not know");
}

#[test]
fn prompt_appends_and_removes_words() {
    let trainer = toy_run(&["corpus.end_of_sentence=true", "training.predict=\"every\""]);
    let mut viewer = viewer_of(&trainer);
    let mut prompt_after = |query| {
        let prompt = asked(&mut viewer, query).answer.unwrap().prompt.clone();
        (prompt, viewer.observed().refusal.as_ref().map(|refusal| refusal.error.clone()))
    };
    let ask = |text: &str| (text.to_owned(), None);
    assert_eq!(prompt_after(Query::Ask("我".to_owned())), ask("我"));
    let append = |text: &str, word| Query::Append(text.to_owned(), word);
    let shorten = |text: &str| Query::Shorten(text.to_owned());
    // the end-of-sentence word has id 0 and precedes the first word
    assert_eq!(prompt_after(append("我", 2)), ask("我 喜欢"));
    assert_eq!(prompt_after(append("我 喜欢", 3)), ask("我 喜欢 玩具"));
    assert_eq!(prompt_after(shorten("我 喜欢 玩具")), ask("我 喜欢"));
    assert_eq!(prompt_after(shorten("我 喜欢  ")), ask("我"));
    assert_eq!(prompt_after(shorten("我")), ask(""));
    assert_eq!(prompt_after(shorten("")), (String::new(), Some(AskError::Empty)));
    assert_eq!(prompt_after(append("", 1)), ask("我"));
}

#[test]
fn shortened_prompt_keeps_unknown_words_as_typed() {
    let reader = toy(&["corpus.min_count=2"]).reader();
    assert_eq!(reader.shorten("我 爱 妈妈").unwrap(), "我 爱");
    assert_eq!(reader.shorten("我 苹果 妈妈").unwrap(), "我 苹果");
}

#[test]
fn oversized_prompt_is_rejected() {
    let too_long = "我 ".repeat(10_001);
    assert_eq!(toy(&[]).reader().read(&too_long).unwrap_err(), AskError::TooLong { words: 10_001, most: 10_000 });
}

#[test]
fn continuation_uses_weights_of_displayed_step_once() {
    let trainer = toy_run(&["training.predict=\"every\""]);
    let mut viewer = viewer_of(&trainer);
    train_until(&trainer, 50);
    viewer.settle(LONGEST_WAIT);
    let sampling = Sampling { temperature: 0.0, top_k: 0, top_p: 1.0 };
    let request = |prompt: &str| {
        let prompt = prompt.to_owned();
        Query::Generate(rnn_tui::learning::GenerateRequest { prompt, words: 3, sampling, sample: 0 })
    };
    let (step, text) = asked(&mut viewer, request("我 喜欢")).continuation.unwrap();
    assert_eq!((step, text.text.starts_with("我 喜欢 ")), (50, true));
    asked(&mut viewer, Query::Show(20));
    assert_eq!(asked(&mut viewer, request("我 爱")).continuation.unwrap().0, 20);
    asked(&mut viewer, request("苹果"));
    assert_eq!(viewer.observed().refusal.as_ref().unwrap().prompt.as_deref(), Some("苹果"));
    trainer.send(Control::Restart);
    viewer.settle(LONGEST_WAIT);
    assert_eq!(viewer.observed().run().continuation, None, "it belonged to another model");
}

#[test]
fn past_step_answers_while_training_continues() {
    // the distribution of a learner after this many steps
    let distribution_at = |steps: u64| {
        let mut learner = toy(&[]);
        (0..steps).for_each(|_| _ = step(learner.as_mut()));
        learner.predictor().ask("我 喜欢").unwrap().trace.distribution
    };
    let trainer = toy_run(&["training.steps=300"]);
    let mut viewer = viewer_of(&trainer);
    train_until(&trainer, 200);
    look_for(&mut viewer, |run| run.snapshot.record.step == 200);
    let back = asked(&mut viewer, Query::Travel(-50));
    assert_eq!((back.playback.shown, back.snapshot.moments), (Some(150), 201));
    assert_eq!(distribution(&back), distribution_at(150));
    assert_eq!(asked(&mut viewer, Query::Travel(-1000)).playback.shown, Some(0));
    assert_eq!(distribution(&asked(&mut viewer, Query::Travel(70))), distribution_at(70));
    let shorter = asked(&mut viewer, Query::Shorten("我 喜欢".to_owned()));
    assert_eq!(shorter.playback.shown, Some(70), "any prompt is answered from the displayed step");
    asked(&mut viewer, Query::Ask("我 喜欢".to_owned()));

    train_until(&trainer, 300);
    let later = look_for(&mut viewer, |run| run.snapshot.record.step == 300);
    assert_eq!(
        (later.playback.shown, distribution(&later)),
        (Some(70), &distribution_at(70)[..]),
        "training continues, the displayed step stays"
    );
    let present = asked(&mut viewer, Query::Return);
    assert_eq!((present.playback.shown, distribution(&present)), (None, &distribution_at(300)[..]));

    asked(&mut viewer, Query::Replay);
    look_for(&mut viewer, |run| run.playback.shown > Some(0));
    let stopped = asked(&mut viewer, Query::Replay);
    assert!(stopped.playback.shown.is_some() && !stopped.playback.is_playing);
    let next = asked(&mut viewer, Query::Travel(1)).playback.shown;
    assert_eq!(next, stopped.playback.shown.map(|step| step + 1), "playback stops there");
    trainer.send(Control::Restart);
    viewer.settle(LONGEST_WAIT);
    assert_eq!(viewer.observed().run().playback.shown, None, "another run");
}

#[test]
fn viewer_observes_several_named_runs() {
    let [lstm, gru] = [toy_run(&["training.steps=100"]), toy_run(&["training.steps=50", "model.cell=gru"])];
    let mut viewer = Viewer::new([("long memory", &lstm), ("gated", &gru)]).unwrap();
    Controls::new([&lstm, &gru]).send(Control::Resume);
    for trainer in [&lstm, &gru] {
        wait_for(trainer, |snapshot| snapshot.state == RunState::Finished);
    }
    viewer.send(Query::Ask("我 爱".to_owned()));
    viewer.settle(LONGEST_WAIT);
    let seen: Vec<_> = viewer
        .observed()
        .runs
        .iter()
        .map(|run| {
            let prompt = run.answer.as_ref().unwrap().prompt.as_str();
            (run.name.to_string(), run.snapshot.record.step, run.snapshot.run.model.as_str(), prompt)
        })
        .collect();
    let expected =
        [("long memory".to_owned(), 100, "LSTM 7→2→2→7", "我 爱"), ("gated".to_owned(), 50, "GRU 7→2→2→7", "我 爱")];
    assert_eq!(seen, expected);
    viewer.send(Query::Show(20));
    viewer.settle(LONGEST_WAIT);
    assert!(viewer.observed().runs.iter().all(|run| run.playback.shown == Some(20)), "time travel is by step");
}

#[test]
fn trace_target_defaults_to_expected_word() {
    let trainer = toy_run(&["training.steps=300"]);
    let mut viewer = viewer_of(&trainer);
    let word = |run: &ObservedRun, id: u32| run.snapshot.run.vocabulary[id as usize].clone();
    // the expected word comes from the text, so it is known before the first step
    for (prompt, right) in [("我 喜欢", "玩具"), ("我 爱", "爸爸"), ("我 讨厌", "挨打")] {
        let run = asked(&mut viewer, Query::Ask(prompt.to_owned()));
        let answer = run.answer.as_ref().unwrap();
        assert_eq!((word(&run, answer.trace.target).as_str(), answer.traces_expected_word), (right, true));
    }
    // a prompt that does not occur in the text has no expected word; pinned prompts still show the model's prediction
    let run = asked(&mut viewer, Query::Ask("爸爸 爸爸".to_owned()));
    assert!(!run.answer.as_ref().unwrap().traces_expected_word);
    for prompt in ["我 喜欢", "我 爱", "我 讨厌"] {
        let run = asked(&mut viewer, Query::Ask(prompt.to_owned()));
        let best = word(&run, u32::try_from(run.answer.as_ref().unwrap().ranking()[0].0).unwrap());
        let pinned = run.pinned.iter().find(|pinned| pinned.prompt == prompt).unwrap();
        assert_eq!(pinned.word, best, "of {prompt}");
    }
    let run = asked(&mut viewer, Query::Trace(TraceTarget::PredictedWord));
    let answer = run.answer.as_ref().unwrap();
    assert_eq!((answer.trace.target, answer.traces_expected_word), (answer.trace.most_probable(), false));
}

#[test]
fn restart_keeps_previous_answer_for_same_prompt() {
    let trainer = toy_run(&["training.steps=300"]);
    let mut viewer = viewer_of(&trainer);
    train_until(&trainer, 100);
    let last = look_for(&mut viewer, |run| {
        run.snapshot.record.step == 100 && run.answer.as_ref().is_some_and(|answer| answer.trace.loss() < 0.5)
    });
    assert_eq!(last.before, None);
    trainer.send(Control::Restart);
    let begun = look_for(&mut viewer, |run| run.snapshot.attempt == 2 && run.answer.is_some());
    let before = begun.before.unwrap();
    assert_eq!((Some(&before.answer), before.model.as_str()), (last.answer.as_ref(), "LSTM 7→2→2→7"));
    assert_eq!(asked(&mut viewer, Query::Ask("我 爱".to_owned())).before, None, "of another prompt");
}
