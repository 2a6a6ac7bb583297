//! The program in a pseudoterminal: screen contents, keys, and that the terminal is restored on every exit.

use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::MasterPty;
use rnn_tui::dashboard::screen::render;
use rnn_tui::dashboard::terminal::Screen;
use rnn_tui::dashboard::terminal::events::{Events, Hangup};
use rnn_tui::dashboard::terminal::{Questions, listen_to_keyboard};
use rnn_tui::dashboard::{self, Colours, Dashboard, HostServices, Keymap, Language, Preferences, Theme, watch};
use rnn_tui::session::{Controls, Mode, Observed, Pace, PreparedRun, Trainer};
use unicode_width::UnicodeWidthChar;

use crate::support::pty::{Session, modes, size};
use crate::support::{FakeLearner, LONGEST_WAIT, PROGRAM, TOY, viewer_of, wait_until};

const ESCAPE: &str = "\x1b";
const CTRL_C: &str = "\x03";
const CTRL_Z: &str = "\x1a";

impl Session {
    /// Starts the toy lesson at 80×24.
    fn lesson() -> Self {
        Self::start(24, 80, PROGRAM, &[TOY], &[])
    }

    /// Starts this test program again to run [`pty_child`] with this part.
    fn pty_child(part: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let arguments = ["--exact", "screen_and_keys::pty_child", "--nocapture", "--test-threads=1"];
        Self::start(24, 80, program.to_str().unwrap(), &arguments, &[(PART, part)])
    }
}

/// Sets terminal modes with `stty`.
fn set_modes(master: &dyn MasterPty, modes: &str) {
    let stty = Command::new("stty").arg("-F").arg(master.tty_name().unwrap()).arg(modes).status().unwrap();
    assert!(stty.success());
}

#[test]
fn quit_key_restores_terminal() {
    let mut session = Session::lesson();
    session.wait_for("which word comes next?");
    assert_ne!(modes(session.master.as_ref()), session.modes, "the modes are changed while the program runs");
    session.press("qq");
    let (status, _) = session.assert_given_back();
    assert_eq!(status.exit_code(), 0);
}

#[test]
fn terminal_without_size_defaults_to_80x24() {
    let unsized_terminal = "stty rows 0 cols 0; exec \"$0\" \"$@\"";
    let arguments = ["-c", unsized_terminal, PROGRAM, TOY];
    let mut session = Session::start(24, 80, "sh", &arguments, &[]);
    session.wait_for("which word comes next?");
    session.wait_for("q quit");
    session.press("qq");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);
}

/// Simulates a terminal that draws characters of ambiguous width in two columns, by replacing them with `口`.
fn wide_ambiguous_characters() -> impl FnMut(Vec<u8>) -> Vec<u8> + Send {
    let mut unfinished = Vec::new();
    move |bytes| {
        unfinished.extend(bytes);
        let whole = match std::str::from_utf8(&unfinished) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = unfinished.split_off(whole);
        let text = String::from_utf8(std::mem::replace(&mut unfinished, rest)).unwrap();
        let shown = |c: char| if c.width() == Some(1) && c.width_cjk() == Some(2) { '口' } else { c };
        text.chars().map(shown).collect::<String>().into_bytes()
    }
}

/// Whether more than 15 rows begin with a border, and each of them has one in the last column.
fn borders_are_straight(screen: &vt100::Screen) -> bool {
    let is_border = |row: u16, column: u16| {
        let cell = screen.cell(row, column).unwrap();
        matches!(cell.contents(), "|" | "+")
    };
    let bordered: Vec<u16> = (0..screen.size().0).filter(|row| is_border(*row, 0)).collect();
    bordered.len() > 15 && bordered.iter().all(|row| is_border(*row, screen.size().1 - 1))
}

#[test]
fn wide_ambiguous_characters_are_detected_and_borders_align() {
    let mut session = Session::start_in(wide_ambiguous_characters(), (24, 80), PROGRAM, &[TOY, "--lang", "zh"], &[]);
    session.wait_for("口"); // lines of two columns, as the width is not known yet
    assert!(!borders_are_straight(session.screen.lock().unwrap().screen()));
    session.press("\x1b[1;6R"); // cursor position after three letters and an arrow
    session.wait_until("straight borders", borders_are_straight);
    // 我 讨厌 口: the arrow has two columns
    session.wait_until("the arrow behind the prompt", |screen| screen.contents().contains("我 爱 口"));
    for (panel, title) in [("3z", "梯度流"), ("5", "状态空间"), ("6", "形状"), ("1", "奈特"), ("2", "隐藏状态 h")]
    {
        session.press(panel);
        session.wait_for(title);
        session.wait_until("straight borders", borders_are_straight);
    }
    session.press("\x1b[1;2R"); // an unsolicited reply
    session.press("?");
    session.wait_until("straight borders", borders_are_straight);
    session.press("qqq");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);
}

