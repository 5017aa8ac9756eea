//! What SQLite and the file system say, as errors for people.

use std::io;
use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use crate::errors::{Error, Fault};

/// Makes an error of the storage out of what it said.
pub(super) fn fault(doing: &'static str, error: &rusqlite::Error) -> Error {
    let Some(code) = error.sqlite_error() else {
        return Error::Storage { doing, message: error.to_string() };
    };
    let fault = match (code.code, code.extended_code) {
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => {
            return Error::Busy { file: String::new() };
        }
        (_, ffi::SQLITE_IOERR_SHMSIZE) | (ErrorCode::DiskFull, _) => Fault::Full,
        (ErrorCode::ReadOnly, _) => Fault::ReadOnly,
        (_, ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS) | (ErrorCode::DatabaseCorrupt, _) => {
            Fault::Damaged
        }
        (ErrorCode::NotADatabase, _) => Fault::NotAStore,
        (
            _,
            ffi::SQLITE_IOERR_LOCK
            | ffi::SQLITE_IOERR_RDLOCK
            | ffi::SQLITE_IOERR_UNLOCK
            | ffi::SQLITE_IOERR_CHECKRESERVEDLOCK
            | ffi::SQLITE_IOERR_SHMOPEN
            | ffi::SQLITE_IOERR_SHMLOCK
            | ffi::SQLITE_IOERR_SHMMAP,
        )
        | (ErrorCode::FileLockingProtocolFailed, _) => Fault::NoLocks,
        (ErrorCode::CannotOpen | ErrorCode::PermissionDenied, _) => Fault::Denied,
        _ => return Error::Storage { doing, message: error.to_string() },
    };
    unusable(fault, error)
}

/// As [`fault`], for `map_err`.
pub(super) fn storage(doing: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |error| fault(doing, &error)
}

/// A file that cannot be used, for that reason.
#[allow(clippy::needless_pass_by_value, reason = "texts and errors alike are told in place")]
pub(super) fn unusable(fault: Fault, message: impl ToString) -> Error {
    Error::Unusable { file: String::new(), fault, message: message.to_string() }
}

/// What the file system said about a file of the store.
pub(super) fn refused(doing: &'static str, error: &io::Error) -> Error {
    use io::ErrorKind as E;
    match error.kind() {
        E::StorageFull | E::QuotaExceeded | E::FileTooLarge => unusable(Fault::Full, error),
        E::ReadOnlyFilesystem => unusable(Fault::ReadOnly, error),
        E::PermissionDenied | E::NotFound | E::NotADirectory | E::IsADirectory | E::InvalidInput => {
            unusable(Fault::Denied, error)
        }
        _ => Error::Storage { doing, message: error.to_string() },
    }
}

/// Refuses a folder on a network share. Others are judged by whether their locks work when they are used.
pub(super) fn check_place(folder: &Path) -> Result<(), Error> {
    match share(folder) {
        Some(name) => Err(unusable(Fault::NoLocks, format!("it is on a network share, {name}"))),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn share(folder: &Path) -> Option<&'static str> {
    let there = folder.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("."));
    let kind = rustix::fs::statfs(there).ok()?.f_type;
    network(u32::try_from(kind & 0xFFFF_FFFF).ok()?)
}

#[cfg(not(target_os = "linux"))]
fn share(_: &Path) -> Option<&'static str> {
    None
}

/// The network file system of that number; their locks do not cover the memory that SQLite shares.
#[cfg(target_os = "linux")]
fn network(kind: u32) -> Option<&'static str> {
    Some(match kind {
        0x6969 => "NFS",
        0x517B | 0xFE53_4D42 | 0xFF53_4D42 => "SMB",
        0x5346_414F | 0x6B41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x00C3_6400 => "Ceph",
        0x0BD0_0BD0 => "Lustre",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: i32) -> Error {
        fault("test", &rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn locks_that_fail_and_network_shares_are_told_apart_from_other_faults() {
        for code in [ffi::SQLITE_PROTOCOL, ffi::SQLITE_IOERR_LOCK, ffi::SQLITE_IOERR_SHMMAP] {
            let error = said(code);
            assert!(matches!(error, Error::Unusable { fault: Fault::NoLocks, .. }), "{code}: {error}");
            assert!(error.explain().fix.contains("local disk"));
        }
        assert!(matches!(said(ffi::SQLITE_IOERR_READ), Error::Storage { .. }));
        assert!(matches!(said(ffi::SQLITE_FULL), Error::Unusable { fault: Fault::Full, .. }));
        assert!(matches!(said(ffi::SQLITE_CORRUPT_INDEX), Error::Unusable { fault: Fault::Damaged, .. }));
        assert!(matches!(said(ffi::SQLITE_BUSY_SNAPSHOT), Error::Busy { .. }));
        #[cfg(target_os = "linux")]
        {
            assert_eq!(network(0x6969), Some("NFS"));
            assert_eq!(network(0xFF53_4D42), Some("SMB"));
            // ext4, tmpfs, overlayfs and FUSE: local, or judged by their locks.
            for local in [0xEF53, 0x0102_1994, 0x794C_7630, 0x6573_5546] {
                assert_eq!(network(local), None, "{local:x}");
            }
        }
    }
}
