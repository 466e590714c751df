//! Messages in the organizer's mailbox: whose they are, what is believed, what is held.

use super::*;

const LATER: Timestamp = START.plus(DAY);

fn world_of_ben() -> (World, Meeting, Participant) {
    let (world, meeting) = World::of(&["ben@example.org"]);
    let ben = world.participant(meeting.id, "ben@example.org");
    (world, meeting, ben)
}

/// The secret that confirms the newest held reply of an address.
fn confirm_link(world: &World, email: &str) -> String {
    let Says::ConfirmReply { confirm, .. } = world.newest(email, "confirm-reply").letter.says else {
        panic!("they are asked")
    };
    world.secret(Purpose::Confirm, confirm)
}

fn confirm(world: &World, secret: &str) -> Result<hold::HeldReply> {
    let secret = secret.to_owned();
    world.town.write(move |cx| hold::confirm(cx, &anyone(), &secret))
}

#[test]
fn the_token_tells_whose_a_reply_is_in_any_case_and_without_a_sender() {
    let (world, meeting, ben) = world_of_ben();
    let mut sender = world.sender("ben@example.org", Some(&ben));
    sender.addresses.clear();
    sender.tokens[0] = sender.tokens[0].to_uppercase();
    let mut nameless = world.answer(&meeting, "ben@example.org", PartStat::Accepted);
    nameless.attendees[0].address = None;
    let verdict = world.take(&sender, &nameless);
    assert_eq!((verdict.outcome, verdict.participant), (Outcome::Applied, Some(ben.id)));
    let known = world.town.read(|cx| super::super::incoming::by_token(cx, &sender.tokens[0]));
    assert_eq!(known, Some((meeting.id, ben.id)));
}

#[test]
fn another_spelling_of_the_mailbox_is_theirs_too() {
    let (world, meeting, ben) = world_of_ben();
    let sender = world.sender("BEN+work@example.org", Some(&ben));
    let message = world.answer(&meeting, "ben+work@example.org", PartStat::Accepted);
    assert_eq!(world.take(&sender, &message).outcome, Outcome::Applied);
}

#[test]
fn a_reply_without_token_is_its_attendee_s_and_then_its_sender_s() {
    let (world, meeting, ben) = world_of_ben();
    let by_attendee = world.answer(&meeting, "ben@example.org", PartStat::Accepted);
    let verdict = world.take(&world.sender("eve@example.net", None), &by_attendee);
    assert_eq!((verdict.outcome, verdict.participant), (Outcome::Applied, Some(ben.id)));
    let mut by_sender = world.answer(&meeting, "ben@example.org", PartStat::Tentative);
    by_sender.attendees.clear();
    let verdict = world.take(&world.sender("ben@example.org", None), &by_sender);
    assert_eq!(verdict.participant, Some(ben.id));
}

#[test]
fn forwarded_invites_a_third_party_s_reply_changes_nothing() {
    let (world, meeting, ben) = world_of_ben();
    let eve = world.answer(&meeting, "eve@example.net", PartStat::Declined);
    let stranger = world.take(&world.sender("eve@example.net", None), &eve);
    assert_eq!((stranger.outcome, stranger.participant), (Outcome::Ignored, None));
    let held = world.take(&world.sender("eve@example.net", Some(&ben)), &eve);
    assert_eq!(held.outcome, Outcome::NeedsConfirmation);
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
    let asked = world.newest("ben@example.org", "confirm-reply");
    assert!(matches!(asked.letter.says, Says::ConfirmReply { from_elsewhere: true, .. }));
    assert!(!serde_json::to_string(&asked.letter).unwrap().contains("eve@"));
}

#[test]
fn a_forwarded_reply_that_would_change_nothing_asks_nobody() {
    let (world, before, ben) = world_of_ben();
    let eve = |partstat| world.answer(&before, "eve@example.net", partstat);
    let sender = world.sender("eve@example.net", Some(&ben));
    assert_eq!(world.take(&sender, &eve(PartStat::NeedsAction)).outcome, Outcome::Ignored);
    world.reply(&before, "ben@example.org", PartStat::Accepted);
    assert_eq!(world.take(&sender, &eve(PartStat::Accepted)).outcome, Outcome::Duplicate);
    world.move_by(before.id, DAY).unwrap();
    assert_eq!(world.take(&sender, &eve(PartStat::Declined)).outcome, Outcome::Stale);
    assert!(!world.kinds_to("ben@example.org").contains(&"confirm-reply"));
}

