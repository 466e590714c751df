//! Who is told of what, once, and in which words.

use super::*;
use crate::agents;

#[test]
fn everybody_with_an_account_is_told_of_a_meeting_but_whoever_did_it() {
    let world = World::new();
    let meeting = world.meeting();
    assert_eq!(world.told(BEN), [("meeting.booked", "Tea with Ana and Kim is booked.".to_owned())]);
    assert!(world.told(ANA).is_empty(), "she did it herself");
    world.move_to(meeting.id, NOW.plus(8 * DAY));
    let ana = world.actor(ANA);
    world.write(move |cx| meetings::cancel(cx, &ana, meeting.id).map(drop));
    world.follow();
    assert_eq!(world.kinds(BEN), ["meeting.booked", "meeting.moved", "meeting.cancelled"]);
    let moved = world.shown(BEN).remove(1);
    let start = NOW.plus(8 * DAY).ms();
    assert_eq!(moved.news.span, Some((start, start + HOUR)));
    assert_eq!(moved.news.was, Some((meeting.start.ms(), meeting.end.ms())));
    assert_eq!(moved.news.path, format!("/meetings/{}", meeting.id));
}

#[test]
fn the_host_is_told_of_answers_in_words_and_by_name_only() {
    let world = World::new();
    let meeting = world.meeting();
    for partstat in [PartStat::Accepted, PartStat::Tentative, PartStat::Declined] {
        world.answer(meeting.id, BEN, partstat);
    }
    let told = world.told(ANA);
    let sentences: Vec<&str> = told.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(sentences, ["Ben accepted Tea.", "Ben may come to Tea.", "Ben declined Tea."]);
    assert!(world.told(BEN).iter().all(|(kind, _)| *kind != "meeting.answered"));
}

#[test]
fn what_was_read_before_tells_nobody_again() {
    let world = World::new();
    let meeting = world.meeting();
    world.connection("connection.invited", ANA, BEN);
    world.answer(meeting.id, BEN, PartStat::Accepted);
    let (told, letters) = (world.told(BEN), world.town.letters().len());
    assert_eq!(told.len(), 2);
    // As after a crash between an effect and its cursor, if they were not committed together.
    let entries = world.town.read(|cx| journal::after(cx, 0, 500));
    for _ in 0..2 {
        let entries = entries.clone();
        world.write(move |cx| entries.iter().try_for_each(|entry| (learn::FOLLOWER.apply)(cx, entry)));
    }
    assert_eq!(world.told(BEN), told);
    assert_eq!(world.town.letters().len(), letters);
}

#[test]
fn a_crash_before_the_commit_leaves_nothing_and_the_next_run_tells_once() {
    let world = World::new();
    let ana = world.actor(ANA);
    let ben = world.user(BEN).id;
    world.write(move |cx| {
        let data = serde_json::json!({ "name": "Ana" });
        let what = Happening::to("connection.invited", &"con_01".to_owned()).with(&ben).data(&data);
        journal::append(cx, &ana, &what).map(drop)
    });
    let entries = world.town.read(|cx| journal::after(cx, 0, 500));
    let broken = world.town.write(move |cx| {
        entries.iter().try_for_each(|entry| (learn::FOLLOWER.apply)(cx, entry))?;
        Err::<(), _>(crate::base::Error::NotFound("power"))
    });
    assert!(broken.is_err() && world.told(BEN).is_empty() && world.letters("notice").is_empty());
    world.follow();
    assert_eq!(world.told(BEN).len(), 1);
    assert_eq!(world.letters("notice").len(), 1);
}

/// Ben asks for a day later; Ana and Kim must agree.
fn asked(world: &World, meeting: &Meeting) -> crate::base::id::ProposalId {
    let (meeting, ben) = (world.load(meeting.id), world.actor(BEN));
    let by = meeting.participants[1].id;
    let id = world.write(move |cx| {
        let (start, end) = (meeting.start.plus(DAY), meeting.end.plus(DAY));
        let asked = Asked { start, end, note: "", road: "page" };
        Ok(meetings::propose(cx, &ben, &meeting, by, &asked)?.id)
    });
    world.follow();
    id
}

fn decide(world: &World, meeting: &Meeting, id: crate::base::id::ProposalId, at: usize, decision: Decision) {
    let meeting = world.load(meeting.id);
    let one = meeting.participants[at].id;
    let who = Actor::new(Who::Participant(one), Road::Link, "t");
    world.write(move |cx| meetings::decide(cx, &who, &meeting, (id, one), decision).map(drop));
    world.follow();
}

#[test]
fn a_proposal_waits_with_whom_it_asks_until_they_decided() {
    let world = World::new();
    let meeting = world.meeting();
    let id = asked(&world, &meeting);
    let waiting = world.shown(ANA).remove(0);
    assert_eq!(sentence(&waiting.news), "Ben asks to move Tea.");
    assert_eq!(waiting.waits.proposal(), Some(id));
    assert!(waiting.notice.read_at.is_none());
    decide(&world, &meeting, id, 0, Decision::Approve);
    let decided = world.shown(ANA).remove(0);
    assert!(matches!(decided.waits, Waits::Nothing));
    assert!(decided.notice.read_at.is_some(), "nothing waits for her any more");
    assert_eq!(world.kinds(BEN), ["meeting.booked"], "Kim has not decided yet");
    decide(&world, &meeting, id, 2, Decision::Approve);
    assert_eq!(world.told(BEN)[1], ("proposal.ended", "Kim approved your new time for Tea.".to_owned()));
    assert_eq!(world.kinds(BEN).len(), 2, "that it moved is said by the same notice");
    assert_eq!(world.kinds(ANA), ["proposal.waiting", "meeting.moved"]);
}

