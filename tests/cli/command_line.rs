//! The program without a terminal: its output, its errors, its exit codes.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

use rnn_tui::columns::Columns;
use rnn_tui::model::kernels::{INSTRUCTION_SET, InstructionSet};
use tempfile::TempDir;

use crate::support::{TOY, command, program};

fn rnn_tui(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with these files in it.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// The lines of an output without those that a slow machine adds, after half a minute within a thousand steps.
fn lines_of(out: &str) -> Vec<&str> {
    let is_regular = |line: &&str| {
        let steps = line.strip_prefix("step ").and_then(|rest| rest.split(' ').next()?.split_once('/'));
        steps.is_none_or(|(step, steps)| step == steps || step.ends_with("000"))
    };
    out.lines().filter(is_regular).collect()
}

/// `step 1000/5000  loss 0.001  perplexity 1.001  epoch 10.00  rate 1.000e-1`
fn is_step_line(line: &str, steps: &str) -> bool {
    let Some(rest) = line.strip_prefix(&format!("step {steps}  ")) else { return false };
    let fields: Vec<_> = rest.split("  ").filter_map(|field| field.split_once(' ')).collect();
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    names == ["loss", "perplexity", "epoch", "rate"] && fields.iter().all(|(_, number)| number.parse::<f64>().is_ok())
}

#[test]
fn plain_training_prints_step_lines_then_answers() {
    let arguments = [TOY, "--plain", "--ask", "我 讨厌", "--ask", "我 喜欢", "--ask", "我 爱"];
    let output = rnn_tui(Path::new("/"), &arguments);
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "", "no progress bar where no terminal is");
    let out = text(&output.stdout);
    let lines = lines_of(&out);
    assert_eq!(lines.len(), 8, "{out}");
    for (line, steps) in lines.iter().zip(["1000/5000", "2000/5000", "3000/5000", "4000/5000", "5000/5000"]) {
        assert!(is_step_line(line, steps), "{line}");
    }
    for (line, begin) in lines[5..].iter().zip(["我 讨厌 -> 挨打  ", "我 喜欢 -> 玩具  ", "我 爱 -> 爸爸  "])
    {
        let probability =
            line.strip_prefix(begin).unwrap_or_else(|| unreachable!("{line} does not begin with {begin}"));
        assert_eq!(probability.len(), "0.9993".len());
        assert!((0.9..=1.0).contains(&probability.parse::<f64>().unwrap()), "{line}");
    }
}

