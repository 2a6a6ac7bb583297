//! The socket of a class: the owner of its folder, limits, memory after sessions, and how `attach` ends.

use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use super::under_load::{memory, raise_file_limit};
use crate::support::lesson::{Detached, Lesson, teacher_at};
use crate::support::pty::Session;
use crate::support::ssh::SshLesson;
use crate::support::{CHINESE, LONGEST_WAIT, PROGRAM, TOY, program, wait_until};

/// A client without a terminal, of the first version of the protocol, in which it receives plain terminal output.
struct Client(UnixStream);

impl Client {
    fn attach(socket: &Path, name: &str, (columns, rows): (u16, u16)) -> Self {
        let mut stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(LONGEST_WAIT)).unwrap();
        let hello = format!(
            "{{\"version\":1,\"name\":\"{name}\",\"terminal\":{{\"TERM\":\"xterm-256color\"}},\"size\":[{columns},{rows}]}}"
        );
        let length = u16::try_from(hello.len()).unwrap().to_be_bytes();
        stream.write_all(&[b"H", &length[..], hello.as_bytes()].concat()).unwrap();
        Self(stream)
    }

    /// Reads until the first frame is complete.
    fn wait_for_frame(&mut self) {
        let (mut shown, mut bytes) = (Vec::new(), [0; 1 << 14]);
        while !shown.windows(8).any(|bytes| bytes == b"\x1b[?2026l") {
            let count = match self.0.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.unwrap(),
            };
            assert!(count > 0, "{}", shown.escape_ascii());
            shown.extend_from_slice(&bytes[..count]);
        }
    }

    fn leave(mut self) -> String {
        // the answer of a terminal, which the session waits for
        self.0.write_all(b"T\0\x06\x1b[1;5R").unwrap();
        // leaving needs confirmation
        for _ in 0..2 {
            self.0.write_all(b"T\0\x01q").unwrap();
        }
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).unwrap();
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// Growth of memory over this many sessions of 500×200 from the hundredth on, one after another, in MiB.
fn growth(sessions: usize) -> f64 {
    let lesson = Lesson::begin(TOY, &["--paused"]);
    let mut after_first = 0.0;
    for number in 0..sessions {
        let mut client = Client::attach(&lesson.socket, &format!("s{number}"), (500, 200));
        client.wait_for_frame();
        assert!(client.leave().contains("you have left the class"));
        if number == 99 {
            after_first = memory(&lesson.teacher);
        }
    }
    let grown = memory(&lesson.teacher) - after_first;
    lesson.end();
    grown
}

#[test]
fn ended_sessions_release_memory() {
    let grown = growth(200);
    assert!(grown < 20.0, "{grown} MiB for a hundred sessions");
}

#[test]
#[ignore = "minutes"]
fn thousand_sessions_release_memory() {
    let grown = growth(1000);
    assert!(grown < 20.0, "{grown} MiB for nine hundred sessions");
}

#[test]
#[ignore = "needs ssh"]
fn ssh_sessions_release_memory() {
    let lesson = SshLesson::begin(&["--authorized-keys", "KEYS"]);
    let mut after_first = 0.0;
    for number in 0..60 {
        let mut student = lesson.ssh.join(&format!("s{number}"), (200, 500), &[], &[]);
        student.wait_for("q quit");
        student.leave_class();
        student.assert_given_back();
        if number == 19 {
            after_first = memory(&lesson.teacher);
        }
    }
    // a session takes some 10 MiB
    let grown = memory(&lesson.teacher) - after_first;
    assert!(grown < 20.0, "{grown} MiB for forty sessions");
    lesson.end();
}

#[test]
fn large_screens_are_cut_and_small_one_is_whole() {
    // one member may have a million cells
    let lesson = Lesson::begin(TOY, &["--paused", "--sessions", "12", "--members", "12"]);
    let mut large: Vec<_> = (0..11).map(|_| Client::attach(&lesson.socket, "large", (500, 200))).collect();
    for client in &mut large {
        client.wait_for_frame();
    }
    let mut student = lesson.attach("anna", (24, 80), &[]);
    student.wait_for("q quit");
    assert!(!student.text().contains("too large together"), "{}", student.text());
    student.leave_class();
    student.assert_given_back();
    // twelve of them exceed the limit: the last one is cut
    let cut = lesson.attach("ben", (200, 500), CHINESE);
    cut.wait_for("全班的屏幕合计过大");
    drop(large);
    lesson.end();
    cut.assert_given_back();
}

