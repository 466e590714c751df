//! Tests of the alerts: who is told of what, how often, and when no more.

use super::super::alert::FOLLOWER;
use super::super::{ended_alerts, open_alerts, watch};
use crate::accounts::{self, NewUser, Role};
use crate::base::actor::{Actor, Road, Who};
use crate::base::time::{HOUR, MINUTE};
use crate::journal::{self, Happening};
use crate::post::letter::Says;
use crate::post::tests::{Town, address};

const ADMINS: [&str; 2] = ["ana@example.org", "ben@example.org"];

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

/// A house with two administrators, a third who may not come in any more, and a member.
fn town() -> Town {
    let town = Town::with(|house| {
        house.alert_bounce_percent = 20;
        house.alert_parser_failures = 3;
        house.alert_invalid_links = 7;
    });
    let people = [
        (ADMINS[0], Role::Admin),
        (ADMINS[1], Role::Admin),
        ("gone@example.org", Role::Admin),
        ("kim@example.org", Role::Member),
    ];
    for (email, role) in people {
        town.write(move |cx| {
            let new = NewUser { address: address(email), name: "Alex".to_owned(), zone: None, role };
            let user = accounts::add(cx, &operator(), &new)?;
            if email == "gone@example.org" {
                accounts::disable(cx, &operator(), user.id)?;
            }
            Ok(())
        })
        .unwrap();
    }
    town
}

fn happened(town: &Town, kind: &'static str, times: u32) {
    town.write(move |cx| {
        for _ in 0..times {
            journal::append(cx, &Actor::house("t"), &Happening::of(kind))?;
        }
        Ok(())
    })
    .unwrap();
}

/// Looks at every rule, minute by minute.
fn watched(town: &Town, minutes: i64) {
    for _ in 0..minutes {
        town.clock.advance(MINUTE);
        town.write(|cx| watch(cx, &Actor::house("t"))).unwrap();
    }
}

/// Whom the alerts of this title went to.
fn told(town: &Town, title: &str) -> Vec<String> {
    let is_it = |says: &Says| matches!(says, Says::Alert { title: found, .. } if found == title);
    let letters = town.letters().into_iter().filter(|kept| is_it(&kept.letter.says));
    let mut told: Vec<_> = letters.map(|kept| kept.letter.reader.address).collect();
    told.sort();
    told
}

fn open(town: &Town) -> Vec<&'static str> {
    town.read(|cx| open_alerts(cx)).iter().map(|alert| alert.title).collect()
}

/// What goes wrong: what happens below the limit, the one that reaches it, and what is told of it.
type Trouble = (&'static [(&'static str, u32)], &'static str, &'static str);

const TROUBLES: [Trouble; 4] = [
    (&[("letter.sent", 10), ("letter.bounced", 1)], "letter.bounced", "Many mails come back"),
    // What could not be handed over counts as what came back does.
    (&[("letter.sent", 9), ("letter.failed", 1)], "letter.failed", "Many mails come back"),
    (&[("inbound.rejected", 2), ("inbound.applied", 50)], "inbound.rejected", "Many messages cannot be read"),
    (&[("link.invalid", 6)], "link.invalid", "Many links that do not exist are tried"),
];

#[test]
fn every_administrator_is_told_once_of_an_incident_and_again_of_the_next() {
    for (below, last, title) in TROUBLES {
        let town = town();
        let goes_wrong = || {
            for (kind, times) in below {
                happened(&town, kind, *times);
            }
            watched(&town, 3);
        };
        goes_wrong();
        assert!(told(&town, title).is_empty() && open(&town).is_empty(), "{title}: nothing below the limit");
        happened(&town, last, 1);
        watched(&town, 50);
        assert_eq!(told(&town, title), ADMINS, "{title}");
        assert_eq!(open(&town), [title]);
        watched(&town, 12);
        assert_eq!(open(&town), [title], "it is calm, but has not been for long");
        watched(&town, 60);
        assert!(open(&town).is_empty(), "{title}: it was calm for an hour");
        goes_wrong();
        happened(&town, last, 1);
        watched(&town, 20);
        let twice: Vec<_> = ADMINS.into_iter().flat_map(|admin| [admin, admin]).collect();
        assert_eq!(told(&town, title), twice, "{title}: the second incident");
    }
}

#[test]
fn an_incident_goes_on_while_the_last_hour_is_over_the_limit() {
    let town = town();
    for _ in 0..5 {
        happened(&town, "inbound.rejected", 3);
        watched(&town, 40);
    }
    assert_eq!(told(&town, "Many messages cannot be read"), ADMINS);
    let alert = town.read(|cx| open_alerts(cx)).remove(0);
    assert_eq!(alert.what, "3 messages of the last hour could not be read.");
    assert_eq!(town.clock.now().since(alert.since), 199 * MINUTE);
}

