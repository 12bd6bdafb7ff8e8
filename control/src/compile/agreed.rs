//! What was agreed with a peer, as shards read it.

use crate::model::{Contract, Dialect, Hex, Manner, Span, Tls};

/// What a carrier may do and how it speaks.
pub(super) fn contract(body: &Contract, dialect_body: &Dialect) -> routing::Contract {
    routing::Contract {
        dialect: dialect(dialect_body),
        bind_kinds: body.bind_kinds.iter().map(|kind| kind.0).collect(),
        burst: body.burst,
        quota_daily: body.quota_daily,
        credit_micros: body.credit.map(|credit| credit.micros),
        refund: routing::Refund::after(body.refund.iter().map(|end| end.0.0)),
        sources: body.sources.clone(),
        foreign_source: body.foreign_source.0.clone(),
        ack: body.ack.0,
        tls_only: body.tls_only,
        incomplete: body.incomplete.0,
        proof: body.proof.0,
        modes: body.modes,
        outbind: body.outbind.map(|remote| routing::Summons {
            remote,
            outbind: outbind(&body.outbind_system_id, body.outbind_password.as_ref()),
        }),
        ..routing::Contract::default()
    }
}

/// How a connection is used, how its peer speaks, and who pays for what comes from there.
pub(super) fn manner(
    body: &Manner,
    dialect_body: &Dialect,
    carrier: Option<u32>,
) -> routing::Manner {
    routing::Manner {
        dialect: dialect(dialect_body),
        links: body.links,
        version: body.smpp.0,
        burst: body.burst,
        unknown: body.unknown.0,
        segments: body.segments.0,
        transliterate: body.transliterate,
        national: body.national.iter().map(|language| language.0).collect(),
        always_ask: body.always_ask,
        verdicts: body.verdicts.iter().map(|(status, verdict)| (status.0, verdict.0)).collect(),
        tls: tls(&body.tls),
        outbind: body
            .outbind
            .then(|| outbind(&body.outbind_system_id, body.outbind_password.as_ref())),
        in_order: body.in_order,
        carrier,
        ..routing::Manner::default()
    }
}

fn outbind(system_id: &Option<String>, password: Option<&Hex>) -> routing::Outbind {
    routing::Outbind {
        system_id: system_id.clone().unwrap_or_default(),
        password: password.map(Hex::octets).unwrap_or_default(),
    }
}

fn dialect(body: &Dialect) -> routing::Dialect {
    let ms = |span: Option<Span>| span.map_or(0, |span| span.ms);
    routing::Dialect {
        alphabet: body.alphabet.0,
        source: body.source_plane.map(|plane| plane.0),
        destination: body.destination_plane.map(|plane| plane.0),
        ids: body.message_ids.0,
        receipts: body.receipts.0,
        timers: routing::Timers {
            enquire_ms: ms(body.enquire),
            inactivity_ms: ms(body.inactivity),
            response_ms: ms(body.response),
        },
    }
}

fn tls(wish: &Tls) -> Option<routing::Tls> {
    match wish {
        Tls::Off => None,
        Tls::On => Some(routing::Tls::default()),
        Tls::Named(name) => Some(routing::Tls { name: name.clone() }),
    }
}
