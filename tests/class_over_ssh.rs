//! A class that is joined with OpenSSH's own client. Where there is none, these tests say so and do nothing.

#![cfg(feature = "ssh")]
#![allow(clippy::unwrap_used)] // a test may fail

#[path = "support/pty.rs"]
mod pty;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use pty::Session;

const PROGRAM: &str = env!("CARGO_BIN_EXE_rnn-tui");
const TOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/toy.toml");

/// Whether there is a client.
fn has_ssh() -> bool {
    let has =
        |program: &str| Command::new(program).arg("-?").stderr(Stdio::null()).stdout(Stdio::null()).status().is_ok();
    let has_both = has("ssh") && has("ssh-keygen");
    if !has_both {
        eprintln!("NOT TESTED: there is no ssh and no ssh-keygen on this machine");
    }
    has_both
}

/// A teacher whose class has an open port, and what clients need.
struct Lesson {
    teacher: Session,
    folder: tempfile::TempDir,
    port: String,
}

impl Lesson {
    /// Who may come in is said by `more`; with `KEYS` for a file with the student's key.
    fn begin(more: &[&str]) -> Self {
        Self::begin_in(tempfile::tempdir().unwrap(), "exec \"$@\"", more)
    }

    fn begin_in(folder: tempfile::TempDir, shell: &str, more: &[&str]) -> Self {
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        if !Path::new(&at("student")).exists() {
            for name in ["student", "stranger"] {
                let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(name)]).status();
                assert!(made.unwrap().success());
            }
        }
        let keys = at("student.pub");
        let more: Vec<&str> =
            more.iter().map(|option| if *option == "KEYS" { keys.as_str() } else { option }).collect();
        let (socket, host_key) = (at("socket"), at("host_key"));
        let serve =
            ["-c", shell, "sh", PROGRAM, "serve", TOY, "--paused", "--socket", &socket, "--host-key", &host_key];
        let arguments = [&serve[..], &["--listen", "127.0.0.1:0"], &more].concat();
        let mut teacher = Session::start(40, 120, "sh", &arguments, &[]);
        teacher.wait_for("class of 0");
        teacher.press("Cz");
        teacher.wait_for("host key SHA256:");
        let port = between(&teacher.text(), "ssh -p ", " ");
        let public = Command::new("ssh-keygen").args(["-y", "-f", &host_key]).output().unwrap();
        let known = format!("[127.0.0.1]:{port} {}", String::from_utf8(public.stdout).unwrap());
        fs::write(at("known_hosts"), known).unwrap();
        Self { teacher, folder, port }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The client's options, with the key of this name.
    fn options(&self, key: &str) -> Vec<String> {
        let (known, key) = (self.at("known_hosts"), self.at(key));
        let settings = [
            format!("UserKnownHostsFile={}", known.display()),
            "StrictHostKeyChecking=yes".to_owned(),
            format!("IdentityFile={}", key.display()),
            "IdentitiesOnly=yes".to_owned(),
            "IdentityAgent=none".to_owned(),
            "NumberOfPasswordPrompts=2".to_owned(),
            "LogLevel=ERROR".to_owned(),
        ];
        let none = ["-F", "none", "-p", &self.port].map(str::to_owned);
        none.into_iter().chain(settings.into_iter().flat_map(|setting| ["-o".to_owned(), setting])).collect()
    }

    /// A student in a terminal.
    fn join(&self, name: &str, (rows, columns): (u16, u16), more: &[&str], environment: &[(&str, &str)]) -> Session {
        let (options, host) = (self.options("student"), format!("{name}@127.0.0.1"));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        Session::start(rows, columns, "ssh", &[&options[..], more, &[host.as_str()]].concat(), environment)
    }

    /// A student in a terminal that a shell has done something to.
    fn join_through(&self, shell: &str, name: &str, environment: &[(&str, &str)]) -> Session {
        let (options, host) = (self.options("student"), format!("{name}@127.0.0.1"));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let arguments = [&["-c", shell, "sh", "ssh"], &options[..], &[host.as_str()]].concat();
        Session::start(24, 80, "sh", &arguments, environment)
    }

    /// What becomes of a client without a terminal.
    fn ask(&self, key: &str, options: &[&str], command: &[&str]) -> Output {
        let mut client = Command::new("ssh");
        client.args(self.options(key)).args(["-o", "BatchMode=yes"]).args(options).arg("anna@127.0.0.1").args(command);
        client.stdin(Stdio::null()).output().unwrap()
    }

    fn end(mut self) {
        self.teacher.press("qq");
        let (status, _) = self.teacher.assert_given_back();
        assert!(status.success());
    }
}

