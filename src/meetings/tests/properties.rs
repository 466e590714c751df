//! Whatever people, their programs and the mail do, in whatever order: what must never be false stays true.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::calendar::Interval;

const PEOPLE: [&str; 4] = ["ana@example.org", "ben@example.org", "cy@example.org", "di@example.org"];
const PARTSTATS: [PartStat; 4] =
    [PartStat::Accepted, PartStat::Declined, PartStat::Tentative, PartStat::NeedsAction];

#[derive(Clone, Copy, Debug)]
enum Step {
    AnswerByLink(usize, usize),
    Reply { who: usize, partstat: usize, is_late: bool, has_token: bool, from: usize },
    Counter(usize, i64, bool),
    ProposeByLink(usize, i64),
    Decide(usize, bool),
    Withdraw(usize),
    Confirm(usize),
    Move(i64),
    Cancel,
    Resend,
    Refresh(usize),
    Fresh(usize),
    Wait(i64),
    Expire,
    Deliver,
    Bounce(usize),
    Suppress(usize, bool),
    Erase(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..4_usize;
    prop_oneof![
        4 => (who(), 0..4_usize).prop_map(|(who, partstat)| Step::AnswerByLink(who, partstat)),
        6 => (who(), 0..4_usize, any::<bool>(), any::<bool>(), who()).prop_map(
            |(who, partstat, is_late, has_token, from)| Step::Reply { who, partstat, is_late, has_token, from }
        ),
        3 => (who(), 1..9_i64, any::<bool>()).prop_map(|(who, days, token)| Step::Counter(who, days, token)),
        5 => (who(), 1..9_i64).prop_map(|(who, days)| Step::ProposeByLink(who, days)),
        7 => (who(), any::<bool>()).prop_map(|(who, yes)| Step::Decide(who, yes)),
        1 => who().prop_map(Step::Withdraw),
        2 => who().prop_map(Step::Confirm),
        3 => (1..9_i64).prop_map(Step::Move),
        1 => Just(Step::Cancel),
        2 => Just(Step::Resend),
        1 => who().prop_map(Step::Refresh),
        1 => who().prop_map(Step::Fresh),
        3 => (1..60_i64).prop_map(Step::Wait),
        2 => Just(Step::Expire),
        5 => Just(Step::Deliver),
        1 => who().prop_map(Step::Bounce),
        1 => (who(), any::<bool>()).prop_map(|(who, on)| Step::Suppress(who, on)),
        1 => who().prop_map(Step::Erase),
    ]
}

/// What somebody's calendar holds of the meeting: its revision and start, or that it is off.
type Calendar = Option<(i64, i64)>;

struct Life {
    world: World,
    id: MeetingId,
    first: Meeting,
    guests: usize,
    calendars: BTreeMap<String, (i64, Calendar)>,
    seen: Meeting,
    /// Every letter ever written, as its JSON was at first.
    letters: BTreeMap<String, String>,
    erased: BTreeSet<usize>,
    suppressed_once: BTreeSet<usize>,
}

impl Life {
    fn new(guests: usize, decline: Decline, approval: Approval, is_shared: bool) -> Self {
        let world = World::new();
        world.sign_up(PEOPLE[0]);
        let mut new = tea(&PEOPLE[1..=guests]);
        new.decline = Some(decline);
        new.approval = Some(approval);
        if is_shared && guests == 3 {
            new.guests[2].address = address("ben+di@example.org");
        }
        let meeting = world.make(&new);
        // Somebody who makes an account after they were invited.
        world.sign_up(PEOPLE[1]);
        world.follow(FOLLOWER);
        Self {
            id: meeting.id,
            seen: meeting.clone(),
            first: meeting,
            world,
            guests,
            calendars: BTreeMap::new(),
            letters: BTreeMap::new(),
            erased: BTreeSet::new(),
            suppressed_once: BTreeSet::new(),
        }
    }

    /// Somebody at the meeting.
    fn email(&self, who: usize) -> &'static str {
        PEOPLE[who % (self.guests + 1)]
    }

    fn letters_to(&self, email: &str) -> Vec<Kept> {
        let mut all = self.world.town.letters();
        all.retain(|kept| kept.letter.reader.address == email);
        all
    }

    /// The newest link of a kind that somebody was ever mailed.
    fn link(&self, email: &str, of: impl Fn(&Says) -> Option<LinkId>, purpose: Purpose) -> Option<String> {
        let letters = self.letters_to(email);
        let newest = letters.iter().rev().find_map(|kept| of(&kept.letter.says))?;
        Some(self.world.secret(purpose, newest))
    }

    fn respond(&self, who: usize) -> Option<String> {
        self.link(self.email(who), respond_of, Purpose::Respond)
    }

