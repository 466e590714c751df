//! Inviting, answering, blocking, ending: what each side sees.

use super::*;

#[test]
fn an_invitation_is_accepted_and_both_see_each_other_by_name_and_never_by_address() {
    let world = World::new();
    let invited = world.invite(&world.ana, "Ben@example.org").unwrap();
    assert_eq!((invited.state, invited.side, invited.name.clone()), (State::Invited, Side::Inviter, None));
    assert_eq!(invited.called(), "Ben@example.org", "what she typed, and not his name");
    let got = world.list(&world.ben);
    assert_eq!((got[0].name.as_deref(), got[0].address.clone()), (Some("Ana"), None));
    let accepted = world.accept(&world.ben, invited.id).unwrap();
    assert_eq!(accepted.state, State::Connected);
    let seen = world.see(&world.ana, invited.id).unwrap();
    assert_eq!((seen.name.as_deref(), seen.address.clone()), (Some("Ben"), None));
    assert_eq!(world.accept(&world.ben, invited.id).unwrap(), accepted, "the second time as the first");
    let ben = id_of(&world.ben).to_string();
    let ana = id_of(&world.ana).to_string();
    assert_eq!(
        world.told(invited.id),
        [("connection.invited".to_owned(), Some(ben)), ("connection.accepted".to_owned(), Some(ana))]
    );
    assert!(world.letters().is_empty(), "who has an account gets a notice");
    world.town.assert_journal_verifies();
}

#[test]
fn the_same_address_again_gives_the_same_connection_and_costs_nothing() {
    let world = World::with(|house| house.invitations_per_day = 1);
    let first = world.invite(&world.ana, "ben@example.org").unwrap();
    assert_eq!(world.invite(&world.ana, "BEN@example.org").unwrap(), first);
    assert_eq!(code(world.invite(&world.ana, "dan@example.org")), "throttled");
    world.accept(&world.ben, first.id).unwrap();
    assert_eq!(world.invite(&world.ana, "ben@example.org").unwrap().id, first.id);
    assert_eq!(world.invite(&world.ben, "ana@example.org").unwrap().id, first.id, "from either side");
    world.town.clock.advance(DAY);
    assert!(world.invite(&world.ana, "dan@example.org").is_ok());
}

#[test]
fn whoever_invites_somebody_who_has_invited_them_accepts() {
    let world = World::new();
    let first = world.invite(&world.ana, "ben@example.org").unwrap();
    let crossing = world.invite(&world.ben, "ana@example.org").unwrap();
    assert_eq!((crossing.id, crossing.state), (first.id, State::Connected));
    assert_eq!(world.state(&world.ana, first.id), Some(State::Connected));
}

#[test]
fn only_the_invitee_can_answer_and_a_third_person_sees_nothing() {
    let world = World::new();
    let id = world.invite(&world.ana, "ben@example.org").unwrap().id;
    assert_eq!(code(world.accept(&world.ana, id)), "denied");
    assert_eq!(code(world.act(decline, &world.ana, id)), "denied");
    for verb in [decline, end, block, unblock] {
        assert_eq!(code(world.act(verb, &world.cleo, id)), "not-found");
    }
    assert_eq!(code(world.accept(&world.cleo, id)), "not-found");
    assert!(world.list(&world.cleo).is_empty());
    let tea = world.invite(&world.ana, "ana+tea@example.org");
    assert_eq!(code(tea), "invalid", "nobody is connected with themselves");
    assert_eq!(code(world.invite(&world.ana, "scheduling@entente.test")), "invalid");
}

#[test]
fn declined_looks_to_the_inviter_like_waiting_and_then_expired() {
    let world = World::new();
    let declined = world.invite(&world.ana, "ben@example.org").unwrap().id;
    let waiting = world.invite(&world.ana, "cleo@example.org").unwrap().id;
    for _ in 0..2 {
        assert_eq!(world.act(decline, &world.ben, declined).unwrap().state, State::Declined);
    }
    let alike = |world: &World| {
        let [one, other] = [declined, waiting].map(|id| world.see(&world.ana, id).unwrap());
        assert_eq!(one.state, other.state);
        assert_eq!((one.ended_at, one.expires_at), (other.ended_at, other.expires_at));
        assert_eq!((&one.name, one.address.is_some()), (&other.name, other.address.is_some()));
        one.state
    };
    assert_eq!(alike(&world), State::Invited);
    assert_eq!(world.invite(&world.ana, "ben@example.org").unwrap().id, declined);
    world.town.clock.advance(14 * DAY);
    assert_eq!(alike(&world), State::Expired, "by the clock, before anybody noted it");
    assert_eq!(world.town.write(end_overdue).unwrap(), 2);
    assert_eq!(alike(&world), State::Expired);
    assert_eq!(world.state(&world.ben, declined), Some(State::Declined));
    assert_eq!(world.state(&world.cleo, waiting), Some(State::Expired));
    assert_eq!(code(world.accept(&world.cleo, waiting)), "connection.over");
    assert_ne!(world.invite(&world.ana, "ben@example.org").unwrap().id, declined, "a new one");
}

