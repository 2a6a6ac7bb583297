//! Actions of the whole screen: quitting, help, motions that panels share, overlays, and the program.

use crossterm::event::KeyCode::{BackTab, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab, Up};

use super::Handler::{Move, Run};
use super::Place::{Everywhere, Panels};
use super::Topic::{Look, Program, Prompt, Training};
use super::{Action, BACK, Destructive, Place, TYPE, Topic, on, run_actions};
use crate::dashboard::effect::Effect;
use crate::dashboard::key::{Key, c, k};
use crate::dashboard::language::text;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::role::Permission;
use crate::session::RunState;

/// The actions at the start of the footer.
pub const FIRST_IN_FOOTER: &[Action] = &[
    Action::new(
        on(Panels, "quit", &[c('q')]),
        Permission::Anyone,
        Program,
        text("quit", "退出"),
        text("quit", "退出"),
        Run(|_, _| Some(Effect::Quit)),
    )
    .confirm(Destructive::ByQuitting)
    .ranked(0),
    Action::new(
        on(Panels, "help", &[c('?')]),
        Permission::Anyone,
        Program,
        text("help", "帮助"),
        text("show or hide this help", "显示或隐藏帮助"),
        Run(|view, _| view.show_help()),
    )
    .ranked(0),
    Action::new(
        on(Panels, "pause", &[c(' ')]),
        Permission::OwnReplay,
        Training,
        text("pause", "暂停"),
        text("pause or resume training; or a replay", "暂停或继续训练；或重放"),
        Run(run_actions::pause),
    )
    .when(run_actions::moves)
    .offered_when(|_, run| !run_actions::is_over(run))
    .labelled_by(run_actions::pause_label)
    .ranked(1),
    Action::new(
        on(Panels, TYPE, &[c('i'), c('/')]),
        Permission::Asking,
        Prompt,
        text("type", "输入"),
        text("type words and ask which comes next", "输入词语，问下一个词"),
        Run(|view, _| view.type_prompt()),
    )
    .ranked(1),
    Action::new(
        on(Panels, "next_panel", &[k(Tab)]),
        Permission::Anyone,
        Topic::Panels,
        text("panel", "面板"),
        text("the next panel", "下一个面板"),
        Run(|view, _| view.show_neighbour(true)),
    )
    .ranked(1),
    Action::new(
        on(Place::Panel, "next_quantity", &[c(']')]),
        Permission::Anyone,
        Look,
        text("next", "下一个"),
        text("the next curve; the next of h, c, gates, embedding", "下一条曲线；下一个量：h、c、门、词嵌入"),
        Move(Motion::NextQuantity),
    ),
    Action::new(
        on(Place::Panel, "previous_quantity", &[c('[')]),
        Permission::Anyone,
        Look,
        text("previous", "上一个"),
        text("the one before", "上一个"),
        Move(Motion::PreviousQuantity),
    ),
    Action::new(
        on(Place::Panel, "next_layer", &[c('n')]),
        Permission::Anyone,
        Look,
        text("next layer", "下一层"),
        text("the next layer of the model", "模型的下一层"),
        Move(Motion::NextLayer),
    )
    .offered_when(|_, run| run.answer.as_ref().is_some_and(|answer| answer.trace.layers() > 1)),
    Action::new(
        on(Place::Panel, "left", &[k(Left), c('h')]),
        Permission::Anyone,
        Look,
        text("before", "向前"),
        text("the cursor to an earlier step", "光标移到较早的步"),
        Move(Motion::Towards(Direction::Left)),
    ),
    Action::new(
        on(Place::Panel, "right", &[k(Right), c('l')]),
        Permission::Anyone,
        Look,
        text("after", "向后"),
        text("the cursor to a later step", "光标移到较晚的步"),
        Move(Motion::Towards(Direction::Right)),
    ),
    Action::new(
        on(Place::Panel, "up", &[k(Up), c('k')]),
        Permission::Anyone,
        Look,
        text("up", "向上"),
        text("the unit, row or word above; closer to the curve", "上一个单元、行或词；放大曲线"),
        Move(Motion::Towards(Direction::Up)),
    ),
    Action::new(
        on(Place::Panel, "down", &[k(Down), c('j')]),
        Permission::Anyone,
        Look,
        text("down", "向下"),
        text("the unit, row or word below; away from the curve", "下一个单元、行或词；缩小曲线"),
        Move(Motion::Towards(Direction::Down)),
    ),
];

