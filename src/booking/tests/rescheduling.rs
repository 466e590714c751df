//! Times that suit both for moving a meeting.

use super::*;
use crate::network::{self, NewGrant, Scope};

fn starts(shared: Shared) -> Vec<String> {
    match shared {
        Shared::Times(free) => free.times.iter().map(|time| time.start.to_rfc3339()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_meeting_that_came_from_a_link_moves_to_the_links_free_times() {
    let (world, link) = World::offering(NewLink { per_day: Some(1), ..link() });
    let booked = world.book(ROBIN, "2027-01-18T09:00:00Z");
    world.book(KIM, "2027-01-19T09:00:00Z");
    let meeting = world.town.read(|cx| meetings::load(cx, booked.meeting.unwrap()));
    let guest = meeting.participants[1].id;
    let found = starts(world.town.read(|cx| shared(cx, &anyone(), &meeting, guest)));
    assert!(
        found.contains(&"2027-01-18T09:30:00Z".to_owned()),
        "its own day, as if it were not there: {found:?}"
    );
    assert!(!found.contains(&"2027-01-18T09:00:00Z".to_owned()), "but not the time it has");
    assert!(!found.iter().any(|start| start.starts_with("2027-01-19")), "another's day has had its most");
    // A link that offers nothing any more leaves free entry.
    world.change(link.id, LinkChange { active: Some(false), ..LinkChange::default() }).unwrap();
    assert_eq!(world.town.read(|cx| shared(cx, &anyone(), &meeting, guest)), Shared::Nothing);
}

/// Ana and Ben, connected, with a meeting; each grants the other's agent these.
fn pair(ana: &[Scope], ben: &[Scope]) -> (World, meetings::Meeting) {
    let world = World::new();
    let (a, b) = (world.ana.clone(), world.ben.clone());
    let grant =
        |scopes: &[Scope]| NewGrant { scopes: scopes.iter().copied().collect(), ..NewGrant::default() };
    let (from_ana, from_ben) = (grant(ana), grant(ben));
    let meeting = world.town.write(move |cx| {
        let invitation = network::Invitation {
            address: address("ben@example.org"),
            words: String::new(),
            grant: Some(from_ana.clone()),
        };
        let connection = network::invite(cx, &a, &invitation)?;
        network::accept(cx, &b, connection.id, Some(&from_ben))?;
        let person = |email: &str| meetings::Person { address: address(email), name: None, zone: None };
        let new = meetings::NewMeeting {
            title: String::new(),
            start: at("2027-01-18T09:00:00Z"),
            end: at("2027-01-18T09:30:00Z"),
            location: String::new(),
            video: false,
            description: String::new(),
            host: person(ANA),
            guests: vec![person("ben@example.org")],
            resources: Vec::new(),
            decline: None,
            approval: None,
        };
        meetings::create(cx, &a, &new)
    });
    (world, meeting.unwrap())
}

fn questions(world: &World, who: &Actor) -> usize {
    let who = who.clone();
    world.town.read(|cx| network::questions(cx, &who, None, 10)).questions.len()
}

#[test]
fn two_users_who_share_their_time_are_offered_times_that_suit_both_by_a_question() {
    let (world, meeting) = pair(&[Scope::AvailabilityRead], &[Scope::AvailabilityRead]);
    let ben_at = meeting.participants[1].id;
    let ben = world.ben.clone();
    assert_eq!(world.town.read(|cx| shared(cx, &ben, &meeting, ben_at)), Shared::Ask);
    assert_eq!(questions(&world, &world.ana), 0, "looking asks nothing");
    assert_eq!(
        world.town.read(|cx| shared(cx, &anyone(), &meeting, ben_at)),
        Shared::Nothing,
        "a link alone shows nothing"
    );
    let (who, held) = (world.ben.clone(), meeting.clone());
    let free = world.town.write(move |cx| suits_both(cx, &who, &held, ben_at)).unwrap().unwrap();
    assert!(
        free.times.iter().any(|time| time.start == at("2027-01-18T09:15:00Z")),
        "as if the meeting were not there"
    );
    assert_eq!(questions(&world, &world.ana), 1, "and asking is listed to whom it is about");
}

#[test]
fn where_only_one_side_shares_there_is_free_entry_alone() {
    for (ana, ben) in [(&[Scope::AvailabilityRead][..], &[][..]), (&[][..], &[Scope::AvailabilityRead][..])] {
        let (world, meeting) = pair(ana, ben);
        let ben_at = meeting.participants[1].id;
        let who = world.ben.clone();
        assert_eq!(world.town.read(|cx| shared(cx, &who, &meeting, ben_at)), Shared::Nothing);
        assert_eq!(world.town.write(move |cx| suits_both(cx, &who, &meeting, ben_at)).unwrap(), None);
        assert_eq!(questions(&world, &world.ana), 0);
    }
}
