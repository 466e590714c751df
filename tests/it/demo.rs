//! The command `demo` from outside.

use std::process::Command;

#[test]
fn a_demo_that_is_given_a_house_refuses_instead_of_leaving_it_aside() {
    for given in [["--data", "/nowhere/house"], ["--config", "/nowhere/config.toml"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_entente")).arg("demo").args(given).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("A demo takes no --data and no --config"), "{said}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }
}
