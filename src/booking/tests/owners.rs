//! What an owner does with their links.

use super::*;

#[test]
fn one_word_makes_a_link_that_can_be_used_at_once() {
    let (world, link) = World::offering(NewLink::default());
    assert_eq!(link.path(), "/b/ana-30");
    assert_eq!(
        (link.says.lengths.as_slice(), link.is_by_hand(), link.needs_pass()),
        (&[30][..], false, false)
    );
    let again = world.offer(NewLink::default()).unwrap();
    assert_eq!(again.path(), "/b/ana-30-2");
    let offer = world.open("ANA-30", None).unwrap();
    assert_eq!(offer.host.words(), "Ana");
    let free = world.town.read(|cx| slots(cx, &offer, 30, (NOW, NOW.plus(DAY))));
    // Nine in the morning in Paris, four hours' notice.
    assert_eq!(free.times.first().unwrap().start, at("2027-01-15T12:00:00Z"));
}

#[test]
fn what_no_link_can_be_is_refused_by_its_field() {
    let world = World::new();
    let field = |new: NewLink| match world.offer(new).unwrap_err() {
        Error::Invalid { field, .. } => field.into_owned(),
        other => panic!("{other:?}"),
    };
    let usual = NewLink::default;
    for (new, named) in [
        (NewLink { title: " ".to_owned(), ..usual() }, "title"),
        (NewLink { name: "no/path".to_owned(), ..usual() }, "name"),
        (NewLink { name: "ab".to_owned(), ..usual() }, "name"),
        (NewLink { lengths: vec![], ..usual() }, "lengths"),
        (NewLink { lengths: vec![1], ..usual() }, "lengths"),
        (NewLink { lengths: vec![10, 20, 30, 40, 50], ..usual() }, "lengths"),
        (NewLink { step_minutes: 7, ..usual() }, "step_minutes"),
        (NewLink { horizon_days: 0, ..usual() }, "horizon_days"),
        (NewLink { per_day: Some(0), ..usual() }, "per_day"),
        (NewLink { notice_minutes: 60 * 1_440, ..usual() }, "notice_minutes"),
    ] {
        assert_eq!(field(new), named);
    }
    let question = |label: &str| Question { label: label.to_owned(), required: false, long: false };
    let twice = NewLink { questions: vec![question("Why?"), question("Why?")], ..usual() };
    assert_eq!(field(twice), "questions[1].label");
}

#[test]
fn a_name_is_one_links_until_it_is_removed() {
    let (world, first) = World::offering(link());
    assert_eq!(code(world.offer(link())), "invalid");
    let who = world.ben.clone();
    let id = first.id;
    assert_eq!(code(world.town.write(move |cx| remove(cx, &who, id))), "not-found", "it is Ana's");
    let who = world.ana.clone();
    world.town.write(move |cx| remove(cx, &who, id)).unwrap();
    assert_eq!(code(world.open("ana", None)), "not-found");
    world.offer(link()).unwrap();
}

#[test]
fn paused_removed_unknown_and_left_are_answered_alike() {
    let (world, link) = World::offering(link());
    let words = |refused: Result<Offer>| refused.unwrap_err().to_string();
    let unknown = words(world.open("nobody", None));
    world.change(link.id, LinkChange { active: Some(false), ..LinkChange::default() }).unwrap();
    assert_eq!(words(world.open("ana", None)), unknown);
    world.change(link.id, LinkChange { active: Some(true), ..LinkChange::default() }).unwrap();
    world.open("ana", None).unwrap();
    let user = link.user;
    world.town.write(move |cx| accounts::disable(cx, &operator(), user)).unwrap();
    assert_eq!(words(world.open("ana", None)), unknown);
}

#[test]
fn a_change_to_what_has_changed_meanwhile_is_refused() {
    let (world, link) = World::offering(link());
    let longer =
        |version| LinkChange { version: Some(version), lengths: Some(vec![60]), ..LinkChange::default() };
    let after = world.change(link.id, longer(1)).unwrap();
    assert_eq!((after.version, after.says.lengths), (2, vec![60]));
    assert_eq!(code(world.change(link.id, longer(1))), "booking.revised");
    assert_eq!(world.change(link.id, longer(2)).unwrap().version, 2, "the same again is no change");
}

