//! Moving a meeting by proposal: asking, deciding, and every way it can end.

use super::*;
use crate::post::letter::Outcome as Told;

const LATER: Timestamp = START.plus(DAY);

fn status(world: &World, id: crate::base::id::ProposalId) -> ProposalStatus {
    world.town.read(|cx| proposal(cx, id)).status
}

/// A proposal of ben's that waits for ana.
fn asked() -> (World, Meeting, Proposal) {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let proposal = world.propose_by_link(&world.respond("ben@example.org"), LATER).unwrap();
    (world, meeting, proposal)
}

#[test]
fn the_other_side_is_asked_and_their_approval_moves_the_meeting_for_both() {
    let (world, meeting, proposal) = asked();
    assert_eq!(world.kinds_to("ana@example.org"), ["invitation", "proposal-ask"]);
    let json = serde_json::to_string(&world.newest("ana@example.org", "proposal-ask").letter).unwrap();
    assert!(!json.contains("ben@"), "{json}");
    world.deliver();
    assert_eq!(world.approve("ana@example.org").unwrap(), Decided::Moved);
    let moved = world.load(meeting.id);
    assert_eq!((moved.sequence, moved.start, moved.end), (1, LATER, LATER.plus(HOUR)));
    assert_eq!(status(&world, proposal.id), ProposalStatus::Approved);
    let left = world.deliver();
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|kept| matches!(kept.letter.says, Says::Update { .. })));
    let story = world.story(meeting.id);
    for kind in ["proposal.made", "proposal.approved", "meeting.moved"] {
        assert!(story.iter().any(|one| one == kind), "{kind}");
    }
    assert!(world.town.write(|cx| queue::claim(cx, DEADLINES, 10, MINUTE)).unwrap().is_empty());
}

#[test]
fn whoever_proposed_the_time_and_whoever_approved_it_have_accepted_it_and_are_asked_no_more() {
    for road in ["link", "counter"] {
        let (world, meeting) = World::of(&["ben@example.org"]);
        if road == "link" {
            world.propose_by_link(&world.respond("ben@example.org"), LATER).unwrap();
        } else {
            let sender =
                world.sender("ben@example.org", Some(&world.participant(meeting.id, "ben@example.org")));
            let counter = world.counter(&meeting, "ben@example.org", LATER);
            assert_eq!(world.take(&sender, &counter).outcome, Outcome::Proposal);
        }
        assert_eq!(world.approve("ana@example.org").unwrap(), Decided::Moved);
        for email in ["ana@example.org", "ben@example.org"] {
            assert_eq!(world.participant(meeting.id, email).partstat, PartStat::Accepted, "{road}");
            let Says::Update { event, .. } = world.newest(email, "update").letter.says else { panic!() };
            assert_eq!(event.partstat, PartStat::Accepted.as_str(), "RFC 5546, 3.2.7, by {road}");
        }
        assert_eq!(world.participant(meeting.id, "ben@example.org").answered_by.as_deref(), Some(road));
        let answers = world.story(meeting.id).iter().filter(|kind| *kind == "invitation.answered").count();
        assert_eq!(answers, 1, "{road}");
        world.deliver();
        let moved = world.load(meeting.id);
        assert!(world.town.read(|cx| unanswered(cx, &moved)).is_empty(), "{road}");
        let again = world.reply(&moved, "ben@example.org", PartStat::Tentative);
        assert_eq!(again.outcome, Outcome::Applied, "a later word counts");
    }
}

#[test]
fn the_second_click_is_answered_as_the_first() {
    let (world, meeting, _) = asked();
    let (approve, decline) = world.decision("ana@example.org");
    for _ in 0..2 {
        assert_eq!(world.decide_by(Purpose::Approve, approve.clone()).unwrap(), Decided::Moved);
    }
    assert_eq!(code(world.decide_by(Purpose::Decline, decline)), "proposal.approved");
    assert_eq!(world.load(meeting.id).sequence, 1);
    let (world, _, _) = asked();
    let (approve, decline) = world.decision("ana@example.org");
    for _ in 0..2 {
        assert_eq!(world.decide_by(Purpose::Decline, decline.clone()).unwrap(), Decided::Declined);
    }
    assert_eq!(code(world.decide_by(Purpose::Approve, approve)), "proposal.declined");
}

