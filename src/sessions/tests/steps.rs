//! Steps: what may follow what, who may say it, and what the house's agents make of it.

use super::*;

#[test]
fn two_agents_agree_on_the_first_time_that_suits_both_and_it_is_booked() {
    let world = World::granting(AUTO);
    world.occupy(&world.ana, 1, hour(1), hour(3));
    world.occupy(&world.ben, 2, hour(3), hour(4));
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    assert_eq!(begun.state, State::Initiated);
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::Confirmed);
    assert_eq!(
        world.transcript(begun.id),
        ["Ana's agent: proposal", "Ben's agent: accept", "the house: confirm"]
    );
    let meeting = world.meeting_of(&session);
    assert_eq!((meeting.start, meeting.title.as_str()), (hour(4), "Budget"));
    let people: Vec<_> = meeting.participants.iter().map(|one| one.address.as_str().to_owned()).collect();
    assert_eq!(people, ["ana@example.org", "ben@example.org"]);
    assert_eq!(meeting.owner, Some(id_of(&world.ana)));
    assert_eq!(world.holds(begun.id), 0, "what was held is the meeting's now");
}

#[test]
fn where_a_person_confirms_nothing_is_booked_before_they_do() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::AwaitingConfirmation);
    let ben = session.party(id_of(&world.ben)).unwrap();
    assert_eq!(ben.standing, Standing::Decides);
    let proposal = ben.proposal.unwrap();
    let decided = world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap();
    assert_eq!(decided.session.state, State::Confirmed);
}

#[test]
fn while_one_of_three_decides_the_other_agent_agrees_and_then_it_is_booked() {
    let world = World::granting(CONFIRM);
    let (cleo, connection) = (world.cleo.clone(), world.with_cleo);
    world.write(move |cx| network::set_grant(cx, &cleo, connection, &grant(AUTO)).map(drop)).unwrap();
    let begun = world.start(&new_with(&[world.with_ben, world.with_cleo])).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::AwaitingConfirmation);
    let of = |who: &Actor| session.party(id_of(who)).unwrap().clone();
    let (ben, cleo) = (of(&world.ben), of(&world.cleo));
    assert_eq!((ben.standing, cleo.standing), (Standing::Decides, Standing::Agrees));
    assert_eq!(ben.proposal, cleo.proposal);
    let yes = Message::Accept { proposal: ben.proposal.unwrap() };
    let decided = world.say(&world.ben, begun.id, yes).unwrap().session;
    assert_eq!(decided.state, State::Confirmed);
    assert_eq!(world.meeting_of(&decided).participants.len(), 3);
}

#[test]
fn where_two_must_decide_the_second_yes_books_it() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben, world.with_cleo])).unwrap();
    world.let_agents_speak();
    let proposal = world.see(begun.id).party(id_of(&world.cleo)).unwrap().proposal.unwrap();
    let first = world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap().session;
    assert_eq!(first.state, State::AwaitingConfirmation);
    let second = world.say(&world.cleo, begun.id, Message::Accept { proposal }).unwrap().session;
    assert_eq!(second.state, State::Confirmed);
}

#[test]
fn whoever_refuses_a_time_is_proposed_others() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let proposals: Vec<ProposalId> = world.see(begun.id).open_proposals().map(|one| one.id).collect();
    let starts: Vec<Timestamp> = world.see(begun.id).proposals.iter().map(|one| one.start).collect();
    for proposal in proposals {
        let note = "Not then.".to_owned();
        let message = Message::Decline { proposal: Some(proposal), note };
        assert!(world.say(&world.ben, begun.id, message).unwrap().refused.is_none());
    }
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.rounds, 2);
    assert!(session.open_proposals().all(|one| !starts.contains(&one.start)), "no time comes again");
}

#[test]
fn where_nothing_is_known_of_the_other_side_its_agent_counters() {
    let world = World::granting(&[Scope::Propose, Scope::BookConfirmed, Scope::BookAlone]);
    // Ben is busy all the first day, which Ana's agent cannot see.
    world.occupy(&world.ben, 1, hour(0), hour(20));
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(
        world.transcript(begun.id),
        [
            "Ana's agent: proposal",
            "Ben's agent: counter",
            "Ana's agent: accept",
            "Ben's agent: accept",
            "the house: confirm"
        ]
    );
    assert_eq!(world.meeting_of(&session).start, hour(20));
}

