//! Words of many scripts on terminals that disagree on character widths: no word is overwritten, and borders align.

use std::path::Path;
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::pty::Session;
use crate::support::{LONGEST_WAIT, PROGRAM, command};

/// Scripts, and a sentence in each.
const SENTENCES: [(&str, &str); 35] = [
    ("Latin", "nước sông chảy chậm"),
    ("Greek", "το ποτάμι κυλά αργά"),
    ("Cyrillic", "река течёт очень тихо"),
    ("Armenian", "գետը հոսում է դանդաղ"),
    ("Georgian", "მდინარე ნელა მიედინება"),
    ("Hebrew", "הנהר זורם לאט"),
    ("Arabic", "الأولاد يلعبون هنا الآن"),
    ("Persian", "رود آرام می\u{200c}رود"),
    ("Devanagari", "नदी धीरे बहती है"),
    ("Bengali", "আমার গ্রাম সোনার মতো"),
    ("Gurmukhi", "ਨਦੀ ਹੌਲੀ ਵਗਦੀ ਹੈ"),
    ("Gujarati", "નદી ધીમે વહે છે"),
    ("Oriya", "ନଦୀ ଧୀରେ ବହେ"),
    ("Tamil", "தமிழ்நாடு எங்கள் வீடு"),
    ("Telugu", "నది మెల్లగా పారుతుంది"),
    ("Kannada", "ನದಿ ಮೆಲ್ಲಗೆ ಹರಿಯುತ್ತದೆ"),
    ("Malayalam", "പുഴ പതുക്കെ ഒഴുകുന്നു"),
    ("Sinhala", "ගඟ ක්\u{200d}රියා රාෂ්ට්\u{200d}රීය"),
    ("Thai", "แม่น้ำ ไหล ช้า มาก"),
    ("Lao", "ແມ່ນ້ຳ ໄຫຼ ຊ້າ"),
    ("Khmer", "ទន្លេ ហូរ យឺត ប្រជា"),
    ("Burmese", "မြစ် စီး သည် နှေး"),
    ("Tibetan", "གཙང་པོ་ དལ་པོར་ འབབ་"),
    ("Korean", "강이 천천히 흐른다"),
    ("Japanese", "川が ゆっくり 流れる"),
    ("Amharic", "ወንዙ ቀስ ብሎ ይፈስሳል"),
    // sequences of combining signs, and mixed scripts
    ("Tamil and Latin", "தமிழ்நாடு abc கொடு"),
    ("Kannada, vocalic", "ನಾನು ಕನ್ನಡ ಶ್ರೀಮಂತ"),
    ("Kannada, two", "ಕನ್ನಡ ಕೋಲಾರ ಶ್ರೀ"),
    ("Kannada, long", "ಎಲ್ಲಾ ಮಾನವರೂ ಸ್ವತಂತ್ರರಾಗಿಯೇ"),
    ("Malayalam, long", "മനുഷ്യരെല്ലാവരും തുല്യാവകാശങ്ങളോടും"),
    ("Oriya, long", "ସମସ୍ତ ମନୁଷ୍ୟ ଜନ୍ମକାଳରୁ"),
    ("Sinhala and Latin", "ශ්\u{200d}රී ක්\u{200d}රියා abc"),
    ("Javanese", "ꦱꦧꦼꦤ꧀ ꦲꦸꦮꦺꦴꦁ"),
    ("Balinese", "ᬩᬲ ᬩᬮᬶ"),
];

/// Writes a corpus of one sentence into `folder`; returns the arguments that show it.
fn lesson(folder: &Path, sentence: &str) -> Vec<String> {
    let text = folder.join("text.txt");
    std::fs::write(&text, format!("{sentence}\n").repeat(60)).unwrap();
    let values =
        ["corpus.unit=sentences", "corpus.validation=0", "model.hidden=4", "model.embedding=4", "training.batch=2"];
    let values = values.into_iter().flat_map(|value| ["--set", value]);
    let arguments =
        ["toy", "--corpus", text.to_str().unwrap(), "--paused", "--ask", sentence].into_iter().chain(values);
    arguments.map(str::to_owned).collect()
}