#[test]
fn fourth_session_of_person_is_rejected_and_teachers_are_admitted() {
    let lesson = Lesson::begin(TOY, &["--members", "4"]);
    let mut sessions: Vec<_> = ["anna", "Anna", "ＡＮＮＡ"].map(|name| lesson.student(name)).into();
    let fourth = lesson.attach("anna", (24, 80), &[]);
    let (status, text) = fourth.assert_refused();
    assert!(text.contains("too many times already") && text.contains("come by another name"), "{text}");
    assert_eq!(status, 1);
    let ben = lesson.student("ben");
    let carla = lesson.attach("carla", (24, 80), CHINESE);
    let (status, text) = carla.assert_refused();
    assert!(status == 1 && text.contains("课堂已满"), "{text}");
    let teachers: Vec<_> = (0..4).map(|_| teacher_at(&lesson.socket, &[])).collect();
    for teacher in &teachers {
        teacher.wait_for("class of 4");
    }
    // a student who leaves makes room
    sessions[0].leave_class();
    sessions.remove(0).assert_given_back();
    sessions.push(lesson.student("anna"));
    lesson.end();
    for session in sessions.into_iter().chain([ben]).chain(teachers) {
        session.assert_given_back();
    }
}

#[test]
fn silent_clients_take_few_threads_and_block_no_other() {
    raise_file_limit();
    let lesson = Lesson::begin(TOY, &[]);
    let process = lesson.teacher.child.process_id().unwrap();
    let count = |what: &str| fs::read_dir(format!("/proc/{process}/{what}")).unwrap().count();
    let (threads, files) = (count("task"), count("fd"));
    let silent: Vec<_> = (0..3000).map(|_| UnixStream::connect(&lesson.socket).unwrap()).collect();
    let student = lesson.student("anna");
    assert!(count("task") <= threads + 4, "{} threads, {threads} before", count("task"));
    assert!(count("fd") <= files + 110, "{} files, {files} before", count("fd"));
    drop(silent);
    wait_until("closed connections", || count("fd") <= files + 5);
    lesson.end();
    student.assert_given_back();
}

#[test]
fn class_killed_restores_terminals_and_is_reported() {
    let mut lesson = Lesson::begin(TOY, &[]);
    let (anna, li) = (lesson.student("anna"), teacher_at(&lesson.socket, &[]));
    let ben = lesson.attach("ben", (24, 80), CHINESE);
    ben.wait_for("课堂 2 人");
    li.wait_for("class of 2");
    lesson.teacher.child.kill().unwrap();
    for (session, expected) in
        [(anna, "gone without a goodbye"), (li, "gone without a goodbye"), (ben, "课堂未告别就断开了")]
    {
        let (status, text) = session.assert_given_back();
        assert_eq!(status.exit_code(), 1, "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn class_ended_by_signal_sends_goodbye() {
    for signal in ["TERM", "INT"] {
        let lesson = Lesson::begin(TOY, &[]);
        let anna = lesson.student("anna");
        lesson.teacher.signal(signal);
        let (status, text) = anna.assert_given_back();
        assert_eq!(status.exit_code(), 0, "{text}");
        assert!(text.contains("the class is over"), "{text}");
        lesson.teacher.assert_given_back();
    }
}

#[test]
fn client_ended_by_signal_restores_terminal() {
    let lesson = Lesson::begin(TOY, &[]);
    for (signal, number) in [("TERM", 15), ("HUP", 1), ("INT", 2), ("QUIT", 3), ("USR1", 10)] {
        let student = lesson.student("anna");
        student.signal(signal);
        let (status, text) = student.assert_given_back();
        assert_eq!(status.exit_code(), 128 + number, "{signal}: {text}");
        lesson.teacher.wait_for("class of 0");
    }
    lesson.end();
}

#[test]
fn suspended_client_restores_terminal_and_redraws_after_continue() {
    let mut lesson = Lesson::begin(TOY, &["--paused"]);
    let mut student = lesson.student("anna");
    student.signal("TSTP");
    student.wait_until("the terminal of the shell", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    let process = student.child.process_id().unwrap();
    wait_until("the process is stopped", || {
        fs::read_to_string(format!("/proc/{process}/stat")).unwrap().split(") ").nth(1).unwrap().starts_with('T')
    });
    lesson.teacher.press("s");
    student.signal("CONT");
    student.wait_until("the whole screen", |screen| {
        let text = screen.contents();
        screen.alternate_screen() && text.contains("step 1/5000") && text.contains("q quit")
    });
    student.leave_class();
    student.assert_given_back();
    lesson.end();
}

#[test]
fn client_of_unresponsive_class_leaves_by_ctrl_c() {
    let lesson = Lesson::begin(TOY, &["--paused"]);
    let mut student = lesson.student("anna");
    lesson.teacher.signal("STOP");
    wait_until("the client ends", || {
        let _ = student.keyboard.write_all(b"\x03"); // its terminal may be closed
        student.child.try_wait().unwrap().is_some()
    });
    let (status, text) = student.assert_given_back();
    assert!(status.exit_code() == 1 && text.contains("the class does not answer"), "{text}");
    lesson.teacher.signal("CONT");
    lesson.end();
}

#[test]
fn concurrent_starts_over_socket_of_killed_class_have_one_winner() {
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        drop(UnixListener::bind(&socket).unwrap()); // as after a killed program
        let started: Vec<Output> = thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(|| Detached::start(folder.path(), &[])));
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = started.iter().partition(|output| output.status.success());
        assert_eq!(won.len(), 1, "round {round}: {started:?}");
        for lost in lost {
            let error = String::from_utf8_lossy(&lost.stderr);
            assert!(lost.status.code() == Some(2) && error.contains("another class is there"), "{error}");
        }
        let told = String::from_utf8(won[0].stdout.clone()).unwrap();
        let mut client = Client::attach(&socket, "anna", (80, 24));
        client.wait_for_frame();
        let folder = Detached { folder, told }.end();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "round {round}: a file is left");
    }
}

