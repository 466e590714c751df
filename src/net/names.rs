//! From a host to the addresses that are called: looked up once, each of them checked.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::may_call;
use super::fault::{Closed, Fault};
use crate::base::IpRange;

/// Looks names up.
pub trait Names: Send + Sync {
    /// The addresses of `host`; an error or none if it has none.
    fn look_up(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// Names as this machine knows them.
#[derive(Clone, Copy, Debug)]
pub struct SystemNames;

impl Names for SystemNames {
    fn look_up(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Stands between the names and the connections: no address gets by that must not be called.
#[derive(Clone)]
pub(super) struct Guard {
    allow: Arc<[IpRange]>,
    names: Arc<dyn Names>,
}

impl Guard {
    pub(super) fn new(allow: &[IpRange], names: Arc<dyn Names>) -> Self {
        Self { allow: allow.into(), names }
    }

    /// Checks what can be checked before anything is looked up; gives the host. An address as host is checked here: it
    /// is never looked up. Whatever its spelling (`0x7f.1`, `2130706433`), a [`Url`] has understood it as browsers do.
    pub(super) fn check(&self, url: &Url) -> Result<String, Fault> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Fault::BadUrl("only http: and https: are called"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::BadUrl("a name or password does not belong into the address"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(Fault::BadUrl("it names no host"))?;
        let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
        match bare.parse::<IpAddr>() {
            Ok(address) if !may_call(address, &self.allow) => Err(Fault::NotAllowed(host.to_owned())),
            _ => Ok(host.to_owned()),
        }
    }
}

impl Resolve for Guard {
    /// All or none: a name with one address inside is as suspect as a name with no other.
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, found) = (self.allow.clone(), self.names.look_up(name.as_str()));
        Box::pin(async move {
            let found = found.await.map_err(|error| no_such_name(&error))?;
            if found.is_empty() {
                return Err(no_such_name(&"no address").into());
            }
            if !found.iter().all(|address| may_call(*address, &allow)) {
                return Err(Closed.into());
            }
            let sockets = found.into_iter().map(|address| SocketAddr::new(address, 0));
            let sockets: Addrs = Box::new(sockets);
            Ok(sockets)
        })
    }
}

fn no_such_name(why: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("the name is not known ({why})"))
}
