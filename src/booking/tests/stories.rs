//! A guest asks, confirms, and is booked, asked about, declined, or too late.

use super::*;

#[test]
fn a_guest_confirms_and_both_are_invited() {
    let (world, link) = World::offering(NewLink { title: "A chat".to_owned(), ..link() });
    let Requested::Asked { until, id } = world.ask(ROBIN, "2027-01-18T09:00:00Z").unwrap() else { panic!() };
    assert_eq!(until, NOW.plus(30 * MINUTE));
    assert_eq!((world.held(), world.kinds(ROBIN), world.kinds(ANA)), (1, vec!["booking-confirm"], vec![]));
    let opened = world.confirm(ROBIN).unwrap();
    assert_eq!((opened.booking.id, opened.booking.state), (id, BookingState::Booked));
    assert_eq!(world.held(), 0, "the meeting takes the time now");
    let meeting = world.town.read(|cx| meetings::load(cx, opened.booking.meeting.unwrap()));
    assert_eq!((meeting.title.as_str(), meeting.owner), ("A chat", Some(link.user)));
    assert_eq!(meeting.participants[0].address, address(ANA));
    assert_eq!(
        (meeting.participants[1].name.as_str(), meeting.participants[1].zone),
        ("Robin", Some(zone("America/New_York")))
    );
    assert_eq!(
        (world.kinds(ROBIN), world.kinds(ANA)),
        (vec!["booking-confirm", "invitation"], vec!["invitation"])
    );
    // The guest did it, by the link of the letter: not the host, whose meeting it is.
    assert!(world.told(&meeting.id).iter().all(|(_, actor)| actor == "anyone"));
    let kinds: Vec<String> = world.told(&id).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["booking.requested", "booking.booked"]);
    let owner = world.ana.clone();
    let seen = world.town.read(|cx| meetings::see(cx, &owner, meeting.id));
    assert!(seen.may_manage);
    assert_eq!(seen.addresses[1], None, "the guest's address is not the host's to see");
    world.town.assert_journal_verifies();
}

#[test]
fn a_guest_who_confirmed_and_a_host_who_approved_have_accepted_and_are_not_nudged() {
    for confirmation in [Confirmation::ByHand, Confirmation::AtOnce] {
        let (world, _) = World::offering(NewLink { confirmation, ..link() });
        let booking = world.book(ROBIN, "2027-01-20T09:00:00Z");
        let who = world.ana.clone();
        let booking = match confirmation {
            Confirmation::ByHand => world.town.write(move |cx| approve(cx, &who, booking.id)).unwrap(),
            Confirmation::AtOnce => booking,
        };
        let meeting = world.town.read(|cx| meetings::load(cx, booking.meeting.unwrap()));
        assert!(meeting.participants.iter().all(|one| one.partstat.as_str() == "accepted"), "{meeting:?}");
        for email in [ANA, ROBIN] {
            let letters = world.letters_to(email);
            let Says::Invitation { event, .. } = &letters.last().unwrap().letter.says else { panic!() };
            assert_eq!(event.partstat, "accepted", "{email}");
            assert!(world.town.read(|cx| meetings::unanswered(cx, &meeting)).is_empty());
        }
    }
}

#[test]
fn the_second_press_is_answered_as_the_first() {
    let (world, _) = World::offering(link());
    let first = world.book(ROBIN, "2027-01-18T09:00:00Z");
    let second = world.confirm(ROBIN).unwrap().booking;
    assert_eq!((first.meeting, first.state), (second.meeting, second.state));
    assert_eq!(world.kinds(ANA), ["invitation"]);
}

#[test]
fn the_same_request_again_is_answered_as_the_first_and_writes_no_second_letter() {
    let (world, _) = World::offering(link());
    let ask = || match world.ask(ROBIN, "2027-01-18T09:00:00Z").unwrap() {
        Requested::Asked { id, .. } => id,
        other => panic!("{other:?}"),
    };
    assert_eq!(ask(), ask());
    assert_eq!((world.held(), world.kinds(ROBIN).len()), (1, 1));
}

#[test]
fn a_time_that_somebody_asked_for_is_taken_and_the_nearest_are_named() {
    let (world, _) = World::offering(link());
    world.ask(ROBIN, "2027-01-18T09:00:00Z").unwrap();
    let near = alternatives(world.ask(KIM, "2027-01-18T09:00:00Z").unwrap());
    assert_eq!(near[..3], ["2027-01-15T15:30:00Z", "2027-01-18T08:00:00Z", "2027-01-18T08:30:00Z"]);
    assert_eq!(near[3..], ["2027-01-18T09:30:00Z", "2027-01-18T10:00:00Z", "2027-01-18T10:30:00Z"]);
    assert_eq!((world.held(), world.kinds(KIM).len()), (1, 0), "nothing was kept of the second");
}

