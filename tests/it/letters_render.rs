//! Mails whole, as they leave: by eye, by an independent calendar library, and by our own reader.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use entente::base::house::{Approval, Subaddress};
use entente::base::time::{DAY, HOUR};
use entente::itip::{self, Method, PartStat};
use entente::links::Purpose;
use entente::mail::letters::Rendered;
use entente::mail::wire::{Arrived, Limits};
use entente::meetings::{self, Asked, Decision, Meeting};
use entente::post::fact;
use entente::post::letter::{Face, Outcome, Says, TokenMode};
use icalendar::{Component, EventLike};

use crate::letters_world::{GUESTS, HOST, World, address, operator};

const ROBIN: &str = GUESTS[0];

/// A meeting, moved, asked to be moved by COUNTER, refused, cancelled.
fn lived(world: &World) -> Meeting {
    let meeting = world.book_two();
    // What was sent is not superseded.
    for kept in world.letters() {
        world.write(move |cx| {
            entente::queue::withdraw(cx, entente::post::TOPIC, &kept.letter.id.to_string())?;
            let state = entente::post::letter::State::Sent;
            meetings::settle(cx, &operator(), kept.letter.id, state, None)
        });
    }
    let (id, robin) = (meeting.id, meeting.participants[1].id);
    world.write(move |cx| {
        let moved = meetings::move_to(cx, &operator(), id, meeting.start.plus(DAY), meeting.end.plus(DAY))?;
        let asked = Asked {
            start: moved.start.plus(HOUR),
            end: moved.end.plus(HOUR),
            note: "A train later would help.",
            road: "counter",
        };
        let proposal = meetings::propose(cx, &operator(), &moved, robin, &asked)?;
        let host = moved.host()?.id;
        meetings::decide(cx, &operator(), &moved, (proposal.id, host), Decision::Decline)?;
        meetings::cancel(cx, &operator(), id)
    })
}

fn rendered(world: &World, kind: &str, to: &str) -> Rendered {
    world.rendered(&world.letter(kind, to))
}

fn arrived(rendered: &Rendered) -> Arrived {
    Arrived::parse(&rendered.bytes, &Limits::default()).unwrap()
}

/// The decoded message, its random parts taken out.
fn readable(rendered: &Rendered) -> String {
    let text = String::from_utf8(rendered.bytes.clone()).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap();
    let mail = arrived(rendered);
    let calendars: Vec<&str> = mail.calendars.iter().map(|calendar| calendar.text.as_str()).collect();
    let shape: Vec<&str> = text
        .lines()
        .filter(|line| ["Content-", " name="].iter().any(|start| line.starts_with(start)))
        .collect();
    format!(
        "{head}\n\nenvelope: {} -> {}\n\n{}\n\n=== text\n{}\n\n=== calendar\n{}",
        rendered.envelope_from.as_str(),
        rendered.envelope_to.as_str(),
        shape.join("\n"),
        mail.text,
        calendars.join("\n---\n")
    )
    .replace('\r', "")
}

#[test]
fn each_calendar_mail_reads_as_it_was_written() {
    let world = World::new();
    lived(&world);
    let filters =
        vec![(r"[a-z2-7]{32}", "[secret]"), (r"(\+)[a-z2-7]{26}", "$1[token]"), (r"[0-9a-f]{32}", "[id]")];
    insta::with_settings!({ filters => filters }, {
        for (kind, to) in [
            ("invitation", ROBIN),
            ("invitation", HOST),
            ("update", ROBIN),
            ("cancellation", ROBIN),
            ("proposal-outcome", ROBIN),
            ("proposal-ask", HOST),
        ] {
            let whose = if to == HOST { "host" } else { "guest" };
            insta::assert_snapshot!(format!("letter__{kind}__{whose}"), readable(&rendered(&world, kind, to)));
        }
    });
}