#[test]
fn a_declined_or_expired_proposal_is_told_to_whoever_asked() {
    let world = World::new();
    let meeting = world.meeting();
    let id = asked(&world, &meeting);
    decide(&world, &meeting, id, 0, Decision::Decline);
    assert_eq!(world.told(BEN)[1].1, "Ana declined your new time for Tea.");
    asked(&world, &meeting);
    world.town.clock.advance(3 * DAY);
    world.write(|cx| meetings::expire_overdue(cx, &Actor::house("t")).map(drop));
    world.follow();
    assert_eq!(world.told(BEN)[2].1, "Nobody decided on your new time for Tea: it stays when it is.");
    assert!(world.shown(ANA).iter().all(|one| matches!(one.waits, Waits::Nothing)));
}

#[test]
fn the_host_is_told_of_an_invitation_that_did_not_arrive_once_and_as_they_chose() {
    let world = World::new();
    world.choose(ANA, |chosen| {
        chosen.mail.insert(Kind::DeliveryFailed, Mail::Never);
    });
    let meeting = world.meeting();
    let bounce = |meeting: &Meeting, at: usize| {
        let id = meeting.participants[at].last_letter.unwrap();
        world.write(move |cx| meetings::settle(cx, &Actor::house("t"), id, State::Bounced, Some("550 no")));
        world.follow();
    };
    bounce(&meeting, 2);
    let failed = ("delivery.failed", "The invitation for Kim to Tea did not arrive.".to_owned());
    assert_eq!(world.told(ANA), [failed]);
    assert!(world.letters("notice").is_empty() && world.letters("delivery-failed").is_empty());
    world.choose(ANA, |chosen| {
        chosen.mail.insert(Kind::DeliveryFailed, Mail::AtOnce);
    });
    bounce(&meeting, 1);
    assert_eq!(world.letters("notice").len(), 1);
}

#[test]
fn connections_are_told_by_their_entry_alone_and_wait_until_something_becomes_of_them() {
    let world = World::new();
    world.connection("connection.invited", ANA, BEN);
    let invited = world.shown(BEN).remove(0);
    assert_eq!(sentence(&invited.news), "Ana asks to connect with you.");
    assert!(
        matches!(&invited.waits, Waits::Connection { id, .. } if id == "con_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")
    );
    assert_eq!(invited.news.path, "/connections/con_019d4b5ad0007d3c8f1e2a3b4c5d6e7f");
    assert_eq!(world.deliver().len(), 1);
    world.connection("connection.accepted", BEN, ANA);
    assert!(matches!(world.shown(BEN)[0].waits, Waits::Nothing));
    assert_eq!(world.told(ANA)[0].1, "Ben accepted: you are connected now.");
    world.connection("connection.revoked", BEN, ANA);
    assert_eq!(world.told(ANA)[1].1, "Ben ended your connection.");
    assert_eq!(world.letters("notice").len(), 2, "invited and accepted are mailed at once, the end is not");
}

#[test]
fn what_a_program_did_is_told_of_as_its_owners() {
    let world = World::new();
    let who = world.actor(BEN);
    let (ben, ana) = (world.user(BEN).id, world.user(ANA).id);
    world.write(move |cx| {
        let new = agents::NewRegistration {
            is_discoverable: true,
            ..agents::NewRegistration::of(agents::Kind::Personal, "Max")
        };
        let id = agents::register(cx, &who, &new)?.agent.id;
        let max = Actor::new(Who::Agent { id, user: ben }, Road::Api, "t");
        let subject = "con_019d4b5ad0007d3c8f1e2a3b4c5d6e7f".to_owned();
        journal::append(cx, &max, &Happening::to("connection.accepted", &subject).with(&ana)).map(drop)
    });
    world.follow();
    assert_eq!(world.told(ANA)[0].1, "Ben accepted: you are connected now.");
}

#[test]
fn what_is_erased_is_in_no_notice_any_more() {
    let world = World::new();
    world.meeting();
    world.connection("connection.invited", BEN, ANA);
    assert_eq!(world.told(ANA)[0].1, "Ben asks to connect with you.");
    let ben = world.user(BEN).id;
    world.write(|cx| {
        meetings::about_you::erase(cx, &operator(), &address(BEN))?;
        accounts::erase(cx, &operator(), &address(BEN))
    });
    world.follow();
    assert_eq!(world.told(ANA)[0].1, "Somebody asks to connect with you.");
    assert!(world.town.read(|cx| after(cx, ben, 0, 100, "t")).is_empty());
    let kept = world.town.whole_text();
    let of_notices: Vec<_> = kept.lines().filter(|line| line.starts_with("notice")).collect();
    assert!(!of_notices.iter().any(|line| line.contains("Ben")), "{of_notices:?}");
}

#[test]
fn an_export_says_what_was_told_and_chosen() {
    let world = World::new();
    world.meeting();
    world.choose(BEN, |chosen| chosen.quiet = crate::base::hours::Window::parse("22:00-07:00"));
    let ben = world.user(BEN).id;
    let document = world.town.read(|cx| export(cx, ben));
    assert_eq!(document["notices"][0]["text"], "Tea with Ana and Kim is booked.");
    assert_eq!(document["quiet_hours"], "22:00-07:00");
    assert_eq!(document["digest_at"], "08:00");
    assert_eq!(document["mail"]["meeting.moved"], "never");
}

#[test]
fn notices_go_when_their_time_is_over_and_places_are_never_given_twice() {
    let world = World::new();
    world.meeting();
    world.town.clock.advance(91 * DAY);
    assert_eq!(world.write(|cx| delete_ended(cx)), 1);
    world.connection("connection.invited", ANA, BEN);
    assert_eq!(world.shown(BEN)[0].notice.place, 2);
}
