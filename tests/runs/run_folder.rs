//! The run folder: after any failure while a checkpoint is written, or damage to its files afterwards, an intact checkpoint is loaded,
//! or an error names the cause.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use proptest::prelude::*;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::corpus::Texts;

use rnn_tui::learning::{Learner, LearnerState, Progress, Record, language_learner};
use rnn_tui::model::{CellName, Tensors};
use rnn_tui::session::{Checkpoint, Keyframe, Keyframes};
use rnn_tui::storage::checkpoint::{self, read_weights};
use rnn_tui::storage::disk::{Disk, SystemDisk};
use rnn_tui::storage::tensor_file::TensorFile;
use rnn_tui::storage::{LoadedRun, RunError, RunFolder, RunStart};

/// The system's disk, where operations fail as on a full disk after a given number of operations.
#[derive(Default)]
struct FaultyDisk {
    /// The number of operations that succeed before one fails.
    remaining: AtomicUsize,
    /// Whether only one operation fails.
    recovers: AtomicBool,
}

impl FaultyDisk {
    /// Lets this many operations succeed, and all later ones fail.
    fn fail_after(&self, operations: usize) {
        self.remaining.store(operations, Ordering::Relaxed);
    }

    /// Lets this many operations succeed, the next one fail, and all later ones succeed.
    fn fail_once_after(&self, operations: usize) {
        self.recovers.store(true, Ordering::Relaxed);
        self.fail_after(operations);
    }

    /// Lets all operations succeed.
    fn never_fail(&self) {
        self.fail_after(usize::MAX);
    }

    /// Counts an operation; returns the error of a full disk if it is to fail.
    fn next(&self) -> io::Result<()> {
        let before =
            self.remaining.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |remaining| remaining.checked_sub(1));
        if before.is_err() && self.recovers.load(Ordering::Relaxed) {
            self.never_fail();
        }
        before.map(|_| ()).map_err(|_| io::ErrorKind::StorageFull.into())
    }
}

