//! A socket at work: somebody comes, says who they are, is told what is new, and does things, until it is over.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use actix_web::web::Data;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::seen::Seen;
use super::standing::Standing;
use super::wire::{Over, Wire};
use crate::accounts::Scope;
use crate::agents::{self, Claimed, SocketRoom};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId};
use crate::base::secret::{Secret, hex};
use crate::base::time::Timestamp;
use crate::sessions::conversation::{self, Companion};
use crate::store::Cx;
use crate::web::Web;
use crate::web::bearer::Bearer;
use crate::web::body;
use crate::web::live::Attention;
use crate::web::live::event;
use crate::web::live::packet::{Incoming, NAMESPACE, Outgoing, Speech};
use crate::web::live::sockets::Socket;
use crate::web::problem::{self, Problem};

/// Who comes: what proves it, from where it goes on, and how it is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    /// An agent's token.
    pub(super) token: String,
    /// The number of the last event that was taken in; from now on, if not given.
    since: Option<i64>,
    /// `online`, `busy` or `away`; as it was, if not given.
    pub(super) status: Option<String>,
}

impl Register {
    pub(super) fn read(data: &Value) -> Result<Self> {
        body::read_json(&serde_json::to_vec(data).map_err(Error::internal)?)
    }
}

/// What an agent says of itself, in `status`.
pub(super) fn claimed(word: &str) -> Result<Claimed> {
    Claimed::parse(word).ok_or_else(|| Error::invalid("status", "This should be online, busy or away."))
}

/// Somebody who has not said yet who they are.
pub(super) struct Visitor {
    pub(super) web: Data<Web>,
    pub(super) wire: Wire,
    pub(super) trace: String,
    pub(super) address: IpAddr,
}

/// An agent that was let in.
pub(super) struct Guest {
    pub(super) web: Data<Web>,
    pub(super) wire: Wire,
    pub(super) trace: String,
    pub(super) bearer: Bearer,
    pub(super) agent: AgentId,
    socket: Socket,
    attention: Attention,
    /// The number up to which was told.
    place: i64,
    /// Whether there may be something in the store.
    is_due: bool,
    /// Up to when it was told what fell due in its inbox by itself; and when something does next.
    rung_until: Timestamp,
    rings_at: Option<Instant>,
    /// When the lease of its agent is renewed.
    renew_at: Instant,
    renew: Duration,
    /// When it was last told to others that it is typing, by where.
    pub(super) typed_at: BTreeMap<SessionId, Instant>,
}

/// The problem document for what cannot be done.
pub(super) fn trouble(web: &Web, error: &Error, trace: &str) -> Value {
    problem::log(error, trace);
    serde_json::to_value(Problem::of(error, &web.config.server.public_url, trace)).unwrap_or_default()
}

impl Visitor {
    /// Lets somebody in who says in time who they are, and stays with them to the end.
    pub(super) async fn stay(mut self) {
        let mut closing = self.web.state.live.closing();
        let let_in = tokio::select! {
            let_in = self.ask() => let_in,
            _ = closing.wait_for(|closing| *closing) => Err(Over::Closing),
        };
        match let_in {
            Err(over) => self.wire.end(&over, None).await,
            Ok((bearer, standing, register, mark)) => {
                let guest = Guest::new(self, bearer, &standing, register.since);
                guest.stay(standing, mark).await;
            }
        }
    }

    /// Waits for whoever comes to say who they are.
    async fn ask(&mut self) -> Result<(Bearer, Standing, Register, Option<Value>), Over> {
        let tempo = self.wire.tempo();
        let chance = self.web.store.ground().chance.clone();
        if self.wire.speech() == Speech::SocketIo {
            let id = hex(&chance.bytes::<16>());
            self.wire.say(&Outgoing::Opened(&id, tempo.ping, tempo.pong)).await?;
        }
        let until = Instant::now() + tempo.register;
        loop {
            let message = timeout_at(until, self.wire.next()).await.map_err(|_| Over::Late)?;
            let (given, mark) = match self.wire.read(message).await? {
                None => continue,
                Some(Incoming::ConnectElsewhere(namespace)) => {
                    let error = Error::invalid("namespace", "There is one namespace: /ai.");
                    let problem = trouble(&self.web, &error, &self.trace);
                    self.wire.say(&Outgoing::Refused(&namespace, &problem)).await?;
                    continue;
                }
                Some(Incoming::Connect(given)) => (given, None),
                Some(Incoming::Event { name, data, mark })
                    if self.wire.speech() == Speech::Own && name == event::REGISTER =>
                {
                    (data, mark)
                }
                Some(_) => return Err(Over::Late),
            };
            return match self.prove(&given).await {
                Ok((bearer, standing, register)) => {
                    if self.wire.speech() == Speech::SocketIo {
                        let id = hex(&chance.bytes::<16>());
                        self.wire.say(&Outgoing::Connected(&id)).await?;
                    }
                    Ok((bearer, standing, register, mark))
                }
                Err(error) => {
                    let problem = trouble(&self.web, &error, &self.trace);
                    self.wire.say(&Outgoing::Refused(NAMESPACE, &problem)).await?;
                    Err(Over::from(&error))
                }
            };
        }
    }

