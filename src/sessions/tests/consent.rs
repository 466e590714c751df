//! Consent: what an agent may go by, whose questions are spent, and that nobody is booked beyond what they granted.

use super::*;
use crate::network::Place;

const PROPOSE: &[Scope] = &[Scope::Propose];
const UNSEEN: &[Scope] = &[Scope::Propose, Scope::BookConfirmed];

fn told_of(world: &World, kind: &'static str) -> usize {
    world.town.read(|cx| journal::newest(cx, kind, 1_000)).len()
}

/// A session in which a time lies on the table that Ana named herself.
fn on_the_table(world: &World, new: &New, start: Timestamp) -> (SessionId, ProposalId) {
    let id = world.start(new).unwrap().id;
    let named = Message::Proposal { slots: vec![slot(start)] };
    assert!(world.say(&world.ana, id, named).unwrap().refused.is_none());
    (id, world.see(id).proposals[0].id)
}

#[test]
fn whoever_lets_times_be_proposed_and_no_more_is_booked_by_nobodys_yes() {
    let world = World::granting(PROPOSE);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::AwaitingConfirmation);
    let proposal = session.party(id_of(&world.ben)).unwrap().proposal.unwrap();
    for message in [Message::Accept { proposal }, Message::Confirm { proposal }] {
        let answer = world.say(&world.ben, begun.id, message).unwrap();
        assert_eq!(answer.refused.unwrap().code, "session.not-granted");
        assert_eq!((answer.session.meeting, answer.session.version), (None, session.version));
    }
    // Once he allows it, his yes counts.
    world.grant(&world.ben, world.with_ben, grant(UNSEEN));
    let booked = world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap();
    assert_eq!(booked.session.state, State::Confirmed);
}

#[test]
fn what_may_be_booked_is_looked_up_again_in_the_transaction_that_books() {
    let world = World::granting(AUTO);
    let (ben, cleo) = (world.with_ben, world.with_cleo);
    // Ben's agent agrees by itself; while Cleo decides, he takes that back.
    world.grant(&world.cleo, cleo, grant(CONFIRM));
    let begun = world.start(&new_with(&[ben, cleo])).unwrap();
    world.let_agents_speak();
    assert_eq!(world.see(begun.id).party(id_of(&world.ben)).unwrap().standing, Standing::Agrees);
    world.grant(&world.ben, ben, grant(CONFIRM));
    let proposal = world.see(begun.id).party(id_of(&world.cleo)).unwrap().proposal.unwrap();
    let answer = world.say(&world.cleo, begun.id, Message::Accept { proposal }).unwrap();
    assert_eq!((answer.session.state, answer.session.meeting), (State::AwaitingConfirmation, None));
    assert_eq!(answer.session.reason.as_deref(), Some("grant"));
    assert_eq!(answer.session.party(id_of(&world.ben)).unwrap().standing, Standing::Decides);
    let booked = world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap();
    assert_eq!(booked.session.state, State::Confirmed);
}

#[test]
fn whoever_tries_times_spends_their_own_questions_and_nobody_elses_yes_is_refused_for_it() {
    let world = World::with(CONFIRM, |house| house.questions_per_hour = 10);
    // Ben may know when Ana has time, as Ana may of him and of Cleo.
    world.grant(&world.ana, world.with_ben, grant(CONFIRM));
    world.occupy(&world.ana, 1, hour(9), hour(10));
    let (id, proposal) = on_the_table(&world, &new_with(&[world.with_ben, world.with_cleo]), hour(5));
    let tries = (0..30).map(|_| {
        let slots = vec![slot(hour(9))];
        world.say(&world.ben, id, Message::Counter { slots, note: String::new() })
    });
    let (mut refused, mut throttled) = (0, 0);
    for answer in tries {
        match answer {
            Ok(answer) => {
                assert_eq!(answer.refused.unwrap().code, "session.slot-taken");
                refused += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), "throttled");
                throttled += 1;
            }
        }
    }
    assert_eq!((refused, throttled), (10, 20));
    for who in [&world.cleo, &world.ben] {
        assert!(world.say(who, id, Message::Accept { proposal }).unwrap().refused.is_none());
    }
    assert_eq!(world.see(id).state, State::Confirmed);
}

