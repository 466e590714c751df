//! Submission against a server that misbehaves in every way of the book.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::time::Duration;

use entente::base::Secret;
use entente::base::text::Address;
use entente::mail::wire::{Security, SendError, Sent, Smtp, SmtpSettings};

use crate::wire_script::{Server, Step, hear, say};

const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.one dot\r\n..two\r\n.\r\nend\r\n";

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn settings(server: &Server, tls: Security) -> SmtpSettings {
    SmtpSettings {
        port: server.port,
        tls,
        hello_name: "entente.test".to_owned(),
        connections: 1,
        ca_file: (tls != Security::None).then(|| server.ca_file.clone()),
        connect_timeout: Duration::from_millis(1500),
        command_timeout: Duration::from_millis(400),
        data_timeout: Duration::from_millis(400),
        ..SmtpSettings::new("localhost")
    }
}

async fn send(smtp: &Smtp) -> Result<Sent, SendError> {
    smtp.send(&address("scheduling+tok@entente.test"), &address("ana@example.org"), MESSAGE).await
}

fn hello() -> Vec<Step> {
    vec![say("220 test\r\n"), hear("EHLO entente.test"), say("250-test.example\r\n250 SIZE\r\n")]
}

fn envelope() -> Vec<Step> {
    vec![
        hear("MAIL FROM:<scheduling+tok@entente.test>"),
        say("250 ok\r\n"),
        hear("RCPT TO:<ana@example.org>"),
    ]
}

fn whole_mail() -> Vec<Step> {
    let data = vec![
        say("250 ok\r\n"),
        hear("DATA"),
        say("354 go\r\n"),
        Step::HearMessage,
        say("250 queued as 7\r\n"),
    ];
    [envelope(), data].concat()
}

fn taken() -> Sent {
    Sent { response: "250 queued as 7".to_owned() }
}

#[tokio::test]
async fn a_mail_is_handed_over_with_its_dots_and_nothing_added() {
    let server = Server::start(vec![[hello(), whole_mail()].concat()]).await;
    let smtp = Smtp::new(settings(&server, Security::None)).unwrap();
    assert_eq!(send(&smtp).await, Ok(taken()));
    assert_eq!(
        server.heard().last().map(String::as_str),
        Some("Subject: x\r\n\r\n..one dot\r\n...two\r\n..\r\nend\r\n.\r\n")
    );
}