impl Disk for FaultyDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.next().and_then(|()| SystemDisk.create_folder(path))
    }

    /// Writes half of the bytes before it fails.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.next().or_else(|error| SystemDisk.write(path, &bytes[..bytes.len() / 2]).and(Err(error)))?;
        SystemDisk.write(path, bytes)
    }

    fn append(&self, path: &Path, length: Option<u64>, bytes: &[u8]) -> io::Result<()> {
        self.next().or_else(|error| SystemDisk.append(path, length, &bytes[..bytes.len() / 2]).and(Err(error)))?;
        SystemDisk.append(path, length, bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.next().and_then(|()| SystemDisk.sync(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.next().and_then(|()| SystemDisk.rename(from, to))
    }

    fn link(&self, target: &Path, link: &Path) -> io::Result<()> {
        self.next().and_then(|()| SystemDisk.link(target, link))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.next().and_then(|()| SystemDisk.remove(path))
    }
}

/// A disk without symbolic links, as exFAT.
struct DiskWithoutSymlinks;

impl Disk for DiskWithoutSymlinks {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.create_folder(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        SystemDisk.write(path, bytes)
    }

    fn append(&self, path: &Path, length: Option<u64>, bytes: &[u8]) -> io::Result<()> {
        SystemDisk.append(path, length, bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        SystemDisk.sync(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }

    fn link(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(1)) // EPERM, as Linux returns on exFAT
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove(path)
    }
}

#[test]
fn disk_without_symlinks_keeps_resumes_and_prunes_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut lesson = Lesson::new(&[]);
    let mut run = create(&path, Arc::new(DiskWithoutSymlinks));
    for _ in 0..5 {
        let checkpoint = lesson.steps(2);
        let name = run.save(&checkpoint, false).unwrap();
        let missing = run.finish_save(&name, &checkpoint.learner.config, 2).unwrap();
        assert!(missing.is_some_and(|why| why.to_string().contains("/latest: ")), "the missing link is reported once");
    }
    assert_eq!(fs::read_dir(path.join("checkpoints")).unwrap().count(), 2);
    drop(run);
    let resumed = RunFolder::resume(&path, &[], Arc::new(DiskWithoutSymlinks), language_learner).unwrap();
    assert_eq!(resumed.found.checkpoint.record.step, 10);
    assert!(
        resumed.found.warnings.iter().any(|warning| warning.to_string().contains("/latest: ")),
        "{:?}",
        resumed.found.warnings
    );
    // a copy of an earlier checkpoint in place of the link must not be loaded as the latest
    drop(resumed);
    let first = fs::read_dir(path.join("checkpoints")).unwrap().flatten().map(|entry| entry.path()).min().unwrap();
    assert!(std::process::Command::new("cp").arg("-r").arg(first).arg(path.join("latest")).status().unwrap().success());
    drop(RunFolder::resume(&path, &[], Arc::new(DiskWithoutSymlinks), language_learner).unwrap());
    assert!(!path.join("latest").exists());
}

/// Data for a new run folder, without weights to start from.
fn start<'a>(texts: &'a Texts, words: &'a [String]) -> RunStart<'a> {
    RunStart { texts, words, weights: None }
}

/// Texts of the built-in lesson.
fn texts() -> Texts {
    Texts::read(&config(&[])).unwrap()
}

/// Configuration of the built-in lesson with these changes.
fn config(changes: &[&str]) -> Config {
    let changes: Vec<_> = changes.iter().map(|change| Override::set(change).unwrap()).collect();
    Config::read(&Origin::toy(), &changes).unwrap()
}

/// A learner of the built-in lesson and its record.
struct Lesson {
    learner: Box<dyn Learner>,
    record: Record,
}

impl Lesson {
    fn new(changes: &[&str]) -> Self {
        Self { learner: language_learner(config(changes)).unwrap(), record: Record::default() }
    }

    /// Takes `count` steps; returns a checkpoint of the result.
    fn steps(&mut self, count: usize) -> Checkpoint {
        for _ in 0..count {
            let Progress::Step(report) = self.learner.work().unwrap() else { panic!("the lesson has no validation") };
            self.record.add_step(report);
        }
        let mut state = LearnerState::default();
        self.learner.save(&mut state);
        Checkpoint { attempt: 1, learner: state, record: self.record.clone(), rate_factor: 1.0, keyframes: Vec::new() }
    }
}

/// Creates a run folder for the built-in lesson; panics on errors.
fn create(path: &Path, disk: Arc<dyn Disk>) -> RunFolder {
    RunFolder::create(path, &config(&[]), start(&texts(), &["我".to_owned()]), disk).unwrap()
}

/// Saves a checkpoint and finishes the save; panics on errors.
fn save(run: &mut RunFolder, checkpoint: &Checkpoint, is_best: bool, keep: usize) -> String {
    let name = run.save(checkpoint, is_best).unwrap();
    run.finish_save(&name, &checkpoint.learner.config, keep).unwrap();
    name
}

#[test]
fn checkpoint_removed_during_read_is_retried() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (run, lesson) = (RefCell::new(create(&path, Arc::new(SystemDisk))), RefCell::new(Lesson::new(&[])));
    let save_after = |steps| save(&mut run.borrow_mut(), &lesson.borrow_mut().steps(steps), true, 9);
    let (first, removed) = (save_after(3), Cell::new(false));
    let read = LoadedRun::read(&path, &[], |config| {
        if !removed.replace(true) {
            // as the training process does meanwhile
            save_after(4);
            fs::remove_dir_all(path.join("checkpoints").join(&first)).unwrap();
        }
        language_learner(config)
    });
    assert_eq!(read.unwrap().checkpoint.record.step, 7);
}

/// The checkpoint from which the run resumes, without its configuration, whose corpus path has changed.
fn resumed(path: &Path) -> Checkpoint {
    let resumed = RunFolder::resume(path, &[], Arc::new(SystemDisk), language_learner).unwrap().found;
    let mut state = LearnerState::default();
    let mut learner = resumed.learner;
    learner.save(&mut state);
    assert!(
        without_config(resumed.checkpoint.clone()).learner == without_config_of(state),
        "the learner has the checkpoint's state"
    );
    without_config(resumed.checkpoint)
}

/// The checkpoint with the default configuration in place of its own.
fn without_config(checkpoint: Checkpoint) -> Checkpoint {
    Checkpoint { learner: without_config_of(checkpoint.learner), ..checkpoint }
}

/// The state with the default configuration in place of its own.
fn without_config_of(state: LearnerState) -> LearnerState {
    LearnerState { config: Config::default(), ..state }
}

#[test]
fn older_run_with_words_of_all_texts_opens() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("run"), folder.path().join("other.txt"));
    fs::write(&other, "我 爱 妈妈\n").unwrap();
    let test_option = format!("corpus.test={}", other.display());
    let config = config(&[&test_option]).with_words_of_all_texts();
    let texts = Texts::read(&config).unwrap();
    let mut lesson = Lesson { learner: language_learner(config.clone()).unwrap(), record: Record::default() };
    let words = lesson.learner.vocabulary().to_vec();
    assert_eq!(words.last().map(String::as_str), Some("妈妈"));
    let mut run = RunFolder::create(&path, &config, start(&texts, &words), Arc::new(SystemDisk)).unwrap();
    save(&mut run, &lesson.steps(20), true, 9);
    drop(run);
    let read = LoadedRun::read(&path, &[], language_learner).unwrap();
    assert_eq!((read.learner.vocabulary(), read.checkpoint.record.step), (words.as_slice(), 20));
    let answer = |learner: &dyn Learner| learner.predictor().ask("我 爱").unwrap().trace.ranking();
    assert_eq!(answer(read.learner.as_ref()), answer(lesson.learner.as_ref()));
    assert_eq!(resumed(&path).record.step, 20);
}

