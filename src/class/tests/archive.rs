//! The log and the recordings of a class.

use crate::language::Message;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut rows = csv::Reader::from_path(path).unwrap();
    rows.deserialize().map(Result::unwrap).collect()
}

#[test]
fn log_has_teacher_actions_and_typed_prompts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("class.csv");
    let lesson = Lesson::with(Archive::new(Some(Log::open(&path, true).unwrap()), None));
    let password = Password::random();
    lesson.class.use_password(&password);
    let mut teacher = lesson.teacher();
    let key = visitor("ben").admitted_by(Credential::Key("SHA256:b".to_owned()));
    let mut ben = lesson.join(&key, Role::Student).unwrap();
    let mut anna = lesson.student("anna");
    anna.sync().unwrap(); // who only looks has asked nothing
    ben.type_keys(&format!("i我 讨厌\r{}\r", password.current()));
    teacher.type_keys("Q");
    anna.sync().unwrap(); // nor a question to all
    teacher.look_at("ben");
    teacher.type_keys("Ecl\rCKKNNXX");
    #[cfg(feature = "ssh")]
    lesson.class.log_refusal("eve\u{1b}", "192.0.2.9:1", &Credential::Key("SHA256:e".to_owned()), "an unknown key");
    let logged: Vec<_> = rows(&path)
        .iter()
        .map(|row| ["event", "name", "method", "key", "detail"].map(|column| row[column].clone()).join("|"))
        .collect();
    assert_eq!(
        logged,
        [
            "asked|ben|||我 讨厌",
            "asked|ben|||(password)",
            "renamed|ben|publickey|SHA256:b|bencl",
            "door closed||||",
            "door opened||||",
            "password renewed||||",
            "removed|bencl|publickey|SHA256:b|",
            "refused|eve|publickey|SHA256:e|an unknown key",
        ]
    );
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&password.current()));
}

#[test]
fn failed_recording_is_reported_to_member_and_teacher() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    let lesson = Lesson::with(Archive::new(
        Some(Log::open(&folder.path().join("class.csv"), true).unwrap()),
        Some(RecordingFolder::open(&recordings).unwrap()),
    ));
    let (mut teacher, mut anna) = (lesson.teacher(), lesson.student("anna"));
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let recording = Recording::to(full, Path::new("anna-1.cast"), "", "");
    let failure = recording.failure_watch();
    let recording = Ok(recording);
    anna.membership.set_written_down(Some(&recording));
    let said = anna.membership.first_notice(&visitor("anna"), Language::English).unwrap();
    for part in [
        "this session is recorded",
        "what is asked here is logged",
        "your name, address, coming and leaving are logged",
    ] {
        assert!(said.contains(part), "{said}");
    }
    anna.dashboard.view.notice = Some(Notice::ClassStatus(said, None));
    teacher.type_keys("Q");
    failure.set(Message::new("anna-1.cast is not whole: No space left on device (os error 28)")).unwrap();
    anna.sync().unwrap();
    let said = Language::English.say(anna.dashboard.view.notice.as_ref().unwrap());
    for part in
        ["this session is recorded", "NOT recorded any more: anna-1.cast is not whole", "the teacher's question"]
    {
        assert!(said.contains(part), "nothing is said in place of another: {said}");
    }
    let own = &anna.dashboard.view.class.as_ref().unwrap().written_down;
    assert!(matches!(own[0], WrittenDown::NotTheSession(_)), "{own:?}");
    teacher.sync().unwrap();
    let announced = &teacher.dashboard.view.class.as_ref().unwrap().announcements;
    assert!(matches!(&announced[..], [Announcement::NotRecorded(who, _)] if who == "anna"), "{announced:?}");

    // one that cannot even begin
    fs::remove_dir(&recordings).unwrap();
    let recording = lesson.class.recording(&visitor("ben"), "ben");
    assert!(matches!(&recording, Some(Err(why)) if why.to_string().contains("recordings")));
    assert!(matches!(lesson.class.written_down(recording.as_ref())[0], WrittenDown::NotTheSession(_)));
    for number in 0..100 {
        lesson.class.announce_failed_recording(&format!("s{number}"), Message::new("no"));
    }
    assert!(lesson.class.roster().announcements.len() < 10, "a list that has an end");
}
