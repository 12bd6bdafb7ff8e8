//! The steps from an empty database to the store of this version.

use super::{Db, given};
use crate::fault::{Fault, Outcome};

/// Brings the store up to date, whole or not at all.
pub(super) fn migrate(db: &Db) -> Outcome<()> {
    db.whole(|db| {
        let version = version(db)?;
        if version > STEPS.len() {
            return Err(Fault::failed(format!(
                "the store has version {version}, this binary knows {}",
                STEPS.len()
            ))
            .cure("run the newer binary, or restore an older store"));
        }
        if version == STEPS.len() {
            return Ok(());
        }
        for step in &STEPS[version..] {
            db.script(&spoken(db, step))?;
        }
        if db.is_shared() {
            db.tell("UPDATE store_version SET version = ?1", given![STEPS.len()])
        } else {
            db.script(&format!("PRAGMA user_version = {}", STEPS.len()))
        }
    })
}

/// How many steps were taken; of several controls that ask at once, one goes on.
fn version(db: &Db) -> Outcome<usize> {
    let sql = if db.is_shared() {
        db.script(
            "SELECT pg_advisory_xact_lock(82838);
             CREATE TABLE IF NOT EXISTS store_version (version BIGINT NOT NULL);
             INSERT INTO store_version SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM store_version);",
        )?;
        "SELECT version FROM store_version"
    } else {
        "PRAGMA user_version"
    };
    let version: Option<u64> = db.one(sql, &[], |row| row.get(0))?;
    Ok(version.unwrap_or_default() as usize)
}

/// A step as the database at hand speaks: steps are written for SQLite.
fn spoken(db: &Db, step: &str) -> String {
    if !db.is_shared() {
        return step.to_owned();
    }
    step.replace(") STRICT, WITHOUT ROWID;", ");")
        .replace(") STRICT;", ");")
        .replace("INTEGER", "BIGINT")
        // Texts stand in the order of their octets, whatever the server's language is.
        .replace("TEXT", "TEXT COLLATE \"C\"")
}

/// A step never changes once it was released; a new one is added behind it.
const STEPS: &[&str] = &[
    MODEL, HAPPENED, MOVES, COSTS, SHARED, FLOW, TOKENS, REQUESTS, FOLIOS, LISTS, INVENTORY,
    ACCOUNTS, LEDGER, SUMS, REFUNDS, KEYS, NUMBERING,
];

