//! Outgoing HTTP: what is called, what is not, and how every call ends.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entente::base::{IpRange, Secret};
use entente::net::{Answer, Client, Credentials, Fault, Names, Request, SystemNames, Url};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::BoxFuture;

use crate::http_server::{HttpServer, Told};
use crate::name_server::{Mood, NameServer};

/// More than anything needs on a busy machine, where the time is not what is looked at.
const UNHURRIED: Duration = Duration::from_mins(2);

/// Names of the tests: each has its addresses, of the first look, the second, and so on.
#[derive(Clone, Default)]
struct Book {
    names: Arc<BTreeMap<&'static str, Vec<&'static [&'static str]>>>,
    looks: Arc<AtomicUsize>,
}

impl Book {
    fn new(names: &[(&'static str, &[&'static [&'static str]])]) -> Self {
        let names = names.iter().map(|(name, looks)| (*name, looks.to_vec())).collect();
        Self { names: Arc::new(names), looks: Arc::default() }
    }
}

impl Names for Book {
    fn look_up(&self, host: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let look = self.looks.fetch_add(1, Ordering::SeqCst);
        let found = self.names.get(host).map(|looks| looks[look.min(looks.len() - 1)]);
        let found =
            found.map(|addresses| addresses.iter().map(|it| it.parse().expect("an address")).collect());
        Box::pin(async move { found.ok_or_else(|| std::io::Error::other("no such name")) })
    }
}

fn ranges(ranges: &[&str]) -> Vec<IpRange> {
    ranges.iter().map(|range| IpRange::parse(range).expect("a range")).collect()
}

/// A client that may call this machine, and nothing else that is private.
fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::with_names(&ranges(&["127.0.0.0/8"]), Arc::new(SystemNames), UNHURRIED)
}

fn client_with(names: Book, time: Duration) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::with_names(&ranges(&["127.0.0.0/8"]), Arc::new(names), time)
}

fn get(url: &str) -> Request {
    Request::new("GET", Url::parse(url).expect("a URL"))
}

async fn text(client: &Client, request: Request) -> Result<(u16, String), Fault> {
    let answer: Answer = client.send(request).await?;
    Ok((answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
}

#[tokio::test]
async fn nothing_private_is_called_however_it_is_spelt() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::new(&[]);
    let server = HttpServer::start(|_| Told::new(200, "inside")).await;
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "１２７.0.0.1",
        "%31%32%37.0.0.1",
    ] {
        let fault =
            client.send(get(&format!("http://{host}:{}/", server.port))).await.map(|answer| answer.status);
        assert!(matches!(fault, Err(Fault::NotAllowed(_))), "{host}: {fault:?}");
    }
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn only_http_is_called_and_no_password_is_taken_from_an_address() {
    for url in [
        "ftp://example.org/",
        "file:///etc/passwd",
        "data:,x",
        "http://ada@example.org/",
        "https://a:b@example.org/",
    ] {
        let fault = client().send(get(url)).await.map(|answer| answer.status);
        assert!(matches!(fault, Err(Fault::BadUrl(_))), "{url}: {fault:?}");
    }
}

#[tokio::test]
async fn a_name_with_one_address_inside_is_not_called_at_all() {
    let server = HttpServer::start(|_| Told::new(200, "hello")).await;
    let names = Book::new(&[
        ("good.example", &[&["127.0.0.1"]]),
        ("mixed.example", &[&["127.0.0.1", "10.0.0.7"]]),
        ("metadata.example", &[&["169.254.169.254"]]),
        ("mapped.example", &[&["::ffff:10.0.0.7"]]),
        ("dotted.example.", &[&["10.0.0.7"]]),
        ("empty.example", &[&[]]),
    ]);
    let client = client_with(names, UNHURRIED);
    let url = |host: &str| format!("http://{host}:{}/", server.port);
    assert_eq!(text(&client, get(&url("good.example"))).await, Ok((200, "hello".to_owned())));
    for host in ["mixed.example", "metadata.example", "mapped.example", "dotted.example."] {
        assert_eq!(text(&client, get(&url(host))).await, Err(Fault::NotAllowed(host.to_owned())));
    }
    for host in ["empty.example", "unknown.example"] {
        assert!(matches!(text(&client, get(&url(host))).await, Err(Fault::Unreachable(_))), "{host}");
    }
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_the_connection_keeps_to_what_was_checked() {
    let server = HttpServer::start(|_| Told::new(200, "hello")).await;
    // A name that answers with a harmless address first, and with one inside to whoever looks again.
    let names = Book::new(&[("turns.example", &[&["127.0.0.1"], &["10.0.0.7"]])]);
    let client = client_with(names.clone(), UNHURRIED);
    let url = format!("http://turns.example:{}/", server.port);
    assert_eq!(text(&client, get(&url)).await, Ok((200, "hello".to_owned())));
    assert_eq!(names.looks.load(Ordering::SeqCst), 1);
    assert!(matches!(text(&client, get(&url)).await, Err(Fault::NotAllowed(_))));
}

#[tokio::test]
async fn a_redirect_is_checked_like_the_first_call() {
    let to = Arc::new(Mutex::new(String::new()));
    let next = to.clone();
    let server = HttpServer::start(move |call| match call.path.as_str() {
        "/end" => Told::new(200, "there"),
        _ => Told::redirect(302, next.lock().expect("a text").clone()),
    })
    .await;
    let client = client();
    for inside in [
        "http://10.0.0.7/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "//192.168.0.1/x",
        "http://0xa000007/",
    ] {
        inside.clone_into(&mut to.lock().expect("a text"));
        let fault = text(&client, get(&server.url("/"))).await;
        assert!(matches!(fault, Err(Fault::NotAllowed(_))), "{inside}: {fault:?}");
    }
    for odd in ["ftp://example.org/", "http://a:b@127.0.0.1/"] {
        odd.clone_into(&mut to.lock().expect("a text"));
        assert!(matches!(text(&client, get(&server.url("/"))).await, Err(Fault::BadUrl(_))), "{odd}");
    }
    "end".clone_into(&mut to.lock().expect("a text"));
    assert_eq!(text(&client, get(&server.url("/"))).await, Ok((200, "there".to_owned())));
}

#[tokio::test]
async fn five_redirects_are_followed_and_a_loop_ends() {
    let server = HttpServer::start(|call| match call.path.trim_start_matches('/').parse::<u32>() {
        Ok(0) => Told::new(200, "there"),
        Ok(left) => Told::redirect(307, format!("/{}", left - 1)),
        Err(_) => Told::redirect(301, "/loop"),
    })
    .await;
    assert_eq!(text(&client(), get(&server.url("/5"))).await, Ok((200, "there".to_owned())));
    assert!(matches!(text(&client(), get(&server.url("/6"))).await, Err(Fault::Redirect(_))));
    let before = server.calls().len();
    assert!(matches!(text(&client(), get(&server.url("/loop"))).await, Err(Fault::Redirect(_))));
    assert_eq!(server.calls().len() - before, 6);
}

#[tokio::test]
async fn a_password_stays_with_the_origin_it_was_given_for() {
    let other = HttpServer::start(|_| Told::new(200, "other")).await;
    let away = other.url("/");
    let server = HttpServer::start(move |call| match call.path.as_str() {
        "/near" => Told::redirect(301, "/here"),
        "/far" => Told::redirect(301, away.clone()),
        _ => Told::new(200, "here"),
    })
    .await;
    let ada = Credentials { user: "ada".to_owned(), password: Secret::new("pa:ss") };
    for path in ["/near", "/far"] {
        let propfind = Request::new("PROPFIND", Url::parse(&server.url(path)).expect("a URL"));
        let propfind =
            propfind.credentials(Some(&ada)).header("depth", "0").body("application/xml", "<propfind/>");
        client().send(propfind).await.expect("an answer");
    }
    let basic = "Basic YWRhOnBhOnNz";
    let near: Vec<_> = server
        .calls()
        .iter()
        .map(|call| (call.path.clone(), call.header("authorization") == basic))
        .collect();
    assert_eq!(near, [("/near".to_owned(), true), ("/here".to_owned(), true), ("/far".to_owned(), true)]);
    let far = other.calls();
    assert_eq!(
        (far[0].header("authorization"), far[0].method.as_str(), far[0].body.as_str()),
        ("", "PROPFIND", "<propfind/>")
    );
}

#[tokio::test]
async fn what_changes_something_is_never_repeated_elsewhere() {
    let server = HttpServer::start(|_| Told::redirect(307, "/elsewhere")).await;
    for method in ["PUT", "DELETE", "POST", "MKCALENDAR"] {
        let answer = client().send(Request::new(method, Url::parse(&server.url("/")).expect("a URL"))).await;
        assert_eq!(answer.expect("an answer").status, 307, "{method}");
    }
    assert_eq!(server.calls().len(), 4);
}

#[tokio::test]
async fn a_body_of_fifty_megabytes_ends_at_its_limit_and_an_endless_one_too() {
    let fifty = 50 << 10;
    let server = HttpServer::start(move |call| match call.path.as_str() {
        "/50" => Told::repeated(vec![b'x'; 1 << 10], fifty).header("Content-Length", (50 << 20).to_string()),
        _ => Told::repeated(vec![b'x'; 1 << 10], usize::MAX),
    })
    .await;
    for path in ["/50", "/endless"] {
        let most = 10 << 20;
        let fault = text(&client(), get(&server.url(path)).at_most(most)).await.map(|(status, _)| status);
        assert_eq!(fault, Err(Fault::TooLarge(most)), "{path}");
    }
}

#[tokio::test]
async fn a_gzip_bomb_ends_early() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..200 {
        bomb.write_all(&vec![0; 1 << 20]).expect("memory");
    }
    let bomb = bomb.finish().expect("memory");
    assert!(bomb.len() < 1 << 20, "it is small on the wire");
    let server =
        HttpServer::start(move |_| Told::new(200, bomb.clone()).header("Content-Encoding", "gzip")).await;
    let most = 10 << 20;
    let fault = text(&client(), get(&server.url("/")).at_most(most)).await.map(|(status, _)| status);
    assert_eq!(fault, Err(Fault::TooLarge(most)));
    assert_eq!(server.calls()[0].header("accept-encoding"), "gzip");
}

#[tokio::test]
async fn a_server_that_stalls_costs_no_more_than_the_time_for_everything() {
    let server = HttpServer::start(|call| match call.path.as_str() {
        "/silent" => Told::silent(),
        _ => Told::stalled("BEGIN:VCALENDAR"),
    })
    .await;
    let client = client_with(Book::default(), Duration::from_millis(150));
    for path in ["/silent", "/stalled"] {
        assert_eq!(text(&client, get(&server.url(path))).await, Err(Fault::TimeOut(0)), "{path}");
    }
}

#[tokio::test]
async fn a_name_that_is_never_answered_is_a_time_out() {
    struct Never;
    impl Names for Never {
        fn look_up(&self, _: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
            Box::pin(std::future::pending())
        }
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::with_names(&[], Arc::new(Never), Duration::from_millis(100));
    assert_eq!(text(&client, get("http://example.org/")).await, Err(Fault::TimeOut(0)));
}

#[tokio::test]
async fn a_server_that_is_not_there_or_speaks_something_else_is_unreachable_and_the_address_is_not_told() {
    let gone = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let server = HttpServer::start(|_| Told::new(200, "")).await;
    for url in [
        format!("http://127.0.0.1:{gone}/secret-token"),
        format!("https://127.0.0.1:{}/secret-token", server.port),
    ] {
        match text(&client(), get(&url)).await {
            Err(Fault::Unreachable(words)) => assert!(!words.contains("secret"), "{words}"),
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_status_of_the_houses_own_pages_is_asked_for_wherever_they_lie() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = HttpServer::start(|call| match call.path.as_str() {
        "/healthz" => Told::repeated("ok", 1),
        _ => Told::redirect(302, "/healthz"),
    })
    .await;
    assert_eq!(entente::net::status(&server.url("/healthz")).await.expect("a status"), 200);
    assert_eq!(entente::net::status(&server.url("/")).await.expect("a status"), 302);
    assert!(entente::net::status("nowhere").await.is_err());
}

#[tokio::test]
async fn where_a_service_lies_is_asked_of_dns_in_order_of_priority_and_weight_and_always_called_over_tls() {
    const NAME: &str = "_caldavs._tcp.example.org";
    let records = [
        (NAME, "SRV 20 0 443 last.example.org"),
        (NAME, "SRV 10 1 443 light.example.org"),
        (NAME, "SRV 10 9 8443 dav.example.net"),
        (NAME, "SRV 30 0 443 one-too-many.example.org"),
        (NAME, "txtvers=1"),
        (NAME, "path=/dav"),
        ("_caldavs._tcp.none.example.org", "SRV 0 0 0 ."),
        ("_caldavs._tcp.text.example.org", "path=/dav"),
    ];
    let found = async |mood, name: &str| -> Vec<String> {
        let server = NameServer::start(mood, &records).await;
        let client = Client::new(&[]).asking(&[server.address]);
        let found = client.services(name).await;
        assert!(!server.asked().is_empty());
        found.iter().map(ToString::to_string).collect()
    };
    let expected =
        ["https://dav.example.net:8443/dav", "https://light.example.org/dav", "https://last.example.org/dav"];
    for mood in [Mood::Right, Mood::Truncating] {
        assert_eq!(found(mood, NAME).await, expected);
        for none in
            ["_caldavs._tcp.none.example.org", "_caldavs._tcp.text.example.org", "_caldavs._tcp.example.com"]
        {
            assert_eq!(found(mood, none).await, Vec::<String>::new(), "{none}");
        }
    }
    for mood in [Mood::Failing, Mood::Silent] {
        assert_eq!(found(mood, NAME).await, Vec::<String>::new(), "{mood:?}");
    }
}