#[test]
fn declining_changes_no_event_and_the_proposer_is_told() {
    let (world, meeting, proposal) = asked();
    world.deliver();
    world.decline("ana@example.org").unwrap();
    assert_eq!((world.load(meeting.id).sequence, status(&world, proposal.id)), (0, ProposalStatus::Declined));
    let left = world.deliver();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].letter.reader.address, "ben@example.org");
    assert!(matches!(
        left[0].letter.says,
        Says::ProposalOutcome { outcome: Told::Declined, counter: false, .. }
    ));
}

#[test]
fn the_same_proposal_posted_again_is_answered_as_the_first_whatever_became_of_it() {
    let (world, _) = World::of(&["ben@example.org"]);
    let link = world.respond("ben@example.org");
    let first = world.propose_by_link(&link, LATER).unwrap();
    assert_eq!(world.propose_by_link(&link, LATER).unwrap().id, first.id);
    assert_eq!(code(world.propose_by_link(&link, LATER.plus(DAY))), "link.used");
    world.approve("ana@example.org").unwrap();
    let again = world.propose_by_link(&link, LATER).unwrap();
    assert_eq!((again.id, again.status), (first.id, ProposalStatus::Approved));
    let asks = world.town.letters().iter().filter(|kept| kept.letter.says.kind() == "proposal-ask").count();
    assert_eq!(asks, 1);
}

#[test]
fn double_proposals_the_later_takes_the_place_of_the_earlier() {
    let (world, meeting, first) = asked();
    let old = world.decision("ana@example.org");
    world.deliver();
    let link = world.respond("ana@example.org");
    let second = world.propose_by_link(&link, LATER.plus(DAY)).unwrap();
    assert_eq!(status(&world, first.id), ProposalStatus::Superseded);
    assert_eq!(code(world.decide_by(Purpose::Approve, old.0)), "proposal.superseded");
    assert_eq!(world.approve("ben@example.org").unwrap(), Decided::Moved);
    assert_eq!(status(&world, second.id), ProposalStatus::Approved);
    assert_eq!(world.load(meeting.id).start, LATER.plus(DAY));
}

#[test]
fn simultaneous_approves_move_once_and_the_second_finds_the_sequence_advanced() {
    let (world, meeting, _) = asked();
    let approve = world.decision("ana@example.org").0;
    world.move_by(meeting.id, 3 * DAY).unwrap();
    assert_eq!(code(world.decide_by(Purpose::Approve, approve)), "proposal.superseded");
    assert_eq!((world.load(meeting.id).sequence, world.load(meeting.id).start), (1, START.plus(3 * DAY)));
}

#[test]
fn an_unsent_question_goes_with_its_proposal() {
    let (world, _, _) = asked();
    world.propose_by_link(&world.respond("ana@example.org"), LATER.plus(DAY)).unwrap();
    assert_eq!(world.kinds_to("ana@example.org"), ["invitation"]);
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation", "proposal-ask"]);
}

#[test]
fn with_several_guests_everybody_but_the_proposer_approves() {
    let (world, meeting) = World::of(&["ben@example.org", "cy@example.org"]);
    world.propose_by_link(&world.respond("ben@example.org"), LATER).unwrap();
    assert_eq!(world.approve("ana@example.org").unwrap(), Decided::Awaiting);
    assert_eq!(world.load(meeting.id).sequence, 0);
    let seen = world.town.read(|cx| see(cx, &operator(), meeting.id));
    assert_eq!(seen.proposals[0].awaited, [meeting.participants[2].id]);
    assert_eq!(world.approve("cy@example.org").unwrap(), Decided::Moved);
    let (world, meeting) = World::of(&["ben@example.org", "cy@example.org"]);
    world.propose_by_link(&world.respond("ben@example.org"), LATER).unwrap();
    world.approve("ana@example.org").unwrap();
    assert_eq!(world.decline("cy@example.org").unwrap(), Decided::Declined);
    assert_eq!(world.load(meeting.id).sequence, 0);
}

