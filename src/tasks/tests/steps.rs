//! Tasks: who may, in which state, and how they end.

use super::*;
use crate::sessions;

const ALL: [fn() -> Step; 8] = [
    || Step::Take,
    || Step::Progress(Some(10), String::new()),
    || Step::Ask("Which?".to_owned()),
    || Step::Answer("That".to_owned()),
    || Step::Complete(json!({ "text": "Another" })),
    || Step::Fail("No".to_owned()),
    || Step::Reject(String::new()),
    || Step::Cancel(String::new()),
];

#[test]
fn what_is_over_never_changes_whoever_tries_what() {
    let world = World::new();
    for (by_ana, end) in [
        (false, Step::Complete(json!({}))),
        (false, Step::Fail("It broke".to_owned())),
        (false, Step::Reject("No".to_owned())),
        (true, Step::Cancel(String::new())),
    ] {
        let id = world.todo(&world.ana).id;
        let ended = world.step(if by_ana { &world.ana } else { &world.ben }, id, end.clone()).unwrap();
        assert!(ended.state.is_over() && ended.ended_at.is_some());
        for step in ALL {
            for who in [&world.ana, &world.ben, &world.cleo] {
                let tried = world.step(who, id, step());
                let is_same = tried.as_ref().is_ok_and(|task| *task == ended);
                assert!(
                    is_same || matches!(code(tried), "task.over" | "denied" | "not-found"),
                    "{end:?} {:?}",
                    step()
                );
            }
        }
        assert_eq!(world.see(&world.ana, id), ended);
    }
}

#[test]
fn the_step_that_ended_it_is_answered_as_the_first_time() {
    let world = World::new();
    let id = world.todo(&world.ana).id;
    let done = world.step(&world.ben, id, Step::Complete(json!({ "text": "Done" }))).unwrap();
    assert_eq!(world.step(&world.ben, id, Step::Complete(json!({ "text": "Done" }))).unwrap(), done);
    assert_eq!(code(world.step(&world.ben, id, Step::Complete(json!({ "text": "Other" })))), "task.over");
    let id = world.todo(&world.ana).id;
    let gone = world.step(&world.ana, id, Step::Cancel("Not needed".to_owned())).unwrap();
    assert_eq!(world.step(&world.ana, id, Step::Cancel(String::new())).unwrap(), gone);
    assert_eq!(world.story(&id), ["task.submitted", "task.canceled"]);
}

#[test]
fn of_a_role_the_first_takes_it_on_and_the_others_read_so() {
    let world = World::new();
    let id =
        world.send(&world.ana, TODO, Named::Role(world.role), json!({ "text": "Open the hall" })).unwrap().id;
    assert_eq!(
        code(world.step(&world.cleo, id, Step::Reject(String::new()))),
        "denied",
        "one speaks for no other"
    );
    assert_eq!(world.step(&world.cleo, id, Step::Take).unwrap().user, Some(id_of(&world.cleo)));
    assert_eq!(code(world.step(&world.dora, id, Step::Take)), "task.taken");
    assert_eq!(world.see(&world.dora, id).state, State::Working);
    let listed = world.town.read(|cx| tasks(cx, &world.dora, &Listing { limit: 10, ..Listing::default() }));
    assert_eq!(listed.tasks.len(), 1);
    world.step(&world.cleo, id, Step::Complete(json!({}))).unwrap();
    let stranger =
        Actor::new(Who::User { id: UserId::from_uuid(uuid::Uuid::nil()), admin: true }, Road::Api, "t");
    assert!(
        world.town.store.read_blocking(|cx| task(cx, &stranger, id)).is_err(),
        "nor is an administrator told"
    );
}

#[test]
fn a_program_does_not_do_itself_what_it_asks_of_its_owner() {
    let world = World::new();
    let max = world.program(&world.ben, Kind::Personal);
    let me = Named::User(id_of(&world.ben));
    let id = world.send(&max, TODO, me, json!({ "text": "Sign this" })).unwrap().id;
    assert_eq!(code(world.step(&max, id, Step::Complete(json!({})))), "denied");
    let waits = world.town.read(|cx| waiting(cx, &world.ben, 10));
    assert_eq!(waits.iter().map(|task| task.id).collect::<Vec<_>>(), [id]);
    assert_eq!(world.step(&world.ben, id, Step::Complete(json!({}))).unwrap().state, State::Completed);
    // What another asks of its owner it may do.
    let id = world.todo(&world.ana).id;
    assert_eq!(world.step(&max, id, Step::Take).unwrap().agent, Some(agent_of(&max)));
    assert_eq!(world.step(&world.ben, id, Step::Complete(json!({}))).unwrap().state, State::Completed);
}

