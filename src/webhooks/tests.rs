//! Tests of webhooks as a room: whom an entry concerns where an agent is told, what ends with whom, and what goes on.

use super::*;
use crate::accounts;
use crate::agents::{self, CapabilitiesChange, NewRegistration, RegistrationChange};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, UserId, WebhookId};
use crate::base::time::MINUTE;
use crate::calendar;
use crate::journal;
use crate::limits;
use crate::network::town::{id_of, operator, person};
use crate::queue;
use crate::store::Cx;
use crate::store::town::Town;

/// Ana, in a town of her own.
struct World {
    town: Town,
    ana: Actor,
    id: UserId,
}

impl World {
    fn new() -> Self {
        let town = Town::open(journal::seal, |_| {});
        let ana = person(&town, "Ana");
        let id = id_of(&ana);
        Self { town, ana, id }
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Cx<'_>, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let who = self.ana.clone();
        self.town.write(move |cx| work(cx, &who))
    }

    fn program(&self, kind: agents::Kind, name: &'static str) -> AgentId {
        let new = NewRegistration::of(kind, name);
        let id = self.write(move |cx, who| Ok(agents::register(cx, who, &new)?.agent.id)).unwrap();
        self.town.clock.advance(MINUTE);
        id
    }

    fn add(&self, agent: Option<AgentId>, kinds: &[&str]) -> Result<WebhookId> {
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let new = NewWebhook { url: "https://hooks.example.org/in?k=v".to_owned().into(), kinds, agent };
        self.write(move |cx, who| Ok(add(cx, who, &new)?.0.id))
    }

    fn follow(&self) {
        let store = self.town.store.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move { while journal::follow(&store, FOLLOWER).await.unwrap() > 0 {} });
    }

    /// What a webhook was told, or is still to be told, oldest first.
    fn told(&self, id: WebhookId) -> Vec<String> {
        self.follow();
        let all = self.town.read(|cx| events(cx, &self.ana, id, None, 100)).events;
        all.into_iter().rev().map(|event| event.kind).collect()
    }

    /// Begins what is due; gives how much of it is to be sent.
    fn due(&self) -> usize {
        let leases = self.town.write(|cx| queue::claim(cx, TOPIC, 100, MINUTE)).unwrap();
        let begun = leases.into_iter().map(|lease| self.town.write(move |cx| begin(cx, &lease)).unwrap());
        begun.flatten().count()
    }

    fn source(&self) {
        let id = self.id;
        self.write(move |cx, who| {
            let server = format!("cal.example.org/{}", cx.id::<UserId>());
            let new = calendar::NewAccount {
                holder: id.into(),
                kind: calendar::SourceKind::Ics,
                name: "Work".to_owned(),
                server: server.clone(),
                access: calendar::Access {
                    url: format!("https://{server}").into(),
                    username: None,
                    password: None,
                },
                zone: None,
            };
            let found = calendar::Found { name: String::new(), path: String::new(), writable: false };
            calendar::add(cx, who, &new, &[found]).map(drop)
        })
        .unwrap();
    }

    fn may(&self, id: AgentId, calendar: bool) {
        self.write(move |cx, who| {
            let change = RegistrationChange {
                capabilities: Some(CapabilitiesChange {
                    calendar: Some(calendar),
                    ..CapabilitiesChange::default()
                }),
                ..RegistrationChange::default()
            };
            agents::reregister(cx, who, id, &change).map(drop)
        })
        .unwrap();
    }
}

#[test]
fn an_agent_is_told_of_itself_and_of_what_it_may_know_and_no_other() {
    let world = World::new();
    let maya = world.program(agents::Kind::Personal, "Maya");
    let other = world.program(agents::Kind::Service, "Translator");
    let all = ["agent.*", "source.*"];
    let (mine, mayas, others) =
        (world.add(None, &all), world.add(Some(maya), &all), world.add(Some(other), &all));
    let (mine, mayas, others) = (mine.unwrap(), mayas.unwrap(), others.unwrap());
    world.source();
    world.may(maya, false);
    world.source();
    world.may(maya, true);
    // The rest of it: what it may know counts when it is read.
    assert_eq!(world.told(others), [""; 0]);
    assert_eq!(world.told(mayas), ["source.added", "agent.changed", "source.added", "agent.changed"]);
    assert_eq!(world.told(mine), ["source.added", "agent.changed", "source.added", "agent.changed"]);
    world.may(maya, false);
    world.source();
    world.may(other, false);
    assert_eq!(world.told(mayas).split_off(4), ["agent.changed"]);
    assert_eq!(world.told(others), ["agent.changed"]);
    assert_eq!(world.told(mine).len(), 7);
}

