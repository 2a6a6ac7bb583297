//! Reruns tests with every instruction set that the machine supports.

use std::process::Command;

use rnn_tui::model::kernels::{INSTRUCTION_SET, InstructionSet};

use super::command;

/// Runs all tests of a module in a separate process per supported instruction set, except the calling test, whose name is `caller`.
/// `module` is the caller's `module_path!()`.
pub fn run_all_tests_of(module: &str, caller: &str) {
    let module = module.split_once("::").expect("a module of the test program").1;
    for set in InstructionSet::available() {
        let program = std::env::current_exe().expect("the test's own program");
        let mut command = command(program);
        command.args([&format!("{module}::"), "--include-ignored", "--skip", caller]).env(INSTRUCTION_SET, set.name());
        let output = command.output().expect("the test's own program starts");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "with {set}:\n{stdout}");
        assert!(!stdout.contains("running 0 tests"), "with {set}:\n{stdout}");
    }
}