#[test]
fn only_the_connected_are_asked_and_the_others_are_not_there() {
    let world = World::new();
    let text = || json!({ "text": "Hello" });
    for to in [
        Named::User(id_of(&world.cleo)),
        Named::User(UserId::from_uuid(uuid::Uuid::nil())),
        Named::Connection(ConnectionId::from_uuid(uuid::Uuid::nil())),
        Named::Role(RoleId::from_uuid(uuid::Uuid::nil())),
        Named::Agent(agent_of(&world.program(&world.cleo, Kind::Service))),
    ] {
        assert_eq!(code(world.send(&world.ana, TODO, to, text())), "not-found", "{to:?}");
    }
    for (kind, payload) in
        [("todo", json!({})), ("todo", json!({ "text": "", "more": 1 })), ("dance", text())]
    {
        let refused = world.send(&world.ana, kind, Named::Connection(world.with_ben), payload);
        assert_eq!(code(refused), "invalid");
    }
}

#[test]
fn a_connection_that_ends_takes_back_what_was_asked_through_it() {
    let world = World::new();
    let task = world.todo(&world.ana);
    let one = world.ask(&world.ana, Named::Connection(world.with_ben), None).unwrap();
    let (ben, id) = (world.ben.clone(), world.with_ben);
    world.write(move |cx| network::end(cx, &ben, id).map(drop)).unwrap();
    world.follow();
    assert_eq!(world.see(&world.ana, task.id).state, State::Canceled);
    assert_eq!(world.approval(&world.ana, one.id).state, ApprovalState::Canceled);
}

#[test]
fn what_a_retired_program_was_asked_has_failed_and_what_it_had_taken_on_is_its_owners() {
    let world = World::new();
    let max = world.program(&world.ben, Kind::Personal);
    let (id, who) = (agent_of(&max), max.clone());
    let new = NewType { about: String::new(), payload: json!({ "type": "object" }), result: None };
    world.write(move |cx| declare(cx, &who, id, "translate", &new).map(drop)).unwrap();
    let direct = world.send(&world.ana, "translate", Named::Agent(id), json!({})).unwrap();
    let taken = world.todo(&world.ana);
    world.step(&max, taken.id, Step::Take).unwrap();
    let ben = world.ben.clone();
    world.write(move |cx| agents::deactivate(cx, &ben, id).map(drop)).unwrap();
    world.follow();
    assert_eq!(world.see(&world.ana, direct.id).state, State::Failed);
    let left = world.see(&world.ben, taken.id);
    assert_eq!((left.state, left.agent), (State::Working, None));
    world.step(&world.ben, taken.id, Step::Complete(json!({}))).unwrap();
}

#[test]
fn what_nobody_does_in_time_expires_and_takes_its_approvals_with_it() {
    let world = World::new();
    let id = world.todo(&world.ana).id;
    world.step(&world.ben, id, Step::Take).unwrap();
    let one = world.ask_for(&world.ben, Named::User(id_of(&world.ana)), None, Some(id)).unwrap();
    assert_eq!(world.see(&world.ana, id).state, State::AuthRequired);
    world.town.clock.advance(7 * DAY);
    world.write(|cx| expire_overdue(cx).map(drop)).unwrap();
    assert_eq!(world.see(&world.ana, id).state, State::Expired);
    assert_eq!(world.approval(&world.ana, one.id).state, ApprovalState::Expired);
    world.town.clock.advance(7 * DAY + HOUR);
    world.write(|cx| delete_ended(cx).map(drop)).unwrap();
    assert!(world.town.store.read_blocking(|cx| task(cx, &world.ana, id)).is_err());
    assert!(world.town.read(|cx| journal::verify(cx, None)).is_ok());
    assert_eq!(world.story(&id).last().unwrap(), "task.erased");
}

