//! Sentences of the model editor.

crate::messages! {
    /// The model editor.
    pub(crate) enum EditorText {
        Title = "other settings", "换设置";
        NeedsNewWeights = "another value here: new weights", "改变此项：用新权重重新开始";
        KeepsWeights = "another value here: training goes on", "改变此项：继续训练";
        TrainingGoesOn = "Enter: training goes on with these weights", "按 Enter：用当前权重继续训练";
        Before { attempts: String } = "before: {attempts}", "之前： {attempts}";
        Train = "Enter trains it", "按 Enter 训练";
        TrainAndLose { steps: u64 } = "Enter trains it, and loses {steps} steps", "按 Enter 训练，会丢失 {steps} 步";
    }
}

impl EditorText {
    /// The effect of changing a row.
    pub(crate) fn effect_of_row(needs_new_weights: bool) -> Self {
        if needs_new_weights { Self::NeedsNewWeights } else { Self::KeepsWeights }
    }

    /// The effect of Enter on a run of `steps` steps if new weights are needed.
    pub(crate) fn rebuild(steps: u64) -> Self {
        if steps == 0 { Self::Train } else { Self::TrainAndLose { steps } }
    }
}
