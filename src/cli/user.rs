//! `user add`, `list`, `link`, `disable`, `enable`, `export`, `delete`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Room;
use super::print::table;
use crate::accounts::{self, NewUser, Role};
use crate::app::App;
use crate::app::person::{self, Person};
use crate::base::error::{Error, Result};
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};
use crate::links::{self, Purpose};
use crate::store::Cx;

/// People with an account.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make an account; the last line is a sign-in link
    Add {
        /// Where their mail goes
        #[arg(long)]
        email: String,
        /// Their name
        #[arg(long, default_value = "")]
        name: String,
        /// Their IANA time zone, like Europe/Paris
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Whether they administer this house
        #[arg(long)]
        admin: bool,
    },
    /// List all accounts
    List,
    /// Print a sign-in link for an account
    Link {
        /// The account's address
        email: String,
    },
    /// Shut an account out at once
    Disable {
        /// The account's address
        email: String,
    },
    /// Let an account in again
    Enable {
        /// The account's address
        email: String,
    },
    /// Print everything that is stored about somebody, as one JSON document
    Export {
        /// Their address; they need no account
        #[arg(long)]
        email: String,
    },
    /// Delete an account: what is ahead of it ends at once, everything is erased after seven days
    Delete {
        /// The account's address
        #[arg(long)]
        email: String,
        /// Erase everything now; this cannot be undone
        #[arg(long)]
        now: bool,
        /// Keep the account after all; what has ended stays ended
        #[arg(long, conflicts_with = "now")]
        withdraw: bool,
    },
}

impl User {
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        let app = room.open()?;
        let who = Room::operator(&app);
        match self {
            Self::Add { email, name, time_zone, admin } => {
                let new = NewUser {
                    address: Address::required("email", &email)?,
                    name,
                    zone: time_zone.as_deref().map(zone).transpose()?,
                    role: if admin { Role::Admin } else { Role::Member },
                };
                let (user, link) = app
                    .store
                    .write(move |cx| {
                        let user = accounts::add(cx, &who, &new)?;
                        let link = accounts::sign_in_link(cx, &who, user.id)?;
                        Ok((user, url(cx, link)))
                    })
                    .await?;
                let value = json!({ "user": face(&user), "link": link });
                room.printer.print(&value, || {
                    format!("Added {}. Sign in within a day:\n{link}", user.address.as_str())
                });
            }
            Self::List => {
                let users = app.store.read(move |cx| accounts::list(cx, &who)).await?;
                let value: Vec<Value> = users.iter().map(face).collect();
                room.printer.print(&json!(value), || rows(&users));
            }
            Self::Link { email } => {
                let link = with_account(&app, &email, move |cx, user| {
                    accounts::sign_in_link(cx, &who, user).map(|link| url(cx, link))
                })
                .await?;
                room.printer.print(&json!({ "link": link }), || link.clone());
            }
            Self::Disable { email } => {
                let user =
                    with_account(&app, &email, move |cx, user| accounts::disable(cx, &who, user)).await?;
                room.printer.print(&face(&user), || "Disabled: sign-ins and tokens have ended.".into());
            }
            Self::Enable { email } => {
                let user =
                    with_account(&app, &email, move |cx, user| accounts::enable(cx, &who, user)).await?;
                room.printer.print(&face(&user), || "Enabled.".into());
            }
            Self::Export { email } => {
                let address = Address::required("email", &email)?;
                let read = app.store.read(move |cx| person::export(cx, &Person::at(cx, &address)?)).await?;
                let text = serde_json::to_string_pretty(&read).map_err(Error::internal)?;
                room.printer.print(&read, || text);
            }
            Self::Delete { email, now, withdraw } => delete(room, &app, &email, (now, withdraw)).await?,
        }
        Ok(())
    }
}

/// `user delete`, at once where `now` is said; `withdraw` takes it back.
async fn delete(room: &Room, app: &App, email: &str, (now, withdraw): (bool, bool)) -> Result<()> {
    let who = Room::operator(app);
    if withdraw {
        let kept = with_account(app, email, move |cx, user| {
            person::withdraw_deletion(cx, &who, user)?;
            accounts::get(cx, user)
        });
        room.printer.print(&face(&kept.await?), || "The account stays.".into());
    } else if now {
        let erase = move |cx: &mut Cx<'_>, user| person::erase(cx, &who, &Person::of(cx, user)?);
        with_account(app, email, erase).await?;
        room.printer.print(&json!({ "erased": true }), || "Everything stored about them is erased.".into());
    } else {
        let ask = move |cx: &mut Cx<'_>, user| person::ask_deletion(cx, &who, user);
        let leaving = with_account(app, email, ask).await?;
        let value = json!({
            "due": leaving.due.to_rfc3339(),
            "meetings_cancelled": leaving.cancelled,
            "invitations_declined": leaving.declined,
        });
        room.printer.print(&value, || {
            format!(
                "Cancelled {} and declined {} of what was ahead. Everything is erased on {}; until then \
                 `entente user delete --withdraw --email …` keeps the account.",
                leaving.cancelled,
                leaving.declined,
                leaving.due.to_rfc3339()
            )
        });
    }
    Ok(())
}

/// Runs a write about the account with this address.
async fn with_account<T: Send + 'static>(
    app: &App,
    email: &str,
    run: impl Fn(&mut Cx<'_>, crate::base::id::UserId) -> Result<T> + Send + 'static,
) -> Result<T> {
    let address = Address::required("email", email)?;
    app.store
        .write(move |cx| {
            let user = accounts::by_address(cx, &address)?.ok_or(Error::NotFound("user"))?;
            run(cx, user.id)
        })
        .await
}

fn url(cx: &Cx<'_>, link: crate::base::id::LinkId) -> String {
    links::url(cx.keys(), &cx.house().public_url, Purpose::SignIn, link)
}

/// A zone of the command line.
pub(super) fn zone(name: &str) -> Result<Zone> {
    Zone::parse(name).ok_or_else(|| {
        Error::invalid("time-zone", format!("`{name}` is no IANA time zone; one looks like Europe/Paris."))
    })
}

fn face(user: &accounts::User) -> Value {
    json!({
        "id": user.id,
        "email": user.address.as_str(),
        "name": user.name,
        "time_zone": user.zone.name(),
        "role": user.role.as_str(),
        "disabled": user.disabled_at.is_some(),
        "deletion_due": user.deletion_due_at.map(Timestamp::to_rfc3339),
    })
}

fn rows(users: &[accounts::User]) -> String {
    if users.is_empty() {
        return "Nobody has an account yet. Make one with `entente user add --admin --email …`.".into();
    }
    let rows: Vec<Vec<String>> = users
        .iter()
        .map(|user| {
            let state = match (user.disabled_at, user.deletion_due_at) {
                (Some(_), _) => "disabled",
                (None, Some(_)) => "leaving",
                (None, None) => user.role.as_str(),
            };
            vec![user.address.as_str().into(), user.name.clone(), user.zone.name().into(), state.into()]
        })
        .collect();
    table(&["ADDRESS", "NAME", "ZONE", "ROLE"], &rows)
}
