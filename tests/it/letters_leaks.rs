//! The leak test: every kind of letter there is, to every reader, and in no part of any of them anybody else's
//! address or local part.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeSet;

use entente::accounts::{self, NewUser, Role};
use entente::app::person::{self, Person};
use entente::base::house::{Approval, Decline, House, Subaddress};
use entente::base::id::InboundId;
use entente::base::time::{DAY, HOUR};
use entente::base::{Actor, Road, Timestamp, Who, Zone};
use entente::booking;
use entente::groups;
use entente::itip::{self, Arrival};
use entente::journal::{self, Happening};
use entente::links::Purpose;
use entente::mail::letters::probe;
use entente::meetings::incoming::{self, Beside, Sender, Words};
use entente::meetings::{self, Decision, Meeting, Report, by_link};
use entente::network::{self, NewGrant, Scope};
use entente::notices::{self, Kind, Mail, Preferences};
use entente::post::fact;
use entente::post::letter::{self, Draft, Kept, Outcome, Says, TokenMode};
use entente::post::suppress;
use entente::queue;
use entente::sessions::{self, New, Want};
use entente::slots::Prefer;
use entente::store::Cx;
use entente::tasks::approvals::{self, NewApproval};
use entente::tasks::{self, NewTask};
use mail_parser::{MessageParser, MimeHeaders, PartType};

use crate::letters_world::{GUESTS, HOST, World, address, operator, voted};

/// Names and words that try to carry addresses, as people and their programs put them there.
const TITLE: &str = "Trio: tamsinweir@one.example, <mailto:orlofdrey@two.example>";
const DESCRIPTION: &str = "Ask quillonmarsh@hosts.example\nor tamsinweir%40one.example, orlofdrey＠two.example; \"Bexley.Quinn@three.example\"";

/// Somebody whose account is to be deleted.
const LEAVING: &str = "samhollis@leaving.example";

/// Where their mail is to go before that.
const MOVING: &str = "quincyvale@moving.example";

/// Somebody whose agent asks for a meeting.
const ASKING: &str = "tobynorth@asking.example";

fn everybody() -> Vec<&'static str> {
    std::iter::once(HOST).chain(GUESTS).collect()
}

struct Story<'a> {
    world: &'a World,
    who: Actor,
}