#[test]
fn a_booking_is_not_undone_because_questions_are_spent() {
    let world = World::with(AUTO, |house| house.questions_per_hour = 2);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    assert_eq!(world.see(begun.id).state, State::Confirmed);
    // Asked to begin, asked when he has time, and told that he is booked.
    assert_eq!(world.log_of(&world.ben).len(), 3);
}

#[test]
fn an_agent_whose_questions_are_spent_goes_on_when_there_are_new_ones() {
    let world = World::with(AUTO, |house| house.questions_per_hour = 1);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    assert_eq!(world.see(begun.id).state, State::Initiated);
    world.town.clock.advance(HOUR + MINUTE);
    world.let_agents_speak();
    assert_eq!(world.see(begun.id).state, State::Confirmed);
}

#[test]
fn nobody_learns_from_a_session_of_three_when_another_has_time_who_does_not_let_them_know() {
    let world = World::granting(AUTO);
    world.grant(&world.cleo, world.with_cleo, grant(UNSEEN));
    world.occupy(&world.cleo, 1, hour(9), hour(11));
    let (id, _) = on_the_table(&world, &new_with(&[world.with_ben, world.with_cleo]), hour(5));
    let before = world.log_of(&world.cleo).len();
    for at in [hour(9), hour(10)] {
        // Ben names a time at which only Cleo is busy: nothing tells him so.
        let named = Message::Counter { slots: vec![slot(at)], note: String::new() };
        assert!(world.say(&world.ben, id, named).unwrap().refused.is_none());
    }
    // Where his own time is taken, what he is offered instead says nothing of hers.
    world.occupy(&world.ben, 2, hour(8), hour(9));
    let named = Message::Counter { slots: vec![slot(hour(8))], note: String::new() };
    let refusal = world.say(&world.ben, id, named).unwrap().refused.unwrap();
    assert!(refusal.alternatives.iter().any(|one| (hour(9)..hour(11)).contains(&one.start)));
    assert_eq!(world.log_of(&world.cleo).len(), before, "and so nobody asked her");
    // She herself is not found free then, and it is not booked.
    let proposal = world.see(id).open_proposals().next().unwrap().id;
    let hers = world.say(&world.cleo, id, Message::Accept { proposal }).unwrap();
    assert_eq!(hers.refused.unwrap().code, "session.slot-taken");
}

#[test]
fn even_the_initiator_sees_only_the_time_of_those_who_let_them() {
    let world = World::granting(UNSEEN);
    world.occupy(&world.ben, 1, hour(5), hour(6));
    // The time is proposed, though he is busy: Ana's agent does not know.
    let (id, proposal) = on_the_table(&world, &new_with(&[world.with_ben]), hour(5));
    assert_eq!(refused(world.say(&world.ben, id, Message::Accept { proposal })), "session.slot-taken");
    assert!(!world.log_of(&world.ben).iter().any(|line| line.contains("availability")));
}

#[test]
fn nobody_is_asked_about_a_time_that_somebody_else_does_not_have() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    // Ana's agent has named its times; before Ben's looks at them, Ana's first hours are taken.
    let lease = world.write(|cx| queue::claim(cx, AGENTS, 1, MINUTE)).unwrap().remove(0);
    world.write(move |cx| step(cx, &lease)).unwrap();
    let named: Vec<Timestamp> = world.see(begun.id).open_proposals().map(|one| one.start).collect();
    world.occupy(&world.ana, 1, named[0], named[0].plus(4 * HOUR));
    world.let_agents_speak();
    let session = world.see(begun.id);
    let asked = session.to_decide(id_of(&world.ben));
    assert!(!asked.is_empty() && asked.iter().all(|one| one.start >= named[0].plus(4 * HOUR)));
    assert_eq!(told_of(&world, "session.decision"), 1, "once, about what can be had");
}

#[test]
fn the_log_says_who_asked_what_for_and_that_times_were_shown() {
    let world = World::granting(AUTO);
    world.connect_ben_and_cleo();
    world.grant(&world.ana, world.with_ben, grant(CONFIRM));
    let (id, _) = on_the_table(&world, &new_with(&[world.with_ben, world.with_cleo]), hour(5));
    let named = Message::Counter { slots: vec![slot(hour(6))], note: String::new() };
    assert!(world.say(&world.ben, id, named).unwrap().refused.is_none());
    insta::assert_snapshot!(world.log_of(&world.ben).join("\n"));
    insta::assert_snapshot!(world.log_of(&world.ana).join("\n"));
    // Connected, and she lets him know nothing: he asks her nothing.
    assert!(world.log_of(&world.cleo).iter().all(|line| line.starts_with("Ana: ")));
}