    /// Finds out whether they are who they say, and gives their agent a sign of life.
    async fn prove(&self, given: &Value) -> Result<(Bearer, Standing, Register)> {
        let register = Register::read(given)?;
        let claimed = register.status.as_deref().map(claimed).transpose()?;
        let token = Secret::new(register.token.clone());
        let bearer = Bearer::of_agent(&self.web, &self.trace, token, Scope::MessagesRead).await;
        let bearer = bearer.inspect_err(|_| {
            // Guessing has an end: it counts as a call without a token.
            let _ = self.web.state.limits.by_address(self.address);
        })?;
        let asking = bearer.clone();
        let write = self.web.store.write(move |cx| {
            let (_, who) = asking.actor(cx)?;
            let agent = who.agent().ok_or(Error::NotFound("agent"))?;
            let known = agents::registered(cx, &who, agent)?;
            let before = if cx.now < known.lease_until { known.claimed } else { Claimed::default() };
            let one = agents::beat(cx, &who, agent, claimed.unwrap_or(before))?;
            Standing::of(cx, &who, &one)
        });
        Ok((bearer, write.await?, register))
    }
}

impl Guest {
    fn new(visitor: Visitor, bearer: Bearer, standing: &Standing, since: Option<i64>) -> Self {
        let Visitor { web, wire, trace, .. } = visitor;
        let agent = standing.agent;
        let (socket, attention) = (web.state.live.sockets.open(agent), web.state.live.attend_always(agent));
        let renew = Duration::from_millis(standing.renew_ms.max(1).unsigned_abs());
        let renew = wire.tempo().renew.unwrap_or(renew);
        // Beyond what there is nobody can have been.
        let place = since.map_or(standing.head, |since| since.clamp(0, standing.head));
        Self {
            web,
            wire,
            trace,
            bearer,
            agent,
            socket,
            attention,
            place,
            is_due: true,
            rung_until: standing.now,
            rings_at: None,
            renew_at: Instant::now() + renew,
            renew,
            typed_at: BTreeMap::new(),
        }
    }

    /// Stays to the end.
    async fn stay(mut self, standing: Standing, mark: Option<Value>) {
        let over = self.attend(standing, mark).await;
        tracing::debug!(agent = %self.agent, trace = self.trace, ?over, "a socket ends");
        let Self { web, wire, socket, attention, agent, .. } = self;
        drop((socket, attention));
        wire.end(&over, Some(SocketRoom::Agent(agent))).await;
        web.state.live.look_for_ended();
    }

    async fn attend(&mut self, standing: Standing, mark: Option<Value>) -> Over {
        let told = standing.welcome(self.place);
        self.tell_others(&standing);
        let welcomed = match mark {
            Some(mark) => self.wire.say(&Outgoing::Answer(&mark, &json!({ "data": told }))).await,
            None => self.wire.event(event::REGISTER, &told).await,
        };
        if let Err(over) = welcomed {
            return over;
        }
        if let Err(over) = self.tell_company(standing.audience).await {
            return over;
        }
        loop {
            if let Err(over) = self.once().await {
                return over;
            }
        }
    }

    /// The number up to which was told.
    pub(super) fn place(&self) -> i64 {
        self.place
    }

    /// Tells whoever shares a conversation with it how its agent stands.
    pub(super) fn tell_others(&self, standing: &Standing) {
        self.web.state.live.tell_status(self.agent, standing.presence, &standing.audience);
    }

