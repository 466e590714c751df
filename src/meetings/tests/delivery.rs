//! How far invitations come, who is told, and who asked for no mail.

use super::*;

fn report_of(world: &World, message_id: &str, what: Report) -> Option<Kept> {
    let message_id = message_id.to_owned();
    world
        .town
        .write(move |cx| {
            report(cx, &mail(), Some(&message_id), None, what, Some("550 <ben@example.org> gone"))
        })
        .unwrap()
}

fn suppress(world: &World, email: &'static str) {
    world
        .town
        .write(move |cx| {
            let hash = crate::links::address_hash(cx, &address(email));
            crate::post::suppress::suppress(cx, &hash)
        })
        .unwrap();
}

#[test]
fn a_bounce_marks_the_invitation_and_tells_the_host_once_and_without_the_address() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let id = world.newest("ben@example.org", "invitation").letter.message_id;
    assert!(report_of(&world, &format!("<{id}>"), Report::Bounced).is_some());
    report_of(&world, &id, Report::Bounced);
    let ben = world.participant(meeting.id, "ben@example.org");
    assert_eq!(
        (ben.delivery, ben.delivery_detail.as_deref()),
        (Delivery::Bounced, Some("550 <[address removed]> gone"))
    );
    assert_eq!(world.kinds_to("ana@example.org"), ["invitation", "delivery-failed"]);
    let told = serde_json::to_string(&world.newest("ana@example.org", "delivery-failed").letter).unwrap();
    assert!(!told.contains("ben@"), "{told}");
    let troubled = world.town.read(|cx| super::super::troubled(cx, &operator(), 10));
    assert_eq!((troubled.len(), troubled[0].1), (1, ben.id));
    assert_eq!(
        code(world.town.store.read_blocking(|cx| super::super::troubled(cx, &anyone(), 10))),
        "denied"
    );
}

/// A meeting of ana and ben that somebody else's account has made, everything delivered.
fn made_by(email: &'static str) -> (World, Meeting) {
    let world = World::new();
    let meeting = world
        .town
        .write(move |cx| {
            let (role, name) = (accounts::Role::Admin, "Olga".to_owned());
            let new = accounts::NewUser { address: address(email), name, zone: None, role };
            let id = accounts::add(cx, &operator(), &new)?.id;
            let who = Actor::new(Who::User { id, admin: true }, Road::Page, "t");
            create(cx, &who, &tea(&["ben@example.org"]))
        })
        .unwrap();
    world.deliver();
    (world, meeting)
}

#[test]
fn a_bounce_of_the_hosts_own_invitation_is_told_to_who_made_the_meeting_once_and_without_the_address() {
    let (world, meeting) = made_by("olga@example.org");
    let id = world.newest("ana@example.org", "invitation").letter.message_id;
    report_of(&world, &id, Report::Bounced);
    report_of(&world, &id, Report::Bounced);
    assert_eq!(world.participant(meeting.id, "ana@example.org").delivery, Delivery::Bounced);
    assert_eq!(world.kinds_to("olga@example.org"), ["delivery-failed"]);
    let told = world.newest("olga@example.org", "delivery-failed").letter;
    let Says::DeliveryFailed { whose, .. } = &told.says else { panic!("it is that") };
    assert_eq!((whose.name.as_deref(), whose.is_host), (Some("Name-of-ana"), true));
    let told = serde_json::to_string(&told).unwrap();
    assert!(!told.contains("ana@") && !told.contains("ben@"), "{told}");
    assert_eq!(world.kinds_to("ana@example.org"), ["invitation"], "nothing goes where mail comes back from");
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation"], "it is no business of the guest's");
    assert!(world.story(meeting.id).contains(&"letter.bounced".to_owned()));
    assert_eq!(world.town.read(|cx| super::super::troubled(cx, &operator(), 10)).len(), 1);
}