#[test]
fn ambiguous_option_skips_width_query() {
    let arguments = [TOY, "--ambiguous", "wide"];
    let mut session = Session::start_in(wide_ambiguous_characters(), (24, 80), PROGRAM, &arguments, &[]);
    session.wait_for("which word comes next?");
    session.wait_until("straight borders", borders_are_straight);
    assert!(!session.wrote("→\x1b[6n"));
    session.press("qq");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);
}

#[test]
fn light_background_is_detected_and_selects_light_theme() {
    let mut session = Session::lesson();
    session.wait_until("asked", |_| session.wrote("\x1b]11;?\x1b\\"));
    session.wait_for("which word comes next?");
    session.press("\x1b]11;rgb:fdf6/e3e3/d5d5\x1b\\\x1b[1;5R");
    // footer keys are orange on dark and brown on light backgrounds
    session.wait_until("brown keys", |screen| screen.cell(23, 0).unwrap().fgcolor() == vt100::Color::Idx(130));
    session.press("qq");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);
    for option in [&["--background", "light"][..], &["--color", "none"], &["--ascii"]] {
        let mut session = Session::start(24, 80, PROGRAM, &[&[TOY][..], option].concat(), &[]);
        session.wait_for("which word comes next?");
        assert!(!session.wrote("\x1b]11;?"), "{option:?}");
        session.press("qq");
        session.assert_given_back();
    }
}

#[test]
fn late_terminal_reply_is_not_a_key_and_does_not_reach_shell() {
    // in two parts, with a delay between them
    let mut session = Session::lesson();
    session.wait_for("which word comes next?");
    session.press("\x1b[1;");
    thread::sleep(Duration::from_millis(300));
    session.press("5R");
    session.press("?");
    session.wait_for("pause or resume training");
    assert!(!session.text().contains("again R: yes"));
    session.press("qqq");
    session.assert_given_back();
    // after quitting, the program reads the reply before the shell gets the terminal
    let script = format!("{PROGRAM} {TOY} --paused; read -t 1 -n 20 rest; echo \"rest: ${{#rest}}\"");
    let mut session = Session::start(24, 80, "bash", &["-c", &script], &[]);
    session.wait_for("which word comes next?");
    session.press("q");
    thread::sleep(Duration::from_millis(200));
    session.press("\x1b[1;5R");
    session.wait_for("rest: 0");
}

#[test]
fn escape_and_key_in_one_read_are_two_keys() {
    let mut session = Session::lesson();
    session.wait_for("which word comes next?");
    session.press("i我 爱");
    session.wait_for("> 我 爱");
    session.press("\x1b2");
    session.wait_until("the panel of states", |screen| screen.contents().contains("hidden state h"));
    session.press("]");
    session.wait_for("cell state c");
    session.press("qq");
    session.assert_given_back();
}

#[test]
fn non_utf8_locale_uses_ascii_and_warns() {
    for locale in ["C", "POSIX", "de_DE.ISO-8859-1"] {
        let mut session = Session::start(24, 80, PROGRAM, &["toy-en"], &[("LC_ALL", locale)]);
        session.wait_for("(LC_ALL=C.UTF-8 changes that)");
        assert!(session.written.lock().unwrap().is_ascii(), "{locale}");
        session.press("qq");
        session.assert_given_back();
    }
    // the locale says UTF-8, but the terminal shows bytes: three characters of two bytes take six columns
    let mut session = Session::start(24, 80, PROGRAM, &["toy-en"], &[]);
    session.wait_for("which word comes next?");
    session.press("\x1b[1;8R");
    session.wait_for("the terminal does not read UTF-8");
    session.wait_for("+ loss in nats");
    session.press("qq");
    session.assert_given_back();
}

#[test]
fn no_alternate_screen_shell_continues_below_dashboard() {
    let without = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.replace("\x1b[?1049h", "").replace("\x1b[?1049l", "").into_bytes()
    };
    let script = format!("seq -s' ' 900; {PROGRAM} {TOY} --paused; echo 'the next line'");
    let mut session = Session::start_in(without, (24, 80), "bash", &["-c", &script], &[]);
    session.wait_for("which word comes next?");
    let is_alone = session.text().contains("│no step taken yet                     ││");
    assert!(is_alone, "no shell output is left between the panels:\n{}", session.text());
    session.press("\x1b[1;5Ri我"); // the cursor is in the middle of the screen
    session.wait_for("> 我");
    session.press(CTRL_C);
    session.wait_for("the next line");
    let rows: Vec<String> = session.screen.lock().unwrap().screen().rows(0, 80).collect();
    let row = |text: &str| rows.iter().position(|row| row.contains(text)).unwrap();
    assert!(row("the next line") > row("which word comes next?") + 5, "{rows:#?}");
    assert_eq!(rows[row("the next line")].trim_end(), "the next line");
}

