//! How fast a number finds its pattern, beside three other ways to find it.

pub mod csv;

mod decision;
mod fleet;
mod floor;
mod lookups;
mod memory;
mod rating;
mod report;
mod rivals;

pub use decision::Site;
pub use fleet::{Fleet, Question, Random};
pub use floor::Floor;
pub use lookups::{Ask, Contender, compare};
pub use memory::{HugeOctets, peak_mib};
pub use rating::{Numbers, Rating};
pub use report::{Budget, Figure, Report};
pub use rivals::{FstTable, HashTable, TrieTable};
