//! A grant that is changed in the middle: what is on the table is looked at again at once.

use super::*;

impl World {
    /// Ben grants Ana something else, and the journal is read.
    fn regrant(&self, change: impl Fn(&mut NewGrant)) {
        let (ben, connection) = (self.ben.clone(), self.with_ben);
        let mut new = grant(CONFIRM);
        change(&mut new);
        self.write(move |cx| network::set_grant(cx, &ben, connection, &new).map(drop)).unwrap();
        self.follow();
    }

    fn follow(&self) {
        let store = self.town.store.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move { while journal::follow(&store, FOLLOWER).await.unwrap() > 0 {} });
    }

    /// Whom the journal tells of something, and with which reason.
    fn told(&self, id: SessionId, kind: &str) -> Vec<(String, Option<String>)> {
        let entries = self.town.read(|cx| journal::story(cx, &id, 200));
        let of = entries.iter().filter(|entry| entry.kind == kind);
        of.map(|entry| (entry.object.clone().unwrap(), entry.text("reason").map(str::to_owned))).collect()
    }

    fn both(&self, reason: &str) -> Vec<(String, Option<String>)> {
        [&self.ana, &self.ben].map(|who| (id_of(who).to_string(), Some(reason.to_owned()))).to_vec()
    }
}

/// No meeting before so many hours from now.
fn notice(hours: u32) -> impl Fn(&mut NewGrant) {
    move |new| new.constraints.notice_minutes = hours * 60
}

fn open(session: &Session) -> Vec<Timestamp> {
    session.open_proposals().map(|one| one.start).collect()
}

#[test]
fn while_agents_negotiate_what_no_longer_fits_is_withdrawn_and_the_agents_go_on() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    let named = Message::Proposal { slots: vec![slot(hour(2)), slot(hour(20))] };
    assert!(world.say(&world.ana, begun.id, named).unwrap().refused.is_none());
    world.regrant(notice(10));
    let session = world.see(begun.id);
    assert_eq!((session.state, open(&session)), (State::Negotiating, vec![hour(20)]));
    assert_eq!(session.proposals[0].state, ProposalState::Withdrawn);
    assert_eq!(world.transcript(begun.id).last().unwrap(), "the house: error narrowed");
    assert_eq!(world.told(begun.id, "session.narrowed"), world.both("narrowed"));
    world.let_agents_speak();
    let ben = world.see(begun.id).party(id_of(&world.ben)).unwrap().clone();
    assert_eq!((ben.standing, ben.proposal), (Standing::Decides, Some(session.proposals[1].id)));
}

#[test]
fn where_nothing_is_left_the_agents_find_other_times_and_the_round_does_not_count() {
    let world = World::with(CONFIRM, |house| house.session_rounds = 1);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    assert_eq!((world.see(begun.id).state, world.see(begun.id).rounds), (State::AwaitingConfirmation, 1));
    world.regrant(notice(30));
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!((session.state, session.rounds), (State::AwaitingConfirmation, 1));
    assert!(open(&session).iter().all(|start| *start >= hour(30)) && !open(&session).is_empty());
}

#[test]
fn whoever_had_to_decide_about_a_time_that_is_gone_is_asked_about_another() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let before = world.see(begun.id);
    assert_eq!(before.state, State::AwaitingConfirmation);
    world.regrant(notice(30));
    assert_eq!(world.told(begun.id, "session.decided"), [(id_of(&world.ben).to_string(), None)]);
    world.let_agents_speak();
    let session = world.see(begun.id);
    let ben = session.party(id_of(&world.ben)).unwrap();
    assert_eq!((session.state, ben.standing), (State::AwaitingConfirmation, Standing::Decides));
    let asked = session.proposals.iter().find(|one| Some(one.id) == ben.proposal).unwrap();
    assert!(asked.start >= hour(30));
    // The time that is gone cannot be agreed to.
    let proposal = before.proposals[0].id;
    let gone = world.say(&world.ben, begun.id, Message::Accept { proposal });
    assert_eq!(code(gone), "session.proposal-over");
}