#[test]
fn the_same_letter_has_the_same_bytes() {
    let world = World::new();
    lived(&world);
    for kept in world.letters() {
        assert_eq!(world.rendered(&kept), world.rendered(&kept));
    }
}

#[test]
fn every_line_is_short_ascii_and_ends_in_crlf() {
    let world = World::new();
    world.book("Прослушивание — 練習", "Ça va?\nZweite Zeile", &[(ROBIN, "Röbin \"R\", Ops")]);
    for kept in world.letters() {
        let bytes = world.rendered(&kept).bytes;
        assert!(bytes.is_ascii() && !bytes.windows(3).any(|window| window == b"\r\r\n"));
        for line in bytes.split(|byte| *byte == b'\n') {
            assert!(line.is_empty() || line.ends_with(b"\r") && line.len() < 1000);
        }
    }
}

#[test]
fn others_read_in_the_calendar_what_was_meant() {
    let world = World::new();
    lived(&world);
    for (kind, method, sequence, status) in [
        ("invitation", Method::Request, 0, "CONFIRMED"),
        ("update", Method::Request, 1, "CONFIRMED"),
        ("proposal-outcome", Method::DeclineCounter, 1, ""),
        ("cancellation", Method::Cancel, 2, "CANCELLED"),
    ] {
        let kept = world.letter(kind, ROBIN);
        let rendered = world.rendered(&kept);
        let mail = arrived(&rendered);
        assert_eq!(mail.calendars.len(), 1, "both copies are the same");
        assert_eq!(mail.calendars[0].method.as_deref(), Some(method.as_str()));
        let text = &mail.calendars[0].text;
        assert_eq!(Some(text.as_bytes()), rendered.calendar.as_deref());

        let ours = itip::read(text.as_bytes()).unwrap();
        let event = kept.letter.says.event().unwrap();
        assert_eq!((&ours.method, ours.sequence, &ours.uid), (&method, Some(sequence), &event.uid));
        assert_eq!(ours.attendees.len(), 1);
        assert_eq!(ours.attendees[0].address.as_ref().unwrap(), &address(ROBIN));
        assert_eq!(ours.attendees[0].partstat, Some(PartStat::NeedsAction));

        let calendar: icalendar::Calendar = text.parse().unwrap();
        let theirs = calendar.events().next().unwrap();
        assert_eq!(theirs.get_uid(), Some(event.uid.as_str()));
        assert_eq!(theirs.get_summary(), Some("Practice session"));
        let property = |name: &str| theirs.property_value(name).unwrap_or_default().to_owned();
        assert_eq!(property("SEQUENCE"), sequence.to_string());
        assert_eq!(property("STATUS"), status);
        let token = world.token(kept.letter.reader.participant).unwrap();
        assert_eq!(property("ORGANIZER"), format!("mailto:scheduling+{token}@entente.test"));
        if matches!(method, Method::Request) {
            let description = theirs.get_description().unwrap();
            assert!(
                description.contains("Request new time: https://meet.entente.test/reschedule?r="),
                "{description}"
            );
            assert!(description.contains("With Alex."));
            assert_eq!(theirs.get_location(), Some("https://video.example.org/practice"));
        }
    }
}