/// Any run: settings, steps, seed of its numbers, gradient norm and learning rate factor, attempt.
fn any_run() -> impl Strategy<Value = (Vec<String>, usize, u64, [f64; 2], u32)> {
    let model = (
        prop::sample::select(CellName::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>()),
        1..4_usize,
        any::<bool>(),
        prop::sample::select(vec!["0", "0.4"]),
    )
        .prop_map(|(cell, layers, is_tied, dropout)| {
            vec![
                format!("model.cell={cell}"),
                format!("model.layers={layers}"),
                format!("model.tie_embeddings={is_tied}"),
                format!("model.dropout={dropout}"),
            ]
        });
    let optimizer = prop::sample::select(vec!["adam", "adamw", "sgd", "rmsprop"])
        .prop_map(|name| format!("training.optimizer.name={name}"));
    let schedule = prop::sample::select(vec!["constant", "step", "cosine"])
        .prop_map(|name| format!("training.schedule.name={name}"));
    let text = prop::sample::select(vec![
        "corpus.unit=sentences",
        "corpus.unit=text training.predict=every training.batch=1 training.window=4",
    ]);
    let text = text.prop_map(|changes| changes.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let changes = (model, optimizer, schedule, text)
        .prop_map(|(model, optimizer, schedule, text)| [model, vec![optimizer, schedule], text].concat());
    let number = prop::num::f64::POSITIVE | prop::num::f64::NEGATIVE | prop::num::f64::INFINITE | prop::num::f64::ZERO;
    (changes, 0..50_usize, any::<u64>(), [number, number], 1..u32::MAX)
}

/// Tensors of the same shapes with random finite numbers.
fn with_any_numbers(tensors: &Tensors, random: &mut ChaCha8Rng) -> Tensors {
    let mut any = Tensors::default();
    for tensor in tensors.as_slice() {
        let mut finite =
            || std::iter::repeat_with(|| f32::from_bits(random.next_u32())).find(|number| number.is_finite());
        let numbers: Vec<f32> = tensor.numbers.iter().filter_map(|_| finite()).collect();
        any.push(&tensor.name, &tensor.shape, &numbers);
    }
    any
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn checkpoint_round_trip_is_byte_identical(
        (changes, steps, seed, [norm, factor], attempt) in any_run(),
    ) {
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut saved = Lesson::new(&changes).steps(steps);
        saved.learner.weights = with_any_numbers(&saved.learner.weights, &mut random);
        saved.learner.optimizer = with_any_numbers(&saved.learner.optimizer, &mut random);
        saved.learner.carried = with_any_numbers(&saved.learner.carried, &mut random);
        (saved.attempt, saved.rate_factor) = (attempt, factor);
        if let Some(last) = &mut saved.record.last_step {
            last.gradient_norm = norm;
        }
        let numbers = saved.learner.weights.as_slice().iter().map(|tensor| tensor.numbers.len()).sum();
        let frame = |step| Keyframe { step, weights: Arc::new(vec![step as f32; numbers]) };
        saved.keyframes = (0..=saved.record.step).step_by(7).map(frame).collect();

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let mut run = RunFolder::create(&path, &config(&changes), start(&texts(), &[]), Arc::new(SystemDisk)).unwrap();
        let name = save(&mut run, &saved, false, 3);
        run.save_keyframes(attempt, &saved.keyframes).unwrap();
        let keyframes = fs::read(path.join("keyframes.safetensors")).unwrap();
        drop(run);
        prop_assert!(resumed(&path) == without_config(saved));

        let mut resumed = RunFolder::resume(&path, &[], Arc::new(SystemDisk), language_learner).unwrap();
        let again = save(&mut resumed.folder, &resumed.found.checkpoint, false, 3);
        for file in ["model.safetensors", "training.safetensors", "config.toml", "manifest.json"] {
            let bytes = |name: &str| fs::read(path.join("checkpoints").join(name).join(file)).unwrap();
            prop_assert!(bytes(&name) == bytes(&again), "{}", file);
        }
        resumed.folder.save_keyframes(attempt, &resumed.found.checkpoint.keyframes).unwrap();
        prop_assert!(fs::read(path.join("keyframes.safetensors")).unwrap() == keyframes);
    }
}

#[test]
fn non_finite_metrics_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut saved = Lesson::new(&[]).steps(3);
    saved.learner.position.plateau.best = f64::INFINITY;
    saved.record.last_step.as_mut().unwrap().gradient_norm = f64::INFINITY;
    saved.record.curves.gradient_norm.push(f32::INFINITY);
    saved.record.curves.gradient_norm.push(f32::MIN_POSITIVE / 3.0);
    save(&mut create(&path, Arc::new(SystemDisk)), &saved, false, 3);
    assert!(resumed(&path) == without_config(saved));
}

