//! The whole decision about an Sms: sender, number, account or policy, target, price.

use std::io;
use std::net::Ipv4Addr;

use ::routing::snapshot::{RowFile, RowsName, Snapshot, freeze};
use ::routing::{
    Account, Address, AllReady, Asked, BindKind, Carrier, ChargeOn, Connection, Contract, Decision,
    Environment, Manner, Number, Plan, Policy, PolicyTable, Question, Rate, Row, RowTable, Tariff,
};

use super::{Fleet, HugeOctets, Random};

/// An environment of full size and the numbers that a carrier submits to.
#[derive(Debug)]
pub struct Site {
    snapshot: Snapshot,
    numbers: Vec<Number>,
}

impl Site {
    /// So many rows in a table and so many accounts; of the numbers half are accounts', the
    /// others below a row.
    pub fn new(rows: usize, accounts: u32, questions: usize) -> io::Result<Self> {
        let (fleet, mut random) = (Fleet::new(rows, questions, 1), Random(5));
        let table = fleet.prefixes.iter().map(|prefix| {
            let way = random.below(u64::from(WAYS)) as u32;
            (Row::Prefix(*prefix), way)
        });
        let table = RowFile::freeze(RowsName::default(), &RowTable::build(table));
        let table = RowFile::open(HugeOctets::of(&table)?).map_err(io::Error::other)?;
        let ids: Vec<u32> = (1..=WAYS).collect();
        let policies = ids.iter().map(|id| Policy::new(*id, "@rows", 10, &[*id])).collect();
        let policies = PolicyTable::build(policies);
        let environment = Environment {
            name: "env1".to_owned(),
            domain: "env1.example".to_owned(),
            accounts: (1..=accounts).map(account).collect(),
            carriers: vec![carrier()],
            connections: ids.iter().map(|id| connection(*id)).collect(),
            policies: policies.with_table(0, &ids),
            tariffs: vec![tariff(&fleet)],
            ..Environment::default()
        };
        let environments = vec![environment.index()];
        let plan = Plan { environments, tables: vec![table.name()], ..Plan::default() };
        let octets = HugeOctets::of(&freeze(&plan))?;
        drop(plan);
        let snapshot = Snapshot::open(octets, |_| Some(table.clone())).map_err(io::Error::other)?;
        let numbers = fleet.questions.iter().map(|question| match random.below(2) {
            0 => number_of(1 + random.below(u64::from(accounts)) as u32),
            _ => question.number,
        });
        Ok(Self { numbers: numbers.collect(), snapshot })
    }

    /// Decides about every number; adds up what was decided, so that no work can be left out.
    pub fn decide_all(&self) -> u64 {
        let source = Address::new(5, 0, b"AsiaCell").expect("eight letters fit");
        self.numbers.iter().map(|number| self.decide(source, *number)).sum()
    }

    fn decide(&self, source: Address, number: Number) -> u64 {
        let environment = &self.snapshot.plan().environments[0];
        let tariff = environment.carrier(CARRIER).and_then(|carrier| carrier.tariff.as_ref());
        let tariff = tariff.and_then(|tariff| environment.tariff(tariff.to_native()));
        let asked = Asked { number, calling: &source, at_ns: 1 };
        let charge = tariff.and_then(|tariff| tariff.charge(&asked, 1));
        let sale = charge.zip(tariff.map(|tariff| tariff.currency.as_str()));
        let question =
            Question { carrier: Some(CARRIER), source, sale, ..Question::plain(number, 1) };
        let files = self.snapshot.tables();
        let chosen = match environment.choose(files, &question, &AllReady, &mut ()).decision {
            Decision::Account(account) => account,
            Decision::Connection { connection, .. } => connection.id.to_native(),
            Decision::Refused { refusal, .. } => refusal as u32,
        };
        u64::from(chosen) + charge.map_or(0, |charge| charge.amount_micros.unsigned_abs())
    }
}

fn account(id: u32) -> Account {
    Account {
        id,
        user: number_of(id).to_string(),
        numbers: vec![number_of(id).packed()],
        ha1_md5: [0; 16],
        ha1_sha256: [0; 32],
        messaging: true,
        devices: Default::default(),
    }
}

/// Twelve digits that look random, for each account others.
fn number_of(account: u32) -> Number {
    let digits = u64::from(account) * 6_180_339_887 % TEN_DIGITS;
    Number::from_packed(199 * TEN_DIGITS + digits).expect("twelve digits are a number")
}

fn carrier() -> Carrier {
    Carrier {
        id: CARRIER,
        name: "TATA".to_owned(),
        system_id: "tata".to_owned(),
        password: Vec::new(),
        allow: Vec::new(),
        binds_max: 1,
        window: 1,
        tps: 0,
        tariff: Some(TARIFF),
        charge_on: ChargeOn::Accepted,
        contract: Contract::default(),
    }
}

fn connection(id: u32) -> Connection {
    Connection {
        id,
        name: format!("way{id}"),
        remote: (Ipv4Addr::LOCALHOST, 2775).into(),
        local: None,
        system_id: "us".to_owned(),
        password: Vec::new(),
        system_type: String::new(),
        bind: BindKind::Transceiver,
        window: 1,
        tps: 0,
        count_hops: false,
        enabled: true,
        manner: Manner::default(),
        protocol: Default::default(),
    }
}

/// Prices by country and by some operators, and one for the rest.
fn tariff(fleet: &Fleet) -> Tariff {
    let step = (fleet.prefixes.len() / RATES).max(1);
    let prefixes = fleet.prefixes.iter().step_by(step).filter_map(|number| number.prefix(5));
    let mut prefixes: Vec<u64> = prefixes.map(Number::packed).collect();
    prefixes.dedup();
    prefixes.push(0);
    let rate = |prefix: u64| Rate { prefix, price_micros: 10_000 + (prefix % 1000) as i64 };
    Tariff::new(TARIFF, "in", 1, "USD", prefixes.into_iter().map(rate).collect())
}

const WAYS: u32 = 8;
const CARRIER: u32 = 1;
const TARIFF: u32 = 1;
const RATES: usize = 2000;
const TEN_DIGITS: u64 = 10_000_000_000;
