//! The troubleshooter, as a person without scripts goes through it.

use entente::accounts::{self, NewUser, Role};
use entente::network::{self, Constraints, NewGrant, Scope};

use crate::pages_world::{ANA, BEN, World, address, operator};

/// Ben, and Ana whom he knows.
async fn world() -> World {
    let w = World::new().await;
    w.write(|cx| {
        let new = NewUser { address: address(ANA), name: "Ana".to_owned(), zone: None, role: Role::Member };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
    w
}

#[actix_web::test]
async fn every_rule_is_told_for_a_time_and_the_day_around_it() {
    let w = world().await;
    let mut ben = w.browser_of(BEN).await;
    let fresh = ben.get("/calendar/why").await;
    fresh.is(200).says("Why is there no time?").says("Looking asks nobody anything");
    let free = ben.get("/calendar/why?date=2026-11-26&at=10:30&length=45&with=").await;
    free.is(200).says("Nothing is in the way: you can meet then.").says("09:00 – 17:00");
    let night = ben.get("/calendar/why?date=2026-11-26&at=22:00&length=45").await;
    night.says("You cannot meet then.").says("It is outside the hours that count.");
    let sunday = ben.get("/calendar/why?date=2026-11-29&at=10:00&length=45").await;
    sunday.says("You do not work on this day.").says("Nowhere on this day.");
    // The meeting of the house takes its time.
    let pair = w.meeting().await;
    let meeting = w.load(pair.id).await;
    let local = w.user(BEN).await.zone.local(meeting.start);
    let path =
        format!("/calendar/why?date={}&at={}&length=30", local.format("%Y-%m-%d"), local.format("%H:%M"));
    ben.get(&path).await.says("Something is in your calendar then");
}

#[actix_web::test]
async fn what_somebody_is_shown_is_told_by_the_grant_and_asks_nobody() {
    let w = world().await;
    let id = w.connection(BEN, ANA).await;
    let mut ben = w.browser_of(BEN).await;
    let path = format!("/calendar/why?date=2026-11-26&at=10:30&length=45&with={id}");
    ben.get(&path).await.is(200).says("Ana is not offered any time of yours.").says("Nothing of your time.");
    let who = w.user(BEN).await.id;
    w.write(move |cx| {
        let who = entente::base::Actor::new(
            entente::base::Who::User { id: who, admin: false },
            entente::base::Road::Page,
            "0af7651916cd43dd8448eb211c80319c",
        );
        let new = NewGrant {
            scopes: [Scope::AvailabilityRead].into(),
            constraints: Constraints {
                notice_minutes: 90 * 1_440,
                horizon_days: 365,
                ..Constraints::default()
            },
            ..NewGrant::default()
        };
        network::set_grant(cx, &who, id, &new).map(drop)
    })
    .await;
    let page = ben.get(&path).await;
    page.says("Ana is not offered this time.").says("It is over, or starts too soon.");
    page.says("learn which times would suit you").says(&format!("/connections/{id}"));
    ben.get("/connections/questions").await.says("Nobody has asked");
    // Somebody else's connection is none.
    let other = "con_0123456789abcdef0123456789abcdef";
    ben.get(&format!("/calendar/why?date=2026-11-26&at=10:30&with={other}")).await.is(404);
}

#[actix_web::test]
async fn what_is_no_time_comes_back_with_what_is_wrong() {
    let w = world().await;
    let mut ben = w.browser_of(BEN).await;
    for (query, words) in [
        ("date=soon&at=10:30", "date-error"),
        ("date=2026-11-26&at=late", "This should be a time of day, like 10:30."),
        ("date=2026-11-26&at=10:30&length=2", "A meeting has from 5 to 1440 minutes."),
        ("date=2026-11-26&at=10:30&with=ana", "Choose somebody from the list."),
        ("date=262142-12-31&at=10:30", "date-error"),
    ] {
        ben.get(&format!("/calendar/why?{query}")).await.is(422).says(words);
    }
}
