//! Every outcome of the contract, and every class of message: what comes, what it comes to, what has changed.

use entente::base::actor::{Actor, Road, Who};
use entente::base::time::{DAY, HOUR};
use entente::links::{self, Purpose};
use entente::meetings::{self, ProposalStatus, Status, hold};
use entente::post::inbound::Outcome;
use entente::post::letter::{Says, State};

use crate::inbound_world::{ANA, BEN, TRACE, World, at, house, operator, words};

const STRANGER: &str = "zoe@elsewhere.example.net";

#[tokio::test]
async fn applied_is_an_answer_that_changed_what_the_meeting_knows() {
    let world = World::new().await;
    let taken = world.take(world.reply(|_| {}).await).await;
    assert_eq!((taken.outcome, taken.participant), (Outcome::Applied, Some(world.ana)));
    assert_eq!(world.ana_says().await, "accepted");
    let kept = world.kept(&taken).await;
    assert_eq!((kept.method.as_deref(), kept.partstat.as_deref()), (Some("REPLY"), Some("accepted")));
    assert_eq!((kept.sequence, kept.road.as_str()), (Some(1), "imap"));
    assert_eq!(kept.authenticity.as_deref(), Some("token"));
}

#[tokio::test]
async fn stale_is_an_answer_to_an_earlier_time_and_an_old_no_cancels_nothing() {
    let world = World::new().await;
    let cases = [
        // By SEQUENCE, and without one by the start that an earlier revision had.
        world.reply(|r| (r.partstat, r.sequence) = ("DECLINED", Some(0))).await,
        world
            .reply(|r| {
                (r.partstat, r.sequence, r.start) = ("DECLINED", None, "20261124T103000Z");
                r.id = "by-start@mail.example.org".to_owned();
            })
            .await,
        world
            .reply(|r| {
                (r.method, r.sequence, r.start, r.end) =
                    ("COUNTER", Some(0), "20261127T100000Z", "20261127T110000Z");
                r.id = "old-counter@mail.example.org".to_owned();
            })
            .await,
    ];
    for raw in cases {
        let taken = world.take(raw).await;
        assert_eq!(taken.outcome, Outcome::Stale, "{}", taken.reason);
    }
    assert_eq!(world.now().await.status, Status::Scheduled);
    assert_eq!((world.ana_says().await, world.proposals().await.len()), ("needs-action", 0));
}

#[tokio::test]
async fn stale_is_also_an_earlier_word_that_comes_late_and_the_repeated_stamp_orders_nothing() {
    let world = World::new().await;
    let reply = async |partstat, dtstamp, id: &str| {
        let raw = world
            .reply(|r| {
                (r.partstat, r.dtstamp) = (partstat, dtstamp);
                id.clone_into(&mut r.id);
            })
            .await;
        world.take(raw).await.outcome
    };
    assert_eq!(reply("TENTATIVE", Some("20261120T101112Z"), "1@x.example.org").await, Outcome::Applied);
    // Written before, delivered after.
    assert_eq!(reply("ACCEPTED", Some("20261120T100000Z"), "2@x.example.org").await, Outcome::Stale);
    assert_eq!(world.ana_says().await, "tentative");
    // The invitation's own stamp says nothing of when: what arrives later is later.
    assert_eq!(reply("ACCEPTED", Some("20261120T090000Z"), "3@x.example.org").await, Outcome::Applied);
    assert_eq!(world.ana_says().await, "accepted");
}

#[tokio::test]
async fn duplicate_is_the_same_message_by_another_road_and_the_same_answer_again() {
    let world = World::new().await;
    let raw = world.reply(|_| {}).await;
    let first = world.take(raw.clone()).await;
    let mut pushed = world.received([b"Delivered-To: scheduling@entente.test\r\n".as_slice(), &raw].concat());
    pushed.road = "webhook";
    let second = world.intake.take(pushed).await.unwrap();
    assert_eq!((second.outcome, second.id, second.meeting), (Outcome::Duplicate, first.id, first.meeting));
    let again = world.reply(|r| r.id = "another@mail.example.org".to_owned()).await;
    let third = world.take(again).await;
    assert_eq!(third.outcome, Outcome::Duplicate, "{}", third.reason);
    assert_ne!(third.id, first.id);
}