    /// Tells its agent how those of its company stand who are there: what they said before it came, it has not heard. Its socket
    /// stands by now, so what changes meanwhile comes after this.
    async fn tell_company(&mut self, company: Vec<Companion>) -> Result<(), Over> {
        if company.is_empty() {
            return Ok(());
        }
        let read = self.web.store.read(move |cx| conversation::attending(cx, &company)).await;
        let there = match read {
            Ok(there) => there,
            Err(error) => return self.refused(&error).await,
        };
        for ((session, agent), how) in there {
            let told = event::of_status(agent, how, SocketRoom::Network(session));
            self.wire.event(event::STATUS, &told).await?;
        }
        Ok(())
    }

    /// Does what is due, or waits until something is.
    async fn once(&mut self) -> Result<(), Over> {
        if self.is_due {
            self.look().await?;
        }
        if self.is_due {
            return Ok(());
        }
        let due = self.rings_at.into_iter().fold(self.renew_at.min(self.wire.due()), Instant::min);
        tokio::select! {
            told = self.socket.told() => {
                let (name, data) = told.ok_or(Over::GaveWay)?;
                self.wire.event(name, &data).await
            }
            goes_on = self.attention.wait() => {
                self.is_due = true;
                if goes_on { Ok(()) } else { Err(Over::Closing) }
            }
            message = self.wire.next() => {
                match self.wire.read(message).await? {
                    None => Ok(()),
                    Some(Incoming::Event { name, data, mark }) => self.act(&name, data, mark).await,
                    Some(Incoming::ConnectElsewhere(namespace)) => {
                        let error = Error::invalid("namespace", "There is one namespace: /ai.");
                        let problem = trouble(&self.web, &error, &self.trace);
                        self.wire.say(&Outgoing::Refused(&namespace, &problem)).await
                    }
                    Some(_) => Err(Over::Malformed("This socket is connected already.")),
                }
            }
            () = sleep_until(due) => {
                self.wire.tend().await?;
                if self.renew_at <= Instant::now() {
                    self.renew().await?;
                }
                self.is_due |= self.rings_at.is_some_and(|at| at <= Instant::now());
                Ok(())
            }
        }
    }

    /// Reads what is new, and what fell due by itself, and tells it.
    async fn look(&mut self) -> Result<(), Over> {
        self.attention.begin_to_look();
        let (bearer, agent, since) = (self.bearer.clone(), self.agent, (self.place, self.rung_until));
        let look = self.web.store.read(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            Seen::of(cx, &who, agent, since)
        });
        let seen = match look.await {
            Ok(seen) => seen,
            Err(error) => return self.refused(&error).await,
        };
        self.is_due = seen.place != self.place;
        self.place = seen.place;
        self.rung_until = self.rung_until.max(seen.now);
        let after = |ms: i64| Instant::now() + Duration::from_millis(ms.max(1).unsigned_abs());
        self.rings_at = seen.next_ms.map(after);
        for (name, data) in &seen.events {
            self.wire.event(name, data).await?;
        }
        Ok(())
    }

    /// Gives a sign of life, if none was given meanwhile, by another socket or by a call.
    async fn renew(&mut self) -> Result<(), Over> {
        self.renew_at = Instant::now() + self.renew;
        let (bearer, agent) = (self.bearer.used_for(None), self.agent);
        let look = move |cx: &mut Cx<'_>| {
            let (_, who) = bearer.actor(cx)?;
            let one = agents::registered(cx, &who, agent)?;
            let beat = cx.house().agent_heartbeat_ms;
            Ok((one.lease_until.since(cx.now) < beat * 5 / 2, one.claimed))
        };
        let (is_due, claimed) = match self.web.store.read(look).await {
            Ok(found) => found,
            Err(error) => return self.refused(&error).await,
        };
        if !is_due {
            return Ok(());
        }
        let bearer = self.bearer.used_for(None);
        let beat = self.web.store.write(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            let before = agents::registered(cx, &who, agent)?.presence(cx.house(), cx.now);
            let one = agents::beat(cx, &who, agent, claimed)?;
            let is_back = one.presence(cx.house(), cx.now) != before;
            if is_back { Standing::of(cx, &who, &one).map(Some) } else { Ok(None) }
        });
        match beat.await {
            Ok(standing) => {
                if let Some(standing) = standing {
                    self.tell_others(&standing);
                }
                Ok(())
            }
            Err(error) => self.refused(&error).await,
        }
    }

    /// Says why it ends.
    pub(super) async fn refused(&mut self, error: &Error) -> Result<(), Over> {
        let problem = trouble(&self.web, error, &self.trace);
        self.wire.event(event::ERROR, &problem).await?;
        Err(Over::from(error))
    }
}