#[test]
fn a_counter_is_declined_to_the_calendar_however_it_ended() {
    for (ended, comment) in [
        (Outcome::Declined, "The new time is not taken"),
        (Outcome::Expired, "Nobody decided about the new time"),
        (Outcome::Superseded, "Another new time was asked for meanwhile"),
    ] {
        for road in ["counter", "link"] {
            let world = World::new();
            // Where only the host decides, nobody else is asked instead of told.
            let guests = [(ROBIN, "Robin"), (GUESTS[1], "Kim")];
            let meeting = world.book_as("Trio", "", &guests, Some(Approval::Host));
            let proposal = world.write(move |cx| {
                let asked = |days: i64, road| Asked {
                    start: meeting.start.plus(days * DAY),
                    end: meeting.end.plus(days * DAY),
                    note: "",
                    road,
                };
                let [host, robin, kim] = [0, 1, 2].map(|n| meeting.participants[n].id);
                let proposal = meetings::propose(cx, &operator(), &meeting, robin, &asked(1, road))?;
                match ended {
                    Outcome::Declined => {
                        let decline = (proposal.id, host);
                        meetings::decide(cx, &operator(), &meeting, decline, Decision::Decline)?;
                    }
                    Outcome::Superseded => {
                        meetings::propose(cx, &operator(), &meeting, kim, &asked(2, "link"))?;
                    }
                    Outcome::Expired | Outcome::Withdrawn => {}
                }
                Ok(proposal)
            });
            if ended == Outcome::Expired {
                world.clock.advance(proposal.expires_at.since(world.clock.now()));
                world.write(move |cx| meetings::expire(cx, &operator(), proposal.id));
            }
            let rendered = rendered(&world, "proposal-outcome", ROBIN);
            let mail = arrived(&rendered);
            if road == "link" {
                assert!(mail.calendars.is_empty() && rendered.calendar.is_none(), "{ended:?}");
                continue;
            }
            assert_eq!(mail.calendars[0].method.as_deref(), Some("DECLINECOUNTER"), "{ended:?}");
            let text = mail.calendars[0].text.replace("\r\n ", "");
            assert!(text.contains(&format!("COMMENT:{comment}")), "{text}");
            let read = itip::read(text.as_bytes()).unwrap();
            assert_eq!((&read.method, read.attendees.len()), (&Method::DeclineCounter, 1), "{ended:?}");
        }
    }
}

#[test]
fn a_proposal_that_expired_with_its_meeting_says_so_and_asks_for_no_other_time() {
    let world = World::new();
    let meeting = world.book_two();
    let robin = meeting.participants[1].id;
    world.clock.advance(meeting.end.since(world.clock.now()) - HOUR);
    world.write(move |cx| {
        let (start, end) = (meeting.start.plus(DAY), meeting.end.plus(DAY));
        let asked = Asked { start, end, note: "", road: "counter" };
        meetings::propose(cx, &operator(), &meeting, robin, &asked).map(drop)
    });
    world.clock.advance(HOUR);
    assert_eq!(world.write(|cx| meetings::expire_overdue(cx, &operator())), 1);
    let mail = arrived(&rendered(&world, "proposal-outcome", ROBIN));
    assert_eq!(mail.headers.subject, "New time for Practice session has expired");
    assert!(mail.text.contains("and Practice session is over."), "{}", mail.text);
    assert!(!mail.text.contains("/reschedule"), "{}", mail.text);
    assert_eq!(mail.calendars[0].method.as_deref(), Some("DECLINECOUNTER"), "its calendar waits no more");
}

#[test]
fn an_answer_from_elsewhere_is_told_in_words_of_its_own() {
    for (from_elsewhere, subject, words) in [
        (
            true,
            "Somebody else answered your invitation to Practice session",
            "They declined. Nothing has changed.",
        ),
        (false, "Did you answer Practice session?", "It says that you declined."),
    ] {
        let world = World::new();
        world.book_two();
        let mut kept = world.letter("invitation", ROBIN);
        let event = kept.letter.says.event().unwrap().clone();
        let confirm = kept.letter.reader.about_you;
        kept.letter.says =
            Says::ConfirmReply { event, said: "declined".to_owned(), asked: None, confirm, from_elsewhere };
        let mail = arrived(&world.rendered(&kept));
        assert_eq!(mail.headers.subject, subject);
        let secret = world.secret(Purpose::Confirm, confirm);
        assert!(
            mail.text.contains(words) && mail.text.contains(&format!("/confirm?t={secret}")),
            "{}",
            mail.text
        );
    }
}

