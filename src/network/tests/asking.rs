//! The one gate: what it lets through, what it spends, and that its refusals are all one.

use super::*;
use crate::base::id::Id;

fn nobody() -> UserId {
    UserId::from_uuid(uuid::Uuid::from_u128(77))
}

/// How many statements this thread has run; release builds do not count.
fn run_here() -> u64 {
    #[cfg(debug_assertions)]
    return crate::store::statements::run_here();
    #[cfg(not(debug_assertions))]
    return 0;
}

/// What comes of a question: its refusal in words, and how many statements it took.
fn refusal(world: &World, who: &Actor, subject: UserId, scope: Scope) -> (String, u64) {
    let who = who.clone();
    world
        .town
        .write(move |cx| {
            let before = run_here();
            let verdict = ask(cx, &who, subject, scope, "to plan")?;
            let run = run_here() - before;
            let refused = verdict.allowed().unwrap_err();
            Ok((format!("{} {refused}", refused.code()), run))
        })
        .unwrap()
}

#[test]
fn every_refusal_has_the_same_words_and_the_same_number_of_statements_as_every_other_and_as_a_yes() {
    let (world, id) = World::connected();
    let (ana, ben, cleo) = (id_of(&world.ana), id_of(&world.ben), id_of(&world.cleo));
    let mut refusals = vec![
        refusal(&world, &world.ben, nobody(), Scope::ProfileRead),
        refusal(&world, &world.ben, cleo, Scope::ProfileRead),
        refusal(&world, &world.ben, ana, Scope::ProfileRead),
    ];
    let ending = NewGrant { ends_at: Some(NOW.plus(DAY)), ..scopes(&[Scope::ProfileRead]) };
    world.grant(&world.ana, id, &ending).unwrap();
    refusals.push(refusal(&world, &world.ben, ana, Scope::BookAlone));
    // The direction counts: what ana grants lets ben, and not ana.
    refusals.push(refusal(&world, &world.ana, ben, Scope::ProfileRead));
    let asker = world.ben.clone();
    let yes = world.town.write(move |cx| {
        let before = run_here();
        ask(cx, &asker, ana, Scope::ProfileRead, "to plan")?.allowed()?;
        Ok(run_here() - before)
    });
    world.town.clock.advance(DAY);
    refusals.push(refusal(&world, &world.ben, ana, Scope::ProfileRead));
    world.act(end, &world.ben, id).unwrap();
    refusals.push(refusal(&world, &world.ben, ana, Scope::ProfileRead));
    world.act(block, &world.ana, id).unwrap();
    refusals.push(refusal(&world, &world.ben, ana, Scope::ProfileRead));
    let first = refusals[0].clone();
    assert_eq!(first.0, "denied This person has not allowed you to know or do this.");
    assert!(refusals.iter().all(|one| *one == first), "{refusals:?}");
    assert_eq!(yes.unwrap(), first.1);
}

#[test]
fn by_connection_it_is_the_same_whether_there_is_one_or_not() {
    let (world, id) = World::connected();
    let unknown = ConnectionId::from_uuid(uuid::Uuid::from_u128(5));
    let ends: Vec<_> = [(&world.ben, id), (&world.ben, unknown), (&world.cleo, id)]
        .into_iter()
        .map(|(who, id)| {
            let who = who.clone();
            world.town.write(move |cx| {
                let before = run_here();
                let verdict = ask_by_connection(cx, &who, id, Scope::ProfileRead, "")?;
                let run = run_here() - before;
                Ok((run, verdict.allowed().unwrap_err().to_string()))
            })
        })
        .map(std::result::Result::unwrap)
        .collect();
    assert!(ends.iter().all(|one| *one == ends[0]), "{ends:?}");
}

#[test]
fn a_question_is_listed_to_whom_it_was_about_whatever_came_of_it() {
    let (world, id) = World::connected();
    let ana = id_of(&world.ana);
    refusal(&world, &world.ben, ana, Scope::ProfileRead);
    world.grant(&world.ana, id, &scopes(&[Scope::ProfileRead])).unwrap();
    world.town.clock.advance(1_000);
    let ben = world.ben.clone();
    let allowed = world
        .town
        .write(move |cx| {
            ask_by_connection(cx, &ben, id, Scope::ProfileRead, "to\u{202e} greet dan@example.org")
        })
        .unwrap()
        .allowed()
        .unwrap();
    assert_eq!((allowed.about.name.as_str(), allowed.connection), ("Ana", id));
    let asked = world.town.read(|cx| questions(cx, &world.ana, None, 10)).questions;
    let told: Vec<_> = asked
        .iter()
        .map(|one| (one.asker.as_deref(), one.is_answered, one.shown.as_str(), one.purpose.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some("Ben"), true, "your name and your time zone", "to greet [address removed]"),
            (Some("Ben"), false, "nothing", "to plan"),
        ]
    );
    assert_eq!(Some(asked[0].id), allowed.question);
    assert!(world.town.read(|cx| questions(cx, &world.ben, None, 10)).questions.is_empty());
}

#[test]
fn questions_spend_a_budget_of_the_pair_refused_ones_too() {
    let world = World::with(|house| house.questions_per_hour = 2);
    let ana = id_of(&world.ana);
    refusal(&world, &world.ben, ana, Scope::ProfileRead);
    refusal(&world, &world.ben, ana, Scope::ProfileRead);
    let ben = world.ben.clone();
    let third = move |cx: &mut Cx<'_>| ask(cx, &ben, ana, Scope::ProfileRead, "").map(|_| ());
    assert_eq!(code(world.town.write(third.clone())), "throttled");
    refusal(&world, &world.cleo, ana, Scope::ProfileRead);
    world.town.clock.advance(HOUR);
    assert!(world.town.write(third).is_ok());
}

#[test]
fn nobody_asks_about_somebody_who_is_shut_out() {
    let (world, id) = World::connected();
    world.grant(&world.ana, id, &scopes(&[Scope::ProfileRead])).unwrap();
    let ana = id_of(&world.ana);
    world.town.write(move |cx| accounts::disable(cx, &operator(), ana).map(drop)).unwrap();
    refusal(&world, &world.ben, ana, Scope::ProfileRead);
}

#[test]
fn questions_are_listed_for_a_time() {
    let world = World::new();
    refusal(&world, &world.ben, id_of(&world.ana), Scope::ProfileRead);
    world.town.clock.advance(400 * DAY);
    assert_eq!(world.town.write(|cx| delete_ended(cx)).unwrap(), 0);
    world.town.clock.advance(1);
    assert_eq!(world.town.write(|cx| delete_ended(cx)).unwrap(), 1);
}
