//! All objects of one moment.

use std::ops::Bound;
use std::sync::Arc;

use super::{
    Account, Body, Carrier, Connection, Customer, Environment, Key, Kind, List, Policy, Range,
    Table, Tariff,
};
use crate::model::shelves::Shelves;

/// One object with what the store knows of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Given once, never used again for another object of its kind.
    pub id: u32,
    /// The generation that made it what it is; 0 while it is only drafted.
    pub since: u64,
    /// How many times it was made or changed; a charge names a tariff's.
    pub version: u32,
    /// What is known of it.
    pub body: Arc<Body>,
}

/// Every object by its key.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Model {
    entries: Shelves<Key, Entry>,
    /// Environment, number and user: who claims a number, without asking every account.
    numbers: Shelves<[String; 3], ()>,
}

macro_rules! typed {
    ($($(#[$doc:meta])* $name:ident, $one:ident: $kind:ident;)*) => {
        $($(#[$doc])*
        pub fn $name<'a>(
            &'a self,
            env: &'a str,
        ) -> impl Iterator<Item = (&'a str, &'a Entry, &'a $kind)> + 'a {
            self.of(Kind::$kind, env).map(|(key, entry)| match &*entry.body {
                Body::$kind(body) => (key.name.as_str(), entry, body),
                _ => unreachable!("a body is of its key's kind"),
            })
        })*
    };
}

impl Model {
    /// The object with this key.
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Puts an object in.
    pub fn insert(&mut self, key: Key, entry: Entry) {
        self.remove(&key);
        for claim in claims(&key, &entry) {
            self.numbers.insert(claim, ());
        }
        self.entries.insert(key, entry);
    }

    /// Takes an object out.
    pub fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            for claim in claims(key, &entry) {
                self.numbers.remove(&claim);
            }
        }
    }

    /// The users of the accounts that claim a number; one, if all is well.
    pub fn claimants<'a>(
        &'a self,
        env: &'a str,
        number: &'a str,
    ) -> impl Iterator<Item = &'a str> + 'a {
        let first = [env.to_owned(), number.to_owned(), String::new()];
        let claims = self.numbers.since(Bound::Included(&first)).map(|(claim, ())| claim);
        claims.take_while(move |one| one[0] == env && one[1] == number).map(|one| one[2].as_str())
    }

    /// Every object, by kind, environment and name.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// The objects of one kind in one environment, by name.
    pub fn of<'a>(
        &'a self,
        kind: Kind,
        env: &'a str,
    ) -> impl Iterator<Item = (&'a Key, &'a Entry)> + 'a {
        self.entries
            .since(Bound::Included(&Key::new(kind, env, "")))
            .take_while(move |(key, _)| key.kind == kind && key.env == env)
    }

    /// The objects of one kind in all environments.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries
            .since(Bound::Included(&Key { kind, env: String::new(), name: String::new() }))
            .take_while(move |(key, _)| key.kind == kind)
    }

    /// The objects that come after a key, in their order.
    pub fn beyond(&self, key: &Key) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.since(Bound::Excluded(key))
    }

    /// The keys whose objects differ, in order.
    pub fn apart<'a>(&'a self, other: &'a Self) -> Vec<&'a Key> {
        self.entries.apart(&other.entries)
    }

    /// The environments, by name.
    pub fn environments(&self) -> impl Iterator<Item = (&str, &Entry, &Environment)> {
        self.of(Kind::Environment, "").map(|(key, entry)| match &*entry.body {
            Body::Environment(body) => (key.name.as_str(), entry, body),
            _ => unreachable!("a body is of its key's kind"),
        })
    }

    /// The environment with this name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        match &*self.get(&Key::environment(name))?.body {
            Body::Environment(body) => Some(body),
            _ => None,
        }
    }

    typed! {
        /// The accounts of an environment, by user.
        accounts, account: Account;
        /// The carriers of an environment, by name.
        carriers, carrier: Carrier;
        /// The connections of an environment, by name.
        connections, connection: Connection;
        /// The lists of an environment, by name.
        lists, list: List;
        /// The customers of an environment, by name.
        customers, customer: Customer;
        /// The ranges of an environment, by name.
        ranges, range: Range;
        /// The policies of an environment, by name.
        policies, policy: Policy;
        /// The tables of an environment, by name.
        tables, table: Table;
        /// The tariffs of an environment, by name.
        tariffs, tariff: Tariff;
    }
}

fn claims(key: &Key, entry: &Entry) -> impl Iterator<Item = [String; 3]> {
    let numbers = match &*entry.body {
        Body::Account(account) => account.numbers.as_slice(),
        _ => &[],
    };
    numbers.iter().map(|number| [key.env.clone(), number.clone(), key.name.clone()])
}