#[test]
fn once_confirmed_the_other_address_is_an_alias_and_stays_private() {
    let (world, meeting, ben) = world_of_ben();
    let sender = world.sender("ben@elsewhere.example", Some(&ben));
    let accept = world.answer(&meeting, "ben@elsewhere.example", PartStat::Accepted);
    assert_eq!(world.take(&sender, &accept).outcome, Outcome::NeedsConfirmation);
    let link = confirm_link(&world, "ben@example.org");
    let opened = world.town.read(|cx| hold::open(cx, &link));
    assert!(!opened.confirmed && !opened.outdated);
    assert_eq!(world.participant(meeting.id, "ben@example.org").partstat, PartStat::NeedsAction);
    for _ in 0..2 {
        assert!(confirm(&world, &link).unwrap().confirmed);
    }
    assert_eq!(world.participant(meeting.id, "ben@example.org").partstat, PartStat::Accepted);
    world.town.clock.advance(MINUTE);
    let tentative = world.answer(&meeting, "ben@elsewhere.example", PartStat::Tentative);
    let sender = world.sender("ben@elsewhere.example", Some(&ben));
    assert_eq!(world.take(&sender, &tentative).outcome, Outcome::Applied);
    // Without the token it is still known whose it is.
    let verdict = world.take(&world.sender("ben@elsewhere.example", None), &tentative);
    assert_eq!(verdict.participant, Some(ben.id));
    let shown = world.town.read(|cx| see(cx, &operator(), meeting.id));
    assert!(!format!("{:?}", shown.meeting).contains("elsewhere"));
    let others = world.town.read(|cx| addresses_of_others(cx, &meeting, Some(meeting.participants[0].id)));
    assert!(others.iter().any(|one| one.as_str() == "ben@elsewhere.example"));
}

#[test]
fn another_participant_s_address_never_becomes_an_alias() {
    let (world, meeting, ben) = world_of_ben();
    let sender = world.sender("ana@example.org", Some(&ben));
    let message = world.answer(&meeting, "ana@example.org", PartStat::Accepted);
    assert_eq!(world.take(&sender, &message).outcome, Outcome::NeedsConfirmation);
    confirm(&world, &confirm_link(&world, "ben@example.org")).unwrap();
    let declines = world.answer(&meeting, "ana@example.org", PartStat::Declined);
    assert_eq!(world.take(&sender, &declines).outcome, Outcome::NeedsConfirmation);
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
}

#[test]
fn a_decline_without_proof_that_would_cancel_is_held_until_it_is_confirmed() {
    let (world, meeting, _) = world_of_ben();
    let decline = world.answer(&meeting, "ben@example.org", PartStat::Declined);
    let verdict = world.take(&world.sender("ben@example.org", None), &decline);
    assert_eq!(verdict.outcome, Outcome::NeedsConfirmation);
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
    assert!(world.story(meeting.id).contains(&"reply.held".to_owned()));
    confirm(&world, &confirm_link(&world, "ben@example.org")).unwrap();
    assert_eq!(world.load(meeting.id).status, Status::Cancelled);
}

#[test]
fn an_authenticated_sender_is_believed_for_their_own_address_only() {
    let (world, meeting, _) = world_of_ben();
    let decline = world.answer(&meeting, "ben@example.org", PartStat::Declined);
    let mut eve = world.sender("eve@example.net", None);
    eve.authenticated = true;
    eve.addresses.push(address("ben@example.org"));
    assert_eq!(world.take(&eve, &decline).outcome, Outcome::NeedsConfirmation);
    let mut ben = world.sender("ben@example.org", None);
    ben.authenticated = true;
    assert_eq!(world.take(&ben, &decline).outcome, Outcome::Applied);
    assert_eq!(world.load(meeting.id).status, Status::Cancelled);
}

#[test]
fn a_held_reply_is_of_no_use_once_the_meeting_has_changed_or_its_link_expired() {
    let hold_one = || {
        let (world, meeting, _) = world_of_ben();
        let decline = world.answer(&meeting, "ben@example.org", PartStat::Declined);
        world.take(&world.sender("ben@example.org", None), &decline);
        let link = confirm_link(&world, "ben@example.org");
        (world, meeting, link)
    };
    let (world, meeting, link) = hold_one();
    world.move_by(meeting.id, DAY).unwrap();
    assert!(world.town.read(|cx| hold::open(cx, &link)).outdated);
    assert_eq!(code(confirm(&world, &link)), "meeting.revised");
    let (world, meeting, link) = hold_one();
    world.town.clock.advance(48 * HOUR);
    assert_eq!(code(confirm(&world, &link)), "link.expired");
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
    world.town.clock.advance(31 * DAY);
    assert_eq!(world.town.write(|cx| delete_ended(cx)).unwrap(), 1);
    assert_eq!(code(confirm(&world, &link)), "not-found");
}

