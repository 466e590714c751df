//! Leaving: everything ends, can be taken away, and is erased.

use super::*;

#[test]
fn whoever_leaves_ends_everything_and_the_others_are_told() {
    let (world, id) = World::connected();
    let sent = world.invite(&world.ana, "dora@example.org").unwrap().id;
    let got = world.invite(&world.cleo, "ana@example.org").unwrap().id;
    let ana = id_of(&world.ana);
    let count = move |cx: &mut Cx<'_>| end_all(cx, &operator(), ana);
    assert_eq!(world.town.write(count).unwrap(), 3);
    assert_eq!(world.town.write(count).unwrap(), 0);
    assert_eq!(world.state(&world.ben, id), Some(State::Revoked));
    assert_eq!(world.state(&world.ana, sent), Some(State::Withdrawn));
    assert_eq!(world.state(&world.ana, got), Some(State::Declined));
    assert_eq!(world.state(&world.cleo, got), Some(State::Invited));
}

#[test]
fn erasing_leaves_nothing_of_a_person_and_the_journal_verifies() {
    let (world, id) = World::connected();
    world.grant(&world.ana, id, &scopes(&Scope::ALL)).unwrap();
    world.grant(&world.ben, id, &scopes(&Scope::ALL)).unwrap();
    let (ana, ben) = (id_of(&world.ana), id_of(&world.ben));
    for (who, subject) in [(world.ana.clone(), ben), (world.ben.clone(), ana)] {
        let asked = world.town.write(move |cx| ask(cx, &who, subject, Scope::ProfileRead, "a secret plan"));
        asked.unwrap().allowed().unwrap();
    }
    let gone = |cx: &mut Cx<'_>| erase(cx, &operator(), &address("ana@example.org"));
    assert!(world.town.write(gone).unwrap());
    assert!(!world.town.write(gone).unwrap());
    assert!(world.list(&world.ben).is_empty());
    let rows = world.town.whole_text();
    for table in ["connections.", "grants.", "blocks."] {
        assert!(rows.lines().all(|line| !line.starts_with(table)), "{table}");
    }
    assert!(!rows.contains("a secret plan"));
    let asked = world.town.read(|cx| questions(cx, &world.ben, None, 10)).questions;
    assert_eq!(asked.len(), 1, "that it was asked stays ben's to read");
    world.town.assert_journal_verifies();
}

#[test]
fn the_letters_of_somebody_who_is_erased_no_longer_name_them() {
    let world = World::new();
    world.invite(&world.ana, "dora@example.org").unwrap();
    assert!(world.town.whole_text().contains("Shall we?"));
    world.town.write(|cx| erase(cx, &operator(), &address("ana@example.org"))).unwrap();
    assert!(!world.town.whole_text().contains("Shall we?"));
    let letters = world.town.letters();
    let Says::Connect { by, words, .. } = &letters[0].letter.says else { panic!("it invites") };
    assert_eq!((by.name.as_deref(), words.as_str()), (None, ""));
}

#[test]
fn an_address_that_was_only_invited_sees_who_invites_it_and_is_erased_as_well() {
    let world = World::new();
    world.invite(&world.ana, "dora@example.org").unwrap();
    let taken_back = world.invite(&world.ben, "dora@example.org").unwrap().id;
    world.act(end, &world.ben, taken_back).unwrap();
    let document = world.town.read(|cx| export(cx, &address("dora@example.org")));
    assert_eq!(document["connections"].as_array().map(Vec::len), Some(1), "{document}");
    let one = &document["connections"][0];
    assert_eq!(
        (&one["with"], &one["invitation"], &one["state"]),
        (&"Ana".into(), &"received".into(), &"invited".into())
    );
    assert!(!document.to_string().contains("ana@example.org"));
    let gone = |cx: &mut Cx<'_>| erase(cx, &operator(), &address("dora@example.org"));
    assert!(world.town.write(gone).unwrap());
    assert!(world.list(&world.ana).is_empty());
}

#[test]
fn what_is_kept_can_be_taken_away() {
    let (world, id) = World::connected();
    world.grant(&world.ana, id, &scopes(&[Scope::ProfileRead])).unwrap();
    let ben = world.ben.clone();
    let ana = id_of(&world.ana);
    world.town.write(move |cx| ask(cx, &ben, ana, Scope::ProfileRead, "to plan")).unwrap().allowed().unwrap();
    let document = world.town.read(|cx| export(cx, &address("ana@example.org")));
    assert_eq!(document["connections"][0]["with"], "Ben");
    assert_eq!(document["connections"][0]["you_allow"]["scopes"][0], "profile.basic.read");
    assert_eq!(document["questions_about_you"][0]["asked_by"], "Ben");
    assert!(!document.to_string().contains("ben@example.org"));
    let nothing = world.town.read(|cx| export(cx, &address("nobody@example.org")));
    assert_eq!(nothing, serde_json::json!({ "connections": [] }));
}

#[test]
fn what_ones_own_agent_asked_of_others_is_taken_away_with_it_and_names_nobody_one_is_not_connected_with() {
    let (world, _) = World::connected();
    for (of, purpose) in [(&world.ben, "to plan"), (&world.cleo, "to pry")] {
        let (ana, of) = (world.ana.clone(), id_of(of));
        world.town.write(move |cx| ask(cx, &ana, of, Scope::Propose, purpose).map(drop)).unwrap();
    }
    let document = world.town.read(|cx| export(cx, &address("ana@example.org")));
    let asked: Vec<_> = document["questions_you_asked"].as_array().unwrap().iter().collect();
    assert_eq!(asked.len(), 2, "{document}");
    assert_eq!((&asked[1]["asked_about"], &asked[1]["purpose"]), (&"Ben".into(), &"to plan".into()));
    assert_eq!(
        (&asked[0]["asked_about"], &asked[0]["outcome"]),
        (&serde_json::Value::Null, &"refused".into())
    );
    assert!(!document.to_string().contains("Cleo"), "{document}");
}
