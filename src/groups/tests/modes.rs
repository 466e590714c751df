//! Broadcasts and rounds: who is asked, who may know what, and when it closes.

use super::Vote::{Abstain, IfNeedBe, No, Yes};
use super::*;
use crate::sessions::any;

#[test]
fn a_broadcast_without_candidates_collects_what_everybody_says() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &[]));
    assert_eq!((group.state, group.rules.members), (State::Asking, 5));
    for (who, text) in world.others.iter().zip(["Bach", "Ravel", "Satie", "Ligeti"]) {
        let seen = world.see(who, group.id);
        assert!(seen.group.answers.is_empty(), "nobody knows what the others say");
        assert_eq!(world.tell(who, &group, text).unwrap().state, State::Answering);
    }
    let done = world.tell(&world.ana, &group, "Write to me at ana@example.org").unwrap();
    assert_eq!((done.state, done.participation()), (State::Decided, 1_000));
    let texts: Vec<_> =
        world.see(&world.others[0], group.id).group.answers.iter().map(|one| one.text.clone()).collect();
    assert_eq!(texts.len(), 5);
    assert!(texts.iter().all(|text| !text.contains('@')), "{texts:?}");
}

#[test]
fn an_answer_can_be_changed_until_it_closes_and_every_revision_is_kept() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach", "Ravel"]));
    let ben = &world.others[0];
    world.vote(ben, &group, &[Yes, No]).unwrap();
    world.vote(ben, &group, &[No, Yes]).unwrap();
    world.vote(ben, &group, &[No, Yes]).unwrap();
    let theirs = world.see(ben, group.id);
    let revisions: Vec<_> = theirs.group.answers.iter().map(|one| one.revision).collect();
    assert_eq!((revisions, theirs.answered.len()), (vec![1, 2], 1), "the same again is no revision");
    assert_eq!(theirs.counts.len(), 0, "how the others say is not told before it closes");
    world.vote(&world.others[1], &group, &[No, Yes]).unwrap();
    world.vote(&world.others[2], &group, &[Abstain, IfNeedBe]).unwrap();
    // Three of three for the second: one no more would still be three of four, two would not.
    assert_eq!(world.now(group.id).state, State::Answering);
    let done = world.vote(&world.others[3], &group, &[Yes, Yes]).unwrap();
    assert_eq!(done.state, State::Decided, "whatever Ana says, it is the second: four of five");
    assert_eq!(done.chosen, Some(group.candidates[1].id));
    let result = done.result.unwrap();
    assert_eq!((result["answered"].as_u64(), result["participation"].as_u64()), (Some(4), Some(800)));
    assert_eq!(result["candidates"][1]["yes"], 3);
    assert_eq!(result["candidates"][1]["if_need_be"], 1);
}

#[test]
fn a_program_that_changes_its_answer_over_and_over_is_stopped_and_its_owner_has_their_word() {
    let world = World::granting(CONFIRM);
    let ben = &world.others[0];
    let program = world.program(ben, true);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach", "Ravel"]));
    let ways = [[Yes, No], [No, Yes]];
    for way in ways.iter().cycle().take(50) {
        world.vote(&program, &group, way).unwrap();
    }
    assert_eq!(code(world.vote(&program, &group, &ways[0])), "group.revisions");
    assert_eq!(code(world.vote(&program, &group, &ways[1])), "done", "the same again is no revision");
    world.vote(ben, &group, &ways[0]).unwrap();
    let kept = world.see(ben, group.id).group.answers;
    assert_eq!((kept.len(), kept.last().unwrap().by_person), (51, true));
    // A list opens the last one alone, and says the same of it.
    let listed = world.town.read(|cx| groups(cx, ben, &Listing { limit: 5, ..Listing::default() })).groups;
    assert_eq!(listed[0].group.answers, kept[50..]);
    world.to(hour(10));
    world.vote(ben, &group, &ways[1]).unwrap();
    let listed = world.town.read(|cx| groups(cx, ben, &Listing { limit: 5, ..Listing::default() })).groups;
    let revisions: Vec<_> = listed[0].group.answers.iter().map(|one| (one.revision, one.is_late)).collect();
    assert_eq!(revisions, [(51, false), (52, true)], "what counts, and what came too late");
    assert!(listed[0].answered.contains(&id_of(ben)));
    let readers = world.town.read(|cx| readers(cx, group.id));
    assert_eq!(readers, NAMES.iter().enumerate().map(|(at, _)| group.members[at].user).collect::<Vec<_>>());
}

#[test]
fn what_comes_late_is_kept_and_does_not_count() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    for who in &world.others[..3] {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    world.at(hour(10));
    let closed = world.now(group.id);
    assert_eq!((closed.state, closed.participation()), (State::Decided, 600));
    let after = world.vote(&world.others[3], &group, &[No]).unwrap();
    let late = after.answers.last().unwrap();
    assert!(late.is_late && late.user == id_of(&world.others[3]));
    assert_eq!((after.result.clone(), after.participation()), (closed.result, 600), "it is as it was");
    assert_eq!(world.count(&group, "group.late"), 1);
}

