//! One link's conversation, in either role, without its socket.
//!
//! [`state`] is the table of who may say what when; [`window`] our outstanding
//! questions, [`inbound`] the peer's; [`timers`] our patience. [`Session`] holds
//! the four together.

pub mod inbound;
pub mod link;
pub mod role;
pub mod state;
pub mod timers;
pub mod window;

pub use inbound::{Inbound, Overrun};
pub use link::{Limits, Session, Standing};
pub use role::{Direction, Role, Sender};
pub use state::{Event, State, Verdict, may};
pub use timers::{Patience, TimerEvent, Timers};
pub use window::{Answer, Full, Window};
