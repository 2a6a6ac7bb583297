//! Custom corpora: from pipes, in other encodings, shorter than the settings require, one name per line.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::corpus::RawText;
use rnn_tui::learning::{LearnerState, language_learner};

use crate::support::{CHARACTERS, TOY, WORDS, program};

/// Options for a model that trains quickly.
const SMALL: [&str; 6] = ["--set", "model.hidden=16", "--set", "model.embedding=16", "--set", "training.batch=2"];

/// Runs the program in a folder, which is also the home folder, with `stdin` as input.
fn rnn_tui(folder: &Path, arguments: &[&str], stdin: Option<&[u8]>) -> Output {
    let mut command = program();
    command.args(arguments).current_dir(folder).env("HOME", folder).env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    if let Some(bytes) = stdin {
        // a program that rejects its arguments may have exited already
        let written = pipe.write_all(bytes);
        assert!(written.is_ok() || written.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe));
    }
    drop(pipe);
    child.wait_with_output().unwrap()
}

/// Standard output of a successful run of the program; panics if it failed.
#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error of a run of the program that rejected its arguments or input (exit code 2).
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A text of 80 lines, two different ones in turn.
fn story() -> String {
    "the old miller walks to the river and the rain falls on the mill\nthe boat is small\n".repeat(40)
}

#[test]
fn piped_text_is_read_once_and_kept_complete() {
    let folder = tempfile::tempdir().unwrap();
    let story = story();
    assert!(Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap().success());
    for (source, run) in [("-", "a"), ("/dev/stdin", "b"), ("fifo", "c")] {
        let arguments = [&[CHARACTERS, "--corpus", source, "--steps", "3", "--run", run], &SMALL[..]].concat();
        let output = if source == "fifo" {
            let (fifo, story) = (folder.path().join("fifo"), story.clone());
            let writer = thread::spawn(move || fs::write(fifo, story));
            let output = rnn_tui(folder.path(), &arguments, None);
            writer.join().unwrap().unwrap();
            output
        } else {
            rnn_tui(folder.path(), &arguments, Some(story.as_bytes()))
        };
        said(&output);
        assert_eq!(fs::read_to_string(folder.path().join(run).join("corpus.txt")).unwrap(), story, "{source}");
        let resumed = said(&rnn_tui(folder.path(), &["--resume", run, "--steps", "5"], None));
        assert!(resumed.starts_with("step 5/5"), "{resumed}");
    }
    let twice = rnn_tui(folder.path(), &[WORDS, "--corpus", "-", "--set", "corpus.validation=-"], Some(b"a b"));
    assert!(complaint(&twice).contains("standard input is read twice"));
}

#[test]
fn non_utf8_text_suggests_encoding_and_is_kept_as_utf8() {
    let folder = tempfile::tempdir().unwrap();
    let text = "舟は川を下る。雨が降っています。\n".repeat(30);
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    fs::write(folder.path().join("boat.txt"), &bytes).unwrap();
    let arguments = [&[CHARACTERS, "--corpus", "boat.txt", "--steps", "3", "--run", "run"], &SMALL[..]].concat();
    let refused = complaint(&rnn_tui(folder.path(), &arguments, None));
    assert!(refused.contains("boat.txt is not in UTF-8: byte 0, in line 1, is 0x8f"), "{refused}");
    assert!(refused.contains("`--encoding shift_jis` reads it"), "{refused}");
    assert!(!folder.path().join("run").exists());
    let arguments = [&arguments[..], &["--encoding", "shift_jis"]].concat();
    said(&rnn_tui(folder.path(), &arguments, None));
    assert_eq!(fs::read_to_string(folder.path().join("run/corpus.txt")).unwrap(), text);
    said(&rnn_tui(folder.path(), &["predict", "run", "舟"], None));
    let unknown = complaint(&rnn_tui(folder.path(), &["--encoding", "morse"], None));
    assert!(
        unknown.contains("--encoding morse: `corpus.encoding = \"morse\"`: expected an encoding such as"),
        "{unknown}"
    );
}

