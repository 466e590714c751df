//! The master key: a file beside the database, made at the first start, readable by its owner alone.

use std::io::Write;
use std::path::Path;

use crate::base::error::{Error, Result};
use crate::base::random::Chance;
use crate::base::secret::hex;

/// Reads the key, or makes it where there is no database yet. A database without its key is refused: a new
/// key would make every link, token and sealed mail in it worthless without a word.
pub(super) fn read_or_make(path: &Path, database_exists: bool, chance: &Chance) -> Result<[u8; 32]> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(text.trim()).ok_or_else(|| {
            Error::refused(
                "key",
                format!("The key file {} should hold 64 hexadecimal digits.", path.display()),
            )
        }),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::refused("key", format!("The key file {} cannot be read: {error}", path.display())))
        }
        Err(_) if database_exists => Err(Error::refused(
            "key",
            format!(
                "There is a database, and its key file {} is missing. Put the key back from where you keep it; \
                 without it the database is of no use.",
                path.display()
            ),
        )),
        Err(_) => make(path, chance),
    }
}

fn make(path: &Path, chance: &Chance) -> Result<[u8; 32]> {
    let key: [u8; 32] = chance.bytes();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        writeln!(file, "{}", hex(&key))?;
        file.sync_all()
    });
    written.map_err(|error| {
        Error::refused("key", format!("The key file {} cannot be written: {error}", path.display()))
    })?;
    Ok(key)
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(key)
}
