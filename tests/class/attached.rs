//! A class: a teacher at `rnn-tui serve`, students at `rnn-tui attach`, each in a real terminal.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use rnn_tui::class::visitor::TerminalKind;
use rnn_tui::class::{Access, Archive, Class, IncomingEvents, SessionEnd, Visitor};
use rnn_tui::dashboard::terminal::events::Event;
use rnn_tui::session::{Mode, Pace, PreparedRun, SharedRuns, Trainer};

use crate::support::lesson::Lesson;
use crate::support::pty::Session;
use crate::support::{CHINESE, DUEL, FakeLearner, PROGRAM, TOY, wait_until};

#[test]
fn student_prompts_are_independent_and_listed_for_teacher() {
    let mut lesson = Lesson::begin(TOY, &["--paused"]);
    let mut anna = lesson.attach("安娜", (24, 80), CHINESE);
    anna.wait_for("课堂 1 人");
    let mut ben = lesson.student("Ben\u{1b}[31m");
    lesson.teacher.press("s");
    anna.wait_for("步 1/5000");
    ben.wait_for("step 1/5000");

    anna.press("i我 讨厌\r");
    anna.wait_for("我 讨厌 → 下一个词是什么？");
    anna.press("\u{1b}");
    anna.wait_for("q 退出"); // Escape and a key that come at once are Alt and the key
    ben.press("5");
    ben.wait_for("state space");
    assert!(ben.text().contains("我 喜欢 → which word comes next?"), "{}", ben.text());

    lesson.teacher.press("Cz");
    lesson.teacher.wait_until("who is there", |screen| {
        let text = screen.contents();
        let has = |name: &str, parts: &[&str]| {
            text.lines().any(|line| line.contains(name) && parts.iter().all(|part| line.contains(part)))
        };
        has("安娜", &["prompt", "我 讨厌"]) && has("Ben[31m", &["state space", "我 喜欢"])
    });
    anna.press("H");
    lesson.teacher.wait_for("1 hand up");
    anna.wait_for("已举手");
    lesson.teacher.press("B");
    lesson.teacher.wait_until("no hand", |screen| !screen.contents().contains("hand up"));

    // a client that leaves restores its terminal
    ben.leave_class();
    let (status, text) = ben.assert_given_back();
    assert!(status.success() && text.contains("you have left the class"), "{text}");
    lesson.teacher.wait_for("class of 1");
    lesson.end();
    let (status, text) = anna.assert_given_back();
    assert!(status.success() && text.contains("课堂已结束"), "{text}");
}

#[test]
fn training_keys_of_student_are_rejected() {
    let mut lesson = Lesson::begin(TOY, &["--paused"]);
    let mut student = lesson.attach("anna", (60, 100), &[]);
    student.wait_for("q quit");
    for key in [" ", "s", "r", "R", "m", "w", "<", "u", "f", "+", "x", "\u{1a}"] {
        student.press(key);
        student.wait_for("that is up to the teacher");
        student.press("\u{1b}");
        student.wait_for("q quit");
    }
    assert!(student.text().contains("step 0/5000") && lesson.teacher.text().contains("step 0/5000"));
    student.press("?");
    student.wait_for("raise the hand");
    for training in ["take one step", "restart", "learning rate", "Ctrl-Z", "all see what"] {
        assert!(!student.text().contains(training), "{training}: {}", student.text());
    }
    student.press("\u{1b}");

    // a student's replay can be paused and changes no other view
    lesson.teacher.press("f ");
    student.wait_for("FINISHED");
    lesson.teacher.wait_for("FINISHED");
    student.press("(");
    student.wait_for("SHOWN AS AT STEP");
    assert!(!lesson.teacher.text().contains("SHOWN AS AT STEP"));
    student.press("t");
    student.wait_for("(replay");
    student.press(" ");
    student.wait_until("a replay that stands still", |screen| !screen.contents().contains("(replay"));
    lesson.teacher.press("RR");
    student.wait_until("the present of a new attempt", |screen| !screen.contents().contains("SHOWN AS AT STEP"));
    lesson.end();
}

