//! Doors: who gets in, what a form must carry, what protects the browser, and the pages of what cannot be done.

use actix_web::http::Method;
use entente::accounts;
use entente::base::time::{HOUR, MINUTE};
use entente::config::Transport;
use entente::links::Purpose;
use entente::post::letter;
use entente::web::pages::ROUTES;

use crate::pages_world::{ANA, BEN, CLEO, ROOT, Setting, World, encode, forms, hash, operator};

#[actix_web::test]
async fn signing_in_is_answered_alike_for_known_and_unknown_addresses() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.get("/sign-in").await.is(200);
    let known = browser.post("/sign-in", &[("email", BEN)]).await;
    let unknown = browser.post("/sign-in", &[("email", "nobody@example.org")]).await;
    assert_eq!((known.code, unknown.code), (200, 200));
    assert_eq!(known.text, unknown.text);
    assert_eq!(known.headers, unknown.headers);
    known.says("If that address is known here");
}

#[actix_web::test]
async fn only_so_many_sign_in_mails_go_to_one_address_and_the_answer_stays_the_same() {
    let w = World::new().await;
    let mut browser = w.browser();
    let first = browser.post("/sign-in", &[("email", BEN)]).await;
    for _ in 0..9 {
        let again = browser.post("/sign-in", &[("email", BEN)]).await;
        assert_eq!(again.text, first.text);
    }
    let letters = w
        .read(|cx| {
            let hash = entente::links::address_hash(cx, &crate::pages_world::address(BEN));
            letter::of_address(cx, &hash, 100)
        })
        .await;
    assert_eq!(letters.len(), 5);
    w.clock.advance(HOUR);
    browser.post("/sign-in", &[("email", BEN)]).await.is(200);
}

#[actix_web::test]
async fn a_wrong_address_comes_back_with_what_was_typed() {
    let w = World::new().await;
    let reply = w.browser().press("/sign-in", "/sign-in", &[("email", "ben at example")]).await;
    reply.is(422).says("ben at example").says("like ana@example.org").says("aria-invalid");
}

#[actix_web::test]
async fn a_sign_in_link_signs_in_by_its_button_and_once() {
    let w = World::new().await;
    let user = w.user(BEN).await;
    let link = w.write(move |cx| accounts::sign_in_link(cx, &operator(), user.id)).await;
    let path = w.path(Purpose::SignIn, link);
    let mut ben = w.browser();
    ben.get(&path).await.is(200).says("Sign in as Ben");
    assert!(ben.cookies.is_empty(), "looking signs nobody in");
    let entered = ben.press(&path, &path, &[]).await;
    entered.is(303);
    assert_eq!(entered.header("location"), "/");
    ben.get("/meetings").await.is(200);
    let again = ben.post(&path, &[]).await;
    assert_eq!((again.code, again.header("location")), (303, "/"), "pressed twice in the same browser");
    w.browser().post(&path, &[]).await.is(410).says("This link has been used").says("/sign-in");
    w.browser().get("/sign-in/link?t=aaaa").await.is(404).says("not known here");
}

#[actix_web::test]
async fn the_sign_in_cookie_is_for_this_site_and_no_script() {
    for (public_url, is_secure) in [("http://localhost:8080", false), ("https://meet.example.org", true)] {
        let mut setting = Setting::new();
        public_url.clone_into(&mut setting.house.public_url);
        let w = World::with(setting).await;
        let user = w.user(BEN).await;
        let link = w.write(move |cx| accounts::sign_in_link(cx, &operator(), user.id)).await;
        let path = w.path(Purpose::SignIn, link);
        let reply = w.browser().post(&path, &[]).await;
        let cookie = reply.header("set-cookie");
        // Two cookies are set; the map keeps the last of them, and both are made alike.
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"));
        assert_eq!(cookie.contains("Secure"), is_secure, "{public_url}: {cookie}");
    }
}

