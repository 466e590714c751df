//! Held to a conversation: what is taken away there between the two phases of a booking.

use super::*;
use crate::sessions::conversation::{self, NewConversation, Request, Rights, With};

#[test]
fn what_is_taken_away_between_the_two_phases_lets_go_of_the_time_and_asks_the_people() {
    let world = World::granting(AUTO);
    let (ana, ben, with_ben) = (world.ana.clone(), world.ben.clone(), world.with_ben);
    let rights = Rights { calendar: true, location: false, commitments: true };
    let talk = world.write(move |cx| {
        crate::calendar::tests::an_empty_calendar(cx, &ben)?;
        let new = NewConversation {
            with: vec![With::Person(with_ben)],
            shape: None,
            request: Request::Schedule,
            topic: String::new(),
            urgency: 3,
            answer_minutes: None,
            rights,
            keep_days: None,
        };
        Ok(conversation::begin(cx, &ana, &new)?.id)
    });
    let talk = talk.unwrap();
    let begun = world.start(&New { conversation: Some(talk), ..new_with(&[world.with_ben]) }).unwrap();
    world.let_agents_speak();
    assert_eq!((world.see(begun.id).state, world.holds(begun.id)), (State::Booking, 2));
    let ben = world.ben.clone();
    world
        .write(move |cx| {
            let less = Rights { commitments: false, ..rights };
            conversation::set_rights(cx, &ben, talk, less).map(drop)
        })
        .unwrap();
    world
        .write(|cx| {
            let leases = queue::claim(cx, BOOKINGS, 10, MINUTE)?;
            leases.iter().try_for_each(|lease| commit(cx, lease, true))
        })
        .unwrap();
    let session = world.see(begun.id);
    let standings: Vec<_> = session.parties.iter().map(|party| party.standing).collect();
    assert_eq!(
        (session.state, session.reason.as_deref(), world.holds(begun.id)),
        (State::AwaitingConfirmation, Some("rights"), 0)
    );
    assert_eq!(standings, [Standing::Decides; 2]);
}
