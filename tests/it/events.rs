//! The stream of notices: what comes on it, where it goes on after it broke off, and when it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, http::Method};
use entente::accounts::{self, Role, Scope};
use entente::agents::{self, Kind, NewRegistration};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::UserId;
use entente::journal::{self, Happening};
use entente::notices;
use entente::web::live::Live as Listeners;
use entente::web::state::State;
use entente::web::{self, session};
use serde_json::Value;
use tokio::sync::watch;

use crate::api_world::{World, operator};

/// A stream that is read event by event.
struct Stream {
    code: u16,
    headers: HeaderMap,
    body: Pin<Box<dyn MessageBody<Error = Box<dyn std::error::Error>>>>,
}

/// One event: id, name, and its data.
#[derive(Debug, PartialEq)]
struct Event {
    id: i64,
    name: String,
    data: Value,
}

impl Event {
    fn parse(text: &str) -> Self {
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().to_owned()
        };
        Self {
            id: field("id:").parse().unwrap(),
            name: field("event:"),
            data: serde_json::from_str(&field("data:")).unwrap(),
        }
    }
}

impl Stream {
    async fn open(w: &World, header: (&str, &str), since: Option<i64>) -> Self {
        let web = w.web.clone();
        let app = init_service(App::new().configure(move |service| web::configure(service, &web))).await;
        let mut request = TestRequest::with_uri("/events").method(Method::GET).insert_header(header);
        if let Some(since) = since {
            request = request.insert_header(("last-event-id", since.to_string()));
        }
        let response = call_service(&app, request.to_request()).await;
        let (code, headers) = (response.status().as_u16(), response.headers().clone());
        Self { code, headers, body: Box::pin(response.into_body()) }
    }

    async fn of(w: &World, token: &str, since: Option<i64>) -> Self {
        let stream = Self::open(w, ("authorization", &format!("Bearer {token}")), since).await;
        assert_eq!(stream.code, 200);
        stream
    }

    /// The next piece of the stream; `None` at its end.
    async fn piece(&mut self) -> Option<String> {
        let next = std::future::poll_fn(|cx| self.body.as_mut().poll_next(cx));
        let next = tokio::time::timeout(Duration::from_secs(20), next).await.expect("something comes");
        next.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    }

    async fn event(&mut self) -> Option<Event> {
        loop {
            let piece = self.piece().await?;
            if piece.contains("event:") {
                return Some(Event::parse(&piece));
            }
        }
    }

    /// So many notices, by their ids.
    async fn take(&mut self, count: usize) -> Vec<i64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let event = self.event().await.expect("the stream goes on");
            if event.name == "notice" {
                assert_eq!(event.data["place"], event.id);
                ids.push(event.id);
            }
        }
        ids
    }
}

/// A house whose one reader is at work.
struct Live {
    w: World,
    stop: watch::Sender<bool>,
    running: tokio::task::JoinHandle<()>,
}

impl Live {
    fn new() -> Self {
        Self::of(World::new())
    }

    /// One whose streams say this often that they are still there.
    fn beating(heartbeat: Duration) -> Self {
        let mut w = World::new();
        let state = State::new(&w.web.store, &w.web.config);
        w.web.state = Arc::new(State { live: Listeners::beating(heartbeat), ..state });
        Self::of(w)
    }

    fn of(w: World) -> Self {
        let (stop, stopping) = watch::channel(false);
        let (state, store) = (w.web.state.clone(), w.web.store.clone());
        let running = tokio::spawn(async move { state.live.run(&store, stopping).await });
        Self { w, stop, running }
    }

    async fn member(&self) -> (UserId, String) {
        let user = self.w.user("ana@example.org", "Ana", Role::Member).await;
        (user, self.w.token(Some(user), &[Scope::NoticesRead, Scope::NoticesWrite]).await)
    }

    /// So many things that somebody should know.
    async fn happen(&self, user: UserId, count: usize) {
        let append = move |cx: &mut entente::store::Cx<'_>| {
            for _ in 0..count {
                let data = serde_json::json!({ "name": "Kim" });
                let what = Happening::to("connection.invited", &"con_01".to_owned()).with(&user).data(&data);
                journal::append(cx, &Actor::house("t"), &what)?;
            }
            Ok(())
        };
        self.w.write(append).await;
        for follower in notices::FOLLOWERS {
            while journal::follow(&self.w.web.store, follower).await.unwrap() > 0 {}
        }
    }

    async fn sign_in(&self, user: UserId) -> String {
        self.w
            .write(move |cx| {
                let link = accounts::sign_in_link(cx, &operator(), user)?;
                let url = entente::links::url(cx.keys(), "", entente::links::Purpose::SignIn, link);
                let secret = url.split_once('=').unwrap().1.to_owned();
                Ok(accounts::sign_in(cx, &operator(), &secret, "Firefox")?.secret.expose().to_owned())
            })
            .await
    }
}

