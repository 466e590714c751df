//! How it ends, what is told, what is kept, and what goes with an account.

use super::Vote::Yes;
use super::*;
use crate::base::time::DAY;
use crate::links;

#[test]
fn whoever_began_it_closes_it_or_takes_it_back_and_nobody_else() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Consensus, &["Bach"]));
    let (ben, id) = (world.others[0].clone(), group.id);
    assert_eq!(code(world.write(move |cx| close(cx, &ben, id))), "denied");
    for (who, vote) in world.others.iter().zip([Yes, Vote::No, Vote::Abstain]) {
        world.vote(who, &group, &[vote]).unwrap();
    }
    let ana = world.ana.clone();
    world.write(move |cx| close(cx, &ana, id).map(drop)).unwrap();
    let over = world.now(id);
    assert_eq!((over.state, over.round), (State::Rejected, 1), "closed by hand there is no other round");
    let ana = world.ana.clone();
    assert_eq!(code(world.write(move |cx| cancel(cx, &ana, id))), "group.over");
    let group = world.begin(&time(&world, Mode::Broadcast, &[24]));
    let (ana, id) = (world.ana.clone(), group.id);
    world.write(move |cx| cancel(cx, &ana, id).map(drop)).unwrap();
    let over = world.now(id);
    assert_eq!((over.state, over.state.phase()), (State::Cancelled, sessions::Phase::Cancelled));
    assert!(over.result.is_some());
}

#[test]
fn every_end_stands_in_the_journal_with_its_partial_result() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    world.vote(&world.others[0], &group, &[Yes]).unwrap();
    world.at(hour(10));
    let id = group.id.to_string();
    let story = world.town.read(|cx| journal::story(cx, &id, 100));
    let closed = story.iter().find(|entry| entry.kind == "group.closed").unwrap();
    assert_eq!(closed.text("outcome"), Some("no_quorum"));
    assert_eq!(story.iter().filter(|entry| entry.kind == "group.ended").count(), 5, "each of them is told");
    assert_eq!(world.at(hour(11)), [] as [String; 0], "nothing falls due of what is over");
}

#[test]
fn a_mailed_link_answers_as_one_person_until_it_closes() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    let (ben, made) = (id_of(&world.others[0]), group.clone());
    let secret = world
        .write(move |cx| {
            let user = accounts::get(cx, ben)?;
            let id = link(cx, &user, &made)?;
            let url = links::url(cx.keys(), "", links::Purpose::Group, id);
            Ok(url.split_once("t=").unwrap().1.to_owned())
        })
        .unwrap();
    let opened = world.town.read(|cx| open(cx, &secret));
    assert!(opened.is_open() && opened.seen.waits);
    let nobody = Actor::new(Who::Anyone, Road::Link, "t");
    let answer = NewAnswer { votes: [(group.candidates[0].id, Yes)].into(), ..NewAnswer::default() };
    let by = |secret: String, answer: NewAnswer| {
        let nobody = nobody.clone();
        world.write(move |cx| answer_by_link(cx, &nobody, &secret, &answer))
    };
    by(secret.clone(), answer.clone()).unwrap();
    let changed = NewAnswer { votes: [(group.candidates[0].id, Vote::No)].into(), ..answer };
    let opened = by(secret.clone(), changed.clone()).unwrap();
    assert!(opened.is_open(), "it can be changed");
    let said = world.now(group.id);
    assert_eq!(
        said.answer_in(1, ben).map(|one| (one.revision, one.by_person)),
        None,
        "Ana does not know it yet"
    );
    let mine = world.see(&world.others[0], group.id).group;
    assert_eq!(mine.answer_in(1, ben).map(|one| (one.revision, one.by_person)), Some((2, true)));
    assert!(by("nonsense".to_owned(), changed.clone()).is_err());
    world.at(hour(10));
    assert_eq!(code(by(secret, changed)), "link.expired");
}

#[test]
fn what_is_over_is_kept_for_a_while_and_what_led_to_a_meeting_longer() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    let booked = world.begin(&time(&world, Mode::Broadcast, &[24]));
    for who in world.others.iter().chain([&world.ana]) {
        world.vote(who, &group, &[Yes]).unwrap();
        world.vote(who, &booked, &[Yes]).unwrap();
    }
    world.to(NOW.plus(8 * DAY));
    assert_eq!(world.write(delete_ended).unwrap(), 1);
    let (ana, id) = (world.ana.clone(), group.id);
    assert!(world.town.store.read_blocking(|cx| super::super::group(cx, &ana, id)).is_err());
    assert!(world.now(booked.id).meeting.is_some());
    assert!(world.town.read(|cx| journal::verify(cx, None)).is_ok());
}

