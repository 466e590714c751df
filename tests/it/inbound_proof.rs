//! Who a sender is, asked of DNS: replies without a token that are signed, well and badly, and the check that
//! comes afterwards where the token had proven the sender.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::net::SocketAddr;
use std::time::Duration;

use entente::base::Secret;
use entente::config::Config;
use entente::mail::inbound::{Intake, VERIFY, verify_worker};
use entente::mail::wire::{DkimSigner, Verifier};
use entente::meetings::Status;
use entente::post::inbound::Outcome;
use entente::queue;

use crate::inbound_world::{ANA, Reply, World, at};
use crate::name_server::{Mood, NameServer};

/// Longer than an answer takes on a machine that is busy.
const PATIENT: Duration = Duration::from_secs(3);
/// For servers that do not answer.
const HASTY: Duration = Duration::from_millis(100);

/// Somebody else with a mailbox at the domain of Ana's.
const MALLORY: &str = "mallory@example.org";

const POLICY: (&str, &str) = ("_dmarc.example.org", "v=DMARC1; p=reject");

fn signer(domain: &str) -> DkimSigner {
    let key = Secret::new(include_str!("../fixtures/mime/dkim-rsa.pem"));
    DkimSigner::new(domain, "mail", &key).unwrap()
}

fn signed(signer: &DkimSigner, raw: &[u8]) -> Vec<u8> {
    [signer.sign(raw, at("2026-11-20T10:11:12Z")).as_bytes(), raw].concat()
}

async fn world(name_server: SocketAddr, lookup: Duration) -> World {
    let mut world = World::new().await;
    world.intake = world.intake.with_verifier(Verifier::waiting(&[name_server], lookup));
    world
}

fn decline(reply: &mut Reply) {
    reply.partstat = "DECLINED";
    "scheduling@entente.test".clone_into(&mut reply.to);
}

fn counter(reply: &mut Reply) {
    (reply.method, reply.start, reply.end) = ("COUNTER", "20261126T140000Z", "20261126T144500Z");
    "scheduling@entente.test".clone_into(&mut reply.to);
}

#[tokio::test]
async fn a_signature_of_the_senders_own_domain_stands_in_for_the_token() {
    let (own, below) = (signer("example.org"), signer("mail.example.org"));
    let (key, key_below) = (own.record(), below.record());
    let (name, name_below) = (own.record_name(), below.record_name());
    let key = (name.as_str(), key.as_str());
    let key_below = (name_below.as_str(), key_below.as_str());
    let cases = [
        ("with a policy", &own, Mood::Right, vec![key, POLICY], "dmarc=pass dkim=pass"),
        ("without one", &own, Mood::Right, vec![key], "dmarc=unknown dkim=pass"),
        ("over TCP", &own, Mood::Truncating, vec![key, POLICY], "dmarc=pass dkim=pass"),
        ("from below the domain", &below, Mood::Right, vec![key_below, POLICY], "dmarc=pass dkim=pass"),
    ];
    for (case, signer, mood, records, found) in cases {
        let name_server = NameServer::start(mood, &records).await;
        let world = world(name_server.address, PATIENT).await;
        let taken = world.take(signed(signer, &world.reply(decline).await)).await;
        assert_eq!(taken.outcome, Outcome::Applied, "{case}: {}", taken.reason);
        assert_eq!(world.kept(&taken).await.authenticity, Some(format!("{found}, checked here")), "{case}");
        assert_eq!(
            (world.now().await.status, world.ana_says().await),
            (Status::Cancelled, "declined"),
            "{case}"
        );
        assert_eq!(world.count(world.ana, "confirm-reply").await, 0, "{case}");
        assert_eq!(name_server.over_tcp() > 0, mood == Mood::Truncating, "{case}");

        let world = self::world(name_server.address, PATIENT).await;
        let taken = world.take(signed(signer, &world.reply(counter).await)).await;
        assert_eq!(taken.outcome, Outcome::Proposal, "{case}: {}", taken.reason);
    }
}

/// A signature of the kind that most servers write: a second From can be added to what it covers.
fn signed_once(raw: &[u8]) -> Vec<u8> {
    use mail_auth::common::crypto::{RsaKey, Sha256};
    use mail_auth::common::headers::HeaderWriter;
    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject;
    let pem = include_bytes!("../fixtures/mime/dkim-rsa.pem");
    let key = RsaKey::<Sha256>::from_key_der(PrivateKeyDer::from_pem_slice(pem).unwrap()).unwrap();
    let signer = mail_auth::dkim::DkimSigner::from_key(key)
        .domain("example.org")
        .selector("mail")
        .headers(["From", "To", "Subject", "Date"]);
    [signer.sign(raw).unwrap().to_header().as_bytes(), raw].concat()
}

