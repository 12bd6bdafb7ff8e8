//! Waits for what a killed process still holds.
//!
//! The kernel takes an io_uring apart in the background: for some milliseconds after the process
//! is gone its accepting sockets hold their addresses and its rings count as locked memory. A
//! restart must outlast that, and there is no event to await.

use std::io;
use std::time::Duration;

use crate::clock;

/// Makes something, again and again for three seconds as long as it is `held` by somebody.
#[allow(clippy::disallowed_methods, reason = "there is no event to await")]
pub(crate) fn outlast<T>(
    held: impl Fn(&io::Error) -> bool,
    mut make: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    let until = clock::now() + PATIENCE;
    loop {
        match make() {
            Err(error) if held(&error) && clock::now() < until => std::thread::sleep(PAUSE),
            result => return result,
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(3);

const PAUSE: Duration = Duration::from_millis(10);
