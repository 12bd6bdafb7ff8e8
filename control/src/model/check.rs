//! What a model must fulfil before it may be compiled.

mod agreed;
mod routes;
mod sold;
mod tariffs;
mod trunk;

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;

use routing::{Cidr, Number};

use super::nouns::DIGESTS;
use super::{Account, Body, Carrier, Connection, Environment, Key, Kind, Model, REFUSE, Via};

/// Something that does not hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trouble {
    /// In words, naming what is at fault.
    pub words: String,
    /// Does it only lack something that may still be added to the draft?
    pub waits: bool,
}

/// Everything that does not hold of a whole model.
pub fn check(model: &Model) -> Vec<Trouble> {
    every(model, None)
}

/// The same, where another model is known to hold: of a million accounts only those are looked at
/// that differ, unless something differs that accounts lean on.
pub fn check_since(known: &Model, model: &Model) -> Vec<Trouble> {
    let apart = model.apart(known);
    let leaned_on = [Kind::Environment, Kind::Product, Kind::Customer, Kind::Range];
    let all = apart.iter().any(|key| leaned_on.contains(&key.kind));
    every(model, (!all).then_some(apart.as_slice()))
}

/// Looks at every object, or at every one that is no account and at some of those that are.
fn every(model: &Model, some: Option<&[&Key]>) -> Vec<Trouble> {
    let mut troubles = Troubles::default();
    // Accounts are the last kind.
    let wanted = |key: &Key| some.is_none() || key.kind != Kind::Account;
    for (key, entry) in model.iter().take_while(|(key, _)| wanted(key)) {
        own_fields(&mut troubles, key, &entry.body);
        references(&mut troubles, model, key, &entry.body);
    }
    unique(&mut troubles, model, wanted);
    for key in some.into_iter().flatten().filter(|key| key.kind == Kind::Account) {
        let Some(entry) = model.get(key) else { continue };
        own_fields(&mut troubles, key, &entry.body);
        references(&mut troubles, model, key, &entry.body);
        taken(&mut troubles, model, key, &entry.body);
    }
    sold::customers(&mut troubles, model);
    troubles.0
}

/// Everything that does not hold of one object of a model; what others do wrong is left out.
pub fn check_one(model: &Model, key: &Key) -> Vec<Trouble> {
    let mut troubles = Troubles::default();
    if let Some(entry) = model.get(key) {
        own_fields(&mut troubles, key, &entry.body);
        references(&mut troubles, model, key, &entry.body);
        taken(&mut troubles, model, key, &entry.body);
    }
    troubles.0
}

#[derive(Default)]
struct Troubles(Vec<Trouble>);

impl Troubles {
    fn say(&mut self, words: String) {
        self.0.push(Trouble { words, waits: false });
    }

    fn lack(&mut self, words: String) {
        self.0.push(Trouble { words, waits: true });
    }

    fn demand(&mut self, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            self.say(words());
        }
    }
}

fn own_fields(troubles: &mut Troubles, key: &Key, body: &Body) {
    name(troubles, key);
    match body {
        Body::Environment(environment) => environment_fields(troubles, key, environment),
        Body::Tariff(tariff) => tariffs::tariff(troubles, key, tariff),
        Body::Range(_) => sold::range(troubles, key),
        Body::Product(_) | Body::Customer(_) => {}
        Body::Carrier(carrier) => carrier_fields(troubles, key, carrier),
        Body::Connection(connection) => connection_fields(troubles, key, connection),
        Body::List(list) => routes::list(troubles, key, list),
        Body::Policy(policy) => routes::policy(troubles, key, policy),
        Body::Table(table) => routes::table(troubles, key, table),
        Body::Account(account) => account_fields(troubles, key, account),
    }
}

