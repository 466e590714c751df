//! Tests of links.

use super::*;
use crate::base::time::{DAY, HOUR};
use crate::store::town::{NOW, Town, address};

impl Town {
    /// The secret in a link's address.
    pub(crate) fn secret(&self, purpose: Purpose, id: LinkId) -> String {
        let url = url(&self.store.ground().keys, "", purpose, id);
        url.split_once('=').unwrap().1.to_owned()
    }
}

const ALL: [Purpose; 14] = [
    Purpose::Booking,
    Purpose::Respond,
    Purpose::Approve,
    Purpose::Decline,
    Purpose::Confirm,
    Purpose::AboutYou,
    Purpose::SignIn,
    Purpose::SetUp,
    Purpose::Connect,
    Purpose::Decide,
    Purpose::BookingDecide,
    Purpose::Wish,
    Purpose::Approval,
    Purpose::Group,
];

fn issue_one(town: &Town, purpose: Purpose, about: About) -> LinkId {
    town.write(move |cx| issue(cx, purpose, &address("ana@example.org"), &about, cx.now.plus(HOUR))).unwrap()
}

fn of_participant(n: u128) -> About {
    About { participant: Some(ParticipantId::from_uuid(uuid::Uuid::from_u128(n))), ..About::default() }
}

fn find_one(town: &Town, purpose: Purpose, secret: &str) -> Result<Link> {
    town.store.read_blocking(|cx| find(cx, purpose, secret))
}

#[test]
fn a_secret_opens_its_link_for_its_purpose_and_no_other() {
    let town = Town::bare();
    for purpose in ALL {
        let id = issue_one(&town, purpose, About::default());
        let secret = town.secret(purpose, id);
        assert_eq!(secret.len(), 32, "160 bits in base32");
        assert_eq!(find_one(&town, purpose, &secret).unwrap().id, id);
        for other in ALL.into_iter().filter(|other| *other != purpose) {
            let refused = find_one(&town, other, &secret).unwrap_err();
            assert!(matches!(refused, Error::NotFound("link")), "{purpose:?} {other:?}");
        }
    }
}

#[test]
fn a_secret_survives_what_mail_programs_do_to_it() {
    let town = Town::bare();
    let id = issue_one(&town, Purpose::Respond, About::default());
    let secret = town.secret(Purpose::Respond, id);
    for spelling in [secret.to_uppercase(), format!(" {secret}\r\n")] {
        assert_eq!(find_one(&town, Purpose::Respond, &spelling).unwrap().id, id);
    }
    for wrong in ["", "x", &secret[1..], &"a".repeat(10_000)] {
        assert!(find_one(&town, Purpose::Respond, wrong).is_err());
    }
}

#[test]
fn neither_secret_nor_address_is_in_the_store() {
    let town = Town::bare();
    let id = issue_one(&town, Purpose::Respond, About::default());
    let all = town.whole_text();
    assert!(!all.contains(&town.secret(Purpose::Respond, id)));
    assert!(!all.contains("ana@example.org"));
}

#[test]
fn a_link_is_used_up_once_and_expires() {
    let town = Town::bare();
    let id = issue_one(&town, Purpose::Approve, About::default());
    let secret = town.secret(Purpose::Approve, id);
    let standing = || find_one(&town, Purpose::Approve, &secret).unwrap().standing(town.clock.now());
    assert_eq!(standing(), Standing::Live);
    assert!(town.write(move |cx| use_up(cx, id)).unwrap());
    assert!(!town.write(move |cx| use_up(cx, id)).unwrap());
    assert_eq!(standing(), Standing::Used);
    let id = issue_one(&town, Purpose::Approve, About::default());
    let link = find_one(&town, Purpose::Approve, &town.secret(Purpose::Approve, id)).unwrap();
    assert_eq!(link.standing(NOW.plus(HOUR - 1)), Standing::Live);
    assert_eq!(link.standing(NOW.plus(HOUR)), Standing::Expired);
}

#[test]
fn a_newer_mail_ends_the_older_links_of_its_purpose_used_or_not() {
    let town = Town::bare();
    let ids = [1, 1, 2].map(|n| issue_one(&town, Purpose::Respond, of_participant(n)));
    let decision = issue_one(&town, Purpose::Approve, of_participant(1));
    let used = ids[0];
    town.write(move |cx| use_up(cx, used)).unwrap();
    let participant = of_participant(1).participant.unwrap();
    assert_eq!(town.write(move |cx| replace(cx, participant, Purpose::Respond)).unwrap(), 2);
    let standing = |purpose, id| find_one(&town, purpose, &town.secret(purpose, id)).unwrap().standing(NOW);
    assert_eq!(standing(Purpose::Respond, ids[0]), Standing::Expired);
    assert_eq!(standing(Purpose::Respond, ids[1]), Standing::Expired);
    assert_eq!(standing(Purpose::Respond, ids[2]), Standing::Live);
    assert_eq!(standing(Purpose::Approve, decision), Standing::Live);
}

#[test]
fn a_decided_proposal_uses_up_every_link_about_it() {
    let town = Town::bare();
    let proposal = ProposalId::from_uuid(uuid::Uuid::from_u128(9));
    let about = About { proposal: Some(proposal), ..About::default() };
    let ids = [Purpose::Approve, Purpose::Decline].map(|purpose| issue_one(&town, purpose, about.clone()));
    assert_eq!(town.write(move |cx| use_up_proposal(cx, proposal)).unwrap(), 2);
    let link = find_one(&town, Purpose::Decline, &town.secret(Purpose::Decline, ids[1])).unwrap();
    assert_eq!(link.standing(NOW), Standing::Used);
}

#[test]
fn the_links_of_a_forgotten_person_go_but_the_one_that_says_so() {
    let town = Town::bare();
    let gone = issue_one(&town, Purpose::Respond, of_participant(1));
    let stays = issue_one(&town, Purpose::AboutYou, of_participant(1));
    let participant = of_participant(1).participant.unwrap();
    assert_eq!(town.write(move |cx| erase(cx, participant)).unwrap(), 1);
    assert!(find_one(&town, Purpose::Respond, &town.secret(Purpose::Respond, gone)).is_err());
    assert!(find_one(&town, Purpose::AboutYou, &town.secret(Purpose::AboutYou, stays)).is_ok());
}

#[test]
fn links_that_ended_long_ago_are_deleted() {
    let town = Town::bare();
    issue_one(&town, Purpose::Respond, About::default());
    town.clock.advance(DAY);
    assert_eq!(town.write(|cx| delete_ended(cx, cx.now.plus(-2 * DAY))).unwrap(), 0);
    assert_eq!(town.write(|cx| delete_ended(cx, cx.now)).unwrap(), 1);
}
