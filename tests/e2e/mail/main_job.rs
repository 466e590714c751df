//! Booking, answering, moving and cancelling, by mail alone.

use serde_json::Value;

use crate::booking::{
    GUEST, HOST, OTHER, Somebody, assert_no_trace, assert_private, book, in_days, link, of, rfc3339, seen,
    seen_when,
};
use crate::rig::{Answer, MailRig, Message, PATIENCE, Peer, Server, property};

/// A house with real mail, an operator's token, and the people's calendar programs.
struct World {
    mail: MailRig,
    server: Server,
    token: String,
}

impl World {
    fn start() -> Self {
        let mail = MailRig::start();
        let server = Server::start(&mail);
        let token = server.token("admin");
        Self { mail, server, token }
    }

    fn newest(&self, who: Somebody, subject: &str) -> Message {
        self.mail.mailbox(who.user).wait_for_subject(subject)
    }

    /// What `who`'s calendar program makes of `message` goes back by mail.
    fn answer(&self, who: Somebody, message: &Message, calendar: &str) {
        let (to, raw) = Peer::new(&who.address()).mail(message, calendar);
        self.mail.submit(who.user, &to, &raw);
    }

    fn reply(&self, who: Somebody, message: &Message, answer: Answer) {
        let invitation = message.calendar().expect("an invitation");
        self.answer(who, message, &Peer::new(&who.address()).reply(answer, &invitation));
    }

    fn counter(&self, who: Somebody, message: &Message, days: u64) {
        let (start, end) = (rfc3339(in_days(days, 9)), rfc3339(in_days(days, 10)));
        let invitation = message.calendar().expect("an invitation");
        let counter = Peer::new(&who.address()).counter(&start, &end, "after lunch, please", &invitation);
        self.answer(who, message, &counter);
    }

    async fn when(&self, meeting: &Value, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        seen_when(&self.server, &self.token, meeting, what, is_so).await
    }

    /// Opens the link as scanners and people do, which changes nothing; then presses its button.
    async fn approve(&self, meeting: &Value, ask: &Message) {
        let address = link(ask, "approve");
        let before = seen(&self.server, &self.token, meeting).await;
        for method in [reqwest::Method::HEAD, reqwest::Method::GET, reqwest::Method::GET] {
            assert_eq!(self.server.fetch(method, &address).await.status, 200);
        }
        assert_eq!(seen(&self.server, &self.token, meeting).await, before, "looking changes nothing");
        let done = self.server.post(&address, &[("do", "approve")]).await;
        assert_eq!(done.status, 200, "{done:?}");
    }
}

fn sequence(message: &Message) -> String {
    property(&message.calendar().expect("a calendar part"), "SEQUENCE").expect("a SEQUENCE")
}

fn uid(message: &Message) -> String {
    property(&message.calendar().expect("a calendar part"), "UID").expect("a UID")
}

#[tokio::test]
async fn two_people_accept_move_and_decline_by_mail_and_neither_sees_the_others_address() {
    let world = World::start();
    let calendars = [Peer::new(&HOST.address()), Peer::new(&GUEST.address())];
    let everybody = [(HOST, GUEST, &calendars[0]), (GUEST, HOST, &calendars[1])];
    let apply = |subject: &str, sequence_is: &str, outcome: &str| {
        for (reader, other, calendar) in everybody {
            let message = world.newest(reader, subject);
            assert_private(&message, reader, &[other]);
            assert_eq!(sequence(&message), sequence_is);
            assert_eq!(calendar.apply(&message.calendar().unwrap())["outcome"], outcome, "{message:?}");
            assert_eq!(message.flags, "");
        }
    };

    let meeting = book(&world.server, &world.token, &[GUEST]).await;
    apply("Trio rehearsal — Invitation", ":0", "added");
    let invitation = world.newest(GUEST, "Invitation");
    assert_eq!(uid(&invitation), uid(&world.newest(HOST, "Invitation")));
    assert!(invitation.text().contains(HOST.name) && invitation.html().contains(HOST.name));

    world.reply(GUEST, &invitation, Answer::Accepted);
    world.reply(HOST, &world.newest(HOST, "Invitation"), Answer::Tentative);
    world
        .when(&meeting, "both answers", |meeting| {
            of(meeting, GUEST, "partstat") == "accepted" && of(meeting, HOST, "partstat") == "tentative"
        })
        .await;

    world.counter(GUEST, &invitation, 12);
    let ask = world.newest(HOST, "Approve new time for Trio rehearsal?");
    assert_no_trace(&ask, &[GUEST]);
    let waiting = seen(&world.server, &world.token, &meeting).await;
    assert_eq!(waiting["proposals"][0]["status"], "pending");
    assert_eq!(waiting["start"], meeting["start"], "nothing moves before somebody approves");
    world.approve(&meeting, &ask).await;
    apply("Trio rehearsal — Updated Time", ":1", "updated");
    for (_, _, calendar) in everybody {
        assert_eq!(calendar.events()[0]["dtstart"], rfc3339(in_days(12, 9)).as_str());
    }

    world.reply(GUEST, &world.newest(GUEST, "Updated Time"), Answer::Declined);
    apply("Trio rehearsal — Cancelled", ":2", "cancelled");
    let over = seen(&world.server, &world.token, &meeting).await;
    assert_eq!((&over["status"], &over["sequence"]), (&"cancelled".into(), &2.into()));
    assert!(calendars.iter().all(|calendar| calendar.events()[0]["status"] == "CANCELLED"));
    for (reader, count) in [(HOST, 4), (GUEST, 3)] {
        let messages = world.mail.mailbox(reader.user).wait_for(count, PATIENCE);
        let subjects: Vec<String> = messages.iter().map(Message::subject).collect();
        assert_eq!(messages.len(), count, "{subjects:?}");
        let other = if reader.user == HOST.user { GUEST } else { HOST };
        for message in &messages {
            assert_no_trace(message, &[other]);
        }
    }
}