#[test]
fn a_participant_is_asked_so_often_a_day_and_not_at_all_if_they_want_no_mail() {
    let (world, meeting, _) = world_of_ben();
    let decline = world.answer(&meeting, "ben@example.org", PartStat::Declined);
    let take = || world.take(&world.sender("ben@example.org", None), &decline).outcome;
    assert_eq!([take(), take(), take()], [Outcome::NeedsConfirmation; 3]);
    assert_eq!(take(), Outcome::Ignored);
    world.town.clock.advance(DAY);
    let about = world.about_you("ben@example.org");
    world.town.write(move |cx| about_you::set_suppressed(cx, &anyone(), &about, true)).unwrap();
    assert_eq!(take(), Outcome::Ignored);
}

#[test]
fn a_counter_is_a_proposal_also_when_it_says_declined() {
    for partstat in [PartStat::Tentative, PartStat::Declined, PartStat::NeedsAction] {
        let (world, meeting, ben) = world_of_ben();
        let mut counter = world.counter(&meeting, "ben@example.org", LATER);
        counter.attendees[0].partstat = Some(partstat);
        counter.comment = Some("Ask ben@example.org".to_owned());
        let verdict = world.take(&world.sender("ben@example.org", Some(&ben)), &counter);
        assert_eq!(verdict.outcome, Outcome::Proposal, "{}", verdict.reason);
        let proposal = world.town.read(|cx| see(cx, &operator(), meeting.id)).proposals.remove(0).proposal;
        assert_eq!((proposal.road.as_str(), proposal.start), ("counter", LATER));
        assert_eq!(proposal.note, "Ask [address removed]");
        world.decline("ana@example.org").unwrap();
        let told = world.newest("ben@example.org", "proposal-outcome");
        assert!(matches!(told.letter.says, Says::ProposalOutcome { counter: true, .. }));
        assert_eq!(world.load(meeting.id).sequence, 0);
    }
}

#[test]
fn a_counter_that_changes_nothing_or_names_the_past_is_a_plain_answer() {
    for start in [START, NOW.plus(-DAY)] {
        let (world, meeting, ben) = world_of_ben();
        let counter = world.counter(&meeting, "ben@example.org", start);
        let verdict = world.take(&world.sender("ben@example.org", Some(&ben)), &counter);
        assert_eq!(verdict.outcome, Outcome::Applied);
        assert_eq!(world.participant(meeting.id, "ben@example.org").partstat, PartStat::Tentative);
    }
}

#[test]
fn a_counter_from_an_unproven_sender_is_held_and_becomes_a_proposal_when_confirmed() {
    let (world, meeting, _) = world_of_ben();
    let counter = world.counter(&meeting, "ben@example.org", LATER);
    let verdict = world.take(&world.sender("ben@example.org", None), &counter);
    assert_eq!(verdict.outcome, Outcome::NeedsConfirmation);
    assert!(world.town.read(|cx| see(cx, &operator(), meeting.id)).proposals.is_empty());
    let asked = world.newest("ben@example.org", "confirm-reply");
    assert!(matches!(asked.letter.says, Says::ConfirmReply { asked: Some(_), .. }));
    confirm(&world, &confirm_link(&world, "ben@example.org")).unwrap();
    assert_eq!(world.approve("ana@example.org").unwrap(), Decided::Moved);
    assert_eq!(world.load(meeting.id).start, LATER);
}

#[test]
fn a_counter_to_an_earlier_time_is_stale_and_one_to_a_cancelled_meeting_ignored() {
    let (world, before, ben) = world_of_ben();
    world.move_by(before.id, DAY).unwrap();
    let counter = world.counter(&before, "ben@example.org", LATER.plus(DAY));
    let sender = world.sender("ben@example.org", Some(&ben));
    assert_eq!(world.take(&sender, &counter).outcome, Outcome::Stale);
    world.cancel(before.id);
    let counter = world.counter(&world.load(before.id), "ben@example.org", LATER.plus(DAY));
    assert_eq!(world.take(&sender, &counter).outcome, Outcome::Ignored);
}

#[test]
fn refresh_sends_the_present_event_to_that_attendee_alone() {
    let (world, meeting, ben) = world_of_ben();
    let refresh = message(Method::Refresh, &meeting, "ben@example.org", None, world.now());
    let sender = world.sender("ben@example.org", Some(&ben));
    for edition in 1..=5 {
        assert_eq!(world.take(&sender, &refresh).outcome, Outcome::Refresh);
        let left = world.deliver();
        assert_eq!(left.len(), 1);
        let event = left[0].letter.says.event().unwrap();
        assert_eq!((event.sequence, event.edition), (0, edition));
        assert_eq!(left[0].letter.reader.address, "ben@example.org");
    }
    assert_eq!(world.take(&sender, &refresh).outcome, Outcome::Ignored, "so often a day");
    let eve = world.sender("eve@example.net", Some(&ben));
    let mut forwarded = refresh.clone();
    forwarded.attendees[0].address = Some(address("eve@example.net"));
    assert_eq!(world.take(&eve, &forwarded).outcome, Outcome::Ignored);
}