#[test]
fn a_hold_ends_by_the_clock_also_where_no_job_has_run() {
    let (world, _) = World::offering(link());
    let Requested::Asked { id, .. } = world.ask(ROBIN, "2027-01-18T09:00:00Z").unwrap() else { panic!() };
    world.town.clock.advance(30 * MINUTE);
    assert_eq!(world.booking(id).state_at(NOW.plus(30 * MINUTE)), BookingState::Expired);
    assert!(matches!(world.ask(KIM, "2027-01-18T09:00:00Z").unwrap(), Requested::Asked { .. }));
    let late = world.confirm(ROBIN).unwrap().booking;
    assert_eq!((late.state, late.meeting), (BookingState::Expired, None));
    assert_eq!(world.expire(), 1);
    assert_eq!(world.kinds(ROBIN), ["booking-confirm"], "whoever never confirmed is told nothing more");
    assert_eq!(world.booking(id).state, BookingState::Expired);
    assert_eq!(world.confirm(KIM).unwrap().booking.state, BookingState::Booked);
}

#[test]
fn by_hand_the_host_is_asked_and_approves() {
    let (world, link) = World::offering(NewLink { confirmation: Confirmation::ByHand, ..link() });
    let booking = world.book(ROBIN, "2027-01-20T09:00:00Z");
    assert_eq!((booking.state, booking.expires_at), (BookingState::Waiting, NOW.plus(48 * HOUR)));
    assert_eq!((world.held(), world.waiting().len()), (1, 1));
    assert!(matches!(world.ask(KIM, "2027-01-20T09:00:00Z").unwrap(), Requested::Taken { .. }));
    let who = world.ana.clone();
    let approve = move |cx: &mut Cx<'_>| approve(cx, &who, booking.id);
    let approved = world.town.write(approve.clone()).unwrap();
    assert_eq!((approved.state, world.held(), world.waiting().len()), (BookingState::Booked, 0, 0));
    assert_eq!(
        world.town.write(approve).unwrap().meeting,
        approved.meeting,
        "approved again as the first time"
    );
    assert_eq!(world.kinds(ROBIN), ["booking-confirm", "invitation"]);
    // The host's own yes made it.
    let actor = link.user.to_string();
    assert!(world.told(&approved.meeting.unwrap()).iter().all(|(_, by)| *by == actor));
}

#[test]
fn the_host_declines_and_the_guest_is_told() {
    let (world, _) = World::offering(NewLink { confirmation: Confirmation::ByHand, ..link() });
    let booking = world.book(ROBIN, "2027-01-20T09:00:00Z");
    let who = world.ana.clone();
    let decline = move |cx: &mut Cx<'_>| decline(cx, &who, booking.id, "Away. Ask ana@example.org");
    assert_eq!(world.town.write(decline.clone()).unwrap().state, BookingState::Declined);
    assert_eq!(world.town.write(decline).unwrap().state, BookingState::Declined);
    assert_eq!((world.held(), world.kinds(ROBIN)), (0, vec!["booking-confirm", "booking-ended"]));
    let Says::BookingEnded { words, path, .. } = &world.letters_to(ROBIN)[1].letter.says else { panic!() };
    assert_eq!((words.as_str(), path.as_str()), ("Away. Ask [address removed]", "/b/ana"));
    let who = world.ana.clone();
    let late = world.town.write(move |cx| approve(cx, &who, booking.id));
    assert_eq!(code(late), "booking.over");
}

#[test]
fn nobody_decides_in_time_and_the_guest_is_told() {
    let (world, _) = World::offering(NewLink { confirmation: Confirmation::ByHand, ..link() });
    let booking = world.book(ROBIN, "2027-01-20T09:00:00Z");
    world.town.clock.advance(48 * HOUR);
    assert_eq!((world.held(), world.waiting().len()), (0, 0), "it is over by the clock");
    assert_eq!(world.expire(), 1);
    assert_eq!(world.expire(), 0);
    assert_eq!(
        (world.booking(booking.id).state, world.kinds(ROBIN)),
        (BookingState::Expired, vec!["booking-confirm", "booking-ended"])
    );
}

#[test]
fn a_decision_is_awaited_no_longer_than_the_notice_lasts() {
    let by_hand = NewLink { confirmation: Confirmation::ByHand, notice_minutes: 120, ..link() };
    let (world, _) = World::offering(by_hand);
    let booking = world.book(ROBIN, "2027-01-15T14:00:00Z");
    assert_eq!(booking.expires_at, at("2027-01-15T12:00:00Z"));
}

#[test]
fn a_guest_takes_back_what_they_asked_for() {
    let (world, _) = World::offering(NewLink { confirmation: Confirmation::ByHand, ..link() });
    let booking = world.book(ROBIN, "2027-01-20T09:00:00Z");
    let secret = world.secret(ROBIN);
    let withdraw = move |cx: &mut Cx<'_>| withdraw(cx, &anyone(), &secret);
    assert_eq!(world.town.write(withdraw.clone()).unwrap().booking.state, BookingState::Withdrawn);
    assert_eq!(world.town.write(withdraw).unwrap().booking.state, BookingState::Withdrawn);
    assert_eq!((world.held(), world.waiting().len()), (0, 0));
    let who = world.ana.clone();
    assert_eq!(code(world.town.write(move |cx| approve(cx, &who, booking.id))), "booking.over");
}

