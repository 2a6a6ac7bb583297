//! The model's numbers against PyTorch's own: `tests/pytorch/*.safetensors`, made by `tests/pytorch/reference.py`, which says
//! what each tensor is. Another folder of such files can be given in the environment variable `PYTORCH_CASES`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)] // a test may fail

use std::path::{Path, PathBuf};

use dfdx::prelude::{Cpu, NoneTape, Shape, TensorFromVec};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use rnn_tui::model::tensors::{Gradients, Result, Tensor, values};
use rnn_tui::model::{Adam, Ids, LanguageModel, LstmState, ParameterName, ParameterVisitor, Sizes, Targets};
use safetensors::{Dtype, SafeTensors};

struct Case<'a>(SafeTensors<'a>);

impl Case<'_> {
    fn shape(&self, name: &str) -> Vec<usize> {
        self.0.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).shape().to_vec()
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let tensor = self.0.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(tensor.dtype(), Dtype::F32, "{name}");
        tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }

    fn ids(&self, name: &str) -> Vec<u32> {
        let tensor = self.0.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(tensor.dtype(), Dtype::I64, "{name}");
        tensor.data().chunks_exact(8).map(|b| i64::from_le_bytes(b.try_into().unwrap()).try_into().unwrap()).collect()
    }
}

/// Largest difference allowed: `absolute`, or `relative` to the size of PyTorch's number where that is more.
#[track_caller]
fn assert_close(what: &str, ours: &[f32], theirs: &[f32], absolute: f32, relative: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= absolute.max(relative * b.abs()), "{what}[{index}]: ours {a}, PyTorch's {b}");
    }
}

struct Load<'a>(&'a Case<'a>);

impl ParameterVisitor for Load<'_> {
    fn visit<S: Shape>(&mut self, name: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
        parameter.copy_from(&self.0.floats(&name.to_string()));
        Ok(())
    }
}

/// Compares every weight with the tensor `{prefix}.{name}`.
struct CompareWeights<'a>(&'a Case<'a>, &'a str);

impl ParameterVisitor for CompareWeights<'_> {
    fn visit<S: Shape>(&mut self, name: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
        let name = format!("{}.{name}", self.1);
        assert_close(&name, &values(parameter), &self.0.floats(&name), 1e-4, 0.0);
        Ok(())
    }
}

struct CompareGradients<'a>(&'a Case<'a>, &'a mut Gradients);

impl ParameterVisitor for CompareGradients<'_> {
    fn visit<S: Shape>(&mut self, name: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
        let name = format!("grad.{name}");
        let ours = self.1.get_or_alloc_mut(parameter)?.to_vec();
        assert_close(&name, &ours, &self.0.floats(&name), 1e-7, 1e-4);
        Ok(())
    }
}

fn check(case: &Case<'_>) {
    let &[steps, batch] = case.shape("input").as_slice() else { panic!("input is [T, B]") };
    let &[vocabulary, embedding] = case.shape("emb.weight").as_slice() else { panic!("emb.weight is [V, E]") };
    let &[layers, _, hidden] = case.shape("h0").as_slice() else { panic!("h0 is [L, B, H]") };
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let sizes = Sizes { vocabulary: Vocab(vocabulary), embedding: Embed(embedding), hidden: Hidden(hidden), layers };
    let mut model = LanguageModel::new(sizes, &mut random).unwrap();
    model.visit(&mut Load(case)).unwrap();

    let device = Cpu::default();
    let state = |numbers: Vec<f32>, layer: usize| {
        let layer = numbers[layer * batch * hidden..][..batch * hidden].to_vec();
        device.try_tensor_from_vec(layer, (Batch(batch), Hidden(hidden))).unwrap()
    };
    let initial: Vec<_> = (0..layers)
        .map(|layer| LstmState { hidden: state(case.floats("h0"), layer), cell: state(case.floats("c0"), layer) })
        .collect();
    let input = case.ids("input");
    let ids = Ids::new(&input, Steps(steps), Batch(batch));
    let words = case.ids("target");
    let every: Vec<usize> = (0..steps * batch).collect();
    let positions = &every[every.len() - words.len()..];
    let targets = Targets::new(positions, &words);

    let (output, last) = model.forward(ids, Some(&initial), NoneTape).unwrap();
    assert_close("output", &values(&output), &case.floats("output"), 1e-5, 0.0);
    let h_n: Vec<f32> = last.iter().flat_map(|state| values(&state.hidden)).collect();
    let c_n: Vec<f32> = last.iter().flat_map(|state| values(&state.cell)).collect();
    assert_close("h_n", &h_n, &case.floats("h_n"), 1e-5, 0.0);
    assert_close("c_n", &c_n, &case.floats("c_n"), 1e-5, 0.0);
    let logits = values(&model.logits(&output).unwrap()).split_off(positions[0] * vocabulary);
    assert_close("logits", &logits, &case.floats("logits"), 1e-5, 0.0);

    let (loss, mut gradients) = model.loss_and_gradients(ids, Some(&initial), targets).unwrap();
    assert_close("loss", &[loss], &case.floats("loss"), 1e-5, 0.0);
    model.visit(&mut CompareGradients(case, &mut gradients)).unwrap();
    let norm = model.gradient_norm(&mut gradients).unwrap() as f32;
    assert_close("grad_norm", &[norm], &case.floats("grad_norm"), 0.0, 1e-4);

    let mut adam = Adam::new(0.1);
    let theirs = case.floats("adam.losses");
    let ours: Vec<f32> = theirs
        .iter()
        .map(|_| {
            let (loss, mut gradients) = model.loss_and_gradients(ids, Some(&initial), targets).unwrap();
            adam.update(&mut model, &mut gradients).unwrap();
            loss
        })
        .collect();
    assert_close("adam.losses", &ours, &theirs, 1e-4, 0.0);
    model.visit(&mut CompareWeights(case, "adam")).unwrap();
}

#[test]
fn an_lstm_computes_learns_and_remembers_as_pytorchs_does() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pytorch");
    let (folder, expected) = std::env::var_os("PYTORCH_CASES").map_or((own, 4), |other| (PathBuf::from(other), 1));
    let mut checked = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !(name.starts_with("lstm") && name.ends_with(".safetensors")) {
            continue;
        }
        println!("{name}");
        let bytes = std::fs::read(&path).unwrap();
        check(&Case(SafeTensors::deserialize(&bytes).unwrap()));
        checked += 1;
    }
    assert!(checked >= expected, "{checked} lstm*.safetensors in {}", folder.display());
}
