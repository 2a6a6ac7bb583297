"""Cost of the dashboard for training: alternates the same run at full speed in a terminal of 120×40 and with --plain.

    python3 benches/dashboard_cost.py target/release/rnn-tui

Prints the minimum time of each and their ratio. Needs two free cores: one trains, one draws.
"""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time

ROUNDS = 5
RUNS = [("configs/toy.toml", 3_000_000), ("configs/characters.toml", 300), ("configs/words.toml", 900)]


def plain(program, config, steps):
    """Time in seconds of a run with --plain."""
    start = time.monotonic()
    subprocess.run([program, config, "--plain", "--steps", str(steps)], check=True, capture_output=True)
    return time.monotonic() - start


def dashboard(program, config, steps):
    """Time in seconds until the dashboard shows that the run has finished."""
    start = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C")
        os.execv(program, [program, config, "--set", "dashboard.pace=0", "--steps", str(steps)])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    # TRAINING becomes FINISHED: letters that do not change are not written again
    while b"SHED" not in seen:
        seen = seen[-20_000:] + os.read(terminal, 65536)
    seconds = time.monotonic() - start
    os.write(terminal, b"q")
    os.close(terminal)
    os.waitpid(child, 0)
    return seconds


def main():
    program = os.path.abspath(sys.argv[1])
    for config, steps in RUNS:
        times = {plain: [], dashboard: []}
        for _ in range(ROUNDS):
            for mode in times:
                times[mode].append(mode(program, config, steps))
        minimum = {mode.__name__: min(seconds) for mode, seconds in times.items()}
        overhead = 100 * (minimum["dashboard"] / minimum["plain"] - 1)
        print(f"{config}: plain {minimum['plain']:.2f} s, dashboard {minimum['dashboard']:.2f} s, {overhead:+.1f} %", flush=True)


main()
