//! Kill -9 at random moments while meetings are made, moved, called off and answered for two people whose calendars lie on Radicale:
//! afterwards each event lies there once, as it is booked, and nobody was invited by another road besides.

use std::collections::BTreeMap;
use std::time::Instant;

use entente::base::Chance;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use toml::toml;

use super::calls::{Caller, reply_of};
use super::sink::Sink;
use super::start;
use crate::network::town::counted;
use crate::rig::{Gate, PATIENCE, Radicale, Server, eventually};

/// How often the process is killed, and how many meetings are made each time.
const KILLS: usize = 8;
const BOOKINGS: usize = 3;
/// More calls than what begins in one round makes.
const MOMENTS: u64 = 24;
const PEOPLE: [&str; 2] = ["ada", "ben"];
/// What waits to be written, or to be sent.
const WAITING: &str =
    "SELECT COUNT(*) FROM queue WHERE topic IN ('mail', 'calendar-letters', 'calendar-removals')";

/// A meeting as it was asked for last.
#[derive(Clone, Debug, Default)]
struct Asked {
    id: String,
    /// How often it was moved; that is also the hour that it begins at.
    moves: usize,
    is_off: bool,
    is_accepted: bool,
}

impl Asked {
    fn start(&self) -> String {
        format!("203103{:02}T{:02}0000Z", 4, 6 + self.moves)
    }

    fn time(&self) -> Value {
        let at = |minute: u32| format!("2031-03-04T{:02}:{minute:02}:00Z", 6 + self.moves);
        json!({ "start": at(0), "end": at(45) })
    }
}

/// Everything that is there.
struct Rig {
    server: Server,
    radicale: Radicale,
    gate: Gate,
    sink: Sink,
    caller: Caller,
    sources: Vec<(String, String)>,
    meetings: BTreeMap<String, Asked>,
}

fn address(name: &str) -> String {
    format!("{name}@entente.test")
}

impl Rig {
    async fn new() -> Self {
        let sink = Sink::start().await;
        let radicale = tokio::task::block_in_place(Radicale::start);
        let gate = Gate::before(radicale.port()).await;
        let (server, caller) = tokio::task::block_in_place(|| {
            let server = start(sink.port, |config| {
                config.extend(toml! {
                    [net]
                    allow = ["127.0.0.0/8"]
                });
            });
            let caller = Caller::new(&server);
            (server, caller)
        });
        let mut rig =
            Self { server, radicale, gate, sink, caller, sources: Vec::new(), meetings: BTreeMap::new() };
        for name in PEOPLE {
            rig.settles(name).await;
        }
        rig
    }

    /// Somebody gets an account, and has their meetings written into their calendar.
    async fn settles(&mut self, name: &str) {
        self.radicale.make_calendar_of(name, "Work", "VEVENT").await;
        let (who, server) = (address(name), &self.server);
        let token = tokio::task::block_in_place(|| {
            server.cli_ok(&["user", "add", "--name", name, "--email", &who]);
            let scopes = "calendar.read,calendar.write";
            server.cli_ok(&["token", "create", "--name", "e2e", "--user", &who, "--scope", scopes])
        });
        let token = token.lines().last().expect("a token").trim().to_owned();
        let place = format!("http://127.0.0.1:{}/{name}/work/", self.gate.port());
        let access =
            json!({ "kind": "caldav", "url": place, "username": name, "password": Radicale::password(name) });
        let added = self.server.api(Method::POST, "/api/v1/sources", &token, Some(&access)).await.json();
        let id = added["sources"][0]["id"].as_str().expect("a source").to_owned();
        let path = format!("/api/v1/sources/{id}");
        let chosen = self.server.api(Method::PATCH, &path, &token, Some(&json!({ "writes": true }))).await;
        assert_eq!(chosen.status, 200, "{chosen:?}");
        self.sources.push((path, token));
    }

