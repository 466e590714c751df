//! A mailbox on a server that breaks off, rebuilds its folders, says things twice or cannot push.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::time::Duration;

use entente::base::Secret;
use entente::mail::wire::{Imap, ImapError, ImapSession, ImapSettings, Security, Woken};

use crate::wire_script::{Server, Step, hear, say};

const POLL: Duration = Duration::from_millis(20);

fn settings(server: &Server, tls: Security) -> ImapSettings {
    ImapSettings {
        port: server.port,
        tls,
        ca_file: (tls != Security::None).then(|| server.ca_file.clone()),
        connect_timeout: Duration::from_millis(1500),
        reply_timeout: Duration::from_millis(400),
        message_bytes_max: 1000,
        batch_messages: 3,
        batch_bytes: 100,
        ..ImapSettings::new("localhost", "entente", Secret::new("pw"))
    }
}

fn login(capabilities: &str) -> Vec<Step> {
    vec![
        say("* OK ready\r\n"),
        hear("LOGIN \"entente\" \"pw\""),
        say("{tag} OK welcome\r\n"),
        hear("CAPABILITY"),
        say(format!("* CAPABILITY IMAP4rev1 {capabilities}\r\n{{tag}} OK done\r\n")),
    ]
}

fn selects(uid_validity: u32) -> Vec<Step> {
    vec![
        hear("SELECT \"INBOX\""),
        say(format!(
            "* 3 EXISTS\r\n* OK [UIDVALIDITY {uid_validity}] ok\r\n* OK [UIDNEXT 13] ok\r\n\
             * OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n{{tag}} OK [READ-WRITE] done\r\n"
        )),
    ]
}

async fn connect(scripts: Vec<Step>) -> (Server, ImapSession) {
    let server = Server::start(vec![scripts]).await;
    let session = Imap::new(settings(&server, Security::None)).unwrap().connect().await.unwrap();
    (server, session)
}

fn body(seq: u32, uid: u32, text: &str) -> String {
    format!("* {seq} FETCH (UID {uid} BODY[] {{{}}}\r\n{text})\r\n", text.len())
}

fn head(seq: u32, uid: u32, size: u32) -> String {
    format!("* {seq} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \" 5-Nov-2026 10:00:00 +0100\")\r\n")
}

#[tokio::test]
async fn messages_come_in_bounded_batches_each_once_and_oversized_ones_without_their_bytes() {
    let script = [
        login("IDLE"),
        selects(7),
        vec![
            hear("UID SEARCH UID 11:*"),
            say("* SEARCH 12 11 14 13 10\r\n{tag} OK done\r\n"),
            hear("UID FETCH 11:13 (UID RFC822.SIZE INTERNALDATE)"),
            say(format!(
                "{}{}{}{}{{tag}} OK done\r\n",
                head(1, 11, 5),
                head(2, 12, 2000),
                head(1, 11, 5),
                head(3, 13, 5)
            )),
            hear("UID FETCH 11,13 (UID BODY.PEEK[])"),
            // Told twice, with somebody else's flags between.
            say(format!(
                "{}* 1 FETCH (UID 11 FLAGS (\\Seen))\r\n{}{}{{tag}} OK done\r\n",
                body(1, 11, "first"),
                body(1, 11, "again"),
                body(3, 13, "third")
            )),
            hear("UID STORE 11:13 +FLAGS.SILENT ($Entente)"),
            say("{tag} OK done\r\n"),
        ],
    ]
    .concat();
    let (server, mut session) = connect(script).await;
    let folder = session.select("INBOX").await.unwrap();
    assert_eq!(
        (folder.uid_validity, folder.uid_next, folder.exists, folder.can_mark),
        (7, Some(13), 3, true)
    );
    let (batch, more) = session.fetch_since(10).await.unwrap();
    let got: Vec<_> = batch.messages.iter().map(|m| (m.uid, m.size, m.raw.as_deref())).collect();
    assert_eq!(got, [(11, 5, Some(&b"first"[..])), (12, 2000, None), (13, 5, Some(b"third"))]);
    assert_eq!((batch.done, more), (3, true));
    assert_eq!(batch.messages[0].arrived.unwrap().to_rfc3339(), "2026-11-05T09:00:00Z");
    assert!(session.mark(&[11, 12, 13]).await.unwrap());
    assert!(server.heard().iter().all(|line| !line.contains("\\Seen") && !line.starts_with("!!")));
}