#[test]
fn an_incident_that_hovers_round_its_limit_is_told_once() {
    for (below, last, title) in TROUBLES {
        let town = town();
        // Hour by hour as much as the limit, and just below it, in turn.
        for round in 0..6 {
            for (kind, times) in below {
                happened(&town, kind, *times);
            }
            happened(&town, last, u32::from(round % 2 == 0));
            watched(&town, 61);
        }
        assert_eq!(told(&town, title), ADMINS, "{title}");
        assert_eq!(open(&town), [title]);
    }
}

#[test]
fn an_incident_ends_after_a_whole_hour_below_half_the_limit_and_not_below_the_limit_alone() {
    let town = town();
    happened(&town, "link.invalid", 7);
    watched(&town, 30);
    for _ in 0..4 {
        // 4 of 7: below the limit, and more than half of it.
        happened(&town, "link.invalid", 4);
        watched(&town, 60);
    }
    assert_eq!(open(&town).len(), 1);
    // 3 of 7 is calm; it has to stay so.
    happened(&town, "link.invalid", 3);
    watched(&town, 59);
    happened(&town, "link.invalid", 1);
    watched(&town, 2);
    assert_eq!(open(&town).len(), 1);
    watched(&town, 59 + 60);
    assert!(open(&town).is_empty());
    assert_eq!(told(&town, "Many links that do not exist are tried"), ADMINS);
}

#[test]
fn the_incidents_that_ended_are_known_with_their_times_newest_first() {
    let town = town();
    let begin = town.clock.now();
    happened(&town, "link.invalid", 7);
    watched(&town, 10);
    happened(&town, "inbound.rejected", 4);
    watched(&town, 10);
    assert!(town.read(|cx| ended_alerts(cx, 10)).is_empty(), "both go on");
    watched(&town, 180);
    let ended = town.read(|cx| ended_alerts(cx, 10));
    let times: Vec<_> = ended
        .iter()
        .map(|one| {
            (one.what.as_str(), one.since.since(begin) / MINUTE, one.until.unwrap().since(begin) / MINUTE)
        })
        .collect();
    assert_eq!(
        times,
        [
            ("4 messages of the last hour could not be read.", 11, 131),
            ("7 links that do not exist were tried in the last hour.", 1, 121),
        ]
    );
    assert_eq!(town.read(|cx| ended_alerts(cx, 1)).len(), 1);
}

#[test]
fn a_rate_of_few_mails_says_nothing() {
    let town = town();
    happened(&town, "letter.bounced", 4);
    watched(&town, 2);
    assert!(open(&town).is_empty());
    happened(&town, "letter.bounced", 1);
    watched(&town, 2);
    assert_eq!(told(&town, "Many mails come back"), ADMINS);
}

#[test]
fn two_incidents_at_once_are_told_apart() {
    let town = town();
    happened(&town, "link.invalid", 7);
    happened(&town, "inbound.rejected", 3);
    watched(&town, 2);
    assert_eq!(open(&town), ["Many messages cannot be read", "Many links that do not exist are tried"]);
    assert_eq!(town.letters().len(), 4);
}

#[test]
fn an_alert_says_what_was_seen_and_what_to_do_and_the_journal_keeps_both_ends() {
    let town = town();
    happened(&town, "letter.sent", 20);
    happened(&town, "letter.bounced", 4);
    watched(&town, 122);
    let alert = town.letters().remove(0);
    let Says::Alert { text, .. } = alert.letter.says else { panic!("it is an alert") };
    let (what, cure) = text.split_once("\n\n").unwrap();
    assert_eq!(what, "4 of 20 mails of the last hour could not be delivered.");
    assert!(cure.contains("entente doctor"));
    let since = town.clock.now().plus(-3 * HOUR);
    for kind in ["alert.begun", "alert.ended"] {
        assert_eq!(town.read(|cx| journal::count_since(cx, kind, since)), 1, "{kind}");
    }
}

#[test]
fn a_letter_that_was_stopped_is_told_at_once_and_once() {
    let town = town();
    happened(&town, "letter.sent", 1);
    happened(&town, "letter.leak-stopped", 1);
    let entries = town.read(|cx| journal::after(cx, 0, 100));
    for _ in 0..2 {
        let entries = entries.clone();
        town.write(move |cx| entries.iter().try_for_each(|entry| (FOLLOWER.apply)(cx, entry))).unwrap();
    }
    let title = "A mail was stopped because it held an address";
    assert_eq!(told(&town, title), ADMINS);
    happened(&town, "letter.leak-stopped", 1);
    let newest = town.read(|cx| journal::after(cx, 0, 100)).pop().unwrap();
    town.write(move |cx| (FOLLOWER.apply)(cx, &newest)).unwrap();
    assert_eq!(told(&town, title).len(), 4, "each is an incident of its own");
}