#[tokio::test]
async fn a_message_without_an_id_is_known_again_by_what_no_road_changes() {
    let world = World::new().await;
    let raw = world.reply(|r| r.id = String::new()).await;
    let first = world.take(raw.clone()).await;
    let second = world.take([b"Received: from a by b; Fri, 20 Nov 2026\r\n".as_slice(), &raw].concat()).await;
    assert_eq!((first.outcome, second.outcome), (Outcome::Applied, Outcome::Duplicate));
    assert_eq!(first.id, second.id);
    let other = world
        .reply(|r| {
            r.id = String::new();
            r.partstat = "TENTATIVE";
        })
        .await;
    assert_eq!(world.take(other).await.outcome, Outcome::Applied);
}

#[tokio::test]
async fn proposal_is_a_counter_even_one_that_says_declined() {
    let world = World::new().await;
    let counter = world
        .reply(|r| {
            (r.method, r.partstat) = ("COUNTER", "DECLINED");
            (r.start, r.end) = ("20261126T140000Z", "20261126T144500Z");
        })
        .await;
    let taken = world.take(counter).await;
    assert_eq!(taken.outcome, Outcome::Proposal, "{}", taken.reason);
    assert_eq!((world.now().await.status, world.ana_says().await), (Status::Scheduled, "needs-action"));
    assert_eq!(world.count(world.ben, "proposal-ask").await, 1);
    // A plain answer takes it back.
    let answer = world.reply(|r| r.id = "later@mail.example.org".to_owned()).await;
    assert_eq!(world.take(answer).await.outcome, Outcome::Applied);
    assert_eq!(world.proposals().await[0].2, ProposalStatus::Withdrawn);
}

#[tokio::test]
async fn a_counter_that_changes_nothing_or_names_a_past_time_is_the_answer_it_says() {
    for (start, end) in [("20261125T103000Z", "20261125T111500Z"), ("20200101T100000Z", "20200101T110000Z")] {
        let world = World::new().await;
        let counter = world
            .reply(|r| (r.method, r.partstat, r.start, r.end) = ("COUNTER", "TENTATIVE", start, end))
            .await;
        let taken = world.take(counter).await;
        assert_eq!((taken.outcome, world.ana_says().await), (Outcome::Applied, "tentative"), "{start}");
    }
}

#[tokio::test]
async fn refresh_of_a_cancelled_meeting_sends_nothing() {
    let world = World::new().await;
    let id = world.meeting;
    world.store.write(move |cx| meetings::cancel(cx, &operator(), id).map(drop)).await.unwrap();
    let before = world.letters(world.ana).await.len();
    let taken = world.take(world.fixture("kde-refresh").await).await;
    assert_eq!(taken.outcome, Outcome::Ignored, "{}", taken.reason);
    assert_eq!(world.letters(world.ana).await.len(), before);
}

#[tokio::test]
async fn a_decline_cancels_by_the_strict_policy_and_not_by_the_soft_one() {
    for (policy, status) in [
        (entente::base::house::Decline::Strict, Status::Cancelled),
        (entente::base::house::Decline::Soft, Status::Scheduled),
    ] {
        let world = World::with(entente::base::house::House { decline: policy, ..house() }, None).await;
        let taken = world.take(world.reply(|r| r.partstat = "DECLINED").await).await;
        assert_eq!((taken.outcome, world.now().await.status), (Outcome::Applied, status));
        let cancellations = usize::from(status == Status::Cancelled);
        assert_eq!(world.count(world.ana, "cancellation").await, cancellations);
        assert_eq!(world.count(world.ben, "cancellation").await, cancellations);
    }
}

