//! What is mailed: at once, after quiet hours, with the digest, never; and never twice.

use super::*;
use crate::base::hours::Window;
use crate::base::text;
use crate::links;
use crate::post::suppress;

/// 23:00 in Paris on the day the tests begin.
const LATE: Timestamp = NOW.plus(14 * HOUR);

#[test]
fn a_letter_of_quiet_hours_leaves_when_they_end_and_holds_no_other_up() {
    let world = World::new();
    world.choose(BEN, |chosen| chosen.quiet = Window::parse("22:00-07:00"));
    world.go_to(LATE);
    world.connection("connection.invited", ANA, BEN);
    let morning = NOW.plus(22 * HOUR);
    assert_eq!(world.letters("notice"), [(BEN.to_owned(), morning)]);
    assert!(world.deliver().is_empty(), "it is not due");
    world.meeting_at(NOW.plus(9 * DAY));
    let waiting = world.town.letters().into_iter().filter(|kept| kept.state == State::Queued).count();
    assert_eq!(waiting, 1, "the invitation has left before it");
    world.go_to(morning);
    let sent = world.deliver();
    assert_eq!(sent.len(), 1);
    assert!(matches!(&sent[0].letter.says, Says::Notice { news, .. } if news.kind == "connection.invited"));
}

#[test]
fn what_its_reader_knows_or_is_no_longer_so_is_not_mailed_after_quiet_hours() {
    let world = World::new();
    world.choose(BEN, |chosen| chosen.quiet = Window::parse("22:00-07:00"));
    world.go_to(LATE);
    let waiting = || {
        let letters = world.town.letters();
        letters
            .iter()
            .filter(|kept| kept.letter.says.kind() == "notice" && kept.state == State::Queued)
            .count()
    };
    for end in 0..4 {
        world.connection("connection.invited", ANA, BEN);
        assert_eq!(waiting(), 1, "{end}");
        let (who, ana) = (world.actor(BEN), world.user(ANA).id);
        match end {
            0 => {
                let id = world.shown(BEN).pop().unwrap().notice.id;
                world.write(move |cx| mark_read(cx, &who, id).map(drop));
            }
            1 => drop(world.write(move |cx| mark_all(cx, &who, None).map(|_| String::new()))),
            2 => world.connection("connection.withdrawn", ANA, BEN),
            _ => world.write(move |cx| erase(cx, ana)),
        }
        assert_eq!(waiting(), 0, "{end}");
    }
    world.go_to(NOW.plus(23 * HOUR));
    assert!(world.deliver().is_empty());
}

#[test]
fn what_has_left_holds_nobody_elses_name_any_more() {
    let world = World::new();
    world.connection("connection.invited", ANA, BEN);
    let names = |world: &World| {
        let letter = world.town.letters().remove(0).letter;
        let Says::Notice { news, .. } = letter.says else { panic!("it is a notice") };
        news.faces.len()
    };
    assert_eq!(names(&world), 1);
    world.deliver();
    assert_eq!(names(&world), 0);
}

#[test]
fn the_digest_has_what_is_unread_once_and_comes_on_days_with_something_new() {
    let world = World::new();
    world.choose(ANA, |chosen| {
        chosen.mail.insert(Kind::MeetingAnswered, Mail::Daily);
    });
    let meeting = world.meeting();
    world.answer(meeting.id, BEN, PartStat::Tentative);
    world.answer(meeting.id, BEN, PartStat::Accepted);
    let (who, first) = (world.actor(ANA), world.shown(ANA)[0].notice.id);
    world.write(move |cx| mark_read(cx, &who, first).map(drop));
    assert!(world.letters("digest").is_empty());
    // 08:00 in Paris is 07:00 UTC; it is 08:00 UTC now.
    world.go_to(NOW.plus(23 * HOUR));
    let digests: Vec<Kept> =
        world.town.letters().into_iter().filter(|kept| kept.letter.says.kind() == "digest").collect();
    assert_eq!(digests.len(), 1);
    let Says::Digest { news, more } = &digests[0].letter.says else { panic!("it is a digest") };
    let sentences: Vec<_> = news.iter().map(sentence).collect();
    assert_eq!((sentences, *more), (vec!["Ben accepted Tea.".to_owned()], 0));
    world.go_to(NOW.plus(3 * DAY));
    assert_eq!(world.letters("digest").len(), 1, "nothing new came");
    world.answer(meeting.id, BEN, PartStat::Tentative);
    world.go_to(NOW.plus(4 * DAY));
    assert_eq!(world.letters("digest").len(), 2);
}