impl Story<'_> {
    fn trio(&self) -> Meeting {
        let guests = [(GUESTS[0], "Robin"), (GUESTS[1], ""), (GUESTS[2], "Bexley.Quinn@three.example")];
        self.world.book(TITLE, DESCRIPTION, &guests)
    }

    /// What a program mails in answer, with the token of whoever got the invitation.
    fn mail(
        &self,
        meeting: &Meeting,
        from: &str,
        whose: &str,
        (method, partstat, extra): (&str, &str, &str),
    ) {
        self.mail_with(
            meeting,
            from,
            self.world.token(Some(participant(meeting, whose))),
            (method, partstat, extra),
        );
    }

    fn mail_with(
        &self,
        meeting: &Meeting,
        from: &str,
        token: Option<String>,
        (method, partstat, extra): (&str, &str, &str),
    ) {
        let ics = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{}\r\nSEQUENCE:{}\r\n\
             ATTENDEE;PARTSTAT={partstat}:mailto:{from}\r\n{extra}END:VEVENT\r\nEND:VCALENDAR\r\n",
            meeting.uid, meeting.sequence
        );
        let (who, from) = (self.who.clone(), address(from));
        self.world.write(move |cx| {
            let sender = Sender {
                tokens: token.iter().cloned().collect(),
                addresses: vec![from.clone()],
                authenticated: false,
                arrived: Arrival { at: cx.now, number: 0 },
            };
            let message = itip::read(ics.as_bytes()).unwrap();
            let inbound: InboundId = cx.id();
            incoming::take(
                cx,
                &who,
                inbound,
                &sender,
                &message,
                &Beside { may_be_answered: true, ..Beside::default() },
            )
        });
    }

    fn counter(&self, meeting: &Meeting, whose: &str, hours: i64) {
        let stamp = |at: Timestamp| at.utc().format("%Y%m%dT%H%M%SZ").to_string();
        let times = format!(
            "DTSTART:{}\r\nDTEND:{}\r\nCOMMENT:Ask {HOST} or {}\r\n",
            stamp(meeting.start.plus(hours * HOUR)),
            stamp(meeting.end.plus(hours * HOUR)),
            GUESTS[1]
        );
        self.mail(meeting, whose, whose, ("COUNTER", "TENTATIVE", &times));
    }

    /// An approver says no to the newest proposal.
    fn decline(&self, meeting: &Meeting, approver: &str) {
        let kept = self.world.letter("proposal-ask", approver);
        let Says::ProposalAsk { proposal, .. } = kept.letter.says else { panic!("not a question") };
        let (who, id, one) = (self.who.clone(), meeting.id, participant(meeting, approver));
        self.world.write(move |cx| {
            let meeting = meetings::load(cx, id)?;
            meetings::decide(cx, &who, &meeting, (proposal, one), Decision::Decline)
        });
    }

    fn respond_secret(&self, to: &str) -> String {
        let Says::Invitation { respond, .. } = self.world.letter("invitation", to).letter.says else {
            panic!("not an invitation")
        };
        self.world.secret(Purpose::Respond, respond)
    }

    /// Proposals: by link and by COUNTER; declined, expired, superseded.
    fn proposals(&self, meeting: &Meeting) {
        let (who, secret) = (self.who.clone(), self.respond_secret(GUESTS[0]));
        let (start, end) = (meeting.start.plus(DAY), meeting.end.plus(DAY));
        let note = format!("Or ask {} <{}>", GUESTS[1], GUESTS[2]);
        self.world.write(move |cx| by_link::propose(cx, &who, &secret, (start, end), &note).map(drop));
        self.decline(meeting, HOST);
        self.counter(meeting, GUESTS[1], 2);
        self.decline(meeting, GUESTS[0]);
        self.counter(meeting, GUESTS[2], 3);
        self.counter(meeting, GUESTS[0], 4);
        self.world.clock.advance(49 * HOUR);
        let who = self.who.clone();
        self.world.write(move |cx| meetings::expire_overdue(cx, &who).map(drop));
    }

    /// Where the host alone decides, one guest's proposal ends another's.
    fn superseded(&self) {
        let guests = [(GUESTS[0], "Robin"), (GUESTS[1], "")];
        let meeting = self.world.book_as(TITLE, DESCRIPTION, &guests, Some(Approval::Host));
        self.counter(&meeting, GUESTS[0], 5);
        self.counter(&meeting, GUESTS[1], 6);
    }

    /// Replies without proof, plain words, used links, bounces.
    fn troubles(&self, meeting: &Meeting) {
        self.mail_with(meeting, HOST, None, ("REPLY", "DECLINED", ""));
        self.mail(meeting, "zephyrkane@strangers.example", GUESTS[1], ("REPLY", "ACCEPTED", ""));
        self.counter_of_a_stranger(meeting);
        self.mail(meeting, GUESTS[2], GUESTS[2], ("REFRESH", "NEEDS-ACTION", ""));
        let comment = format!("COMMENT:Can we do 4pm on Tuesday? Ask {HOST} or {}\r\n", GUESTS[1]);
        self.mail(meeting, GUESTS[2], GUESTS[2], ("REPLY", "TENTATIVE", &comment));
        let (who, id) = (self.who.clone(), meeting.id);
        let one = participant(meeting, GUESTS[1]);
        let secret = self.respond_secret(GUESTS[0]);
        let bounced = self.world.letter("invitation", GUESTS[1]).letter.message_id;
        self.world.write(move |cx| {
            let meeting = meetings::load(cx, id)?;
            let text = format!("can we do 3pm on Tuesday? cc {HOST}");
            let words = Words { text: &text, message_id: Some("m1@two.example".to_owned()), thread: "t" };
            incoming::words(cx, &who, &meeting, one, &words)?;
            by_link::fresh(cx, &who, Purpose::Respond, &secret)?;
            let detail = format!("550 <{}> unknown", GUESTS[1]);
            meetings::report(cx, &who, Some(&bounced), None, Report::Bounced, Some(&detail)).map(drop)
        });
    }

    fn counter_of_a_stranger(&self, meeting: &Meeting) {
        let stamp = |at: Timestamp| at.utc().format("%Y%m%dT%H%M%SZ").to_string();
        let times = format!(
            "DTSTART:{}\r\nDTEND:{}\r\n",
            stamp(meeting.start.plus(HOUR)),
            stamp(meeting.end.plus(HOUR))
        );
        self.mail(meeting, "zephyrkane@strangers.example", GUESTS[2], ("COUNTER", "TENTATIVE", &times));
    }

    /// Updates, cancellations of every cause, one reader who asked never to be written to.
    fn endings(&self, meeting: &Meeting) {
        let (who, id, start, end) = (self.who.clone(), meeting.id, meeting.start, meeting.end);
        self.world.write(move |cx| {
            meetings::move_to(cx, &who, id, start.plus(2 * HOUR), end.plus(2 * HOUR))?;
            meetings::resend(cx, &who, id)?;
            let hash = entente::links::address_hash(cx, &address(GUESTS[2]));
            suppress::suppress(cx, &hash)?;
            meetings::move_to(cx, &who, id, start.plus(3 * HOUR), end.plus(3 * HOUR))?;
            meetings::cancel(cx, &who, id).map(drop)
        });
        let declined = self.world.book("Declined", "", &[(GUESTS[0], "Robin")]);
        self.mail(&declined, GUESTS[0], GUESTS[0], ("REPLY", "DECLINED", ""));
    }

    /// Before anybody has an account: whoever has one gets a notice instead.
    fn undelivered(&self) {
        self.world.book(TITLE, DESCRIPTION, &[(GUESTS[0], "Robin"), (GUESTS[1], "")]);
        let (who, bounced) = (self.who.clone(), self.world.letter("invitation", GUESTS[0]).letter.message_id);
        self.world.write(move |cx| {
            let detail = format!("550 <{}> unknown", GUESTS[0]);
            meetings::report(cx, &who, Some(&bounced), None, Report::Bounced, Some(&detail)).map(drop)
        });
    }

    /// Whoever has an account is told at once and by digest; whoever has not answered is reminded.
    fn notices(&self) {
        let chosen = Preferences {
            mail: Kind::ALL
                .iter()
                .filter(|kind| **kind != Kind::Nudge)
                .map(|kind| (*kind, if *kind == Kind::MeetingAnswered { Mail::Daily } else { Mail::AtOnce }))
                .collect(),
            ..Preferences::default()
        };
        let host = self.world.read(|cx| accounts::by_address(cx, &address(HOST))).unwrap();
        let actor = Actor::new(Who::User { id: host.id, admin: true }, Road::Page, "t");
        self.world.write(move |cx| notices::set_preferences(cx, &actor, &chosen).map(drop));
        let trio = self.trio();
        self.mail(&trio, GUESTS[1], GUESTS[1], ("REPLY", "ACCEPTED", ""));
        self.counter(&trio, GUESTS[0], 4);
        let (who, bounced) = (self.who.clone(), self.world.letter("invitation", GUESTS[1]).letter.message_id);
        self.world.write(move |cx| {
            meetings::report(cx, &who, Some(&bounced), None, Report::Bounced, Some("550 no"))?;
            let data = serde_json::json!({ "name": "Robin" });
            let subject = "con_019d4b5ad0007d3c8f1e2a3b4c5d6e7f".to_owned();
            let what = Happening::to("connection.invited", &subject).with(&host.id).data(&data);
            journal::append(cx, &who, &what).map(drop)
        });
        self.follow();
        self.world.clock.advance(25 * HOUR);
        self.world.write(|cx| {
            let leases = queue::claim(cx, notices::TOPIC, 50, HOUR)?;
            leases.iter().try_for_each(|lease| notices::due(cx, lease))
        });
        self.follow();
    }

    /// Somebody's agent finds a time that the host must decide about.
    fn decision(&self) {
        let who = self.who.clone();
        self.world.write(move |cx| {
            let new =
                NewUser { address: address(ASKING), name: "Toby".to_owned(), zone: None, role: Role::Member };
            let toby = accounts::add(cx, &who, &new)?;
            let host = accounts::by_address(cx, &address(HOST))?.unwrap();
            let [toby, host] = [(toby.id, false), (host.id, true)]
                .map(|(id, admin)| Actor { who: Who::User { id, admin }, ..who.clone() });
            let invitation =
                network::Invitation { address: address(HOST), words: String::new(), grant: None };
            let id = network::invite(cx, &toby, &invitation)?.id;
            network::accept(cx, &host, id, None)?;
            let scopes = [Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed];
            let grant = NewGrant { scopes: scopes.into_iter().collect(), ..NewGrant::default() };
            network::set_grant(cx, &host, id, &grant)?;
            let want = Want {
                resources: Vec::new(),
                minutes: 30,
                from: cx.now.ms(),
                to: cx.now.plus(14 * DAY).ms(),
                days: Vec::new(),
                within: None,
                place: None,
                prefer: Prefer::default(),
            };
            let purpose = format!("Tea, ask {ASKING}");
            let new = New { purpose, with: vec![id], optional: Vec::new(), want, conversation: None };
            sessions::start(cx, &toby, &new)?.allowed()?;
            let payload = serde_json::json!({ "text": format!("Write to {ASKING}") });
            let (kind, to) = (tasks::TODO.to_owned(), tasks::Named::Connection(id));
            tasks::send(cx, &toby, &NewTask { kind, to, payload, due_at: None, trace_flags: String::new() })?;
            let (kind, about) = ("payment".to_owned(), format!("Pay {ASKING}?"));
            let (task, payload, needed, due_at) = (None, None, None, None);
            approvals::ask(cx, &toby, &NewApproval { task, kind, about, payload, of: to, needed, due_at })?;
            groups::start(cx, &toby, &voted(id, format!("Play with {ASKING}?")))?.allowed().map(drop)
        });
        let step = |cx: &mut Cx<'_>| {
            let leases = queue::claim(cx, sessions::AGENTS, 10, HOUR)?;
            leases.iter().try_for_each(|lease| sessions::step(cx, lease))?;
            Ok(leases.len())
        };
        while self.world.write(step) > 0 {}
        self.follow();
    }

    /// A line of the host's, with an address in it, by mail: proven, and as anybody could have sent it.
    fn wish(&self) {
        let who = Actor::new(Who::Anyone, Road::Mail, "t");
        self.world.write(move |cx| {
            let host = accounts::by_address(cx, &address(HOST))?.unwrap();
            let lines = [
                format!("30 minutes with Toby next week about tea with {ASKING}"),
                format!("an hour with {ASKING} soon, or {}", GUESTS[0]),
            ];
            for (at, subject) in lines.iter().enumerate() {
                for is_proven in [true, false] {
                    let key = format!("{at}{is_proven}@mail.example");
                    let mail = sessions::Mail {
                        subject,
                        text: "",
                        message_id: None,
                        key: &key,
                        is_proven,
                        help: sessions::Help::Said(None),
                    };
                    sessions::hear(cx, &who, host.id, &mail)?;
                }
            }
            Ok(())
        });
    }

    fn follow(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for follower in notices::FOLLOWERS {
                while journal::follow(&self.world.store, follower).await.unwrap() > 0 {}
            }
        });
    }

    /// Somebody without an account asks for a time on the host's page, is declined, and is booked.
    fn booking(&self) {
        let host = self.world.read(|cx| accounts::by_address(cx, &address(HOST))).unwrap();
        let owner = Actor::new(Who::User { id: host.id, admin: true }, Road::Page, "t");
        let anyone = Actor::new(Who::Anyone, Road::Page, "t");
        self.world.write(move |cx| {
            let new = booking::NewLink {
                name: "page".to_owned(),
                title: TITLE.to_owned(),
                description: DESCRIPTION.to_owned(),
                confirmation: booking::Confirmation::ByHand,
                ..booking::NewLink::default()
            };
            booking::offer(cx, &owner, &new)?;
            let offer = booking::open(cx, "page", None)?;
            let free = booking::slots(cx, &offer, 30, (cx.now, cx.now.plus(30 * DAY)))?;
            let request = |at: usize| booking::Request {
                start: free.times[at].start,
                minutes: 30,
                name: format!("Robin {HOST}"),
                address: address(GUESTS[0]),
                zone: Zone::UTC,
                answers: Vec::new(),
            };
            let known = booking::Visitor { account: Some(address(GUESTS[0])), ..booking::Visitor::default() };
            booking::request(cx, &anyone, &offer, &request(0), &booking::Visitor::default())?;
            for (at, approves) in [(2, true), (4, false)] {
                let asked = booking::request(cx, &anyone, &offer, &request(at), &known)?;
                let booking::Requested::Confirmed(opened) = asked else { panic!("they are known") };
                if approves {
                    booking::approve(cx, &owner, opened.booking.id)?;
                } else {
                    booking::decline(cx, &owner, opened.booking.id, &format!("Ask {HOST} or {}", GUESTS[1]))?;
                }
            }
            // The last one waits for the host.
            booking::request(cx, &anyone, &offer, &request(6), &known).map(drop)
        });
        self.follow();
    }

    /// The host of a meeting is forgotten.
    fn forgotten(&self) {
        self.world.book("Forgotten", "", &[(GUESTS[1], "")]);
        let who = self.who.clone();
        self.world.write(move |cx| {
            // The host is the last administrator, who is not forgotten before there is another.
            let new = NewUser {
                address: address("successor@entente.test"),
                name: "Kim".to_owned(),
                zone: None,
                role: Role::Admin,
            };
            if accounts::by_address(cx, &new.address)?.is_none() {
                accounts::add(cx, &who, &new)?;
            }
            person::erase(cx, &who, &Person::at(cx, &address(HOST))?)
        });
    }

    /// What is about no meeting.
    fn house(&self) {
        let who = self.who.clone();
        self.world.write(move |cx| {
            let new = NewUser {
                address: address(HOST),
                name: "Alex".to_owned(),
                zone: Zone::parse("Europe/Paris"),
                role: Role::Admin,
            };
            accounts::add(cx, &who, &new)?;
            accounts::request_sign_in(cx, &who, &address(HOST))?;
            probe::send_probe(cx, &who)?;
            let leaving =
                NewUser { address: address(LEAVING), name: "Sam".to_owned(), zone: None, role: Role::Member };
            let leaving = accounts::add(cx, &who, &leaving)?;
            person::ask_deletion(cx, &who, leaving.id)?;
            let moving = Actor { who: Who::User { id: leaving.id, admin: false }, ..who.clone() };
            accounts::ask_address(cx, &moving, &address(MOVING))?;
            let host = accounts::by_address(cx, &address(HOST))?.unwrap();
            let invitation = network::Invitation {
                address: address(GUESTS[0]),
                words: format!("Write to {HOST}, {}.", GUESTS[1]),
                grant: None,
            };
            let who_invites = Who::User { id: host.id, admin: true };
            network::invite(cx, &Actor { who: who_invites, ..who.clone() }, &invitation)?;
            let says = Says::Alert {
                title: "Many mails come back".to_owned(),
                text: "7 of 40.\n\nLook.".to_owned(),
            };
            let draft = Draft {
                to: address(HOST),
                name: None,
                zone: Zone::UTC,
                participant: None,
                unique_key: "alert".to_owned(),
                says,
                in_reply_to: None,
                expires: None,
                trace: who.trace.clone(),
            };
            letter::enqueue(cx, draft).map(drop)
        });
    }
}

