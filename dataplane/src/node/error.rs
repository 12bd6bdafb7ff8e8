//! Why a node does not start, or ended.

use std::io;
use std::path::PathBuf;

use crate::body::Denied;
use crate::journal::ReadError;
use crate::net::OpenError;
use crate::net::tls::FileError;
use crate::plan::SealError;

/// Why a node does not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// A file or directory of its own.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has the data directory.
    #[error("{path} is locked: another dataplane runs on this data directory (fuser {path})")]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// The site's seal.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A certificate, a key or a root.
    #[error(transparent)]
    Keys(#[from] FileError),
    /// An address.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] ReadError),
    /// io_uring was asked for and is not to be had.
    #[error("{0}; use io = \"auto\" or \"epoll\"")]
    Denied(#[from] Denied),
    /// The runtime cannot run here.
    #[error("{0}")]
    Runtime(String),
    /// A shard ended on its own.
    #[error("shard {shard} failed: {source}")]
    Shard {
        /// Which.
        shard: u8,
        /// Why.
        source: io::Error,
    },
    /// The kernel refuses a thread, a descriptor or the like.
    #[error("{0}")]
    Kernel(#[from] io::Error),
}
