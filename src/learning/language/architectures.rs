//! Creates the learner of the architecture that a configuration names.

use std::sync::Arc;

use super::LanguageLearner;
use crate::activity::{self, Activity};
use crate::config::{Architecture, Config, ConfigError, Engine, ModelConfig};
use crate::corpus::{Corpus, Texts};
use crate::learning::Learner;
use crate::learning::checks::{check_prompts, max_steps_of_corpus};
use crate::model::dimensions::{Embed, Hidden, Inner, Positions, Vocab};
use crate::model::{
    Model, Nplm, NplmSpec, Options, Recurrent, RecurrentInDfdx, RecurrentSpec, Sizes, Transformer, TransformerSpec,
};
use crate::with_cell;

/// Reads the corpus of a configuration and creates its untrained model.
///
/// # Errors
/// As [`Texts::read`] and [`learner_of_texts`].
pub fn language_learner(mut config: Config) -> Result<Box<dyn Learner>, ConfigError> {
    let texts = Texts::read(&config)?;
    learner_of_texts(&mut config, &texts)
}

/// Creates the untrained learner of a configuration for texts that have been read. Settings in `config` that are too large for the texts
/// are reduced.
///
/// # Errors
/// If the corpus is invalid or lacks a word of a prompt, if the model is too large or cannot read the longest sentence or window at once,
/// or if there is no memory for it or for its longest step.
pub fn learner_of_texts(config: &mut Config, texts: &Texts) -> Result<Box<dyn Learner>, ConfigError> {
    let corpus = Arc::new(Corpus::new(config, texts)?);
    let _busy = activity::begin(Activity::BuildingModel, 0);
    check_prompts(config, &corpus)?;
    learner_of(config.clone(), corpus)
}

/// Creates the untrained learner of the architecture that `config` names. A transformer without `context` gets that of the longest pass.
///
/// # Errors
/// As [`LanguageLearner::new`].
pub(super) fn learner_of(mut config: Config, corpus: Arc<Corpus>) -> Result<Box<dyn Learner>, ConfigError> {
    let vocabulary = Vocab(corpus.vocabulary().words().len());
    match config.model.architecture {
        Architecture::Recurrent => {
            let spec = recurrent_spec(&config.model, vocabulary);
            with_cell!(config.model.cell, C => match config.model.engine {
                Engine::Fast => create::<Recurrent<C>>(&spec, config, corpus),
                Engine::Dfdx => create::<RecurrentInDfdx<C>>(&spec, config, corpus),
            })
        }
        Architecture::Nplm => {
            let ModelConfig { embedding, hidden, direct, .. } = config.model;
            let (embedding, hidden, context) = (Embed(embedding), Hidden(hidden), config.model.nplm_context());
            let spec = NplmSpec { vocabulary, embedding, hidden, context, direct };
            create::<Nplm>(&spec, config, corpus)
        }
        Architecture::Transformer => {
            if config.model.context == 0 {
                config.model.context = max_steps_of_corpus(&config, &corpus).max(1);
            }
            let spec = transformer_spec(&config.model, vocabulary);
            create::<Transformer>(&spec, config, corpus)
        }
    }
}

/// The spec of a transformer with these settings.
#[allow(clippy::cast_possible_truncation)] // a number for f32 weights
fn transformer_spec(config: &ModelConfig, vocabulary: Vocab) -> TransformerSpec {
    TransformerSpec {
        vocabulary,
        embedding: Embed(config.embedding),
        context: Positions(config.context),
        heads: config.heads,
        layers: config.layers,
        inner: Inner(config.mlp_units()),
        dropout: config.dropout as f32,
        tied: config.tie_embeddings,
    }
}

/// Creates the untrained learner of a model of type `M`.
fn create<M: Model>(spec: &M::Spec, config: Config, corpus: Arc<Corpus>) -> Result<Box<dyn Learner>, ConfigError> {
    Ok(Box::new(LanguageLearner::<M>::new(spec, config, corpus, learner_of)?))
}

/// The spec of a recurrent network with these settings.
#[allow(clippy::cast_possible_truncation)] // numbers for f32 weights
pub(super) fn recurrent_spec(config: &ModelConfig, vocabulary: Vocab) -> RecurrentSpec {
    let sizes =
        Sizes { vocabulary, embedding: Embed(config.embedding), hidden: Hidden(config.hidden), layers: config.layers };
    let options =
        Options { dropout: config.dropout as f32, forget_bias: config.forget_bias as f32, tied: config.tie_embeddings };
    RecurrentSpec { sizes, options }
}