fn participant(meeting: &Meeting, address_text: &str) -> entente::base::id::ParticipantId {
    meeting.participants.iter().find(|one| one.address.as_str() == address_text).unwrap().id
}

/// Every letter of a whole life of meetings. Letters of somebody who is erased go with them, so they are looked at
/// before.
fn lived(world: &World) -> Vec<Kept> {
    let story = Story { world, who: operator() };
    story.undelivered();
    story.house();
    let meeting = story.trio();
    story.proposals(&meeting);
    story.troubles(&meeting);
    story.superseded();
    story.endings(&meeting);
    story.booking();
    story.notices();
    story.decision();
    story.wish();
    let before = world.letters();
    story.forgotten();
    let known: Vec<_> = before.iter().map(|kept| kept.letter.id).collect();
    let after = world.letters().into_iter().filter(|kept| !known.contains(&kept.letter.id));
    before.iter().cloned().chain(after).collect()
}

fn worlds() -> Vec<(TokenMode, World)> {
    let open = |change: fn(&mut House)| World::with(change, None);
    let found = |mode: TokenMode| {
        let world = open(|house| {
            house.subaddress = Subaddress::Auto;
            house.is_mailroom = false;
        });
        world.write(move |cx| fact::set(cx, fact::PROBE, mode.as_str()));
        world
    };
    vec![
        (TokenMode::Full, open(|house| house.decline = Decline::Strict)),
        (TokenMode::NotFrom, found(TokenMode::NotFrom)),
        (TokenMode::Off, open(|house| house.subaddress = Subaddress::Off)),
    ]
}

