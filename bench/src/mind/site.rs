//! What a shard of the harness obeys.

use std::sync::Arc;

use routing::snapshot::Snapshot;
use routing::{
    Account, Carrier, ChargeOn, Connection, Contract, Environment, Exit, Manner, Number, Plan,
    Policy, PolicyTable, Rate, Tariff, Way,
};
use shard::{Adopted, Secrets};

use super::{FIRST_USER, SMSC, number, user};
use crate::apps::{Apps, DOMAIN};
use crate::trunk::trunk;

/// What its SMS cost the carrier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Billing {
    /// Nothing: it has no tariff.
    Free,
    /// What a tariff of ten thousand prices says.
    Priced,
    /// The same, of a credit that never ends: each price is held by its bank, and spent.
    Limited,
}

/// A carrier, phones, a message centre and a trunk.
pub(super) fn adopted(accounts: u32, apps: &Apps, billing: Billing) -> Adopted {
    let account = |at: u32| Account {
        id: at,
        user: user(at - 1),
        numbers: number(FIRST_USER + at - 1).into_iter().map(Number::packed).collect(),
        ha1_md5: apps.ha1(at - 1).md5,
        ha1_sha256: apps.ha1(at - 1).sha256,
        messaging: true,
        devices: Default::default(),
    };
    let carrier = Carrier {
        id: 1,
        name: "TATA".into(),
        system_id: "tata".into(),
        password: Vec::new(),
        allow: Vec::new(),
        binds_max: 4,
        window: 60_000,
        tps: 0,
        tariff: (billing != Billing::Free).then_some(1),
        charge_on: ChargeOn::Accepted,
        contract: Contract {
            credit_micros: (billing == Billing::Limited).then_some(i64::MAX / 2),
            ..Contract::default()
        },
    };
    let connection = Connection {
        id: 1,
        name: "smsc".into(),
        remote: SMSC,
        local: None,
        system_id: "signalbox".into(),
        password: Vec::new(),
        system_type: String::new(),
        bind: routing::BindKind::Transceiver,
        window: 60_000,
        tps: 0,
        count_hops: false,
        enabled: true,
        manner: Manner::default(),
        protocol: Default::default(),
    };
    let policy = |id, pattern: &str| Policy {
        id,
        pattern: pattern.into(),
        ways: vec![Way { to: Exit::Connection(id), weight: 1, tps: 0 }],
        ..Policy::default()
    };
    // Some of them are prefixes of the numbers that are called.
    let prefix = |at: u32| number(100_000 + at * 50).map_or(0, Number::packed);
    let rates = (0..10_000).map(|at| Rate { prefix: prefix(at), price_micros: 10_000 });
    let rates = rates.chain([Rate { prefix: 0, price_micros: 10_000 }]).collect();
    let environment = Environment {
        id: 1,
        name: "env1".into(),
        domain: DOMAIN.into(),
        accounts: (1..=accounts).map(account).collect(),
        carriers: vec![carrier],
        connections: vec![connection.clone(), trunk(&connection)],
        policies: PolicyTable::build(vec![policy(1, "222%"), policy(2, "333%")]),
        tariffs: vec![Tariff::new(1, "TATA-in", 1, "USD", rates)],
        ..Environment::default()
    };
    let plan = Plan { generation: 1, environments: vec![environment.index()], ..Plan::default() };
    let passwords = || [(1, b"secret".to_vec()), (2, Vec::new())].into();
    let secrets = Secrets { carriers: passwords(), connections: passwords(), ..Secrets::default() };
    Adopted { snapshot: Snapshot::of(&plan), secrets: Arc::new(secrets) }
}