    fn run(&mut self, step: Step) {
        let result = match step {
            Step::Deliver => {
                self.deliver();
                None
            }
            Step::Reply { .. } | Step::Counter(..) | Step::Refresh(_) => {
                self.by_mail(step);
                None
            }
            Step::Move(_) | Step::Cancel | Step::Resend | Step::Wait(_) | Step::Expire | Step::Erase(_) => {
                self.by_house(step)
            }
            _ => self.by_link(step),
        };
        if let Some(Err(error)) = result {
            assert!(!matches!(error, Error::Internal(_)), "{step:?}: {error:?}");
        }
        self.check(step);
    }

    fn by_mail(&self, step: Step) {
        let world = &self.world;
        match step {
            Step::Reply { who, partstat, is_late, has_token, from } => {
                let about = if is_late { &self.first } else { &self.seen };
                self.mail(who, has_token.then_some(who), from, |email| {
                    world.answer(about, email, PARTSTATS[partstat])
                });
            }
            Step::Counter(who, days, has_token) => {
                self.mail(who, has_token.then_some(who), who, |email| {
                    world.counter(&self.seen, email, START.plus(days * DAY))
                });
            }
            Step::Refresh(who) => self.mail(who, Some(who), who, |email| {
                message(Method::Refresh, &self.seen, email, None, world.now())
            }),
            _ => {}
        }
    }

    fn by_house(&mut self, step: Step) -> Option<Result<()>> {
        let (id, town) = (self.id, &self.world.town);
        match step {
            Step::Move(days) => Some(self.world.move_by(id, days * DAY).map(drop)),
            Step::Cancel => Some(town.write(move |cx| cancel(cx, &operator(), id)).map(drop)),
            Step::Resend => Some(town.write(move |cx| resend(cx, &operator(), id)).map(drop)),
            Step::Expire => Some(town.write(|cx| expire_overdue(cx, &Actor::house("t"))).map(drop)),
            Step::Erase(who) => {
                let email = address(self.email(who));
                self.erased.insert(who % (self.guests + 1));
                Some(self.world.town.write(move |cx| about_you::erase(cx, &anyone(), &email)))
            }
            Step::Wait(quarters) => {
                town.clock.advance(quarters * HOUR / 4);
                None
            }
            _ => None,
        }
    }

    fn by_link(&mut self, step: Step) -> Option<Result<()>> {
        if let Step::Suppress(who, true) = step {
            self.suppressed_once.insert(who % (self.guests + 1));
        }
        let (world, town) = (&self.world, &self.world.town);
        match step {
            Step::AnswerByLink(who, partstat) => {
                Some(world.answer_by_link(&self.respond(who)?, PARTSTATS[partstat]).map(drop))
            }
            Step::ProposeByLink(who, days) => {
                Some(world.propose_by_link(&self.respond(who)?, START.plus(days * DAY)).map(drop))
            }
            Step::Decide(who, yes) => {
                let purpose = if yes { Purpose::Approve } else { Purpose::Decline };
                let of = |says: &Says| match says {
                    Says::ProposalAsk { approve, decline, .. } => Some(if yes { *approve } else { *decline }),
                    _ => None,
                };
                Some(world.decide_by(purpose, self.link(self.email(who), of, purpose)?).map(drop))
            }
            Step::Confirm(who) => {
                let of = |says: &Says| match says {
                    Says::ConfirmReply { confirm, .. } => Some(*confirm),
                    _ => None,
                };
                let link = self.link(self.email(who), of, Purpose::Confirm)?;
                Some(town.write(move |cx| hold::confirm(cx, &anyone(), &link)).map(drop))
            }
            Step::Withdraw(who) => {
                let link = self.respond(who)?;
                Some(town.write(move |cx| by_link::withdraw(cx, &anyone(), &link)).map(drop))
            }
            Step::Fresh(who) => {
                let link = self.respond(who)?;
                Some(town.write(move |cx| by_link::fresh(cx, &anyone(), Purpose::Respond, &link)))
            }
            Step::Bounce(who) => {
                let id = self.letters_to(self.email(who)).pop()?.letter.message_id;
                let bounce =
                    move |cx: &mut Cx<'_>| report(cx, &mail(), Some(&id), None, Report::Bounced, None);
                Some(town.write(bounce).map(drop))
            }
            Step::Suppress(who, on) => {
                let link = self.letters_to(self.email(who)).pop()?.letter.reader.about_you;
                let link = world.secret(Purpose::AboutYou, link);
                Some(town.write(move |cx| about_you::set_suppressed(cx, &anyone(), &link, on)).map(drop))
            }
            _ => None,
        }
    }

    /// A message about `who`, with the token of `token`, from the address of `from`.
    fn mail(&self, who: usize, token: Option<usize>, from: usize, message: impl Fn(&str) -> Incoming) {
        let holder = token.and_then(|one| self.seen.participants.get(one % (self.guests + 1)));
        let holder = holder.filter(|one| !one.is_erased);
        let sender = self.world.sender(self.email(from), holder);
        self.world.take(&sender, &message(self.email(who)));
    }