#[test]
fn students_follow_teacher_until_released() {
    let mut lesson = Lesson::begin(DUEL, &[]);
    lesson.teacher.wait_for("step 1");
    let mut anna = lesson.attach("anna", (30, 100), CHINESE);
    let ben = lesson.student("ben");
    anna.wait_for("课堂 2 人");
    lesson.teacher.press("3zdF");
    anna.wait_for("第 2/4 个运行");
    anna.wait_for("全班跟随教师");
    ben.wait_for("run 2 of 4");
    ben.wait_until("gradient flow on the whole screen", |screen| {
        screen.contents().contains("‖∂loss/∂h‖") && !screen.contents().contains("loss in nats")
    });
    anna.press("1");
    anna.wait_for("全班正在跟随教师，直到教师放开");
    // a moment and a question, also for later arrivals
    lesson.teacher.press(" (");
    lesson.teacher.wait_for("SHOWN AS AT STEP");
    ben.wait_for("SHOWN AS AT STEP");
    let late = lesson.attach("late", (24, 80), &[]);
    late.wait_for("SHOWN AS AT STEP");
    late.wait_for("run 2 of 4");
    lesson.teacher.press("e");
    ben.wait_until("the present", |screen| !screen.contents().contains("SHOWN AS AT"));
    lesson.teacher.press("F");
    anna.wait_until("released", |screen| !screen.contents().contains("全班跟随教师"));
    anna.press("1");
    anna.wait_for("损失（奈特）");
    lesson.end();
    for student in [anna, ben, late] {
        student.assert_given_back();
    }
}

#[test]
fn poll_closed_shows_votes_beside_model() {
    let mut lesson = Lesson::begin(TOY, &["--paused"]);
    let mut anna = lesson.attach("anna", (24, 80), CHINESE);
    let mut ben = lesson.student("ben");
    lesson.teacher.wait_for("class of 2");
    lesson.teacher.press("P");
    lesson.teacher.wait_for("0 of 2 have guessed; P: show the guesses");
    ben.wait_for("press the letter of a word");
    anna.wait_for("全班猜词");
    assert!(!ben.text().contains('%'), "the model's answer is hidden: {}", ben.text());
    // the letter before a word selects it
    let letter = |screen: &str, word: &str| {
        let line = screen.lines().find(|line| line.contains(word) && line.contains("  ")).unwrap_or(screen);
        let before = line.split(word).next().unwrap_or_default();
        before.trim_end().chars().next_back().unwrap().to_string()
    };
    ben.press(&letter(&ben.text(), "玩具"));
    lesson.teacher.wait_for("1 of 2 have guessed");
    anna.press("a");
    lesson.teacher.wait_for("2 of 2 have guessed");
    anna.press(&letter(&anna.text(), "玩具"));
    anna.wait_until("another guess", |screen| {
        screen.contents().lines().any(|line| line.contains("> ") && line.contains("玩具"))
    });
    lesson.teacher.press("P");
    for (screen, class) in [(&lesson.teacher, "the class"), (&ben, "the class"), (&anna, "全班")] {
        screen.wait_for(class);
        screen.wait_until("all have guessed one word", |screen| {
            screen.contents().lines().any(|line| line.contains("玩具") && line.contains("100 %"))
        });
    }
    lesson.teacher.press("P");
    ben.wait_until("it is over", |screen| !screen.contents().contains("have guessed"));
    lesson.end();
    anna.assert_given_back();
    ben.assert_given_back();
}

#[test]
fn question_of_teacher_or_student_is_asked_to_all() {
    let mut lesson = Lesson::begin(TOY, &["--paused"]);
    let mut anna = lesson.student("anna");
    let ben = lesson.attach("ben", (24, 80), CHINESE);
    ben.wait_for("课堂 2 人");
    lesson.teacher.press("i我 爱\r\u{1b}");
    lesson.teacher.wait_for("我 爱 → which word comes next?");
    lesson.teacher.wait_for("q quit");
    lesson.teacher.press("Q");
    anna.wait_for("the teacher's question");
    anna.wait_for("我 爱 → which word comes next?");
    ben.wait_for("我 爱 → 下一个词是什么？");
    anna.press("i我 讨厌\r\u{1b}");
    lesson.teacher.press("Cz");
    lesson.teacher.wait_until("what anna asks", |screen| {
        screen.contents().lines().any(|line| line.contains("anna") && line.contains("我 讨厌"))
    });
    lesson.teacher.press("o");
    ben.wait_for("anna 的问题");
    ben.wait_for("我 讨厌 → 下一个词是什么？");
    lesson.teacher.press("\u{1b}");
    lesson.teacher.wait_for("我 讨厌 → which word comes next?");
    lesson.end();
    anna.assert_given_back();
    ben.assert_given_back();
}

