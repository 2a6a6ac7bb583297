//! Which model a configuration describes.

use std::sync::Arc;

use super::LanguageLearner;
use crate::config::{Architecture, Config, ConfigError, Engine, ModelConfig};
use crate::corpus::Corpus;
use crate::learning::Learner;
use crate::model::dimensions::{Embed, Hidden, Vocab};
use crate::model::{Model, Nplm, NplmSpec, Options, Recurrent, RecurrentInDfdx, RecurrentSpec, Sizes};
use crate::with_cell;

/// A model of the architecture that `config` names, which has learned nothing yet.
pub(super) fn learner_of(config: Config, corpus: Arc<Corpus>) -> Result<Box<dyn Learner>, ConfigError> {
    let vocabulary = Vocab(corpus.vocabulary().words().len());
    match config.model.architecture {
        Architecture::Recurrent => {
            let spec = recurrent(&config.model, vocabulary);
            with_cell!(config.model.cell, C => match config.model.engine {
                Engine::Fast => boxed::<Recurrent<C, Vocab, Embed, Hidden>>(&spec, config, corpus),
                Engine::Dfdx => boxed::<RecurrentInDfdx<C, Vocab, Embed, Hidden>>(&spec, config, corpus),
            })
        }
        Architecture::Nplm => {
            let ModelConfig { embedding, hidden, context, direct, .. } = config.model;
            let (embedding, hidden) = (Embed(embedding), Hidden(hidden));
            let spec = NplmSpec { vocabulary, embedding, hidden, context, direct };
            boxed::<Nplm<Vocab, Embed, Hidden>>(&spec, config, corpus)
        }
    }
}

fn boxed<M: Model>(spec: &M::Spec, config: Config, corpus: Arc<Corpus>) -> Result<Box<dyn Learner>, ConfigError> {
    Ok(Box::new(LanguageLearner::<M>::new(spec, config, corpus)?))
}

#[allow(clippy::cast_possible_truncation)] // numbers for f32 weights
pub(super) fn recurrent(config: &ModelConfig, vocabulary: Vocab) -> RecurrentSpec<Vocab, Embed, Hidden> {
    let sizes =
        Sizes { vocabulary, embedding: Embed(config.embedding), hidden: Hidden(config.hidden), layers: config.layers };
    let options =
        Options { dropout: config.dropout as f32, forget_bias: config.forget_bias as f32, tied: config.tie_embeddings };
    RecurrentSpec { sizes, options }
}
