//! The calendar program, alone and through the mail.

use crate::rig::{Answer, MailRig, PATIENCE, Peer, property};

const INVITATION: &str = "BEGIN:VCALENDAR\r\nPRODID:-//Entente//EN\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n\
    UID:m-1@entente.test\r\nSEQUENCE:0\r\nDTSTAMP:20270301T080000Z\r\nDTSTART:20270310T140000Z\r\n\
    DTEND:20270310T143000Z\r\nSUMMARY:Practice Session\r\n\
    ORGANIZER;CN=\"Ada via Entente\":mailto:organizer+t0k3n@entente.test\r\n\
    ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ben:mailto:guest@entente.test\r\n\
    STATUS:CONFIRMED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn it_answers_an_invitation() {
    let peer = Peer::new("guest@entente.test");
    for (answer, partstat) in
        [(Answer::Accepted, "ACCEPTED"), (Answer::Declined, "DECLINED"), (Answer::Tentative, "TENTATIVE")]
    {
        let reply = peer.reply(answer, INVITATION);
        assert_eq!(property(&reply, "METHOD").as_deref(), Some(":REPLY"));
        assert!(
            property(&reply, "ATTENDEE").is_some_and(|who| who.contains(&format!("PARTSTAT={partstat}")))
        );
        assert_eq!(property(&reply, "UID").as_deref(), Some(":m-1@entente.test"));
    }
}

#[test]
fn it_proposes_another_time_and_asks_for_the_present_one() {
    let peer = Peer::new("guest@entente.test");
    let counter =
        peer.counter("2027-03-11T10:00:00Z", "2027-03-11T11:30:00+01:00", "later, please", INVITATION);
    assert_eq!(property(&counter, "METHOD").as_deref(), Some(":COUNTER"));
    assert_eq!(property(&counter, "DTSTART").as_deref(), Some(":20270311T100000Z"));
    assert_eq!(property(&counter, "DTEND").as_deref(), Some(":20270311T103000Z"));
    assert_eq!(property(&counter, "COMMENT").as_deref(), Some(":later\\, please"));
    let refresh = peer.refresh(INVITATION);
    assert_eq!(property(&refresh, "METHOD").as_deref(), Some(":REFRESH"));
}

#[test]
fn it_keeps_a_calendar_of_its_own() {
    let peer = Peer::new("guest@entente.test");
    assert_eq!(peer.apply(INVITATION)["outcome"], "added");
    let moved = INVITATION.replace("SEQUENCE:0", "SEQUENCE:1").replace("20270310T14", "20270312T09");
    assert_eq!(peer.apply(&moved)["outcome"], "updated");
    assert_eq!(peer.apply(INVITATION)["outcome"], "stale");
    let event = peer.events().remove(0);
    assert_eq!((&event["sequence"], &event["dtstart"]), (&1.into(), &"2027-03-12T09:00:00Z".into()));
    assert_eq!(event["organizer"], "organizer+t0k3n@entente.test");
    assert_eq!(event["attendees"].as_array().map(Vec::len), Some(1));

    let cancel = moved.replace("SEQUENCE:1", "SEQUENCE:2").replace("METHOD:REQUEST", "METHOD:CANCEL");
    assert_eq!(peer.apply(&cancel)["outcome"], "cancelled");
    let events = peer.events();
    assert_eq!((events.len(), &events[0]["status"]), (1, &"CANCELLED".into()));
}

#[test]
fn an_invitation_and_its_answer_travel_by_mail() {
    let rig = MailRig::start();
    let invitation = format!(
        "From: Ada via Entente <organizer+t0k3n@entente.test>\r\nTo: guest@entente.test\r\nSubject: =?utf-8?Q?Practice_=E2=80=94?=\r\n\
         Message-ID: <1@entente.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAnother time? http://localhost:1/reschedule?r=abc\r\n\
         --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Another time?</p>\r\n\
         --b\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n{INVITATION}\r\n--b--\r\n"
    );
    rig.submit("organizer", "guest@entente.test", invitation.as_bytes());
    let received = rig.mailbox("guest").wait_for_subject("Practice —");
    assert_eq!(received.links(), ["http://localhost:1/reschedule?r=abc"]);
    assert!(received.html().contains("<p>Another time?</p>"));

    let peer = Peer::new("guest@entente.test");
    let reply = peer.reply(Answer::Accepted, &received.calendar().expect("a calendar part"));
    let (to, raw) = peer.mail(&received, &reply);
    rig.submit("guest", &to, &raw);
    let answer = rig.mailbox("organizer").wait_for(1, PATIENCE).remove(0);
    assert_eq!(answer.header("Delivered-To").as_deref(), Some("organizer+t0k3n@entente.test"));
    assert!(answer.calendar().expect("a calendar part").contains("PARTSTAT=ACCEPTED"));
}
