#!/usr/bin/env python3
"""Times a training step of PyTorch and of rnn-tui alternately (A B A B …) at the sizes of training_step.rs.

A step is: forward, backward, gradient norm and clipping, Adam (PyTorch's fused one). Prints the minimum time of each and their ratio,
since machines are noisy and only the minimum depends on the code alone, and the ratio of the means, which is what a user waits for.
Both use the same number of threads, one by default, pinned to as many cores. First it prints what the ratios depend on: the vector
instructions that the machine has and those in use, the speed of a large matrix product (PyTorch's, that is MKL's or OpenBLAS's, and
that of rnn-tui), and how many cores were free.

With --instruction-set avx2 neither uses AVX-512: environment variables disable it in MKL, oneDNN and ATen.

Needs `pip install torch numpy`.

Usage: benches/against_pytorch.py [--rounds N] [--seconds S] [--threads N] [--instruction-set avx2] [SIZE …] [--cells lstm,gru,rnn]

A minute of each, as a user waits for it: --rounds 6 --seconds 10.
"""
import argparse
import json
import multiprocessing
import os
import re
import subprocess
import sys
import time
from pathlib import Path

# set before PyTorch reads them
if any("avx2" in argument for argument in sys.argv):
    os.environ |= {"MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}

import torch
from torch import nn

# vocabulary, embedding, hidden, layers, batch, window
SIZES = {
    "toy": (7, 2, 2, 1, 2, 2),
    "characters": (65, 64, 128, 1, 32, 64),
    "ptb_small": (10000, 200, 200, 2, 20, 20),
    "ptb_medium": (10000, 650, 650, 2, 20, 35),
}
# vocabulary, embedding, heads, layers, batch, context: those of nanoGPT for a CPU and for a small GPU
TRANSFORMERS = {
    "transformer_small": (65, 128, 4, 4, 12, 64),
    "transformer_medium": (65, 384, 6, 6, 16, 256),
}
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
ROOT = Path(__file__).resolve().parent.parent


class Model(nn.Module):
    def __init__(self, cell, vocabulary, embedding, hidden, layers):
        super().__init__()
        self.emb = nn.Embedding(vocabulary, embedding)
        self.rnn = CELLS[cell](embedding, hidden, layers)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, ids):
        return self.head(self.rnn(self.emb(ids))[0])


class Block(nn.Module):
    def __init__(self, embedding, heads):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(embedding) for _ in range(2))
        self.projections, self.output = nn.Linear(embedding, 3 * embedding), nn.Linear(embedding, embedding)
        self.mlp = nn.Sequential(nn.Linear(embedding, 4 * embedding), nn.GELU(), nn.Linear(4 * embedding, embedding))

    def forward(self, x):
        split = lambda part: part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = map(split, self.projections(self.norms[0](x)).chunk(3, dim=-1))
        read = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(read.transpose(1, 2).flatten(2))
        return x + self.mlp(self.norms[1](x))


class Transformer(nn.Module):
    """A transformer with batch-first tensors, for which attention is fastest."""

    def __init__(self, vocabulary, embedding, heads, layers, context):
        super().__init__()
        self.emb, self.pos = nn.Embedding(vocabulary, embedding), nn.Embedding(context, embedding)
        self.blocks = nn.Sequential(*(Block(embedding, heads) for _ in range(layers)), nn.LayerNorm(embedding))
        self.head = nn.Linear(embedding, vocabulary)

    def forward(self, ids):
        return self.head(self.blocks(self.emb(ids) + self.pos(torch.arange(ids.shape[1]))))


def pytorch(size, cell):
    """Returns a function that takes one training step."""
    if size in TRANSFORMERS:
        vocabulary, embedding, heads, layers, batch, window = TRANSFORMERS[size]
        model = Transformer(vocabulary, embedding, heads, layers, window)
    else:
        vocabulary, embedding, hidden, layers, batch, window = SIZES[size]
        model = Model(cell, vocabulary, embedding, hidden, layers)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    ids = torch.randint(0, vocabulary, (batch, window) if size in TRANSFORMERS else (window, batch))
    targets = torch.randint(0, vocabulary, (window * batch,))

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(ids).view(-1, vocabulary), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()

    return step


def timed(step, seconds):
    """Calls `step` for this long and returns the time of each call in seconds."""
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return times


