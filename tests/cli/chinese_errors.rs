//! Error messages of the Chinese interface.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Output;

use crate::support::program;

/// Arguments in a folder that has `text.txt`, `gbk.txt`, `zip.txt`, `wrong.toml`, `not.toml`, `keys.toml`, `empty`, `torch.bin`.
const MISTAKES: &[&str] = &[
    "missing.toml",
    "serve text.txt",
    "serve missing.toml",
    "serve --members 0",
    "serve",
    "attach",
    "serve --print-fingerprint --host-key text.txt",
    "serve --print-fingerprint --host-key .",
    "serve --listen 127.0.0.1",
    "serve --detach --plain",
    "serve --log-prompts",
    "serve --detach --local --set model.hidden=0",
    "serve --detach --local --log .",
    "serve --detach --local --group --socket closed/socket",
    "serve --detach --local --record-class text.txt",
    "serve --detach --teacher-keys text.txt --listen 127.0.0.1:0",
    "serve --detach --teacher-keys missing --listen 127.0.0.1:0",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys text.txt",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys certificate.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys short.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys quote.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys command.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys authority.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys pin.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys unknown.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys host.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys twice.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys local_time.pub",
    "serve --detach --listen 127.0.0.1:0 --authorized-keys no_terminal.pub",
    "serve --detach --listen 127.0.0.1:0 --notice empty_file",
    "serve --detach --listen 127.0.0.1:0 --notice gbk.txt",
    "serve --detach --listen 127.0.0.1:0 --notice missing",
    "serve --idle 0",
    "empty",
    "text.txt",
    "wrong.toml",
    "not.toml",
    "keys.toml",
    "--set training.bacth=3",
    "--set training.lr=3",
    "--set training.batch=0",
    "--set training.batch=a",
    "--set model=3",
    "--set seed.x=3",
    "--set model.cell=lstn",
    "--set model.cell=LSTM",
    "--set model.dropout=1",
    "--set model.embedding=0.5",
    "--set dashboard.fps=99",
    "--set dashboard.pace=-1",
    "--set dashboard.prompts=我",
    "--set training.optimizer.learning_rate=0",
    "--set training.optimizer.momentum=0.5",
    "--set training.schedule.patience=3",
    "--set training.schedule.name=plateau",
    "--set model.tie_embeddings=true --set model.embedding=3",
    "--set model.cell=gru --set model.forget_bias=1",
    "--set model.architecture=transformer --set model.embedding=6 --set model.heads=4",
    "--set model.architecture=transformer",
    "--set model.architecture=transformer --set model.embedding=4 --set model.context=1",
    "--set model.architecture=transformer --set model.cell=gru",
    "--compare missing",
    "--rival training.batch=3",
    "--rival training.steps=3",
    "--rival dashboard.fps=3",
    "--rival model.cel=gru",
    "--rival model.cell=gru --rival model.cell=rnn --rival model.cell=mgu --rival model.cell=lstm",
    "--rival name=x",
    "--rival model.cell=gru name=",
    "--set rival=3",
    "--set rival=[3]",
    "--rival model.cell=gru toy.toml",
    "--rival model.cell=gru --weights torch.bin",
    "--rival model.cell=gru --run .",
    "--resume bad",
    "--resume list",
    "predict list 我",
    "--set corpus.validation=true",
    "--set corpus.end_of_sentence=true",
    "--set corpus.encoding=utf-9",
    "--set run.checkpoint_every=soon",
    "--set model.hidden=1000000",
    "--set nothing",
    "--corpus missing.txt",
    "--corpus empty",
    "--corpus gbk.txt",
    "--corpus zip.txt",
    "toy --corpus one.txt",
    "--corpus - --corpus -",
    "--corpus text.txt --set training.batch=100",
    "--corpus chinese.txt --ask 苹果",
    "--ask 苹果",
    "--ask",
    "--resume empty",
    "--resume missing",
    "--run empty/.. --steps 1",
    "--weights missing.safetensors",
    "--weights torch.bin",
    "--weights text.txt",
    "--weights empty",
    "--record text.txt --plain",
    "--stepz 3",
    "--steps three",
    "--steps -1",
    "--steps 0",
    "--color blue",
    "--temperature 2",
    "--temperature -1 --generate 3",
    "--top-p 2 --generate 3",
    "--seed 1 --seed 2",
    "--resume empty toy.toml",
    "scaling --longest 8 --set training.optimizer.learning_rate=1e30",
    "--corpus /dev/urandom",
    "predict",
    "predict missing",
    "evaluate empty",
    "export empty --step 3",
    "replay empty",
];