#[test]
fn it_closes_early_but_not_before_it_may() {
    let world = World::granting(CONFIRM);
    let open_until = Some(hour(2));
    let group = world.begin(&NewGroup { open_until, ..question(&world, Mode::Broadcast, &["Bach"]) });
    for who in &world.others {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    assert_eq!(world.now(group.id).state, State::Answering, "it is decided, and stays open");
    let due = world.at(hour(2));
    assert_eq!(due, ["open"]);
    assert_eq!(world.now(group.id).state, State::Decided);
    // All have answered: it closes whatever the hour is.
    let open_until = Some(hour(4));
    let group = world.begin(&NewGroup { open_until, ..question(&world, Mode::Broadcast, &["Bach"]) });
    for who in world.others.iter().chain([&world.ana]) {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    assert_eq!(world.now(group.id).state, State::Decided);
}

#[test]
fn one_yes_of_twenty_is_no_consensus() {
    let world = World::granting(CONFIRM);
    let mut with = world.with.clone();
    for at in 0..15 {
        let guest = person(&world.town, &format!("Guest{at}"));
        with.push(connected(&world.town, (&world.ana, &guest), None));
    }
    let group = world.begin(&NewGroup { with, ..question(&world, Mode::Consensus, &["Bach"]) });
    assert_eq!(group.rules.members, 20);
    world.vote(&world.ana, &group, &[Yes]).unwrap();
    world.at(hour(10));
    let over = world.now(group.id);
    assert_eq!((over.state, over.state.phase()), (State::NoQuorum, sessions::Phase::Failed));
    let result = over.result.unwrap();
    assert_eq!((result["answered"].as_u64(), result["participation"].as_u64()), (Some(1), Some(50)));
    assert_eq!(result["candidates"][0]["yes"], 1, "the partial result stands there");
}

#[test]
fn a_consensus_goes_on_in_rounds_with_what_the_others_said() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Consensus, &["Bach", "Ravel", "Satie"]));
    let all: Vec<Actor> = world.others.iter().chain([&world.ana]).cloned().collect();
    for (who, votes) in
        all.iter().zip([[Yes, No, No], [Yes, Yes, No], [No, Yes, No], [No, Yes, No], [Yes, No, No]])
    {
        world.vote(who, &group, &votes).unwrap();
    }
    let second = world.now(group.id);
    assert_eq!((second.state, second.round), (State::Answering, 2), "three of five are too few");
    let open: Vec<_> = second.open_candidates().map(|one| one.label.as_str()).collect();
    assert_eq!(open, ["Bach", "Ravel"], "nobody wanted the third");
    assert_eq!(second.answers.len(), 5, "what was said in the first is known now");
    for who in &all[..4] {
        world.vote(who, &second, &[Yes, No]).unwrap();
    }
    let done = world.now(group.id);
    assert_eq!((done.state, done.chosen), (State::Decided, Some(group.candidates[0].id)));
    assert_eq!(world.count(&group, "group.round"), 1);
    assert!(world.town.read(|cx| journal::verify(cx, None)).is_ok());
}

#[test]
fn rounds_come_to_an_end_and_nothing_is_decided_by_nobody() {
    let world = World::granting(CONFIRM);
    let rounds = Some(2);
    let group = world.begin(&NewGroup { rounds, ..question(&world, Mode::Consensus, &["Bach", "Ravel"]) });
    let all: Vec<Actor> = world.others.iter().chain([&world.ana]).cloned().collect();
    for _ in 0..2 {
        let now = world.now(group.id);
        for (at, who) in all.iter().enumerate() {
            world.vote(who, &now, if at % 2 == 0 { &[Yes, No] } else { &[No, Yes] }).unwrap();
        }
    }
    let over = world.now(group.id);
    assert_eq!((over.state, over.round), (State::Rejected, 2));
    assert_eq!(over.result.unwrap()["candidates"][0]["yes"], 3);
}

#[test]
fn a_round_has_its_share_of_the_time_and_waits_for_a_quorum() {
    let world = World::granting(CONFIRM);
    let rounds = Some(2);
    let new = NewGroup { rounds, ..question(&world, Mode::Consensus, &["Bach", "Ravel"]) };
    let silent = world.begin(&new);
    let group = world.begin(&new);
    for (who, votes) in world.others.iter().zip([[Yes, No], [No, Yes], [Yes, No]]) {
        world.vote(who, &group, &votes).unwrap();
    }
    assert_eq!(world.now(group.id).round, 1, "two have not answered: it could be four of five");
    world.at(hour(5));
    assert_eq!(world.now(group.id).round, 2);
    let still = world.now(silent.id);
    assert_eq!((still.round, still.step_ends_at), (1, hour(10)), "too few for anything");
    world.at(hour(10));
    assert_eq!(world.now(group.id).state, State::NoQuorum, "nobody answered in the second");
    assert_eq!(world.now(silent.id).state, State::NoQuorum);
}

#[test]
fn its_session_has_the_phase_of_every_session_and_a_sealed_transcript() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &[]));
    let phase = |id| world.town.read(|cx| any::any(cx, id)).phase;
    assert_eq!(phase(group.id), sessions::Phase::Pending);
    world.tell(&world.others[0], &group, "Zauberlehrling").unwrap();
    assert_eq!(phase(group.id), sessions::Phase::Active);
    let ana = world.ana.clone();
    let id = group.id;
    world.write(move |cx| close(cx, &ana, id).map(drop)).unwrap();
    assert_eq!((phase(id), world.now(id).state), (sessions::Phase::Failed, State::NoQuorum), "one of five");
    assert!(!world.town.whole_text().contains("Zauberlehrling"), "what is said lies sealed");
    assert!(!world.town.whole_text().contains("What do we play"), "and so does the question");
}
