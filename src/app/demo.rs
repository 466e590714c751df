//! `demo`: a fresh house with two people, one meeting between them, one asking the other to connect, the other offering a
//! booking link, and the mailroom open.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::App;
use crate::accounts::{self, NewUser, Role, Scope};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{MeetingId, UserId};
use crate::base::random::Chance;
use crate::base::secret::hex;
use crate::base::text::Address;
use crate::base::time::{self, DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::booking::{self, Confirmation, NewLink, Question};
use crate::calendar;
use crate::config::{self, Config, Transport};
use crate::links::{self, Purpose};
use crate::meetings::{self, NewMeeting, Person};
use crate::network;
use crate::store::Cx;

/// The configuration of a demo: defaults, a directory of its own, the mailroom.
pub fn config(listen: SocketAddr, chance: &Chance) -> Config {
    let directory: PathBuf =
        config::temporary_directory().join(format!("entente-demo-{}", hex(&chance.bytes::<4>())));
    let mut config = Config { data_dir: directory, ..Config::default() };
    config.server.listen = listen;
    let host = if listen.ip().is_loopback() || listen.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        listen.ip().to_string()
    };
    config.server.public_url = format!("http://{host}:{}", listen.port());
    config.mail.transport = Transport::Mailroom;
    config
}

/// What there is to try.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Names and sign-in links of the sample people.
    pub people: Vec<(String, String)>,
    /// An API token that may do everything.
    pub token: String,
    /// The meeting's page.
    pub meeting: String,
    /// Where an invitation to connect waits for the first of them.
    pub connections: String,
    /// Where anybody picks a time of the first of them.
    pub page: String,
}

/// Fills a fresh house: two people, one of them administrator, who offers a booking link, a meeting between them, and an
/// invitation to connect.
pub async fn fill(app: &App) -> Result<Sample> {
    let trace = hex(&app.store.ground().chance.bytes::<16>());
    let who = Actor::new(Who::Operator, Road::Cli, trace);
    app.store.write(move |cx| sample(cx, &who)).await
}

fn sample(cx: &mut Cx<'_>, who: &Actor) -> Result<Sample> {
    let alex = person("alex@example.org", "Alex Moreau", "Europe/Lisbon")?;
    let robin = person("robin@example.com", "Robin Haas", "Europe/Paris")?;
    let (mut people, mut ids) = (Vec::new(), Vec::new());
    let mut asks = who.clone();
    for (one, role) in [(&alex, Role::Admin), (&robin, Role::Member)] {
        let new = NewUser {
            address: one.address.clone(),
            name: one.name.clone().unwrap_or_default(),
            zone: one.zone,
            role,
        };
        let user = accounts::add(cx, who, &new)?;
        let link = accounts::sign_in_link(cx, who, user.id)?;
        asks.who = Who::User { id: user.id, admin: false };
        ids.push(user.id);
        if role == Role::Admin {
            booking::offer(cx, &asks, &page())?;
        }
        people.push((user.name, links::url(cx.keys(), &cx.house().public_url, Purpose::SignIn, link)));
    }
    let start = next_wednesday(cx.now, alex.zone.unwrap_or(Zone::UTC));
    // The last of them, the guest, asks the host.
    network::invite(cx, &asks, &invitation(&alex.address))?;
    let zones = [&alex, &robin].map(|one| one.zone.unwrap_or(Zone::UTC));
    let new = NewMeeting {
        title: String::new(),
        start,
        end: start.plus(45 * MINUTE),
        location: "Video, the link comes the day before".into(),
        video: false,
        description: "The first movement, and whatever else we find time for.".into(),
        host: alex,
        guests: vec![robin],
        resources: Vec::new(),
        decline: None,
        approval: None,
    };
    let meeting = meetings::create(cx, who, &new)?;
    for ((user, zone), taken) in ids.into_iter().zip(zones).zip([ALEX_IS_BUSY, ROBIN_IS_BUSY]) {
        take_time(cx, user, zone, taken)?;
    }
    let (_, token) = accounts::create_token(cx, who, None, "demo", &[Scope::Admin])?;
    Ok(Sample {
        people,
        token: token.expose().to_owned(),
        meeting: format!("{}/meetings/{}", cx.house().public_url, meeting.id),
        connections: format!("{}/connections", cx.house().public_url),
        page: format!("{}/b/{}", cx.house().public_url, page().name),
    })
}

/// When somebody has no time in every week: the day from Monday, and the hours.
type Habits = &'static [(u64, u32, u32)];

const ALEX_IS_BUSY: Habits = &[(0, 9, 11), (1, 14, 16), (3, 10, 12), (4, 13, 17)];
const ROBIN_IS_BUSY: Habits = &[(0, 10, 12), (2, 15, 17), (3, 9, 10), (3, 14, 16)];

/// Holds some of somebody's time this week and the next two: there is no other server in a demo to read a calendar from.
fn take_time(cx: &Cx<'_>, user: UserId, zone: Zone, habits: Habits) -> Result<()> {
    use chrono::Days;
    let monday = time::monday(zone.date(cx.now));
    for (week, (day, from, until)) in (0..3).flat_map(|week| habits.iter().map(move |one| (week, *one))) {
        let date = monday + Days::new(7 * week + day);
        let at = |hour| date.and_hms_opt(hour, 0, 0).map(|local| zone.resolve(local).instant());
        if let (Some(start), Some(end)) = (at(from), at(until)) {
            let subject: MeetingId = cx.id();
            calendar::hold(cx, user.into(), start, end, &subject.to_string(), end)?;
        }
    }
    Ok(())
}

/// Asks to connect, and lets the other's agent propose times from the moment they accept.
fn invitation(address: &Address) -> network::Invitation {
    let scopes = [network::Scope::ProfileRead, network::Scope::AvailabilityRead, network::Scope::Propose];
    network::Invitation {
        address: address.clone(),
        words: "We rehearse so often: shall our agents find the times?".to_owned(),
        grant: Some(network::NewGrant { scopes: scopes.into_iter().collect(), ..Default::default() }),
    }
}

/// Half an hour with the first of them, who decides about each request.
fn page() -> NewLink {
    NewLink {
        name: "alex-30".to_owned(),
        description: "For whatever is on your mind.".to_owned(),
        questions: vec![Question { label: "What is it about?".to_owned(), required: false, long: true }],
        confirmation: Confirmation::ByHand,
        ..NewLink::default()
    }
}

fn person(address: &str, name: &str, zone: &str) -> Result<Person> {
    let address = Address::parse(address).ok_or_else(|| Error::internal("a sample address is none"))?;
    Ok(Person { address, name: Some(name.to_owned()), zone: Zone::parse(zone) })
}

/// Half past ten on the first Wednesday that is at least two days ahead.
fn next_wednesday(now: Timestamp, zone: Zone) -> Timestamp {
    use chrono::Datelike;
    let mut at = now.plus(2 * DAY);
    while zone.date(at).weekday() != chrono::Weekday::Wed {
        at = at.plus(12 * HOUR);
    }
    zone.date(at).and_hms_opt(10, 30, 0).map_or(at, |local| zone.resolve(local).instant())
}
