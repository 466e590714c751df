//! Approvals: decided once, by those who may.

use super::*;

#[test]
fn two_of_three_of_a_role_decide_and_a_vote_after_that_is_refused_and_changes_nothing() {
    let world = World::new();
    let id = world.ask(&world.ana, Named::Role(world.role), Some(2)).unwrap().id;
    assert_eq!(world.decide(&world.ben, id, Choice::Approve).unwrap().state, ApprovalState::Pending);
    assert_eq!(
        world.decide(&world.ben, id, Choice::Approve).unwrap().count(Choice::Approve),
        1,
        "one vote each"
    );
    let decided = world.decide(&world.cleo, id, Choice::Approve).unwrap();
    assert_eq!(decided.state, ApprovalState::Approved);
    assert_eq!(code(world.decide(&world.dora, id, Choice::Refuse)), "approval.decided");
    assert_eq!(code(world.decide(&world.cleo, id, Choice::Refuse)), "approval.decided");
    assert_eq!(
        world.decide(&world.cleo, id, Choice::Approve).unwrap(),
        decided,
        "the same again is answered as it stands"
    );
    assert_eq!(world.approval(&world.ana, id), decided);
    let story = world.story(&id);
    assert_eq!(story, ["approval.asked", "approval.voted", "approval.voted", "approval.approved"]);
}

#[test]
fn it_is_refused_with_the_vote_after_which_the_number_cannot_be_reached() {
    let world = World::new();
    let id = world.ask(&world.ana, Named::Role(world.role), Some(2)).unwrap().id;
    assert_eq!(world.decide(&world.ben, id, Choice::Refuse).unwrap().state, ApprovalState::Pending);
    // What was said can be changed while it is pending.
    assert_eq!(world.decide(&world.ben, id, Choice::Approve).unwrap().count(Choice::Refuse), 0);
    assert_eq!(world.decide(&world.ben, id, Choice::Refuse).unwrap().state, ApprovalState::Pending);
    assert_eq!(world.decide(&world.dora, id, Choice::Refuse).unwrap().state, ApprovalState::Refused);
    for needed in [0, 4] {
        assert_eq!(code(world.ask(&world.ana, Named::Role(world.role), Some(needed))), "invalid");
    }
}

#[test]
fn whoever_left_the_role_counts_no_longer_and_whoever_came_does() {
    let world = World::new();
    let id = world.ask(&world.ana, Named::Role(world.role), Some(2)).unwrap().id;
    world.decide(&world.ben, id, Choice::Approve).unwrap();
    let (role, members) = (world.role, [&world.cleo, &world.dora].map(id_of));
    world.write(move |cx| agents::set_members(cx, &operator(), role, &members).map(drop)).unwrap();
    let now = world.decide(&world.cleo, id, Choice::Approve).unwrap();
    assert_eq!((now.state, now.votes.len(), now.count(Choice::Approve)), (ApprovalState::Pending, 2, 1));
    assert_eq!(code(world.decide(&world.ben, id, Choice::Refuse)), "not-found");
    assert_eq!(world.decide(&world.dora, id, Choice::Approve).unwrap().state, ApprovalState::Approved);
}

#[test]
fn of_a_role_nobody_decides_what_they_or_their_own_program_ask() {
    let world = World::new();
    let max = world.program(&world.ben, Kind::Service);
    for asks in [&world.ben, &max] {
        let id = world.ask(asks, Named::Role(world.role), Some(2)).unwrap().id;
        assert_eq!(code(world.decide(&world.ben, id, Choice::Approve)), "denied");
        assert_eq!(code(world.ask(asks, Named::Role(world.role), Some(3))), "invalid", "two can decide it");
        world.decide(&world.cleo, id, Choice::Approve).unwrap();
        assert_eq!(world.decide(&world.dora, id, Choice::Approve).unwrap().state, ApprovalState::Approved);
    }
    let me = Named::User(id_of(&world.ben));
    assert_eq!(code(world.ask(&world.ben, me, None)), "invalid", "nobody asks themselves");
    // A program asks its owner, who decides it in person.
    let id = world.ask(&max, me, None).unwrap().id;
    assert_eq!(code(world.decide(&max, id, Choice::Approve)), "denied");
    assert_eq!(world.decide(&world.ben, id, Choice::Approve).unwrap().state, ApprovalState::Approved);
}

#[test]
fn an_approval_that_waits_survives_a_restart_and_is_decided_then() {
    let world = World::new();
    let id = world.ask(&world.ana, Named::Connection(world.with_ben), None).unwrap().id;
    let town = world.town.reopened(journal::seal, |_| {});
    let (ben, choice) = (world.ben.clone(), Choice::Approve);
    let waits = town.read(|cx| asked::waiting(cx, &ben, 10));
    assert_eq!(waits.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    let decided = town.write(move |cx| asked::decide(cx, &ben, id, choice, "After the restart")).unwrap();
    assert_eq!(
        (decided.state, decided.votes[0].note.as_str()),
        (ApprovalState::Approved, "After the restart")
    );
}

#[test]
fn a_task_waits_for_its_approval_and_goes_on_however_it_is_decided() {
    let world = World::new();
    for (choice, state) in
        [(Choice::Approve, ApprovalState::Approved), (Choice::Refuse, ApprovalState::Refused)]
    {
        let id = world.todo(&world.ana).id;
        assert_eq!(
            code(world.ask_for(&world.ben, Named::Connection(world.with_ben), None, Some(id))),
            "denied"
        );
        world.step(&world.ben, id, Step::Take).unwrap();
        let one = world.ask_for(&world.ben, Named::Connection(world.with_ben), None, Some(id)).unwrap();
        assert_eq!(world.see(&world.ana, id).state, State::AuthRequired);
        assert_eq!(code(world.step(&world.ben, id, Step::Complete(json!({})))), "task.step");
        assert_eq!(world.decide(&world.ana, one.id, choice).unwrap().state, state);
        assert_eq!(world.see(&world.ana, id).state, State::Working);
        let said = world.town.read(|cx| transcript(cx, &world.ben, id, 0));
        let kinds: Vec<_> = said.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["submitted", "taken", "approval", "decided"]);
        world.step(&world.ben, id, Step::Complete(json!({}))).unwrap();
    }
}

#[test]
fn what_is_over_in_time_is_decided_no_more_before_the_house_has_noted_it() {
    let world = World::new();
    let id = world.ask(&world.ana, Named::Connection(world.with_ben), None).unwrap().id;
    world.town.clock.advance(7 * DAY);
    assert_eq!(code(world.decide(&world.ben, id, Choice::Approve)), "approval.decided");
    assert!(world.town.read(|cx| asked::waiting(cx, &world.ben, 10)).is_empty());
    world.write(|cx| expire_overdue(cx).map(drop)).unwrap();
    assert_eq!(world.approval(&world.ana, id).state, ApprovalState::Expired);
    let (ana, cleo) = (world.ana.clone(), world.cleo.clone());
    assert_eq!(code(world.write(move |cx| asked::cancel(cx, &ana, id))), "approval.decided");
    assert_eq!(code(world.write(move |cx| asked::cancel(cx, &cleo, id))), "not-found");
}
