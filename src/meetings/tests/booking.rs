//! Making, booking, moving, cancelling, resending and seeing meetings.

use super::*;
use crate::accounts::{self, NewUser, User};

/// Somebody with an account, and how they ask.
fn member(world: &World, email: &str) -> (User, Actor) {
    let new = NewUser {
        address: address(email),
        name: "Mel".to_owned(),
        zone: Zone::parse("Europe/Lisbon"),
        role: accounts::Role::Member,
    };
    let user = world.town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
    let who = Actor::new(Who::User { id: user.id, admin: false }, Road::Page, "t");
    (user, who)
}

fn create_as(world: &World, who: &Actor, new: &NewMeeting) -> Result<Meeting> {
    let (who, new) = (who.clone(), new.clone());
    world.town.write(move |cx| create(cx, &who, &new))
}

#[test]
fn booking_sends_each_one_an_invitation_of_their_own_with_one_uid() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    assert_eq!((meeting.status, meeting.sequence), (Status::Scheduled, 0));
    for (email, other) in [("ana@example.org", "ben"), ("ben@example.org", "ana")] {
        let kept = world.newest(email, "invitation");
        let event = kept.letter.says.event().unwrap();
        assert_eq!((&event.uid, event.sequence, event.start), (&meeting.uid, 0, START.ms()));
        assert_eq!(event.others.len(), 1);
        assert_eq!(event.others[0].name.as_deref(), Some(&*format!("Name-of-{other}")));
        let json = serde_json::to_string(&kept.letter).unwrap();
        assert!(!json.contains(&format!("{other}@")), "{json}");
        assert_eq!(world.participant(meeting.id, email).delivery, Delivery::Sent);
    }
    assert_eq!(world.town.letters().len(), 2);
    assert_eq!(world.story(meeting.id)[..2], ["meeting.created", "meeting.booked"]);
}

#[test]
fn a_meeting_without_a_guest_is_open_and_mails_nobody_until_it_is_booked() {
    let world = World::new();
    let meeting = world.make(&tea(&[]));
    assert_eq!(meeting.status, Status::Open);
    assert!(world.town.letters().is_empty());
    let id = meeting.id;
    let ben = person("ben@example.org");
    let booked = world.town.write(move |cx| book(cx, &operator(), id, &ben)).unwrap();
    assert_eq!((booked.status, booked.sequence, booked.participants.len()), (Status::Scheduled, 0, 2));
    assert_eq!(world.deliver().len(), 2);
    let cy = person("cy@example.org");
    assert_eq!(code(world.town.write(move |cx| book(cx, &operator(), id, &cy))), "meeting.booked");
    world.cancel(id);
    let cy = person("cy@example.org");
    assert_eq!(code(world.town.write(move |cx| book(cx, &operator(), id, &cy))), "meeting.cancelled");
}

#[test]
fn an_open_meeting_moves_and_ends_without_mail() {
    let world = World::new();
    let meeting = world.make(&tea(&[]));
    assert_eq!(world.move_by(meeting.id, DAY).unwrap().start, START.plus(DAY));
    assert_eq!(world.cancel(meeting.id).status, Status::Cancelled);
    assert!(world.town.letters().is_empty());
    let late = world.make(&tea(&[]));
    world.town.clock.advance(8 * DAY);
    let id = late.id;
    let ben = person("ben@example.org");
    assert_eq!(code(world.town.write(move |cx| book(cx, &operator(), id, &ben))), "meeting.past");
}

#[test]
fn the_first_request_that_anybody_gets_is_sequence_0_and_it_rises_once_somebody_was_sent_one() {
    let world = World::new();
    let id = world.make(&tea(&[])).id;
    for _ in 0..2 {
        assert_eq!(world.move_by(id, DAY).unwrap().sequence, 0, "nobody saw what it was before");
    }
    let ben = person("ben@example.org");
    world.town.write(move |cx| book(cx, &operator(), id, &ben)).unwrap();
    let first = world.deliver();
    let sent: Vec<_> = first.iter().map(|kept| (kept.letter.says.kind(), sequence_of(kept))).collect();
    assert_eq!(sent, [("invitation", 0), ("invitation", 0)]);
    assert_eq!(first[0].letter.says.event().unwrap().start, START.plus(2 * DAY).ms());
    world.move_by(id, DAY).unwrap();
    let updates = world.deliver();
    assert!(updates.iter().all(|kept| kept.letter.says.kind() == "update" && sequence_of(kept) == 1));
    world.cancel(id);
    assert!(world.deliver().iter().all(|kept| sequence_of(kept) == 2));
}

