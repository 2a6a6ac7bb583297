//! Actions on runs: control of training, replay, and choice of the run.

use super::Handler::Run;
use super::Place::Panels;
use super::Topic::{Past, Training};
use super::{Action, Destructive, RESTART, Topic, controls_replay, on};
use crate::dashboard::effect::Effect;
use crate::dashboard::key::c;
use crate::dashboard::language::{Bilingual, text};
use crate::dashboard::role::Permission;
use crate::dashboard::view::{Notice, View};
use crate::session::{Control, ObservedRun, Query, RunState};

/// The actions on runs, in the order of the footer.
pub const RUN_ACTIONS: &[Action] = &[
    Action::new(
        on(Panels, "step", &[c('s')]),
        Permission::Teacher,
        Training,
        text("step", "单步"),
        text("take one step, then wait", "训练一步，然后等待"),
        Run(step),
    )
    .when(|run| run.snapshot.can_train()),
    Action::new(
        on(Panels, RESTART, &[c('r')]),
        Permission::Teacher,
        Training,
        text("restart", "重新开始"),
        text("restart with new weights, from the next seed", "用下一个种子的新权重重新开始"),
        Run(|view, _| view.restart()),
    )
    .when(|run| run.snapshot.state != RunState::Replay)
    .confirm(Destructive::ByRestart),
    Action::new(
        on(Panels, "repeat", &[c('R')]),
        Permission::Teacher,
        Training,
        text("same seed", "同种子重来"),
        text("restart with the same weights, from the same seed", "用同一种子的权重重新开始"),
        Run(|_, _| Some(Effect::Control(Control::Repeat))),
    )
    .when(|run| run.snapshot.state != RunState::Replay)
    .confirm(Destructive::ByRestart),
    Action::new(
        on(Panels, "model", &[c('m')]),
        Permission::Teacher,
        Training,
        text("model", "模型"),
        text("another network, size, rate, clip or seed", "换网络、大小、学习率、裁剪或种子"),
        Run(View::edit_model),
    )
    .when(|run| run.snapshot.state != RunState::Replay),
    Action::new(
        on(Panels, "save", &[c('w')]),
        Permission::Teacher,
        Training,
        text("save", "保存"),
        text("save a checkpoint, if the run is saved", "保存检查点（若运行有目录）"),
        Run(save),
    )
    .when(can_save),
    Action::new(
        on(Panels, "lower_rate", &[c('<'), c(',')]),
        Permission::Teacher,
        Training,
        text("lower rate", "降低学习率"),
        text("half the learning rate", "学习率减半"),
        Run(|_, _| Some(Effect::Control(Control::ScaleLearningRate(0.5)))),
    )
    .when(|run| run.snapshot.can_train()),
    Action::new(
        on(Panels, "raise_rate", &[c('>'), c('.')]),
        Permission::Teacher,
        Training,
        text("higher rate", "提高学习率"),
        text("twice the learning rate", "学习率加倍"),
        Run(|_, _| Some(Effect::Control(Control::ScaleLearningRate(2.0)))),
    )
    .when(|run| run.snapshot.can_train()),
    Action::new(
        on(Panels, "usual_rate", &[c('u')]),
        Permission::Teacher,
        Training,
        text("usual rate", "恢复学习率"),
        text("the learning rate of the configuration again", "恢复配置的学习率"),
        Run(|_, _| Some(Effect::Control(Control::UsualLearningRate))),
    )
    .when(|run| run.snapshot.can_train() && run.snapshot.has_changed_rate()),
    Action::new(
        on(Panels, "rewind", &[c('(')]),
        Permission::Asking,
        Past,
        text("back in time", "回退"),
        text("the model as it was earlier in training", "训练更早时的模型"),
        Run(|_, run| Some(Effect::Query(Query::Travel(-leap(run))))),
    )
    .when(|run| run.snapshot.can_replay()),
    Action::new(
        on(Panels, "forward", &[c(')')]),
        Permission::Asking,
        Past,
        text("forward", "前进"),
        text("the model as it was later", "训练更晚时的模型"),
        Run(|_, run| Some(Effect::Query(Query::Travel(leap(run))))),
    )
    .when(|run| run.playback.shown.is_some()),
    Action::new(
        on(Panels, "first_moment", &[c('^')]),
        Permission::Asking,
        Past,
        text("first moment", "最早时刻"),
        text("the first stored moment of training", "所保存的最早时刻的模型"),
        Run(|_, _| Some(Effect::Query(Query::Travel(i64::MIN)))),
    )
    .when(|run| run.snapshot.can_replay()),
    Action::new(
        on(Panels, "frame_before", &[c('{')]),
        Permission::Asking,
        Past,
        text("keyframe before", "上一关键帧"),
        text("the model one keyframe earlier", "上一关键帧的模型"),
        Run(|_, _| Some(Effect::Query(Query::Travel(-1)))),
    )
    .when(|run| run.snapshot.can_replay()),
    Action::new(
        on(Panels, "frame_after", &[c('}')]),
        Permission::Asking,
        Past,
        text("keyframe after", "下一关键帧"),
        text("the model one keyframe later", "下一关键帧的模型"),
        Run(|_, _| Some(Effect::Query(Query::Travel(1)))),
    )
    .when(|run| run.playback.shown.is_some()),
    Action::new(
        on(Panels, "replay", &[c('t')]),
        Permission::Asking,
        Past,
        text("replay", "重放"),
        text("play training from its start or this moment, or stop", "从头或从此刻重放训练，或停止"),
        Run(|_, _| Some(Effect::Query(Query::Replay))),
    )
    // a run that is only replayed is played and stopped by the key for pause
    .when(|run| run.snapshot.can_replay() && run.snapshot.state != RunState::Replay)
    .labelled_by(|run| run.playback.is_playing.then_some(STOP)),
    Action::new(
        on(Panels, "present", &[c('e')]),
        Permission::Asking,
        Past,
        text("present", "回到现在"),
        text("the model as it is now", "现在的模型"),
        Run(|_, _| Some(Effect::Query(Query::Return))),
    )
    .when(|run| run.playback.shown.is_some()),
    Action::new(
        on(Panels, "full_screen", &[c('z')]),
        Permission::Anyone,
        Topic::Panels,
        text("full screen", "全屏"),
        text("one panel on the whole screen, or all again", "单个面板全屏，或恢复"),
        Run(View::zoom),
    ),
    Action::new(
        on(Panels, "next_run", &[c('d')]),
        Permission::Anyone,
        Topic::Panels,
        text("next run", "下一个运行"),
        text("look at the next of several runs", "查看下一个并排运行"),
        Run(|_, _| Some(Effect::Query(Query::NextRun))),
    )
    .when(trains_beside_others)
    .ranked(1),
    Action::new(
        on(Panels, "previous_run", &[c('D')]),
        Permission::Anyone,
        Topic::Panels,
        text("run before", "上一个运行"),
        text("look at the run before", "查看上一个并排运行"),
        Run(|_, _| Some(Effect::Query(Query::PreviousRun))),
    )
    .when(trains_beside_others),
    Action::new(
        on(Panels, "act_on_one", &[c('a')]),
        Permission::Teacher,
        Training,
        text("keys: all/one", "按键：全部/单个"),
        text("keys act on all runs, or only on this one", "按键作用于全部运行，或仅作用于当前运行"),
        Run(|view, _| view.toggle_acts_on_one()),
    )
    .when(trains_beside_others),
    Action::new(
        on(Panels, "in_step", &[c('c')]),
        Permission::Teacher,
        Training,
        text("in step/free", "同步/各自"),
        text("runs in step, or each as fast as it can", "各运行等待最慢者，或各自尽快训练"),
        Run(|_, run| {
            let in_step = run.snapshot.in_step?;
            Some(Effect::Control(Control::KeepInStep(!in_step)))
        }),
    )
    .when(|run| trains_beside_others(run) && run.snapshot.can_train()),
    Action::new(
        on(Panels, "slower", &[c('-'), c('_')]),
        Permission::OwnReplay,
        Training,
        text("slower", "减慢"),
        text("fewer steps per second; or a slower replay", "每秒更少步；或减慢重放"),
        Run(|_, run| Some(slower(run))),
    )
    .when(moves),
    Action::new(
        on(Panels, "faster", &[c('+'), c('=')]),
        Permission::OwnReplay,
        Training,
        text("faster", "加快"),
        text("more steps per second; or a faster replay", "每秒更多步；或加快重放"),
        Run(|_, run| Some(faster(run))),
    )
    .when(moves),
    Action::new(
        on(Panels, "full_speed", &[c('f')]),
        Permission::Teacher,
        Training,
        text("full speed", "全速"),
        text("as fast as it goes, or back to the pace before", "全速训练，或回到之前的速度"),
        Run(|_, _| Some(Effect::Control(Control::ToggleFullSpeed))),
    )
    .when(|run| run.snapshot.can_train()),
];

