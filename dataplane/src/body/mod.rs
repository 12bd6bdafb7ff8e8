//! Bodies: who carries octets between a core and the kernel.
//!
//! [`Uring`] and [`Epoll`] do the same things in the same order and pass the same tests. Which
//! one a node gets is decided once, at its start ([`choose`]). A glommio executor can host the
//! loop of a core on a [`Uring`] (`glommio.rs`).

mod choose;
mod door;
mod epoll;
#[cfg(feature = "glommio")]
pub mod glommio;
mod uring;

pub use choose::{Backend, Denied, choose};
pub use door::{Body, Event};
pub use epoll::Epoll;
pub use uring::Uring;

#[cfg(test)]
#[cfg(feature = "glommio")]
mod tests;