#[test]
fn a_meeting_that_ends_while_it_is_open_was_never_revised() {
    let world = World::new();
    let id = world.make(&tea(&[])).id;
    world.move_by(id, DAY).unwrap();
    let ended = world.cancel(id);
    assert_eq!((ended.status, ended.sequence), (Status::Cancelled, 0));
}

fn sequence_of(kept: &Kept) -> i64 {
    kept.letter.says.event().unwrap().sequence
}

#[test]
fn a_time_that_cannot_be_is_refused() {
    let world = World::new();
    let cases = [
        (START, START, "end"),
        (START, START.plus(-HOUR), "end"),
        (NOW, NOW.plus(HOUR), "start"),
        (NOW.plus(-HOUR), NOW.plus(HOUR), "start"),
        (START, START.plus(25 * HOUR), "end"),
        (NOW.plus(6 * 366 * DAY), NOW.plus(6 * 366 * DAY + HOUR), "start"),
    ];
    for (start, end, named) in cases {
        let refused = create_as(&world, &operator(), &NewMeeting { start, end, ..tea(&[]) }).unwrap_err();
        assert!(matches!(&refused, Error::Invalid { field, .. } if field == named), "{refused:?}");
    }
}

#[test]
fn words_from_outside_hold_no_address_and_a_name_is_no_address() {
    let world = World::new();
    let mut new = tea(&["ben@example.org"]);
    new.title = "Tea with ben@example.org".to_owned();
    new.location = "mailto:ben@example.org".to_owned();
    new.description = "Write to\nben%40example.org".to_owned();
    new.guests[0].name = Some("ben@example.org".to_owned());
    let meeting = world.make(&new);
    assert_eq!(meeting.title, "Tea with [address removed]");
    assert_eq!(meeting.participants[1].name, "");
    let to_ana = serde_json::to_string(&world.newest("ana@example.org", "invitation").letter).unwrap();
    assert!(!to_ana.contains("ben@") && !to_ana.contains("ben%40"), "{to_ana}");
    let untitled = world.make(&NewMeeting { title: " \u{200b}".to_owned(), ..tea(&[]) });
    assert_eq!(untitled.title, "Practice Session");
}

#[test]
fn two_who_share_a_mailbox_get_one_message() {
    let (world, meeting) = World::of(&["ANA+b@example.org", "ben@example.org"]);
    assert_eq!(world.town.letters().len(), 2);
    let shared = &world.load(meeting.id).participants[1];
    assert_eq!(shared.same_as, Some(meeting.participants[0].id));
    assert_eq!(shared.delivery, Delivery::Sent);
    world.reply(&meeting, "ana@example.org", PartStat::Accepted);
    assert_eq!(world.load(meeting.id).participants[1].partstat, PartStat::Accepted);
}

#[test]
fn nobody_is_invited_at_the_organizer_s_own_mailbox() {
    let world = World::new();
    let refused = create_as(&world, &operator(), &tea(&["Scheduling+token@entente.test"]));
    assert_eq!(code(refused), "invalid");
    assert!(world.town.letters().is_empty());
}

#[test]
fn a_member_hosts_in_their_own_name_only() {
    let world = World::new();
    let (user, who) = member(&world, "mel@example.org");
    assert_eq!(code(create_as(&world, &who, &tea(&["ben@example.org"]))), "denied");
    let host = Person { address: address("MEL@example.org"), name: None, zone: None };
    let meeting = create_as(&world, &who, &NewMeeting { host, ..tea(&["ben@example.org"]) }).unwrap();
    assert_eq!((meeting.owner, meeting.zone.name()), (Some(user.id), "Europe/Lisbon"));
    assert_eq!(meeting.host().unwrap().name, "Mel");
    assert_eq!(code(create_as(&world, &anyone(), &tea(&[]))), "denied");
}