#[test]
fn where_no_time_suits_the_session_ends_and_says_so() {
    let world = World::granting(AUTO);
    world.occupy(&world.ben, 1, hour(0), hour(48));
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!((session.state, session.reason.as_deref()), (State::Canceled, Some("no-common-time")));
}

#[test]
fn three_people_meet_at_a_time_that_suits_all_and_whoever_need_not_come_is_invited_if_free() {
    let world = World::granting(AUTO);
    world.occupy(&world.ben, 1, hour(1), hour(2));
    world.occupy(&world.cleo, 2, hour(2), hour(3));
    let all = world.start(&new_with(&[world.with_ben, world.with_cleo])).unwrap();
    world.let_agents_speak();
    let meeting = world.meeting_of(&world.see(all.id));
    assert_eq!((meeting.start, meeting.participants.len()), (hour(3), 3));

    let optional = New { optional: vec![world.with_cleo], ..new_with(&[world.with_ben]) };
    let without = world.start(&optional).unwrap();
    world.let_agents_speak();
    let meeting = world.meeting_of(&world.see(without.id));
    // Directly before the first meeting, which leaves the day in fewer pieces; Cleo is busy then.
    assert_eq!((meeting.start, meeting.participants.len()), (hour(2).plus(30 * MINUTE), 2));
}

#[test]
fn a_session_has_so_many_rounds_and_then_the_people_decide() {
    let world = World::with(CONFIRM, |house| house.session_rounds = 2);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    for start in [hour(5), hour(6)] {
        let message = Message::Proposal { slots: vec![slot(start)] };
        assert!(world.say(&world.ana, begun.id, message).unwrap().refused.is_none());
    }
    let agent = Actor::new(world.ana.who, Road::Worker, "t");
    let third = world.say(&agent, begun.id, Message::Proposal { slots: vec![slot(hour(7))] });
    assert_eq!(refused(third), "session.rounds");
    let session = world.see(begun.id);
    assert_eq!(session.state, State::AwaitingConfirmation);
    assert!(session.required().all(|party| party.standing == Standing::Decides));
    let open = session.open_proposals().next().unwrap().clone();
    assert_eq!(open.start, hour(6));
    let accept = || Message::Accept { proposal: open.id };
    assert_eq!(world.say(&world.ben, begun.id, accept()).unwrap().session.state, State::AwaitingConfirmation);
    assert_eq!(world.say(&world.ana, begun.id, accept()).unwrap().session.state, State::Confirmed);
}

#[test]
fn when_the_rounds_are_over_the_people_may_name_others_and_refuse_the_last() {
    let world = World::with(CONFIRM, |house| house.session_rounds = 1);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    let agent = Actor::new(world.ana.who, Road::Worker, "t");
    let name = |who: &Actor, start| {
        world.say(who, begun.id, Message::Proposal { slots: vec![slot(start)] }).unwrap().refused
    };
    assert!(name(&agent, hour(5)).is_none());
    assert_eq!(name(&agent, hour(6)).unwrap().code, "session.rounds");
    let first = world.see(begun.id).open_proposals().next().unwrap().id;
    let said_yes = world.say(&world.ana, begun.id, Message::Accept { proposal: first }).unwrap().session;
    assert_eq!(said_yes.party(id_of(&world.ana)).unwrap().standing, Standing::Confirms);
    // Ben picks none of them: he names another, and is asked nothing more about it.
    assert!(name(&world.ben, hour(20)).is_none());
    let session = world.see(begun.id);
    let ben = session.party(id_of(&world.ben)).unwrap();
    assert_eq!((session.state, ben.standing), (State::Negotiating, Standing::Confirms));
    let notes = world.transcript(begun.id).iter().filter(|said| said.ends_with("rounds")).count();
    assert_eq!(notes, 1, "it was handed over once");
    let named = session.open_proposals().next().unwrap().id;
    let refused = Message::Decline { proposal: Some(named), note: String::new() };
    let over = world.say(&world.ana, begun.id, refused).unwrap().session;
    assert_eq!((over.state, over.reason.as_deref()), (State::Canceled, Some("no-common-time")));
}

#[test]
fn a_confirm_names_a_time_that_was_proposed() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    let strange = ProposalId::from_uuid(uuid::Uuid::from_u128(9));
    let named = world.say(&world.ana, begun.id, Message::Proposal { slots: vec![slot(hour(5))] }).unwrap();
    assert!(named.refused.is_none());
    assert_eq!(
        code(world.say(&world.ben, begun.id, Message::Confirm { proposal: strange })),
        "session.not-proposed"
    );
    let proposal = world.see(begun.id).proposals[0].id;
    let early = world.say(&world.ana, begun.id, Message::Confirm { proposal });
    assert_eq!(refused(early), "session.waiting");
    let both = world.say(&world.ben, begun.id, Message::Confirm { proposal }).unwrap();
    assert_eq!(both.session.state, State::Confirmed);
    assert_eq!(code(world.say(&world.ben, begun.id, Message::Confirm { proposal })), "session.booked");
}

