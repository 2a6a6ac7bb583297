//! Output and screens in the documentation match the program. `UPDATE_DOCS=1 cargo test --test docs -- --include-ignored` rewrites it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crossterm::event::{Event, KeyCode};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rnn_tui::columns::Columns;
use rnn_tui::config::{Config, NamedConfig, Origin};
use rnn_tui::dashboard::screen::render;
use rnn_tui::dashboard::{Colours, Dashboard, Effect, Language, Theme};
use rnn_tui::export::picture;
use rnn_tui::learning::language_learner;
use rnn_tui::model::kernels::INSTRUCTION_SET;
use rnn_tui::session::{Control, Controls, Lockstep, Mode, Pace, PreparedRun, Query, RunState, Trainer, Viewer};

use crate::support::{PROGRAM, command, program, wait_for};

/// The portable instruction set; others differ in the last digits.
const PORTABLE: &str = "plain";
/// Marks a block of compared output.
const PRINTED: &str = "<!-- printed by the program -->";
/// Marks a block of compared output that takes minutes.
const PRINTED_SLOWLY: &str = "<!-- printed by the program within minutes -->";
/// Marks a block with times of one machine, compared without its numbers.
const PRINTED_TIMES: &str = "<!-- printed by the program within minutes, with the times of one machine -->";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// Paths of all documentation pages.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    docs.chain(["README.md", "README.zh.md"].map(|name| root().join(name))).collect()
}

/// A folder like a clone of the repository, with the user's files that the pages mention.
fn clone() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["configs", "corpora"] {
        symlink(root().join(name), folder.path().join(name)).unwrap();
    }
    let run_toml = "[corpus]\npath = \"corpora/toy.txt\"\n[model]\nhiden = 2\n";
    fs::write(folder.path().join("run.toml"), run_toml).unwrap();
    let (gb, ..) = encoding_rs::GB18030.encode("小船顺着河水往下走。\n春眠不觉晓，处处闻啼鸟。\n");
    fs::write(folder.path().join("gb.txt"), gb).unwrap();
    folder
}

