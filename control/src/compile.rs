//! From the model to the plan that shards obey.

mod agreed;
mod routes;
mod tariffs;
mod trunk;

use std::num::NonZero;
use std::thread;

use routing::snapshot::{RowsName, Snapshot};
use routing::{BindKind, ChargeOn, Cidr, Digest, Number, Plan};

use crate::fault::{Fault, Outcome};
use crate::model::{self, Key, Kind, Model};
use crate::tables::Tables;

/// Compiles a model that was checked. The same model gives the same plan; it fails if a file of
/// rows that the model names cannot be read.
pub fn compile(model: &Model, tables: &Tables, generation: u64, made_ns: u64) -> Outcome<Plan> {
    let mut named = Vec::new();
    let one = |(name, entry, body): (&str, &model::Entry, &model::Environment)| {
        let ids = Ids { model, env: name };
        let policies = routes::policies(&ids, tables, &mut named)?;
        let tariffs =
            model.tariffs(name).map(|(name, entry, body)| tariffs::tariff(name, entry, body));
        let tariffs = tariffs.collect::<Outcome<_>>()?;
        let environment = environment(&ids, entry.id, body);
        Ok(routing::Environment { policies, tariffs, ..environment }.index())
    };
    let environments = model.environments().map(one).collect::<Outcome<_>>()?;
    Ok(Plan { generation, made_ns, environments, tables: named })
}

/// Compiles a model to ask it: the plan that shards would obey.
pub fn snapshot(model: &Model, tables: &Tables, generation: u64) -> Outcome<Snapshot> {
    opened(&compile(model, tables, generation, 0)?, tables)
}

/// Opens a plan as a shard would.
pub(crate) fn opened(plan: &Plan, tables: &Tables) -> Outcome<Snapshot> {
    let opened = Snapshot::with_rows(plan, |name: RowsName| tables.find(name));
    opened.map_err(|error| Fault::failed(format!("the plan does not hold together: {error}")))
}

/// All of an environment but its policies and tariffs.
fn environment(ids: &Ids<'_>, id: u32, body: &model::Environment) -> routing::Environment {
    let Ids { model, env: name } = *ids;
    let lists = model.lists(name).map(|(name, entry, body)| {
        routing::NumberList::new(entry.id, name, body.entries.iter().map(String::as_str))
    });
    let carriers = model.carriers(name).map(|(carrier_name, entry, body)| {
        let tariff = body.tariff.as_deref().and_then(|tariff| ids.of(Kind::Tariff, tariff));
        routing::Carrier {
            contract: routing::Contract {
                screens: routes::screens(ids, &body.contract.screens),
                rewrites: routes::rewrites(&body.contract.rewrites),
                ..agreed::contract(&body.contract, &body.dialect)
            },
            ..carrier(carrier_name, entry.id, body, tariff)
        }
    });
    let connections = model.connections(name).map(|(connection_name, entry, body)| {
        let payer = body.manner.carrier.as_deref().and_then(|name| ids.of(Kind::Carrier, name));
        let manner = routing::Manner {
            cost: body.manner.cost.as_deref().and_then(|cost| ids.of(Kind::Tariff, cost)),
            rewrites: routes::rewrites(&body.manner.rewrites),
            leads_to: body.manner.leads_to.as_deref().map_or(0, routing::mark),
            ..agreed::manner(&body.manner, &body.dialect, payer)
        };
        connection(connection_name, entry.id, body, manner)
    });
    routing::Environment {
        id,
        name: name.to_owned(),
        domain: body.domain.clone(),
        smpp: body.smpp.clone(),
        sip: body.sip.clone(),
        digests: body.digest.iter().map(|word| digest(word)).collect(),
        expires: routing::Expires { min_secs: body.expires_min, max_secs: body.expires_max },
        accounts: accounts(model, name),
        carriers: carriers.collect(),
        connections: connections.collect(),
        lists: lists.collect(),
        screens: routes::screens(ids, &body.screens),
        ..routing::Environment::default()
    }
}

/// The accounts of an environment; of a million each core makes its share.
fn accounts(model: &Model, env: &str) -> Vec<routing::Account> {
    let all: Vec<_> = model.accounts(env).collect();
    let made = |some: &[(&str, &model::Entry, &model::Account)]| {
        let one = |(user, entry, body): &(&str, &model::Entry, &model::Account)| routing::Account {
            messaging: model.has_messaging(env, body),
            ..account(user, entry, body)
        };
        some.iter().map(one).collect::<Vec<_>>()
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = all.len().div_ceil(cores).max(SHARE_MIN);
    thread::scope(|scope| {
        let shares: Vec<_> = all.chunks(share).map(|some| scope.spawn(|| made(some))).collect();
        let done = shares.into_iter().map(|share| share.join());
        done.flat_map(|share| share.expect("making an account does not panic")).collect()
    })
}

/// Fewer accounts are made before a thread is.
const SHARE_MIN: usize = 10_000;

/// From names to ids, in one environment.
struct Ids<'a> {
    model: &'a Model,
    env: &'a str,
}

impl Ids<'_> {
    fn of(&self, kind: Kind, name: &str) -> Option<u32> {
        self.model.get(&Key::new(kind, self.env, name)).map(|one| one.id)
    }
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
        devices: body.devices.0,
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
        contract: routing::Contract::default(),
    }
}

fn digest(word: &str) -> Digest {
    if word == "md5" { Digest::Md5 } else { Digest::Sha256 }
}

fn charge_on(word: &str) -> ChargeOn {
    match word {
        "delivered" => ChargeOn::Delivered,
        "submitted" => ChargeOn::Submitted,
        _ => ChargeOn::Accepted,
    }
}

fn connection(
    name: &str,
    id: u32,
    body: &model::Connection,
    manner: routing::Manner,
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
        manner,
        protocol: trunk::protocol(&body.trunk),
    }
}

#[cfg(test)]
mod tests;
