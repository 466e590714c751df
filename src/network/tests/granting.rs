//! Grants: each direction its grantor's alone, in versions, until their end.

use super::*;

#[test]
fn each_direction_is_its_grantors_alone() {
    let (world, id) = World::connected();
    world.grant(&world.ana, id, &scopes(&[Scope::ProfileRead, Scope::BookAlone])).unwrap();
    let ben = world.grants(&world.ben, id);
    assert_eq!(ben.given, Grant::default());
    assert_eq!(ben.received.scopes, [Scope::ProfileRead, Scope::BookAlone].into());
    world.grant(&world.ben, id, &scopes(&[Scope::Propose])).unwrap();
    let ana = world.grants(&world.ana, id);
    assert_eq!(ana.given, ben.received, "writing one's own leaves the other's as it was");
    assert_eq!(ana.received.scopes, [Scope::Propose].into());
    assert_eq!(code(world.grant(&world.cleo, id, &scopes(&[Scope::BookAlone]))), "not-found");
}

#[test]
fn accepting_never_touches_what_the_inviter_granted() {
    let world = World::new();
    let wide = scopes(&[Scope::AvailabilityRead, Scope::BookAlone]);
    let invitation = Invitation {
        address: address("ben@example.org"),
        words: String::new(),
        grant: Some(scopes(&[Scope::ProfileRead])),
    };
    let ana = world.ana.clone();
    let id = world.town.write(move |cx| invite(cx, &ana, &invitation)).unwrap().id;
    let before = world.grants(&world.ana, id).given;
    assert_eq!(world.grants(&world.ben, id).received, before, "the invitee reads it before they decide");
    let (ben, mine) = (world.ben.clone(), wide.clone());
    world.town.write(move |cx| accept(cx, &ben, id, Some(&mine))).unwrap();
    assert_eq!(world.grants(&world.ana, id).given, before);
    assert_eq!(world.grants(&world.ana, id).received.scopes, wide.scopes);
    let ben = world.ben.clone();
    world.town.write(move |cx| accept(cx, &ben, id, Some(&scopes(&[])))).unwrap();
    assert_eq!(world.grants(&world.ana, id).received.scopes, wide.scopes, "accepting again writes nothing");
}

#[test]
fn what_the_invitee_writes_before_they_accept_tells_the_inviter_nothing() {
    let world = World::new();
    let id = world.invite(&world.ana, "ben@example.org").unwrap().id;
    world.grant(&world.ben, id, &scopes(&[Scope::Propose])).unwrap();
    assert_eq!(world.grants(&world.ana, id).received, Grant::default());
    world.accept(&world.ben, id).unwrap();
    assert_eq!(world.grants(&world.ana, id).received.scopes, [Scope::Propose].into());
}

#[test]
fn a_grant_has_versions_and_refuses_one_that_is_not_the_present() {
    let (world, id) = World::connected();
    let first = world.grant(&world.ana, id, &scopes(&[Scope::ProfileRead])).unwrap();
    assert_eq!(first.version, 1);
    assert_eq!(world.grant(&world.ana, id, &scopes(&[Scope::ProfileRead])).unwrap(), first, "the same again");
    let next = NewGrant { version: Some(1), ..scopes(&[Scope::Propose]) };
    assert_eq!(world.grant(&world.ana, id, &next).unwrap().version, 2);
    let late = NewGrant { version: Some(1), ..scopes(&[]) };
    assert_eq!(code(world.grant(&world.ana, id, &late)), "grant.revised");
    assert_eq!(world.grants(&world.ana, id).given.version, 2);
    assert_eq!(world.kinds(id).iter().filter(|kind| *kind == "grant.changed").count(), 2);
}