#[test]
fn a_member_has_so_many_new_addresses_written_to_per_day() {
    let world = World::with(|house| house.new_recipients_per_day = 2);
    let (_, who) = member(&world, "mel@example.org");
    let with = |guests: &[&str]| NewMeeting { host: person("mel@example.org"), ..tea(guests) };
    create_as(&world, &who, &with(&["ben@example.org"])).unwrap();
    create_as(&world, &who, &with(&["ben@example.org"])).unwrap();
    assert_eq!(code(create_as(&world, &who, &with(&["cy@example.org", "di@example.org"]))), "throttled");
    assert_eq!(world.kinds_to("cy@example.org"), [""; 0]);
    create_as(&world, &who, &with(&["cy@example.org"])).unwrap();
    assert_eq!(code(create_as(&world, &who, &with(&["di@example.org"]))), "throttled");
    create_as(&world, &operator(), &tea(&["di@example.org", "eve@example.org", "fay@example.org"])).unwrap();
    world.town.clock.advance(DAY);
    create_as(&world, &who, &with(&["gil@example.org"])).unwrap();
}

#[test]
fn a_video_place_comes_from_the_house_s_template() {
    let world = World::with(|house| house.video_url = "https://meet.example.org/{id}".to_owned());
    let meeting = world.make(&NewMeeting { video: true, ..tea(&[]) });
    assert!(meeting.location.starts_with("https://meet.example.org/") && !meeting.location.contains('{'));
    let without = World::new();
    assert_eq!(code(create_as(&without, &operator(), &NewMeeting { video: true, ..tea(&[]) })), "invalid");
}

#[test]
fn moving_raises_the_sequence_once_and_asks_everybody_anew() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    let old = world.respond("ben@example.org");
    let moved = world.move_by(meeting.id, DAY).unwrap();
    assert_eq!((moved.sequence, moved.uid.as_str()), (1, meeting.uid.as_str()));
    assert_eq!(moved.participants[1].partstat, PartStat::NeedsAction);
    assert_eq!(world.open(&old).unwrap().standing, Standing::Expired);
    let update = world.newest("ben@example.org", "update").letter;
    assert!(matches!(update.says, Says::Update { was, .. } if was == (START.ms(), END.ms())));
    assert!(update.in_reply_to.is_some());
    // The same again is the time it has already.
    let id = meeting.id;
    let again = world.town.write(move |cx| move_to(cx, &operator(), id, START.plus(DAY), END.plus(DAY)));
    assert_eq!(again.unwrap().sequence, 1);
    assert_eq!(world.deliver().len(), 2);
}

#[test]
fn a_newer_revision_takes_back_what_has_not_left_and_is_the_invitation_then() {
    let world = World::new();
    let meeting = world.make(&tea(&["ben@example.org"]));
    world.move_by(meeting.id, DAY).unwrap();
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation"]);
    let left = world.deliver();
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|kept| kept.letter.says.event().unwrap().sequence == 1));
    world.move_by(meeting.id, DAY).unwrap();
    world.move_by(meeting.id, DAY).unwrap();
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation", "update"]);
}

#[test]
fn a_letter_that_is_on_its_way_is_not_taken_back_and_arrives_before_the_newer() {
    let world = World::new();
    let meeting = world.make(&tea(&["ben@example.org"]));
    let leased = world.town.write(|cx| queue::claim(cx, letter::TOPIC, 10, HOUR)).unwrap();
    world.move_by(meeting.id, DAY).unwrap();
    assert_eq!(world.deliver().len(), 0);
    for lease in leased {
        let id: LetterId = lease.payload["letter"].as_str().unwrap().parse().unwrap();
        world
            .town
            .write(move |cx| {
                queue::done(cx, &lease)?;
                settle(cx, &Actor::house("t"), id, State::Sent, None)
            })
            .unwrap();
    }
    assert_eq!(world.deliver().len(), 2);
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation", "update"]);
}

#[test]
fn a_meeting_long_ahead_is_still_updated_when_its_first_letters_are_gone() {
    let world = World::new();
    let meeting = world.make(&NewMeeting {
        start: NOW.plus(90 * DAY),
        end: NOW.plus(90 * DAY + HOUR),
        ..tea(&["ben@example.org"])
    });
    world.deliver();
    world.town.clock.advance(40 * DAY);
    world.town.write(|cx| letter::delete_ended(cx)).unwrap();
    world.move_by(meeting.id, DAY).unwrap();
    assert_eq!(world.kinds_to("ben@example.org"), ["update"]);
}

