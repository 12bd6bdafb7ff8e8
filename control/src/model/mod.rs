//! The model: every environment, account, carrier, connection, policy, list and tariff.
//!
//! A noun is kept as a typed body under a key. Secrets in a body are digests or sealed; no
//! clear password reaches a body, and so none reaches the store, a diff or a backup.

mod agreed;
mod check;
mod customer;
mod key;
mod nouns;
mod range;
mod route;
mod shelves;
mod table;
mod tariff;
mod terms;
mod trunk;
mod unit;
mod whole;
mod word;

pub use agreed::{Contract, Dialect, Manner, Tls};
pub use check::{Trouble, check, check_one, check_since};
pub use customer::{Customer, Product};
pub use key::{Key, Kind};
pub use nouns::{Account, Body, Carrier, Connection, Environment, Hex, List, Policy, digests};
pub use range::{Numbers, Range};
pub use route::{Instant, REFUSE, Rewrite, Screen, To, Via, Window};
pub use table::{Content, Destination, RowKind, Table};
pub use tariff::{EVERY, PriceList, RateKey, Tariff, Volume};
pub use terms::Terms;
pub use trunk::{Probe, SipUri, Trunk};
pub use unit::{Foreign, Money, Plane, Span, Status, Unit, Version};
pub use whole::{Entry, Model};
pub use word::{Word, Words};
