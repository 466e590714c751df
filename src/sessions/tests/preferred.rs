//! When somebody would rather meet: such times are named first, whoever's agent names them, and others where there is none.

use super::*;
use crate::base::hours::NamedDay;
use crate::slots::Reason;

fn rather(within: &str, days: &[&str]) -> Prefer {
    let days = days.iter().map(|day| NamedDay::parse(day).unwrap()).collect();
    Prefer { within: Window::parse(within), days }
}

/// Half an hour with Ben, from Friday 09:00 to Sunday 08:00, and when it would be better.
fn new_preferring(world: &World, prefer: Prefer) -> New {
    let new = new_with(&[world.with_ben]);
    New { want: Want { prefer, ..new.want }, ..new }
}

/// The times that were named, and why.
fn named(session: &Session) -> Vec<(Timestamp, Option<Reason>)> {
    session.proposals.iter().map(|one| (one.start, one.reason)).collect()
}

#[test]
fn the_agents_agree_on_a_preferred_time_and_say_that_it_is_one() {
    let world = World::granting(AUTO);
    // Ana is busy on Friday: the only afternoon is Saturday's.
    world.occupy(&world.ana, 1, hour(2), hour(20));
    let begun = world.start(&new_preferring(&world, rather("14:00-16:00", &[]))).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(world.meeting_of(&session).start, hour(30));
    assert!(named(&session).iter().all(|(_, reason)| *reason == Some(Reason::Preferred)));
}

#[test]
fn days_are_preferred_as_hours_are() {
    let world = World::granting(AUTO);
    for (prefer, start, reason) in [
        (rather("", &["sat"]), hour(16), Reason::Preferred),
        (rather("", &["2027-01-16"]), hour(16), Reason::Preferred),
        (rather("14:00-16:00", &["sat"]), hour(30), Reason::Preferred),
    ] {
        let begun = world.start(&new_preferring(&world, prefer)).unwrap();
        world.let_agents_speak();
        let session = world.see(begun.id);
        assert_eq!(named(&session)[0], (start, Some(reason)));
        let (ana, meeting) = (world.ana.clone(), session.meeting.unwrap());
        world.write(move |cx| meetings::cancel(cx, &ana, meeting).map(drop)).unwrap();
    }
}

#[test]
fn a_preference_that_cannot_be_had_keeps_nobody_from_meeting() {
    let world = World::granting(AUTO);
    for at in [hour(6), hour(30)] {
        world.occupy(&world.ben, u128::try_from(at.ms()).unwrap(), at, at.plus(2 * HOUR));
    }
    let begun = world.start(&new_preferring(&world, rather("14:00-16:00", &["fri"]))).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::Confirmed);
    // On the day, if not at the hour.
    assert!(world.meeting_of(&session).start < hour(16));
    assert_eq!(named(&session)[0].1, Some(Reason::PartlyPreferred));
    let begun = world.start(&new_preferring(&world, rather("14:00-16:00", &[]))).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::Confirmed);
    assert!(named(&session).iter().all(|(_, reason)| reason.is_none()));
}

#[test]
fn the_other_sides_agent_counters_with_what_the_initiator_prefers() {
    // Ana's agent does not see when Ben has time.
    let world = World::granting(&[Scope::Propose, Scope::BookConfirmed, Scope::BookAlone]);
    world.occupy(&world.ben, 1, hour(2), hour(20));
    let begun = world.start(&new_preferring(&world, rather("14:00-16:00", &[]))).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    let of_ben: Vec<_> = session.proposals.iter().filter(|one| one.author == id_of(&world.ben)).collect();
    assert!(!of_ben.is_empty(), "{:?}", world.transcript(begun.id));
    assert!(of_ben.iter().all(|one| one.start >= hour(30) && one.reason == Some(Reason::Preferred)));
    assert_eq!(world.meeting_of(&session).start, hour(30));
}

#[test]
fn of_the_times_that_can_be_had_instead_of_a_refused_one_the_preferred_come_first() {
    let world = World::granting(CONFIRM);
    world.occupy(&world.ben, 1, hour(5), hour(6));
    let begun = world.start(&new_preferring(&world, rather("14:00-16:00", &[]))).unwrap();
    let answer = world.say(&world.ana, begun.id, Message::Proposal { slots: vec![slot(hour(5))] }).unwrap();
    let alternatives = answer.refused.unwrap().alternatives;
    let preferred = alternatives.iter().take_while(|one| one.reason == Some(Reason::Preferred)).count();
    assert_eq!((alternatives.len(), preferred, alternatives[0].start), (6, 3, hour(6)));
    assert!(alternatives[preferred..].iter().all(|one| one.reason.is_none() && one.start < hour(5)));
}

#[test]
fn a_preference_against_what_is_wanted_is_refused_by_its_field() {
    let world = World::granting(AUTO);
    let wanting = |prefer: Prefer, within: &str| {
        let new = new_preferring(&world, prefer);
        New { want: Want { within: Window::parse(within), ..new.want }, ..new }
    };
    for (new, field) in [
        (wanting(rather("09:00-12:00", &[]), "14:00-24:00"), "prefer"),
        (wanting(rather("09:00-14:10", &[]), "14:00-24:00"), "prefer"),
        (wanting(rather("09:00-09:10", &[]), ""), "prefer"),
        (wanting(rather("", &["wed"]), ""), "prefer_days"),
        (wanting(rather("", &["2027-02-01"]), ""), "prefer_days"),
        (wanting(rather("", &["fri"; 101]), ""), "prefer_days"),
    ] {
        match world.start(&new) {
            Err(crate::base::error::Error::Invalid { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    assert!(world.start(&wanting(rather("09:00-14:30", &["wed", "sat"]), "14:00-24:00")).is_ok());
    assert!(world.start(&wanting(rather("22:00-02:00", &[]), "00:00-06:00")).is_ok());
}

#[test]
fn what_was_wanted_before_anybody_could_prefer_is_read_as_before() {
    let old =
        r#"{"minutes":30,"from":1,"to":2,"days":["2027-01-16"],"within":"10:00-12:00","place":"video"}"#;
    let want: Want = serde_json::from_str(old).unwrap();
    assert_eq!((want.minutes, want.prefer), (30, Prefer::default()));
    let want = Want { prefer: rather("10:00-12:00", &["sat", "2027-01-16"]), ..new_with(&[]).want };
    let kept = serde_json::to_string(&want).unwrap();
    assert_eq!(serde_json::from_str::<Want>(&kept).unwrap(), want);
}
