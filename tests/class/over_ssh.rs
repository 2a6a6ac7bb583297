//! A class that is joined with OpenSSH's own client.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use crate::support::pty::Session;
use crate::support::ssh::{SshLesson, between, make_key, said};
use crate::support::{PROGRAM, TOY, command, program};

#[test]
#[ignore = "needs ssh"]
fn ssh_students_with_keys_see_class_in_their_language() {
    let mut lesson = SshLesson::begin(&["--authorized-keys", "KEYS"]);
    let chinese = &[("LC_ALL", ""), ("LANG", "zh_CN.UTF-8")];
    let mut anna = lesson.ssh.join("安娜", (24, 80), &["-o", "SendEnv=LANG"], chinese);
    anna.wait_for("课堂 1 人");
    let strange = lesson.ssh.join_through("stty rows 0 cols 0; exec \"$@\"", "ben", &[("TERM", "no-such-terminal")]);
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
    // other sizes, down to zero
    anna.screen.lock().unwrap().screen_mut().set_size(200, 400); // large enough for all sizes
    for (rows, columns) in [(1, 1), (0, 0), (200, 400), (40, 120)] {
        anna.master.resize(crate::support::pty::size(rows, columns)).unwrap();
    }
    anna.wait_for("一步训练的张量形状");
    // in pieces, as over a slow connection: Alt and a key is no Escape
    for piece in ["\u{1b}", "8", "z"] {
        anna.press(piece);
        std::thread::sleep(Duration::from_millis(60));
    }
    anna.wait_for("对比");
    anna.press("\u{1b}");
    anna.wait_for("损失（奈特）");
    anna.press("qq");
    let (status, text) = anna.assert_given_back();
    assert!(status.success() && text.contains("你已离开课堂"), "{status:?}: {text}");
    lesson.teacher.wait_for("class of 1");
    lesson.end();
    drop(strange);
}

#[test]
#[ignore = "needs ssh"]
fn ssh_log_in_needs_password_on_teacher_screen() {
    let lesson = SshLesson::begin(&[]);
    let password = lesson.password();
    let mut anna = lesson.ssh.join("anna", (24, 80), &[], &[]);
    anna.wait_for("password:");
    anna.press("wrong\r");
    anna.wait_until("another question", |screen| screen.contents().matches("password:").count() == 2);
    anna.press(&format!("{password}\r"));
    anna.wait_for("q quit");
    let rejected = lesson.ssh.ask("student", &[], &[]);
    assert!(said(&rejected).contains("Permission denied (keyboard-interactive,password)"), "{}", said(&rejected));
    lesson.end();
    let (_, text) = anna.assert_given_back();
    assert!(text.contains("the class is over"), "{text}");
}

#[test]
#[ignore = "needs ssh"]
fn ssh_requests_without_terminal_are_rejected() {
    let lesson = SshLesson::begin(&["--authorized-keys", "KEYS"]);
    let stranger = lesson.ssh.ask("stranger", &["-tt"], &[]);
    assert!(said(&stranger).contains("Permission denied (publickey)"), "{}", said(&stranger));
    for (options, command) in [
        (&[][..], &["ls"][..]),
        (&["-tt"], &["cat", "/etc/passwd"]),
        (&["-s"], &["sftp"]),
        (&["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"], &[]),
        (&["-W", "127.0.0.1:22"], &[]),
    ] {
        let rejected = lesson.ssh.ask("student", options, command);
        assert!(
            !rejected.status.success() && rejected.stdout.is_empty(),
            "{options:?} {command:?}: {}",
            said(&rejected)
        );
        let says_why = said(&rejected).contains("a class runs no commands");
        assert_eq!(says_why, matches!(command, [name, ..] if *name != "sftp"), "{}", said(&rejected));
    }
    let without = lesson.ssh.ask("student", &["-T"], &[]);
    assert!(said(&without).contains("use ssh -t"), "{}", said(&without));
    // requests for forwarding beside a session have no effect
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let forward = format!("127.0.0.1:{free}:127.0.0.1:{}", lesson.ssh.port);
    let anna = lesson.ssh.join("anna", (24, 80), &["-A", "-X", "-L", &forward], &[("DISPLAY", ":9")]);
    anna.wait_for("q quit");
    let mut through = TcpStream::connect(("127.0.0.1", free)).unwrap();
    let mut received = Vec::new();
    let _ = through.read_to_end(&mut received);
    assert!(received.is_empty(), "nothing is forwarded: {}", String::from_utf8_lossy(&received));
    lesson.end();
    anna.assert_given_back();
}

