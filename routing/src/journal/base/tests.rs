use proptest::prelude::*;

use super::*;
use crate::journal::record::tests::sms;
use crate::journal::{
    Ack, Attempt, BlockHeader, ContactRow, Contacts, Cost, Doubt, Flight, Left, Moved, Orphan,
    Outcome, Record, Restored, Taken, Via, begin_block, seal_block,
};
use crate::{AckLevel, Address, Ingress, MessageId, Sms, State, Transport};

const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_800_000_000 * SECOND;
const SHARDS: usize = 3;

/// What may happen to one Sms, in seconds after the step before.
#[derive(Clone, Debug)]
struct Life {
    begin: u64,
    owner: usize,
    asked_by: usize,
    from_app: bool,
    wants_receipt: bool,
    ack: u8,
    doubted: Option<u64>,
    attempts: u16,
    taken: bool,
    moves: Vec<(usize, u64)>,
    ended: Option<u64>,
    acked: Option<u64>,
}

fn life() -> impl Strategy<Value = Life> {
    let who = (0..3 * DAY, 0..SHARDS, 0..SHARDS, any::<bool>(), any::<bool>(), 0u8..3);
    let moves = prop::collection::vec((0..SHARDS, 0u64..20), 0..3);
    let after = || prop::option::weighted(0.7, 0u64..100);
    (who, after(), 0u16..3, any::<bool>(), moves, after(), after()).prop_map(
        |(who, doubted, attempts, taken, moves, ended, acked)| {
            let (begin, owner, asked_by, from_app, wants_receipt, ack) = who;
            Life {
                begin,
                owner,
                asked_by,
                from_app,
                wants_receipt,
                ack,
                doubted,
                attempts,
                taken,
                moves,
                ended,
                acked,
            }
        },
    )
}

/// An entry of a shard's journal: when, where, what.
type Entry = (u64, usize, Record);

impl Life {
    fn sms(&self, counter: u32) -> Sms {
        let mut sms = sms(counter);
        sms.accepted_ns = BEGIN + self.begin * SECOND;
        sms.registered_delivery = self.wants_receipt.into();
        sms.ack = [AckLevel::Durable, AckLevel::Memory, AckLevel::Delivered][self.ack as usize];
        if self.from_app {
            let address = "127.0.0.1:5060".parse().unwrap();
            let (call_id, transaction) = ("a@b".into(), [7; 16]);
            sms.ingress =
                Ingress::Sip { account: 3, local: address, peer: address, call_id, transaction };
        }
        sms
    }

    /// Its records; of an owner's, in order.
    fn entries(&self, counter: u32) -> Vec<Entry> {
        let mut sms = self.sms(counter);
        let (id, mut at_ns, mut owner) = (sms.id, sms.accepted_ns, self.owner);
        let mut entries = vec![(at_ns, owner, Record::Accept(Box::new(sms.clone())))];
        if let Some(after) = self.doubted {
            let at_ns = at_ns + after * SECOND;
            let (shard, shards) = (self.asked_by as u8, SHARDS as u8);
            let likeness = counter.into();
            let doubt = Doubt { id, at_ns, likeness, shard, shards };
            entries.push((at_ns, self.asked_by, Record::Doubt(doubt)));
        }
        for attempt in 1..=self.attempts {
            at_ns += SECOND;
            let (via, repeats, cost) = (Via::Nothing, false, Cost::default());
            let attempt = Attempt { id, at_ns, attempt, via, repeats, cost };
            entries.push((at_ns, owner, Record::Attempt(attempt)));
        }
        for (next, after) in self.moves.iter().filter(|(next, _)| *next != self.owner) {
            at_ns += after * SECOND;
            sms.journey = sms.journey.onwards(1, self.attempts);
            let moved = Box::new(Moved { at_ns, sms: sms.clone() });
            entries.push((at_ns, *next, Record::Moved(moved)));
            let moves = sms.journey.moves;
            entries.push((at_ns + 1, owner, Record::Left(Left { id, at_ns, moves })));
            owner = *next;
        }
        if self.taken {
            let taken = Taken { id, at_ns, peer_id: vec![b'7'] };
            entries.push((at_ns + 2, owner, Record::Taken(taken)));
        }
        if let Some(after) = self.ended {
            at_ns += 2 + after * SECOND;
            let (state, via, code) = (State::Delivered, Via::Nothing, 0);
            let outcome =
                Outcome { id, at_ns, state, code, attempts: self.attempts, via, doubled: false };
            entries.push((at_ns, owner, Record::Outcome(outcome)));
            if let (Some(after), true) = (self.acked, self.wants_receipt) {
                let ack = Ack { id, at_ns: at_ns + after * SECOND, end: Default::default() };
                entries.push((ack.at_ns, owner, Record::Ack(ack)));
            }
        }
        entries
    }
}

