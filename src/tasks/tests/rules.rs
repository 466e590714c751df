//! Rules: a person's own, off unless they make one, and never applied twice.

use super::asked::NewRule;
use super::*;

fn rule(connection: Option<ConnectionId>, after_minutes: u32) -> NewRule {
    NewRule { connection, kind: "payment".to_owned(), decision: Choice::Approve, after_minutes, until: None }
}

fn make(world: &World, who: &Actor, new: NewRule) -> Result<asked::Rule> {
    let who = who.clone();
    world.write(move |cx| asked::add_rule(cx, &who, &new))
}

fn ask(world: &World) -> Approval {
    world.ask(&world.ana, Named::Connection(world.with_ben), None).unwrap()
}

#[test]
fn a_rule_is_off_unless_somebody_makes_one_and_then_decides_at_once() {
    let world = World::new();
    assert_eq!(ask(&world).state, ApprovalState::Pending);
    let made = make(&world, &world.ben, rule(Some(world.with_ben), 0)).unwrap();
    let decided = ask(&world);
    assert_eq!(
        (decided.state, decided.rule, decided.votes.len()),
        (ApprovalState::Approved, Some(made.id), 0)
    );
    assert_eq!(code(world.decide(&world.ben, decided.id, Choice::Refuse)), "approval.decided");
    assert_eq!(code(make(&world, &world.ben, rule(Some(world.with_ben), 5))), "approval-rule.exists");
    assert_eq!(world.story(&made.id), ["approval-rule.made", "approval-rule.applied"]);
    let of_role = world.ask(&world.ana, Named::Role(world.role), None).unwrap();
    assert_eq!(of_role.state, ApprovalState::Pending, "a role knows no rules");
}

#[test]
fn a_rule_that_waits_survives_a_restart_and_fires_once() {
    let world = World::new();
    make(&world, &world.ben, rule(Some(world.with_ben), 30)).unwrap();
    let id = ask(&world).id;
    assert_eq!(world.work(), 0, "not before its time");
    let restarted = World { town: world.town.reopened(journal::seal, |_| {}), ..world };
    restarted.town.clock.advance(31 * MINUTE);
    assert_eq!((restarted.work(), restarted.work()), (1, 0));
    let decided = restarted.approval(&restarted.ana, id);
    assert_eq!(decided.state, ApprovalState::Approved);
    let rules = restarted.town.read(|cx| asked::rules(cx, &restarted.ben));
    assert_eq!(rules[0].uses, 1);
    let applied =
        restarted.story(&rules[0].id).into_iter().filter(|kind| kind == "approval-rule.applied").count();
    assert_eq!(applied, 1);
}

#[test]
fn a_rule_that_waits_does_nothing_once_its_owner_decided_or_took_it_away() {
    let world = World::new();
    let made = make(&world, &world.ben, rule(Some(world.with_ben), 30)).unwrap();
    let decided = ask(&world).id;
    world.decide(&world.ben, decided, Choice::Refuse).unwrap();
    let waits = ask(&world).id;
    let (ben, id) = (world.ben.clone(), made.id);
    world.write(move |cx| asked::remove_rule(cx, &ben, id)).unwrap();
    make(&world, &world.ben, rule(Some(world.with_ben), 40)).unwrap();
    world.town.clock.advance(31 * MINUTE);
    world.work();
    assert_eq!(world.approval(&world.ana, decided).state, ApprovalState::Refused);
    assert_eq!(
        world.approval(&world.ana, waits).state,
        ApprovalState::Pending,
        "another rule is not that one"
    );
}

#[test]
fn a_rule_ends_with_its_connection_and_at_its_end() {
    let world = World::new();
    let new = NewRule { until: Some(world.town.clock.now().plus(HOUR)), ..rule(None, 0) };
    make(&world, &world.ben, new).unwrap();
    make(&world, &world.ben, rule(Some(world.with_ben), 30)).unwrap();
    let id = ask(&world).id;
    let (ben, connection) = (world.ben.clone(), world.with_ben);
    world.write(move |cx| network::end(cx, &ben, connection).map(drop)).unwrap();
    world.town.clock.advance(31 * MINUTE);
    world.work();
    assert_ne!(
        world.approval(&world.ana, id).state,
        ApprovalState::Approved,
        "it looks again when it is due"
    );
    world.follow();
    let left = world.town.read(|cx| asked::rules(cx, &world.ben));
    assert_eq!(left.iter().map(|rule| rule.connection).collect::<Vec<_>>(), [None]);
    world.town.clock.advance(HOUR);
    assert!(world.town.read(|cx| asked::rules(cx, &world.ben)).is_empty());
    let max = world.program(&world.ben, Kind::Service);
    let asked = world.ask(&max, Named::User(id_of(&world.ben)), None).unwrap();
    assert_eq!(asked.state, ApprovalState::Pending);
    assert_eq!(world.write(expire_overdue).unwrap(), 1);
}

#[test]
fn no_program_makes_reads_or_removes_a_rule_and_nobody_anothers() {
    let world = World::new();
    let max = world.program(&world.ben, Kind::Service);
    assert_eq!(code(make(&world, &max, rule(None, 0))), "denied");
    let made = make(&world, &world.ben, rule(None, 0)).unwrap();
    assert_eq!(code(world.town.store.read_blocking(|cx| asked::rules(cx, &max))), "denied");
    for (who, expected) in [(&max, "denied"), (&world.ana, "not-found")] {
        let (who, id) = (who.clone(), made.id);
        assert_eq!(code(world.write(move |cx| asked::remove_rule(cx, &who, id))), expected);
    }
    assert_eq!(code(make(&world, &world.cleo, rule(Some(world.with_ben), 0))), "not-found");
    // What one's own program asks is decided by the rule for those.
    let asked = world.ask(&max, Named::User(id_of(&world.ben)), None).unwrap();
    assert_eq!(asked.state, ApprovalState::Approved);
    assert_eq!(ask(&world).state, ApprovalState::Pending, "and what others ask is not");
}

#[test]
fn nobody_is_told_of_a_rule_that_ends_before_its_time_comes() {
    let world = World::new();
    let until = world.town.clock.now().plus(10 * MINUTE);
    make(&world, &world.ben, NewRule { until: Some(until), ..rule(Some(world.with_ben), 30) }).unwrap();
    let one = ask(&world);
    let planned = || world.town.read(|cx| asked::planned(cx, &world.ben, &one));
    assert_eq!(planned(), None);
    world.town.clock.advance(31 * MINUTE);
    assert_eq!(world.work(), 0, "nothing is put off that would come to nothing");
    assert_eq!(world.approval(&world.ana, one.id).state, ApprovalState::Pending);
    world.write(|cx| expire_overdue(cx).map(drop)).unwrap();
    make(&world, &world.ben, rule(Some(world.with_ben), 30)).unwrap();
    let one = ask(&world);
    let planned = || world.town.read(|cx| asked::planned(cx, &world.ben, &one));
    assert_eq!(planned().unwrap().at, one.created_at.plus(30 * MINUTE));
    world.town.clock.advance(30 * MINUTE);
    assert_eq!(planned(), None, "what is past is promised to nobody");
    assert_eq!(world.work(), 1);
}