#[test]
fn ended_class_keeps_socket_of_other_class() {
    let mut first = Lesson::begin(TOY, &["--paused"]);
    fs::remove_file(&first.socket).unwrap();
    let place = first.socket.to_str().unwrap().to_owned();
    let serve = ["serve", TOY, "--local", "--paused", "--socket", &place];
    let mut second = Session::start(40, 120, PROGRAM, &serve, &[]);
    second.wait_for("class of 0");
    first.teacher.press("q");
    first.teacher.assert_given_back();
    let student = Session::start(24, 80, PROGRAM, &["attach", "--socket", &place, "--as", "anna"], &[]);
    student.wait_for("q quit");
    second.press("qq");
    second.assert_given_back();
    student.assert_given_back();
    assert!(!Path::new(&place).exists());
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// `rnn-tui serve` at a place, in the background.
fn serve(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = program();
    command.args(["serve", TOY, "--detach", "--local"]).args(arguments).env("LC_ALL", "C");
    command.envs(environment.iter().copied()).output().unwrap()
}

/// Asserts that a class and a client both reject this place with these messages.
fn assert_place_rejected(socket: Option<&str>, environment: &[(&str, &str)], expected: &[&str]) {
    let place: Vec<_> = socket.into_iter().flat_map(|socket| ["--socket", socket]).collect();
    let output = serve(&place, environment);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(expected.iter().all(|part| said.contains(part)), "serve: {said}");
    let client = Session::start(24, 200, PROGRAM, &[&["attach"], &place[..]].concat(), environment);
    let (status, said) = client.assert_refused();
    assert!(status == 2 && expected.iter().all(|part| said.replace('\n', " ").contains(part)), "attach: {said}");
}

#[test]
fn folder_writable_by_others_is_rejected_by_class_and_client() {
    let folder = tempfile::tempdir().unwrap();
    let class = folder.path().join("class");
    fs::create_dir(&class).unwrap();
    let socket = class.join("socket");
    let socket = socket.to_str().unwrap();
    for mode in ["0777", "0770", "0702", "1777"] {
        set_mode(&class, u32::from_str_radix(mode, 8).unwrap());
        let expected =
            [&format!("mode {mode}") as &str, class.to_str().unwrap(), "belongs to uid", "chmod 700", "--socket"];
        assert_place_rejected(Some(socket), &[], &expected);
    }
    // a folder on the path that others can replace
    set_mode(&class, 0o700);
    set_mode(folder.path(), 0o777);
    assert_place_rejected(
        Some(socket),
        &[],
        &["mode 0777", "so that others could replace what is in it", "XDG_RUNTIME_DIR"],
    );
    set_mode(folder.path(), 0o700);
    // a link
    let link = folder.path().join("link");
    symlink(&class, &link).unwrap();
    let through = link.join("socket");
    assert_place_rejected(Some(through.to_str().unwrap()), &[], &["is a symbolic link", "XDG_RUNTIME_DIR"]);
    assert!(fs::read_dir(&class).unwrap().next().is_none(), "nothing was created");
    let long = class.join("x".repeat(120));
    assert_place_rejected(Some(long.to_str().unwrap()), &[], &["the path of a socket has at most 107 bytes"]);
}

#[test]
fn default_folder_open_to_others_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = folder.path().to_str().unwrap();
    let class = folder.path().join("rnn-tui");
    fs::create_dir(&class).unwrap();
    set_mode(&class, 0o755);
    let output = serve(&[], &[("XDG_RUNTIME_DIR", runtime)]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("mode 0755") && said.contains("chmod 700"), "{said}");
    set_mode(&class, 0o777);
    assert_place_rejected(None, &[("XDG_RUNTIME_DIR", runtime)], &["mode 0777", "chmod 700"]);
    set_mode(&class, 0o700);
    // a relative path is ignored: the default is in the folder for temporary files
    for runtime in ["", "relative"] {
        let output = serve(&[], &[("XDG_RUNTIME_DIR", runtime), ("TMPDIR", folder.path().to_str().unwrap())]);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains(&format!("{}/rnn-tui-", folder.path().display())), "{told}");
        let empty = tempfile::tempdir().unwrap();
        Detached { folder: empty, told }.end();
    }
}

