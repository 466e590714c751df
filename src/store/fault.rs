//! What the engine's errors are to the house.

use rusqlite::ffi;

use crate::base::error::Error;

/// A full disk by its own name, all else as a fault. The file's own limit (`max_page_count`) and a disk without room
/// (`ENOSPC`) are both `SQLITE_FULL`; where the log's index cannot grow it is `SQLITE_IOERR_SHMSIZE`.
pub(super) fn fault(error: rusqlite::Error) -> Error {
    match error.sqlite_extended_error_code() {
        Some(ffi::SQLITE_FULL | ffi::SQLITE_IOERR_SHMSIZE) => Error::StorageFull(error.into()),
        _ => Error::internal(error),
    }
}
