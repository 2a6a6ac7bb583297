//! What somebody who waits is told: a program that has shown nothing for half a second says what it does.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget};
use rnn_tui::activity::{self, ActiveWork, Activity};
use rnn_tui::language::Language;
use rnn_tui::memory::{Size, can_allocate};
use rnn_tui::printable;

use super::messages::language;

/// How long nobody wonders what is going on.
const MOMENT: Duration = Duration::from_millis(500);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(100);

/// What a line and a bar take, and rather more.
const MEMORY_OF_A_LINE: usize = 1 << 20;

/// A line needs little, and somebody may have limited the address space.
const STACK: usize = 256 << 10;

static WAITING: Mutex<Option<Waiting>> = Mutex::new(None);

struct Waiting {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// From now on what takes longer than a moment is told on stderr, until [`end`].
pub fn begin() {
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let thread = thread::Builder::new().name("waiting".to_owned()).stack_size(STACK).spawn(move || tell(&over));
    *lock() = thread.ok().map(|thread| Waiting { is_over, thread });
}

/// There is something to see: nothing more is told, and a line that stands there is gone when this returns.
pub fn end() {
    if let Some(Waiting { is_over, thread }) = lock().take() {
        is_over.store(true, SeqCst);
        thread.thread().unpark();
        let _ = thread.join();
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<Waiting>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell(is_over: &AtomicBool) {
    let began = Instant::now();
    let bar = io::stderr().is_terminal().then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()));
    let mut shown: Option<(Activity, Instant)> = None;
    let mut told: Option<Activity> = None;
    while !is_over.load(SeqCst) {
        thread::park_timeout(LOOK);
        // where memory runs out, what is left is for the message that says so
        if began.elapsed() < MOMENT || !can_allocate(MEMORY_OF_A_LINE) {
            continue;
        }
        let work = activity::current();
        // who types would not see what is typed behind a line that is drawn again and again
        let is_typed =
            work.as_ref().is_some_and(|work| work.activity == Activity::ReadingStdin) && io::stdin().is_terminal();
        match (bar.as_ref().filter(|_| !is_typed), work) {
            // a line that is written over
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
            // a line each for what takes long
            (None, Some(work)) if told.is_none() || work.since.elapsed() >= MOMENT => {
                if told.as_ref() != Some(&work.activity) {
                    let _ = writeln!(io::stderr(), "{}", sentence(&work)); // it may be gone
                    told = Some(work.activity.clone());
                }
            }
            (None, _) => {}
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// A line that is written over; with a bar and the time that is left where it is known how much there is to do.
fn style(has_whole: bool) -> indicatif::ProgressStyle {
    let left = language().pick("left", "剩余");
    let template = if has_whole {
        format!("{{spinner}} {{msg}} {{wide_bar}} {{eta}} {left}")
    } else {
        "{spinner} {msg}".to_owned()
    };
    indicatif::ProgressStyle::with_template(&template).unwrap_or_else(|_| indicatif::ProgressStyle::default_spinner())
}

/// What goes on, in the language of the interface.
fn sentence(work: &ActiveWork) -> String {
    let (done, total) = (work.done(), work.total);
    let part = match (done, total) {
        (0, _) => String::new(),
        (done, 0) => format!(" ({})", Size(done)),
        (done, total) => format!(" ({} %)", (done.saturating_mul(100) / total.max(1)).min(100)),
    };
    let pick = |english: String, chinese: String| {
        let sentence = if language() == Language::Chinese { chinese } else { english };
        sentence + &part
    };
    match &work.activity {
        Activity::Opening(name) => {
            let name = printable(name);
            pick(
                format!("waiting for {name}: nobody writes into it yet (Ctrl-C ends)"),
                format!("等待 {name}：还没有人写入（按 Ctrl-C 结束）"),
            )
        }
        Activity::ReadingStdin if io::stdin().is_terminal() => pick(
            "type the text; Ctrl-D on a line of its own ends it, Ctrl-C the program".to_owned(),
            "请输入文本；在空行上按 Ctrl-D 结束文本，按 Ctrl-C 结束程序".to_owned(),
        ),
        Activity::ReadingStdin => pick(
            "reading standard input, waiting for its end (Ctrl-C ends)".to_owned(),
            "正在读取标准输入，等待其结束（按 Ctrl-C 结束）".to_owned(),
        ),
        Activity::Reading(name) if done == 0 => {
            let name = printable(name);
            pick(
                format!("reading {name}: waiting for its first bytes (Ctrl-C ends)"),
                format!("正在读取 {name}：等待最初的字节（按 Ctrl-C 结束）"),
            )
        }
        Activity::Reading(name) => {
            let name = printable(name);
            pick(format!("reading {name}"), format!("正在读取 {name}"))
        }
        Activity::Tokenizing => pick("cutting the text into words".to_owned(), "正在把文本切分成词".to_owned()),
        Activity::Loading(name) => {
            let name = printable(name);
            pick(format!("reading the checkpoint {name}"), format!("正在读取检查点 {name}"))
        }
        Activity::BuildingModel => pick("making the model".to_owned(), "正在建立模型".to_owned()),
        Activity::CreatingRunFolder(name) => {
            let name = printable(name);
            pick(format!("writing the folder {name}"), format!("正在写入文件夹 {name}"))
        }
        Activity::Evaluating => pick("predicting the text".to_owned(), "正在预测文本".to_owned()),
        Activity::Generating => pick("continuing the text".to_owned(), "正在续写文本".to_owned()),
        Activity::Exporting => pick("writing pictures and tables".to_owned(), "正在写入图片和表格".to_owned()),
    }
}