#[actix_web::test]
async fn a_notice_comes_as_it_happens_and_the_badge_with_it() {
    let live = Live::new();
    let (user, token) = live.member().await;
    let mut stream = Stream::of(&live.w, &token, None).await;
    assert_eq!(stream.headers.get("content-type").unwrap(), "text/event-stream");
    assert_eq!(stream.headers.get("cache-control").unwrap(), "no-store");
    assert_eq!(stream.piece().await.unwrap(), "retry: 3000\n\n");
    assert_eq!(stream.piece().await.unwrap(), "id: 0\nevent: unread\ndata: {\"unread\":0}\n\n");
    live.happen(user, 1).await;
    let mut told = stream.event().await.unwrap();
    for field in ["id", "created"] {
        assert!(told.data[field].is_string());
        told.data[field] = Value::Null;
    }
    insta::assert_json_snapshot!("events_notice", told.data);
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Api, "t");
    live.w.write(move |cx| notices::mark_all(cx, &who, None).map(drop)).await;
    let read = stream.event().await.unwrap();
    assert_eq!((read.id, read.name.as_str(), &read.data["unread"]), (1, "unread", &Value::from(0)));
}

#[actix_web::test]
async fn a_stream_that_breaks_off_in_the_middle_goes_on_with_nothing_skipped_and_nothing_twice() {
    let live = Live::new();
    let (user, token) = live.member().await;
    live.happen(user, 3).await;
    let mut all = Vec::new();
    let mut stream = Stream::of(&live.w, &token, Some(0)).await;
    // More than one batch, and each stream is dropped with a part of what it has read unsent.
    live.happen(user, 130).await;
    for count in [1, 7, 49, 50, 20] {
        all.extend(stream.take(count).await);
        drop(stream);
        live.happen(user, 2).await;
        stream = Stream::of(&live.w, &token, all.last().copied()).await;
    }
    let left = 133 + 10 - all.len();
    all.extend(stream.take(left).await);
    assert_eq!(all, (1..=143).collect::<Vec<i64>>());
    live.happen(user, 1).await;
    assert_eq!(stream.take(1).await, [144]);
}

#[actix_web::test]
async fn what_came_before_a_stream_without_a_place_is_not_told_and_a_place_of_nobodys_is_the_present_one() {
    let live = Live::new();
    let (user, token) = live.member().await;
    live.happen(user, 2).await;
    let mut now = Stream::of(&live.w, &token, None).await;
    let mut ahead = Stream::of(&live.w, &token, Some(1_000)).await;
    for stream in [&mut now, &mut ahead] {
        let first = stream.event().await.unwrap();
        assert_eq!((first.id, first.data["unread"].as_i64()), (2, Some(2)));
    }
    live.happen(user, 1).await;
    assert_eq!((now.take(1).await, ahead.take(1).await), (vec![3], vec![3]));
}

#[actix_web::test]
async fn a_stream_with_nothing_to_say_says_that_it_still_stands_and_goes_on_after_that() {
    let live = Live::beating(Duration::from_millis(20));
    let (user, token) = live.member().await;
    let mut stream = Stream::of(&live.w, &token, None).await;
    assert_eq!(stream.event().await.unwrap().name, "unread");
    for _ in 0..3 {
        // A comment: no event to whoever listens, and no place.
        assert_eq!(stream.piece().await.as_deref(), Some(": still here\n\n"));
    }
    live.happen(user, 1).await;
    assert_eq!(stream.take(1).await, [1]);
    assert_eq!(stream.piece().await.as_deref(), Some(": still here\n\n"));
    live.happen(user, 1).await;
    assert_eq!(stream.take(1).await, [2], "nothing twice after a heartbeat");
    assert_eq!(Listeners::default().heartbeat(), Duration::from_secs(20), "as docs/api-design.md says");
}

#[actix_web::test]
async fn a_sign_in_that_has_run_out_ends_its_stream_with_the_next_heartbeat() {
    let live = Live::beating(Duration::from_millis(20));
    let (user, token) = live.member().await;
    let cookie = format!("{}={}", session::SIGN_IN, live.sign_in(user).await);
    let mut by_cookie = Stream::open(&live.w, ("cookie", &cookie), None).await;
    let mut by_token = Stream::of(&live.w, &token, None).await;
    assert_eq!(by_cookie.event().await.unwrap().name, "unread");
    live.w.clock.advance(accounts::SIGN_IN_MS + 1);
    // Nothing happened, and nobody rang: the clock alone ended it.
    while let Some(piece) = by_cookie.piece().await {
        assert_eq!(piece, ": still here\n\n");
    }
    live.happen(user, 1).await;
    assert_eq!(by_token.take(1).await, [1], "the other goes on");
}

