"""Cost of saving a run for training: alternates the same run at full speed with and without --run.

    python3 benches/saving_cost.py target/release/rnn-tui [CONFIG STEPS]…

A saved run writes metrics and checkpoints and records keyframes. Prints the minimum wall-clock and processor times of both and their
ratio. Needs two free cores: one trains, one writes.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

ROUNDS = 7
RUNS = [("configs/toy.toml", 2_000_000), ("configs/characters.toml", 200), ("configs/words.toml", 600)]


def run(program, config, steps, options):
    """Runs to the last step and returns wall-clock and processor time in seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [program, config, "--plain", "--steps", str(steps), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, processor


def main():
    program = os.path.abspath(sys.argv[1])
    given = sys.argv[2:]
    for config, steps in list(zip(given[::2], given[1::2])) or RUNS:
        unsaved, saved = [], []
        for _ in range(ROUNDS):
            unsaved.append(run(program, config, steps, []))
            with tempfile.TemporaryDirectory() as folder:
                saved.append(run(program, config, steps, ["--run", os.path.join(folder, "run")]))
        for index, clock in enumerate(["wall clock", "processor"]):
            without, with_saving = (min(times[index] for times in runs) for runs in (unsaved, saved))
            overhead = 100 * (with_saving / without - 1)
            print(f"{config} {clock}: unsaved {without:.3f} s, saved {with_saving:.3f} s, {overhead:+.1f} %", flush=True)


main()
