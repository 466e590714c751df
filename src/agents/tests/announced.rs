//! Announcements, as programs that have no socket read them.

use super::*;

#[test]
fn a_program_reads_on_past_a_page_of_which_nothing_is_left() {
    let world = World::new();
    let maya = world.maya(&world.ben).agent.id;
    let (ana, ben) = (id_of(&world.ana), id_of(&world.ben));
    for (room, text) in [
        (SocketRoom::User(ana), "One for Ana"),
        (SocketRoom::User(ana), "Another for Ana"),
        (SocketRoom::User(ben), "One for Ben"),
        (SocketRoom::Broadcast, "One for all"),
    ] {
        let new = NewAnnouncement { room, text: text.to_owned(), starts_at: None, ends_at: None };
        world.write(&world.admin, move |cx, who| announce(cx, who, &new)).unwrap();
    }
    world.write(&world.admin, move |cx, _| erase(cx, ana)).unwrap();
    let page = |since: i64| {
        let (told, next) = world.town.read(|cx| announced_to(cx, &world.ben, maya, (since, 2)));
        (told.into_iter().map(|(_, one)| one.text).collect::<Vec<_>>(), next)
    };
    let (first, next) = page(0);
    assert!(first.is_empty() && next > 0, "{first:?}, and on at {next}");
    let (second, end) = page(next);
    assert_eq!(second, ["One for Ben", "One for all"]);
    assert_eq!(page(end), (Vec::new(), end));
}
