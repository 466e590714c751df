//! What goes over a socket, as text: the house's own frames, and the part of Engine.IO 4 and Socket.IO 5 that the official
//! client needs over a WebSocket (one namespace, events, acknowledgements, heartbeats; nothing binary, no long polling).
//!
//! Nothing here knows what an event means, and nothing that comes in makes it panic.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

/// The longest frame that is taken, in bytes.
pub const FRAME_BYTES_MAX: usize = 65_536;
/// The only namespace of Socket.IO that there is.
pub const NAMESPACE: &str = "/ai";
/// The longest mark that an acknowledgement is asked for with, in bytes.
const MARK_BYTES_MAX: usize = 64;

/// Which of the two a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// JSON frames: `event`, `data`, `id`.
    Own,
    /// Engine.IO 4 and Socket.IO 5.
    SocketIo,
}

/// What a client says.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// It comes into the namespace, with what proves who it is.
    Connect(Value),
    /// It wants into a namespace that there is not.
    ConnectElsewhere(String),
    /// Something happens; where `mark` is given, it wants an answer with that mark.
    Event {
        /// What.
        name: String,
        /// What belongs to it; null: nothing.
        data: Value,
        /// A text or a number of the client's.
        mark: Option<Value>,
    },
    /// An answer to an event of ours: none of ours asks for one.
    Acknowledged,
    /// It asks whether we are there, with these words.
    Ping(String),
    /// It is there.
    Pong,
    /// It goes.
    Leave,
}

/// What a client is told.
#[derive(Clone, Debug)]
pub enum Outgoing<'a> {
    /// The line stands (Engine.IO): its id, how often we ask, how long we wait for an answer.
    Opened(&'a str, Duration, Duration),
    /// It is in the namespace, under this id (Socket.IO).
    Connected(&'a str),
    /// It may not come into this namespace, and why: a problem document.
    Refused(&'a str, &'a Value),
    /// Something happens.
    Event(&'a str, &'a Value),
    /// The answer to an event that had this mark.
    Answer(&'a Value, &'a Value),
    /// Is it there? (Engine.IO; our own frames have the WebSocket's.)
    Ping,
    /// We are, with its own words (Engine.IO).
    Pong(&'a str),
    /// It is put out of the namespace, and is not to come again by itself (Socket.IO).
    PutOut,
}

/// What a client said that is neither; a sentence about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// A frame of our own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame {
    event: String,
    #[serde(default)]
    data: Value,
    id: Option<Value>,
}

impl Speech {
    /// Reads one frame.
    ///
    /// # Errors
    /// `Malformed`, after which the line is cut.
    pub fn read(self, text: &str) -> Result<Incoming, Malformed> {
        match self {
            Self::Own => own(text),
            Self::SocketIo => engine(text),
        }
    }

    /// One frame; `None`, where there is nothing to be said in this speech.
    pub fn write(self, what: &Outgoing<'_>) -> Option<String> {
        match self {
            Self::Own => match what {
                Outgoing::Event(name, data) => Some(json!({ "event": name, "data": data }).to_string()),
                Outgoing::Refused(_, problem) => {
                    Some(json!({ "event": super::event::ERROR, "data": problem }).to_string())
                }
                Outgoing::Answer(mark, body) => Some(json!({ "ack": mark, "data": body }).to_string()),
                _ => None,
            },
            Self::SocketIo => Some(socket_io(what)),
        }
    }
}

fn own(text: &str) -> Result<Incoming, Malformed> {
    let wrong = Malformed(r#"A frame is an object: {"event": "ai:…", "data": {…}, "id": …}."#);
    let frame: Frame = serde_json::from_str(text).map_err(|_| wrong)?;
    let is_mark = match &frame.id {
        None => true,
        Some(Value::String(text)) => text.len() <= MARK_BYTES_MAX,
        Some(Value::Number(number)) => number.is_u64(),
        Some(_) => false,
    };
    if !is_mark {
        return Err(Malformed("An id is a number from 0 on, or a text of at most 64 bytes."));
    }
    Ok(Incoming::Event { name: frame.event, data: frame.data, mark: frame.id })
}

/// A packet of Engine.IO: its type is one digit.
fn engine(text: &str) -> Result<Incoming, Malformed> {
    let (kind, rest) = text.split_at_checked(1).ok_or(Malformed("An Engine.IO packet has a type."))?;
    match kind {
        "1" => Ok(Incoming::Leave),
        "2" if rest.len() <= MARK_BYTES_MAX => Ok(Incoming::Ping(rest.to_owned())),
        "3" => Ok(Incoming::Pong),
        "4" => packet(rest),
        _ => Err(Malformed("Of Engine.IO close, ping, pong and message are taken.")),
    }
}

/// A packet of Socket.IO: type, namespace with a comma, mark, JSON.
fn packet(text: &str) -> Result<Incoming, Malformed> {
    let (kind, rest) = text.split_at_checked(1).ok_or(Malformed("A Socket.IO packet has a type."))?;
    if matches!(kind, "5" | "6") {
        return Err(Malformed("Nothing binary is taken."));
    }
    let (namespace, rest) =
        if rest.starts_with('/') { rest.split_once(',').unwrap_or((rest, "")) } else { ("/", rest) };
    // A query may follow a namespace; nothing is read in it.
    let namespace = namespace.split('?').next().unwrap_or_default();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (mark, json) = rest.split_at(digits);
    let mark: Option<u64> = match mark {
        "" => None,
        digits => {
            Some(digits.parse().map_err(|_| Malformed("The number of an acknowledgement is too large."))?)
        }
    };
    let value: Value = match json {
        "" => Value::Null,
        json => serde_json::from_str(json).map_err(|_| Malformed("A Socket.IO packet ends with JSON."))?,
    };
    match kind {
        "0" if namespace == NAMESPACE => Ok(Incoming::Connect(value)),
        "0" => Ok(Incoming::ConnectElsewhere(namespace.to_owned())),
        "1" => Ok(Incoming::Leave),
        "2" if namespace == NAMESPACE => event(value, mark),
        "3" if namespace == NAMESPACE => Ok(Incoming::Acknowledged),
        "2" | "3" => Err(Malformed("Come into the namespace /ai first.")),
        _ => Err(Malformed("Of Socket.IO connect, disconnect, event and ack are taken.")),
    }
}

fn event(value: Value, mark: Option<u64>) -> Result<Incoming, Malformed> {
    let wrong = Malformed("An event has a name, and one object at most.");
    let Value::Array(parts) = value else { return Err(wrong) };
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Value::String(name)), data, None) => {
            Ok(Incoming::Event { name, data: data.unwrap_or_default(), mark: mark.map(Value::from) })
        }
        _ => Err(wrong),
    }
}

