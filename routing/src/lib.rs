//! The treaty between the two processes.
//!
//! Control decides what should be true and the dataplane says what happened; this crate
//! is all they share. It defines the octets of the three files between them and the
//! decisions made on those octets, so that `signalbox route test` and a shard cannot
//! disagree:
//!
//! * the **snapshot** ([`snapshot`], [`plan`]): an immutable rkyv archive, one per generation;
//! * the **journal** ([`journal`]): what happened, one sequence of records per shard;
//! * the **board** ([`board`]): how it goes right now, one page per shard.
//!
//! Nothing here opens a file, reads a clock or knows a protocol.

pub mod board;
pub mod journal;
pub mod snapshot;
pub mod table;

mod account;
mod address;
mod bulk;
mod carrier;
mod choice;
mod connection;
mod dialect;
mod environment;
mod explain;
mod hold;
mod id;
mod ingress;
mod journey;
mod national;
mod number;
mod octets;
mod outbind;
mod paid;
mod pattern;
mod plan;
mod policy;
mod ranking;
mod refund;
mod refusal;
mod rewrite;
mod screen;
mod sms;
mod state;
mod tap;
mod tariff;
mod trace;
mod transport;
mod trunk;
mod wanted;
mod ways;

pub use account::{Account, ArchivedAccount, ArchivedDevices, Devices, home};
pub use address::Address;
pub use bulk::{ArchivedRowTable, Row, RowError, RowTable};
pub use carrier::{
    ArchivedCarrier, ArchivedChargeOn, ArchivedCidr, ArchivedContract, ArchivedForeignSource,
    ArchivedProof, Carrier, ChargeOn, Cidr, Contract, ForeignSource, Incomplete, Proof,
};
pub use choice::{AllReady, Choice, Decision, Fate, Outlook, Question, Standing, WayFate, Witness};
pub use connection::{
    ArchivedBindKind, ArchivedConnection, ArchivedManner, ArchivedMeaning, ArchivedUnknown,
    BindKind, Connection, Manner, Meaning, Segmenting, Tls, Unknown,
};
pub use dialect::{
    AckLevel, ArchivedAckLevel, ArchivedDefaultAlphabet, ArchivedDialect, ArchivedIdForm,
    ArchivedReceiptForm, ArchivedTimers, DefaultAlphabet, Dialect, IdForm, Plane, ReceiptForm,
    Timers,
};
pub use environment::{
    ArchivedDigest, ArchivedEnvironment, Digest, Echo, Environment, Expires, Reach,
};
pub use explain::{Considered, Explanation};
pub use hold::Hold;
pub use id::{MessageId, ParseIdError};
pub use ingress::Ingress;
pub use journey::Journey;
pub use national::National;
pub use number::{Number, NumberError};
pub use octets::{Reader, Short};
pub use outbind::{ArchivedOutbind, Outbind, Summons};
pub use paid::{Paid, PaidError};
pub use pattern::{Pattern, PatternError};
pub use plan::{ArchivedPlan, Plan};
pub use policy::{
    ArchivedConditions, ArchivedExit, ArchivedPolicy, Conditions, Exit, Order, Policy, Way, Window,
};
pub use ranking::{ArchivedPolicyTable, PolicyTable};
pub use refund::{ArchivedRefund, Refund};
pub use refusal::Refusal;
pub use rewrite::{ArchivedRewrite, Rewrite, rewrite};
pub use screen::{
    ArchivedNumberList, ArchivedScreen, ArchivedSide, ArchivedStance, NumberList, Party, Screen,
    Side, Stance,
};
pub use sms::{Charge, Content, Group, Rewritten, Sms, Target};
pub use state::State;
pub use tap::{Subject, Tap, TapError};
pub use tariff::{
    ArchivedPriceList, ArchivedTariff, ArchivedUnit, Asked, Offset, Price, PriceList, Rate, Span,
    Special, Tariff, Unit,
};
pub use trace::{Trace, mark};
pub use transport::Transport;
pub use trunk::{ArchivedProtocol, ArchivedTrunk, Hop, Protocol, Trunk};
pub use wanted::{Wanted, WantedForm};

/// A secret under the site's seal: nonce followed by ciphertext (XChaCha20-Poly1305).
///
/// The key is a file that both processes read; neither a snapshot nor a backup of the
/// store gives a password away without it.
pub type Sealed = Vec<u8>;