#[tokio::test]
async fn a_refresh_brings_the_present_event_to_whoever_asked_and_to_nobody_else() {
    let world = World::start();
    let meeting = book(&world.server, &world.token, &[GUEST]).await;
    let (invitation, _) = (world.newest(GUEST, "Invitation"), world.newest(HOST, "Invitation"));
    let refresh = Peer::new(&GUEST.address()).refresh(&invitation.calendar().unwrap());
    world.answer(GUEST, &invitation, &refresh);

    let again = world.mail.mailbox(GUEST.user).wait_for(2, PATIENCE).pop().unwrap();
    assert_private(&again, GUEST, &[HOST]);
    assert_eq!((sequence(&again), uid(&again)), (sequence(&invitation), uid(&invitation)));
    assert_ne!(again.header("Message-ID"), invitation.header("Message-ID"));
    assert_eq!(Peer::new(&GUEST.address()).apply(&again.calendar().unwrap())["outcome"], "added");
    world.mail.wait_until_delivered();
    assert_eq!(world.mail.mailbox(HOST.user).messages().len(), 1);
    assert_eq!(of(&seen(&world.server, &world.token, &meeting).await, GUEST, "partstat"), "needs-action");
}

#[tokio::test]
async fn three_people_each_get_their_own_invitation_and_a_move_needs_both_others() {
    let world = World::start();
    let meeting = book(&world.server, &world.token, &[GUEST, OTHER]).await;
    let readers = [(HOST, [GUEST, OTHER]), (GUEST, [HOST, OTHER]), (OTHER, [HOST, GUEST])];
    for (reader, others) in readers {
        assert_private(&world.newest(reader, "Invitation"), reader, &others);
    }

    world.counter(GUEST, &world.newest(GUEST, "Invitation"), 13);
    let asks = [HOST, OTHER].map(|who| world.newest(who, "Approve new time"));
    assert_no_trace(&asks[0], &[GUEST, OTHER]);
    assert_no_trace(&asks[1], &[GUEST, HOST]);
    world.approve(&meeting, &asks[1]).await;
    assert_eq!(seen(&world.server, &world.token, &meeting).await["sequence"], 0, "one of two is not enough");
    world.approve(&meeting, &asks[0]).await;
    for (reader, others) in readers {
        let update = world.newest(reader, "Updated Time");
        assert_private(&update, reader, &others);
        assert_eq!(sequence(&update), ":1");
    }

    world.reply(GUEST, &world.newest(GUEST, "Updated Time"), Answer::Declined);
    let one_left =
        world.when(&meeting, "the decline", |meeting| of(meeting, GUEST, "partstat") == "declined").await;
    assert_eq!(one_left["status"], "scheduled", "somebody can still come");
    world.reply(OTHER, &world.newest(OTHER, "Updated Time"), Answer::Declined);
    world.when(&meeting, "the cancellation", |meeting| meeting["status"] == "cancelled").await;
    for (reader, others) in [readers[0], readers[2]] {
        assert_private(&world.newest(reader, "Cancelled"), reader, &others);
    }
}

#[tokio::test]
async fn a_forwarded_invitation_that_a_stranger_answers_changes_nothing() {
    let world = World::start();
    let meeting = book(&world.server, &world.token, &[GUEST]).await;
    let invitation = world.newest(GUEST, "Invitation");
    let stranger = Peer::new(&MailRig::address("stranger"));
    let as_theirs = invitation.calendar().unwrap().replace(&GUEST.address(), &MailRig::address("stranger"));
    let (to, raw) = stranger.mail(&invitation, &stranger.reply(Answer::Declined, &as_theirs));
    world.mail.submit("stranger", &to, &raw);

    let told = world.newest(GUEST, "Somebody else answered your invitation to Trio rehearsal");
    assert_no_trace(&told, &[HOST]);
    assert!(!told.everything().contains("stranger@"), "not the stranger's address either");
    let now = seen(&world.server, &world.token, &meeting).await;
    assert_eq!((&now["status"], of(&now, GUEST, "partstat")), (&"scheduled".into(), "needs-action".into()));
    assert!(world.mail.mailbox("stranger").messages().is_empty());
}