    /// The events of a title in somebody's calendar.
    fn events(&self, name: &str, title: &str) -> Vec<String> {
        let line = format!("SUMMARY:{title}\r\n");
        let texts = self.radicale.objects_of(name, "work").into_iter().map(|(_, text)| text);
        texts.filter(|text| text.contains(&line)).collect()
    }

    /// What is done with meetings in one round, at once: calls that go on until they are answered.
    fn begin(&mut self, round: usize, chance: &Chance) -> Vec<(String, RequestBuilder)> {
        let mut calls = Vec::new();
        let before: Vec<String> = self.meetings.keys().cloned().collect();
        for title in before {
            let mut asked = self.meetings[&title].clone();
            if asked.is_off {
                continue;
            }
            let path = format!("/api/v1/meetings/{}", asked.id);
            match chance.up_to(5) {
                0 | 1 => {
                    (asked.moves, asked.is_accepted) = (asked.moves + 1, false);
                    calls.push((title.clone(), self.caller.with(Method::PATCH, &path, &asked.time())));
                }
                2 => {
                    asked.is_off = true;
                    calls.push((title.clone(), self.caller.with(Method::DELETE, &path, &Value::Null)));
                }
                3 | 4 if !asked.is_accepted => {
                    // Ben answers by mail what stands in his calendar, if that is as it was asked for last.
                    let event = self.events("ben", &title).pop().unwrap_or_default();
                    if event.contains(&format!("DTSTART:{}", asked.start())) {
                        let raw = reply_of(&event, &format!("{title}-{round}"), "ACCEPTED");
                        calls.push((title.clone(), self.caller.push(&raw.expect("an event to answer"))));
                        asked.is_accepted = true;
                    }
                }
                _ => {}
            }
            self.meetings.insert(title, asked);
        }
        for n in 0..BOOKINGS {
            let title = format!("Lesson {round}-{n}");
            let mut new = Asked::default().time();
            new["title"] = json!(title);
            new["decline"] = json!("soft");
            new["host"] = json!({ "email": address("ada"), "name": "Ada" });
            new["guests"] = json!([{ "email": address("ben"), "name": "Ben" }]);
            calls.push((title.clone(), self.caller.book(&title, &new)));
            self.meetings.insert(title, Asked::default());
        }
        calls
    }

    /// Ends the process when somebody stands at the gate, and lets in what stands there: it may arrive, and nobody is told.
    async fn kill(&mut self) {
        let _ = tokio::time::timeout(PATIENCE / 30, self.gate.wait_for_knock()).await;
        self.server.kill9();
        self.gate.open();
        tokio::task::block_in_place(|| self.server.restart());
    }

