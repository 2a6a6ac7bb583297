//! Imports between the rooms of `src/` are those of the table in `src/lib.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Small rooms that any other may use.
const SHARED: [&str; 8] =
    ["activity", "allocator", "choice", "columns", "file_kind", "language", "memory", "printable"];

/// All files of a room: a file, or a folder.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "rs"))
        .flat_map(|path| files(&path))
        .collect()
}

/// The code of a file without its tests, comments and strings.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Names that follow `crate::` in a file, also in `crate::{a, b::C}`.
fn imported(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let list = rest
            .strip_prefix('{')
            .map_or(rest.split([':', ';', ' ', '(', '<', '!', ',', ')']).next().unwrap(), |list| {
                list.split("};").next().unwrap()
            });
        let mut depth = 0;
        let outer = list.split_inclusive(['{', '}', ',']).filter(|part| {
            let is_outer = depth == 0;
            depth += part.matches('{').count();
            depth -= part.matches('}').count().min(depth);
            is_outer
        });
        rooms.extend(
            outer.map(|part| part.split("::").next().unwrap().trim_matches([' ', '\n', ',', '{', '}']).to_owned()),
        );
    }
    rooms
}

#[test]
fn imports_between_rooms_match_the_table() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let page = fs::read_to_string(src.join("lib.rs")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("//! | [`")).map(|row| {
        let mut cells = row.split(" | ");
        let room = cells.next().unwrap().split('`').next().unwrap().to_owned();
        let uses = cells.nth(1).unwrap().split('`').skip(1).step_by(2).map(str::to_owned);
        (room, uses.collect::<BTreeSet<_>>())
    });
    let rows: Vec<_> = rows.filter(|(room, _)| !SHARED.contains(&room.as_str())).collect();
    for (row, (room, uses)) in rows.iter().enumerate() {
        let above: Vec<_> = rows[..row].iter().map(|(room, _)| room).collect();
        assert!(uses.iter().all(|used| above.contains(&used)), "{room} uses a room below it");
    }
    let table: BTreeMap<_, _> = rows.into_iter().collect();
    let found: BTreeMap<_, _> = table
        .keys()
        .map(|room| {
            let of_room = files(&src.join(room)).into_iter().filter(|path| {
                let name = path.file_name().unwrap();
                name != "tests.rs" && name != "fixture.rs" && !path.components().any(|part| part.as_os_str() == "tests")
            });
            let uses: BTreeSet<_> = of_room.flat_map(|path| imported(&code(&path))).collect();
            (room.clone(), uses.into_iter().filter(|used| used != room && table.contains_key(used)).collect())
        })
        .collect();
    assert_eq!(table, found);
}