#[test]
fn a_bounce_of_the_hosts_own_invitation_is_mailed_to_nobody_where_nobody_else_has_made_the_meeting() {
    let (own, _) = made_by("ana@example.org");
    let (operators, _) = World::of(&["ben@example.org"]);
    let (erased, _) = made_by("olga@example.org");
    let erase = |cx: &mut Cx<'_>| {
        let (role, name) = (accounts::Role::Admin, "Rolf".to_owned());
        let new = accounts::NewUser { address: address("rolf@example.org"), name, zone: None, role };
        accounts::add(cx, &operator(), &new)?;
        accounts::erase(cx, &operator(), &address("olga@example.org"))
    };
    erased.town.write(erase).unwrap();
    for world in [own, operators, erased] {
        let id = world.newest("ana@example.org", "invitation").letter.message_id;
        report_of(&world, &id, Report::Bounced);
        assert!(world.town.letters().iter().all(|kept| kept.letter.says.kind() != "delivery-failed"));
        assert_eq!(
            world.town.read(|cx| super::super::troubled(cx, &operator(), 10)).len(),
            1,
            "but it is shown"
        );
    }
}

#[test]
fn a_delay_is_no_failure_and_what_is_known_better_stays() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let id = world.newest("ben@example.org", "invitation").letter.message_id;
    let delivery = || world.participant(meeting.id, "ben@example.org").delivery;
    assert_eq!(delivery(), Delivery::Sent);
    report_of(&world, &id, Report::Delayed);
    assert_eq!(delivery(), Delivery::Delayed);
    report_of(&world, &id, Report::Delivered);
    assert_eq!(delivery(), Delivery::Delivered);
    report_of(&world, &id, Report::Delayed);
    assert_eq!(delivery(), Delivery::Delivered);
    assert!(report_of(&world, "unknown@example.net", Report::Bounced).is_none());
}

#[test]
fn a_report_about_an_older_letter_leaves_the_present_invitation_alone() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let old = world.newest("ben@example.org", "invitation").letter.message_id;
    world.move_by(meeting.id, DAY).unwrap();
    world.deliver();
    report_of(&world, &old, Report::Bounced);
    assert_eq!(world.participant(meeting.id, "ben@example.org").delivery, Delivery::Sent);
}

#[test]
fn a_report_without_a_message_id_is_about_the_last_event_of_the_participant() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let ben = world.participant(meeting.id, "ben@example.org").id;
    let found =
        world.town.write(move |cx| report(cx, &mail(), None, Some(ben), Report::Bounced, None)).unwrap();
    assert_eq!(found.unwrap().letter.says.kind(), "invitation");
    assert_eq!(world.participant(meeting.id, "ben@example.org").delivery, Delivery::Bounced);
}

#[test]
fn a_failed_letter_that_is_tried_again_and_leaves_is_sent() {
    let world = World::new();
    let meeting = world.make(&tea(&["ben@example.org"]));
    let id = world.newest("ben@example.org", "invitation").letter.id;
    let settle_as =
        |state| world.town.write(move |cx| settle(cx, &Actor::house("t"), id, state, None)).unwrap();
    settle_as(State::Failed);
    assert_eq!(world.participant(meeting.id, "ben@example.org").delivery, Delivery::Failed);
    settle_as(State::Sent);
    assert_eq!(world.participant(meeting.id, "ben@example.org").delivery, Delivery::Sent);
}

#[test]
fn whoever_complains_is_not_written_to_again_and_nobody_is_told() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let id = world.newest("ben@example.org", "invitation").letter.message_id;
    report_of(&world, &id, Report::Complained);
    world.move_by(meeting.id, DAY).unwrap();
    assert!(!world.kinds_to("ben@example.org").contains(&"update"));
    assert_eq!(world.participant(meeting.id, "ben@example.org").delivery, Delivery::Failed);
}

#[test]
fn whoever_asked_for_no_mail_is_not_invited_and_the_host_is_told_by_name_only() {
    let world = World::new();
    suppress(&world, "ben@example.org");
    let meeting = world.make(&tea(&["ben@example.org"]));
    assert!(world.kinds_to("ben@example.org").is_empty());
    assert_eq!(world.participant(meeting.id, "ben@example.org").delivery, Delivery::Failed);
    assert_eq!(world.kinds_to("ana@example.org"), ["invitation", "delivery-failed"]);
    world.cancel(meeting.id);
    assert!(world.kinds_to("ben@example.org").is_empty(), "what they never had is not taken away");
}

#[test]
fn what_we_put_into_their_calendar_is_taken_out_even_if_they_want_no_more_mail() {
    let (world, meeting) = World::of(&["ben@example.org"]);
    suppress(&world, "ben@example.org");
    world.cancel(meeting.id);
    assert_eq!(world.kinds_to("ben@example.org"), ["invitation", "cancellation"]);
}
