//! How a connection's peer spells message ids.

use routing::IdForm;
use routing::board::Ids;

use crate::doctor::{Finding, Patient};
use crate::model::Word;

/// How ids look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Looks {
    Nothing,
    /// Digits, so few of them seen that they may be hexadecimal by chance.
    PerhapsDecimal,
    Decimal,
    Hex,
    Text,
}

impl Looks {
    fn of(ids: &Ids) -> Self {
        match ids {
            Ids { seen, .. } if seen.0 == 0 => Self::Nothing,
            Ids { text, .. } if text.0 > 0 => Self::Text,
            Ids { lower, upper, .. } if lower.0 + upper.0 > 0 => Self::Hex,
            Ids { decimal, .. } if decimal.0 < SURE => Self::PerhapsDecimal,
            _ => Self::Decimal,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::PerhapsDecimal | Self::Decimal => "decimal",
            Self::Hex => "hex",
            Self::Text => "text",
        }
    }
}

/// Do submit_sm_resp and receipts count alike, and as is set?
pub(super) fn notation(patient: &Patient, findings: &mut Vec<Finding>) {
    let Some(connection) = patient.connection() else { return };
    let sight = &patient.sight;
    let (resp, receipt) = (Looks::of(&sight.ids), Looks::of(&sight.receipt_ids));
    if resp == Looks::Nothing {
        return;
    }
    let set = connection.dialect.message_ids.0;
    let says = format!(
        "receipts name ids in {} while submit_sm_resp says {}",
        receipt.words(),
        resp.words()
    );
    let wanted = match (resp, receipt) {
        (Looks::Hex, Looks::Decimal) => IdForm::HexThenDecimal,
        (Looks::Hex, Looks::Hex) if set != IdForm::Auto => IdForm::Hex,
        (Looks::Decimal, Looks::Decimal) if set != IdForm::Auto => IdForm::Decimal,
        (Looks::Text, Looks::Text | Looks::Nothing) if set != IdForm::Auto => IdForm::Text,
        (Looks::Decimal | Looks::Text, Looks::Hex) | (Looks::Text, Looks::Decimal) => {
            findings.push(Finding::trouble("message ids", says));
            return;
        }
        (Looks::Hex, Looks::PerhapsDecimal) => {
            let words = format!("{says}, but of the receipts too few came to be sure");
            findings.push(Finding::fact("message ids", words));
            return;
        }
        _ => set,
    };
    let is_text = |form| matches!(form, IdForm::Text | IdForm::Auto | IdForm::Short);
    // As they are written, all of them compare, if both sides write alike.
    let agrees = wanted == set || resp == receipt && is_text(set);
    findings.push(if agrees {
        let words = match receipt {
            Looks::Nothing => format!("submit_sm_resp says {}; no receipt came yet", resp.words()),
            _ => says,
        };
        let form = Word(set);
        Finding::good("message ids", format!("{words}; message_ids is {form}"))
    } else {
        let words = format!("{says}; message_ids is {}", Word(set));
        let level = if set == IdForm::Auto { Finding::advice } else { Finding::trouble };
        let option = format!("--message-ids {}", Word(wanted));
        level("message ids", words).command(patient.set(&option))
    });
}

/// Leading zeros that come and go, and ids that are longer than the form allows.
pub(super) fn spelling(patient: &Patient, findings: &mut Vec<Finding>) {
    let Some(connection) = patient.connection() else { return };
    let sight = &patient.sight;
    let set = connection.dialect.message_ids.0;
    if set == IdForm::Short && sight.ids.longest.0 > SHORT_MAX {
        let words = format!("its ids have up to {} characters", sight.ids.longest.0);
        let command = patient.set("--message-ids auto");
        findings.push(Finding::trouble("message ids", words).command(command));
    }
    let (zeros, in_receipts) = (sight.ids.zeros.0, sight.receipt_ids.zeros.0);
    let both = sight.ids.seen.0 > 0 && sight.receipt_ids.seen.0 > 0;
    let shrink = sight.receipt_ids.longest.0 != sight.ids.longest.0;
    if both && shrink && zeros > 0 && in_receipts == 0 && set == IdForm::Text {
        let words = "receipts leave out the zeros with which submit_sm_resp begins its ids";
        let command = patient.set("--message-ids decimal");
        findings.push(Finding::trouble("message ids", words).command(command));
    }
}

/// So many ids of digits alone are no chance: of hexadecimal ids of eight digits one in forty
/// has no letter, and of five such ids in a row one in a hundred million.
const SURE: u32 = 5;

/// SMPP 3.3 §6: nine octets with the NUL.
const SHORT_MAX: u64 = 8;