#[test]
fn exit_prints_result_and_resume_command() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("my run");
    let mut session = Session::start(24, 80, PROGRAM, &[TOY, "--steps", "50", "--run", run.to_str().unwrap()], &[]);
    session.wait_for("FINISHED");
    session.press("q");
    let (status, text) = session.assert_given_back();
    assert_eq!(status.exit_code(), 0);
    let text = text.replace('\n', "");
    assert!(text.contains("step 50 of 50, loss ") && text.contains("/my run' --steps N` goes on"), "{text}");
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.wait_until("a step", |screen| !screen.contents().contains("step 0/"));
    session.press(CTRL_C);
    session.press(CTRL_C);
    let (status, text) = session.assert_given_back();
    assert_eq!(status.exit_code(), 130, "the exit code tells scripts of the interruption");
    assert!(text.contains("not saved: `--run DIR` saves a run"), "{text}");
}

#[test]
fn plain_output_lines_do_not_mix_with_progress_bar() {
    for through in ["| cat", ""] {
        let script = format!("{PROGRAM} {TOY} --plain --steps 6000 {through}; echo the end");
        let session = Session::start(40, 80, "bash", &["-c", &script], &[]);
        session.wait_for("the end");
        let rows: Vec<String> = session.screen.lock().unwrap().screen().rows(0, 80).collect();
        let lines: Vec<_> = rows.iter().filter(|row| row.contains("step ")).collect();
        assert_eq!(lines.len(), 6, "{rows:#?}");
        assert!(lines.iter().all(|line| line.starts_with("step ")), "{rows:#?}");
        assert!(!rows.iter().any(|row| row.contains('█') || row.contains(" left")), "no bar stays: {rows:#?}");
    }
}

#[test]
fn small_screen_shows_quit_key_and_confirmation() {
    let mut session = Session::start(8, 60, PROGRAM, &[TOY], &[]);
    session.wait_for("too small: 60×8, 40×12 needed; q quits");
    session.press("q");
    session.wait_for("again q: yes");
    session.press("q");
    session.assert_given_back();
}

#[test]
fn full_width_characters_act_as_keys() {
    let mut session = Session::lesson();
    session.wait_for("which word comes next?");
    session.press("？");
    session.wait_for("pause or resume training");
    session.press("ｑ");
    session.wait_until("no help", |screen| !screen.contents().contains("pause or resume training"));
    session.press("qq");
    assert_eq!(session.assert_given_back().0.exit_code(), 0);
}

#[test]
fn late_replies_and_unterminated_paste_keep_keyboard_working() {
    let mut session = Session::lesson();
    session.wait_for("which word comes next?");
    // read as keys, a color reply would press x and f
    let answers = "\x1b[?2026;2$y\x1b[?997;1n\x1b[?1;1R\x1b]11;rgb:ffff/xfxf/0000\x1b\\\x1bP>|xterm(390)\x1b\\";
    session.press(&format!("{answers}?"));
    session.wait_for("pause or resume training");
    assert!(!session.text().contains("export"), "{}", session.text());
    session.press("q");
    session.press("i\x1b[200~我 爱");
    session.wait_for("> 我 爱");
    session.press("\r");
    session.wait_for("我 爱 → which word");
    session.press("\x1b[<");
    // after a pause the bytes no longer form a sequence
    wait_until("the end", || {
        session.press(CTRL_C);
        session.child.try_wait().unwrap().is_some()
    });
    assert_eq!(session.assert_given_back().0.exit_code(), 130);
}

#[test]
fn ctrl_c_in_prompt_exits() {
    let mut session = Session::lesson();
    session.wait_for("which word comes next?");
    session.press("i我");
    session.wait_for("> 我");
    session.press(CTRL_C);
    let (status, _) = session.assert_given_back();
    assert_eq!(status.exit_code(), 130);
}

#[test]
fn signals_restore_terminal_and_exit() {
    for (name, number) in [("TERM", 15), ("HUP", 1), ("INT", 2), ("QUIT", 3), ("USR1", 10), ("XCPU", 24), ("SYS", 31)] {
        let session = Session::lesson();
        session.wait_for("which word comes next?");
        session.signal(name);
        let (status, _) = session.assert_given_back();
        assert_eq!(status.exit_code(), 128 + number, "SIG{name}");
    }
}

#[test]
fn ctrl_z_suspends_and_fg_resumes() {
    let by_key = |session: &mut Session| session.press(CTRL_Z);
    let by_signal = |session: &mut Session| session.signal("TSTP");
    for suspend in [by_key as fn(&mut Session), by_signal] {
        let mut session = Session::lesson();
        session.wait_for("which word comes next?");
        suspend(&mut session);
        let process = session.child.process_id().unwrap().to_string();
        let state = || Command::new("ps").args(["-o", "stat=", "-p", &process]).output().unwrap().stdout;
        wait_until("the program stopped", || state().starts_with(b"T"));
        session.wait_until("the screen before", |screen| !screen.alternate_screen() && !screen.hide_cursor());
        assert_eq!(modes(session.master.as_ref()), session.modes, "the shell has its own modes");

        session.signal("CONT");
        session.wait_until("the lesson again", |screen| {
            screen.alternate_screen() && screen.contents().contains("TRAINING")
        });
        session.press("i我");
        session.wait_for("> 我");
        session.press(CTRL_C);
        session.assert_given_back();
    }
}

