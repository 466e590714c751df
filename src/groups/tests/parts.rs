//! Whose part it is: what a person's word counts beside their program's, who leaves, who is gone, and what is spoken of.

use super::Vote::{Abstain, No, Yes};
use super::*;

/// Everybody votes in their turn, Ana last; gives how it stands then.
fn all(world: &World, group: &Group, votes: [&[Vote]; 5]) -> Group {
    for (who, votes) in world.others.iter().chain([&world.ana]).zip(votes) {
        world.vote(who, group, votes).unwrap();
    }
    world.now(group.id)
}

fn leaves(world: &World, who: &Actor, group: &Group) -> &'static str {
    let (who, id) = (who.clone(), group.id);
    code(world.write(move |cx| leave(cx, &who, id)))
}

/// A time for Ana, Ben and Cleo, which all want: the booking waits for Ben, whose program's yes books nothing by itself.
fn being_booked(world: &World) -> Group {
    let program = world.program(&world.others[0], true);
    let new = NewGroup {
        with: world.with[..2].to_vec(),
        quorum: Some(1_000),
        ..time(world, Mode::Broadcast, &[24])
    };
    let group = world.begin(&new);
    for who in [&world.others[1], &program, &world.ana] {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    world.now(group.id)
}

/// Ben confirms what is being booked; nobody has read the journal.
fn confirm(world: &World, group: &Group) {
    let (ben, booking) = (world.others[0].clone(), group.booking.unwrap());
    world
        .write(move |cx| {
            let proposal = sessions::session(cx, &ben, booking)?.proposals[0].id;
            sessions::say(cx, &ben, booking, &sessions::Message::Accept { proposal }).map(drop)
        })
        .unwrap();
}

#[test]
fn nobody_leaves_while_a_time_is_being_booked_and_the_count_stays_as_it_was() {
    let world = World::granting(CONFIRM);
    let (group, cleo) = (being_booked(&world), world.others[1].clone());
    let now = world.see(&cleo, group.id);
    assert_eq!(
        (now.group.state, now.can.as_slice()),
        (State::Booking, [].as_slice()),
        "there is nothing to do"
    );
    assert_eq!(leaves(&world, &cleo, &group), "group.booking");
    let result = now.group.result.unwrap();
    assert_eq!((result["answered"].as_u64(), result["quorum_reached"].as_bool()), (Some(3), Some(true)));
    confirm(&world, &group);
    world.follow();
    let done = world.now(group.id);
    assert_eq!((done.state, done.result), (State::Decided, Some(result)));
}

#[test]
fn what_is_booked_is_decided_and_not_taken_back_though_nobody_has_read_that_it_is() {
    let world = World::granting(CONFIRM);
    let group = being_booked(&world);
    confirm(&world, &group);
    let (ana, id) = (world.ana.clone(), group.id);
    let asks = ana.clone();
    assert_eq!(code(world.write(move |cx| cancel(cx, &asks, id))), "group.over");
    assert_eq!(leaves(&world, &world.others[1], &group), "group.over");
    let closed = world.write(move |cx| close(cx, &ana, id)).unwrap();
    assert_eq!((closed.state, closed.chosen), (State::Decided, Some(group.candidates[0].id)));
    assert!(closed.meeting.is_some());
    world.follow();
    assert_eq!(world.now(id).meeting, closed.meeting);
    assert_eq!(world.count(&group, "group.closed"), 1, "once");

    // Nor with the account of whoever began it.
    let world = World::granting(CONFIRM);
    let group = being_booked(&world);
    confirm(&world, &group);
    let ana = id_of(&world.ana);
    world.write(move |cx| leave_all(cx, &Actor::house("t"), ana)).unwrap();
    let stands = world.now(group.id);
    assert_eq!((stands.state, stands.meeting.is_some()), (State::Decided, true));
}

#[test]
fn what_is_still_being_booked_is_taken_back_with_its_booking() {
    let world = World::granting(CONFIRM);
    let group = being_booked(&world);
    let (ana, id) = (world.ana.clone(), group.id);
    let over = world.write(move |cx| cancel(cx, &ana, id)).unwrap();
    assert_eq!((over.state, over.meeting), (State::Cancelled, None));
    let (ana, booking) = (world.ana.clone(), group.booking.unwrap());
    let session = world.town.read(|cx| sessions::session(cx, &ana, booking));
    assert_eq!((session.state, session.meeting), (sessions::State::Canceled, None));
}

#[test]
fn a_program_leaves_for_its_owner_only_where_it_is_asked_and_has_the_word() {
    let world = World::granting(CONFIRM);
    let ben = &world.others[0];
    let (program, service) = (world.program(ben, true), world.program_of(ben, AgentKind::Service, true));
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(leaves(&world, &service, &group), "session.not-played");
    assert!(world.see(&service, group.id).can.is_empty());
    assert_eq!(world.see(&program, group.id).can, [Verb::Answer, Verb::Leave]);
    world.vote(ben, &group, &[Yes]).unwrap();
    assert_eq!(leaves(&world, &program, &group), "session.decides");
    assert!(world.see(&program, group.id).can.is_empty());
    assert_eq!(world.now(group.id).present().count(), 5);
    let other = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(leaves(&world, &program, &other), "done", "while it has the word it may");
}

#[test]
fn what_a_blocked_member_said_decides_nothing_though_nobody_has_read_of_the_block() {
    let world = World::granting(CONFIRM);
    let [ben, cleo] = [world.others[0].clone(), world.others[1].clone()];
    let new = NewGroup {
        with: world.with[..2].to_vec(),
        quorum: Some(1_000),
        ..question(&world, Mode::Broadcast, &["Bach"])
    };
    let group = world.begin(&new);
    for who in [&world.ana, &ben] {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    let (ana, id) = (world.ana.clone(), world.with[0]);
    world.write(move |cx| network::block(cx, &ana, id).map(drop)).unwrap();
    assert_eq!(code(world.vote(&ben, &group, &[No])), "not-found");
    world.vote(&cleo, &group, &[Yes]).unwrap();
    let over = world.now(group.id);
    assert_eq!(
        (over.state, over.participation()),
        (State::NoQuorum, 333),
        "two of three are not all of them"
    );
    world.follow();
    assert_eq!(world.count(&group, "group.left"), 1, "once");
    // Nor where it is the time that ends it.
    let group = world.begin(&NewGroup { with: world.with[1..3].to_vec(), ..new });
    for who in [&world.ana, &cleo] {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    let (ana, id) = (world.ana.clone(), world.with[1]);
    world.write(move |cx| network::block(cx, &ana, id).map(drop)).unwrap();
    world.at(hour(10));
    assert_eq!(world.now(group.id).participation(), 333);
}

#[test]
fn an_account_that_is_shut_out_is_no_member_and_takes_back_what_it_began() {
    let world = World::granting(CONFIRM);
    let shut_out = |user: UserId| {
        let operator = Actor::new(Who::Operator, Road::Cli, "t");
        world.write(move |cx| accounts::disable(cx, &operator, user).map(drop)).unwrap();
    };
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    shut_out(id_of(&world.others[0]));
    assert_eq!(code(world.begin_as(&world.ana, &question(&world, Mode::Broadcast, &["Bach"]))), "denied");
    world.follow();
    let now = world.now(group.id);
    assert!(now.members[1].left_at.is_some(), "nobody waits for who cannot answer");
    shut_out(id_of(&world.ana));
    world.follow();
    assert_eq!(world.see(&world.others[1], group.id).group.state, State::Cancelled);
}

#[test]
fn once_somebody_has_answered_themselves_it_is_them_who_are_asked_in_the_next_round() {
    let world = World::granting(CONFIRM);
    let ben = world.others[0].clone();
    let program = world.program(&ben, true);
    let group = world.begin(&question(&world, Mode::Consensus, &["Bach", "Ravel"]));
    let second = all(&world, &group, [&[Yes, No], &[No, Yes], &[Yes, No], &[No, Yes], &[Abstain, Abstain]]);
    assert_eq!(second.round, 2);
    assert!(second.members[1].asked_at.is_some());
    assert_eq!(world.town.read(|cx| waiting(cx, &ben, 5)).len(), 1);
    let events: Vec<_> = world
        .inbox(&program)
        .into_iter()
        .map(|(_, data)| (data["event"].clone(), data["round"].clone()))
        .collect();
    assert!(!events.contains(&("asked".into(), 2.into())), "{events:?}");
    assert_eq!(code(world.vote(&program, &second, &[No, Yes])), "session.decides");
    world.vote(&ben, &second, &[Yes, No]).unwrap();
}

#[test]
fn a_late_answer_speaks_of_what_was_voted_on_in_its_round() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Consensus, &["Bach", "Ravel", "Satie"]));
    let ids: Vec<_> = group.candidates.iter().map(|one| one.id).collect();
    let second = all(
        &world,
        &group,
        [&[Yes, No, No], &[Yes, Yes, No], &[No, Yes, No], &[No, Yes, No], &[Yes, No, No]],
    );
    assert_eq!((second.round, second.candidates[2].state), (2, CandidateState::Out));
    let ben = &world.others[0];
    let say = |votes: &[(CandidateId, Vote)], round| {
        let votes = votes.iter().copied().collect();
        world.give(ben, group.id, NewAnswer { votes, text: String::new(), round })
    };
    assert_eq!(code(say(&[(ids[2], Yes)], None)), "group.round");
    assert_eq!(
        code(say(&[(ids[0], Yes), (ids[2], Yes)], None)),
        "group.round",
        "no half of an answer is taken"
    );
    say(&[(ids[2], Yes)], Some(1)).unwrap();
    say(&[(ids[0], No), (ids[2], Yes)], Some(1)).unwrap();
    let mine = world.see(ben, group.id).group;
    let late: Vec<_> = mine.answers.iter().filter(|one| one.is_late).collect();
    assert_eq!(late.len(), 2);
    assert_eq!(late[0].votes, [(ids[0], Abstain), (ids[1], Abstain), (ids[2], Yes)].into());
    assert_eq!(late[1].votes, [(ids[0], No), (ids[1], Abstain), (ids[2], Yes)].into());
    assert!(mine.answer_in(2, id_of(ben)).is_none(), "nothing of it is of the round that goes on");
    assert_eq!(
        mine.answer_in(1, id_of(ben)).unwrap().votes[&ids[0]],
        Yes,
        "nor does it change what was said in time"
    );
}

