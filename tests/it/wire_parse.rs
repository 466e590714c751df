//! What comes in: bounces in every form seen, answers of several programs, and what nobody should send.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::fmt::Write;
use std::path::Path;

use entente::base::text::Address;
use entente::mail::wire::{
    Arrived, BounceKind, Limits, Refusal, ReturnPath, TnefAnswer, Verdict, Verifier, authentication,
};
use proptest::prelude::*;

const ID: &str = "inv-1.0@entente.test";

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mime").join(name);
    // Git may have changed the line ends; the wire has CRLF.
    String::from_utf8(std::fs::read(path).unwrap())
        .unwrap()
        .replace("\r\n", "\n")
        .replace('\n', "\r\n")
        .into()
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mime");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "eml"))
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), fixture(&name))).collect()
}

fn parse(raw: impl AsRef<[u8]>) -> Arrived {
    Arrived::parse(raw.as_ref(), &Limits::default()).unwrap()
}

fn texts(addresses: &[Address]) -> Vec<&str> {
    addresses.iter().map(Address::as_str).collect()
}

#[test]
fn a_bounce_is_known_in_every_form() {
    use BounceKind::{Delayed, Failed};
    let ben = &["ben@example.org"][..];
    let cases = [
        ("bounce-postfix", Failed, &["ben.alias@example.org", "ben@example.org"][..], Some("5.1.1")),
        ("bounce-delayed", Delayed, ben, Some("4.4.1")),
        ("bounce-two-recipients", Failed, &["ana@example.org", "ben@example.org"], Some("5.2.2")),
        ("bounce-gmail-old", Failed, ben, Some("5.1.1")),
        ("bounce-gmail-old-delay", Delayed, ben, None),
        ("bounce-exim", Failed, &["ben@example.org", "ben2@example.org"], Some("5.1.1")),
        ("bounce-exim-delay", Delayed, ben, None),
        ("bounce-qmail", Failed, ben, Some("5.1.1")),
        ("bounce-yahoo", Failed, ben, Some("5.1.1")),
        ("bounce-exchange-2003", Failed, ben, Some("5.1.1")),
        ("bounce-zoho", Failed, ben, Some("5.1.1")),
    ];
    for (name, kind, recipients, status) in cases {
        let arrived = parse(fixture(&format!("{name}.eml")));
        let bounce = arrived.bounce.clone().unwrap_or_else(|| panic!("{name} is a bounce"));
        assert_eq!(bounce.kind, kind, "{name}");
        assert_eq!(texts(&bounce.recipients), recipients, "{name}");
        assert_eq!(bounce.status.as_deref(), status, "{name}");
        let id = (name != "bounce-exim-delay").then_some(ID);
        assert_eq!(bounce.original_message_id.as_deref(), id, "{name}");
        assert!(arrived.calendars.is_empty(), "{name}: our own invitation is not an answer");
        assert!(!arrived.may_be_answered(), "{name}");
        // Bare line feeds change nothing.
        let bare = String::from_utf8(fixture(&format!("{name}.eml"))).unwrap().replace("\r\n", "\n");
        assert_eq!(parse(bare).bounce, Some(bounce), "{name}");
    }
}

#[test]
fn what_is_no_bounce_is_not_taken_for_one() {
    for name in
        ["human", "auto-reply", "list", "reply-google-counter", "reply-apple-mail", "receipt", "complaint"]
    {
        assert_eq!(parse(fixture(&format!("{name}.eml"))).bounce, None, "{name}");
    }
}

#[test]
fn receipts_and_complaints_are_told_from_bounces() {
    let receipt = parse(fixture("receipt.eml")).receipt.unwrap();
    assert_eq!(
        (receipt.disposition.as_str(), receipt.original_message_id.as_deref()),
        ("displayed", Some(ID))
    );
    let feedback = parse(fixture("complaint.eml")).feedback.unwrap();
    assert_eq!((feedback.kind.as_str(), feedback.original_message_id.as_deref()), ("abuse", Some(ID)));
    assert_eq!(texts(&feedback.recipients), ["ben@example.org"]);
}