#[actix_web::test]
async fn whoever_had_to_sign_in_first_comes_back_to_where_they_wanted() {
    let w = World::new().await;
    let mut ben = w.browser();
    let denied = ben.get("/settings").await;
    denied.is(401).says("Sign in first").says("/sign-in?back=/settings");
    let asked = ben.press("/sign-in?back=/settings", "/sign-in", &[("email", BEN)]).await;
    asked.is(200);
    let link = w
        .read(|cx| {
            let hash = entente::links::address_hash(cx, &crate::pages_world::address(BEN));
            Ok(letter::of_address(cx, &hash, 1)?.pop())
        })
        .await
        .and_then(|kept| match kept.letter.says {
            letter::Says::SignIn { link, .. } => Some(link),
            _ => None,
        })
        .expect("a link was mailed");
    let path = w.path(Purpose::SignIn, link);
    let entered = ben.press(&path, &path, &[]).await;
    assert_eq!(entered.header("location"), "/settings");
    let evil = w.browser().get("/sign-in?back=https://evil.example/").await;
    assert!(!evil.main().contains("evil.example"));
}

#[actix_web::test]
async fn signing_out_ends_the_sign_in_and_not_only_the_cookie() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let before = ben.clone();
    ben.press("/", "/sign-out", &[]).await.is(303);
    assert!(ben.cookies.is_empty());
    let mut thief = before.clone();
    thief.get("/meetings").await.is(401);
}

#[actix_web::test]
async fn the_first_person_becomes_administrator_and_nobody_after() {
    let w = World::empty(Setting::new());
    let link = w.write(|cx| accounts::set_up_link(cx, &operator())).await;
    let path = w.path(Purpose::SetUp, link);
    let mut first = w.browser();
    let wrong = first.press(&path, &path, &[("name", ""), ("email", "x"), ("zone", "Mars/Olympus")]).await;
    wrong.is(422).says("Mars/Olympus").says("3 fields need another look");
    let typed = [("name", "Alex"), ("email", "alex@example.org"), ("zone", "Europe/Paris")];
    first.press(&path, &path, &typed).await.is(303);
    first.get("/admin").await.is(200);
    let mut second = w.browser();
    second.get(&path).await.is(410);
    second.post(&path, &[("name", "Eve"), ("email", "eve@example.org"), ("zone", "UTC")]).await.is(410);
    assert_eq!(w.read(|cx| Ok(accounts::list(cx, &operator())?.len())).await, 1);
}

#[actix_web::test]
async fn a_form_without_its_token_or_from_another_site_changes_nothing() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let mut ben = w.browser_of(BEN).await;
    let cancel = format!("/meetings/{}/cancel", pair.id);
    let before = w.rows();
    ben.post(&cancel, &[]).await.is(403).says("This form is too old");
    ben.post(&cancel, &[("csrf", "0123456789abcdef")]).await.is(403);
    let mut cleo = w.browser_of(CLEO).await;
    let of_cleo = forms(&cleo.get("/settings").await.text)
        .into_iter()
        .flat_map(|form| form.fields)
        .find(|(name, _)| name == "csrf")
        .expect("a token")
        .1;
    let after_sign_in = w.rows();
    ben.post(&cancel, &[("csrf", &of_cleo)]).await.is(403);
    let page = ben.get(&format!("/meetings/{}", pair.id)).await;
    let token = forms(&page.text)[0].fields[0].1.clone();
    let body = Some(encode(&[("csrf", &token)]));
    let elsewhere = [("sec-fetch-site", "cross-site")];
    ben.send(&Method::POST, &cancel, body.clone(), &elsewhere).await.is(403).says("another site");
    let origin = [("origin", "https://evil.example")];
    ben.send(&Method::POST, &cancel, body.clone(), &origin).await.is(403);
    assert_eq!(hash(&after_sign_in), hash(&w.rows()), "nothing changed");
    assert_ne!(hash(&before), hash(&after_sign_in), "but Cleo signed in");
    ben.send(&Method::POST, &cancel, body, &[("sec-fetch-site", "same-origin")]).await.is(303);
    // A link's secret is in its address: its form needs no token, and still no other site may send it.
    let respond = w.link(pair.guest, Purpose::AboutYou).await;
    let body = Some(encode(&[("do", "never")]));
    w.browser().send(&Method::POST, &respond, body, &elsewhere).await.is(403);
}

#[actix_web::test]
async fn every_answer_protects_the_browser() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let mut ben = w.browser_of(BEN).await;
    for path in ["/", "/meetings", "/sign-in", respond.as_str(), "/nowhere", "/settings", "/reschedule?r=x"] {
        let reply = ben.get(path).await;
        assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_eq!(reply.header("x-robots-tag").contains("noindex"), path != "/", "{path}");
        assert!(
            !reply.text.contains(" style=\"") && !reply.text.contains(" onclick"),
            "{path}: nothing inline"
        );
    }
}

