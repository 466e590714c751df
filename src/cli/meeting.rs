//! `meeting book`, `list`, `show`, `move`, `cancel`, `resend`.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Room;
use super::print::table;
use super::user::zone;
use crate::app::App;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::MeetingId;
use crate::base::text::Address;
use crate::base::time::{MINUTE, Timestamp, Zone};
use crate::meetings::{self, Listing, NewMeeting, Person, Seen};
use crate::web::api;

/// Meetings.
#[derive(Debug, Subcommand)]
pub(crate) enum Meeting {
    /// Book a meeting; everybody gets a private invitation
    Book(Box<Book>),
    /// List the meetings ahead
    List {
        /// Those that are over, latest first
        #[arg(long)]
        past: bool,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one meeting with its story
    Show {
        /// The meeting's id
        id: String,
    },
    /// Move a meeting at once
    Move {
        /// The meeting's id
        id: String,
        /// The new start, RFC 3339 with an offset
        #[arg(long)]
        start: String,
        /// The new end
        #[arg(long)]
        end: String,
    },
    /// Cancel a meeting for everybody
    Cancel {
        /// The meeting's id
        id: String,
    },
    /// Send every invitation again
    Resend {
        /// The meeting's id
        id: String,
    },
}

/// A meeting to be booked.
#[derive(Debug, Args)]
pub(crate) struct Book {
    /// What it is called
    #[arg(long, default_value = "")]
    title: String,
    /// The start, RFC 3339 with an offset, like 2026-11-25T10:30:00+01:00
    #[arg(long)]
    start: String,
    /// The end
    #[arg(long, required_unless_present = "minutes")]
    end: Option<String>,
    /// How long it lasts, in place of the end
    #[arg(long, conflicts_with = "end")]
    minutes: Option<u32>,
    /// Where it is
    #[arg(long, default_value = "")]
    location: String,
    /// By video, at the configured place
    #[arg(long, conflicts_with = "location")]
    video: bool,
    /// What it is about
    #[arg(long, default_value = "")]
    description: String,
    /// The host's address
    #[arg(long, value_name = "EMAIL")]
    host: String,
    /// The host's name
    #[arg(long, value_name = "NAME")]
    host_name: Option<String>,
    /// The host's IANA time zone
    #[arg(long, value_name = "ZONE")]
    host_zone: Option<String>,
    /// A guest's address, or `Name <address>`; again for each guest; without any the meeting stays open
    #[arg(long = "guest", value_name = "EMAIL")]
    guests: Vec<String>,
    /// The guests' IANA time zone
    #[arg(long, value_name = "ZONE")]
    guest_zone: Option<String>,
}

impl Book {
    fn parse(&self) -> Result<NewMeeting> {
        let start = instant("start", &self.start)?;
        let end = match (&self.end, self.minutes) {
            (Some(end), _) => instant("end", end)?,
            (None, minutes) => start.plus(i64::from(minutes.unwrap_or(0)) * MINUTE),
        };
        let guest_zone = self.guest_zone.as_deref().map(zone).transpose()?;
        let guests =
            self.guests.iter().map(|text| person("guest", text, guest_zone)).collect::<Result<_>>()?;
        Ok(NewMeeting {
            title: self.title.clone(),
            start,
            end,
            location: self.location.clone(),
            video: self.video,
            description: self.description.clone(),
            host: Person {
                address: Address::required("host", &self.host)?,
                name: self.host_name.clone(),
                zone: self.host_zone.as_deref().map(zone).transpose()?,
            },
            guests,
            resources: Vec::new(),
            decline: None,
            approval: None,
        })
    }
}

/// `address` or `Name <address>`.
fn person(field: &'static str, text: &str, zone: Option<Zone>) -> Result<Person> {
    let (name, address) = match text.split_once('<') {
        Some((name, rest)) => (Some(name.trim().to_owned()), rest.trim_end_matches('>')),
        None => (None, text),
    };
    Ok(Person { address: Address::required(field, address)?, name, zone })
}

fn instant(field: &'static str, text: &str) -> Result<Timestamp> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| {
        Error::invalid(
            field,
            format!("`{text}` should be RFC 3339 with an offset, like 2026-11-25T10:30:00+01:00."),
        )
    })
}

