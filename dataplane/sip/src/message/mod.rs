//! Messages: [`Message`] is what came in, [`Request`] and [`Response`] are what goes out.

mod build;
mod frame;
mod glance;
mod head;
mod read;
mod request;
mod response;
mod view;

pub use build::Builder;
pub use frame::{Cut, FrameError, Framer};
pub use glance::Glance;
pub use head::{HEADERS_MAX, MESSAGE_MAX};
pub use request::{MAX_FORWARDS, Party, Request};
pub use response::Response;
pub use view::{Message, StartLine};

#[cfg(test)]
mod tests;