#[actix_web::test]
async fn assets_are_kept_for_good_and_known_by_their_tag() {
    let w = World::new().await;
    let mut browser = w.browser();
    let front = browser.get("/").await;
    let at = front.text.find("/static/entente.css?v=").expect("a stylesheet");
    let path = front.text[at..].split('"').next().expect("its address").to_owned();
    let css = browser.get(&path).await;
    css.is(200);
    assert_eq!(css.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(css.header("content-type"), "text/css; charset=utf-8");
    let tag = css.header("etag").to_owned();
    let known = browser.send(&Method::GET, &path, None, &[("if-none-match", &tag)]).await;
    assert_eq!((known.code, known.text.as_str()), (304, ""));
    assert_eq!(browser.get("/static/favicon.svg").await.header("cache-control"), "public, max-age=3600");
    browser.get("/static/../Cargo.toml").await.is(404);
    browser.get("/static/none").await.is(404);
}

#[actix_web::test]
async fn what_cannot_be_done_is_a_page_that_says_what_to_do() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let mut ben = w.browser_of(BEN).await;
    ben.get("/nowhere").await.is(404).says("Nothing is here");
    ben.get("/meetings/mtg_0").await.is(404).says("Nothing is here");
    ben.get(&format!("/meetings/{}/cancel", pair.id)).await.is(405).says("cannot be done here");
    ben.send(&Method::PUT, "/sign-in", None, &[]).await.is(405);
    ben.get("/admin").await.is(403).says("not yours to do");
    let large = "x".repeat(70_000);
    ben.post("/sign-in", &[("email", &large)]).await.is(413).says("too much at once");
    let json = [("content-type", "application/json")];
    ben.send(&Method::POST, "/sign-in", Some("{}".to_owned()), &json).await.is(400).says("could not be read");
    w.browser().get("/meetings").await.is(401).says("Sign in first");
}

#[actix_web::test]
async fn a_fault_of_ours_is_a_page_with_its_reference_and_no_secret() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let connection = rusqlite::Connection::open(w.database()).expect("the file");
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; ALTER TABLE meetings RENAME TO lost")
        .expect("damage");
    let reply = ben.get("/meetings").await;
    reply.is(500).says("The fault is ours").says("Reference: <code>");
    assert!(!reply.text.contains("no such table"), "what went wrong is in the log, not on the page");
    let reference = reply.text.split("<code>").nth(1).and_then(|rest| rest.split('<').next());
    assert!(reference.is_some_and(|it| it.len() == 32 && it.bytes().all(|b| b.is_ascii_hexdigit())));
}

