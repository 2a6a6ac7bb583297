//! Tables and links of the documentation are complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rnn_tui::config::{Config, Origin};

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Adds all keys of a table, prefixed by their sections.
fn keys(table: &toml::Table, section: &str, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(keys_below) if key != "keys" => keys(keys_below, &format!("{section}{key}."), found),
            _ => _ = found.insert(format!("{section}{key}")),
        }
    }
}

#[test]
fn configuration_table_lists_every_key() {
    let complete = Config::read(&Origin::toy(), &[]).unwrap().to_toml().unwrap();
    let mut known = BTreeSet::from(["keys".to_owned()]);
    keys(&complete.parse().unwrap(), "", &mut known);
    let mut documented = BTreeSet::new();
    let page = page("docs/configuration.md");
    let rows =
        page.lines().skip_while(|line| !line.starts_with("| key |")).skip(2).take_while(|line| line.starts_with('|'));
    for row in rows {
        let mut section = String::new();
        for key in row.split('|').nth(1).unwrap().split(',').map(|key| key.trim().trim_matches('`')) {
            // `.patience` after `training.schedule.factor` is in the same section
            let key = if key.starts_with('.') { format!("{section}{key}") } else { key.to_owned() };
            section = key.rsplit_once('.').map(|(section, _)| section.to_owned()).unwrap_or_default();
            documented.insert(key);
        }
    }
    assert_eq!(documented, known);
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
