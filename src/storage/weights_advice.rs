//! Advice about weights that do not fit: one line below the table of expected and found tensors.

use crate::learning::LearnerState;

crate::messages! {
    /// What to do about weights that do not fit.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) enum Advice {
        RemoveParametrization =
            "its weights are in the parts of a weight norm, a parametrization or weight drop: remove that from the module \
             (`torch.nn.utils.parametrize.remove_parametrizations`), and save it again",
            "其权重被权重归一化、参数化或权重丢弃拆成了几部分：请从模块中去掉它\
             （`torch.nn.utils.parametrize.remove_parametrizations`）再保存";
        RenameKeys { part: String } =
            "its recurrent layers are called `{part}`: the parts are `emb`, `rnn` and `head` here, so rename the keys of the state dict",
            "它的循环层叫 `{part}`：这里各部分叫 `emb`、`rnn` 和 `head`，请改状态字典的键名";
        Bidirectional =
            "they belong to a bidirectional network, which is not supported: it reads the words that it should predict",
            "它们属于双向网络，此处不支持：双向网络会读到本应预测的词";
        Reshape { name: String, found: AxisCount, expected: AxisCount } =
            "`{name}` has {found}, and {expected} here: squeeze or reshape it",
            "`{name}` 有 {found}，而这里是 {expected}：请用 squeeze 或 reshape 调整";
        Transpose { name: String } =
            "`{name}` is transposed: save its `.T.contiguous()`",
            "`{name}` 转置了：请保存它的 `.T.contiguous()`";
        OtherCell { cell: &'static str } =
            "they are those of another cell: `--set model.cell={cell}`",
            "它们属于另一种单元：`--set model.cell={cell}`";
        OtherLayers { layers: usize } =
            "they have {layers} layers: `--set model.layers={layers}`",
            "它们有 {layers} 层：`--set model.layers={layers}`";
        NoBiases =
            "the module was made with `bias=False`: zeros for the missing biases are the same network",
            "该模块用 `bias=False` 建立：给缺少的偏置补零即是同一网络";
        OtherSize { options: String } =
            "they are of a network of another size: `{options}`",
            "它们属于另一大小的网络：`{options}`";
        OtherText { rows: usize, words: usize } =
            "their table has {rows} rows, and this text has {words} words: learn from the text that they were trained on",
            "它们的表有 {rows} 行，而此文本有 {words} 个词：请用它们训练时的文本";
    }
}

crate::messages! {
    /// How many axes a tensor has.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) enum AxisCount {
        One = "one axis", "一个轴";
        Other { count: usize } = "{count} axes", "{count} 个轴";
    }
}

/// The name of a tensor and the size of each axis.
type Shape<'a> = (&'a str, Vec<usize>);

/// What to do about weights that do not fit a learner with the state `target`. `found` has name and description (such as `F32
/// [28, 2]`) of each tensor. `None` if no single cause is recognized.
pub(super) fn advice(found: &[(String, String)], target: &LearnerState) -> Option<Advice> {
    let found: Vec<Shape<'_>> = found.iter().map(|(name, description)| (name.as_str(), sizes(description))).collect();
    let expected: Vec<Shape<'_>> =
        target.weights.as_slice().iter().map(|tensor| (tensor.name.as_str(), tensor.shape.clone())).collect();
    if found.iter().any(|(name, _)| is_reparametrized(name)) {
        return Some(Advice::RemoveParametrization);
    }
    let recurrent = |shapes: &[Shape<'_>]| {
        shapes.iter().find_map(|(name, _)| name.split_once(".weight_hh_l0").map(|(part, _)| part.to_owned()))
    };
    if let Some(part) = recurrent(&found).filter(|part| part != "rnn" && recurrent(&expected).is_some()) {
        return Some(Advice::RenameKeys { part });
    }
    if found.iter().any(|(name, _)| name.ends_with("_reverse")) {
        return Some(Advice::Bidirectional);
    }
    let other_axes =
        |(name, theirs): &&Shape<'_>| shape(&expected, name).is_some_and(|ours| ours.len() != theirs.len());
    if let Some((name, theirs)) = found.iter().find(other_axes) {
        let ours = shape(&expected, name).unwrap_or_default();
        return Some(Advice::Reshape { name: (*name).to_owned(), found: axes(theirs), expected: axes(ours) });
    }
    let is_transposed = |(name, theirs): &&Shape<'_>| {
        shape(&expected, name).is_some_and(|ours| ours != theirs && theirs.iter().rev().eq(ours))
    };
    let has_same_units = shape(&found, "rnn.weight_hh_l0") == shape(&expected, "rnn.weight_hh_l0");
    if let Some((name, _)) = found.iter().find(is_transposed).filter(|_| has_same_units) {
        return Some(Advice::Transpose { name: (*name).to_owned() });
    }
    cell(&found, &expected)
        .or_else(|| layers(&found, &expected))
        .or_else(|| biases(&found, &expected))
        .or_else(|| sizes_of_model(&found, &expected))
        .or_else(|| words(&found, &expected))
}

