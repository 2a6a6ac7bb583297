//! Admission, removal and renaming of members, and actions that students cannot take.

use super::*;

#[test]
fn removed_student_is_rejected_by_name_and_others_stay() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    let (mut anna, mut second) = (lesson.student("anna"), lesson.student("ánna"));
    let mut ben = lesson.student("Ben");
    assert_eq!(lesson.names(), ["Li", "anna", "ánna", "Ben"]);
    teacher.look_at("Ben");
    teacher.type_keys("X");
    // the question stays about the same member when others leave
    drop(anna);
    teacher.sync().unwrap();
    teacher.type_keys("X");
    assert_eq!(ben.sync(), Err(Ending::Removed));
    assert_eq!(second.sync(), Ok(true));
    assert_eq!(teacher.dashboard.view.notice, Some(Notice::Removed("Ben".to_owned())));
    assert!(teacher.list().iter().all(|member| member.name != "Ben"), "even before the line is closed");
    for again in ["Ben", "ben ", "B e n", "Веn", "BEN\u{200b}"] {
        assert_eq!(lesson.join(&visitor(again), Role::Student).err(), Some(SessionEnd::KeptOut), "{again}");
    }
    anna = lesson.student("anna");
    // of two who give the same name one is removed, wherever both come from next
    let elsewhere = |port: u16| Visitor { from: format!("192.0.2.2:{port}"), ..visitor("anna") };
    let mut other = lesson.join(&elsewhere(1), Role::Student).unwrap();
    teacher.look_at("anna 2");
    teacher.type_keys("XX");
    assert_eq!((other.sync(), anna.sync().is_ok()), (Err(Ending::Removed), true));
    assert_eq!(
        lesson.join(&elsewhere(2), Role::Student).err(),
        Some(SessionEnd::KeptOut),
        "before the first one is gone"
    );
    drop(other);
    assert_eq!(lesson.join(&elsewhere(3), Role::Student).err(), Some(SessionEnd::KeptOut));
    let again = lesson.student("anna"); // whose lost line has not been noticed yet
    drop(anna);
    drop(again);
    lesson.student("anna");
    // who was renamed is known by both names
    let mut dora = lesson.student("dora");
    teacher.look_at("dora");
    teacher.type_keys("E");
    (0..4).for_each(|_| _ = teacher.press(KeyCode::Backspace, KeyModifiers::NONE));
    teacher.type_keys("zoe\r");
    dora.sync().unwrap();
    teacher.sync().unwrap();
    teacher.look_at("zoe");
    teacher.type_keys("XX");
    assert_eq!(dora.sync(), Err(Ending::Removed));
    for again in ["dora", "zoe", "Zoe"] {
        assert_eq!(lesson.join(&visitor(again), Role::Student).err(), Some(SessionEnd::KeptOut), "{again}");
    }
    // teachers cannot be removed
    let _other = lesson.join(&visitor("Wang"), Role::Teacher).unwrap();
    teacher.look_at("Wang");
    assert!(teacher.type_keys("X").is_empty());
    assert_eq!(teacher.dashboard.view.notice, Some(Notice::NotOfTeachers));
}

#[test]
fn removed_key_or_account_is_rejected_under_any_name() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    let key = |name: &str, key: &str| visitor(name).admitted_by(Credential::Key(key.to_owned()));
    let student = |visitor: &Visitor| lesson.join(visitor, Role::Student);
    let mut sessions = ["eve", "eve", "ben"].map(|name| student(&key(name, "SHA256:e")).unwrap());
    let mut anna = student(&key("anna", "SHA256:a")).unwrap();
    teacher.look_at("eve");
    assert_eq!(teacher.list()[0].same_person, 2, "which the question says");
    teacher.type_keys("XX");
    for session in &mut sessions {
        assert_eq!(session.sync(), Err(Ending::Removed));
    }
    assert!(anna.sync().is_ok());
    for again in ["eve", "mallory"] {
        assert_eq!(student(&key(again, "SHA256:e")).err(), Some(SessionEnd::KeptOut));
    }
    let own = rustix::process::getuid().as_raw();
    let account = |name: &str, number| visitor(name).admitted_by(Credential::Account(number));
    let _sessions = [student(&account("pat", own)).unwrap(), student(&account("kim", own + 1)).unwrap()];
    for name in ["pat", "kim"] {
        teacher.look_at(name);
        teacher.type_keys("XX");
    }
    assert!(student(&account("quin", own)).is_ok(), "the account of the class is everybody's");
    assert_eq!(student(&account("quin", own + 1)).err(), Some(SessionEnd::KeptOut));
}

#[test]
fn closed_door_rejects_new_students_and_admits_returning_ones() {
    let lesson = Lesson::new();
    let (mut teacher, anna) = (lesson.teacher(), lesson.student("anna"));
    teacher.type_keys("CK");
    assert!(teacher.dashboard.view.class.as_ref().unwrap().is_door_closed);
    let come = |name: &str| lesson.join(&visitor(name), Role::Student).err();
    assert_eq!(come("ben"), Some(SessionEnd::DoorClosed));
    assert_eq!(come("anna"), Some(SessionEnd::DoorClosed), "she is there");
    assert!(lesson.join(&visitor("Wang"), Role::Teacher).is_ok());
    drop(anna);
    assert_eq!(come("anna"), None, "a line that was lost is found again");
    teacher.type_keys("K");
    assert_eq!(come("ben"), None);
}