#[tokio::test]
async fn auto_reply_is_kept_with_its_meeting_and_never_answered() {
    let world = World::new().await;
    let organizer = world.organizer().await;
    for (n, headers) in
        ["Auto-Submitted: auto-replied\r\n", "X-Autoreply: yes\r\n", "Precedence: auto_reply\r\n"]
            .iter()
            .enumerate()
    {
        let raw =
            words(ANA, &organizer, &format!("Message-ID: <{n}@x.example.org>\r\n{headers}"), "I am away.");
        let taken = world.take(raw).await;
        assert_eq!((taken.outcome, taken.meeting), (Outcome::AutoReply, Some(world.meeting)), "{headers}");
    }
    assert_eq!(world.count(world.ana, "auto-answer").await, 0);
}

#[tokio::test]
async fn an_answer_in_calendar_form_counts_even_if_it_is_marked_as_automatic() {
    let world = World::new().await;
    let raw = world.reply(|r| r.headers = "Auto-Submitted: auto-generated\r\n".to_owned()).await;
    assert_eq!(world.take(raw).await.outcome, Outcome::Applied);
}

#[tokio::test]
async fn answered_is_plain_words_once_per_thread_with_the_time_found_in_them() {
    let world = World::new().await;
    let organizer = world.organizer().await;
    let thread = "Message-ID: <w1@x.example.org>\r\nReferences: <t@entente.test>\r\n";
    let taken = world
        .take(words(ANA, &organizer, thread, "Can we do 3pm on Thursday?\r\n\r\n> 10:30 on Wednesday"))
        .await;
    assert_eq!(taken.outcome, Outcome::Answered, "{}", taken.reason);
    let letters = world.letters(world.ana).await;
    let found = letters.iter().find_map(|kept| match &kept.letter.says {
        Says::AutoAnswer { found, .. } => Some(*found),
        _ => None,
    });
    // Three in the afternoon in Paris.
    let expected = (at("2026-11-26T14:00:00Z").ms(), at("2026-11-26T14:45:00Z").ms());
    assert_eq!(found, Some(Some(expected)));
    let again = "Message-ID: <w2@x.example.org>\r\nReferences: <t@entente.test>\r\n";
    let second = world.take(words(ANA, &organizer, again, "Or perhaps at four?")).await;
    assert_eq!(second.outcome, Outcome::Ignored, "{}", second.reason);
    assert_eq!(world.count(world.ana, "auto-answer").await, 1);
    assert_eq!(world.now().await.start, at("2026-11-25T10:30:00Z"));
}

#[tokio::test]
async fn words_without_a_token_are_a_participants_if_they_answer_our_mail_from_their_address() {
    let world = World::new().await;
    let ours = world.letters(world.ana).await[0].letter.message_id.clone();
    let headers = |n: u8| format!("Message-ID: <{n}@x.example.org>\r\nIn-Reply-To: <{ours}>\r\n");
    let theirs = world.take(words(ANA, "scheduling@entente.test", &headers(1), "Could it be later?")).await;
    assert_eq!((theirs.outcome, theirs.participant), (Outcome::Answered, Some(world.ana)));
    let stranger = world.take(words(STRANGER, "scheduling@entente.test", &headers(2), "Me too?")).await;
    assert_eq!((stranger.outcome, stranger.participant), (Outcome::Ignored, None));
    let unknown = world.take(words(STRANGER, "scheduling@entente.test", "", "Buy this")).await;
    assert_eq!((unknown.outcome, unknown.meeting), (Outcome::Ignored, None));
}

#[tokio::test]
async fn words_of_a_list_a_machine_or_ourselves_are_never_answered() {
    let world = World::new().await;
    let organizer = world.organizer().await;
    for (n, (from, headers)) in [
        (ANA, "List-Id: <all.example.org>\r\n"),
        (ANA, "Precedence: bulk\r\n"),
        (ANA, "Return-Path: <>\r\n"),
        ("mailer-daemon@example.org", ""),
        (organizer.as_str(), ""),
        ("scheduling@entente.test", ""),
    ]
    .iter()
    .enumerate()
    {
        let raw = words(
            from,
            &organizer,
            &format!("Message-ID: <{n}@x.example.org>\r\n{headers}"),
            "Can we do 3pm?",
        );
        let taken = world.take(raw).await;
        assert_eq!(taken.outcome, Outcome::Ignored, "{from} {headers} {}", taken.reason);
    }
    assert_eq!(world.count(world.ana, "auto-answer").await, 0);
}

