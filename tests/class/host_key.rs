//! Where the host key is kept, and what becomes of a class that cannot keep it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{TOY, program};

/// `rnn-tui serve` in this folder, with these variables instead of those that say where a user's files are.
fn serve(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = program();
    command.arg("serve").args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env_remove("HOME").env_remove("XDG_STATE_HOME").env("LC_ALL", "C").envs(variables.iter().copied());
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Ends the class that a detached `serve` has begun.
fn end(output: &Output) {
    let told = text(output);
    let process = told.lines().find_map(|line| line.strip_prefix("process ")?.split(' ').next()).unwrap();
    assert!(Command::new("kill").arg(process).status().unwrap().success());
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: std::path::PathBuf| match path {
        folder if folder.is_dir() => files(&folder),
        file if file.is_file() => vec![file.display().to_string()],
        _ => Vec::new(), // the socket of the class
    };
    entries.flat_map(of).collect()
}

const DETACHED: [&str; 6] = [TOY, "--detach", "--listen", "127.0.0.1:0", "--socket", "class.sock"];

#[test]
fn host_key_without_state_folder_is_not_written_and_teacher_is_notified() {
    for variables in [&[][..], &[("HOME", "")], &[("HOME", "home")], &[("XDG_STATE_HOME", "state")]] {
        let folder = tempfile::tempdir().unwrap();
        let refused = serve(folder.path(), &["--print-fingerprint"], variables);
        assert_eq!(refused.status.code(), Some(2), "{variables:?}: {}", text(&refused));
        assert!(text(&refused).contains("--host-key"), "{}", text(&refused));
        let begun = serve(folder.path(), &DETACHED, variables);
        assert!(begun.status.success(), "{variables:?}: {}", text(&begun));
        assert!(text(&begun).contains("the host key is for this class alone"), "{}", text(&begun));
        end(&begun);
        assert_eq!(files(folder.path()), [""; 0], "{variables:?}");
    }
}

#[test]
fn class_with_unwritable_state_folder_starts() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("taken"), "").unwrap(); // a file is no folder, not even to root
    let state = folder.path().join("taken");
    let variables = [("XDG_STATE_HOME", state.to_str().unwrap())];
    let begun = serve(folder.path(), &DETACHED, &variables);
    assert!(text(&begun).contains("the host key is for this class alone"), "{}", text(&begun));
    end(&begun);
    // what is named is meant
    let named = state.join("key");
    let refused = serve(folder.path(), &[&DETACHED[..], &["--host-key", named.to_str().unwrap()]].concat(), &variables);
    assert!(!refused.status.success() && text(&refused).contains("--host-key"), "{}", text(&refused));
}

#[test]
fn class_with_port_in_use_writes_no_host_key() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let variables = [("HOME", home.path().to_str().unwrap())];
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let arguments = [TOY, "--detach", "--listen", &address, "--socket", "class.sock"];
    let refused = serve(folder.path(), &arguments, &variables);
    assert!(text(&refused).contains("another program has this port"), "{}", text(&refused));
    assert_eq!(files(home.path()), [""; 0]);
    let begun = serve(folder.path(), &DETACHED, &variables);
    assert!(begun.status.success(), "{}", text(&begun));
    end(&begun);
    let key = home.path().join(".local/state/rnn-tui/host_ed25519");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let printed = text(&serve(folder.path(), &["--print-fingerprint"], &variables));
    assert!(text(&begun).contains(printed.trim()), "{printed}");
}

#[test]
#[ignore = "needs ssh"]
fn unsupported_host_key_is_rejected_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("rsa").display().to_string();
    let made = Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", &key]).status();
    assert!(made.unwrap().success());
    for arguments in [&["--print-fingerprint"][..], &DETACHED] {
        let refused = serve(folder.path(), &[arguments, &["--host-key", &key]].concat(), &[]);
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
        let told = text(&refused);
        assert!(told.contains("RSA keys do not sign here") && told.contains("ssh-keygen -t ed25519"), "{told}");
    }
}
