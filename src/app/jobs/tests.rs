//! Tests of the periodic jobs, the deadlines and the followers, by a set clock.

mod hub;

use super::*;
use crate::accounts::{NewUser, Role};
use crate::app::followers;
use crate::base::actor::{Road, Who};
use crate::base::id::{InboundId, LetterId, LinkId};
use crate::base::secret::Keys;
use crate::base::time::Timestamp;
use crate::idempotency::{Answer, Key};
use crate::journal::Happening;
use crate::limits::Budget;
use crate::links::{About, Purpose};
use crate::meetings::{Asked, NewMeeting, Person, ProposalStatus};
use crate::post::inbound::{Inbound, Outcome};
use crate::post::letter::{self, Draft, Enqueued, Says, State};
use crate::post::mailroom;
use crate::post::tests::{NOW, Town, address};

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn ensured() -> Town {
    let town = Town::new();
    block_on(ensure(&town.store)).unwrap();
    town
}

fn claim(town: &Town, topic: &'static str) -> Vec<Leased> {
    town.write(move |cx| queue::claim(cx, topic, 50, MINUTE)).unwrap()
}

/// Does the jobs that are due; gives their names.
fn work(town: &Town) -> Vec<String> {
    let mut names = Vec::new();
    for lease in claim(town, TOPIC) {
        names.push(lease.payload["job"].as_str().unwrap().to_owned());
        town.write(move |cx| run(cx, &lease)).unwrap();
    }
    names.sort();
    names
}

