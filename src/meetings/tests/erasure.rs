//! What is stored about a person, and that nothing personal is left when they are forgotten.

use super::*;
use crate::accounts::{self, NewUser};
use crate::app::person;
use crate::post::inbound;

fn stored(world: &World, secret: &str) -> Result<about_you::Stored> {
    world.town.store.read_blocking(|cx| about_you::open(cx, secret))
}

fn erase(world: &World, secret: &str) -> Result<()> {
    let secret = secret.to_owned();
    world.town.write(move |cx| person::erase_by_link(cx, &anyone(), &secret))
}

/// Everything that can be found of somebody: their address, and their name in any case.
fn assert_nothing_of(world: &World, name: &str) {
    let all = world.town.whole_text().to_lowercase();
    let found: Vec<_> = all.lines().filter(|line| line.contains(name)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// A meeting of ana, quillon and cy, with everything that can be kept of quillon.
fn lived(guests: &[&str]) -> (World, Meeting) {
    let (world, meeting) = World::of(guests);
    let email = "quillon@example.org";
    let new = NewUser {
        address: address(email),
        name: "Quillon".to_owned(),
        zone: None,
        role: accounts::Role::Member,
    };
    world
        .town
        .write(move |cx| {
            accounts::add(cx, &operator(), &new)?;
            accounts::request_sign_in(cx, &anyone(), &new.address)
        })
        .unwrap();
    let secret = world.respond(email);
    world
        .town
        .write(move |cx| {
            let time = (START.plus(DAY), START.plus(DAY + HOUR));
            by_link::propose(cx, &anyone(), &secret, time, "Quillon cannot come")
        })
        .unwrap();
    world.deliver();
    let one = world.participant(meeting.id, email);
    let held = world.answer(&meeting, "quillon@elsewhere.example", PartStat::Tentative);
    world.take(&world.sender("quillon@elsewhere.example", Some(&one)), &held);
    let letter = world.newest(email, "invitation").letter.message_id;
    let (id, me) = (meeting.id, one.id);
    world
        .town
        .write(move |cx| {
            report(cx, &mail(), Some(&letter), None, Report::Delayed, Some("450 quillon is busy"))?;
            let inbound = inbound::Inbound {
                id: cx.id(),
                road: "imap".to_owned(),
                message_id: "m1@example.net".to_owned(),
                content_hash: "c".to_owned(),
                received_at: cx.now,
                outcome: Outcome::Applied,
                reason: "The participant accepts.".to_owned(),
                detail: Some("Accepted by Quillon".to_owned()),
                meeting: Some(id),
                participant: Some(me),
                method: None,
                partstat: None,
                sequence: None,
                authenticity: Some("dkim=pass quillon.example".to_owned()),
                size_bytes: 3,
                trace: "t".to_owned(),
            };
            inbound::keep(cx, &inbound, b"raw")?;
            crate::post::mailroom::shelve(cx, cx.id(), &address("quillon@example.org"), "m2", b"raw")
        })
        .unwrap();
    (world, meeting)
}

#[test]
fn what_is_stored_is_shown_to_its_holder_and_can_be_taken_away() {
    let (world, meeting) = lived(&["quillon@example.org", "cy@example.org"]);
    let stored = stored(&world, &world.about_you("quillon@example.org")).unwrap();
    assert_eq!(stored.address.as_str(), "quillon@example.org");
    assert_eq!(stored.meetings[0].0.id, meeting.id);
    assert!(!stored.suppressed && stored.letters.len() > 2);
    let link = world.about_you("quillon@example.org");
    let document = world.town.read(|cx| person::export_by_link(cx, &link));
    assert_eq!(document["account"]["name"], "Quillon");
    assert_eq!(document["proposals"][0]["note"], "Quillon cannot come");
    assert_eq!(document["meetings"][0]["name"], "Name-of-quillon");
    let text = document.to_string();
    assert!(!text.contains("ana@") && !text.contains("cy@"), "{text}");
}

#[test]
fn a_guest_who_is_forgotten_leaves_nothing_and_the_others_go_on() {
    let (world, meeting) = lived(&["quillon@example.org", "cy@example.org"]);
    let token =
        world.sender("quillon@example.org", Some(&world.participant(meeting.id, "quillon@example.org")));
    let link = world.about_you("quillon@example.org");
    assert!(world.town.whole_text().to_lowercase().matches("quillon").count() > 10);
    for _ in 0..2 {
        erase(&world, &link).unwrap();
    }
    assert_nothing_of(&world, "quillon");
    assert_eq!(code(stored(&world, &link)), "erased");
    let left = world.load(meeting.id);
    assert_eq!(left.status, Status::Scheduled);
    assert_eq!(world.deliver().len(), 0);
    // They are neither asked, nor written to, nor counted.
    let moved = world.move_by(meeting.id, DAY).unwrap();
    assert_eq!(world.deliver().len(), 2);
    let update = world.newest("cy@example.org", "update").letter;
    assert_eq!(update.says.event().unwrap().others.len(), 1);
    world.propose_by_link(&world.respond("cy@example.org"), START.plus(5 * DAY)).unwrap();
    assert_eq!(world.approve("ana@example.org").unwrap(), Decided::Moved);
    let reply = world.answer(&world.load(meeting.id), "quillon@example.org", PartStat::Declined);
    let verdict = world.take(&token, &reply);
    assert_eq!((verdict.outcome, verdict.participant), (Outcome::Ignored, None));
    assert_eq!(moved.participants.len(), 3, "that they were there stays");
    world.town.clock.advance(MINUTE);
    world.reply(&world.load(meeting.id), "cy@example.org", PartStat::Declined);
    assert_eq!(world.load(meeting.id).status, Status::Cancelled, "cy was the last guest");
    world.town.assert_journal_verifies();
    assert!(world.story(meeting.id).contains(&"participant.erased".to_owned()));
}

#[test]
fn the_only_guest_s_erasure_cancels_for_the_host_and_mails_the_guest_nothing() {
    let (world, meeting) = lived(&["quillon@example.org"]);
    erase(&world, &world.about_you("quillon@example.org")).unwrap();
    assert_eq!(world.load(meeting.id).status, Status::Cancelled);
    let left = world.deliver();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].letter.reader.address, "ana@example.org");
    assert!(matches!(left[0].letter.says, Says::Cancellation { cause: Cause::House, .. }));
    assert_nothing_of(&world, "quillon");
    world.town.assert_journal_verifies();
}