fn id(text: &str) -> Result<MeetingId> {
    text.parse().map_err(|_| Error::NotFound("meeting"))
}

impl Meeting {
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        let app = room.open()?;
        let who = Room::operator(&app);
        let seen = match self {
            Self::Book(book) => {
                let new = book.parse()?;
                change(&app, who, move |cx, who| meetings::create(cx, who, &new)).await?
            }
            Self::Move { id: text, start, end } => {
                let (id, start, end) = (id(&text)?, instant("start", &start)?, instant("end", &end)?);
                change(&app, who, move |cx, who| meetings::move_to(cx, who, id, start, end)).await?
            }
            Self::Cancel { id: text } => {
                let id = id(&text)?;
                change(&app, who, move |cx, who| meetings::cancel(cx, who, id)).await?
            }
            Self::Resend { id: text } => {
                let id = id(&text)?;
                change(&app, who, move |cx, who| meetings::resend(cx, who, id)).await?
            }
            Self::Show { id: text } => {
                let id = id(&text)?;
                app.store.read(move |cx| meetings::see(cx, &who, id)).await?
            }
            Self::List { past, limit } => {
                let listing = Listing { ahead: !past, after: None, limit };
                let page = app.store.read(move |cx| meetings::list(cx, &who, listing)).await?;
                let value: Vec<Value> = page.meetings.iter().map(api::meeting).collect();
                room.printer.print(&Value::Array(value), || rows(&page.meetings));
                return Ok(());
            }
        };
        room.printer.print(&api::meeting(&seen), || text(&seen));
        Ok(())
    }
}

/// Changes a meeting and shows it as it then is, in one transaction.
async fn change(
    app: &App,
    who: Actor,
    run: impl Fn(&mut crate::store::Cx<'_>, &Actor) -> Result<meetings::Meeting> + Send + 'static,
) -> Result<Seen> {
    app.store
        .write(move |cx| {
            let meeting = run(cx, &who)?;
            meetings::see(cx, &who, meeting.id)
        })
        .await
}

fn text(seen: &Seen) -> String {
    let meeting = &seen.meeting;
    let mut lines = vec![
        format!("{}  {}", meeting.id, meeting.title),
        format!("{} ({})", meeting.zone.span(meeting.start, meeting.end), meeting.zone.named(meeting.start)),
        format!("{}, revision {}", meeting.status.as_str(), meeting.sequence),
    ];
    let people: Vec<Vec<String>> = meeting
        .participants
        .iter()
        .zip(&seen.addresses)
        .map(|(one, address)| {
            let address = address.as_ref().map_or(String::new(), |address| address.as_str().to_owned());
            vec![
                one.role.as_str().into(),
                one.name.clone(),
                address,
                one.partstat.as_str().into(),
                one.delivery.as_str().into(),
            ]
        })
        .collect();
    lines.push(table(&["ROLE", "NAME", "ADDRESS", "ANSWER", "DELIVERY"], &people));
    for one in &seen.proposals {
        let proposal = &one.proposal;
        let span = meeting.zone.span(proposal.start, proposal.end);
        lines.push(format!("{}  {}  {span}", proposal.id, proposal.status.as_str()));
    }
    lines.join("\n")
}

fn rows(meetings: &[Seen]) -> String {
    if meetings.is_empty() {
        return "No meetings.".into();
    }
    let rows: Vec<Vec<String>> = meetings
        .iter()
        .map(|seen| {
            let meeting = &seen.meeting;
            vec![
                meeting.id.to_string(),
                meeting.zone.short(meeting.start),
                meeting.status.as_str().into(),
                meeting.title.clone(),
            ]
        })
        .collect();
    table(&["ID", "START", "STATUS", "TITLE"], &rows)
}