fn contacts(at: u64, account: u32, count: u32) -> Contacts {
    let address = "127.0.0.1:5070".parse().unwrap();
    let row = |number| ContactRow {
        uri: format!("sip:{number}@host"),
        local: address,
        transport: Transport::Udp,
        source: address,
        call_id: "c".into(),
        cseq: number,
        expires_ns: BEGIN + at * SECOND + 3600 * SECOND,
        q: 1000,
        instance: String::new(),
        reg_id: 0,
        path: String::new(),
        abilities: 0,
    };
    let rows = (0..count).map(row).collect();
    Contacts { at_ns: BEGIN + at * SECOND, environment: 1, account, rows, ..Default::default() }
}

/// A receipt that was answered before its Sms was known, and when the Sms was found.
fn orphan(at_ns: u64, name: u64, claimed_ns: Option<u64>) -> Record {
    let (environment, connection, reference, code) = (1, 2, None, 0);
    let (source, state) = (Address::new(1, 1, b"3331").unwrap(), State::Delivered);
    Record::Orphan(Orphan {
        at_ns,
        environment,
        connection,
        name,
        source,
        reference,
        state,
        code,
        claimed_ns,
    })
}

fn finish(records: impl IntoIterator<Item = Record>) -> Restored {
    let mut recovery = Recovery::default();
    records.into_iter().for_each(|record| recovery.handle(record));
    sorted_out(recovery)
}

/// What is known in the end. Of tries of an earlier owner the journey tells; whether their records
/// are there, too, depends on where they are read, and makes no difference.
fn sorted_out(recovery: Recovery) -> Restored {
    let mut restored = recovery.finish(5 * SECOND);
    for Flight { sms, attempt, .. } in &mut restored.flights {
        attempt.take_if(|attempt| sms.journey.moves > 0 && attempt.attempt <= sms.journey.attempts);
    }
    restored
}

/// The octets of a base, a block for each few records.
fn base(header: &BaseHeader, records: &[Record]) -> Vec<u8> {
    let mut blocks = Vec::new();
    let mut count = 0;
    for (sequence, some) in (1..).zip(records.chunks(5)) {
        let mut block = Vec::new();
        begin_block(&mut block);
        some.iter().for_each(|record| record.encode(&mut block));
        let records = some.len() as u32;
        seal_block(&mut block, BlockHeader { records, epoch: 1, sequence, at_ns: 1 });
        blocks.extend(block);
        count += 1;
    }
    let header = BaseHeader { blocks: count, ..header.clone() };
    [header.encode(), blocks].concat()
}

fn header(last_ns: u64) -> BaseHeader {
    let row = |shard| Covered { shard, volume: 3 + u64::from(shard), sequence: 900 };
    let covered = (0..SHARDS as u8).map(row).collect();
    BaseHeader { node: "env1".to_owned(), number: 7, epoch: 2, last_ns, blocks: 0, covered }
}