#[test]
fn short_text_reduces_settings_and_warns() {
    let folder = tempfile::tempdir().unwrap();
    let text = "one dragon sleeps in a cave.\nthe knight rides there.\nshe sees him\n";
    fs::write(folder.path().join("my.txt"), text).unwrap();
    let output = rnn_tui(folder.path(), &[WORDS, "--corpus", "my.txt", "--steps", "2", "--run", "run"], None);
    said(&output);
    let warning = String::from_utf8(output.stderr).unwrap();
    let values = "training.batch 16 → 1, corpus.min_count 2 → 1";
    assert_eq!(warning, format!("warning: the text is short: {values}\n"));
    let chinese = rnn_tui(folder.path(), &[WORDS, "--corpus", "my.txt", "--steps", "2", "--lang", "zh"], None);
    assert!(String::from_utf8(chinese.stderr).unwrap().contains("文本较短：training.batch 16 → 1，"));
    // the adjusted settings are kept
    let kept = fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(kept.contains("batch = 1\n") && kept.contains("min_count = 1\n"), "{kept}");
    let resumed = rnn_tui(folder.path(), &["--resume", "run", "--steps", "3"], None);
    assert_eq!(String::from_utf8(resumed.stderr.clone()).unwrap(), "");
    said(&resumed);
    // values from the command line are not adjusted
    let meant = [WORDS, "--corpus", "my.txt", "--steps", "2", "--set", "training.batch=16"];
    assert!(complaint(&rnn_tui(folder.path(), &meant, None)).contains("`training.batch = 16`: expected at most"));
}

#[test]
fn names_are_generated_one_per_line_and_empty_prompt_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("names.txt"), "ada\nbob\ncem\n".repeat(20)).unwrap();
    let help = complaint(&rnn_tui(folder.path(), &["toy", "--corpus", "names.txt"], None));
    assert!(help.contains("`corpus.tokenizer = \"characters\"`"), "{help}");
    let settings = ["corpus.unit=sentences", "corpus.end_of_sentence=true", "corpus.validation=0", "model.dropout=0"];
    let mut arguments = vec![CHARACTERS, "--corpus", "names.txt", "--steps", "300"];
    arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    arguments.extend(SMALL);
    let generated = [&arguments[..], &["--generate", "60", "--temperature", "0.4", "--ask", "c", "--ask", ""]].concat();
    let out = said(&rnn_tui(folder.path(), &generated, None));
    // each continuation has 60 characters, so only its last name can be incomplete
    let names: Vec<&str> = out.lines().filter(|line| !line.starts_with("step ")).collect();
    let whole = names.iter().filter(|name| ["ada", "bob", "cem"].contains(name)).count();
    assert!(names[0] == "cem" && whole >= names.len() - 2 && names.len() > 25, "{out}");
    let asked = [&arguments[..], &["--ask", ""]].concat();
    let out = said(&rnn_tui(folder.path(), &asked, None));
    let (_, answer) = out.lines().last().unwrap().split_once(" -> ").unwrap();
    let (letter, probability) = answer.split_once("  ").unwrap();
    assert!(["a", "b", "c"].contains(&letter) && probability.parse::<f64>().unwrap() < 0.6, "{out}");
}

#[test]
fn tilde_expands_to_home_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("story.txt"), story()).unwrap();
    let arguments = [CHARACTERS, "--corpus", "~/story.txt", "--steps", "1", "--set", "run.directory=~/kept"];
    said(&rnn_tui(folder.path(), &arguments, None));
    assert!(folder.path().join("kept/latest").exists() && !folder.path().join("~").exists());
}