#[test]
fn with_an_account_goes_what_it_began_and_what_it_answered() {
    let world = World::granting(CONFIRM);
    let anas = world.begin(&question(&world, Mode::Broadcast, &[]));
    world.tell(&world.others[0], &anas, "Bach").unwrap();
    let ben = id_of(&world.others[0]);
    let exported = world.town.read(|cx| export(cx, ben));
    assert_eq!(exported["groups"][0]["answers"][0]["text"], "Bach");
    assert_eq!(exported["groups"][0]["role"], "member");
    let house = Actor::house("t");
    let who = house.clone();
    world.write(move |cx| erase(cx, &who, ben)).unwrap();
    let now = world.now(anas.id);
    assert_eq!((now.members.len(), now.rules.members, now.answers.len()), (4, 5, 0));
    let ana = id_of(&world.ana);
    world.write(move |cx| erase(cx, &house, ana)).unwrap();
    let (cleo, id) = (world.others[1].clone(), anas.id);
    assert!(world.town.store.read_blocking(|cx| super::super::group(cx, &cleo, id)).is_err());
    for user in [ana, ben] {
        assert_eq!(world.town.read(|cx| export(cx, user)), serde_json::json!({ "groups": [] }));
    }
    assert!(world.town.read(|cx| journal::verify(cx, None)).is_ok());
}

#[test]
fn what_somebody_said_lies_in_no_entry_of_the_houses_and_waits_in_no_inbox_once_it_is_erased() {
    let world = World::granting(CONFIRM);
    let [ben, cleo] = [&world.others[0], &world.others[1]];
    let program = world.program(cleo, true);
    let group =
        world.begin(&NewGroup { with: world.with[..2].to_vec(), ..question(&world, Mode::Sequential, &[]) });
    for (who, text) in [(&world.ana, "Satie"), (ben, "Ravel, my doctor says")] {
        world.tell(who, &group, text).unwrap();
    }
    let asked = world.now(group.id);
    assert_eq!(asked.turn, Some(2), "it is Cleo’s, whose program was asked");
    let said = |who: &Actor| {
        let all = world.town.read(|cx| transcript(cx, who, group.id, 0));
        let all = all.into_iter().filter(|one| one.kind == "group_broadcast");
        let texts = |one: sessions::conversation::Entry| {
            let answers = one.body["data"]["answers"].as_array().cloned().unwrap();
            answers.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        all.flat_map(texts).collect::<Vec<_>>()
    };
    assert_eq!(said(cleo), ["Satie", "Ravel, my doctor says"]);
    // What lies there has nobody's words but those of whoever said them.
    let lies = || world.town.read(|cx| sessions::work::transcript(cx, group.id, 0, &|_| true));
    let of_house = |one: &sessions::conversation::Entry| one.author.is_none();
    assert!(lies().iter().filter(|one| of_house(one)).all(|one| !one.body.to_string().contains("Satie")));
    // Ana changes what she said while Cleo's program sleeps, and Ben is erased.
    world.tell(&world.ana, &group, "Fauré").unwrap();
    let (house, user) = (Actor::house("t"), id_of(ben));
    world.write(move |cx| erase(cx, &house, user)).unwrap();
    assert!(said(cleo).is_empty(), "Ana’s first word counts no more: {:?}", said(cleo));
    assert!(lies().iter().all(|one| !one.body.to_string().contains("Ravel")));
    let handed = world.inbox(&program);
    let (kind, data) = &handed[0];
    assert_eq!((kind.as_str(), data["event"].as_str()), ("group_broadcast", Some("asked")));
    let answers = data["answers"].as_array().unwrap();
    let [one] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((one["text"].as_str(), one["revision"].as_i64()), (Some("Fauré"), Some(2)));
    assert!(handed.iter().all(|(_, data)| !data.to_string().contains("Ravel")), "{handed:?}");
}

#[test]
fn what_a_group_came_to_stays_as_it_was_counted_when_a_voter_is_erased() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach", "Ravel"]));
    for who in &world.others {
        world.vote(who, &group, &[Yes, Vote::No]).unwrap();
    }
    let counted = |seen: &Seen| {
        let shown = group.candidates.iter().map(|one| {
            let count = seen.counts[&one.id];
            [count.yes, count.if_need_be, count.no, count.abstain]
        });
        (seen.turnout, seen.participation, shown.collect::<Vec<_>>())
    };
    let before = world.see(&world.ana, group.id);
    assert_eq!(counted(&before), (4, 800, vec![[4, 0, 0, 0], [0, 0, 4, 0]]));
    let (house, ben) = (Actor::house("t"), id_of(&world.others[0]));
    world.write(move |cx| erase(cx, &house, ben)).unwrap();
    let after = world.see(&world.ana, group.id);
    assert_eq!(after.group.answers.len(), 3, "his answer is gone");
    assert_eq!((counted(&after), &after.group.result), (counted(&before), &before.group.result));
}