#[tokio::test]
async fn needs_confirmation_is_a_decline_without_proof_and_the_link_confirms_it() {
    let world = World::new().await;
    let raw = world
        .reply(|r| {
            r.partstat = "DECLINED";
            r.to = "scheduling@entente.test".to_owned();
        })
        .await;
    let taken = world.take(raw).await;
    assert_eq!(taken.outcome, Outcome::NeedsConfirmation, "{}", taken.reason);
    assert_eq!(
        world.kept(&taken).await.authenticity.as_deref(),
        Some("dmarc=unknown dkim=unknown, checked here")
    );
    assert_eq!((world.now().await.status, world.ana_says().await), (Status::Scheduled, "needs-action"));
    let letters = world.letters(world.ana).await;
    let confirm = letters.iter().find_map(|kept| match &kept.letter.says {
        Says::ConfirmReply { confirm, .. } => Some(*confirm),
        _ => None,
    });
    let url = links::url(&world.store.ground().keys, "", Purpose::Confirm, confirm.unwrap());
    let secret = url.split('=').next_back().unwrap().to_owned();
    let click = Actor::new(Who::Anyone, Road::Link, TRACE);
    world.store.write(move |cx| hold::confirm(cx, &click, &secret).map(drop)).await.unwrap();
    assert_eq!((world.now().await.status, world.ana_says().await), (Status::Cancelled, "declined"));
}

#[tokio::test]
async fn an_accept_without_proof_is_believed_because_it_binds_nobody_else() {
    let world = World::new().await;
    let raw = world.reply(|r| r.to = "scheduling@entente.test".to_owned()).await;
    let taken = world.take(raw).await;
    assert_eq!((taken.outcome, world.ana_says().await), (Outcome::Applied, "accepted"));
}

#[tokio::test]
async fn a_trusted_servers_word_stands_in_for_the_token_but_only_for_the_senders_own_address() {
    let mut config = entente::config::Config::default();
    let imap =
        entente::config::Imap { trusted_authserv_id: "mx.entente.test".to_owned(), ..Default::default() };
    config.mail.imap = Some(imap);
    let cases = [
        ("mx.entente.test; dmarc=pass header.from=example.org", ANA, Outcome::Applied),
        ("mx.entente.test; dmarc=fail header.from=example.org", ANA, Outcome::NeedsConfirmation),
        ("mx.elsewhere.example.net; dmarc=pass", ANA, Outcome::NeedsConfirmation),
        // Authenticated, and somebody else: naming Ana as ATTENDEE proves nothing.
        (
            "mx.entente.test; dmarc=pass header.from=elsewhere.example.net",
            STRANGER,
            Outcome::NeedsConfirmation,
        ),
    ];
    for (result, from, outcome) in cases {
        let world = World::configured(house(), None, &config).await;
        let raw = world
            .reply(|r| {
                r.partstat = "DECLINED";
                from.clone_into(&mut r.from);
                r.to = "scheduling@entente.test".to_owned();
                r.headers = format!("Authentication-Results: {result}\r\n");
            })
            .await;
        let taken = world.take(raw).await;
        assert_eq!(taken.outcome, outcome, "{result} {}", taken.reason);
    }
}

#[tokio::test]
async fn a_forwarded_invitation_changes_nothing_until_the_participant_says_it_was_them() {
    let world = World::new().await;
    let stranger = |id: &'static str, partstat: &'static str| {
        world.reply(move |r| {
            STRANGER.clone_into(&mut r.from);
            STRANGER.clone_into(&mut r.attendee);
            (r.partstat, r.id) = (partstat, id.to_owned());
        })
    };
    let taken = world.take(stranger("f1@elsewhere.example.net", "DECLINED").await).await;
    assert_eq!(taken.outcome, Outcome::NeedsConfirmation, "{}", taken.reason);
    assert_eq!((world.now().await.status, world.ana_says().await), (Status::Scheduled, "needs-action"));
    let letters = world.letters(world.ana).await;
    let asked = letters.iter().find_map(|kept| match &kept.letter.says {
        Says::ConfirmReply { from_elsewhere, .. } => Some(*from_elsewhere),
        _ => None,
    });
    assert_eq!(asked, Some(true));
    assert_eq!(world.count(world.ben, "confirm-reply").await, 0);
}