fn name(troubles: &mut Troubles, key: &Key) {
    let Key { kind, name, .. } = key;
    let (max, allowed, rule): (_, fn(u8) -> bool, _) = match kind {
        // A policy's name is its pattern, and that is checked as such, or some words.
        Kind::Policy => (64, |octet| matches!(octet, b'!'..=b'~'), "1 to 64 visible characters"),
        Kind::Environment => (
            32,
            |octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-'),
            "1 to 32 of a-z, 0-9 and -",
        ),
        Kind::Account => (
            64,
            |octet| octet.is_ascii_alphanumeric() || b"-_.+".contains(&octet),
            "1 to 64 letters, digits, - _ . and +",
        ),
        // What it is says more.
        Kind::Range => (64, |octet| matches!(octet, b'0'..=b'9' | b'-'), "digits and -"),
        Kind::Tariff
        | Kind::Product
        | Kind::Customer
        | Kind::Carrier
        | Kind::Connection
        | Kind::List
        | Kind::Table => (
            64,
            |octet| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet),
            "1 to 64 letters, digits, - _ and .",
        ),
    };
    let fits = (1..=max).contains(&name.len()) && name.bytes().all(allowed);
    troubles.demand(fits, || format!("{} name '{name}': use {rule}", kind.word()));
}

fn environment_fields(troubles: &mut Troubles, key: &Key, environment: &Environment) {
    let domain = &environment.domain;
    let fits = (1..=253).contains(&domain.len())
        && domain.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-.".contains(&octet));
    troubles.demand(fits, || format!("{key}: '{domain}' is no domain"));
    let known = |word: &String| DIGESTS.contains(&word.as_str());
    let offers = !environment.digest.is_empty() && environment.digest.iter().all(known);
    troubles.demand(offers, || {
        format!(
            "{key}: its digest is 'sha256,md5', 'sha256' or 'md5', not '{}'",
            environment.digest.join(",")
        )
    });
    let (min, max) = (environment.expires_min, environment.expires_max);
    let holds = |secs: u32| secs == 0 || EXPIRES.contains(&secs);
    troubles.demand(holds(min) && holds(max) && (max == 0 || min <= max), || {
        format!(
            "{key}: registrations hold {} to {} seconds, the shortest not longer than the longest",
            EXPIRES.start(),
            EXPIRES.end()
        )
    });
}

/// The registrations that make sense: not shorter than keep-alives, not longer than a day.
const EXPIRES: std::ops::RangeInclusive<u32> = 30..=86_400;

fn carrier_fields(troubles: &mut Troubles, key: &Key, carrier: &Carrier) {
    system_id(troubles, key, &carrier.system_id);
    for cidr in &carrier.allow {
        troubles.demand(Cidr::parse(cidr).is_some(), || {
            format!("{key}: '{cidr}' is no address block; write 198.51.100.0/24")
        });
    }
    troubles.demand(carrier.binds > 0, || format!("{key}: it needs at least one bind"));
    troubles.demand(carrier.window > 0, || format!("{key}: a window holds at least one"));
    agreed::contract(troubles, key, &carrier.contract);
    agreed::outbind_to(troubles, key, carrier);
    routes::rewrites(troubles, key, &carrier.contract.rewrites);
    agreed::dialect(troubles, key, &carrier.dialect);
    let on = carrier.charge_on.as_str();
    troubles.demand(matches!(on, "accepted" | "submitted" | "delivered"), || {
        format!("{key}: it is charged on 'accepted', 'submitted' or 'delivered', not '{on}'")
    });
    troubles.demand(on != "delivered" || carrier.contract.refund.is_empty(), || {
        format!("{key}: it is charged on delivery only, so there is nothing to refund")
    });
}

fn connection_fields(troubles: &mut Troubles, key: &Key, connection: &Connection) {
    troubles.demand(key.name != REFUSE, || {
        format!("{key}: '{REFUSE}' is how a policy refuses; take another name")
    });
    routes::rewrites(troubles, key, &connection.manner.rewrites);
    if connection.trunk.is_used() {
        return trunk::trunk(troubles, key, connection);
    }
    system_id(troubles, key, &connection.system_id);
    let Connection { remote, local, bind, .. } = connection;
    troubles.demand(remote.port() != 0, || format!("{key}: {remote} has no port"));
    let same = local.is_none_or(|local| local.is_ipv4() == remote.is_ipv4());
    troubles.demand(same, || format!("{key}: local and remote are not of one IP version"));
    troubles.demand(connection.window > 0, || format!("{key}: a window holds at least one"));
    let known = matches!(bind.as_str(), "transceiver" | "transmitter" | "receiver");
    troubles.demand(known, || {
        format!("{key}: bind as transceiver, transmitter or receiver, not '{bind}'")
    });
    let kind_fits = connection.system_type.is_ascii() && connection.system_type.len() <= 12;
    troubles.demand(kind_fits, || format!("{key}: a system_type has at most 12 characters"));
    agreed::manner(troubles, key, connection);
    agreed::dialect(troubles, key, &connection.dialect);
}