fn names(of: impl Fn(&Job) -> bool) -> Vec<String> {
    let mut names: Vec<_> = JOBS.iter().filter(|job| of(job)).map(|job| job.name.to_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_job_is_put_on_the_queue_once_however_often_the_house_starts() {
    let town = ensured();
    block_on(ensure(&town.store)).unwrap();
    assert_eq!(work(&town), names(|_| true));
    block_on(ensure(&town.store)).unwrap();
    assert!(work(&town).is_empty(), "a start does not bring forward what has its time");
}

#[test]
fn each_job_runs_when_it_is_due_and_puts_itself_back() {
    for every_ms in [MINUTE, HOUR, 6 * HOUR] {
        let town = ensured();
        work(&town);
        let of_it = names(|job| job.every_ms == every_ms);
        for round in 1..=2 {
            town.clock.advance(every_ms - 1);
            let early = work(&town);
            assert!(of_it.iter().all(|name| !early.contains(name)), "too early in round {round}: {early:?}");
            town.clock.advance(1);
            let due = work(&town);
            assert!(of_it.iter().all(|name| due.contains(name)), "not in round {round}: {due:?}");
        }
    }
}

#[test]
fn a_job_of_an_older_version_is_dropped() {
    let town = Town::new();
    for payload in
        [serde_json::json!({ "job": "gone" }), serde_json::json!({}), serde_json::json!({ "job": 7 })]
    {
        town.write(move |cx| queue::enqueue(cx, &Work::of(TOPIC, "t", payload.clone())).map(drop)).unwrap();
    }
    for lease in claim(&town, TOPIC) {
        town.write(move |cx| run(cx, &lease)).unwrap();
    }
    town.clock.advance(DAY);
    assert!(claim(&town, TOPIC).is_empty());
    let topics = town.read(|cx| queue::topics(cx));
    assert!(topics.iter().all(|topic| topic.depth == 0 && topic.dead == 0), "{topics:?}");
}

const BUDGET: Budget = Budget { name: "test", most: 5, window_ms: HOUR };

/// What one round of [`seed`] left behind.
#[derive(Clone, Debug)]
struct Seeded {
    letter: LetterId,
    link: LinkId,
    inbound: InboundId,
    key: Key,
    tag: &'static str,
}

/// One of everything that is kept for a time only.
fn seed(town: &Town, tag: &'static str) -> Seeded {
    town.write(move |cx| {
        let email = address(&format!("{tag}@example.org"));
        let new = NewUser { address: email.clone(), name: tag.to_owned(), zone: None, role: Role::Member };
        let user = accounts::add(cx, &operator(), &new)?;
        let entrance = accounts::sign_in_link(cx, &operator(), user.id)?;
        let url = links::url(cx.keys(), "", Purpose::SignIn, entrance);
        accounts::sign_in(cx, &operator(), url.split_once('=').unwrap().1, "Firefox")?;
        let link = links::issue(cx, Purpose::Respond, &email, &About::default(), cx.now.plus(HOUR))?;
        limits::spend(cx, BUDGET, tag, 1)?;
        let draft = Draft {
            to: email.clone(),
            name: None,
            zone: crate::base::time::Zone::UTC,
            participant: None,
            says: Says::Alert { title: tag.to_owned(), text: String::new() },
            unique_key: format!("seed {tag}"),
            in_reply_to: None,
            expires: None,
            trace: "t".to_owned(),
        };
        let Enqueued::Yes(letter, message_id) = letter::enqueue(cx, draft)? else { panic!("it is new") };
        letter::settle(cx, letter, State::Sent, None)?;
        mailroom::shelve(cx, letter, &email, &message_id, b"raw")?;
        let inbound: InboundId = cx.id();
        post::inbound::keep(cx, &message(inbound, tag, cx.now), b"raw")?;
        let key = Key { caller: tag.to_owned(), route: "POST /".to_owned(), key: tag.to_owned() };
        let answer = Answer { status: 200, body: serde_json::json!({}) };
        idempotency::keep(cx, &key, "hash", &answer)?;
        Ok(Seeded { letter, link, inbound, key, tag })
    })
    .unwrap()
}

fn message(id: InboundId, tag: &str, at: Timestamp) -> Inbound {
    Inbound {
        id,
        road: "imap".to_owned(),
        message_id: format!("{tag}@example.org"),
        content_hash: tag.to_owned(),
        received_at: at,
        outcome: Outcome::Ignored,
        reason: String::new(),
        detail: None,
        meeting: None,
        participant: None,
        method: None,
        partstat: None,
        sequence: None,
        authenticity: None,
        size_bytes: 3,
        trace: "t".to_owned(),
    }
}

/// What of a round is still there: letter, shelved mail, raw message, kept answer, sign-ins.
fn kept(town: &Town, seeded: &Seeded) -> [bool; 5] {
    let seeded = seeded.clone();
    town.read(|cx| {
        let user = accounts::by_address(cx, &address(&format!("{}@example.org", seeded.tag)))?.unwrap();
        let viewer = Actor::new(Who::User { id: user.id, admin: false }, Road::Page, "t");
        Ok([
            letter::get(cx, seeded.letter).is_ok(),
            mailroom::mail(cx, seeded.letter).is_ok(),
            post::inbound::raw(cx, seeded.inbound)?.is_some(),
            idempotency::find(cx, &seeded.key, "hash")?.is_some(),
            !accounts::sign_ins(cx, &viewer)?.is_empty(),
        ])
    })
}

/// How many rows of links, budgets, incoming messages and users there are.
fn rows(town: &Town) -> [i64; 4] {
    ["links", "budgets", "inbound_messages", "users"].map(|table| {
        let sql = format!("SELECT count(*) AS many FROM {table}");
        town.read(|cx| cx.db.all(&sql, &[], |row| row.get::<i64>("many")))[0]
    })
}

fn swept(town: &Town) {
    town.write(|cx| sweep(cx, &Actor::house("t"))).unwrap();
}

#[test]
fn the_sweep_takes_what_is_over_its_time_and_nothing_else() {
    let town = Town::new();
    let old = seed(&town, "old");
    let before = rows(&town);
    swept(&town);
    assert_eq!(kept(&town, &old), [true; 5], "nothing is over its time");
    assert_eq!(rows(&town), before);

    town.clock.advance(DAY + HOUR);
    swept(&town);
    assert_eq!(kept(&town, &old), [true, true, true, false, true], "an answer is kept for a day");
    town.clock.advance(30 * DAY);
    let new = seed(&town, "new");
    swept(&town);
    let [letter, shelved, raw, answer, _] = kept(&town, &old);
    assert_eq!([letter, shelved, raw, answer], [false; 4], "a month is over");
    let [links, budgets, messages, users] = rows(&town);
    assert_eq!((budgets, messages, users), (1, 2, 2), "what a message came to is kept longer than its bytes");
    assert_eq!(links, 2 * before[0], "an old link still says that it is old");
    assert_eq!(kept(&town, &new), [true; 5]);

    town.clock.advance(3 * 365 * DAY);
    let newest = seed(&town, "newest");
    swept(&town);
    assert_eq!(kept(&town, &old), [false; 5]);
    assert_eq!(kept(&town, &new), [false; 5]);
    assert_eq!(kept(&town, &newest), [true; 5]);
    assert_eq!(rows(&town), [before[0], 1, 1, 3], "accounts have no end");
    assert!(
        town.read(|cx| links::find(cx, Purpose::Respond, &secret_of(cx.keys(), newest.link))).id
            == newest.link
    );
    town.assert_journal_verifies();
}

#[test]
fn the_sweep_takes_notices_when_their_days_are_over() {
    let town = Town::new();
    let user = town
        .write(|cx| {
            let name = "Ana".to_owned();
            let new = NewUser { address: address("ana@example.org"), name, zone: None, role: Role::Admin };
            let ana = accounts::add(cx, &operator(), &new)?.id;
            let connection = "con_01".to_owned();
            journal::append(cx, &operator(), &Happening::to("connection.invited", &connection).with(&ana))?;
            Ok(ana)
        })
        .unwrap();
    let entries = town.read(|cx| journal::after(cx, 0, 10));
    town.write(move |cx| {
        let apply = |follower: &journal::Follower, cx: &mut Cx<'_>| {
            entries.iter().try_for_each(|entry| (follower.apply)(cx, entry))
        };
        notices::FOLLOWERS.iter().try_for_each(|follower| apply(follower, cx))
    })
    .unwrap();
    for (days, left) in [(0, 1), (90, 1), (1, 0)] {
        town.clock.advance(days * DAY);
        swept(&town);
        assert_eq!(town.read(|cx| notices::after(cx, user, 0, 10, "t")).len(), left, "{days}");
    }
}

fn secret_of(keys: &Keys, link: LinkId) -> String {
    links::url(keys, "", Purpose::Respond, link).split_once('=').unwrap().1.to_owned()
}

#[test]
fn a_letter_that_still_waits_outlives_its_time() {
    let town = Town::new();
    let seeded = seed(&town, "old");
    let id = seeded.letter;
    town.write(move |cx| letter::settle(cx, id, State::Queued, None)).unwrap();
    town.clock.advance(60 * DAY);
    swept(&town);
    assert!(kept(&town, &seeded)[0]);
}

#[test]
fn a_deadline_lets_a_proposal_expire_and_tells_its_proposer() {
    let town = Town::new();
    let (proposal, robin) = town
        .write(|cx| {
            let person = |email| Person { address: address(email), name: None, zone: None };
            let new = NewMeeting {
                title: "Tea".to_owned(),
                start: NOW.plus(7 * DAY),
                end: NOW.plus(7 * DAY + HOUR),
                location: String::new(),
                video: false,
                description: String::new(),
                host: person("ana@example.org"),
                guests: vec![person("robin@example.org")],
                resources: Vec::new(),
                decline: None,
                approval: None,
            };
            let meeting = meetings::create(cx, &operator(), &new)?;
            let robin = meeting.participants[1].id;
            let (start, end) = (meeting.start.plus(DAY), meeting.end.plus(DAY));
            let asked = Asked { start, end, note: "", road: "link" };
            Ok((meetings::propose(cx, &operator(), &meeting, robin, &asked)?, robin))
        })
        .unwrap();
    town.clock.advance(proposal.expires_at.since(NOW) - 1);
    assert!(claim(&town, meetings::DEADLINES).is_empty(), "its time is not over");
    town.clock.advance(1);
    let leases = claim(&town, meetings::DEADLINES);
    assert_eq!(leases.len(), 1);
    for lease in leases {
        town.write(move |cx| deadline(cx, &lease)).unwrap();
    }
    let id = proposal.id;
    assert_eq!(town.read(|cx| meetings::proposal(cx, id)).status, ProposalStatus::Expired);
    let told = town.letters().into_iter().filter(|kept| {
        matches!(kept.letter.says, Says::ProposalOutcome { outcome: letter::Outcome::Expired, .. })
    });
    let told: Vec<_> = told.map(|kept| kept.letter.reader.participant).collect();
    assert_eq!(told, [Some(robin)]);
    town.clock.advance(DAY);
    assert!(claim(&town, meetings::DEADLINES).is_empty(), "the work is done");
}

#[test]
fn a_deadline_that_names_nothing_is_an_error_and_not_a_panic() {
    let town = Town::new();
    for payload in [serde_json::json!({}), serde_json::json!({ "proposal": "nonsense" })] {
        town.write(move |cx| {
            queue::enqueue(cx, &Work::of(meetings::DEADLINES, "t", payload.clone())).map(drop)
        })
        .unwrap();
    }
    for lease in claim(&town, meetings::DEADLINES) {
        assert!(town.write(move |cx| deadline(cx, &lease)).is_err());
    }
}

/// A house whose only administrator is told of what the followers read.
async fn with_administrator(town: &Town) {
    let new = NewUser {
        address: address("ana@example.org"),
        name: "Ana".to_owned(),
        zone: None,
        role: Role::Admin,
    };
    town.store.write(move |cx| accounts::add(cx, &operator(), &new).map(drop)).await.unwrap();
}

#[tokio::test]
async fn the_followers_read_what_happens_and_stop_when_they_are_told_to() {
    let town = Town::new();
    with_administrator(&town).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(followers::run(town.store.clone(), stopped));
    let leak = Happening::of("letter.leak-stopped");
    let mut changes = town.store.changes();
    town.store.write(move |cx| journal::append(cx, &Actor::house("t"), &leak).map(drop)).await.unwrap();
    let told = async {
        while town.letters().is_empty() {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("the alert is written");
    stop.send(true).unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(20), running).await.expect("it stops").unwrap();
}

#[tokio::test]
async fn the_followers_stop_when_nobody_is_left_to_stop_them() {
    let town = Town::new();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(followers::run(town.store.clone(), stopped));
    drop(stop);
    tokio::time::timeout(std::time::Duration::from_secs(20), running).await.expect("it stops").unwrap();
}
