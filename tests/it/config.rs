//! The configuration, from outside: what an operator has in hand.

use std::path::Path;

use entente::config::Config;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_example_loads_as_it_stands_and_changes_nothing() {
    let example = root().join("config.example.toml");
    assert_eq!(Config::load(Some(&example), std::iter::empty()).unwrap(), Config::default());
}

#[test]
fn every_key_that_is_shown_stands_in_the_example_and_in_the_manual() {
    let mut config = Config::default();
    config.mail.smtp = Some(entente::config::Smtp::default());
    config.mail.imap = Some(entente::config::Imap::default());
    config.mail.dkim = Some(entente::config::Dkim::default());
    let example = std::fs::read_to_string(root().join("config.example.toml")).unwrap();
    let manual = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let mut tables = vec![(String::new(), config.to_json())];
    let mut keys = 0;
    while let Some((path, table)) = tables.pop() {
        for (name, value) in table.as_object().unwrap() {
            if value.is_object() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                assert!(example.contains(&format!("[{path}]")), "[{path}] is not in the example");
                assert!(manual.contains(&format!("## `[{path}]`")), "[{path}] is not in the manual");
                tables.push((path, value.clone()));
            } else {
                keys += 1;
                let is_there = example
                    .lines()
                    .any(|line| line.trim_start_matches('#').starts_with(&format!("{name} = ")));
                assert!(is_there, "{path}.{name} is not in the example");
                assert!(manual.contains(&format!("| `{name}` |")), "{path}.{name} is not in the manual");
            }
        }
    }
    assert!(keys > 45, "{keys} keys");
}