#[test]
fn a_time_that_is_not_allowed_or_not_free_is_refused_with_others() {
    let world = World::granting(CONFIRM);
    world.occupy(&world.ben, 1, hour(5), hour(6));
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    let answer = world.say(&world.ana, begun.id, Message::Proposal { slots: vec![slot(hour(5))] }).unwrap();
    let refusal = answer.refused.unwrap();
    assert_eq!(refusal.code, "session.slot-taken");
    assert!(!refusal.alternatives.is_empty());
    assert_eq!(world.see(begun.id).rounds, 0);
    let long = Slot::of(hour(7), hour(8));
    assert_eq!(code(world.say(&world.ana, begun.id, Message::Proposal { slots: vec![long] })), "invalid");
}

#[test]
fn what_was_asked_is_kept_even_where_a_step_is_refused() {
    let world = World::granting(CONFIRM);
    world.occupy(&world.ben, 1, hour(5), hour(6));
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    let asked = || world.town.read(|cx| network::questions(cx, &world.ben, None, 50)).questions.len();
    let before = asked();
    assert_eq!(
        refused(world.say(&world.ana, begun.id, Message::Proposal { slots: vec![slot(hour(5))] })),
        "session.slot-taken"
    );
    assert_eq!(asked(), before + 1);
}

#[test]
fn whoever_is_not_connected_or_granted_nothing_is_no_party() {
    let world = World::granting(&[Scope::AvailabilityRead]);
    assert_eq!(code(world.start(&new_with(&[world.with_ben]))), "denied");
    let stranger = ConnectionId::from_uuid(uuid::Uuid::from_u128(3));
    assert_eq!(code(world.start(&new_with(&[stranger]))), "denied");
    // Ben's grant to Ana lets Ana's agent propose; it does not let Ben's propose to Ana.
    let world = World::granting(AUTO);
    let (ben, new) = (world.ben.clone(), new_with(&[world.with_ben]));
    assert_eq!(code(world.write(move |cx| start(cx, &ben, &new)).unwrap().allowed()), "denied");
}

#[test]
fn a_session_is_its_parties_own() {
    let world = World::granting(AUTO);
    let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
    let cleo = world.cleo.clone();
    assert_eq!(code(world.town.store.read_blocking(|cx| session(cx, &cleo, id))), "not-found");
    assert_eq!(code(world.say(&world.cleo, id, Message::Note { text: "Hello".to_owned() })), "not-found");
    assert!(world.town.read(|cx| sessions(cx, &cleo, None, 10)).sessions.is_empty());
    let ben = world.ben.clone();
    assert_eq!(world.town.read(|cx| sessions(cx, &ben, None, 10)).sessions[0].id, id);
}

#[test]
fn a_revoked_connection_ends_the_session_in_the_middle_and_says_no_more() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let (ben, connection) = (world.ben.clone(), world.with_ben);
    world.write(move |cx| network::end(cx, &ben, connection)).unwrap();
    let proposal = world.see(begun.id).proposals[0].id;
    let answer = world.say(&world.ana, begun.id, Message::Accept { proposal }).unwrap();
    assert_eq!((answer.session.state, answer.session.reason.as_deref()), (State::Canceled, Some("revoked")));
    assert_eq!(code(world.say(&world.ben, begun.id, Message::Accept { proposal })), "session.over");
}

#[test]
fn a_grant_taken_back_before_the_last_yes_ends_it_too() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let (ben, connection) = (world.ben.clone(), world.with_ben);
    world.write(move |cx| network::set_grant(cx, &ben, connection, &grant(&[]))).unwrap();
    let proposal = world.see(begun.id).proposals[0].id;
    let answer = world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap();
    assert_eq!((answer.session.state, answer.session.reason.as_deref()), (State::Canceled, Some("revoked")));
    assert!(answer.session.meeting.is_none());
}

