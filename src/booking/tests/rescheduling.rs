//! Times that suit both for moving a meeting.

use super::*;
use crate::base::id::{ConnectionId, ParticipantId};
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
    let (world, meeting, _) = connected(ana, ben);
    (world, meeting)
}

fn connected(ana: &[Scope], ben: &[Scope]) -> (World, meetings::Meeting, ConnectionId) {
    let world = World::new();
    let (a, b) = (world.ana.clone(), world.ben.clone());
    let grant =
        |scopes: &[Scope]| NewGrant { scopes: scopes.iter().copied().collect(), ..NewGrant::default() };
    let (from_ana, from_ben) = (grant(ana), grant(ben));
    let made = world.town.write(move |cx| {
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
            end: at("2027-01-18T10:00:00Z"),
            location: String::new(),
            video: false,
            description: String::new(),
            host: person(ANA),
            guests: vec![person("ben@example.org")],
            resources: Vec::new(),
            decline: None,
            approval: None,
        };
        Ok((meetings::create(cx, &a, &new)?, connection.id))
    });
    let (meeting, connection) = made.unwrap();
    (world, meeting, connection)
}

/// The bearer of the link that a participant was mailed.
fn bearer(of: ParticipantId) -> Actor {
    Actor::new(Who::Participant(of), Road::Link, "t")
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
        "nobody is nobody"
    );
    let (who, held) = (world.ben.clone(), meeting.clone());
    let free = world.town.write(move |cx| suits_both(cx, &who, &held, ben_at)).unwrap().unwrap();
    assert!(
        free.times.iter().any(|time| time.start == at("2027-01-18T09:30:00Z")),
        "as if the meeting were not there"
    );
    assert_eq!(questions(&world, &world.ana), 1, "and asking is listed to whom it is about");
    // The best of four weeks leave no day without its noon.
    for day in ["15", "18", "19", "20", "21"] {
        let noon = at(&format!("2027-01-{day}T12:00:00Z"));
        assert!(free.times.iter().any(|time| time.start == noon), "{day}");
    }
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

#[test]
fn the_bearer_of_a_link_asks_as_the_account_that_it_was_mailed_to_and_nobody_else_does() {
    let (world, meeting) = pair(&[Scope::AvailabilityRead], &[Scope::AvailabilityRead]);
    let (ana_at, ben_at) = (meeting.participants[0].id, meeting.participants[1].id);
    let seen = |who: Actor, me| world.town.read(|cx| shared(cx, &who, &meeting, me));
    assert_eq!(seen(bearer(ben_at), ben_at), Shared::Ask);
    assert_eq!(seen(bearer(ana_at), ana_at), Shared::Ask);
    // Somebody who is known to be another: the other participant, or a third.
    assert_eq!(seen(world.ana.clone(), ben_at), Shared::Nothing);
    assert_eq!(seen(bearer(ana_at), ben_at), Shared::Nothing);
    let held = meeting.clone();
    let asked = world.town.write(move |cx| suits_both(cx, &bearer(ben_at), &held, ben_at)).unwrap();
    assert!(asked.is_some_and(|free| free.times.iter().any(|time| time.start == at("2027-01-18T09:30:00Z"))));
    let log = world.town.read(|cx| network::questions(cx, &world.ana, None, 10)).questions;
    let told: Vec<_> = log.iter().map(|one| (one.asker.as_deref(), one.is_answered)).collect();
    assert_eq!(told, [(Some("Ben"), true)]);
    // Whoever is shut out asks nobody, and nobody is offered their time.
    for (shut_out, me) in [(&world.ben, ben_at), (&world.ben, ana_at)] {
        let id = shut_out.user().unwrap();
        world.town.write(move |cx| accounts::disable(cx, &operator(), id)).unwrap();
        assert_eq!(seen(bearer(me), me), Shared::Nothing);
        world.town.write(move |cx| accounts::enable(cx, &operator(), id)).unwrap();
    }
}

/// What is offered to the bearer of Ben's link, and how many statements that took to find out; release builds do not count.
fn offered(world: &World, meeting: &meetings::Meeting, me: ParticipantId) -> (Shared, u64) {
    let run_here = || -> u64 {
        #[cfg(debug_assertions)]
        return crate::store::statements::run_here();
        #[cfg(not(debug_assertions))]
        return 0;
    };
    world.town.read(|cx| {
        let before = run_here();
        let shared = shared(cx, &bearer(me), meeting, me)?;
        Ok((shared, run_here() - before))
    })
}

#[test]
fn why_nothing_is_offered_to_the_bearer_of_a_link_cannot_be_told_apart() {
    let both = [Scope::AvailabilityRead];
    let (world, meeting, id) = connected(&both, &both);
    let ben_at = meeting.participants[1].id;
    let yes = offered(&world, &meeting, ben_at);
    let mut refused = Vec::new();
    let set = |who: &Actor, scopes: &[Scope], ends_at: Option<Timestamp>| {
        let (who, scopes) = (who.clone(), scopes.iter().copied().collect());
        let new = NewGrant { scopes, ends_at, ..NewGrant::default() };
        world.town.write(move |cx| network::set_grant(cx, &who, id, &new)).unwrap();
    };
    set(&world.ana, &[Scope::Propose], None);
    refused.push(("no scope", offered(&world, &meeting, ben_at)));
    set(&world.ana, &both, Some(NOW.plus(HOUR)));
    set(&world.ben, &[], None);
    refused.push(("none of one's own", offered(&world, &meeting, ben_at)));
    set(&world.ben, &both, None);
    assert_eq!(offered(&world, &meeting, ben_at), yes);
    world.town.clock.advance(HOUR);
    refused.push(("a grant that ended", offered(&world, &meeting, ben_at)));
    let ben = world.ben.clone();
    world.town.write(move |cx| network::end(cx, &ben, id)).unwrap();
    refused.push(("revoked", offered(&world, &meeting, ben_at)));
    let ana = world.ana.clone();
    world.town.write(move |cx| network::block(cx, &ana, id)).unwrap();
    refused.push(("blocked", offered(&world, &meeting, ben_at)));
    let mut stranger = meeting.clone();
    stranger.participants[0].address = address("dora@example.net");
    refused.push(("no account", offered(&world, &stranger, ben_at)));
    let alike = (Shared::Nothing, yes.1);
    assert!(refused.iter().all(|(_, one)| *one == alike), "{yes:?}, {refused:?}");
    assert_eq!(yes.0, Shared::Ask);
}
