//! Every client's answer as a whole mail, through the whole pipeline: what it comes to, and what the meeting then is.

use entente::meetings::{ProposalStatus, Status};
use entente::post::inbound::Outcome;

use crate::inbound_world::{World, at, fixtures};

/// The fixture, its outcome, what Ana says afterwards, and whether the meeting is off.
const CLIENTS: &[(&str, Outcome, &str, bool)] = &[
    ("android", Outcome::Applied, "accepted", false),
    ("apple-mail-mac", Outcome::Applied, "declined", true),
    ("bluemind-mapi", Outcome::Applied, "accepted", false),
    ("bluemind-without-attendee", Outcome::Ignored, "needs-action", false),
    ("bogus-sequence", Outcome::Applied, "accepted", false),
    ("cyrus", Outcome::Applied, "declined", true),
    ("exchange-cdo-old", Outcome::Applied, "accepted", false),
    ("exchange-reply-without-organizer", Outcome::Applied, "accepted", false),
    ("fastmail-funky-uid", Outcome::Applied, "accepted", false),
    ("gnus-lf-unfolded", Outcome::Applied, "accepted", false),
    ("google-propose-new-time", Outcome::Proposal, "needs-action", false),
    ("google-reply", Outcome::Applied, "accepted", false),
    ("google-reply-with-note", Outcome::Applied, "accepted", false),
    ("gromox-room-without-attendee", Outcome::Ignored, "needs-action", false),
    ("horde-wrong-local-time", Outcome::Applied, "accepted", false),
    ("invalid-nomail", Outcome::Applied, "accepted", false),
    ("ios-propose-new-time", Outcome::Proposal, "needs-action", false),
    ("ios-reply", Outcome::Applied, "accepted", false),
    ("kde-counter", Outcome::Proposal, "needs-action", false),
    ("kde-delegated", Outcome::Applied, "delegated", false),
    ("kde-refresh", Outcome::Refresh, "needs-action", false),
    ("kolab-delegated", Outcome::Applied, "delegated", false),
    ("method-in-mime-only", Outcome::Applied, "tentative", false),
    ("mu4e-two-attendees", Outcome::Applied, "accepted", false),
    ("outlook-2010", Outcome::Applied, "tentative", false),
    ("outlook-counter-declined", Outcome::Proposal, "needs-action", false),
    ("outlook-counter-tzid-utc", Outcome::Proposal, "needs-action", false),
    ("outlook-mac-2011", Outcome::Applied, "declined", true),
    ("outlook-reply-with-words", Outcome::Applied, "tentative", false),
    ("proton", Outcome::Applied, "accepted", false),
    ("recurrence-id", Outcome::Applied, "accepted", false),
    ("refused-two-meetings", Outcome::Rejected, "needs-action", false),
    ("refused-two-methods", Outcome::Rejected, "needs-action", false),
    ("request-status-failure", Outcome::Ignored, "needs-action", false),
    ("sogo-needs-action", Outcome::Ignored, "needs-action", false),
    ("thunderbird", Outcome::Applied, "accepted", false),
    ("tutanota-sequence-ahead", Outcome::Applied, "accepted", false),
    ("xandikos-empty-vtimezone", Outcome::Applied, "accepted", false),
    ("zimbra", Outcome::Applied, "tentative", false),
];

#[tokio::test]
async fn every_clients_answer_comes_to_what_its_sender_meant() {
    let named: Vec<&str> = CLIENTS.iter().map(|client| client.0).collect();
    assert_eq!(fixtures(), named, "every fixture has its line");
    let mut wrong = Vec::new();
    for (name, outcome, says, is_off) in CLIENTS {
        let world = World::new().await;
        let taken = world.take(world.fixture(name).await).await;
        let meeting = world.now().await;
        let came_to = (taken.outcome, world.ana_says().await, meeting.status == Status::Cancelled);
        if came_to != (*outcome, *says, *is_off) {
            wrong.push(format!("{name}: {came_to:?}, {}", taken.reason));
        }
        let about = (*outcome != Outcome::Rejected).then_some(world.meeting);
        assert_eq!(taken.meeting, about, "{name}: {}", taken.reason);
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_new_time_is_read_from_wherever_the_client_puts_it() {
    let thursday = ("2026-11-26T14:00:00Z", "2026-11-26T14:45:00Z");
    for (name, time, note) in [
        ("google-propose-new-time", thursday, "A day later, if you can"),
        ("ios-propose-new-time", thursday, "Can we move this to Thursday?"),
        ("kde-counter", thursday, "Could it be in the afternoon?"),
        ("outlook-counter-declined", thursday, "I am away until Wednesday evening."),
        ("outlook-counter-tzid-utc", ("2026-11-25T10:30:00Z", "2026-11-25T12:00:00Z"), ""),
    ] {
        let world = World::new().await;
        world.take(world.fixture(name).await).await;
        let expected = vec![(at(time.0), at(time.1), ProposalStatus::Pending, note.to_owned())];
        assert_eq!(world.proposals().await, expected, "{name}");
        assert_eq!(world.count(world.ben, "proposal-ask").await, 1, "{name}");
    }
}

#[tokio::test]
async fn every_clients_answer_twice_is_known_the_second_time() {
    for (name, ..) in CLIENTS {
        let world = World::new().await;
        let raw = world.fixture(name).await;
        let first = world.take(raw.clone()).await;
        let (meeting, letters) = (world.now().await, world.letters(world.ben).await.len());
        let again = world.take([b"Received: by another.example.org\r\n".as_slice(), &raw].concat()).await;
        // What cannot be read has no Message-ID that could be believed: only the same bytes are known again.
        let known = first.outcome != Outcome::Rejected || again.id == first.id;
        assert!(known && again.outcome == Outcome::Duplicate, "{name}: {again:?}");
        assert_eq!(again.id, first.id, "{name}");
        assert_eq!(world.now().await.sequence, meeting.sequence, "{name}");
        assert_eq!(world.letters(world.ben).await.len(), letters, "{name}");
    }
}

#[tokio::test]
async fn a_refresh_sends_the_present_event_again_to_its_attendee_alone() {
    let world = World::new().await;
    let before = (world.letters(world.ana).await.len(), world.letters(world.ben).await.len());
    world.take(world.fixture("kde-refresh").await).await;
    let after = (world.letters(world.ana).await.len(), world.letters(world.ben).await.len());
    assert_eq!(after, (before.0 + 1, before.1));
    let newest = &world.letters(world.ana).await[0];
    let event = newest.letter.says.event().unwrap();
    assert_eq!((event.sequence, event.edition > 0), (1, true));
}
