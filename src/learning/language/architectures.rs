//! From a configuration to a learner of its architecture.

use std::sync::Arc;

use super::LanguageLearner;
use crate::activity::{self, Activity};
use crate::config::{Architecture, Config, ConfigError, Engine, ModelConfig};
use crate::corpus::{Corpus, Texts};
use crate::learning::Learner;
use crate::learning::checks::{check_prompts, longest_pass};
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

/// The same for texts that have been read. Settings in `config` that are too large for the texts are reduced.
///
/// # Errors
/// If the corpus is invalid or lacks a word of a prompt, or if there is no memory for the model or for a step with the longest
/// sentences.
pub fn learner_of_texts(config: &mut Config, texts: &Texts) -> Result<Box<dyn Learner>, ConfigError> {
    let corpus = Arc::new(Corpus::new(config, texts)?);
    let _busy = activity::begin(Activity::BuildingModel, 0);
    check_prompts(config, &corpus)?;
    learner_of(config.clone(), corpus)
}

/// Creates the untrained learner of the architecture that `config` names.
pub(super) fn learner_of(mut config: Config, corpus: Arc<Corpus>) -> Result<Box<dyn Learner>, ConfigError> {
    let vocabulary = Vocab(corpus.vocabulary().words().len());
    match config.model.architecture {
        Architecture::Recurrent => {
            let spec = recurrent(&config.model, vocabulary);
            with_cell!(config.model.cell, C => match config.model.engine {
                Engine::Fast => boxed::<Recurrent<C>>(&spec, config, corpus),
                Engine::Dfdx => boxed::<RecurrentInDfdx<C>>(&spec, config, corpus),
            })
        }
        Architecture::Nplm => {
            let ModelConfig { embedding, hidden, direct, .. } = config.model;
            let (embedding, hidden, context) = (Embed(embedding), Hidden(hidden), config.model.nplm_context());
            let spec = NplmSpec { vocabulary, embedding, hidden, context, direct };
            boxed::<Nplm>(&spec, config, corpus)
        }
        Architecture::Transformer => {
            if config.model.context == 0 {
                config.model.context = longest_pass(&config, &corpus).max(1);
            }
            let spec = transformer(&config.model, vocabulary);
            boxed::<Transformer>(&spec, config, corpus)
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // a number for f32 weights
fn transformer(config: &ModelConfig, vocabulary: Vocab) -> TransformerSpec {
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

fn boxed<M: Model>(spec: &M::Spec, config: Config, corpus: Arc<Corpus>) -> Result<Box<dyn Learner>, ConfigError> {
    Ok(Box::new(LanguageLearner::<M>::new(spec, config, corpus, learner_of)?))
}

#[allow(clippy::cast_possible_truncation)] // numbers for f32 weights
pub(super) fn recurrent(config: &ModelConfig, vocabulary: Vocab) -> RecurrentSpec {
    let sizes =
        Sizes { vocabulary, embedding: Embed(config.embedding), hidden: Hidden(config.hidden), layers: config.layers };
    let options =
        Options { dropout: config.dropout as f32, forget_bias: config.forget_bias as f32, tied: config.tie_embeddings };
    RecurrentSpec { sizes, options }
}