#[test]
fn what_somebody_asked_and_said_is_taken_away_and_erased_with_them() {
    let world = World::new();
    let id = world
        .send(&world.ana, TODO, Named::Connection(world.with_ben), json!({ "text": "Quillon" }))
        .unwrap()
        .id;
    world.step(&world.ben, id, Step::Complete(json!({ "text": "Marsh" }))).unwrap();
    world.ask(&world.ana, Named::Connection(world.with_ben), None).unwrap();
    assert!(!world.town.whole_text().contains("Quillon"), "what is said is sealed");
    let user = id_of(&world.ana);
    let taken = world.town.read(|cx| export(cx, user)).to_string();
    assert!(
        taken.contains("Quillon") && taken.contains("Marsh") && taken.contains("Pay 40 euros?"),
        "{taken}"
    );
    world.write(move |cx| erase(cx, &operator(), user)).unwrap();
    assert!(world.town.store.read_blocking(|cx| task(cx, &world.ben, id)).is_err());
    let left = world.town.read(|cx| export(cx, user));
    assert_eq!(left, json!({ "tasks": [], "approvals": [], "approval_rules": [] }));
    assert!(world.town.read(|cx| journal::verify(cx, None)).is_ok());
}

#[test]
fn find_time_begins_a_session_for_whoever_asks_and_fails_where_it_may_not() {
    let world = World::new();
    let wish = json!({ "with": [world.with_ben], "minutes": 30, "from": "2027-01-18T00:00:00Z", "to": "2027-01-20T00:00:00Z" });
    let me = Named::User(id_of(&world.ana));
    let failed = world.send(&world.ana, FIND_TIME, me, wish.clone()).unwrap();
    assert_eq!(failed.state, State::Failed, "Ben lets nobody propose");
    assert_eq!(
        code(world.send(&world.ana, FIND_TIME, Named::Connection(world.with_ben), wish.clone())),
        "invalid"
    );
    world.may_be_proposed_to();
    let task = world.send(&world.ana, FIND_TIME, me, wish).unwrap();
    let session = task.about.unwrap();
    assert_eq!(task.state, State::Working);
    let ana = world.ana.clone();
    world
        .write(move |cx| {
            sessions::say(cx, &ana, session, &sessions::Message::Cancel { note: String::new() }).map(drop)
        })
        .unwrap();
    world.follow();
    let ended = world.see(&world.ana, task.id);
    assert_eq!((ended.state, ended.note.as_str()), (State::Failed, "canceled"));
}

#[test]
fn what_looks_for_a_time_is_called_off_with_the_task_that_asked_for_it() {
    let world = World::new();
    world.may_be_proposed_to();
    let wish = json!({ "with": [world.with_ben], "minutes": 30, "from": "2027-01-18T00:00:00Z", "to": "2027-01-20T00:00:00Z" });
    let me = Named::User(id_of(&world.ana));
    let state = |id| {
        let (session, ben) = (world.see(&world.ana, id).about.unwrap(), world.ben.clone());
        let found = world.town.read(move |cx| sessions::session(cx, &ben, session));
        (world.see(&world.ana, id).state, found.state)
    };
    let taken_back = world.send(&world.ana, FIND_TIME, me, wish.clone()).unwrap().id;
    world.step(&world.ana, taken_back, Step::Cancel(String::new())).unwrap();
    assert_eq!(state(taken_back), (State::Canceled, sessions::State::Canceled));
    let (ana, due_at) = (world.ana.clone(), Some(world.town.clock.now().plus(10 * MINUTE)));
    let new =
        NewTask { kind: FIND_TIME.to_owned(), to: me, payload: wish, due_at, trace_flags: String::new() };
    let late = world.write(move |cx| Ok(send(cx, &ana, &new)?.id)).unwrap();
    world.town.clock.advance(11 * MINUTE);
    assert_eq!(world.write(expire_overdue).unwrap(), 1);
    assert_eq!(state(late), (State::Expired, sessions::State::Canceled));
    world.follow();
    assert_eq!(
        state(late),
        (State::Expired, sessions::State::Canceled),
        "the end of one is no news to the other"
    );
}

