//! Who may open and send what: every page, by everybody who may come along, with the form token and without. A page
//! without a row fails the test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeSet;

use entente::accounts::{self, NewUser, Role};
use entente::agents::{self, Kind, NewAgent, NewRegistration};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{InboundId, ProposalId, SignInId, TokenId, WorkId};
use entente::base::time::DAY;
use entente::itip::PartStat;
use entente::links::{self, Purpose};
use entente::meetings::{self, Asked};
use entente::notices;
use entente::post::mailroom;
use entente::sessions::conversation::{self, NewConversation, Request, Rights, With};
use entente::web::pages::ROUTES;
use entente::web::{csrf, session};
use entente::webhooks::{self, NewWebhook};

use crate::pages_world::{ANA, BEN, Browser, CLEO, Pair, ROOT, World, address, operator};

/// Nobody; somebody with an account who has nothing to do with it; the guest, who has an account; whoever made it;
/// an administrator.
const CALLERS: [(&str, Option<&str>); 5] = [
    ("anonymous", None),
    ("stranger", Some(CLEO)),
    ("participant", Some(ANA)),
    ("owner", Some(BEN)),
    ("admin", Some(ROOT)),
];

/// What is sent, and what proves that it was meant.
#[derive(Clone, Copy)]
enum Sent {
    /// A page is opened.
    Nothing,
    /// A form whose secret is in its address, or that needs none.
    Open(&'static [(&'static str, &'static str)]),
    /// A form that carries the token of a sign-in; without it, 403.
    Token(&'static [(&'static str, &'static str)]),
}
use Sent::{Nothing, Open, Token};

type Row = ((&'static str, &'static str), Sent, [u16; 5]);

const BOOKING: &[(&str, &str)] = &[
    ("do", "book"),
    ("title", "Second movement"),
    ("date", "2026-11-26"),
    ("from", "15:00"),
    ("until", "15:45"),
    ("zone", "Europe/Paris"),
    ("guest_name", "Kim"),
    ("guest_email", "kim@example.net"),
];
const NEW_TIME: &[(&str, &str)] = &[
    ("do", "propose"),
    ("date", "2026-11-26"),
    ("from", "15:00"),
    ("until", "15:45"),
    ("zone", "Europe/Paris"),
    ("note", "Later?"),
];
const USER: &[(&str, &str)] =
    &[("name", "Kim"), ("email", "kim@example.net"), ("zone", "Europe/Paris"), ("role", "member")];

const GRANT: &[(&str, &str)] = &[
    ("do", "save"),
    ("scope", "profile.basic.read"),
    ("reveal", "slots"),
    ("weekdays", "mon"),
    ("places", "video"),
    ("notice_minutes", "240"),
    ("horizon_days", "60"),
    ("length.min", "15"),
    ("length.max", "60"),
    ("length.default", "30"),
    ("buffer_before_minutes", "0"),
    ("buffer_after_minutes", "0"),
];

const GUEST: &[(&str, &str)] = &[
    ("start", "2026-11-26T09:00:00Z"),
    ("length", "30"),
    ("zone", "Europe/Paris"),
    ("name", "Dora"),
    ("email", "dora@example.net"),
];

/// Only who is signed in.
const SIGNED_IN: [u16; 5] = [401, 200, 200, 200, 200];
/// Only who is signed in, who is then sent to another page.
const DONE: [u16; 5] = [401, 303, 303, 303, 303];
/// Only administrators.
const ADMIN: [u16; 5] = [401, 403, 403, 403, 200];
/// Only administrators, who are then sent to another page.
const ADMIN_DONE: [u16; 5] = [401, 403, 403, 403, 303];
/// A meeting is nothing to who has nothing to do with it.
const MEETING: [u16; 5] = [401, 404, 200, 200, 200];
/// What only who made a meeting may do.
const MANAGE: [u16; 5] = [401, 404, 403, 303, 303];

const ROWS: &[Row] = &[
    (("GET", "/"), Nothing, [200; 5]),
    (("GET", "/sign-in"), Nothing, [200, 303, 303, 303, 303]),
    (("POST", "/sign-in"), Open(&[("email", "nobody@example.org")]), [200; 5]),
    (("GET", "/sign-in/link"), Nothing, [200; 5]),
    (("POST", "/sign-in/link"), Open(&[]), [303; 5]),
    (("POST", "/sign-out"), Token(&[]), [401, 303, 303, 303, 303]),
    // A house that has its administrator has no such link.
    (("GET", "/set-up"), Nothing, [404; 5]),
    (("POST", "/set-up"), Open(USER), [404; 5]),
    (("POST", "/zone"), Token(&[("zone", "Asia/Tokyo"), ("back", "/")]), [303; 5]),
    (("GET", "/meetings"), Nothing, SIGNED_IN),
    (("POST", "/meetings"), Token(BOOKING), [401, 303, 303, 303, 303]),
    (("GET", "/meetings/new"), Nothing, SIGNED_IN),
    (("GET", "/meetings/{id}"), Nothing, MEETING),
    (("POST", "/meetings/{id}/move"), Token(NEW_TIME), MANAGE),
    (("POST", "/meetings/{id}/cancel"), Token(&[]), MANAGE),
    (("POST", "/meetings/{id}/resend"), Token(&[]), MANAGE),
    // It has its guest already: whoever may book it is told so.
    (
        ("POST", "/meetings/{id}/book"),
        Token(&[("name", "Kim"), ("email", "kim@example.net")]),
        [401, 404, 403, 409, 409],
    ),
    // An administrator is not at the meeting, and so has nothing to answer.
    (("GET", "/meetings/{id}/ask"), Nothing, [401, 404, 200, 200, 403]),
    (("POST", "/meetings/{id}/ask"), Token(NEW_TIME), [401, 404, 200, 200, 403]),
    // The host is asked; the guest, who asks, cannot decide.
    (("POST", "/proposals/{id}"), Token(&[("do", "approve")]), [401, 404, 403, 303, 403]),
    (("GET", "/calendar"), Nothing, SIGNED_IN),
    (("GET", "/calendar/sources/new"), Nothing, SIGNED_IN),
    (
        ("POST", "/calendar/sources"),
        Token(&[("do", "ics"), ("url", "https://cal.example.org/a.ics")]),
        [401, 303, 303, 303, 303],
    ),
    // It is the host's; an administrator has none of it.
    (("GET", "/calendar/sources/{id}"), Nothing, [401, 404, 404, 200, 404]),
    (("POST", "/calendar/sources/{id}"), Token(&[("do", "read")]), [401, 404, 404, 303, 404]),
    (("GET", "/connections"), Nothing, SIGNED_IN),
    (("POST", "/connections"), Token(&[("email", "kim@example.net")]), [401, 303, 303, 303, 303]),
    (("GET", "/connections/questions"), Nothing, SIGNED_IN),
    // It is between the guest and the host; an administrator has none of it.
    (("GET", "/connections/{id}"), Nothing, [401, 404, 200, 200, 404]),
    (("POST", "/connections/{id}"), Token(&[("do", "end")]), [401, 404, 303, 303, 404]),
    (("POST", "/connections/{id}/grants"), Token(GRANT), [401, 404, 303, 303, 404]),
    (("GET", "/calendar/why"), Nothing, SIGNED_IN),
    (("GET", "/connect"), Nothing, [200; 5]),
    (("POST", "/connect"), Token(&[("do", "decline")]), [200; 5]),
    (("GET", "/agents"), Nothing, SIGNED_IN),
    (
        ("POST", "/agents"),
        Token(&[("name", "Maya"), ("kind", "service"), ("preferences.privacy", "strict")]),
        DONE,
    ),
    (("GET", "/agents/new"), Nothing, SIGNED_IN),
    // An administrator may end what somebody else's program does.
    (("GET", "/agents/{id}"), Nothing, [401, 404, 404, 200, 200]),
    (("POST", "/agents/{id}"), Token(&[("do", "retire")]), [401, 404, 404, 303, 303]),
    // What it does is its owner's to know.
    (("GET", "/agents/{id}/figures"), Nothing, [401, 404, 404, 200, 404]),
    (("GET", "/agents/{id}/activity"), Nothing, [401, 404, 404, 200, 404]),
    // Everybody has the figures of their own, administrators too.
    (("GET", "/analytics"), Nothing, SIGNED_IN),
    (("GET", "/webhooks"), Nothing, SIGNED_IN),
    // Its page shows the secret, so it is no redirect.
    (
        ("POST", "/webhooks"),
        Token(&[("url", "https://hooks.example.org/in"), ("kinds", "meeting.*")]),
        SIGNED_IN,
    ),
    (("GET", "/webhooks/new"), Nothing, SIGNED_IN),
    (("GET", "/webhooks/{id}"), Nothing, [401, 404, 404, 200, 404]),
    (("POST", "/webhooks/{id}"), Token(&[("do", "pause")]), [401, 404, 404, 303, 404]),
    (("GET", "/booking-links"), Nothing, SIGNED_IN),
    (("POST", "/booking-links"), Token(&[("do", "quick")]), DONE),
    (("GET", "/booking-links/new"), Nothing, SIGNED_IN),
    // A link is its owner's alone: an administrator has none of it.
    (("GET", "/booking-links/{id}"), Nothing, [401, 404, 404, 200, 404]),
    (("POST", "/booking-links/{id}"), Token(&[("do", "pause")]), [401, 404, 404, 303, 404]),
    (("POST", "/bookings/{id}"), Token(&[("do", "approve")]), [401, 404, 404, 303, 404]),
    // Whoever has the address of a page, or the link of a letter.
    (("GET", "/b/{name}"), Nothing, [200; 5]),
    (("POST", "/b/{name}"), Token(GUEST), [200; 5]),
    (("GET", "/booking"), Nothing, [200; 5]),
    (("POST", "/booking"), Token(&[("do", "confirm")]), [200; 5]),
    (("GET", "/booking/decide"), Nothing, [200; 5]),
    (("POST", "/booking/decide"), Open(&[("do", "decline")]), [200; 5]),
    (("GET", "/sessions"), Nothing, SIGNED_IN),
    // With nobody chosen, nobody is asked.
    (("POST", "/sessions"), Token(&[("title", "Tea")]), [401, 422, 422, 422, 422]),
    (("GET", "/sessions/new"), Nothing, SIGNED_IN),
    // It is between the guest and the host; an administrator has none of it.
    (("GET", "/sessions/{id}"), Nothing, [401, 404, 200, 200, 404]),
    (("POST", "/sessions/{id}"), Token(&[("do", "end")]), [401, 404, 303, 303, 404]),
    // It is between their agents; an administrator has none of it.
    (("GET", "/conversations"), Nothing, SIGNED_IN),
    (("GET", "/conversations/{id}"), Nothing, [401, 404, 200, 200, 404]),
    (("POST", "/conversations/{id}"), Token(&[("do", "close")]), [401, 404, 303, 303, 404]),
    (("GET", "/decide"), Nothing, [200; 5]),
    (("POST", "/decide"), Open(&[]), [200; 5]),
    // Its own reader is led to the session.
    (("GET", "/wish"), Nothing, [200; 5]),
    (("POST", "/wish"), Open(&[("do", "start")]), [200, 200, 200, 303, 200]),
    (("GET", "/tasks"), Nothing, SIGNED_IN),
    // With nobody chosen, nobody is asked.
    (("POST", "/tasks"), Token(&[("text", "Tune it")]), [401, 422, 422, 422, 422]),
    // The host asked the guest; an administrator has none of it.
    (("GET", "/tasks/{id}"), Nothing, [401, 404, 200, 200, 404]),
    (("POST", "/tasks/{id}"), Token(&[("do", "take")]), [401, 404, 303, 403, 404]),
    (("GET", "/approvals"), Nothing, SIGNED_IN),
    (("GET", "/approvals/rules"), Nothing, SIGNED_IN),
    (
        ("POST", "/approvals/rules"),
        Token(&[
            ("do", "add"),
            ("whose", "own"),
            ("kind", "payment"),
            ("decision", "refuse"),
            ("after_minutes", "0"),
        ]),
        DONE,
    ),
    (("GET", "/approvals/decide"), Nothing, [200; 5]),
    (("POST", "/approvals/decide"), Open(&[("do", "refuse")]), [200; 5]),
    (("GET", "/approvals/{id}"), Nothing, [401, 404, 200, 200, 404]),
    (("POST", "/approvals/{id}"), Token(&[("do", "approve")]), [401, 404, 303, 403, 404]),
    (("GET", "/groups"), Nothing, SIGNED_IN),
    (("GET", "/groups/new"), Nothing, SIGNED_IN),
    // With nothing filled in, nobody is asked.
    (("POST", "/groups"), Token(&[("question", "Which?")]), [401, 422, 422, 422, 422]),
    // The host asked the guest; an administrator has none of it.
    (("GET", "/groups/{id}"), Nothing, [401, 404, 200, 200, 404]),
    (("POST", "/groups/{id}"), Token(&[("do", "answer"), ("words", "Bach")]), [401, 404, 303, 303, 404]),
    (("GET", "/answer"), Nothing, [200; 5]),
    (("POST", "/answer"), Open(&[("do", "answer"), ("words", "Bach")]), [200; 5]),
    (("GET", "/notices"), Nothing, SIGNED_IN),
    (("POST", "/notices/read"), Token(&[]), [401, 303, 303, 303, 303]),
    // Another's notice is none.
    (("POST", "/notices/{id}/read"), Token(&[]), [401, 404, 404, 303, 404]),
    (("GET", "/reschedule"), Nothing, [200; 5]),
    (("POST", "/reschedule"), Open(&[("do", "accept")]), [200; 5]),
    (("GET", "/approve"), Nothing, [200; 5]),
    (("POST", "/approve"), Open(&[]), [200; 5]),
    (("GET", "/decline"), Nothing, [200; 5]),
    (("POST", "/decline"), Open(&[]), [200; 5]),
    // Nothing is held: no such link.
    (("GET", "/confirm"), Nothing, [404; 5]),
    (("POST", "/confirm"), Open(&[]), [404; 5]),
    (("GET", "/about-you"), Nothing, [200; 5]),
    (("POST", "/about-you"), Open(&[("do", "again")]), [200; 5]),
    (("GET", "/about-you.json"), Nothing, [200; 5]),
    (("GET", "/settings"), Nothing, SIGNED_IN),
    (("POST", "/settings"), Token(&[("name", "Kim"), ("zone", "UTC")]), [401, 303, 303, 303, 303]),
    (("GET", "/settings/hours"), Nothing, SIGNED_IN),
    (("POST", "/settings/hours"), Token(&[("monday", "09:00-12:00")]), DONE),
    (("POST", "/settings/hours/days"), Token(&[("date", "2026-12-24")]), DONE),
    (("POST", "/settings/hours/days/{date}/drop"), Token(&[]), DONE),
    (("GET", "/settings/account"), Nothing, SIGNED_IN),
    // The administrator is the last one.
    (("POST", "/settings/account"), Token(&[("do", "delete"), ("sure", "yes")]), [401, 303, 303, 303, 409]),
    (("GET", "/settings/account/export"), Nothing, SIGNED_IN),
    // There is no such link.
    (("GET", "/settings/address"), Nothing, [401, 404, 404, 404, 404]),
    (("POST", "/settings/address"), Token(&[]), [401, 404, 404, 404, 404]),
    (("GET", "/settings/notices"), Nothing, SIGNED_IN),
    (
        ("POST", "/settings/notices"),
        Token(&[("digest_at", "09:00"), ("remind", "30")]),
        [401, 303, 303, 303, 303],
    ),
    // Nobody can end another's; that it is not theirs is not told.
    (("POST", "/settings/sign-ins/{id}/end"), Token(&[]), [401, 303, 303, 303, 303]),
    (("POST", "/settings/tokens"), Token(&[("name", "Kim"), ("scope", "meetings.read")]), SIGNED_IN),
    // Nor revoke one that is not there.
    (("POST", "/settings/tokens/{id}/revoke"), Token(&[]), [401, 404, 404, 404, 404]),
    (("GET", "/admin"), Nothing, ADMIN),
    (("POST", "/admin/release"), Token(&[]), ADMIN_DONE),
    (("GET", "/admin/dead"), Nothing, ADMIN),
    (("POST", "/admin/dead/{id}"), Token(&[("do", "drop")]), ADMIN_DONE),
    (("GET", "/admin/inbound"), Nothing, ADMIN),
    // None is there.
    (("GET", "/admin/inbound/{id}"), Nothing, [401, 403, 403, 403, 404]),
    (("GET", "/admin/delivery"), Nothing, ADMIN),
    (("GET", "/admin/users"), Nothing, ADMIN),
    (("POST", "/admin/users"), Token(USER), ADMIN_DONE),
    (("POST", "/admin/users/{id}"), Token(&[("do", "disable")]), ADMIN_DONE),
    (("GET", "/admin/agents"), Nothing, ADMIN),
    (("GET", "/admin/announcements"), Nothing, ADMIN),
    (("POST", "/admin/announcements"), Token(&[("room", "ai_maintenance"), ("text", "Soon")]), ADMIN_DONE),
    (("GET", "/admin/roles"), Nothing, ADMIN),
    (("POST", "/admin/roles"), Token(&[("name", "Front desk")]), ADMIN_DONE),
    (("GET", "/admin/roles/{id}"), Nothing, ADMIN),
    (("POST", "/admin/roles/{id}"), Token(&[("do", "remove")]), ADMIN_DONE),
    (("GET", "/admin/resources"), Nothing, ADMIN),
    (("POST", "/admin/resources"), Token(&[("name", "Attic"), ("zone", "Europe/Paris")]), ADMIN_DONE),
    (("GET", "/admin/resources/{id}"), Nothing, ADMIN),
    (("POST", "/admin/resources/{id}"), Token(&[("do", "retire")]), ADMIN_DONE),
    (("GET", "/admin/resources/{id}/calendars/new"), Nothing, ADMIN),
    (
        ("POST", "/admin/resources/{id}/calendars"),
        Token(&[("do", "ics"), ("url", "https://cal.example.org/room.ics")]),
        ADMIN_DONE,
    ),
    (("GET", "/admin/alerts"), Nothing, ADMIN),
    (("GET", "/mailroom"), Nothing, ADMIN),
    (("GET", "/mailroom/{address}"), Nothing, ADMIN),
    (("GET", "/mailroom/{address}/{id}"), Nothing, ADMIN),
    (("POST", "/mailroom/{address}/{id}"), Token(&[("do", "accept")]), ADMIN),
    (("GET", "/mailroom/{address}/{id}/html"), Nothing, ADMIN),
    (("GET", "/static/{name}"), Nothing, [200; 5]),
];

#[test]
fn every_mounted_page_has_its_row() {
    let mounted: BTreeSet<_> = ROUTES.iter().copied().collect();
    let listed: BTreeSet<_> = ROWS.iter().map(|(route, ..)| *route).collect();
    assert_eq!(mounted, listed);
    assert_eq!(listed.len(), ROWS.len(), "a page has two rows");
    assert!(ROWS.iter().all(|((method, _), sent, _)| matches!(sent, Nothing) == (*method == "GET")));
}

/// A house in which the guest has an account as well.
async fn world() -> World {
    let w = World::new().await;
    w.write(|cx| {
        let new = NewUser { address: address(ANA), name: "Ana".to_owned(), zone: None, role: Role::Member };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
    w
}

/// A new time that the guest asks the host for.
async fn asked(w: &World, pair: Pair) -> ProposalId {
    w.write(move |cx| {
        let meeting = meetings::load(cx, pair.id)?;
        let who = Actor::new(Who::Anyone, Road::Link, "0af7651916cd43dd8448eb211c80319c");
        let (start, end) = (meeting.start.plus(DAY), meeting.end.plus(DAY));
        let asked = Asked { start, end, note: "", road: "link" };
        Ok(meetings::propose(cx, &who, &meeting, pair.guest, &asked)?.id)
    })
    .await
}

/// A notice of the host's: the guest has accepted.
async fn told(w: &World, pair: Pair) -> String {
    w.write(move |cx| {
        let meeting = meetings::load(cx, pair.id)?;
        let who = Actor::new(Who::Participant(pair.guest), Road::Link, "0af7651916cd43dd8448eb211c80319c");
        meetings::answer(cx, &who, &meeting, pair.guest, PartStat::Accepted).map(drop)
    })
    .await;
    w.follow().await;
    let ben = w.user(BEN).await.id;
    w.read(move |cx| Ok(notices::after(cx, ben, 0, 200, "t")?.pop().unwrap().notice.id.to_string())).await
}

/// A room of the house's.
async fn room(w: &World) -> String {
    let new = NewAgent { name: "Blue Room".to_owned(), ..NewAgent::default() };
    w.write(move |cx| Ok(agents::add(cx, &operator(), &new)?.id.to_string())).await
}

/// A program of the host's.
async fn program(w: &World) -> String {
    let ben = w.user(BEN).await.id;
    let who = Actor::new(Who::User { id: ben, admin: false }, Road::Page, "t");
    let new = NewRegistration::of(Kind::Service, "Maya");
    w.write(move |cx| Ok(agents::register(cx, &who, &new)?.agent.id.to_string())).await
}

/// A webhook of the host's.
async fn webhook(w: &World) -> String {
    let ben = w.user(BEN).await.id;
    let who = Actor::new(Who::User { id: ben, admin: false }, Road::Page, "t");
    let new = NewWebhook {
        url: "https://hooks.example.org/in".to_owned().into(),
        kinds: vec!["meeting.*".to_owned()],
        agent: None,
    };
    w.write(move |cx| Ok(webhooks::add(cx, &who, &new)?.0.id.to_string())).await
}

/// A role with nobody in it, of a name that is free.
async fn role(w: &World) -> String {
    w.write(|cx| {
        let name = format!("Role {}", agents::roles(cx, &operator())?.len());
        Ok(agents::add_role(cx, &operator(), &name, "")?.id.to_string())
    })
    .await
}

/// The path of a route to things of their own.
#[expect(clippy::too_many_lines, reason = "a table: a line for each route")]
async fn path(w: &World, route: &'static str) -> String {
    let (stem, _) = route.split_once("/{").unwrap_or((route, ""));
    let fill = |id: String| route.replace("{id}", &id);
    let pair = w.meeting().await;
    match stem {
        "/meetings" if route.contains('{') => fill(pair.id.to_string()),
        "/proposals" => fill(asked(w, pair).await.to_string()),
        "/connections" if route.contains('{') => fill(w.connection(BEN, ANA).await.to_string()),
        "/calendar/sources" if route.contains('{') => fill(w.source(BEN).await),
        "/sessions" if route.contains('{') => fill(w.session(BEN, ANA).await.to_string()),
        "/conversations" if route.contains('{') => fill(conversation(w).await),
        "/tasks" if route.contains('{') => fill(task(w).await),
        "/approvals" if route.contains('{') => {
            w.connection(BEN, ANA).await;
            fill(w.approval(BEN, ANA).await.to_string())
        }
        "/approvals/decide" => {
            w.connection(BEN, ANA).await;
            w.approval(BEN, ANA).await;
            w.follow().await;
            w.approval_links(ANA).await.1
        }
        "/groups" if route.contains('{') => {
            w.connection(BEN, ANA).await;
            fill(w.group(BEN, ANA, &[]).await.to_string())
        }
        "/answer" => {
            w.connection(BEN, ANA).await;
            w.group(BEN, ANA, &[]).await;
            w.follow().await;
            w.group_link(ANA).await
        }
        "/decide" => w.decision(BEN, ANA).await.0,
        "/wish" => w.wish(BEN, ANA).await,
        "/connect" => {
            w.invite(BEN, "dora@example.net").await;
            w.connect_link("dora@example.net").await
        }
        "/booking-links" if route.contains('{') => fill(w.booking_link(BEN).await.0.to_string()),
        "/bookings" => fill(w.waiting_booking(BEN).await.to_string()),
        "/b" => route.replace("{name}", &w.booking_link(BEN).await.1),
        "/booking/decide" => w.booking_decision(BEN).await.1,
        "/booking" => w.booking_to_confirm(BEN).await,
        "/settings/sign-ins" => fill(w.write(|cx| Ok(cx.id::<SignInId>())).await.to_string()),
        "/notices" if route.contains('{') => fill(told(w, pair).await),
        "/settings/tokens" => fill(w.write(|cx| Ok(cx.id::<TokenId>())).await.to_string()),
        "/admin/dead" => fill(w.write(|cx| Ok(cx.id::<WorkId>())).await.to_string()),
        "/admin/inbound" => fill(w.write(|cx| Ok(cx.id::<InboundId>())).await.to_string()),
        "/admin/users" if route.contains('{') => fill(w.user(CLEO).await.id.to_string()),
        "/agents" if route.contains('{') => fill(program(w).await),
        "/webhooks" if route.contains('{') => fill(webhook(w).await),
        "/admin/roles" if route.contains('{') => fill(role(w).await),
        "/admin/resources" if route.contains('{') => fill(room(w).await),
        "/mailroom" if route.contains('{') => {
            w.send_mail().await;
            let mail = w.read(|cx| Ok(mailroom::mails(cx, ANA, 1)?.remove(0).id)).await;
            fill(mail.to_string()).replace("{address}", ANA)
        }
        "/settings/hours/days" => route.replace("{date}", "2026-12-24"),
        "/static" => route.replace("{name}", "entente.css"),
        "/sign-in/link" => {
            let user = w.user(BEN).await.id;
            let link = w.write(move |cx| accounts::sign_in_link(cx, &operator(), user)).await;
            w.path(Purpose::SignIn, link)
        }
        "/set-up" | "/confirm" | "/settings/address" => format!("{route}?t=aaaa"),
        "/reschedule" => w.link(pair.guest, Purpose::Respond).await,
        "/about-you" | "/about-you.json" => {
            w.link(pair.guest, Purpose::AboutYou).await.replacen("/about-you", route, 1)
        }
        "/approve" | "/decline" => {
            asked(w, pair).await;
            let purpose = if stem == "/approve" { Purpose::Approve } else { Purpose::Decline };
            w.link(pair.host, purpose).await
        }
        _ => route.to_owned(),
    }
}

/// Ben asks Ana to do something.
async fn task(w: &World) -> String {
    w.connection(BEN, ANA).await;
    w.task(BEN, ANA).await.to_string()
}

/// Ben's built-in agent has begun a conversation with Ana's.
async fn conversation(w: &World) -> String {
    let connection = w.connection(BEN, ANA).await;
    let ben = w.user(BEN).await.id;
    let who = Actor::new(Who::User { id: ben, admin: false }, Road::Api, "t");
    let new = NewConversation {
        with: vec![With::Person(connection)],
        shape: None,
        request: Request::Information,
        topic: "A room for Friday".to_owned(),
        urgency: 3,
        answer_minutes: None,
        rights: Rights::default(),
        keep_days: None,
    };
    w.write(move |cx| Ok(conversation::begin(cx, &who, &new)?.id.to_string())).await
}

/// A browser that somebody is signed in with, and the token that its forms carry; empty where nobody is.
async fn browser_of<'w>(w: &'w World, email: Option<&'static str>) -> (Browser<'w>, String) {
    let mut browser = w.browser();
    let Some(email) = email else { return (browser, String::new()) };
    let user = w.user(email).await.id;
    let secret = w
        .write(move |cx| {
            let link = accounts::sign_in_link(cx, &operator(), user)?;
            let url = links::url(cx.keys(), "", Purpose::SignIn, link);
            let (_, secret) = url.split_once('=').unwrap();
            Ok(accounts::sign_in(cx, &operator(), secret, "Firefox")?.secret)
        })
        .await;
    browser.cookies.insert(session::SIGN_IN.to_owned(), secret.expose().to_owned());
    let ground = w.web.store.ground();
    (browser, csrf::token(&ground.keys, &ground.chance, &secret))
}

/// What of these rows is not as the table says.
async fn wrong(rows: impl Iterator<Item = &Row>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (route, sent, codes) in rows {
        let w = world().await;
        for ((caller, email), code) in CALLERS.iter().zip(*codes) {
            let (mut browser, token) = browser_of(&w, *email).await;
            let path = path(&w, route.1).await;
            let mut expect = |what: &str, found: u16, expected: u16| {
                if found != expected {
                    wrong.push(format!(
                        "{} {} {what} by {caller}: {found} and not {expected}",
                        route.0, route.1
                    ));
                }
            };
            match sent {
                Nothing => expect("", browser.get(&path).await.code, code),
                Open(fields) => expect("", browser.post(&path, fields).await.code, code),
                Token(fields) => {
                    let refused = if email.is_some() { 403 } else { code };
                    let without = browser.post(&path, fields).await;
                    expect("without the token", without.code, refused);
                    let mut fields = fields.to_vec();
                    fields.push(("csrf", &token));
                    expect("with the token", browser.post(&path, &fields).await.code, code);
                }
            }
        }
    }
    wrong
}

#[actix_web::test]
async fn every_page_opens_for_everybody_as_the_table_says() {
    let wrong = wrong(ROWS.iter().filter(|((method, _), ..)| *method == "GET")).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[actix_web::test]
async fn every_form_is_taken_from_everybody_as_the_table_says_and_from_nobody_without_its_token() {
    let wrong = wrong(ROWS.iter().filter(|((method, _), ..)| *method == "POST")).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[actix_web::test]
async fn a_form_token_of_somebody_else_is_none() {
    let w = world().await;
    let (_, token) = browser_of(&w, Some(CLEO)).await;
    let pair = w.meeting().await;
    let cancel = format!("/meetings/{}/cancel", pair.id);
    browser_of(&w, Some(BEN)).await.0.post(&cancel, &[("csrf", &token)]).await.is(403);
    assert_eq!(w.load(pair.id).await.status, meetings::Status::Scheduled);
}
