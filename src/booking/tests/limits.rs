//! Caps per day and week at their edge, and what a hostile guest comes up against.

use super::*;

#[test]
fn a_day_that_has_had_its_most_is_offered_no_more_and_the_next_is() {
    let (world, _) = World::offering(NewLink { per_day: Some(2), ..link() });
    world.book(ROBIN, "2027-01-18T08:00:00Z");
    assert!(!world.free(30, "2027-01-18T00:00:00Z", "2027-01-19T00:00:00Z").is_empty());
    // What is only held counts as well.
    world.ask(KIM, "2027-01-18T09:00:00Z").unwrap();
    assert_eq!(world.free(30, "2027-01-18T00:00:00Z", "2027-01-19T00:00:00Z"), Vec::<String>::new());
    assert!(matches!(world.ask("sam@example.net", "2027-01-18T14:00:00Z").unwrap(), Requested::Taken { .. }));
    assert_eq!(world.free(30, "2027-01-19T00:00:00Z", "2027-01-19T09:00:00Z")[0], "2027-01-19T08:00:00Z");
    // The second of two is confirmed though it is the last that the day takes: of itself nothing is in its way.
    assert_eq!(world.confirm(KIM).unwrap().booking.state, BookingState::Booked);
}

#[test]
fn a_day_is_the_hosts_day_up_to_its_last_minute() {
    let all_day = crate::base::hours::Week::new(std::array::from_fn(|_| {
        vec![crate::base::hours::Window::parse("00:00-24:00").unwrap()]
    }));
    let (world, _) = World::offering(NewLink { per_day: Some(1), week: Some(all_day.unwrap()), ..link() });
    // 23:30 in Paris is 22:30 UTC: still the host's Monday, though a guest in Tokyo has Tuesday.
    world.book(ROBIN, "2027-01-18T22:30:00Z");
    assert_eq!(world.free(30, "2027-01-17T23:00:00Z", "2027-01-18T23:30:00Z"), ["2027-01-18T23:00:00Z"]);
    assert_eq!(
        world.free(30, "2027-01-17T22:00:00Z", "2027-01-17T23:30:00Z"),
        ["2027-01-17T22:00:00Z", "2027-01-17T22:30:00Z"]
    );
}

#[test]
fn a_week_counts_from_monday_to_sunday() {
    let (world, _) = World::offering(NewLink { per_week: Some(2), ..link() });
    world.book(ROBIN, "2027-01-18T08:00:00Z");
    world.book(KIM, "2027-01-22T15:30:00Z");
    assert_eq!(world.free(30, "2027-01-18T00:00:00Z", "2027-01-25T00:00:00Z"), Vec::<String>::new());
    assert_eq!(world.free(30, "2027-01-25T00:00:00Z", "2027-01-25T09:00:00Z")[0], "2027-01-25T08:00:00Z");
    assert!(
        !world.free(30, "2027-01-15T09:00:00Z", "2027-01-15T17:00:00Z").is_empty(),
        "nor the week before"
    );
}

#[test]
fn nothing_is_offered_or_booked_beyond_the_horizon() {
    let (world, _) = World::offering(NewLink { horizon_days: 7, ..link() });
    assert!(!world.free(30, "2027-01-20T00:00:00Z", "2027-01-21T00:00:00Z").is_empty());
    assert_eq!(world.free(30, "2027-01-25T00:00:00Z", "2027-02-05T00:00:00Z"), Vec::<String>::new());
    assert!(matches!(world.ask(KIM, "2027-01-25T08:00:00Z").unwrap(), Requested::Taken { .. }));
    assert_eq!(world.held(), 0);
}

#[test]
fn a_meeting_that_is_cancelled_or_declined_counts_no_more() {
    let (world, _) = World::offering(NewLink { per_day: Some(1), ..link() });
    let booked = world.book(ROBIN, "2027-01-18T08:00:00Z");
    assert!(world.free(30, "2027-01-18T00:00:00Z", "2027-01-19T00:00:00Z").is_empty());
    let (who, id) = (world.ana.clone(), booked.meeting.unwrap());
    world.town.write(move |cx| meetings::cancel(cx, &who, id)).unwrap();
    assert!(!world.free(30, "2027-01-18T00:00:00Z", "2027-01-19T00:00:00Z").is_empty());
}