#[test]
fn the_webhooks_of_an_agent_end_when_it_is_retired_and_its_owners_go_on() {
    let world = World::new();
    let maya = world.program(agents::Kind::Personal, "Maya");
    let (mine, mayas) =
        (world.add(None, &["agent.*"]).unwrap(), world.add(Some(maya), &["agent.*"]).unwrap());
    world.may(maya, false);
    assert_eq!(world.told(mayas), ["agent.changed"]);
    world.write(move |cx, who| agents::deactivate(cx, who, maya).map(drop)).unwrap();
    assert_eq!(
        world.due(),
        1,
        "to Ana: nothing is sent to an agent that is retired, even before that is read"
    );
    assert_eq!(world.told(mine), ["agent.changed", "agent.retired"]);
    assert!(world.town.store.read_blocking(|cx| webhook(cx, &world.ana, mayas)).is_err());
    assert!(world.add(Some(maya), &["agent.*"]).is_err());
    world.town.read(|cx| journal::verify(cx, None)).unwrap();
}

#[test]
fn where_agents_are_switched_off_their_webhooks_are_told_nothing_and_peoples_go_on() {
    let world = World::new();
    let maya = world.program(agents::Kind::Personal, "Maya");
    let (mine, mayas) =
        (world.add(None, &["source.*"]).unwrap(), world.add(Some(maya), &["source.*"]).unwrap());
    let town = world.town.reopened(journal::seal, |house| house.agents_enabled = false);
    let world = World { town, ..world };
    world.source();
    assert_eq!((world.told(mine).len(), world.told(mayas).len()), (1, 0));
    assert!(world.add(Some(maya), &["agent.*"]).is_err());
}

#[test]
fn what_happened_before_a_webhook_was_added_is_not_told() {
    let world = World::new();
    world.source();
    world.town.clock.advance(MINUTE);
    let mine = world.add(None, &["source.*"]).unwrap();
    assert_eq!(world.told(mine), [""; 0]);
}

#[test]
fn while_somebody_is_shut_out_nothing_is_sent_and_afterwards_it_goes_out() {
    let world = World::new();
    let mine = world.add(None, &["source.*"]).unwrap();
    world.source();
    let id = world.id;
    world.town.write(move |cx| accounts::disable(cx, &operator(), id).map(drop)).unwrap();
    assert_eq!(world.told(mine), ["source.added"]);
    assert_eq!(world.due(), 0);
    world.town.write(move |cx| accounts::enable(cx, &operator(), id).map(drop)).unwrap();
    world.follow();
    assert_eq!(world.due(), 1);
}

#[test]
fn events_of_one_webhook_go_out_one_at_a_time_and_in_order_after_a_pause_too() {
    let world = World::new();
    let mine = world.add(None, &["source.*"]).unwrap();
    let switch = |is_active| {
        let change = Change { is_active: Some(is_active), ..Change::default() };
        world.write(move |cx, who| change_of(cx, who, mine, &change)).unwrap();
    };
    for _ in 0..3 {
        world.source();
    }
    world.follow();
    switch(false);
    assert_eq!(world.due(), 0);
    world.source();
    world.follow();
    switch(true);
    let expected: Vec<_> = world.town.read(|cx| events(cx, &world.ana, mine, None, 100)).events;
    for event in expected.iter().rev() {
        let mut leases = world.town.write(|cx| queue::claim(cx, TOPIC, 100, MINUTE)).unwrap();
        assert_eq!(leases.len(), 1);
        let lease = leases.remove(0);
        let of = event.id;
        world
            .town
            .write(move |cx| {
                let call = begin(cx, &lease)?.unwrap();
                assert_eq!(call.event, of);
                ended(cx, &lease, call.event, &Outcome::Answered { status: 200, wait_ms: None })
            })
            .unwrap();
    }
    assert_eq!(world.due(), 0);
}

fn change_of(cx: &mut Cx<'_>, who: &Actor, id: WebhookId, given: &Change) -> Result<()> {
    change(cx, who, id, given).map(drop)
}

#[test]
fn what_comes_of_a_call_to_a_webhook_that_was_removed_meanwhile_is_nobodys() {
    let world = World::new();
    let mine = world.add(None, &["source.*"]).unwrap();
    world.source();
    world.follow();
    let lease = world.town.write(|cx| queue::claim(cx, TOPIC, 1, MINUTE)).unwrap().remove(0);
    let begun = lease.clone();
    let call = world.town.write(move |cx| begin(cx, &begun)).unwrap().unwrap();
    world.write(move |cx, who| remove(cx, who, mine)).unwrap();
    let outcome = Outcome::Unanswered("it took longer than 15 s".to_owned());
    world.town.write(move |cx| ended(cx, &lease, call.event, &outcome)).unwrap();
    assert_eq!(world.due(), 0);
    assert!(!world.town.whole_text().contains(&call.event.to_string()));
}

