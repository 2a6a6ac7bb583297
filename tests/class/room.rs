//! A class full of students who type slowly, resize their windows, leave and return, and one attacker, for `ROOM_MINUTES` minutes.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::under_load::{memory, raise_file_limit};
use crate::support::pty::{Session, size};
use crate::support::ssh::{SshClients, SshLesson, said};
use crate::support::wait_until;

const STUDENTS: usize = 64;
/// The maximum growth of the teacher's process after the first round, in MiB. A leaked screen per session is ten times as much.
const GROWTH: f64 = 20.0;
const SEED: u64 = 25;

/// Counts of events of all students and of the attacker.
#[derive(Default)]
struct Counts {
    visits: AtomicUsize,
    words: AtomicUsize,
    refusals: AtomicUsize,
    attacks: AtomicUsize,
}

/// A student in front of a terminal.
struct Student<'a> {
    name: String,
    ssh: &'a SshClients,
    password: &'a str,
    random: ChaCha8Rng,
    counts: &'a Counts,
}

impl Student<'_> {
    /// Sleeps for a random time of at most `max`.
    fn pause(&mut self, max: Duration) {
        thread::sleep(self.random.gen_range(Duration::ZERO..max));
    }

    /// A random window size, as rows and columns.
    fn window(&mut self) -> (u16, u16) {
        *[(24, 80), (12, 40), (40, 120), (60, 200), (100, 300)].choose(&mut self.random).unwrap()
    }

    /// Logs in as slowly as people do, acts at random until `until`, and leaves.
    fn visit(&mut self, until: Instant) {
        let window = self.window();
        let mut at = self.ssh.join(&self.name, window, &["-o", "PubkeyAuthentication=no"], &[]);
        at.wait_for("password:");
        self.pause(Duration::from_secs(25));
        for sign in self.password.chars() {
            at.press(&sign.to_string());
            self.pause(Duration::from_millis(300));
        }
        at.press("\r");
        at.wait_until("the dashboard", |screen| screen.alternate_screen() && screen.contents().contains("step"));
        self.counts.visits.fetch_add(1, Relaxed);
        while Instant::now() < until {
            self.act_at_random(&mut at);
        }
        at.press("\u{1b}");
        self.leave(at);
    }

    fn act_at_random(&mut self, at: &mut Session) {
        match self.random.gen_range(0..10) {
            0..=4 => {
                at.press("i");
                for sign in "我 讨厌 我 爱 我 喜欢".chars() {
                    at.press(&sign.to_string());
                    self.pause(Duration::from_millis(200)); // ten keys a second
                    self.counts.words.fetch_add(usize::from(sign == ' '), Relaxed);
                }
                at.press("\r\u{1b}");
            }
            5 | 6 => {
                let (rows, columns) = self.window();
                // the reader of the screen has its new size first
                at.screen.lock().unwrap().screen_mut().set_size(rows, columns);
                at.master.resize(size(rows, columns)).unwrap();
            }
            7 => at.press(self.random.gen_range('1'..='9').to_string().as_str()),
            8 => {
                // keys of the teacher change nothing
                at.press(["s", "r", "+", "F", "Q", "B"].choose(&mut self.random).unwrap());
                self.counts.refusals.fetch_add(1, Relaxed);
            }
            _ => at.press("H"),
        }
        self.pause(Duration::from_secs(3));
    }

    /// Leaves, with as many presses of `q` as it takes.
    fn leave(&mut self, mut at: Session) {
        wait_until(&format!("{} leaves", self.name), || {
            at.press("q");
            thread::sleep(Duration::from_millis(300));
            at.child.try_wait().unwrap().is_some()
        });
        let (status, text) = at.assert_given_back();
        assert!(status.success() && text.contains("you have left the class"), "{}: {text}", self.name);
    }
}

/// An attacker without the password at the same address, until the class is empty.
struct Attacker<'a> {
    ssh: &'a SshClients,
    socket: PathBuf,
    random: ChaCha8Rng,
    counts: &'a Counts,
}