#[test]
fn failed_disk_operation_keeps_previous_checkpoint_and_next_save_works() {
    for operations in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let disk = Arc::new(FaultyDisk::default());
        disk.never_fail();
        let mut lesson = Lesson::new(&[]);
        let mut run = create(&path, Arc::clone(&disk) as Arc<dyn Disk>);
        for _ in 0..2 {
            save(&mut run, &lesson.steps(2), true, 1);
        }
        let (before, new) = (lesson.steps(0), lesson.steps(2));
        disk.fail_after(operations);
        let saved = run.save(&new, true);
        let tidied = saved.as_ref().is_ok_and(|name| run.finish_save(name, &new.learner.config, 1).is_ok());
        disk.never_fail();
        // as another process would read it now
        let LoadedRun { mut learner, warnings, .. } = LoadedRun::read(&path, &[], language_learner).unwrap();
        let mut state = LearnerState::default();
        learner.save(&mut state);
        assert_eq!(warnings, []);
        let found = without_config_of(state);
        let [old, new] = [before, new].map(|checkpoint| without_config(checkpoint).learner);
        assert!(found == new || saved.is_err() && found == old, "after {operations} operations");
        let link = path.join("latest/model.safetensors");
        assert!(link.is_file(), "latest points to a checkpoint after {operations} operations");

        let later = lesson.steps(2);
        let name = save(&mut run, &later, true, 1);
        for link in ["latest", "best"] {
            assert_eq!(fs::read_link(path.join(link)).unwrap(), Path::new("checkpoints").join(&name), "{link}");
        }
        drop(run);
        assert!(resumed(&path) == without_config(later));
        assert_eq!(fs::read_dir(path.join("checkpoints")).unwrap().count(), 1, "other checkpoints are removed");
        if tidied {
            assert!(operations > 10, "a checkpoint takes more operations than {operations}");
            return;
        }
    }
}