/// Faults of a screen that should show `sentence`: rows without a right border, missing words.
fn faults(screen: &str, sentence: &str) -> Vec<String> {
    let rows: Vec<&str> = screen.lines().map(str::trim_end).collect();
    let begins = |row: &&&str| row.starts_with(['│', '┌', '└']);
    let ends = |row: &&&str| row.ends_with(['│', '┐', '┘']);
    let mut faults: Vec<String> =
        rows.iter().filter(begins).filter(|row| !ends(row)).map(|row| (*row).to_owned()).collect();
    if rows.iter().filter(begins).count() < 15 {
        faults.push("no dashboard".to_owned());
    }
    // a terminal that draws a character narrower leaves a gap
    let without_gaps = |row: &&str| row.chars().filter(|c| *c != ' ').collect::<String>();
    let title = format!("┌{}→whichwordcomesnext?─", without_gaps(&sentence));
    if !rows.iter().map(without_gaps).any(|row| row.starts_with(&title)) {
        faults.push("wrong title".to_owned());
    }
    // each word has a bar, with nothing between border and word
    let has_bar = |word: &str| {
        rows.iter().map(without_gaps).any(|row| {
            let rest = row.strip_prefix('│').and_then(|row| row.strip_prefix(word));
            rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '█'..='▏')))
        })
    };
    faults.extend(sentence.split(' ').filter(|word| !has_bar(word)).map(|word| format!("no {word}")));
    faults
}

/// Waits until the screen has no faults; panics with the faults after a timeout.
#[track_caller]
fn check(name: &str, sentence: &str, screen: impl Fn() -> String) {
    let deadline = Instant::now() + LONGEST_WAIT / 12;
    loop {
        let shown = screen();
        let faults = faults(&shown, sentence);
        if faults.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{name}: {faults:#?}\n{shown}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn emulator_displays_every_word_complete() {
    for (name, sentence) in SENTENCES {
        let folder = tempfile::tempdir().unwrap();
        let arguments = lesson(folder.path(), sentence);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut session = Session::start(24, 80, PROGRAM, &arguments, &[]);
        check(name, sentence, || session.text());
        session.press("\x1b[1;5R");
        session.press("q");
        session.assert_given_back();
    }
}

fn run(program: &str, arguments: &[&str]) -> Output {
    command(program).args(arguments).env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color").output().unwrap()
}

/// A tmux server that is killed when dropped.
struct TmuxServer<'a>(&'a str);

impl Drop for TmuxServer<'_> {
    fn drop(&mut self) {
        run("tmux", &["-L", self.0, "kill-server"]);
    }
}

/// Checks sentences in a separate tmux server, where `within` is the command prefix that starts the program.
fn check_in_tmux(within: &[&str], is_included: impl Fn(&str) -> bool) {
    let server = format!("rnn-tui-test-{}-{}", std::process::id(), within.len());
    let tmux = |arguments: &[&str]| run("tmux", &[&["-L", &server, "-f", "/dev/null", "-u"][..], arguments].concat());
    let _server = TmuxServer(&server);
    // a server without sessions exits
    tmux(&["new-session", "-d", "sleep", "infinity"]);
    for (number, (name, sentence)) in SENTENCES.into_iter().filter(|(name, _)| is_included(name)).enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = lesson(folder.path(), sentence);
        let session = format!("s{number}");
        let new = ["new-session", "-d", "-s", &session, "-x", "80", "-y", "24"];
        let program = within.iter().copied().chain([PROGRAM]).chain(arguments.iter().map(String::as_str));
        let started = tmux(&new.into_iter().chain(program).collect::<Vec<_>>());
        assert!(started.status.success(), "{started:?}");
        check(name, sentence, || String::from_utf8(tmux(&["capture-pane", "-p", "-t", &session]).stdout).unwrap());
        tmux(&["kill-session", "-t", &session]);
    }
}

#[test]
#[ignore = "needs tmux"]
fn tmux_displays_every_word_complete() {
    check_in_tmux(&[], |_| true);
}

#[test]
#[ignore = "needs screen"]
fn gnu_screen_displays_every_word_complete() {
    // GNU screen 4.9 drops joiners and the characters they join (Sinhala), even from `cat`, and loses consecutive combining signs where a line
    // is drawn in pieces
    let is_lost = |name: &str| name.starts_with("Sinhala") || matches!(name, "Burmese" | "Javanese");
    // otherwise screen and the program would outlive their terminal
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("screenrc");
    std::fs::write(&settings, "autodetach off\n").unwrap();
    check_in_tmux(&["screen", "-U", "-c", settings.to_str().unwrap()], |name| !is_lost(name));
}
