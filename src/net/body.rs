//! A body, counted while it comes, in front of gzip and behind it.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use super::fault::Fault;

/// Takes a body in, piece by piece.
pub(super) enum Body {
    /// As it comes.
    Plain(Kept),
    /// Behind gzip (RFC 9110, 8.4.1.3), with how much came in front of it.
    Gzip { into: Box<MultiGzDecoder<Kept>>, came: usize },
}

/// What has been kept of it so far.
pub(super) struct Kept {
    bytes: Vec<u8>,
    most: usize,
    is_over: bool,
}

impl Write for Kept {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.most {
            self.is_over = true;
            return Err(io::Error::other("too large"));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Body {
    /// A body of at most `most` bytes, coded as the header `Content-Encoding` says.
    pub(super) fn coded(encoding: Option<&str>, most: usize) -> Result<Self, Fault> {
        let kept = Kept { bytes: Vec::new(), most, is_over: false };
        match encoding.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "identity") => Ok(Self::Plain(kept)),
            Some("gzip" | "x-gzip") => Ok(Self::Gzip { into: Box::new(MultiGzDecoder::new(kept)), came: 0 }),
            Some(_) => Err(Fault::BadBody("the answer is compressed in a way that was not asked for")),
        }
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Plain(kept) => {
                let most = kept.most;
                kept.write_all(piece).map_err(|_| Fault::TooLarge(most))
            }
            Self::Gzip { into, came } => {
                *came += piece.len();
                let most = into.get_ref().most;
                // Compressed pieces of nothing would come for ever, and nothing of them would be counted behind.
                if *came > most {
                    return Err(Fault::TooLarge(most));
                }
                into.write_all(piece).map_err(|_| Self::gzip_fault(into.get_ref()))
            }
        }
    }

    /// The whole body.
    pub(super) fn end(self) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Plain(kept) => Ok(kept.bytes),
            Self::Gzip { came: 0, .. } => Ok(Vec::new()),
            Self::Gzip { mut into, .. } => match into.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut into.get_mut().bytes)),
                Err(_) => Err(Self::gzip_fault(into.get_ref())),
            },
        }
    }

    fn gzip_fault(kept: &Kept) -> Fault {
        if kept.is_over { Fault::TooLarge(kept.most) } else { Fault::BadBody("the answer is no good gzip") }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut into = GzEncoder::new(Vec::new(), Compression::best());
        into.write_all(bytes).unwrap();
        into.finish().unwrap()
    }

    fn read(encoding: Option<&str>, most: usize, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut into = Body::coded(encoding, most)?;
        for piece in body.chunks(7) {
            into.take(piece)?;
        }
        into.end()
    }

    #[test]
    fn a_body_is_read_to_its_limit_and_not_a_byte_further() {
        assert_eq!(read(None, 5, b"hello"), Ok(b"hello".to_vec()));
        assert_eq!(read(None, 4, b"hello"), Err(Fault::TooLarge(4)));
        assert_eq!(read(Some("identity"), 0, b""), Ok(Vec::new()));
    }

    #[test]
    fn gzip_is_undone_and_counted_behind() {
        let long = vec![b'a'; 100_000];
        assert_eq!(read(Some("gzip"), 100_000, &gzip(&long)), Ok(long.clone()));
        assert_eq!(read(Some("X-GZIP"), 99_999, &gzip(&long)), Err(Fault::TooLarge(99_999)));
        let twice = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(read(Some("gzip"), 100, &twice), Ok(b"one two".to_vec()));
        assert_eq!(read(Some("gzip"), 100, b""), Ok(Vec::new()));
    }

    #[test]
    fn gzip_that_never_says_anything_ends_too() {
        let nothing = gzip(b"");
        let endless = nothing.repeat(100);
        assert_eq!(read(Some("gzip"), 1_000, &endless), Err(Fault::TooLarge(1_000)));
    }

    #[test]
    fn what_is_no_gzip_and_what_was_not_asked_for_is_a_fault() {
        assert!(matches!(read(Some("gzip"), 100, b"BEGIN:VCALENDAR"), Err(Fault::BadBody(_))));
        let cut = gzip(b"hello, hello, hello");
        assert!(matches!(read(Some("gzip"), 100, &cut[..cut.len() - 9]), Err(Fault::BadBody(_))));
        for coded in ["br", "deflate", "gzip, gzip"] {
            assert!(matches!(read(Some(coded), 100, b"x"), Err(Fault::BadBody(_))), "{coded}");
        }
    }
}