/// An account without access to the class.
const STRANGER: u32 = 61_600;
/// The account of the teacher.
const TEACHER: u32 = 61_500;

fn as_account(account: u32, arguments: &[&str], environment: &[(&str, &str)]) -> Session {
    let id = format!("--reuid={account}");
    let group = format!("--regid={account}");
    let arguments = [&[&id as &str, &group, "--clear-groups", PROGRAM], arguments].concat();
    Session::start(24, 200, "setpriv", &arguments, environment)
}

#[test]
#[ignore = "needs root"]
fn folder_of_other_account_is_rejected() {
    let tmp = tempfile::tempdir().unwrap();
    set_mode(tmp.path(), 0o1777);
    let folder = tmp.path().join(format!("rnn-tui-{TEACHER}"));
    let made = Command::new("mkdir").args(["-m", "777"]).arg(&folder).uid(STRANGER).gid(STRANGER).status().unwrap();
    assert!(made.success());
    let environment = [("TMPDIR", tmp.path().to_str().unwrap()), ("XDG_RUNTIME_DIR", "")];
    let expected = [&format!("belongs to uid {STRANGER} and has mode 0777") as &str, folder.to_str().unwrap()];
    for arguments in [&["serve", TOY, "--local"][..], &["attach"], &["attach", "--teacher"]] {
        let (status, said) = as_account(TEACHER, arguments, &environment).assert_refused();
        assert!(status == 2 && expected.iter().all(|part| said.contains(part)), "{arguments:?}: {said}");
    }
    // no teacher joins a class of another account
    set_mode(&folder, 0o755);
    let socket = folder.join("socket");
    let mut fake = as_account(STRANGER, &["serve", TOY, "--local", "--socket", socket.to_str().unwrap()], &environment);
    fake.wait_for("class of 0");
    set_mode(&socket, 0o666);
    let place = ["--socket", socket.to_str().unwrap()];
    let (status, said) =
        as_account(TEACHER, &[&["attach", "--teacher"], &place[..]].concat(), &environment).assert_refused();
    assert!(status == 2 && said.contains(&format!("belongs to uid {STRANGER}")), "{said}");
    // a listener that is not the owner of the folder
    fake.press("qq");
    fake.assert_given_back();
    let listener = UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::chown(&folder, Some(TEACHER), None).unwrap();
    set_mode(&socket, 0o666);
    let root = as_account(STRANGER, &[&["attach"], &place[..]].concat(), &environment);
    listener.accept().unwrap(); // root is trusted
    drop(listener);
    root.wait_for("gone without a goodbye");
}

#[test]
#[ignore = "needs root"]
fn group_account_has_three_sessions_and_cannot_teach() {
    let tmp = tempfile::tempdir().unwrap();
    set_mode(tmp.path(), 0o755);
    let folder = tmp.path().join("class");
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::chown(&folder, Some(TEACHER), Some(STRANGER)).unwrap();
    set_mode(&folder, 0o2750);
    let socket = folder.join("socket");
    let place = ["--socket", socket.to_str().unwrap()];
    let serve = [&["serve", TOY, "--local", "--group", "--paused"], &place[..]].concat();
    let mut teacher = as_account(TEACHER, &serve, &[]);
    teacher.wait_for("class of 0");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o660);
    let attach = |account, name: &str| as_account(account, &[&["attach", "--as", name], &place[..]].concat(), &[]);
    let students: Vec<_> = ["anna", "ben", "carla"].map(|name| attach(STRANGER, name)).into();
    for student in &students {
        student.wait_for("q quit");
    }
    let (status, said) = attach(STRANGER, "dora").assert_refused();
    assert!(status == 1 && said.contains("too many times"), "{said}");
    let (status, said) = as_account(STRANGER, &[&["attach", "--teacher"], &place[..]].concat(), &[]).assert_refused();
    assert!(status == 2 && said.contains(&format!("belongs to uid {TEACHER}")), "{said}");
    let own: Vec<_> = (0..4).map(|number| attach(TEACHER, &format!("own {number}"))).collect();
    for student in &own {
        student.wait_for("q quit");
    }
    teacher.press("qq");
    teacher.assert_given_back();
    for student in students.into_iter().chain(own) {
        student.assert_given_back();
    }
}
