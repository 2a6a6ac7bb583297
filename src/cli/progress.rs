//! Progress on stderr before the first output, after half a second.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget};
use rnn_tui::activity::{self, ActiveWork, Activity};
use rnn_tui::memory::{Size, can_allocate};
use rnn_tui::printable;

use super::messages::language;

/// The delay before progress is shown, in which most work is done.
const DELAY: Duration = Duration::from_millis(500);
/// The interval at which progress is shown.
const INTERVAL: Duration = Duration::from_millis(100);

/// The memory that must be free to show progress, in bytes.
const MIN_MEMORY: usize = 1 << 20;

/// The stack of the thread, in bytes: small, as the address space may be limited.
const STACK: usize = 256 << 10;

static PROGRESS: Mutex<Option<ProgressThread>> = Mutex::new(None);

struct ProgressThread {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// Starts a thread that shows the progress of the current work on stderr, until [`finish`].
pub fn start() {
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let thread =
        thread::Builder::new().name("progress".to_owned()).stack_size(STACK).spawn(move || show_progress(&over));
    *lock() = thread.ok().map(|thread| ProgressThread { is_over, thread });
}

/// Ends the thread, and clears its line.
pub fn finish() {
    if let Some(ProgressThread { is_over, thread }) = lock().take() {
        is_over.store(true, SeqCst);
        thread.thread().unpark();
        let _ = thread.join();
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<ProgressThread>> {
    PROGRESS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows the current work until `is_over`: on a terminal in one line that is redrawn, otherwise in a line for each activity that takes long.
fn show_progress(is_over: &AtomicBool) {
    let start = Instant::now();
    let bar = io::stderr().is_terminal().then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()));
    let mut shown: Option<(Activity, Instant)> = None;
    let mut printed: Option<Activity> = None;
    while !is_over.load(SeqCst) {
        thread::park_timeout(INTERVAL);
        // when memory runs out, the rest is for the error message
        if start.elapsed() < DELAY || !can_allocate(MIN_MEMORY) {
            continue;
        }
        let work = activity::current();
        // a line that is redrawn would hide typed text
        let is_typed =
            work.as_ref().is_some_and(|work| work.activity == Activity::ReadingStdin) && io::stdin().is_terminal();
        match (bar.as_ref().filter(|_| !is_typed), work) {
            // a terminal: one line
            (Some(bar), Some(work)) => {
                let is_new =
                    shown.as_ref().is_none_or(|(activity, since)| (activity, since) != (&work.activity, &work.since));
                if is_new {
                    bar.set_style(style(work.total > 0));
                    bar.reset();
                    shown = Some((work.activity.clone(), work.since));
                }
                if work.total > 0 {
                    bar.set_length(work.total);
                    bar.set_position(work.done().min(work.total));
                }
                bar.set_message(sentence(&work));
                bar.tick();
            }
            (Some(bar), None) => bar.set_message(""),
            // no terminal: a line for each activity that takes long
            (None, Some(work)) if printed.is_none() || work.since.elapsed() >= DELAY => {
                if printed.as_ref() != Some(&work.activity) {
                    let _ = writeln!(io::stderr(), "{}", sentence(&work)); // it may be gone
                    printed = Some(work.activity.clone());
                }
            }
            (None, _) => {}
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// The style of the line; with a bar and the remaining time if the total is known.
fn style(has_total: bool) -> indicatif::ProgressStyle {
    let left = language().pick("left", "剩余");
    let template = if has_total {
        format!("{{spinner}} {{msg}} {{wide_bar}} {{eta}} {left}")
    } else {
        "{spinner} {msg}".to_owned()
    };
    indicatif::ProgressStyle::with_template(&template).unwrap_or_else(|_| indicatif::ProgressStyle::default_spinner())
}

rnn_tui::messages! {
    /// The activities of the program.
    enum ProgressMessage {
        Opening { name: String } =
            "waiting for {name}: no program writes to it yet (Ctrl-C ends)", "等待 {name}：还没有程序写入（按 Ctrl-C 结束）";
        TypeText =
            "type the text; Ctrl-D on a line of its own ends it, Ctrl-C the program",
            "请输入文本；在空行上按 Ctrl-D 结束文本，按 Ctrl-C 结束程序";
        ReadingStdin =
            "reading standard input, waiting for its end (Ctrl-C ends)", "正在读取标准输入，等待其结束（按 Ctrl-C 结束）";
        FirstBytes { name: String } =
            "reading {name}: waiting for its first bytes (Ctrl-C ends)",
            "正在读取 {name}：等待最初的字节（按 Ctrl-C 结束）";
        Reading { name: String } = "reading {name}", "正在读取 {name}";
        Tokenizing = "cutting the text into words", "正在把文本切分成词";
        Loading { name: String } = "reading the checkpoint {name}", "正在读取检查点 {name}";
        BuildingModel = "making the model", "正在建立模型";
        CreatingRunFolder { name: String } = "writing the folder {name}", "正在写入文件夹 {name}";
        Evaluating = "predicting the text", "正在预测文本";
        Generating = "continuing the text", "正在续写文本";
        Exporting = "writing pictures and tables", "正在写入图片和表格";
    }
}

/// The activity and its progress, in the language of the interface.
fn sentence(work: &ActiveWork) -> String {
    let done = work.done();
    let progress = match (done, work.total) {
        (0, _) => String::new(),
        (done, 0) => format!(" ({})", Size(done)),
        (done, total) => format!(" ({} %)", (done.saturating_mul(100) / total.max(1)).min(100)),
    };
    let name = |name: &str| printable(name);
    let message = match &work.activity {
        Activity::Opening(path) => ProgressMessage::Opening { name: name(path) },
        Activity::ReadingStdin if io::stdin().is_terminal() => ProgressMessage::TypeText,
        Activity::ReadingStdin => ProgressMessage::ReadingStdin,
        Activity::Reading(path) if done == 0 => ProgressMessage::FirstBytes { name: name(path) },
        Activity::Reading(path) => ProgressMessage::Reading { name: name(path) },
        Activity::Tokenizing => ProgressMessage::Tokenizing,
        Activity::Loading(path) => ProgressMessage::Loading { name: name(path) },
        Activity::BuildingModel => ProgressMessage::BuildingModel,
        Activity::CreatingRunFolder(path) => ProgressMessage::CreatingRunFolder { name: name(path) },
        Activity::Evaluating => ProgressMessage::Evaluating,
        Activity::Generating => ProgressMessage::Generating,
        Activity::Exporting => ProgressMessage::Exporting,
    };
    language().say(message) + &progress
}
