//! What the tests of several rooms need: a small world, and journals of it.

use std::path::Path;

use routing::journal::{
    Attempt, BlockHeader, Cost, Outcome, Record, Refused, Via, VolumeHeader, begin_block,
    seal_block, volume_name,
};
use routing::{
    AckLevel, Address, Charge, Content, Ingress, MessageId, Refusal, Sms, State, Target,
};
use serde_json::{Value, json};

use crate::apply::{Change, apply};
use crate::fault::Outcome as Result;
use crate::generations::{Committed, Reason, commit};
use crate::model::{Key, Kind};
use crate::publish::Publisher;
use crate::seal::Seal;
use crate::store::{Place, Store, testing};

/// A store, a plan folder and a seal in a folder of their own.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) publisher: Publisher,
    pub(crate) seal: Seal,
    pub(crate) folder: tempfile::TempDir,
}

impl World {
    /// Nothing in it.
    pub(crate) fn empty() -> Self {
        Self::at(testing::fresh)
    }

    /// Nothing of its own in it: its store may be one that others use.
    pub(crate) fn at(place: impl FnOnce(&Path) -> Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, plans) = (folder.path().join("control"), folder.path().join("plan"));
        let store = Store::open(&data, &plans, place(&data)).unwrap();
        let publisher = Publisher::new(&folder.path().join("plan")).unwrap();
        let seal = Seal::open(&folder.path().join("seal.key")).unwrap();
        Self { store, publisher, seal, folder }
    }

    /// The environment of the story: TATA pays 0.01 for 1, 2 and 3; 222% leads to env2.
    pub(crate) fn story() -> Self {
        Self::empty().told()
    }

    /// The same in a world that has nothing yet.
    pub(crate) fn told(mut self) -> Self {
        let world = &mut self;
        let wishes = [
            json!({"kind": "environment", "name": "env1", "fields": {
                "domain": "env1.example", "smpp": ["127.0.0.2:2775"], "sip": ["127.0.0.2:5060"]}}),
            json!({"kind": "tariff", "env": "env1", "name": "TATA-in", "fields": {
                "currency": "USD", "prices": {"1": "0.01", "2": "0.01", "3": "0.01"}}}),
            json!({"kind": "carrier", "env": "env1", "name": "TATA", "fields": {
                "system_id": "tata", "password": "secret", "tariff": "TATA-in"}}),
            json!({"kind": "connection", "env": "env1", "name": "env2", "fields": {
                "remote": "127.0.0.3:2775", "system_id": "env1", "password": "secret"}}),
            json!({"kind": "policy", "env": "env1", "name": "222%", "fields": {"via": ["env2"]}}),
            json!({"kind": "account", "env": "env1", "name": "1111", "fields": {
                "password": "pw"}}),
        ];
        for mut wish in wishes {
            wish["verb"] = "add".into();
            world.draft(wish).unwrap();
        }
        world.commit("the story").unwrap();
        self
    }

    /// Drafts one change for the author `me`.
    pub(crate) fn draft(&mut self, wish: Value) -> Result<()> {
        self.draft_as("me", wish)
    }

    /// Drafts one change for an author.
    pub(crate) fn draft_as(&mut self, author: &str, wish: Value) -> Result<()> {
        let change: Change = serde_json::from_value(wish).unwrap();
        let applied = apply(&self.store.desk(author)?.candidate, &self.seal, change)?;
        self.store.draft(author, applied.key, applied.body, 1)
    }

    /// Drafts a file of rows as a table of env1, for the author `me`.
    pub(crate) fn import(&mut self, name: &str, text: &str, fields: Value) -> Result<()> {
        let tables = self.store.tables();
        let mut aside = tables.receive().unwrap();
        aside.write(text.as_bytes())?;
        let kind = Default::default();
        let mut content = tables.take_in(aside, kind, &crate::tables::Known::default())?;
        let key = Key::new(Kind::Table, "env1", name);
        self.store.identify_targets(&key, &mut content)?;
        let change = json!({"verb": "put", "kind": "table", "env": "env1", "name": name,
            "fields": fields});
        let change = Change { content: Some(content), ..serde_json::from_value(change).unwrap() };
        let applied = apply(&self.store.desk("me")?.candidate, &self.seal, change)?;
        self.store.draft("me", applied.key, applied.body, 1)
    }

    /// Commits the draft of `me`.
    pub(crate) fn commit(&mut self, message: &str) -> Result<Committed> {
        self.commit_as("me", message)
    }

    /// Commits the draft of an author.
    pub(crate) fn commit_as(&mut self, author: &str, message: &str) -> Result<Committed> {
        let (author, message) = (author.to_owned(), message.to_owned());
        let reason = Reason { author, message, force: true, ..Reason::default() };
        commit(&mut self.store, &self.publisher, reason)
    }

    /// The store, opened again as after a restart.
    pub(crate) fn reopened(self) -> Self {
        let Self { store, publisher, seal, folder } = self;
        let place = store.place().clone();
        drop(store);
        let (data, plans) = (folder.path().join("control"), folder.path().join("plan"));
        let store = Store::open(&data, &plans, place).unwrap();
        Self { store, publisher, seal, folder }
    }
}

