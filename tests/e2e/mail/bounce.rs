//! Mail that cannot be delivered: the invitation shows it, and the host is told without the address.

use crate::booking::{HOST, Somebody, assert_no_trace, book, of, seen_when};
use crate::rig::{MailRig, Server};

/// Has no mailbox: Postfix takes the mail, finds nobody, and sends a report (RFC 3464) to the organizer.
const NOBODY: Somebody = Somebody { user: "wilhelmina", name: "Will Orr", zone: "Europe/Paris" };

#[tokio::test]
async fn a_bounce_marks_the_invitation_and_the_host_learns_of_it_without_the_address() {
    let mail = MailRig::start();
    let server = Server::start(&mail);
    let token = server.token("admin");
    let meeting = book(&server, &token, &[NOBODY]).await;
    let failed = ["bounced", "failed"];
    let now = seen_when(&server, &token, &meeting, "the bounce", |meeting| {
        failed.contains(&of(meeting, NOBODY, "delivery").as_str())
    })
    .await;
    assert_eq!(now["status"], "scheduled", "the meeting stands until somebody decides");
    assert!(["sent", "delivered"].contains(&of(&now, HOST, "delivery").as_str()), "{now}");

    let told = mail.mailbox(HOST.user).wait_for_subject("did not arrive");
    assert!(told.text().contains(NOBODY.name), "{}", told.text());
    assert_no_trace(&told, &[NOBODY]);
}
