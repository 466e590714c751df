//! The meetings of this house: what each of them takes of somebody's time, as it stands now.
//!
//! They write that to the calendar themselves, as they change; reading it is a second road to the same, by which it is seen whether anything
//! was lost. It calls no server. What changes between the reading and its being taken in is for the room `calendar` to notice.

use futures_util::future::BoxFuture;

use super::{Probed, Provider, failure, feed_found};
use crate::base::Secret;
use crate::base::error::Result as Outcome;
use crate::base::id::MeetingId;
use crate::calendar::{
    Access, Due, Failure, Fault, Interval, Mark, Object, Objects, Problem, Reading, SourceKind,
};
use crate::itip::feed::{BusyEvent, Feed, Key};
use crate::meetings::{self, Time};
use crate::store::Store;

/// The meetings of this house.
#[derive(Clone)]
pub struct House {
    store: Store,
}

impl House {
    /// Those of the house whose store this is.
    pub fn new(store: &Store) -> Self {
        Self { store: store.clone() }
    }

    async fn reading(&self, due: &Due) -> Result<Reading, Failure> {
        let (holder, from) = (due.holder, due.from);
        let known: Vec<MeetingId> = due.objects.keys().filter_map(|uid| uid.parse().ok()).collect();
        let times = self.store.read(move |cx| meetings::times_of(cx, holder, from, &known)).await;
        let times = times.map_err(|error| {
            tracing::error!(source = %due.source, %error, "the meetings of a calendar cannot be looked through");
            failure::of(Problem::Server, "the meetings could not be looked through")
        })?;
        let objects = times.into_iter().map(|(meeting, time)| object(due, meeting, time)).collect();
        Ok(Reading { objects: Objects::Whole(objects), mark: Mark::default() })
    }
}

impl Provider for House {
    fn probe(&self) -> BoxFuture<'_, Result<Probed, Failure>> {
        let access = Access { url: Secret::default(), username: None, password: None };
        let found = vec![feed_found("Meetings of this house".to_owned())];
        let probed = Probed { kind: SourceKind::House, server: String::new(), access, found };
        Box::pin(std::future::ready(Ok(probed)))
    }

    fn read<'a>(&'a self, due: &'a Due) -> BoxFuture<'a, Result<Reading, Failure>> {
        Box::pin(self.reading(due))
    }
}

/// What a meeting takes, as an object with one event, or none.
fn object(due: &Due, meeting: MeetingId, time: Outcome<Time>) -> Object {
    let uid = meeting.to_string();
    let read = match time {
        Ok(time) => Ok(feed_of(&uid, time)),
        Err(error) => {
            tracing::error!(source = %due.source, %meeting, %error, "a meeting cannot be looked at");
            Err(Fault {
                uid: uid.clone(),
                line: 0,
                code: "house.unreadable".to_owned(),
                words: "the meeting cannot be looked at; what was known of it counts".to_owned(),
            })
        }
    };
    Object { href: uid, etag: String::new(), read, theirs: None }
}

fn feed_of(uid: &str, time: Time) -> Feed {
    let event = time.map(|(start, end, kind)| BusyEvent {
        key: Key { uid: uid.to_owned(), instance: String::new() },
        intervals: vec![Interval { start: start.ms(), end: end.ms() }],
        kind,
        skeleton: String::new(),
    });
    Feed::of(event)
}
