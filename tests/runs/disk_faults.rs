//! Kept runs on read-only, limited and full disks, with real faults of the system. `run_folder.rs` simulates the failure of each
//! operation.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::{PROGRAM, TOY, command, wait_until};

/// User and group id of `nobody`; permissions do not restrict root.
const NOBODY: u32 = 65534;

/// A folder owned by an unprivileged user, with a copy of the program.
struct Home {
    folder: TempDir,
    is_root: bool,
}

impl Home {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let is_root =
            fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0);
        let home = Self { folder, is_root };
        fs::copy(PROGRAM, home.path("rnn-tui")).unwrap();
        fs::copy(TOY, home.path("toy.toml")).unwrap();
        fs::write(home.path("corpus.txt"), "我 喜欢 玩具\n我 爱 爸爸\n我 讨厌 挨打\n").unwrap();
        if is_root {
            chown(home.folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that runs `program` in the folder as the unprivileged user.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = command(program);
        command.args(arguments).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// A command that trains the lesson for `steps` steps and keeps the run in `folder`.
    fn keep(&self, folder: &str, steps: &str, more: &[&str]) -> Command {
        let arguments = ["toy.toml", "--plain", "--corpus", "corpus.txt", "--run", folder, "--steps", steps];
        self.command("./rnn-tui", &[&arguments, more].concat())
    }

    /// Prediction of the run in `run`; asserts that its checkpoint is intact.
    fn predict(&self) -> String {
        let output = self.command("./rnn-tui", &["predict", "run", "我 讨厌"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "the checkpoint is intact");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn set_permissions(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Waits until this path exists; panics after a timeout.
fn wait_for(path: &Path) {
    wait_until(&format!("{}", path.display()), || path.exists());
}

/// Asserts that all steps were taken, that the save error was reported, and that the exit code is 3.
#[track_caller]
fn assert_trained_but_not_kept(ended: &Output, steps: &str, why: &str) {
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!(ended.status.code(), Some(3), "{out}{err}");
    assert!(out.contains(&format!("step {steps}/{steps}")), "{out}");
    assert!(err.contains("error: ") && err.contains(why), "{err}");
}

/// Sorted names of all entries in the checkpoint folder.
fn checkpoints(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.path("run/checkpoints")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn uncreatable_run_folder_is_reported_before_training() {
    let home = Home::new();
    fs::create_dir(home.path("closed")).unwrap();
    if home.is_root {
        chown(home.path("closed"), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    set_permissions(&home.path("closed"), 0o555);
    let output = home.keep("closed/run", "1000", &[]).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("closed/run: Permission denied"), "{err}");
    assert_eq!(output.stdout, b"", "nothing was trained");
}

fn start_run(home: &Home, steps: &str, every: &str) -> Child {
    let child = home.keep("run", steps, &["--set", &format!("run.checkpoint_every={every}")]).spawn().unwrap();
    wait_for(&home.path("run/latest/manifest.json"));
    child
}

#[test]
fn folder_read_only_during_training_keeps_checkpoint() {
    let home = Home::new();
    let child = start_run(&home, "40000", "2000");
    set_permissions(&home.path("run/checkpoints"), 0o555);
    let ended = child.wait_with_output().unwrap();
    assert_trained_but_not_kept(&ended, "40000", "Permission denied");
    assert!(home.predict().contains("->"));
    set_permissions(&home.path("run/checkpoints"), 0o755);
    let resumed = home.command("./rnn-tui", &["--resume", "run", "--plain"]).output().unwrap();
    assert!(resumed.status.success() && checkpoints(&home).last().unwrap().ends_with("-step-40000"));
}

#[test]
fn read_only_run_predicts_but_does_not_resume() {
    let home = Home::new();
    assert!(home.keep("run", "1000", &[]).output().unwrap().status.success());
    let before = home.predict();
    for folder in ["run", "run/checkpoints"] {
        set_permissions(&home.path(folder), 0o555);
    }
    set_permissions(&home.path("run/lock"), 0o444);
    assert_eq!(home.predict(), before);
    let resumed = home.command("./rnn-tui", &["--resume", "run", "--plain", "--steps", "2000"]).output().unwrap();
    let err = String::from_utf8_lossy(&resumed.stderr);
    assert!(resumed.status.code() == Some(2) && err.contains("run/lock: Permission denied"), "{err}");
    for folder in ["run", "run/checkpoints"] {
        set_permissions(&home.path(folder), 0o755); // so that the folder can be removed
    }
}

#[test]
fn file_size_limit_is_reported_without_partial_files() {
    let home = Home::new();
    // in blocks of 512 bytes; SIGXFSZ is ignored, as a full disk sends no signal
    let limited = "trap '' XFSZ; ulimit -f 200; exec ./rnn-tui \"$@\"";
    let arguments = ["toy.toml", "--plain", "--corpus", "corpus.txt", "--run", "run", "--steps", "60000"];
    let more = ["--set", "run.checkpoint_every=100", "--set", "run.keyframes=0"];
    let ended = home.command("sh", &[&["-c", limited, "sh"], &arguments[..], &more].concat()).output().unwrap();
    assert_trained_but_not_kept(&ended, "60000", "File too large");
    assert!(home.predict().contains("->"), "an earlier, smaller checkpoint was saved");
    assert!(checkpoints(&home).iter().all(|name| name.contains("-step-")), "{:?}", checkpoints(&home));
}

/// Runs a script that mounts a disk, in user and mount namespaces; `None` where the system does not permit them.
fn on_its_own_disk(home: &Home, script: &str) -> Option<Output> {
    let run = |script| home.command("unshare", &["--user", "--map-root-user", "--mount", "sh", "-c", script]).output();
    if !run("true").is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this system does not permit user and mount namespaces");
        return None;
    }
    Some(run(script).unwrap())
}

#[test]
fn full_disk_removes_older_checkpoints_for_latest() {
    let home = Home::new();
    // at the end the disk has space for two checkpoints, but not for three and one being written
    let script = "
        mkdir disk && mount -t tmpfs -o size=1000k tmpfs disk || exit 99
        ./rnn-tui toy.toml --plain --corpus corpus.txt --run disk/run --steps 60000 \
            --set run.checkpoint_every=500 --set run.keep=3 --set run.keyframes=0
        echo code $?
        ls disk/run/checkpoints
    ";
    let Some(output) = on_its_own_disk(&home, script) else { return };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let (_, rest) = out.split_once("code 0\n").unwrap_or_else(|| panic!("{out}{err}"));
    assert!(rest.trim_end().ends_with("-step-60000"), "{rest}");
    assert!(rest.lines().count() < 3, "{rest}");
}

#[test]
fn full_disk_keeps_previous_checkpoint_and_resumes_with_space() {
    let home = Home::new();
    let script = "
        mkdir disk && mount -t tmpfs -o size=1400k tmpfs disk || exit 99
        dd if=/dev/zero of=disk/other bs=1k count=800 2>&-
        ./rnn-tui toy.toml --plain --corpus corpus.txt --run disk/run --steps 60000 \
            --set run.checkpoint_every=500 --set run.keep=1 --set run.keyframes=0
        echo code $?
        ls -A disk/run/checkpoints
        ./rnn-tui predict disk/run '我 讨厌' || exit 98
        rm disk/other || exit 96
        ./rnn-tui --resume disk/run --plain || exit 97
        ls disk/run/checkpoints
    ";
    let Some(output) = on_its_own_disk(&home, script) else { return };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    let (first, rest) = out.split_once("code 3\n").unwrap_or_else(|| panic!("{out}{err}"));
    assert!(first.contains("step 60000/60000"), "{first}");
    assert!(err.contains("error: ") && err.contains("No space left on device"), "{err}");
    assert!(rest.contains("我 讨厌 -> ") && !rest.contains(".saving"), "{rest}");
    assert!(rest.trim_end().ends_with("-step-60000"), "{rest}");
}