#[test]
fn cancelling_ends_it_for_everybody_and_again_changes_nothing() {
    let (world, meeting) = World::of(&["ben@example.org", "cy@example.org"]);
    let respond = world.respond("ben@example.org");
    for _ in 0..2 {
        let cancelled = world.cancel(meeting.id);
        assert_eq!((cancelled.status, cancelled.sequence), (Status::Cancelled, 1));
    }
    let left = world.deliver();
    assert_eq!(left.len(), 3);
    for kept in left {
        assert!(matches!(kept.letter.says, Says::Cancellation { cause: Cause::CalledOff, .. }));
    }
    assert_eq!(code(world.move_by(meeting.id, DAY)), "meeting.cancelled");
    let id = meeting.id;
    assert_eq!(code(world.town.write(move |cx| resend(cx, &operator(), id))), "meeting.cancelled");
    assert_eq!(code(world.propose_by_link(&respond, START.plus(DAY))), "meeting.cancelled");
    assert_eq!(code(world.answer_by_link(&respond, PartStat::Accepted)), "meeting.cancelled");
}

#[test]
fn what_is_over_is_neither_moved_cancelled_nor_sent_again() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.town.clock.advance(7 * DAY + HOUR);
    let id = meeting.id;
    let later = world.now().plus(DAY);
    let moved = world.town.write(move |cx| move_to(cx, &operator(), id, later, later.plus(HOUR)));
    assert_eq!(code(moved), "meeting.past");
    assert_eq!(code(world.town.write(move |cx| cancel(cx, &operator(), id))), "meeting.past");
    assert_eq!(code(world.town.write(move |cx| resend(cx, &operator(), id))), "meeting.past");
}

#[test]
fn sending_again_is_a_new_edition_of_the_same_revision() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    let id = meeting.id;
    let resent = world.town.write(move |cx| resend(cx, &operator(), id)).unwrap();
    assert_eq!((resent.sequence, resent.edition), (0, 1));
    let left = world.deliver();
    assert_eq!(left.len(), 2);
    let ids: Vec<_> = left.iter().map(|kept| kept.letter.message_id.clone()).collect();
    assert!(!ids.contains(&world.participant(id, "ben@example.org").first_message_id.unwrap()));
    let event = world.newest("ben@example.org", "invitation");
    assert_eq!(event.letter.says.event().unwrap().partstat, "accepted");
    assert_eq!(world.load(id).participants[1].partstat, PartStat::Accepted);
}

#[test]
fn only_who_may_sees_a_meeting_and_addresses_only_who_named_them() {
    let world = World::new();
    let (_, mel) = member(&world, "mel@example.org");
    let (_, ben) = member(&world, "ben@example.org");
    let (_, eve) = member(&world, "eve@example.org");
    let new = NewMeeting { host: person("mel@example.org"), ..tea(&["ben@example.org", "cy@example.org"]) };
    let meeting = create_as(&world, &mel, &new).unwrap();
    let id = meeting.id;
    let seen = |who: &Actor| world.town.store.read_blocking(|cx| see(cx, who, id));
    let addresses =
        |who: &Actor| -> Vec<bool> { seen(who).unwrap().addresses.iter().map(Option::is_some).collect() };
    assert_eq!(addresses(&mel), [true, true, true]);
    assert_eq!(addresses(&ben), [false, true, false]);
    assert_eq!(addresses(&operator()), [true, true, true]);
    assert!(!seen(&ben).unwrap().may_manage);
    assert_eq!(code(seen(&eve)), "not-found");
    assert_eq!(code(seen(&anyone())), "not-found");
    let cancel_as = |who: &Actor| {
        let who = who.clone();
        world.town.write(move |cx| cancel(cx, &who, id))
    };
    assert_eq!(code(cancel_as(&ben)), "denied");
    assert_eq!(code(cancel_as(&eve)), "not-found");
    assert!(!world.town.read(|cx| super::super::story(cx, &ben, id)).is_empty());
    assert_eq!(code(world.town.store.read_blocking(|cx| super::super::story(cx, &eve, id))), "not-found");
    assert_eq!(cancel_as(&mel).unwrap().status, Status::Cancelled);
}

