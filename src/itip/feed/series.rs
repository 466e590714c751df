//! Events with one UID are one series: which of its times each of them speaks for.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::base::Zone;

use super::super::moment::Written;
use super::gather::Entry;
use super::skeleton::{Skeleton, written_text};
use super::wall::When;
use super::{Fault, Feed, Key, Why};

/// An event that takes time, before its time is looked for.
pub(super) struct Planned {
    pub(super) key: Key,
    pub(super) line: usize,
    pub(super) skeleton: Skeleton,
}

/// Splits the series: each skeleton stands for itself.
pub(super) fn plan(entries: Vec<Entry>, zone: Zone, feed: &mut Feed) -> Vec<Planned> {
    let mut planned = Vec::with_capacity(entries.len());
    let mut by_uid: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    let mut nameless = 0_usize;
    for entry in entries {
        if entry.uid.is_empty() {
            // Nothing tells these apart, and nothing makes them one.
            nameless += 1;
            if let Some(kind) = entry.kind {
                let key = Key { uid: String::new(), instance: format!("#{nameless}") };
                planned.push(Planned { key, line: entry.line, skeleton: entry.skeleton(kind, zone) });
            }
            continue;
        }
        by_uid.entry(entry.uid.clone()).or_default().push(entry);
    }
    for (uid, entries) in by_uid {
        Series { uid, zone, feed: &mut *feed, planned: &mut planned }.split(entries);
    }
    planned
}

struct Series<'a> {
    uid: String,
    zone: Zone,
    feed: &'a mut Feed,
    planned: &'a mut Vec<Planned>,
}

impl Series<'_> {
    fn split(&mut self, entries: Vec<Entry>) {
        if let [only] = entries.as_slice()
            && only.instance.is_none()
        {
            self.push(only.part.to_owned(), only, |_| {});
            return;
        }
        let (masters, changes): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.instance.is_none());
        let masters = self.latest(masters, |entry| entry.part.to_owned());
        let zone = self.zone;
        let changes = self.latest(changes, |entry| instance_text(entry, zone));
        let (ranges, ones) = self.ranges(masters.first().map(|(_, master)| master), changes);
        for (name, one) in &ones {
            self.push(name.clone(), one, |_| {});
        }
        let replaced: Vec<&When> = ones.iter().filter_map(|(_, one)| one.instance.as_ref()).collect();
        for (i, (name, master)) in masters.iter().enumerate() {
            // Which of several is meant, nobody can say: the changes are changes of all.
            let left_out = |skeleton: &mut Skeleton| {
                let seen = replaced.iter().map(|when| when.seen_from(&master.start.wall, zone));
                skeleton.except.extend(seen);
            };
            let borders: Vec<NaiveDateTime> =
                ranges.iter().map(|(_, range)| border(range, master, zone)).collect();
            self.push(name.clone(), master, |skeleton| {
                left_out(skeleton);
                skeleton.before = borders.first().copied();
            });
            if i > 0 {
                continue;
            }
            for (at, (name, range)) in ranges.iter().enumerate() {
                let Some(kind) = range.kind else { continue };
                let mut skeleton = master.skeleton(kind, zone);
                left_out(&mut skeleton);
                skeleton.since = borders.get(at).copied();
                skeleton.before = borders.get(at + 1).copied();
                skeleton.length = range.length;
                let to = master.start.wall.local(range.start.instant(zone), zone);
                let to = if range.start.is_day() { range.start.local() } else { to };
                skeleton.shift =
                    borders.get(at).map_or(0, |from| to.signed_duration_since(*from).num_seconds());
                self.planned.push(Planned {
                    key: Key { uid: self.uid.clone(), instance: name.clone() },
                    line: range.line,
                    skeleton,
                });
            }
        }
    }

    /// Of versions of the same event the last one; events that only share a name are told apart by a number.
    fn latest(&mut self, entries: Vec<Entry>, name: impl Fn(&Entry) -> String) -> Vec<(String, Entry)> {
        let mut by_name: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            by_name.entry(name(&entry)).or_default().push(entry);
        }
        let mut kept = Vec::new();
        for (name, mut versions) in by_name {
            let last = versions.iter().map(|entry| entry.sequence).max().unwrap_or(0);
            versions.retain(|entry| entry.sequence == last);
            // Written twice word for word is written once; the later of the same start and length stands.
            let mut told: Vec<Entry> = Vec::new();
            for entry in versions {
                let twin = told.iter_mut().find(|one| {
                    one.start == entry.start
                        && one.rules == entry.rules
                        && one.kind == entry.kind
                        && one.length == entry.length
                });
                match twin {
                    Some(twin) => *twin = entry,
                    None => told.push(entry),
                }
            }
            for (i, entry) in told.into_iter().enumerate() {
                if i > 0 {
                    let why = Why::SameUid;
                    self.feed.fault(Fault { uid: self.uid.clone(), line: entry.line, why });
                }
                let name = if i == 0 { name.clone() } else { format!("{name}#{}", i + 1) };
                kept.push((name, entry));
            }
        }
        kept
    }

    /// Changes of all later instances, by their first; and changes of one.
    #[expect(clippy::type_complexity, reason = "two lists of the same kind")]
    fn ranges(
        &mut self,
        master: Option<&Entry>,
        changes: Vec<(String, Entry)>,
    ) -> (Vec<(String, Entry)>, Vec<(String, Entry)>) {
        let (mut ranges, mut ones) = (Vec::new(), Vec::new());
        for (name, change) in changes {
            let fits = master.is_some_and(|master| {
                change.kind.is_none() || master.start.is_day() == change.start.is_day()
            });
            if change.and_future && fits {
                ranges.push((name, change));
                continue;
            }
            if change.and_future && master.is_some() {
                self.feed.fault(Fault { uid: self.uid.clone(), line: change.line, why: Why::DaysAndTimes });
            }
            ones.push((name, change));
        }
        let zone = self.zone;
        ranges.sort_by_key(|(_, range)| range.instance.as_ref().map(|when| when.instant(zone)));
        (ranges, ones)
    }

    fn push(&mut self, instance: String, entry: &Entry, change: impl FnOnce(&mut Skeleton)) {
        let Some(kind) = entry.kind else { return };
        let mut skeleton = entry.skeleton(kind, self.zone);
        change(&mut skeleton);
        let key = Key { uid: self.uid.clone(), instance };
        self.planned.push(Planned { key, line: entry.line, skeleton });
    }
}

/// From where on a change changes everything, on the wall clock of the series.
fn border(range: &Entry, master: &Entry, zone: Zone) -> NaiveDateTime {
    let Some(when) = &range.instance else { return master.start.local() };
    match when.seen_from(&master.start.wall, zone) {
        Written::Utc(at) => master.start.wall.local(at, zone),
        Written::Local(local) => local,
        Written::Day(_) => when.local(),
    }
}

/// The name of the instance that an event changes.
fn instance_text(entry: &Entry, zone: Zone) -> String {
    let Some(when) = &entry.instance else { return String::new() };
    let plain = match (when.written, &when.wall) {
        (Written::Local(_), super::wall::Wall::Reader) | (Written::Day(_), _) => when.written,
        _ => Written::Utc(when.instant(zone)),
    };
    format!("{}{}", written_text(plain), if entry.and_future { "+" } else { "" })
}