#[actix_web::test]
async fn everybody_hears_their_own() {
    let live = Live::new();
    let (ana, token) = live.member().await;
    let ben = live.w.user("ben@example.net", "Ben", Role::Member).await;
    let bens = live.w.token(Some(ben), &[Scope::NoticesRead]).await;
    let mut to_ana = Stream::of(&live.w, &token, None).await;
    let mut to_ben = Stream::of(&live.w, &bens, None).await;
    live.happen(ana, 2).await;
    live.happen(ben, 1).await;
    assert_eq!((to_ana.take(2).await, to_ben.take(1).await), (vec![1, 2], vec![1]));
}

#[actix_web::test]
async fn of_an_account_the_newest_eight_streams_stand() {
    let live = Live::new();
    let (user, token) = live.member().await;
    let mut streams = Vec::new();
    for _ in 0..9 {
        let mut stream = Stream::of(&live.w, &token, None).await;
        assert_eq!(stream.event().await.unwrap().name, "unread");
        streams.push(stream);
    }
    assert_eq!(live.w.web.state.live.streams(), 8);
    let mut oldest = streams.remove(0);
    assert_eq!(oldest.piece().await.as_deref(), Some("retry: 60000\n\n"), "it gives way, for a while");
    assert_eq!(oldest.piece().await, None);
    live.happen(user, 1).await;
    for stream in &mut streams {
        assert_eq!(stream.take(1).await, [1]);
    }
    drop((oldest, streams));
    assert_eq!(live.w.web.state.live.streams(), 0);
}

#[actix_web::test]
async fn a_stream_ends_when_its_sign_in_its_token_or_its_account_does() {
    let live = Live::new();
    let (user, token) = live.member().await;
    let secret = live.sign_in(user).await;
    let cookie = format!("{}={secret}", session::SIGN_IN);
    let mut by_cookie = Stream::open(&live.w, ("cookie", &cookie), None).await;
    let mut by_token = Stream::of(&live.w, &token, None).await;
    for stream in [&mut by_cookie, &mut by_token] {
        assert_eq!(stream.event().await.unwrap().name, "unread");
    }
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, "t");
    live.w
        .write(move |cx| {
            let sign_in = accounts::sign_ins(cx, &who)?.remove(0).id;
            accounts::end_sign_in(cx, &who, sign_in)
        })
        .await;
    assert_eq!(by_cookie.piece().await, None);
    live.happen(user, 1).await;
    assert_eq!(by_token.take(1).await, [1], "the other goes on");
    live.w.write(move |cx| accounts::disable(cx, &operator(), user).map(drop)).await;
    assert_eq!(by_token.piece().await, None);
    assert_eq!(Stream::open(&live.w, ("cookie", &cookie), None).await.code, 401);
    assert_eq!(Stream::open(&live.w, ("accept", "*/*"), None).await.code, 401);
}

#[actix_web::test]
async fn the_stream_of_a_program_ends_when_its_key_is_taken_back_or_it_is_retired() {
    let live = Live::new();
    let (user, token) = live.member().await;
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, "t");
    let owner = who.clone();
    let (id, key, tokens) = live
        .w
        .write(move |cx| {
            let new = NewRegistration::of(Kind::Service, "Maya");
            let id = agents::register(cx, &owner, &new)?.agent.id;
            let (one, first) = agents::make_key(cx, &owner, id, "Laptop", &[Scope::NoticesRead])?;
            let (_, second) = agents::make_key(cx, &owner, id, "Server", &[Scope::NoticesRead])?;
            let (first, second) = (agents::exchange(cx, &first, None)?, agents::exchange(cx, &second, None)?);
            Ok((id, one.id, [first, second].map(|issued| issued.token.expose().to_owned())))
        })
        .await;
    let mut by_laptop = Stream::of(&live.w, &tokens[0], None).await;
    let mut by_server = Stream::of(&live.w, &tokens[1], None).await;
    let mut by_owner = Stream::of(&live.w, &token, None).await;
    for stream in [&mut by_laptop, &mut by_server, &mut by_owner] {
        assert_eq!(stream.event().await.unwrap().name, "unread");
    }
    let owner = who.clone();
    live.w.write(move |cx| agents::revoke_key(cx, &owner, id, key)).await;
    assert_eq!(by_laptop.piece().await, None);
    live.happen(user, 1).await;
    assert_eq!(by_server.take(1).await, [1], "the other key is good");
    live.w.write(move |cx| agents::deactivate(cx, &who, id).map(drop)).await;
    assert_eq!(by_server.piece().await, None);
    live.happen(user, 1).await;
    assert_eq!(by_owner.take(2).await, [1, 2]);
}

#[actix_web::test]
async fn every_stream_ends_when_the_house_closes() {
    let live = Live::new();
    let (_, token) = live.member().await;
    let mut stream = Stream::of(&live.w, &token, None).await;
    assert_eq!(stream.event().await.unwrap().name, "unread");
    live.stop.send(true).unwrap();
    live.running.await.unwrap();
    assert_eq!(stream.piece().await, None);
}
