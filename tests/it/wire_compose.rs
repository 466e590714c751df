//! What leaves the house, byte for byte, and that others read it as it was meant.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use entente::base::Secret;
use entente::base::text::Address;
use entente::base::time::Timestamp;
use entente::mail::wire::{
    Arrived, AutoSubmitted, CalendarPart, DkimRefusal, DkimSigner, Limits, Mail, Party,
};
use proptest::prelude::*;

const CALENDAR: &str =
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Übung\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn invitation() -> Mail {
    let organizer = Party::new("Ana Núñez via Entente", address("scheduling+tok@entente.test"));
    Mail {
        from: organizer.clone(),
        reply_to: Some(organizer),
        to: Party::new("", address("ben@example.org")),
        envelope_from: address("scheduling+tok@entente.test"),
        envelope_to: address("ben@example.org"),
        subject: "Übungsstunde — Invitation".to_owned(),
        message_id: "inv-1.0@entente.test".to_owned(),
        date: Timestamp::parse_rfc3339("2026-11-25T10:30:00Z").unwrap(),
        in_reply_to: Some("<first@entente.test>".to_owned()),
        references: vec!["<first@entente.test>".to_owned(), "second@entente.test".to_owned()],
        text: "Hello Ben,\n\n.a dot, an = and a very long line that goes on and on and on until it has to be broken somewhere — Ana\nend ".to_owned(),
        html: Some("<p>Hello Ben — Ana</p>".to_owned()),
        calendar: Some(CalendarPart { method: "REQUEST".to_owned(), bytes: CALENDAR.as_bytes().to_vec() }),
        auto_submitted: AutoSubmitted::Generated,
        extra: vec![("X-Entente-Meeting", "mtg_1".to_owned())],
    }
}

/// Every rule of the wire that a reader could trip over.
fn check_form(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.is_ascii());
    let flat = text.replace("\r\n", "");
    assert!(!flat.contains(['\r', '\n', '\0']), "every line ends in CRLF, and nothing else does");
    assert!(text.ends_with("\r\n"));
    assert!(text.split("\r\n").all(|line| line.len() <= 998));
    text.replace("\r\n", "\n")
}

#[test]
fn an_invitation_has_the_layout_that_calendar_programs_expect() {
    insta::assert_snapshot!(check_form(&invitation().compose()));
}

#[test]
fn a_mail_without_a_calendar_is_an_alternative_or_plain_text() {
    let mail = Mail { calendar: None, auto_submitted: AutoSubmitted::Replied, ..invitation() };
    insta::assert_snapshot!("alternative", check_form(&mail.compose()));
    let mail =
        Mail { html: None, reply_to: None, in_reply_to: None, references: vec![], extra: vec![], ..mail };
    insta::assert_snapshot!("plain", check_form(&mail.compose()));
}

#[test]
fn the_same_mail_is_the_same_bytes_and_another_message_id_gives_other_boundaries() {
    assert_eq!(invitation().compose(), invitation().compose());
    let other = Mail { message_id: "inv-1.1@entente.test".to_owned(), ..invitation() };
    let boundary =
        |mail: &Mail| check_form(&mail.compose()).split("boundary=").nth(1).unwrap()[..30].to_owned();
    assert_ne!(boundary(&invitation()), boundary(&other));
}

#[test]
fn nothing_that_is_put_into_a_header_begins_another_one() {
    let evil = "x\r\nBcc: eve@example.net\r\n\r\nbody\u{2028}\u{85}y";
    let mail = Mail {
        from: Party::new(evil, address("scheduling@entente.test")),
        subject: evil.to_owned(),
        message_id: format!("<id>{evil}@entente.test"),
        in_reply_to: Some(evil.to_owned()),
        references: vec![evil.to_owned(), "\r\n".to_owned()],
        calendar: Some(CalendarPart { method: format!("REQUEST{evil}"), bytes: vec![] }),
        extra: vec![("X-Fine", evil.to_owned()), ("X-Bad: y\r\nBcc", "z".to_owned())],
        ..invitation()
    };
    let text = check_form(&mail.compose());
    assert!(!text.to_lowercase().lines().any(|line| line.starts_with("bcc")), "{text}");
    let arrived = Arrived::parse(&mail.compose(), &Limits::default()).unwrap();
    assert!(arrived.headers.cc.is_empty());
    assert_eq!(arrived.headers.to[0].address, address("ben@example.org"));
}

/// An Ed25519 key in PKCS#8, of the tests' own.
fn ed25519() -> Secret {
    Secret::new(rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem())
}

/// The key's record, as DNS would give it.
struct Zone(mail_auth::Txt);

impl mail_auth::ResolverCache<Box<str>, mail_auth::Txt> for Zone {
    fn get<Q: std::hash::Hash + Eq + ?Sized>(&self, _: &Q) -> Option<mail_auth::Txt>
    where
        Box<str>: std::borrow::Borrow<Q>,
    {
        Some(self.0.clone())
    }
    fn remove<Q: std::hash::Hash + Eq + ?Sized>(&self, _: &Q) -> Option<mail_auth::Txt>
    where
        Box<str>: std::borrow::Borrow<Q>,
    {
        None
    }
    fn insert(&self, _: Box<str>, _: mail_auth::Txt, _: std::time::Instant) {}
}