    /// Every calendar takes in what has arrived.
    fn deliver(&mut self) {
        for kept in self.world.deliver() {
            let Some(event) = kept.letter.says.event().filter(|_| kept.letter.says.is_event()) else {
                continue;
            };
            let is_off = matches!(kept.letter.says, Says::Cancellation { .. });
            let calendar = self.calendars.entry(kept.letter.reader.address.clone()).or_default();
            assert!(event.sequence >= calendar.0, "an older revision arrived after a newer one");
            *calendar = (event.sequence, (!is_off).then_some((event.sequence, event.start)));
        }
    }

    fn check(&mut self, step: Step) {
        let now = self.world.load(self.id);
        let before = &self.seen;
        let is_changed = (now.start, now.end, now.status) != (before.start, before.end, before.status);
        assert_eq!(now.sequence, before.sequence + i64::from(is_changed), "after {step:?}");
        assert_eq!(now.uid, before.uid);
        if before.status == Status::Cancelled {
            assert_eq!(now.status, Status::Cancelled, "cancelled stays cancelled");
        }
        let proposals = self.world.town.read(|cx| see(cx, &operator(), self.id)).proposals;
        let pending: Vec<_> =
            proposals.iter().filter(|one| one.proposal.status == ProposalStatus::Pending).collect();
        assert!(pending.len() <= 1, "at most one proposal waits");
        if now.status == Status::Cancelled {
            assert!(pending.is_empty());
        }
        for one in pending {
            assert_eq!(one.proposal.sequence, now.sequence);
            assert!(!one.awaited.is_empty(), "a proposal that waits, waits for somebody");
        }
        self.check_letters(&now);
        self.check_time_taken(&now, step);
        self.seen = now;
    }

    /// The calendars of this house say what the meeting is, after every single step.
    fn check_time_taken(&self, now: &Meeting, step: Step) {
        for (at, email) in PEOPLE[..2].iter().enumerate() {
            let one = &now.participants[at];
            let is_there =
                now.status == Status::Scheduled && !one.is_erased && one.partstat != PartStat::Declined;
            let span = vec![Interval { start: now.start.ms(), end: now.end.ms() }];
            let (busy, tentative) = match (is_there, one.partstat) {
                (false, _) => (vec![], vec![]),
                (true, PartStat::Tentative) => (vec![], span),
                (true, _) => (span, vec![]),
            };
            let taken = self.world.taken(email);
            assert_eq!((taken.busy, taken.tentative), (busy, tentative), "{email} after {step:?}");
        }
        assert_eq!(self.world.look_through(), 0, "by the other road it is the same, after {step:?}");
    }

    fn check_letters(&mut self, now: &Meeting) {
        for kept in self.world.town.letters() {
            let letter = &kept.letter;
            let json = serde_json::to_string(letter).unwrap();
            for other in &self.first.participants {
                let is_reader = other.address.as_str() == letter.reader.address;
                let is_same_mailbox =
                    other.address.mailbox_key() == address(&letter.reader.address).mailbox_key();
                assert!(is_reader || is_same_mailbox || !json.contains(other.address.as_str()), "{json}");
            }
            self.letters.entry(letter.id.to_string()).or_insert(json);
        }
        let mut requests = BTreeSet::new();
        for json in self.letters.values() {
            let letter: letter::Letter = serde_json::from_str(json).unwrap();
            if let Says::Invitation { event, .. } | Says::Update { event, .. } = &letter.says {
                let key = (event.uid.clone(), event.sequence, letter.reader.address.clone(), event.edition);
                assert!(requests.insert(key), "one REQUEST per revision, address and edition");
                assert!(event.sequence <= now.sequence);
            }
        }
    }

    /// In the end everything arrives: every calendar shows what the meeting is.
    fn end(&mut self) {
        self.deliver();
        let meeting = self.world.load(self.id);
        for (at, one) in self.first.participants.iter().enumerate() {
            let was_apart = self.erased.contains(&at) || self.suppressed_once.contains(&at);
            let is_written_to = meeting.participants[at].is_written_to();
            let is_over = meeting.status == Status::Scheduled && meeting.end <= self.world.now();
            if was_apart || !is_written_to || is_over {
                continue;
            }
            let (_, shown) = self.calendars.get(one.address.as_str()).copied().unwrap_or_default();
            let due = (meeting.status == Status::Scheduled).then_some((meeting.sequence, meeting.start.ms()));
            assert_eq!(shown, due, "{:?} holds the current event", meeting.participants[at].role);
        }
        let shared = self.first.participants.iter().filter(|one| one.same_as.is_some());
        for one in shared {
            assert!(!self.calendars.contains_key(one.address.as_str()), "one mailbox, one event");
        }
        self.world.town.assert_journal_verifies();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_things_happen_the_invariants_hold(
        guests in 1..=3_usize,
        is_strict in any::<bool>(),
        is_host_alone in any::<bool>(),
        is_shared in any::<bool>(),
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let decline = if is_strict { Decline::Strict } else { Decline::Soft };
        let approval = if is_host_alone { Approval::Host } else { Approval::Everyone };
        let mut life = Life::new(guests, decline, approval, is_shared);
        for step in steps {
            life.run(step);
        }
        life.end();
    }
}
