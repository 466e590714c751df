//! What is kept of people: taken away, left behind, erased.

use super::*;

#[test]
fn a_host_who_leaves_offers_nothing_and_declines_what_waits() {
    let (world, link) = World::offering(NewLink { confirmation: Confirmation::ByHand, ..link() });
    let booking = world.book(ROBIN, "2027-01-20T09:00:00Z");
    let who = world.ana.clone();
    world.town.write(move |cx| leave(cx, &who, link.user)).unwrap();
    assert_eq!(code(world.open("ana", None)), "not-found");
    assert_eq!((world.booking(booking.id).state, world.held()), (BookingState::Declined, 0));
}

#[test]
fn a_guest_is_erased_and_the_time_is_free_again() {
    let (world, _) = World::offering(NewLink { confirmation: Confirmation::ByHand, ..link() });
    world.book(ROBIN, "2027-01-20T09:00:00Z");
    let document = world.town.read(|cx| export(cx, &address(ROBIN)));
    assert_eq!(document["bookings"][0]["state"], "waiting");
    world.town.write(|cx| erase(cx, &operator(), &address(ROBIN))).unwrap();
    assert_eq!((world.held(), world.waiting().len()), (0, 0));
    assert_eq!(world.town.read(|cx| export(cx, &address(ROBIN)))["bookings"], serde_json::json!([]));
    let left: Vec<String> = world
        .town
        .whole_text()
        .lines()
        .filter(|line| line.contains("robin@example.net") && line.starts_with("bookings."))
        .map(str::to_owned)
        .collect();
    assert_eq!(left, Vec::<String>::new());
    world.town.assert_journal_verifies();
}

#[test]
fn a_host_is_erased_with_links_and_what_was_asked_for() {
    let (world, _) = World::offering(NewLink { title: "Chat with Anatolia".to_owned(), ..link() });
    world.book(ROBIN, "2027-01-20T09:00:00Z");
    let document = world.town.read(|cx| export(cx, &address(ANA)));
    assert_eq!(document["booking_links"][0]["name"], "ana");
    assert_eq!(document["asked_of_you"][0]["name"], "Robin");
    assert!(!document.to_string().contains("robin@example.net"), "the guest's address is not the host's");
    world.town.write(|cx| erase(cx, &operator(), &address(ANA))).unwrap();
    for table in ["booking_links", "booking_passes", "bookings"] {
        let rows =
            world.town.whole_text().lines().filter(|line| line.starts_with(&format!("{table}."))).count();
        assert_eq!(rows, 0, "{table}");
    }
    world.town.assert_journal_verifies();
}

#[test]
fn what_is_long_over_is_not_kept() {
    let (world, _) = World::offering(link());
    world.book(ROBIN, "2027-01-18T09:00:00Z");
    world.ask(KIM, "2027-01-18T10:00:00Z").unwrap();
    world.town.clock.advance(20 * DAY);
    world.expire();
    assert_eq!(world.town.write(|cx| delete_ended(cx)).unwrap(), 0);
    world.town.clock.advance(20 * DAY);
    assert_eq!(world.town.write(|cx| delete_ended(cx)).unwrap(), 2);
}
