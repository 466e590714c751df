//! Which times are offered: hours, clock changes, what is taken, buffers, notice, calendars that were not read.

use super::*;
use crate::base::hours::{Week, Window};
use crate::calendar::{self, HolderId};

/// A week with these windows every day.
fn every_day(windows: &str) -> Week {
    let windows: Vec<Window> = windows.split(',').map(|one| Window::parse(one).unwrap()).collect();
    Week::new(std::array::from_fn(|_| windows.clone())).unwrap()
}

#[test]
fn on_the_day_the_clocks_go_forward_the_hour_that_is_not_there_is_not_offered() {
    let new = NewLink {
        week: Some(every_day("01:00-04:00")),
        horizon_days: 120,
        step_minutes: 60,
        lengths: vec![60],
        ..link()
    };
    let (world, _) = World::offering(new);
    // Paris, 28 March 2027: 01:00 is 00:00 UTC, 02:00 is not there, 03:00 is 01:00 UTC.
    assert_eq!(
        world.free(60, "2027-03-27T23:00:00Z", "2027-03-28T12:00:00Z"),
        ["2027-03-28T00:00:00Z", "2027-03-28T01:00:00Z"]
    );
    // The day before it has three hours.
    assert_eq!(world.free(60, "2027-03-26T23:00:00Z", "2027-03-27T12:00:00Z").len(), 3);
}

#[test]
fn on_the_day_the_clocks_go_back_the_hour_comes_twice_and_both_are_offered() {
    let new = NewLink {
        week: Some(every_day("01:00-04:00")),
        horizon_days: 360,
        step_minutes: 60,
        lengths: vec![60],
        ..link()
    };
    let (world, _) = World::offering(new);
    // Paris, 31 October 2027: 02:00 is 00:00 UTC and again 01:00 UTC.
    assert_eq!(
        world.free(60, "2027-10-30T22:00:00Z", "2027-10-31T12:00:00Z"),
        ["2027-10-30T23:00:00Z", "2027-10-31T00:00:00Z", "2027-10-31T01:00:00Z", "2027-10-31T02:00:00Z"]
    );
}

#[test]
fn nine_oclock_stays_nine_oclock_on_both_sides_of_a_clock_change() {
    let (world, _) = World::offering(NewLink { horizon_days: 120, ..link() });
    assert_eq!(world.free(30, "2027-03-26T00:00:00Z", "2027-03-26T12:00:00Z")[0], "2027-03-26T08:00:00Z");
    assert_eq!(world.free(30, "2027-03-29T00:00:00Z", "2027-03-29T12:00:00Z")[0], "2027-03-29T07:00:00Z");
}

#[test]
fn a_guest_in_another_zone_is_offered_the_same_instants_and_written_in_their_own_zone() {
    let (world, _) = World::offering(link());
    let request = Request {
        start: at("2027-01-18T15:30:00Z"),
        minutes: 30,
        name: "Priya".to_owned(),
        address: address(KIM),
        // Half an hour off, and past midnight there.
        zone: zone("Asia/Kolkata"),
        answers: Vec::new(),
    };
    world.ask_with(request, &visitor("k")).unwrap();
    let meeting = world.confirm(KIM).unwrap().booking.meeting.unwrap();
    let meeting = world.town.read(|cx| meetings::load(cx, meeting));
    assert_eq!(
        (meeting.zone, meeting.zone_of(&meeting.participants[1])),
        (zone("Europe/Paris"), zone("Asia/Kolkata"))
    );
    assert_eq!(world.letters_to(KIM)[0].letter.reader.zone, "Asia/Kolkata");
    assert_eq!(world.letters_to(ANA)[0].letter.reader.zone, "Europe/Paris");
}

#[test]
fn a_window_over_midnight_is_one_stretch() {
    let (world, _) =
        World::offering(NewLink { week: Some(every_day("23:00-01:00")), lengths: vec![60], ..link() });
    assert_eq!(
        world.free(60, "2027-01-18T12:00:00Z", "2027-01-19T12:00:00Z"),
        ["2027-01-18T22:00:00Z", "2027-01-18T22:30:00Z", "2027-01-18T23:00:00Z"]
    );
}

#[test]
fn what_is_in_the_calendar_is_not_offered_nor_what_its_buffers_take() {
    let new = NewLink { buffer_before_minutes: 30, buffer_after_minutes: 60, ..link() };
    let (world, link) = World::offering(new);
    world.book(ROBIN, "2027-01-18T12:00:00Z");
    // It takes 12:00 to 12:30. An hour after each meeting and half an hour before it must be free.
    let free = world.free(30, "2027-01-18T10:00:00Z", "2027-01-18T15:00:00Z");
    assert_eq!(
        free,
        [
            "2027-01-18T10:00:00Z",
            "2027-01-18T10:30:00Z",
            "2027-01-18T13:00:00Z",
            "2027-01-18T13:30:00Z",
            "2027-01-18T14:00:00Z",
            "2027-01-18T14:30:00Z"
        ]
    );
    assert!(link.says.buffer_after_minutes == 60);
}

