//! Booking: making a meeting, giving an open one its guest, sending everything again.

use super::answer;
use super::model::{
    Delivery, GUESTS_MAX, Meeting, NewMeeting, Participant, Person, Role, Status, check_time,
};
use super::occupancy;
use super::resources;
use super::sql::{self, ReplyToken};
use super::write::{self, Sending};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{Id, MeetingId, ParticipantId, UserId};
use crate::base::secret::base32;
use crate::base::text::{self, Address};
use crate::base::time::DAY;
use crate::itip::PartStat;
use crate::limits::{self, Budget};
use crate::post::{fact, letter};
use crate::slots::Asking;
use crate::store::Cx;

/// The longest title and place, in characters.
const LINE_CHARS_MAX: usize = 200;
/// The longest description, in characters.
const DESCRIPTION_CHARS_MAX: usize = 4_000;
/// How often a member may have everything of a meeting sent again.
const RESENDS: Budget = Budget { name: "resend", most: 20, window_ms: DAY };
/// The longest name of a participant, in characters.
const NAME_CHARS_MAX: usize = 80;

/// The ids that a meeting and some of those at it will have: their events lie in calendars already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The meeting's.
    pub meeting: MeetingId,
    /// Those of some at it, each with their address.
    pub participants: Vec<(Address, ParticipantId)>,
}

/// What is settled of a meeting before it is made.
#[derive(Clone, Copy)]
struct Settled<'a> {
    /// Since when its rooms are asked for.
    asking: Asking,
    /// The ids that it has.
    reserved: Option<&'a Reserved>,
    /// Who has said yes.
    agreed: &'a [Address],
}

impl Default for Settled<'_> {
    fn default() -> Self {
        Self { asking: Asking::Now, reserved: None, agreed: &[] }
    }
}

/// The UID that a meeting has.
pub fn uid_of(cx: &Cx<'_>, id: MeetingId) -> String {
    format!("{}@{}", id.uuid().simple(), cx.house().organizer.domain().to_ascii_lowercase())
}

/// Makes a meeting. With guests everybody is invited; without, it stays open until [`book`].
///
/// A member may name only themselves as host, and may have so many new addresses written to per day.
pub fn create(cx: &mut Cx<'_>, who: &Actor, new: &NewMeeting) -> Result<Meeting> {
    let host = host_of(cx, who, &new.host)?;
    make(cx, who, (who.user(), host), new, &Settled::default())
}

/// As [`create`], for people of whom some have said yes to this very time already: `agreed` are their addresses. They are
/// at the meeting as accepted from the beginning, their invitation says so (RFC 5546, 3.2.2: the ATTENDEE's PARTSTAT), and
/// nobody asks them a second time. An address of nobody at the meeting says nothing. Where ids were reserved for it, it has those.
pub fn create_agreed(
    cx: &mut Cx<'_>,
    who: &Actor,
    new: &NewMeeting,
    agreed: &[Address],
    reserved: Option<&Reserved>,
) -> Result<Meeting> {
    let host = host_of(cx, who, &new.host)?;
    make(cx, who, (who.user(), host), new, &Settled { reserved, agreed, ..Settled::default() })
}

/// Makes a meeting in the name of `owner`, who has said beforehand that whoever comes by may have one: by a booking link.
/// The story tells who did it, which need not be the owner; the guests' addresses are nobody's to see who did not name
/// them. Whoever calls has settled that the owner wants it, and how often, and has held the time of its rooms since they were
/// asked. `agreed` as in [`create_agreed`].
pub fn create_for(
    cx: &mut Cx<'_>,
    who: &Actor,
    owner: UserId,
    new: &NewMeeting,
    agreed: &[Address],
) -> Result<Meeting> {
    let settled = Settled { asking: Asking::Before, reserved: None, agreed };
    make(cx, who, (Some(owner), new.host.clone()), new, &settled)
}