#[test]
fn a_guest_has_so_many_times_held_at_once() {
    let (world, _) = World::offering(link());
    for hour in ["08", "09", "10"] {
        world.ask_as(ROBIN, &format!("2027-01-18T{hour}:00:00Z"), &visitor(hour)).unwrap();
    }
    assert_eq!(code(world.ask_as(ROBIN, "2027-01-18T11:00:00Z", &visitor("x"))), "booking.too-many");
    assert_eq!(world.held(), 3);
    // What is booked is held no more.
    world.confirm(ROBIN).unwrap();
    world.ask_as(ROBIN, "2027-01-18T11:00:00Z", &visitor("x")).unwrap();
}

#[test]
fn a_guest_whose_requests_all_wait_is_told_for_whom_and_nobody_else_is() {
    let (world, _) = World::offering(NewLink { confirmation: Confirmation::ByHand, ..link() });
    let robin = Visitor { account: Some(address(ROBIN)), ..visitor("x") };
    for hour in ["08", "09", "10"] {
        let asked = world.ask_as(ROBIN, &format!("2027-01-18T{hour}:00:00Z"), &robin).unwrap();
        assert!(matches!(asked, Requested::Confirmed(_)), "{asked:?}");
    }
    let words = |visitor: &Visitor| {
        let refused = world.ask_as(ROBIN, "2027-01-18T11:00:00Z", visitor).unwrap_err();
        assert_eq!(refused.code(), "booking.too-many");
        refused.to_string()
    };
    let told = words(&robin);
    assert!(told.contains("all 3 requests") && told.contains("they wait for Ana"), "{told}");
    assert!(!told.contains("Confirm"), "{told}");
    let stranger = words(&visitor("y"));
    assert!(!stranger.contains("Ana") && stranger.contains("wait until one is answered"), "{stranger}");
    // Once Ana has answered one, there is room.
    let (who, id) = (world.ana.clone(), world.waiting()[0].id);
    world.town.write(move |cx| decline(cx, &who, id, "").map(drop)).unwrap();
    world.ask_as(ROBIN, "2027-01-18T11:00:00Z", &robin).unwrap();
}

#[test]
fn one_network_address_has_ten_unconfirmed_an_hour() {
    let (world, _) = World::offering(link());
    let mut starts = world.free(30, "2027-01-18T00:00:00Z", "2027-01-20T00:00:00Z").into_iter();
    for guest in 0..10 {
        let email = format!("guest{guest}@example.net");
        world.ask_as(&email, &starts.next().unwrap(), &visitor("203.0.113.7")).unwrap();
    }
    let next = starts.next().unwrap();
    let refused = world.ask_as("guest10@example.net", &next, &visitor("203.0.113.7"));
    assert_eq!(code(refused), "throttled");
    assert_eq!(world.held(), 10, "what is refused holds nothing");
    world.ask_as("guest10@example.net", &next, &visitor("203.0.113.8")).unwrap();
}

#[test]
fn a_length_a_step_and_a_time_that_are_not_offered_are_refused() {
    let (world, _) = World::offering(link());
    let ask = |start: &str, minutes| {
        let request = Request {
            start: at(start),
            minutes,
            name: "Robin".to_owned(),
            address: address(ROBIN),
            zone: Zone::UTC,
            answers: Vec::new(),
        };
        world.ask_with(request, &visitor("r"))
    };
    assert_eq!(code(ask("2027-01-18T09:00:00Z", 45)), "invalid");
    for start in [
        "2027-01-18T09:10:00Z",
        "2027-01-18T07:30:00Z",
        "2027-01-18T16:00:00Z",
        "2027-01-16T09:00:00Z",
        "2027-01-15T07:30:00Z",
        "2027-06-18T09:00:00Z",
    ] {
        assert!(matches!(ask(start, 30).unwrap(), Requested::Taken { .. }), "{start}");
    }
    assert_eq!(world.held(), 0);
}
