//! A world in one thread: whole nodes of shards, their peers, the network between them and the
//! disks below them, under one clock and one seed.
//!
//! ```text
//!   peers (esme, phone, smsc)         World            nodes: Shard × n, Disk × n
//!        │  bytes, datagrams     ┌──────────────┐       bytes, datagrams, mail, records
//!        └──────────────────────▶│  Net: clock, │◀──────────────────────┘
//!                                │  events, rng │
//!                                └──────────────┘
//!            Watch looks at every octet that leaves a shard; checks judges at the end
//! ```
//! The shards are the real ones; everything around them is simulated, so a run is a function of
//! its seed: a failure is replayed by the seed it prints. What the seed decides is how long
//! everything takes, how octets are cut, what is lost, doubled or overtaken, and what a crash
//! leaves of the records that were on their way to the disk.
//!
//! `MUTATIONS.md` beside this file says which deliberate faults the tests have caught.

pub mod attic;
pub mod base;
pub mod caller;
pub mod checks;
pub mod desk;
pub mod disk;
pub mod door;
pub mod fuzz;
pub mod model;
pub mod net;
pub mod node;
pub mod peers;
pub mod rng;
pub mod scene;
pub mod storm;
pub(crate) mod upgrade;
pub mod watch;
pub mod world;

pub use model::Site;
pub use net::{Faults, Net, Place};
pub use rng::Rng;
pub use world::World;
