"""What it costs training to be kept: the same run at full speed with --run and without, in turn.

    python3 benches/kept_and_not.py target/release/rnn-tui [CONFIG STEPS]…

A run that is kept writes metrics and checkpoints and takes keyframes. Prints the least time of each way and their ratio, by the
clock and of the processor. It needs two free cores: one trains, one writes.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

ROUNDS = 7
RUNS = [("configs/toy.toml", 2_000_000), ("configs/characters.toml", 200), ("configs/words.toml", 600)]


def run(program, config, steps, more):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [program, config, "--plain", "--steps", str(steps), *more]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, used


def main():
    program = os.path.abspath(sys.argv[1])
    given = sys.argv[2:]
    for config, steps in list(zip(given[::2], given[1::2])) or RUNS:
        times = {"not kept": [], "kept": []}
        for _ in range(ROUNDS):
            times["not kept"].append(run(program, config, steps, []))
            with tempfile.TemporaryDirectory() as folder:
                times["kept"].append(run(program, config, steps, ["--run", os.path.join(folder, "run")]))
        for which, what in enumerate(["by the clock", "of the processor"]):
            least = {way: min(taken[which] for taken in took) for way, took in times.items()}
            more = 100 * (least["kept"] / least["not kept"] - 1)
            print(f"{config} {what}: not kept {least['not kept']:.3f} s, kept {least['kept']:.3f} s, {more:+.1f} %", flush=True)


main()
