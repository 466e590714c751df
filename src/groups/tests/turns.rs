//! One after the other: a fixed order, a time for each turn, and what came before.

use super::Vote::{No, Yes};
use super::*;

#[test]
fn one_after_the_other_each_sees_what_came_before() {
    let world = World::granting(CONFIRM);
    let program = world.program(&world.others[1], true);
    let group = world.begin(&question(&world, Mode::Sequential, &["Bach"]));
    assert_eq!(group.turn, Some(0));
    let [ben, cleo] = [&world.others[0], &world.others[1]];
    assert_eq!(code(world.vote(ben, &group, &[Yes])), "group.turn");
    assert!(world.inbox(&program).is_empty(), "it is not Cleo's turn");
    let say = |who: &Actor, text: &str, vote| {
        let votes = [(group.candidates[0].id, vote)].into();
        world.give(who, group.id, NewAnswer { votes, text: text.to_owned(), round: None }).unwrap()
    };
    say(&world.ana, "I know it by heart", Yes);
    let bens = world.see(ben, group.id);
    assert!(bens.waits);
    assert_eq!(bens.group.answers[0].text, "I know it by heart");
    assert!(world.see(cleo, group.id).group.answers.is_empty(), "whose turn has not come knows nothing");
    assert_eq!(world.see(cleo, group.id).answered.len(), 1, "but who has answered");
    say(ben, "Too hard", No);
    let asked = world.inbox(&program);
    let [(kind, data)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((kind.as_str(), data["event"].as_str()), ("group_broadcast", Some("asked")));
    let texts: Vec<_> =
        data["answers"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["I know it by heart", "Too hard"]);
    // Whoever had their turn may still change it, and the next is told.
    say(&world.ana, "Not any more", No);
    let told = world.inbox(&program);
    assert_eq!(told[0].0, "group_response");
    assert_eq!(told[0].1["text"], "Not any more");
    let done = say(&program, "", Yes);
    assert_eq!(done.state, State::Rejected, "two of five refuse it: nothing that is missing can change that");
    let ended = world.inbox(&program);
    assert_eq!(ended.last().unwrap().0, "group_consensus");
    assert_eq!(ended.last().unwrap().1["outcome"], "rejected");
}

#[test]
fn whoever_is_silent_in_their_turn_is_skipped_and_counts_no_more() {
    let world = World::granting(CONFIRM);
    let program = world.program(&world.others[0], true);
    let turn_seconds = Some(600);
    let group = world.begin(&NewGroup { turn_seconds, ..question(&world, Mode::Sequential, &["Bach"]) });
    world.vote(&world.ana, &group, &[Yes]).unwrap();
    assert_eq!(world.now(group.id).turn, Some(1));
    let reminded = world.at(NOW.plus(5 * MINUTE));
    assert_eq!(reminded, ["remind", "remind"], "the one of a turn that is over does nothing");
    world.at(NOW.plus(10 * MINUTE));
    let now = world.now(group.id);
    assert_eq!((now.turn, world.count(&group, "group.skipped")), (Some(2), 1));
    let kinds: Vec<_> =
        world.inbox(&program).into_iter().map(|(kind, data)| (kind, data["event"].clone())).collect();
    let told: Vec<_> = kinds.iter().map(|(kind, event)| (kind.as_str(), event.as_str().unwrap())).collect();
    assert_eq!(
        told,
        [("group_broadcast", "asked"), ("group_broadcast", "reminder"), ("group_timeout", "skipped")]
    );
    let late = world.vote(&world.others[0], &group, &[No]).unwrap();
    assert!(late.answers.iter().any(|one| one.is_late), "it is kept, and does not count");
    for who in &world.others[1..] {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    let done = world.now(group.id);
    assert_eq!((done.state, done.participation()), (State::Decided, 600), "closed once it was sure");
}

#[test]
fn a_turn_that_must_be_taken_ends_it() {
    let world = World::granting(CONFIRM);
    let new = NewGroup {
        turn_seconds: Some(60),
        on_silence: Some(Silence::Fail),
        ..question(&world, Mode::Sequential, &["Bach"])
    };
    let group = world.begin(&new);
    world.at(NOW.plus(MINUTE));
    let over = world.now(group.id);
    assert_eq!((over.state, over.reason.as_deref()), (State::Timeout, Some("turn")));
    assert_eq!(over.state.phase(), sessions::Phase::Failed);
}

#[test]
fn turns_survive_a_restart_and_fire_once() {
    let world = World::granting(CONFIRM);
    let turn_seconds = Some(600);
    let group = world.begin(&NewGroup { turn_seconds, ..question(&world, Mode::Sequential, &["Bach"]) });
    world.to(NOW.plus(10 * MINUTE));
    let World { town, ana, others, with } = world;
    let again = town.reopened(journal::seal, |_| {});
    let world = World { town: again, ana, others, with };
    assert_eq!(world.work().iter().filter(|what| *what == "step").count(), 1);
    assert_eq!(world.work(), [] as [String; 0], "it fires once");
    assert_eq!((world.now(group.id).turn, world.count(&group, "group.skipped")), (Some(1), 1));
}