/// The axis sizes in a description such as `F32 [28, 2]`.
fn sizes(description: &str) -> Vec<usize> {
    let inside = description.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']')).unwrap_or_default();
    inside.split(',').filter_map(|size| size.trim().parse().ok()).collect()
}

fn axes(shape: &[usize]) -> AxisCount {
    if shape.len() == 1 { AxisCount::One } else { AxisCount::Other { count: shape.len() } }
}

/// Whether a name is that of a part of a weight, as a weight norm, a parametrization or weight drop leaves it.
fn is_reparametrized(name: &str) -> bool {
    name.contains("parametrizations.")
        || ["_raw", "_g", "_v"].iter().any(|end| name.contains("weight_") && name.ends_with(end))
}

/// The shape of the tensor with this name.
fn shape<'s>(shapes: &'s [Shape<'_>], name: &str) -> Option<&'s [usize]> {
    shapes.iter().find(|(other, _)| *other == name).map(|(_, shape)| shape.as_slice())
}

/// Recognizes another cell by the rows of a recurrent weight per unit.
fn cell(found: &[Shape<'_>], expected: &[Shape<'_>]) -> Option<Advice> {
    let gates = |shapes| match shape(shapes, "rnn.weight_hh_l0") {
        Some(&[rows, units]) if units > 0 => Some(rows / units),
        _ => None,
    };
    let (theirs, ours) = (gates(found)?, gates(expected)?);
    let cell = match theirs {
        1 => "rnn",
        3 => "gru",
        4 => "lstm",
        _ => return None,
    };
    (theirs != ours).then_some(Advice::OtherCell { cell })
}

/// Recognizes another number of layers.
fn layers(found: &[Shape<'_>], expected: &[Shape<'_>]) -> Option<Advice> {
    let count = |shapes: &[Shape<'_>]| shapes.iter().filter(|(name, _)| name.starts_with("rnn.weight_hh_l")).count();
    let (theirs, ours) = (count(found), count(expected));
    (theirs > 0 && theirs != ours).then_some(Advice::OtherLayers { layers: theirs })
}

/// Recognizes that only biases are missing.
fn biases(found: &[Shape<'_>], expected: &[Shape<'_>]) -> Option<Advice> {
    let missing: Vec<&str> =
        expected.iter().map(|(name, _)| *name).filter(|name| shape(found, name).is_none()).collect();
    let is_bias = |name: &&str| name.contains("bias");
    let are_biases = !missing.is_empty() && missing.iter().all(is_bias);
    are_biases.then_some(Advice::NoBiases)
}

/// Recognizes other sizes of the hidden state or of the embedding.
fn sizes_of_model(found: &[Shape<'_>], expected: &[Shape<'_>]) -> Option<Advice> {
    fn size(shapes: &[Shape<'_>], name: &str, axis: usize) -> Option<usize> {
        shape(shapes, name)?.get(axis).copied()
    }
    let keys = [("model.hidden", "rnn.weight_hh_l0", 1), ("model.embedding", "emb.weight", 1)];
    let other = |(key, name, axis): &(&str, &str, usize)| {
        let (theirs, ours) = (size(found, name, *axis)?, size(expected, name, *axis)?);
        (theirs != ours).then(|| format!("--set {key}={theirs}"))
    };
    let others: Vec<String> = keys.iter().filter_map(other).collect();
    (!others.is_empty()).then(|| Advice::OtherSize { options: others.join(" ") })
}

/// Recognizes another number of words.
fn words(found: &[Shape<'_>], expected: &[Shape<'_>]) -> Option<Advice> {
    let rows = |shapes| shape(shapes, "emb.weight").and_then(|shape| shape.first().copied());
    let (theirs, ours) = (rows(found)?, rows(expected)?);
    (theirs != ours).then_some(Advice::OtherText { rows: theirs, words: ours })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Origin, Override};
    use crate::learning::language_learner;

    fn state(changes: &[&str]) -> LearnerState {
        let changes: Vec<_> = changes.iter().map(|change| Override::set(change).unwrap()).collect();
        let mut state = LearnerState::default();
        language_learner(Config::read(&Origin::toy(), &changes).unwrap()).unwrap().save(&mut state);
        state
    }

    /// The advice about weights of a network with changed settings and renamed tensors, given to one with the default settings.
    fn advice_about(changes: &[&str], rename: impl Fn(&str) -> Option<String>) -> String {
        let found = state(changes).weights.descriptions();
        let found: Vec<_> = found.into_iter().filter_map(|(name, shape)| Some((rename(&name)?, shape))).collect();
        advice(&found, &state(&[])).map(|advice| advice.to_string()).unwrap_or_default()
    }

    #[test]
    fn advice_known_misfit_names_the_remedy() {
        let same = |name: &str| Some(name.to_owned());
        assert!(advice_about(&["model.cell=gru"], same).ends_with("`--set model.cell=gru`"));
        assert!(advice_about(&["model.cell=rnn"], same).ends_with("`--set model.cell=rnn`"));
        assert!(advice_about(&["model.layers=2"], same).ends_with("`--set model.layers=2`"));
        assert!(advice_about(&["model.hidden=3"], same).ends_with("`--set model.hidden=3`"));
        let both = advice_about(&["model.hidden=3", "model.embedding=5"], same);
        assert!(both.ends_with("`--set model.hidden=3 --set model.embedding=5`"), "{both}");
        let renamed =
            |name: &str| Some(name.replace("emb.", "embedding.").replace("rnn.", "lstm.").replace("head.", "fc."));
        assert!(advice_about(&[], renamed).contains("`lstm`"));
        assert!(advice_about(&[], |name| (!name.contains("bias")).then(|| name.to_owned())).contains("`bias=False`"));
        for end in ["_raw", "_g", "_v"] {
            let dropped =
                |name: &str| Some(if name.contains("weight_hh") { format!("{name}{end}") } else { name.to_owned() });
            assert!(advice_about(&[], dropped).contains("weight drop"), "{end}");
        }
        let reverse = state(&[]).weights.descriptions();
        let reverse: Vec<_> = reverse.iter().map(|(name, shape)| (format!("{name}_reverse"), shape.clone())).collect();
        let own = state(&[]).weights.descriptions();
        assert!(advice(&[own.clone(), reverse].concat(), &state(&[])) == Some(Advice::Bidirectional));
        let with = |shape: &str| {
            let found = own
                .iter()
                .map(|(name, own)| (name.clone(), if name == "emb.weight" { shape.to_owned() } else { own.clone() }));
            advice(&found.collect::<Vec<_>>(), &state(&[])).map(|advice| advice.to_string()).unwrap_or_default()
        };
        assert_eq!(with("F32 [1, 7, 2]"), "`emb.weight` has 3 axes, and 2 axes here: squeeze or reshape it");
        assert!(with("F32 [2, 7]").contains("transposed"));
        let parametrized =
            |name: &str| Some(name.replace("rnn.weight_hh_l0", "rnn.parametrizations.weight_hh_l0.original0"));
        assert!(advice_about(&[], parametrized).contains("parametrization"));
        let mut one_more = state(&[]).weights.descriptions();
        one_more
            .iter_mut()
            .filter(|(name, _)| name == "emb.weight")
            .for_each(|(_, shape)| *shape = "F32 [8, 2]".to_owned());
        assert!(advice(&one_more, &state(&[])) == Some(Advice::OtherText { rows: 8, words: 7 }));
    }

    #[test]
    fn advice_unknown_misfit_is_none() {
        assert_eq!(advice_about(&[], |name| Some(name.to_owned())), "");
        assert_eq!(advice_about(&[], |name| Some(name.replace("rnn.", "conv.").replace("hh", "xx"))), "");
    }
}
