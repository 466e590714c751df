//! Writing into calendars of CalDAV servers: one event laid down or taken out, so that it is there exactly once whatever
//! happens between two calls.
//!
//! An object is written only as it is known: new, or in the version that was there. What is not known is looked up first;
//! a write whose answer did not come is looked up after. What somebody else has done there is told and not written over.

use std::time::Duration;

use super::{credentials, failure};
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};
use crate::calendar::{Errand, Failure, Laid, Problem, Theirs};
use crate::dav::{self, Condition, Delivered, Session};
use crate::itip::{self, PartStat};
use crate::net::{self, Client};

/// How long writes may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// One call.
    pub call: Duration,
    /// From the first call until it is given up.
    pub total: Duration,
    /// Between two tries.
    pub pause: Duration,
}

impl Default for Patience {
    /// Ten seconds, as the people who wait for an invitation have them.
    fn default() -> Self {
        Self {
            call: Duration::from_millis(4_500),
            total: Duration::from_secs(10),
            pause: Duration::from_secs(1),
        }
    }
}

/// What became of an event that was to be laid down.
#[derive(Clone, Debug)]
pub enum Wrote {
    /// It lies there as it was to be, in this version, if that is known.
    Laid(Option<String>),
    /// Another version than the known one lies there: its holder's doing. `None`: it is there no more.
    Changed(Option<Theirs>),
    /// The server does not take it, and would not the next time.
    Refused(Failure),
    /// No answer, or one that may pass.
    Silent(Failure),
}

/// What became of an event that was to be taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TookOut {
    /// It is there no more, or what is there is not the house's to take out.
    Done,
    /// No answer, or one that may pass.
    NotYet,
    /// It will not be.
    Never,
}

/// What became of an answer that was to stand in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It stands there. With the event's version, if all else in it is as the house wrote it, and that is known.
    Laid(Option<String>),
    /// The event is not one that it can be laid into, or its server does not take it.
    Left,
    /// No answer, or one that may pass; or the event is not to be found just now.
    NotYet,
}

/// What lies at a place.
enum Found {
    Nothing,
    /// An event that can be read.
    Event(Theirs),
    /// Something else.
    Other,
}

/// A conversation about one object.
struct Place<'a> {
    session: Session,
    errand: &'a Errand,
    patience: Patience,
}

/// Lays `text`, which says `says`, where the errand has it.
pub async fn lay(client: &Client, errand: &Errand, text: &str, says: &Laid, patience: Patience) -> Wrote {
    match Place::of(client, errand, patience) {
        Ok(place) => place.lay(text, says).await.unwrap_or_else(sorted),
        Err(failure) => Wrote::Refused(failure),
    }
}

/// Lays the answer of its reader into the event at the errand's place, where all else stays as it is.
pub async fn lay_answer(client: &Client, errand: &Errand, partstat: PartStat, patience: Patience) -> Answer {
    let Ok(place) = Place::of(client, errand, patience) else { return Answer::Left };
    match place.answer(partstat).await.map_err(sorted) {
        Ok(answer) => answer,
        Err(Wrote::Refused(_)) => Answer::Left,
        Err(_) => Answer::NotYet,
    }
}

/// Takes an event out of its calendar.
pub async fn take_out(client: &Client, errand: &Errand, patience: Patience) -> TookOut {
    let Ok(place) = Place::of(client, errand, patience) else { return TookOut::Never };
    match place.take_out().await {
        Ok(()) => TookOut::Done,
        Err(fault) => match sorted(fault) {
            Wrote::Silent(_) | Wrote::Changed(_) => TookOut::NotYet,
            Wrote::Laid(_) | Wrote::Refused(_) => TookOut::Never,
        },
    }
}

/// Whether what lies at the errand's place is nothing of the house's that still is to be taken out; `None`: nobody can say.
pub async fn is_free(client: &Client, errand: &Errand, patience: Patience) -> Option<bool> {
    let place = Place::of(client, errand, patience).ok()?;
    match place.look().await.ok()? {
        Found::Nothing => Some(true),
        Found::Event(_) | Found::Other => Some(false),
    }
}

