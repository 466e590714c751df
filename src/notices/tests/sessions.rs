//! What people are told of sessions that they did not see happen, and of rooms that were let go.

use super::*;
use crate::agents::{self, NewAgent};
use crate::base::id::{AgentId, ConnectionId, SessionId};
use crate::network::{self, Constraints, Invitation, Length, NewGrant, Scope};
use crate::sessions::{self, New, Want};
use crate::slots::Prefer;

impl World {
    /// Ben lets Ana's agent book by itself, and keeps a calendar elsewhere.
    fn connected(&self) -> ConnectionId {
        let (ana, ben) = (self.actor(ANA), self.actor(BEN));
        let id = self.write(move |cx| {
            let invitation = Invitation { address: address(BEN), words: String::new(), grant: None };
            let id = network::invite(cx, &ana, &invitation)?.id;
            network::accept(cx, &ben, id, None)?;
            crate::calendar::tests::an_empty_calendar(cx, &ben)?;
            Ok(id)
        });
        self.grant(id, 0);
        id
    }

    /// Ben's grant, with so many hours of notice.
    fn grant(&self, id: ConnectionId, notice_hours: u32) {
        let alone = [Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed, Scope::BookAlone];
        self.grant_of(&alone, id, notice_hours);
    }

    fn grant_of(&self, scopes: &[Scope], id: ConnectionId, notice_hours: u32) {
        let ben = self.actor(BEN);
        let new = NewGrant {
            scopes: scopes.iter().copied().collect(),
            constraints: Constraints {
                notice_minutes: notice_hours * 60,
                length: Length { min: 5, max: 480, default: 30 },
                ..Constraints::default()
            },
            ..NewGrant::default()
        };
        self.write(move |cx| network::set_grant(cx, &ben, id, &new).map(drop));
    }

    /// Ana's session with Ben, which is just being booked: his calendar is still to be read.
    fn booking(&self, with: ConnectionId) -> SessionId {
        let ana = self.actor(ANA);
        let want = Want {
            minutes: 30,
            from: NOW.ms(),
            to: NOW.plus(7 * DAY).ms(),
            days: Vec::new(),
            within: None,
            place: None,
            prefer: Prefer::default(),
            resources: Vec::new(),
        };
        let new = New {
            purpose: "Budget".to_owned(),
            with: vec![with],
            optional: Vec::new(),
            want,
            conversation: None,
        };
        let id = self.write(move |cx| Ok(sessions::start(cx, &ana, &new)?.allowed()?.id));
        loop {
            let taken = self.write(|cx| {
                let leases = queue::claim(cx, sessions::AGENTS, 10, MINUTE)?;
                leases.iter().try_for_each(|lease| sessions::step(cx, lease))?;
                Ok(leases.len())
            });
            if taken == 0 {
                self.follow();
                return id;
            }
        }
    }

    /// Lets sessions read what became of grants.
    fn look_again(&self) {
        let store = self.town.store.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime
            .block_on(async move { while journal::follow(&store, sessions::FOLLOWER).await.unwrap() > 0 {} });
        self.follow();
    }

    fn last(&self, email: &str) -> (&'static str, String) {
        self.told(email).pop().unwrap()
    }
}

/// Ana's session with Ben, which was about to be booked, and took too long.
fn undone() -> (World, SessionId) {
    let world = World::new();
    let with = world.connected();
    let id = world.booking(with);
    world.town.clock.advance(MINUTE);
    world.write(sessions::give_up);
    world.follow();
    (world, id)
}

#[test]
fn what_was_about_to_be_booked_and_is_undone_is_told_to_every_party_with_the_time_and_why() {
    let (world, id) = undone();
    let words = |name: &str| {
        let why = "it took too long to look through all calendars";
        ("session.undone", format!("A time for Budget with {name} was not booked: {why}."))
    };
    assert_eq!((world.last(ANA), world.last(BEN)), (words("Ben"), words("Ana")));
    let shown = world.shown(BEN).pop().unwrap();
    assert_eq!(shown.news.path, format!("/sessions/{id}"));
    assert!(shown.news.span.is_some(), "which time it was");
}

#[test]
fn a_changed_grant_undoes_in_words_that_do_not_say_whose_or_which() {
    let world = World::new();
    let with = world.connected();
    world.booking(with);
    world.grant(with, 100);
    world.look_again();
    let words = |name: &str| {
        (
            "session.undone",
            format!("A time for Budget with {name} was not booked: it cannot be had any more."),
        )
    };
    assert_eq!((world.last(ANA), world.last(BEN)), (words("Ben"), words("Ana")));
}

#[test]
fn a_time_that_is_off_the_table_is_told_as_well() {
    let world = World::new();
    let with = world.connected();
    let id = world.booking(with);
    // Ben's agent may not book by itself: he is asked.
    world.grant_of(&[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed], with, 0);
    world.look_again();
    assert_eq!(world.last(BEN).0, "session.decision");
    world.grant(with, 100);
    world.look_again();
    let words =
        |name: &str| ("session.undone", format!("A time for Budget with {name} cannot be had any more."));
    assert_eq!((world.last(ANA), world.last(BEN)), (words("Ben"), words("Ana")));
    let open = world.shown(BEN).into_iter().filter(|one| one.notice.subject == id.to_string());
    assert!(open.into_iter().all(|one| one.notice.settled_at.is_some() || one.notice.matter.is_none()));
}

