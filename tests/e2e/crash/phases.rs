//! Kill -9 between the two phases of a booking, and at random moments around them: afterwards every session is done or
//! undone and says which, there is one meeting at most for each, nothing is held in vain, and what waits for a host waits on.

use std::time::Instant;

use chrono::Days;
use entente::base::Chance;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::calls::Caller;
use crate::booking::{GUEST, HOST, Somebody, link, rfc3339};
use crate::network::town::{AUTO, Town, at, counted, event, span};
use crate::rig::{MailRig, PATIENCE, eventually};

/// How often the process is killed at a random moment, and how much begins each time.
const KILLS: usize = 6;
const SESSIONS: usize = 2;
/// Who asks for a time of Mara's page, and waits for her.
const GUESTS: [&str; 4] = ["guest", "third", "stranger", "ottoline"];
/// More than pass through the gate for what begins in one round.
const MOMENTS: u64 = 12;
/// How many sessions are between the phases.
const UNDERWAY: &str = "SELECT COUNT(*) FROM session_bookings";

/// What must hold of the books when nothing goes on any more: so many meetings, as many of them as sessions say, none
/// twice, and no letter twice.
#[track_caller]
fn balance(town: &Town, meetings: i64) {
    let server = &town.server;
    assert_eq!(counted(server, "SELECT COUNT(*) FROM meetings"), meetings);
    let by_sessions = "SELECT COUNT(DISTINCT meeting_id) FROM sessions WHERE state = 'confirmed'";
    let confirmed = "SELECT COUNT(*) FROM sessions WHERE state = 'confirmed'";
    let by_links = "SELECT COUNT(DISTINCT meeting_id) FROM bookings WHERE state = 'booked'";
    assert_eq!(counted(server, by_sessions), counted(server, confirmed));
    assert_eq!(counted(server, by_sessions) + counted(server, by_links), meetings, "none is nobody's");
    assert_eq!(
        counted(server, "SELECT COUNT(*) FROM session_bookings"),
        0,
        "none is left between the phases"
    );
    let held = "SELECT COUNT(*) FROM holds WHERE subject LIKE 'ses_%'";
    assert_eq!(counted(server, held), 0, "nothing is held in vain");
    let overlapping = "SELECT COUNT(*) FROM meetings a JOIN meetings b ON a.id < b.id \
        WHERE a.start_at < b.end_at AND b.start_at < a.end_at";
    assert_eq!(counted(server, overlapping), 0, "nobody is at two meetings at once");
    let doubled = "SELECT COUNT(*) FROM (SELECT 1 FROM letters WHERE kind = 'invitation' \
        GROUP BY meeting_id, address HAVING COUNT(*) > 1)";
    assert_eq!(counted(server, doubled), 0, "nobody is invited twice");
}