#[tokio::test]
async fn an_alias_is_the_participant_if_one_of_the_addresses_is_theirs() {
    for (from, attendee) in [(STRANGER, ANA), (ANA, STRANGER), (ANA, "")] {
        let world = World::new().await;
        let raw = world
            .reply(|r| {
                from.clone_into(&mut r.from);
                attendee.clone_into(&mut r.attendee);
            })
            .await;
        let taken = world.take(raw).await;
        let says = if attendee.is_empty() { Outcome::Ignored } else { Outcome::Applied };
        assert_eq!((taken.outcome, taken.participant), (says, Some(world.ana)), "{from} {attendee}");
    }
}

#[tokio::test]
async fn a_strangers_reply_without_the_token_is_ignored_and_said_so() {
    let world = World::new().await;
    let raw = world
        .reply(|r| {
            STRANGER.clone_into(&mut r.from);
            STRANGER.clone_into(&mut r.attendee);
            (r.partstat, r.to) = ("DECLINED", "scheduling@entente.test".to_owned());
        })
        .await;
    let taken = world.take(raw).await;
    assert_eq!((taken.outcome, taken.meeting), (Outcome::Ignored, Some(world.meeting)));
    assert!(taken.reason.contains("not a participant"), "{}", taken.reason);
}

#[tokio::test]
async fn a_token_for_one_meeting_answers_no_other() {
    let world = World::new().await;
    let raw = world.reply(|r| r.uid = "something-else@example.org".to_owned()).await;
    assert_eq!(world.take(raw).await.outcome, Outcome::Ignored);
    assert_eq!(world.ana_says().await, "needs-action");
}

#[tokio::test]
async fn invitations_and_cancellations_from_outside_are_ignored_and_said_so() {
    for method in ["REQUEST", "CANCEL", "PUBLISH", "ADD", "DECLINECOUNTER", "SURPRISE"] {
        let world = World::new().await;
        let taken = world.take(world.reply(|r| r.method = method).await).await;
        assert_eq!((taken.outcome, taken.meeting), (Outcome::Ignored, Some(world.meeting)), "{method}");
        assert!(taken.reason.contains("from outside"), "{}", taken.reason);
        assert_eq!(world.now().await.status, Status::Scheduled, "{method}");
    }
}

#[tokio::test]
async fn an_answer_to_a_meeting_that_is_over_or_cancelled_changes_nothing() {
    let world = World::new().await;
    world.clock.advance(10 * DAY);
    let taken = world.take(world.reply(|r| r.partstat = "DECLINED").await).await;
    assert_eq!((taken.outcome, world.now().await.status), (Outcome::Ignored, Status::Scheduled));
    let world = World::new().await;
    world.take(world.reply(|r| r.partstat = "DECLINED").await).await;
    let late = world.reply(|r| (r.id, r.sequence) = ("late@x.example.org".to_owned(), Some(1))).await;
    assert_eq!(world.take(late).await.outcome, Outcome::Ignored);
}

#[tokio::test]
async fn rejected_is_kept_all_the_same_and_counted() {
    let world = World::new().await;
    let oversize =
        [b"From: <a@example.org>\r\nSubject: x\r\n\r\n".to_vec(), vec![b'x'; 11 * 1024 * 1024]].concat();
    let cases = [
        (b"\x00\x01 not mail".to_vec(), "This is not a mail message."),
        (oversize, "bytes, 10485760 are taken."),
        (world.fixture("refused-two-meetings").await, "different UIDs"),
    ];
    let many = cases.len();
    for (raw, why) in cases {
        let taken = world.take(raw.clone()).await;
        assert_eq!(taken.outcome, Outcome::Rejected);
        assert!(taken.reason.contains(why), "{}", taken.reason);
        let kept = world.kept(&taken).await;
        assert_eq!(kept.size_bytes, i64::try_from(raw.len()).unwrap());
        let id = taken.id;
        let bytes = world.read(move |cx| entente::post::inbound::raw(cx, id)).await.unwrap();
        assert!(raw.starts_with(&bytes) && (bytes.len() == raw.len() || bytes.len() == 64 * 1024));
    }
    let since = world.clock.now().plus(-HOUR);
    let counted = world.read(move |cx| entente::journal::count_since(cx, "inbound.rejected", since)).await;
    assert_eq!(counted, i64::try_from(many).unwrap());
}