/// Every text in a message, as an independent reader finds it: raw, decoded, and the calendar's values.
fn texts(bytes: &[u8]) -> Vec<String> {
    let mut texts = vec![String::from_utf8_lossy(bytes).into_owned()];
    let message = MessageParser::default().parse(bytes).unwrap();
    texts.push(format!("{:?}", message.headers()));
    for part in &message.parts {
        match &part.body {
            PartType::Text(text) | PartType::Html(text) => texts.push(text.to_string()),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                texts.push(String::from_utf8_lossy(bytes).into_owned());
            }
            PartType::Message(_) | PartType::Multipart(_) => {}
        }
        let is_calendar = part.content_type().is_some_and(|kind| kind.subtype() == Some("calendar"));
        if is_calendar {
            let text = std::str::from_utf8(part.contents()).unwrap();
            let calendar: icalendar::Calendar = text.parse().unwrap();
            texts.push(format!("{calendar:?}"));
            texts.push(text.replace("\r\n ", ""));
        }
    }
    let decoded = texts.iter().map(|text| text.replace("%40", "@").replace("%2e", ".").replace("&#64;", "@"));
    decoded.chain(texts.clone()).map(|text| text.to_lowercase()).collect()
}

#[test]
fn no_letter_of_any_kind_holds_anybody_elses_address() {
    for (mode, world) in worlds() {
        let letters = lived(&world);
        let kinds: BTreeSet<&str> = letters.iter().map(|kept| kept.letter.says.kind()).collect();
        assert_eq!(kinds.len(), 26, "{mode:?}: {kinds:?}");
        let mut looked_at = 0;
        for kept in &letters {
            let reader = &kept.letter.reader.address;
            let rendered = world.rendered(kept);
            assert_eq!(rendered.envelope_to.as_str(), reader);
            // What is looked with finds what is there, in the header and in the calendar.
            let seen = texts(&rendered.bytes);
            let mine = address(reader).key();
            assert!(seen.iter().any(|text| text.contains(&mine)));
            if rendered.calendar.is_some() {
                assert!(seen.iter().any(|text| text.starts_with("begin:vcalendar") && text.contains(&mine)));
            }
            for other in
                everybody().into_iter().chain(["zephyrkane@strangers.example", LEAVING, MOVING, ASKING])
            {
                if other == reader {
                    continue;
                }
                let other = address(other);
                for text in &seen {
                    let local = other.local().to_lowercase();
                    assert!(
                        !text.contains(&other.key()),
                        "{} to {reader} holds {}",
                        kept.letter.says.kind(),
                        other.as_str()
                    );
                    assert!(
                        !text.contains(&local),
                        "{} to {reader} holds {local}:\n{text}",
                        kept.letter.says.kind()
                    );
                }
                looked_at += 1;
            }
        }
        assert!(looked_at > 100, "only {looked_at} looks");
    }
}

