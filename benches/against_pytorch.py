#!/usr/bin/env python3
"""Times a training step of PyTorch and of rnn-tui in turn (A B A B …) on the sizes of training_step.rs.

A step is: forward, backward, norm of the gradient and clipping, Adam (PyTorch's fused one). Prints the least time of each and
their ratio, since machines are noisy and only the least time says what the code needs, and the ratio of the means, which is what a
user waits for. Both have the same number of threads, one by default, on as many cores of their own. Before that it prints what
the ratios depend on: the machine's vector instructions and those in use, its speed at a large matrix product (PyTorch's, that
is MKL's or OpenBLAS's, and ours), and how many cores were really free.

With --instruction-set avx2 both do without AVX-512: MKL, oneDNN and ATen are told so by their environment variables.

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

# before PyTorch reads them
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
    """Batch first, as attention is fastest."""

    def __init__(self, vocabulary, embedding, heads, layers, context):
        super().__init__()
        self.emb, self.pos = nn.Embedding(vocabulary, embedding), nn.Embedding(context, embedding)
        self.blocks = nn.Sequential(*(Block(embedding, heads) for _ in range(layers)), nn.LayerNorm(embedding))
        self.head = nn.Linear(embedding, vocabulary)

    def forward(self, ids):
        return self.head(self.blocks(self.emb(ids) + self.pos(torch.arange(ids.shape[1]))))


def pytorch(size, cell):
    """A function that takes one training step each time it is called."""
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
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return times


def executable(bench):
    """A benchmark, built."""
    command = ["cargo", "bench", "--bench", bench, "--no-run", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [json.loads(line).get("executable") for line in built.splitlines() if line.startswith("{")]
    return [path for path in paths if path and bench in path][-1]


def sgemm():
    """PyTorch's speed at a large matrix product, in GFLOP/s."""
    left, right = torch.ones(960, 768), torch.ones(768, 960)
    return 2e-9 * 960 * 768 * 960 / min(timed(lambda: torch.mm(left, right), 1.0))


def our_sgemm(environment):
    """The same of rnn-tui, with as many threads as there are cores for this process, as the benchmark prints it."""
    out = subprocess.run([executable("kernels"), "square"], env=environment, capture_output=True, text=True, check=True).stdout
    return next(line for line in out.splitlines() if "square" in line).split()[-1]


def flags():
    """The vector instructions of this machine, as far as they matter here."""
    wanted = ("avx2", "fma", "avx512f", "avx512dq", "avx512vl", "amx_tile", "asimd", "sve")
    with open("/proc/cpuinfo") as cpuinfo:
        has = next((line for line in cpuinfo if line.startswith(("flags", "Features"))), "").split()
    return " ".join(flag for flag in wanted if flag in has)


def spin(seconds):
    """The share of a core that this process gets."""
    start, used = time.perf_counter(), time.process_time()
    while time.perf_counter() < start + seconds:
        pass
    return (time.process_time() - used) / (time.perf_counter() - start)


def free_cores():
    """How many cores as many busy processes as there are cores get together."""
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        return sum(pool.map(spin, [1.0] * os.cpu_count(), chunksize=1))


def ours(program, size, cell, seconds, environment):
    """Least and mean time of a step, as the benchmark prints them."""
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
    parser.add_argument("--instruction-set", choices=["avx2"], help="without AVX-512, both")
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
    print(f"rnn-tui, {options.instruction_set or 'the best instruction set'}, sgemm {our_sgemm(environment)} GFLOP/s")
    print(f"{options.threads} thread(s) each, pinned")
    print(f"{'size':<20}{'cell':<6}{'PyTorch':>12}{'rnn-tui':>12}{'ratio':>8}{'of means':>10}")
    for size in options.sizes or [*SIZES, *TRANSFORMERS]:
        for cell in ["-"] if size in TRANSFORMERS else options.cells.split(","):
            step = pytorch(size, cell)
            timed(step, 0.2)  # the first steps take the memory
            step()
            theirs, mine = [], []
            for _ in range(options.rounds):
                theirs += timed(step, options.seconds)
                mine.append(ours(program, size, cell, options.seconds, environment))
            a, b = min(theirs), min(least for least, _ in mine)
            mean_a, mean_b = sum(theirs) / len(theirs), sum(mean for _, mean in mine) / len(mine)
            print(f"{size:<20}{cell:<6}{a * 1e3:>9.4f} ms{b * 1e3:>9.4f} ms{a / b:>8.2f}{mean_a / mean_b:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
