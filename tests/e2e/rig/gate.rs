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
    until: watch::Sender<usize>,
    waiting: watch::Receiver<usize>,
    passed: watch::Receiver<usize>,
}

impl Gate {
    /// An open gate before the server on `port`.
    pub(crate) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let here = listener.local_addr().expect("an address").port();
        let (until, limit) = watch::channel(usize::MAX);
        let (knock, waiting) = watch::channel(0);
        let (count, passed) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let watch = Watch { passes: limit.clone(), knock: knock.clone(), count: count.clone() };
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                        let ((from, back), (answers, to)) = (caller.into_split(), server.into_split());
                        let there = through(from, to, watch);
                        let _ = tokio::join!(there, tell(answers, back));
                    }
                });
            }
        });
        Self { port: here, until, waiting, passed }
    }

    /// Where to knock.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Nothing passes any more.
    pub(crate) fn shut(&self) {
        self.until.send_replace(0);
    }

    /// So much still passes, and then nothing: requests, as most are of one piece.
    pub(crate) fn shut_after(&self, many: usize) {
        self.until.send_replace(*self.passed.borrow() + many);
    }

    /// What waits passes, and everything after it.
    pub(crate) fn open(&self) {
        self.until.send_replace(usize::MAX);
    }

    /// Waits until somebody stands before the shut gate.
    pub(crate) async fn wait_for_knock(&self) {
        let knocked = self.waiting.clone().wait_for(|waiting| *waiting > 0).await.map(|_| ());
        knocked.expect("the gate stands");
    }
}

/// Whoever stands at the gate, for one conversation.
struct Watch {
    passes: watch::Receiver<usize>,
    knock: watch::Sender<usize>,
    count: watch::Sender<usize>,
}

/// What the caller says, held back while the gate is shut.
async fn through(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut watch: Watch) -> std::io::Result<()> {
    let mut bytes = vec![0; 16_384];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        let passed = *watch.count.borrow();
        if *watch.passes.borrow_and_update() <= passed {
            watch.knock.send_modify(|waiting| *waiting += 1);
            let opened = watch.passes.wait_for(|until| *until > passed).await.is_ok();
            watch.knock.send_modify(|waiting| *waiting -= 1);
            if !opened {
                return Ok(());
            }
        }
        watch.count.send_modify(|passed| *passed += 1);
        to.write_all(&bytes[..count]).await?;
    }
}

/// What the server answers.
async fn tell(mut answers: OwnedReadHalf, mut back: OwnedWriteHalf) -> std::io::Result<()> {
    tokio::io::copy(&mut answers, &mut back).await?;
    back.shutdown().await
}
