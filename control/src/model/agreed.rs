//! What was agreed with an SMPP peer beyond what every peer has.
//!
//! In the store and towards operators these settings stand beside the noun's other fields; one
//! that is left out, or is `null` in a request, has its default.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use routing::{
    AckLevel, BindKind, DefaultAlphabet, IdForm, Incomplete, Meaning, National, Proof, ReceiptForm,
    Segmenting, Unknown,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::nouns::Hex;
use super::route::{Rewrite, Screen};
use super::unit::{Count, Foreign, Money, Plane, Span, Status, Version, read_count};
use super::word::{End, Word};

/// How a peer speaks where the standard leaves it open.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default)]
pub struct Dialect {
    /// What data_coding 0 means.
    pub alphabet: Word<DefaultAlphabet>,
    /// TON and NPI for a calling address that comes as 0/0.
    pub source_plane: Option<Plane>,
    /// TON and NPI for a called address that comes as 0/0.
    pub destination_plane: Option<Plane>,
    /// How message ids are spelled.
    pub message_ids: Word<IdForm>,
    /// How receipts are spelled.
    pub receipts: Word<ReceiptForm>,
    /// Idle for so long, we ask whether the peer is alive.
    pub enquire: Option<Span>,
    /// Without traffic for so long, the session ends.
    pub inactivity: Option<Span>,
    /// Without an answer for so long, a request of ours has failed.
    pub response: Option<Span>,
}

/// What a carrier may do.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default)]
pub struct Contract {
    /// Whose it is.
    pub customer: Option<String>,
    /// Which binds it may make; empty allows all three.
    pub bind_kinds: Vec<Word<BindKind>>,
    /// How many Sms may come at once beyond its rate; 0 is one second of it.
    #[serde(deserialize_with = "read_count")]
    #[schemars(with = "Count")]
    pub burst: u32,
    /// Sms per UTC day; 0 is no limit.
    #[serde(deserialize_with = "read_count")]
    #[schemars(with = "Count")]
    pub quota_daily: u64,
    /// What it may spend in all; none is no limit.
    pub credit: Option<Money>,
    /// After which ends it gets back what it was charged; empty is after none.
    pub refund: Vec<Word<End>>,
    /// Calling addresses it may use, as patterns; empty allows every address.
    pub sources: Vec<String>,
    /// What happens to a calling address it may not use.
    pub foreign_source: Foreign,
    /// When it is answered.
    pub ack: Word<AckLevel>,
    /// May it ask for a message mode with each Sms?
    pub modes: bool,
    /// What shows that an app has a text.
    pub proof: Word<Proof>,
    /// What becomes of a long text of which a segment is missing.
    pub incomplete: Word<Incomplete>,
    /// It is bound over TLS only.
    pub tls_only: bool,
    /// Where it is dialled and told outbind when receipts wait for it.
    pub outbind: Option<SocketAddr>,
    /// The system_id it is told; none is the node's.
    pub outbind_system_id: Option<String>,
    /// The password it is told, under the seal.
    pub outbind_password: Option<Hex>,
    /// The lists that what it sends has to pass.
    pub screens: Vec<Screen>,
    /// What becomes of the addresses it gives, before anything is decided.
    pub rewrites: Vec<Rewrite>,
}

/// How a connection is used.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default)]
pub struct Manner {
    /// How many links it keeps.
    pub links: u8,
    /// The version we bind with.
    pub smpp: Version,
    /// How many Sms may leave at once beyond its rate; 0 is one second of it.
    #[serde(deserialize_with = "read_count")]
    #[schemars(with = "Count")]
    pub burst: u32,
    /// What becomes of an Sms of which nobody knows whether the peer has it.
    pub unknown: Word<Unknown>,
    /// How a text that is too long for one message leaves.
    pub segments: Word<Segmenting>,
    /// Says texts of apps in GSM 7-bit by near relations of their characters.
    pub transliterate: bool,
    /// The languages whose national tables its phones know.
    pub national: Vec<Word<National>>,
    /// Always asks for a final receipt.
    pub always_ask: bool,
    /// What a command_status of the peer means, where it is not what it always means.
    pub verdicts: BTreeMap<Status, Word<Meaning>>,
    /// Speaks TLS?
    pub tls: Tls,
    /// Never dialled: the peer dials us and says outbind.
    pub outbind: bool,
    /// The system_id that its outbind must give; none takes any.
    pub outbind_system_id: Option<String>,
    /// The password that its outbind must give, under the seal; none takes any.
    pub outbind_password: Option<Hex>,
    /// Do Sms of one sender to one number leave one by one?
    pub in_order: bool,
    /// The carrier as whom the peer pays for what it submits by deliver_sm.
    pub carrier: Option<String>,
    /// The tariff that says what an Sms costs us there.
    pub cost: Option<String>,
    /// What becomes of addresses on the way out.
    pub rewrites: Vec<Rewrite>,
    /// The domain of the environment at the other end, if it is one.
    pub leads_to: Option<String>,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            links: 1,
            smpp: Version::default(),
            burst: 0,
            unknown: Word::default(),
            segments: Word::default(),
            transliterate: false,
            national: Vec::new(),
            // A record that says what became of an Sms is worth the receipt it takes.
            always_ask: true,
            verdicts: BTreeMap::new(),
            tls: Tls::default(),
            outbind: false,
            outbind_system_id: None,
            outbind_password: None,
            in_order: false,
            carrier: None,
            cost: None,
            rewrites: Vec::new(),
            leads_to: None,
        }
    }
}

/// Does a connection speak TLS? `false`, `true`, or the name that the certificate must carry.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Tls {
    /// No.
    #[default]
    Off,
    /// Yes; the certificate carries the address we dial.
    On,
    /// Yes; the certificate carries this name.
    Named(String),
}

impl JsonSchema for Tls {
    fn schema_name() -> Cow<'static, str> {
        "Tls".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["boolean", "string"],
            "description": "No, yes, or yes and what its certificate must carry."
        })
    }
}

impl Serialize for Tls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_bool(false),
            Self::On => serializer.serialize_bool(true),
            Self::Named(name) => serializer.serialize_str(name),
        }
    }
}

impl<'de> Deserialize<'de> for Tls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Switch(bool),
            Name(String),
        }
        match Either::deserialize(deserializer) {
            Ok(Either::Switch(false)) => Ok(Self::Off),
            Ok(Either::Switch(true)) => Ok(Self::On),
            Ok(Either::Name(name)) => Ok(Self::Named(name)),
            Err(_) => Err(D::Error::custom("it is true, false or the name of a certificate")),
        }
    }
}
