//! The command line, on the database of a server that runs: what is printed, and the exit codes.

use std::process::Output;

use reqwest::Method;
use serde_json::{Value, json};

use crate::booking::{GUEST, HOST, book, in_days, rfc3339};
use crate::rig::{MailRig, PATIENCE, Server, wait_until};

/// What a command prints for a script: one document, and nothing else.
#[track_caller]
fn document(server: &Server, arguments: &[&str]) -> Value {
    let said = server.cli_ok(&[&["--json"], arguments].concat());
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {said}"))
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().to_owned()
}

#[tokio::test]
async fn people_and_tokens_are_made_listed_and_shut_out_while_the_server_runs() {
    let server = Server::start_with(None, |_| {});
    let add =
        ["user", "add", "--email", &HOST.address(), "--name", HOST.name, "--time-zone", HOST.zone, "--admin"];
    let link = last_line(&server.cli_ok(&add));
    let page = server.fetch(Method::GET, &link).await;
    assert!(page.status == 200 && page.body.contains(HOST.name), "{page:?}");
    assert_code(&server.cli(&add), 1);
    document(&server, &["user", "add", "--email", &GUEST.address()]);

    let users = document(&server, &["user", "list"]);
    let first =
        users.as_array().and_then(|all| all.iter().find(|one| one["email"] == HOST.address().as_str()));
    let first = first.expect("the host is listed");
    assert_eq!((&first["role"], &first["time_zone"]), (&"admin".into(), &HOST.zone.into()));
    assert!(last_line(&server.cli_ok(&["user", "link", &GUEST.address()])).starts_with(&server.url()));

    let created = document(
        &server,
        &["token", "create", "--name", "mine", "--scope", "meetings.read", "--user", &GUEST.address()],
    );
    let token = created["token"].as_str().expect("a token").to_owned();
    assert_eq!(server.api(Method::GET, "/api/v1/meetings", &token, None).await.status, 200);
    let denied = server.api(Method::POST, "/api/v1/meetings", &token, Some(&json!({}))).await;
    assert_eq!(denied.status, 403, "{denied:?}");
    assert!(!server.cli_ok(&["token", "list"]).contains(&token), "a token is shown once");
    assert_eq!(document(&server, &["user", "disable", &GUEST.address()])["disabled"], true);
    assert_eq!(server.api(Method::GET, "/api/v1/meetings", &token, None).await.status, 401);
    assert_code(&server.cli(&["user", "link", &GUEST.address()]), 1);

    let other = server.token("admin");
    let listed = document(&server, &["token", "list"]);
    let id =
        listed.as_array().and_then(|all| all.iter().find(|one| one["name"] == "e2e")).expect("it is listed");
    server.cli_ok(&["token", "revoke", id["id"].as_str().expect("an id")]);
    assert_eq!(server.api(Method::GET, "/api/v1/meetings", &other, None).await.status, 401);
}