#[test]
fn who_declined_may_change_their_mind_while_the_invitation_lives() {
    let world = World::new();
    let id = world.invite(&world.ana, "ben@example.org").unwrap().id;
    world.act(decline, &world.ben, id).unwrap();
    assert_eq!(world.accept(&world.ben, id).unwrap().state, State::Connected);
}

#[test]
fn blocked_and_then_invited_looks_the_same_to_the_inviter_and_the_blocker_sees_nothing() {
    let world = World::new();
    let first = world.invite(&world.ana, "ben@example.org").unwrap().id;
    let blocked = world.act(block, &world.ben, first).unwrap();
    assert_eq!((blocked.state, blocked.is_blocked), (State::Declined, true));
    assert_eq!(world.state(&world.ana, first), Some(State::Invited), "it goes on waiting");
    world.town.clock.advance(15 * DAY);
    let to_ben = world.invite(&world.ana, "ben@example.org").unwrap();
    let to_cleo = world.invite(&world.ana, "cleo@example.org").unwrap();
    let to_nobody = world.invite(&world.ana, "dan@example.org").unwrap();
    for other in [&to_cleo, &to_nobody] {
        let same = Connection { id: to_ben.id, address: to_ben.address.clone(), ..other.clone() };
        assert_eq!(same, to_ben);
    }
    assert_eq!(world.state(&world.ben, to_ben.id), None);
    assert!(world.list(&world.ben).iter().all(|one| one.id != to_ben.id));
    assert_eq!(world.told(to_ben.id), [("connection.invited".to_owned(), None)], "and nobody is told");
    assert_eq!(code(world.accept(&world.ben, to_ben.id)), "not-found");
    assert_eq!(code(world.invite(&world.ben, "ana@example.org")), "connection.blocked");
    let lifted = world.act(unblock, &world.ben, first).unwrap();
    assert!(!lifted.is_blocked);
    assert_eq!(world.invite(&world.ben, "ana@example.org").unwrap().state, State::Connected);
}

#[test]
fn a_connection_is_revoked_from_either_side_with_all_grants_and_the_other_is_told() {
    for by_inviter in [true, false] {
        let (world, id) = World::connected();
        world.grant(&world.ana, id, &scopes(&[Scope::ProfileRead])).unwrap();
        world.grant(&world.ben, id, &scopes(&[Scope::Propose])).unwrap();
        let (one, other) = if by_inviter { (&world.ana, &world.ben) } else { (&world.ben, &world.ana) };
        let ended = world.act(end, one, id).unwrap();
        assert_eq!(ended.state, State::Revoked);
        assert_eq!(world.act(end, one, id).unwrap(), ended);
        assert_eq!(world.act(end, other, id).unwrap().state, State::Revoked);
        assert_eq!(world.grants(one, id), Grants::default());
        assert_eq!(world.told(id).last().unwrap().1, Some(id_of(other).to_string()));
        assert_eq!(code(world.grant(one, id, &scopes(&[]))), "connection.over");
        assert_eq!(
            world.see(other, id).unwrap().name.as_deref(),
            Some(if by_inviter { "Ana" } else { "Ben" })
        );
        assert_ne!(
            world.invite(one, if by_inviter { "ben@example.org" } else { "ana@example.org" }).unwrap().id,
            id
        );
    }
}

#[test]
fn a_withdrawn_invitation_is_gone_for_the_invitee_and_its_address_is_forgotten() {
    let world = World::new();
    let id = world.invite(&world.ana, "dora@example.org").unwrap().id;
    assert_eq!(world.act(end, &world.ana, id).unwrap().state, State::Withdrawn);
    let kept = world.town.read(|cx| sql::pair(cx, id, id_of(&world.ana))).unwrap();
    assert_eq!(kept.invitee_address, None);
    assert_eq!(world.see(&world.ana, id).unwrap().called(), "somebody");
    let id = world.invite(&world.ana, "ben@example.org").unwrap().id;
    world.act(end, &world.ana, id).unwrap();
    assert_eq!(world.state(&world.ben, id), None);
}

