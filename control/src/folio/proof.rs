//! The proof that a record is in a folio, for whoever has the public key.

use std::fmt::Write;

use super::bind::leaf_of;
use super::record::{one, records};
use super::text::{Whose, json_line};
use super::tree::{Side, path};
use crate::fault::{Code, Fault, Outcome};
use crate::store::{Db, Stage, folios, handovers};

/// The proof as a text: the record as its sender may see it, the way from it to the root, the
/// head with the root in it, the signature, and the keys that handed over. `prove.py` checks it to
/// the octet.
pub fn prove(db: &Db, id: &str) -> Outcome<String> {
    let missing = || Fault::not_found(format!("no closed record has the id {id}"));
    let Some(record) = one(db, id)? else {
        let known = db.one("SELECT 1 FROM cdr WHERE id = ?1", crate::store::given![id], |row| {
            row.get::<_, i64>(0)
        })?;
        return Err(match known {
            None => missing(),
            Some(_) => Fault::new(Code::NotFound, format!("the record of {id} is not closed yet"))
                .cure("ask again when its hour is over: docs/cdr.md"),
        });
    };
    let sql = "SELECT folio FROM cdr WHERE id = ?1";
    let number: Option<u64> = db.one(sql, crate::store::given![id], |row| row.get(0))?;
    let folio = folios(db, &format!("WHERE number = {}", number.unwrap_or_default()))?.pop();
    let folio = folio.filter(|folio| folio.stage >= Stage::Bound).ok_or_else(missing)?;
    let (Some(head), Some(signature)) = (folio.head, folio.signature) else {
        return Err(missing());
    };
    let (mut leaves, mut index, mut line) = (Vec::new(), None, String::new());
    records(db, folio.number, |other| {
        if other.id == record.id {
            index = Some(leaves.len());
        }
        leaves.push(leaf_of(&other, &mut line));
        Ok(())
    })?;
    let index = index.ok_or_else(missing)?;
    line.clear();
    json_line(&record.values, Whose::Senders, &mut line);
    let mut text = format!("signalbox proof 1\n{line}\n");
    for (side, hash) in path(&leaves, index) {
        let side = match side {
            Side::Left => "left",
            Side::Right => "right",
        };
        writeln!(text, "{side} {}", hex::encode(hash))
            .map_err(|error| Fault::failed(error.to_string()))?;
    }
    let keys = handovers(db)?;
    let keys: String = keys.iter().map(|handover| format!("{handover}\n")).collect();
    Ok(format!("{text}{head}signature {signature}\n{keys}"))
}
