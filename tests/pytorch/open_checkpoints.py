"""Opens checkpoints of rnn-tui in PyTorch, and gives weights back.

    python3 tests/pytorch/open_checkpoints.py target/release/rnn-tui

needs torch and safetensors. For every cell and a transformer, with one and two layers and with a shared table, it trains the lesson for some
steps, loads the checkpoint into a PyTorch module (strict: no name and no shape may differ), compares the module's distribution
of the next word with what `rnn-tui predict` says, and saves the module's own state_dict. That file goes back into rnn-tui with
--weights, which must then say the same. What PyTorch saved and computed is kept in tests/pytorch/opened/, where
tests/pytorch.rs checks it without PyTorch.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from architectures import Transformer
from safetensors.torch import load_file, save_file

NETWORKS = ("lstm", "gru", "rnn", "transformer")
CASES = [(network, layers, tied) for network in NETWORKS for layers in (1, 2) for tied in (False, True)]
PROMPT = "我 讨厌"
TOLERANCE = 1e-5


class Model(torch.nn.Module):
    def __init__(self, cell, vocabulary, embedding, hidden, layers, tied):
        super().__init__()
        self.emb = torch.nn.Embedding(vocabulary, embedding)
        self.rnn = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell](embedding, hidden, layers)
        self.head = torch.nn.Linear(hidden, vocabulary)
        if tied:
            self.head.weight = self.emb.weight

    def forward(self, ids):
        output, _ = self.rnn(self.emb(ids))
        return self.head(output)


def network(name, vocabulary, layers, tied, context):
    """A module of the names and sizes that rnn-tui has with the settings of the same network."""
    if name != "transformer":
        return Model(name, vocabulary, 3, 3, layers, tied), [f"model.cell={name}", "model.embedding=3", "model.hidden=3"]
    model = Transformer(vocabulary, 6, 2, 24, layers, context)
    if tied:
        model.head.weight = model.emb.weight
    return model, ["model.architecture=transformer", "model.embedding=6", "model.heads=2"]


def logits_of(model, ids):
    return model(ids, True, {})[0] if isinstance(model, Transformer) else model(ids)[-1, 0]


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    opened = pathlib.Path(__file__).parent / "opened"
    opened.mkdir(exist_ok=True)
    run = lambda *arguments: subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        for cell, layers, tied in CASES:
            name = f"{cell}-{layers}layer{'-tied' if tied else ''}"
            model, settings = network(cell, 7, layers, tied, 3)
            settings += [f"model.layers={layers}", f"model.tie_embeddings={str(tied).lower()}", "training.steps=40"]
            options = [part for setting in settings for part in ("--set", setting)]
            directory = pathlib.Path(folder) / name
            run("--plain", "--run", directory, *options)

            vocabulary = json.loads((directory / "vocabulary.json").read_text())
            model.load_state_dict(load_file(directory / "latest/model.safetensors"), strict=True)
            ids = torch.tensor([[vocabulary.index(word)] for word in PROMPT.split()])
            with torch.no_grad():
                logits = logits_of(model, ids)
            ours = json.loads(run("predict", directory, PROMPT, "--json", "--top", len(vocabulary)))["next"]
            ours = torch.tensor([next(p["probability"] for p in ours if p["word"] == word) for word in vocabulary])
            difference = (ours.log() - logits.log_softmax(0)).abs().max().item()
            assert difference < TOLERANCE, (name, difference)

            path = opened / f"{name}.safetensors"
            # save_file refuses tensors that share memory
            state = {key: value.clone() for key, value in model.state_dict().items()}
            save_file(state | {"ids": ids.int(), "logits": logits}, path)
            weights = directory / "back.safetensors"
            save_file(state, weights)
            back = run("--plain", "--weights", weights, "--run", directory / "back", *options, "--steps", 1,
                       "--set", "training.optimizer.learning_rate=1e-30")
            answer = json.loads(run("predict", directory / "back", PROMPT, "--json", "--top", 1))["next"][0]
            assert abs(answer["probability"] - logits.softmax(0).max().item()) < TOLERANCE, (name, answer, back)
            print(f"{name}: largest difference of a log-probability {difference:.1e}")


main()
