//! Teachers at other terminals, a lost terminal, detached classes, groups, and the log.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::support::lesson::{Detached, Lesson, teacher_at};
use crate::support::pty::Session;
use crate::support::{CHINESE, DUEL, PROGRAM, TOY, wait_until};

#[test]
fn class_after_lost_terminal_is_led_from_another() {
    let lesson = Lesson::begin(TOY, &["--paused"]);
    let mut anna = lesson.student("anna");
    let Lesson { teacher, folder, socket } = lesson;
    let mut process = teacher.child;
    drop((teacher.master, teacher.keyboard)); // closes the terminal, which sends SIGHUP
    anna.press("5");
    anna.wait_for("state space");

    let mut teacher = teacher_at(&socket, CHINESE);
    teacher.wait_for("课堂 1 人");
    teacher.press("s");
    anna.wait_for("step 1/5000");
    teacher.press("s");
    anna.wait_for("step 2/5000");
    // the attached teacher can be followed, and Ctrl-Z leaves the class running
    teacher.press("3zF");
    anna.wait_for("all follow the teacher");
    anna.wait_for("‖∂loss/∂h‖");
    teacher.press("\u{1a}");
    let (status, text) = teacher.assert_given_back();
    assert!(status.success() && text.contains("你已离开课堂"), "{text}");
    anna.wait_until("released", |screen| !screen.contents().contains("all follow"));
    assert!(process.try_wait().unwrap().is_none(), "the class continues");

    let mut teacher = teacher_at(&socket, &[]);
    teacher.wait_for("class of 1");
    teacher.press("q");
    teacher.wait_for("end the class of 1 and lose 2 steps? again q: yes");
    teacher.press("q");
    let (_, text) = teacher.assert_given_back();
    assert!(text.contains("the class is over"), "{text}");
    let (_, text) = anna.assert_given_back();
    assert!(text.contains("the class is over"), "{text}");
    assert!(process.wait().unwrap().success());
    assert!(!socket.exists());
    drop(folder);
}

#[test]
fn two_teachers_lead_independently() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("kept");
    let mut lesson = Lesson::begin(TOY, &["--paused", "--run", run.to_str().unwrap()]);
    let mut other = teacher_at(&lesson.socket, &[]);
    other.wait_for("class of 0");
    let ben = lesson.student("ben");
    lesson.teacher.press("C");
    lesson.teacher.wait_for("Li (teacher)");
    // students follow one teacher
    other.press("5F");
    ben.wait_for("state space");
    lesson.teacher.wait_for("all follow");
    assert!(lesson.teacher.text().contains("Li (teacher)"), "{}", lesson.teacher.text());
    // then the other
    lesson.teacher.press("F");
    ben.wait_until("the panel before the class list", |screen| !screen.contents().contains("state space"));
    other.press("s");
    lesson.teacher.wait_for("step 1/5000");
    // exports are written on the machine of the class
    other.press("x");
    wait_until("the files", || run.join("export/step-1/screen.svg").exists());
    other.press("qq");
    other.assert_given_back();
    let (status, _) = lesson.teacher.assert_given_back();
    assert!(status.success(), "the attached teacher ends the class");
    ben.assert_given_back();
}

#[test]
fn detached_class_starts_without_terminal_and_ends_by_signal() {
    let class = Detached::begin(&["--run", "kept", "--paused"]);
    let socket = class.folder.path().join("socket");
    assert!(class.told.contains(&format!("rnn-tui attach --socket {}", socket.display())), "{}", class.told);
    let mut teacher = teacher_at(&socket, &[]);
    teacher.wait_for("class of 0");
    teacher.press("sss");
    teacher.wait_for("step 3/5000");
    teacher.press("\u{1a}");
    teacher.assert_given_back();
    assert!(class.is_alive());
    let again = Detached::start(class.folder.path(), &[]);
    let said = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.status.code(), Some(2), "{said}");
    assert!(said.contains("another class is there") && said.contains("attach --teacher"), "{said}");
    let folder = class.end();
    assert!(!socket.exists());
    assert!(folder.path().join("kept/latest").exists(), "the run is saved");
}

#[test]
fn detached_class_with_invalid_setting_reports_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = Detached::start(folder.path(), &["--set", "model.hidden=0"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.contains("model.hidden"), "{said}");
}