#[test]
fn what_did_not_arrive_is_told_to_the_host_as_host_and_the_hosts_own_to_who_made_the_meeting() {
    let world = World::new();
    world.book_two();
    for (name, is_host, words, why) in [
        (Some("Robin"), false, "The invitation for Robin to", "you are the host of this meeting"),
        (None, false, "The invitation for your guest to", "you are the host of this meeting"),
        (Some("Alex"), true, "The invitation for Alex to", "you made this meeting"),
        (None, true, "The invitation for the host to", "you made this meeting"),
    ] {
        let mut kept = world.letter("invitation", HOST);
        let event = kept.letter.says.event().unwrap().clone();
        let whose = Face { name: name.map(str::to_owned), is_host };
        kept.letter.says = Says::DeliveryFailed { event, whose };
        let text = arrived(&world.rendered(&kept)).text;
        assert!(text.contains(words) && text.contains(why), "{text}");
    }
}

#[test]
fn the_mode_says_which_addresses_carry_the_token() {
    for (mode, from, replies) in
        [(TokenMode::Full, true, true), (TokenMode::NotFrom, false, true), (TokenMode::Off, false, false)]
    {
        let world = World::with(
            |house| {
                house.subaddress = Subaddress::Auto;
                house.is_mailroom = false;
            },
            None,
        );
        world.write(move |cx| fact::set(cx, fact::PROBE, mode.as_str()));
        world.book_two();
        let kept = world.letter("invitation", ROBIN);
        let token = world.token(kept.letter.reader.participant).unwrap();
        let (rendered, tagged) = (world.rendered(&kept), format!("scheduling+{token}@entente.test"));
        let expected = |has: bool| if has { tagged.as_str() } else { "scheduling@entente.test" };
        let mail = arrived(&rendered);
        assert_eq!(mail.headers.from[0].address.as_str(), expected(from));
        assert_eq!(mail.headers.from[0].name, "Alex via Entente");
        assert_eq!(mail.headers.reply_to[0].address.as_str(), expected(replies));
        assert_eq!(rendered.envelope_from.as_str(), expected(replies));
        let calendar = itip::read(mail.calendars[0].text.as_bytes()).unwrap();
        assert_eq!(calendar.organizer.unwrap().address.unwrap().as_str(), expected(replies));
    }
}

#[test]
fn mails_of_one_meeting_are_one_conversation() {
    let world = World::new();
    lived(&world);
    let first = world.letter("invitation", ROBIN).letter.message_id;
    for kind in ["update", "proposal-outcome", "cancellation"] {
        let mail = arrived(&rendered(&world, kind, ROBIN));
        assert_eq!(mail.headers.in_reply_to, std::slice::from_ref(&first));
        assert_eq!(mail.headers.references, std::slice::from_ref(&first));
    }
}

#[test]
fn the_others_are_named_as_far_as_they_may_be() {
    type Guests = [(&'static str, &'static str)];
    let cases: [(&Guests, &str, &str); 4] = [
        (&[(GUESTS[0], "")], "your guest", "Alex"),
        (&[(GUESTS[0], ""), (GUESTS[1], "")], "your 2 guests", "Alex and another guest"),
        (&[(GUESTS[0], "Robin"), (GUESTS[1], "Kim")], "Robin and Kim", "Alex and Kim"),
        (
            &[(GUESTS[0], "Robin"), (GUESTS[1], ""), (GUESTS[2], "")],
            "Robin and 2 others",
            "Alex and 2 others",
        ),
    ];
    for (guests, to_host, to_guest) in cases {
        let world = World::new();
        world.book("Trio", "", guests);
        for (to, with) in [(HOST, to_host), (GUESTS[0], to_guest)] {
            let kept = world.letter("invitation", to);
            assert!(matches!(kept.letter.says, Says::Invitation { .. }));
            let text = arrived(&world.rendered(&kept)).text;
            assert!(text.starts_with(&format!("Trio with {with}.")), "{text}");
        }
    }
}