#[test]
fn failed_metrics_write_is_retried_without_duplicates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let disk = Arc::new(FaultyDisk::default());
    disk.never_fail();
    let mut run = create(&path, Arc::clone(&disk) as Arc<dyn Disk>);
    run.add_metrics("one\n").unwrap();
    disk.fail_after(0);
    run.add_metrics("two\nthree\n").unwrap_err();
    assert_eq!(fs::read_to_string(path.join("metrics.jsonl")).unwrap(), "one\ntwo\nt", "half of the bytes are written");
    disk.never_fail();
    run.add_metrics("two\nthree\n").unwrap();
    assert_eq!(fs::read_to_string(path.join("metrics.jsonl")).unwrap(), "one\ntwo\nthree\n");
}

#[test]
fn latest_and_best_checkpoints_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (mut run, mut lesson) = (create(&path, Arc::new(SystemDisk)), Lesson::new(&[]));
    for number in 1..=6 {
        save(&mut run, &lesson.steps(10), number == 2, 3);
    }
    let mut names: Vec<_> =
        fs::read_dir(path.join("checkpoints")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["000002-step-20", "000004-step-40", "000005-step-50", "000006-step-60"]);
    assert_eq!(fs::read_link(path.join("best")).unwrap(), PathBuf::from("checkpoints/000002-step-20"));
    assert_eq!(fs::read_link(path.join("latest")).unwrap(), PathBuf::from("checkpoints/000006-step-60"));
}

#[test]
fn earlier_attempt_keeps_best_or_last_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (mut run, mut lesson) = (create(&path, Arc::new(SystemDisk)), Lesson::new(&[]));
    for attempt in [1, 1, 1, 2, 2, 3, 3, 3] {
        let checkpoint = Checkpoint { attempt, ..lesson.steps(1) };
        save(&mut run, &checkpoint, checkpoint.record.step == 2, 1);
    }
    let mut steps: Vec<String> = fs::read_dir(path.join("checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    steps.sort();
    assert_eq!(
        steps,
        ["000002-step-2", "000005-step-5", "000008-step-8"],
        "the best, the last of attempt 2, the current one"
    );
    let best = fs::read_link(path.join("best")).unwrap();
    assert_eq!(best, PathBuf::from("checkpoints/000002-step-2"), "the other attempts have no validation");
}

#[test]
fn resume_repairs_links_left_by_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (mut run, mut lesson) = (create(&path, Arc::new(SystemDisk)), Lesson::new(&[]));
    save(&mut run, &lesson.steps(1), true, 3);
    let name = run.save(&lesson.steps(1), true).unwrap(); // the process is killed before `finish_save`
    drop(run);
    fs::write(path.join(".new-latest"), "half of something").unwrap();
    RunFolder::resume(&path, &[], Arc::new(SystemDisk), language_learner).unwrap();
    for link in ["latest", "best"] {
        assert_eq!(fs::read_link(path.join(link)).unwrap(), Path::new("checkpoints").join(&name), "{link}");
    }
    assert!(!path.join(".new-latest").exists());
}

#[test]
fn resume_rejects_changed_corpus_and_repairs_vocabulary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let words = language_learner(config(&[])).unwrap().vocabulary().to_vec();
    let mut run = RunFolder::create(&path, &config(&[]), start(&texts(), &words), Arc::new(SystemDisk)).unwrap();
    save(&mut run, &Lesson::new(&[]).steps(2), false, 3);
    drop(run);
    let resume = || RunFolder::resume(&path, &[], Arc::new(SystemDisk), language_learner);
    let vocabulary = path.join("vocabulary.json");
    let right = fs::read(&vocabulary).unwrap();
    fs::write(&vocabulary, "[\"other\"]").unwrap();
    resume().unwrap();
    assert!(fs::read(&vocabulary).unwrap() == right);

    let corpus = path.join("corpus.txt");
    let text = fs::read_to_string(&corpus).unwrap();
    fs::write(&corpus, text.replace("玩具", "爸爸")).unwrap(); // the same number of bytes
    let said = resume().map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("corpus.txt is damaged: its SHA-256 differs\n  put back the text"), "{said}");
}

