//! Meetings written into a calendar on a real server: Radicale, by a house with a clock that a test moves.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::calendars::House;
use crate::rig::{Radicale, eventually};

impl House {
    /// Adds Ada's calendar at `place`, and has her meetings written there; gives the source.
    async fn written(&self, place: &str) -> String {
        let id = self.add(place, &Radicale::password("ada")).await.remove(0).1;
        let choice = json!({ "writes": true });
        let (status, body) = self.api(Method::PATCH, &format!("/sources/{id}"), Some(choice)).await;
        assert_eq!((status, &body["writes"]), (200, &json!(true)), "{body}");
        self.is_read(&id).await;
        id
    }

    /// Waits until a source was read a moment ago.
    async fn is_read(&self, id: &str) {
        eventually("the calendar is read", async || {
            let source = self.source(id).await;
            let now = self.clock.now().to_rfc3339();
            (source["read"].as_str() == Some(now.as_str()) && source["problem"].is_null()).then_some(())
        })
        .await;
    }

    /// Lets the calendar be read again.
    async fn read_again(&self, id: &str) {
        self.pass(15);
        self.is_read(id).await;
    }

    /// Has the calendar read a minute later.
    async fn reads(&self, id: &str) {
        self.pass(1);
        let (status, body) = self.api(Method::POST, &format!("/sources/{id}/read"), None).await;
        assert_eq!(status, 200, "{body}");
        self.is_read(id).await;
    }

    /// Ben meets Ada; gives the meeting.
    async fn book(&self) -> String {
        let new = json!({
            "title": "Practice", "start": "2027-01-11T10:30:00+01:00", "end": "2027-01-11T11:30:00+01:00",
            "host": { "email": "ben@entente.test" }, "guests": [{ "email": "ada@entente.test" }], "decline": "soft",
        });
        let (status, body) = self.api_as(&self.bens, Method::POST, "/meetings", Some(new)).await;
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().expect("an id").to_owned()
    }

    /// The meeting, as Ben sees it.
    async fn meeting(&self, id: &str) -> Value {
        self.api_as(&self.bens, Method::GET, &format!("/meetings/{id}"), None).await.1
    }

    /// What Ben is told of Ada: how her invitation has come, and what she answered.
    async fn of_ada(&self, id: &str) -> (String, String) {
        let meeting = self.meeting(id).await;
        let all = meeting["participants"].as_array().expect("participants");
        let ada = all.iter().find(|one| one["role"] == "guest").expect("the guest");
        let text = |key: &str| ada[key].as_str().unwrap_or_default().to_owned();
        (text("delivery"), text("partstat"))
    }

    /// Waits until that is so.
    async fn ada_is(&self, id: &str, expected: (&str, &str)) {
        eventually(&format!("Ada's invitation is {expected:?}"), async || {
            let (delivery, partstat) = self.of_ada(id).await;
            ((delivery.as_str(), partstat.as_str()) == expected).then_some(())
        })
        .await;
    }
}