#[test]
fn who_need_not_come_is_booked_only_as_they_granted() {
    let far = |scopes: &[Scope]| {
        let mut far = grant(scopes);
        far.constraints.notice_minutes = 30 * 24 * 60;
        far
    };
    for (hers, comes) in
        [(grant(AUTO), true), (grant(CONFIRM), false), (grant(PROPOSE), false), (far(AUTO), false)]
    {
        let world = World::granting(AUTO);
        world.grant(&world.cleo, world.with_cleo, hers);
        let new = New { optional: vec![world.with_cleo], ..new_with(&[world.with_ben]) };
        let begun = world.start(&new).unwrap();
        world.let_agents_speak();
        let people = world.meeting_of(&world.see(begun.id)).participants.len();
        assert_eq!(people == 3, comes);
        let asked = world.log_of(&world.cleo).iter().any(|line| line.contains("to book"));
        assert_eq!(asked, comes, "whoever is booked reads it");
    }
}

#[test]
fn who_need_not_come_and_says_yes_is_booked() {
    let world = World::granting(CONFIRM);
    let new = New { optional: vec![world.with_cleo], ..new_with(&[world.with_ben]) };
    let (id, proposal) = on_the_table(&world, &new, hour(5));
    assert!(world.say(&world.cleo, id, Message::Accept { proposal }).unwrap().refused.is_none());
    let booked = world.say(&world.ben, id, Message::Accept { proposal }).unwrap().session;
    assert_eq!(world.meeting_of(&booked).participants.len(), 3);
}

#[test]
fn who_need_not_come_refuses_for_themselves_alone_and_ends_nothing() {
    let world = World::granting(AUTO);
    let new = New { optional: vec![world.with_cleo], ..new_with(&[world.with_ben]) };
    let (id, proposal) = on_the_table(&world, &new, hour(5));
    let no = Message::Decline { proposal: Some(proposal), note: String::new() };
    assert!(world.say(&world.cleo, id, no).unwrap().session.open_proposal(proposal).is_ok());
    let end = Message::Cancel { note: String::new() };
    assert_eq!(code(world.say(&world.cleo, id, end)), "session.optional");
    let booked = world.say(&world.ben, id, Message::Accept { proposal }).unwrap().session;
    assert_eq!((booked.state, world.meeting_of(&booked).participants.len()), (State::Confirmed, 2));
}

#[test]
fn without_who_need_not_come_it_goes_on() {
    let world = World::granting(AUTO);
    let new = New { optional: vec![world.with_cleo], ..new_with(&[world.with_ben]) };
    let (id, proposal) = on_the_table(&world, &new, hour(5));
    let connection = world.with_cleo;
    assert_eq!(world.write(move |cx| end_through(cx, &operator(), connection)).unwrap(), 1);
    assert_eq!(world.see(id).state, State::Negotiating);
    let booked = world.say(&world.ben, id, Message::Accept { proposal }).unwrap().session;
    assert_eq!(world.meeting_of(&booked).participants.len(), 2);
}

#[test]
fn whoever_took_it_into_their_own_hands_is_asked_before_their_agent_agrees() {
    let world = World::granting(AUTO);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    let named = Message::Proposal { slots: vec![slot(hour(9))] };
    assert!(world.say(&world.ana, begun.id, named).unwrap().refused.is_none());
    let other = Message::Counter { slots: vec![slot(hour(12))], note: String::new() };
    assert!(world.say(&world.ben, begun.id, other).unwrap().refused.is_none());
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!((session.state, session.meeting), (State::AwaitingConfirmation, None));
    assert_eq!(session.party(id_of(&world.ana)).unwrap().standing, Standing::Decides);
    let proposal = session.open_proposals().next().unwrap().id;
    let booked = world.say(&world.ana, begun.id, Message::Accept { proposal }).unwrap().session;
    assert_eq!(world.meeting_of(&booked).start, hour(12));
}

