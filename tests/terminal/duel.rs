//! Several runs at once: learning, lockstep, dashboard, plain output, kept runs and exports.

use std::fs;
use std::path::Path;
use std::process::Output;

use rnn_tui::learning::Progress;
use rnn_tui::session::{
    Control, Controls, Lockstep, Mode, Pace, PreparedRun, Query, RunState, Snapshot, Trainer, Viewer,
};

use crate::support::pty::{Session, size};
use crate::support::{DUEL, FakeLearner, LONGEST_WAIT, PROGRAM, command, duel, program, toy, wait_for};

const RIVALS: [&str; 3] = ["model.cell=rnn", "model.cell=gru", "model.architecture=transformer"];

fn spawn(runs: Vec<(String, PreparedRun)>) -> Vec<Trainer> {
    runs.into_iter().map(|(_, run)| Trainer::spawn(PreparedRun { keyframes: 1 << 20, ..run }).unwrap()).collect()
}

fn controls_of(trainers: &[Trainer]) -> Controls {
    Controls::new(trainers)
}

fn steps(trainers: &[Trainer]) -> Vec<u64> {
    trainers.iter().map(|trainer| trainer.latest().record.step).collect()
}

/// Waits until `is_so` holds for a snapshot of each run.
fn wait_for_all(trainers: &[Trainer], is_so: impl Fn(&Snapshot) -> bool) {
    for trainer in trainers {
        let _ = wait_for(trainer, &is_so);
    }
}

/// Paused fake runs in lockstep, of which the last takes 5 ms per step.
fn fake_trainers(count: usize) -> Vec<Trainer> {
    let trainer = |(index, lane)| {
        let learner = FakeLearner { is_slow: index + 1 == count, ..FakeLearner::default() };
        let run = PreparedRun::new(Box::new(learner), Pace::Full, Mode::Paused);
        Trainer::spawn(PreparedRun { lane: Some(lane), ..run }).unwrap()
    };
    Lockstep::lanes(count).into_iter().enumerate().map(trainer).collect()
}

fn is_paused(snapshot: &Snapshot) -> bool {
    snapshot.state == RunState::Paused
}

#[test]
fn duel_runs_learn_the_same_as_alone() {
    let trainers = spawn(duel(&["training.steps=60"], &RIVALS));
    controls_of(&trainers).send(Control::Resume);
    wait_for_all(&trainers, |snapshot| snapshot.state == RunState::Finished);
    let changes = [
        &["model.cell=lstm"][..],
        &["model.cell=rnn"],
        &["model.cell=gru"],
        &["model.architecture=transformer", "model.embedding=4"],
    ];
    for (trainer, changes) in trainers.iter().zip(changes) {
        let mut alone = toy(&[&["training.steps=60"], changes].concat());
        let losses = (0..60).map(|_| match alone.work().unwrap() {
            Progress::Step(report) => report.loss,
            _ => f32::NAN,
        });
        let losses: Vec<f32> = losses.collect();
        let curve = &trainer.latest().record.curves.loss;
        let beside: Vec<f32> = curve.buckets().iter().map(|bucket| bucket.max).collect();
        assert_eq!(beside, losses, "{changes:?}: the same batches, bit for bit");
    }
}

#[test]
fn lockstep_waits_for_slowest_and_pauses_at_same_step() {
    let trainers = fake_trainers(3);
    let controls = controls_of(&trainers);
    for round in 0..5 {
        controls.send(Control::Resume);
        wait_for(&trainers[2], |snapshot| snapshot.record.step >= 10 * (round + 1));
        controls.send(Control::Pause);
        wait_for_all(&trainers, is_paused);
        let steps = steps(&trainers);
        assert!(steps.iter().all(|step| *step == steps[0]), "{steps:?}");
    }
    let before = steps(&trainers)[0];
    controls.send(Control::StepOnce);
    wait_for_all(&trainers, |snapshot| snapshot.record.step == before + 1);
}