/// Numbering plans, none of which changes, and that of each folio.
const NUMBERING: &str = "
CREATE TABLE numbering (
    number INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;
ALTER TABLE folio ADD COLUMN numbering INTEGER;
";

/// The keys that signed heads and handed over, each to one other.
const KEYS: &str = "
CREATE TABLE proof_key (
    old_key TEXT NOT NULL PRIMARY KEY,
    new_key TEXT NOT NULL,
    by_old  TEXT NOT NULL,
    by_new  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// After which ends a charge is given back, and what was; records have more columns since, which
/// those that were closed before have not.
const REFUNDS: &str = "
ALTER TABLE cdr ADD COLUMN refund_on INTEGER;
ALTER TABLE folio ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE folio_sum ADD COLUMN refunded_units INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folio_sum ADD COLUMN refunded_micros INTEGER NOT NULL DEFAULT 0;
";

/// What the ledger has for each carrier.
const SUMS: &str = "
CREATE TABLE ledger_sum (
    carrier       INTEGER PRIMARY KEY,
    amount_micros INTEGER NOT NULL
) STRICT;
INSERT INTO ledger_sum (carrier, amount_micros)
    SELECT carrier, CAST(sum(amount_micros) AS INTEGER) FROM ledger GROUP BY carrier;
";

/// The ledger in the order in which it is asked for: carrier by carrier, in time. What an Sms is
/// charged once is a row as before, for its carrier and its time never change.
const LEDGER: &str = "
CREATE TABLE charged (
    carrier       INTEGER NOT NULL,
    received_ns   INTEGER NOT NULL,
    message_id    TEXT NOT NULL,
    leg           TEXT NOT NULL,
    kind          TEXT NOT NULL,
    amount_micros INTEGER NOT NULL,
    PRIMARY KEY (carrier, received_ns, message_id, leg, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO charged (carrier, received_ns, message_id, leg, kind, amount_micros)
    SELECT carrier, received_ns, message_id, leg, kind, amount_micros FROM ledger;
DROP TABLE ledger;
ALTER TABLE charged RENAME TO ledger;
";

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

/// Generations await a confirmation, drafts their time; where a commit came from is known.
const FLOW: &str = r#"
ALTER TABLE generation ADD COLUMN origin TEXT;
ALTER TABLE generation ADD COLUMN confirmed_by TEXT;

CREATE TABLE awaited (
    generation INTEGER PRIMARY KEY,
    back_to    INTEGER NOT NULL,
    until_ns   INTEGER NOT NULL,
    author     TEXT NOT NULL
) STRICT;

CREATE TABLE planned (
    id      INTEGER PRIMARY KEY,
    due_ns  INTEGER NOT NULL,
    author  TEXT NOT NULL,
    origin  TEXT NOT NULL,
    message TEXT NOT NULL,
    force   INTEGER NOT NULL,
    changes TEXT NOT NULL,
    fault   TEXT
) STRICT;
"#;

/// What was booked to carriers' accounts, and the periods that are closed.
const ACCOUNTS: &str = r#"
CREATE TABLE booking (
    id            INTEGER PRIMARY KEY,
    carrier       INTEGER NOT NULL,
    at_ns         INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    amount_micros INTEGER NOT NULL,
    currency      TEXT NOT NULL,
    author        TEXT NOT NULL,
    origin        TEXT NOT NULL,
    reason        TEXT NOT NULL,
    of_ns         INTEGER
) STRICT;
CREATE INDEX booking_by_carrier ON booking (carrier, at_ns);

CREATE TABLE closed (
    carrier INTEGER NOT NULL,
    from_ns INTEGER NOT NULL,
    to_ns   INTEGER NOT NULL,
    zone    TEXT NOT NULL,
    at_ns   INTEGER NOT NULL,
    author  TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (carrier, from_ns)
) STRICT, WITHOUT ROWID;
"#;

/// When the price list began that priced it.
const LISTS: &str = "
ALTER TABLE cdr ADD COLUMN tariff_since_ns INTEGER;
";

/// Who may ask from afar.
const TOKENS: &str = r#"
CREATE TABLE token (
    name   TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    role   TEXT NOT NULL,
    env    TEXT,
    author TEXT NOT NULL,
    at_ns  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"#;

/// Requests that carry a key, and what was answered.
const REQUESTS: &str = r#"
CREATE TABLE request (
    author TEXT NOT NULL,
    name   TEXT NOT NULL,
    digest TEXT NOT NULL,
    at_ns  INTEGER NOT NULL,
    status INTEGER,
    body   TEXT,
    PRIMARY KEY (author, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_by_time ON request (author, at_ns);
"#;

/// Closed records: in which folio they are, under which numbers, and what they come to.
const FOLIOS: &str = r#"
ALTER TABLE cdr ADD COLUMN folio INTEGER;
CREATE INDEX cdr_by_folio ON cdr (folio, received_ns, final_ns);

CREATE TABLE folio (
    number    INTEGER PRIMARY KEY,
    from_ns   INTEGER NOT NULL,
    to_ns     INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    first_ns  INTEGER,
    last_ns   INTEGER,
    head      TEXT,
    signature TEXT,
    signer    TEXT,
    manifest  TEXT
) STRICT;

CREATE TABLE folio_number (
    folio       INTEGER NOT NULL,
    number      TEXT NOT NULL,
    received_ns INTEGER NOT NULL,
    id          TEXT NOT NULL,
    PRIMARY KEY (folio, number, received_ns, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE folio_sum (
    carrier        INTEGER NOT NULL,
    hour           INTEGER NOT NULL,
    folio          INTEGER NOT NULL,
    tariff         INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    since_ns       INTEGER NOT NULL,
    prefix         TEXT NOT NULL,
    price_micros   INTEGER NOT NULL,
    refused        INTEGER NOT NULL,
    state          INTEGER NOT NULL,
    generation     INTEGER NOT NULL,
    messages       INTEGER NOT NULL,
    charged_units  INTEGER NOT NULL,
    charged_micros INTEGER NOT NULL,
    PRIMARY KEY (carrier, hour, folio, tariff, version, since_ns, prefix, price_micros, refused,
        state, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX folio_sum_by_folio ON folio_sum (folio);
"#;

/// Numbers that were given back.
const INVENTORY: &str = r#"
CREATE TABLE released (
    env    TEXT NOT NULL,
    number TEXT NOT NULL,
    holder TEXT NOT NULL,
    at_ns  INTEGER NOT NULL,
    PRIMARY KEY (env, number)
) STRICT, WITHOUT ROWID;
"#;

/// Several controls may share the store, and what names of trunks lead to.
const SHARED: &str = r#"
ALTER TABLE cursor RENAME COLUMN "offset" TO octet;

CREATE TABLE revision (
    one        INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    drafts     INTEGER NOT NULL
) STRICT;
INSERT INTO revision (one, generation, drafts)
    SELECT 1, coalesce(max(number), 0), 0 FROM generation;

CREATE TABLE place (
    name  TEXT NOT NULL PRIMARY KEY,
    leads TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"#;

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

const HAPPENED: &str = r#"
CREATE TABLE cursor (
    node     TEXT NOT NULL,
    shard    INTEGER NOT NULL,
    volume   INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,
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
"#;