#[test]
fn a_meeting_is_not_taken_back_but_declined() {
    let (world, _) = World::offering(link());
    world.book(ROBIN, "2027-01-18T09:00:00Z");
    let secret = world.secret(ROBIN);
    assert_eq!(code(world.town.write(move |cx| withdraw(cx, &anyone(), &secret))), "booking.over");
}

#[test]
fn a_browser_that_confirmed_once_confirms_without_a_letter_and_for_that_address_alone() {
    let (world, _) = World::offering(link());
    let first = world.book(ROBIN, "2027-01-18T09:00:00Z");
    let proof = world.town.read(|cx| Ok(proof(cx, &first.guest_hash)));
    let known = Visitor { proof: Some(proof.clone()), ..visitor("r") };
    let second = world.ask_as("Robin@Example.net", "2027-01-18T10:00:00Z", &known).unwrap();
    assert!(
        matches!(&second, Requested::Confirmed(opened) if opened.booking.state == BookingState::Booked),
        "{second:?}"
    );
    assert!(matches!(world.ask_as(KIM, "2027-01-18T11:00:00Z", &known).unwrap(), Requested::Asked { .. }));
    for forged in ["", "x", "a.b.c", &proof.replace('.', ".9"), &proof[..proof.len() - 1]] {
        let is_good = world.town.read(|cx| Ok(proven(cx, forged, &address(ROBIN))));
        assert!(!is_good, "{forged}");
    }
    world.town.clock.advance(PROOF_MS);
    assert!(!world.town.read(|cx| Ok(proven(cx, &proof, &address(ROBIN)))), "it counts for a while only");
}

#[test]
fn whoever_is_signed_in_needs_no_letter_for_their_own_address() {
    let (world, _) = World::offering(link());
    let ben = Visitor { account: Some(address("ben@example.org")), ..visitor("b") };
    let booked = world.ask_as("ben@example.org", "2027-01-18T09:00:00Z", &ben).unwrap();
    assert!(matches!(booked, Requested::Confirmed(_)));
    assert_eq!(world.kinds("ben@example.org"), ["invitation"]);
}

#[test]
fn nobody_meets_themselves_and_a_stranger_does_not_learn_whose_page_it_is() {
    let (world, _) = World::offering(link());
    // Whoever types the host's address is answered as for any other.
    assert!(matches!(world.ask(ANA, "2027-01-18T09:00:00Z").unwrap(), Requested::Asked { .. }));
    assert_eq!(code(world.confirm(ANA)), "booking.own");
    assert_eq!(
        world.town.read(|cx| cx.db.one("SELECT COUNT(*) AS n FROM meetings", &[], |row| row.get::<i64>("n"))),
        Some(0)
    );
}

#[test]
fn answers_are_asked_for_and_stand_in_the_invitation() {
    let question = |label: &str, required, long| Question { label: label.to_owned(), required, long };
    let questions = vec![question("What about?", true, true), question("Phone?", false, false)];
    let (world, _) = World::offering(NewLink { questions, description: "Bring notes.".to_owned(), ..link() });
    let request = |answers: &[&str]| Request {
        start: at("2027-01-18T09:00:00Z"),
        minutes: 30,
        name: "Robin".to_owned(),
        address: address(ROBIN),
        zone: Zone::UTC,
        answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
    };
    let refused = world.ask_with(request(&["", "1"]), &visitor("r")).unwrap_err();
    assert!(matches!(&refused, Error::Invalid { field, .. } if field == "answers[0]"), "{refused:?}");
    world.ask_with(request(&["The second\nmovement, says kim@example.com", ""]), &visitor("r")).unwrap();
    let meeting = world.confirm(ROBIN).unwrap().booking.meeting.unwrap();
    let meeting = world.town.read(|cx| meetings::load(cx, meeting));
    assert_eq!(
        meeting.description,
        "Bring notes.\n\nWhat about?\nThe second\nmovement, says [address removed]"
    );
}

#[test]
fn a_removed_link_declines_what_waits_and_keeps_what_is_booked() {
    let (world, link) = World::offering(NewLink { confirmation: Confirmation::ByHand, ..link() });
    let waits = world.book(ROBIN, "2027-01-20T09:00:00Z");
    world.ask(KIM, "2027-01-20T10:00:00Z").unwrap();
    let (who, id) = (world.ana.clone(), link.id);
    world.town.write(move |cx| remove(cx, &who, id)).unwrap();
    assert_eq!((world.held(), world.booking(waits.id).state), (0, BookingState::Declined));
    assert_eq!(world.kinds(ROBIN), ["booking-confirm", "booking-ended"]);
    assert_eq!(world.kinds(KIM), ["booking-confirm"]);
    assert_eq!(world.confirm(KIM).unwrap().booking.state, BookingState::Declined);
}