#[test]
fn lockstep_can_be_disabled_and_restored() {
    let trainers = fake_trainers(2);
    let controls = controls_of(&trainers);
    controls.send(Control::KeepInStep(false));
    controls.send(Control::RunTo(400));
    wait_for(&trainers[0], |snapshot| is_paused(snapshot) && snapshot.record.step == 400);
    assert!(steps(&trainers)[1] < 400, "the fast run did not wait for the slow one");
    controls.send(Control::KeepInStep(true));
    controls.send(Control::Resume);
    wait_for(&trainers[1], |snapshot| snapshot.record.step > 20);
    assert_eq!(steps(&trainers)[0], 400, "the run ahead waits for the other one");
}

#[test]
fn paused_run_leaves_lockstep_until_resumed() {
    let trainers = fake_trainers(2);
    let controls = controls_of(&trainers);
    controls.send(Control::Resume);
    controls.send_to(Some(0), Control::Pause);
    let paused = wait_for(&trainers[0], is_paused).record.step;
    wait_for(&trainers[1], |snapshot| snapshot.record.step > paused + 20);
    controls.send_to(Some(0), Control::Resume);
    wait_for(&trainers[0], |snapshot| snapshot.record.step > paused + 20);
    controls.send(Control::Pause);
    wait_for_all(&trainers, is_paused);
    let steps = steps(&trainers);
    assert_eq!(steps[0], steps[1], "in lockstep again");
}

#[test]
fn failed_or_restarted_run_does_not_block_others() {
    let lanes = Lockstep::lanes(2);
    let runs = [FakeLearner { panics_at: Some(7), ..FakeLearner::default() }, FakeLearner::default()];
    let run = |(learner, lane)| {
        let run = PreparedRun::new(Box::new(learner), Pace::Full, Mode::Running);
        Trainer::spawn(PreparedRun { lane: Some(lane), ..run }).unwrap()
    };
    let trainers: Vec<Trainer> = runs.into_iter().zip(lanes).map(run).collect();
    wait_for(&trainers[1], |snapshot| snapshot.state == RunState::Finished);
    wait_for(&trainers[0], |snapshot| matches!(snapshot.state, RunState::Failed(_)));
    controls_of(&trainers).send_to(Some(0), Control::Repeat);
    wait_for(&trainers[0], |snapshot| snapshot.state == RunState::Finished && snapshot.attempt == 2);
}

#[test]
fn viewer_shows_all_runs_at_one_step_and_switches_focus() {
    let runs = duel(&["training.steps=200"], &RIVALS);
    let names: Vec<String> = runs.iter().map(|(name, _)| name.clone()).collect();
    let trainers = spawn(runs);
    let controls = controls_of(&trainers);
    controls.send(Control::RunTo(150));
    wait_for_all(&trainers, |snapshot| is_paused(snapshot) && snapshot.record.step == 150);
    let mut viewer = Viewer::new(names.iter().map(String::as_str).zip(&trainers)).unwrap();
    viewer.settle(LONGEST_WAIT);
    let mut ask = |query: Query| {
        viewer.send(query);
        viewer.settle(LONGEST_WAIT);
        viewer.observed().clone()
    };
    let seen = ask(Query::Show(100));
    let shown: Vec<_> = seen.runs.iter().map(|run| (run.playback.shown, run.answer.is_some())).collect();
    assert_eq!(shown, [(Some(100), true); 4]);
    let seen = ask(Query::NextRun);
    assert_eq!((seen.focus, &*seen.run().name), (1, "RNN"));
    assert!(seen.runs.iter().all(|run| run.playback.shown == Some(100)), "the displayed step stays");
    let [here, there] = [0, 1].map(|index| seen.runs[index].answer.clone().unwrap().trace.distribution.clone());
    assert_ne!(here, there);
    assert_eq!(ask(Query::PreviousRun).focus, 0);
    assert_eq!(ask(Query::PreviousRun).focus, 3);

    let settings = trainers[0].latest().run.settings();
    controls.send_to(Some(3), Control::Rebuild { settings: settings.into(), seed: 42 });
    wait_for(&trainers[3], |snapshot| snapshot.attempt == 2);
    let seen = ask(Query::Return);
    let names: Vec<&str> = seen.runs.iter().map(|run| &*run.name).collect();
    assert_eq!(names, ["LSTM", "RNN", "GRU", "LSTM 7→2→2→7"], "a rebuilt run is named by its model");
}