/// What stands in a text between two others.
fn between(text: &str, before: &str, after: &str) -> String {
    text.split(before).nth(1).unwrap().split(after).next().unwrap().trim().to_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn students_come_with_their_keys_see_the_lesson_in_their_language_and_leave() {
    if !has_ssh() {
        return;
    }
    let mut lesson = Lesson::begin(&["--authorized-keys", "KEYS"]);
    let chinese = &[("LC_ALL", ""), ("LANG", "zh_CN.UTF-8")];
    let mut anna = lesson.join("安娜", (24, 80), &["-o", "SendEnv=LANG"], chinese);
    anna.wait_for("课堂 1 人");
    let strange = lesson.join_through("stty rows 0 cols 0; exec \"$@\"", "ben", &[("TERM", "no-such-terminal")]);
    lesson.teacher.wait_until("both", |screen| {
        let text = screen.contents();
        text.contains("class of 2") && text.contains("安娜") && text.contains("ben")
    });
    lesson.teacher.press("s");
    anna.wait_for("步 1/5000");
    anna.press(" ");
    anna.wait_for("此操作由教师控制");
    anna.press("i我 爱\r");
    anna.wait_for("我 爱 → 下一个词是什么？");
    // another size, down to one that is none
    anna.screen.lock().unwrap().screen_mut().set_size(200, 400); // what is read here has room for all of them
    for (rows, columns) in [(1, 1), (0, 0), (200, 400), (40, 120)] {
        anna.master.resize(pty::size(rows, columns)).unwrap();
    }
    anna.wait_for("一步训练的张量形状");
    // in pieces, as a slow line brings them: an arrow is no Escape
    for piece in ["\u{1b}", "8", "z"] {
        anna.press(piece);
        std::thread::sleep(Duration::from_millis(60));
    }
    anna.wait_for("对比");
    anna.press("\u{1b}");
    anna.wait_for("损失（奈特）");
    anna.press("q");
    let (status, text) = anna.assert_given_back();
    assert!(status.success() && text.contains("你已离开课堂"), "{status:?}: {text}");
    lesson.teacher.wait_for("class of 1");
    lesson.end();
    drop(strange);
}

#[test]
fn the_password_on_the_teachers_screen_lets_in_and_no_other() {
    if !has_ssh() {
        return;
    }
    let lesson = Lesson::begin(&[]);
    let password = between(&lesson.teacher.text(), "password ", " ");
    let mut anna = lesson.join("anna", (24, 80), &[], &[]);
    anna.wait_for("password:");
    anna.press("wrong\r");
    anna.wait_until("another question", |screen| screen.contents().matches("password:").count() == 2);
    anna.press(&format!("{password}\r"));
    anna.wait_for("q quit");
    let refused = lesson.ask("student", &[], &[]);
    assert!(said(&refused).contains("Permission denied (password)"), "{}", said(&refused));
    lesson.end();
    let (_, text) = anna.assert_given_back();
    assert!(text.contains("the class is over"), "{text}");
}

#[test]
fn everything_but_a_session_in_a_terminal_is_refused() {
    if !has_ssh() {
        return;
    }
    let lesson = Lesson::begin(&["--authorized-keys", "KEYS"]);
    let stranger = lesson.ask("stranger", &["-tt"], &[]);
    assert!(said(&stranger).contains("Permission denied (publickey)"), "{}", said(&stranger));
    for (options, command) in [
        (&[][..], &["ls"][..]),
        (&["-tt"], &["cat", "/etc/passwd"]),
        (&["-s"], &["sftp"]),
        (&["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"], &[]),
        (&["-W", "127.0.0.1:22"], &[]),
    ] {
        let refused = lesson.ask("student", options, command);
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{options:?} {command:?}: {}", said(&refused));
    }
    let without = lesson.ask("student", &["-T"], &[]);
    assert!(said(&without).contains("use ssh -t"), "{}", said(&without));
    // wished for on the way, they change nothing
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let forward = format!("127.0.0.1:{free}:127.0.0.1:{}", lesson.port);
    let anna = lesson.join("anna", (24, 80), &["-A", "-X", "-L", &forward], &[("DISPLAY", ":9")]);
    anna.wait_for("q quit");
    let mut through = TcpStream::connect(("127.0.0.1", free)).unwrap();
    let mut told = Vec::new();
    let _ = through.read_to_end(&mut told);
    assert!(told.is_empty(), "nothing is forwarded: {}", String::from_utf8_lossy(&told));
    lesson.end();
    anna.assert_given_back();
}

#[test]
fn the_host_key_stays_the_same_and_one_that_others_can_read_is_refused() {
    if !has_ssh() {
        return;
    }
    let lesson = Lesson::begin(&["--open"]);
    let (host_key, shown) = (lesson.at("host_key"), between(&lesson.teacher.text(), "host key ", " "));
    let printed = Command::new(PROGRAM).args(["serve", "--print-fingerprint", "--host-key"]).arg(&host_key).output();
    assert_eq!(said(&printed.unwrap()).trim(), shown.trim_end_matches('│'));
    let known = fs::read_to_string(lesson.at("known_hosts")).unwrap();
    let Lesson { mut teacher, folder, port } = lesson;
    teacher.press("qq");
    teacher.assert_given_back();
    let again = Lesson::begin_in(folder, "exec \"$@\"", &["--open"]);
    fs::write(again.at("known_hosts"), known.replace(&port, &again.port)).unwrap();
    let anna = again.join("anna", (24, 80), &[], &[]);
    anna.wait_for("q quit");
    let other = again.at("other");
    let taken = ["serve", TOY, "--listen", &format!("127.0.0.1:{}", again.port), "--host-key", other.to_str().unwrap()];
    Session::start(24, 80, PROGRAM, &taken, &[]).wait_for("another program has this port");
    fs::set_permissions(&host_key, fs::Permissions::from_mode(0o644)).unwrap();
    let open = ["serve", TOY, "--listen", "127.0.0.1:0", "--host-key", host_key.to_str().unwrap()];
    Session::start(24, 80, PROGRAM, &open, &[]).wait_for("chmod 600");
    again.end();
    anna.assert_given_back();
}

#[test]
fn many_who_say_nothing_or_nonsense_keep_nobody_out() {
    if !has_ssh() {
        return;
    }
    let mut lesson = Lesson::begin(&["--authorized-keys", "KEYS"]);
    let connect = || TcpStream::connect(format!("127.0.0.1:{}", lesson.port)).unwrap();
    let mut silent: Vec<_> = (0..400).map(|_| connect()).collect();
    for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"SSH-2.0-x\r\n\0\0\0\x05garbage", &[0xff; 5000]] {
        let mut stream = connect();
        let _ = stream.write_all(nonsense);
        silent.push(stream);
    }
    let mut anna = lesson.join("anna", (24, 80), &[], &[]);
    anna.wait_for("q quit");
    lesson.teacher.press("s");
    anna.wait_for("step 1/5000");
    // those who came first have been hung up on
    silent[0].set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut told = Vec::new();
    silent[0].read_to_end(&mut told).unwrap();
    drop(silent);
    anna.press("q");
    anna.assert_given_back();
    lesson.end();
}