#[test]
fn nan_weights_are_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (mut run, mut lesson) = (create(&path, Arc::new(SystemDisk)), Lesson::new(&[]));
    let good = lesson.steps(1);
    save(&mut run, &good, false, 3);
    let mut broken = lesson.steps(1);
    let weight = broken.learner.weights.as_slice()[0].clone();
    broken.learner.weights.push("last", &weight.shape, &vec![f32::NAN; weight.numbers.len()]);
    let why = run.save(&broken, false).unwrap_err().to_string();
    assert!(why.contains("the tensor last has a value that is no finite number: NaN"), "{why}");
    drop(run);
    assert!(resumed(&path) == without_config(good));
}

#[test]
fn partial_append_is_truncated_before_next() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    disk.never_fail();
    let run = create(&folder.path().join("run"), Arc::clone(&disk) as Arc<dyn Disk>);
    disk.fail_once_after(2);
    run.begin_events(1, 1.5).unwrap_err();
    let mut events = run.begin_events(1, 1.5).unwrap();
    let file = folder.path().join("run/tensorboard/1/events.out.tfevents.1.500000.rnn-tui");
    let begins = fs::read(&file).unwrap();
    disk.fail_after(0);
    run.add_events(&mut events, b"a record").unwrap_err();
    disk.never_fail();
    run.add_events(&mut events, b"a record").unwrap();
    assert!(fs::read(&file).unwrap() == [&begins[..], b"a record"].concat());
}

#[test]
fn failed_creation_does_not_block_next_attempt() {
    for operations in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("above/run");
        let disk = Arc::new(FaultyDisk::default());
        disk.fail_once_after(operations);
        let created = RunFolder::create(&path, &config(&[]), start(&texts(), &[]), Arc::clone(&disk) as Arc<dyn Disk>);
        let is_there = created.is_ok();
        drop(created);
        if is_there {
            assert!(path.join("corpus.txt").is_file() && path.join("checkpoints").is_dir());
            if operations > 12 {
                return; // no operation failed
            }
            continue; // an operation whose failure is tolerated
        }
        create(&path, Arc::clone(&disk) as Arc<dyn Disk>);
    }
}

#[test]
fn damaged_checkpoint_is_named_and_previous_one_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (mut run, mut lesson) = (create(&path, Arc::new(SystemDisk)), Lesson::new(&[]));
    let before = lesson.steps(1);
    save(&mut run, &before, false, 3);
    let last = path.join("checkpoints").join(save(&mut run, &lesson.steps(1), false, 3));
    drop(run);
    for name in ["model.safetensors", "training.safetensors", "config.toml", "manifest.json"] {
        let (file, whole) = (last.join(name), fs::read(last.join(name)).unwrap());
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            checkpoint::verify(&last).expect_err("the file is truncated");
        }
        // a flipped bit in the manifest may be in a value that is not verified
        for bit in (0..whole.len() * 8).filter(|_| name != "manifest.json").step_by(3) {
            let mut broken = whole.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            fs::write(&file, &broken).unwrap();
            checkpoint::verify(&last).expect_err("a bit is flipped");
        }
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        let found = LoadedRun::read(&path, &[], language_learner).unwrap();
        assert!(without_config(found.checkpoint) == without_config(before.clone()));
        let [why] = &found.warnings[..] else { panic!("{:?}", found.warnings) };
        assert!(why.to_string().contains("000002-step-2") && why.to_string().contains(name), "{why}");
        fs::write(&file, &whole).unwrap();
    }
}