/// 2024-01-15T10:30:00Z.
pub(crate) const NOON_NS: u64 = 1_705_314_600_000_000_000;

/// The nth Sms of TATA to a number, at 0.01 a piece.
pub(crate) fn sms(counter: u32, number: &str) -> Sms {
    let received_ns = NOON_NS + u64::from(counter) * 1_000_000;
    Sms {
        id: MessageId::new(received_ns / 1_000_000, 1, 0, counter),
        group: Default::default(),
        environment: 1,
        generation: 1,
        received_ns,
        accepted_ns: received_ns + 200_000,
        expires_ns: received_ns + 86_400_000_000_000,
        not_before_ns: 0,
        ack: AckLevel::Durable,
        ingress: tata(counter),
        source: Address::new(5, 0, b"AsiaCell").unwrap(),
        destination: Address::new(1, 1, number.as_bytes()).unwrap(),
        number: number.parse().unwrap(),
        service_type: [0; 5],
        esm_class: 0,
        protocol_id: 0,
        priority: 0,
        registered_delivery: 1,
        content: Content::Coded {
            data_coding: 0,
            alphabet: Default::default(),
            octets: b"hello".to_vec(),
        },
        tlvs: Vec::new(),
        rewritten: Default::default(),
        trace: Default::default(),
        journey: Default::default(),
        wanted: None,
        device: 0,
        target: if number.starts_with("222") {
            Target::Connection { policy: 1, connection: 1 }
        } else {
            Target::Account(1)
        },
        charge: Charge {
            tariff: 1,
            since_ns: 0,
            version: 7,
            prefix: number[..1].parse().ok(),
            price_micros: 10_000,
            units: 1,
            amount_micros: 10_000,
            hold: routing::Hold::Nothing,
            refund: routing::Refund::default(),
        },
    }
}

pub(crate) fn tata(sequence: u32) -> Ingress {
    Ingress::Smpp {
        carrier: 1,
        local: "127.0.0.2:2775".parse().unwrap(),
        peer: "127.0.0.1:40112".parse().unwrap(),
        link: 1,
        sequence,
    }
}

/// It was accepted, tried over SIP and ended in a state.
pub(crate) fn life(sms: Sms, state: State) -> Vec<Record> {
    let via = Via::Sip("127.0.0.1:5070".parse().unwrap());
    let (id, at_ns) = (sms.id, sms.accepted_ns);
    let delivered = state == State::Delivered;
    let code = if delivered { 0 } else { 404 };
    vec![
        Record::Accept(Box::new(sms)),
        Record::Attempt(Attempt {
            id,
            at_ns,
            attempt: 1,
            via,
            repeats: false,
            cost: Cost::default(),
        }),
        Record::Outcome(Outcome {
            id,
            at_ns: at_ns + 9_000_000,
            state,
            code,
            attempts: 1,
            via,
            doubled: false,
        }),
    ]
}

/// TATA asked for a number that nobody knows.
pub(crate) fn refused(counter: u32) -> Record {
    Record::Refused(Refused {
        at_ns: NOON_NS + u64::from(counter),
        environment: 1,
        ingress: tata(counter),
        source: Address::new(5, 0, b"AsiaCell").unwrap(),
        destination: Address::new(1, 1, b"999000").unwrap(),
        refusal: Refusal::NoRoute,
        code: 0x0B,
    })
}

/// A block with records.
pub(crate) fn block(sequence: u64, records: &[Record]) -> Vec<u8> {
    let mut octets = Vec::new();
    begin_block(&mut octets);
    records.iter().for_each(|record| record.encode(&mut octets));
    let count = u32::try_from(records.len()).unwrap();
    seal_block(&mut octets, BlockHeader { records: count, epoch: 1, sequence, at_ns: NOON_NS });
    octets
}

/// Writes a volume with these octets behind its header, and room behind them.
pub(crate) fn write_volume(shard_folder: &Path, number: u64, octets: &[u8]) {
    std::fs::create_dir_all(shard_folder).unwrap();
    let header =
        VolumeHeader { node: "env1".into(), shard: 0, epoch: 1, number, created_ns: NOON_NS };
    let mut volume = header.encode();
    volume.extend_from_slice(octets);
    volume.resize(volume.len() + 8192, 0);
    std::fs::write(shard_folder.join(volume_name(number)), volume).unwrap();
}
