//! What tests of pages find set up in a house: grants, sessions that wait for a decision, booking links and what guests
//! asked for there.

use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{BookingId, BookingLinkId, ConnectionId, SessionId};
use entente::base::text::Address;
use entente::base::time::DAY;
use entente::booking::{self, Confirmation, LinkChange, NewLink};
use entente::links::{self, Purpose};
use entente::network::{self, Constraints, Length, NewGrant, Scope};
use entente::post::letter::{self, Says};
use entente::sessions::{self, New, Want};
use entente::slots::Prefer;

use crate::pages_world::{Pair, TRACE, World, address, at, zone};

impl World {
    /// What somebody lets the other's agent do, at any hour.
    pub(crate) async fn grant(&self, id: ConnectionId, by: &'static str, scopes: &[Scope]) {
        let by = self.user(by).await.id;
        let who = Actor::new(Who::User { id: by, admin: false }, Road::Page, TRACE);
        let constraints = Constraints {
            notice_minutes: 0,
            length: Length { min: 15, max: 60, default: 30 },
            ..Constraints::default()
        };
        let grant = NewGrant { scopes: scopes.iter().copied().collect(), constraints, ..NewGrant::default() };
        self.write(move |cx| network::set_grant(cx, &who, id, &grant).map(drop)).await;
    }

    /// A session in which somebody asks another, who decides themselves, for 45 minutes next week.
    pub(crate) async fn session(&self, asks: &'static str, other: &'static str) -> SessionId {
        let connection = self.connection(asks, other).await;
        self.grant(connection, other, &[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed]).await;
        self.session_with(asks, vec![connection]).await
    }

    /// The same, with the other sides of these connections.
    pub(crate) async fn session_with(&self, asks: &'static str, with: Vec<ConnectionId>) -> SessionId {
        let by = self.user(asks).await.id;
        let who = Actor::new(Who::User { id: by, admin: false }, Road::Page, TRACE);
        let want = Want {
            resources: Vec::new(),
            minutes: 45,
            from: at("2026-11-23T00:00:00Z").ms(),
            to: at("2026-11-28T00:00:00Z").ms(),
            days: Vec::new(),
            within: None,
            place: None,
            prefer: Prefer::default(),
        };
        let new = New {
            purpose: "Second movement".to_owned(),
            with,
            optional: Vec::new(),
            want,
            conversation: None,
        };
        self.write(move |cx| Ok(sessions::start(cx, &who, &new)?.allowed()?.id)).await
    }

    /// Lets the house's agents speak until they have nothing to say, and the followers read it.
    pub(crate) async fn agents(&self) {
        loop {
            let many = self
                .write(|cx| {
                    let leases = entente::queue::claim(cx, sessions::AGENTS, 10, 60_000)?;
                    leases.iter().try_for_each(|lease| sessions::step(cx, lease))?;
                    Ok(leases.len())
                })
                .await;
            if many == 0 {
                return self.follow().await;
            }
        }
    }

    /// A session that waits for the other's decision: the paths of the mailed links that agree and refuse.
    pub(crate) async fn decision(&self, asks: &'static str, other: &'static str) -> (String, String) {
        self.session(asks, other).await;
        self.agents().await;
        let Says::Decision { times, refuse, .. } = self.newest_letter(other).await.letter.says else {
            panic!("it asks for a decision")
        };
        (self.path(Purpose::Decide, times[0].1), self.path(Purpose::Decide, refuse))
    }

    /// A line that somebody mailed, answered: the path of the link that begins what it asks of another.
    pub(crate) async fn wish(&self, asks: &'static str, other: &'static str) -> String {
        let connection = self.connection(asks, other).await;
        self.grant(connection, other, &[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed]).await;
        let by = self.user(asks).await.id;
        let name = self.user(other).await.given_name().expect("a name");
        let who = Actor::new(Who::Anyone, Road::Mail, TRACE);
        self.write(move |cx| {
            let key = cx.id::<SessionId>().to_string();
            let subject = format!("45 minutes with {name} next week");
            let mail = sessions::Mail {
                subject: &subject,
                text: "",
                message_id: None,
                key: &key,
                is_proven: true,
                help: sessions::Help::Said(None),
            };
            sessions::hear(cx, &who, by, &mail).map(drop)
        })
        .await;
        let Says::Wish { link, .. } = self.newest_letter(asks).await.letter.says else {
            panic!("it answers")
        };
        self.path(Purpose::Wish, link.expect("it can begin"))
    }