/// Output, with stderr in order, of a line such as `$ rnn-tui toy --ask "我 爱"   # asks`.
fn printed(folder: &Path, line: &str) -> String {
    let line = line.strip_prefix("$ rnn-tui").unwrap_or_else(|| unreachable!("{line}"));
    let line = format!("{PROGRAM} {} 2>&1", line.split("   #").next().unwrap_or(line));
    let output = command("bash")
        .args(["-c", &line])
        .current_dir(folder)
        .env(INSTRUCTION_SET, PORTABLE)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// `page` with the output in blocks with this mark replaced by the program's.
fn with_output(page: &str, mark: &str) -> String {
    let (mut written, mut lines) = (Vec::new(), page.lines().peekable());
    while let Some(line) = lines.next() {
        written.push(line.to_owned());
        if line != mark {
            continue;
        }
        written.extend(lines.next().map(str::to_owned)); // the fence
        let folder = clone();
        while let Some(line) = lines.next_if(|line| *line != "```") {
            if line.starts_with("$ ") {
                written.push(line.to_owned());
                written.extend(printed(folder.path(), line).lines().map(str::to_owned));
                // an empty line between two commands is kept
            } else if line.is_empty() && lines.peek().is_some_and(|next| next.starts_with("$ ")) {
                written.push(String::new());
            }
        }
    }
    written.join("\n") + "\n"
}

/// `page` with numbers replaced by `#` and spaces normalized in blocks with this mark.
fn without_numbers(page: &str, mark: &str) -> String {
    let mut is_marked = false;
    let line = |line: &str| {
        is_marked = line == mark || is_marked && line != "```";
        if !is_marked || line.starts_with("$ ") {
            return line.to_owned();
        }
        let is_number = |word: &str| {
            let word = word.trim_matches(['(', ')', ',', ':']);
            word == "-" || word.ends_with('%') || word.parse::<f64>().is_ok()
        };
        let words = line.split_whitespace().map(|word| if is_number(word) { "#" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    page.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Compares the blocks with this mark on all pages with the program's output, after `shape_of`; or updates them.
#[track_caller]
fn check(mark: &str, shape_of: impl Fn(&str) -> String) {
    let mut blocks = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        blocks += page.lines().filter(|line| *line == mark).count();
        let right = with_output(&page, mark);
        if is_update() {
            fs::write(&path, right).unwrap();
        } else {
            assert_eq!(shape_of(&page), shape_of(&right), "{}: UPDATE_DOCS=1 rewrites it", path.display());
        }
    }
    assert!(blocks > 0, "no page has this mark");
}

#[test]
fn documented_output_matches_program() {
    check(PRINTED, str::to_owned);
}

/// `page` without the lines of runs before their last step: on a slow machine there is one after each long silence.
fn without_progress(page: &str) -> String {
    let is_progress = |line: &&str| {
        let step = line.strip_prefix("step ").and_then(|line| line.split(' ').next()?.split_once('/'));
        step.is_some_and(|(step, steps)| step != steps && steps.parse::<u64>().is_ok())
    };
    page.lines().filter(|line| !is_progress(line)).collect::<Vec<_>>().join("\n")
}

#[test]
#[ignore = "minutes"]
fn slow_documented_output_matches_program() {
    check(PRINTED_SLOWLY, without_progress);
}

#[test]
#[ignore = "minutes"]
fn documented_timing_tables_match_program() {
    check(PRINTED_TIMES, |page| without_numbers(page, PRINTED_TIMES));
}

#[test]
fn documented_command_lines_parse() {
    let mut read = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        let lines = page.lines().map(|line| line.strip_prefix("$ ").unwrap_or(line));
        for line in lines.filter(|line| line.starts_with("rnn-tui ")) {
            let line = line.split(['#', '|', '<', '>']).next().unwrap();
            let output =
                command("bash").args(["-c", &format!("{} --help", line.replacen("rnn-tui", PROGRAM, 1))]).output();
            let output = output.unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {line}: {said}", path.display());
            read += 1;
        }
    }
    assert!(read > 30, "{read}");
}

/// Trains the runs of a configuration for `steps` steps; returns them paused, with their names.
fn paused_after(config: &str, steps: u64) -> Vec<(String, Trainer)> {
    let runs = Config::read(&Origin::File(config.into()), &[]).unwrap().runs();
    let lanes: Vec<_> =
        if runs.len() == 1 { vec![None] } else { Lockstep::lanes(runs.len()).into_iter().map(Some).collect() };
    let trainer = |(NamedConfig { name, config }, lane)| {
        let run = PreparedRun::new(language_learner(config).unwrap(), Pace::Full, Mode::Paused);
        (name, Trainer::spawn(PreparedRun { keyframes: 8 << 20, lane, ..run }).unwrap())
    };
    let trainers: Vec<_> = runs.into_iter().zip(lanes).map(trainer).collect();
    Controls::new(trainers.iter().map(|(_, trainer)| trainer)).send(Control::RunTo(steps));
    for (_, trainer) in &trainers {
        wait_for(trainer, |snapshot| snapshot.record.step >= steps && snapshot.state == RunState::Paused);
    }
    trainers
}

/// A viewer of the runs that has asked `prompt`, or the configuration's first prompt if it is empty.
fn asked(trainers: &[(String, Trainer)], prompt: &str) -> Viewer {
    let mut viewer = Viewer::new(trainers.iter().map(|(name, trainer)| (name.as_str(), trainer))).unwrap();
    let first = viewer.observed().run().snapshot.run.prompts.first().cloned().unwrap_or_default();
    viewer.send(Query::Ask(if prompt.is_empty() { first } else { prompt.to_owned() }));
    viewer.settle(Duration::from_mins(1));
    viewer
}

/// Picture of the toy lesson after 300 steps, as key `x` exports it.
fn lesson() -> String {
    let trainers = paused_after("configs/toy.toml", 300);
    let mut dashboard = Dashboard::new(Theme::new(Colours::True), Language::English, &[]);
    dashboard.view.size = (120, 40);
    picture::draw_screen(&dashboard, asked(&trainers, "我 讨厌").observed())
}

/// Rows of the screen described by `mark`: configuration, size (with the number of rows shown after `:`), language, step, prompt in
/// quotes, keys.
fn screen_of(mark: &str) -> Vec<String> {
    let (before, rest) = mark.split_once(" \"").unwrap();
    let (prompt, keys) = rest.split_once('"').unwrap();
    let [config, size, language, step] = before.split(' ').collect::<Vec<_>>()[..] else { unreachable!("{mark}") };
    let (columns, rows) = size.split_once('x').unwrap();
    let (rows, shown) = rows.split_once(':').unwrap_or((rows, rows));
    let (columns, rows): (u16, u16) = (columns.parse().unwrap(), rows.parse().unwrap());
    let trainers = paused_after(config, step.parse().unwrap());
    let mut viewer = asked(&trainers, prompt);
    let mut dashboard = Dashboard::new(Theme::new(Colours::None), Language::from_locale(language), &[]);
    dashboard.view.size = (columns, rows);
    for key in keys.trim().chars() {
        let pressed = Event::Key(KeyCode::Char(key).into());
        if let Some(Effect::Query(query)) = dashboard.handle(&pressed, viewer.observed()) {
            viewer.send(query);
            viewer.settle(Duration::from_mins(1));
        }
    }
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| render(frame, &dashboard, viewer.observed())).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let row = |y: u16| {
        let (mut row, mut x) = (String::new(), 0);
        while x < columns {
            let symbol = buffer[(x, y)].symbol();
            row += symbol;
            x += u16::try_from(symbol.columns().max(1)).unwrap();
        }
        row.trim_end().to_owned()
    };
    (0..shown.parse().unwrap()).map(row).collect()
}

/// Begins the mark of a compared screen.
const DRAWN: &str = "<!-- drawn by the program: ";
/// Begins the mark of a compared screen that takes minutes.
const DRAWN_SLOWLY: &str = "<!-- drawn by the program within minutes: ";

/// `page` with every screen with this mark replaced by the program's.
fn with_screens(page: &str, mark: &str) -> String {
    let (mut written, mut lines) = (Vec::new(), page.lines().peekable());
    while let Some(line) = lines.next() {
        written.push(line.to_owned());
        if let Some(mark) = line.strip_prefix(mark).and_then(|rest| rest.strip_suffix(" -->")) {
            written.extend(lines.next().map(str::to_owned)); // the fence
            while lines.next_if(|line| *line != "```").is_some() {}
            written.extend(screen_of(mark));
        }
    }
    written.join("\n") + "\n"
}

/// Reruns the test `name` in a process with portable kernels; returns false in that process.
fn reruns_with_portable_kernels(name: &str) -> bool {
    if std::env::var(INSTRUCTION_SET).as_deref() == Ok(PORTABLE) {
        return false;
    }
    let name = format!("{}::{name}", module_path!().split_once("::").unwrap().1);
    let mut again = Command::new(std::env::current_exe().unwrap());
    let again = again.args(["--include-ignored", "--exact", &name]).env(INSTRUCTION_SET, PORTABLE).output().unwrap();
    let said = [again.stdout, again.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(again.status.success() && said.contains("1 passed"), "{said}");
    true
}

/// Compares the screens with this mark on all pages with the program's, or updates them.
#[track_caller]
fn check_screens(mark: &str) {
    let mut screens = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        screens += page.matches(mark).count();
        let right = with_screens(&page, mark);
        if is_update() {
            fs::write(&path, right).unwrap();
        } else {
            let difference = page.lines().zip(right.lines()).find(|(documented, drawn)| documented != drawn);
            assert!(page == right, "{}: UPDATE_DOCS=1 draws its screens again: {difference:#?}", path.display());
        }
    }
    assert!(screens > 0, "no page has this mark");
}

#[test]
fn documented_screens_match_program() {
    if !reruns_with_portable_kernels("documented_screens_match_program") {
        check_screens(DRAWN);
    }
}

#[test]
#[ignore = "minutes"]
fn slow_documented_screens_match_program() {
    if !reruns_with_portable_kernels("slow_documented_screens_match_program") {
        check_screens(DRAWN_SLOWLY);
    }
}

#[test]
fn readme_picture_matches_program() {
    if reruns_with_portable_kernels("readme_picture_matches_program") {
        return;
    }
    let (path, drawn) = (root().join("tests/pictures/lesson.svg"), lesson());
    if is_update() {
        fs::write(&path, &drawn).unwrap();
    }
    let shown = fs::read_to_string(&path).unwrap();
    assert!(shown == drawn, "tests/pictures/lesson.svg differs: UPDATE_DOCS=1 draws it again");
}

/// Contents of the files in a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn manual_pages_match_command_line() {
    let (kept, written) = (root().join("docs/man"), tempfile::tempdir().unwrap());
    let manual = |folder: &Path| program().arg("manual").arg(folder).output().unwrap();
    assert!(manual(written.path()).status.success());
    if is_update() {
        let _ = fs::remove_dir_all(&kept);
        assert!(manual(&kept).status.success());
    }
    let (kept, written) = (files(&kept), files(written.path()));
    assert_eq!(kept.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>());
    for (name, page) in &written {
        assert!(kept[name] == *page, "docs/man/{name} differs: UPDATE_DOCS=1 writes it again");
    }
}

/// Headings, code, and keys in table rows of a page, which must be equal in both languages.
fn skeleton(page: &str) -> Vec<String> {
    let mut is_code = false;
    let mut skeleton = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            skeleton.push(line.split(" #").next().unwrap_or(line).trim_end().to_owned());
        } else if line.starts_with("## ") {
            skeleton.push("##".to_owned());
        } else if let Some(row) = line.strip_prefix("| ") {
            let first = row.split(" |").next().unwrap_or(row);
            skeleton.push(first.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(" "));
        }
    }
    skeleton
}

#[test]
fn readmes_match_and_have_at_most_120_lines() {
    let [english, chinese] = ["README.md", "README.zh.md"].map(|name| fs::read_to_string(root().join(name)).unwrap());
    assert_eq!(skeleton(&english), skeleton(&chinese));
    let links = |page: &str| -> Vec<String> {
        let mut links: Vec<_> =
            page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).map(str::to_owned).collect();
        links.retain(|link| !link.starts_with("README"));
        links
    };
    assert_eq!(links(&english), links(&chinese));
    for page in [&english, &chinese] {
        assert!(page.lines().count() <= 120);
        for built_in in rnn_tui::config::BuiltIn::all() {
            assert!(page.contains(&format!("`{}`", built_in.name)), "{} is missing", built_in.name);
        }
    }
}