#[test]
fn a_second_digest_of_one_day_waits_for_the_next() {
    let world = World::new();
    world.choose(ANA, |chosen| {
        chosen.mail.insert(Kind::MeetingAnswered, Mail::Daily);
    });
    let meeting = world.meeting();
    world.answer(meeting.id, BEN, PartStat::Tentative);
    world.go_to(NOW.plus(23 * HOUR));
    world.answer(meeting.id, BEN, PartStat::Accepted);
    // Later on the same day, in Paris.
    world.choose(ANA, |chosen| chosen.digest_at = 12 * 60);
    world.go_to(NOW.plus(30 * HOUR));
    assert_eq!(world.letters("digest").len(), 1);
    world.go_to(NOW.plus(52 * HOUR));
    let digests = world.letters("digest");
    assert_eq!(digests.len(), 2, "nothing is lost");
    assert_eq!(digests[1].1, NOW.plus(51 * HOUR));
}

#[test]
fn whoever_asked_never_to_be_written_to_has_notices_and_no_mail() {
    let world = World::new();
    world.write(|cx| {
        let ben: text::Address = address(BEN);
        suppress::suppress(cx, &links::address_hash(cx, &ben))
    });
    world.connection("connection.invited", ANA, BEN);
    assert_eq!(world.kinds(BEN), ["connection.invited"]);
    assert!(world.letters("notice").is_empty());
}

#[test]
fn what_cannot_be_chosen_is_named() {
    let world = World::new();
    let refused = |change: &dyn Fn(&mut Preferences)| {
        let who = world.actor(ANA);
        let mut chosen = Preferences::default();
        change(&mut chosen);
        match world.town.write(move |cx| set_preferences(cx, &who, &chosen)) {
            Err(crate::base::Error::Invalid { field, .. }) => field.into_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|it| it.quiet = Window::parse("00:00-24:00")), "quiet_hours");
    assert_eq!(refused(&|it| it.digest_at = 1_440), "digest_at");
    assert_eq!(refused(&|it| it.remind_minutes = Some(0)), "remind_minutes");
    assert_eq!(refused(&|it| it.remind_minutes = Some(10_081)), "remind_minutes");
}

#[test]
fn unread_ones_are_counted_and_marked_up_to_where_one_looked() {
    let world = World::new();
    let meeting = world.meeting();
    for partstat in [PartStat::Accepted, PartStat::Tentative, PartStat::Accepted] {
        world.answer(meeting.id, BEN, partstat);
    }
    let ana = world.user(ANA).id;
    let count = || world.town.read(|cx| unread(cx, ana));
    assert_eq!(count(), 3);
    let who = world.actor(ANA);
    let left = world.write(move |cx| mark_all(cx, &who, Some(2)));
    assert_eq!((left, count()), (1, 1));
    let (ben, id) = (world.actor(BEN), world.shown(ANA)[2].notice.id);
    assert!(world.town.write(move |cx| mark_read(cx, &ben, id)).is_err(), "it is not his");
    let (who, before) = (world.actor(ANA), world.town.read(|cx| turn(cx)));
    world.write(move |cx| mark_read(cx, &who, id).map(drop));
    assert_eq!(count(), 0);
    assert_eq!(world.town.read(|cx| changed_since(cx, before)).0, [ana]);
}

#[test]
fn a_program_sees_what_its_owner_chose_and_silences_nothing() {
    let world = World::new();
    let who = Who::Agent { id: AgentId::from_uuid(uuid::Uuid::nil()), user: world.user(ANA).id };
    let program = Actor::new(who, Road::Api, "t");
    let chosen = world.town.read(|cx| preferences(cx, &program));
    let (who, new) = (program.clone(), Preferences { remind_minutes: None, ..chosen.clone() });
    let refused = world.town.write(move |cx| set_preferences(cx, &who, &new));
    assert_eq!(refused.unwrap_err().code(), "denied");
    assert_eq!(world.town.read(|cx| preferences(cx, &program)), chosen);
}
