//! How a connection's peer says what became of an Sms.

use routing::board::RECEIPT_FIELDS;

use crate::doctor::{Finding, Patient};

/// Do receipts come at all, and as receipts?
pub(super) fn presence(patient: &Patient, findings: &mut Vec<Finding>) {
    let Some(connection) = patient.connection() else { return };
    let (sight, receipts) = (&patient.sight, &patient.sight.receipts);
    if receipts.unflagged.0 > 0 {
        let words = format!(
            "{}x a text that reads like a receipt came without the esm_class of one (0x04): it \
             was taken for a message",
            receipts.unflagged.0
        );
        findings.push(Finding::trouble("receipts", words));
    }
    let asked = connection.manner.always_ask && connection.bind != "transmitter";
    if receipts.seen.0 == 0 && asked && sight.sent.0 >= ENOUGH {
        let words = format!("{} Sms were sent and no receipt came", sight.sent.0);
        findings.push(Finding::trouble("receipts", words));
    }
}

/// What do they look like?
pub(super) fn dialect(patient: &Patient, findings: &mut Vec<Finding>) {
    let receipts = &patient.sight.receipts;
    if patient.connection().is_none() || receipts.seen.0 == 0 {
        return;
    }
    let words = receipts.words.words();
    if !words.is_empty() {
        let words = format!("nobody knows the states {}: they end as UNKNOWN", words.join(", "));
        findings.push(Finding::trouble("receipts", words));
    }
    let named = |bits: routing::board::Marks| -> Vec<&str> {
        (0..).zip(RECEIPT_FIELDS).filter(|(bit, _)| bits.has(*bit)).map(|(_, name)| name).collect()
    };
    if receipts.lacking.has(0) && receipts.tlv_ids.0 < receipts.seen.0 {
        let words =
            "some name no message, neither by `id:` nor by TLV: nobody knows whose they are";
        findings.push(Finding::trouble("receipts", words));
    }
    let seconds = if receipts.date_digits.has(12) { ", dates with seconds" } else { "" };
    let tlvs = match (receipts.tlv_ids.0 > 0, receipts.tlv_states.0 > 0) {
        (true, true) => "and both TLVs",
        (true, false) => "and TLV receipted_message_id",
        (false, true) => "and TLV message_state",
        (false, false) => "and no TLVs",
    };
    let strange_dates: Vec<String> = (1..32)
        .filter(|digits| ![10, 12].contains(digits) && receipts.date_digits.has(*digits))
        .map(|digits| digits.to_string())
        .collect();
    if !strange_dates.is_empty() {
        let words = format!("some dates have {} characters", strange_dates.join(" or "));
        findings.push(Finding::fact("receipts", words));
    }
    let fields = named(receipts.fields).join(", ");
    let words = format!("{} came, with {fields}{seconds} {tlvs}", receipts.seen.0);
    findings.push(Finding::good("receipts", words));
    let lacking = named(receipts.lacking);
    if !lacking.is_empty() {
        let words = format!("some lack {}", lacking.join(", "));
        findings.push(Finding::fact("receipts", words));
    }
}

/// So many Sms without a single receipt are no chance.
const ENOUGH: u32 = 20;
