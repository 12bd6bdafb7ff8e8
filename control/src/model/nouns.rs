//! What is known of each noun, as the store keeps it.

use std::net::{IpAddr, SocketAddr};

use routing::Devices;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Contract, Customer, Destination, Dialect, Kind, Manner, Product, Range, Screen, Table, Tariff,
    Terms, Trunk, Via, Word,
};

/// A world of its own, behind its entry addresses.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The SIP domain and digest realm.
    pub domain: String,
    /// Entry addresses for SMPP.
    pub smpp: Vec<SocketAddr>,
    /// Entry addresses for SIP over UDP.
    pub sip: Vec<SocketAddr>,
    /// What its challenges offer, the favourite first: `sha256`, `md5`.
    #[serde(default = "digests")]
    pub digest: Vec<String>,
    /// The lists that everybody has to pass.
    #[serde(default)]
    pub screens: Vec<Screen>,
    /// Registrations shorter than so many seconds are refused; 0 is the product's value.
    #[serde(default)]
    pub expires_min: u32,
    /// Longer ones are shortened to so many; 0 is the product's value.
    #[serde(default)]
    pub expires_max: u32,
}

/// Both, as RFC 8760 asks.
pub fn digests() -> Vec<String> {
    DIGESTS.map(str::to_owned).to_vec()
}

/// What a challenge can offer.
pub(super) const DIGESTS: [&str; 2] = ["sha256", "md5"];

/// Who has a number and an app.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Plain digits; the first is its calling number.
    pub numbers: Vec<String>,
    /// The realm its digests were made for.
    pub realm: String,
    /// MD5(user:realm:password).
    pub ha1_md5: Hex,
    /// SHA-256 of the same.
    pub ha1_sha256: Hex,
    /// Does its product include messaging?
    pub messaging: bool,
    /// Who has to have a text: `any` device, or `all` that are known.
    #[serde(default)]
    pub devices: Word<Devices>,
    /// Whose it is.
    #[serde(default)]
    pub customer: Option<String>,
    /// What it was sold; none is what its customer was sold.
    #[serde(default)]
    pub product: Option<String>,
}

/// Who sends by SMPP and pays.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// What it binds with.
    pub system_id: String,
    /// Its password under the seal.
    pub password: Hex,
    /// From where it may bind; empty is from anywhere.
    pub allow: Vec<String>,
    /// How many binds it may hold.
    pub binds: u16,
    /// How many requests may wait on one bind.
    pub window: u16,
    /// Sms per second; 0 is no limit.
    pub tps: u32,
    /// The tariff's name; none is free of charge.
    pub tariff: Option<String>,
    /// `accepted`, `submitted` or `delivered`.
    pub charge_on: String,
    /// What it may do beyond.
    #[serde(flatten)]
    pub contract: Contract,
    /// How it speaks.
    #[serde(flatten)]
    pub dialect: Dialect,
}

/// A way out, by SMPP or by SIP.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Where we dial by SMPP.
    pub remote: SocketAddr,
    /// Where we dial from.
    pub local: Option<IpAddr>,
    /// `transceiver`, `transmitter` or `receiver`.
    pub bind: String,
    /// What we bind with.
    pub system_id: String,
    /// The system_type we bind with.
    pub system_type: String,
    /// The password we bind with, under the seal.
    pub password: Hex,
    /// How many of our requests may wait.
    pub window: u16,
    /// Sms per second; 0 is no limit.
    pub tps: u32,
    /// Do we count hops?
    pub count_hops: bool,
    /// Is it in use?
    pub enabled: bool,
    /// How it is used beyond.
    #[serde(flatten)]
    pub manner: Manner,
    /// Its other end, if it speaks SIP.
    #[serde(flatten)]
    pub trunk: Trunk,
    /// How its peer speaks.
    #[serde(flatten)]
    pub dialect: Dialect,
}

/// A pattern (its key, unless the key is another name) and the ways that serve it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Lower comes first.
    pub priority: u32,
    /// Where it leads.
    pub via: Vec<Via>,
    /// When it counts and how it chooses.
    #[serde(flatten)]
    pub terms: Terms,
}

impl Policy {
    /// The pattern of a policy with this name.
    pub fn pattern<'a>(&'a self, name: &'a str) -> &'a str {
        let own = &self.terms.pattern;
        if own.is_empty() { name } else { own }
    }
}

/// Numbers, patterns and names.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct List {
    /// `2222`, `222%`, `Viber`; ascending, each once.
    pub entries: Vec<String>,
}

/// Octets that are kept as hexadecimal digits and never shown.
#[derive(Clone, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Hex(String);

impl Hex {
    /// Keeps octets.
    pub fn of(octets: impl AsRef<[u8]>) -> Self {
        Self(hex::encode(octets))
    }

    /// The octets.
    pub fn octets(&self) -> Vec<u8> {
        hex::decode(&self.0).unwrap_or_default()
    }

    /// The octets, if there are exactly so many.
    pub fn array<const N: usize>(&self) -> Option<[u8; N]> {
        let mut octets = [0; N];
        hex::decode_to_slice(&self.0, &mut octets).ok().map(|()| octets)
    }
}