fn socket_io(what: &Outgoing<'_>) -> String {
    match what {
        Outgoing::Opened(id, every, within) => {
            let ms = |span: &Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            let open = json!({
                "sid": id, "upgrades": [], "pingInterval": ms(every), "pingTimeout": ms(within),
                "maxPayload": FRAME_BYTES_MAX,
            });
            format!("0{open}")
        }
        Outgoing::Connected(id) => format!("40{NAMESPACE},{}", json!({ "sid": id })),
        Outgoing::Refused(namespace, problem) => {
            let told = json!({ "message": problem["detail"], "data": problem });
            match *namespace {
                "/" => format!("44{told}"),
                namespace => format!("44{namespace},{told}"),
            }
        }
        Outgoing::Event(name, data) => format!("42{NAMESPACE},{}", json!([name, data])),
        Outgoing::Answer(mark, body) => format!("43{NAMESPACE},{mark}{}", json!([body])),
        Outgoing::Ping => "2".to_owned(),
        Outgoing::Pong(words) => format!("3{words}"),
        Outgoing::PutOut => format!("41{NAMESPACE},"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Incoming, Malformed, Outgoing, Speech};
    use std::time::Duration;

    fn event(name: &str, data: Value, mark: Option<Value>) -> Incoming {
        Incoming::Event { name: name.to_owned(), data, mark }
    }

    #[test]
    fn what_the_official_client_sends_is_understood() {
        let read = |text: &str| Speech::SocketIo.read(text);
        assert_eq!(read(r#"40/ai,{"token":"a"}"#), Ok(Incoming::Connect(json!({ "token": "a" }))));
        assert_eq!(read("40/ai,"), Ok(Incoming::Connect(Value::Null)));
        assert_eq!(read("40/ai?x=1,"), Ok(Incoming::Connect(Value::Null)));
        assert_eq!(read("40"), Ok(Incoming::ConnectElsewhere("/".to_owned())));
        assert_eq!(read("40/admin,{}"), Ok(Incoming::ConnectElsewhere("/admin".to_owned())));
        assert_eq!(read(r#"42/ai,["ai:heartbeat"]"#), Ok(event("ai:heartbeat", Value::Null, None)));
        let marked = event("ai:typing", json!({ "a": 1 }), Some(json!(12)));
        assert_eq!(read(r#"42/ai,12["ai:typing",{"a":1}]"#), Ok(marked));
        assert_eq!(read("43/ai,3[]"), Ok(Incoming::Acknowledged));
        assert_eq!(read("41/ai,"), Ok(Incoming::Leave));
        assert_eq!((read("1"), read("3")), (Ok(Incoming::Leave), Ok(Incoming::Pong)));
        assert_eq!(read("2probe"), Ok(Incoming::Ping("probe".to_owned())));
    }

    #[test]
    fn what_is_no_packet_of_ours_is_refused_with_a_sentence() {
        let wrong = [
            "",
            "0",
            "5",
            "6",
            "7",
            "x",
            "é",
            "4",
            "44/ai,{}",
            "42[\"a\"]",
            "42/ai,",
            "42/ai,{}",
            "42/ai,[]",
            "42/ai,[1]",
            "42/ai,[\"a\",1,2]",
            "42/ai,99999999999999999999[\"a\"]",
            "42/ai,[\"a\"",
            "451-/ai,[\"a\"]",
            "461-/ai,1[]",
            "43/x,1[]",
            "4é",
        ];
        for text in wrong {
            let Err(Malformed(says)) = Speech::SocketIo.read(text) else { panic!("{text} is taken") };
            assert!(says.ends_with('.'), "{says}");
        }
        let wrong =
            ["", "1", "[]", "{}", r#"{"event":1}"#, r#"{"event":"a","more":1}"#, r#"{"event":"a","id":-1}"#];
        for text in wrong {
            assert!(Speech::Own.read(text).is_err(), "{text} is taken");
        }
        let deep = format!(r#"{{"event":"a","data":{}"#, "[".repeat(60_000));
        assert!(Speech::Own.read(&deep).is_err());
        assert!(Speech::SocketIo.read(&format!("42/ai,{}", "[".repeat(60_000))).is_err());
    }

    #[test]
    fn what_is_said_is_what_the_two_speeches_prescribe() {
        let (io, own) =
            (|it: &Outgoing<'_>| Speech::SocketIo.write(it), |it: &Outgoing<'_>| Speech::Own.write(it));
        let problem = json!({ "detail": "No." });
        let open = Outgoing::Opened("s", Duration::from_secs(25), Duration::from_secs(20));
        let opened =
            r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}"#;
        assert_eq!(io(&open).as_deref(), Some(opened));
        assert_eq!(io(&Outgoing::Connected("n")).as_deref(), Some(r#"40/ai,{"sid":"n"}"#));
        let refused = r#"44/ai,{"message":"No.","data":{"detail":"No."}}"#;
        assert_eq!(io(&Outgoing::Refused("/ai", &problem)).as_deref(), Some(refused));
        assert!(io(&Outgoing::Refused("/", &problem)).is_some_and(|text| text.starts_with("44{")));
        let (data, mark) = (json!({ "a": "\"" }), json!(7));
        assert_eq!(io(&Outgoing::Event("ai:x", &data)).as_deref(), Some(r#"42/ai,["ai:x",{"a":"\""}]"#));
        assert_eq!(io(&Outgoing::Answer(&mark, &data)).as_deref(), Some(r#"43/ai,7[{"a":"\""}]"#));
        assert_eq!(
            (io(&Outgoing::Ping).as_deref(), io(&Outgoing::Pong("p")).as_deref()),
            (Some("2"), Some("3p"))
        );
        assert_eq!(io(&Outgoing::PutOut).as_deref(), Some("41/ai,"));
        let event = r#"{"event":"ai:x","data":{"a":"\""}}"#;
        assert_eq!(own(&Outgoing::Event("ai:x", &data)).as_deref(), Some(event));
        assert_eq!(own(&Outgoing::Answer(&mark, &data)).as_deref(), Some(r#"{"ack":7,"data":{"a":"\""}}"#));
        assert_eq!(
            own(&Outgoing::Refused("", &problem)).as_deref(),
            Some(r#"{"event":"ai:error","data":{"detail":"No."}}"#)
        );
        assert!(
            [open, Outgoing::Ping, Outgoing::PutOut, Outgoing::Connected("n")]
                .iter()
                .all(|it| own(it).is_none())
        );
    }

    proptest! {
        #[test]
        fn nothing_that_comes_in_makes_it_panic(text in ".{0,200}", digits in "[0-6]{0,3}(/[a-z]{0,3},)?[0-9]{0,25}.{0,40}") {
            for text in [&text, &digits] {
                let _ = (Speech::Own.read(text), Speech::SocketIo.read(text));
            }
        }

        #[test]
        fn an_event_comes_through_as_it_was_said(name in ".{0,40}", text in ".{0,80}", mark in any::<Option<u64>>()) {
            let data = json!({ "text": text });
            let expected = event(&name, data.clone(), mark.map(Value::from));
            let marked = mark.map_or_else(String::new, |mark| mark.to_string());
            let packet = format!("42/ai,{marked}{}", json!([name, data]));
            prop_assert_eq!(Speech::SocketIo.read(&packet), Ok(expected.clone()));
            let frame = json!({ "event": name, "data": data, "id": mark }).to_string();
            prop_assert_eq!(Speech::Own.read(&frame), Ok(expected));
        }
    }
}