#[test]
fn meetings_are_listed_page_by_page_to_whom_they_concern() {
    let world = World::new();
    let (_, ben) = member(&world, "ben@example.org");
    for day in 0..5 {
        let (start, end) = (START.plus(day * DAY), END.plus(day * DAY));
        world.make(&NewMeeting { start, end, ..tea(&["ben@example.org"]) });
        world.make(&NewMeeting { start, end, ..tea(&["cy@example.org"]) });
    }
    let page =
        |who: &Actor, ahead, after| world.town.read(|cx| list(cx, who, Listing { ahead, after, limit: 3 }));
    let first = page(&ben, true, None);
    assert_eq!(first.meetings.len(), 3);
    let second = page(&ben, true, first.next);
    assert_eq!((second.meetings.len(), second.next), (2, None));
    assert!(first.meetings[2].meeting.start < second.meetings[0].meeting.start);
    assert!(page(&ben, false, None).meetings.is_empty());
    assert!(page(&operator(), true, None).next.is_some());
    // One is going on: it is still ahead, and not yet past.
    world.town.clock.advance(8 * DAY + 30 * MINUTE);
    assert_eq!(page(&ben, true, None).meetings[0].meeting.start, START.plus(DAY));
    let past = page(&ben, false, None);
    assert_eq!(past.meetings.iter().map(|seen| seen.meeting.start).collect::<Vec<_>>(), [START]);
    assert_eq!(
        code(world.town.store.read_blocking(|cx| list(
            cx,
            &anyone(),
            Listing { ahead: true, after: None, limit: 3 }
        ))),
        "unauthenticated"
    );
}

#[test]
fn whoever_had_agreed_is_at_it_as_accepted_and_is_neither_asked_nor_nudged() {
    let world = World::new();
    let new = tea(&["ben@example.org", "cy@example.org"]);
    let agreed = [address("Ben@example.org"), address("ana@example.org"), address("zoe@example.org")];
    let meeting = world.town.write(move |cx| create_agreed(cx, &operator(), &new, &agreed, None)).unwrap();
    let said: Vec<PartStat> = meeting.participants.iter().map(|one| one.partstat).collect();
    assert_eq!(said, [PartStat::Accepted, PartStat::Accepted, PartStat::NeedsAction]);
    for (email, partstat) in [("ana", "accepted"), ("ben", "accepted"), ("cy", "needs-action")] {
        let kept = world.newest(&format!("{email}@example.org"), "invitation");
        let Says::Invitation { event, .. } = kept.letter.says else { panic!("an invitation") };
        assert_eq!(event.partstat, partstat, "{email}");
    }
    world.deliver();
    let meeting = world.load(meeting.id);
    assert_eq!(world.town.read(|cx| unanswered(cx, &meeting)), [meeting.participants[2].id]);
}

#[test]
fn a_calendar_that_says_yes_to_what_was_agreed_says_nothing_new_and_a_later_no_counts() {
    let world = World::new();
    let new = tea(&["ben@example.org"]);
    let agreed = [address("ana@example.org"), address("ben@example.org")];
    let meeting = world.town.write(move |cx| create_agreed(cx, &operator(), &new, &agreed, None)).unwrap();
    world.deliver();
    let yes = world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    assert_ne!(yes.outcome, Outcome::Applied);
    assert!(!world.story(meeting.id).contains(&"invitation.answered".to_owned()), "it is no news");
    let perhaps = world.reply(&meeting, "ben@example.org", PartStat::Tentative);
    assert_eq!(perhaps.outcome, Outcome::Applied);
    assert_eq!(world.participant(meeting.id, "ben@example.org").partstat, PartStat::Tentative);
}

#[test]
fn a_new_time_is_asked_about_again_also_of_those_who_had_agreed_to_the_old_one() {
    let world = World::new();
    let new = tea(&["ben@example.org"]);
    let agreed = [address("ana@example.org"), address("ben@example.org")];
    let meeting = world.town.write(move |cx| create_agreed(cx, &operator(), &new, &agreed, None)).unwrap();
    world.move_by(meeting.id, DAY).unwrap();
    let meeting = world.load(meeting.id);
    assert!(meeting.participants.iter().all(|one| one.partstat == PartStat::NeedsAction));
}
