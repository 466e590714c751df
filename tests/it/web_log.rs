//! The log of requests: what it tells, and what never reaches it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, test, web as actix};
use entente::accounts;
use entente::links::Purpose;
use entente::web;
use serde_json::Value;

use crate::pages_world::{ANA, BEN, World, operator};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What comes of `work`, and everything that was logged meanwhile on this thread.
pub(crate) async fn logged<T>(work: impl Future<Output = T>) -> (T, String) {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .json()
        .flatten_event(true)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let came = work.await;
    drop(guard);
    (came, lines.text())
}

/// Sends each request to the house and gives everything that was logged meanwhile, at every level.
async fn log_of(w: &World, requests: Vec<test::TestRequest>) -> String {
    let house = w.web.clone();
    let failing = actix::get().to(async || HttpResponse::InternalServerError().finish());
    let app = App::new()
        .app_data(actix::Data::new(house.clone()))
        .wrap(from_fn(web::log::requests))
        .route("/fails/{id}", failing)
        .configure(|service| web::configure(service, &house));
    let app = test::init_service(app).await;
    let all = async {
        for request in requests {
            test::call_service(&app, request.to_request()).await;
        }
    };
    logged(all).await.1
}

fn lines_of_requests(log: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line.get("route").is_some()).collect()
}

#[actix_web::test]
async fn what_changes_something_and_what_fails_has_a_line_and_nothing_else_has() {
    let w = World::new().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let traced = ("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
    let log = log_of(
        &w,
        vec![
            test::TestRequest::get().uri("/"),
            test::TestRequest::get().uri("/healthz"),
            test::TestRequest::get().uri("/nothing/here"),
            test::TestRequest::get().uri("/fails/7?t=x").insert_header(traced.clone()),
            test::TestRequest::post().uri("/meetings/mtg_1/cancel").insert_header(traced.clone()),
            test::TestRequest::delete().uri("/api/v1/meetings/mtg_1").insert_header(traced.clone()),
            test::TestRequest::post().uri("/nothing/here").insert_header(traced),
        ],
    )
    .await;
    let lines = lines_of_requests(&log);
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            assert_eq!(line["trace"], trace, "{line}");
            assert!(line["ms"].as_i64().is_some_and(|ms| ms >= 0), "{line}");
            let text = |field: &str| line[field].as_str().unwrap().to_owned();
            (text("level"), text("method"), text("route"), line["status"].as_u64().unwrap())
        })
        .collect();
    let row = |level: &str, method: &str, route: &str, status| {
        (level.to_owned(), method.to_owned(), route.to_owned(), status)
    };
    assert_eq!(
        told,
        [
            row("ERROR", "GET", "/fails/{id}", 500),
            row("INFO", "POST", "/meetings/{id}/cancel", 401),
            row("INFO", "DELETE", "/api/v1/meetings/{id}", 401),
            row("INFO", "POST", "none", 404),
        ]
    );
}

#[actix_web::test]
async fn no_secret_and_no_address_reaches_the_log() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let user = w.user(BEN).await.id;
    let sign_in = w.write(move |cx| accounts::sign_in_link(cx, &operator(), user)).await;
    let paths = [
        w.link(pair.guest, Purpose::Respond).await,
        w.link(pair.guest, Purpose::AboutYou).await,
        w.path(Purpose::SignIn, sign_in),
        format!("/mailroom/{ANA}/ltr_1"),
        format!("/{ANA}?t=aaaa"),
        format!("/fails/{ANA}?t=aaaa"),
    ];
    let mut requests = Vec::new();
    for path in &paths {
        requests.push(test::TestRequest::get().uri(path));
        let form = [("do", "accept"), ("email", ANA), ("csrf", "csrfsecret")];
        requests.push(
            test::TestRequest::post()
                .uri(path)
                .insert_header(("cookie", "entente=cookiesecret"))
                .insert_header(("authorization", "Bearer bearersecret"))
                .set_form(form),
        );
    }
    let log = log_of(&w, requests).await;
    assert!(lines_of_requests(&log).len() > paths.len(), "{log}");
    let secrets = paths.iter().filter_map(|path| path.split_once('=')).map(|(_, secret)| secret);
    for secret in secrets.chain([ANA, BEN, "cookiesecret", "bearersecret", "csrfsecret", "@"]) {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}