#[test]
fn an_invitation_can_be_ended_by_the_invitee_which_declines_it_and_a_block_of_a_connection_revokes() {
    let (world, id) = World::connected();
    assert_eq!(code(world.act(decline, &world.ben, id)), "connection.connected");
    let blocked = world.act(block, &world.ana, id).unwrap();
    assert_eq!((blocked.state, blocked.is_blocked), (State::Revoked, true));
    assert!(!world.see(&world.ben, id).unwrap().is_blocked, "whose block it is, is theirs to know");
    assert_eq!(world.act(block, &world.ana, id).unwrap(), blocked);
    let other = world.invite(&world.cleo, "ben@example.org").unwrap().id;
    assert_eq!(world.act(end, &world.ben, other).unwrap().state, State::Declined);
    assert_eq!(world.state(&world.cleo, other), Some(State::Invited));
}

#[test]
fn a_list_has_pages_newest_first_from_both_sides() {
    let world = World::new();
    for n in 0..3 {
        world.invite(&world.ana, &format!("guest{n}@example.org")).unwrap();
        world.town.clock.advance(1_000);
    }
    world.invite(&world.ben, "ana@example.org").unwrap();
    let all: Vec<_> = world.list(&world.ana).iter().map(|one| one.id).collect();
    let mut walked = Vec::new();
    let mut after = None;
    loop {
        let page = world.town.read(|cx| connections(cx, &world.ana, after, 1));
        walked.extend(page.connections.iter().map(|one| one.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(walked, all);
    assert_eq!(all.len(), 4);
    assert!(all.is_sorted_by(|a, b| a > b));
}

#[test]
fn nobody_signed_in_has_no_connections() {
    let world = World::new();
    assert_eq!(code(world.invite(&operator(), "ben@example.org")), "denied");
    assert_eq!(code(world.town.store.read_blocking(|cx| connections(cx, &anyone(), None, 5))), "denied");
}

#[test]
fn no_statement_of_the_network_reads_a_whole_table() {
    let (world, id) = World::connected();
    let scope = scopes(&[Scope::ProfileRead]);
    world.grant(&world.ana, id, &scope).unwrap();
    let (ana, ben) = (world.ana.clone(), world.ben.clone());
    world
        .town
        .write(move |cx| {
            drop(ask_by_connection(cx, &ben, id, Scope::ProfileRead, "to plan")?);
            questions(cx, &ana, None, 10)?;
            connections(cx, &ana, None, 10)?;
            block(cx, &ana, id)?;
            unblock(cx, &ana, id)?;
            end_overdue(cx)?;
            delete_ended(cx)?;
            export(cx, &address("ana@example.org"))?;
            erase(cx, &operator(), &address("ana@example.org")).map(drop)
        })
        .unwrap();
    #[cfg(debug_assertions)]
    world.town.read(|cx| {
        for sql in crate::store::statements::seen() {
            let ours =
                ["connections", "blocks", "grants", "questions"].iter().any(|table| sql.contains(table))
                    && !sql.contains(" AS cell ")
                    && !sql.contains("pragma");
            let Ok(plan) = cx.db.plan(&sql) else { continue };
            assert!(
                !ours || plan.iter().all(|step| !step.starts_with("SCAN ") || step.contains("CONSTANT")),
                "{plan:?}: {sql}"
            );
        }
        Ok(())
    });
}

#[test]
fn a_program_connects_its_owner_with_nobody_and_ends_and_blocks_nothing() {
    let (world, id) = World::connected();
    let waiting = world.invite(&world.cleo, "ben@example.org").unwrap().id;
    let bens = program(&world.ben);
    let refused = [
        // Inviting who has invited would accept.
        code(world.invite(&bens, "cleo@example.org")),
        code(world.invite(&bens, "dora@example.org")),
        code(world.accept(&bens, waiting)),
        code(world.act(decline, &bens, waiting)),
        code(world.act(end, &bens, id)),
        code(world.act(block, &bens, id)),
        code(world.act(unblock, &bens, id)),
        code(world.grant(&bens, id, &scopes(&Scope::ALL))),
    ];
    assert_eq!(refused, ["denied"; 8]);
    assert_eq!(world.state(&bens, id), Some(State::Connected), "it may look");
    assert_eq!(world.state(&world.ben, waiting), Some(State::Invited));
}
