//! Who is told that a calendar cannot be read.

use super::*;
use crate::calendar::{self, Access, Found, NewAccount, SourceKind};

#[test]
fn a_calendar_that_cannot_be_read_is_told_once_and_settled_when_it_can() {
    let world = World::new();
    let who = world.actor(ANA);
    let source = world.write(move |cx| {
        let new = NewAccount {
            holder: calendar::own(&who)?,
            kind: SourceKind::Ics,
            name: "Work".to_owned(),
            server: "cal.example.org".to_owned(),
            access: Access {
                url: "https://cal.example.org/secret".to_owned().into(),
                username: None,
                password: None,
            },
            zone: None,
        };
        let found = Found { name: String::new(), path: String::new(), writable: false };
        Ok(calendar::add(cx, &who, &new, &[found])?.remove(0).id)
    });
    let tell = |kind: &'static str| {
        let ana = world.user(ANA).id;
        world.write(move |cx| {
            let data = serde_json::json!({ "problem": "refused" });
            let happening = Happening::to(kind, &source).with(&ana).data(&data);
            journal::append(cx, &Actor::house("t"), &happening).map(drop)
        });
        world.follow();
    };
    tell("source.unreadable");
    let told = world.shown(ANA).remove(0);
    assert_eq!(sentence(&told.news), "Your calendar “Work” cannot be read.");
    assert!(advice(&told.news, &house()).starts_with("Its server no longer takes the password."));
    assert_eq!(told.news.path, format!("/calendar/sources/{source}"));
    assert!(told.notice.read_at.is_none() && matches!(told.waits, Waits::Nothing));
    assert_eq!(world.letters("notice").len(), 1, "at once, unless chosen otherwise");
    assert!(world.kinds(BEN).is_empty());
    tell("source.readable");
    assert!(world.shown(ANA)[0].notice.read_at.is_some(), "there is nothing to do about it any more");
    let who = world.actor(ANA);
    tell("source.unreadable");
    world.write(move |cx| calendar::remove(cx, &who, source));
    world.follow();
    let told = world.shown(ANA).pop().unwrap();
    assert!(told.notice.read_at.is_some());
    assert_eq!(sentence(&told.news), "A calendar of yours could not be read.");
}