#[test]
fn the_calendar_is_found_once_with_its_method_and_the_text_beside_it() {
    let arrived = parse(fixture("reply-google-counter.eml"));
    assert_eq!(arrived.calendars.len(), 1);
    assert_eq!(arrived.calendars[0].method.as_deref(), Some("REPLY"));
    assert_eq!(arrived.calendars[0].text, "BEGIN:VCALENDAR\r\nMETHOD:COUNTER\r\nEND:VCALENDAR");
    assert_eq!(arrived.text, "Proposé : plus tard");
    assert_eq!(arrived.headers.subject, "Nouvelle heure proposée");
    assert_eq!(arrived.headers.from[0].name, "Ben Hébert");
    assert!(arrived.is_auto_reply(), "it is marked so; the calendar comes first");

    let apple = parse(fixture("reply-apple-mail.eml"));
    assert_eq!((apple.calendars.len(), apple.calendars[0].method.as_deref()), (1, None));
    assert!(apple.calendars[0].text.contains("SUMMARY:Übungsstunde"), "UTF-8 that calls itself us-ascii");
    assert_eq!(apple.text, "Ben has accepted.");
}

#[test]
fn a_header_says_who_and_to_whom() {
    let arrived = parse(fixture("human.eml"));
    let headers = &arrived.headers;
    assert_eq!(headers.from[0].name, "Hébert, Ben");
    assert_eq!(arrived.author().map(Address::as_str), Some("ben@example.org"));
    let all: Vec<&str> = arrived.recipients().into_iter().map(Address::as_str).collect();
    assert_eq!(all, ["entente@entente.test", "scheduling+tok123@entente.test", "carla@example.org"]);
    assert_eq!(texts(&headers.received_for), ["scheduling+tok123@entente.test"]);
    assert_eq!(headers.return_path, ReturnPath::Address(Address::parse("ben@example.org").unwrap()));
    assert_eq!(headers.references, [ID, "inv-1.1@entente.test"]);
    assert_eq!(headers.in_reply_to, ["inv-1.1@entente.test"]);
    assert_eq!(headers.date.unwrap().to_rfc3339(), "2026-11-25T10:30:00Z");
    assert_eq!(arrived.text.replace('\u{a0}', " "), "Can we do 3 pm?\nBen");
    assert!(!arrived.is_auto_reply() && !arrived.is_list() && arrived.may_be_answered());
}

#[test]
fn machines_and_lists_are_known_and_not_answered() {
    let auto = parse(fixture("auto-reply.eml"));
    assert!(auto.is_auto_reply() && !auto.may_be_answered());
    assert_eq!(auto.headers.return_path, ReturnPath::Null);
    let list = parse(fixture("list.eml"));
    assert!(list.is_list() && !list.may_be_answered());
    for (field, machine) in [
        ("Auto-Submitted: no", false),
        ("Auto-Submitted: auto-replied (vacation)", true),
        ("Auto-Submitted: auto-generated; type=x", true),
        ("X-Autoreply: yes", true),
        ("Precedence: auto_reply", true),
        ("X-Auto-Response-Suppress: All", false),
        ("Subject: Out of Office: x", true),
        ("Subject: Re: when are you out of office?", false),
    ] {
        let raw = format!("From: ben@example.org\r\n{field}\r\n\r\nx\r\n");
        assert_eq!(parse(raw).is_auto_reply(), machine, "{field}");
    }
}

#[test]
fn the_hash_is_that_of_the_content_however_it_was_carried() {
    let carried = |encoding: &str, body: &str| {
        let raw = format!(
            "From: ben@example.org\r\nContent-Type: text/calendar\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
        );
        parse(raw).content_hash
    };
    let plain = carried("7bit", "BEGIN:VCALENDAR");
    assert_eq!(carried("base64", "QkVHSU46\r\nVkNBTEVOREFS"), plain);
    assert_eq!(carried("quoted-printable", "BEGIN:VC=\r\nALENDAR"), plain);
    assert_ne!(carried("7bit", "BEGIN:VCALENDAR2"), plain);
}