#[test]
fn default_lesson_follows_interface_language_files_do_not() {
    let empty = folder(&[]);
    let losses = |arguments: &[&str]| {
        let output = rnn_tui(empty.path(), &[arguments, &["--steps", "300"]].concat());
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    let english = losses(&["--ask", "i hate"]);
    assert!(english.contains("i hate -> beatings  "), "{english}");
    let chinese = losses(&["--lang", "zh", "--ask", "我 讨厌"]);
    assert!(chinese.contains("我 讨厌 -> 挨打  "), "{chinese}");
    // the same numbers in both: words have other names and nothing else
    let numbers = |out: &str| -> Vec<String> {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        out.split(|c| !is_number(c)).filter(|number| !number.is_empty()).map(str::to_owned).collect()
    };
    assert_eq!(numbers(&english), numbers(&chinese));
    for language in ["en", "zh"] {
        let of_file = losses(&[TOY, "--lang", language, "--ask", "我 讨厌"]);
        assert!(of_file.contains("我 讨厌 -> 挨打  "), "{of_file}");
        let of_name = losses(&["toy", "--lang", language, "--ask", "我 讨厌"]);
        assert_eq!(of_name, of_file);
    }
}

#[test]
fn list_prints_every_built_in_configuration_with_comments() {
    let empty = folder(&[]);
    let list = text(&rnn_tui(empty.path(), &["list"]).stdout);
    let names: Vec<_> =
        list.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split(' ').next()).collect();
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/configs")).unwrap();
    let files = files.filter(|file| file.as_ref().unwrap().file_name() != "schema.json").count();
    assert_eq!(names.len(), files, "{list}");
    for name in names {
        let output = rnn_tui(empty.path(), &[name, "--steps", "1", "--set", "corpus.validation=0", "--plain"]);
        assert!(output.status.success(), "{name}: {output:?}");
        let printed = text(&rnn_tui(empty.path(), &["list", name]).stdout);
        assert!(printed.starts_with("# "), "{printed}");
        fs::write(empty.path().join("mine.toml"), &printed).unwrap();
        let [of_name, of_file] =
            [name, "mine.toml"].map(|config| text(&rnn_tui(empty.path(), &[config, "--print-config"]).stdout));
        assert_eq!(of_name, of_file, "{name}");
    }
    let toy = text(&rnn_tui(empty.path(), &["list", "built-in:toy.txt"]).stdout);
    assert_eq!(toy, fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/toy.txt")).unwrap());
    // a file of that name comes first
    fs::write(empty.path().join("duel"), "corpus.path = 'x'\nhiden = 2\n").unwrap();
    let output = rnn_tui(empty.path(), &["duel"]);
    assert!(text(&output.stderr).starts_with("error: duel:2: unknown key `hiden`"), "{output:?}");
    assert!(text(&rnn_tui(empty.path(), &["list", "dule"]).stderr).contains("did you mean `duel`?"));
    let output = rnn_tui(empty.path(), &["toy", "--corpus", "built-in:nothing.txt"]);
    assert!(text(&output.stderr).contains("texts in the program are built-in:toy.txt"), "{output:?}");
}

#[test]
fn corpus_without_configuration_trains_characters_with_settings_for_length() {
    let line = "the old miller walks slowly along the river and sings\n";
    let folder = folder(&[("short.txt", line.repeat(20).as_bytes()), ("long.txt", line.repeat(800).as_bytes())]);
    let model = |arguments: &[&str]| {
        let run = folder.path().join("run");
        let _ = fs::remove_dir_all(&run);
        let output = rnn_tui(folder.path(), &[arguments, &["--plain", "--steps", "3", "--run", "run"]].concat());
        assert!(output.status.success(), "{output:?}");
        let config: toml::Table = fs::read_to_string(run.join("config.toml")).unwrap().parse().unwrap();
        let key = |section: &str, key: &str| config[section][key].to_string();
        (key("corpus", "tokenizer"), key("model", "hidden"), key("training", "predict"))
    };
    let expected = |hidden: &str| ("\"characters\"".to_owned(), hidden.to_owned(), "\"every\"".to_owned());
    assert_eq!(model(&["--corpus", "short.txt"]), expected("64"));
    assert_eq!(model(&["--corpus", "long.txt"]), expected("256"));
    assert_eq!(model(&["--set", "corpus.path=short.txt"]), expected("64"));
    assert_eq!(model(&["--corpus", "short.txt", "--set", "model.hidden=24"]), expected("24"));
    // a named configuration has its own settings
    assert_eq!(model(&["characters", "--corpus", "short.txt"]), expected("256"));
}

#[test]
fn mistyped_command_suggests_similar_command() {
    let empty = folder(&[]);
    for (arguments, expected) in [
        (&["evalute", "runs/words"][..], "did you mean `rnn-tui evaluate`?"),
        (&["repaly", "runs/words"], "did you mean `rnn-tui replay`?"),
        (&["scalling"], "did you mean `rnn-tui scaling`?"),
        (&["duell"], "did you mean `rnn-tui duel`?"),
        (&["trian"], "expected a TOML file, or the name of a configuration that `rnn-tui list` shows"),
        (&["elsewhere/duel.toml"], "the program has it inside: `rnn-tui duel`"),
        (&["toy", "duel"], "there can be one configuration, and `duel` would be another one"),
    ] {
        let output = rnn_tui(empty.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn help_fits_terminal_in_interface_language() {
    let here = Path::new("/");
    for command in
        ["", "predict", "evaluate", "replay", "export", "scaling", "serve", "attach", "list", "config", "completions"]
    {
        for (language, example) in [("en", "Examples:"), ("zh", "例子：")] {
            let arguments: Vec<_> =
                [command, "--help", "--lang", language].into_iter().filter(|it| !it.is_empty()).collect();
            let output = rnn_tui(here, &arguments);
            assert!(output.status.success());
            let help = text(&output.stdout);
            let widest = help.lines().map(Columns::columns).max().unwrap();
            assert!(widest <= 104 && help.contains(example), "{widest}: {help}");
            assert_eq!(language == "zh", help.contains("用法："), "{help}");
            assert!(language == "en" || !help.contains("[default:") && !help.contains("Options:"), "{help}");
        }
    }
}

#[test]
fn plain_lines_and_tables_use_interface_language() {
    let folder = folder(&[]);
    let output = rnn_tui(folder.path(), &["toy", "--lang", "zh", "--steps", "5", "--rival", "model.cell=gru"]);
    let out = text(&output.stdout);
    assert!(out.contains("步 5/5  损失 ") && out.contains("困惑度 ") && out.contains("学习率 "), "{out}");
    assert!(out.contains("模型") && out.contains("毫秒/步"), "{out}");
    assert!(rnn_tui(folder.path(), &["toy", "--steps", "5", "--run", "r"]).status.success());
    let output = rnn_tui(folder.path(), &["predict", "r", "我 爱", "--lang", "zh"]);
    assert!(text(&output.stdout).contains("（第 5 步）") || text(&output.stdout).contains("(第 5 步)"), "{output:?}");
}

#[test]
fn completions_of_every_shell_have_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&rnn_tui(Path::new("/"), &["completions", shell]).stdout);
        for word in ["evaluate", "completions", "top-k", "authorized-keys"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let script = text(&rnn_tui(Path::new("/"), &["completions", "bash"]).stdout);
    let completed = command("bash")
        .args([
            "-c",
            &format!(
                "{script}\nCOMP_WORDS=(rnn-tui eva) COMP_CWORD=1; _rnn__tui rnn-tui eva rnn-tui; echo ${{COMPREPLY[@]}}"
            ),
        ])
        .output()
        .unwrap();
    assert_eq!(text(&completed.stdout).trim(), "evaluate");
}

#[test]
fn options_override_configuration_file() {
    let here = Path::new("/");
    let output = rnn_tui(here, &[TOY, "--steps", "1500"]);
    let out = text(&output.stdout);
    let lines = lines_of(&out);
    assert_eq!(lines.len(), 2);
    assert!(is_step_line(lines[1], "1500/1500"), "the last line comes at the end: {}", lines[1]);

    let first_line = |arguments: &[&str]| text(&rnn_tui(here, arguments).stdout);
    let file = first_line(&[TOY, "--steps", "10"]);
    assert_ne!(file, first_line(&[TOY, "--steps", "10", "--seed", "7"]));
    assert_eq!(file, first_line(&[TOY, "--set", "training.steps=10", "--set", "seed=42"]));
}

#[test]
fn relative_paths_of_file_and_of_option_have_own_base() {
    let other =
        folder(&[("words.txt", b"a b c\n"), ("run.toml", b"[corpus]\npath = 'words.txt'\n[training]\nbatch = 1\n")]);
    let file = other.path().join("run.toml");
    let output = rnn_tui(Path::new("/"), &[file.to_str().unwrap(), "--steps", "200", "--ask", "a b"]);
    assert!(text(&output.stdout).contains("a b -> c  "), "{output:?}");

    let output =
        rnn_tui(other.path(), &["toy", "--set", "corpus.path=words.txt", "--set", "training.batch=1", "--ask", "a b"]);
    assert!(text(&output.stdout).contains("a b -> c  "), "{output:?}");
}

#[test]
fn print_config_is_complete_and_round_trips() {
    let folder = folder(&[("words.txt", b"a b c\nc b a\n"), ("short.toml", b"corpus.path = 'words.txt'\n")]);
    let printed = text(&rnn_tui(folder.path(), &["--print-config", "short.toml"]).stdout);
    let here = folder.path().canonicalize().unwrap();
    insta::assert_snapshot!(printed.replace(here.to_str().unwrap(), "/folder/of/the/corpus"));
    fs::write(folder.path().join("long.toml"), &printed).unwrap();
    assert_eq!(text(&rnn_tui(folder.path(), &["--print-config", "long.toml"]).stdout), printed);
    let runs = ["short.toml", "long.toml"].map(|file| text(&rnn_tui(folder.path(), &[file, "--steps", "100"]).stdout));
    assert_eq!(runs[0], runs[1]);
}

/// Configurations with one mistake each: what is wrong, further arguments, the file.
const MISTAKES: &[(&str, &[&str], &str)] = &[
    ("only ends of sentences to predict", &["--set", "corpus.end_of_sentence=true"], "[corpus]\npath = 'good.txt'\n"),
    (
        "a key that does nothing with this optimizer",
        &[],
        "[corpus]\npath = 'good.txt'\n[training.optimizer]\nweight_decay = 0.5\n",
    ),
    (
        "a key that does nothing with this schedule",
        &[],
        "[corpus]\npath = 'good.txt'\n[training.schedule]\nname = 'step'\nwarmup = 5\n",
    ),
    ("validations of nothing", &["--set", "training.validate_every=5"], "[corpus]\npath = 'good.txt'\n"),
    ("only rare words", &["--set", "corpus.min_count=100"], "[corpus]\npath = 'good.txt'\n"),
    ("a path of nothing", &["--set", "corpus.path="], "[corpus]\npath = 'good.txt'\n"),
    ("a key that is almost right", &[], "[corpus]\npath = 'good.txt'\n[model]\nhiden = 2\n"),
    ("a key in the wrong section", &[], "steps = 10\n[corpus]\npath = 'good.txt'\n"),
    ("a section that does not exist", &[], "[corpus]\npath = 'good.txt'\n[modle]\nhidden = 2\n"),
    ("a value where a section belongs", &[], "model = 'lstm'\n[corpus]\npath = 'good.txt'\n"),
    ("a text for a number", &[], "[corpus]\npath = 'good.txt'\n[model]\nhidden = 'two'\n"),
    ("no units", &[], "[corpus]\npath = 'good.txt'\n[model]\n\n# none\nhidden = 0\n"),
    ("a negative number of layers", &[], "[corpus]\npath = 'good.txt'\n[model]\nlayers = -1\n"),
    ("a number too large for a size", &[], "[corpus]\npath = 'good.txt'\n[model]\nembedding = 9223372036854775807\n"),
    (
        "more weights than any memory holds",
        &["--set", "model.layers=64"],
        "[corpus]\npath = 'good.txt'\n[model]\nhidden = 1000000\n",
    ),
    (
        "a learning rate of nothing",
        &[],
        "[corpus]\npath = 'good.txt'\n[training]\noptimizer = { learning_rate = 0.0 }\n",
    ),
    (
        "a learning rate that is no number",
        &[],
        "[corpus]\npath = 'good.txt'\n[training.optimizer]\nname = 'adam'\nlearning_rate = nan\n",
    ),
    (
        "heads that cannot share",
        &[],
        "[corpus]\npath = 'good.txt'\n[model]\narchitecture = 'transformer'\nembedding = 6\nheads = 4\n",
    ),
    (
        "units of which nothing is left",
        &[],
        "[corpus]\npath = 'good.txt'\n[model]\narchitecture = 'transformer'\nembedding = 2\n",
    ),
    (
        "a context that is too short",
        &[],
        "[corpus]\npath = 'good.txt'\n[model]\narchitecture = 'transformer'\ncontext = 1\n",
    ),
    (
        "a key of another network",
        &[],
        "[corpus]\npath = 'good.txt'\n[model]\narchitecture = 'transformer'\nhidden = 8\n",
    ),
    ("a cell that is not known", &[], "[corpus]\npath = 'good.txt'\n[model]\ncell = 'lsmt'\n"),
    ("a number in a list of texts", &[], "[corpus]\npath = 'good.txt'\n[dashboard]\nprompts = ['a', 1]\n"),
    ("a prompt with an unknown word", &[], "[corpus]\npath = 'good.txt'\n[dashboard]\nprompts = ['a x']\n"),
    ("a key with two meanings", &[], "[corpus]\npath = 'good.txt'\n[keys]\npause = 'p'\nrestart = ['F5', 'q']\n"),
    ("an invalid key", &["--set", "keys.pause=Alt-x"], "[corpus]\npath = 'good.txt'\n"),
    ("a letter where letters are text", &[], "[corpus]\npath = 'good.txt'\n[keys]\nask = 'x'\n"),
    ("keys for no action", &[], "[corpus]\npath = 'good.txt'\n[keys]\nrestrat = 'x'\n"),
    ("a number for a key", &[], "[corpus]\npath = 'good.txt'\n[keys]\npause = 5\n"),
    ("a prompt without words", &[], "[corpus]\npath = 'good.txt'\n[dashboard]\nprompts = [' ']\n"),
    ("a batch larger than the corpus", &["--set", "training.batch=4"], "[corpus]\npath = 'good.txt'\n"),
    ("a corpus in UTF-16 that does not say so", &[], "[corpus]\npath = 'notepad.txt'\n"),
    ("no corpus", &[], "title = 'nothing to learn'\n"),
    ("a corpus that is not there", &[], "[corpus]\npath = 'nowhere.txt'\n"),
    ("a corpus that is a folder", &[], "[corpus]\npath = '.'\n"),
    ("an empty corpus", &[], "[corpus]\npath = 'empty.txt'\n"),
    ("a corpus that is not UTF-8", &[], "[corpus]\npath = 'gb.txt'\n"),
    ("a sentence of one word", &[], "[corpus]\npath = 'oneword.txt'\n"),
    ("a text without quotes", &[], "[corpus]\npath = good.txt\n"),
    ("a section of an optimizer on its own", &[], "[corpus]\npath = 'good.txt'\n[optimizer]\nname = 'adam'\n"),
    ("a section where a value belongs", &[], "[corpus]\npath = 'good.txt'\n[model.hidden]\nsize = 3\n"),
    ("a text for a list", &[], "[corpus]\npath = 'good.txt'\n[dashboard]\nprompts = 'a b'\n"),
    ("a number for a path", &[], "[corpus]\npath = 3\n"),
    ("a negative number of steps", &["--steps", "-1"], "[corpus]\npath = 'good.txt'\n"),
    ("not TOML", &[], "[corpus]\npath = 'good.txt'\n[model\nhidden = 2\n"),
    ("the same key twice", &[], "[corpus]\npath = 'good.txt'\npath = 'good.txt'\n"),
    ("an option with an impossible value", &["--steps", "0"], "[corpus]\npath = 'good.txt'\n"),
    ("an override with an unknown key", &["--set", "training.stepps=3"], "[corpus]\npath = 'good.txt'\n"),
    ("an override of the wrong type", &["--set", "model.hidden=many"], "[corpus]\npath = 'good.txt'\n"),
    ("a question with an unknown word", &["--ask", "a bb"], "[corpus]\npath = 'good.txt'\n"),
    ("a question without spaces", &["--ask", "ab"], "[corpus]\npath = 'good.txt'\n"),
    ("a question without words", &["--ask", ""], "[corpus]\npath = 'good.txt'\n"),
    (
        "a shared table of unequal sizes",
        &[],
        "[corpus]\npath = 'good.txt'\n[model]\nembedding = 3\nhidden = 4\ntie_embeddings = true\n",
    ),
    (
        "a forget gate of a cell without one",
        &[],
        "[corpus]\npath = 'good.txt'\n[model]\ncell = 'gru'\nforget_bias = 1.0\n",
    ),
    ("everything dropped", &[], "[corpus]\npath = 'good.txt'\n[model]\ndropout = 1.0\n"),
    ("the last word of a running text", &[], "[corpus]\npath = 'good.txt'\nunit = 'text'\n"),
    ("momentum where it does nothing", &[], "[corpus]\npath = 'good.txt'\n[training.optimizer]\nmomentum = 0.9\n"),
    ("a plateau without validation", &[], "[corpus]\npath = 'good.txt'\n[training.schedule]\nname = 'plateau'\n"),
    ("a schedule that is not known", &[], "[corpus]\npath = 'good.txt'\n[training.schedule]\nname = 'linear'\n"),
    ("an invalid factor", &[], "[corpus]\npath = 'good.txt'\n[training.schedule]\nfactor = 2\n"),
    ("a share that is the whole", &[], "[corpus]\npath = 'good.txt'\nvalidation = 1\n"),
    ("a share that leaves nothing to learn", &["--set", "corpus.validation=0.9"], "[corpus]\npath = 'good.txt'\n"),
    ("a text to validate with that is not there", &[], "[corpus]\npath = 'good.txt'\nvalidation = 'nowhere.txt'\n"),
    ("a negative threshold", &[], "[corpus]\npath = 'good.txt'\n[training]\nclip = -1\n"),
    ("too many threads", &[], "[corpus]\npath = 'good.txt'\n[training]\nthreads = 257\n"),
    ("a tokenizer that is not known", &[], "[corpus]\npath = 'good.txt'\ntokenizer = 'bpe'\n"),
    (
        "more streams than text",
        &["--set", "training.batch=5"],
        "[corpus]\npath = 'good.txt'\nunit = 'text'\n[training]\npredict = 'every'\n",
    ),
    ("a corpus of the command line that is not there", &["--corpus", "nowhere.txt"], "[corpus]\npath = 'good.txt'\n"),
];

#[test]
fn configuration_mistake_reports_place_and_help() {
    let files: [(&str, &[u8]); 5] = [
        ("notepad.txt", b"a\0 \0b\0"),
        ("good.txt", b"a b c\nb c a\nc a b\n"),
        ("empty.txt", b"\n  \n"),
        ("gb.txt", b"a b\n\xce\xd2 \xcf\xb2\xbb\xb6 \xcd\xe6\xbe\xdf\n\xce\xd2 \xb0\xae \xb0\xd6\xb0\xd6\n\xce\xd2 \xcc\xd6\xd1\xe1 \xb0\xa4\xb4\xf2\n"),
        ("oneword.txt", "a b\n\n苹果\n".as_bytes()),
    ];
    let mut said = String::new();
    for (what, arguments, config) in MISTAKES {
        let folder = folder(&files);
        fs::write(folder.path().join("run.toml"), config).unwrap();
        let output = rnn_tui(folder.path(), &[&["run.toml"], *arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{what}");
        assert_eq!(text(&output.stdout), "", "{what}: nothing else happens");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files.len() + 1, "{what}: nothing is written");
        // all actions are named; which there are is said elsewhere
        let stderr = text(&output.stderr);
        let lines = stderr.lines().map(|line| match line.split_once("actions are quit, ") {
            Some((before, _)) => format!("{before}actions are quit, …\n"),
            None => format!("{line}\n"),
        });
        writeln!(said, "{what}\n{}", lines.collect::<String>()).unwrap();
    }
    insta::assert_snapshot!(said);
}

#[test]
fn configuration_missing_or_not_text_is_named() {
    let folder = folder(&[("binary.toml", b"title = '\xff'\n")]);
    for (file, place) in [("nowhere.toml", "nowhere.toml: "), ("binary.toml", "binary.toml:1: ")] {
        let output = rnn_tui(folder.path(), &[file]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).starts_with(&format!("error: {place}")), "{}", text(&output.stderr));
    }
}

#[test]
fn unknown_option_or_set_without_value_is_rejected() {
    for arguments in [["--stepps", "3"], ["--set", "seed"]] {
        let output = rnn_tui(Path::new("/"), &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(arguments[0]), "{}", text(&output.stderr));
    }
}

/// A text that repeats a few words.
fn rhyme() -> String {
    "the cat sat on the mat\nthe dog sat on the log\n".repeat(20)
}

const RUNNING_TEXT: [&str; 13] = [
    "toy",
    "--corpus",
    "rhyme.txt",
    "--set",
    "corpus.unit=text",
    "--set",
    "training.predict=every",
    "--set",
    "corpus.validation=0.2",
    "--set",
    "model.hidden=16",
    "--steps",
    "1200",
];

#[test]
fn running_text_is_trained_validated_and_continued() {
    let folder = folder(&[("rhyme.txt", rhyme().as_bytes())]);
    let ask = ["--ask", "the cat sat", "--generate", "4", "--temperature", "0", "--set", "training.clip=1"];
    let output = rnn_tui(folder.path(), &[&RUNNING_TEXT[..], &ask].concat());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = lines_of(&out);
    assert_eq!(lines.len(), 3, "{out}");
    for part in [
        "step 1200/1200  loss ",
        "  perplexity ",
        "  gradient ",
        "  clipped at 1: ",
        "  validation ",
        "  bits/character ",
        "  best ",
        "  epoch ",
    ] {
        assert!(lines[1].contains(part), "{part} in {}", lines[1]);
    }
    assert_eq!(lines[2], "the cat sat on the mat the");
}

#[test]
fn generate_without_prompt_continues_first_words_by_seed() {
    let folder = folder(&[("rhyme.txt", rhyme().as_bytes())]);
    let generated = |more: &[&str]| {
        let few_steps = ["--generate", "30", "--steps", "20"];
        let output = rnn_tui(folder.path(), &[&RUNNING_TEXT[..11], &few_steps, more].concat());
        text(&output.stdout).lines().skip(1).collect::<Vec<_>>().join(" ")
    };
    let first = generated(&[]);
    assert!(first.starts_with("the cat sat on the mat the dog") && first.split(' ').count() == 38, "{first}");
    assert_eq!(first, generated(&[]));
    assert_ne!(first, generated(&["--temperature", "20"]));
    assert_ne!(first, generated(&["--seed", "1"]));
}

#[test]
fn generate_same_prompt_twice_gives_different_texts() {
    let folder = folder(&[("rhyme.txt", rhyme().as_bytes())]);
    let twice = ["--ask", "the cat", "--ask", "the cat", "--generate", "20", "--temperature", "5", "--steps", "20"];
    let output = rnn_tui(folder.path(), &[&RUNNING_TEXT[..11], &twice].concat());
    let out = text(&output.stdout);
    let [first, second] = [1, 0].map(|back| out.lines().rev().nth(back).unwrap());
    assert!(first.starts_with("the cat ") && second.starts_with("the cat ") && first != second, "{out}");
}

#[test]
fn unknown_words_are_reported_and_stay_in_prompt() {
    let folder = folder(&[("rhyme.txt", rhyme().as_bytes())]);
    let unknown = ["--set", "corpus.min_count=20", "--ask", "the bird", "--steps", "20"];
    let asked = |more: &[&str]| {
        let output = rnn_tui(folder.path(), &[&RUNNING_TEXT[..11], &unknown, more].concat());
        text(&output.stdout).lines().last().unwrap().to_owned()
    };
    let answer = asked(&[]);
    assert!(answer.starts_with("the bird (read as the <unk>) -> "), "{answer}");
    let continued = asked(&["--generate", "3"]);
    assert!(continued.starts_with("the bird ") && continued.split(' ').count() == 5, "{continued}");
}

#[test]
fn generate_characters_keeps_spaces_and_line_breaks() {
    let folder = folder(&[("rhyme.txt", rhyme().as_bytes())]);
    let characters =
        ["--set", "corpus.tokenizer=characters", "--ask", "the ", "--generate", "40", "--temperature", "0"];
    let output = rnn_tui(folder.path(), &[&RUNNING_TEXT[..], &characters].concat());
    let out = text(&output.stdout);
    let generated: Vec<&str> = lines_of(&out).split_off(2);
    assert_eq!(generated.concat().chars().count() + generated.len() - 1, 44, "{out}");
    assert!(generated.len() > 1 && generated.iter().all(|line| line.starts_with("the ")), "{out}");
}

#[test]
fn invalid_question_is_rejected_before_training() {
    let folder = folder(&[("rhyme.txt", rhyme().as_bytes())]);
    for (arguments, expected) in [
        (&["--temperature", "1"][..], "--generate"),
        (&["--generate", "5", "--temperature", "-1"], "expected a number from 0 to 1000"),
        (&["--generate", "5", "--top-p", "0"], "above 0 and at most 1"),
        (&["--generate", "5", "--top-k", "0"], "a whole number from 1 to 4294967295"),
        (&["--generate", "5", "--top-k", "-1"], "a whole number from 1 to 4294967295"),
        (&["--generate", "-1"], "a whole number from 1 to 1000000"),
        (&["--generate", "100000000"], "a whole number from 1 to 1000000"),
        (&["--generate", "5", "--ask", "the bird"], "not in the vocabulary: `bird`"),
    ] {
        let output = rnn_tui(folder.path(), &[&RUNNING_TEXT[..], arguments].concat());
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
        assert!(text(&output.stderr).contains(expected), "{expected} in {}", text(&output.stderr));
    }
}

#[test]
fn diverged_training_reports_step_and_exits_with_1() {
    let output = rnn_tui(Path::new("/"), &[TOY, "--set", "training.optimizer.learning_rate=1e38", "--ask", "我 爱"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.starts_with("error: training stopped before step "), "{error}");
    assert!(!text(&output.stdout).contains("->"), "a model that was not trained is not asked");
}

#[test]
fn closed_stdout_is_no_error() {
    let mut command = program();
    let mut child =
        command.args([TOY, "--steps", "100000"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(is_step_line(line.trim_end(), "1000/100000"), "{line}");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn record_without_dashboard_is_rejected() {
    let here = folder(&[]);
    for arguments in [&[TOY, "--record", "lesson.cast"][..], &[TOY, "--plain", "--record", "lesson.cast"]] {
        let output = rnn_tui(here.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        let why = text(&output.stderr);
        assert!(why.contains("--record: there is no dashboard to record\n  it records"), "{why}");
        assert!(!here.path().join("lesson.cast").exists());
    }
}

/// Runs the program with this value of the variable for the instruction set.
fn with_instruction_set(set: &str, arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(arguments).env(INSTRUCTION_SET, set).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn version_has_instruction_set_and_threads() {
    let best = InstructionSet::available().next().unwrap();
    for (set, arguments) in [(best, &["--version"][..]), (InstructionSet::Plain, &["--version", "--verbose"])] {
        let said = text(&with_instruction_set(set.name(), arguments).stdout);
        assert!(said.contains(&format!("instruction set: {set} ")) && said.contains("threads: "), "{said}");
    }
}

#[test]
fn unknown_instruction_set_is_rejected() {
    let output = with_instruction_set("sse9", &["--plain", "--steps", "1"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("error: RNN_TUI_INSTRUCTION_SET: there is no instruction set `sse9`"), "{said}");
    assert!(said.contains("plain"), "{said}");
}
