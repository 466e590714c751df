//! The listener: binds, runs the workers, and stops them with what is in hand finished.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer};
use tokio::task::JoinHandle;

use super::{Web, configure, limits, log};
use crate::base::error::{Error, Result};

/// How long a request in hand may take when the server stops, in seconds.
const FINISH_S: u64 = 8;
/// How long a connection may lie idle, in seconds.
const KEEP_ALIVE_S: u64 = 30;

/// How long what was sent may lie unread before its connection is given up, in milliseconds.
#[cfg(target_os = "linux")]
const UNREAD_MS: u32 = 60_000;

/// Has a connection given up whose other side reads nothing any more (RFC 5482): streams and sockets have no end of their own, and
/// what nobody reads would be kept for as long as that side keeps it open.
#[cfg(target_os = "linux")]
fn let_go(connection: &dyn std::any::Any) {
    if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>()
        && let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, UNREAD_MS)
    {
        tracing::debug!(%error, "a connection has no time limit");
    }
}

/// Elsewhere the system's own limits hold.
#[cfg(not(target_os = "linux"))]
fn let_go(_: &dyn std::any::Any) {}

/// A server that listens.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    handle: ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
}

/// Starts listening.
pub fn serve(web: Web, listen: SocketAddr) -> Result<Server> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let http = HttpServer::new(move || {
        App::new()
            .wrap(Compress::default())
            .wrap(from_fn(limits::limit))
            .wrap(from_fn(log::requests))
            .configure(|service| configure(service, &web))
    })
    .workers(threads)
    .on_connect(|connection, _| let_go(connection))
    .keep_alive(std::time::Duration::from_secs(KEEP_ALIVE_S))
    .client_request_timeout(std::time::Duration::from_secs(10))
    .shutdown_timeout(FINISH_S)
    .disable_signals()
    .server_hostname("entente")
    .bind(listen)
    .map_err(|error| {
        Error::refused(
            "server.listen",
            format!("Nobody can listen on {listen}: {error}. Does another server run there? Choose another server.listen."),
        )
    })?;
    let address = *http.addrs().first().ok_or_else(|| Error::internal("no address is bound"))?;
    let server = http.run();
    let handle = server.handle();
    Ok(Server { address, handle, task: tokio::spawn(server) })
}

impl Server {
    /// Waits until the server ends by itself, which it should not.
    pub async fn ended(&self) -> Result<()> {
        while !self.task.is_finished() {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        Err(Error::internal("the server ended by itself"))
    }

    /// Stops: new connections are refused, requests in hand are finished.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        let _ = self.task.await;
    }
}