#[test]
#[ignore = "needs ssh"]
fn host_key_persists_and_open_file_is_rejected() {
    let lesson = SshLesson::begin(&["--open"]);
    let (host_key, shown) = (lesson.at("host_key"), between(&lesson.teacher.text(), "host key ", " "));
    let printed = program().args(["serve", "--print-fingerprint", "--host-key"]).arg(&host_key).output();
    assert_eq!(said(&printed.unwrap()).trim(), shown.trim_end_matches('│'));
    let known = fs::read_to_string(lesson.at("known_hosts")).unwrap();
    let port = lesson.ssh.port.clone();
    let crate::support::lesson::Lesson { mut teacher, folder, .. } = lesson.into_lesson();
    teacher.press("qq");
    teacher.assert_given_back();
    let again = SshLesson::begin_in(folder, "exec \"$@\"", &["--open"]);
    fs::write(again.at("known_hosts"), known.replace(&port, &again.ssh.port)).unwrap();
    let anna = again.ssh.join("anna", (24, 80), &[], &[]);
    anna.wait_for("q quit");
    let other = again.at("other");
    let taken =
        ["serve", TOY, "--listen", &format!("127.0.0.1:{}", again.ssh.port), "--host-key", other.to_str().unwrap()];
    Session::start(24, 80, PROGRAM, &taken, &[]).wait_for("another program has this port");
    fs::set_permissions(&host_key, fs::Permissions::from_mode(0o644)).unwrap();
    let open = ["serve", TOY, "--listen", "127.0.0.1:0", "--host-key", host_key.to_str().unwrap()];
    Session::start(24, 80, PROGRAM, &open, &[]).wait_for("chmod 600");
    again.end();
    anna.assert_given_back();
}

#[test]
#[ignore = "needs ssh"]
fn projector_follows_teacher_and_accepts_no_prompt() {
    let mut lesson = SshLesson::begin(&["--open"]);
    let mut screen = lesson.ssh.join("projector", (40, 120), &[], &[]);
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

#[test]
#[ignore = "needs ssh"]
fn ssh_teacher_key_needs_valid_signature() {
    let lesson = SshLesson::begin(&["--authorized-keys", "KEYS", "--teacher-keys", "TEACHERS"]);
    assert!(lesson.teacher.text().contains("teacher@127.0.0.1"), "{}", lesson.teacher.text());
    let mut teacher = lesson.ssh.join_with("teacher", "anybody", (40, 120));
    teacher.wait_for("class of ");
    teacher.press("s");
    teacher.wait_for("step 1/5000");
    // a student with the public half of that key and a key of their own
    let offered = lesson.at("offered.pub");
    fs::copy(lesson.at("teacher.pub"), &offered).unwrap();
    let offers = format!("IdentityFile={}", offered.with_extension("").display());
    let mut eve = lesson.ssh.join("eve", (24, 80), &["-o", &offers, "-o", "LogLevel=VERBOSE"], &[]);
    eve.wait_for("q quit");
    eve.press("s");
    eve.wait_for("that is up to the teacher");
    // of several offered keys the authorized one is accepted
    let strange = format!("IdentityFile={}", lesson.at("stranger").display());
    let fay = lesson.ssh.join("fay", (24, 80), &["-o", &strange], &[]);
    fay.wait_for("q quit");
    // the teacher's name is reserved
    let named = lesson.ssh.ask_as("student", "teacher", &["-tt"]);
    assert!(said(&named).contains("Permission denied (publickey)"), "{}", said(&named));
    // a lost connection of a teacher leaves the class as it is
    teacher.child.kill().unwrap();
    lesson.teacher.wait_until("one less", |screen| !screen.contents().contains("anybody (teacher)"));
    eve.press("5");
    eve.wait_for("state space");
    lesson.end();
    fay.assert_given_back();
    eve.assert_given_back();
}

#[test]
#[ignore = "needs ssh"]
fn ssh_teacher_of_open_class_needs_key() {
    for students in [&["--open"][..], &[]] {
        let lesson = SshLesson::begin(&[students, &["--teacher-keys", "TEACHERS"]].concat());
        let mut teacher = lesson.ssh.join_with("teacher", "teacher", (40, 120));
        teacher.wait_for("class of ");
        let named = lesson.ssh.ask_as("student", "teacher", &["-tt"]);
        assert!(said(&named).contains("Permission denied"), "{}", said(&named));
        teacher.press("qq");
        let (_, text) = teacher.assert_given_back();
        assert!(text.contains("the class is over"), "{text}");
        let (status, _) = lesson.into_lesson().teacher.assert_given_back();
        assert!(status.success());
    }
}

#[test]
#[ignore = "needs ssh"]
fn wrong_passwords_are_delayed_and_right_one_is_accepted() {
    let lesson = SshLesson::begin(&["--log", "LOG", "--teacher-keys", "TEACHERS"]);
    let password = lesson.password();
    // the same address as that of the class
    let once = ["-o", "NumberOfPasswordPrompts=1", "-o", "PreferredAuthentications=keyboard-interactive"];
    let mut guessers: Vec<_> = (0..40).map(|_| lesson.ssh.join("mallory", (24, 80), &once, &[])).collect();
    for guesser in &mut guessers {
        guesser.wait_for("password:");
        guesser.press("guess\r");
    }
    for guesser in &mut guessers {
        guesser.wait_for("Permission denied");
        guesser.child.wait().unwrap();
    }
    let mut anna = lesson.ssh.join("anna", (24, 80), &once, &[]);
    anna.wait_for("password:");
    anna.press(&format!("{password}\r"));
    anna.wait_for("q quit");
    let teacher = lesson.ssh.join_with("teacher", "teacher", (40, 120));
    teacher.wait_for("class of 1");
    let log = fs::read_to_string(lesson.at("log")).unwrap();
    assert!(log.contains(",refused,mallory,,127.0.0.1:") && log.contains("slowed by"), "{log}");
    assert!(log.contains(",a wrong password,keyboard-interactive,"), "{log}");
    assert!(!log.contains("guess") && !log.contains(&password), "{log}");
    lesson.end();
    anna.assert_given_back();
    teacher.assert_given_back();
}

#[test]
#[ignore = "needs ssh"]
fn keys_of_all_kinds_log_in_and_many_offers_leave_password() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let kinds =
        [["rsa", "2048"], ["rsa", "4096"], ["ecdsa", "256"], ["ecdsa", "384"], ["ecdsa", "521"], ["ed25519", "256"]];
    let mut lines = String::new();
    for kind in kinds {
        let key = at(&kind.concat());
        let made = Command::new("ssh-keygen").args(["-q", "-N", "", "-t", kind[0], "-b", kind[1], "-f", &key]).status();
        assert!(made.unwrap().success());
        lines += &fs::read_to_string(format!("{key}.pub")).unwrap();
    }
    fs::write(at("all.pub"), &lines).unwrap();
    let lesson = SshLesson::begin(&["--log", "LOG", "--teacher-keys", &at("all.pub")]);
    assert!(lesson.teacher.text().contains("one of 6 keys"), "{}", lesson.teacher.text());
    for kind in kinds {
        let key = format!("IdentityFile={}", at(&kind.concat()));
        let mut teacher = lesson.ssh.join(&kind.concat(), (24, 120), &["-o", &key, "-o", "BatchMode=yes"], &[]);
        teacher.wait_for("class of ");
        teacher.child.kill().unwrap();
        teacher.child.wait().unwrap();
    }
    // nothing signs with SHA-1
    let rsa = format!("IdentityFile={}", at("rsa2048"));
    let old = ["-o", "PubkeyAcceptedAlgorithms=ssh-rsa", "-o", &rsa, "-o", "BatchMode=yes", "-tt"];
    let rejected = lesson.ssh.ask("stranger", &old, &[]);
    assert!(said(&rejected).contains("Permission denied"), "{}", said(&rejected));
    // nine unknown keys
    let unknown: Vec<_> = (0..9).map(|number| at(&format!("unknown{number}"))).collect();
    for key in &unknown {
        make_key(key);
    }
    let options: Vec<_> = unknown.iter().map(|key| format!("IdentityFile={key}")).collect();
    let options: Vec<_> = options.iter().flat_map(|option| ["-o", option.as_str()]).collect();
    let mut anna = lesson.ssh.join("anna", (24, 80), &options, &[]);
    anna.wait_for("password:");
    anna.press(&format!("{}\r", lesson.password()));
    anna.wait_for("q quit");
    let log = fs::read_to_string(lesson.at("log")).unwrap();
    let row = |event: &str| log.lines().find(|line| line.contains(event)).unwrap_or_default().to_owned();
    assert!(row(",came,rsa2048,teacher,").contains(",publickey,SHA256:"), "{log}");
    assert!(row(",refused,anna,").contains("an unknown key"), "{log}");
    assert!(row(",came,anna,student,").ends_with(",keyboard-interactive,"), "{log}");
    lesson.end();
    anna.assert_given_back();
}