    /// Somebody's booking link, made where there is none: its id and its name.
    pub(crate) async fn booking_link(&self, email: &'static str) -> (BookingLinkId, String) {
        let user = self.user(email).await.id;
        let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, TRACE);
        self.write(move |cx| {
            let link = match booking::mine(cx, &who)?.pop() {
                Some(link) => link,
                None => booking::offer(cx, &who, &NewLink { notice_minutes: 0, ..NewLink::default() })?,
            };
            Ok((link.id, link.says.name))
        })
        .await
    }

    /// Somebody unknown asks for the first time that somebody has.
    async fn asked_booking(&self, of: &'static str, is_known: bool) -> (BookingId, Address) {
        let (_, name) = self.booking_link(of).await;
        self.write(move |cx| {
            let offer = booking::open(cx, &name, None)?;
            let free = booking::slots(cx, &offer, 30, (cx.now, cx.now.plus(30 * DAY)))?;
            let start = free.times[0].start;
            let guest = address(&format!("guest{}@guests.example", start.ms()));
            let request = booking::Request {
                start,
                minutes: 30,
                name: "Dora".to_owned(),
                address: guest.clone(),
                zone: zone("Asia/Tokyo"),
                answers: Vec::new(),
            };
            let account = is_known.then(|| guest.clone());
            let client = start.ms().to_string();
            let visitor = booking::Visitor { client, account, ..booking::Visitor::default() };
            let who = Actor::new(Who::Anyone, Road::Page, TRACE);
            match booking::request(cx, &who, &offer, &request, &visitor)? {
                booking::Requested::Asked { id, .. } => Ok((id, guest)),
                booking::Requested::Confirmed(opened) => Ok((opened.booking.id, guest)),
                other @ booking::Requested::Taken { .. } => panic!("{other:?}"),
            }
        })
        .await
    }

    /// A booking that waits for its guest; the path of the link in the letter.
    pub(crate) async fn booking_to_confirm(&self, of: &'static str) -> String {
        let (_, guest) = self.asked_booking(of, false).await;
        self.confirm_link(guest).await
    }

    /// The path of the link in the newest letter that asks an address to confirm.
    pub(crate) async fn confirm_link(&self, guest: Address) -> String {
        let letters = self.read(move |cx| {
            let hash = links::address_hash(cx, &guest);
            letter::of_address(cx, &hash, 10)
        });
        let found = letters.await.into_iter().find_map(|kept| match kept.letter.says {
            Says::BookingConfirm { confirm, .. } => Some(confirm),
            _ => None,
        });
        self.path(Purpose::Booking, found.expect("a letter that asks"))
    }

    /// The kinds of the letters to an address.
    pub(crate) async fn letters_to(&self, email: &'static str) -> Vec<&'static str> {
        let letters = self.read(move |cx| {
            let hash = links::address_hash(cx, &address(email));
            letter::of_address(cx, &hash, 50)
        });
        letters.await.iter().map(|kept| kept.letter.says.kind()).collect()
    }

    /// The meeting that an address was invited to as the guest.
    pub(crate) async fn pair_of(&self, email: &'static str) -> Pair {
        let letters = self.read(move |cx| {
            let hash = links::address_hash(cx, &address(email));
            letter::of_address(cx, &hash, 50)
        });
        let id = letters.await.iter().find_map(|kept| kept.letter.says.meeting()).expect("an invitation");
        let meeting = self.load(id).await;
        Pair { id, host: meeting.participants[0].id, guest: meeting.participants[1].id }
    }

    /// A booking that waits for somebody's decision.
    pub(crate) async fn waiting_booking(&self, of: &'static str) -> BookingId {
        let (id, _) = self.booking_link(of).await;
        let user = self.user(of).await.id;
        let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, TRACE);
        self.write(move |cx| {
            let by_hand = LinkChange { confirmation: Some(Confirmation::ByHand), ..LinkChange::default() };
            booking::change(cx, &who, id, by_hand).map(drop)
        })
        .await;
        self.asked_booking(of, true).await.0
    }

    /// A booking that waits for somebody's decision: the paths of the mailed links that approve and decline.
    pub(crate) async fn booking_decision(&self, of: &'static str) -> (String, String) {
        self.waiting_booking(of).await;
        self.follow().await;
        let Says::BookingAsk { approve, decline, .. } = self.newest_letter(of).await.letter.says else {
            panic!("it asks")
        };
        (self.path(Purpose::BookingDecide, approve), self.path(Purpose::BookingDecide, decline))
    }
}
