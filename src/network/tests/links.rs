//! The link in the letter: to somebody without an account, or who has another.

use super::by_link::{Leads, open};
use super::*;
use crate::base::house::SignUp;
use crate::base::time::Zone;

fn leads(world: &World, viewer: Option<&Actor>, secret: &str) -> Leads {
    world.town.read(|cx| open(cx, viewer.and_then(Actor::user), secret)).leads
}

fn join(world: &World, secret: &str, name: &str) -> Result<(ConnectionId, accounts::SignedIn)> {
    let (secret, name) = (secret.to_owned(), name.to_owned());
    world.town.write(move |cx| by_link::join(cx, &anyone(), &secret, (&name, Zone::UTC), "curl"))
}

fn accept(world: &World, who: &Actor, secret: &str) -> Result<ConnectionId> {
    let (who, secret) = (who.clone(), secret.to_owned());
    world.town.write(move |cx| by_link::accept(cx, &who, &secret))
}

#[test]
fn a_stranger_makes_an_account_by_the_letter_and_is_connected() {
    let world = World::new();
    let invited = world.invite(&world.ana, "dora@example.org").unwrap();
    let [secret] = world.letters().try_into().unwrap();
    assert_eq!(leads(&world, None, &secret), Leads::Join);
    assert_eq!(leads(&world, Some(&world.ana), &secret), Leads::Own);
    assert_eq!(code(accept(&world, &anyone(), &secret)), "connection.no-account");
    assert_eq!(code(join(&world, &secret, " ")), "invalid");
    let (id, entered) = join(&world, &secret, "Dora").unwrap();
    assert_eq!((id, entered.user.address.as_str()), (invited.id, "dora@example.org"));
    assert_eq!(world.see(&world.ana, id).unwrap().name.as_deref(), Some("Dora"));
    assert_eq!(leads(&world, None, &secret), Leads::Done);
    assert_eq!(accept(&world, &anyone(), &secret).unwrap(), id, "pressed again");
    assert_eq!(code(join(&world, &secret, "Dora")), "connection.over");
}

#[test]
fn where_the_administrator_makes_the_accounts_the_link_says_so_and_works_once_there_is_one() {
    let world = World::with(|house| house.sign_up = SignUp::Closed);
    let id = world.invite(&world.ana, "dora@example.org").unwrap().id;
    let [secret] = world.letters().try_into().unwrap();
    assert_eq!(leads(&world, None, &secret), Leads::Closed);
    assert_eq!(code(join(&world, &secret, "Dora")), "denied");
    let new = NewUser {
        address: address("dora@example.org"),
        name: "Dora".to_owned(),
        zone: None,
        role: Role::Member,
    };
    let dora = world.town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
    let dora = Actor::new(Who::User { id: dora.id, admin: false }, Road::Page, "t");
    assert_eq!(world.state(&dora, id), Some(State::Invited), "it waits for her on her page as well");
    assert_eq!(leads(&world, None, &secret), Leads::Accept);
    assert_eq!(accept(&world, &anyone(), &secret).unwrap(), id);
    assert_eq!(world.state(&dora, id), Some(State::Connected));
}

#[test]
fn whoever_is_signed_in_accepts_as_that_account() {
    let world = World::new();
    let id = world.invite(&world.ana, "ben.at.work@example.org").unwrap().id;
    let [secret] = world.letters().try_into().unwrap();
    assert_eq!(code(accept(&world, &world.ana, &secret)), "connection.own");
    assert_eq!(accept(&world, &world.ben, &secret).unwrap(), id);
    assert_eq!(world.state(&world.ben, id), Some(State::Connected));
    assert_eq!(world.invite(&world.ana, "ben@example.org").unwrap().id, id);
}

#[test]
fn a_letter_to_somebody_who_is_connected_by_another_address_leads_to_that_connection() {
    let (world, id) = World::connected();
    let second = world.invite(&world.ana, "ben.at.work@example.org").unwrap().id;
    let [secret] = world.letters().try_into().unwrap();
    assert_eq!(accept(&world, &world.ben, &secret).unwrap(), id);
    assert_eq!(world.state(&world.ana, second), Some(State::Withdrawn));
    // Two invitations that cross, one of them to another address.
    let crossing = world.invite(&world.cleo, "ana@example.org").unwrap().id;
    world.invite(&world.ana, "cleo.at.home@example.org").unwrap();
    let secret = world.letters().pop().unwrap();
    assert_eq!(accept(&world, &world.cleo, &secret).unwrap(), crossing);
    assert_eq!(world.state(&world.ana, crossing), Some(State::Connected));
}

#[test]
fn a_bearer_declines_and_may_think_again() {
    let world = World::new();
    let id = world.invite(&world.ana, "dora@example.org").unwrap().id;
    let [secret] = world.letters().try_into().unwrap();
    for _ in 0..2 {
        let secret = secret.clone();
        world.town.write(move |cx| by_link::decline(cx, &anyone(), &secret)).unwrap();
    }
    assert_eq!(world.kinds(id).iter().filter(|kind| *kind == "connection.declined").count(), 1);
    assert_eq!(world.state(&world.ana, id), Some(State::Invited));
    assert!(world.town.read(|cx| open(cx, None, &secret)).is_declined);
    assert_eq!(join(&world, &secret, "Dora").unwrap().0, id);
}

#[test]
fn an_expired_link_sends_a_fresh_one_while_the_invitation_lives() {
    let world = World::new();
    world.invite(&world.ana, "dora@example.org").unwrap();
    let old = world.letters().pop().unwrap();
    let fresh = |secret: &str| {
        let secret = secret.to_owned();
        world.town.write(move |cx| by_link::fresh(cx, &anyone(), &secret)).unwrap();
        world.letters().len()
    };
    world.town.clock.advance(7 * DAY);
    assert_eq!(code(join(&world, &old, "Dora")), "link.expired");
    assert_eq!(fresh("no-such-secret"), 1);
    assert_eq!(fresh(&old), 2);
    for _ in 0..9 {
        fresh(&old);
    }
    assert_eq!(world.letters().len(), 6, "five in an hour");
    world.town.clock.advance(7 * DAY);
    assert_eq!(leads(&world, None, &old), Leads::Over);
    assert_eq!(fresh(&old), 6);
    assert_eq!(code(join(&world, world.letters().last().unwrap(), "Dora")), "connection.over");
}

#[test]
fn the_store_holds_neither_secret_nor_address_once_an_invitation_is_over() {
    let world = World::new();
    let id = world.invite(&world.ana, "dora@example.org").unwrap().id;
    let secret = world.letters().pop().unwrap();
    assert!(!world.town.whole_text().contains(&secret));
    world.act(end, &world.ana, id).unwrap();
    let rows = world.town.whole_text();
    assert!(rows.lines().filter(|line| line.starts_with("connections.")).all(|line| !line.contains("dora")));
}

#[test]
fn a_link_of_another_purpose_or_about_nothing_opens_no_invitation() {
    let world = World::new();
    let link = world
        .town
        .write(|cx| {
            let about = LinkAbout::default();
            crate::links::issue(cx, Purpose::Connect, &address("x@example.org"), &about, cx.now.plus(HOUR))
        })
        .unwrap();
    let secret = world.town.secret(Purpose::Connect, link);
    let opened = world.town.store.read_blocking(|cx| open(cx, None, &secret));
    assert_eq!(code(opened), "not-found");
}