/// Whom each path lets in: somebody without an account, a member who is not at the meeting, its host, an
/// administrator.
#[actix_web::test]
async fn each_page_lets_in_whom_it_should() {
    let mut setting = Setting::new();
    setting.config.limits.invalid_links_per_hour = 1_000;
    let w = World::with(setting).await;
    let pair = w.meeting().await;
    w.send_mail().await;
    let mail = w.read(|cx| Ok(entente::post::mailroom::mails(cx, ANA, 1)?.remove(0).id)).await;
    let meeting = pair.id.to_string();
    let mut people =
        [w.browser(), w.browser_of(CLEO).await, w.browser_of(BEN).await, w.browser_of(ROOT).await];
    for (method, route) in ROUTES.iter().filter(|(method, _)| *method == "GET") {
        let expected = match *route {
            "/sign-in" => [200, 303, 303, 303],
            "/" | "/static/{name}" => [200, 200, 200, 200],
            "/set-up" | "/sign-in/link" | "/reschedule" | "/approve" | "/decline" | "/confirm"
            | "/about-you" | "/about-you.json" | "/connect" | "/decide" | "/wish" | "/b/{name}"
            | "/booking" | "/booking/decide" | "/approvals/decide" | "/answer" => [404, 404, 404, 404],
            // There is no such connection, no such session, no such calendar, no such agent, no such link.
            "/settings/address"
            | "/connections/{id}"
            | "/sessions/{id}"
            | "/calendar/sources/{id}"
            | "/agents/{id}"
            | "/conversations/{id}"
            | "/agents/{id}/figures"
            | "/agents/{id}/activity"
            | "/tasks/{id}"
            | "/approvals/{id}"
            | "/groups/{id}"
            | "/webhooks/{id}"
            | "/booking-links/{id}" => [401, 404, 404, 404],
            "/meetings"
            | "/meetings/new"
            | "/calendar"
            | "/calendar/sources/new"
            | "/calendar/why"
            | "/connections"
            | "/connections/questions"
            | "/sessions"
            | "/sessions/new"
            | "/agents"
            | "/conversations"
            | "/analytics"
            | "/agents/new"
            | "/webhooks"
            | "/webhooks/new"
            | "/booking-links"
            | "/booking-links/new"
            | "/tasks"
            | "/approvals"
            | "/approvals/rules"
            | "/groups"
            | "/groups/new"
            | "/settings"
            | "/settings/hours"
            | "/settings/account"
            | "/settings/notices"
            | "/notices"
            | "/settings/account/export" => [401, 200, 200, 200],
            "/meetings/{id}" => [401, 404, 200, 200],
            "/meetings/{id}/ask" => [401, 404, 200, 403],
            // There is no such message, no such role, no such room.
            "/admin/inbound/{id}"
            | "/admin/roles/{id}"
            | "/admin/resources/{id}"
            | "/admin/resources/{id}/calendars/new" => [401, 403, 403, 404],
            "/admin"
            | "/admin/dead"
            | "/admin/inbound"
            | "/admin/delivery"
            | "/admin/users"
            | "/admin/alerts"
            | "/admin/agents"
            | "/admin/announcements"
            | "/admin/roles"
            | "/admin/resources"
            | "/mailroom"
            | "/mailroom/{address}"
            | "/mailroom/{address}/{id}"
            | "/mailroom/{address}/{id}/html" => [401, 403, 403, 200],
            other => panic!("{method} {other} is not in this table"),
        };
        let id = match *route {
            route if route.starts_with("/mailroom") => mail.to_string(),
            route if route.starts_with("/admin") => "inb_0193f2a4c7d87e30a4c7d87e300193f2".to_owned(),
            _ => meeting.clone(),
        };
        let path = route.replace("{id}", &id).replace("{address}", ANA).replace("{name}", "entente.js");
        for (person, expected) in people.iter_mut().zip(expected) {
            assert_eq!(person.get(&path).await.code, expected, "{path}");
            let head = person.head(&path).await;
            assert_eq!(head.code, expected, "HEAD {path}");
        }
    }
}

#[actix_web::test]
async fn every_form_is_refused_to_whom_it_is_not_for() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let meeting = pair.id.to_string();
    let mut people = [w.browser(), w.browser_of(CLEO).await];
    let before = w.rows();
    for (_, route) in ROUTES.iter().filter(|(method, _)| *method == "POST") {
        let path = route.replace("{id}", &meeting).replace("{address}", ANA);
        let is_open = matches!(*route, "/sign-in" | "/zone");
        let links = [
            "/sign-in/link",
            "/set-up",
            "/reschedule",
            "/approve",
            "/decline",
            "/confirm",
            "/about-you",
            "/connect",
            "/decide",
            "/wish",
            "/booking",
            "/booking/decide",
            "/approvals/decide",
            "/answer",
        ];
        let is_link = links.contains(route);
        if is_open || is_link {
            continue;
        }
        for person in &mut people {
            let reply = person.post(&path, &[("do", "accept")]).await;
            assert!(matches!(reply.code, 401 | 403 | 404), "{path}: {}", reply.code);
        }
    }
    assert_eq!(hash(&before), hash(&w.rows()));
}

#[actix_web::test]
async fn there_is_no_mailroom_where_mail_leaves_the_house() {
    let mut setting = Setting::new();
    setting.config.mail.transport = Transport::Smtp;
    setting.open_mailroom = true;
    let w = World::with(setting).await;
    let mut root = w.browser_of(ROOT).await;
    root.get("/mailroom").await.is(404);
    assert!(!root.get("/").await.text.contains("/mailroom"));
}