fn rnn_tui(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

#[track_caller]
fn said(arguments: &[&str]) -> String {
    let output = rnn_tui(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let output = rnn_tui(arguments);
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

/// Name and share of right words of each run in the table at the end.
fn table(text: &str) -> Vec<[String; 2]> {
    let lines = text.lines().skip_while(|line| !line.contains("ms/step")).skip(1).take(4);
    lines
        .map(|line| [line.split("  ").next().unwrap().to_owned(), line.split("  ").last().unwrap().trim().to_owned()])
        .collect()
}

#[test]
#[ignore = "minutes"]
fn plain_duel_prefixes_names_and_prints_table() {
    let text = said(&[DUEL, "--plain", "--steps", "200", "--ask", "red gate"]);
    for name in ["LSTM", "GRU", "RNN", "transformer"] {
        assert!(text.contains(&format!("{name}: step 200/200  loss ")), "{text}");
        assert!(text.contains(&format!("{name}: red gate -> ")), "{text}");
    }
    let right: Vec<_> = table(&text);
    assert_eq!(right.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["LSTM", "GRU", "RNN", "transformer"]);
    assert_eq!([0, 1, 3].map(|row| right[row][1].as_str()), ["100.0 %"; 3], "{text}");
    assert_ne!(right[2][1], "100.0 %", "{text}");
}

#[test]
#[ignore = "minutes"]
fn duel_is_kept_resumed_and_exported_per_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (whole, parts) = (path("whole"), path("parts"));
    let straight = said(&[DUEL, "--plain", "--steps", "80", "--run", &whole]);
    said(&[DUEL, "--plain", "--steps", "50", "--run", &parts]);
    let resumed = said(&["--plain", "--resume", &parts, "--steps", "80"]);
    let last =
        |text: &str| text.lines().filter(|line| line.contains("step 80/80")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(last(&straight).len(), 4);
    assert_eq!(last(&straight), last(&resumed), "as if it had not been interrupted");

    for run in ["1-lstm", "2-gru", "3-rnn", "4-transformer"] {
        assert!(Path::new(&parts).join(run).join("latest/config.toml").exists(), "{run}");
    }
    said(&["export", &parts]);
    let exported = Path::new(&parts).join("export/step-80");
    let runs = fs::read_to_string(exported.join("runs.csv")).unwrap();
    assert!(runs.starts_with("name,model,weights,seed,steps,seconds,words_per_second,loss,milestone_loss,"), "{runs}");
    assert_eq!(runs.lines().count(), 5);
    for file in ["screen.svg", "loss.svg", "1-lstm/states.csv", "3-rnn/metrics.csv", "4-transformer/attention.csv"] {
        assert!(exported.join(file).exists(), "{file}");
    }
    let curves = fs::read_to_string(exported.join("loss.svg")).unwrap();
    assert!(
        ["LSTM", "GRU", "RNN", "transformer"].iter().all(|name| curves.contains(&format!(">\n{name}\n"))),
        "{curves}"
    );

    // each run can also be used alone
    assert!(said(&["predict", &format!("{parts}/2-gru"), "red gate"]).contains("->"));
    let both = refused(&["predict", &parts, "red gate"]);
    assert!(both.contains("it holds several runs"), "{both}");
    let again = refused(&[DUEL, "--plain", "--run", &parts]);
    assert!(again.contains("is not empty") && again.contains("--resume"), "{again}");
}

#[test]
fn invalid_rivals_are_rejected_before_training() {
    let error = |arguments: &[&str]| refused(&[&["--plain"], arguments].concat());
    assert!(error(&["--rival", "training.batch=1"]).contains("--rival training.batch=1: `training.batch` cannot be"));
    assert!(error(&["--rival", "model.hidden=0"]).contains("--rival model.hidden=0: `model.hidden = 0`"));
    assert!(error(&["--rival", "model.cell=gru", DUEL]).contains("the configuration comes before `--rival`"));
    assert!(error(&["--rival", "model.cell=gru", "--weights", DUEL]).contains("several runs begin side by side"));
    let four = ["--rival", "model.cell=gru"].repeat(4);
    assert!(error(&four).contains("there can be 4 runs at once"));
}

#[test]
#[ignore = "minutes"]
fn scaling_reports_measured_and_predicted_cost() {
    let arguments = ["scaling", DUEL, "--longest", "128", "--rival", "model.hidden=64"];
    assert!(refused(&arguments).contains("there can be 4 runs"));
    let text = said(&arguments[..4]);
    let line =
        |from: &str| text.lines().find(|line| line.starts_with(from)).unwrap_or_else(|| panic!("{from}: {text}"));
    assert!(text.contains("LSTM") && text.contains("transformer"), "{text}");
    let numbers = |line: &str| -> Vec<f64> { line.split_whitespace().filter_map(|cell| cell.parse().ok()).collect() };
    let milliseconds = numbers(line(" 64"));
    assert!(milliseconds.len() == 5 && milliseconds.iter().all(|number| *number > 0.0), "{text}");
    // measured and predicted memory of a step, in MiB, at the longest window
    let memory = text.lines().filter(|line| line.starts_with("128")).nth(1).unwrap().replace(['(', ')'], "");
    let memory = numbers(&memory);
    for pair in memory[1..].chunks(2) {
        // unoptimized code takes more memory
        assert!((pair[0] - pair[1]).abs() < 2.5, "the program itself needs some memory: {memory:?}");
    }
    assert!(line("LSTM: ").contains("at T = 128 129 products wait each for the one before"), "{text}");
    assert!(line("transformer: ").contains("at T = 128 7 products"), "{text}");
    assert!(line("transformer, T = 128").contains("1 ") && text.contains("·T²") | text.contains("· T²"), "{text}");
    assert!(refused(&["scaling", "--set", "model.cell=x"]).contains("--set model.cell=x"));
}

/// Runs the program with its address space limited to `kibibytes`.
fn with_memory(kibibytes: u64, arguments: &[&str]) -> Output {
    let limited = format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\"");
    command("sh").args(["-c", &limited, PROGRAM]).args(arguments).output().unwrap()
}

#[test]
fn duel_exceeding_memory_is_rejected() {
    // 16 million weights: about 320 MB with gradients, optimizer and steps
    let arguments = ["--plain", "--steps", "1", "--set", "model.hidden=2000", "--set", "training.threads=1"];
    let alone = with_memory(1_000_000, &arguments);
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stderr));
    let four =
        [&arguments[..], &["--rival", "training.clip=1", "--rival", "training.clip=2", "--rival", "training.clip=3"]];
    let four = with_memory(1_000_000, &four.concat());
    let said = String::from_utf8_lossy(&four.stderr);
    assert_eq!(four.status.code(), Some(2), "{said}");
    assert!(said.contains("there is no memory to train 4 runs at once: it takes about "), "{said}");
    assert!(said.contains("\n  leave some of the rivals out"), "{said}");
}

