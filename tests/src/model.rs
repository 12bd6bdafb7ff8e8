//! A site to play with: two environments on two nodes, and the plan that makes them one.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use routing::snapshot::Snapshot;
use routing::{
    Account, BindKind, Carrier, ChargeOn, Cidr, Connection, Environment, Hop, Number, Plan, Policy,
    PolicyTable, Protocol, Rate, Tariff, Transport, Trunk,
};
use shard::{Adopted, Secrets};
use sip::digest::Ha1;

/// A plan in the making, with the passwords in the clear.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// What is published.
    pub plan: Plan,
    /// By carrier.
    pub carriers: Vec<(u32, Vec<u8>)>,
    /// By connection.
    pub connections: Vec<(u32, Vec<u8>)>,
    /// Of outbinds, by the carrier that hears it.
    pub carrier_outbinds: Vec<(u32, Vec<u8>)>,
    /// Of outbinds, by the connection whose peer says it.
    pub connection_outbinds: Vec<(u32, Vec<u8>)>,
}

impl Site {
    /// env1 with TATA, C1 and four accounts, env2 with two accounts, joined by a connection in
    /// each direction; `333%` goes to an SMSC of somebody else.
    pub fn standard() -> Self {
        let mut site = Self::default();
        let mut env1 = environment(1, "env1", ENV1_SMPP, ENV1_SIP);
        let accounts = [(101, "1111"), (102, "1112"), (103, "1113"), (104, "1114")];
        env1.accounts = accounts.map(|(id, user)| account(id, user, "env1")).to_vec();
        env1.carriers =
            vec![site.carrier(201, "tata", Some(401)), site.carrier(202, "c1", Some(401))];
        env1.carriers.push(site.carrier(203, "env2", None));
        env1.connections = vec![
            site.connection(301, "env2", ENV2_SMPP, "env1"),
            site.connection(302, "smsc", SMSC, "env1"),
        ];
        let policies = vec![policy(501, "222%", 301), policy(502, "333%", 302)];
        env1.policies = PolicyTable::build(policies);
        let every = Rate { prefix: 0, price_micros: PRICE };
        env1.tariffs = vec![Tariff::new(401, "TATA-in", 1, "USD", vec![every])];
        let mut env2 = environment(2, "env2", ENV2_SMPP, ENV2_SIP);
        env2.accounts = vec![account(111, "2222", "env2"), account(112, "2223", "env2")];
        env2.carriers = vec![site.carrier(211, "env1", None)];
        env2.connections = vec![site.connection(311, "env1", ENV1_SMPP, "env2")];
        env2.policies = PolicyTable::build(vec![policy(511, "111%", 311)]);
        site.plan.environments = vec![env1, env2];
        site.publish()
    }

    /// The next generation of the plan.
    pub fn publish(mut self) -> Self {
        self.plan.generation += 1;
        let environments = std::mem::take(&mut self.plan.environments);
        self.plan.environments = environments.into_iter().map(Environment::index).collect();
        self
    }

    /// The environment of a name.
    pub fn environment(&mut self, name: &str) -> &mut Environment {
        let mut all = self.plan.environments.iter_mut();
        all.find(|environment| environment.name == name).expect("a name of the standard site")
    }

    /// The carrier of a system_id in env1.
    pub fn carrier_of(&mut self, system_id: &str) -> &mut Carrier {
        let mut all = self.environment("env1").carriers.iter_mut();
        all.find(|carrier| carrier.system_id == system_id).expect("a carrier of env1")
    }

    /// What the shards are given.
    pub fn adopted(&self) -> Adopted {
        let secrets = Secrets {
            carriers: self.carriers.iter().cloned().collect(),
            connections: self.connections.iter().cloned().collect(),
            carrier_outbinds: self.carrier_outbinds.iter().cloned().collect(),
            connection_outbinds: self.connection_outbinds.iter().cloned().collect(),
        };
        Adopted { snapshot: Snapshot::of(&self.plan), secrets: Arc::new(secrets) }
    }