#[test]
fn by_policy_the_host_alone_approves_and_their_own_proposal_is_the_time_at_once() {
    let world = World::new();
    let guests = ["ben@example.org", "cy@example.org"];
    let meeting = world.make(&NewMeeting { approval: Some(Approval::Host), ..tea(&guests) });
    world.deliver();
    world.propose_by_link(&world.respond("ben@example.org"), LATER).unwrap();
    assert_eq!(world.kinds_to("cy@example.org"), ["invitation"]);
    assert_eq!(world.approve("ana@example.org").unwrap(), Decided::Moved);
    world.deliver();
    let own = world.propose_by_link(&world.respond("ana@example.org"), LATER.plus(DAY)).unwrap();
    assert_eq!((own.status, world.load(meeting.id).sequence), (ProposalStatus::Approved, 2));
}

#[test]
fn nobody_decides_who_was_not_asked() {
    let (world, meeting, proposal) = asked();
    let ben = meeting.participants[1].id;
    let decided = world.town.write(move |cx| {
        let meeting = load(cx, proposal.meeting)?;
        decide(cx, &anyone(), &meeting, (proposal.id, ben), Decision::Approve)
    });
    assert_eq!(code(decided), "denied");
}

#[test]
fn a_proposal_expires_after_two_days_or_when_its_time_or_the_meeting_s_has_come() {
    let (world, _, proposal) = asked();
    assert_eq!(proposal.expires_at, NOW.plus(48 * HOUR));
    world.deliver();
    let link = world.decision("ana@example.org").0;
    world.town.clock.advance(48 * HOUR);
    assert_eq!(code(world.decide_by(Purpose::Approve, link)), "proposal.expired");
    for _ in 0..2 {
        world.town.write(move |cx| expire(cx, &Actor::house("t"), proposal.id)).unwrap();
    }
    assert_eq!(status(&world, proposal.id), ProposalStatus::Expired);
    let left = world.deliver();
    assert_eq!(left.len(), 1, "the proposer is told, once");
    assert!(matches!(left[0].letter.says, Says::ProposalOutcome { outcome: Told::Expired, .. }));
    assert_eq!(world.town.write(|cx| expire_overdue(cx, &Actor::house("t"))).unwrap(), 0);
    let soon = world.propose_by_link(&world.respond("ben@example.org"), world.now().plus(HOUR)).unwrap();
    assert_eq!(soon.expires_at, world.now().plus(HOUR));
    world.town.clock.advance(HOUR);
    assert_eq!(world.town.write(|cx| expire_overdue(cx, &Actor::house("t"))).unwrap(), 1);
}

#[test]
fn the_proposer_is_told_once_whichever_way_a_proposal_expires() {
    // When it is asked, for which time, and which of the three comes first.
    for (asked_at, asked, ends, why) in [
        (NOW, LATER, NOW.plus(48 * HOUR), "two days passed"),
        (NOW, NOW.plus(5 * HOUR), NOW.plus(5 * HOUR), "the time asked for has come"),
        (END.plus(-HOUR / 2), LATER, END, "the meeting is over"),
    ] {
        let (world, meeting) = World::of(&["ben@example.org"]);
        world.town.clock.advance(asked_at.since(NOW));
        let proposal = world.propose_by_link(&world.respond("ben@example.org"), asked).unwrap();
        assert_eq!(proposal.expires_at, ends, "{why}");
        world.deliver();
        world.town.clock.advance(ends.since(asked_at));
        for _ in 0..2 {
            world.town.write(|cx| expire_overdue(cx, &Actor::house("t"))).unwrap();
            world.town.write(move |cx| expire(cx, &Actor::house("t"), proposal.id)).unwrap();
        }
        assert_eq!(status(&world, proposal.id), ProposalStatus::Expired, "{why}");
        let left = world.deliver();
        assert_eq!(left.len(), 1, "{why}");
        assert_eq!(left[0].letter.reader.address, "ben@example.org", "{why}");
        assert!(matches!(left[0].letter.says, Says::ProposalOutcome { outcome: Told::Expired, .. }));
        assert!(world.story(meeting.id).contains(&"proposal.expired".to_owned()));
    }
}

