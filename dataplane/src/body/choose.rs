//! io_uring or epoll?

use std::fmt;
use std::io;

use super::Uring;
use crate::config::Io;

/// Which kernel interface carries a node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Backend {
    /// io_uring.
    Uring,
    /// epoll.
    Epoll,
}

/// Why io_uring is not to be had.
#[derive(Debug)]
pub enum Denied {
    /// The kernel is too old.
    Kernel {
        /// What `uname -r` says.
        release: String,
    },
    /// The kernel, or the container, says no.
    Setup(io::Error),
}

/// Looks whether io_uring is to be had, if it is wanted. `Ok` tells the backend, and, where
/// `auto` had to fall back, why.
pub fn choose(io: Io) -> Result<(Backend, Option<Denied>), Denied> {
    match io {
        Io::Epoll => Ok((Backend::Epoll, None)),
        Io::Uring => probe().map(|()| (Backend::Uring, None)),
        Io::Auto => Ok(match probe() {
            Ok(()) => (Backend::Uring, None),
            Err(denied) => (Backend::Epoll, Some(denied)),
        }),
    }
}

/// Can a ring be had with everything that we need?
fn probe() -> Result<(), Denied> {
    let uname = rustix::system::uname();
    let release = uname.release().to_string_lossy().into_owned();
    if version_of(&release).is_some_and(|version| version < KERNEL_MIN) {
        return Err(Denied::Kernel { release });
    }
    Uring::probe().map_err(Denied::Setup)
}

fn version_of(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = KERNEL_MIN;
        match self {
            Self::Kernel { release } => write!(f, "kernel {release} is older than {major}.{minor}"),
            Self::Setup(error) => {
                let hint = match error.raw_os_error() {
                    Some(libc::EPERM) => {
                        " (a container's seccomp profile or kernel.io_uring_disabled forbids it)"
                    }
                    Some(libc::ENOSYS) => " (this kernel was built without it)",
                    Some(libc::ENOMEM) => " (raise the limit of locked memory, ulimit -l)",
                    _ => "",
                };
                write!(f, "io_uring_setup: {error}{hint}")
            }
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uring => "uring",
            Self::Epoll => "epoll",
        })
    }
}

impl std::error::Error for Denied {}

/// The first kernel with DEFER_TASKRUN and everything else that the ring uses.
const KERNEL_MIN: (u32, u32) = (6, 1);

#[cfg(test)]
mod tests;
