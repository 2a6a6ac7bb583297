//! Lines for OpenSSH's own server, which then lets students into a class.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use rnn_tui::class::door::local::usual_path;

use super::Failed;
use super::class_options::ClassOptions;
use super::environment::account;

/// What is global in `sshd_config`.
const SSHD_CONFIG: &str = "\
# sshd_config: a whole class logs in at once, from one address where it sits behind one router
MaxStartups 100:30:200
LoginGraceTime 120
";

/// Of OpenSSH 9.8 and later.
const PENALTIES: &str = "\
# one who fails would shut out everybody at the same address, and nobody guesses a key
PerSourcePenalties no
";

/// Whether the server of this machine knows of penalties; where there is no OpenSSH, as a new one does.
fn has_penalties() -> bool {
    let asked = Command::new("ssh").arg("-V").output();
    let told = asked.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    version(&told).is_none_or(|version| version >= (9, 8))
}

/// What `ssh -V` says, as in `OpenSSH_9.2p1 …`.
fn version(told: &str) -> Option<(u32, u32)> {
    let (major, rest) = told.strip_prefix("OpenSSH_")?.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Prints them.
pub fn print(options: &ClassOptions) -> Result<ExitCode, Failed> {
    let program = std::env::current_exe()?;
    let socket = std::path::absolute(options.socket.clone().unwrap_or_else(usual_path))?;
    let account = Some(account()).filter(|account| !account.is_empty()).unwrap_or_else(|| "ACCOUNT".to_owned());
    let mut out = io::stdout();
    let penalties = if has_penalties() { PENALTIES } else { "" };
    let of_account =
        "    AuthenticationMethods publickey\n    DisableForwarding yes\n    AcceptEnv LANG COLORTERM NO_COLOR";
    write!(out, "{SSHD_CONFIG}{penalties}Match User {account}\n{of_account}\n\n")?;
    writeln!(out, "# authorized_keys of {account}: a line for each student")?;
    for Student { name, limits, key } in students(options)? {
        writeln!(out, "restrict,pty,{limits}command=\"{}\" {key}", command(&program, &socket, &name)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the server starts for a student, whatever the student asks for.
fn command(program: &Path, socket: &Path, name: &str) -> Result<String, Failed> {
    let of = |path: &Path| {
        let text = path.to_str().filter(|text| !text.contains(['"', '\'', '\\', '\n']));
        let refuse =
            || Failed::Prompt(format!("{}: sshd takes no such path\n  choose one without quotes", path.display()));
        text.map(|text| format!("'{text}'")).ok_or_else(refuse)
    };
    Ok(format!("{} attach --socket {} --as '{name}'", of(program)?, of(socket)?))
}

/// A line of `authorized_keys`.
struct Student {
    name: String,
    /// Options that say who may use the key, each with a comma after it.
    limits: String,
    key: String,
}

/// Those of the file of keys; an example, if there is none.
#[cfg(feature = "ssh")]
fn students(options: &ClassOptions) -> Result<Vec<Student>, Failed> {
    let Some(path) = &options.ssh.authorized_keys else { return Ok(vec![example()]) };
    let keys = super::ssh_door::keys_of("--authorized-keys", path)?;
    let student = |(line, number): (&rnn_tui::class::door::ssh::KeyLine, usize)| {
        let name: String = line
            .key
            .comment()
            .as_str_lossy()
            .split('@')
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|sign| sign.is_alphanumeric())
            .collect();
        let name = if name.is_empty() { format!("student{number}") } else { name };
        let key = line.key.to_openssh().map_err(|error| Failed::System(io::Error::other(error.to_string())))?;
        Ok(Student { name, limits: line.options(), key })
    };
    keys.iter().zip(1..).map(student).collect()
}

/// An example.
#[cfg(not(feature = "ssh"))]
#[allow(clippy::unnecessary_wraps)] // as where keys are read
fn students(_: &ClassOptions) -> Result<Vec<Student>, Failed> {
    Ok(vec![example()])
}

fn example() -> Student {
    Student { name: "NAME".to_owned(), limits: String::new(), key: "ssh-ed25519 AAAA… NAME".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_nothing_that_a_shell_or_sshd_would_read_otherwise() {
        let socket = Path::new("/run/a class/socket");
        let command_of = |program: &str| command(Path::new(program), socket, "安娜").ok();
        let expected = "'/usr/bin/rnn-tui' attach --socket '/run/a class/socket' --as '安娜'";
        assert_eq!(command_of("/usr/bin/rnn-tui").as_deref(), Some(expected));
        for program in ["/it's", "/a\"b", "/a\\b", "/a\nb"] {
            assert_eq!(command_of(program), None, "{program}");
        }
    }

    #[test]
    fn versions_are_read_as_openssh_tells_them() {
        assert_eq!(version("OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.19"), Some((9, 2)));
        assert_eq!(version("OpenSSH_10.0p2, LibreSSL"), Some((10, 0)));
        assert_eq!(version("OpenSSH_for_Windows_9.5p1"), None);
        assert_eq!(version(""), None);
    }
}
