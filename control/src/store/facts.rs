//! From records to columns: each kind of record fills its own.
//!
//! What is in a folio stays as it is; only that its sender took the receipt is still written down,
//! which no folio tells.

use std::borrow::Cow;
use std::net::SocketAddr;

use routing::journal::{Ack, Attempt, Contacts, Outcome as Ending, ReceiptEnd, Taken, Via};
use routing::{Address, Charge, Content, DefaultAlphabet, Ingress, Sms, Target};
use serde_json::json;

use super::ingest::{Cursor, RefusedAt};
use super::{Db, Param, given};
use crate::fault::Outcome;

type Done = Outcome<()>;

/// An Sms became ours. These facts never change, so the first one stays.
pub(super) fn accept(
    db: &Db,
    id: &str,
    cursor: &Cursor,
    sms: &Sms,
    charge_on: Option<&str>,
) -> Done {
    let from = Sender::of(&sms.ingress);
    let (account_to, policy, connection) = way_of(sms.target);
    let charge = &sms.charge;
    let priced = charge.tariff != 0;
    let prefix = charge.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
    let first: &[Param<'_>] = given![
        id,
        &cursor.node,
        sms.id.shard(),
        sms.environment,
        sms.generation,
        sms.received_ns,
        sms.accepted_ns,
    ];
    let rest: &[Param<'_>] = given![
        sms.number.to_string(),
        data_coding(&sms.content),
        chars(&sms.content, sms.esm_class),
        sms.content.len(),
        sms.trace.hops,
        sms.trace.id.unwrap_or(sms.id).to_string(),
        account_to,
        policy,
        connection,
        priced.then_some(charge.tariff),
        priced.then_some(charge.version),
        priced.then_some(charge.since_ns),
        priced.then_some(prefix),
        charge.price_micros,
        charge.units,
        charge.amount_micros,
        charge_on,
        refund_on(charge),
    ];
    let sender = from.given(&sms.source, &sms.destination);
    db.tell(ACCEPT, &[first, &sender, rest].concat())
}

const ACCEPT: &str = "
INSERT INTO cdr (
    id, node, shard, environment, generation, received_ns, accepted_ns, proto, carrier,
    account_from, local, peer, link, sequence, call_id, source, source_ton, source_npi,
    destination, destination_ton, destination_npi, number, data_coding, chars, octets, hops,
    trace,
    account_to, policy, connection, tariff, tariff_version, tariff_since_ns, prefix,
    price_micros, units,
    charge_micros, charge_on, refund_on
) VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
    ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37,
    ?38, ?39
) ON CONFLICT (id) DO UPDATE SET
    node = excluded.node, shard = excluded.shard, environment = excluded.environment,
    generation = excluded.generation, received_ns = excluded.received_ns,
    accepted_ns = excluded.accepted_ns, proto = excluded.proto, carrier = excluded.carrier,
    account_from = excluded.account_from, local = excluded.local, peer = excluded.peer,
    link = excluded.link, sequence = excluded.sequence, call_id = excluded.call_id,
    source = excluded.source, source_ton = excluded.source_ton, source_npi = excluded.source_npi,
    destination = excluded.destination, destination_ton = excluded.destination_ton,
    destination_npi = excluded.destination_npi, number = excluded.number,
    data_coding = excluded.data_coding, chars = excluded.chars, octets = excluded.octets,
    hops = excluded.hops, trace = excluded.trace,
    account_to = CASE WHEN cdr.moves IS NULL THEN excluded.account_to ELSE cdr.account_to END,
    policy = CASE WHEN cdr.moves IS NULL THEN excluded.policy ELSE cdr.policy END,
    connection = CASE WHEN cdr.moves IS NULL THEN excluded.connection ELSE cdr.connection END,
    tariff = excluded.tariff,
    tariff_version = excluded.tariff_version,
    tariff_since_ns = excluded.tariff_since_ns, prefix = excluded.prefix,
    price_micros = excluded.price_micros, units = excluded.units,
    charge_micros = excluded.charge_micros, charge_on = excluded.charge_on,
    refund_on = excluded.refund_on
WHERE cdr.accepted_ns IS NULL";

/// After which ends it is given back; nothing if it never is.
pub(super) fn refund_on(charge: &Charge) -> Option<u8> {
    (charge.tariff != 0 && !charge.refund.is_never()).then_some(charge.refund.number())
}

/// It goes to another connection, or to an account; the latest move stays.
pub(super) fn moved(db: &Db, id: &str, sms: &Sms) -> Done {
    let (account_to, policy, connection) = way_of(sms.target);
    db.tell(
        "INSERT INTO cdr (id, moves, account_to, policy, connection)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET moves = excluded.moves,
                account_to = excluded.account_to, policy = excluded.policy,
                connection = excluded.connection
             WHERE coalesce(cdr.moves, 0) < excluded.moves AND cdr.folio IS NULL",
        given![id, sms.journey.moves, account_to, policy, connection],
    )
}