#[test]
fn damaged_weights_file_is_rejected_without_panic() {
    let folder = tempfile::tempdir().unwrap();
    let as_new = Lesson::new(&[]).steps(0).learner;
    let path = folder.path().join("weights.safetensors");
    let mut run = create(&folder.path().join("run"), Arc::new(SystemDisk));
    let name = save(&mut run, &Lesson::new(&[]).steps(1), false, 1);
    let whole = fs::read(folder.path().join("run/checkpoints").join(name).join("model.safetensors")).unwrap();
    fs::write(&path, &whole).unwrap();
    read_weights(&path, &as_new.layout()).unwrap();
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        read_weights(&path, &as_new.layout()).expect_err("the file is truncated");
    }
    for bit in 0..header * 8 {
        let mut broken = whole.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &broken).unwrap();
        let _ = read_weights(&path, &as_new.layout()); // must not panic; a flipped bit in the metadata is not an error
    }
    let header_of = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read_weights(&path, &as_new.layout()).unwrap_err().to_string()
    };
    assert!(refused(&u64::MAX.to_le_bytes()).contains("its header would have 18446744073709551615 bytes"));
    assert!(refused(&[&(1_u64 << 30).to_le_bytes()[..], &[b' '; 100]].concat()).contains("its header would have"));
    let overlapping = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
    let said = refused(&[header_of(overlapping), vec![0; 12]].concat());
    assert!(said.contains("damaged: "), "{said}");
    let huge = r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#;
    let said = refused(&[header_of(huge), vec![0; 8]].concat());
    assert!(said.contains("damaged: "), "{said}");
    let half = r#"{"emb.weight":{"dtype":"F16","shape":[7,2],"data_offsets":[0,28]}}"#;
    let said = refused(&[header_of(half), vec![0; 28]].concat());
    assert!(said.contains("! emb.weight        F32 [7, 2]  F16 [7, 2]"), "{said}");
    assert!(said.contains("! head.bias         F32 [7]     -"), "{said}");
}

#[test]
fn run_folder_rejects_second_process_and_second_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = create(&path, Arc::new(SystemDisk));
    save(&mut run, &Lesson::new(&[]).steps(1), false, 3);
    let resume = || RunFolder::resume(&path, &[], Arc::new(SystemDisk), language_learner).map(|_| ());
    let said =
        |refused: Result<(), RunError>| refused.unwrap_err().to_string().replace(folder.path().to_str().unwrap(), "");
    assert_eq!(said(resume()), "another process keeps its run in /run\n  wait for it to end, or choose another folder");
    drop(run);
    resume().unwrap();
    let again = RunFolder::create(&path, &config(&[]), start(&texts(), &[]), Arc::new(SystemDisk)).map(|_| ());
    assert!(said(again).starts_with("/run keeps a run already\n  `--resume "));
    let other = RunFolder::resume(folder.path(), &[], Arc::new(SystemDisk), language_learner).map(|_| ());
    assert!(said(other).contains("keeps no run"));
    let hidden = [Override::set("model.hidden=3").unwrap()];
    let changed = RunFolder::resume(&path, &hidden, Arc::new(SystemDisk), language_learner).map(|_| ());
    let changed = said(changed);
    assert!(changed.contains("`model.hidden = 3`: a run that goes on cannot have another one"), "{changed}");
}

