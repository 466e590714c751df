//! What whoever runs the house reads: incidents, and what waits.

use entente::analytics;
use entente::app::jobs;
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

/// The figures of the overview, by name: value and note.
fn figures(page: &str) -> Vec<(String, String)> {
    let texts = |part: &str| {
        part.split('>').filter_map(|rest| rest.split('<').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    let figures = page.split("<div class=\"figure\">").skip(1);
    figures
        .map(|figure| {
            let texts: Vec<_> = texts(figure.split("</div>").next().unwrap_or_default());
            let mut told = texts.into_iter().filter(|text| !text.is_empty());
            (told.next().unwrap_or_default(), told.collect::<Vec<_>>().join(", "))
        })
        .collect()
}

#[actix_web::test]
async fn the_overview_tells_what_failed_and_is_tried_again_and_who_has_still_to_read_the_journal() {
    let w = World::new().await;
    let fail = |cx: &mut entente::store::Cx<'_>| {
        let work = entente::queue::Work::of("test", "t", serde_json::json!({}));
        entente::queue::enqueue(cx, &work)?;
        let leases = entente::queue::claim(cx, "test", 1, MINUTE)?;
        let backoff = entente::queue::Backoff { first_ms: 1, longest_ms: 1, attempts_max: 9 };
        leases
            .iter()
            .try_for_each(|lease| entente::queue::retry(cx, lease, "the line was cut", backoff).map(drop))
    };
    w.write(fail).await;
    let mut root = w.browser_of(ROOT).await;
    let gather = async || {
        while journal::gather(&w.web.store, analytics::FOLLOWER).await.expect("figures") > 0 {}
    };
    gather().await;
    w.write(|cx| journal::append(cx, &Actor::house("t"), &Happening::of("link.invalid")).map(drop)).await;
    let page = root.get("/admin").await;
    page.is(200)
        .says("<caption class=\"visually-hidden\">What is still to be done, by topic</caption>")
        .says("<td class=\"number\" data-label=\"Tried again\">1</td>")
        .says("<dt>analytics</dt><dd>1 still to be read</dd>");
    gather().await;
    let page = root.get("/admin").await;
    assert!(page.is(200).says("Who reads the journal").text.contains("Tried again"));
    assert!(!page.text.contains("<dt>analytics</dt>"), "{}", page.main());
}

#[actix_web::test]
async fn mails_and_jobs_wait_apart_and_a_standing_job_waits_only_when_it_is_overdue() {
    let w = World::new().await;
    jobs::ensure(&w.web.store).await.expect("the standing jobs");
    let mut root = w.browser_of(ROOT).await;
    let waiting = async |root: &mut crate::pages_world::Browser<'_>| {
        let page = root.get("/admin").await;
        let found = figures(&page.text);
        let of = |name: &str| found.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone());
        (of("Mails waiting").unwrap_or_default(), of("Jobs waiting").unwrap_or_default())
    };
    // The first time they are due at once; then each puts itself back for later.
    let worker = jobs::worker(w.web.store.clone());
    for lease in w.write(|cx| entente::queue::claim(cx, jobs::TOPIC, 50, MINUTE)).await {
        (worker.handler)(lease).await.expect("a job");
    }
    w.send_mail().await;
    assert_eq!(waiting(&mut root).await, ("0".to_owned(), "0".to_owned()), "nothing is left to do");
    w.meeting().await;
    assert_eq!(waiting(&mut root).await, ("2".to_owned(), "1".to_owned()), "its host's calendar is read");
    w.send_mail().await;
    w.clock.advance(3 * MINUTE);
    assert_eq!(waiting(&mut root).await, ("0".to_owned(), "7, the oldest is 3 minutes late".to_owned()));
}
