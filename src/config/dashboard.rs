//! The section `[dashboard]`: initial settings of the dashboard.

use super::change::SHOWN;
use super::kind::{Kind, frames_per_second};
use super::table::{row, section};
use super::values::StartPace;

section! {
    /// `[dashboard]`
    pub struct DashboardConfig at (dashboard) {
        pace: StartPace = StartPace::default(), row(Kind::Pace, SHOWN),
            "training steps per second at start; 0 = as fast as it goes; two numbers such as `[15, 400]`: from the first to the second \
             within half a minute",
            "开始时每秒的训练步数；0 = 尽可能快；两个数（如 `[15, 400]`）：半分钟内从第一个到第二个";
        paused: bool = false, row(Kind::Bool, SHOWN),
            "whether training waits for a key before its first step", "第一步之前是否等待按键";
        fps: u32 = 10, row(frames_per_second(60), SHOWN),
            "frames per second at most; keys are answered at once", "每秒最多帧数；按键立即响应";
        prompts: Vec<String> = Vec::new(), row(Kind::Texts, SHOWN),
            "prompts that `Up` recalls; the first one is asked from the start. Without any, the first words of the corpus are",
            "可用 `Up` 取回的提示；一开始就问第一个。没有时问语料开头的词";
    }
}