#[test]
fn a_cancellation_ends_a_proposal_and_is_itself_what_its_proposer_is_told() {
    let (world, meeting, proposal) = asked();
    world.deliver();
    world.cancel(meeting.id);
    assert_eq!(status(&world, proposal.id), ProposalStatus::Superseded);
    let left = world.deliver();
    let told: Vec<_> =
        left.iter().map(|kept| (kept.letter.reader.address.as_str(), kept.letter.says.kind())).collect();
    assert_eq!(told, [("ana@example.org", "cancellation"), ("ben@example.org", "cancellation")]);
    world.town.clock.advance(8 * DAY);
    world.town.write(|cx| expire_overdue(cx, &Actor::house("t"))).unwrap();
    assert!(world.deliver().is_empty(), "and nothing more, when its time is over");
}

#[test]
fn the_deadline_waits_on_the_queue_and_comes_due() {
    let (world, _, proposal) = asked();
    assert!(world.town.write(|cx| queue::claim(cx, DEADLINES, 10, MINUTE)).unwrap().is_empty());
    world.town.clock.advance(48 * HOUR);
    let due = world.town.write(|cx| queue::claim(cx, DEADLINES, 10, MINUTE)).unwrap();
    assert_eq!(due[0].payload["proposal"], proposal.id.to_string());
}

#[test]
fn a_proposer_takes_it_back_and_a_plain_answer_does_too() {
    let (world, _, proposal) = asked();
    let link = world.respond("ben@example.org");
    for _ in 0..2 {
        let secret = link.clone();
        world.town.write(move |cx| by_link::withdraw(cx, &anyone(), &secret)).unwrap();
    }
    assert_eq!(status(&world, proposal.id), ProposalStatus::Withdrawn);
    let (world, _, proposal) = asked();
    world.answer_by_link(&world.respond("ben@example.org"), PartStat::Tentative).unwrap();
    assert_eq!(status(&world, proposal.id), ProposalStatus::Pending);
    world.answer_by_link(&world.respond("ben@example.org"), PartStat::Accepted).unwrap();
    assert_eq!(status(&world, proposal.id), ProposalStatus::Withdrawn);
}

#[test]
fn whom_the_question_had_reached_is_told_that_it_was_taken_back() {
    // Nobody is told of a question that never left.
    let (world, _, _) = asked();
    let take_back = |world: &World| {
        let secret = world.respond("ben@example.org");
        world.town.write(move |cx| by_link::withdraw(cx, &anyone(), &secret)).unwrap();
    };
    take_back(&world);
    assert_eq!(world.kinds_to("ana@example.org"), ["invitation"]);
    let (world, _, _) = asked();
    world.deliver();
    for _ in 0..2 {
        take_back(&world);
    }
    assert_eq!(world.kinds_to("ana@example.org"), ["invitation", "proposal-ask", "proposal-outcome"]);
    let told = world.newest("ana@example.org", "proposal-outcome").letter;
    assert!(matches!(told.says, Says::ProposalOutcome { outcome: Told::Withdrawn, counter: false, .. }));
    assert!(!serde_json::to_string(&told).unwrap().contains("ben@"));
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation"], "who took it back knows");
}

#[test]
fn an_answer_that_is_known_takes_back_what_was_proposed_since() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    world.town.clock.advance(MINUTE);
    let proposal = world.propose_by_link(&world.respond("ben@example.org"), LATER).unwrap();
    world.town.clock.advance(MINUTE);
    assert_eq!(world.reply(&meeting, "ben@example.org", PartStat::Accepted).outcome, Outcome::Applied);
    assert_eq!(status(&world, proposal.id), ProposalStatus::Withdrawn);
}