/// Account, policy and connection.
pub(super) fn way_of(target: Target) -> (Option<u32>, Option<u32>, Option<u32>) {
    match target {
        Target::Account(account) => (Some(account), None, None),
        Target::Connection { policy, connection } => (None, Some(policy), Some(connection)),
    }
}

/// It is about to be sent; the highest try stays.
pub(super) fn attempt(db: &Db, id: &str, attempt: &Attempt) -> Done {
    let (proto, peer) = way(&attempt.via);
    db.tell(
        "INSERT INTO cdr (id, attempt, attempt_ns, attempt_proto, attempt_peer,
                cost_tariff, cost_micros)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET attempt = excluded.attempt,
                attempt_ns = excluded.attempt_ns, attempt_proto = excluded.attempt_proto,
                attempt_peer = excluded.attempt_peer, cost_tariff = excluded.cost_tariff,
                cost_micros = excluded.cost_micros
             WHERE coalesce(cdr.attempt, 0) < excluded.attempt AND cdr.folio IS NULL",
        given![
            id,
            attempt.attempt,
            attempt.at_ns,
            proto,
            peer,
            (attempt.cost.tariff != 0).then_some(attempt.cost.tariff),
            attempt.cost.micros
        ],
    )
}

/// The next hop named it; the latest name stays.
pub(super) fn taken(db: &Db, id: &str, taken: &Taken) -> Done {
    db.tell(
        "INSERT INTO cdr (id, taken_ns, peer_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET taken_ns = excluded.taken_ns,
                peer_id = excluded.peer_id
             WHERE coalesce(cdr.taken_ns, 0) < excluded.taken_ns AND cdr.folio IS NULL",
        given![id, taken.at_ns, text(&taken.peer_id)],
    )
}

/// It is final; the first ending stays.
pub(super) fn ending(db: &Db, id: &str, ending: &Ending) -> Done {
    let (proto, peer) = way(&ending.via);
    db.tell(
        "INSERT INTO cdr (id, final_ns, state, code, attempts, final_proto, final_peer,
                doubled)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET final_ns = excluded.final_ns, state = excluded.state,
                code = excluded.code, attempts = excluded.attempts,
                final_proto = excluded.final_proto, final_peer = excluded.final_peer,
                doubled = excluded.doubled
             WHERE (cdr.final_ns IS NULL OR excluded.final_ns < cdr.final_ns)
                AND cdr.folio IS NULL",
        given![
            id,
            ending.at_ns,
            ending.state as u8,
            ending.code,
            ending.attempts,
            proto,
            peer,
            ending.doubled
        ],
    )
}

/// Its sender took the receipt; one that was given up has no time.
pub(super) fn ack(db: &Db, id: &str, ack: &Ack) -> Done {
    if ack.end != ReceiptEnd::Taken {
        return Ok(());
    }
    db.tell(
        "INSERT INTO cdr (id, receipt_ns) VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET receipt_ns = excluded.receipt_ns
             WHERE cdr.receipt_ns IS NULL OR excluded.receipt_ns < cdr.receipt_ns",
        given![id, ack.at_ns],
    )
}

/// An Sms was refused: a row of its own, named by its place in the journal.
pub(super) fn refused(db: &Db, cursor: &Cursor, at: &RefusedAt) -> Done {
    let RefusedAt { sequence, place, refused } = at;
    let from = Sender::of(&refused.ingress);
    // With its time, because a node whose disk was replaced counts its blocks from one again.
    let id = format!("{}-{}-{}-{sequence}-{place}", cursor.node, cursor.shard, refused.at_ns);
    let first: &[Param<'_>] = given![
        id,
        &cursor.node,
        cursor.shard,
        refused.environment,
        refused.at_ns,
        refused.at_ns,
        refused.refusal as u8,
        refused.code,
    ];
    let sender = from.given(&refused.source, &refused.destination);
    db.tell(
        "INSERT INTO cdr (
            id, node, shard, environment, received_ns, final_ns, refusal, code, proto, carrier,
            account_from, local, peer, link, sequence, call_id, source, source_ton,
            source_npi, destination, destination_ton, destination_npi
         ) VALUES (
            ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20, ?21, ?22
         ) ON CONFLICT DO NOTHING",
        &[first, &sender].concat(),
    )
}

/// The contacts of an account are now these; the latest stay.
pub(super) fn contacts(db: &Db, contacts: &Contacts) -> Done {
    let rows: Vec<_> = contacts
        .rows
        .iter()
        .map(|row| {
            json!({
                "uri": row.uri, "local": row.local, "transport": row.transport.word(),
                "source": row.source, "q": row.q,
                "expires_ns": row.expires_ns, "instance": row.instance, "reg_id": row.reg_id,
            })
        })
        .collect();
    db.tell(
        "INSERT INTO contact (environment, account, at_ns, rows) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (environment, account) DO UPDATE SET at_ns = excluded.at_ns,
                rows = excluded.rows
             WHERE contact.at_ns <= excluded.at_ns",
        given![
            contacts.environment,
            contacts.account,
            contacts.at_ns,
            serde_json::Value::from(rows).to_string()
        ],
    )
}