pub(crate) async fn verdict(signer: &DkimSigner, raw: &[u8]) -> mail_auth::DkimResult {
    use mail_auth::common::parse::TxtRecordParser;
    use mail_auth::common::verify::DomainKey;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let zone = Zone(DomainKey::parse(signer.record().as_bytes()).unwrap().into());
    let authenticator = mail_auth::MessageAuthenticator::new_cloudflare().unwrap();
    let message = mail_auth::AuthenticatedMessage::parse(raw).unwrap();
    let parameters = mail_auth::Parameters::new(&message).with_txt_cache(&zone);
    let outputs = authenticator.verify_dkim(parameters).await;
    assert_eq!(outputs.len(), 1);
    outputs[0].result().clone()
}

#[tokio::test]
async fn a_signature_holds_is_always_the_same_and_breaks_with_the_mail() {
    let rsa = Secret::new(include_str!("../fixtures/mime/dkim-rsa.pem"));
    for key in [ed25519(), rsa] {
        let signer = DkimSigner::new("Entente.test", "mail", &key).unwrap();
        assert_eq!(signer.record_name(), "mail._domainkey.entente.test");
        for mail in [invitation(), Mail { calendar: None, html: None, text: String::new(), ..invitation() }] {
            let message = mail.compose_signed(&signer);
            check_form(&message);
            assert_eq!(message, mail.compose_signed(&signer));
            assert_eq!(verdict(&signer, &message).await, mail_auth::DkimResult::Pass);
            let text = String::from_utf8(message).unwrap();
            assert!(text.contains("; t=1795602600;"), "{text}");
            for forged in [
                text.replace("ben@example.org", "eve@example.org"),
                text.replace("From: ", "From: eve@example.org\r\nFrom: "),
                format!("{text}more\r\n"),
            ] {
                assert_ne!(verdict(&signer, forged.as_bytes()).await, mail_auth::DkimResult::Pass);
            }
        }
    }
}

#[test]
fn a_key_or_a_name_that_cannot_be_used_is_refused() {
    let refusal = |domain, selector, key: &Secret| DkimSigner::new(domain, selector, key).unwrap_err();
    assert_eq!(refusal("entente.test", "mail", &Secret::new("no key")), DkimRefusal::Key);
    assert_eq!(refusal("entente.test;x", "mail", &ed25519()), DkimRefusal::Name);
    assert_eq!(refusal("entente.test", "", &ed25519()), DkimRefusal::Name);
    let signer = DkimSigner::new("entente.test", "mail", &ed25519()).unwrap();
    assert!(format!("{signer:?}").contains("***"));
}

/// White space as the wire leaves it: runs are one space, no control characters.
fn settled(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,200}",
        "(=\\?utf-8\\?[bq]\\?[a-zA-Z0-9=_]{0,20}\\?= ?){0,4}",
        "[\"\\\\(),:;<>@\\[\\]. a-zé]{0,80}",
        "[日本語🎉é\u{301} ]{0,120}",
        "[a-z]{0,1200}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn what_is_written_is_read_back(
        name in nasty(), subject in nasty(), text in nasty(), html in proptest::option::of(nasty()),
        extra in nasty(), calendar in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)),
    ) {
        let mail = Mail {
            from: Party::new(name.clone(), address("scheduling+tok@entente.test")),
            subject: subject.clone(),
            text: text.clone(),
            html,
            calendar: calendar.clone().map(|bytes| CalendarPart { method: "REQUEST".to_owned(), bytes }),
            extra: vec![("X-Note", extra)],
            ..invitation()
        };
        let bytes = mail.compose();
        check_form(&bytes);
        let arrived = Arrived::parse(&bytes, &Limits::default()).unwrap();
        prop_assert_eq!(&arrived.headers.from[0].address, &mail.from.address);
        prop_assert_eq!(settled(&arrived.headers.from[0].name), settled(&name));
        prop_assert_eq!(settled(&arrived.headers.subject), settled(&subject));
        prop_assert_eq!(arrived.headers.message_id.as_deref(), Some("inv-1.0@entente.test"));
        prop_assert_eq!(&arrived.headers.references, &["first@entente.test", "second@entente.test"]);
        prop_assert_eq!(arrived.headers.date, Some(mail.date));
        if !text.trim().is_empty() {
            let lines = text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(arrived.text, lines.trim());
        }
        // Two identical parts are one.
        let sent = calendar.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        prop_assert_eq!(arrived.calendars.iter().map(|part| part.text.clone()).next(), sent);
        prop_assert!(arrived.calendars.len() <= 1);
        // And mail-parser, which knows nothing of us, sees the same structure.
        let read = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        prop_assert_eq!(settled(read.subject().unwrap_or_default()), settled(&subject));
        prop_assert!(!read.parts.iter().any(|part| part.is_encoding_problem));
    }
}