#[test]
fn continue_after_sigstop_redraws_everything() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press("f");
    session.wait_for("FINISHED"); // nothing else causes a redraw
    session.signal("STOP");
    session.screen.lock().unwrap().process(b"\x1b[2Jsomething else");
    set_modes(session.master.as_ref(), "sane"); // as a shell sets them
    session.signal("CONT");
    session.wait_for("FINISHED");
    assert!(!session.text().contains("something else"));
    session.press("?"); // keys arrive without line buffering
    session.wait_for("keys (");
    session.press(ESCAPE);
    session.wait_until("the help is gone", |screen| !screen.contents().contains("keys ("));
    session.press("qq");
    session.assert_given_back();
}

#[test]
fn closed_terminal_ends_process_by_sighup() {
    let mut session = Session::lesson();
    session.wait_for("which word comes next?");
    drop(session.keyboard);
    drop(session.master);
    drop(session.screen); // the reader thread ends with the next frame and drops the last handle
    let deadline = Instant::now() + LONGEST_WAIT;
    let status = loop {
        if let Some(status) = session.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it continues without a terminal");
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.exit_code(), 128 + 1, "ended by SIGHUP, without a panic");
}

#[test]
fn random_keys_and_resizes_restore_terminal() {
    use rand::seq::SliceRandom;
    use rand::{Rng, SeedableRng};

    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(4);
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    // except keys that quit (q, Ctrl-C), suspend (Ctrl-Z, Ctrl-S) or could configure thousands of units (m)
    let keys: Vec<String> = (' '..='~').filter(|c| !"qm".contains(*c)).map(String::from).collect();
    let others = [
        "\t", "\r", "\x1b", "\x7f", "\x17", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[Z", "\x1b[H", "我", "厌",
        "👍",
    ];
    for _ in 0..100 {
        let burst: String = (0..50)
            .map(|_| {
                let is_character = random.gen_bool(0.6);
                if is_character { keys.choose(&mut random).unwrap() } else { *others.choose(&mut random).unwrap() }
            })
            .collect();
        session.press(&burst);
        let (rows, columns) = (random.gen_range(1..=60), random.gen_range(1..=200));
        session.master.resize(size(rows, columns)).unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    session.press(CTRL_C);
    session.assert_given_back();
}

#[test]
fn trainer_panic_is_shown_and_terminal_restored() {
    let mut session = Session::pty_child("trainer panics");
    session.wait_for("training stopped");
    session.wait_for("before step 20: ");
    session.wait_for("this is a fault of the program");
    session.press("itwo\r");
    session.wait_for("two → which word comes next?");
    session.press(ESCAPE);
    session.wait_for("q quit");
    session.press("r");
    session.wait_for("TRAINING");
    session.press("qq");
    let (status, _) = session.assert_given_back();
    assert_eq!(status.exit_code(), 0);
}

#[test]
fn drawing_panic_restores_terminal_and_is_reported() {
    let session = Session::pty_child("drawing panics");
    let (status, text) = session.assert_given_back();
    assert_eq!(status.exit_code(), 101);
    assert!(text.contains("this frame was set to panic"), "{text}");
}

/// Environment variable that tells [`pty_child`] what to do.
const PART: &str = "RNN_TUI_TEST_PART";

/// Not a test but the child process of two tests: a dashboard whose trainer or drawing panics.
#[test]
fn pty_child() {
    let Ok(part) = std::env::var(PART) else { return };
    let panics_at = (part == "trainer panics").then_some(20);
    let learner = FakeLearner { panics_at, is_slow: true, ..FakeLearner::default() };
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(learner), Pace::Full, Mode::Running)).unwrap();
    if part == "trainer panics" {
        let preferences = Preferences {
            theme: Theme::new(Colours::None),
            language: Language::English,
            keymap: Keymap::default(),
            frames_per_second: 10,
            warning: None,
            is_waiting: false,
            questions: Questions::default(),
        };
        let export = |_: &Dashboard, _: &Observed| Err(io::Error::other("nothing is exported"));
        let (controls, mut viewer) = (Controls::new([&trainer]), viewer_of(&trainer));
        let services = HostServices { export: Arc::new(export), recording: None, class: None };
        let events = Events::from_signals(Hangup::Ends, controls.stopper()).unwrap();
        dashboard::run(&events, &controls, &mut viewer, &preferences, &[], services).unwrap();
        return;
    }
    let mut dashboard = Dashboard::new(Theme::new(Colours::Indexed), Language::English, &[]);
    let mut screen = Screen::enter(None).unwrap();
    let (sender, events) = mpsc::channel();
    listen_to_keyboard(move |event| sender.send(event).is_ok(), Questions::default()).unwrap();
    let mut frames = 0;
    let draw = |dashboard: &Dashboard, observed: &Observed| -> io::Result<Duration> {
        frames += 1;
        screen.draw(|frame| {
            render(frame, dashboard, observed);
            assert!(frames < 3, "this frame was set to panic");
        })
    };
    watch(&mut viewer_of(&trainer), &events, &mut dashboard, &mut (&Controls::new([&trainer]), draw));
}

#[test]
fn chinese_prompt_is_answered_during_and_after_training() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press("i我 讨厌\r");
    session.wait_for("我 讨厌 → which word comes next?");
    session.wait_for("TRAINING");
    session.press(ESCAPE);
    session.wait_for("q quit");
    session.press("f");
    session.wait_for("FINISHED  step 5000/5000");
    // the most probable word comes first
    session.wait_until("挨打 with the first bar", |screen| {
        let lines: Vec<String> = screen.rows(0, 80).collect();
        let first = lines.iter().skip_while(|line| !line.contains("which word comes next?")).nth(2).unwrap();
        first.contains("挨打") && first.contains('█') && first.contains(" %")
    });
    session.press("/我 爱\r");
    session.wait_for("我 爱 → which word comes next?");
    session.press(CTRL_C);
    session.assert_given_back();
}