#[actix_web::test]
async fn a_reader_reads_in_their_own_zone() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let mut ana = w.browser();
    // The zone that is known of the participant; the time is 10:30 in Paris.
    ana.get(&respond).await.says("09:30 – 10:15").says("Lisbon time");
    ana.get(&format!("{respond}&zone=Asia/Tokyo")).await.says("18:30 – 19:15").says("Tokyo time");
    let chosen = ana.press(&respond, "/zone", &[("zone", "america/new_york")]).await;
    chosen.is(303);
    let back = ana.get(chosen.header("location")).await;
    back.says("04:30 – 05:15").says("New York time").says("Times are in your zone now");
    let wrong = ana.press(&respond, "/zone", &[("zone", "Mars/Olympus")]).await;
    ana.get(wrong.header("location")).await.says("That is not a time zone").says("04:30 – 05:15");
    // With an account it is the profile's, whatever the browser remembers.
    let mut ben = w.browser_of(BEN).await;
    ben.cookies.insert("entente_zone".to_owned(), "Asia/Tokyo".to_owned());
    let path = format!("/meetings/{}", pair.id);
    ben.get(&path).await.says("10:30 – 11:15").says("Paris time");
    ben.press(&path, "/zone", &[("zone", "Europe/London")]).await.is(303);
    ben.get(&path).await.says("09:30 – 10:15").says("London time");
    assert_eq!(w.user(BEN).await.zone.name(), "Europe/London");
    w.clock.advance(MINUTE);
}

#[actix_web::test]
async fn settings_are_changed_sign_ins_ended_and_tokens_shown_once() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let mut phone = w.browser_of(BEN).await;
    ben.press("/settings", "/settings", &[("name", " "), ("zone", "Nowhere")]).await.is(422).says("Nowhere");
    ben.press("/settings", "/settings", &[("name", "Benjamin"), ("zone", "Europe/Madrid")]).await.is(303);
    ben.get("/settings?done=saved").await.says("Benjamin").says("Europe/Madrid").says("Saved.");
    let none = ben.press("/settings", "/settings/tokens", &[("name", "Script")]).await;
    none.is(422).says("Choose what the token may be used for").says("Script");
    let made =
        ben.press("/settings", "/settings/tokens", &[("name", "Script"), ("scope", "meetings.read")]).await;
    made.is(200).says("id=\"fresh-token\">ent_");
    let denied = ben.press("/settings", "/settings/tokens", &[("name", "All"), ("scope", "admin")]).await;
    denied.is(403);
    let page = ben.get("/settings").await;
    assert!(!page.text.contains("ent_"), "shown this once");
    let revoke =
        forms(&page.text).into_iter().find(|form| form.action.ends_with("/revoke")).expect("a token");
    ben.press("/settings", &revoke.action, &[]).await.is(303);
    assert!(!ben.get("/settings").await.text.contains("/revoke"));
    let ends: Vec<_> = forms(&page.text).into_iter().filter(|form| form.action.ends_with("/end")).collect();
    assert_eq!(ends.len(), 2);
    ben.press("/settings", &ends[1].action, &[]).await.is(303);
    phone.get("/settings").await.is(401);
    ben.get("/settings").await.is(200);
}

#[actix_web::test]
async fn whoever_guesses_links_is_stopped_and_whoever_holds_one_is_not() {
    let mut setting = Setting::new();
    setting.config.limits.invalid_links_per_hour = 3;
    let w = World::with(setting).await;
    let pair = w.meeting().await;
    let respond = w.link(pair.guest, Purpose::Respond).await;
    let mut browser = w.browser();
    let before = w.rows();
    for path in ["/reschedule?r=a", "/approve?t=b", "/sign-in/link?t=c"] {
        browser.get(path).await.is(404);
    }
    let stopped = browser.get("/reschedule?r=d").await;
    stopped.is(429).says("One moment, please");
    assert!(!stopped.header("retry-after").is_empty());
    browser.get(&respond).await.is(200).says("Request a new time");
    assert_eq!(hash(&before), hash(&w.rows()), "and it costs no row");
    w.clock.advance(HOUR);
    browser.get("/reschedule?r=d").await.is(404);
}

#[actix_web::test]
async fn too_many_requests_are_turned_away_with_a_page_for_people() {
    let mut setting = Setting::new();
    setting.config.limits.requests_per_minute = 2;
    let w = World::with(setting).await;
    let web = w.web.clone();
    let app = actix_web::App::new()
        .wrap(actix_web::middleware::from_fn(entente::web::limits::limit))
        .configure(|service| entente::web::configure(service, &web));
    let app = actix_web::test::init_service(app).await;
    for expected in [200, 200, 429] {
        let request = actix_web::test::TestRequest::with_uri("/sign-in").to_request();
        let response = actix_web::test::call_service(&app, request).await;
        assert_eq!(response.status().as_u16(), expected);
        let is_page =
            response.headers().get("content-type").is_some_and(|kind| kind == "text/html; charset=utf-8");
        assert!(is_page && response.headers().contains_key("content-security-policy"));
    }
}
