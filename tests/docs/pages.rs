//! Tables and links of the documentation are complete.

use std::fs;
use std::path::Path;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn linked_files_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs =
        fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    for path in docs.chain(["README.md", "README.zh.md"].map(|name| root.join(name))) {
        let page = fs::read_to_string(&path).unwrap();
        for link in page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !link.is_empty() && !link.starts_with("http") {
                assert!(path.parent().unwrap().join(link).exists(), "{} links to missing {link}", path.display());
            }
        }
    }
}

#[test]
fn architecture_page_names_existing_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (page, mut folder) = (page("docs/architecture.md"), String::new());
    for first in page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()) {
        let names: Vec<_> = first.split('`').skip(1).step_by(2).collect();
        if first.starts_with("in `") {
            names[0].clone_into(&mut folder);
        } else {
            for name in names {
                assert!(root.join(&folder).join(name).exists(), "{folder}{name} does not exist");
            }
        }
    }
    assert_eq!(folder, "src/class/", "the last table");
}