#[tokio::test]
async fn somebody_is_exported_deleted_kept_and_erased_from_the_command_line() {
    let server = Server::start_with(None, |_| {});
    let (host, guest) = (HOST.address(), GUEST.address());
    server.cli_ok(&["user", "add", "--email", &host, "--name", HOST.name, "--admin"]);
    server.cli_ok(&["user", "add", "--email", &guest, "--name", GUEST.name]);
    let (start, minutes) = (rfc3339(in_days(5, 9)), "60");
    let times = ["meeting", "book", "--title", "Duet", "--start", &start, "--minutes", minutes];
    let people = ["--host", &guest, "--guest", &host];
    let booked = document(&server, &[&times[..], &people[..]].concat());
    let id = booked["id"].as_str().expect("an id");

    let exported = document(&server, &["user", "export", "--email", &guest]);
    assert_eq!(exported["account"]["name"], GUEST.name);
    assert_eq!(exported["meetings"][0]["title"], "Duet");
    assert!(!exported.to_string().contains(&host), "nobody else's address");
    assert!(server.cli_ok(&["user", "export", "--email", &guest]).contains("\n  \"account\""));

    let leaving = document(&server, &["user", "delete", "--email", &guest]);
    assert_eq!((&leaving["meetings_cancelled"], &leaving["invitations_declined"]), (&1.into(), &0.into()));
    assert_eq!(document(&server, &["meeting", "show", id])["status"], "cancelled");
    assert_code(&server.cli(&["user", "delete", "--email", &guest, "--withdraw", "--now"]), 2);
    let kept = document(&server, &["user", "delete", "--email", &guest, "--withdraw"]);
    assert_eq!(kept["deletion_due"], Value::Null);
    assert!(server.cli_ok(&["user", "delete", "--email", &guest]).contains("--withdraw"));
    assert_eq!(document(&server, &["user", "delete", "--email", &guest, "--now"])["erased"], true);
    assert_code(&server.cli(&["user", "delete", "--email", &guest, "--now"]), 1);
    assert_eq!(document(&server, &["user", "export", "--email", &guest])["meetings"], json!([]));
    assert_code(&server.cli(&["user", "delete", "--email", &host, "--now"]), 1);
    server.cli_ok(&["audit", "verify"]);
}

#[tokio::test]
async fn a_meeting_is_booked_moved_answered_and_cancelled_from_the_command_line() {
    let server = Server::start_with(None, |_| {});
    let guest = format!("{} <{}>", GUEST.name, GUEST.address());
    let (start, moved, end) = (rfc3339(in_days(5, 9)), rfc3339(in_days(6, 9)), rfc3339(in_days(6, 10)));
    let booked = document(
        &server,
        &[
            "meeting",
            "book",
            "--title",
            "Duet",
            "--start",
            &start,
            "--minutes",
            "60",
            "--host",
            &HOST.address(),
            "--host-name",
            HOST.name,
            "--guest",
            &guest,
        ],
    );
    let id = booked["id"].as_str().expect("an id");
    assert_eq!((&booked["status"], &booked["sequence"]), (&"scheduled".into(), &0.into()));
    assert_eq!(booked["participants"][1]["name"], GUEST.name);
    assert_eq!(document(&server, &["meeting", "list"])[0]["id"], id);
    assert!(server.cli_ok(&["meeting", "show", id]).contains("Duet"));
    let after = document(&server, &["meeting", "move", id, "--start", &moved, "--end", &end]);
    assert_eq!((&after["sequence"], &after["start"]), (&1.into(), &moved.as_str().into()));
    assert_eq!(document(&server, &["meeting", "resend", id])["sequence"], 1);

    let reply = format!(
        "From: {from}\r\nTo: organizer@entente.test\r\nMessage-ID: <r1@example.org>\r\nSubject: Accepted\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n\
         VERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nSEQUENCE:1\r\nDTSTAMP:20260101T000000Z\r\n\
         ATTENDEE;PARTSTAT=ACCEPTED:mailto:{from}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        from = GUEST.address(),
        uid = booked["uid"].as_str().expect("a UID"),
    );
    let taken = server.cli_with(&["inbound", "ingest", "-"], reply.as_bytes());
    let outcome: Value =
        serde_json::from_slice(&taken.stdout).unwrap_or_else(|error| panic!("{error}: {taken:?}"));
    assert_eq!((&outcome["outcome"], &outcome["meeting"]), (&"applied".into(), &id.into()), "{outcome}");
    let file = server.dir().join("reply.eml");
    std::fs::write(&file, &reply).expect("a file of our own");
    let again = document(
        &server,
        &["inbound", "ingest", "--rcpt", "organizer@entente.test", &file.to_string_lossy()],
    );
    assert_eq!(again["outcome"], "duplicate");
    assert_eq!(document(&server, &["meeting", "show", id])["participants"][1]["partstat"], "accepted");

    assert_eq!(document(&server, &["meeting", "cancel", id])["status"], "cancelled");
    assert_eq!(document(&server, &["meeting", "list"])[0]["status"], "cancelled");
}

