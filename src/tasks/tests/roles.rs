//! Roles that are filled otherwise, or are no more, while something waits for them; and programs that are.

use super::*;
use crate::accounts;

impl World {
    /// Says who fills the role, and lets the room read of it.
    fn filled(&self, by: &[&Actor]) {
        self.fill(by);
        self.follow();
    }

    /// As [`Self::filled`], before the room has read of it.
    fn fill(&self, by: &[&Actor]) {
        let (role, members): (_, Vec<_>) = (self.role, by.iter().map(|one| id_of(one)).collect());
        self.write(move |cx| agents::set_members(cx, &operator(), role, &members).map(drop)).unwrap();
    }

    fn of_role(&self, needed: u32) -> ApprovalId {
        self.ask(&self.ana, Named::Role(self.role), Some(needed)).unwrap().id
    }

    fn state(&self, id: ApprovalId) -> ApprovalState {
        self.approval(&self.ana, id).state
    }
}

#[test]
fn it_is_decided_as_soon_as_enough_votes_count_again_and_not_at_the_next_one() {
    let world = World::new();
    let (ben, cleo, dora) = (&world.ben, &world.cleo, &world.dora);
    for reads in [true, false] {
        world.filled(&[ben, cleo, dora]);
        let id = world.of_role(2);
        world.decide(ben, id, Choice::Approve).unwrap();
        world.filled(&[cleo, dora]);
        world.decide(cleo, id, Choice::Approve).unwrap();
        assert_eq!(world.state(id), ApprovalState::Pending, "who is not of it counts for nothing");
        if reads {
            world.filled(&[ben, cleo, dora]);
        } else {
            // Before the house has read of it, the same vote again counts what there is.
            world.fill(&[ben, cleo, dora]);
            assert_eq!(world.state(id), ApprovalState::Pending);
            world.decide(ben, id, Choice::Approve).unwrap();
        }
        assert_eq!(world.state(id), ApprovalState::Approved);
        assert_eq!(world.story(&id).iter().filter(|kind| *kind == "approval.approved").count(), 1);
    }
}

#[test]
fn what_a_role_that_shrank_cannot_decide_any_more_is_called_off_and_nobody_refused_it() {
    let world = World::new();
    let id = world.of_role(3);
    world.fill(&[&world.ben]);
    let refused = world.decide(&world.ben, id, Choice::Approve);
    assert_eq!(code(refused), "approval.decided", "a yes makes no refusal of it");
    assert_eq!(world.state(id), ApprovalState::Pending);
    world.follow();
    assert_eq!(world.state(id), ApprovalState::Canceled);
    assert_eq!(world.story(&id), ["approval.asked", "approval.canceled"]);
    // Where enough are left, and too many of them refused, it is refused.
    world.filled(&[&world.ben, &world.cleo, &world.dora]);
    let id = world.of_role(2);
    world.decide(&world.ben, id, Choice::Refuse).unwrap();
    world.filled(&[&world.ben, &world.cleo]);
    assert_eq!(world.state(id), ApprovalState::Refused);
}

#[test]
fn what_waited_for_a_role_that_is_no_more_ends_but_for_what_somebody_is_at() {
    let world = World::new();
    let id = world.of_role(1);
    let todo = json!({ "text": "Open the hall" });
    let untaken = world.send(&world.ana, TODO, Named::Role(world.role), todo.clone()).unwrap().id;
    let taken = world.send(&world.ana, TODO, Named::Role(world.role), todo).unwrap().id;
    world.step(&world.cleo, taken, Step::Take).unwrap();
    let role = world.role;
    world.write(move |cx| agents::remove_role(cx, &operator(), role)).unwrap();
    world.follow();
    assert_eq!(world.state(id), ApprovalState::Canceled);
    let ended = world.see(&world.ana, untaken);
    assert_eq!((ended.state, ended.note.as_str()), (State::Canceled, "The role that was asked is no more."));
    assert_eq!(world.see(&world.ana, taken).state, State::Working);
    world.step(&world.cleo, taken, Step::Complete(json!({}))).unwrap();
}

#[test]
fn somebody_whose_account_is_shut_out_is_not_waited_for_and_counts_again_when_they_are_back() {
    let world = World::new();
    let (ben, cleo) = (id_of(&world.ben), id_of(&world.cleo));
    let alone = world.ask(&world.ana, Named::Connection(world.with_ben), None).unwrap().id;
    let two = world.of_role(2);
    world.decide(&world.ben, two, Choice::Approve).unwrap();
    world.write(move |cx| accounts::disable(cx, &operator(), ben).map(drop)).unwrap();
    world.follow();
    assert_eq!(world.state(alone), ApprovalState::Canceled);
    world.decide(&world.cleo, two, Choice::Approve).unwrap();
    assert_eq!(world.state(two), ApprovalState::Pending);
    world.write(move |cx| accounts::enable(cx, &operator(), ben).map(drop)).unwrap();
    world.follow();
    assert_eq!(world.state(two), ApprovalState::Approved);
    let both = world.of_role(2);
    for user in [ben, cleo] {
        world.write(move |cx| accounts::disable(cx, &operator(), user).map(drop)).unwrap();
    }
    world.follow();
    assert_eq!(world.state(both), ApprovalState::Canceled);
}

#[test]
fn what_a_retired_program_asked_to_be_decided_is_called_off_and_its_task_goes_on() {
    let world = World::new();
    let max = world.program(&world.ben, Kind::Personal);
    let task = world.todo(&world.ana).id;
    world.step(&max, task, Step::Take).unwrap();
    let of_task = world.ask_for(&max, Named::User(id_of(&world.ben)), None, Some(task)).unwrap().id;
    let alone = world.ask(&max, Named::User(id_of(&world.ana)), None).unwrap().id;
    let by_hand = world.ask(&world.ben, Named::User(id_of(&world.ana)), None).unwrap().id;
    let (ben, id) = (world.ben.clone(), agent_of(&max));
    world.write(move |cx| agents::deactivate(cx, &ben, id).map(drop)).unwrap();
    world.follow();
    for gone in [of_task, alone] {
        assert_eq!(world.approval(&world.ben, gone).state, ApprovalState::Canceled);
    }
    assert_eq!(code(world.decide(&world.ana, alone, Choice::Approve)), "approval.decided");
    assert_eq!(world.state(by_hand), ApprovalState::Pending);
    assert_eq!(world.see(&world.ben, task).state, State::Working, "it waits for nothing any more");
}