#[test]
fn a_grant_ends_by_the_clock() {
    let (world, id) = World::connected();
    let new = NewGrant { ends_at: Some(NOW.plus(DAY)), ..scopes(&[Scope::ProfileRead]) };
    let grant = world.grant(&world.ana, id, &new).unwrap();
    assert!(grant.allows(Scope::ProfileRead, NOW.plus(DAY - 1)));
    assert!(!grant.allows(Scope::ProfileRead, NOW.plus(DAY)));
    assert!(!grant.allows(Scope::Propose, NOW), "no scope includes another");
    let past = NewGrant { ends_at: Some(NOW), ..new };
    assert_eq!(code(world.grant(&world.ana, id, &past)), "invalid");
}

/// What makes constraints unfit, and the field that is named.
type Unfit = (fn(&mut Constraints), &'static str);

#[test]
fn conditions_that_no_meeting_could_meet_are_refused_by_name() {
    let (world, id) = World::connected();
    let cases: [Unfit; 10] = [
        (|c| c.weekdays.clear(), "weekdays"),
        (|c| c.places.clear(), "places"),
        (|c| c.notice_minutes = 1_000_000, "notice_minutes"),
        (|c| c.horizon_days = 0, "horizon_days"),
        (|c| c.length.min = 4, "length.min"),
        (|c| c.length.max = 10, "length.max"),
        (|c| c.length.default = 500, "length.default"),
        (|c| c.buffer_before_minutes = 481, "buffer_before_minutes"),
        (|c| c.buffer_after_minutes = 481, "buffer_after_minutes"),
        (|c| c.per_week = Some(0), "per_week"),
    ];
    for (change, field) in cases {
        let mut new = scopes(&[Scope::Propose]);
        change(&mut new.constraints);
        let refused = world.grant(&world.ana, id, &new).unwrap_err();
        let Error::Invalid { field: named, .. } = refused else { panic!("{refused}") };
        assert_eq!(named, field);
    }
    assert_eq!(world.grants(&world.ana, id).given, Grant::default());
}

#[test]
fn conditions_survive_the_store() {
    let (world, id) = World::connected();
    let constraints = Constraints {
        hours: Some(crate::base::hours::Week::office()),
        weekdays: [Day::Tue, Day::Thu].into(),
        per_week: Some(2),
        places: [Place::InPerson].into(),
        ..Constraints::default()
    };
    let new = NewGrant { constraints: constraints.clone(), reveal: Reveal::Busy, ..scopes(&Scope::ALL) };
    world.grant(&world.ana, id, &new).unwrap();
    let kept = world.grants(&world.ben, id).received;
    assert_eq!((kept.constraints, kept.reveal, kept.scopes.len()), (constraints, Reveal::Busy, 5));
}

#[test]
fn a_usual_set_is_read_from_its_word_and_known_by_what_it_allows() {
    for usual in Usual::ALL {
        assert_eq!(Usual::parse(usual.as_str()), Some(*usual));
        assert_eq!(Usual::stored(usual.as_str()).unwrap(), *usual);
        assert_eq!(Usual::of(&usual.scopes()), Some(*usual));
    }
    assert_eq!(Usual::parse("sometimes"), None);
    assert_eq!(Usual::stored("sometimes").unwrap_err().code(), "internal");
    assert_eq!(Usual::of(&[Scope::Propose].into()), None);
    let (asks, alone) = (Usual::AskFirst.scopes(), Usual::BookAlone.scopes());
    assert!(!asks.contains(&Scope::BookAlone) && alone.is_superset(&asks), "who may book may also ask");
}

#[test]
fn a_usual_set_keeps_the_conditions_that_were_written() {
    let (world, id) = World::connected();
    let mut new = scopes(&[Scope::ProfileRead]);
    new.constraints.per_week = Some(2);
    new.reveal = Reveal::Busy;
    let given = world.grant(&world.ana, id, &new).unwrap();
    let next = world.grant(&world.ana, id, &given.with(Usual::AskFirst)).unwrap();
    assert_eq!((next.constraints.per_week, next.reveal), (Some(2), Reveal::Busy));
    assert_eq!(next.scopes, Usual::AskFirst.scopes());
}
