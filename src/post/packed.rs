//! Bytes at rest: compressed, then sealed.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::base::error::{Error, Result};
use crate::store::{Cx, Ground};

/// The most bytes that are unpacked: what we packed was smaller.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Packs `bytes` for `place`.
pub(super) fn pack(ground: &Ground, place: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
    encoder.write_all(bytes).map_err(Error::internal)?;
    let packed = encoder.finish().map_err(Error::internal)?;
    Ok(ground.keys.seal(&ground.chance, place, &packed))
}

/// Unpacks what was packed for `place`.
pub(super) fn unpack(cx: &Cx<'_>, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let packed = cx.keys().open(place, sealed)?;
    let mut bytes = Vec::new();
    DeflateDecoder::new(&packed[..]).take(BYTES_MAX).read_to_end(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}
