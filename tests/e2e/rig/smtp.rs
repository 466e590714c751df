//! As much SMTP as it takes to hand in one mail, as a server of another domain does, or as the last server lays it into
//! the mailbox (LMTP, RFC 2033): no TLS, no login, and the bytes exactly as given (line ends aside).

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};

use crate::rig::wait::PATIENCE;

/// Hands one message in on `port`; the error is the refusing reply.
pub(super) fn deliver(port: u16, from: &str, to: &str, raw: &[u8]) -> Result<(), String> {
    hand_in(port, "EHLO", (from, to), raw)
}

/// Lays one message into a mailbox by the LMTP server on `port`: it lies there when this returns.
pub(super) fn lay(port: u16, from: &str, to: &str, raw: &[u8]) -> Result<(), String> {
    hand_in(port, "LHLO", (from, to), raw)
}

fn hand_in(port: u16, hello: &str, (from, to): (&str, &str), raw: &[u8]) -> Result<(), String> {
    let mut talk = Talk::open(port).map_err(|error| error.to_string())?;
    talk.expect("220", None)?;
    talk.expect("250", Some(&format!("{hello} elsewhere.example.org")))?;
    talk.expect("250", Some(&format!("MAIL FROM:<{from}>")))?;
    talk.expect("250", Some(&format!("RCPT TO:<{to}>")))?;
    talk.expect("354", Some("DATA"))?;
    talk.write(&dotted(raw))?;
    talk.expect("250", None)?;
    talk.expect("221", Some("QUIT"))
}

struct Talk {
    stream: BufReader<TcpStream>,
}

impl Talk {
    fn open(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream.get_mut().write_all(bytes).map_err(|error| error.to_string())
    }

    /// Sends `command` and reads one reply, of several lines perhaps (RFC 5321 section 4.2.1).
    fn expect(&mut self, code: &str, command: Option<&str>) -> Result<(), String> {
        if let Some(command) = command {
            self.write(format!("{command}\r\n").as_bytes())?;
        }
        let mut reply = String::new();
        loop {
            let start = reply.len();
            let read = self.stream.read_line(&mut reply).map_err(|error| error.to_string())?;
            if read == 0 || reply.as_bytes().get(start + 3) != Some(&b'-') {
                break;
            }
        }
        if reply.starts_with(code) {
            Ok(())
        } else {
            Err(format!("{}: {reply}", command.unwrap_or("(data)")))
        }
    }
}

/// CR LF at every line's end, dots doubled at their beginning, and the closing dot (RFC 5321 section 4.5.2).
fn dotted(raw: &[u8]) -> Vec<u8> {
    let body = raw.strip_suffix(b"\n").unwrap_or(raw);
    let mut out = Vec::with_capacity(raw.len() + 64);
    for line in body.split(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}
