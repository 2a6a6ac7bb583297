#!/usr/bin/env python3
"""What a class costs: a run at full speed with nobody in the class and with many who look, in turn.

Each time a teacher's dashboard runs in a terminal of 120 × 40 (`rnn-tui serve`), and the clients join by its socket or, with `--ssh`, by
OpenSSH's own client at its port, each with a screen of 80 × 24 that is read at once. Prints the least time of training without and with clients and their ratio, the bytes a second
of the client that got most, and the memory of the process beyond that without clients, by client. With `--keys N` each client types N
letters a second meanwhile, with `--asks N` it asks N times a second.

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


def said(letter, data):
    return letter + struct.pack(">H", len(data)) + data


def terminal(columns, rows):
    """Both ends of one of this size, of which the first is read without waiting."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.set_blocking(master, False)
    return master, slave


class LocalClients:
    """Those who join by a socket."""

    def __init__(self, folder):
        self.path = f"{folder}/socket"
        self.serve = ["--local"]

    def join(self, number):
        client = socket.socket(socket.AF_UNIX)
        client.connect(self.path)
        hello = {"version": 1, "name": f"student {number}", "terminal": {"TERM": "xterm-256color"}, "size": [80, 24]}
        client.sendall(said(b"H", json.dumps(hello).encode()))
        client.setblocking(False)
        return client.detach()

    @staticmethod
    def typed(keys):
        return said(b"T", keys)


class SshClients:
    """Those who join with OpenSSH's client, each in a terminal."""

    def __init__(self, folder):
        self.key = f"{folder}/key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.serve = ["--listen", f"127.0.0.1:{self.port}", "--host-key", f"{folder}/host_key"]
        # all come with one key, so as one person
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
        return keys


def memory(process):
    """In bytes, what of it is in memory."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def lesson(options, count):
    """The seconds of training, the most bytes a second that a client got, and the memory at the end."""
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
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in watched.select(max(end - time.monotonic(), 0)):
                try:
                    data = os.read(key.fd, 1 << 16)
                except OSError:  # of a terminal that its program has left
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
        assert time.monotonic() < deadline, "a client has been sent nothing"
    listen(2)
    rate = options.keys or options.asks
    # letters into the line that is being typed; or a word accepted and dropped again
    begin, keys = (b"i", b"abc \x17") if options.keys else (b"4", b"lh")
    typed, step = 0, 1 / max(rate * count, 1)

    def type_keys(until):
        """What all clients have typed by then, one after the other."""
        nonlocal typed
        while rate and count and typed * step < until:
            client = list(received)[typed % count]
            turn = typed // count
            typed += 1
            try:
                os.write(client, clients.typed(begin if turn == 0 else keys[turn % len(keys):][:1]))
            except BlockingIOError:
                pass  # it is not read: a client that waits types no more

    received.update(dict.fromkeys(received, 0))
    os.write(master, b"f ")
    began = time.monotonic()
    finished = f"step-{options.steps}"
    while not (os.path.islink(f"{run}/latest") and os.readlink(f"{run}/latest").endswith(finished)):
        listen(0.005 if rate else 0.02)
        type_keys(time.monotonic() - began)
        assert teacher.poll() is None, "the teacher has left"
    seconds = time.monotonic() - began
    assert len(watched.get_map()) == 1 + count, "a client has left"
    result = seconds, max(received.values(), default=0) / seconds, memory(teacher)
    os.write(master, b"qq")
    while teacher.poll() is None:
        listen(0.05)
    listen(0.5)  # the clients' last words
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
    parser.add_argument("--keys", type=int, default=0, help="letters that each types in a second")
    parser.add_argument("--asks", type=int, default=0, help="questions that each asks in a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    alone, together = [], []
    for _ in range(options.rounds):
        alone.append(lesson(options, 0))
        together.append(lesson(options, options.clients))
    (least, _, without), (slower, _, memory_with) = min(alone), min(together)
    rate = max(rate for _, rate, _ in together)
    each = max(memory for *_, memory in together) - min(memory for *_, memory in alone)
    print(f"{options.steps} steps: {least:.2f} s with nobody, {slower:.2f} s with {options.clients}: {slower / least:.3f}")
    print(f"{rate / 1000:.1f} kB/s at most to one client")
    print(f"{each / options.clients / 2**20:.2f} MiB for each client, beside {without / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