#[test]
fn a_single_use_address_is_good_for_one_booking() {
    let (world, link) = World::offering(NewLink { access: Access::SingleUse, ..link() });
    assert_eq!(code(world.open("ana", None)), "not-found");
    assert_eq!(code(world.open("ana", Some("aaaa"))), "not-found");
    let (who, id) = (world.ana.clone(), link.id);
    let (secret, _) = world.town.write(move |cx| pass(cx, &who, id, "For Kim")).unwrap();
    assert!(!world.town.whole_text().contains(secret.expose()), "only a keyed hash is kept");
    let opened = world.open("ana", Some(secret.expose())).unwrap();
    let request = Request {
        start: at("2027-01-18T09:00:00Z"),
        minutes: 30,
        name: "Kim".to_owned(),
        address: address(KIM),
        zone: Zone::UTC,
        answers: Vec::new(),
    };
    world
        .town
        .write(move |cx| super::super::request(cx, &anyone(), &opened, &request, &visitor("k")))
        .unwrap();
    assert_eq!(code(world.open("ana", Some(secret.expose()))), "not-found", "it is used");
    // Nobody confirmed: it is good again.
    world.town.clock.advance(31 * MINUTE);
    world.open("ana", Some(secret.expose())).unwrap();
    world.town.clock.advance(31 * DAY);
    assert_eq!(code(world.open("ana", Some(secret.expose()))), "not-found", "its time is over");
}

#[test]
fn nobody_sees_or_changes_the_links_of_others() {
    let (world, link) = World::offering(link());
    let booking = world.book(ROBIN, "2027-01-18T09:00:00Z");
    let ben = world.ben.clone();
    assert_eq!(world.town.read(|cx| mine(cx, &ben)), vec![]);
    assert_eq!(code(world.town.store.read_blocking(|cx| get(cx, &ben, link.id))), "not-found");
    assert_eq!(
        code(world.town.store.read_blocking(|cx| super::super::booking(cx, &ben, booking.id))),
        "not-found"
    );
    assert_eq!(code(world.town.store.read_blocking(|cx| bookings(cx, &ben, link.id, None, 10))), "not-found");
    let who = ben.clone();
    assert_eq!(code(world.town.write(move |cx| approve(cx, &who, booking.id))), "not-found");
    assert_eq!(code(world.town.store.read_blocking(|cx| mine(cx, &operator()))), "denied");
}

#[test]
fn bookings_are_listed_page_by_page() {
    let (world, link) = World::offering(link());
    for (email, start) in [(ROBIN, "09:00"), (KIM, "10:00"), ("sam@example.net", "11:00")] {
        world.book(email, &format!("2027-01-18T{start}:00Z"));
    }
    let who = world.ana.clone();
    let first = world.town.read(|cx| bookings(cx, &who, link.id, None, 2));
    let second = world.town.read(|cx| bookings(cx, &who, link.id, first.next, 2));
    let starts = |page: &Page| page.bookings.iter().map(|one| one.start.to_rfc3339()).collect::<Vec<_>>();
    assert_eq!(starts(&first), ["2027-01-18T11:00:00Z", "2027-01-18T10:00:00Z"]);
    assert_eq!((starts(&second), second.next), (vec!["2027-01-18T09:00:00Z".to_owned()], None));
}

#[test]
fn a_program_looks_at_the_links_of_its_owner_and_publishes_nothing() {
    let (world, link) = World::offering(link());
    let who = Who::Agent { id: AgentId::from_uuid(uuid::Uuid::nil()), user: world.ana.user().unwrap() };
    let program = Actor::new(who, Road::Api, "t");
    let (who, id) = (program.clone(), link.id);
    let refused = world.town.write(move |cx| {
        Ok([
            code(offer(cx, &who, &NewLink::default())),
            code(change(cx, &who, id, LinkChange { active: Some(false), ..LinkChange::default() })),
            code(pass(cx, &who, id, "Kim")),
            code(remove(cx, &who, id)),
        ])
    });
    assert_eq!(refused.unwrap(), ["denied"; 4]);
    assert_eq!(world.town.read(|cx| mine(cx, &program)), [link]);
}