/// Label of the keys that stop a replay.
const STOP: Bilingual = text("stop", "停止");

/// Whether other runs train beside it.
fn trains_beside_others(run: &ObservedRun) -> bool {
    run.snapshot.in_step.is_some()
}

/// Whether training or a replay could be paused or change its pace.
pub fn moves(run: &ObservedRun) -> bool {
    run.snapshot.can_train() || run.snapshot.can_replay()
}

/// Pauses or resumes training, or plays or stops a replay; shows a notice if training has ended.
pub fn pause(view: &mut View, run: &ObservedRun) -> Option<Effect> {
    Some(match run.snapshot.state {
        _ if is_over(run) => {
            view.notice = Some(Notice::Over);
            return None;
        }
        _ if controls_replay(run) => Effect::Query(Query::Replay),
        RunState::Running => Effect::Control(Control::Pause),
        _ => Effect::Control(Control::Resume),
    })
}

/// Whether there is nothing to pause or resume: training has ended and the present is shown.
pub fn is_over(run: &ObservedRun) -> bool {
    !run.snapshot.can_train() && run.snapshot.state != RunState::Replay && run.playback.shown.is_none()
}

/// Takes one step; shows a notice instead while an earlier moment is shown.
fn step(view: &mut View, run: &ObservedRun) -> Option<Effect> {
    if run.playback.shown.is_some() {
        view.notice = Some(Notice::InThePast);
        return None;
    }
    Some(Effect::Control(Control::StepOnce))
}