#[test]
fn large_foreign_weights_file_is_rejected_without_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.safetensors");
    let text = r#"{"a":{"dtype":"F32","shape":[4294967296],"data_offsets":[0,17179869184]}}"#;
    fs::write(&path, [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(8 + text.len() as u64 + (1 << 34)).unwrap(); // 16 GiB sparse
    assert_eq!(TensorFile::open(&path).unwrap().length(), 1 << 34);
    let said = read_weights(&path, &Lesson::new(&[]).steps(0).learner.layout()).unwrap_err().to_string();
    assert!(said.contains("! a                 -           F32 [4294967296]"), "{said}");
}

/// A checkpoint with keyframes of these steps, three steps after the last of them.
fn with_keyframes(lesson: &mut Lesson, steps: &[u64]) -> Checkpoint {
    let mut keyframes = Vec::new();
    for step in steps {
        lesson.steps(usize::try_from(*step - lesson.record.step).unwrap());
        let mut weights = Vec::new();
        lesson.learner.copy_weights(&mut weights);
        keyframes.push(Keyframe { step: *step, weights: Arc::new(weights) });
    }
    Checkpoint { keyframes, ..lesson.steps(3) }
}

/// Steps of these keyframes.
fn steps_of(keyframes: &[Keyframe]) -> Vec<u64> {
    keyframes.iter().map(|frame| frame.step).collect()
}

#[test]
fn keyframes_round_trip_through_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut lesson = Lesson::new(&[]);
    let saved = with_keyframes(&mut lesson, &[0, 8, 16]);
    let mut run = create(&path, Arc::new(SystemDisk));
    save(&mut run, &saved, false, 3);
    run.save_keyframes(1, &saved.keyframes).unwrap();
    drop(run);
    assert!(resumed(&path) == without_config(saved.clone()));
    let continued = Keyframes::resumed(1 << 20, saved.keyframes);
    assert_eq!(continued.every(), Some(8), "the interval stays");
}

#[test]
fn keyframes_after_checkpoint_or_of_other_attempt_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = create(&path, Arc::new(SystemDisk));
    let mut lesson = Lesson::new(&[]);
    let earlier = lesson.steps(10);
    save(&mut run, &earlier, false, 3);
    let later = with_keyframes(&mut lesson, &[10, 12, 14]);
    run.save_keyframes(1, &later.keyframes).unwrap();
    let found = || LoadedRun::read(&path, &[], language_learner).unwrap().checkpoint.keyframes;
    assert_eq!(steps_of(&found()), [10]);
    run.save_keyframes(2, &later.keyframes).unwrap();
    assert_eq!(found(), []);
}

#[test]
fn damaged_keyframes_are_reported_and_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = create(&path, Arc::new(SystemDisk));
    let saved = with_keyframes(&mut Lesson::new(&[]), &[0, 1]);
    save(&mut run, &saved, false, 3);
    run.save_keyframes(1, &saved.keyframes).unwrap();
    let file = path.join("keyframes.safetensors");
    let whole = fs::read(&file).unwrap();
    let assert_named = |broken: &[u8]| {
        fs::write(&file, broken).unwrap();
        let found = LoadedRun::read(&path, &[], language_learner).unwrap();
        assert!(found.checkpoint.keyframes.is_empty() && found.checkpoint.record.step == 4);
        let [why] = &found.warnings[..] else { panic!("{:?}", found.warnings) };
        assert!(
            why.to_string().contains("keyframes.safetensors: ") && why.to_string().contains("cannot be seen again"),
            "{why}"
        );
    };
    for length in 0..whole.len() {
        assert_named(&whole[..length]);
    }
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    for bit in (header * 8..whole.len() * 8).step_by(7) {
        let mut broken = whole.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        assert_named(&broken);
    }
}

#[test]
fn failed_disk_operation_keeps_previous_keyframes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let disk = Arc::new(FaultyDisk::default());
    disk.never_fail();
    let mut run = create(&path, Arc::clone(&disk) as Arc<dyn Disk>);
    let saved = with_keyframes(&mut Lesson::new(&[]), &[0, 1, 2]);
    save(&mut run, &saved, false, 3);
    for operations in 0.. {
        run.save_keyframes(1, &saved.keyframes[..2]).unwrap();
        disk.fail_after(operations);
        let written = run.save_keyframes(1, &saved.keyframes);
        disk.never_fail();
        let found = LoadedRun::read(&path, &[], language_learner).unwrap();
        assert_eq!(found.warnings, []);
        let steps = steps_of(&found.checkpoint.keyframes);
        assert!(steps == [0, 1, 2] || written.is_err() && steps == [0, 1], "{steps:?} after {operations} operations");
        if written.is_ok() {
            assert!(operations >= 3, "a file takes more operations than {operations}");
            return;
        }
    }
}
