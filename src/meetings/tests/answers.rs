//! Answering: what counts, what a decline does, by page and by mail.

use super::*;
use crate::itip::Stale;

fn answered_as(verdict: &Verdict) -> (&'static str, &str) {
    (verdict.outcome.as_str(), &verdict.reason)
}

fn of_policy(decline: Decline, guests: &[&str]) -> (World, Meeting) {
    let world = World::new();
    let meeting = world.make(&NewMeeting { decline: Some(decline), ..tea(guests) });
    world.deliver();
    (world, meeting)
}

#[test]
fn an_accept_is_recorded_and_mails_nobody() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let verdict = world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    assert_eq!(verdict.outcome, Outcome::Applied);
    let ben = world.participant(meeting.id, "ben@example.org");
    assert_eq!((ben.partstat, ben.answered_by.as_deref()), (PartStat::Accepted, Some("mail")));
    assert!(world.deliver().is_empty());
    assert!(world.story(meeting.id).contains(&"invitation.answered".to_owned()));
}

#[test]
fn under_the_strict_policy_a_decline_cancels_for_both_and_says_why() {
    for decliner in ["ana@example.org", "ben@example.org"] {
        let (world, meeting) = of_policy(Decline::Strict, &["ben@example.org"]);
        let verdict = world.reply(&meeting, decliner, PartStat::Declined);
        assert_eq!(verdict.outcome, Outcome::Applied, "{:?}", answered_as(&verdict));
        let cancelled = world.load(meeting.id);
        assert_eq!((cancelled.status, cancelled.sequence), (Status::Cancelled, 1));
        let left = world.deliver();
        assert_eq!(left.len(), 2);
        for kept in left {
            let Says::Cancellation { cause, .. } = kept.letter.says else { panic!("it is off") };
            let own = kept.letter.reader.address == decliner;
            assert_eq!(cause, if own { Cause::YouDeclined } else { Cause::OtherDeclined });
        }
    }
}

#[test]
fn under_the_soft_policy_a_decline_is_recorded_and_the_meeting_stays() {
    let (world, meeting) = of_policy(Decline::Soft, &["ben@example.org"]);
    assert_eq!(world.reply(&meeting, "ben@example.org", PartStat::Declined).outcome, Outcome::Applied);
    let after = world.load(meeting.id);
    assert_eq!((after.status, after.participants[1].partstat), (Status::Scheduled, PartStat::Declined));
    assert!(world.deliver().is_empty());
}

#[test]
fn with_several_guests_only_the_host_s_or_the_last_guest_s_decline_cancels() {
    let guests = ["ben@example.org", "cy@example.org"];
    let (world, meeting) = of_policy(Decline::Strict, &guests);
    world.reply(&meeting, guests[0], PartStat::Declined);
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
    world.reply(&meeting, guests[1], PartStat::Declined);
    assert_eq!(world.load(meeting.id).status, Status::Cancelled);
    let (world, meeting) = of_policy(Decline::Strict, &guests);
    world.reply(&meeting, "ana@example.org", PartStat::Declined);
    assert_eq!(world.load(meeting.id).status, Status::Cancelled);
    let (world, meeting) = of_policy(Decline::Strict, &guests);
    world.reply(&meeting, guests[0], PartStat::Declined);
    world.town.clock.advance(MINUTE);
    world.reply(&meeting, guests[0], PartStat::Accepted);
    world.reply(&meeting, guests[1], PartStat::Declined);
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
}

#[test]
fn the_same_answer_again_changes_nothing() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    world.town.clock.advance(MINUTE);
    let entries = world.story(meeting.id).len();
    assert_eq!(world.reply(&meeting, "ben@example.org", PartStat::Accepted).outcome, Outcome::Duplicate);
    assert_eq!(world.story(meeting.id).len(), entries);
}

#[test]
fn an_answer_that_says_nothing_overwrites_none() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    assert_eq!(world.reply(&meeting, "ben@example.org", PartStat::NeedsAction).outcome, Outcome::Ignored);
    let link = world.respond("ben@example.org");
    assert!(matches!(world.answer_by_link(&link, PartStat::NeedsAction), Ok(Answered::Same)));
    assert_eq!(world.participant(meeting.id, "ben@example.org").partstat, PartStat::Accepted);
}

