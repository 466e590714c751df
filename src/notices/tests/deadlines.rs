//! What falls due: the reminder that a move replaces, and the one nudge to who has not answered.

use super::*;

fn reminders(world: &World, email: &str) -> usize {
    world.kinds(email).iter().filter(|kind| **kind == "meeting.soon").count()
}

#[test]
fn a_reminder_comes_once_to_everybody_with_an_account_as_early_as_they_chose() {
    let world = World::new();
    world.choose(BEN, |chosen| chosen.remind_minutes = None);
    let meeting = world.meeting_at(NOW.plus(5 * HOUR));
    world.go_to(NOW.plus(4 * HOUR - MINUTE));
    assert_eq!(reminders(&world, ANA), 0);
    world.go_to(NOW.plus(4 * HOUR));
    assert_eq!(world.told(ANA), [("meeting.soon", "Tea with Ben and Kim begins soon.".to_owned())]);
    assert_eq!(world.shown(ANA)[0].news.span, Some((meeting.start.ms(), meeting.end.ms())));
    world.go_to(NOW.plus(8 * HOUR));
    assert_eq!((reminders(&world, ANA), reminders(&world, BEN)), (1, 0));
}

#[test]
fn a_move_replaces_the_reminder_and_a_cancellation_drops_it() {
    let world = World::new();
    let meeting = world.meeting_at(NOW.plus(5 * HOUR));
    world.move_to(meeting.id, NOW.plus(9 * HOUR));
    world.go_to(NOW.plus(7 * HOUR));
    assert_eq!(reminders(&world, BEN), 0, "the old time counts no more");
    world.go_to(NOW.plus(8 * HOUR));
    assert_eq!((reminders(&world, ANA), reminders(&world, BEN)), (1, 1));
    let other = world.meeting_at(NOW.plus(12 * HOUR));
    let ana = world.actor(ANA);
    world.write(move |cx| meetings::cancel(cx, &ana, other.id).map(drop));
    world.follow();
    assert_eq!(waiting(&world), 0, "nothing is left on the queue");
    world.go_to(NOW.plus(13 * HOUR));
    assert_eq!(reminders(&world, BEN), 1);
}

/// How much is still to fall due.
fn waiting(world: &World) -> i64 {
    let topics = world.town.read(|cx| queue::topics(cx));
    topics.iter().find(|one| one.topic == TOPIC).map_or(0, |one| one.depth)
}

#[test]
fn a_reminder_that_was_held_up_by_a_move_at_the_last_moment_finds_nothing_to_do() {
    let world = World::new();
    let meeting = world.meeting_at(NOW.plus(5 * HOUR));
    world.town.clock.advance(4 * HOUR);
    // Claimed already when the meeting moves: it can no longer be taken off the queue.
    let leases = world.write(|cx| queue::claim(cx, TOPIC, 50, MINUTE));
    assert_eq!(leases.len(), 2);
    world.move_to(meeting.id, NOW.plus(9 * HOUR));
    world.write(move |cx| leases.iter().try_for_each(|lease| due(cx, lease)));
    world.follow();
    assert_eq!(reminders(&world, BEN), 0);
    world.go_to(NOW.plus(8 * HOUR));
    assert_eq!(reminders(&world, BEN), 1);
}

#[test]
fn who_declined_is_not_reminded_and_who_chose_anew_is_reminded_then() {
    let world = World::new();
    let meeting = world.meeting_at(NOW.plus(10 * HOUR));
    world.answer(meeting.id, BEN, PartStat::Declined);
    world.choose(ANA, |chosen| chosen.remind_minutes = Some(120));
    world.go_to(NOW.plus(8 * HOUR));
    assert_eq!((reminders(&world, ANA), reminders(&world, BEN)), (1, 0));
    world.go_to(NOW.plus(10 * HOUR));
    assert_eq!((reminders(&world, ANA), reminders(&world, BEN)), (1, 0));
}

#[test]
fn whoever_gets_an_account_is_reminded_of_what_they_are_at_already() {
    let world = World::new();
    world.meeting_at(NOW.plus(5 * HOUR));
    world.write(|cx| {
        let new = NewUser { address: address(KIM), name: "Kim".to_owned(), zone: None, role: Role::Member };
        accounts::add(cx, &operator(), &new).map(drop)
    });
    world.follow();
    world.go_to(NOW.plus(4 * HOUR));
    assert_eq!(reminders(&world, KIM), 1);
}

/// Who was nudged, in the order of their addresses.
fn nudged(world: &World) -> Vec<String> {
    let mut nudged: Vec<_> = world.letters("nudge").into_iter().map(|(to, _)| to).collect();
    nudged.sort();
    nudged
}