fn system_id(troubles: &mut Troubles, key: &Key, system_id: &str) {
    let fits = (1..=SYSTEM_ID_MAX).contains(&system_id.len())
        && system_id.bytes().all(|octet| octet.is_ascii_graphic());
    troubles.demand(fits, || {
        format!("{key}: system_id '{system_id}' does not have 1 to {SYSTEM_ID_MAX} characters")
    });
}

fn account_fields(troubles: &mut Troubles, key: &Key, account: &Account) {
    for number in &account.numbers {
        if let Err(error) = Number::parse(number.as_bytes()) {
            troubles.say(format!("{key}: number '{number}': {error}"));
        }
    }
    let digests =
        account.ha1_md5.array::<16>().is_some() && account.ha1_sha256.array::<32>().is_some();
    troubles.demand(digests, || format!("{key}: it has no password"));
}

fn references(troubles: &mut Troubles, model: &Model, key: &Key, body: &Body) {
    let mut needs = |kind: Kind, name: &str| {
        if model.get(&Key::new(kind, key.world(), name)).is_none() {
            let world = key.world();
            troubles.lack(format!("{key}: there is no {} {name} in {world}", kind.word()));
        }
    };
    match body {
        Body::Environment(environment) => {
            environment.screens.iter().for_each(|screen| needs(Kind::List, &screen.list));
        }
        Body::Policy(policy) => {
            let connections = policy.via.iter().filter_map(Via::connection);
            connections.for_each(|name| needs(Kind::Connection, name));
            policy.terms.screens.iter().for_each(|screen| needs(Kind::List, &screen.list));
        }
        Body::Carrier(carrier) => {
            carrier.tariff.iter().for_each(|name| needs(Kind::Tariff, name));
            carrier.contract.customer.iter().for_each(|name| needs(Kind::Customer, name));
            carrier.contract.screens.iter().for_each(|screen| needs(Kind::List, &screen.list));
        }
        Body::Connection(connection) => {
            let manner = &connection.manner;
            manner.carrier.iter().for_each(|name| needs(Kind::Carrier, name));
            manner.cost.iter().for_each(|name| needs(Kind::Tariff, name));
        }
        Body::Table(table) => {
            let ways = table.content.targets.iter().flat_map(|target| &target.via);
            let connections: BTreeSet<&str> = ways.filter_map(Via::connection).collect();
            connections.into_iter().for_each(|name| needs(Kind::Connection, name));
            table.terms.screens.iter().for_each(|screen| needs(Kind::List, &screen.list));
        }
        Body::Customer(customer) => {
            customer.product.iter().for_each(|name| needs(Kind::Product, name));
        }
        Body::Tariff(_) | Body::List(_) | Body::Product(_) | Body::Range(_) => {}
        Body::Account(account) => {
            account.customer.iter().for_each(|name| needs(Kind::Customer, name));
            account.product.iter().for_each(|name| needs(Kind::Product, name));
            sold::account(troubles, model, key, account);
            let realm = model.environment(&key.env).map(|environment| &environment.domain);
            if realm.is_some_and(|realm| *realm != account.realm) {
                troubles.say(format!(
                    "{key}: its password was set for domain {}; set it again",
                    account.realm
                ));
            }
        }
    }
    if key.kind != Kind::Environment && model.environment(&key.env).is_none() {
        troubles.lack(format!("{key}: there is no environment {}", key.env));
    }
}