#[test]
fn resume_of_short_text_keeps_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let text = (0..30).map(|number| format!("w{number} the")).collect::<Vec<_>>().join(" ");
    fs::write(folder.path().join("short.txt"), text).unwrap();
    // values from the command line are not adjusted: most words are unknown, and streams are short
    let arguments = [WORDS, "--corpus", "short.txt", "--set", "corpus.min_count=2", "--set", "training.batch=4"];
    said(&rnn_tui(
        folder.path(),
        &[&arguments[..], &["--set", "corpus.validation=0", "--steps", "9", "--run", "run"]].concat(),
        None,
    ));
    said(&rnn_tui(folder.path(), &["predict", "run", "the"], None));
    let resumed =
        said(&rnn_tui(folder.path(), &["--resume", "run", "--steps", "12", "--set", "training.window=3"], None));
    assert!(resumed.starts_with("step 12/12"), "{resumed}");
    assert!(fs::read_to_string(folder.path().join("run/latest/config.toml")).unwrap().contains("batch = 4\n"));
}

#[test]
fn unknown_word_in_continuation_keeps_spaces() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("story.txt"), story()).unwrap();
    let arguments = [WORDS, "--corpus", "story.txt", "--steps", "5", "--generate", "1", "--ask", "the zebra"];
    let out = said(&rnn_tui(folder.path(), &arguments, None));
    assert!(out.lines().last().unwrap().starts_with("the zebra "), "{out}");
}

#[test]
fn test_and_validation_texts_do_not_affect_vocabulary_or_weights() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("known.txt"), "我 爱 玩具\n").unwrap();
    fs::write(folder.path().join("new.txt"), "我 爱 妈妈\n").unwrap();
    let loss = |arguments: &[&str]| {
        let out = said(&rnn_tui(folder.path(), &[&[TOY, "--plain", "--steps", "10"][..], arguments].concat(), None));
        out.split("  ").find(|field| field.starts_with("loss ")).unwrap().to_owned()
    };
    let alone = loss(&[]);
    assert_eq!(loss(&["--test", "known.txt"]), alone);
    assert_eq!(loss(&["--set", "corpus.validation=known.txt"]), alone);
    // a word that the training text lacks is rejected as in an evaluation, or counted as unknown if the vocabulary has that word
    for (arguments, key) in
        [(["--test", "new.txt"], "corpus.test"), (["--set", "corpus.validation=new.txt"], "corpus.validation")]
    {
        let arguments = [&[TOY, "--plain", "--steps", "10"][..], &arguments].concat();
        let complaint = complaint(&rnn_tui(folder.path(), &arguments, None));
        assert!(
            complaint.contains(key) && complaint.contains("a word of new.txt is not known to the model, `妈妈`"),
            "{complaint}"
        );
        assert!(complaint.contains("`corpus.min_count = 2`"), "{complaint}");
    }
    let arguments = ["--set", "corpus.min_count=2", "--set", "training.batch=1"];
    assert_eq!(loss(&[&arguments[..], &["--test", "new.txt"]].concat()), loss(&arguments));
    let run = [&[TOY, "--plain", "--steps", "10", "--run", "r", "--test", "new.txt"][..], &arguments].concat();
    said(&rnn_tui(folder.path(), &run, None));
    let evaluated = said(&rnn_tui(folder.path(), &["evaluate", "r", "--corpus", "new.txt"], None));
    assert!(evaluated.contains("unknown"), "{evaluated}");
}

#[test]
fn evaluation_is_independent_of_batch_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    fs::write(&path, story()).unwrap();
    let learner = |batch: usize, cell: &str| {
        let mut changes = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
        let values = [format!("training.batch={batch}"), format!("model.cell={cell}"), "model.hidden=16".to_owned()];
        changes.extend(values.map(|value| Override::set(&value).unwrap()));
        language_learner(Config::read(&Origin::File(CHARACTERS.into()), &changes).unwrap()).unwrap()
    };
    let other = RawText::new("other", story()[..1501].to_owned());
    for cell in ["lstm", "gru"] {
        let mut state = LearnerState::default();
        learner(1, cell).save(&mut state);
        let evaluations: Vec<_> = [1, 4, 16]
            .into_iter()
            .map(|batch| {
                let mut learner = learner(batch, cell);
                learner.load_weights(&state.weights).unwrap();
                learner.evaluate(Some(&other)).unwrap()
            })
            .collect();
        assert_eq!(
            evaluations[0].words, 1501,
            "the end of the last line is added, and nothing precedes the first character"
        );
        assert!(evaluations.windows(2).all(|pair| pair[0] == pair[1]), "{evaluations:?}");
    }
}