#[tokio::test]
async fn mails_share_a_connection_and_a_refused_one_is_reset() {
    let refused = vec![say("550 5.1.1 no such user\r\n"), hear("RSET"), say("250 ok\r\n")];
    let script = [hello(), whole_mail(), envelope(), refused, whole_mail()].concat();
    let server = Server::start(vec![script]).await;
    let smtp = Smtp::new(settings(&server, Security::None)).unwrap();
    assert_eq!(send(&smtp).await, Ok(taken()));
    let permanent = SendError::Permanent { code: 550, text: "5.1.1 no such user".to_owned() };
    assert_eq!(send(&smtp).await, Err(permanent));
    assert_eq!(send(&smtp).await, Ok(taken()));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn each_refusal_is_told_for_what_it_is() {
    let greeting = |text: &str| vec![say(text)];
    let at_rcpt = |text: &str| [hello(), envelope(), vec![say(text), Step::Hang]].concat();
    let after_data = |text: &str| {
        let data = vec![say("250 ok\r\n"), hear("DATA"), say("354 go\r\n"), Step::HearMessage, say(text)];
        [hello(), envelope(), data].concat()
    };
    let temporary = |code, text: &str| SendError::Temporary { code, text: text.to_owned() };
    let permanent = |code, text: &str| SendError::Permanent { code, text: text.to_owned() };
    let cases = [
        (greeting("421 too many connections\r\n"), temporary(421, "too many connections")),
        (at_rcpt("451 4.7.1 greylisted\r\n"), temporary(451, "4.7.1 greylisted")),
        (at_rcpt("550-5.1.1 no\r\n550 5.1.1 such user\r\n"), permanent(550, "5.1.1 no such user")),
        (after_data("452 disk full\r\n"), temporary(452, "disk full")),
        (after_data("554 spam\r\n"), permanent(554, "spam")),
    ];
    for (script, expected) in cases {
        let server = Server::start(vec![script]).await;
        let smtp = Smtp::new(settings(&server, Security::None)).unwrap();
        assert_eq!(send(&smtp).await, Err(expected));
    }
}

#[tokio::test]
async fn a_server_that_hangs_or_hangs_up_before_the_message_was_not_reached() {
    let hangs = |steps: Vec<Step>| [steps, vec![Step::Hang]].concat();
    let silence = Server::start(vec![vec![Step::Hang]]).await;
    let refusal = Server::start(vec![vec![say("554 go away\r\n")]]).await;
    let late = Server::start(vec![hangs([hello(), envelope()].concat())]).await;
    let closed = Server::start(vec![[hello(), envelope()].concat()]).await;
    let nonsense = Server::start(vec![hangs(vec![say("SSH-2.0-OpenSSH\r\n")])]).await;
    for server in [silence, refusal, late, closed, nonsense] {
        let smtp = Smtp::new(settings(&server, Security::None)).unwrap();
        let outcome = send(&smtp).await;
        assert!(matches!(outcome, Err(SendError::Unreachable(_))), "{outcome:?}");
        assert_eq!(smtp.idle_connections(), 0);
    }
}

#[tokio::test]
async fn a_connection_lost_in_the_message_leaves_it_unsure() {
    let begun = vec![say("250 ok\r\n"), hear("DATA"), say("354 go\r\n")];
    let closes = [hello(), envelope(), begun.clone()].concat();
    let hangs = [hello(), envelope(), begun.clone(), vec![Step::Hang]].concat();
    let closes_after = [hello(), envelope(), begun, vec![Step::HearMessage]].concat();
    for script in [closes, hangs, closes_after] {
        let server = Server::start(vec![script]).await;
        let smtp = Smtp::new(settings(&server, Security::None)).unwrap();
        let outcome = send(&smtp).await;
        assert!(matches!(outcome, Err(SendError::Unsure(_))), "{outcome:?}");
        assert_eq!(server.connections(), 1, "what may have been taken is not sent twice");
        assert_eq!(smtp.idle_connections(), 0);
    }
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced_once() {
    let first = [hello(), whole_mail()].concat();
    let dismissed = [hello(), whole_mail(), vec![say("421 idle too long\r\n")]].concat();
    for dead in [first, dismissed] {
        let server = Server::start(vec![dead, [hello(), whole_mail()].concat()]).await;
        let smtp = Smtp::new(settings(&server, Security::None)).unwrap();
        assert_eq!(send(&smtp).await, Ok(taken()));
        assert_eq!(send(&smtp).await, Ok(taken()));
        assert_eq!(server.connections(), 2);
    }
}

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed_and_idle_ones_are_closed() {
    let many = (0..8).flat_map(|_| whole_mail()).collect::<Vec<_>>();
    let script = [hello(), many, vec![hear("QUIT"), say("221 bye\r\n")]].concat();
    let server = Server::start(vec![script.clone(), script]).await;
    let idle_timeout = Duration::from_millis(100);
    let settings = SmtpSettings { connections: 2, idle_timeout, ..settings(&server, Security::None) };
    let smtp = Smtp::new(settings).unwrap();
    let sends = (0..8).map(|_| send(&smtp));
    for outcome in futures_util::future::join_all(sends).await {
        assert_eq!(outcome, Ok(taken()));
    }
    assert!(server.connections() <= 2);
    tokio::time::timeout(Duration::from_secs(5), async {
        while smtp.idle_connections() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn starttls_and_implicit_tls_reach_a_server_with_a_certificate_of_ones_own_authority() {
    let offer = vec![
        say("220 test\r\n"),
        hear("EHLO"),
        say("250-test.example\r\n250-STARTTLS\r\n250 SIZE\r\n"),
        hear("STARTTLS"),
        say("220 go\r\n"),
        Step::StartTls,
        hear("EHLO"),
    ];
    let login = vec![
        say("250-test.example\r\n250 AUTH PLAIN LOGIN\r\n"),
        hear("AUTH PLAIN AHNjaGVkdWxpbmcAcHc="),
        say("235 welcome\r\n"),
    ];
    let starttls = [offer, login.clone(), whole_mail()].concat();
    let implicit = [vec![Step::StartTls, say("220 test\r\n"), hear("EHLO")], login, whole_mail()].concat();
    for (script, tls) in [(starttls, Security::Starttls), (implicit, Security::Implicit)] {
        let server = Server::start(vec![script]).await;
        let (username, password) = ("scheduling".to_owned(), Secret::new("pw"));
        let smtp = Smtp::new(SmtpSettings { username, password, ..settings(&server, tls) }).unwrap();
        assert_eq!(send(&smtp).await, Ok(taken()), "{:?}", server.heard());
    }
}

#[tokio::test]
async fn what_is_smuggled_in_behind_starttls_is_not_taken_for_an_answer() {
    let script = vec![
        say("220 test\r\n"),
        hear("EHLO"),
        say("250-test.example\r\n250 STARTTLS\r\n"),
        hear("STARTTLS"),
        say("220 go\r\n250 forged\r\n"),
        Step::StartTls,
        hear("EHLO"),
        say("250 test.example\r\n"),
    ];
    let server = Server::start(vec![script]).await;
    let smtp = Smtp::new(settings(&server, Security::Starttls)).unwrap();
    let outcome = send(&smtp).await;
    assert!(matches!(&outcome, Err(SendError::Unreachable(why)) if why.contains("TLS")), "{outcome:?}");
}

#[tokio::test]
async fn the_check_says_what_is_wrong_and_what_to_do() {
    let refused_login = [
        vec![
            say("220 test\r\n"),
            hear("EHLO"),
            say("250-test.example\r\n250 AUTH PLAIN\r\n"),
            hear("AUTH PLAIN"),
        ],
        vec![say("535 5.7.8 no\r\n")],
    ]
    .concat();
    let cases = [
        (hello(), Security::Starttls, "does not offer STARTTLS"),
        (vec![say("220 test\r\n"), Step::Hang], Security::Implicit, "TLS with it failed"),
        (refused_login, Security::None, "refused the login of scheduling: 5.7.8 no"),
        (vec![Step::Hang], Security::None, "did not answer within"),
        (vec![say("554 no\r\n")], Security::None, "refused the connection: 554 no"),
    ];
    for (script, tls, expected) in cases {
        let server = Server::start(vec![script]).await;
        let username = "scheduling".to_owned();
        let settings = SmtpSettings { username, password: Secret::new("pw"), ..settings(&server, tls) };
        let trouble = Smtp::new(settings).unwrap().check().await.unwrap_err();
        assert!(trouble.what.contains(expected), "{trouble}");
        assert!(!trouble.cure.is_empty() && !trouble.to_string().contains("pw"));
    }
    let server = Server::start(vec![[hello(), vec![hear("QUIT"), say("221 bye\r\n")]].concat()]).await;
    let check = Smtp::new(settings(&server, Security::None)).unwrap().check().await.unwrap();
    assert_eq!((check.server.as_str(), check.encrypted, check.signed_in), ("test.example", false, false));
    let gone = SmtpSettings { port: 1, ..settings(&server, Security::None) };
    let trouble = Smtp::new(gone).unwrap().check().await.unwrap_err();
    assert!(trouble.what.contains("cannot be reached"), "{trouble}");
    let missing =
        SmtpSettings { ca_file: Some("/nowhere/ca.pem".into()), ..settings(&server, Security::None) };
    assert!(Smtp::new(missing).unwrap_err().what.contains("/nowhere/ca.pem"));
}
