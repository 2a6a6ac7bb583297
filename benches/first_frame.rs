//! Time to the first frame: `cargo bench --bench first_frame`.
//!
//! Measured from the start of the process, in a terminal of 80×24, until the last line of the first frame has been read.

#![allow(missing_docs, clippy::unwrap_used)] // a benchmark may fail

use std::io::Read;

use divan::Bencher;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 50, sample_size = 1)]
fn first_frame(bencher: Bencher) {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    bencher.with_inputs(|| native_pty_system().openpty(size).unwrap()).bench_local_values(|pty| {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rnn-tui"));
        command.env("TERM", "xterm-256color");
        let program = pty.slave.spawn_command(command).unwrap();
        let mut output = pty.master.try_clone_reader().unwrap();
        let (mut seen, mut bytes) = (Vec::new(), [0; 4096]);
        while !seen.windows(4).any(|window| window == b"quit") {
            let count = output.read(&mut bytes).unwrap();
            seen.extend_from_slice(&bytes[..count]);
        }
        // dropped outside the measured time; closing the terminal ends the program
        (program, output, pty)
    });
}
