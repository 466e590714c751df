//! A mailbox server with one folder that never changes. It has a thread of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Serves these messages, as UIDs 1, 2, 3, …; lives as long as the process.
pub(crate) fn start(messages: Vec<Vec<u8>>) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("an address");
    let messages = Arc::new(messages);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((tcp, _)) = listener.accept().await {
                let messages = messages.clone();
                // A client that hangs up has said all.
                tokio::spawn(async move { drop(serve(tcp, &messages).await) });
            }
        });
    });
    address
}

async fn serve(tcp: TcpStream, messages: &[Vec<u8>]) -> std::io::Result<()> {
    tcp.set_nodelay(true)?;
    let mut stream = BufReader::new(tcp);
    stream.get_mut().write_all(b"* OK ready\r\n").await?;
    let mut line = String::new();
    while {
        line.clear();
        stream.read_line(&mut line).await?
    } > 0
    {
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
        let mut out = answer(command, messages);
        out.extend_from_slice(format!("{tag} OK done\r\n").as_bytes());
        stream.get_mut().write_all(&out).await?;
    }
    Ok(())
}

fn answer(command: &str, messages: &[Vec<u8>]) -> Vec<u8> {
    let many = messages.len();
    if command == "CAPABILITY" {
        return b"* CAPABILITY IMAP4rev1\r\n".to_vec();
    }
    if command.starts_with("SELECT") {
        let text = format!(
            "* {many} EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT {}] ok\r\n\
             * OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n",
            many + 1
        );
        return text.into_bytes();
    }
    if command.starts_with("UID SEARCH") {
        let uids: Vec<String> = (1..=many).map(|uid| uid.to_string()).collect();
        return format!("* SEARCH {}\r\n", uids.join(" ")).into_bytes();
    }
    let Some((set, what)) = command.strip_prefix("UID FETCH ").and_then(|rest| rest.split_once(' ')) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for range in set.split(',') {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().expect("a UID"), last.parse().expect("a UID"));
        for uid in first..=last {
            let raw = &messages[uid - 1];
            if what.contains("BODY") {
                out.extend_from_slice(
                    format!("* {uid} FETCH (UID {uid} BODY[] {{{}}}\r\n", raw.len()).as_bytes(),
                );
                out.extend_from_slice(raw);
                out.extend_from_slice(b")\r\n");
            } else {
                let head = format!(
                    "* {uid} FETCH (UID {uid} RFC822.SIZE {} INTERNALDATE \"20-Nov-2026 10:12:00 +0000\")\r\n",
                    raw.len()
                );
                out.extend_from_slice(head.as_bytes());
            }
        }
    }
    out
}