/// The only object in Ada's calendar.
async fn event(radicale: &Radicale, has: &str) -> (String, String) {
    eventually(&format!("one event is there, with {has}"), async || {
        let mut all = radicale.objects("work");
        (all.len() == 1 && all[0].1.contains(has)).then(|| all.remove(0))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_written_moved_and_cancelled_in_a_calendar_on_radicale() {
    let (house, radicale) = (House::open().await, Radicale::start());
    radicale.make_calendar("Work", "VEVENT").await;
    let source = house.written(&radicale.url("/ada/work/")).await;
    let meeting = house.book().await;
    house.ada_is(&meeting, ("in-calendar", "needs-action")).await;
    let (name, text) = event(&radicale, "SEQUENCE:0").await;
    assert!(name.starts_with("entente-"), "{name}");
    for has in [";SCHEDULE-AGENT=CLIENT", "mailto:ada@entente.test", "DTSTART:20270111T093000Z"] {
        assert!(text.contains(has), "{has}: {text}");
    }
    assert!(!text.contains("ben@entente.test") && !text.contains("METHOD"), "{text}");
    house.read_again(&source).await;
    assert_eq!(house.of_ada(&meeting).await.1, "needs-action", "what the house wrote says nothing");

    let time = json!({ "start": "2027-01-12T09:00:00Z", "end": "2027-01-12T10:00:00Z" });
    let (status, body) =
        house.api_as(&house.bens, Method::PATCH, &format!("/meetings/{meeting}"), Some(time)).await;
    assert_eq!(status, 200, "{body}");
    event(&radicale, "DTSTART:20270112T090000Z").await;
    house.read_again(&source).await;
    let (status, _) = house.api_as(&house.bens, Method::DELETE, &format!("/meetings/{meeting}"), None).await;
    assert!((200..300).contains(&status), "{status}");
    event(&radicale, "STATUS:CANCELLED").await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_deleted_on_radicale_is_a_decline_and_one_that_is_moved_a_proposal() {
    let (house, radicale) = (House::open().await, Radicale::start());
    radicale.make_calendar("Work", "VEVENT").await;
    let source = house.written(&radicale.url("/ada/work/")).await;
    let meeting = house.book().await;
    let (name, text) = event(&radicale, "SEQUENCE:0").await;
    house.ada_is(&meeting, ("in-calendar", "needs-action")).await;

    let moved = text.replace("T093000Z", "T140000Z").replace("T103000Z", "T150000Z");
    radicale.put(&format!("/ada/work/{name}"), &moved).await;
    house.read_again(&source).await;
    let proposal = eventually("a new time is proposed", async || {
        let meeting = house.meeting(&meeting).await;
        meeting["proposals"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!(proposal["start"], "2027-01-11T14:00:00Z", "{proposal}");
    event(&radicale, "DTSTART:20270111T093000Z").await;
    house.ada_is(&meeting, ("in-calendar", "needs-action")).await;
    house.read_again(&source).await;

    let (name, text) = event(&radicale, "PARTSTAT=NEEDS-ACTION").await;
    let accepted = text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    radicale.put(&format!("/ada/work/{name}"), &accepted).await;
    house.read_again(&source).await;
    house.ada_is(&meeting, ("in-calendar", "accepted")).await;

    radicale.delete(&format!("/ada/work/{name}")).await;
    house.read_again(&source).await;
    house.ada_is(&meeting, ("in-calendar", "declined")).await;
    assert_eq!(house.meeting(&meeting).await["proposals"].as_array().map(Vec::len), Some(1), "once");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_moved_into_another_calendar_on_radicale_is_followed_there() {
    let (house, radicale) = (House::open().await, Radicale::start());
    radicale.make_calendar("Work", "VEVENT").await;
    radicale.make_calendar("Family", "VEVENT").await;
    let work = house.written(&radicale.url("/ada/work/")).await;
    let family = house.add(&radicale.url("/ada/family/"), &Radicale::password("ada")).await.remove(0).1;
    house.is_read(&family).await;
    let meeting = house.book().await;
    let (name, _) = event(&radicale, "SEQUENCE:0").await;
    house.ada_is(&meeting, ("in-calendar", "needs-action")).await;

    radicale.move_to(&format!("/ada/work/{name}"), &format!("/ada/family/{name}")).await;
    house.reads(&work).await;
    house.reads(&family).await;
    house.ada_is(&meeting, ("in-calendar", "needs-action")).await;
    let time = json!({ "start": "2027-01-12T09:00:00Z", "end": "2027-01-12T10:00:00Z" });
    let path = format!("/meetings/{meeting}");
    let (status, body) = house.api_as(&house.bens, Method::PATCH, &path, Some(time)).await;
    assert_eq!(status, 200, "{body}");
    eventually("it is moved where it lies now", async || {
        let there = radicale.objects_of("ada", "family");
        there.first().filter(|(_, text)| text.contains("DTSTART:20270112T090000Z")).map(drop)
    })
    .await;
    assert!(radicale.objects("work").is_empty(), "and nowhere else");

    radicale.delete(&format!("/ada/family/{name}")).await;
    for source in [&family, &work, &family] {
        house.reads(source).await;
    }
    house.ada_is(&meeting, ("in-calendar", "declined")).await;
    assert!(radicale.objects("work").is_empty());
    house.stop().await;
}

/// What stands between the house and Radicale, and falls silent where it is told to: it takes calls and answers none, on what is
/// open too.
async fn between(port: u16) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = listener.local_addr().expect("an address").port();
    let (silence, silent) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let mut silent = silent.clone();
            tokio::spawn(async move {
                let Ok(mut to) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                let is_over = async {
                    let told = silent.wait_for(|is_silent| *is_silent).await;
                    drop(told);
                };
                tokio::select! {
                    biased;
                    () = is_over => {}
                    _ = tokio::io::copy_bidirectional(&mut from, &mut to) => return,
                }
                // Held open until it is over.
                let told = silent.wait_for(|is_silent| !*is_silent).await;
                drop(told);
            });
        }
    });
    (own, silence)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_is_silent_for_ten_seconds_makes_one_mail_and_no_event() {
    let (house, radicale) = (House::open().await, Radicale::start());
    radicale.make_calendar("Work", "VEVENT").await;
    let (port, silence) = between(radicale.port()).await;
    let source = house.written(&format!("http://127.0.0.1:{port}/ada/work/")).await;
    silence.send(true).expect("somebody listens");
    let meeting = house.book().await;
    house.ada_is(&meeting, ("delivered", "needs-action")).await;
    assert!(radicale.objects("work").is_empty());
    let shown = house.source(&source).await;
    assert_eq!(shown["write_problem"]["code"], "time-out", "{shown}");
    silence.send(false).expect("somebody listens");
    house.pass(60);
    house.is_read(&source).await;
    assert!(radicale.objects("work").is_empty());
    house.stop().await;
}
