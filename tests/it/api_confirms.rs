//! A hundred people who want the same hour of one person: his hundred confirms at once, through the listener and its sockets.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::net::SocketAddr;

use entente::accounts::{self, NewUser, Role, Scope};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{ConnectionId, UserId};
use entente::base::text::Address;
use entente::base::time::{MINUTE, Timestamp, Zone};
use entente::network::{self, Constraints, Invitation, NewGrant};
use entente::store::Cx;
use entente::web;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api_world::{World, operator};

/// How many want that hour.
const CROWD: usize = 100;
const PROGRAM: [Scope; 3] = [Scope::SessionsRead, Scope::SessionsWrite, Scope::CalendarRead];

/// One of the crowd, who has named the hour to Ben.
struct Asker {
    token: String,
    connection: ConnectionId,
    /// The path of the session.
    session: String,
    proposal: Value,
}

/// The hour that everybody wants, on a Wednesday in Paris.
fn wanted() -> Value {
    json!({ "start": "2026-11-25T10:00:00+01:00", "end": "2026-11-25T10:45:00+01:00" })
}

fn member(cx: &mut Cx<'_>, email: &str, name: &str) -> entente::base::Result<(UserId, String)> {
    let new = NewUser {
        address: Address::parse(email).unwrap(),
        name: name.to_owned(),
        zone: Zone::parse("Europe/Paris"),
        role: Role::Member,
    };
    let user = accounts::add(cx, &operator(), &new)?.id;
    let (_, secret) = accounts::create_token(cx, &operator(), Some(user), "test", &PROGRAM)?;
    Ok((user, secret.expose().to_owned()))
}

/// Connects somebody with Ben, who lets their agent name times, and confirms himself.
fn connect(cx: &mut Cx<'_>, asker: UserId, ben: UserId) -> entente::base::Result<ConnectionId> {
    let acting = |id| Actor::new(Who::User { id, admin: false }, Road::Api, "0".repeat(32));
    let address = Address::parse("ben@example.net").unwrap();
    let invitation = Invitation { address, words: String::new(), grant: None };
    let connection = network::invite(cx, &acting(asker), &invitation)?.id;
    let scopes = [network::Scope::AvailabilityRead, network::Scope::Propose, network::Scope::BookConfirmed];
    let grant = NewGrant {
        scopes: scopes.into_iter().collect(),
        constraints: Constraints { notice_minutes: 0, ..Constraints::default() },
        ..NewGrant::default()
    };
    network::accept(cx, &acting(ben), connection, Some(&grant))?;
    Ok(connection)
}

/// The crowd, each in a session of their own with Ben in which his confirm is all that is left; and his token.
async fn crowd(w: &World, house: SocketAddr) -> (String, Vec<Asker>) {
    let (ben, people) = w
        .write(|cx| {
            let (ben, token) = member(cx, "ben@example.net", "Ben")?;
            let one = |number: usize| {
                let (user, token) = member(cx, &format!("asker-{number}@example.org"), "Asker")?;
                Ok((token, connect(cx, user, ben)?))
            };
            Ok((token, (0..CROWD).map(one).collect::<entente::base::Result<Vec<_>>>()?))
        })
        .await;
    let askers = people.into_iter().map(|(token, connection)| async move {
        let (code, begun) = post(house, &token, "/api/v1/sessions", &search(connection)).await;
        assert_eq!(code, 201, "{begun}");
        let session = format!("/api/v1/sessions/{}", begun["id"].as_str().unwrap());
        let slots = json!({ "slots": [wanted()] });
        let (code, named) = post(house, &token, &format!("{session}/proposals"), &slots).await;
        assert_eq!(code, 200, "{named}");
        Asker { token, connection, session, proposal: named["proposals"][0]["id"].clone() }
    });
    (ben, join_all(askers).await)
}

/// Any 45 minutes of two days with Ben.
fn search(connection: ConnectionId) -> Value {
    json!({
        "with": [connection], "length_minutes": 45,
        "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-27T00:00:00+01:00",
    })
}

/// A call on a connection of its own: the status and the document.
async fn call(mut stream: TcpStream, token: &str, line: &str, body: &str) -> (u16, Value) {
    let mut answer = String::new();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let code = head.split(' ').nth(1).unwrap().parse().unwrap();
    (code, serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}")))
}

async fn post(house: SocketAddr, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let stream = TcpStream::connect(house).await.unwrap();
    call(stream, token, &format!("POST {path}"), &body.to_string()).await
}