#[test]
fn what_came_of_a_silent_round_is_not_counted_from_the_one_before() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&NewGroup {
        rounds: Some(2),
        ..question(&world, Mode::Consensus, &["Bach", "Ravel", "Satie"])
    });
    all(&world, &group, [&[Yes, No, No], &[Yes, Yes, No], &[No, Yes, No], &[No, Yes, No], &[Yes, No, No]]);
    world.at(hour(10));
    let over = world.now(group.id);
    assert_eq!((over.state, over.round), (State::NoQuorum, 2));
    let result = over.result.unwrap();
    assert_eq!((result["answered"].as_u64(), result["participation"].as_u64()), (Some(0), Some(0)));
    let said = |at: usize, what: &str| result["candidates"][at][what].as_u64().unwrap();
    assert_eq!(
        (said(0, "yes"), said(0, "no"), said(1, "yes")),
        (0, 0, 0),
        "nobody answered in this round: {result}"
    );
    assert_eq!((said(2, "yes"), said(2, "no")), (0, 5), "what went out before was refused by all then");
}

#[test]
fn what_would_have_to_be_cut_or_ignored_is_refused() {
    let world = World::granting(CONFIRM);
    let new = question(&world, Mode::Broadcast, &["Bach"]);
    let begin = |new: NewGroup| code(world.begin_as(&world.ana, &new));
    assert_eq!(begin(NewGroup { question: "x".repeat(501), ..new.clone() }), "invalid");
    assert_eq!(begin(NewGroup { on_silence: Some(Silence::Skip), ..new.clone() }), "invalid");
    let labels = |labels: [String; 2]| NewGroup {
        candidates: labels.map(|label| NewCandidate { label, time: None }).into(),
        ..new.clone()
    };
    let long = "x".repeat(200);
    assert_eq!(begin(labels([format!("{long}a"), format!("{long}b")])), "invalid");
    assert_eq!(begin(labels([long.clone(), format!(" {long}")])), "invalid", "they are the same");
    assert_eq!(begin(labels([long, "Bach".to_owned()])), "done");
    let group = world.begin(&new);
    assert_eq!(code(world.tell(&world.others[0], &group, &"x".repeat(1_001))), "invalid");
    world.tell(&world.others[0], &group, &"x".repeat(1_000)).unwrap();
}
