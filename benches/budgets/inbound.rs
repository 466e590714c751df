//! Replies read from a mailbox to committed state, beside fetching the same messages with the same client and throwing
//! them away.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use entente::base::Secret;
use entente::base::time::Timestamp;
use entente::config::Config;
use entente::mail::inbound::Intake;
use entente::mail::inbound::poll::{PollOptions, PollStatus, poll};
use entente::mail::wire::{Imap, ImapSettings, Security, Verifier};
use entente::meetings::{self, Role};
use entente::store::Store;
use tokio::sync::watch;

use crate::house;
use crate::imap_server;
use crate::measure::{Limit, Pairs, rate};

const REPLIES: usize = 3_000;
const ROUNDS: usize = 3;

/// Measures and prints.
pub(crate) fn run() {
    measure("replies from IMAP, server of this process", &|_, messages| {
        let address = imap_server::start(messages);
        let settings = ImapSettings {
            port: address.port(),
            tls: Security::None,
            ..ImapSettings::new("127.0.0.1", "entente", Secret::new("pw"))
        };
        (settings, "INBOX".to_owned())
    });
    if let Some(server) = crate::setting("ENTENTE_BENCH_IMAP") {
        let parts: Vec<String> = server.splitn(4, ':').map(str::to_owned).collect();
        let [host, port, user, password] = <[String; 4]>::try_from(parts)
            .expect("ENTENTE_BENCH_IMAP is host:port:user:password, without TLS");
        let name = format!("replies from IMAP, {host}:{port}");
        measure(&name, &|round, messages| {
            let folder = format!("bench-{}-{round}", std::process::id());
            let settings = ImapSettings {
                port: port.parse().expect("a port"),
                tls: Security::None,
                ..ImapSettings::new(&*host, &*user, Secret::new(&*password))
            };
            fill(&settings, &folder, &messages).expect("the folder is filled");
            (settings, folder)
        });
    }
}

type Serve<'a> = &'a dyn Fn(usize, Vec<Vec<u8>>) -> (ImapSettings, String);

fn measure(name: &str, serve: Serve<'_>) {
    let mut pairs = Pairs::default();
    for round in 0..ROUNDS {
        let directory = tempfile::tempdir().expect("a directory");
        let store = house::open_with_mail(directory.path());
        let runtime = house::runtime();
        let messages = runtime.block_on(replies(&store));
        let (settings, folder) = serve(round, messages);
        let thrown_away = runtime.block_on(throw_away(settings.clone(), &folder));
        let taken = runtime.block_on(take(&store, settings, &folder));
        runtime.block_on(check(&store));
        pairs.add(rate(REPLIES, taken), rate(REPLIES, thrown_away));
    }
    pairs.print(name, "/s", Limit::AtLeast(0.7));
}

/// A guest's answer to each of so many meetings, as a large provider's calendar writes it.
async fn replies(store: &Store) -> Vec<Vec<u8>> {
    let made = house::book(store, REPLIES).await;
    let now = store.ground().clock.now();
    store
        .read(move |cx| {
            made.iter()
                .map(|meeting| {
                    let guest = meeting.participants.iter().find(|one| one.role == Role::Guest);
                    let guest = guest.expect("a guest");
                    let token = meetings::reply_token(cx, guest.id)?.expect("a token");
                    Ok(reply(meeting, guest.address.as_str(), &token, now))
                })
                .collect()
        })
        .await
        .expect("the meetings")
}