#[tokio::test]
async fn bounce_finds_its_letter_by_the_token_the_message_id_or_the_recipient() {
    let original = |id: &str| format!("Message-ID: <{id}>\r\n");
    for by in ["token", "id", "recipient"] {
        let world = World::new().await;
        let newest = world.letters(world.ana).await[0].letter.message_id.clone();
        let to = if by == "token" { world.organizer().await } else { "scheduling@entente.test".to_owned() };
        let returned = if by == "id" { original(&newest) } else { String::new() };
        let recipient = if by == "recipient" { ANA } else { "unknown@elsewhere.example.net" };
        let taken = world.take(dsn(&to, recipient, "failed", &returned)).await;
        assert_eq!((taken.outcome, taken.participant), (Outcome::Bounce, Some(world.ana)), "{by}");
        let meeting = world.now().await;
        let ana = meeting.participant(world.ana).unwrap();
        assert_eq!(ana.delivery.as_str(), "bounced", "{by}");
        assert_eq!(ana.delivery_detail.as_deref(), Some("there is no such mailbox (5.1.1)"), "{by}");
        assert_eq!(world.count(world.ben, "delivery-failed").await, 1, "{by}");
        assert_eq!(meeting.status, Status::Scheduled);
    }
}

#[tokio::test]
async fn a_delay_is_no_bounce_and_a_report_about_nothing_of_ours_is_ignored() {
    let world = World::new().await;
    let taken = world.take(dsn(&world.organizer().await, ANA, "delayed", "")).await;
    assert_eq!(taken.outcome, Outcome::Bounce);
    assert_eq!(world.now().await.participant(world.ana).unwrap().delivery.as_str(), "delayed");
    assert_eq!(world.count(world.ben, "delivery-failed").await, 0);
    let taken = world.take(dsn("scheduling@entente.test", STRANGER, "failed", "")).await;
    assert_eq!((taken.outcome, taken.meeting), (Outcome::Ignored, None));
}

#[tokio::test]
async fn a_complaint_ends_all_mail_to_its_sender_and_a_receipt_says_that_it_arrived() {
    for (kind, fields, delivery) in [
        ("feedback-report", "Feedback-Type: abuse\r\nVersion: 1", "sent"),
        ("disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed", "delivered"),
    ] {
        let world = World::new().await;
        let to = world.organizer().await;
        let raw = format!(
            "From: <reports@example.org>\r\nTo: <{to}>\r\nSubject: Report\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n\
             {fields}\r\n\r\n--b--\r\n"
        );
        let taken = world.take(raw).await;
        assert_eq!((taken.outcome, taken.participant), (Outcome::Bounce, Some(world.ana)), "{kind}");
        assert_eq!(world.now().await.participant(world.ana).unwrap().delivery.as_str(), delivery);
        let ana = crate::inbound_world::address(ANA);
        let is_over = world.read(move |cx| entente::post::suppress::is_suppressed(cx, &ana)).await;
        assert_eq!(is_over, kind == "feedback-report");
    }
}

#[tokio::test]
async fn a_bounce_that_returns_our_invitation_is_not_read_as_that_invitation() {
    let world = World::new().await;
    let inside = String::from_utf8(world.reply(|r| r.partstat = "DECLINED").await).unwrap();
    let raw = String::from_utf8(dsn(&world.organizer().await, ANA, "failed", "")).unwrap();
    let raw = raw.replace(
        "Content-Type: text/rfc822-headers\r\n\r\n",
        &format!("Content-Type: message/rfc822\r\n\r\n{inside}"),
    );
    let taken = world.take(raw.into_bytes()).await;
    assert_eq!((taken.outcome, world.now().await.status), (Outcome::Bounce, Status::Scheduled));
}