/// The actions at the end of the footer.
pub const LAST_IN_FOOTER: &[Action] = &[
    Action::new(
        on(Panels, "previous_panel", &[k(BackTab)]),
        Permission::Anyone,
        Topic::Panels,
        text("panel before", "上一面板"),
        text("the panel before", "上一个面板"),
        Run(|view, _| view.show_neighbour(false)),
    ),
    Action::new(
        on(Panels, "export", &[c('x')]),
        Permission::Teacher,
        Program,
        text("export", "导出"),
        text("write what is shown as pictures and tables", "将所示内容导出为图片与表格"),
        Run(|_, _| Some(Effect::Export)),
    ),
    Action::new(
        on(Panels, "language", &[c('L')]),
        Permission::Anyone,
        Program,
        text("中文", "English"),
        text("switch to Chinese: 中文界面", "切换到英文：English"),
        Run(|view, _| view.toggle_language()),
    ),
    Action::new(
        on(Everywhere, BACK, &[k(Esc)]),
        Permission::Anyone,
        Program,
        text("back", "返回"),
        text("leave the prompt, this help or the full screen", "离开提示、帮助或全屏"),
        Run(|view, _| view.leave()),
    )
    .offered_when(|view, _| view.has_to_leave())
    .ranked(0),
    Action::new(
        on(Place::Help, "", &[c('?'), c('q')]),
        Permission::Anyone,
        Program,
        text("back", "返回"),
        text("leave the prompt, this help or the full screen", "离开提示、帮助或全屏"),
        Run(|view, _| view.leave()),
    )
    .ranked(0),
    Action::new(
        on(Place::Help, "", &[k(Up), c('k')]),
        Permission::Anyone,
        Look,
        text("up", "向上"),
        text("the unit, row or word above; closer to the curve", "上一个单元、行或词；放大曲线"),
        Run(|view, _| view.scroll_help(Direction::Up, 1)),
    ),
    Action::new(
        on(Place::Help, "", &[k(Down), c('j')]),
        Permission::Anyone,
        Look,
        text("down", "向下"),
        text("the unit, row or word below; away from the curve", "下一个单元、行或词；缩小曲线"),
        Run(|view, _| view.scroll_help(Direction::Down, 1)),
    ),
    Action::new(
        on(Place::Help, "", &[k(PageUp), c('b')]),
        Permission::Anyone,
        Look,
        text("page up", "上一页"),
        text("one page of the help further", "帮助翻页"),
        Run(|view, _| view.page_help(Direction::Up)),
    ),
    Action::new(
        on(Place::Help, "", &[k(PageDown), c(' ')]),
        Permission::Anyone,
        Look,
        text("page down", "下一页"),
        text("one page of the help further", "帮助翻页"),
        Run(|view, _| view.page_help(Direction::Down)),
    ),
    Action::new(
        on(Place::Help, "", &[k(Home), c('g')]),
        Permission::Anyone,
        Look,
        text("first", "开头"),
        text("the first or last line of the help", "帮助的开头或末尾"),
        Run(|view, _| view.scroll_help(Direction::Up, u16::MAX)),
    ),
    Action::new(
        on(Place::Help, "", &[k(End), c('G')]),
        Permission::Anyone,
        Look,
        text("last", "末尾"),
        text("the first or last line of the help", "帮助的开头或末尾"),
        Run(|view, _| view.scroll_help(Direction::Down, u16::MAX)),
    ),
    Action::new(
        on(Place::Model, "", &[k(Enter)]),
        Permission::Teacher,
        Training,
        text("train it", "训练它"),
        text("train that model", "训练该模型"),
        Run(|view, _| view.rebuild()),
    )
    .when(|run| run.snapshot.state != RunState::Replay),
    Action::new(
        on(Place::Model, "", &[k(Up), c('k')]),
        Permission::Anyone,
        Look,
        text("up", "向上"),
        text("the unit, row or word above; closer to the curve", "上一个单元、行或词；放大曲线"),
        Run(|view, _| view.move_in_model(Direction::Up)),
    ),
    Action::new(
        on(Place::Model, "", &[k(Down), c('j')]),
        Permission::Anyone,
        Look,
        text("down", "向下"),
        text("the unit, row or word below; away from the curve", "下一个单元、行或词；缩小曲线"),
        Run(|view, _| view.move_in_model(Direction::Down)),
    ),
    Action::new(
        on(Place::Model, "", &[k(Left), c('h')]),
        Permission::Anyone,
        Look,
        text("before", "向前"),
        text("the cursor to an earlier step", "光标移到较早的步"),
        Run(|view, _| view.move_in_model(Direction::Left)),
    ),
    Action::new(
        on(Place::Model, "", &[k(Right), c('l')]),
        Permission::Anyone,
        Look,
        text("after", "向后"),
        text("the cursor to a later step", "光标移到较晚的步"),
        Run(|view, _| view.move_in_model(Direction::Right)),
    ),
    Action::new(
        on(Place::Model, "", &[c('q'), c('m')]),
        Permission::Anyone,
        Program,
        text("back", "返回"),
        text("leave the prompt, this help or the full screen", "离开提示、帮助或全屏"),
        Run(|view, _| view.leave()),
    )
    .ranked(0),
    Action::new(
        on(Place::Name, "", &[k(Enter)]),
        Permission::Teacher,
        Topic::Class,
        text("rename", "改名"),
        text("call this member otherwise", "更改此人的名字"),
        Run(|view, _| view.rename()),
    )
    .ranked(0),
    Action::new(
        on(Everywhere, "suspend", &[Key::control('z')]),
        Permission::Teacher,
        Program,
        text("suspend", "挂起"),
        text("back to the shell, training waits; `fg` goes on", "回到 shell，训练等待；用 fg 继续"),
        Run(|_, _| Some(Effect::Suspend)),
    ),
    Action::new(
        on(Everywhere, "", &[Key::control('c')]),
        Permission::Anyone,
        Program,
        text("quit", "退出"),
        text("quit", "退出"),
        Run(|_, _| Some(Effect::Interrupt)), /* the key is fixed: this way out always works */
    )
    .confirm(Destructive::ByInterrupt),
];
