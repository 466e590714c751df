//! A disk without room, as each door says it. The file's own limit (`max_page_count`) plays the disk here; a real one is
//! filled in `tests/e2e/crash/disk.rs`, and there nothing is lost.

use entente::accounts::Scope;
use entente::base::Error;
use serde_json::json;

use crate::api_world::{self, Ask};
use crate::pages_world::{self, BEN, hash};
use crate::web_log::logged;

#[actix_web::test]
async fn a_full_disk_is_the_problem_storage_full_and_changes_nothing() {
    let w = api_world::World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let pusher = w.token(None, &[Scope::InboundWrite]).await;
    let known = w.booked(&token).await;
    let head = w.head().await;
    let w = w.full();
    let mut new = api_world::meeting();
    new["description"] = "x".repeat(4_000).into();
    let book = Ask::new("POST", "/api/v1/meetings").bearer(&token).key("k").json(&new);
    let (reply, log) = logged(w.ask(book)).await;
    assert_eq!((reply.code, reply.problem().as_str()), (507, "storage-full"));
    assert!(reply.header("retry-after").is_none(), "nobody knows when there will be room");
    let told = reply.json()["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("nothing was changed") && told.contains("make room"), "{told}");
    let lines: Vec<_> = log.lines().filter(|line| line.contains("disk is full")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains(reply.json()["trace"].as_str().unwrap()), "{lines:?}");

    // Kept compressed: it must be one that compression makes no smaller than the room that is left.
    let words = (0..1_000).fold(String::new(), |words, n: u32| words + &hash(&n.to_string()) + "\r\n");
    let raw = format!("From: ben@example.net\r\nSubject: x\r\n\r\n{words}");
    let push = Ask::new("POST", "/api/v1/imip/inbound").bearer(&pusher).text("message/rfc822", raw);
    let pushed = w.ask(push).await;
    assert_eq!((pushed.code, pushed.problem().as_str()), (507, "storage-full"), "its sender keeps it");
    assert_eq!(w.head().await, head);
    // Readers are answered all the while.
    let seen = w.ask(Ask::new("GET", format!("/api/v1/meetings/{known}")).bearer(&token)).await;
    assert_eq!(seen.code, 200, "{}", seen.text);
}

#[actix_web::test]
async fn a_house_with_a_full_disk_is_alive_and_not_ready() {
    let w = api_world::World::new().full();
    let reply = w.ask(Ask::new("GET", "/readyz")).await;
    let checks = json!({ "store": "failed", "disk": "ok", "workers": "ok" });
    assert_eq!((reply.code, &reply.json()["checks"]), (503, &checks), "the disk has room, the file has not");
    assert_eq!(w.ask(Ask::new("GET", "/healthz")).await.code, 200);
}

#[actix_web::test]
async fn a_full_disk_is_a_page_that_says_nothing_was_changed_and_whom_to_tell() {
    let w = pages_world::World::new().await;
    let pair = w.meeting().await;
    let cookies = w.browser_of(BEN).await.cookies;
    let w = w.full();
    let before = w.rows();
    let mut ben = w.browser();
    ben.cookies = cookies;
    let page = format!("/meetings/{}", pair.id);
    ben.get(&page).await.is(200);
    let long = "x".repeat(4_000);
    let typed = [("guest_email", "ana.guest@example.net"), ("date", "2026-11-27"), ("description", &long)];
    let reply = ben.press("/meetings/new", "book", &typed).await;
    reply
        .is(507)
        .says("There is no room left here")
        .says("Nothing was changed")
        .says("Tell whoever runs this house");
    assert!(before == w.rows(), "nothing was changed");
}

#[test]
fn a_file_that_finds_no_room_or_no_quota_is_storage_full_and_no_fault_of_ours() {
    use std::io::ErrorKind;
    for (kind, code) in [
        (ErrorKind::StorageFull, "storage-full"),
        (ErrorKind::QuotaExceeded, "storage-full"),
        (ErrorKind::PermissionDenied, "internal"),
    ] {
        assert_eq!(Error::disk(kind.into()).code(), code);
    }
    if cfg!(target_os = "linux") {
        let full = std::fs::write("/dev/full", [0]).unwrap_err();
        assert_eq!(Error::disk(full).code(), "storage-full", "ENOSPC");
    }
}
