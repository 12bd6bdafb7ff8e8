//! From the model to the plan that shards obey.

mod agreed;

use routing::{BindKind, ChargeOn, Cidr, Digest, Number, Plan, PolicyTable, Rate};

use crate::model::{self, Key, Kind, Model};

/// Compiles a model that was checked. The same model gives the same plan.
pub fn compile(model: &Model, generation: u64, made_ns: u64) -> Plan {
    let environments = model
        .environments()
        .map(|(name, entry, body)| environment(model, name, entry.id, body))
        .collect();
    Plan { generation, made_ns, environments }
}

fn environment(
    model: &Model,
    name: &str,
    id: u32,
    body: &model::Environment,
) -> routing::Environment {
    let id_of = |kind, wanted: &str| model.get(&Key::new(kind, name, wanted)).map(|one| one.id);
    let policies = model.policies(name).map(|(pattern, entry, body)| {
        let via = body.via.iter().filter_map(|via| id_of(Kind::Connection, via));
        routing::Policy::new(entry.id, pattern, body.priority, &via.collect::<Vec<u32>>())
    });
    let carriers = model.carriers(name).map(|(carrier_name, entry, body)| {
        let tariff = body.tariff.as_deref().and_then(|tariff| id_of(Kind::Tariff, tariff));
        carrier(carrier_name, entry.id, body, tariff)
    });
    let connections = model.connections(name).map(|(connection_name, entry, body)| {
        let payer = body.manner.carrier.as_deref().and_then(|name| id_of(Kind::Carrier, name));
        connection(connection_name, entry.id, body, payer)
    });
    routing::Environment {
        id,
        name: name.to_owned(),
        domain: body.domain.clone(),
        smpp: body.smpp.clone(),
        sip: body.sip.clone(),
        digests: body.digest.iter().map(|word| digest(word)).collect(),
        accounts: model
            .accounts(name)
            .map(|(user, entry, body)| account(user, entry, body))
            .collect(),
        carriers: carriers.collect(),
        connections: connections.collect(),
        policies: PolicyTable::build(policies.collect()),
        tariffs: model.tariffs(name).map(|(name, entry, body)| tariff(name, entry, body)).collect(),
        ..routing::Environment::default()
    }
    .index()
}

fn account(user: &str, entry: &model::Entry, body: &model::Account) -> routing::Account {
    let numbers = body.numbers.iter().filter_map(|number| Number::parse(number.as_bytes()).ok());
    routing::Account {
        id: entry.id,
        user: user.to_owned(),
        numbers: numbers.map(Number::packed).collect(),
        ha1_md5: body.ha1_md5.array().unwrap_or_default(),
        ha1_sha256: body.ha1_sha256.array().unwrap_or_default(),
        messaging: body.messaging,
    }
}

fn carrier(name: &str, id: u32, body: &model::Carrier, tariff: Option<u32>) -> routing::Carrier {
    routing::Carrier {
        id,
        name: name.to_owned(),
        system_id: body.system_id.clone(),
        password: body.password.octets(),
        allow: body.allow.iter().filter_map(|cidr| Cidr::parse(cidr)).collect(),
        binds_max: body.binds,
        window: body.window,
        tps: body.tps,
        tariff,
        charge_on: charge_on(&body.charge_on),
        contract: agreed::contract(&body.contract, &body.dialect),
    }
}

fn digest(word: &str) -> Digest {
    if word == "md5" { Digest::Md5 } else { Digest::Sha256 }
}

fn charge_on(word: &str) -> ChargeOn {
    if word == "delivered" { ChargeOn::Delivered } else { ChargeOn::Accepted }
}

fn connection(
    name: &str,
    id: u32,
    body: &model::Connection,
    carrier: Option<u32>,
) -> routing::Connection {
    let kinds = [BindKind::Transceiver, BindKind::Transmitter, BindKind::Receiver];
    routing::Connection {
        id,
        name: name.to_owned(),
        remote: body.remote,
        local: body.local,
        system_id: body.system_id.clone(),
        password: body.password.octets(),
        system_type: body.system_type.clone(),
        bind: kinds.into_iter().find(|kind| kind.word() == body.bind).unwrap_or_default(),
        window: body.window,
        tps: body.tps,
        count_hops: body.count_hops,
        enabled: body.enabled,
        manner: agreed::manner(&body.manner, &body.dialect, carrier),
    }
}

fn tariff(name: &str, entry: &model::Entry, body: &model::Tariff) -> routing::Tariff {
    let rates = body.prices.iter().map(|(prefix, price_micros)| Rate {
        prefix: Number::parse(prefix.as_bytes()).map_or(0, Number::packed),
        price_micros: *price_micros,
    });
    routing::Tariff::new(entry.id, name, entry.version, &body.currency, rates.collect())
}

#[cfg(test)]
mod tests;