#[tokio::test]
async fn a_name_that_was_put_above_the_signed_one_is_not_believed() {
    let own = signer("example.org");
    let name_server = NameServer::start(Mood::Right, &[(&own.record_name(), &own.record()), POLICY]).await;
    let above = |address: &str, raw: &[u8]| [format!("From: <{address}>\r\n").as_bytes(), raw].concat();
    // Mallory may well send from the same domain.
    for (signs, shown, outcome) in [
        (ANA, None, Outcome::Applied),
        (MALLORY, Some(ANA), Outcome::NeedsConfirmation),
        (ANA, Some(MALLORY), Outcome::NeedsConfirmation),
    ] {
        let world = world(name_server.address, PATIENT).await;
        let raw = world
            .reply(|reply| {
                decline(reply);
                signs.clone_into(&mut reply.from);
            })
            .await;
        let raw = signed_once(&raw);
        let taken = world.take(shown.map_or(raw.clone(), |shown| above(shown, &raw))).await;
        assert_eq!(taken.outcome, outcome, "{signs} {shown:?}: {}", taken.reason);
        // The signature itself holds, whoever is shown.
        let found = world.kept(&taken).await.authenticity;
        assert_eq!(found.as_deref(), Some("dmarc=pass dkim=pass, checked here"), "{signs} {shown:?}");
    }
}

/// A way to be no proof: how the signed message is changed, what DNS says, and what is found.
struct Doubtful {
    case: &'static str,
    signer: &'static str,
    change: fn(&str) -> String,
    mood: Mood,
    records: Vec<(String, String)>,
    found: &'static str,
}

fn doubtful() -> Vec<Doubtful> {
    let key = |domain: &str| (signer(domain).record_name(), signer(domain).record());
    let text = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    let case = |case, found, records: Vec<(String, String)>| Doubtful {
        case,
        signer: "example.org",
        change: str::to_owned,
        mood: Mood::Right,
        records,
        found,
    };
    let policy = || text(POLICY);
    let strict = || text(("_dmarc.example.org", "v=DMARC1; p=reject; adkim=s"));
    let other_key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    vec![
        Doubtful {
            // The signature is of the time that was answered.
            change: |raw| raw.replace("PARTSTAT=TENTATIVE", "PARTSTAT=DECLINED"),
            ..case("a changed body", "dmarc=fail dkim=fail", vec![key("example.org"), policy()])
        },
        Doubtful { change: unsigned, ..case("no signature", "dmarc=unknown dkim=unknown", vec![policy()]) },
        case("no record", "dmarc=fail dkim=fail", vec![policy()]),
        case(
            "another key",
            "dmarc=fail dkim=fail",
            vec![(key("example.org").0, other_key.to_owned()), policy()],
        ),
        case(
            "a key taken back",
            "dmarc=fail dkim=fail",
            vec![(key("example.org").0, "v=DKIM1; p=".to_owned()), policy()],
        ),
        case("a record of another domain", "dmarc=unknown dkim=fail", vec![key("elsewhere.example.net")]),
        Doubtful {
            signer: "elsewhere.example.net",
            ..case(
                "a signature of another domain",
                "dmarc=fail dkim=pass",
                vec![key("elsewhere.example.net"), policy()],
            )
        },
        Doubtful {
            signer: "elsewhere.example.net",
            ..case("the same without a policy", "dmarc=unknown dkim=pass", vec![key("elsewhere.example.net")])
        },
        Doubtful {
            signer: "mail.example.org",
            ..case(
                "a policy that wants the very domain",
                "dmarc=fail dkim=pass",
                vec![key("mail.example.org"), strict()],
            )
        },
        Doubtful {
            mood: Mood::Failing,
            ..case(
                "a name server that fails",
                "dmarc=unknown dkim=unknown",
                vec![key("example.org"), policy()],
            )
        },
        Doubtful {
            mood: Mood::Silent,
            ..case("a silent name server", "dmarc=unknown dkim=unknown", vec![key("example.org"), policy()])
        },
    ]
}

fn unsigned(raw: &str) -> String {
    let from = raw.find("\r\nFrom:").map_or(0, |at| at + 2);
    raw[from..].to_owned()
}

