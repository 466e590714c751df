//! `figures recompute`: what it prints, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// Runs a command on a house of its own; gives how it ended.
fn entente(house: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
    command.args(["--data"]).arg(house.path().join("data")).args(arguments).current_dir(house.path());
    command.env_remove("ENTENTE_CONFIG").output().unwrap()
}

/// What a command printed that came about.
fn done(house: &TempDir, arguments: &[&str]) -> String {
    let output = entente(house, arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// How a command was refused: its code, and what it complained of. Nothing was printed.
fn refused(house: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let output = entente(house, arguments);
    assert!(output.stdout.is_empty(), "{output:?}");
    (output.status.code(), String::from_utf8(output.stderr).unwrap().trim_end().to_owned())
}

/// A house in which something happened.
fn house() -> TempDir {
    let house = tempfile::tempdir().unwrap();
    done(&house, &["user", "add", "--email", "ana@example.org", "--name", "Ana"]);
    house
}

fn head(house: &TempDir) -> i64 {
    let verified: Value = serde_json::from_str(&done(house, &["--json", "audit", "verify"])).unwrap();
    verified["head"].as_i64().unwrap()
}

#[test]
fn figures_are_computed_again_from_the_whole_journal_and_it_says_from_how_much() {
    let house = house();
    let before = head(&house);
    assert!(before > 0);
    // That it is computed again is an entry as well, and is read with the others.
    let said = done(&house, &["figures", "recompute"]);
    assert_eq!(said, format!("Computed again from {} entries.\n", before + 1));
    let said: Value = serde_json::from_str(&done(&house, &["--json", "figures", "recompute"])).unwrap();
    assert_eq!(said, serde_json::json!({ "entries": before + 2 }));
    assert_eq!(head(&house), before + 2);
}

#[test]
fn what_cannot_be_meant_is_refused_with_how_it_is_used_and_changes_nothing() {
    let house = house();
    let before = head(&house);
    for (arguments, complaint) in [
        (&["figures"][..], "Usage: entente figures"),
        (&["figures", "compute"], "unrecognized subcommand 'compute'"),
        (&["figures", "recompute", "--agent", "agt_1"], "unexpected argument '--agent' found"),
        (&["figures", "recompute", "everything"], "unexpected argument 'everything' found"),
    ] {
        let (code, said) = refused(&house, arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(complaint), "{arguments:?}: {said}");
    }
    assert_eq!(head(&house), before);
    let (code, said) = refused(&house, &["--config", "nowhere.toml", "figures", "recompute"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.starts_with("The configuration cannot be used:") && said.contains("nowhere.toml"), "{said}");
}

#[test]
fn where_the_journal_was_pruned_nothing_is_computed_again_and_nothing_is_lost() {
    let house = house();
    let before = head(&house);
    done(&house, &["audit", "prune", "--up-to", "1", "--archive", "archive.json"]);
    let (code, said) = refused(&house, &["figures", "recompute"]);
    let words = "The journal was pruned: what its archive says could not be computed again.";
    assert_eq!((code, said.as_str()), (Some(1), words));
    let output = entente(&house, &["--json", "figures", "recompute"]);
    assert_eq!(output.status.code(), Some(1));
    let told = [output.stdout, output.stderr].concat();
    assert!(String::from_utf8(told).unwrap().contains("figures.pruned"));
    assert_eq!(head(&house), before);
}
