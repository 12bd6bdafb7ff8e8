//! A world of its own: accounts, carriers, connections and policies behind one entry IP.

use std::net::SocketAddr;

use rkyv::{Archive, Deserialize, Serialize};

use crate::table::{NumberTable, VALUE_MAX};
use crate::{
    Account, ArchivedAccount, ArchivedCarrier, ArchivedConnection, ArchivedNumberList,
    ArchivedTariff, Carrier, Connection, Number, NumberList, PolicyTable, Protocol, Screen, Tariff,
};

/// Everything of one environment.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Environment {
    /// Given by control once, never used again for another environment.
    pub id: u32,
    /// Its name for people and in `node.toml`.
    pub name: String,
    /// The SIP domain: the host part of its addresses of record, and the digest realm.
    pub domain: String,
    /// Its entry addresses for SMPP, as control knows them.
    pub smpp: Vec<SocketAddr>,
    /// Its entry addresses for SIP over UDP.
    pub sip: Vec<SocketAddr>,
    /// What its challenges offer, the favourite first; empty offers SHA-256 before MD5.
    pub digests: Vec<Digest>,
    /// How long its apps may stay registered.
    pub expires: Expires,
    /// Ascending by user.
    pub accounts: Vec<Account>,
    /// From id to place in `accounts`, ascending by id; [`index`](Self::index) fills it.
    pub accounts_by_id: Vec<(u32, u32)>,
    /// From a whole number to a [`Reach`]; [`index`](Self::index) fills it.
    pub numbers: NumberTable,
    /// Ascending by system_id.
    pub carriers: Vec<Carrier>,
    /// Ascending by id.
    pub connections: Vec<Connection>,
    /// The policies and their patterns.
    pub policies: PolicyTable,
    /// Ascending by id.
    pub tariffs: Vec<Tariff>,
    /// What it is called in the path of an Sms; [`index`](Self::index) fills it.
    pub mark: u32,
    /// Lists of numbers and senders, ascending by id.
    pub lists: Vec<NumberList>,
    /// The lists that everybody has to pass.
    pub screens: Vec<Screen>,
    /// How often equal texts may come round before it is called a loop.
    pub echo: Echo,
    /// The connection to which REGISTERs are passed on; 0 if they end here.
    /// [`index`](Self::index) fills it.
    pub registrar: u32,
}

/// When equal texts are a loop that left no trace: equal callers, called numbers and bodies
/// that go over connections, none of which counted hops.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Echo {
    /// How many may come from another sender than the first one; 0 takes the product's value.
    pub returns: u32,
    /// How many may come from the first sender itself; 0 is no limit: campaigns are alike.
    pub repeats: u32,
    /// Within how many seconds; 0 takes the product's value.
    pub within_secs: u32,
}

/// How long a registration holds (RFC 3261 §10.3); 0 takes the product's value.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Expires {
    /// Less than so many seconds is refused with 423.
    pub min_secs: u32,
    /// More than so many is shortened to it.
    pub max_secs: u32,
}

/// A digest algorithm (RFC 8760).
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// MD5: what apps understand that give up when they read anything else.
    Md5,
}

/// What a decision wants to know of the account that has a number. It stands in the table of
/// numbers itself: a million accounts are a hundred megabytes, and none of them is touched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reach {
    /// The account, by id.
    pub account: u32,
    /// Does its product include messaging?
    pub messaging: bool,
}

impl Reach {
    fn of(account: &Account) -> Self {
        Self { account: account.id, messaging: account.messaging }
    }

    /// `None` for an id that no control ever gives: they begin at 1 and 2^29 are not reached.
    fn packed(self) -> Option<u32> {
        let value = self.account.checked_mul(2)? + u32::from(self.messaging);
        (value < VALUE_MAX).then_some(value)
    }

    fn from_packed(value: u32) -> Self {
        Self { account: value / 2, messaging: value % 2 == 1 }
    }
}

impl Environment {
    /// Puts the tables into the order in which they are searched. Call once, when all
    /// accounts, carriers, connections, tariffs and lists are in.
    pub fn index(mut self) -> Self {
        self.accounts.sort_by(|one, other| one.user.cmp(&other.user));
        self.carriers.sort_by(|one, other| one.system_id.cmp(&other.system_id));
        self.connections.sort_by_key(|connection| connection.id);
        self.tariffs.sort_by_key(|tariff| tariff.id);
        self.lists.sort_by_key(|list| list.id);
        self.mark = crate::mark(&self.domain);
        let registrar = |connection: &&Connection| match &connection.protocol {
            Protocol::Sip(trunk) => trunk.registrar && connection.enabled,
            Protocol::Smpp => false,
        };
        self.registrar = self.connections.iter().find(registrar).map_or(0, |found| found.id);
        self.accounts_by_id =
            (0u32..).zip(&self.accounts).map(|(at, account)| (account.id, at)).collect();
        self.accounts_by_id.sort_unstable();
        self.numbers = NumberTable::build(self.accounts.iter().flat_map(|account| {
            let numbers = account.numbers.iter().filter_map(|n| Number::from_packed(*n));
            numbers.filter_map(|number| Some((number, Reach::of(account).packed()?)))
        }));
        self
    }
}

impl ArchivedEnvironment {
    /// The account with this user part.
    pub fn account_by_user(&self, user: &str) -> Option<&ArchivedAccount> {
        let at = self.accounts.binary_search_by(|account| account.user.as_str().cmp(user)).ok()?;
        self.accounts.get(at)
    }

    /// What a decision wants to know of the account that has exactly this number.
    #[inline]
    pub fn reach(&self, number: Number) -> Option<Reach> {
        self.numbers.exact(number).map(Reach::from_packed)
    }

    /// The account that has exactly this number.
    pub fn account_by_number(&self, number: Number) -> Option<&ArchivedAccount> {
        self.account(self.reach(number)?.account)
    }

    /// The account with this id.
    pub fn account(&self, id: u32) -> Option<&ArchivedAccount> {
        let at = self.accounts_by_id.binary_search_by_key(&id, |pair| pair.0.to_native()).ok()?;
        self.accounts.get(self.accounts_by_id.get(at)?.1.to_native() as usize)
    }

    /// The carrier that binds with this system_id.
    pub fn carrier_by_system_id(&self, system_id: &str) -> Option<&ArchivedCarrier> {
        let by = |carrier: &ArchivedCarrier| carrier.system_id.as_str().cmp(system_id);
        self.carriers.get(self.carriers.binary_search_by(by).ok()?)
    }

    /// The carrier with this id.
    pub fn carrier(&self, id: u32) -> Option<&ArchivedCarrier> {
        self.carriers.iter().find(|carrier| carrier.id == id)
    }

    /// The connection with this id.
    pub fn connection(&self, id: u32) -> Option<&ArchivedConnection> {
        let by = |connection: &ArchivedConnection| connection.id.to_native();
        self.connections.get(self.connections.binary_search_by_key(&id, by).ok()?)
    }

    /// The tariff with this id.
    pub fn tariff(&self, id: u32) -> Option<&ArchivedTariff> {
        let by = |tariff: &ArchivedTariff| tariff.id.to_native();
        self.tariffs.get(self.tariffs.binary_search_by_key(&id, by).ok()?)
    }

    /// The list with this id.
    pub fn list(&self, id: u32) -> Option<&ArchivedNumberList> {
        let by = |list: &ArchivedNumberList| list.id.to_native();
        self.lists.get(self.lists.binary_search_by_key(&id, by).ok()?)
    }
}
