//! A class with many clients at once, of which some send or accept nothing.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::pty::Session;
use crate::support::ssh::SshLesson;
use crate::support::{LONGEST_WAIT, wait_until};

/// Raises the limit on open files of this process as far as the system allows.
pub fn raise_file_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

/// Memory of the teacher's process, in MiB.
pub fn memory(teacher: &Session) -> f64 {
    let process = teacher.child.process_id().unwrap();
    let pages = fs::read_to_string(format!("/proc/{process}/statm")).unwrap();
    let resident: f64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    resident * rustix::param::page_size() as f64 / f64::from(1 << 20)
}

#[test]
#[ignore = "needs ssh"]
fn silent_or_invalid_ssh_clients_block_no_other() {
    raise_file_limit();
    let mut lesson = SshLesson::begin(&["--authorized-keys", "KEYS"]);
    let connect = || TcpStream::connect(format!("127.0.0.1:{}", lesson.ssh.port)).unwrap();
    let mut silent: Vec<_> = (0..1000).map(|_| connect()).collect();
    for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"SSH-2.0-x\r\n\0\0\0\x05garbage", &[0xff; 5000]] {
        let mut stream = connect();
        let _ = stream.write_all(nonsense);
        silent.push(stream);
    }
    let mut anna = lesson.ssh.join("anna", (24, 80), &[], &[]);
    anna.wait_for("q quit");
    lesson.teacher.press("s");
    anna.wait_for("step 1/5000");
    // the oldest connections have been closed
    silent[0].set_read_timeout(Some(LONGEST_WAIT)).unwrap();
    let mut received = Vec::new();
    silent[0].read_to_end(&mut received).unwrap();
    drop(silent);
    anna.press("qq");
    anna.assert_given_back();
    lesson.end();
}

#[test]
#[ignore = "needs ssh"]
fn silent_ssh_clients_at_file_limit_block_no_other() {
    let lesson = SshLesson::begin_in(tempfile::tempdir().unwrap(), "ulimit -n 60; exec \"$@\"", &["--open"]);
    let many: Vec<_> =
        (0..200).filter_map(|_| TcpStream::connect(format!("127.0.0.1:{}", lesson.ssh.port)).ok()).collect();
    assert!(many.len() > 100);
    let anna = lesson.ssh.join("anna", (24, 80), &[], &[]);
    anna.wait_for("q quit");
    drop(many);
    lesson.end();
    anna.assert_given_back();
}

#[test]
#[ignore = "needs ssh"]
fn many_ssh_students_at_full_speed_take_bounded_bytes_and_memory() {
    raise_file_limit();
    let steps = ["--set", "dashboard.pace=0", "--steps", "300000"];
    let mut lesson = SshLesson::begin(&[&["--authorized-keys", "KEYS"], &steps[..]].concat());
    let before = memory(&lesson.teacher);
    let students: Vec<_> = (0..64).map(|number| lesson.ssh.join(&format!("s{number}"), (24, 80), &[], &[])).collect();
    for student in &students {
        student.wait_for("q quit");
    }
    lesson.teacher.wait_for("class of 64");
    let count = |student: &Session| {
        let written = student.written.lock().unwrap();
        (written.len(), written.windows(8).filter(|bytes| *bytes == b"\x1b[?2026h").count())
    };
    let first: Vec<_> = students.iter().map(count).collect();
    lesson.teacher.press("f ");
    for student in &students {
        student.wait_for("FINISHED");
    }
    // the number of frames per second is limited by the clock (`dashboard.rs`)
    for ((bytes_before, frames_before), (bytes, frames)) in first.into_iter().zip(students.iter().map(count)) {
        let each = (bytes - bytes_before) as f64 / (frames - frames_before) as f64;
        assert!(each <= 800.0, "{each} bytes per frame");
    }
    let each = (memory(&lesson.teacher) - before) / 64.0;
    assert!(each <= 2.0, "{each} MiB per student");
    lesson.end();
    for student in students {
        student.assert_given_back();
    }
}

#[test]
#[ignore = "needs ssh"]
fn stopped_ssh_clients_take_no_memory_and_delay_no_other() {
    let steps = ["--set", "dashboard.pace=0", "--steps", "1000000000"];
    let mut lesson = SshLesson::begin(&[&["--authorized-keys", "KEYS"], &steps[..]].concat());
    let stopped: Vec<_> = (0..10).map(|number| lesson.ssh.join(&format!("s{number}"), (60, 200), &[], &[])).collect();
    for student in &stopped {
        student.wait_for("q quit");
    }
    // a connection without a session is closed, too
    let mut idle = lesson.ssh.join("idle", (24, 80), &["-N"], &[]);
    lesson.teacher.press("f ");
    for student in &stopped {
        student.signal("STOP");
    }
    let mut anna = lesson.ssh.join("anna", (24, 80), &[], &[]);
    anna.wait_for("q quit");
    let before = memory(&lesson.teacher);
    anna.press("i我 爱\r");
    anna.wait_for("我 爱 → which word comes next?");
    // the door closes them by itself, one after the other
    lesson.teacher.wait_for("class of 1 ");
    wait_until("the end of a connection without a session", || idle.child.try_wait().unwrap().is_some());
    let grown = memory(&lesson.teacher) - before;
    assert!(grown < 10.0, "{grown} MiB for ten stopped clients");
    anna.press("\u{1b}");
    anna.wait_for("q quit");
    anna.press("5");
    lesson.teacher.wait_for("state space");
    lesson.end();
    anna.assert_given_back();
    for mut student in stopped {
        student.child.kill().unwrap(); // its unread output is lost, so its terminal is not restored
    }
}