#[test]
#[ignore = "needs root"]
fn group_account_joins_and_cannot_teach() {
    let lesson = Lesson::begin(TOY, &["--paused", "--group"]);
    let program = lesson.folder.path().join("rnn-tui"); // where the other account can read it
    fs::copy(PROGRAM, &program).unwrap();
    let attach_as_nobody = |group: &str, more: &[&str], environment: &[(&str, &str)]| {
        let account = ["--reuid", "65534", "--regid", group, "--clear-groups", program.to_str().unwrap()];
        let attach = ["attach", "--socket", lesson.socket.to_str().unwrap(), "--as", "anna"];
        Session::start(24, 80, "setpriv", &[&account[..], &attach, more].concat(), environment)
    };
    let group = fs::metadata(&lesson.socket).unwrap().gid().to_string();

    let mut student = attach_as_nobody(&group, &[], &[]);
    student.wait_for("q quit");
    lesson.teacher.wait_for("class of 1");
    student.press("s ");
    student.press("qq");
    let (_, text) = student.assert_given_back();
    assert!(text.contains("you have left the class"), "{text}");
    lesson.teacher.wait_for("class of 0");
    lesson.teacher.wait_for("step 0/5000");

    // a teacher rejects the folder of another account
    for (language, why) in [(&[][..], "belongs to uid 0"), (CHINESE, "属于 uid 0")] {
        let mut pretender = attach_as_nobody(&group, &["--teacher"], language);
        pretender.wait_for(why);
        assert!(!pretender.child.wait().unwrap().success());
    }
    let mut stranger = attach_as_nobody("65534", &[], &[]);
    stranger.wait_for("Permission denied");
    assert!(!stranger.child.wait().unwrap().success());
    lesson.end();
}

#[test]
fn group_without_access_to_folder_is_reported() {
    let owners = Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().permissions(owners).tempdir().unwrap();
    let output = Detached::start(folder.path(), &["--group"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(&format!("other accounts cannot enter {}", folder.path().display())), "{said}");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o750)).unwrap();
    Detached::begin_in(folder, &["--group"]).end();
}

#[test]
fn log_has_sessions_and_prompts_only_if_enabled() {
    for with_prompts in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (log, recordings) = (folder.path().join("class.csv"), folder.path().join("casts"));
        let mut options = vec!["--log", log.to_str().unwrap()];
        let more =
            if with_prompts { vec!["--log-prompts"] } else { vec!["--record-class", recordings.to_str().unwrap()] };
        options.extend(more);
        let lesson = Lesson::begin(TOY, &options);
        let mut anna = lesson.attach("安娜/..", (24, 80), &[]);
        anna.wait_for(if with_prompts { "what is asked here is logged" } else { "this session is recorded" });
        let mut gone = lesson.attach("gone", (24, 80), &[]);
        lesson.teacher.wait_for("class of 2");
        anna.press("i我 爱\r");
        anna.wait_for("我 爱 → which word comes next?");
        gone.child.kill().unwrap();
        lesson.teacher.wait_for("class of 1");
        lesson.end();
        anna.assert_given_back();
        let text = fs::read_to_string(&log).unwrap();
        assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        let has = |event: &str, name: &str, detail: &str| {
            rows.iter().any(|row| row[1..4] == [event, name, "student"] && row[5].starts_with(detail))
        };
        assert!(has("came", "安娜/..", "") && has("came", "gone", ""), "{text}");
        assert!(has("left", "安娜/..", "the class was over") && has("left", "gone", "lost: "), "{text}");
        assert_eq!(has("asked", "安娜/..", "我 爱"), with_prompts, "{text}");
        assert_eq!(text.contains("我 爱"), with_prompts, "{text}");
        if !with_prompts {
            let cast = fs::read_to_string(recordings.join("安娜___-1.cast")).unwrap();
            let header = r#"{"version":2,"width":80,"height":24,"#;
            assert!(cast.starts_with(header) && cast.contains("which word comes next?"), "{cast}");
            assert!(recordings.join("gone-1.cast").exists());
            let permissions = fs::metadata(recordings.join("gone-1.cast")).unwrap().permissions().mode();
            assert_eq!(permissions & 0o777, 0o600, "recordings are private");
        }
    }
}

#[test]
fn attached_teacher_controls_selected_run_of_duel() {
    let lesson = Lesson::begin(DUEL, &["--paused"]);
    let mut teacher = teacher_at(&lesson.socket, &[]);
    teacher.wait_for("class of 0");
    teacher.press("a");
    teacher.wait_for("keys act on this one");
    teacher.press("s");
    teacher.wait_for("step 1/");
    teacher.press("d");
    teacher.wait_for("step 0/");
    teacher.press("qq");
    teacher.assert_given_back();
    lesson.teacher.assert_given_back();
}