#[test]
fn a_door_that_has_no_more_files_opens_again() {
    if !has_ssh() {
        return;
    }
    let lesson = Lesson::begin_in(tempfile::tempdir().unwrap(), "ulimit -n 60; exec \"$@\"", &["--open"]);
    let many: Vec<_> = (0..200).filter_map(|_| TcpStream::connect(format!("127.0.0.1:{}", lesson.port)).ok()).collect();
    std::thread::sleep(Duration::from_millis(500));
    drop(many);
    let anna = lesson.join("anna", (24, 80), &[], &[]);
    anna.wait_for("q quit");
    lesson.end();
    anna.assert_given_back();
}

#[test]
fn a_screen_for_all_is_only_looked_at() {
    if !has_ssh() {
        return;
    }
    let mut lesson = Lesson::begin(&["--open"]);
    let mut screen = lesson.join("projector", (40, 120), &[], &[]);
    screen.wait_for("q quit");
    screen.press("i");
    screen.wait_for("that is up to the teacher");
    lesson.teacher.press("F");
    screen.wait_for("all follow the teacher");
    lesson.teacher.press("3");
    screen.wait_until("what the teacher sees", |screen| {
        screen.contents().contains("‖∂loss/∂h‖") && !screen.contents().contains("loss in nats")
    });
    lesson.end();
    screen.assert_given_back();
}
