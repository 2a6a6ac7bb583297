//! Random keys on screens of random sizes do not make the dashboard panic.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rnn_tui::config::RunSettings;
use rnn_tui::dashboard::screen::render;
use rnn_tui::dashboard::{Ambiguous, Background, Colours, Dashboard, Effect, Glyphs, Language, Theme};
use rnn_tui::export::picture;
use rnn_tui::session::{Control, Controls, Mode, Pace, PreparedRun, Trainer, Viewer};

use crate::support::{duel, toy};

const EVENTS: usize = 100_000;
/// Only one in this many events is followed by a frame, as drawing takes most of the time.
const EVENTS_PER_FRAME: usize = 20;

/// Characters that are commands.
const COMMANDS: [char; 44] = [
    'h', 'j', 'k', 'l', '[', ']', 'n', 'z', 'g', 'p', '+', '-', 'f', 'r', 'R', 'm', '<', '>', '?', '1', '2', '3', '4',
    '5', '6', '7', '8', ' ', 's', 'y', '0', 'L', 'i', '/', 'q', '9', 'j', 'o', 'a', 'c', 'd', 'D', 'v', 'C',
];

fn key(random: &mut ChaCha8Rng) -> Event {
    const CODES: [KeyCode; 16] = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(5),
        KeyCode::Null,
    ];
    let modifiers =
        [KeyModifiers::NONE; 6].iter().chain(&[KeyModifiers::CONTROL, KeyModifiers::ALT, KeyModifiers::SHIFT]);
    let modifiers = *modifiers.copied().collect::<Vec<_>>().choose(random).unwrap();
    let code = match random.gen_range(0..10) {
        0..=1 => KeyCode::Char(char::from(random.gen_range(b' '..=b'~'))),
        2..=5 => KeyCode::Char(*COMMANDS.choose(random).unwrap()),
        6 => KeyCode::Char(*['我', '讨', '厌', 'é', '\u{301}', '👍', '\u{200d}', '\u{ad}'].choose(random).unwrap()),
        _ => *CODES.choose(random).unwrap(),
    };
    Event::Key(KeyEvent::new(code, modifiers))
}

fn event(random: &mut ChaCha8Rng) -> Event {
    match random.gen_range(0..200) {
        0 => Event::Paste("我 喜欢\r\n玩具\t\u{1b}[31m\n".repeat(random.gen_range(0..5))),
        1 => Event::FocusLost,
        _ => key(random),
    }
}

#[test]
fn random_keys_on_any_screen_size_do_not_panic() {
    let run = PreparedRun::new(toy(&["training.predict=\"every\""]), Pace::Full, Mode::Running);
    press_keys(EVENTS, vec![("LSTM".to_owned(), run)]);
}

#[test]
fn random_keys_during_duel_do_not_panic() {
    let rivals = ["model.cell=rnn", "model.architecture=transformer"];
    press_keys(EVENTS / 4, duel(&["training.predict=\"every\""], &rivals));
}

fn is_large(RunSettings { model, training }: &RunSettings) -> bool {
    model.hidden * model.layers > 20 || model.embedding * model.layers > 20 || model.mlp > 100 || training.batch > 3
}

fn press_keys(events: usize, runs: Vec<(String, PreparedRun)>) {
    let mut random = ChaCha8Rng::seed_from_u64(20_261_124);
    let spawn =
        |(name, run)| (name, Trainer::spawn(PreparedRun { keyframes: 1 << 20, mode: Mode::Running, ..run }).unwrap());
    let trainers: Vec<(String, Trainer)> = runs.into_iter().map(spawn).collect();
    let controls = Controls::new(trainers.iter().map(|(_, trainer)| trainer));
    let mut viewer = Viewer::new(trainers.iter().map(|(name, trainer)| (name.as_str(), trainer))).unwrap();
    let mut dashboard = Dashboard::new(Theme::new(Colours::True), Language::English, &["我 爱".to_owned()]);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut pressed = event(&mut random);
    let (mut sent, mut quits, mut exported) = (0, 0, 0);
    for number in 0..events {
        let mut has_news = number % EVENTS_PER_FRAME == 0;
        // keys are often repeated
        if !random.gen_bool(0.5) {
            pressed = event(&mut random);
        }
        match dashboard.handle(&pressed, viewer.observed()) {
            // a model of thousands of units would take too long
            Some(Effect::ControlOfOne(Control::Rebuild { settings, .. })) if is_large(&settings) => {}
            Some(effect @ (Effect::Control(_) | Effect::ControlOfOne(_) | Effect::Query(_))) => {
                sent += 1;
                match effect {
                    Effect::Control(control) => controls.send(control),
                    Effect::ControlOfOne(control) => controls.send_to(Some(viewer.observed().focus), control),
                    Effect::Query(query) => viewer.send(query),
                    _ => {}
                }
                viewer.settle(Duration::from_millis(1));
                dashboard.reply(viewer.observed());
                has_news |= dashboard.view.refusal(viewer.observed()).is_some(); // the next key hides it
            }
            Some(Effect::Quit | Effect::Interrupt) => quits += 1,
            Some(Effect::Export) => {
                let observed = viewer.observed();
                let curve = picture::draw_curve(&dashboard, observed).unwrap();
                let pictures = [
                    picture::draw_screen(&dashboard, observed),
                    picture::draw_heatmap(&dashboard, observed, observed.focus),
                ];
                assert!(curve.iter().chain(&pictures).all(|picture| picture.contains("</svg>")));
                exported += 1;
            }
            Some(Effect::Suspend | Effect::Measure | Effect::Class(_)) | None => _ = viewer.update(),
        }
        if has_news {
            if random.gen_bool(0.1) {
                let (width, height) = (random.gen_range(20..=130), random.gen_range(5..=45));
                let (width, height) = if random.gen_bool(0.1) { (1, 1) } else { (width, height) };
                terminal.backend_mut().resize(width, height);
                dashboard.handle(&Event::Resize(width, height), viewer.observed());
                let colours =
                    *[Colours::None, Colours::Sixteen, Colours::Indexed, Colours::True].choose(&mut random).unwrap();
                let glyphs = *[Glyphs::Unicode, Glyphs::Console, Glyphs::Ascii].choose(&mut random).unwrap();
                let ambiguous = if random.gen_bool(0.3) { Ambiguous::Wide } else { Ambiguous::Narrow };
                dashboard.view.theme = Theme { colours, background: Background::Light, glyphs, ambiguous };
            }
            terminal.draw(|frame| render(frame, &dashboard, viewer.observed())).unwrap();
        }
    }
    let scaled = |count: usize| count * events / EVENTS;
    assert!(
        sent > scaled(1000) && quits > scaled(100),
        "{sent} commands, {quits} times quit: the keys must reach their actions"
    );
    assert!(exported > scaled(50), "{exported} times exported");
}