#[test]
fn panel_keys_open_panels_in_both_languages() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    for (key, seen) in [
        ("1", "loss in nats, by step"),
        ("2]]]", "forget gate f"),
        ("3", "‖∂loss/∂h‖"),
        ("4", "pinned: 3 of 3 right"),
        ("5", "state space h₁, h₂"),
        ("6", "shapes of one step"),
        ("z", "hidden states before the first step"),
        ("L", "第一步之前的隐藏状态"),
        ("1", "损失（奈特），按步"),
        ("2", "遗忘门 f"),
        ("3", "梯度流"),
        ("4", "固定提示：3 个中对 3 个"),
        ("5", "状态空间 h₁、h₂"),
        ("7", "该模型没有注意力"),
        ("8", "对比"),
        ("?", "换网络"),
    ] {
        session.press(key);
        session.wait_for(seen);
    }
    session.press(CTRL_C);
    session.assert_given_back();
}

#[test]
fn interface_language_follows_locale_or_option() {
    for (arguments, locale, seen) in [
        (&[TOY][..], "zh_CN.UTF-8", "训练中"),
        (&[TOY, "--lang", "en"], "zh_CN.UTF-8", "TRAINING"),
        (&[TOY, "--lang", "zh"], "C", "训练中"),
    ] {
        let mut session = Session::start(24, 80, PROGRAM, arguments, &[("LC_ALL", locale)]);
        session.wait_for(seen);
        session.press(CTRL_C);
        session.assert_given_back();
    }
}

#[test]
fn prompt_keys_append_delete_generate_and_pin() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press("f");
    session.wait_for("FINISHED");
    session.wait_for("│玩具 █████"); // answers arrive after the weights they belong to
    session.press("l"); // the most probable word
    session.wait_for("我 喜欢 玩具 → which word comes next?");
    session.press("\x7f"); // Backspace
    session.wait_for("我 喜欢 → which word comes next?");
    session.press("g");
    session.wait_for("at step 5000: 我 喜欢 玩具");
    session.press("p");
    session.wait_for("pinned: 2 of 2 right");
    session.press("qq");
    session.assert_given_back();
}

#[test]
fn model_and_learning_rate_change_inside_dashboard() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press("f");
    session.wait_for("FINISHED");
    session.press("ml");
    session.wait_for("← GRU →");
    session.press("jl\r");
    session.wait_for("GRU 7→2→3→7");
    session.wait_for("FINISHED");
    session.press("<");
    session.press("R");
    session.wait_for("again R: yes");
    session.press("R");
    session.wait_for("FINISHED");
    session.wait_for("seed 42");
    session.wait_for("÷2");
    session.press(CTRL_C);
    session.assert_given_back();
}

#[test]
fn color_and_ascii_options_limit_output() {
    for (colour, max_index) in [("truecolor", 255), ("256", 255), ("16", 15), ("none", -1)] {
        let mut session = Session::start(24, 80, PROGRAM, &[TOY, "--color", colour, "--ascii"], &[]);
        session.wait_for("+ loss in nats, by step -");
        session.wait_for("TRAINING");
        session.press(CTRL_C);
        let written = String::from_utf8_lossy(&session.written.lock().unwrap()).into_owned();
        // the last sequence may be incomplete
        let numbers = written.split("8;5;").skip(1).filter_map(|rest| rest.split([';', 'm']).next()?.parse().ok());
        assert!(numbers.max().unwrap_or(-1) <= max_index, "{colour}");
        assert_eq!(written.contains("8;2;"), colour == "truecolor", "{colour}");
        assert!(!written.contains(['─', '█', '→']), "{colour}");
        session.assert_given_back();
    }
}