#[tokio::test]
async fn our_own_mail_that_comes_back_is_dropped() {
    let world = World::new().await;
    let ours = world.letters(world.ana).await[0].letter.message_id.clone();
    let raw = world
        .reply(|r| {
            (r.partstat, r.id) = ("DECLINED", ours);
            r.from = "list@elsewhere.example.net".to_owned();
        })
        .await;
    let taken = world.take(raw).await;
    assert_eq!((taken.outcome, taken.reason.as_str()), (Outcome::Ignored, "Our own mail came back to us."));
    assert_eq!(world.now().await.status, Status::Scheduled);
}

#[tokio::test]
async fn the_token_is_found_wherever_the_road_left_it_and_in_nobody_elses_mailbox() {
    let token = World::new().await.token(World::new().await.ana).await;
    let upper = token.to_ascii_uppercase();
    let plain = "scheduling@entente.test";
    let cases = [
        (format!("Delivered-To: scheduling+{token}@entente.test\r\n"), plain.to_owned(), true),
        (format!("X-Original-To: Scheduling+{upper}@Entente.test\r\n"), plain.to_owned(), true),
        (format!("Envelope-To: scheduling+{token}@entente.test\r\n"), plain.to_owned(), true),
        (format!("Cc: scheduling+{token}@entente.test\r\n"), plain.to_owned(), true),
        (String::new(), format!("other+{token}@entente.test"), false),
        (String::new(), format!("scheduling+{token}@elsewhere.example.net"), false),
    ];
    for (headers, to, is_found) in cases {
        // The same seed: the same token.
        let world = World::new().await;
        let raw =
            world.reply(|r| (r.partstat, r.headers, r.to) = ("DECLINED", headers.clone(), to.clone())).await;
        let expected = if is_found { Outcome::Applied } else { Outcome::NeedsConfirmation };
        assert_eq!(world.take(raw).await.outcome, expected, "{headers}{to}");
    }
    let world = World::new().await;
    let mut pushed = world.received(
        world.reply(|r| (r.partstat, r.to) = ("DECLINED", "undisclosed@example.org".to_owned())).await,
    );
    pushed.rcpt = Some(world.organizer().await);
    assert_eq!(world.intake.take(pushed).await.unwrap().outcome, Outcome::Applied);
}

#[tokio::test]
async fn no_row_and_no_letter_of_one_side_holds_the_others_address() {
    let world = World::new().await;
    let comment = format!("COMMENT:write to {ANA} or mailto:{ANA}\r\n");
    let counter = world
        .reply(|r| {
            (r.method, r.partstat, r.lines) = ("COUNTER", "TENTATIVE", comment);
            (r.start, r.end) = ("20261126T140000Z", "20261126T144500Z");
            r.headers = format!("X-Note: {ANA}\r\n");
        })
        .await;
    let taken = world.take(counter).await;
    assert_eq!(taken.outcome, Outcome::Proposal);
    world.take(dsn(&world.organizer().await, ANA, "failed", "")).await;
    for kept in world.letters(world.ben).await {
        let says = serde_json::to_string(&kept.letter.says).unwrap();
        assert!(!says.contains("ana.guest"), "{says}");
        assert!(kept.detail.is_none_or(|detail| !detail.contains("ana.guest")));
    }
    let kept = world.kept(&taken).await;
    assert!(!format!("{} {:?}", kept.reason, kept.detail).contains("ana.guest"));
    assert_eq!(world.letters(world.ben).await.iter().filter(|kept| kept.state == State::Bounced).count(), 0);
    assert!(BEN.starts_with("ben.host"));
}

/// A delivery report as Postfix writes it.
pub(crate) fn dsn(to: &str, recipient: &str, action: &str, returned: &str) -> Vec<u8> {
    let status = if action == "delayed" { "4.4.1" } else { "5.1.1" };
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.org\r\nTo: <{to}>\r\nSubject: Undelivered Mail\r\n\
         Message-ID: <{action}.{recipient}>\r\nDate: Fri, 20 Nov 2026 10:12:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nCould not be delivered to {recipient}.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}Subject: Practice Session\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}
