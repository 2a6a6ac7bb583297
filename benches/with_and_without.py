"""What the dashboard costs training: the same run at full speed in a terminal of 120×40 and with --plain, in turn.

    python3 benches/with_and_without.py target/release/rnn-tui

Prints the least time of each and their ratio. It needs two free cores: one trains, one draws.
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
    start = time.monotonic()
    subprocess.run([program, config, "--plain", "--steps", str(steps)], check=True, capture_output=True)
    return time.monotonic() - start


def dashboard(program, config, steps):
    start = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C")
        os.execv(program, [program, config, "--set", "dashboard.pace=0", "--steps", str(steps)])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    # TRAINING becomes FINISHED: what both have in common is not written again
    while b"SHED" not in seen:
        seen = seen[-20_000:] + os.read(terminal, 65536)
    took = time.monotonic() - start
    os.write(terminal, b"q")
    os.close(terminal)
    os.waitpid(child, 0)
    return took


def main():
    program = os.path.abspath(sys.argv[1])
    for config, steps in RUNS:
        times = {plain: [], dashboard: []}
        for _ in range(ROUNDS):
            for way in times:
                times[way].append(way(program, config, steps))
        least = {way.__name__: min(took) for way, took in times.items()}
        more = 100 * (least["dashboard"] / least["plain"] - 1)
        print(f"{config}: plain {least['plain']:.2f} s, dashboard {least['dashboard']:.2f} s, {more:+.1f} %", flush=True)


main()
