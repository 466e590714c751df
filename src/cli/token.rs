//! `token create`, `list`, `revoke`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Room;
use super::print::table;
use crate::accounts::{self, Scope};
use crate::base::error::{Error, Result};
use crate::base::text::Address;

/// API tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Create a token; it is printed once, alone on the last line
    Create {
        /// What you call it
        #[arg(long)]
        name: String,
        /// What it may be used for: admin, meetings.read, meetings.write, profile.read, profile.write,
        /// connections.read, connections.write, notices.read, notices.write, calendar.read,
        /// calendar.write, agents.read, agents.write, booking.read, booking.write,
        /// sessions.read, sessions.write, messages.read, messages.write, tasks.read, tasks.write,
        /// approvals.decide, webhooks.read, webhooks.write, inbound.write, hooks.write
        #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',', required = true)]
        scopes: Vec<String>,
        /// The account it acts for; without, it is the operator's own
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
    },
    /// List all tokens
    List,
    /// Take a token back
    Revoke {
        /// The token's id, as listed
        id: String,
    },
}

impl Token {
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        let app = room.open()?;
        let who = Room::operator(&app);
        match self {
            Self::Create { name, scopes, user } => {
                let scopes = scopes.iter().map(|word| scope(word)).collect::<Result<Vec<_>>>()?;
                let user = user.map(|email| Address::required("user", &email)).transpose()?;
                let (token, secret) = app
                    .store
                    .write(move |cx| {
                        let user = match &user {
                            Some(address) => {
                                Some(accounts::by_address(cx, address)?.ok_or(Error::NotFound("user"))?.id)
                            }
                            None => None,
                        };
                        accounts::create_token(cx, &who, user, &name, &scopes)
                    })
                    .await?;
                let mut value = face(&token);
                value["token"] = json!(secret.expose());
                room.printer.print(&value, || {
                    format!("{} is shown this once; keep it like a password.\n{}", token.id, secret.expose())
                });
            }
            Self::List => {
                let tokens = app.store.read(move |cx| accounts::tokens(cx, &who)).await?;
                let value: Vec<Value> = tokens.iter().map(face).collect();
                room.printer.print(&json!(value), || rows(&tokens));
            }
            Self::Revoke { id } => {
                let id = id.parse().map_err(|_| Error::NotFound("token"))?;
                app.store.write(move |cx| accounts::revoke_token(cx, &who, id)).await?;
                room.printer.print(&json!({ "revoked": id }), || "Revoked.".into());
            }
        }
        Ok(())
    }
}

fn scope(word: &str) -> Result<Scope> {
    Scope::parse(word).ok_or_else(|| {
        let all: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        Error::invalid("scope", format!("`{word}` is no scope; there are {}.", all.join(", ")))
    })
}

fn words(scopes: &[Scope]) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.as_str()).collect()
}

fn face(token: &accounts::Token) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "user": token.user,
        "scopes": words(&token.scopes),
        "created": token.created_at.to_rfc3339(),
        "revoked": token.revoked_at.is_some(),
    })
}

fn rows(tokens: &[accounts::Token]) -> String {
    let rows: Vec<Vec<String>> = tokens
        .iter()
        .map(|token| {
            let state = if token.revoked_at.is_some() { "revoked" } else { "valid" };
            vec![token.id.to_string(), token.name.clone(), words(&token.scopes).join(","), state.into()]
        })
        .collect();
    table(&["ID", "NAME", "SCOPES", "STATE"], &rows)
}