#[test]
fn every_outcome_and_cause_was_among_them() {
    let world = World::new();
    let letters = lived(&world);
    let says = |wanted: &dyn Fn(&Says) -> bool| letters.iter().any(|kept| wanted(&kept.letter.says));
    for outcome in [Outcome::Declined, Outcome::Expired, Outcome::Superseded] {
        assert!(
            says(&|says| matches!(says, Says::ProposalOutcome { outcome: found, .. } if *found == outcome)),
            "{outcome:?}"
        );
    }
    assert!(says(&|says| matches!(
        says,
        Says::ProposalOutcome { counter: true, outcome: Outcome::Declined, .. }
    )));
    for cause in [
        letter::Cause::YouDeclined,
        letter::Cause::OtherDeclined,
        letter::Cause::CalledOff,
        letter::Cause::House,
    ] {
        assert!(
            says(&|says| matches!(says, Says::Cancellation { cause: found, .. } if *found == cause)),
            "{cause:?}"
        );
    }
    assert!(says(&|says| matches!(says, Says::ConfirmReply { from_elsewhere: true, .. })));
    assert!(says(&|says| matches!(says, Says::ConfirmReply { from_elsewhere: false, .. })));
    assert!(says(&|says| matches!(says, Says::AutoAnswer { found: Some(_), .. })));
}