#[test]
fn only_so_much_is_sent_anew_or_tried_out_in_an_hour() {
    let world = World::new();
    let mine = world.add(None, &["source.*"]).unwrap();
    let send = || world.write(move |cx, who| test(cx, who, mine).map(drop));
    let many = (0..200).take_while(|_| send().is_ok()).count();
    assert_eq!(many, 120);
    world.town.clock.advance(2 * crate::base::time::HOUR);
    send().unwrap();
    world.town.write(|cx| limits::delete_ended(cx, cx.now).map(drop)).unwrap();
}

#[test]
fn where_events_go_and_what_signs_them_lies_sealed_and_prints_as_stars() {
    let world = World::new();
    let mine = world.add(None, &["source.*"]).unwrap();
    assert!(!world.town.whole_text().contains("hooks.example.org"));
    let one = world.town.read(|cx| webhook(cx, &world.ana, mine));
    assert_eq!(one.host(), "hooks.example.org");
    let printed = format!("{one:?}");
    assert!(!printed.contains("hooks") && !printed.contains("whsec_"), "{printed}");
}

#[test]
fn nobody_else_and_no_program_of_theirs_has_any_of_it() {
    let world = World::new();
    let mine = world.add(None, &["source.*"]).unwrap();
    let maya = world.program(agents::Kind::Personal, "Maya");
    let program = Actor::new(Who::Agent { id: maya, user: world.id }, Road::Api, "t");
    let admin = Actor::new(Who::User { id: world.town.read(|cx| Ok(cx.id())), admin: true }, Road::Api, "t");
    for (who, code) in [(&program, "denied"), (&admin, "not-found"), (&operator(), "denied")] {
        let refused = world.town.store.read_blocking(|cx| webhook(cx, who, mine)).unwrap_err();
        assert_eq!(refused.code(), code);
    }
}

/// Tells a webhook of so many things that happened.
fn happen(cx: &mut Cx<'_>, id: WebhookId, many: u32) -> Result<()> {
    let data = serde_json::json!({});
    for _ in 0..many {
        let new = sql::New {
            webhook: id,
            entry: Some(cx.id()),
            kind: "agent.changed",
            data: &data,
            happened_at: cx.now,
            expires_at: cx.now.plus(PATIENCE),
        };
        let event = sql::insert_event(cx, &new)?.unwrap();
        deliver::enqueue(cx, id, event, "t")?;
        deliver::drop_oldest(cx, id)?;
    }
    Ok(())
}

#[test]
fn what_waits_for_a_webhook_that_is_down_is_bounded_and_the_oldest_goes_but_the_one_that_is_tried() {
    let w = World::new();
    let id = w.add(None, &["agent.*"]).unwrap();
    w.write(move |cx, _| happen(cx, id, 3)).unwrap();
    let leases = w.town.write(|cx| queue::claim(cx, TOPIC, 100, MINUTE)).unwrap();
    let lease = leases.first().unwrap().clone();
    let tried = w.town.write(move |cx| {
        let call = begin(cx, &lease)?.unwrap();
        ended(cx, &lease, call.event, &Outcome::Answered { status: 500, wait_ms: None })?;
        Ok(call.event)
    });
    let tried = tried.unwrap();
    w.write(move |cx, _| happen(cx, id, WAITING_MAX + 20)).unwrap();
    let (waiting, due) = w.town.read(|cx| Ok((sql::waiting(cx, id)?, queue::next_due(cx, TOPIC)?)));
    assert_eq!((waiting.len(), waiting[0]), (WAITING_MAX as usize, tried));
    assert!(due.is_some_and(|due| due > w.town.clock.now()), "nothing behind it is sent before its time");
    // All of them are work, and none of what went is.
    let withdrawn = w.write(move |cx, _| {
        let mut withdrawn = 0;
        for event in sql::waiting(cx, id)? {
            withdrawn += usize::from(queue::withdraw(cx, TOPIC, &event.to_string())?);
        }
        Ok((withdrawn, queue::next_due(cx, TOPIC)?))
    });
    assert_eq!(withdrawn.unwrap(), (WAITING_MAX as usize, None));
}

#[test]
fn webhooks_are_added_so_often_in_an_hour_and_no_more() {
    let w = World::new();
    for _ in 0..40 {
        let id = w.add(None, &["agent.*"]).unwrap();
        w.write(move |cx, who| remove(cx, who, id)).unwrap();
    }
    let refused = w.add(None, &["agent.*"]).unwrap_err();
    assert!(matches!(refused, crate::base::error::Error::Throttled { .. }), "{refused:?}");
}