fn rnn_tui(folder: &Path, arguments: &str, language: &[(&str, &str)]) -> Output {
    let mut command = program();
    command.args(arguments.split(' ')).current_dir(folder);
    command.env("LC_ALL", "C").envs(language.iter().copied()).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn folder_of_mistakes() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("text.txt", "the rain falls\nthe sun shines\n".as_bytes());
    write("empty_file", b"\n");
    let short = "AAAAB3NzaC1yc2EAAAADAQABAAAAgQC5OS9rPMY/b3uHJo8oSw7ycVxSmB6nTQs2sZEHJVuROC+pwIT8M/dGHcfr8qFpELG0rr/zj713kFvh8nfPYYNr1o0ni/4nDQvQ5il0xa4N699lH2/qy/XNYDgP56pVuV0EeWH3SxKncV+odiv/rbC8peCL+DE4f/X1Kev18BMdkQ==";
    write("short.pub", format!("ssh-rsa {short}").as_bytes());
    write("certificate.pub", b"ssh-ed25519-cert-v01@openssh.com AAAA");
    for (name, options) in [
        ("quote", "from=\"192.0.2.1"),
        ("command", "command=\"ls\""),
        ("authority", "cert-authority"),
        ("pin", "verify-required"),
        ("unknown", "tunnel=\"0\""),
        ("host", "from=\"board.example\""),
        ("twice", "from=\"192.0.2.1\",from=\"192.0.2.2\""),
        ("local_time", "expiry-time=\"20300101\""),
        ("no_terminal", "restrict"),
    ] {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqFPZEKhVciJifd0wIO0eGbQO/P+Q39UZzexAVm28pN";
        write(&format!("{name}.pub"), format!("{options} {key}\n").as_bytes());
    }
    write("chinese.txt", "我 喜欢 玩具\n我 讨厌 挨打\n".as_bytes());
    write("one.txt", b"the rain falls\nalone\n");
    write("gbk.txt", b"\xce\xd2\xcf\xb2\xbb\xb6\xcd\xe6\xbe\xdf\n");
    write("zip.txt", b"PK\x03\x04\x14\0");
    write("wrong.toml", b"[training]\nsteps = \"many\"\n[corpus]\npath = \"text.txt\"\n");
    write("not.toml", b"[training\nsteps = 3\n");
    write("keys.toml", b"[corpus]\npath = \"text.txt\"\n[keys]\npause = \"q\"\n");
    write("torch.bin", &[b"PK\x03\x04", &[0; 100][..]].concat());
    for (name, list) in [("bad", "[]"), ("list", "{\"runs\": []}")] {
        fs::create_dir(folder.path().join(name)).unwrap();
        write(&format!("{name}/duel.json"), list.as_bytes());
    }
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::DirBuilder::new().mode(0o700).create(folder.path().join("closed")).unwrap();
    folder
}

/// Two adjacent English words outside names, values, paths and options; `None` if there are none. Messages of the system and of the TOML parser
/// are in English, and not searched.
fn english_words(line: &str) -> Option<String> {
    let line = if line.contains("(os error ") || line.contains("不是 TOML：") {
        line.rsplit_once('：').map_or("", |(own, _)| own)
    } else {
        line
    };
    let mut text = String::new();
    for (index, part) in line.split(['`', '"', '\'']).enumerate() {
        text += if index % 2 == 0 { part } else { "，" };
    }
    let is_word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let words: Vec<&str> = text.split(' ').collect();
    words.windows(2).find(|pair| pair.iter().all(|word| is_word(word))).map(|pair| pair.join(" "))
}

#[test]
fn mistakes_chinese_interface_have_no_english() {
    let folder = folder_of_mistakes();
    let mut untranslated = String::new();
    for arguments in MISTAKES {
        let plain = rnn_tui(folder.path(), arguments, &[]);
        let chinese = rnn_tui(folder.path(), arguments, &[("LC_ALL", "zh_CN.UTF-8")]);
        assert_eq!(plain.status.code(), chinese.status.code(), "{arguments}");
        assert_ne!(plain.status.code(), Some(0), "{arguments} is a mistake");
        let said = stderr(&chinese);
        let is_usage = |line: &&str| line.starts_with("用法：") || line.starts_with("  rnn-tui");
        let wrong = said.lines().filter(|line| !is_usage(line)).find_map(english_words);
        if wrong.is_some() || !said.starts_with("错误：") {
            untranslated.extend([*arguments, ": ", &wrong.unwrap_or_default(), "\n", &said, &stderr(&plain)]);
        }
    }
    assert!(untranslated.is_empty(), "{untranslated}");
}

#[test]
fn lang_invalid_command_line_sets_language_of_error() {
    let folder = folder_of_mistakes();
    for arguments in ["--lang zh --stepz 3", "--lang=zh --stepz 3", "--stepz 3 --lang zh"] {
        assert!(stderr(&rnn_tui(folder.path(), arguments, &[])).starts_with("错误：未知的参数"), "{arguments}");
    }
    let english = rnn_tui(folder.path(), "--lang en --stepz 3", &[("LC_ALL", "zh_CN.UTF-8")]);
    assert!(stderr(&english).starts_with("error: unexpected argument"));
}

#[test]
fn batch_and_short_text_messages_chinese_interface_are_chinese() {
    let folder = folder_of_mistakes();
    let arguments =
        "toy --lang zh --corpus text.txt --set corpus.unit=text --set training.predict=every --set training.batch=9";
    let said = stderr(&rnn_tui(folder.path(), arguments, &[]));
    assert!(said.contains("应为") || said.contains("最多为"), "{said}");
    let short = ["[corpus]", "path = \"text.txt\"", "min_count = 2", "[training]", "batch = 9", "steps = 1"].join("\n");
    fs::write(folder.path().join("short.toml"), short).unwrap();
    let said = stderr(&rnn_tui(folder.path(), "short.toml --lang zh", &[]));
    assert!(said.starts_with("警告：文本较短："), "{said}");
}