#[test]
fn multi_line_paste_and_input_method_commit_are_one_prompt() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press("i\x1b[200~我\r\n\t讨厌\n\x1b[201~");
    session.wait_for("> 我   讨厌");
    session.press("\r");
    session.wait_for("我 讨厌 → which word comes next?");
    session.press("我喜欢"); // three characters at once, without spaces
    session.wait_for("> 我喜欢");
    session.press("\r");
    session.wait_for("with spaces it is: 我 喜欢");
    session.press(CTRL_C);
    session.assert_given_back();
}

#[test]
fn vocabulary_of_ten_thousand_words_is_usable() {
    let folder = tempfile::tempdir().unwrap();
    let words: Vec<String> = (0..10_000).map(|word| format!("w{word}")).collect();
    let path = folder.path().join("many.txt");
    std::fs::write(&path, words.chunks(4).map(|line| line.join(" ")).collect::<Vec<_>>().join("\n")).unwrap();
    let arguments = ["toy", "--corpus", path.to_str().unwrap(), "--steps", "1"];
    let mut session = Session::start(24, 80, PROGRAM, &arguments, &[]);
    session.wait_for("FINISHED");
    session.wait_for("more");
    session.press("iw9876 w99\t");
    session.wait_for("w990  w991");
    session.press("\r");
    session.wait_for("w9876 w99 → which word comes next?");
    session.press(CTRL_C);
    session.assert_given_back();
}

#[test]
fn thousand_hidden_units_are_displayed() {
    let arguments = [TOY, "--set", "model.hidden=1024", "--steps", "1"];
    let mut session = Session::start(24, 80, PROGRAM, &arguments, &[]);
    session.wait_for("FINISHED");
    let keys = ["2z", "jjjjjjjjjjjjjjjjjjjjjj", "3", "5", "6"];
    let seen = ["/1024", "units 16-30/1024", "first/last 10^", "points lie in a plane", "[4096, 1024]"];
    for (key, seen) in keys.into_iter().zip(seen) {
        session.press(key);
        session.wait_for(seen);
    }
    session.press("qq");
    session.assert_given_back();
}

#[test]
fn unknown_word_is_named_and_prompt_stays_editable() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press("i我 苹果\r");
    session.wait_for("not in the vocabulary: `苹果`; 7 are known, such as 我 喜欢 玩具");
    session.wait_for("> 我 苹果");
    session.press("\x17讨\t\r"); // Ctrl-W deletes the word, Tab completes another
    session.wait_for("我 讨厌 → which word comes next?");
    session.press(CTRL_C);
    session.assert_given_back();
}

#[test]
fn long_prompt_in_one_burst_is_complete() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press("i");
    session.wait_for("> ");
    session.press(&("我 喜欢 ".repeat(200) + "爱 爸爸\r")); // more than one read returns
    session.wait_for("我 喜欢 爱 爸爸 → which word comes next?");
    session.wait_for("/402"); // one heatmap column per word
    session.press(CTRL_C);
    session.assert_given_back();
}

#[test]
fn pause_step_restart_and_help_keys_work() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press(" ");
    session.wait_for("PAUSED");
    session.press("r");
    session.wait_for("any other key: no");
    session.press("r");
    session.wait_for("seed 43");
    session.wait_for("PAUSED  step 0/5000");
    let step = |text: &str| -> u64 {
        let start = text.find("step ").unwrap() + 5;
        text[start..].split('/').next().unwrap().parse().unwrap()
    };
    let before = step(&session.text());
    session.press("s");
    session.wait_until("one more step", |screen| step(&screen.contents()) == before + 1);
    session.press("?");
    session.wait_for("restart with new weights");
    session.press("?");
    session.wait_until("the help is gone", |screen| !screen.contents().contains("restart with new weights"));
    session.press("qq");
    session.assert_given_back();
}

#[test]
fn configured_keys_work_and_are_displayed() {
    let arguments = [TOY, "--set", "keys.pause=[\"F5\", \"V\"]", "--set", "keys.quit=Ctrl-T"];
    let mut session = Session::start(24, 80, PROGRAM, &arguments, &[]);
    session.wait_for("F5 pause");
    session.press("\x1b[15~"); // F5
    session.wait_for("PAUSED");
    session.press("V");
    session.wait_for("TRAINING");
    session.press("\x14");
    session.wait_for("again Ctrl-T: yes");
    session.press("\x14");
    session.assert_given_back();
}