#[tokio::test]
async fn the_journal_is_verified_signed_and_exported_and_a_change_to_it_is_found() {
    let mut server = Server::start_with(None, |_| {});
    let token = server.token("admin");
    book(&server, &token, &[GUEST]).await;
    let checkpoint = server.dir().join("checkpoint.json");
    std::fs::write(&checkpoint, server.cli_ok(&["audit", "checkpoint"])).expect("a file of our own");
    book(&server, &token, &[GUEST]).await;
    let verified = document(&server, &["audit", "verify", "--checkpoint", &checkpoint.to_string_lossy()]);
    assert_eq!(verified["ok"], true);
    let lines = server.cli_ok(&["audit", "export"]);
    let kinds: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
    assert!(kinds.iter().any(|entry| entry["kind"] == "meeting.booked"), "{lines}");

    server.stop();
    let database = server.dir().join("data/entente.db");
    let changed = rewrite_history(&database);
    assert!(changed > 0);
    let broken = server.cli(&["--json", "audit", "verify"]);
    assert_code(&broken, 1);
    let told: Value =
        serde_json::from_slice(&broken.stdout).unwrap_or_else(|error| panic!("{error}: {broken:?}"));
    assert_eq!((&told["ok"], &told["entry"]), (&false.into(), &2.into()), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_of_the_journal_is_verified_with_its_signature_and_a_forged_one_is_refused() {
    let server = Server::start_with(None, |_| {});
    let token = server.token("admin");
    book(&server, &token, &[GUEST]).await;
    let archive = server.dir().join("archive.json");
    let file = archive.to_string_lossy().into_owned();
    // What its followers have not read yet stays in the journal.
    wait_until("the journal is read and can be pruned", PATIENCE, || {
        let pruned = server.cli(&["audit", "prune", "--up-to", "2", "--archive", &file]);
        pruned.status.success().then_some(())
    });
    let verified = document(&server, &["audit", "verify", "--archive", &file]);
    assert_eq!((&verified["ok"], &verified["first"], &verified["end"]), (&true.into(), &1.into(), &2.into()));
    let text = std::fs::read_to_string(&archive).expect("the archive");
    let mut forged: Value = serde_json::from_str(&text).expect("JSON");
    forged["end"]["signature"] = "00".repeat(64).into();
    std::fs::write(&archive, forged.to_string()).expect("a file of our own");
    let refused = server.cli(&["--json", "audit", "verify", "--archive", &file]);
    assert_code(&refused, 1);
    let told: Value =
        serde_json::from_slice(&refused.stdout).unwrap_or_else(|error| panic!("{error}: {refused:?}"));
    assert_eq!((&told["ok"], &told["entry"]), (&false.into(), &2.into()), "{told}");
    assert_eq!(told["what"], "its checkpoint is not signed with this house's key");
}

/// Somebody with the database file at hand rewrites what happened.
fn rewrite_history(database: &std::path::Path) -> usize {
    let db = rusqlite::Connection::open(database).expect("the database opens");
    db.execute("UPDATE journal SET at = at - 1000 WHERE number = 2", []).expect("it can be written")
}

#[tokio::test]
async fn after_a_restore_old_mail_does_not_go_out_again_before_somebody_releases_it() {
    let mut mail = MailRig::start();
    let mut server = Server::start(&mail);
    let token = server.token("admin");
    mail.stop_smtp();
    let old = book(&server, &token, &[GUEST]).await;
    let copy = server.dir().join("copy.db").display().to_string();
    let said = document(&server, &["backup", &copy]);
    assert!(said["key"].as_str().is_some_and(|key| key.ends_with("entente.key")), "{said}");
    assert_code(&server.cli(&["backup", &copy]), 1);
    mail.start_smtp();
    server.cli_ok(&["mail", "retry"]);
    let guest = mail.mailbox(GUEST.user);
    let first = guest.wait_for_subject("Invitation");
    assert_code(&server.cli(&["restore", "--force", &copy]), 1);

    server.stop();
    assert_code(&server.cli(&["restore", &copy]), 1);
    assert_eq!(document(&server, &["restore", "--force", &copy])["held"], true);
    server.restart();
    let listed = document(&server, &["meeting", "list"]);
    assert_eq!(listed[0]["id"], old["id"]);
    server.cli_ok(&[
        "meeting",
        "book",
        "--title",
        "New",
        "--start",
        &rfc3339(in_days(9, 9)),
        "--minutes",
        "30",
        "--host",
        &HOST.address(),
        "--guest",
        &GUEST.address(),
    ]);
    server.cli_ok(&["mail", "retry"]);
    let topics = document(&server, &["mail", "status"]);
    let held =
        topics["topics"].as_array().and_then(|all| all.iter().find(|one| one["topic"] == "mail")).cloned();
    let held = held.expect("the mail waits");
    assert_eq!((&held["depth"], &held["held"]), (&4.into(), &"restored from a backup".into()), "{held}");
    assert_eq!(guest.messages().len(), 1);

    server.cli_ok(&["mail", "release"]);
    guest.wait_for_subject("New — Invitation");
    let all = guest.wait_for(3, PATIENCE);
    let again: Vec<_> =
        all.iter().filter(|one| one.header("Message-ID") == first.header("Message-ID")).collect();
    assert_eq!(again.len(), 2, "what was released is the same mail, which mail programs know by its id");
    assert_code(&server.cli(&["mail", "release"]), 1);
}

#[test]
fn what_is_printed_for_programs_can_be_read_by_them_and_mistakes_have_their_exit_codes() {
    let server = Server::start_with(None, |_| {});
    let openapi: Value = serde_json::from_str(&server.cli_ok(&["openapi"])).expect("JSON");
    assert!(openapi["paths"]["/api/v1/meetings"]["post"].is_object());
    assert_eq!(document(&server, &["config", "check"])["ok"], true);
    assert_eq!(document(&server, &["config", "show"])["organizer"]["address"], "organizer@entente.test");
    assert!(toml::from_str::<toml::Table>(&server.cli_ok(&["config", "show"])).is_ok());
    for shell in ["bash", "zsh", "fish"] {
        assert!(server.cli_ok(&["completions", shell]).contains("entente"), "{shell}");
    }
    assert!(server.cli_ok(&["man"]).contains(".TH entente"));
    let doctor = document(&server, &["doctor"]);
    let states: Vec<&Value> = doctor.as_array().expect("findings").iter().map(|one| &one["state"]).collect();
    assert!(states.iter().all(|state| *state == "ok" || *state == "skipped"), "{doctor}");

    for mistake in [
        &["no-such-command"][..],
        &["meeting", "show"],
        &["meeting", "book", "--start", "tomorrow", "--minutes", "5", "--host", "a@example.org"],
        &["meeting", "book", "--start", "2020-01-01T10:00:00Z", "--minutes", "5", "--host", "a@example.org"],
        &["user", "add", "--email", "nobody"],
        &["token", "create", "--name", "n", "--scope", "everything"],
        &["--config", "/nonexistent/config.toml", "config", "check"],
    ] {
        assert_code(&server.cli(mistake), 2);
    }
    let missing = server.cli(&["--json", "meeting", "show", "mtg_01a1fd0cc19870008000e5bc708f585f"]);
    assert_code(&missing, 1);
    let told: Value = serde_json::from_slice(&missing.stdout).expect("a document for scripts");
    assert!(told["error"].is_string() && told["message"].is_string(), "{told}");
    assert_code(&server.cli(&["serve"]), 1);
}