#[test]
fn what_is_being_booked_and_no_longer_fits_is_undone_and_every_party_is_told() {
    let world = World::granting(AUTO);
    let ben = world.ben.clone();
    world.write(move |cx| crate::calendar::tests::an_empty_calendar(cx, &ben)).unwrap();
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    assert_eq!((world.see(begun.id).state, world.holds(begun.id)), (State::Booking, 2));
    world.regrant(|new| {
        new.scopes = AUTO.iter().copied().collect();
        notice(30)(new);
    });
    let session = world.see(begun.id);
    assert_eq!((session.state, session.reason.as_deref()), (State::Negotiating, Some("slot-taken")));
    assert_eq!((world.holds(begun.id), open(&session)), (0, vec![]));
    assert_eq!(world.told(begun.id, "session.undone"), world.both("slot-taken"));
    assert!(world.told(begun.id, "session.narrowed").is_empty(), "that is said already");
    // The work of the second phase comes too late, and the agents find another time.
    world.let_agents_speak();
    for lease in world.write(|cx| queue::claim(cx, BOOKINGS, 10, MINUTE)).unwrap() {
        world.write(move |cx| commit(cx, &lease, true)).unwrap();
    }
    assert!(world.meeting_of(&world.see(begun.id)).start >= hour(30));
}

#[test]
fn an_agent_that_may_not_book_by_itself_any_more_asks_its_person_while_it_is_booked() {
    for is_followed in [true, false] {
        let world = World::granting(AUTO);
        let ben = world.ben.clone();
        world.write(move |cx| crate::calendar::tests::an_empty_calendar(cx, &ben)).unwrap();
        let begun = world.start(&new_with(&[world.with_ben])).unwrap();
        world.let_agents_speak();
        assert_eq!(world.see(begun.id).state, State::Booking);
        let (ben, connection, new) = (world.ben.clone(), world.with_ben, grant(CONFIRM));
        world.write(move |cx| network::set_grant(cx, &ben, connection, &new).map(drop)).unwrap();
        if is_followed {
            world.follow();
        } else {
            // The second phase looks by itself.
            let lease = world.write(|cx| queue::claim(cx, BOOKINGS, 10, MINUTE)).unwrap()[0].clone();
            world.write(move |cx| commit(cx, &lease, true)).unwrap();
        }
        let session = world.see(begun.id);
        assert_eq!((session.state, world.holds(begun.id)), (State::AwaitingConfirmation, 0));
        let ben = session.party(id_of(&world.ben)).unwrap();
        assert_eq!(ben.standing, Standing::Decides);
        let yes = Message::Accept { proposal: ben.proposal.unwrap() };
        assert_eq!(world.say(&world.ben, begun.id, yes).unwrap().session.state, State::Booking);
    }
}

#[test]
fn taking_back_a_scope_in_each_state_ends_the_session_and_tells_both() {
    for agents_speak in [false, true] {
        for scopes in [CONFIRM, AUTO] {
            let world = World::granting(scopes);
            let ben = world.ben.clone();
            world.write(move |cx| crate::calendar::tests::an_empty_calendar(cx, &ben)).unwrap();
            let begun = world.start(&new_with(&[world.with_ben])).unwrap();
            if agents_speak {
                world.let_agents_speak();
            }
            world.regrant(|new| new.scopes = [Scope::AvailabilityRead].into());
            let session = world.see(begun.id);
            assert_eq!((session.state, session.reason.as_deref()), (State::Canceled, Some("revoked")));
            assert_eq!(world.holds(begun.id), 0);
            assert_eq!(world.told(begun.id, "session.ended"), world.both("revoked"));
        }
    }
}

#[test]
fn what_still_fits_stays_and_nobody_is_told() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let before = world.see(begun.id);
    world.regrant(|new| new.constraints.horizon_days = 30);
    assert_eq!(world.see(begun.id), before);
    assert!(world.told(begun.id, "session.narrowed").is_empty());
}

#[test]
fn what_the_initiator_grants_counts_as_well() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let (ana, connection, mut new) = (world.ana.clone(), world.with_ben, grant(CONFIRM));
    new.constraints.notice_minutes = 30 * 60;
    world.write(move |cx| network::set_grant(cx, &ana, connection, &new).map(drop)).unwrap();
    world.follow();
    assert!(open(&world.see(begun.id)).is_empty());
    world.let_agents_speak();
    assert!(open(&world.see(begun.id)).iter().all(|start| *start >= hour(30)));
}

#[test]
fn looking_again_looks_into_nobodys_calendar_and_asks_nothing() {
    let world = World::with(CONFIRM, |house| house.questions_per_hour = 6);
    let begun = world.start(&new_with(&[world.with_ben, world.with_cleo])).unwrap();
    let named = Message::Proposal { slots: vec![slot(hour(2)), slot(hour(20))] };
    assert!(world.say(&world.ana, begun.id, named).unwrap().refused.is_none());
    world.follow();
    let asked = || [&world.ben, &world.cleo].map(|who| world.log_of(who).len());
    let before = asked();
    for hours in 1..=19 {
        world.regrant(notice(hours));
    }
    assert_eq!(asked(), before);
    assert_eq!(open(&world.see(begun.id)), [hour(20)]);
}