#[test]
fn the_host_s_erasure_cancels_takes_their_words_and_ends_what_is_open() {
    let world = World::new();
    let host = person("quillon@example.org");
    let described = NewMeeting {
        host,
        location: "Quillon's home".to_owned(),
        ..tea(&["cy@example.org", "di@example.org"])
    };
    let meeting = world.make(&described);
    let open = world.make(&NewMeeting { guests: Vec::new(), ..described });
    world.deliver();
    erase(&world, &world.about_you("quillon@example.org")).unwrap();
    for id in [meeting.id, open.id] {
        let after = world.load(id);
        assert_eq!(
            (after.status, after.title.as_str(), after.location.as_str()),
            (Status::Cancelled, "Practice Session", "")
        );
    }
    assert_eq!(world.deliver().len(), 2);
    world.town.assert_journal_verifies();
}

#[test]
fn a_proposal_waits_no_longer_for_who_is_forgotten() {
    let (world, meeting) = World::of(&["ben@example.org", "cy@example.org"]);
    world.propose_by_link(&world.respond("ben@example.org"), START.plus(DAY)).unwrap();
    world.approve("ana@example.org").unwrap();
    erase(&world, &world.about_you("cy@example.org")).unwrap();
    assert_eq!(world.load(meeting.id).start, START.plus(DAY));
    let left = world.deliver();
    assert!(left.iter().all(|kept| kept.letter.reader.address != "cy@example.org"));
    let (world, meeting) = World::of(&["ben@example.org", "cy@example.org"]);
    let proposal = world.propose_by_link(&world.respond("cy@example.org"), START.plus(DAY)).unwrap();
    erase(&world, &world.about_you("cy@example.org")).unwrap();
    let after = world.town.read(|cx| super::super::proposal(cx, proposal.id));
    assert_eq!((after.status, after.note.as_str()), (ProposalStatus::Withdrawn, ""));
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
}

#[test]
fn who_shares_the_mailbox_is_forgotten_with_it() {
    let (world, meeting) = World::of(&["quillon@example.org", "quillon+x@example.org", "cy@example.org"]);
    erase(&world, &world.about_you("quillon@example.org")).unwrap();
    assert_nothing_of(&world, "quillon");
    assert_eq!(world.load(meeting.id).participants.iter().filter(|one| one.is_erased).count(), 2);
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
}

#[test]
fn the_last_administrator_is_told_why_they_cannot_be_forgotten() {
    let (world, _) = World::of(&["ben@example.org"]);
    let new = NewUser {
        address: address("ben@example.org"),
        name: String::new(),
        zone: None,
        role: accounts::Role::Admin,
    };
    world.town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
    assert_eq!(code(erase(&world, &world.about_you("ben@example.org"))), "user.last-admin");
}

#[test]
fn never_write_to_me_again_is_kept_as_a_hash_and_can_be_taken_back() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let link = world.about_you("ben@example.org");
    let set = |suppressed| {
        let link = link.clone();
        world.town.write(move |cx| about_you::set_suppressed(cx, &anyone(), &link, suppressed)).unwrap()
    };
    assert!(set(true).suppressed && set(true).suppressed);
    world.move_by(meeting.id, DAY).unwrap();
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation"]);
    assert!(!set(false).suppressed);
    world.move_by(meeting.id, DAY).unwrap();
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation", "update"]);
}

#[test]
fn the_way_to_what_is_stored_outlives_the_letter_that_brought_it() {
    let (world, _) = World::of(&["ben@example.org"]);
    let link = world.about_you("ben@example.org");
    world.town.clock.advance(60 * DAY);
    world.town.write(|cx| letter::delete_ended(cx)).unwrap();
    assert_eq!(stored(&world, &link).unwrap().address.as_str(), "ben@example.org");
    erase(&world, &link).unwrap();
    erase(&world, &link).unwrap();
    assert_nothing_of(&world, "name-of-ben");
}
