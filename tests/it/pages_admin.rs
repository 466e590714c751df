//! What whoever runs the house reads: incidents, and what waits.

use entente::base::Actor;
use entente::base::time::MINUTE;
use entente::journal::{self, Happening};
use entente::notices;

use crate::pages_world::{ROOT, World};

/// Looks for incidents, minute by minute.
async fn watched(w: &World, minutes: i64) {
    for _ in 0..minutes {
        w.clock.advance(MINUTE);
        w.write(|cx| notices::watch(cx, &Actor::house("t"))).await;
    }
}

#[actix_web::test]
async fn the_alerts_list_what_goes_on_and_what_ended_last_with_their_times() {
    let w = World::new().await;
    let happened = async |kind: &'static str, times: u32| {
        w.write(move |cx| {
            for _ in 0..times {
                journal::append(cx, &Actor::house("t"), &Happening::of(kind))?;
            }
            Ok(())
        })
        .await;
    };
    let mut root = w.browser_of(ROOT).await;
    root.get("/admin/alerts").await.is(200).says("All quiet");
    happened("link.invalid", 100).await;
    watched(&w, 1).await;
    root.get("/admin/alerts").await.is(200).says("100 links that do not exist").says("since today 09:01");
    watched(&w, 120).await;
    happened("inbound.rejected", 10).await;
    watched(&w, 1).await;
    let page = root.get("/admin/alerts").await;
    page.is(200).says("from today 09:01 until today 11:01").says("since today 11:02");
    let main = page.main();
    let (open, over) = (main.find("10 messages of the last hour"), main.find("100 links that do not exist"));
    assert!(open.is_some() && open < over, "what goes on stands first: {main}");
    assert_eq!(
        (main.matches(">open</span>").count(), main.matches(">over</span>").count()),
        (1, 1),
        "{main}"
    );
}