/// The label of the key for pause, if it is not "pause".
pub fn pause_label(run: &ObservedRun) -> Option<Bilingual> {
    match run.snapshot.state {
        _ if run.playback.is_playing => Some(STOP),
        RunState::Paused => Some(text("resume", "继续")),
        _ if run.snapshot.can_train() => None,
        _ => Some(text("replay", "重放")),
    }
}

/// Speeds up the replay or training.
fn faster(run: &ObservedRun) -> Effect {
    if controls_replay(run) { Effect::Query(Query::ReplayFaster) } else { Effect::Control(Control::Faster) }
}

/// Slows down the replay or training.
fn slower(run: &ObservedRun) -> Effect {
    if controls_replay(run) { Effect::Query(Query::ReplaySlower) } else { Effect::Control(Control::Slower) }
}

/// Whether the run is saved to disk and trains.
fn can_save(run: &ObservedRun) -> bool {
    run.snapshot.save_status.is_some() && run.snapshot.state != RunState::Replay
}

/// Requests a checkpoint; `None` if the run cannot be saved.
fn save(_: &mut View, run: &ObservedRun) -> Option<Effect> {
    can_save(run).then_some(Effect::Control(Control::Save))
}

/// Number of keyframes per key press: the whole run takes fifty.
fn leap(run: &ObservedRun) -> i64 {
    i64::try_from(run.snapshot.moments / 50).unwrap_or(i64::MAX).max(1)
}