fn reply(meeting: &meetings::Meeting, guest: &str, token: &str, now: Timestamp) -> Vec<u8> {
    let time = |at: Timestamp| at.utc().format("%Y%m%dT%H%M%SZ").to_string();
    let (local, domain) = house::ORGANIZER.split_once('@').expect("an address");
    let organizer = format!("{local}+{token}@{domain}");
    let calendar = format!(
        "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\n\
         METHOD:REPLY\r\nBEGIN:VEVENT\r\nDTSTART:{start}\r\nDTEND:{end}\r\nDTSTAMP:{now}\r\n\
         ORGANIZER;CN=Entente:mailto:{organizer}\r\nUID:{uid}\r\n\
         ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Guest;\r\n X-NUM-GUESTS=0:mailto:{guest}\r\n\
         CREATED:{now}\r\nDESCRIPTION:As every week.\r\nLAST-MODIFIED:{now}\r\nLOCATION:Video\r\nSEQUENCE:{sequence}\r\n\
         STATUS:CONFIRMED\r\nSUMMARY:Practice session\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        start = time(meeting.start),
        end = time(meeting.end),
        now = time(now),
        uid = meeting.uid,
        sequence = meeting.sequence,
    );
    let mut received = String::new();
    for hop in 0..3 {
        // Writing to a string does not fail.
        let _ = write!(
            received,
            "Received: from relay{hop}.example.org (relay{hop}.example.org [192.0.2.{hop}])\r\n\
             \tby mx{hop}.example.org with ESMTPS id {token}{hop}\r\n\tfor <{organizer}>; {date}\r\n",
            date = now.utc().to_rfc2822(),
        );
    }
    format!(
        "{received}MIME-Version: 1.0\r\nFrom: Guest <{guest}>\r\nTo: {organizer}\r\nDate: {date}\r\n\
         Message-ID: <calendar-{token}@google.example.org>\r\nSubject: Accepted: Practice session\r\n\
         Content-Type: multipart/mixed; boundary=\"00b1\"\r\n\r\n\
         --00b1\r\nContent-Type: multipart/alternative; boundary=\"00b2\"\r\n\r\n\
         --00b2\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n\r\n{guest} has accepted this invitation.\r\n\r\n\
         --00b2\r\nContent-Type: text/html; charset=\"UTF-8\"\r\n\r\n<p>{guest} has accepted this invitation.</p>\r\n\r\n\
         --00b2\r\nContent-Type: text/calendar; charset=\"UTF-8\"; method=REPLY\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
         {calendar}\r\n--00b2--\r\n--00b1--\r\n",
        date = now.utc().to_rfc2822(),
    )
    .into_bytes()
}

async fn throw_away(settings: ImapSettings, folder: &str) -> Duration {
    let imap = Imap::new(settings).expect("a client");
    let begin = Instant::now();
    let mut session = imap.connect().await.expect("a session");
    session.select(folder).await.expect("the folder");
    let mut uids = session.uids_after(0).await.expect("the UIDs");
    let mut fetched = 0;
    while !uids.is_empty() {
        let batch = session.fetch(&uids).await.expect("messages");
        fetched += batch.messages.len();
        uids.drain(..batch.done);
    }
    let took = begin.elapsed();
    assert_eq!(fetched, REPLIES);
    session.logout().await;
    took
}

async fn take(store: &Store, settings: ImapSettings, folder: &str) -> Duration {
    let intake = Intake::new(store.clone(), &Config::default()).with_verifier(Verifier::offline());
    let options = PollOptions { idle: false, ..PollOptions::new(vec![folder.to_owned()]) };
    let status = Arc::new(PollStatus::default());
    let (stop, stopping) = watch::channel(false);
    let begin = Instant::now();
    let reading = tokio::spawn(poll(intake, settings, options, status.clone(), stopping));
    while status.state().taken < REPLIES as u64 {
        assert!(status.state().last_error.is_none(), "{:?}", status.state());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let took = begin.elapsed();
    let _ = stop.send(true);
    reading.await.expect("the mailbox's reader");
    took
}

/// Every reply changed what it was about.
async fn check(store: &Store) {
    let applied = store
        .read(|cx| entente::post::inbound::outcomes_after(cx, None, u32::MAX))
        .await
        .expect("the messages")
        .iter()
        .filter(|(_, _, outcome)| outcome == "applied")
        .count();
    assert_eq!(applied, REPLIES);
}

/// Puts the messages into a new folder of a real server.
fn fill(settings: &ImapSettings, folder: &str, messages: &[Vec<u8>]) -> io::Result<()> {
    let mut stream = BufReader::new(TcpStream::connect((settings.host.as_str(), settings.port))?);
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let mut command = |bytes: &[u8]| -> io::Result<()> {
        stream.get_mut().write_all(bytes)?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.strip_prefix("a ") {
                Some(said) if said.starts_with("OK") => return Ok(()),
                Some(said) => return Err(io::Error::other(said.to_owned())),
                None => {}
            }
        }
    };
    command(format!("a LOGIN {} {}\r\n", settings.username, settings.password.expose()).as_bytes())?;
    command(format!("a CREATE {folder}\r\n").as_bytes())?;
    for message in messages {
        let mut append = format!("a APPEND {folder} {{{}+}}\r\n", message.len()).into_bytes();
        append.extend_from_slice(message);
        append.extend_from_slice(b"\r\n");
        command(&append)?;
    }
    Ok(())
}
