//! Tests of taking away, leaving and erasing, by a set clock.

use super::*;
use crate::accounts::{Exception, NewUser, Role, Scope};
use crate::base::actor::Road;
use crate::base::id::MeetingId;
use crate::base::secret::Secret;
use crate::base::time::{DAY, HOUR, Zone};
use crate::idempotency::{Answer, Key};
use crate::itip::PartStat;
use crate::journal;
use crate::limits;
use crate::links::{self, Purpose};
use crate::meetings::{Meeting, NewMeeting, Status};
use crate::post::letter::{Cause, Kept, Says, State};
use crate::post::tests::{NOW, Town, address};
use crate::store::{Durability, Ground, Options};
use crate::values;

const QUILLON: &str = "quillon@example.org";

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

fn acting(user: UserId) -> Actor {
    Actor::new(Who::User { id: user, admin: false }, Road::Page, "t")
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
    refused.unwrap_err().code()
}

fn add(town: &Town, email: &'static str, name: &'static str, role: Role) -> UserId {
    let new = NewUser { address: address(email), name: name.to_owned(), zone: None, role };
    town.write(move |cx| Ok(accounts::add(cx, &operator(), &new)?.id)).unwrap()
}

/// A meeting `days` ahead, made by whoever `who` is.
fn meet(town: &Town, who: &Actor, days: i64, host: &'static str, guests: &'static [&'static str]) -> Meeting {
    let who = who.clone();
    let person = |email: &str| meetings::Person { address: address(email), name: None, zone: None };
    town.write(move |cx| {
        let new = NewMeeting {
            title: "Tea".to_owned(),
            start: cx.now.plus(days * DAY),
            end: cx.now.plus(days * DAY + HOUR),
            location: String::new(),
            video: false,
            description: String::new(),
            host: person(host),
            guests: guests.iter().map(|email| person(email)).collect(),
            resources: Vec::new(),
            decline: None,
            approval: None,
        };
        meetings::create(cx, &who, &new)
    })
    .unwrap()
}

/// A house where Quillon, a member, has left a trace in everything: a profile, a browser, a token with a kept answer,
/// meetings behind and ahead.
struct Lived {
    town: Town,
    quillon: UserId,
    /// Hosted by Quillon, over.
    past: MeetingId,
    /// Hosted by Quillon, with two guests.
    hosted: MeetingId,
    /// Hosted by Quillon, with nobody yet.
    open: MeetingId,
    /// Ana's, with Quillon and another guest.
    shared: MeetingId,
    browser: Secret,
}

fn lived() -> Lived {
    let town = Town::with(|house| house.decline = crate::base::house::Decline::Soft);
    let ana = add(&town, "ana@example.org", "Ana", Role::Admin);
    let quillon = add(&town, QUILLON, "Quillon", Role::Member);
    let who = acting(quillon);
    let past = meet(&town, &who, 1, QUILLON, &["cy@example.org"]).id;
    town.clock.advance(2 * DAY);
    let hosted = meet(&town, &who, 20, QUILLON, &["cy@example.org", "di@example.org"]).id;
    let open = meet(&town, &who, 21, QUILLON, &[]).id;
    let shared = meet(&town, &acting(ana), 22, "ana@example.org", &[QUILLON, "cy@example.org"]).id;
    let browser = town
        .write(move |cx| {
            let date = Zone::UTC.date(cx.now.plus(9 * DAY));
            let off = Exception { date, windows: Vec::new(), words: "Quillon is away".to_owned() };
            accounts::set_exception(cx, &who, &off)?;
            let (token, _) =
                accounts::create_token(cx, &who, Some(quillon), "quillon's script", &[Scope::MeetingsRead])?;
            let program = agents::register(cx, &who, &program())?.agent.id;
            let answer = Answer { status: 200, body: serde_json::json!({ "email": QUILLON }) };
            for caller in [token.id.to_string(), program.to_string()] {
                idempotency::keep(cx, &key_of(&caller), "h", &answer)?;
            }
            let new = calendar::NewAccount {
                holder: quillon.into(),
                kind: calendar::SourceKind::Ics,
                name: "Quillon's work".to_owned(),
                server: "quillon.example.org".to_owned(),
                access: calendar::Access {
                    url: "https://quillon.example.org/".to_owned().into(),
                    username: None,
                    password: None,
                },
                zone: None,
            };
            let found = calendar::Found { name: String::new(), path: String::new(), writable: false };
            calendar::add(cx, &who, &new, &[found])?;
            let hook = webhooks::NewWebhook {
                url: "https://quillon.example.org/in".to_owned().into(),
                kinds: vec!["meeting.*".to_owned()],
                agent: None,
            };
            let (hook, _) = webhooks::add(cx, &who, &hook)?;
            webhooks::test(cx, &who, hook.id)?;
            let (from, to) = (cx.now.plus(DAY), cx.now.plus(DAY + HOUR));
            calendar::hold(cx, quillon.into(), from, to, "bkg_1", to)?;
            let link = accounts::sign_in_link(cx, &operator(), quillon)?;
            let url = links::url(cx.keys(), "", Purpose::SignIn, link);
            let (_, secret) = url.split_once('=').unwrap_or_default();
            Ok(accounts::sign_in(cx, &operator(), secret, "Quillon's Firefox")?.secret)
        })
        .unwrap();
    Lived { town, quillon, past, hosted, open, shared, browser }
}

fn program() -> agents::NewRegistration {
    agents::NewRegistration {
        is_discoverable: true,
        ..agents::NewRegistration::of(agents::Kind::Personal, "Quillon's program")
    }
}

fn key_of(token: &str) -> Key {
    Key { caller: token.to_owned(), route: "GET /".to_owned(), key: "k".to_owned() }
}

impl Lived {
    fn ask(&self) -> Leaving {
        let id = self.quillon;
        self.town.write(move |cx| ask_deletion(cx, &acting(id), id)).unwrap()
    }

    fn withdraw(&self) {
        let id = self.quillon;
        self.town.write(move |cx| withdraw_deletion(cx, &acting(id), id)).unwrap();
    }

    fn status(&self, id: MeetingId) -> Status {
        self.town.read(|cx| meetings::load(cx, id)).status
    }

    /// Does the deletions that are due; gives how many there were.
    fn work(&self) -> usize {
        let due = self.town.write(|cx| queue::claim(cx, TOPIC, 10, MINUTE)).unwrap();
        let count = due.len();
        for lease in due {
            self.town.write(move |cx| run(cx, &lease)).unwrap();
        }
        count
    }

    fn found(&self, name: &str) -> Vec<String> {
        let all = self.town.whole_text();
        all.lines().filter(|line| line.to_lowercase().contains(name)).map(str::to_owned).collect()
    }

    fn cancellations(&self) -> Vec<(String, Cause)> {
        let cause = |kept: Kept| match kept.letter.says {
            Says::Cancellation { cause, .. } => Some((kept.letter.reader.address, cause)),
            _ => None,
        };
        self.town.letters().into_iter().filter_map(cause).collect()
    }
}

#[test]
fn what_is_ahead_ends_at_once_and_everybody_is_written_to() {
    let world = lived();
    let leaving = world.ask();
    let due = NOW.plus(2 * DAY + 7 * DAY);
    assert_eq!(leaving, Leaving { due, cancelled: 2, declined: 1 });
    assert_eq!(world.status(world.past), Status::Scheduled, "what is over stays as it was");
    assert_eq!([world.status(world.hosted), world.status(world.open)], [Status::Cancelled; 2]);
    let shared = world.town.read(|cx| meetings::load(cx, world.shared));
    let quillon = shared.participants.iter().find(|one| one.address.as_str() == QUILLON).unwrap();
    assert_eq!((shared.status, quillon.partstat), (Status::Scheduled, PartStat::Declined));
    let mut told = world.cancellations();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let told: Vec<_> = told.iter().map(|(to, cause)| (to.as_str(), *cause)).collect();
    assert_eq!(
        told,
        [
            ("cy@example.org", Cause::CalledOff),
            ("di@example.org", Cause::CalledOff),
            (QUILLON, Cause::CalledOff)
        ]
    );
    let leaving =
        |kept: &Kept| matches!(kept.letter.says, Says::Leaving { due: told, .. } if told == due.ms());
    assert_eq!(
        world.town.letters().iter().filter(|kept| leaving(kept)).count(),
        1,
        "and so are they themselves"
    );
    // Asked again, nothing is left to do and nobody is written to again.
    assert_eq!(world.ask(), Leaving { due, cancelled: 0, declined: 0 });
    assert_eq!(world.cancellations().len(), 3);
    world.town.assert_journal_verifies();
}

#[test]
fn who_has_asked_can_sign_in_and_stay() {
    let world = lived();
    world.ask();
    world.town.clock.advance(6 * DAY);
    assert_eq!(world.work(), 0);
    let viewer = world.town.read(|cx| accounts::viewer(cx, &world.browser)).unwrap();
    assert_eq!(viewer.user.deletion_due_at, Some(NOW.plus(9 * DAY)));
    world.town.write(|cx| accounts::request_sign_in(cx, &operator(), &address(QUILLON))).unwrap();
    world.withdraw();
    world.town.clock.advance(30 * DAY);
    assert_eq!(world.work(), 0, "its work is taken back");
    world.town.write(|cx| erase_due(cx, &operator())).unwrap();
    let user = world.town.read(|cx| accounts::get(cx, world.quillon));
    assert_eq!((user.name.as_str(), user.deletion_due_at), ("Quillon", None));
    assert_eq!(world.status(world.hosted), Status::Cancelled, "what has ended stays ended");
}

#[test]
fn after_seven_days_no_row_holds_the_person() {
    let world = lived();
    world.ask();
    assert!(world.found("quillon").len() > 10);
    // Somebody who does not know invites them once more.
    let late = meet(&world.town, &operator(), 25, "ana@example.org", &[QUILLON]).id;
    world.town.clock.advance(7 * DAY - 1);
    assert_eq!(world.work(), 0);
    world.town.clock.advance(1);
    assert_eq!(world.work(), 1);
    assert_eq!(world.found("quillon"), Vec::<String>::new());
    let kept = "SELECT COUNT(*) AS n FROM idempotency WHERE caller > $1";
    let kept = world.town.read(|cx| cx.db.one(kept, values![""], |row| row.get::<i64>("n")));
    assert_eq!(kept, Some(0), "what their programs were answered is sealed, and gone as well");
    // What was spent of a budget is swept two days later, whoever spent it.
    world.town.write(|cx| limits::delete_ended(cx, cx.now.plus(-2 * DAY))).unwrap();
    let id = world.quillon.to_string();
    let by_id: Vec<_> = world.found(&id).into_iter().filter(|line| !line.starts_with("journal.")).collect();
    assert_eq!(by_id, Vec::<String>::new(), "only the journal says that there was an account");
    assert!(world.town.read(|cx| accounts::viewer(cx, &world.browser)).is_none());
    assert_eq!(world.status(late), Status::Cancelled);
    assert_eq!(world.status(world.shared), Status::Scheduled);
    world.town.assert_journal_verifies();
    let told = world.town.letters();
    let dead =
        told.iter().filter(|kept| kept.state == State::Queued && kept.letter.reader.address == QUILLON);
    assert_eq!(dead.count(), 0);
    assert_eq!(world.work(), 0);
    // The address is as good as new.
    add(&world.town, QUILLON, "Quillon", Role::Member);
}

#[test]
fn the_hourly_job_erases_whom_the_queue_has_missed() {
    let world = lived();
    world.ask();
    let id = world.quillon;
    world.town.write(move |cx| queue::withdraw(cx, TOPIC, &id.to_string())).unwrap();
    world.town.clock.advance(7 * DAY);
    world.town.write(|cx| erase_due(cx, &operator())).unwrap();
    assert_eq!(world.found("quillon"), Vec::<String>::new());
}

#[test]
fn a_deletion_outlives_the_process_that_has_begun_it() {
    let world = lived();
    world.ask();
    world.town.clock.advance(7 * DAY);
    let begun = world.town.write(|cx| queue::claim(cx, TOPIC, 10, HOUR)).unwrap();
    assert_eq!(begun.len(), 1);
    // The process ends here, and another one opens the house.
    let ground = Ground { instance: "after".to_owned(), ..world.town.store.ground().clone() };
    let options = Options { durability: Durability::Process, ..Options::at(world.town.store.path()) };
    let (store, _) = Store::open(&options, ground, journal::seal).unwrap();
    let due = store
        .write_blocking(|cx| {
            queue::free_leases_of_others(cx)?;
            queue::claim(cx, TOPIC, 10, HOUR)
        })
        .unwrap();
    assert_eq!(due.len(), 1);
    for lease in due {
        store.write_blocking(move |cx| run(cx, &lease)).unwrap();
    }
    assert_eq!(world.found("quillon"), Vec::<String>::new());
    world.town.assert_journal_verifies();
}

#[test]
fn who_stays_and_goes_again_has_seven_days_again() {
    let world = lived();
    world.ask();
    world.town.clock.advance(3 * DAY);
    world.withdraw();
    assert_eq!(world.ask().due, NOW.plus((2 + 3 + 7) * DAY));
    world.town.clock.advance(4 * DAY);
    assert_eq!(world.work(), 0, "the first time is not the one that counts");
    world.town.clock.advance(3 * DAY);
    assert_eq!(world.work(), 1);
    assert_eq!(world.found("quillon"), Vec::<String>::new());
}

#[test]
fn who_is_erased_at_once_is_not_waited_for() {
    let world = lived();
    world.ask();
    let id = world.quillon;
    world.town.write(move |cx| erase(cx, &operator(), &Person::of(cx, id)?)).unwrap();
    assert_eq!(world.found("quillon"), Vec::<String>::new());
    world.town.clock.advance(8 * DAY);
    assert_eq!(world.work(), 0);
    assert_eq!(code(world.town.write(move |cx| ask_deletion(cx, &operator(), id))), "not-found");
    world.town.assert_journal_verifies();
}

#[test]
fn nobody_deletes_another_and_the_last_administrator_stays() {
    let world = lived();
    let (quillon, town) = (world.quillon, &world.town);
    let cy = add(town, "cy@example.org", "Cy", Role::Member);
    assert_eq!(code(town.write(move |cx| ask_deletion(cx, &acting(cy), quillon))), "not-found");
    assert_eq!(code(town.write(move |cx| withdraw_deletion(cx, &acting(cy), quillon))), "not-found");
    assert_eq!(world.status(world.hosted), Status::Scheduled);
    let ana = town.read(|cx| accounts::by_address(cx, &address("ana@example.org"))).unwrap().id;
    assert_eq!(code(town.write(move |cx| ask_deletion(cx, &acting(ana), ana))), "user.last-admin");
    assert_eq!(world.status(world.shared), Status::Scheduled, "a refusal changes nothing");
    let refused = town.write(move |cx| erase(cx, &operator(), &Person::of(cx, ana)?));
    assert_eq!(code(refused), "user.last-admin");
    assert_eq!(world.status(world.shared), Status::Scheduled);
}

#[test]
fn a_deletion_that_names_nobody_is_an_error_and_one_of_nobody_is_done() {
    let town = Town::new();
    let gone = town.write(|cx| Ok(cx.id::<UserId>())).unwrap();
    for (payload, fine) in [
        (serde_json::json!({}), false),
        (serde_json::json!({ "user": "nonsense" }), false),
        (serde_json::json!({ "user": gone }), true),
    ] {
        town.write(move |cx| queue::enqueue(cx, &Work::of(TOPIC, "t", payload.clone()))).unwrap();
        let lease = town.write(|cx| queue::claim(cx, TOPIC, 1, HOUR)).unwrap().remove(0);
        assert_eq!(town.write(move |cx| run(cx, &lease)).is_ok(), fine);
    }
}

#[test]
fn everything_is_one_document_and_names_nobody_else() {
    let world = lived();
    let document = world.town.read(|cx| export_own(cx, &acting(world.quillon)));
    assert_eq!((&document["address"], &document["account"]["name"]), (&QUILLON.into(), &"Quillon".into()));
    assert_eq!(document["meetings"].as_array().map(Vec::len), Some(4));
    assert_eq!(document["calendars"][1]["name"], "Quillon's work");
    assert_eq!(document["calendars"][0]["busy"].as_array().map(Vec::len), Some(4), "the house's own");
    assert_eq!(document["webhooks"][0]["url"], "https://quillon.example.org/in");
    assert_eq!(document["webhooks"][0]["events"][0]["kind"], "webhook.test");
    assert_eq!(document["account"]["exceptions"][0]["words"], "Quillon is away");
    assert_eq!(document["account"]["tokens"][0]["name"], "quillon's script");
    assert_eq!(document["account"]["story"][0]["kind"], "user.added");
    let text = document.to_string();
    for other in ["ana@", "cy@", "di@", "secret", "hash"] {
        assert!(!text.contains(other), "{other}: {text}");
    }
    // Somebody without an account has a document as well.
    let guest = world.town.read(|cx| export(cx, &Person::at(cx, &address("di@example.org"))?));
    assert_eq!((&guest["account"], guest["meetings"].as_array().map(Vec::len)), (&Value::Null, Some(1)));
    assert_eq!(code(world.town.store.read_blocking(|cx| export_own(cx, &operator()))), "unauthenticated");
}

#[test]
fn somebody_without_an_account_reads_and_erases_who_asked_them_to_connect() {
    let lived = lived();
    let who = acting(lived.quillon);
    let invitation = network::Invitation {
        address: address("dora@example.net"),
        words: "A word to Dora".to_owned(),
        grant: None,
    };
    lived.town.write(move |cx| network::invite(cx, &who, &invitation)).unwrap();
    let dora = Person { address: address("dora@example.net"), user: None };
    let document = lived.town.read(|cx| export(cx, &dora));
    assert_eq!(document["connections"][0]["with"], "Quillon");
    assert!(lived.town.whole_text().contains("A word to Dora"));
    lived.town.write(move |cx| erase(cx, &operator(), &dora)).unwrap();
    let rows = lived.town.whole_text();
    assert!(!rows.contains("dora@example.net") && !rows.contains("A word to Dora"));
    lived.town.assert_journal_verifies();
}