#[test]
fn a_stale_decline_does_not_cancel_the_new_time() {
    let (world, before) = World::of(&["ben@example.org"]);
    world.move_by(before.id, DAY).unwrap();
    let verdict = world.reply(&before, "ben@example.org", PartStat::Declined);
    assert_eq!(verdict.outcome, Outcome::Stale);
    assert_eq!(world.load(before.id).status, Status::Scheduled);
    assert!(world.story(before.id).contains(&"invitation.answered-late".to_owned()));
    // Without a SEQUENCE the start tells.
    let mut unknown = world.answer(&before, "ben@example.org", PartStat::Declined);
    unknown.sequence = None;
    let ben = world.participant(before.id, "ben@example.org");
    assert_eq!(world.take(&world.sender("ben@example.org", Some(&ben)), &unknown).outcome, Outcome::Stale);
}

#[test]
fn a_sequence_above_ours_is_taken_as_ours() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let mut ahead = world.answer(&meeting, "ben@example.org", PartStat::Accepted);
    ahead.sequence = Some(7);
    let ben = world.participant(meeting.id, "ben@example.org");
    assert_eq!(world.take(&world.sender("ben@example.org", Some(&ben)), &ahead).outcome, Outcome::Applied);
    assert_eq!(world.load(meeting.id).sequence, 0);
}

#[test]
fn of_two_answers_that_cross_the_later_counts() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let ben = world.participant(meeting.id, "ben@example.org");
    world.town.clock.advance(MINUTE);
    let early = world.answer(&meeting, "ben@example.org", PartStat::Tentative);
    world.town.clock.advance(MINUTE);
    world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    world.town.clock.advance(MINUTE);
    let verdict = world.take(&world.sender("ben@example.org", Some(&ben)), &early);
    assert_eq!(verdict.outcome, Outcome::Stale);
    assert_eq!(world.participant(meeting.id, "ben@example.org").partstat, PartStat::Accepted);
}

#[test]
fn a_program_that_repeats_the_dtstamp_of_a_resent_invitation_is_believed() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.town.clock.advance(HOUR);
    let id = meeting.id;
    world.town.write(move |cx| resend(cx, &operator(), id)).unwrap();
    let sent_at = world.now();
    world.town.clock.advance(MINUTE);
    world.answer_by_link(&world.respond("ben@example.org"), PartStat::Accepted).unwrap();
    world.town.clock.advance(MINUTE);
    let mut echo = world.answer(&meeting, "ben@example.org", PartStat::Tentative);
    echo.dtstamp = Some(sent_at);
    let ben = world.participant(id, "ben@example.org");
    assert_eq!(world.take(&world.sender("ben@example.org", Some(&ben)), &echo).outcome, Outcome::Applied);
    assert_eq!(world.participant(id, "ben@example.org").partstat, PartStat::Tentative);
}

#[test]
fn an_answer_to_what_is_over_or_cancelled_changes_nothing() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.cancel(meeting.id);
    assert_eq!(world.reply(&meeting, "ben@example.org", PartStat::Accepted).outcome, Outcome::Ignored);
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.town.clock.advance(8 * DAY);
    assert_eq!(world.reply(&meeting, "ben@example.org", PartStat::Declined).outcome, Outcome::Ignored);
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
}

#[test]
fn a_delegation_is_recorded_and_adds_nobody() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    assert_eq!(world.reply(&meeting, "ben@example.org", PartStat::Delegated).outcome, Outcome::Applied);
    let after = world.load(meeting.id);
    assert_eq!((after.participants.len(), after.participants[1].partstat), (2, PartStat::Delegated));
}