#[test]
fn no_step_is_taken_of_a_task_whose_time_is_over_before_the_house_has_noted_it() {
    let world = World::new();
    let id = world.todo(&world.ana).id;
    world.step(&world.ben, id, Step::Take).unwrap();
    world.town.clock.advance(7 * DAY);
    for (who, step) in [
        (&world.ben, Step::Complete(json!({}))),
        (&world.ben, Step::Progress(Some(50), String::new())),
        (&world.ana, Step::Cancel(String::new())),
    ] {
        assert_eq!(code(world.step(who, id, step)), "task.over");
    }
    let of_task = world.ask_for(&world.ben, Named::User(id_of(&world.ana)), None, Some(id));
    assert_eq!(code(of_task), "task.over");
    let seen = world.see(&world.ben, id);
    assert_eq!((seen.state, seen.ended_at), (State::Expired, None), "it is told as it stands");
    assert!(world.town.read(|cx| steps(cx, &world.ben, &seen)).is_empty());
    assert!(world.town.read(|cx| waiting(cx, &world.ben, 10)).is_empty());
    world.write(|cx| expire_overdue(cx).map(drop)).unwrap();
    assert!(world.see(&world.ben, id).ended_at.is_some(), "and is ended once");
    assert_eq!(world.story(&id), ["task.submitted", "task.taken", "task.expired"]);
}

#[test]
fn what_is_too_long_is_refused_and_never_cut_and_what_is_to_be_opened_leads_to_the_web() {
    let world = World::new();
    let long = "x".repeat(NOTE_CHARS_MAX + 1);
    let id = world.todo(&world.ana).id;
    for step in [Step::Progress(None, long.clone()), Step::Ask(long.clone()), Step::Fail(long.clone())] {
        assert_eq!(code(world.step(&world.ben, id, step)), "invalid");
    }
    assert_eq!(code(world.step(&world.ana, id, Step::Cancel(long))), "invalid");
    let who = world.ana.clone();
    let new = |about: String| NewApproval {
        task: None,
        kind: "payment".to_owned(),
        about,
        payload: None,
        of: Named::Connection(world.with_ben),
        needed: None,
        due_at: None,
    };
    for (many, is_taken) in [(300, true), (301, false)] {
        let (who, new) = (who.clone(), new("y".repeat(many)));
        assert_eq!(world.write(move |cx| asked::ask(cx, &who, &new)).is_ok(), is_taken, "{many}");
    }
    for (url, is_taken) in [
        ("https://example.org/score", true),
        ("HTTP://example.org", true),
        ("javascript:alert(1)", false),
        ("data:text/html,hello", false),
        ("mailto:somebody", false),
        ("https:", false),
    ] {
        let payload = json!({ "text": "Read this", "url": url });
        let sent = world.send(&world.ana, TODO, Named::Connection(world.with_ben), payload);
        assert_eq!(sent.is_ok(), is_taken, "{url}");
    }
}

#[test]
fn what_waits_for_a_person_is_found_behind_however_much_their_program_has_to_do() {
    let world = World::new();
    let by_hand = world.todo(&world.ana).id;
    let unread = world.ask(&world.ana, Named::User(id_of(&world.ben)), None).unwrap().id;
    let max = world.program(&world.ben, Kind::Service);
    let (id, who) = (agent_of(&max), max.clone());
    let new = NewType { about: String::new(), payload: json!({ "type": "object" }), result: None };
    world.write(move |cx| declare(cx, &who, id, "translate", &new).map(drop)).unwrap();
    for _ in 0..12 {
        world.send(&world.ana, "translate", Named::Agent(id), json!({})).unwrap();
        let voted = world.ask(&world.ana, Named::Role(world.role), Some(3)).unwrap().id;
        world.decide(&world.ben, voted, Choice::Approve).unwrap();
    }
    let waits = world.town.read(|cx| Ok((waiting(cx, &world.ben, 5)?, asked::waiting(cx, &world.ben, 5)?)));
    assert_eq!(waits.0.iter().map(|task| task.id).collect::<Vec<_>>(), [by_hand]);
    assert_eq!(waits.1.iter().map(|one| one.id).collect::<Vec<_>>(), [unread]);
}