#[test]
fn only_the_topmost_results_of_the_trusted_server_count() {
    use Verdict::{Fail, Pass, Unknown};
    let google = parse(fixture("reply-google-counter.eml")).headers.authentication_results;
    let cases = [
        (google.clone(), "mx.entente.test", (Pass, Pass, Pass)),
        (google.clone(), "MX.entente.test ", (Pass, Pass, Pass)),
        (google.clone(), "mx.example.net", (Unknown, Unknown, Unknown)),
        (google, "", (Unknown, Unknown, Unknown)),
        (
            vec!["mx 1; spf=fail (because; (of) this; dmarc=pass \\); dmarc=pass); dkim = pass".to_owned()],
            "mx",
            (Fail, Pass, Unknown),
        ),
        (
            vec!["other; dmarc=pass".to_owned(), "mx; dmarc=fail".to_owned(), "mx; dmarc=pass".to_owned()],
            "mx",
            (Unknown, Unknown, Fail),
        ),
        (vec!["mx; none".to_owned()], "mx", (Unknown, Unknown, Unknown)),
        (
            vec!["mx; dkim=fail x; dkim=pass y; dkim=temperror; dmarc/1=bestguesspass".to_owned()],
            "mx",
            (Unknown, Pass, Unknown),
        ),
        (vec!["mx; x=\"; dmarc=pass\"".to_owned()], "mx", (Unknown, Unknown, Unknown)),
    ];
    for (fields, trusted, (spf, dkim, dmarc)) in cases {
        let found = authentication(&fields, trusted);
        assert_eq!((found.spf, found.dkim, found.dmarc), (spf, dkim, dmarc), "{fields:?}");
    }
}

#[tokio::test]
async fn without_a_network_nothing_is_known_and_nothing_fails() {
    let verifier = Verifier::offline();
    let found = verifier.verify(&fixture("human.eml")).await;
    assert_eq!((found.dkim, found.dmarc), (Verdict::Unknown, Verdict::Unknown));
    assert!(matches!(verifier.spf("example.org").await, entente::mail::wire::Record::Unknown(_)));
}

/// A TNEF stream with attributes of (id, data).
fn tnef(attributes: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    for (id, data) in attributes {
        out.push(1);
        out.extend(id.to_le_bytes());
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend(data);
        out.extend([0, 0]);
    }
    out
}

/// MAPI properties: a number, and the clean global object id that holds a UID.
fn properties(uid: &str) -> Vec<u8> {
    let mut id = vec![4, 0, 0, 0, 0x82, 0, 0xe0, 0, 0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 8];
    id.extend([0; 20]);
    id.extend(u32::try_from(12 + uid.len() + 1).unwrap().to_le_bytes());
    id.extend(b"vCal-Uid\x01\0\0\0");
    id.extend(uid.as_bytes());
    id.push(0);
    let mut out = vec![2, 0, 0, 0];
    out.extend([0x03, 0x00, 0x17, 0x00, 1, 0, 0, 0]);
    out.extend([0x02, 0x01, 0x05, 0x80]);
    out.extend([0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0, 0xaa, 0, 0x3f, 0x13, 5]);
    out.extend([0, 0, 0, 0, 0x23, 0, 0, 0, 1, 0, 0, 0]);
    out.extend(u32::try_from(id.len()).unwrap().to_le_bytes());
    id.resize(id.len().div_ceil(4) * 4, 0);
    out.extend(id);
    out
}

fn with_winmail(data: &[u8]) -> Vec<u8> {
    let mut raw = b"From: ben@example.org\r\nSubject: Accepted\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\n".to_vec();
    raw.extend(data);
    raw
}

#[test]
fn an_answer_inside_winmail_dat_is_read() {
    for (class, answer) in [
        ("IPM.Schedule.Meeting.Resp.Pos", Some(TnefAnswer::Accepted)),
        ("IPM.Microsoft Schedule.MtgRespN", Some(TnefAnswer::Declined)),
        ("IPM.Schedule.Meeting.Resp.Tent", Some(TnefAnswer::Tentative)),
        ("IPM.Note", None),
    ] {
        let class_attribute = (0x0007_8008, format!("{class}\0").into_bytes());
        let stream = tnef(&[class_attribute, (0x0006_9003, properties("mtg-1@entente.test"))]);
        let tnef = parse(with_winmail(&stream)).tnef.unwrap();
        assert_eq!((tnef.answer(), tnef.uid.as_deref()), (answer, Some("mtg-1@entente.test")), "{class}");
        for end in 0..stream.len() {
            let _ = parse(with_winmail(&stream[..end]));
        }
    }
    assert_eq!(parse(with_winmail(b"not TNEF at all")).tnef, None);
}