fn make(
    cx: &mut Cx<'_>,
    who: &Actor,
    (owner, host): (Option<UserId>, Person),
    new: &NewMeeting,
    settled: &Settled<'_>,
) -> Result<Meeting> {
    check_time(new.start, new.end, cx.now, cx.house().length_max_ms)?;
    if new.guests.len() > GUESTS_MAX {
        return Err(Error::invalid("guests", format!("A meeting can have {GUESTS_MAX} guests at most.")));
    }
    let rooms = resources::ask(cx, new, settled.asking)?;
    let zone = host.zone.unwrap_or(cx.house().zone);
    let id = settled.reserved.map_or_else(|| cx.id(), |reserved| reserved.meeting);
    let location = match (new.video, cx.house().video_url.as_str()) {
        (true, "") => {
            return Err(Error::invalid("location", "This house has no video place; say where to meet."));
        }
        (true, template) => template.replace("{id}", &id.uuid().simple().to_string()),
        (false, _) => text::line(&new.location, LINE_CHARS_MAX),
    };
    let title = text::line(&new.title, LINE_CHARS_MAX);
    let mut meeting = Meeting {
        id,
        uid: uid_of(cx, id),
        sequence: 0,
        edition: 0,
        status: if new.guests.is_empty() { Status::Open } else { Status::Scheduled },
        title: if title.is_empty() { cx.house().default_title.clone() } else { title },
        location,
        description: text::paragraphs(&new.description, DESCRIPTION_CHARS_MAX),
        start: new.start.whole_second(),
        end: new.end.whole_second(),
        zone,
        decline: new.decline.unwrap_or(cx.house().decline),
        approval: new.approval.unwrap_or(cx.house().approval),
        token_mode: fact::token_mode(cx)?,
        owner,
        created_at: cx.now,
        revised_at: cx.now,
        participants: Vec::new(),
        resources: Vec::new(),
    };
    sql::insert_meeting(cx, &meeting)?;
    resources::keep(cx, &mut meeting, rooms)?;
    add(cx, who, &mut meeting, (Role::Host, &host), settled.reserved)?;
    let story = serde_json::json!({ "start": meeting.start.ms(), "end": meeting.end.ms() });
    write::tell(cx, who, "meeting.created", &meeting, None, &story)?;
    if new.guests.is_empty() {
        occupancy::note(cx, &meeting)?;
    } else {
        invite(cx, who, &mut meeting, &new.guests, settled)?;
    }
    Ok(meeting)
}

/// The host as they will be invited: a member is their own host, with their profile's name and zone.
fn host_of(cx: &Cx<'_>, who: &Actor, host: &Person) -> Result<Person> {
    let mut host = host.clone();
    let account = accounts::by_address(cx, &host.address)?;
    let is_self = account.as_ref().is_some_and(|user| who.user() == Some(user.id));
    if !is_self && !who.is_admin() {
        return Err(Error::denied("You can invite in your own name only: the host must be you."));
    }
    if let Some(user) = account {
        host.zone = host.zone.or(Some(user.zone));
        if host.name.is_none() {
            host.name = user.given_name();
        }
    }
    Ok(host)
}

/// Gives an open meeting its guest; everybody is invited.
pub fn book(cx: &mut Cx<'_>, who: &Actor, id: MeetingId, guest: &Person) -> Result<Meeting> {
    let mut meeting = super::managed(cx, who, id)?;
    match meeting.status {
        Status::Open => {}
        Status::Scheduled => {
            return Err(Error::refused("meeting.booked", "This meeting has its guest already."));
        }
        Status::Cancelled => return Err(Error::refused("meeting.cancelled", "This meeting was cancelled.")),
    }
    if meeting.start <= cx.now {
        return Err(Error::refused("meeting.past", "The time of this meeting is past."));
    }
    sql::schedule(cx, id)?;
    meeting.status = Status::Scheduled;
    invite(cx, who, &mut meeting, std::slice::from_ref(guest), &Settled::default())?;
    Ok(meeting)
}

