//! `organizer.subaddress = "auto"`: whether replies may be told by a token is found out, not assumed.

use serde_json::Value;

use crate::booking::{GUEST, address_in, assert_private, book};
use crate::rig::{MailRig, PATIENCE, Server, property, wait_until};

fn auto(mail: &MailRig, change: impl FnOnce(&mut toml::Table)) -> Server {
    Server::start_with(Some(mail), |config| {
        let organizer = config["organizer"].as_table_mut().expect("a table");
        organizer.insert("subaddress".to_owned(), "auto".into());
        change(config);
    })
}

/// What `doctor` says of the reply tokens. It fails on the DNS of a domain that is none, and says so in its exit code.
fn verdict(server: &Server) -> (String, String) {
    let said = server.cli(&["--json", "doctor"]);
    let findings: Value =
        serde_json::from_slice(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    let findings = findings.as_array().cloned().unwrap_or_default();
    let found = findings.iter().find(|one| one["what"] == "reply tokens").expect("a finding");
    let word = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    (word("state"), word("says"))
}

#[tokio::test]
async fn the_probe_that_came_back_unchanged_lets_meetings_carry_tokens() {
    let mail = MailRig::start();
    let server = auto(&mail, |_| {});
    let says = wait_until("the probe's way back", PATIENCE, || {
        Some(verdict(&server)).filter(|(state, _)| state == "ok")
    });
    assert!(says.1.starts_with("on: the probe came back"), "{says:?}");
    book(&server, &server.token("admin"), &[GUEST]).await;
    assert_private(&mail.mailbox(GUEST.user).wait_for_subject("Invitation"), GUEST, &[crate::booking::HOST]);
}

#[tokio::test]
async fn without_a_road_back_tokens_are_off_and_doctor_says_so() {
    let mail = MailRig::start();
    let server = auto(&mail, |config| {
        config["mail"].as_table_mut().expect("a table").remove("imap");
    });
    mail.mailbox("organizer").wait_for_subject("probe");
    let (state, says) = verdict(&server);
    assert_eq!((state.as_str(), says.as_str()), ("warning", "off: no probe has come back"));
    book(&server, &server.token("admin"), &[GUEST]).await;
    let invitation = mail.mailbox(GUEST.user).wait_for_subject("Invitation");
    let organizer = property(&invitation.calendar().expect("a calendar part"), "ORGANIZER");
    for address in [organizer, invitation.header("From"), invitation.header("Reply-To")] {
        assert_eq!(address_in(address), "organizer@entente.test");
    }
}
