//! What the house has on its books, read from its database while it is closed, and held against what the outside saw.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entente::app::App;
use entente::base::{Chance, Clock};
use entente::config::Config;
use entente::store::Cx;

use super::sink::{Heard, Sink};
use crate::rig::{Message, Server};

/// A letter as it is on the books.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) kind: String,
    pub(super) meeting: Option<String>,
    pub(super) address: String,
    pub(super) message_id: String,
    pub(super) state: String,
}

/// Everything that a crash could have lost or doubled.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Titles and ids of all meetings.
    pub(super) meetings: Vec<(String, String)>,
    pub(super) letters: Vec<Letter>,
    /// Message-IDs and outcomes of what came in.
    pub(super) inbound: Vec<(String, String)>,
    /// The roads of what came in, each time anew, in the journal.
    pub(super) arrivals: Vec<String>,
    /// Whose answers were recorded, each time anew.
    pub(super) answers: Vec<String>,
    /// Mail that still waits, is in hand, or is dead.
    pub(super) unsent: i64,
}

impl Ledger {
    /// Reads the books of a server that has stopped.
    pub(super) fn read(server: &Server) -> Self {
        let config = Config::load(Some(&server.dir().join("config.toml")), std::iter::empty());
        let app = App::open(config.expect("it served with it"), Clock::system(), Chance::system());
        app.expect("the house opens").store.read_blocking(all).expect("the house can be read")
    }

    /// Holds the letters against what the mail server heard: each was enqueued once and delivered at least once, repeats
    /// have the same bytes, and nothing was delivered that is not on the books. Gives how many repeats there were.
    ///
    /// An invitation that was not sent yet when its meeting was cancelled need not have been delivered; the cancellation
    /// must.
    #[track_caller]
    pub(super) fn agrees_with(&self, sink: &Sink) -> usize {
        assert_eq!(self.unsent, 0, "mail waits or is dead");
        let mut delivered: HashMap<String, &Heard> = HashMap::new();
        let heard = sink.heard();
        for message in &heard {
            let id = message_id(&message.bytes);
            let first = delivered.entry(id.clone()).or_insert(message);
            assert!(first.bytes == message.bytes && first.to == message.to, "{id} was sent with other bytes");
        }
        let repeats = heard.len() - delivered.len();
        let cancelled = self.count("cancellation");
        for letter in &self.letters {
            let about = (letter.meeting.clone().unwrap_or_default(), letter.address.clone());
            let is_there = match delivered.remove(&letter.message_id) {
                Some(message) => message.to == letter.address,
                None => letter.state == "superseded",
            };
            let is_settled = match letter.state.as_str() {
                "sent" => true,
                "superseded" => letter.kind == "invitation" && cancelled.contains_key(&about),
                _ => false,
            };
            assert!(is_there && is_settled, "{letter:?} was not delivered");
        }
        assert!(delivered.is_empty(), "nobody enqueued {:?}", delivered.keys());
        repeats
    }

    /// How many letters of a kind each address got about each meeting.
    pub(super) fn count(&self, kind: &str) -> BTreeMap<(String, String), usize> {
        let mut count = BTreeMap::new();
        for letter in self.letters.iter().filter(|letter| letter.kind == kind) {
            let meeting = letter.meeting.clone().unwrap_or_default();
            *count.entry((meeting, letter.address.clone())).or_default() += 1;
        }
        count
    }

    /// The ids of all meetings, each of which has a title of its own.
    #[track_caller]
    pub(super) fn meeting_ids(&self) -> BTreeMap<String, String> {
        let titles: BTreeSet<_> = self.meetings.iter().map(|(title, _)| title).collect();
        assert_eq!(titles.len(), self.meetings.len(), "a booking was doubled");
        self.meetings.iter().cloned().collect()
    }
}

fn all(cx: &mut Cx<'_>) -> entente::base::Result<Ledger> {
    let pair = |row: &entente::store::Row<'_>| Ok((row.get("one")?, row.get("other")?));
    let meetings = cx.db.all("SELECT title AS one, id AS other FROM meetings", &[], pair)?;
    let inbound = cx.db.all("SELECT message_id AS one, outcome AS other FROM inbound_messages", &[], pair)?;
    let road = "SELECT data AS one FROM journal WHERE kind IN ('inbound.received', 'inbound.duplicate')";
    let arrivals = cx.db.all(road, &[], |row| {
        let data: String = row.get("one")?;
        let data: serde_json::Value = serde_json::from_str(&data).unwrap_or_default();
        Ok(data["road"].as_str().unwrap_or_default().to_owned())
    })?;
    let answered = "SELECT object AS one FROM journal WHERE kind = 'invitation.answered'";
    let answers = cx.db.all(answered, &[], |row| row.get("one"))?;
    let letters = "SELECT kind, meeting_id, address, message_id, state FROM letters";
    let letters = cx.db.all(letters, &[], |row| {
        Ok(Letter {
            kind: row.get("kind")?,
            meeting: row.get("meeting_id")?,
            address: row.get("address")?,
            message_id: row.get("message_id")?,
            state: row.get("state")?,
        })
    })?;
    let unsent = "SELECT (SELECT COUNT(*) FROM queue WHERE topic = 'mail') + (SELECT COUNT(*) FROM dead_letters) AS many";
    let unsent = cx.db.one(unsent, &[], |row| row.get("many"))?.unwrap_or(-1);
    Ok(Ledger { meetings, letters, inbound, arrivals, answers, unsent })
}

/// The Message-ID of a mail, without its brackets.
pub(super) fn message_id(bytes: &[u8]) -> String {
    let message = Message { raw: bytes.to_vec(), flags: String::new() };
    let id = message.header("Message-ID").expect("every mail of ours has one");
    id.trim_matches(['<', '>']).to_owned()
}
