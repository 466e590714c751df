//! Roles: filled by administrators, known to everybody of the house by name.

use super::*;

#[test]
fn an_administrator_adds_fills_renames_and_removes_a_role_and_nobody_else_does() {
    let world = World::new();
    let role = world.write(&world.admin, |cx, who| add_role(cx, who, " Front desk ", "Who is in.")).unwrap();
    assert_eq!((role.name.as_str(), role.members.len()), ("Front desk", 0));
    let id = role.id;
    let (ana, ben) = (id_of(&world.ana), id_of(&world.ben));
    let filled =
        world.write(&world.admin, move |cx, who| set_members(cx, who, id, &[ben, ana, ben])).unwrap();
    assert_eq!(filled.members, [ana, ben]);
    assert_eq!(
        code(world.write(&world.admin, |cx, who| add_role(cx, who, "Front desk", ""))),
        "role.name-taken"
    );
    let renamed =
        world.write(&world.admin, move |cx, who| change_role(cx, who, id, Some("Desk"), None)).unwrap();
    assert_eq!((renamed.name.as_str(), renamed.about.as_str()), ("Desk", "Who is in."));
    assert_eq!(world.town.read(|cx| roles(cx, &world.ana)).len(), 1);
    let refused = [
        code(world.write(&world.ana, |cx, who| add_role(cx, who, "Mine", ""))),
        code(world.write(&world.ana, move |cx, who| set_members(cx, who, id, &[]))),
        code(world.write(&world.ana, move |cx, who| change_role(cx, who, id, Some("Mine"), None))),
        code(world.write(&world.ana, move |cx, who| remove_role(cx, who, id))),
    ];
    assert_eq!(refused, ["denied"; 4]);
    world.write(&world.admin, move |cx, _| erase(cx, ana)).unwrap();
    assert_eq!(world.town.read(|cx| super::super::role(cx, &world.ben, id)).members, [ben]);
    world.write(&world.admin, move |cx, who| remove_role(cx, who, id)).unwrap();
    assert_eq!(world.town.read(|cx| Ok(code(super::super::role(cx, &world.admin, id)))), "not-found");
}

#[test]
fn the_journal_says_who_came_into_a_role_and_who_went() {
    let world = World::new();
    let id = world.write(&world.admin, |cx, who| add_role(cx, who, "Front desk", "")).unwrap().id;
    let (ana, ben) = (id_of(&world.ana), id_of(&world.ben));
    for members in [vec![ana], vec![ana], vec![ben]] {
        world.write(&world.admin, move |cx, who| set_members(cx, who, id, &members)).unwrap();
    }
    let told = |kind: &'static str| {
        let entries = world.town.read(|cx| journal::newest(cx, kind, 10));
        assert!(entries.iter().all(|entry| entry.subject == Some(id.to_string())));
        let mut members: Vec<_> = entries.into_iter().filter_map(|entry| entry.object).collect();
        members.sort_unstable();
        members
    };
    assert_eq!(told("role.member-added"), [ana.to_string(), ben.to_string()]);
    assert_eq!(told("role.member-removed"), [ana.to_string()]);
}