impl std::fmt::Debug for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// One of the nouns.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// An environment.
    Environment(Environment),
    /// A tariff.
    Tariff(Tariff),
    /// A product.
    Product(Product),
    /// A customer.
    Customer(Customer),
    /// A range.
    Range(Range),
    /// A carrier.
    Carrier(Carrier),
    /// A connection.
    Connection(Connection),
    /// A list.
    List(List),
    /// A policy.
    Policy(Policy),
    /// A table.
    Table(Table),
    /// An account.
    Account(Account),
}

impl Body {
    /// Reads what the store keeps.
    pub fn parse(kind: Kind, json: &str) -> serde_json::Result<Self> {
        Ok(match kind {
            Kind::Environment => Self::Environment(serde_json::from_str(json)?),
            Kind::Tariff => Self::Tariff(serde_json::from_str(json)?),
            Kind::Product => Self::Product(serde_json::from_str(json)?),
            Kind::Customer => Self::Customer(serde_json::from_str(json)?),
            Kind::Range => Self::Range(serde_json::from_str(json)?),
            Kind::Carrier => Self::Carrier(serde_json::from_str(json)?),
            Kind::Connection => Self::Connection(serde_json::from_str(json)?),
            Kind::List => Self::List(serde_json::from_str(json)?),
            Kind::Policy => Self::Policy(serde_json::from_str(json)?),
            Kind::Table => Self::Table(serde_json::from_str(json)?),
            Kind::Account => Self::Account(serde_json::from_str(json)?),
        })
    }

    /// What the store keeps.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("bodies have plain fields and text keys")
    }

    /// The fields as an operator may see them: secrets left out, prices as decimals.
    pub fn fields(&self) -> serde_json::Map<String, Value> {
        let mut fields = map(self);
        for secret in ["ha1_md5", "ha1_sha256", "outbind_password", "password", "realm"] {
            fields.remove(secret);
        }
        if let Self::Connection(connection) = self
            && connection.trunk.is_used()
        {
            BINDING.iter().for_each(|field| drop(fields.remove(*field)));
        }
        if let Self::Tariff(tariff) = self {
            tariff.show(&mut fields);
        }
        if let Self::Table(table) = self {
            let targets = table.content.targets.iter();
            let shown = targets.map(|one| Value::from(Destination::words(&one.via)));
            fields.insert("targets".to_owned(), Value::Array(shown.collect()));
            fields.remove("pattern");
        }
        fields
    }

    /// The fields without the settings that have their default.
    pub fn brief(&self) -> serde_json::Map<String, Value> {
        let (usual, mut fields) = (self.usual(), self.fields());
        fields.retain(|name, value| usual.get(name) != Some(value));
        fields
    }

    /// The settings that do not have their default.
    pub fn settings(&self) -> serde_json::Map<String, Value> {
        let (usual, mut fields) = (self.usual(), self.fields());
        fields.retain(|name, value| usual.get(name).is_some_and(|usual| usual != value));
        fields
    }

    /// The settings that most objects of the kind leave alone, and what they are then.
    fn usual(&self) -> serde_json::Map<String, Value> {
        let mut usual = map(&Dialect::default());
        match self {
            Self::Carrier(_) => usual.extend(map(&Contract::default())),
            Self::Connection(connection) => {
                usual.extend(map(&Manner::default()));
                if !connection.trunk.is_used() {
                    usual.extend(map(&Trunk::default()));
                }
            }
            Self::Policy(_) | Self::Table(_) => usual = map(&Terms::default()),
            Self::Environment(_) => {
                usual.clear();
                usual.insert("screens".to_owned(), Value::Array(Vec::new()));
                for seconds in ["expires_min", "expires_max"] {
                    usual.insert(seconds.to_owned(), 0.into());
                }
            }
            Self::Account(_) => {
                usual.clear();
                usual.insert("devices".to_owned(), "any".into());
                usual.insert("customer".to_owned(), Value::Null);
                usual.insert("product".to_owned(), Value::Null);
            }
            Self::Customer(_) => usual = map(&Customer::default()),
            Self::Tariff(_) | Self::List(_) | Self::Product(_) | Self::Range(_) => usual.clear(),
        }
        usual
    }

    /// The password of its outbind, to see whether it changed.
    pub fn outbind_secret(&self) -> Option<&Hex> {
        match self {
            Self::Carrier(carrier) => carrier.contract.outbind_password.as_ref(),
            Self::Connection(connection) => connection.manner.outbind_password.as_ref(),
            Self::Environment(_)
            | Self::Tariff(_)
            | Self::Product(_)
            | Self::Customer(_)
            | Self::Range(_)
            | Self::List(_)
            | Self::Policy(_)
            | Self::Table(_)
            | Self::Account(_) => None,
        }
    }

    /// The secret, to see whether it changed.
    pub fn secret(&self) -> Option<&Hex> {
        match self {
            Self::Account(account) => Some(&account.ha1_sha256),
            Self::Carrier(carrier) => Some(&carrier.password),
            Self::Connection(connection) => Some(&connection.password),
            Self::Environment(_)
            | Self::Tariff(_)
            | Self::Product(_)
            | Self::Customer(_)
            | Self::Range(_)
            | Self::List(_)
            | Self::Policy(_)
            | Self::Table(_) => None,
        }
    }
}

/// What a connection that speaks SIP does not have.
const BINDING: [&str; 4] = ["bind", "remote", "system_id", "system_type"];

/// A body or a part of one as its fields.
fn map(part: &impl Serialize) -> serde_json::Map<String, Value> {
    match serde_json::to_value(part) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => unreachable!("every body is a struct with plain fields"),
    }
}
