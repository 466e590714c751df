//! Kill -9 while rules wait for their moment, over that moment, and while they decide: each approval is decided once, and whoever
//! asked is told once (`docs/tasks.md`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use entente::base::Chance;
use reqwest::Method;
use serde_json::{Value, json};

use super::sending::{Program, Town, house, person};
use crate::network::town::counted;
use crate::rig::{PATIENCE, Server, wait_until};

/// How many approvals are asked for.
const ASKED: usize = 100;
/// How often the process is killed while they are asked for, which spreads their moments, and while the rule decides.
const KILLS: usize = 4;
/// How long the rule waits for its owner: the shortest there is.
const WAITS: Duration = Duration::from_mins(1);
/// How long before the first moment the process is killed, so that it is dead in that moment.
const BEFORE: Duration = Duration::from_millis(300);
const DECIDED: &str = "SELECT COUNT(*) FROM approvals WHERE state <> 'pending'";

/// Ends the process and starts it again.
fn kill(server: &mut Server) {
    server.kill9();
    tokio::task::block_in_place(|| server.restart());
}

/// Has a program ask for them all, with kills in between; gives their ids.
async fn ask_all(town: &Town, rex: &Program, of: &Value, server: &mut Server) -> Vec<String> {
    let mut ids = Vec::with_capacity(ASKED);
    for number in 0..ASKED {
        if number % (ASKED / KILLS) == ASKED / KILLS / 2 {
            kill(server);
        }
        let new =
            json!({ "kind": "payment", "about": format!("Bill {number}?"), "of": { "connection": of } });
        let call = town.call(Method::POST, &rex.token, "/approvals", &new);
        let asked = town.caller.insist(call.header("Idempotency-Key", number.to_string()), 201).await;
        assert_eq!(asked["state"], "pending");
        ids.push(asked["id"].as_str().expect("an approval").to_owned());
    }
    ids
}

/// Kills the process at random while the rule decides; gives how many were decided then.
fn kill_at_random(server: &mut Server, chance: &Chance) -> Vec<i64> {
    let mut found = Vec::with_capacity(KILLS);
    let part = ASKED / (KILLS + 1);
    for kill in 0..KILLS {
        let within = usize::try_from(chance.up_to(part as u64 - 1)).unwrap_or_default();
        let step = i64::try_from(kill * part + within).unwrap_or_default();
        wait_until(&format!("kill {kill} when {step} are decided"), PATIENCE, || {
            (counted(server, DECIDED) >= step).then_some(())
        });
        server.kill9();
        found.push(counted(server, DECIDED));
        server.restart();
    }
    found
}

/// How often the journal has a kind of entry, by what `about` reads of it.
fn times(server: &Server, kind: &str, about: fn(&Value) -> &Value) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    let journal = server.cli_ok(&["audit", "export"]);
    for entry in journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if entry["kind"] == kind {
            *times.entry(about(&entry).as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_that_waits_decides_each_approval_once_whenever_the_process_is_killed() {
    let begun = Instant::now();
    let seed = u64::from_le_bytes(Chance::system().bytes());
    eprintln!("kills by seed {seed}");
    let mut server = house();
    let town = Town::of(&server);
    let ana = person(&server, "Ana");
    let rex = town.sender(&server, &ana, "Ben").await;
    let known = town.done(Method::GET, &ana, "/connections", Value::Null, 200).await;
    let connection = &known["connections"][0]["id"];
    let rule =
        json!({ "connection": connection, "kind": "payment", "decision": "approve", "after_minutes": 1 });
    town.done(Method::POST, &ana, "/approval-rules", rule, 201).await;

    let first = Instant::now();
    let ids = ask_all(&town, &rex, connection, &mut server).await;
    // While it waits, and in the moment when the first falls due.
    kill(&mut server);
    assert_eq!(counted(&server, DECIDED), 0, "none before its time");
    tokio::task::block_in_place(|| {
        wait_until("the first moment is there, all but", 2 * WAITS, || {
            (first.elapsed() + BEFORE >= WAITS).then_some(())
        });
    });
    assert_eq!(counted(&server, DECIDED), 0, "none before its time");
    kill(&mut server);
    let found = tokio::task::block_in_place(|| kill_at_random(&mut server, &Chance::seeded(seed)));
    let all = i64::try_from(ASKED).expect("a number");
    assert!(found.iter().any(|many| (1..all).contains(many)), "killed while it decides: {found:?}");
    tokio::task::block_in_place(|| {
        wait_until("all are decided", 2 * PATIENCE, || (counted(&server, DECIDED) >= all).then_some(()));
    });

    // Whoever asked finds each decision in its inbox once, also where it is killed with some in hand.
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let mut handed = town.handed(&rex).await;
    kill(&mut server);
    while !handed.is_empty() {
        for one in &handed {
            let data = &one["message"]["body"]["data"];
            assert_eq!((&one["message"]["type"], &data["decision"]), (&json!("decided"), &json!("approved")));
            assert!(data["rule"].is_string(), "{data}");
            *told.entry(data["approval"].as_str().expect("an approval").to_owned()).or_default() += 1;
            assert_eq!(town.acknowledged(&rex, one).await, "delivered");
        }
        handed = town.handed(&rex).await;
    }
    let once: BTreeMap<String, usize> = ids.into_iter().map(|id| (id, 1)).collect();
    assert_eq!(told, once);
    assert_eq!(times(&server, "approval.approved", |entry| &entry["subject"]), once);
    assert_eq!(times(&server, "approval-rule.applied", |entry| &entry["data"]["approval"]), once);
    for other in ["approval.refused", "approval.expired", "approval.canceled", "approval.voted"] {
        assert_eq!(times(&server, other, |entry| &entry["subject"]), BTreeMap::new(), "{other}");
    }
    let rules = town.done(Method::GET, &ana, "/approval-rules", Value::Null, 200).await;
    assert_eq!(rules["rules"][0]["uses"], ASKED);
    assert_eq!(server.stop(), Some(0));
    server.cli_ok(&["audit", "verify"]);
    eprintln!("{ASKED} approvals, killed when {found:?} were decided; {:.1?}", begun.elapsed());
}