#[tokio::test]
async fn a_batch_ends_before_it_is_too_large_and_what_has_gone_is_passed_over() {
    let script = [
        login(""),
        selects(7),
        vec![
            hear("UID FETCH 1:3"),
            say(format!("{}{}{{tag}} OK done\r\n", head(2, 2, 60), head(3, 3, 60))),
            hear("UID FETCH 2 "),
            say(format!("{}{{tag}} OK done\r\n", body(2, 2, &"x".repeat(60)))),
        ],
    ]
    .concat();
    let (_server, mut session) = connect(script).await;
    session.select("INBOX").await.unwrap();
    let batch = session.fetch(&[1, 2, 3]).await.unwrap();
    assert_eq!((batch.messages.len(), batch.messages[0].uid, batch.done), (1, 2, 2));
}

#[tokio::test]
async fn a_connection_that_breaks_off_in_a_fetch_is_never_an_empty_folder() {
    let cut = body(1, 11, "the first of two").chars().take(40).collect::<String>();
    let endings = [vec![say(cut)], vec![], vec![say("* BYE shutting down\r\n")], vec![say("nonsense\r\n")]];
    for ending in endings {
        let script = [login(""), selects(7), vec![hear("UID FETCH")], ending].concat();
        let (_server, mut session) = connect(script).await;
        session.select("INBOX").await.unwrap();
        let outcome = session.fetch(&[11, 12]).await;
        assert!(matches!(outcome, Err(ImapError::Lost(_))), "{outcome:?}");
    }
    let script = [login(""), vec![hear("SELECT"), say("* 3 EXISTS\r\n")]].concat();
    let (_server, mut session) = connect(script).await;
    let outcome = session.select("INBOX").await;
    assert!(matches!(outcome, Err(ImapError::Lost(_))), "{outcome:?}");
}