#[test]
fn a_nudge_goes_once_to_who_has_not_answered_with_or_without_an_account() {
    let world = World::new();
    let meeting = world.meeting();
    world.answer(meeting.id, ANA, PartStat::Accepted);
    world.go_to(NOW.plus(DAY - MINUTE));
    assert!(nudged(&world).is_empty());
    world.go_to(NOW.plus(DAY));
    assert_eq!(nudged(&world), [BEN, KIM]);
    world.go_to(NOW.plus(4 * DAY));
    assert_eq!(nudged(&world), [BEN, KIM], "once for each revision");
    assert_eq!((nudges(&world, ANA), nudges(&world, BEN)), (0, 1), "in-app as well, and once as well");
    let told = world.shown(BEN).pop().unwrap();
    assert_eq!(sentence(&told.news), "Your answer to Tea with Ana and Kim is awaited.");
    assert_eq!(told.news.span, Some((meeting.start.ms(), meeting.end.ms())));
    assert!(matches!(&told.waits, Waits::Answer(seen) if seen.meeting.id == meeting.id));
    assert!(told.notice.read_at.is_none());
}

/// How many nudges somebody has in-app.
fn nudges(world: &World, email: &str) -> usize {
    world.kinds(email).iter().filter(|kind| **kind == "nudge").count()
}

/// Whether somebody's nudge still asks for their answer; one that does not counts as read.
fn is_open(world: &World, email: &str) -> bool {
    let nudge = world.shown(email).into_iter().find(|one| one.notice.kind == Kind::Nudge).unwrap();
    assert_eq!(nudge.notice.read_at.is_none(), matches!(nudge.waits, Waits::Answer(_)));
    nudge.notice.read_at.is_none()
}

#[test]
fn a_nudge_asks_in_app_until_it_is_answered_or_another_time_is_asked_for_or_the_meeting_is_another() {
    for end in ["answered", "asked", "moved", "cancelled"] {
        let world = World::new();
        let meeting = world.meeting();
        world.go_to(NOW.plus(DAY));
        assert!(is_open(&world, BEN), "{end}");
        let (ana, ben, id) = (world.actor(ANA), world.actor(BEN), meeting.id);
        match end {
            "answered" => world.answer(id, BEN, PartStat::Tentative),
            "asked" => world.write(move |cx| {
                let (start, end) = (meeting.start.plus(DAY), meeting.end.plus(DAY));
                let asked = Asked { start, end, note: "", road: "page" };
                meetings::propose(cx, &ben, &meeting, meeting.participants[1].id, &asked).map(drop)
            }),
            "moved" => world.move_to(id, NOW.plus(9 * DAY)),
            _ => world.write(move |cx| meetings::cancel(cx, &ana, id).map(drop)),
        }
        world.follow();
        assert!(!is_open(&world, BEN), "{end}");
    }
    let world = World::new();
    let (meeting, begins) = (world.meeting(), NOW.plus(7 * DAY));
    world.go_to(NOW.plus(DAY));
    world.town.clock.advance(begins.since(world.now()) + HOUR);
    let over = world.shown(BEN).into_iter().find(|one| one.notice.kind == Kind::Nudge).unwrap();
    assert!(matches!(over.waits, Waits::Nothing), "{} is over", meeting.id);
}

#[test]
fn an_answer_between_the_deadline_and_its_notice_leaves_nothing_to_tell() {
    let world = World::new();
    let meeting = world.meeting();
    world.town.clock.advance(DAY);
    world.write(|cx| {
        let leases = queue::claim(cx, TOPIC, 50, MINUTE)?;
        leases.iter().try_for_each(|lease| due(cx, lease))
    });
    // Nobody has read the journal yet.
    world.answer(meeting.id, BEN, PartStat::Accepted);
    assert_eq!((nudges(&world, ANA), nudges(&world, BEN)), (1, 0));
    assert_eq!(nudged(&world), [ANA, KIM]);
}

#[test]
fn a_nudge_waits_for_the_digest_of_who_chose_that() {
    let world = World::new();
    for email in [ANA, BEN] {
        world.choose(email, |chosen| {
            chosen.mail.insert(Kind::Nudge, Mail::Daily);
        });
    }
    let meeting = world.meeting();
    world.go_to(NOW.plus(DAY));
    assert_eq!(nudged(&world), [KIM]);
    world.answer(meeting.id, ANA, PartStat::Accepted);
    world.go_to(NOW.plus(3 * DAY));
    let digests: Vec<_> = world.letters("digest").into_iter().map(|(to, _)| to).collect();
    assert_eq!(digests, [BEN], "once, and not for who has answered meanwhile");
    let letters = world.town.letters();
    let news = letters.iter().find_map(|kept| match &kept.letter.says {
        Says::Digest { news, .. } => Some(news),
        _ => None,
    });
    assert_eq!(sentence(&news.unwrap()[0]), "Your answer to Tea with Ana and Kim is awaited.");
    assert_eq!(nudged(&world), [KIM], "never by both roads");
}