/// Goes through all features of a duel of four runs in the dashboard.
fn walk_through_duel(rows: u16, columns: u16, language: &str) {
    let chinese = language == "zh";
    let pick = |english: &'static str, chinese_text: &'static str| if chinese { chinese_text } else { english };
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let kept = kept.to_str().unwrap();
    let arguments = [DUEL, "--lang", language, "--run", kept, "--set", "dashboard.pace=0", "--steps", "100000"];
    let mut session = Session::start(rows, columns, PROGRAM, &arguments, &[]);
    session.wait_for(pick("which word comes next?", "下一个词是什么？"));
    // three of four runs learn the pinned prompts
    for name in ["LSTM 2/2", "GRU 2/2", "transformer 2/2"] {
        session.wait_for(name);
    }
    session.wait_for("100 %");

    // paused, all runs are at one step; all take one more
    session.press(" ");
    session.wait_for(pick("PAUSED", "已暂停"));
    session.press("s");
    session.press("i");
    session.wait_for("> ");
    session.press("green cart\r");
    session.wait_for(pick("cart → which word", "cart → 下一个词"));
    session.press(ESCAPE);
    session.wait_for(pick("q quit", "q 退出")); // otherwise Escape and the next key could be read as Alt and the key

    // each panel zoomed; the next run
    let back = pick("Esc back", "Esc 返回");
    for (panel, name) in [("3", "transformer"), ("2", "transformer"), ("5", "LSTM"), ("7", "transformer")] {
        session.press(panel);
        session.press("z");
        session.wait_for(back);
        session.wait_for(name);
        session.press("z");
        session.press("d");
        session.press("z");
        session.wait_until("all panels again", |screen| !screen.contents().contains(back));
    }
    session.press("d".repeat(4).as_str());
    session.wait_for(pick("run 1 of 4", "第 1/4 个运行"));

    // an earlier step of all runs; the present
    session.press("^");
    session.wait_for(pick("SHOWN AS AT STEP", "显示第"));
    session.press("e");

    // the axis, a cursor, the table
    session.press("1oo");
    session.wait_for(pick("by seconds", "按秒"));
    session.press("h");
    // the measured costs, zoomed; the table
    session.press("9zv");
    session.wait_for(pick("threads: ×", "个线程：×"));
    session.press("8");
    session.wait_for(pick("comparison", "对比"));

    // keys for one run
    session.press("a");
    session.wait_for(pick("keys act on this one", "按键只作用于它"));
    session.press("rr");
    session.wait_for(pick("that is of all runs", "种子由各运行共用"));
    session.press("a");

    // resize, and back
    session.master.resize(size(12, 40)).unwrap();
    session.wait_until("nothing below and beside a small screen", |screen| {
        let text = screen.contents();
        text.contains("LSTM") && text.lines().count() <= 12
    });
    session.master.resize(size(rows, columns)).unwrap();
    session.wait_for(pick("comparison", "对比"));

    session.press("q");
    let (status, _) = session.assert_given_back();
    assert_eq!(status.exit_code(), 0);

    let mut session = Session::start(rows, columns, PROGRAM, &["--resume", kept, "--lang", language, "--paused"], &[]);
    session.wait_for(pick("PAUSED", "已暂停"));
    session.wait_for("LSTM 2/2");
    session.press("q");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);

    let mut session = Session::start(rows, columns, PROGRAM, &["replay", kept, "--lang", language], &[]);
    session.wait_for(pick("REPLAY", "重放"));
    session.wait_for(pick("run 1 of 4", "第 1/4 个运行"));
    session.press("q");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);
}

const ESCAPE: &str = "\x1b";

#[test]
#[ignore = "minutes"]
fn duel_walkthrough_works_at_80x24() {
    walk_through_duel(24, 80, "en");
    walk_through_duel(24, 80, "zh");
}

#[test]
#[ignore = "minutes"]
fn duel_walkthrough_works_at_120x40() {
    walk_through_duel(40, 120, "zh");
    walk_through_duel(40, 120, "en");
}

#[test]
#[ignore = "minutes"]
fn duel_walkthrough_works_at_200x60() {
    walk_through_duel(60, 200, "en");
    walk_through_duel(60, 200, "zh");
}