#[test]
fn a_respond_link_answers_as_often_as_its_bearer_changes_their_mind() {
    let world = World::new();
    let meeting = world.make(&NewMeeting { decline: Some(Decline::Soft), ..tea(&["ben@example.org"]) });
    let link = world.respond("ben@example.org");
    for partstat in [PartStat::Accepted, PartStat::Declined, PartStat::Tentative, PartStat::Accepted] {
        assert!(matches!(world.answer_by_link(&link, partstat), Ok(Answered::Applied { .. })));
        assert!(matches!(world.answer_by_link(&link, partstat), Ok(Answered::Same)));
        assert_eq!(world.participant(meeting.id, "ben@example.org").partstat, partstat);
    }
    world.propose_by_link(&link, START.plus(DAY)).unwrap();
    assert_eq!(world.open(&link).unwrap().standing, Standing::Used);
    assert!(world.answer_by_link(&link, PartStat::Tentative).is_ok());
}

#[test]
fn the_second_click_on_a_decline_that_cancelled_is_answered_as_the_first() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let link = world.respond("ben@example.org");
    let first = world.answer_by_link(&link, PartStat::Declined).unwrap();
    assert!(matches!(first, Answered::Applied { cancelled: true, .. }));
    assert!(matches!(world.answer_by_link(&link, PartStat::Declined), Ok(Answered::Same)));
    assert_eq!(code(world.answer_by_link(&link, PartStat::Accepted)), "meeting.cancelled");
    assert_eq!(world.load(meeting.id).sequence, 1);
}

#[test]
fn a_link_of_an_older_revision_no_longer_answers_even_if_it_was_used() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let used = world.respond("ben@example.org");
    world.propose_by_link(&used, START.plus(DAY)).unwrap();
    world.approve("ana@example.org").unwrap();
    assert_eq!(code(world.answer_by_link(&used, PartStat::Declined)), "link.expired");
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
}

#[test]
fn looking_at_a_link_changes_nothing() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let link = world.respond("ben@example.org");
    let before = world.town.whole_text();
    for _ in 0..3 {
        assert_eq!(world.open(&link).unwrap().meeting.id, meeting.id);
        assert_eq!(code(world.open("wrong")), "not-found");
    }
    assert_eq!(world.town.whole_text(), before);
}

#[test]
fn a_fresh_link_goes_to_the_address_and_says_nothing_to_who_asked() {
    let (world, _) = World::of(&["ben@example.org"]);
    let old = world.respond("ben@example.org");
    world.move_by(world.open(&old).unwrap().meeting.id, DAY).unwrap();
    world.deliver();
    let fresh = |secret: &str| {
        let secret = secret.to_owned();
        world.town.write(move |cx| by_link::fresh(cx, &anyone(), Purpose::Respond, &secret))
    };
    for _ in 0..8 {
        fresh(&old).unwrap();
        world.town.clock.advance(1);
    }
    fresh("wrong").unwrap();
    let left = world.deliver();
    assert_eq!(left.len(), 5, "so many an hour");
    assert!(left.iter().all(|kept| kept.letter.reader.address == "ben@example.org"));
    assert!(world.answer_by_link(&world.respond("ben@example.org"), PartStat::Accepted).is_ok());
    let invalid = world.town.read(|cx| journal::count_since(cx, "link.invalid", NOW));
    assert_eq!(invalid, 1);
}

#[test]
fn what_an_answer_is_against_the_last_is_named() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let ben = world.participant(meeting.id, "ben@example.org");
    let reply = |partstat, sequence| itip::Reply {
        answer: itip::Answer {
            partstat,
            dtstamp: None,
            replied_at: None,
            arrived: Arrival { at: NOW, number: 0 },
        },
        sequence: Some(sequence),
        start: None,
    };
    let moved = world.move_by(meeting.id, DAY).unwrap();
    let take = |reply: itip::Reply| {
        let (moved, id) = (moved.clone(), ben.id);
        world.town.write(move |cx| super::super::answer::reply(cx, &mail(), &moved, id, &reply)).unwrap()
    };
    assert!(matches!(take(reply(PartStat::Accepted, 0)), Answered::Stale(Stale::Revision)));
    assert!(matches!(take(reply(PartStat::NeedsAction, 1)), Answered::Same));
    assert!(matches!(take(reply(PartStat::Accepted, 1)), Answered::Applied { cancelled: false, .. }));
}