#[tokio::test]
async fn silence_ends_in_a_timeout_and_a_refusal_leaves_the_session_standing() {
    let script = [
        login(""),
        vec![hear("SELECT \"Nowhere\""), say("{tag} NO no such folder\r\n")],
        selects(7),
        vec![hear("UID SEARCH"), Step::Hang],
    ]
    .concat();
    let (_server, mut session) = connect(script).await;
    let outcome = session.select("Nowhere").await;
    assert!(matches!(&outcome, Err(ImapError::Refused { what: "SELECT", text }) if text == "no such folder"));
    session.select("INBOX").await.unwrap();
    let outcome = session.uids_after(3).await;
    assert!(matches!(outcome, Err(ImapError::Timeout(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_folder_that_is_built_anew_is_noticed() {
    let script = [
        login(""),
        selects(7),
        selects(8),
        vec![hear("UID SEARCH"), say("* OK [UIDVALIDITY 9] rebuilt\r\n* SEARCH 1\r\n{tag} OK done\r\n")],
    ]
    .concat();
    let (_server, mut session) = connect(script).await;
    assert_eq!(session.select("INBOX").await.unwrap().uid_validity, 7);
    assert_eq!(session.select("INBOX").await.unwrap().uid_validity, 8);
    assert!(matches!(session.uids_after(0).await, Err(ImapError::UidValidityChanged)));
}

#[tokio::test]
async fn idle_wakes_on_a_new_message_on_the_end_of_its_time_and_on_the_end_of_the_connection() {
    let script = [
        login("IDLE"),
        selects(7),
        vec![
            hear("IDLE"),
            say("+ idling\r\n* OK still here\r\n* 4 EXISTS\r\n"),
            hear("DONE"),
            say("A0004 OK done\r\n"),
            hear("UID SEARCH UID 13:*"),
            say("* SEARCH 13\r\n{tag} OK done\r\n"),
            hear("IDLE"),
            say("+ idling\r\n* 4 FETCH (FLAGS (\\Seen))\r\n"),
            hear("DONE"),
            say("A0006 OK done\r\n"),
            hear("IDLE"),
            say("+ idling\r\n"),
        ],
    ]
    .concat();
    let (server, mut session) = connect(script).await;
    session.select("INBOX").await.unwrap();
    let long = Duration::from_secs(20);
    assert_eq!(session.wait(long, POLL, true).await.unwrap(), Woken::News, "{:?}", server.heard());
    // Still unread news: no second wait.
    assert_eq!(session.wait(long, POLL, true).await.unwrap(), Woken::News);
    assert_eq!(session.uids_after(12).await.unwrap(), [13]);
    assert_eq!(session.wait(POLL, POLL, true).await.unwrap(), Woken::Quiet, "{:?}", server.heard());
    let outcome = session.wait(long, POLL, true).await;
    assert!(matches!(outcome, Err(ImapError::Lost(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_cannot_push_is_asked() {
    let script = [
        login(""),
        selects(7),
        vec![hear("NOOP"), say("{tag} OK nothing\r\n"), hear("NOOP"), say("* 5 EXISTS\r\n{tag} OK done\r\n")],
    ]
    .concat();
    let (_server, mut session) = connect(script).await;
    session.select("INBOX").await.unwrap();
    assert!(!session.can_idle());
    let long = Duration::from_secs(20);
    assert_eq!(session.wait(long, POLL, true).await.unwrap(), Woken::Quiet);
    assert_eq!(session.wait(long, POLL, true).await.unwrap(), Woken::News);
}

#[tokio::test]
async fn the_junk_folder_is_found_by_its_use_or_by_its_name() {
    let list = |names: &str| vec![hear("LIST \"\" \"*\""), say(format!("{names}{{tag}} OK done\r\n"))];
    let asked =
        vec![hear("LIST (SPECIAL-USE)"), say("* LIST (\\Junk) \"/\" \"Werbung\"\r\n{tag} OK done\r\n")];
    let cases = [
        (
            list("* LIST () \"/\" Spam\r\n* LIST (\\HasNoChildren \\Junk) \"/\" \"Unerw&APw-nscht\"\r\n"),
            "",
            Some("Unerw&APw-nscht"),
        ),
        ([list("* LIST () \"/\" INBOX\r\n"), asked].concat(), "SPECIAL-USE", Some("Werbung")),
        (list("* LIST () \".\" INBOX.Spam\r\n* LIST () \".\" INBOX\r\n"), "", Some("INBOX.Spam")),
        (list("* LIST (\\Noselect) \"/\" Junk\r\n"), "", None),
    ];
    for (script, capabilities, expected) in cases {
        let (_server, mut session) = connect([login(capabilities), script].concat()).await;
        assert_eq!(session.resolve("\\Junk").await.unwrap().as_deref(), expected);
        assert_eq!(session.resolve("Müll").await.unwrap().as_deref(), Some("M&APw-ll"));
    }
}

#[tokio::test]
async fn messages_of_the_last_days_are_searched_by_date_and_a_read_only_folder_is_not_marked() {
    let script = [
        login(""),
        vec![
            hear("SELECT"),
            say("* OK [PERMANENTFLAGS (\\*)] ok\r\n{tag} OK [READ-ONLY] done\r\n"),
            hear("UID SEARCH SINCE 5-Nov-2026"),
            say("* SEARCH\r\n{tag} OK done\r\n"),
        ],
    ]
    .concat();
    let (_server, mut session) = connect(script).await;
    assert!(!session.select("INBOX").await.unwrap().can_mark);
    let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 5).unwrap();
    assert!(session.uids_since(date).await.unwrap().is_empty());
    assert!(!session.mark(&[1]).await.unwrap());
}

#[tokio::test]
async fn starttls_and_implicit_tls_work_and_the_check_looks_round() {
    let rest = [
        login("IDLE")[1..].to_vec(),
        selects(7),
        vec![hear("LIST"), say("* LIST (\\Junk) \"/\" Junk\r\n{tag} OK done\r\n"), hear("LOGOUT")],
        vec![say("* BYE\r\n{tag} OK bye\r\n")],
    ]
    .concat();
    let upgrade = vec![say("* OK ready\r\n"), hear("STARTTLS"), say("{tag} OK go\r\n"), Step::StartTls];
    let starttls = [upgrade, rest.clone()].concat();
    let implicit = [vec![Step::StartTls, say("* OK ready\r\n")], rest].concat();
    for (script, tls) in [(starttls, Security::Starttls), (implicit, Security::Implicit)] {
        let server = Server::start(vec![script]).await;
        let check = Imap::new(settings(&server, tls)).unwrap().check().await.unwrap();
        assert_eq!((check.idle, check.inbox, check.junk.as_deref()), (true, 3, Some("Junk")));
    }
}

#[tokio::test]
async fn the_check_says_what_is_wrong_and_what_to_do() {
    let refused =
        vec![say("* OK ready\r\n"), hear("LOGIN"), say("{tag} NO [AUTHENTICATIONFAILED] wrong\r\n")];
    let cases = [
        (refused, Security::None, "refused the login of entente: [AUTHENTICATIONFAILED] wrong."),
        (
            vec![say("* OK ready\r\n"), hear("STARTTLS"), say("{tag} BAD what\r\n")],
            Security::Starttls,
            "STARTTLS",
        ),
        (vec![Step::Hang], Security::None, "did not answer within"),
        (vec![say("* BYE full\r\n")], Security::None, "full"),
        (vec![say("220 smtp\r\n"), Step::Hang], Security::None, "was reached, but"),
        (vec![say("* OK ready\r\n"), Step::Hang], Security::Implicit, "TLS with it failed"),
    ];
    for (script, tls, expected) in cases {
        let server = Server::start(vec![script]).await;
        let trouble = Imap::new(settings(&server, tls)).unwrap().check().await.unwrap_err();
        assert!(trouble.what.contains(expected), "{trouble}");
        assert!(!trouble.to_string().contains("\"pw\""));
    }
}