fn sorted(fault: dav::Fault) -> Wrote {
    let is_final = match &fault {
        dav::Fault::Refused | dav::Fault::NotFound | dav::Fault::NotCalendar | dav::Fault::NotTaken(_) => {
            true
        }
        dav::Fault::Net(fault) => matches!(fault, net::Fault::BadUrl(_) | net::Fault::NotAllowed(_)),
        dav::Fault::Changed | dav::Fault::Busy(_) | dav::Fault::Server(_) => false,
    };
    let failure = Failure::from(fault);
    if is_final { Wrote::Refused(failure) } else { Wrote::Silent(failure) }
}

impl<'a> Place<'a> {
    fn of(client: &Client, errand: &'a Errand, patience: Patience) -> Result<Self, Failure> {
        let url = failure::url(errand.access.url.expose())?;
        let session = Session::new(client, url, credentials(&errand.access));
        Ok(Self { session, errand, patience })
    }

    /// One call, as long as one may take.
    async fn call<T>(&self, call: impl Future<Output = Result<T, dav::Fault>>) -> Result<T, dav::Fault> {
        let time = self.patience.call;
        let late = || Err(net::Fault::TimeOut(time.as_secs()).into());
        tokio::time::timeout(time, call).await.unwrap_or_else(|_| late())
    }

    async fn look(&self) -> Result<Found, dav::Fault> {
        let Errand { me, zone, .. } = self.errand;
        Ok(match self.call(self.session.get(&self.errand.href)).await? {
            Delivered::Gone => Found::Nothing,
            Delivered::Text(text, etag) => match theirs(&text, etag.unwrap_or_default(), me, *zone) {
                Some(theirs) if itip::same_uid(&theirs.uid, &self.errand.uid) => Found::Event(theirs),
                _ => Found::Other,
            },
            // It is there, and the server does not give it.
            Delivered::Not(why) => return Err(dav::Fault::Server(why.to_owned())),
        })
    }

    async fn lay(&self, text: &str, says: &Laid) -> Result<Wrote, dav::Fault> {
        let mut etag = self.errand.etag.clone();
        // What was begun before, or is there in a version that nobody told, is looked up first.
        if self.errand.tried.is_some() || (etag.is_none() && self.errand.laid.is_some()) {
            match self.known(says).await? {
                Ok(version) => etag = version,
                Err(wrote) => return Ok(wrote),
            }
        }
        for _ in 0..2 {
            match self.put(text, etag.as_deref()).await {
                Ok(Some(version)) => return Ok(Wrote::Laid(Some(version))),
                Ok(None) => return Ok(Wrote::Laid(self.version(says).await)),
                Err(dav::Fault::Changed) => match self.known(says).await? {
                    // Nothing of ours is known to have been there: a write of before the crash, then.
                    Ok(version) if version != etag => etag = version,
                    Ok(_) => break,
                    Err(wrote) => return Ok(wrote),
                },
                Err(fault) => return Ok(self.after(fault, says).await),
            }
        }
        Ok(Wrote::Silent(failure::of(Problem::Server, "the server does not keep to versions")))
    }

    async fn put(&self, text: &str, etag: Option<&str>) -> Result<Option<String>, dav::Fault> {
        let condition = etag.filter(|etag| !etag.is_empty()).map_or(Condition::New, Condition::Is);
        self.call(self.session.put(&self.errand.href, text, condition)).await
    }

    /// In which version what is there is to be written over; or what there is to be said instead.
    async fn known(&self, says: &Laid) -> Result<Result<Option<String>, Wrote>, dav::Fault> {
        Ok(match self.look().await? {
            Found::Nothing if self.errand.laid.is_some() => Err(Wrote::Changed(None)),
            Found::Nothing => Ok(None),
            Found::Other => {
                Err(Wrote::Refused(failure::of(Problem::Server, "something else lies in the event's place")))
            }
            Found::Event(theirs) if theirs.says == *says => Err(Wrote::Laid(Some(theirs.etag))),
            Found::Event(theirs)
                if self.errand.laid.is_none()
                    || self.errand.etag.as_ref() == Some(&theirs.etag)
                    || self.errand.is_as_written(&theirs) =>
            {
                Ok(Some(theirs.etag))
            }
            Found::Event(theirs) => Err(Wrote::Changed(Some(theirs))),
        })
    }

