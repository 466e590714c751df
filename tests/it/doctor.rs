//! `doctor --json` of a house whose mail server, pages and name server are the test's: the records that receivers
//! judge its mail by, right, missing and wrong, each with its cure.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::net::SocketAddr;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use entente::base::Secret;
use entente::mail::wire::DkimSigner;
use serde_json::Value;

use crate::name_server::{Mood, NameServer};
use crate::wire_script::{Server, Step, hear, say};

const DOMAIN: &str = "meet.example.org";
const KEY: &str = include_str!("../fixtures/mime/dkim-rsa.pem");

/// What `doctor` said: a line for each finding and one for its cure; and whether it was content.
struct Said {
    lines: String,
    is_well: bool,
}

/// Runs `doctor` against a name server, with DKIM for a domain.
async fn doctor(name_server: SocketAddr, signs_for: Option<&str>) -> Said {
    let mail = Server::start(vec![vec![
        say("220 mail.example.org\r\n"),
        hear("EHLO"),
        say("250 mail.example.org\r\n"),
        hear("QUIT"),
        say("221 bye\r\n"),
    ]]);
    let get = [hear("GET /healthz"), hear(""), hear(""), hear("")];
    let page = say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let pages = Server::start(vec![[get.to_vec(), vec![page, Step::Hang]].concat()]);
    let (mail, pages) = (mail.await, pages.await);
    let directory = tempfile::tempdir().unwrap();
    let config = format!(
        "data_dir = \"{data}\"\n[server]\npublic_url = \"http://127.0.0.1:{web}\"\n[net]\nname_servers = [\"{name_server}\"]\n\
         [organizer]\naddress = \"scheduling@{DOMAIN}\"\nsubaddress = \"on\"\n\
         [mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n",
        data = directory.path().display(),
        web = pages.port,
        port = mail.port,
    );
    let dkim = signs_for.map(|domain| {
        std::fs::write(directory.path().join("dkim.pem"), KEY).unwrap();
        format!("[mail.dkim]\ndomain = \"{domain}\"\nselector = \"mail\"\nkey_file = \"dkim.pem\"\n")
    });
    let file = directory.path().join("config.toml");
    std::fs::write(&file, config + &dkim.unwrap_or_default()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
    command.arg("--config").arg(&file).args(["--json", "doctor"]).current_dir(directory.path());
    command.env_remove("ENTENTE_CONFIG");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    told(&output)
}

fn told(output: &Output) -> Said {
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let word = |finding: &Value, name: &str| finding[name].as_str().map(str::to_owned);
    let lines = findings.as_array().unwrap().iter().map(|one| {
        let cure = word(one, "cure").map(|cure| format!("\n    {cure}")).unwrap_or_default();
        let (what, state) = (word(one, "what").unwrap(), word(one, "state").unwrap());
        format!("{what}: {state}: {}{cure}", word(one, "says").unwrap())
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    let is_well = output.status.success();
    assert_eq!(output.status.code(), Some(i32::from(lines.contains(": failed: "))), "{output:?}");
    Said { lines, is_well }
}

/// What of it differs from run to run.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+ MiB are free at \S+", "[much] is free");
    settings.add_filter(r"it is 20\S+", "it is [now]");
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[port]");
    settings.add_filter(r"p=MII[A-Za-z0-9+/=]+", "p=[our key]");
    settings
}

fn signer(domain: &str) -> DkimSigner {
    DkimSigner::new(domain, "mail", &Secret::new(KEY)).unwrap()
}

#[tokio::test]
async fn doctor_is_content_with_records_that_are_right() {
    let key = signer(DOMAIN).record();
    let records: [(&str, &str); 5] = [
        // What else stands there is nobody's business.
        (DOMAIN, "some-site-verification=1"),
        (DOMAIN, "v=spf1 mx include:_spf.example.net -all"),
        // The policy of the domain above holds.
        ("_dmarc.example.org", "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org"),
        ("mail._domainkey.meet.example.org", &key),
        ("mail._domainkey.example.org", &key),
    ];
    let name_server = NameServer::start(Mood::Truncating, &records).await;
    let said = doctor(name_server.address, Some(DOMAIN)).await;
    settings().bind(|| insta::assert_snapshot!(said.lines));
    assert!(said.is_well && name_server.over_tcp() > 0);
    for domain in [None, Some("example.org")] {
        let said = doctor(name_server.address, domain).await;
        assert!(said.is_well, "{}", said.lines);
    }
}

#[tokio::test]
async fn doctor_names_the_cure_for_records_that_are_missing() {
    let name_server = NameServer::start(Mood::Right, &[]).await;
    let said = doctor(name_server.address, Some(DOMAIN)).await;
    settings().bind(|| insta::assert_snapshot!(said.lines));
    assert!(!said.is_well);
}

#[tokio::test]
async fn doctor_tells_what_is_wrong_with_records_that_receivers_cannot_use() {
    let dmarc = "_dmarc.meet.example.org";
    let dkim = "mail._domainkey.meet.example.org";
    let key = signer(DOMAIN).record();
    let two_keys: [(&str, &str); 2] = [(dkim, &key), (dkim, "v=DKIM1; p=AAAA")];
    let cases: [&[(&str, &str)]; 5] = [
        &[
            (DOMAIN, "v=spf1 mx -all"),
            (DOMAIN, "v=spf1 a -all"),
            (dmarc, "v=DMARC1; rua=mailto:dmarc@example.org"),
            (dkim, "v=DKIM1; k=rsa; p=AAAA"),
        ],
        &[(DOMAIN, "v=spf1 mx +all"), (dmarc, "v=DMARC1; p=block"), (dkim, "v=DKIM1; p=")],
        &[(DOMAIN, "v=spf1 mx -al"), (dmarc, "v=DMARC12; p=reject"), (dkim, "hello")],
        &[(DOMAIN, "v=spf1 ip4:1.2.3 -all"), (dmarc, "v=DMARC1; p=none"), (dmarc, "v=DMARC1; p=reject")],
        &two_keys,
    ];
    let mut all = Vec::new();
    for records in cases {
        let name_server = NameServer::start(Mood::Right, records).await;
        let said = doctor(name_server.address, Some(DOMAIN)).await;
        assert!(!said.is_well);
        let records = said.lines.find("SPF: ").unwrap();
        all.push(said.lines[records..].to_owned());
    }
    let all = all.join("\n---\n");
    settings().bind(|| insta::assert_snapshot!(all));
}

#[tokio::test]
async fn doctor_says_that_dmarc_does_not_count_a_signature_of_another_domain() {
    let signer = signer("example.net");
    let (name, key) = (signer.record_name(), signer.record());
    let records: [(&str, &str); 3] =
        [(&name, &key), (DOMAIN, "v=spf1 mx -all"), ("_dmarc.meet.example.org", "v=DMARC1; p=reject")];
    let name_server = NameServer::start(Mood::Right, &records).await;
    let said = doctor(name_server.address, Some("example.net")).await;
    let dkim = said.lines.find("DKIM: ").unwrap();
    settings().bind(|| insta::assert_snapshot!(&said.lines[dkim..]));
    assert!(said.is_well, "mail goes out all the same");
}

#[tokio::test]
async fn doctor_says_that_a_name_server_does_not_answer_and_does_not_wait_long_for_it() {
    for mood in [Mood::Failing, Mood::Silent] {
        let name_server = NameServer::start(mood, &[]).await;
        let began = Instant::now();
        let said = doctor(name_server.address, Some(DOMAIN)).await;
        assert!(began.elapsed() < Duration::from_secs(20), "{mood:?}: {:?}", began.elapsed());
        let records = said.lines.find("SPF: ").unwrap();
        insta::with_settings!({ snapshot_suffix => format!("{mood:?}").to_lowercase() }, {
            insta::assert_snapshot!(&said.lines[records..]);
        });
        assert!(said.is_well, "it may be a fault of the moment: {}", said.lines);
    }
}