#[test]
fn resize_redraws_at_once_down_to_one_cell() {
    let mut session = Session::lesson();
    session.wait_for("TRAINING");
    session.press("f"); // after training has finished, only the resize causes a redraw
    session.wait_for("FINISHED");
    for (rows, cols, seen) in [(40, 120, "state space"), (12, 40, "83 weights"), (5, 20, "too small"), (1, 1, "t")] {
        *session.screen.lock().unwrap() = vt100::Parser::new(rows, cols, 0); // clears the emulator
        session.master.resize(size(rows, cols)).unwrap();
        session.wait_for(seen);
    }
    // the emulator cannot show the final message in one column
    *session.screen.lock().unwrap() = vt100::Parser::new(24, 80, 0);
    session.screen.lock().unwrap().process(b"\x1b[?1049h\x1b[?25l\x1b[?2004h"); // modes set before the emulator was replaced
    session.press("qq");
    let (status, _) = session.assert_given_back();
    assert_eq!(status.exit_code(), 0);
}

#[test]
fn diverged_training_is_shown_and_reported_at_exit() {
    let arguments = [TOY, "--set", "training.optimizer.learning_rate=1e38"];
    let mut session = Session::start(24, 80, PROGRAM, &arguments, &[]);
    session.wait_for("STOPPED");
    session.wait_for("training stopped");
    session.press("qq");
    let (status, text) = session.assert_given_back();
    assert_eq!(status.exit_code(), 1);
    assert!(text.contains("error: training stopped before step "), "{text}");
    assert!(text.contains("a smaller learning rate may help"), "{text}");
}

#[test]
fn dumb_terminal_gets_plain_output() {
    let mut session = Session::start(24, 80, PROGRAM, &[TOY, "--ask", "我 爱"], &[("TERM", "dumb")]);
    let status = session.child.wait().unwrap();
    assert_eq!(status.exit_code(), 0);
    session.wait_for("step 5000/5000  loss ");
    session.wait_for("我 爱 -> 爸爸  ");
}

#[test]
fn no_color_variable_disables_colors() {
    let mut session = Session::start(24, 80, PROGRAM, &[TOY], &[("NO_COLOR", "1")]);
    session.wait_for("TRAINING");
    session.press("f");
    session.wait_for("FINISHED");
    let parser = session.screen.lock().unwrap();
    for (row, column) in (0..24).flat_map(|row| (0..80).map(move |column| (row, column))) {
        let cell = parser.screen().cell(row, column).unwrap();
        assert_eq!((cell.fgcolor(), cell.bgcolor()), (vt100::Color::Default, vt100::Color::Default));
    }
    drop(parser);
    session.press("qq");
    session.assert_given_back();
}

#[test]
fn blocked_terminal_does_not_prevent_save_on_signal() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let is_read = Arc::new(Mutex::new(()));
    let gate = Arc::clone(&is_read);
    let terminal = move |bytes| {
        drop(gate.lock()); // the terminal reads nothing while the lock is held
        bytes
    };
    let arguments = [TOY, "--run", run.to_str().unwrap(), "--steps", "1000000000"];
    let mut session = Session::start_in(terminal, (60, 200), PROGRAM, &arguments, &[]);
    session.wait_for("saved 0");
    let first = std::fs::read_link(run.join("latest")).unwrap();
    let shut = is_read.lock().unwrap();
    for columns in 150..200 {
        session.master.resize(size(60, columns)).unwrap(); // more output than an unread terminal buffers
        thread::sleep(Duration::from_millis(20));
    }
    session.signal("TERM");
    let deadline = Instant::now() + LONGEST_WAIT;
    let status = loop {
        if let Some(status) = session.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "the program does not exit");
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.exit_code(), 128 + 15);
    assert_ne!(std::fs::read_link(run.join("latest")).unwrap(), first, "the last step is saved");
    drop(shut);
}

#[test]
fn kept_run_shows_saves_and_replays() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let run = run.to_str().unwrap();
    let mut session = Session::start(24, 100, PROGRAM, &[TOY, "--run", run, "--steps", "2000"], &[]);
    session.wait_for("saved 0");
    session.press("w");
    session.wait_until("a later step", |screen| {
        let shown = screen.contents();
        shown.contains("/s  saved ") && !shown.contains("saved 0 ")
    });
    session.press("f");
    session.wait_for("saved 2000");
    session.press("q"); // all steps are saved, so no confirmation
    session.assert_given_back();

    let mut session = Session::start(24, 100, PROGRAM, &["replay", run], &[]);
    session.wait_for("(replay ×1)");
    session.press("+");
    session.wait_for("(replay ×2)");
    session.press(" ");
    session.wait_until("paused playback", |screen| !screen.contents().contains("(replay"));
    session.press("((((((((((((((((((((((((((((((((((((((((((((((((((");
    session.wait_for("SHOWN AS AT STEP 0 ");
    session.press(")");
    session.wait_until("a later step", |screen| !screen.contents().contains("AT STEP 0 "));
    session.press("e");
    session.wait_until("the present", |screen| !screen.contents().contains("SHOWN AS AT"));
    session.wait_for("REPLAY  step 2000/2000");
    session.press("z6"); // shapes are shown although no step was taken
    session.wait_for("rnn.weight_ih_l0");
    session.press("q");
    session.assert_given_back();
}

