//! Tests that hold for every instruction set that the machine has.

use std::process::Command;

use rnn_tui::model::kernels::{INSTRUCTION_SET, InstructionSet};

use super::command;

/// Runs all tests of a module of this program once for each instruction set that the machine has, in a process of its own; all but
/// the one that calls this, whose name is `caller`. `module` is the caller's `module_path!()`.
pub fn run_all_tests_of(module: &str, caller: &str) {
    let module = module.split_once("::").expect("a module of the test program").1;
    for set in InstructionSet::available() {
        let program = std::env::current_exe().expect("the test's own program");
        let mut command = command(program);
        command.args([&format!("{module}::"), "--include-ignored", "--skip", caller]).env(INSTRUCTION_SET, set.name());
        let output = command.output().expect("the test's own program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "with {set}:\n{said}");
        assert!(!said.contains("running 0 tests"), "with {set}:\n{said}");
    }
}