fn invite(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &mut Meeting,
    guests: &[Person],
    settled: &Settled<'_>,
) -> Result<()> {
    spend_new_recipients(cx, who, guests)?;
    for guest in guests {
        add(cx, who, meeting, (Role::Guest, guest), settled.reserved)?;
    }
    let said = |one: &Participant| {
        one.same_as.is_none() && settled.agreed.iter().any(|address| address.key() == one.address.key())
    };
    let agreed = answer::accept(cx, who.road.as_str(), meeting, said)?;
    let story = serde_json::json!({ "guests": guests.len(), "agreed": agreed });
    write::tell(cx, who, "meeting.booked", meeting, None, &story)?;
    write::send_all(cx, who, meeting, Sending::Invitation)?;
    // Reading it back gives the letters that the invitations carry now.
    *meeting = super::load(cx, meeting.id)?;
    occupancy::note(cx, meeting)
}

/// This is no relay for spam: a member has so many addresses written to for the first time, per day.
fn spend_new_recipients(cx: &Cx<'_>, who: &Actor, guests: &[Person]) -> Result<()> {
    let Some(user) = who.user().filter(|_| !who.is_admin()) else { return Ok(()) };
    let mut new = 0;
    for guest in guests {
        new += i64::from(!letter::is_known(cx, &guest.address)?);
    }
    if new == 0 {
        return Ok(());
    }
    let most = i64::from(cx.house().new_recipients_per_day);
    let budget = Budget { name: "new-recipients", most, window_ms: DAY };
    limits::spend(cx, budget, &user.to_string(), new)
}

/// Adds somebody. Whoever shares a mailbox with one who is there already gets no mail of their own.
fn add(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &mut Meeting,
    (role, person): (Role, &Person),
    reserved: Option<&Reserved>,
) -> Result<()> {
    let mailbox = person.address.mailbox_key();
    if mailbox == cx.house().organizer.mailbox_key() {
        let field = if role == Role::Host { "host.email" } else { "guests" };
        return Err(Error::invalid(
            field,
            "This is the organizer's own mailbox; nobody can be invited there.",
        ));
    }
    let same_as = meeting
        .participants
        .iter()
        .find(|other| other.is_written_to() && other.address.mailbox_key() == mailbox)
        .map(|other| other.id);
    let name = person.name.as_deref().map(|name| text::name(name, NAME_CHARS_MAX)).unwrap_or_default();
    let mut known = reserved.iter().flat_map(|reserved| &reserved.participants);
    let known = known.find(|(address, _)| address.key() == person.address.key());
    let participant = Participant {
        id: known.map_or_else(|| cx.id(), |(_, id)| *id),
        role,
        name,
        address: person.address.clone(),
        zone: match person.zone {
            Some(zone) => Some(zone),
            None => own_zone(cx, person)?,
        },
        added_by: who.user(),
        same_as,
        is_erased: false,
        partstat: PartStat::NeedsAction,
        answered_stamp: None,
        answered_at: None,
        answered_by: None,
        delivery: Delivery::Queued,
        delivery_detail: None,
        first_message_id: None,
        last_letter: None,
    };
    let token = base32(&cx.chance().bytes::<16>());
    let kept = ReplyToken {
        hash: cx.keys().lookup("reply-token", &token),
        sealed: cx.keys().seal(cx.chance(), "reply-token", token.as_bytes()),
    };
    let position = i64::try_from(meeting.participants.len()).unwrap_or(i64::MAX);
    sql::insert_participant(cx, meeting, &participant, position, &kept)?;
    meeting.participants.push(participant);
    Ok(())
}

/// The zone of somebody's own profile: it is used for what they alone read.
fn own_zone(cx: &Cx<'_>, person: &Person) -> Result<Option<crate::base::time::Zone>> {
    Ok(accounts::by_address(cx, &person.address)?.map(|user| user.zone))
}

/// Sends every present invitation again, in a new edition.
pub fn resend(cx: &mut Cx<'_>, who: &Actor, id: MeetingId) -> Result<Meeting> {
    let mut meeting = super::managed(cx, who, id)?;
    meeting.must_be_ahead(cx.now)?;
    if !who.is_admin() {
        limits::spend(cx, RESENDS, &id.to_string(), 1)?;
    }
    meeting.edition = sql::next_edition(cx, id)?;
    write::send_all(cx, who, &meeting, Sending::Invitation)?;
    write::tell(cx, who, "meeting.resent", &meeting, None, &serde_json::json!({}))?;
    super::load(cx, id)
}
