//! The journals that are still there, read again from their first volume, against the records.

use routing::journal::Outcome as Ending;
use routing::{MessageId, Sms};

use super::Verified;
use crate::clock;
use crate::config::Node;
use crate::fault::{Fault, Outcome};
use crate::harvest::{ShardReader, shards};
use crate::store::{Batch, Cursor, Db, given};

/// Compares every message that a journal tells of with its record. Volumes that were harvested
/// and deleted are told of by records alone.
pub(super) fn compare(db: &Db, nodes: &[Node], found: &mut Verified) -> Outcome<()> {
    let mut count = 0;
    for node in nodes {
        for (shard, folder) in shards(node) {
            let sql = "SELECT volume, octet FROM cursor WHERE node = ?1 AND shard = ?2";
            let place =
                db.one(sql, given![&node.name, shard], |row| Ok((row.get(0)?, row.get(1)?)));
            // What is not harvested yet has no records.
            let Some(harvested) = place? else { continue };
            let cursor = Cursor { node: node.name.clone(), shard, ..Cursor::default() };
            let mut reader = ShardReader::new(folder, cursor);
            let begun_ns = clock::unix_ns();
            loop {
                let read = reader.read().map_err(|error| {
                    Fault::failed(format!("journal of {} {shard}: {error}", node.name))
                })?;
                let Some(read) = read else { break };
                let at: (u64, u64) = (read.batch.cursor.volume, read.batch.cursor.offset);
                if at > harvested {
                    break;
                }
                count += batch(db, &read.batch, found)?;
                if at == harvested || read.at_ns >= begun_ns {
                    break;
                }
            }
        }
    }
    found.journaled = Some(count);
    Ok(())
}

fn batch(db: &Db, batch: &Batch, found: &mut Verified) -> Outcome<u64> {
    for (id, happened) in &batch.messages {
        if let Some(sms) = &happened.sms {
            accepted(db, *id, sms, found)?;
        }
        if let Some(ending) = &happened.ending {
            ended(db, *id, ending, found)?;
        }
    }
    Ok(batch.messages.len() as u64)
}

/// Its record says what was agreed when it was accepted.
fn accepted(db: &Db, id: MessageId, sms: &Sms, found: &mut Verified) -> Outcome<()> {
    let sql = "SELECT received_ns, coalesce(carrier, 0), coalesce(tariff, 0),
            coalesce(tariff_version, 0), price_micros, units, charge_micros,
            coalesce(refund_on, 0)
         FROM cdr WHERE id = ?1 AND received_ns IS NOT NULL";
    let cells = |row: &crate::store::Row<'_>| -> Outcome<[i64; 8]> {
        let mut cells = [0; 8];
        for (at, cell) in cells.iter_mut().enumerate() {
            *cell = row.get(at)?;
        }
        Ok(cells)
    };
    let Some(record) = db.one(sql, given![id.to_string()], cells)? else {
        found.fault(format!("{id}: the journal has it, and no record has"));
        return Ok(());
    };
    let charge = &sms.charge;
    let priced = charge.tariff != 0;
    let version = if priced { i64::from(charge.version) } else { 0 };
    let journal = [
        sms.received_ns as i64,
        record[1],
        i64::from(charge.tariff),
        version,
        charge.price_micros,
        i64::from(charge.units),
        charge.amount_micros,
        if priced { i64::from(charge.refund.number()) } else { 0 },
    ];
    if journal != record {
        found.fault(format!("{id}: the journal says {journal:?}, the record {record:?}"));
    }
    Ok(())
}

/// Its record says how it ended first; a closed one what was known when it was closed.
fn ended(db: &Db, id: MessageId, ending: &Ending, found: &mut Verified) -> Outcome<()> {
    let sql = "SELECT final_ns, state, folio IS NOT NULL FROM cdr WHERE id = ?1";
    let cells = |row: &crate::store::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let record: Option<(Option<u64>, Option<u8>, bool)> =
        db.one(sql, given![id.to_string()], cells)?;
    let Some((Some(at_ns), state, closed)) = record else {
        found.fault(format!("{id}: the journal has its end, and no record has"));
        return Ok(());
    };
    let same = at_ns == ending.at_ns && state == Some(ending.state as u8);
    if !same && at_ns >= ending.at_ns && !closed {
        found.fault(format!("{id}: the journal says it ended otherwise than its record"));
    }
    Ok(())
}
