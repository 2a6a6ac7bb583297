//! A class behind OpenSSH's own server, set up by the lines of docs/class.md.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::support::lesson::Lesson;
use crate::support::pty::Session;
use crate::support::ssh::{between, make_key};
use crate::support::{PROGRAM, TOY, command, wait_until};

/// Where Debian has it; it starts itself anew, so its whole path is needed.
const SSHD: &str = "/usr/sbin/sshd";

/// A server of this account alone, for as long as this lives.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The account of this process; a server that is not root's serves no other.
fn account() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = command(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The lines in a block of docs/class.md that follows this text.
fn lines_of_docs(after: &str) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/class.md")).unwrap();
    let (_, rest) = page.split_once(after).unwrap();
    between(rest, "```text\n", "\n```")
}

#[test]
#[ignore = "needs ssh"]
fn sshd_with_lines_of_docs_admits_students_to_class_only() {
    let mut lesson = Lesson::begin(TOY, &["--paused"]);
    let at = |name: &str| lesson.folder.path().join(name).to_str().unwrap().to_owned();
    for key in ["anna", "host", "stranger"] {
        make_key(&at(key));
    }
    let account = account();
    let config = lines_of_docs("In `sshd_config`:").replace("ACCOUNT", &account);
    let values = [
        ("PROGRAM", PROGRAM.to_owned()),
        ("SOCKET", lesson.socket.to_str().unwrap().to_owned()),
        ("NAME", "anna".to_owned()),
        ("KEY", fs::read_to_string(at("anna.pub")).unwrap()),
    ];
    let line = lines_of_docs("In `authorized_keys` of");
    let keys = values.iter().fold(line, |line, (placeholder, value)| {
        assert!(line.contains(placeholder), "{line}");
        line.replace(placeholder, value)
    });
    fs::write(at("authorized_keys"), keys).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let of_this_test = [
        format!("Port {port}"),
        "ListenAddress 127.0.0.1".to_owned(),
        format!("HostKey {}", at("host")),
        format!("PidFile {}", at("pid")),
        format!("AuthorizedKeysFile {}", at("authorized_keys")),
        "StrictModes no".to_owned(), // the folder of a test
        "PermitRootLogin yes".to_owned(),
    ];
    fs::write(at("sshd_config"), format!("{}\n{config}\n", of_this_test.join("\n"))).unwrap();
    let _ = fs::create_dir_all("/run/sshd"); // root's server wants it
    run(SSHD, &["-t", "-f", &at("sshd_config")]);
    let log = fs::File::create(at("log")).unwrap();
    let started = command(SSHD).args(["-D", "-e", "-f", &at("sshd_config")]).stderr(log).spawn().unwrap();
    let _server = Server(started);
    wait_until("the server's port", || TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());

    let host = format!("{account}@127.0.0.1");
    let known = format!("UserKnownHostsFile={}", at("known_hosts"));
    let client = |key: &str, more: &[&str]| -> Vec<String> {
        let mut options = vec!["-F", "none", "-p", &port, "-o", &known, "-o", "StrictHostKeyChecking=accept-new"];
        options.extend(["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "LogLevel=ERROR"]);
        let key = at(key);
        options.extend(["-i", &key]);
        options.extend(more);
        options.into_iter().map(str::to_owned).collect()
    };
    let arguments = client("anna", &[&host]);
    let anna = Session::start(24, 80, "ssh", &arguments.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    anna.wait_for("q quit");
    lesson.teacher.press("Cz");
    lesson.teacher.wait_for("anna ");
    lesson.teacher.press("s");
    anna.wait_for("step 1/5000");
    anna.screen.lock().unwrap().screen_mut().set_size(40, 120);
    anna.master.resize(crate::support::pty::size(40, 120)).unwrap();
    anna.wait_for("shapes of one step");

    // whatever else is asked for is the class, or nothing
    for more in [&["echo", "got in"][..], &["sh", "-i"], &[PROGRAM, "attach", "--teacher"]] {
        let arguments = client("anna", &[&["-T", &host], more].concat());
        let output = Command::new("ssh").args(&arguments).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && said.contains("attach: there is no terminal"), "{more:?}: {said}");
    }
    let stranger = client("stranger", &["-o", "BatchMode=yes", &host]);
    let output = Command::new("ssh").args(&stranger).stdin(Stdio::null()).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("Permission denied"));

    lesson.end();
    let (_, text) = anna.assert_given_back();
    assert!(text.contains("the class is over"), "{text}");
}
