//! The network as the house puts it together: what its jobs and its followers do, and that its keys reach those who go by them.

use serde_json::json;

use super::*;
use crate::agents::{Claimed, Kind, NewRegistration};
use crate::analytics::Metric;
use crate::app::house_of;
use crate::base::id::{AgentId, TaskId, UserId};
use crate::config::Config;
use crate::queue::Priority;
use crate::tasks::approvals::{self, ApprovalState, NewApproval};
use crate::tasks::{Named, NewTask, State as TaskState, TODO};

/// A house with these keys. Ana runs Max, which is there.
struct Hub {
    town: Town,
    ana: Actor,
    max: Actor,
}

fn user_of(who: &Actor) -> UserId {
    who.user().unwrap()
}

fn agent_of(who: &Actor) -> AgentId {
    who.agent().unwrap()
}

impl Hub {
    fn with(change: impl Fn(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        let town = Town::with(|house| {
            let organizer = house.organizer.clone();
            *house = house_of(&config);
            house.organizer = organizer;
        });
        block_on(ensure(&town.store)).unwrap();
        let (ana, max) = town
            .write(|cx| {
                let name = "Ana".to_owned();
                let new =
                    NewUser { address: address("ana@example.org"), name, zone: None, role: Role::Admin };
                let user = accounts::add(cx, &operator(), &new)?.id;
                let ana = Actor::new(Who::User { id: user, admin: false }, Road::Page, "t");
                let new = NewRegistration::of(Kind::Personal, "Max");
                let id = agents::register(cx, &ana, &new)?.agent.id;
                agents::beat(cx, &ana, id, Claimed::Online)?;
                Ok((ana, Actor::new(Who::Agent { id, user }, Road::Api, "t")))
            })
            .unwrap();
        Self { town, ana, max }
    }

    /// Max asks Ana to do something.
    fn asked(&self, due_at: Option<Timestamp>) -> Result<TaskId> {
        let (max, to) = (self.max.clone(), Named::User(user_of(&self.ana)));
        let payload = json!({ "text": "Sign this" });
        let new = NewTask { kind: TODO.to_owned(), to, payload, due_at, trace_flags: String::new() };
        self.town.write(move |cx| Ok(tasks::send(cx, &max, &new)?.id))
    }

    fn state(&self, id: TaskId) -> Option<TaskState> {
        self.town.store.read_blocking(|cx| tasks::task(cx, &self.ana, id)).ok().map(|task| task.state)
    }

    fn after(&self, ms: i64) -> &Self {
        self.town.clock.advance(ms);
        work(&self.town);
        self
    }

    fn times(&self, subject: &impl ToString, kind: &str) -> usize {
        let subject = subject.to_string();
        let story = self.town.read(|cx| journal::story(cx, &subject, 100));
        story.into_iter().filter(|one| one.kind == kind).count()
    }
}

#[test]
fn a_task_waits_and_is_kept_as_long_as_its_keys_say() {
    let hub = Hub::with(|config| {
        config.agents.task_days = 3;
        config.agents.keep_task_days = 2;
    });
    let now = hub.town.clock.now();
    assert!(hub.asked(Some(now.plus(3 * DAY + 1))).is_err());
    let id = hub.asked(None).unwrap();
    assert_eq!(hub.town.read(|cx| tasks::task(cx, &hub.ana, id)).due_at, now.plus(3 * DAY));
    hub.after(3 * DAY - MINUTE);
    assert_eq!(hub.state(id), Some(TaskState::Submitted));
    hub.after(MINUTE);
    assert_eq!((hub.state(id), hub.times(&id, "task.expired")), (Some(TaskState::Expired), 1), "by the job");
    hub.after(2 * DAY - HOUR);
    assert!(hub.state(id).is_some());
    hub.after(HOUR).after(HOUR);
    assert_eq!((hub.state(id), hub.times(&id, "task.erased")), (None, 1), "by the sweep");
}

#[test]
fn an_agent_is_missed_after_as_many_days_as_its_key_says() {
    for (days, missed) in [(5, 1), (0, 0)] {
        let hub = Hub::with(|config| config.agents.inactive_days = days);
        let max = agent_of(&hub.max);
        hub.after(5 * DAY - HOUR);
        assert_eq!(hub.times(&max, "agent.inactive"), 0);
        hub.after(HOUR).after(HOUR).after(20 * DAY);
        assert_eq!(hub.times(&max, "agent.inactive"), missed, "{days}: once, by the job; 0 is never");
    }
}

#[test]
fn an_agent_that_never_came_is_missed_as_well_and_one_that_was_just_added_is_not() {
    let hub = Hub::with(|config| config.agents.inactive_days = 5);
    let added = |name: &'static str| {
        let ana = hub.ana.clone();
        let new = NewRegistration::of(Kind::Service, name);
        hub.town.write(move |cx| Ok(agents::register(cx, &ana, &new)?.agent.id)).unwrap()
    };
    let never = added("Never");
    hub.after(5 * DAY - HOUR);
    let late = added("Late");
    assert_eq!(hub.times(&never, "agent.inactive"), 0);
    hub.after(2 * HOUR);
    assert_eq!((hub.times(&never, "agent.inactive"), hub.times(&late, "agent.inactive")), (1, 0));
    hub.after(5 * DAY);
    assert_eq!((hub.times(&never, "agent.inactive"), hub.times(&late, "agent.inactive")), (1, 1), "once");
}