#[test]
fn what_only_an_organizer_sends_is_not_ours_to_apply() {
    let (world, meeting, ben) = world_of_ben();
    let methods = [Method::Request, Method::Cancel, Method::Publish, Method::Add, Method::DeclineCounter];
    for method in methods.into_iter().chain([Method::Other("X".to_owned())]) {
        let message = message(method, &meeting, "ben@example.org", Some(PartStat::Declined), world.now());
        let verdict = world.take(&world.sender("ben@example.org", Some(&ben)), &message);
        assert_eq!(verdict.outcome, Outcome::Ignored);
    }
    assert_eq!(world.load(meeting.id).status, Status::Scheduled);
}

#[test]
fn a_uid_is_ours_in_any_case_and_another_meeting_s_token_proves_nothing() {
    let (world, meeting, ben) = world_of_ben();
    let mut shouted = world.answer(&meeting, "ben@example.org", PartStat::Accepted);
    shouted.uid = format!(" {}", meeting.uid.to_uppercase());
    assert_eq!(world.take(&world.sender("ben@example.org", None), &shouted).outcome, Outcome::Applied);
    let other = world.make(&tea(&["ben@example.org"]));
    let of_other = world.answer(&other, "ben@example.org", PartStat::Declined);
    let verdict = world.take(&world.sender("ben@example.org", Some(&ben)), &of_other);
    assert_eq!(verdict.outcome, Outcome::Ignored);
    let mut unknown = of_other;
    unknown.uid = "nobody@example.net".to_owned();
    let verdict = world.take(&world.sender("ben@example.org", None), &unknown);
    assert_eq!((verdict.outcome, verdict.meeting), (Outcome::Ignored, None));
}

#[test]
fn one_occurrence_a_failure_and_silence_change_nothing() {
    let (world, meeting, ben) = world_of_ben();
    let sender = world.sender("ben@example.org", Some(&ben));
    let mut occurrence = world.answer(&meeting, "ben@example.org", PartStat::Declined);
    occurrence.recurrence_id = Some(Moment::At(START.plus(DAY)));
    let mut failure = world.answer(&meeting, "ben@example.org", PartStat::Declined);
    failure.request_status = vec![itip::RequestStatus { code: "5.1".to_owned(), text: String::new() }];
    let silence = message(Method::Reply, &meeting, "ben@example.org", None, world.now());
    for message in [occurrence.clone(), failure, silence] {
        assert_eq!(world.take(&sender, &message).outcome, Outcome::Ignored);
    }
    occurrence.recurrence_id = Some(Moment::At(START));
    assert_eq!(world.take(&sender, &occurrence).outcome, Outcome::Applied);
}

#[test]
fn non_calendar_replies_are_answered_once_per_thread_with_the_time_found_in_them() {
    let (world, meeting, ben) = world_of_ben();
    let say = |text: &'static str, thread: &'static str| {
        let (meeting, id) = (meeting.clone(), ben.id);
        world
            .town
            .write(move |cx| {
                let words = super::super::incoming::Words { text, message_id: None, thread };
                super::super::incoming::words(cx, &mail(), &meeting, id, &words)
            })
            .unwrap()
            .outcome
    };
    assert_eq!(say("Can we do 2027-01-25 at 15:00?", "thread 1"), Outcome::Answered);
    let Says::AutoAnswer { found: Some((start, _)), .. } =
        world.newest("ben@example.org", "auto-answer").letter.says
    else {
        panic!("a time was found")
    };
    let opened = world.open(&world.respond("ben@example.org")).unwrap();
    assert_eq!(opened.suggested.map(|(start, _)| start.ms()), Some(start));
    assert_eq!(say("And?", "thread 1"), Outcome::Ignored);
    assert_eq!(say("Hello", "thread 2"), Outcome::Answered);
    assert_eq!(say("Hello", "thread 3"), Outcome::Ignored, "so often a day");
    world.cancel(meeting.id);
    let cancelled = world.load(meeting.id);
    let id = ben.id;
    let outcome = world.town.write(move |cx| {
        let words = super::super::incoming::Words { text: "?", message_id: None, thread: "4" };
        super::super::incoming::words(cx, &mail(), &cancelled, id, &words)
    });
    assert_eq!(outcome.unwrap().outcome, Outcome::Ignored);
}

#[test]
fn without_tokens_the_attendee_is_told_by_address() {
    let world = World::with(|house| house.subaddress = crate::base::house::Subaddress::Off);
    let meeting = world.make(&tea(&["ben@example.org"]));
    assert_eq!(meeting.token_mode, letter::TokenMode::Off);
    world.deliver();
    let accept = world.answer(&meeting, "ben@example.org", PartStat::Accepted);
    assert_eq!(world.take(&world.sender("ben@example.org", None), &accept).outcome, Outcome::Applied);
}