#[test]
fn missing_run_folder_shows_red_notice_and_training_continues() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let arguments = [TOY, "--run", run.to_str().unwrap(), "--color", "256"];
    let mut session = Session::start(24, 100, PROGRAM, &arguments, &[]);
    session.wait_for("saved 0");
    std::fs::remove_dir_all(&run).unwrap();
    session.press("w");
    session.wait_until("the notice", |screen| {
        let lines: Vec<String> = screen.rows(0, 100).collect();
        let Some(row) = lines.iter().position(|line| line.starts_with("NOT SAVED: ")) else { return false };
        let colour = screen.cell(u16::try_from(row).unwrap(), 0).unwrap().fgcolor();
        colour == vt100::Color::Idx(203) && lines[1].starts_with("TRAINING")
    });
    session.press("f");
    session.wait_for("FINISHED  step 5000/5000");
    session.press("q");
    session.wait_for("quit and lose 5000 steps?");
    session.press("q");
    let (status, text) = session.assert_given_back();
    assert_eq!(status.exit_code(), 3);
    assert!(
        text.contains("error: step 5000 is not saved: ") && text.contains("the folder of the run is gone"),
        "{text}"
    );
    assert!(!run.exists(), "the folder is not partially recreated");
}

#[test]
fn export_key_writes_displayed_step() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let arguments = [TOY, "--run", run.to_str().unwrap(), "--steps", "50"];
    let mut session = Session::start(24, 120, PROGRAM, &arguments, &[]);
    session.wait_for("FINISHED");
    session.press("x");
    session.wait_for("export/step-50");
    session.press("((x");
    session.wait_for("export/step-48");
    let picture = std::fs::read_to_string(run.join("export/step-48/screen.svg")).unwrap();
    assert!(picture.contains("SHOWN\u{a0}AS\u{a0}AT\u{a0}STEP\u{a0}48"), "{picture}");
    std::fs::remove_dir_all(&run).unwrap();
    std::fs::write(&run, "no folder").unwrap();
    session.press("x");
    session.wait_for("NOT EXPORTED: ");
    session.press("q");
    session.assert_given_back();
}

/// Replays a recording; returns the terminal after its last event.
fn replay(recording: &str) -> vt100::Parser {
    let mut lines = recording.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let header = lines.next().unwrap();
    let dimension = |key: &str| u16::try_from(header[key].as_u64().unwrap()).unwrap();
    let mut screen = vt100::Parser::new(dimension("height"), dimension("width"), 0);
    for event in lines {
        let data = event[2].as_str().unwrap();
        match event[1].as_str() {
            Some("o") => screen.process(data.as_bytes()),
            Some("r") => {
                let (columns, rows) = data.split_once('x').unwrap();
                screen.screen_mut().set_size(rows.parse().unwrap(), columns.parse().unwrap());
            }
            other => panic!("{other:?}"),
        }
    }
    screen
}

#[test]
fn recording_replays_terminal_contents() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lesson.cast");
    let arguments = [TOY, "--steps", "60", "--record", file.to_str().unwrap()];
    let mut session = Session::start(24, 80, PROGRAM, &arguments, &[("LC_ALL", "zh_CN.UTF-8")]);
    session.wait_for("步 60/60");
    session.screen.lock().unwrap().screen_mut().set_size(30, 100);
    session.master.resize(size(30, 100)).unwrap();
    session.press("2z");
    session.wait_until("the heatmap alone", |screen| {
        let shown = screen.contents();
        shown.contains("隐藏状态 h") && shown.contains("Esc") && !shown.contains("下一个词")
    });
    wait_until("the same in the recording", || {
        let recorded = replay(&std::fs::read_to_string(&file).unwrap());
        recorded.screen().contents() == session.text()
    });
    session.press("qq");
    session.assert_given_back();

    let again = Session::start(24, 80, PROGRAM, &arguments, &[]);
    again.wait_for("lesson.cast is there already");
}

#[test]
fn signal_saves_kept_run_before_exit() {
    for (name, number) in [("TERM", 15), ("HUP", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let arguments = [TOY, "--run", run.to_str().unwrap()];
        let session = Session::start(24, 80, PROGRAM, &arguments, &[]);
        session.wait_for("TRAINING");
        session.signal(name);
        let (status, _) = session.assert_given_back();
        assert_eq!(status.exit_code(), 128 + number);
        assert!(run.join("latest/model.safetensors").is_file(), "saved by {name}");
    }
}
