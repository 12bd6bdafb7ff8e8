//! From the name of a trunk to its addresses (RFC 3263), and again whenever DNS says that the
//! answer is old. Another answer makes another generation of the same model.

mod dns;
mod keep;
mod locate;

pub use dns::Dns;
pub use keep::keep;
pub use locate::{Answer, Ask, Found, Naptr, Srv, locate};
