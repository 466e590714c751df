//! A mailbox server in this process that does what real ones do at their worst: breaks off in the middle of a
//! message, tells messages twice, builds its folders anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entente::base::Secret;
use entente::mail::inbound::poll::PollOptions;
use entente::mail::wire::{ImapSettings, Security};
use entente::queue::Backoff;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Default)]
struct Folder {
    validity: u32,
    messages: BTreeMap<u32, Vec<u8>>,
}

#[derive(Default)]
struct State {
    folders: BTreeMap<&'static str, Folder>,
    heard: Vec<String>,
    /// How many bodies each connection gives before it breaks off inside the next.
    cuts: Vec<usize>,
    tells_twice: bool,
}

/// The server; it stops with the test's runtime.
#[derive(Clone)]
pub(crate) struct Mailbox {
    port: u16,
    state: Arc<Mutex<State>>,
    news: watch::Sender<u64>,
}

impl Mailbox {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut state = State::default();
        for name in ["INBOX", "Spam"] {
            state.folders.insert(name, Folder { validity: 1, messages: BTreeMap::new() });
        }
        let this = Self { port, state: Arc::new(Mutex::new(state)), news: watch::channel(0).0 };
        let server = this.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    // A connection that breaks off is what is tested.
                    let _ = server.serve(tcp).await;
                });
            }
        });
        this
    }

    pub(crate) fn settings(&self) -> ImapSettings {
        ImapSettings {
            port: self.port,
            tls: Security::None,
            connect_timeout: Duration::from_secs(5),
            reply_timeout: Duration::from_secs(5),
            message_bytes_max: 4000,
            batch_messages: 3,
            ..ImapSettings::new("localhost", "entente", Secret::new("pw"))
        }
    }

    /// Looks often, and is back at once after a failure.
    pub(crate) fn options() -> PollOptions {
        PollOptions {
            every: Duration::from_millis(200),
            backoff: Backoff { first_ms: 5, longest_ms: 20, attempts_max: i64::MAX },
            ..PollOptions::new(vec!["INBOX".to_owned(), "\\Junk".to_owned()])
        }
    }

    pub(crate) fn put(&self, folder: &str, uid: u32, raw: &[u8]) {
        self.state.lock().unwrap().folders.get_mut(folder).unwrap().messages.insert(uid, raw.to_vec());
        self.news.send_modify(|count| *count += 1);
    }

    /// The same messages under other UIDs.
    pub(crate) fn build_anew(&self, folder: &str, first_uid: u32) {
        let mut state = self.state.lock().unwrap();
        let folder = state.folders.get_mut(folder).unwrap();
        folder.validity += 1;
        let messages = std::mem::take(&mut folder.messages).into_values();
        folder.messages = (first_uid..).zip(messages).collect();
    }

    pub(crate) fn cut_after(&self, bodies: &[usize]) {
        self.state.lock().unwrap().cuts = bodies.to_vec();
    }

    pub(crate) fn tell_twice(&self) {
        self.state.lock().unwrap().tells_twice = true;
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.state.lock().unwrap().heard.clone()
    }

    async fn serve(&self, tcp: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(tcp);
        let mut cut = {
            let mut state = self.state.lock().unwrap();
            (!state.cuts.is_empty()).then(|| state.cuts.remove(0))
        };
        let mut selected = String::new();
        stream.get_mut().write_all(b"* OK ready\r\n").await?;
        let mut line = String::new();
        while {
            line.clear();
            stream.read_line(&mut line).await?
        } > 0
        {
            let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
            let (tag, command) = (tag.to_owned(), command.to_owned());
            self.state.lock().unwrap().heard.push(command.clone());
            if command == "IDLE" {
                self.idle(&mut stream, &selected).await?;
            } else {
                if let Some(name) = command.strip_prefix("SELECT ") {
                    name.trim_matches('"').clone_into(&mut selected);
                }
                let (answer, is_whole) = self.answer(&command, &selected, &mut cut);
                stream.get_mut().write_all(answer.as_bytes()).await?;
                if !is_whole {
                    return Ok(());
                }
            }
            stream.get_mut().write_all(format!("{tag} OK done\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    async fn idle(&self, stream: &mut BufReader<TcpStream>, selected: &str) -> std::io::Result<()> {
        let mut news = self.news.subscribe();
        stream.get_mut().write_all(b"+ idling\r\n").await?;
        let mut line = String::new();
        tokio::select! {
            read = stream.read_line(&mut line) => { read?; return Ok(()); }
            _ = news.changed() => {}
        }
        let exists = self.state.lock().unwrap().folders[selected].messages.len();
        stream.get_mut().write_all(format!("* {exists} EXISTS\r\n").as_bytes()).await?;
        stream.read_line(&mut line).await.map(drop)
    }

    /// The untagged part of an answer, and whether it is whole.
    fn answer(&self, command: &str, selected: &str, cut: &mut Option<usize>) -> (String, bool) {
        let state = self.state.lock().unwrap();
        let messages = state.folders.get(selected).map(|folder| &folder.messages);
        if command == "CAPABILITY" {
            return ("* CAPABILITY IMAP4rev1 IDLE\r\n".to_owned(), true);
        }
        if command.starts_with("LIST") {
            return ("* LIST () \"/\" INBOX\r\n* LIST (\\Junk) \"/\" Spam\r\n".to_owned(), true);
        }
        let Some(messages) = messages else { return (String::new(), true) };
        if command.starts_with("SELECT") {
            let next = messages.keys().next_back().map_or(1, |uid| uid + 1);
            let validity = state.folders[selected].validity;
            let text = format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY {validity}] ok\r\n* OK [UIDNEXT {next}] ok\r\n\
                 * OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n",
                messages.len()
            );
            return (text, true);
        }
        if let Some(search) = command.strip_prefix("UID SEARCH ") {
            let after =
                search.strip_prefix("UID ").and_then(|set| set.split(':').next()?.parse::<u32>().ok());
            let found: Vec<String> =
                messages.keys().filter(|uid| **uid >= after.unwrap_or(0)).map(u32::to_string).collect();
            return (format!("* SEARCH {}\r\n", found.join(" ")), true);
        }
        let Some((set, what)) = command.strip_prefix("UID FETCH ").and_then(|rest| rest.split_once(' '))
        else {
            return (String::new(), true);
        };
        let mut out = String::new();
        for (seq, (uid, raw)) in messages.iter().enumerate().filter(|(_, (uid, _))| is_in(set, **uid)) {
            let text = std::str::from_utf8(raw).unwrap();
            let one = if what.contains("BODY") {
                format!("* {} FETCH (UID {uid} BODY[] {{{}}}\r\n{text})\r\n", seq + 1, raw.len())
            } else {
                let date = "20-Nov-2026 10:12:00 +0000";
                format!(
                    "* {} FETCH (UID {uid} RFC822.SIZE {} INTERNALDATE \"{date}\")\r\n",
                    seq + 1,
                    raw.len()
                )
            };
            if what.contains("BODY") && *cut == Some(0) {
                out.push_str(&one[..one.len() / 2]);
                return (out, false);
            }
            *cut = cut.map(|left| left.saturating_sub(usize::from(what.contains("BODY"))));
            out.push_str(&one);
            if state.tells_twice {
                out.push_str(&one);
            }
        }
        (out, true)
    }
}

fn is_in(set: &str, uid: u32) -> bool {
    set.split(',').any(|range| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        (first.parse().unwrap()..=last.parse::<u32>().unwrap()).contains(&uid)
    })
}
