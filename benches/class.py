#!/usr/bin/env python3
"""Cost of a class for training: alternates a run at full speed with an empty class and with many clients.

A teacher's dashboard runs in a terminal of 120 × 40 (`rnn-tui serve`). The clients join at its socket or, with `--ssh`, with OpenSSH's
client at its port; each has a screen of 80 × 24, which is read immediately. Prints the minimum training time without and with clients
and their ratio, the largest rate of bytes per second to one client, and the additional memory of the process per client. With `--keys N`
each client types N letters per second meanwhile, with `--asks N` it asks N prompts per second.

Usage: benches/class.py [--ssh] [--clients N] [--keys N | --asks N] [--rounds N] [--steps N] PROGRAM CONFIG [OPTION …]
"""
import argparse
import fcntl
import json
import os
import pty
import selectors
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def encode_message(letter, data):
    """A message of the class protocol: its letter, the length of the data and the data."""
    return letter + struct.pack(">H", len(data)) + data


def terminal(columns, rows):
    """Opens a pseudoterminal of this size; its master side does not block."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.set_blocking(master, False)
    return master, slave


class LocalClients:
    """Clients of the Unix socket."""

    def __init__(self, folder):
        self.path = f"{folder}/socket"
        self.serve = ["--local"]

    def join(self, number):
        client = socket.socket(socket.AF_UNIX)
        client.connect(self.path)
        hello = {"version": 1, "name": f"student {number}", "terminal": {"TERM": "xterm-256color"}, "size": [80, 24]}
        client.sendall(encode_message(b"H", json.dumps(hello).encode()))
        client.setblocking(False)
        return client.detach()

    @staticmethod
    def typed(keys):
        """The bytes that send these keys."""
        return encode_message(b"T", keys)


class SshClients:
    """OpenSSH clients, each in a pseudoterminal."""

    def __init__(self, folder):
        self.key = f"{folder}/key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.serve = ["--listen", f"127.0.0.1:{self.port}", "--host-key", f"{folder}/host_key"]
        # all clients have the same key and count as one person
        self.serve += ["--authorized-keys", f"{self.key}.pub", "--sessions", "1000"]

    def join(self, number):
        master, slave = terminal(80, 24)
        settings = ["IdentitiesOnly=yes", "IdentityAgent=none", "LogLevel=ERROR"]
        settings += ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
        command = ["ssh", "-tt", "-F", "none", "-i", self.key, "-p", str(self.port)]
        command += [part for setting in settings for part in ("-o", setting)] + [f"student{number}@127.0.0.1"]
        environment = os.environ | {"TERM": "xterm-256color"}
        subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True)
        os.close(slave)
        return master

    @staticmethod
    def typed(keys):
        """The bytes that send these keys."""
        return keys


def memory(process):
    """The resident memory of a process in bytes."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def lesson(options, count):
    """Trains with `count` clients; returns the seconds, the largest bytes per second to one client, and the memory at the end."""
    folder = tempfile.mkdtemp()
    path, run = f"{folder}/socket", f"{folder}/run"
    clients = (SshClients if options.ssh else LocalClients)(folder)
    master, slave = terminal(120, 40)
    command = [options.program, "serve", options.config, "--socket", path, "--run", run, "--paused", *clients.serve]
    command += ["--steps", str(options.steps), *options.more]
    environment = os.environ | {"TERM": "xterm-256color"}
    teacher = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=ROOT)
    os.close(slave)
    watched = selectors.DefaultSelector()
    watched.register(master, selectors.EVENT_READ)
    received = {}

    def listen(seconds):
        """Reads and counts the output of all terminals and clients for this long; closes those that have ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in watched.select(max(end - time.monotonic(), 0)):
                try:
                    data = os.read(key.fd, 1 << 16)
                except OSError:  # the program in this terminal has exited
                    data = b""
                if not data:
                    watched.unregister(key.fd)
                    os.close(key.fd)
                elif key.fd in received:
                    received[key.fd] += len(data)

    while not os.path.exists(path):
        listen(0.05)
    listen(0.5)  # the port opens after the socket
    for number in range(count):
        client = clients.join(number)
        received[client] = 0
        watched.register(client, selectors.EVENT_READ)
        listen(0.02)
    deadline = time.monotonic() + 60
    while not all(received.values()):
        listen(0.05)
        assert time.monotonic() < deadline, "a client has received nothing"
    listen(2)
    rate = options.keys or options.asks
    # letters into the prompt line, or a completion accepted and deleted again
    begin, keys = (b"i", b"abc \x17") if options.keys else (b"4", b"lh")
    typed, step = 0, 1 / max(rate * count, 1)

    def type_keys(until):
        """Types the keys that are due by `until` seconds, clients taking turns."""
        nonlocal typed
        while rate and count and typed * step < until:
            client = list(received)[typed % count]
            turn = typed // count
            typed += 1
            try:
                os.write(client, clients.typed(begin if turn == 0 else keys[turn % len(keys):][:1]))
            except BlockingIOError:
                pass  # the server is not reading: a blocked client types nothing

    received.update(dict.fromkeys(received, 0))
    os.write(master, b"f ")
    start = time.monotonic()
    finished = f"step-{options.steps}"
    while not (os.path.islink(f"{run}/latest") and os.readlink(f"{run}/latest").endswith(finished)):
        listen(0.005 if rate else 0.02)
        type_keys(time.monotonic() - start)
        assert teacher.poll() is None, "the teacher has left"
    seconds = time.monotonic() - start
    assert len(watched.get_map()) == 1 + count, "a client has left"
    result = seconds, max(received.values(), default=0) / seconds, memory(teacher)
    os.write(master, b"qq")
    while teacher.poll() is None:
        listen(0.05)
    listen(0.5)  # the clients' last output
    shutil.rmtree(folder)
    for fd in list(watched.get_map()):
        os.close(fd)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("config")
    parser.add_argument("more", nargs=argparse.REMAINDER, help="options of the run")
    parser.add_argument("--ssh", action="store_true")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--keys", type=int, default=0, help="letters per second and client")
    parser.add_argument("--asks", type=int, default=0, help="prompts per second and client")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    empty, full = [], []
    for _ in range(options.rounds):
        empty.append(lesson(options, 0))
        full.append(lesson(options, options.clients))
    (seconds_empty, _, memory_empty), (seconds_full, _, _) = min(empty), min(full)
    rate = max(rate for _, rate, _ in full)
    growth = max(memory for *_, memory in full) - min(memory for *_, memory in empty)
    ratio = seconds_full / seconds_empty
    print(f"{options.steps} steps: {seconds_empty:.2f} s without clients, {seconds_full:.2f} s with {options.clients}: {ratio:.3f}")
    print(f"{rate / 1000:.1f} kB/s at most to one client")
    print(f"{growth / options.clients / 2**20:.2f} MiB per client, beside {memory_empty / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
