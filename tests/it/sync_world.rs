//! A house that reads calendars of other servers, which all lie on this machine.

use std::sync::Arc;
use std::time::Duration;

use entente::accounts::{self, Role};
use entente::base::id::{SourceId, UserId};
use entente::base::text::Address;
use entente::base::{Actor, Road, Secret, Timestamp, Who};
use entente::calendar::{self, Failure, HolderId, NewAccount, Source, Taken};
use entente::links::{self, Purpose};
use entente::net::{Client, SystemNames};
use entente::post::letter::{self, Says};
use entente::queue;
use entente::store::Cx;
use entente::sync::{self, Probed, Wanted};

use crate::api_world::World;

/// Ada, her house, and what it calls other servers with.
pub(crate) struct Reading {
    pub(crate) world: World,
    pub(crate) ada: UserId,
    pub(crate) client: Client,
}

impl Reading {
    pub(crate) async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let world = World::with(|config| {
            config.net.allow = vec![entente::base::IpRange::parse("127.0.0.0/8").expect("a range")];
        });
        let ada = world.user("ada@example.org", "Ada", Role::Member).await;
        // As the house's own, but not in a hurry: a busy machine is no slow server.
        let allow = world.web.config.net.allow.clone();
        let client = Client::with_names(&allow, Arc::new(SystemNames), Duration::from_mins(2));
        Self { world, ada, client }
    }

    pub(crate) fn who(&self) -> Actor {
        Actor::new(Who::User { id: self.ada, admin: false }, Road::Api, "t")
    }

    /// Ada's address is this one from now on.
    pub(crate) async fn has_address(&self, address: &'static str) {
        let who = self.who();
        let take = move |cx: &mut Cx<'_>| {
            let new = Address::parse(address).expect("an address");
            accounts::ask_address(cx, &who, &new)?;
            let asked = letter::of_address(cx, &links::address_hash(cx, &new), 1)?;
            let Says::AddressConfirm { link, .. } = asked[0].letter.says else { panic!("{asked:?}") };
            let url = links::url(cx.keys(), "", Purpose::Address, link);
            accounts::take_address(cx, &who, url.rsplit(['/', '=']).next().expect("a secret"))
        };
        self.world.write(take).await;
    }

    pub(crate) async fn probe_feed(&self, url: &str) -> Result<Probed, Failure> {
        sync::probe(&self.client, &Wanted::Ics { url: Secret::new(url) }).await
    }

    pub(crate) async fn probe_dav(&self, place: &str, password: &str) -> Result<Probed, Failure> {
        let (username, password) = ("ada".to_owned(), Secret::new(password));
        sync::probe(&self.client, &Wanted::CalDav { place: place.to_owned(), username, password }).await
    }

    /// Adds the calendars of these names; gives the sources.
    pub(crate) async fn add(&self, probed: &Probed, names: &[&str]) -> Vec<SourceId> {
        let (who, holder, probed) = (self.who(), HolderId::User(self.ada), probed.clone());
        let found: Vec<_> =
            probed.found.iter().filter(|found| names.contains(&found.name.as_str())).cloned().collect();
        assert_eq!(found.len(), names.len(), "{names:?} in {:?}", probed.found);
        let new = NewAccount {
            holder,
            kind: probed.kind,
            name: String::new(),
            server: probed.server,
            access: probed.access,
            zone: None,
        };
        let added = self.world.write(move |cx| calendar::add(cx, &who, &new, &found)).await;
        added.into_iter().map(|source| source.id).collect()
    }

    /// Adds a feed that is there.
    pub(crate) async fn add_feed(&self, url: &str) -> SourceId {
        let probed = self.probe_feed(url).await.expect("a feed");
        let name = probed.found[0].name.clone();
        self.add(&probed, &[&name]).await[0]
    }

    /// Does the readings that are due; says how many there were.
    pub(crate) async fn work(&self) -> usize {
        let worker = sync::worker(self.world.web.store.clone(), self.client.clone());
        let leases = self.world.write(|cx| queue::claim(cx, calendar::TOPIC, 10, 60_000)).await;
        let many = leases.len();
        for lease in leases {
            (worker.handler)(lease).await.expect("a reading comes to its end");
        }
        many
    }

    /// Lets fifteen minutes go by, and reads.
    pub(crate) async fn read_again(&self) {
        self.world.clock.advance(15 * 60_000);
        assert_eq!(self.work().await, 1, "a reading is due");
    }

    /// What is wrong with a source, or `""`.
    pub(crate) async fn problem(&self, id: SourceId) -> &'static str {
        self.source(id).await.problem.map_or("", calendar::Problem::as_str)
    }

    pub(crate) async fn source(&self, id: SourceId) -> Source {
        let who = self.who();
        self.world.write(move |cx| calendar::source(cx, &who, id)).await
    }

    /// What is taken in January 2027.
    pub(crate) async fn taken(&self) -> Taken {
        let holder = HolderId::User(self.ada);
        let [from, to] = ["2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"]
            .map(|at| Timestamp::parse_rfc3339(at).expect("a time"));
        let mut taken = self.world.write(move |cx| calendar::busy(cx, &[holder], from, to)).await;
        taken.remove(&holder).expect("what was asked for")
    }

    /// The busy time of that month, as `11 09-10` (day, hours, UTC).
    pub(crate) async fn busy(&self) -> Vec<String> {
        let text = |ms: i64| Timestamp::from_ms(ms).to_rfc3339();
        let taken = self.taken().await;
        let spans = taken.busy.iter().map(|span| (text(span.start), text(span.end)));
        spans.map(|(start, end)| format!("{} {}-{}", &start[8..10], &start[11..13], &end[11..13])).collect()
    }
}