#[test]
fn what_is_too_much_is_refused() {
    let limits = Limits::default();
    let refusal = |raw: &[u8]| Arrived::parse(raw, &limits).unwrap_err();
    let small = Limits { bytes: 10, ..limits };
    assert_eq!(
        Arrived::parse(b"From: ben@example.org\r\n\r\n", &small).unwrap_err(),
        Refusal::TooLarge { bytes: 25, most: 10 }
    );
    assert_eq!(refusal(b""), Refusal::NotMail);
    assert_eq!(refusal(b"just words"), Refusal::NotMail);

    let mut deep = String::from("From: ben@example.org\r\n");
    for level in 0..100_000 {
        let _ = write!(deep, "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    }
    assert_eq!(refusal(deep.as_bytes()), Refusal::TooDeep { most: limits.depth });

    let mut wide = String::from("From: ben@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    wide += &"--b\r\n\r\nx\r\n".repeat(100_000);
    assert_eq!(refusal(wide.as_bytes()), Refusal::TooManyParts { most: limits.parts });

    let mut hollow =
        String::from("From: ben@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    hollow += &"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n".repeat(1_000);
    assert_eq!(refusal(hollow.as_bytes()), Refusal::TooManyParts { most: limits.parts });

    let mut many = String::from("From: ben@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    for n in 0..20 {
        let _ = write!(many, "--b\r\nContent-Type: text/calendar\r\n\r\nX:{n}\r\n");
    }
    assert_eq!(refusal(many.as_bytes()), Refusal::TooManyCalendars { most: limits.calendars });
}

#[test]
fn messages_within_messages_are_not_descended_into() {
    let forwarded = |encoding: &str, inner: &str| {
        format!(
            "From: ben@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee below\r\n\
             --b\r\nContent-Type: message/rfc822\r\n{encoding}\r\n{inner}\r\n--b--\r\n"
        )
    };
    let inner = "From: x@example.org\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\n";
    let arrived = parse(forwarded("", inner));
    assert!(arrived.calendars.is_empty());
    assert_eq!(arrived.text, "see below");
    let tower = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    parse(forwarded("", &tower));
    parse(forwarded("Content-Transfer-Encoding: quoted-printable\r\n", &tower));
}

#[test]
fn damaged_messages_never_panic() {
    let limits = Limits::default();
    for (name, whole) in fixtures() {
        for end in (0..whole.len()).step_by(7) {
            let _ = Arrived::parse(&whole[..end], &limits);
        }
        // Every byte in turn becomes one that means something.
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] = b"\r\n:;=\"<\0-\xff"[at % 10];
            let _ = Arrived::parse(&changed, &limits).map(|arrived| (arrived.may_be_answered(), name.len()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn spliced_messages_never_panic(
        which in 0_usize..64, other in 0_usize..64, cut in 0.0_f64..1.0, paste in 0.0_f64..1.0,
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let all = fixtures();
        let (left, right) = (&all[which % all.len()].1, &all[other % all.len()].1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a text")]
        let place = |whole: &[u8], share: f64| (whole.len() as f64 * share) as usize;
        let spliced = [&left[..place(left, cut)], &noise, &right[place(right, paste)..]].concat();
        if let Ok(arrived) = Arrived::parse(&spliced, &Limits::default()) {
            let _ = (arrived.is_bounce(), arrived.recipients(), arrived.is_list());
        }
    }
}

#[test]
fn any_bytes_are_taken_or_refused() {
    bolero::check!().with_iterations(5_000).for_each(|input: &[u8]| {
        let _ = Arrived::parse(input, &Limits::default());
        let framed = [b"From: a@example.org\r\nContent-Type: ", input].concat();
        let _ = Arrived::parse(&framed, &Limits::default());
        let _ = Arrived::parse(&with_winmail(input), &Limits::default());
        let _ = authentication(&[String::from_utf8_lossy(input).into_owned()], "mx");
    });
}