#[test]
fn it_is_mailed_only_where_somebody_chose_so() {
    let world = World::new();
    world.choose(BEN, |chosen| {
        chosen.mail.insert(Kind::SessionUndone, Mail::AtOnce);
    });
    let with = world.connected();
    world.booking(with);
    world.town.clock.advance(MINUTE);
    world.write(sessions::give_up);
    world.follow();
    let letters: Vec<_> = world.letters("notice").into_iter().map(|(to, _)| to).collect();
    assert_eq!(letters.iter().filter(|to| *to == BEN).count(), 1);
    assert!(Kind::ALL.contains(&Kind::SessionUndone) && Kind::ALL.contains(&Kind::RoomLetGo));
    assert_eq!(Kind::SessionUndone.usual_mail(), Mail::Never);
}

/// Ana's tea, in a room.
fn tea_in(world: &World, room: AgentId, start: Timestamp) -> MeetingId {
    let ana = world.actor(ANA);
    let ben = Person { address: address(BEN), name: None, zone: None };
    let new = NewMeeting { resources: vec![room], ..tea(start, vec![ben]) };
    let id = world.write(move |cx| Ok(meetings::create(cx, &ana, &new)?.id));
    world.deliver();
    world.follow();
    id
}

#[test]
fn the_host_is_told_of_a_room_that_was_let_go_and_nobody_else() {
    let world = World::new();
    let room = world.write(|cx| {
        let new = NewAgent { name: "Blue Room".to_owned(), ..NewAgent::default() };
        Ok(agents::add(cx, &operator(), &new)?.id)
    });
    let start = NOW.plus(7 * DAY);
    let meeting = tea_in(&world, room, start);
    tea_in(&world, room, start.plus(DAY));
    // Ben asks for the time of the other tea, and Ana approves.
    let seen = world.load(meeting);
    let (ana, ben) = (seen.participants[0].id, seen.participants[1].id);
    world.write(move |cx| {
        let who = Actor::new(Who::Participant(ben), Road::Link, "t");
        let (start, end) = (start.plus(DAY), start.plus(DAY + HOUR));
        let asked = Asked { start, end, note: "", road: "link" };
        let proposal = meetings::propose(cx, &who, &seen, ben, &asked)?;
        let approver = Actor::new(Who::Participant(ana), Road::Link, "t");
        meetings::decide(cx, &approver, &seen, (proposal.id, ana), Decision::Approve).map(drop)
    });
    world.follow();
    let said = "For Tea, Blue Room was let go: it is taken at the new time.";
    assert_eq!(world.told(ANA).pop().unwrap(), ("meeting.room-let-go", said.to_owned()));
    let retired = tea_in(&world, room, start.plus(2 * DAY));
    world.write(move |cx| agents::retire(cx, &operator(), room).map(drop));
    let store = world.town.store.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move { while journal::follow(&store, meetings::FOLLOWER).await.unwrap() > 0 {} });
    world.follow();
    let said = "For Tea, Blue Room was let go: it can no longer be had in this house.";
    assert_eq!(world.last(ANA), ("meeting.room-let-go", said.to_owned()));
    assert_eq!(world.shown(ANA).pop().unwrap().news.path, format!("/meetings/{retired}"));
    assert!(!world.kinds(BEN).contains(&"meeting.room-let-go"));
}

#[test]
fn what_a_person_proposes_or_says_is_told_to_the_others_and_what_agents_say_is_not() {
    let (world, id) = undone();
    let of = |email: &str, kind: &'static str| {
        world.told(email).into_iter().filter(|(told, _)| *told == kind).collect::<Vec<_>>()
    };
    // So far only agents spoke.
    assert!(of(BEN, "session.proposed").is_empty() && of(ANA, "session.proposed").is_empty());
    let ana = world.actor(ANA);
    let start = NOW.plus(3 * DAY + 4 * HOUR);
    let slots = vec![sessions::Slot::of(start, start.plus(30 * MINUTE))];
    let said = [
        sessions::Message::Proposal { slots },
        sessions::Message::Note { text: "Shall we take the hall?".to_owned() },
    ];
    for message in said {
        let ana = ana.clone();
        world.write(move |cx| sessions::say(cx, &ana, id, &message).map(drop));
    }
    world.follow();
    assert_eq!(
        of(BEN, "session.proposed"),
        [("session.proposed", "Ana proposes times for Budget.".to_owned())]
    );
    assert_eq!(of(BEN, "session.noted"), [("session.noted", "Ana says something about Budget.".to_owned())]);
    assert!(of(ANA, "session.proposed").is_empty() && of(ANA, "session.noted").is_empty());
    let shown = world.shown(BEN);
    assert!(
        shown.iter().all(|one| !format!("{:?}", one.news).contains("hall")),
        "the words stay in the session"
    );
}

#[test]
fn the_question_takes_the_place_of_the_news_that_somebody_wants_to_meet() {
    let world = World::new();
    let with = world.connected();
    world.grant_of(&[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed], with, 0);
    let id = world.booking(with);
    let of = |kind: Kind| {
        let mut all = world.shown(BEN).into_iter();
        all.find(|one| one.notice.kind == kind && one.notice.subject == id.to_string()).unwrap().notice
    };
    assert!(of(Kind::SessionStarted).read_at.is_some() && of(Kind::SessionDecision).read_at.is_none());
}