    fn carrier(&mut self, id: u32, system_id: &str, tariff: Option<u32>) -> Carrier {
        self.carriers.push((id, PASSWORD.as_bytes().to_vec()));
        Carrier {
            id,
            name: system_id.to_uppercase(),
            system_id: system_id.to_owned(),
            password: Vec::new(),
            allow: vec![Cidr::parse("127.0.0.0/8").expect("a block of addresses")],
            binds_max: 8,
            window: 10,
            tps: 0,
            tariff,
            charge_on: ChargeOn::Accepted,
            contract: Default::default(),
        }
    }

    /// A connection and its password.
    pub fn connection(&mut self, id: u32, name: &str, remote: &str, system_id: &str) -> Connection {
        self.connections.push((id, PASSWORD.as_bytes().to_vec()));
        Connection {
            id,
            name: name.to_owned(),
            remote: address(remote),
            local: None,
            system_id: system_id.to_owned(),
            password: Vec::new(),
            system_type: String::new(),
            bind: BindKind::Transceiver,
            window: 10,
            tps: 0,
            count_hops: true,
            enabled: true,
            manner: Default::default(),
            protocol: Default::default(),
        }
    }
}

/// A trunk of a gateway at these transports, the favourite first, each at its own priority.
pub fn trunk(transports: &[Transport]) -> Protocol {
    let hop = |(priority, transport): (u16, &Transport)| Hop {
        address: address(GATEWAY),
        transport: *transport,
        name: String::new(),
        priority,
        weight: 0,
    };
    Protocol::Sip(Box::new(Trunk {
        places: Vec::new(),
        hops: (0..).zip(transports).map(hop).collect(),
        host: "gw.example".to_owned(),
        domain: String::new(),
        username: "us".to_owned(),
        plus: true,
        probe_ms: 30_000,
        register_secs: 0,
        sources: Vec::new(),
        registrar: false,
    }))
}

/// A policy of one connection.
pub fn policy(id: u32, pattern: &str, connection: u32) -> Policy {
    Policy::new(id, pattern, 10, &[connection])
}

/// An account whose only number is its user part.
pub fn account(id: u32, user: &str, environment: &str) -> Account {
    let ha1 = Ha1::of(user, &domain(environment), PASSWORD);
    let number = Number::parse(user.as_bytes()).expect("users of this site are digits");
    Account {
        id,
        user: user.to_owned(),
        numbers: vec![number.packed()],
        ha1_md5: ha1.md5,
        ha1_sha256: ha1.sha256,
        messaging: true,
        devices: Default::default(),
    }
}

fn environment(id: u32, name: &str, smpp: &str, sip: &str) -> Environment {
    Environment {
        id,
        name: name.to_owned(),
        domain: domain(name),
        smpp: vec![address(smpp)],
        sip: vec![address(sip)],
        ..Environment::default()
    }
}

/// The SIP domain of an environment.
pub fn domain(environment: &str) -> String {
    format!("{environment}.example")
}

/// An address that is written right.
pub fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address and a port")
}

/// An IP address that is written right.
pub fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Everybody's password.
pub const PASSWORD: &str = "secret";
/// What one Sms costs a carrier with a tariff, in micros.
pub const PRICE: i64 = 10_000;
/// The SMPP entry of env1.
pub const ENV1_SMPP: &str = "127.0.0.2:2775";
/// The SIP entry of env1.
pub const ENV1_SIP: &str = "127.0.0.2:5060";
/// The SMPP entry of env2.
pub const ENV2_SMPP: &str = "127.0.0.3:2775";
/// The SIP entry of env2.
pub const ENV2_SIP: &str = "127.0.0.3:5060";
/// Where the other end of a trunk is.
pub const GATEWAY: &str = "127.0.0.8:5060";
/// Where somebody else's SMSC listens.
pub const SMSC: &str = "127.0.0.9:2775";
