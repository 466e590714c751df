//! Mail servers that are away for a while: nothing is lost, and nothing comes twice.

use serde_json::Value;

use crate::booking::{GUEST, HOST, book, of, seen, seen_when};
use crate::rig::{Answer, MailRig, PATIENCE, Peer, Server, eventually, wait_until};

#[tokio::test]
async fn what_was_booked_while_smtp_was_down_is_sent_once_when_it_is_back() {
    let mut mail = MailRig::start();
    let server = Server::start(&mail);
    let token = server.token("admin");
    mail.stop_smtp();
    let meeting = book(&server, &token, &[GUEST]).await;
    let status = || -> Value {
        let said = server.cli_ok(&["--json", "mail", "status"]);
        let status: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        status["topics"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| one["topic"] == "mail")
            .cloned()
            .unwrap_or_default()
    };
    let tried =
        eventually("a first attempt", async || Some(status()).filter(|one| one["retrying"] == 2)).await;
    assert_eq!((&tried["depth"], &tried["dead"]), (&2.into(), &0.into()), "{tried}");
    assert_eq!(of(&seen(&server, &token, &meeting).await, GUEST, "delivery"), "queued");

    mail.start_smtp();
    server.cli_ok(&["mail", "retry"]);
    for who in [HOST, GUEST] {
        mail.mailbox(who.user).wait_for_subject("Invitation");
    }
    seen_when(&server, &token, &meeting, "both sent", |meeting| {
        [HOST, GUEST].iter().all(|who| of(meeting, *who, "delivery") == "sent")
    })
    .await;
    assert!(status().is_null(), "nothing waits: {}", status());
    mail.wait_until_delivered();
    assert_eq!([HOST, GUEST].map(|who| mail.mailbox(who.user).messages().len()), [1, 1]);
}

#[tokio::test]
async fn replies_that_came_while_imap_was_down_are_read_once_and_so_is_one_in_junk() {
    let mut mail = MailRig::start();
    let mut server = Server::start(&mail);
    let token = server.token("admin");
    let meeting = book(&server, &token, &[GUEST]).await;
    let invitations = [HOST, GUEST].map(|who| mail.mailbox(who.user).wait_for_subject("Invitation"));

    mail.stop_imap();
    let guest = Peer::new(&GUEST.address());
    let reply = guest.reply(Answer::Accepted, &invitations[1].calendar().unwrap());
    let (to, raw) = guest.mail(&invitations[1], &reply);
    mail.send(&GUEST.address(), &to, &raw);
    mail.start_imap();
    seen_when(&server, &token, &meeting, "the guest's reply", |meeting| {
        of(meeting, GUEST, "partstat") == "accepted"
    })
    .await;

    // Where a filter takes the host's for unwanted mail, it is read there.
    server.stop();
    let host = Peer::new(&HOST.address());
    let reply = host.reply(Answer::Tentative, &invitations[0].calendar().unwrap());
    let (to, raw) = host.mail(&invitations[0], &reply);
    mail.send(&HOST.address(), &to, &raw);
    mail.mailbox("organizer").wait_for(2, PATIENCE);
    let organizer = MailRig::address("organizer");
    mail.doveadm(&["move", "-u", &organizer, "Junk", "mailbox", "INBOX", "from", HOST.user]);
    server.restart();
    seen_when(&server, &token, &meeting, "the host's reply", |meeting| {
        of(meeting, HOST, "partstat") == "tentative"
    })
    .await;

    assert_eq!(answers(&server).len(), 2, "each reply is taken in once: {:?}", answers(&server));
    for folder in [mail.mailbox("organizer"), mail.mailbox("organizer").folder("Junk")] {
        let kept = wait_until("the mark", PATIENCE, || {
            Some(folder.messages()).filter(|all| all.len() == 1 && all[0].flags.contains(char::is_lowercase))
        });
        assert!(!kept[0].flags.contains('S'), "what people read in that mailbox is theirs to mark");
    }
}

/// The journal's entries about answers.
fn answers(server: &Server) -> Vec<String> {
    let journal = server.cli_ok(&["audit", "export"]);
    journal.lines().filter(|line| line.contains("invitation.answered\"")).map(str::to_owned).collect()
}