#[test]
fn rename_by_teacher_is_shown_to_member() {
    let lesson = Lesson::new();
    let (mut teacher, mut anna, ben) = (lesson.teacher(), lesson.student("xX~hax~Xx"), lesson.student("ben"));
    teacher.look_at("xX~hax~Xx");
    teacher.type_keys("E");
    // letters are text, also when members leave
    drop(ben);
    let erase =
        |teacher: &mut TestMember| (0..9).for_each(|_| _ = teacher.press(KeyCode::Backspace, KeyModifiers::NONE));
    erase(&mut teacher);
    assert!(teacher.type_keys("Anna q？X").is_empty());
    teacher.type_keys("\r");
    anna.sync().unwrap();
    assert_eq!(anna.dashboard.view.notice, Some(Notice::Renamed("Anna q?X".to_owned())));
    assert_eq!(anna.dashboard.view.class.as_ref().unwrap().own_name, "Anna q?X");
    for (typed, called) in [("Li", "Li 2"), ("teacher", "teacher (student)"), (" \u{200b}", "teacher (student)")] {
        teacher.type_keys("E");
        (0..40).for_each(|_| _ = teacher.press(KeyCode::Backspace, KeyModifiers::NONE));
        teacher.type_keys(&format!("{typed}\r"));
        assert_eq!(lesson.names(), ["Li", called]);
    }
    teacher.type_keys("Ezzz\u{1b}");
    assert_eq!(lesson.names(), ["Li", "teacher (student)"], "Esc leaves it as it was");
    assert!(!teacher.dashboard.view.is_occupied());
}

#[test]
fn renewed_password_after_confirmation_is_announced() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    teacher.type_keys("CN");
    assert_eq!(teacher.dashboard.view.notice, Some(Notice::NoPassword));
    let password = Password::random();
    lesson.class.use_password(&password);
    let first = password.current();
    teacher.sync().unwrap();
    teacher.type_keys("N ");
    assert_eq!(password.current(), first, "any other key is a no");
    teacher.type_keys("NN");
    let renewed = password.current();
    assert_ne!(renewed, first);
    assert_eq!(teacher.dashboard.view.class.as_ref().unwrap().announcements, [Announcement::Password(renewed.clone())]);
    assert_eq!(lesson.class.password(), Some(renewed));
}

#[test]
fn teacher_actions_of_student_change_nothing() {
    let lesson = Lesson::new();
    let (mut teacher, mut anna) = (lesson.teacher(), lesson.student("anna"));
    let ben = lesson.student("ben");
    lesson.class.use_password(&Password::random());
    let password = lesson.class.password();
    anna.type_keys("CXXEKNNo");
    let acts = [
        ClassAct::Remove(ben.membership.number),
        ClassAct::Rename(ben.membership.number, "x".to_owned()),
        ClassAct::ToggleDoor,
        ClassAct::RenewPassword,
        ClassAct::AskAll(None),
        ClassAct::ToggleFollow,
        ClassAct::Poll,
    ];
    for act in acts {
        anna.membership.act(&act, &mut anna.dashboard.view, &anna.viewer);
    }
    teacher.sync().unwrap();
    let class = teacher.dashboard.view.class.as_ref().unwrap();
    assert!(!class.is_door_closed && !class.follows && class.poll.is_none());
    assert_eq!((lesson.names().len(), lesson.class.password()), (3, password));
    assert_eq!(lesson.names()[2], "ben");
}

#[test]
fn member_names_are_distinct_and_claim_no_role() {
    let lesson = Lesson::new();
    let mut teacher = lesson.teacher();
    let given =
        ["anna", "anna", "teacher", "teacher ", "\u{202e}teacher", "TEACHER", "Li (teacher)", "", "\u{200b}", "Li"];
    let _students: Vec<_> = given.iter().map(|name| lesson.student(name)).collect();
    teacher.sync().unwrap();
    let names: Vec<_> = teacher.list().into_iter().map(|member| member.name).collect();
    assert_eq!(
        names,
        [
            "anna",
            "anna 2",
            "teacher (student)",
            "teacher (student) 2",
            "teacher (student) 3",
            "TEACHER (student) 4",
            "Li (teacher) (student)",
            "student",
            "student 2",
            "Li 2"
        ]
    );
    // the projector's name makes a visitor the projector at every door
    let role = |name: &str| Access::Student.for_name(&visitor(name).name).role();
    assert_eq!(
        ["projector", "Projector ", "ｐｒｏｊｅｃｔｏｒ", "рrojector"].map(role),
        [Role::Projector, Role::Projector, Role::Projector, Role::Student]
    );
}