def executable(bench):
    """Builds a benchmark and returns the path of its executable."""
    command = ["cargo", "bench", "--bench", bench, "--no-run", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [json.loads(line).get("executable") for line in built.splitlines() if line.startswith("{")]
    return [path for path in paths if path and bench in path][-1]


def sgemm():
    """PyTorch's speed at a large matrix product, in GFLOP/s."""
    left, right = torch.ones(960, 768), torch.ones(768, 960)
    return 2e-9 * 960 * 768 * 960 / min(timed(lambda: torch.mm(left, right), 1.0))


def rnn_tui_sgemm(environment):
    """The speed of rnn-tui at the same product with a thread per available core, as the benchmark prints it."""
    out = subprocess.run([executable("kernels"), "square"], env=environment, capture_output=True, text=True, check=True).stdout
    return next(line for line in out.splitlines() if "square" in line).split()[-1]


def flags():
    """The vector instructions of this machine that either implementation can use."""
    relevant = ("avx2", "fma", "avx512f", "avx512dq", "avx512vl", "amx_tile", "asimd", "sve")
    with open("/proc/cpuinfo") as cpuinfo:
        available = next((line for line in cpuinfo if line.startswith(("flags", "Features"))), "").split()
    return " ".join(flag for flag in relevant if flag in available)


def spin(seconds):
    """Spins for this long and returns the share of a core that the process got."""
    start, used = time.perf_counter(), time.process_time()
    while time.perf_counter() < start + seconds:
        pass
    return (time.process_time() - used) / (time.perf_counter() - start)


def free_cores():
    """The number of cores that one busy process per core gets in total."""
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        return sum(pool.map(spin, [1.0] * os.cpu_count(), chunksize=1))


def rnn_tui(program, size, cell, seconds, environment):
    """Minimum and mean time of a step of rnn-tui in seconds, as the benchmark prints them."""
    name = size if size in TRANSFORMERS else cell.capitalize()
    pattern = size if size in TRANSFORMERS else f"{size}.*{name}"
    command = [program, "--bench", pattern, "--max-time", str(seconds), "--sample-count", "100000"]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    line = next(line for line in out.splitlines() if name in line and "│" in line)
    figures = [float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+) (ns|µs|ms|s)\b", line)]
    return figures[0], figures[3]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", metavar="SIZE", help=f"of {', '.join([*SIZES, *TRANSFORMERS])}; all if none is given")
    parser.add_argument("--cells", default="lstm,gru,rnn")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0, help="per turn")
    parser.add_argument("--instruction-set", choices=["avx2"], help="disable AVX-512 in both")
    options = parser.parse_args()
    free = free_cores()
    program = executable("training_step")
    executable("kernels")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])
    torch.set_num_threads(options.threads)
    environment = os.environ | {"BENCH_THREADS": str(options.threads)}
    if options.instruction_set:
        environment["RNN_TUI_INSTRUCTION_SET"] = options.instruction_set
    print(f"machine: {flags()}; {free:.2f} of {os.cpu_count()} cores free")
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, sgemm {sgemm():.0f} GFLOP/s")
    print(f"rnn-tui, {options.instruction_set or 'fastest instruction set'}, sgemm {rnn_tui_sgemm(environment)} GFLOP/s")
    print(f"{options.threads} thread(s) each, pinned")
    print(f"{'size':<20}{'cell':<6}{'PyTorch':>12}{'rnn-tui':>12}{'ratio':>8}{'of means':>10}")
    for size in options.sizes or [*SIZES, *TRANSFORMERS]:
        for cell in ["-"] if size in TRANSFORMERS else options.cells.split(","):
            step = pytorch(size, cell)
            timed(step, 0.2)  # the first steps allocate memory
            step()
            pytorch_times, rnn_tui_times = [], []
            for _ in range(options.rounds):
                pytorch_times += timed(step, options.seconds)
                rnn_tui_times.append(rnn_tui(program, size, cell, options.seconds, environment))
            a, b = min(pytorch_times), min(minimum for minimum, _ in rnn_tui_times)
            mean_a = sum(pytorch_times) / len(pytorch_times)
            mean_b = sum(mean for _, mean in rnn_tui_times) / len(rnn_tui_times)
            print(f"{size:<20}{cell:<6}{a * 1e3:>9.4f} ms{b * 1e3:>9.4f} ms{a / b:>8.2f}{mean_a / mean_b:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