#[test]
fn times_that_cannot_be_are_not_proposed_and_leave_the_link_alive() {
    let (world, _) = World::of(&["ben@example.org"]);
    let link = world.respond("ben@example.org");
    for start in [NOW, NOW.plus(-DAY), NOW.plus(6 * 366 * DAY)] {
        assert_eq!(code(world.propose_by_link(&link, start)), "invalid");
    }
    assert_eq!(code(world.propose_by_link(&link, START)), "proposal.same-time");
    assert_eq!(world.open(&link).unwrap().standing, Standing::Live);
    let secret = link.clone();
    let long = world
        .town
        .write(move |cx| by_link::propose(cx, &anyone(), &secret, (LATER, LATER.plus(25 * HOUR)), ""));
    assert_eq!(code(long), "invalid");
}

#[test]
fn a_note_is_told_without_the_addresses_in_it() {
    let (world, _) = World::of(&["ben@example.org"]);
    let secret = world.respond("ben@example.org");
    let note = "Write to ben@example.org\u{202e}\r\n\r\n\r\nor not";
    let (_, proposal) = world
        .town
        .write(move |cx| by_link::propose(cx, &anyone(), &secret, (LATER, LATER.plus(HOUR)), note))
        .unwrap();
    assert_eq!(proposal.note, "Write to [address removed]\n\nor not");
}

#[test]
fn cancelling_ends_what_is_pending() {
    let (world, meeting, proposal) = asked();
    let approve = world.decision("ana@example.org").0;
    world.cancel(meeting.id);
    assert_eq!(status(&world, proposal.id), ProposalStatus::Superseded);
    assert_eq!(code(world.decide_by(Purpose::Approve, approve)), "proposal.superseded");
    assert_eq!(world.load(meeting.id).status, Status::Cancelled);
}

#[test]
fn a_question_is_asked_again_by_a_fresh_link() {
    let (world, meeting, _) = asked();
    let old = world.decision("ana@example.org");
    world.town.clock.advance(HOUR);
    let secret = old.0.clone();
    world.town.write(move |cx| by_link::fresh(cx, &anyone(), Purpose::Approve, &secret)).unwrap();
    let new = world.decision("ana@example.org");
    assert_ne!(old.0, new.0);
    assert_eq!(world.decide_by(Purpose::Approve, new.0).unwrap(), Decided::Moved);
    assert_eq!(world.decide_by(Purpose::Approve, old.0).unwrap(), Decided::Moved);
    assert_eq!(world.load(meeting.id).sequence, 1);
}

#[test]
fn one_participant_asks_so_often_a_day() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let ben = meeting.participants[1].id;
    let ask = |hours: i64| {
        let meeting = meeting.clone();
        world.town.write(move |cx| {
            let start = LATER.plus(hours * HOUR);
            propose(
                cx,
                &anyone(),
                &meeting,
                ben,
                &Asked { start, end: start.plus(HOUR), note: "", road: "page" },
            )
        })
    };
    for hours in 0..20 {
        ask(hours).unwrap();
    }
    assert_eq!(code(ask(20)), "throttled");
    let pending = world.town.read(|cx| see(cx, &operator(), meeting.id)).proposals;
    assert_eq!(pending.iter().filter(|one| one.proposal.status == ProposalStatus::Pending).count(), 1);
    // The same again costs nothing.
    assert!(ask(19).is_ok());
}

#[test]
fn what_waits_for_me_is_found_in_a_list() {
    let (world, meeting, _) = asked();
    let new = crate::accounts::NewUser {
        address: address("ana@example.org"),
        name: String::new(),
        zone: None,
        role: crate::accounts::Role::Member,
    };
    let ana = world.town.write(move |cx| crate::accounts::add(cx, &operator(), &new)).unwrap();
    let who = Actor::new(Who::User { id: ana.id, admin: false }, Road::Page, "t");
    let page = world.town.read(|cx| list(cx, &who, Listing { ahead: true, after: None, limit: 10 }));
    let waiting = awaiting_me(&page);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].0.meeting.id, meeting.id);
}