/// Confirms all of them at once, each by a connection that stands before the first is sent; gives the answers in their order.
async fn confirm(house: SocketAddr, ben: &str, askers: &[Asker]) -> Vec<(u16, Value)> {
    let streams = join_all(askers.iter().map(|_| TcpStream::connect(house))).await;
    let calls = streams.into_iter().zip(askers).map(|(stream, asker)| async move {
        let body = json!({ "proposal": asker.proposal }).to_string();
        call(stream.unwrap(), ben, &format!("POST {}/confirm", asker.session), &body).await
    });
    join_all(calls).await
}

fn span(of: &Value) -> (Timestamp, Timestamp) {
    let [start, end] =
        ["start", "end"].map(|field| Timestamp::parse_rfc3339(of[field].as_str().unwrap()).unwrap());
    (start, end)
}

/// Whether both have time then, of whom one has nothing but that hour in the calendar, and neither works but nine to five.
fn is_free(time: &Value) -> bool {
    let ((start, end), (taken_from, taken_to)) = (span(time), span(&wanted()));
    let clock = |at: Timestamp| at.utc().format("%F %H:%M").to_string();
    let of_a_day = |day: &str| clock(start) >= format!("{day} 08:00") && clock(end) <= format!("{day} 16:00");
    end.since(start) == 45 * MINUTE
        && (end <= taken_from || taken_to <= start)
        && (of_a_day("2026-11-25") || of_a_day("2026-11-26"))
}

/// Whoever was refused is told of times that are free, and has a session in which one of them can be named.
async fn is_told_what_else_is_free(house: SocketAddr, asker: &Asker, (code, problem): &(u16, Value)) {
    assert_eq!(*code, 409, "{problem}");
    assert_eq!(problem["type"], "https://meet.example.org/errors#session.slot-taken");
    let others = problem["alternatives"].as_array().unwrap();
    assert!(!others.is_empty() && others.iter().all(is_free), "{problem}");
    // The house says so too, to whom it was offered.
    let mut start = search(asker.connection);
    start["start"] = others[0]["start"].clone();
    let (_, checked) = post(house, &asker.token, "/api/v1/slots/check", &start).await;
    assert_eq!(checked["free"], true, "{} {checked}", others[0]);
    let stream = TcpStream::connect(house).await.unwrap();
    let (_, session) = call(stream, &asker.token, &format!("GET {}", asker.session), "").await;
    assert_eq!((&session["meeting"], &session["phase"]), (&Value::Null, &json!("active")), "{session}");
}

/// How many rows there are of what is held, and of meetings: read beside the house, whose own statements have no need to.
fn held_and_booked(w: &World) -> [i64; 2] {
    let books = rusqlite::Connection::open(w.directory().join("entente.db")).unwrap();
    ["SELECT COUNT(*) FROM holds", "SELECT COUNT(*) FROM meetings"]
        .map(|sql| books.query_row(sql, [], |row| row.get(0)).unwrap())
}

#[actix_web::test]
async fn of_a_hundred_peoples_sessions_confirmed_at_once_one_is_booked_and_99_are_told_what_else_is_free() {
    let w = World::new();
    let server = web::serve(w.web.clone(), "127.0.0.1:0".parse().unwrap()).unwrap();
    let house = server.address;
    let (ben, askers) = crowd(&w, house).await;
    let answers = confirm(house, &ben, &askers).await;
    let (booked, refused): (Vec<_>, Vec<_>) =
        askers.iter().zip(&answers).partition(|(_, (code, _))| *code == 200);
    assert_eq!((booked.len(), refused.len()), (1, CROWD - 1));
    assert_eq!(booked[0].1.1["state"], "confirmed", "{}", booked[0].1.1);
    for (asker, answer) in &refused {
        is_told_what_else_is_free(house, asker, answer).await;
    }
    assert_eq!(held_and_booked(&w), [0, 1]);

    // And what was offered is had by whoever names it first.
    let (asker, (_, problem)) = refused[0];
    let other = &problem["alternatives"][0];
    let path = format!("{}/proposals", asker.session);
    let (_, named) = post(house, &asker.token, &path, &json!({ "slots": [other] })).await;
    let open = named["proposals"].as_array().unwrap().iter().find(|one| span(one) == span(other)).unwrap();
    let yes = json!({ "proposal": open["id"] });
    let (code, session) = post(house, &ben, &format!("{}/confirm", asker.session), &yes).await;
    assert_eq!((code, &session["state"]), (200, &json!("confirmed")), "{session}");
    assert_eq!(held_and_booked(&w), [0, 2]);
    server.stop().await;
}