impl Attacker<'_> {
    fn connect(&self) -> Option<TcpStream> {
        let stream = TcpStream::connect(format!("127.0.0.1:{}", self.ssh.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
        Some(stream)
    }

    fn attack(mut self, is_over: &AtomicBool) {
        let mut held = Vec::new();
        while !is_over.load(Relaxed) {
            match self.random.gen_range(0..7) {
                0 => held.extend((0..20).filter_map(|_| self.connect())), // silent connections
                1 => held.extend((0..10).filter_map(|_| self.connect()).map(|mut stream| {
                    let _ = stream.write_all(b"SSH-2.0-name-only\r\n");
                    stream
                })),
                2 => {
                    for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"SSH-2.0-x\r\n\0\0\0\x05garbage", &[0xff; 10_000]]
                    {
                        let _ = self.connect().map(|mut stream| stream.write_all(nonsense));
                    }
                }
                3 => self.costly_key_exchanges(),
                4 => {
                    for name in ["teacher", "mallory"] {
                        assert_refused(&self.ssh.ask_as("stranger", name, &["-tt"]));
                    }
                    for request in [&["-W", "127.0.0.1:22"][..], &["-s", "-T"], &["-N"]] {
                        assert_refused(&self.ssh.ask("stranger", request, &["sftp"]));
                    }
                }
                5 => self.guess_passwords(),
                _ => {
                    // many connections to the local socket
                    let knock = || UnixStream::connect(&self.socket).ok();
                    let knocks: Vec<_> = (0..100).filter_map(|_| knock()).collect();
                    drop(knocks);
                }
            }
            if held.len() > 150 {
                held.drain(..100);
            }
            self.counts.attacks.fetch_add(1, Relaxed);
        }
    }

    /// Requests the most expensive key exchanges, ten at once.
    fn costly_key_exchanges(&self) {
        let mut clients: Vec<_> = (0..10)
            .map(|_| {
                let mut client = Command::new("ssh");
                client.args(self.ssh.options("stranger")).args(["-o", "BatchMode=yes"]);
                client.args(["-o", "KexAlgorithms=+diffie-hellman-group18-sha512,diffie-hellman-group16-sha512"]);
                client.arg("eve@127.0.0.1").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                client.spawn().unwrap()
            })
            .collect();
        for client in &mut clients {
            assert!(!client.wait().unwrap().success());
        }
    }

    fn guess_passwords(&self) {
        let mut at = self.ssh.join("mallory", (24, 80), &["-o", "PubkeyAuthentication=no"], &[]);
        let has_ended = |at: &mut Session| at.child.try_wait().unwrap().is_some();
        // three by each of two methods
        for guess in 1..=6 {
            // it may have been dropped before
            wait_until("a question or the end", || {
                at.text().matches("password:").count() >= guess || has_ended(&mut at)
            });
            if has_ended(&mut at) {
                return;
            }
            at.press("password\r");
        }
        wait_until("the end", || has_ended(&mut at));
        assert!(!at.child.wait().unwrap().success());
    }
}

fn assert_refused(output: &Output) {
    assert!(!output.status.success(), "{}", said(output));
}

/// All students join, stay for about `stay`, and leave; returns after the last one.
fn fill_and_empty(lesson: &SshLesson, password: &str, counts: &Counts, round: u64, stay: Duration) {
    let until = Instant::now() + stay;
    thread::scope(|scope| {
        for number in 0..STUDENTS {
            let random = ChaCha8Rng::seed_from_u64(SEED ^ (round << 32) ^ number as u64);
            let mut student = Student { name: format!("s{number}"), ssh: &lesson.ssh, password, random, counts };
            thread::Builder::new()
                .name(student.name.clone())
                .spawn_scoped(scope, move || student.visit(until))
                .unwrap();
        }
    });
}

#[test]
#[ignore = "minutes"]
fn full_room_under_attack_loses_no_student_and_releases_memory() {
    raise_file_limit();
    let minutes = std::env::var("ROOM_MINUTES").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(3);
    let options = ["--log", "LOG", "--teacher-keys", "TEACHERS", "--set", "dashboard.pace=0", "--steps", "1000000000"];
    let mut lesson = SshLesson::begin(&options);
    let password = lesson.password();
    let counts = Counts::default();
    lesson.teacher.press("f ");
    // after each round the class is empty, and the attack has ended
    let round = |number: u64, stay: u64| {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let attacker = Attacker {
                ssh: &lesson.ssh,
                socket: lesson.socket.clone(),
                random: ChaCha8Rng::seed_from_u64(SEED ^ number),
                counts: &counts,
            };
            let attack = scope.spawn(|| attacker.attack(&is_over));
            fill_and_empty(&lesson, &password, &counts, number, Duration::from_secs(stay));
            is_over.store(true, Relaxed);
            attack.join().unwrap();
        });
    };
    round(0, 30);
    lesson.teacher.wait_for("class of 0");
    let (after_the_first, end) = (memory(&lesson.teacher), Instant::now() + Duration::from_mins(minutes));
    let mut number = 1;
    while Instant::now() < end {
        round(number, 40);
        println!("round {number}: {:.1} MiB after {after_the_first:.1} MiB", memory(&lesson.teacher));
        number += 1;
    }
    // connections before log-in are closed one after the other
    wait_until("memory as after the first round", || memory(&lesson.teacher) - after_the_first <= GROWTH);
    let growth = memory(&lesson.teacher) - after_the_first;
    let Counts { visits, words, refusals, attacks } = counts;
    let visits = visits.into_inner();
    println!(
        "{visits} visits, {words:?} words, {refusals:?} keys of the teacher, {attacks:?} attacks, {growth:.1} MiB more"
    );
    let log = fs::read_to_string(lesson.at("log")).unwrap();
    let rows: Vec<Vec<&str>> = log.lines().map(|line| line.split(',').collect()).collect();
    let count = |event: &str, detail: &str| {
        rows.iter().filter(|row| row[1] == event && row[2].starts_with('s') && row[5].starts_with(detail)).count()
    };
    assert_eq!(count("came", ""), visits, "every visit is logged");
    assert_eq!(count("left", "left"), visits, "no session was lost: {log}");
    assert!(rows.iter().all(|row| row[1] == "refused" || row[2] != "mallory"), "the attacker was not admitted: {log}");
    assert!(!log.contains(&password), "{log}");
    // training was not interrupted
    assert!(lesson.teacher.text().contains("TRAINING"), "{}", lesson.teacher.text());
    lesson.end();
}