#[test]
fn lost_or_stopped_client_delays_no_other() {
    let mut lesson = Lesson::begin(TOY, &["--paused"]);
    let mut gone = lesson.student("gone");
    let stopped = lesson.student("stopped");
    let mut anna = lesson.student("anna");
    lesson.teacher.wait_for("class of 3");
    stopped.signal("STOP");
    gone.child.kill().unwrap();
    lesson.teacher.wait_for("class of 2");
    lesson.teacher.press("f ");
    anna.wait_for("FINISHED");
    anna.press("i我 爱\r");
    anna.wait_for("我 爱 → which word comes next?");
    lesson.end();
    anna.assert_given_back();
    stopped.signal("CONT");
    stopped.assert_given_back();
}

#[test]
fn silent_or_invalid_clients_block_no_other() {
    let lesson = Lesson::begin(TOY, &["--members", "1"]);
    let _silent: Vec<_> = (0..50).map(|_| UnixStream::connect(&lesson.socket).unwrap()).collect();
    for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"H\0\x02{}", b"T\xff\xff", b"S\0\x04\0\0\0\0", b"H\0\x05false"] {
        let mut stream = UnixStream::connect(&lesson.socket).unwrap();
        stream.write_all(nonsense).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut result = String::new();
        let _ = stream.read_to_string(&mut result); // the connection may be closed already
        assert_eq!(result, "");
    }
    let anna = lesson.student("anna");
    let full = lesson.attach("ben", (24, 80), &[]);
    full.wait_for("the class is full: try again later");
    lesson.teacher.wait_for("class of 1");
    lesson.end();
    anna.assert_given_back();
}

#[test]
fn socket_is_private_and_in_use_is_rejected() {
    let lesson = Lesson::begin(TOY, &[]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&lesson.socket), mode(lesson.socket.parent().unwrap())), (0o600, 0o700));
    let place = lesson.socket.to_str().unwrap().to_owned();
    let other = Session::start(24, 80, PROGRAM, &["serve", TOY, "--local", "--socket", &place], &[]);
    other.wait_for("another class is there");
    lesson.end();

    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("mine");
    fs::write(&place, "a text").unwrap();
    let other = Session::start(24, 80, PROGRAM, &["serve", TOY, "--local", "--socket", place.to_str().unwrap()], &[]);
    other.wait_for("it is there and no socket");
    assert_eq!(fs::read_to_string(&place).unwrap(), "a text");
    let client = Session::start(24, 80, PROGRAM, &["attach", "--socket", place.to_str().unwrap()], &[]);
    client.wait_for("there is no class at");

    // the socket of a killed class is replaced
    let mut killed = Lesson::begin(TOY, &["--group"]);
    assert_eq!(mode(&killed.socket), 0o660);
    killed.teacher.child.kill().unwrap();
    killed.teacher.child.wait().unwrap();
    let again =
        Session::start(40, 120, PROGRAM, &["serve", TOY, "--local", "--socket", killed.socket.to_str().unwrap()], &[]);
    again.wait_for("class of 0");
}

#[test]
fn attach_at_any_size_shows_dashboard() {
    let lesson = Lesson::begin(TOY, &[]);
    let student = lesson.student("anna");
    student.screen.lock().unwrap().screen_mut().set_size(200, 400); // large enough for all sizes
    for (rows, columns) in [(1, 1), (200, 400), (12, 40), (0, 0), (60, 200)] {
        student.master.resize(crate::support::pty::size(rows, columns)).unwrap();
        thread::sleep(Duration::from_millis(20));
    }
    student.wait_for("shapes of one step");
    lesson.end();
    student.assert_given_back();
}

/// A class without a terminal, over a run of a fake learner.
fn class(max_members: usize) -> (Trainer, Arc<Class>) {
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(FakeLearner::default()), Pace::Full, Mode::Paused)).unwrap();
    let class = Class::new(SharedRuns::new([("", &trainer)]).unwrap(), max_members, Archive::default());
    (trainer, class)
}

