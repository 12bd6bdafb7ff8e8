//! The steps from an empty file to the store of this version.

use rusqlite::{Connection, Transaction};

use crate::fault::{Fault, Outcome};

/// Brings the file up to date, one transaction a step.
pub(super) fn migrate(db: &mut Connection) -> Outcome<()> {
    let version: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let version = version as usize;
    if version > STEPS.len() {
        return Err(Fault::failed(format!(
            "the store has version {version}, this binary knows {}",
            STEPS.len()
        ))
        .cure("run the newer binary, or restore an older store"));
    }
    for (number, step) in (1i64..).zip(STEPS).skip(version) {
        let step_up = |transaction: &Transaction<'_>| {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", number)
        };
        let transaction = db.transaction()?;
        step_up(&transaction)?;
        transaction.commit()?;
    }
    Ok(())
}

/// A step never changes once it was released; a new one is added behind it.
const STEPS: &[&str] = &[MODEL, HAPPENED, MOVES, COSTS];

/// Sms change their connection, and have a name that all environments share.
const MOVES: &str = "
ALTER TABLE cdr ADD COLUMN moves INTEGER;
ALTER TABLE cdr ADD COLUMN trace TEXT;
";

/// What the latest try costs us if it is taken.
const COSTS: &str = "
ALTER TABLE cdr ADD COLUMN cost_tariff INTEGER;
ALTER TABLE cdr ADD COLUMN cost_micros INTEGER;
";

const MODEL: &str = "
CREATE TABLE identity (
    kind TEXT NOT NULL,
    id   INTEGER NOT NULL,
    env  TEXT NOT NULL,
    key  TEXT NOT NULL,
    PRIMARY KEY (kind, id),
    UNIQUE (kind, env, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE object (
    kind            TEXT NOT NULL,
    env             TEXT NOT NULL,
    key             TEXT NOT NULL,
    from_generation INTEGER NOT NULL,
    to_generation   INTEGER,
    body            TEXT NOT NULL,
    PRIMARY KEY (kind, env, key, from_generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
    author TEXT NOT NULL,
    kind   TEXT NOT NULL,
    env    TEXT NOT NULL,
    key    TEXT NOT NULL,
    base   INTEGER NOT NULL,
    body   TEXT,
    at_ns  INTEGER NOT NULL,
    PRIMARY KEY (author, kind, env, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE generation (
    number      INTEGER PRIMARY KEY,
    at_ns       INTEGER NOT NULL,
    author      TEXT NOT NULL,
    message     TEXT NOT NULL,
    of_rollback INTEGER,
    changes     INTEGER NOT NULL
) STRICT;
";

const HAPPENED: &str = "
CREATE TABLE cursor (
    node     TEXT NOT NULL,
    shard    INTEGER NOT NULL,
    volume   INTEGER NOT NULL,
    offset   INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (node, shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE cdr (
    id              TEXT PRIMARY KEY,
    node            TEXT,
    shard           INTEGER,
    environment     INTEGER,
    generation      INTEGER,
    received_ns     INTEGER,
    accepted_ns     INTEGER,
    refusal         INTEGER,
    proto           TEXT,
    carrier         INTEGER,
    account_from    INTEGER,
    local           TEXT,
    peer            TEXT,
    link            INTEGER,
    sequence        INTEGER,
    call_id         TEXT,
    source          TEXT,
    source_ton      INTEGER,
    source_npi      INTEGER,
    destination     TEXT,
    destination_ton INTEGER,
    destination_npi INTEGER,
    number          TEXT,
    data_coding     INTEGER,
    chars           INTEGER,
    octets          INTEGER,
    hops            INTEGER,
    account_to      INTEGER,
    policy          INTEGER,
    connection      INTEGER,
    tariff          INTEGER,
    tariff_version  INTEGER,
    prefix          TEXT,
    price_micros    INTEGER,
    units           INTEGER,
    charge_micros   INTEGER,
    charge_on       TEXT,
    attempt         INTEGER,
    attempt_ns      INTEGER,
    attempt_proto   TEXT,
    attempt_peer    TEXT,
    taken_ns        INTEGER,
    peer_id         TEXT,
    final_ns        INTEGER,
    state           INTEGER,
    code            INTEGER,
    attempts        INTEGER,
    final_proto     TEXT,
    final_peer      TEXT,
    doubled         INTEGER,
    receipt_ns      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX cdr_by_carrier ON cdr (carrier, received_ns);
CREATE INDEX cdr_by_time ON cdr (received_ns);

CREATE TABLE ledger (
    message_id    TEXT NOT NULL,
    leg           TEXT NOT NULL,
    kind          TEXT NOT NULL,
    carrier       INTEGER NOT NULL,
    received_ns   INTEGER NOT NULL,
    amount_micros INTEGER NOT NULL,
    PRIMARY KEY (message_id, leg, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_by_carrier ON ledger (carrier, received_ns);

CREATE TABLE contact (
    environment INTEGER NOT NULL,
    account     INTEGER NOT NULL,
    at_ns       INTEGER NOT NULL,
    rows        TEXT NOT NULL,
    PRIMARY KEY (environment, account)
) STRICT, WITHOUT ROWID;
";