#[tokio::test]
async fn what_no_signature_proves_is_held_and_the_participant_is_asked() {
    for one in doubtful() {
        let case = one.case;
        let records: Vec<_> = one.records.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let name_server = NameServer::start(one.mood, &records).await;
        let lookup = if one.mood == Mood::Silent { HASTY } else { PATIENT };
        for asks in [decline, counter] {
            let world = world(name_server.address, lookup).await;
            let raw = world
                .reply(|reply| {
                    asks(reply);
                    if case == "a changed body" {
                        reply.partstat = "TENTATIVE";
                    }
                })
                .await;
            let raw = String::from_utf8(signed(&signer(one.signer), &raw)).unwrap();
            let taken = world.take((one.change)(&raw)).await;
            assert_eq!(taken.outcome, Outcome::NeedsConfirmation, "{case}: {}", taken.reason);
            let found = world.kept(&taken).await.authenticity;
            assert_eq!(found, Some(format!("{}, checked here", one.found)), "{case}");
            assert_eq!(
                (world.now().await.status, world.ana_says().await),
                (Status::Scheduled, "needs-action"),
                "{case}"
            );
            assert_eq!(world.count(world.ana, "confirm-reply").await, 1, "{case}");
            assert_eq!(world.count(world.ben, "confirm-reply").await, 0, "{case}");
            assert!(world.proposals().await.is_empty(), "{case}");
        }
    }
}

#[tokio::test]
async fn a_name_server_that_is_gone_proves_nothing_and_holds_nothing_up() {
    let gone = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = world(gone, HASTY).await;
    let taken = world.take(signed(&signer("example.org"), &world.reply(decline).await)).await;
    assert_eq!(taken.outcome, Outcome::NeedsConfirmation, "{}", taken.reason);
    let found = world.kept(&taken).await.authenticity;
    assert_eq!(found.as_deref(), Some("dmarc=unknown dkim=unknown, checked here"));
    // An answer that binds nobody else needs no proof.
    let accept = world.reply(|reply| "scheduling@entente.test".clone_into(&mut reply.to)).await;
    let taken = world.take(accept).await;
    assert_eq!((taken.outcome, world.ana_says().await), (Outcome::Applied, "accepted"));
}

#[tokio::test]
async fn a_right_token_needs_no_signature_and_what_it_says_is_found_afterwards_and_kept() {
    let own = signer("example.org");
    let (name, key) = (own.record_name(), own.record());
    let cases: [(Mood, &str, &str); 3] = [
        (Mood::Right, "", "token; dmarc=pass dkim=pass, checked here"),
        (Mood::Right, "more\r\n", "token; dmarc=fail dkim=fail, checked here"),
        (Mood::Failing, "", "token; dmarc=unknown dkim=unknown, checked here"),
    ];
    for (mood, added, found) in cases {
        let name_server = NameServer::start(mood, &[(&name, &key), POLICY]).await;
        let world = world(name_server.address, PATIENT).await;
        let raw = world.reply(|reply| reply.partstat = "DECLINED").await;
        let taken = world.take([signed(&own, &raw), added.into()].concat()).await;
        assert_eq!(
            (taken.outcome, world.now().await.status),
            (Outcome::Applied, Status::Cancelled),
            "{found}"
        );
        assert_eq!(world.kept(&taken).await.authenticity.as_deref(), Some("token"));
        assert_eq!(name_server.asked(), Vec::<String>::new(), "nobody waits for DNS");

        let worker = verify_worker(world.intake.clone());
        let lease = world.store.write(|cx| queue::claim(cx, VERIFY, 10, 60_000)).await.unwrap().remove(0);
        (worker.handler)(lease).await.unwrap();
        assert_eq!(world.kept(&taken).await.authenticity.as_deref(), Some(found));
        assert!(!name_server.asked().is_empty());
        assert!(!world.read(|cx| queue::is_ready(cx, VERIFY)).await);
        assert_eq!(world.now().await.status, Status::Cancelled, "what is found afterwards changes nothing");
    }
}

#[tokio::test]
async fn the_configured_name_servers_are_the_ones_that_are_asked() {
    let own = signer("example.org");
    let (name, key) = (own.record_name(), own.record());
    let name_server = NameServer::start(Mood::Right, &[(&name, &key)]).await;
    let mut config = Config::default();
    config.net.name_servers = vec![name_server.address];
    let mut world = World::new().await;
    world.intake = Intake::new(world.store.clone(), &config);
    let taken = world.take(signed(&own, &world.reply(decline).await)).await;
    assert_eq!(taken.outcome, Outcome::Applied, "{}", taken.reason);
    assert_eq!(name_server.asked(), [name.as_str(), "_dmarc.example.org", "_dmarc.org"]);
}