fn visitor() -> Visitor {
    Visitor::new("anna", "", TerminalKind::default(), (80, 24))
}

/// A writer that panics.
struct Panicking;

#[allow(clippy::panic)] // to test a panic
impl Write for Panicking {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("a writer that panics")
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that fails.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::TimedOut.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn session_with_panicking_or_broken_writer_ends() {
    let (_trainer, class) = class(2);
    let (_sender, events) = IncomingEvents::new();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        class.run_session(&visitor(), &Access::Student, &events, Panicking, || {})
    }));
    assert!(result.is_err() || result.is_ok_and(|session_end| session_end == SessionEnd::Failed));
    assert!(matches!(class.run_session(&visitor(), &Access::Student, &events, Broken, || {}), SessionEnd::Lost(_)));
    assert_eq!(class.present(), 0);
}

#[test]
fn keys_before_first_frame_are_handled_and_ended_class_rejects() {
    let (_trainer, class) = class(2);
    let (sender, events) = IncomingEvents::new();
    for _ in 0..2 {
        sender.send(Event::Terminal(Input::Key(KeyEvent::from(KeyCode::Char('q'))))).unwrap();
    }
    let mut shown = Vec::new();
    assert_eq!(class.run_session(&visitor(), &Access::Student, &events, &mut shown, || {}), SessionEnd::Left);
    let text = String::from_utf8(shown).unwrap();
    assert!(text.starts_with("\u{1b}[?1049h") && text.ends_with("you have left the class\r\n"), "{text:?}");

    class.close(Duration::ZERO);
    let mut shown = Vec::new();
    assert_eq!(class.run_session(&visitor(), &Access::Student, &events, &mut shown, || {}), SessionEnd::Over);
}

/// A terminal that accepts its first bytes and then blocks until its connection is closed.
struct Stuck(mpsc::Receiver<()>);
impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.starts_with(b"\x1b[?1049h") {
            return Ok(bytes.len());
        }
        self.0.recv().unwrap();
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn close_with_stuck_client_closes_its_connection() {
    let (_trainer, class) = class(2);
    let (hang_up, is_hung_up) = mpsc::channel();
    let class_of_student = Arc::clone(&class);
    let student = thread::spawn(move || {
        let (_sender, events) = IncomingEvents::new();
        class_of_student.run_session(&visitor(), &Access::Student, &events, Stuck(is_hung_up), move || {
            hang_up.send(()).unwrap_or_default();
        })
    });
    wait_until("a member", || class.present() == 1);
    class.close(Duration::from_millis(50));
    assert!(matches!(student.join().unwrap(), SessionEnd::Lost(_)));
}

#[test]
fn attach_options_set_colours_characters_and_language() {
    let lesson = Lesson::begin(TOY, &["--paused"]);
    let socket = lesson.socket.to_str().unwrap();
    let arguments = ["attach", "--socket", socket, "--as", "anna", "--ascii", "--color", "none", "--lang", "zh"];
    let mut anna = Session::start(24, 80, PROGRAM, &arguments, &[]);
    anna.wait_for("下一个词是什么");
    anna.wait_for("+ ");
    let written = String::from_utf8_lossy(&anna.written.lock().unwrap()).into_owned();
    assert!(!written.contains(['│', '┌', '→']) && !written.contains("38;5;"), "{written}");
    anna.press("\x1b[1;5Rq");
    anna.wait_for("离开课堂？");
    anna.press("q");
    anna.assert_given_back();
    let arguments = ["attach", "--socket", socket, "--as", "bert", "--background", "light", "--color", "256"];
    let mut bert = Session::start(24, 80, PROGRAM, &arguments, &[]);
    bert.wait_for("q quit");
    bert.wait_until("keys for a light ground", |screen| {
        screen.cell(23, 0).unwrap().fgcolor() == vt100::Color::Idx(130)
    });
    assert!(!bert.wrote("\x1b]11;?"), "the terminal is not queried");
    bert.press("\x1b[1;5R");
    bert.leave_class();
    bert.assert_given_back();
    lesson.end();
}
