//! Where the host key is stored, and a class that cannot store it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{TOY, program};

/// `rnn-tui serve` in this folder, with these variables in place of HOME and XDG_STATE_HOME.
fn serve(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = program();
    command.arg("serve").args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env_remove("HOME").env_remove("XDG_STATE_HOME").env("LC_ALL", "C").envs(variables.iter().copied());
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Ends the class that a detached `serve` has started.
fn end(output: &Output) {
    let output_text = text(output);
    let process = output_text.lines().find_map(|line| line.strip_prefix("process ")?.split(' ').next()).unwrap();
    assert!(Command::new("kill").arg(process).status().unwrap().success());
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files_at = |path: std::path::PathBuf| match path {
        folder if folder.is_dir() => files(&folder),
        file if file.is_file() => vec![file.display().to_string()],
        _ => Vec::new(), // the socket of the class
    };
    entries.flat_map(files_at).collect()
}

const DETACHED: [&str; 6] = [TOY, "--detach", "--listen", "127.0.0.1:0", "--socket", "class.sock"];

#[test]
fn host_key_without_state_folder_is_not_written_and_teacher_is_notified() {
    for variables in [&[][..], &[("HOME", "")], &[("HOME", "home")], &[("XDG_STATE_HOME", "state")]] {
        let folder = tempfile::tempdir().unwrap();
        let rejected = serve(folder.path(), &["--print-fingerprint"], variables);
        assert_eq!(rejected.status.code(), Some(2), "{variables:?}: {}", text(&rejected));
        assert!(text(&rejected).contains("--host-key"), "{}", text(&rejected));
        let started = serve(folder.path(), &DETACHED, variables);
        assert!(started.status.success(), "{variables:?}: {}", text(&started));
        assert!(text(&started).contains("the host key is for this class alone"), "{}", text(&started));
        end(&started);
        assert_eq!(files(folder.path()), [""; 0], "{variables:?}");
    }
}

#[test]
fn class_with_unwritable_state_folder_starts() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("taken"), "").unwrap(); // a file is no folder, not even to root
    let state = folder.path().join("taken");
    let variables = [("XDG_STATE_HOME", state.to_str().unwrap())];
    let started = serve(folder.path(), &DETACHED, &variables);
    assert!(text(&started).contains("the host key is for this class alone"), "{}", text(&started));
    end(&started);
    // a named key is required
    let named = state.join("key");
    let rejected =
        serve(folder.path(), &[&DETACHED[..], &["--host-key", named.to_str().unwrap()]].concat(), &variables);
    assert!(!rejected.status.success() && text(&rejected).contains("--host-key"), "{}", text(&rejected));
}

#[test]
fn class_with_port_in_use_writes_no_host_key() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let variables = [("HOME", home.path().to_str().unwrap())];
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let arguments = [TOY, "--detach", "--listen", &address, "--socket", "class.sock"];
    let rejected = serve(folder.path(), &arguments, &variables);
    assert!(text(&rejected).contains("another program has this port"), "{}", text(&rejected));
    assert_eq!(files(home.path()), [""; 0]);
    let started = serve(folder.path(), &DETACHED, &variables);
    assert!(started.status.success(), "{}", text(&started));
    end(&started);
    let key = home.path().join(".local/state/rnn-tui/host_ed25519");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let printed = text(&serve(folder.path(), &["--print-fingerprint"], &variables));
    assert!(text(&started).contains(printed.trim()), "{printed}");
}

#[test]
#[ignore = "needs ssh"]
fn unsupported_host_key_is_rejected_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("rsa").display().to_string();
    let made = Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", &key]).status();
    assert!(made.unwrap().success());
    for arguments in [&["--print-fingerprint"][..], &DETACHED] {
        let rejected = serve(folder.path(), &[arguments, &["--host-key", &key]].concat(), &[]);
        assert_eq!(rejected.status.code(), Some(2), "{}", text(&rejected));
        let output_text = text(&rejected);
        assert!(
            output_text.contains("RSA keys do not sign here") && output_text.contains("ssh-keygen -t ed25519"),
            "{output_text}"
        );
    }
}