proptest! {
    /// A base and the rest say what the whole journal says, wherever each shard was cut.
    #[test]
    fn a_base_and_what_came_after_it_are_the_whole_journal(
        lives in prop::collection::vec(life(), 1..30),
        registered in prop::collection::vec((0..3 * DAY, 0..SHARDS, 0u32..4, 0u32..3), 0..8),
        orphans in prop::collection::vec(
            (0u64..150, 0..SHARDS, 0..SHARDS, 0u64..3, prop::option::of(0u64..100)),
            0..8,
        ),
        crash in 0..4 * DAY,
        cut in 0..4 * DAY,
        lags in prop::collection::vec(0u64..3600, SHARDS),
    ) {
        let mut entries: Vec<Entry> =
            (0..).zip(&lives).flat_map(|(counter, life)| life.entries(counter)).collect();
        entries.extend(registered.iter().map(|&(at, shard, account, count)| {
            (BEGIN + at * SECOND, shard, Record::Contacts(contacts(at, account, count)))
        }));
        for (before, shard, next, name, claimed) in orphans {
            let at_ns = BEGIN + crash.saturating_sub(before) * SECOND;
            entries.push((at_ns, shard, orphan(at_ns, name, None)));
            if let Some(claimed_ns) = claimed.map(|after| at_ns + after * SECOND) {
                entries.push((claimed_ns, next, orphan(at_ns, name, Some(claimed_ns))));
            }
        }
        entries.retain(|(at_ns, ..)| *at_ns < BEGIN + crash * SECOND);
        entries.sort_by_key(|(at_ns, shard, _)| (*shard, *at_ns));
        let is_old = |(at_ns, shard, _): &Entry| {
            *at_ns < BEGIN + cut.saturating_sub(lags[*shard]) * SECOND
        };
        let (old, new): (Vec<Entry>, Vec<Entry>) = entries.iter().cloned().partition(is_old);
        let whole = finish(entries.into_iter().map(|(.., record)| record));

        let mut recovery = Recovery::default();
        old.into_iter().for_each(|(.., record)| recovery.handle(record));
        let last_ns = recovery.last_ns();
        let carried: Vec<Record> = recovery.carry().map(Record::from).collect();
        let (_, mut recovery) = read_base(&base(&header(last_ns), &carried)).unwrap();
        new.into_iter().for_each(|(.., record)| recovery.handle(record));
        prop_assert_eq!(sorted_out(recovery), whole);
    }
}

/// A base of a base says the same, and what ended long ago is in neither.
#[test]
fn a_base_forgets_what_nobody_will_ask_for() {
    let life = |begin, ended| Life {
        begin,
        owner: 0,
        asked_by: 1,
        from_app: false,
        wants_receipt: false,
        ack: 0,
        doubted: Some(1),
        attempts: 1,
        taken: true,
        moves: vec![(1, 1)],
        ended,
        acked: None,
    };
    let lives = [life(0, Some(1)), life(DAY + 3600, Some(1)), life(0, None), life(2 * DAY, None)];
    let entries = (0..).zip(&lives).flat_map(|(counter, life)| life.entries(counter));
    let mut recovery = Recovery::default();
    entries.for_each(|(.., record)| recovery.handle(record));
    let last_ns = recovery.last_ns();
    let once: Vec<Record> = recovery.carry().map(Record::from).collect();
    let ids = |records: &[Record]| -> Vec<MessageId> {
        let accepted = records.iter().filter_map(|record| match record {
            Record::Accept(sms) => Some(sms.id),
            _ => None,
        });
        accepted.collect()
    };
    let open = [2, 3].map(|counter| sms(counter).id);
    assert_eq!(ids(&once), open);
    let (_, again) = read_base(&base(&header(last_ns), &once)).unwrap();
    assert_eq!(again.carry().map(Record::from).collect::<Vec<_>>(), once);
}

/// Every octet changed, every length cut: refused, unless it is padding and says the same.
#[test]
fn a_base_that_is_not_as_it_was_written_is_refused() {
    let records: Vec<Record> =
        (1..8).map(|counter| Record::Accept(Box::new(sms(counter)))).collect();
    let octets = base(&header(1), &records);
    let used = octets.iter().take(BASE_HEADER_LEN).rposition(|octet| *octet != 0).unwrap() + 1;
    let changed = (0..used).chain(BASE_HEADER_LEN..octets.len()).map(|at| {
        let mut changed = octets.clone();
        changed[at] ^= 0x10;
        changed
    });
    let cut = (0..octets.len()).step_by(7).map(|len| octets[..len].to_vec());
    let (mut refused, mut padding) = (0, 0);
    for wrong in changed.chain(cut) {
        match read_base(&wrong) {
            Err(_) => refused += 1,
            Ok((_, same)) => {
                padding += 1;
                assert_eq!(same.carry().map(Record::from).collect::<Vec<_>>(), records);
            }
        }
    }
    assert!(refused > 1000 && padding < 16, "{refused} refused, {padding} padding");
    let (read, _) = read_base(&octets).unwrap();
    assert_eq!(read.covers(1), Covered { shard: 1, volume: 4, sequence: 900 });
    assert_eq!(read.covers(9), Covered { shard: 9, volume: 0, sequence: 0 });
}

/// Seconds.
const DAY: u64 = 86_400;
