//! A gate before a server: what it is told passes while the gate is open, and waits while it is shut. So a test can stop
//! the world between two lines of a conversation, and look at what stands there.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The gate; it falls with the test's runtime.
pub(crate) struct Gate {
    port: u16,
    open: watch::Sender<bool>,
    waiting: watch::Receiver<usize>,
}

impl Gate {
    /// An open gate before the server on `port`.
    pub(crate) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let here = listener.local_addr().expect("an address").port();
        let (open, is_open) = watch::channel(true);
        let (knock, waiting) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let (is_open, knock) = (is_open.clone(), knock.clone());
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                        let ((from, back), (answers, to)) = (caller.into_split(), server.into_split());
                        let there = through(from, to, is_open, knock);
                        let _ = tokio::join!(there, tell(answers, back));
                    }
                });
            }
        });
        Self { port: here, open, waiting }
    }

    /// Where to knock.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Nothing passes any more.
    pub(crate) fn shut(&self) {
        self.open.send_replace(false);
    }

    /// What waits passes, and everything after it.
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until somebody stands before the shut gate.
    pub(crate) async fn wait_for_knock(&self) {
        let knocked = self.waiting.clone().wait_for(|waiting| *waiting > 0).await.map(|_| ());
        knocked.expect("the gate stands");
    }
}

/// What the caller says, held back while the gate is shut.
async fn through(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut is_open: watch::Receiver<bool>,
    knock: watch::Sender<usize>,
) -> std::io::Result<()> {
    let mut bytes = vec![0; 16_384];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        if !*is_open.borrow_and_update() {
            knock.send_modify(|waiting| *waiting += 1);
            let opened = is_open.wait_for(|open| *open).await.is_ok();
            knock.send_modify(|waiting| *waiting -= 1);
            if !opened {
                return Ok(());
            }
        }
        to.write_all(&bytes[..count]).await?;
    }
}

/// What the server answers.
async fn tell(mut answers: OwnedReadHalf, mut back: OwnedWriteHalf) -> std::io::Result<()> {
    tokio::io::copy(&mut answers, &mut back).await?;
    back.shutdown().await
}