#[test]
fn where_somebody_meets_by_phone_alone_the_meeting_is_by_phone() {
    let world = World::granting(AUTO);
    let mut phone = grant(AUTO);
    phone.constraints.places = [Place::Phone].into();
    world.grant(&world.ben, world.with_ben, phone);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    assert_eq!(world.meeting_of(&world.see(begun.id)).location, "By phone");
    // Where no way suits all, no time does.
    let mut video = grant(AUTO);
    video.constraints.places = [Place::Video].into();
    world.grant(&world.cleo, world.with_cleo, video);
    let begun = world.start(&new_with(&[world.with_ben, world.with_cleo])).unwrap();
    world.let_agents_speak();
    assert_eq!(world.see(begun.id).reason.as_deref(), Some("no-common-time"));
}

#[test]
fn every_step_stands_in_the_journal_and_nothing_of_what_was_said() {
    let world = World::granting(CONFIRM);
    let (id, proposal) = on_the_table(&world, &new_with(&[world.with_ben]), hour(5));
    let secret = "Bring the blue folder";
    let note = Message::Note { text: secret.to_owned() };
    assert!(world.say(&world.ana, id, note).unwrap().refused.is_none());
    let other = Message::Counter { slots: vec![slot(hour(6))], note: secret.to_owned() };
    assert!(world.say(&world.ben, id, other).unwrap().refused.is_none());
    let first = world.see(id).open_proposals().next().unwrap().id;
    assert_ne!(first, proposal);
    let no = Message::Decline { proposal: Some(first), note: secret.to_owned() };
    assert!(world.say(&world.ana, id, no).unwrap().refused.is_none());
    world.let_agents_speak();
    for kind in ["session.proposal", "session.note", "session.counter", "session.decline", "session.accept"] {
        assert!(told_of(&world, kind) > 0, "{kind}");
    }
    let entries = world.town.read(|cx| journal::after(cx, 0, 1_000));
    assert!(entries.iter().all(|entry| !serde_json::to_string(entry).unwrap().contains("folder")));
}

#[test]
fn a_session_whose_step_failed_for_good_ends_and_says_so() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world
        .write(|cx| {
            for lease in queue::claim(cx, AGENTS, 10, MINUTE)? {
                queue::bury(cx, &lease, queue::Reason::Attempts, "a fault")?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(world.write(fail_dead).unwrap(), 1);
    let session = world.see(begun.id);
    assert_eq!((session.state, session.reason.as_deref()), (State::Error, Some("fault")));
    assert_eq!(session.state.phase(), Phase::Failed);
    assert_eq!(world.write(fail_dead).unwrap(), 0, "once");
}

#[test]
fn somebody_can_decide_until_the_notice_that_was_granted() {
    let world = World::granting(CONFIRM);
    let mut early = grant(CONFIRM);
    early.constraints.notice_minutes = 4 * 60;
    world.grant(&world.ben, world.with_ben, early);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let waiting = world.town.read(|cx| waiting(cx, &world.ben, 10));
    let last = waiting[0].session.to_decide(id_of(&world.ben)).last().unwrap().start;
    assert_eq!((waiting[0].session.id, waiting[0].until), (begun.id, last.plus(-4 * HOUR)));
    assert!(world.town.read(|cx| super::waiting(cx, &world.ana, 10)).is_empty());
}

#[test]
fn the_end_of_a_long_transcript_is_what_is_shown() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    let ana = world.ana.clone();
    for round in 0..4 {
        for n in 0..55 {
            let note = Message::Note { text: format!("{}", round * 55 + n) };
            assert!(world.say(&world.ana, begun.id, note).unwrap().refused.is_none());
        }
        world.town.clock.advance(HOUR + MINUTE);
    }
    let (said, has_earlier) = world.town.read(|cx| latest(cx, &ana, begun.id));
    assert!(has_earlier);
    assert_eq!(said.last().unwrap().body["text"], "219");
    // Words have a budget as well.
    let many = (0..61).map(|_| world.say(&world.ana, begun.id, Message::Note { text: "Hello".to_owned() }));
    assert_eq!(many.filter(|answer| code_of(answer) == "throttled").count(), 1);
}

fn code_of(answer: &Result<Answer>) -> &'static str {
    answer.as_ref().map_or_else(crate::base::error::Error::code, |_| "")
}