#[test]
fn messages_flow_as_evenly_as_the_window_says() {
    for (seconds, wait_s) in [(600, 60), (60, 6)] {
        let hub = Hub::with(|config| {
            config.agents.requests = 10;
            config.agents.window_seconds = seconds;
            config.agents.burst = 1;
        });
        let max = agent_of(&hub.max);
        let send = || hub.town.write(move |cx| messages::admit(cx, max, &[max], Priority::Medium));
        send().unwrap();
        match send() {
            Err(Error::Throttled { retry_after_s }) => assert_eq!(retry_after_s, wait_s + 1, "{seconds}"),
            other => panic!("{other:?}"),
        }
        hub.town.clock.advance(i64::try_from(wait_s).unwrap() * 1_000);
        send().unwrap();
    }
}

#[test]
fn the_sweep_takes_what_agents_said_of_themselves_when_it_is_old() {
    let hub = Hub::with(|_| {});
    let (max, id) = (hub.max.clone(), agent_of(&hub.max));
    hub.town.write(move |cx| analytics::report(cx, &max, id, &[(Metric::Tokens, 7)])).unwrap();
    let many = |hub: &Hub| {
        let sql = "SELECT count(*) AS many FROM agent_metrics";
        hub.town.read(|cx| cx.db.all(sql, &[], |row| row.get::<i64>("many")))[0]
    };
    hub.after(399 * DAY);
    assert_eq!(many(&hub), 1);
    hub.after(3 * DAY);
    assert_eq!(many(&hub), 0);
}

#[tokio::test]
async fn the_followers_call_off_what_a_retired_program_asked_and_count_what_it_did() {
    let hub = tokio::task::spawn_blocking(|| Hub::with(|_| {})).await.unwrap();
    let (max, of) = (hub.max.clone(), Named::User(user_of(&hub.ana)));
    let new = NewApproval {
        task: None,
        kind: "payment".to_owned(),
        about: "Pay 40 euros?".to_owned(),
        payload: None,
        of,
        needed: None,
        due_at: None,
    };
    let id = hub.town.store.write(move |cx| Ok(approvals::ask(cx, &max, &new)?.id)).await.unwrap();
    let (ana, max) = (hub.ana.clone(), agent_of(&hub.max));
    hub.town.store.write(move |cx| agents::deactivate(cx, &ana, max).map(drop)).await.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(followers::run(hub.town.store.clone(), stopped));
    let mut changes = hub.town.store.changes();
    let read = async {
        loop {
            let ana = hub.ana.clone();
            let (state, lag) = hub
                .town
                .store
                .read(move |cx| {
                    Ok((approvals::approval(cx, &ana, id)?.state, journal::lag(cx, "analytics")?))
                })
                .await
                .unwrap();
            if state == ApprovalState::Canceled && lag == 0 {
                break;
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), read).await.expect("both read it");
    stop.send(true).unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(20), running).await.expect("it stops").unwrap();
}