#[test]
fn a_day_off_holds_whatever_a_link_says() {
    let (world, _) = World::offering(NewLink { week: Some(every_day("09:00-12:00")), ..link() });
    let who = world.ana.clone();
    world
        .town
        .write(move |cx| {
            let off = accounts::Exception {
                date: chrono::NaiveDate::from_ymd_opt(2027, 1, 18).unwrap(),
                windows: Vec::new(),
                words: String::new(),
            };
            accounts::set_exception(cx, &who, &off)
        })
        .unwrap();
    assert_eq!(world.free(30, "2027-01-18T00:00:00Z", "2027-01-19T00:00:00Z"), Vec::<String>::new());
    assert!(
        !world.free(30, "2027-01-17T00:00:00Z", "2027-01-18T00:00:00Z").is_empty(),
        "Sundays are the link's"
    );
}

#[test]
fn the_notice_counts_when_it_is_asked_for_and_not_when_it_is_confirmed() {
    let (world, _) = World::offering(NewLink { notice_minutes: 60, ..link() });
    assert_eq!(world.free(30, "2027-01-15T08:00:00Z", "2027-01-15T10:00:00Z")[0], "2027-01-15T09:00:00Z");
    world.ask(ROBIN, "2027-01-15T09:00:00Z").unwrap();
    world.town.clock.advance(20 * MINUTE);
    assert_eq!(world.confirm(ROBIN).unwrap().booking.state, BookingState::Booked);
}

#[test]
fn with_a_calendar_that_was_not_read_the_host_is_asked_whatever_the_link_says() {
    let (world, link) = World::offering(link());
    stale_calendar(&world);
    let offer = world.open("ana", None).unwrap();
    let free = world.town.read(|cx| slots(cx, &offer, 30, (NOW, NOW.plus(4 * DAY))));
    assert!(
        free.is_stale && !free.times.is_empty(),
        "times are offered, and it is said that the host confirms"
    );
    let booking = world.book(ROBIN, "2027-01-18T09:00:00Z");
    assert_eq!((booking.state, link.is_by_hand()), (BookingState::Waiting, false));
    let who = world.ana.clone();
    assert_eq!(
        world.town.write(move |cx| approve(cx, &who, booking.id)).unwrap().state,
        BookingState::Booked
    );
}

/// A feed of the host's that was never read.
fn stale_calendar(world: &World) {
    let who = world.ana.clone();
    world
        .town
        .write(move |cx| {
            let new = calendar::NewAccount {
                holder: HolderId::User(who.user().unwrap()),
                kind: calendar::SourceKind::Ics,
                name: String::new(),
                server: "feeds.example.org".to_owned(),
                access: calendar::Access {
                    url: "https://feeds.example.org/secret".to_owned().into(),
                    username: None,
                    password: None,
                },
                zone: None,
            };
            let found = calendar::Found { name: "Work".to_owned(), path: String::new(), writable: false };
            calendar::add(cx, &who, &new, &[found]).map(drop)
        })
        .unwrap();
}

#[test]
fn a_time_that_was_taken_between_the_letter_and_the_button_is_not_booked() {
    let (world, _) = World::offering(link());
    let Requested::Asked { id, .. } = world.ask(ROBIN, "2027-01-18T09:00:00Z").unwrap() else { panic!() };
    // The host books somebody else over the hold, which is theirs to do.
    let who = world.ana.clone();
    world
        .town
        .write(move |cx| {
            let person = |email: &str| meetings::Person { address: address(email), name: None, zone: None };
            let new = meetings::NewMeeting {
                title: String::new(),
                start: at("2027-01-18T09:00:00Z"),
                end: at("2027-01-18T09:15:00Z"),
                location: String::new(),
                video: false,
                description: String::new(),
                host: person(ANA),
                guests: vec![person(KIM)],
                resources: Vec::new(),
                decline: None,
                approval: None,
            };
            meetings::create(cx, &who, &new).map(drop)
        })
        .unwrap();
    let opened = world.confirm(ROBIN).unwrap();
    assert_eq!((opened.booking.state, world.held()), (BookingState::Expired, 0));
    assert_eq!(world.told(&id).last().unwrap().0, "booking.expired");
}