#[test]
fn tabs_and_newlines_are_generated_verbatim() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("code.c"), "int f()\n{\n\treturn 1;\n}\n".repeat(40)).unwrap();
    let arguments = [&[CHARACTERS, "--corpus", "code.c", "--steps", "150", "--run", "r"], &SMALL[..]].concat();
    said(&rnn_tui(folder.path(), &arguments, None));
    let text = said(&rnn_tui(folder.path(), &["predict", "r", "--generate", "200", "--temperature", "0", "{\n"], None));
    assert!(text.contains("\n\treturn") && !text.contains("\\t"), "{text:?}");
}

#[test]
fn lowercase_handles_dotted_capital_and_final_sigma() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "İstanbul güzel\nistanbul güzel\nbir şehir\n".repeat(20)).unwrap();
    let words = ["toy", "--corpus", "a.txt", "--set", "corpus.lowercase=true", "--steps", "50", "--plain"];
    let asked = ["--ask", "istanbul", "--ask", "İstanbul"];
    let out = said(&rnn_tui(folder.path(), &[&words[..], &asked].concat(), None));
    let answers: Vec<_> = out.lines().filter_map(|line| line.split_once(" -> ")).map(|(_, answer)| answer).collect();
    assert_eq!(answers[0], answers[1], "both prompts are the same word");
    fs::write(folder.path().join("b.txt"), "σεισμος σεισμος σεισμος\n".repeat(40)).unwrap();
    let letters =
        [&[CHARACTERS, "--corpus", "b.txt", "--set", "corpus.lowercase=true", "--steps", "60", "--plain"], &SMALL[..]]
            .concat();
    let out = said(&rnn_tui(folder.path(), &[&letters[..], &["--ask", "σεισ", "--ask", "ΣΕΙΣ"]].concat(), None));
    let answers: Vec<_> = out.lines().filter_map(|line| line.split_once(" -> ")).map(|(_, answer)| answer).collect();
    assert_eq!(answers[0], answers[1], "{out}");
}

#[test]
fn best_checkpoint_is_default_and_others_are_selectable() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), story()).unwrap();
    let checkpoints =
        ["--set", "run.checkpoint_every=50", "--set", "run.keep=9", "--set", "training.validate_every=50"];
    let run =
        [&[CHARACTERS, "--corpus", "text.txt", "--steps", "100", "--run", "r"], &SMALL[..], &checkpoints].concat();
    said(&rnn_tui(folder.path(), &run, None));
    // a learning rate that destroys the weights
    let worse = ["--resume", "r", "--plain", "--steps", "150", "--set", "training.optimizer.learning_rate=300"];
    said(&rnn_tui(folder.path(), &worse, None));
    let asked = |more: &[&str]| said(&rnn_tui(folder.path(), &[&["predict", "r", "the "][..], more].concat(), None));
    assert!(asked(&[]).contains("(after step 100)"), "{}", asked(&[]));
    assert_eq!(asked(&["--best"]), asked(&[]));
    assert!(asked(&["--last"]).contains("(after step 150)"));
    assert!(asked(&["--step", "50"]).contains("(after step 50)"));
    assert!(said(&rnn_tui(folder.path(), &["evaluate", "r"], None)).contains("after step 100"));
    let json = asked(&["--json"]);
    assert!(json.contains("\"step\":100"), "{json}");
    let continued = |more: &[&str]| asked(&[&["--generate", "12", "--temperature", "0"][..], more].concat());
    assert_eq!(continued(&[]), continued(&["--step", "100"]));
    assert_ne!(continued(&[]), continued(&["--last"]));
    assert!(complaint(&rnn_tui(folder.path(), &["predict", "r", "x", "--step", "7"], None)).contains("50, 100, 150"));
}
