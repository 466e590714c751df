//! Lines that ask for a meeting: what is understood is shown, and nobody is asked anything.

use super::*;

fn preview(world: &World, line: &str) -> Result<Preview> {
    let ana = world.ana.clone();
    world.town.store.read_blocking(|cx| wish(cx, &ana, line, None)?.understood())
}

#[test]
fn a_line_becomes_what_would_be_begun_and_nothing_is_sent() {
    let world = World::granting(AUTO);
    let understood = preview(&world, "45 minutes with Ben next week, not before 10").unwrap();
    assert_eq!((understood.names, understood.new.with), (vec!["Ben".to_owned()], vec![world.with_ben]));
    let want = &understood.new.want;
    // From Monday the 18th to Sunday the 24th.
    assert_eq!((want.minutes, want.from, want.to), (45, hour(64).ms(), hour(64 + 7 * 24).ms()));
    assert_eq!(want.within, Window::parse("10:00-24:00"));
    assert!(world.town.read(|cx| network::questions(cx, &world.ben, None, 10)).questions.is_empty());
    let waiting = world.write(|cx| queue::claim(cx, AGENTS, 10, MINUTE)).unwrap();
    assert!(waiting.is_empty());
}

#[test]
fn what_a_line_would_rather_have_is_shown_as_its_own_field_and_the_agents_go_by_it() {
    let world = World::granting(AUTO);
    let line = "half an hour with Ben next week, ideally on Wednesday or 21 January, between 10 and 12";
    assert!(preview(&world, line).unwrap_err().to_string().contains("two ways"));
    let line = "half an hour with Ben next week, ideally on Wednesday or 21 January at 10";
    let understood = preview(&world, line).unwrap();
    let prefer = &understood.new.want.prefer;
    assert_eq!(prefer.within, Window::parse("10:00-10:30"));
    assert_eq!(prefer.days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["wed", "2027-01-21"]);
    let shown = fields(&understood, Zone::UTC);
    let better = shown.iter().find(|(name, _)| name == "Better").unwrap();
    assert_eq!(better.1, "On Wednesday or 21 Jan and at 10:00; other times if not");
    let begun = world.start(&understood.new).unwrap();
    world.let_agents_speak();
    // Wednesday, 20 January 2027, 10:00.
    assert_eq!(world.meeting_of(&world.see(begun.id)).start, hour(5 * 24 + 2));
}

#[test]
fn what_a_line_asks_for_is_what_the_agents_agree_on() {
    let world = World::granting(AUTO);
    let understood =
        preview(&world, "an hour with Ben on Tuesday or Thursday at 3pm about the roof").unwrap();
    let begun = world.start(&understood.new).unwrap();
    assert_eq!(begun.purpose, "the roof");
    world.let_agents_speak();
    let meeting = world.meeting_of(&world.see(begun.id));
    // Tuesday, 19 January 2027, 15:00.
    assert_eq!((meeting.start, meeting.end), (hour(4 * 24 + 7), hour(4 * 24 + 8)));
}

#[test]
fn whom_one_is_not_connected_with_is_nobody() {
    let world = World::granting(AUTO);
    for (line, says) in [
        ("30 minutes with Dora next week", "no connection called “Dora”"),
        ("30 minutes with dora@example.net next week", "not connected"),
        ("30 minutes with Ben soon", "“soon”"),
        ("Ben tomorrow at 10", "say how long"),
    ] {
        let error = preview(&world, line).unwrap_err();
        assert!(error.to_string().contains(says), "{line}: {error}");
    }
}