#[test]
#[ignore = "needs ssh"]
fn notice_is_shown_before_log_in() {
    let folder = tempfile::tempdir().unwrap();
    let notice = folder.path().join("notice");
    fs::write(&notice, "For members of the course only. \u{1b}[31m仅限学生\n").unwrap();
    let lesson = SshLesson::begin(&["--notice", notice.to_str().unwrap()]);
    let anna = lesson.ssh.join("anna", (24, 100), &["-o", "LogLevel=INFO"], &[]);
    anna.wait_for("password:");
    assert!(anna.text().contains("For members of the course only."), "{}", anna.text());
    lesson.end();
}

#[test]
#[ignore = "needs ssh"]
fn file_transfer_and_unreadable_host_key_are_rejected() {
    let lesson = SshLesson::begin(&["--open"]);
    for program in ["scp", "sftp"] {
        let port = ["-P", lesson.ssh.port.as_str()];
        let mut copy = command(program);
        copy.args(lesson.ssh.settings("student")).args(port);
        copy.args(["anna@127.0.0.1:/etc/hostname", lesson.at("copied").to_str().unwrap()]);
        let output = copy.output().unwrap();
        assert!(!output.status.success(), "{program}: {}", said(&output));
    }
    assert!(!lesson.at("copied").exists());
    lesson.end();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().to_str().unwrap(); // a folder cannot be read as a file, not even by root
    let serve = ["serve", TOY, "--listen", "127.0.0.1:0", "--host-key", key];
    Session::start(24, 120, PROGRAM, &serve, &[]).wait_for(&format!("--host-key {key}: "));
}