#[test]
fn whatever_ends_what_was_granted_ends_the_session_at_once_and_tells_both() {
    for how in ["revoked", "taken back"] {
        let world = World::granting(CONFIRM);
        let begun = world.start(&new_with(&[world.with_ben])).unwrap();
        world.let_agents_speak();
        let (ben, connection) = (world.ben.clone(), world.with_ben);
        world
            .write(move |cx| match how {
                "revoked" => network::end(cx, &ben, connection).map(drop),
                _ => network::set_grant(cx, &ben, connection, &grant(&[])).map(drop),
            })
            .unwrap();
        let entries = world.town.read(|cx| journal::after(cx, 0, 1_000));
        world.write(move |cx| entries.iter().try_for_each(|entry| (FOLLOWER.apply)(cx, entry))).unwrap();
        let session = world.see(begun.id);
        assert_eq!((session.state, session.reason.as_deref()), (State::Canceled, Some("revoked")), "{how}");
        let told = world.town.read(|cx| journal::newest(cx, "session.ended", 10));
        assert_eq!(told.len(), 2, "{how}");
    }
}

#[test]
fn constraints_that_came_after_the_proposal_count_at_the_last_yes() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let (ben, connection) = (world.ben.clone(), world.with_ben);
    world
        .write(move |cx| {
            let mut narrower = grant(CONFIRM);
            narrower.constraints.notice_minutes = 40 * 60;
            network::set_grant(cx, &ben, connection, &narrower)
        })
        .unwrap();
    let proposal = world.see(begun.id).proposals[0].id;
    let refusal = world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap().refused.unwrap();
    assert_eq!(refusal.code, "session.slot-taken");
    assert!(refusal.alternatives.iter().all(|one| one.start >= hour(40)));
}

#[test]
fn what_the_initiator_granted_counts_as_well() {
    let world = World::granting(AUTO);
    let (ana, connection) = (world.ana.clone(), world.with_ben);
    world
        .write(move |cx| {
            let mut mine = grant(AUTO);
            mine.constraints.notice_minutes = 10 * 60;
            network::set_grant(cx, &ana, connection, &mine)
        })
        .unwrap();
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    assert_eq!(world.meeting_of(&world.see(begun.id)).start, hour(10));
}

#[test]
fn a_session_expires_by_the_clock_whoever_takes_note() {
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    world.town.clock.advance(3 * DAY);
    assert_eq!(world.write(expire_overdue).unwrap(), 1);
    let session = world.see(begun.id);
    assert_eq!((session.state, session.reason.as_deref()), (State::Expired, Some("time")));
    let proposal = session.proposals[0].id;
    assert_eq!(code(world.say(&world.ben, begun.id, Message::Accept { proposal })), "session.over");
}

#[test]
fn every_step_is_legal_in_its_states_and_in_no_other() {
    let table: Vec<String> = State::ALL
        .iter()
        .map(|state| {
            let legal = Step::ALL.iter().filter(|step| step.is_legal(*state)).map(|step| step.as_str());
            format!("{}: {}", state.as_str(), legal.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        table,
        [
            "initiated: proposal decline cancel note",
            "negotiating: proposal counter accept decline confirm cancel note",
            "awaiting_confirmation: proposal counter accept decline confirm cancel note",
            "booking: cancel note",
            "confirmed: ",
            "canceled: ",
            "expired: ",
            "error: ",
        ]
    );
}

#[test]
fn messages_are_checked_against_their_schema() {
    let read = |text: &str| serde_json::from_str::<Message>(text).map_err(|error| error.to_string());
    assert!(read(r#"{"type":"note","text":"Hello"}"#).is_ok());
    for (text, says) in [
        (r#"{"type":"shout","text":"Hello"}"#, "unknown variant"),
        (r#"{"type":"note","text":"Hello","to":"x"}"#, "unknown field"),
        (r#"{"type":"accept"}"#, "missing field"),
        (r#"{"type":"accept","proposal":"mtg_1"}"#, "id"),
        (r#"{"type":"proposal","slots":[{"start":"2027-01-15T09:00:00Z"}]}"#, "missing field"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
    let world = World::granting(CONFIRM);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    let backwards = Slot::of(hour(6), hour(5));
    for slots in [vec![backwards], vec![slot(hour(5)); 6]] {
        assert_eq!(code(world.say(&world.ana, begun.id, Message::Proposal { slots })), "invalid");
    }
    let noted = Message::Note { text: "Write to ben@example.org".to_owned() };
    assert!(world.say(&world.ana, begun.id, noted).unwrap().refused.is_none());
    assert!(!world.town.whole_text().contains("Write to ben@example.org"), "addresses are blanked");
}