#[test]
fn a_nudge_has_the_link_and_the_thread_of_the_invitation() {
    let world = World::new();
    world.meeting();
    world.go_to(NOW.plus(DAY));
    let letters = world.town.letters();
    let to_kim = |kind: &str| {
        letters
            .iter()
            .find(|kept| kept.letter.says.kind() == kind && kept.letter.reader.address == KIM)
            .unwrap()
            .letter
            .clone()
    };
    let (invitation, nudge) = (to_kim("invitation"), to_kim("nudge"));
    let (Says::Invitation { respond: first, .. }, Says::Nudge { respond, .. }) =
        (&invitation.says, &nudge.says)
    else {
        panic!("other kinds")
    };
    assert_eq!(first, respond);
    assert_eq!(nudge.in_reply_to, Some(invitation.message_id));
}

#[test]
fn a_nudge_that_is_read_or_came_too_late_is_not_mailed_after_quiet_hours() {
    let world = World::new();
    world.choose(BEN, |chosen| chosen.quiet = crate::base::hours::Window::parse("08:00-12:00"));
    world.choose(ANA, |chosen| chosen.quiet = crate::base::hours::Window::parse("09:00-08:00"));
    world.meeting_at(NOW.plus(36 * HOUR));
    world.go_to(NOW.plus(DAY));
    assert_eq!(nudged(&world), [BEN, KIM], "hers would be read after the meeting");
    let (who, id) = (world.actor(BEN), world.shown(BEN).pop().unwrap().notice.id);
    world.write(move |cx| mark_read(cx, &who, id).map(drop));
    assert_eq!(nudged(&world), [KIM]);
    assert_eq!((nudges(&world, ANA), nudges(&world, BEN)), (1, 1));
}

#[test]
fn an_answer_stops_a_nudge_that_waits_for_the_end_of_quiet_hours() {
    let world = World::new();
    world.choose(BEN, |chosen| chosen.quiet = crate::base::hours::Window::parse("08:00-12:00"));
    let meeting = world.meeting();
    world.go_to(NOW.plus(DAY));
    assert_eq!(world.letters("nudge").iter().find(|(to, _)| to == BEN).unwrap().1, NOW.plus(27 * HOUR));
    world.answer(meeting.id, BEN, PartStat::Accepted);
    world.go_to(NOW.plus(28 * HOUR));
    assert_eq!(nudged(&world), [ANA, KIM]);
}

#[test]
fn a_nudge_is_for_the_present_revision_and_not_too_late() {
    let world = World::new();
    let meeting = world.meeting();
    world.town.clock.advance(20 * HOUR);
    world.move_to(meeting.id, NOW.plus(9 * DAY));
    world.deliver();
    world.go_to(NOW.plus(43 * HOUR));
    assert!(nudged(&world).is_empty(), "the day counts from the new time on");
    world.go_to(NOW.plus(44 * HOUR));
    assert_eq!(nudged(&world), [ANA, BEN, KIM]);
    // Twelve hours before it begins at the latest; and where that is at once, not at all.
    let begun = world.now();
    world.meeting_at(begun.plus(30 * HOUR));
    world.meeting_at(begun.plus(13 * HOUR));
    world.go_to(begun.plus(17 * HOUR));
    assert_eq!(nudged(&world).len(), 3);
    world.go_to(begun.plus(18 * HOUR));
    assert_eq!(nudged(&world).len(), 6);
}

#[test]
fn whoever_asked_for_a_new_time_is_not_nudged_while_it_waits() {
    let world = World::new();
    let meeting = world.meeting();
    let ben = world.actor(BEN);
    world.town.clock.advance(20 * HOUR);
    world.write(move |cx| {
        let (start, end) = (meeting.start.plus(DAY), meeting.end.plus(DAY));
        let asked = Asked { start, end, note: "", road: "page" };
        meetings::propose(cx, &ben, &meeting, meeting.participants[1].id, &asked).map(drop)
    });
    world.follow();
    world.go_to(NOW.plus(DAY));
    assert_eq!(nudged(&world), [ANA, KIM]);
}

#[test]
fn whoever_wants_no_nudge_by_mail_has_it_in_app_alone() {
    let world = World::new();
    world.choose(BEN, |chosen| {
        chosen.mail.insert(Kind::Nudge, Mail::Never);
    });
    world.meeting();
    world.go_to(NOW.plus(2 * DAY));
    assert_eq!(nudged(&world), [ANA, KIM]);
    assert_eq!(nudges(&world, BEN), 1);
}