/// Ends the process and starts it again, with what is done meanwhile.
async fn killed(town: &mut Town, meanwhile: impl AsyncFnOnce(&Town)) {
    town.server.kill9();
    meanwhile(town).await;
    tokio::task::block_in_place(|| town.server.restart());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_between_the_phases_books_it_or_undoes_it_and_says_which() {
    let mut town = Town::connected(AUTO).await;
    // Nothing came in between: it is done after the start.
    town.gate.shut();
    let id = town.begins("45 minutes with Ben on {day}", "Done").await;
    town.session_when(&id, "booking").await;
    assert_eq!(town.holds(), 2, "the time is held for both");
    killed(&mut town, async |town| town.gate.open()).await;
    let session = town.session_when(&id, "confirmed").await;
    assert!(session["meeting"].is_string(), "{session}");
    balance(&town, 1);

    // Something did: it is undone, and goes on.
    town.gate.shut();
    let id = town.begins("45 minutes with Ben on {day}", "Undone").await;
    let named = town.session_when(&id, "booking").await["proposals"].as_array().expect("proposals").clone();
    let day = town.day.format("%Y%m%d").to_string();
    let last = named.iter().map(|one| span(one).1).max().expect("a time");
    let until = last.with_timezone(&GUEST.zone.parse::<chrono_tz::Tz>().expect("a zone"));
    let text =
        event(GUEST, "meanwhile", &format!("{day}T000000"), &until.format("%Y%m%dT%H%M%S").to_string(), "");
    killed(&mut town, async |town| {
        town.radicale.put("/ben/work/meanwhile.ics", &text).await;
        town.gate.open();
    })
    .await;
    town.session_when(&id, "confirmed").await;
    let said = town.transcript(GUEST, &id).await;
    assert!(said.iter().any(|(kind, body)| kind == "error" && body["reason"] == "slot-taken"), "{said:?}");
    let meetings = town.meetings(GUEST).await;
    assert!(
        meetings.iter().any(|meeting| meeting["title"] == "Undone" && span(meeting).0 >= last),
        "{meetings:?}"
    );
    balance(&town, 2);
    assert_eq!(town.server.stop(), Some(0));
    town.server.cli_ok(&["audit", "verify"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_calendar_does_not_answer_after_the_kill_either_a_person_is_asked_and_nothing_is_held() {
    let mut town = Town::connected(AUTO).await;
    town.gate.shut();
    let id = town.begins("45 minutes with Ben on {day}", "Trio rehearsal").await;
    town.session_when(&id, "booking").await;
    killed(&mut town, async |_| {}).await;
    let session = town.session_when(&id, "awaiting_confirmation").await;
    let parties = session["parties"].as_array().expect("parties");
    assert!(parties.iter().any(|party| party["standing"] == "decides"), "{session}");
    balance(&town, 0);
}

/// Calls until there is an answer of this status.
async fn insist(caller: Caller, call: RequestBuilder, status: u16) -> Value {
    caller.insist(call, status).await
}

/// A call for somebody, of which a second does nothing.
fn call(town: &Town, client: &Client, who: Somebody, path: &str, key: &str, body: &Value) -> RequestBuilder {
    let request = client.post(format!("{}/api/v1{path}", town.server.url())).bearer_auth(town.token(who));
    let request = request.header("Idempotency-Key", key).header("Content-Type", "application/json");
    request.body(body.to_string())
}

/// Guests ask for a time of Mara's page, a week later, and prove their addresses; gives what waits for her.
async fn requests(town: &Town) -> Vec<String> {
    let offer = json!({ "name": "mara", "title": "Lesson", "confirmation": "by_hand" });
    let offered = town.ok(HOST, Method::POST, "/booking-links", offer).await;
    let list = format!("/booking-links/{}/bookings", offered["id"].as_str().expect("a link"));
    let day = town.day.checked_add_days(Days::new(7)).expect("a day");
    for (hour, guest) in (10..).zip(GUESTS) {
        let new = json!({
            "start": rfc3339(at(HOST, day, hour, 0)), "name": "Robin", "email": MailRig::address(guest)
        });
        town.ok(HOST, Method::POST, "/b/mara/bookings", new).await;
        let mailbox = town.mail.mailbox(guest);
        let mail = tokio::task::block_in_place(|| mailbox.wait_for_subject("Please confirm"));
        let shown = town.server.post(&link(&mail, "booking"), &[]).await;
        assert!(shown.body.contains("is asked"), "{shown:?}");
    }
    let waiting = town.get(HOST, &list).await;
    let waiting = waiting["bookings"].as_array().expect("bookings");
    waiting.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kills_at_random_moments_leave_nothing_half_booked() {
    let begun = Instant::now();
    let seed = u64::from_le_bytes(Chance::system().bytes());
    eprintln!("kills by seed {seed}");
    let chance = Chance::seeded(seed);
    let mut town = Town::connected(AUTO).await;
    let mut waiting = requests(&town).await;
    let caller = tokio::task::block_in_place(|| Caller::new(&town.server));
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().expect("an HTTP client");
    let connection = town.connection(HOST).await;
    let (from, to) = (town.day, town.day.checked_add_days(Days::new(5)).expect("a day"));
    let (mut sessions, mut approved, mut between) = (Vec::new(), 0, 0);
    for round in 0..KILLS {
        let mut calls = JoinSet::new();
        for n in 0..SESSIONS {
            let title = format!("Lesson {round}-{n}");
            let new = json!({
                "with": [connection], "purpose": title, "length_minutes": 45,
                "from": rfc3339(at(HOST, from, 0, 0)), "to": rfc3339(at(HOST, to, 0, 0)),
            });
            let first = call(&town, &client, HOST, "/sessions", &title, &new);
            calls.spawn(insist(caller.clone(), first, 201));
        }
        // Two of the requests are never approved, and wait on.
        if round % 2 == 0 && waiting.len() > 2 {
            let id = waiting.remove(0);
            let path = format!("/bookings/{id}/approve");
            let approve = call(&town, &client, HOST, &path, &id, &json!({}));
            calls.spawn(insist(caller.clone(), approve, 200));
            approved += 1;
        }
        town.gate.shut_after(usize::try_from(chance.up_to(MOMENTS)).unwrap_or_default());
        // Where less passes than that, it is killed when all is done.
        let _ = tokio::time::timeout(PATIENCE / 15, town.gate.wait_for_knock()).await;
        killed(&mut town, async |town| {
            between += counted(&town.server, UNDERWAY);
            town.gate.open();
        })
        .await;
        while let Some(answered) = calls.join_next().await {
            let answer = answered.expect("a caller was answered");
            if let Some(id) = answer["id"].as_str().filter(|id| id.starts_with("ses_")) {
                sessions.push(id.to_owned());
            }
        }
    }
    let mut confirmed = 0;
    for id in &sessions {
        let session = eventually(&format!("the session {id} comes to its end"), async || {
            let session = town.session(GUEST, id).await;
            let goes_on = ["initiated", "negotiating", "booking"];
            let is_still = goes_on.iter().any(|state| session["state"] == *state);
            (!is_still).then_some(session)
        })
        .await;
        confirmed += i64::from(session["state"] == "confirmed");
        assert_eq!(session["state"] == "confirmed", session["meeting"].is_string(), "{session}");
    }
    assert_eq!(sessions.len(), KILLS * SESSIONS);
    balance(&town, confirmed + approved);
    let waits = "SELECT COUNT(*) FROM bookings WHERE state = 'waiting'";
    assert_eq!(
        counted(&town.server, waits),
        i64::try_from(waiting.len()).expect("few"),
        "who waits, waits on"
    );
    assert_eq!(town.holds(), counted(&town.server, waits), "and what they asked for is held for them alone");
    assert_eq!(town.server.stop(), Some(0));
    town.server.cli_ok(&["audit", "verify"]);
    let (all, took) = (sessions.len(), begun.elapsed());
    eprintln!(
        "{KILLS} kills, {between} sessions met between the phases, {confirmed} of {all} booked, {took:.1?}"
    );
}
