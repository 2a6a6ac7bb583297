//! A module for each panel, with its state, keys and drawing; and the list of all panels.

mod all;
mod answers;
mod attention;
mod class;
mod columns;
mod comparison;
mod context;
mod drawing;
pub mod footer;
mod gradient_flow;
pub mod header;
mod heatmap;
pub mod help;
mod input;
mod loss;
pub mod model;
mod name;
mod panel;
mod pinned;
pub mod poll;
pub mod prompt;
mod scaling;
mod shapes;
mod side_by_side;
mod state_space;
mod stopped;
mod window;

/// The list of all panels, in the order of their number keys: name, field and type of the state, name and key of the action that shows it,
/// whether it shows one run or all, and the title in both languages. `$expand` is the macro that the list is passed to.
macro_rules! panel_list {
    ($expand:ident) => {
        $expand! {
            /// The loss of every step.
            Loss loss: super::loss::LossPanel = "show_loss", '1', AllRuns, "loss", "损失";
            /// Hidden states, cell states and gates at every step of the prompt.
            Heatmap heatmap: super::heatmap::HeatmapPanel = "show_heatmap", '2', OneRun, "states and gates", "状态与门";
            /// How far back in the prompt the gradient of the loss reaches.
            GradientFlow gradient_flow: super::gradient_flow::GradientFlowPanel = "show_gradient_flow", '3', OneRun, "gradient flow", "梯度流";
            /// The prompt, and the distribution of the next word.
            Prompt prompt: super::prompt::PromptPanel = "show_prompt", '4', AllRuns, "prompt", "提示";
            /// The path of the hidden state.
            StateSpace state_space: super::state_space::StateSpacePanel = "show_state_space", '5', OneRun, "state space", "状态空间";
            /// The tensors of a training step.
            Shapes shapes: super::shapes::ShapesPanel = "show_shapes", '6', AllRuns, "shapes", "形状";
            /// Attention weights of each head.
            Attention attention: super::attention::AttentionPanel = "show_attention", '7', OneRun, "attention", "注意力";
            /// Runs and attempts in a table.
            Comparison comparison: super::comparison::ComparisonPanel = "show_comparison", '8', AllRuns, "comparison", "对比";
            /// The measured cost of a training step.
            Scaling scaling: super::scaling::ScalingPanel = "show_scaling", '9', AllRuns, "scaling", "规模与代价";
            /// The members of the class.
            Class class: super::class::ClassPanel = "show_class", 'C', AllRuns, "class", "课堂";
        }
    };
}
use panel_list;

pub use all::{AnyPanelKey, Panels};
pub use context::{Density, RenderContext};
pub use drawing::{clear, wrapped};
pub use name::PanelName;
pub use panel::PanelContext;
pub use prompt::PromptPanel;
pub use scaling::ModelToMeasure;
