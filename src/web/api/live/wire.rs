//! The line of a socket: frames out and in, heartbeats, and how it is cut. It knows no agent.

use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::agents::SocketRoom;
use crate::base::error::Error;
use crate::web::live::event;
use crate::web::live::packet::{Incoming, Malformed, Outgoing, Speech};
use crate::web::live::sockets::Tempo;

/// Why a socket ends.
#[derive(Debug)]
pub(super) enum Over {
    /// They went, or the line broke.
    Gone,
    /// They read too slowly.
    Slow,
    /// They do not answer any more.
    Silent,
    /// They did not say in time who they are.
    Late,
    /// What they said is no frame.
    Malformed(&'static str),
    /// What they said is no text.
    Binary,
    /// Newer sockets took its place.
    GaveWay,
    /// The house closes.
    Closing,
    /// They may not, or no longer.
    Refused,
    /// The fault is ours.
    Failed,
}

impl Over {
    /// How the line is closed (RFC 6455, 7.4.1). After a fault of ours, and where it was a matter of time, they may come again.
    fn reason(&self) -> Option<CloseReason> {
        let (code, words) = match self {
            Self::Gone => return None,
            Self::Slow => (CloseCode::Again, "This socket was read too slowly: come again, with since."),
            Self::Silent => (CloseCode::Again, "Nobody answered."),
            Self::Late => (CloseCode::Policy, "Say first who you are."),
            Self::Malformed(words) => (CloseCode::Protocol, *words),
            Self::Binary => (CloseCode::Unsupported, "Nothing binary is taken."),
            Self::GaveWay => (CloseCode::Policy, "Newer sockets of this agent took its place."),
            Self::Closing => (CloseCode::Restart, "The house closes: come again, with since."),
            Self::Refused => {
                (CloseCode::Policy, "This is not allowed, or no longer: the error before says why.")
            }
            Self::Failed => (CloseCode::Error, "Something went wrong here: come again, with since."),
        };
        Some(CloseReason { code, description: Some(words.to_owned()) })
    }
}

/// A line.
pub(super) struct Wire {
    session: Session,
    stream: AggregatedMessageStream,
    speech: Speech,
    tempo: Tempo,
    /// When they are asked next whether they are there.
    ask_at: Instant,
    /// Until when their answer is waited for.
    answer_until: Option<Instant>,
}

impl Wire {
    pub(super) fn new(
        session: Session,
        stream: AggregatedMessageStream,
        speech: Speech,
        tempo: Tempo,
    ) -> Self {
        Self { session, stream, speech, tempo, ask_at: Instant::now() + tempo.ping, answer_until: None }
    }

    pub(super) fn speech(&self) -> Speech {
        self.speech
    }

    pub(super) fn tempo(&self) -> Tempo {
        self.tempo
    }

    /// Says something, if there is anything to be said in this speech. What waits to be read is bounded: whoever lets it
    /// wait too long is cut off.
    pub(super) async fn say(&mut self, what: &Outgoing<'_>) -> Result<(), Over> {
        let Some(text) = self.speech.write(what) else { return Ok(()) };
        sent(&timeout(self.tempo.patience, self.session.text(text)).await)
    }

    /// Says an event.
    pub(super) async fn event(&mut self, name: &str, data: &Value) -> Result<(), Over> {
        self.say(&Outgoing::Event(name, data)).await
    }

    /// The next message, whatever it is. May be given up while it waits.
    pub(super) async fn next(&mut self) -> Option<Result<AggregatedMessage, ProtocolError>> {
        self.stream.recv().await
    }

    /// What a message says; `None`: that they are there.
    pub(super) async fn read(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
    ) -> Result<Option<Incoming>, Over> {
        self.answer_until = None;
        let text = match message {
            Some(Ok(AggregatedMessage::Text(text))) => text,
            Some(Ok(AggregatedMessage::Binary(_))) => return Err(Over::Binary),
            Some(Ok(AggregatedMessage::Pong(_))) => return Ok(None),
            Some(Ok(AggregatedMessage::Ping(words))) => {
                sent(&timeout(self.tempo.patience, self.session.pong(&words)).await)?;
                return Ok(None);
            }
            None | Some(Ok(AggregatedMessage::Close(_)) | Err(ProtocolError::Io(_))) => {
                return Err(Over::Gone);
            }
            Some(Err(ProtocolError::Overflow)) => return Err(Over::Malformed("A frame has 64 KiB at most.")),
            Some(Err(_)) => return Err(Over::Malformed("This is no WebSocket frame (RFC 6455).")),
        };
        match self.speech.read(&text).map_err(|Malformed(words)| Over::Malformed(words))? {
            Incoming::Ping(words) => self.say(&Outgoing::Pong(&words)).await.map(|()| None),
            Incoming::Pong | Incoming::Acknowledged => Ok(None),
            Incoming::Leave => Err(Over::Gone),
            said => Ok(Some(said)),
        }
    }

    /// When [`Wire::tend`] is due.
    pub(super) fn due(&self) -> Instant {
        self.answer_until.map_or(self.ask_at, |until| until.min(self.ask_at))
    }

    /// Asks whether they are there, when it is time, and ends it where they do not answer.
    pub(super) async fn tend(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        if self.answer_until.is_some_and(|until| until <= now) {
            return Err(Over::Silent);
        }
        if self.ask_at <= now {
            self.ask_at = now + self.tempo.ping;
            self.answer_until.get_or_insert(now + self.tempo.pong);
            match self.speech {
                Speech::Own => sent(&timeout(self.tempo.patience, self.session.ping(b"")).await)?,
                Speech::SocketIo => self.say(&Outgoing::Ping).await?,
            }
        }
        Ok(())
    }

    /// Says what there is to be said at the end, and cuts the line. `own` is the room of whoever's line it is; nobody's stands
    /// in none, and is told nothing.
    pub(super) async fn end(mut self, over: &Over, own: Option<SocketRoom>) {
        match (over, own) {
            (Over::Closing, Some(_)) => {
                let stopping = json!({ "state": "stopping", "room": SocketRoom::Maintenance });
                let _ = self.event(event::MAINTENANCE, &stopping).await;
                let closing = json!({ "status": "closing", "room": SocketRoom::Broadcast });
                let _ = self.event(event::NETWORK, &closing).await;
            }
            (Over::Failed, Some(own)) => {
                let degraded = json!({ "status": "degraded", "room": own });
                let _ = self.event(event::NETWORK, &degraded).await;
            }
            (Over::GaveWay, _) => {
                let _ = self.say(&Outgoing::PutOut).await;
            }
            _ => {}
        }
        // Whoever does not read is not waited for.
        let wait = if matches!(over, Over::Slow) { std::time::Duration::ZERO } else { self.tempo.patience };
        let _ = timeout(wait, self.session.close(over.reason())).await;
    }
}

fn sent<E, T>(done: &Result<Result<(), E>, T>) -> Result<(), Over> {
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Over::Gone),
        Err(_) => Err(Over::Slow),
    }
}

/// What a fault of a look at the store means for the socket.
impl From<&Error> for Over {
    fn from(error: &Error) -> Self {
        match error {
            Error::Internal(_) | Error::StorageFull(_) | Error::Upstream { .. } => Self::Failed,
            _ => Self::Refused,
        }
    }
}