    /// What must hold when nothing is to be done any more; gives how many events went by mail.
    async fn balance(&self) -> usize {
        let mut by_mail = 0;
        let heard: Vec<(String, String)> = self
            .sink
            .heard()
            .iter()
            .map(|one| (one.to.clone(), String::from_utf8_lossy(&one.bytes).into_owned()))
            .collect();
        for (title, asked) in &self.meetings {
            let seen = self.caller.get(&format!("/api/v1/meetings/{}", asked.id));
            let seen = self.caller.insist(seen, 200).await;
            for name in PEOPLE {
                let events = self.events(name, title);
                let mails = heard
                    .iter()
                    .filter(|(to, text)| *to == address(name) && text.contains(&format!("{title}\r\n")));
                let mails = mails.count();
                let delivered = seen["participants"].as_array().expect("participants").iter();
                let delivered: Vec<&Value> = delivered
                    .filter(|one| one["email"] == address(name))
                    .map(|one| &one["delivery"])
                    .collect();
                let what = format!("{title} of {name}: {asked:?}, {delivered:?}, {mails} mails, {events:#?}");
                if mails > 0 {
                    assert!(
                        events.iter().all(|event| event.contains("STATUS:CANCELLED")),
                        "two roads: {what}"
                    );
                    by_mail += 1;
                    continue;
                }
                // What was called off before it was written is never written.
                assert!(events.len() == 1 || events.is_empty() && asked.is_off, "{what}");
                let Some(event) = events.first() else { continue };
                assert!(event.contains(&format!("DTSTART:{}", asked.start())), "{what}");
                assert!(
                    event.contains(&format!("SEQUENCE:{}\r\n", asked.moves + usize::from(asked.is_off))),
                    "{what}"
                );
                assert_eq!(event.contains("STATUS:CANCELLED"), asked.is_off, "{what}");
                let is_accepted = name == "ben" && asked.is_accepted;
                assert!(asked.is_off || event.contains("PARTSTAT=ACCEPTED") == is_accepted, "{what}");
            }
        }
        by_mail
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_random_moments_leave_each_event_once_in_each_calendar() {
    let begun = Instant::now();
    let seed = u64::from_le_bytes(Chance::system().bytes());
    eprintln!("kills by seed {seed}");
    let chance = Chance::seeded(seed);
    let mut rig = Rig::new().await;
    for round in 0..KILLS {
        rig.gate.shut_after(usize::try_from(chance.up_to(MOMENTS)).unwrap_or_default());
        let mut calls = JoinSet::new();
        for (title, call) in rig.begin(round, &chance) {
            let caller = rig.caller.clone();
            let status = if title.starts_with(&format!("Lesson {round}-")) { 201 } else { 200 };
            calls.spawn(async move { (title, caller.insist(call, status).await) });
        }
        // What was written is read meanwhile, and is nobody's word but the house's.
        let (path, token) = &rig.sources[round % PEOPLE.len()];
        let read = rig.server.api(Method::POST, &format!("{path}/read"), token, None).await;
        assert_eq!(read.status, 200, "{read:?}");
        rig.kill().await;
        while let Some(answered) = calls.join_next().await {
            let (title, answer) = answered.expect("a caller was answered");
            let id = answer["id"].as_str().filter(|id| id.starts_with("mtg_"));
            if let (Some(id), Some(asked)) = (id, rig.meetings.get_mut(&title)) {
                id.clone_into(&mut asked.id);
            }
        }
    }
    eventually("all is written", async || (counted(&rig.server, WAITING) == 0).then_some(())).await;
    for (path, token) in &rig.sources {
        rig.server.api(Method::POST, &format!("{path}/read"), token, None).await;
    }
    eventually("all is read", async || {
        let reading = "SELECT COUNT(*) FROM sources WHERE account_id IS NOT NULL AND (next_at <= tried_at OR tried_at IS NULL)";
        (counted(&rig.server, reading) == 0).then_some(())
    })
    .await;
    assert_eq!(counted(&rig.server, WAITING), 0, "reading it again asks for nothing");
    let by_mail = rig.balance().await;
    // Which road was taken stands in the journal: without a word of it there, no mail left the house.
    let rerouted = counted(&rig.server, "SELECT COUNT(*) FROM journal WHERE kind = 'letter.rerouted'");
    assert!(rerouted > 0 || rig.sink.heard().is_empty(), "{:?}", rig.sink.heard());
    assert!(rerouted > 0 || by_mail == 0);
    let dead = "SELECT COUNT(*) FROM dead_letters";
    assert_eq!(counted(&rig.server, dead), 0);
    let unsure = "SELECT COUNT(*) FROM calendar_writes WHERE tried IS NOT NULL OR begun_at IS NOT NULL OR missing_at IS NOT NULL";
    assert_eq!(counted(&rig.server, unsure), 0, "the house knows what lies there");
    assert_eq!(rig.server.stop(), Some(0));
    rig.server.cli_ok(&["audit", "verify"]);
    let (many, took) = (rig.meetings.len(), begun.elapsed());
    let accepted = rig.meetings.values().filter(|asked| asked.is_accepted).count();
    let off = rig.meetings.values().filter(|asked| asked.is_off).count();
    eprintln!("{accepted} answered, {off} called off");
    eprintln!(
        "{KILLS} kills, {many} meetings in {} calendars, {by_mail} by mail instead, {took:.1?}",
        PEOPLE.len()
    );
}