/// What both ways in have in common.
pub(super) struct Sender<'a> {
    pub(super) proto: &'static str,
    pub(super) carrier: Option<u32>,
    pub(super) account: Option<u32>,
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
    pub(super) link: Option<i64>,
    pub(super) sequence: Option<u32>,
    pub(super) call_id: Option<&'a str>,
}

impl<'a> Sender<'a> {
    pub(super) fn of(ingress: &'a Ingress) -> Self {
        match ingress {
            Ingress::Smpp { carrier, local, peer, link, sequence } => Self {
                proto: "smpp",
                carrier: Some(*carrier),
                account: None,
                local: *local,
                peer: *peer,
                link: Some(*link as i64),
                sequence: Some(*sequence),
                call_id: None,
            },
            Ingress::Connection { carrier, local, peer, link, sequence, .. } => Self {
                proto: "smpp",
                carrier: *carrier,
                account: None,
                local: *local,
                peer: *peer,
                link: Some(*link as i64),
                sequence: Some(*sequence),
                call_id: None,
            },
            Ingress::Trunk { carrier, local, peer, call_id, .. } => Self {
                proto: "sip",
                carrier: *carrier,
                account: None,
                local: *local,
                peer: *peer,
                link: None,
                sequence: None,
                call_id: Some(call_id),
            },
            Ingress::Sip { account, local, peer, call_id, .. } => Self {
                proto: "sip",
                carrier: None,
                account: Some(*account),
                local: *local,
                peer: *peer,
                link: None,
                sequence: None,
                call_id: Some(call_id),
            },
        }
    }
}

impl Sender<'_> {
    /// The columns `proto` to `destination_npi`, which every Sms has.
    fn given(&self, source: &Address, destination: &Address) -> [Param<'static>; 14] {
        let given = given![
            self.proto,
            self.carrier,
            self.account,
            self.local.to_string(),
            self.peer.to_string(),
            self.link,
            self.sequence,
            self.call_id,
            text(source.as_bytes()),
            source.ton,
            source.npi,
            text(destination.as_bytes()),
            destination.ton,
            destination.npi,
        ];
        given.each_ref().map(Param::owned)
    }
}

fn way(via: &Via) -> (Option<&'static str>, Option<String>) {
    match via {
        Via::Nothing => (None, None),
        Via::Sip(peer) => (Some("sip"), Some(peer.to_string())),
        Via::Smpp(peer) => (Some("smpp"), Some(peer.to_string())),
    }
}

pub(super) fn data_coding(content: &Content) -> Option<u8> {
    match content {
        Content::Coded { data_coding, .. } => Some(*data_coding),
        Content::Text(_) => None,
    }
}

/// How many characters the text has, its user data header left out (3GPP TS 23.040 §9.2.3.24).
pub(super) fn chars(content: &Content, esm_class: u8) -> usize {
    match content {
        Content::Text(text) => text.chars().count(),
        Content::Coded { data_coding, alphabet, octets } => {
            let header = match octets.first() {
                Some(len) if esm_class & HAS_HEADER != 0 => usize::from(*len) + 1,
                _ => 0,
            };
            let text = octets.get(header..).unwrap_or_default();
            match (data_coding, alphabet) {
                (0, DefaultAlphabet::GsmPacked) => text.len() * 8 / 7,
                (0, DefaultAlphabet::Latin1) => text.len(),
                (0, DefaultAlphabet::Utf8) => String::from_utf8_lossy(text).chars().count(),
                (0, DefaultAlphabet::Gsm | DefaultAlphabet::Ascii) => {
                    text.iter().filter(|octet| **octet != GSM_ESCAPE).count()
                }
                (8, _) => text.len() / 2,
                _ => text.len(),
            }
        }
    }
}

/// Addresses and names of peers as text; what is not printable ASCII is escaped.
pub(super) fn text(octets: &[u8]) -> Cow<'_, str> {
    let is_plain =
        |octet: &u8| matches!(octet, b' '..=b'~') && !matches!(octet, b'\\' | b'\'' | b'"');
    match std::str::from_utf8(octets) {
        Ok(text) if octets.iter().all(is_plain) => Cow::Borrowed(text),
        Ok(_) | Err(_) => Cow::Owned(octets.escape_ascii().to_string()),
    }
}

const HAS_HEADER: u8 = 0x40;

/// 3GPP TS 23.038 §6.2.1: the next octet is of the extension table.
const GSM_ESCAPE: u8 = 0x1B;