    /// The version of what was just written, where the server did not tell it.
    async fn version(&self, says: &Laid) -> Option<String> {
        match self.look().await {
            Ok(Found::Event(theirs)) if theirs.says == *says => Some(theirs.etag),
            _ => None,
        }
    }

    /// After a write that came to nothing, or to an answer that did not come.
    async fn after(&self, fault: dav::Fault, says: &Laid) -> Wrote {
        let wrote = sorted(fault);
        if matches!(wrote, Wrote::Refused(_)) {
            return wrote;
        }
        match self.look().await {
            Ok(Found::Event(theirs)) if theirs.says == *says => Wrote::Laid(Some(theirs.etag)),
            _ => wrote,
        }
    }

    async fn answer(&self, partstat: PartStat) -> Result<Answer, dav::Fault> {
        let Errand { me, zone, laid, .. } = self.errand;
        for _ in 0..2 {
            let (text, etag) = match self.call(self.session.get(&self.errand.href)).await? {
                Delivered::Text(text, Some(etag)) => (text, etag),
                Delivered::Gone => return Ok(Answer::NotYet),
                Delivered::Text(..) | Delivered::Not(_) => return Ok(Answer::Left),
            };
            let there = theirs(&text, etag.clone(), me, *zone);
            let is_ours = |theirs: &Theirs| {
                itip::same_uid(&theirs.uid, &self.errand.uid)
                    && !theirs.says.is_cancelled
                    && laid.as_ref().is_some_and(|laid| theirs.says.sequence >= laid.sequence)
            };
            let Some(there) = there.filter(is_ours) else { return Ok(Answer::Left) };
            let is_known = self.errand.etag.as_ref() == Some(&etag) || self.errand.is_as_written(&there);
            let says = Laid { partstat: partstat.as_ics().to_owned(), ..there.says.clone() };
            if there.says == says {
                return Ok(Answer::Laid(Some(etag).filter(|_| is_known)));
            }
            let Some(text) = itip::answered(&text, me, partstat) else { return Ok(Answer::Left) };
            if theirs(text.as_bytes(), String::new(), me, *zone).is_none_or(|after| after.says != says) {
                return Ok(Answer::Left);
            }
            let version = match self.put(&text, Some(&etag)).await {
                Ok(Some(version)) => Some(version),
                Ok(None) => self.version(&says).await,
                Err(dav::Fault::Changed) => continue,
                Err(fault) => match self.after(fault, &says).await {
                    Wrote::Laid(version) => version,
                    Wrote::Refused(_) => return Ok(Answer::Left),
                    Wrote::Silent(_) | Wrote::Changed(_) => return Ok(Answer::NotYet),
                },
            };
            return Ok(Answer::Laid(version.filter(|_| is_known)));
        }
        Ok(Answer::NotYet)
    }

    async fn take_out(&self) -> Result<(), dav::Fault> {
        let Found::Event(theirs) = self.look().await? else { return Ok(()) };
        if self.errand.is_stray && !self.errand.is_as_written(&theirs) {
            return Ok(());
        }
        match self.call(self.session.delete(&self.errand.href, &theirs.etag)).await {
            // Their holder was quicker.
            Err(dav::Fault::NotFound) => Ok(()),
            done => done.map(drop),
        }
    }
}

/// What an object says, as far as it matters to the house; `None` if it is no event.
pub(super) fn theirs(text: &[u8], etag: String, me: &[Address], zone: Zone) -> Option<Theirs> {
    let event = itip::read_object(text).ok()?;
    let attendee = me.iter().find_map(|me| event.attendees.iter().find(|one| one.is(me)));
    let attendee = attendee.or_else(|| event.attendee(None));
    let partstat = attendee.map(|one| one.partstat.unwrap_or(PartStat::NeedsAction).as_ics().to_owned());
    let start = event.start?.instant(zone);
    Some(Theirs {
        uid: event.uid,
        etag,
        says: Laid {
            sequence: event.sequence.map_or(0, i64::from),
            stamp: event.dtstamp.map_or(0, Timestamp::ms),
            start: start.ms(),
            end: event.end.map_or(start, |end| end.instant(zone)).ms(),
            partstat: partstat.unwrap_or_default(),
            is_cancelled: event.status.as_deref() == Some("CANCELLED"),
        },
    })
}