/// What must be unique, for every object.
fn unique(troubles: &mut Troubles, model: &Model, wanted: impl Fn(&Key) -> bool) {
    let mut entries = HashMap::<(char, SocketAddr), &str>::new();
    for (name, _, environment) in model.environments() {
        for (service, address) in entry_addresses(environment) {
            if let Some(other) = entries.insert((service, address), name) {
                troubles.say(claimed(address, other, name));
            }
        }
    }
    let mut numbers = HashMap::<(&str, &str), &str>::new();
    let mut system_ids = HashMap::<(&str, &str), &str>::new();
    let mut registrars = HashMap::<&str, &str>::new();
    for (key, entry) in model.iter().take_while(|(key, _)| wanted(key)) {
        match &*entry.body {
            Body::Account(account) => {
                for number in &account.numbers {
                    if let Some(other) = numbers.insert((&key.env, number), &key.name) {
                        troubles.say(number_taken(key, number, other));
                    }
                }
            }
            Body::Carrier(carrier) => {
                let claim = (key.env.as_str(), carrier.system_id.as_str());
                if let Some(other) = system_ids.insert(claim, &key.name) {
                    troubles.say(system_id_taken(key, &carrier.system_id, other));
                }
            }
            Body::Connection(connection) if trunk::registers(connection) => {
                if let Some(other) = registrars.insert(&key.env, &key.name) {
                    troubles.say(trunk::registrar_taken(key, other));
                }
            }
            Body::Range(_) => sold::ranges(troubles, model, key),
            Body::Environment(_)
            | Body::Tariff(_)
            | Body::Product(_)
            | Body::Customer(_)
            | Body::Connection(_)
            | Body::List(_)
            | Body::Policy(_)
            | Body::Table(_) => {}
        }
    }
}

/// What must be unique, for one object.
fn taken(troubles: &mut Troubles, model: &Model, key: &Key, body: &Body) {
    match body {
        Body::Environment(own) => {
            for (name, _, other) in model.environments().filter(|(name, ..)| *name != key.name) {
                let shared = entry_addresses(own)
                    .filter(|entry| entry_addresses(other).any(|other| other == *entry));
                shared.for_each(|(_, address)| troubles.say(claimed(address, name, &key.name)));
            }
        }
        Body::Account(own) => {
            for number in &own.numbers {
                let others = model.claimants(&key.env, number).filter(|user| *user != key.name);
                others.for_each(|user| troubles.say(number_taken(key, number, user)));
            }
        }
        Body::Carrier(own) => {
            let others = model.carriers(&key.env).filter(|(name, ..)| *name != key.name);
            others
                .filter(|(_, _, other)| other.system_id == own.system_id)
                .for_each(|(name, ..)| troubles.say(system_id_taken(key, &own.system_id, name)));
        }
        Body::Connection(own) if trunk::registers(own) => {
            let others = model.connections(&key.env).filter(|(name, ..)| *name != key.name);
            others
                .filter(|(_, _, other)| trunk::registers(other))
                .for_each(|(name, ..)| troubles.say(trunk::registrar_taken(key, name)));
        }
        Body::Range(_) => sold::ranges(troubles, model, key),
        Body::Tariff(_)
        | Body::Product(_)
        | Body::Customer(_)
        | Body::Connection(_)
        | Body::List(_)
        | Body::Policy(_)
        | Body::Table(_) => {}
    }
}

/// SMPP and SIP entries, told apart: one is TCP, the other UDP.
fn entry_addresses(environment: &Environment) -> impl Iterator<Item = (char, SocketAddr)> + '_ {
    let smpp = environment.smpp.iter().map(|address| ('t', *address));
    smpp.chain(environment.sip.iter().map(|address| ('u', *address)))
}

fn claimed(address: SocketAddr, one: &str, other: &str) -> String {
    format!("{address} is the entry of {one} and of {other}; it can belong to only one environment")
}

fn number_taken(key: &Key, number: &str, other: &str) -> String {
    format!("{key}: number {number} already belongs to account {other}")
}

fn system_id_taken(key: &Key, system_id: &str, other: &str) -> String {
    format!("{key}: system_id {system_id} already belongs to carrier {other}")
}

/// SMPP 3.4 §5.2.1: sixteen octets with the NUL.
const SYSTEM_ID_MAX: usize = 15;

#[cfg(test)]
mod tests;
