//! The rules, one for each thing two peers can disagree on.

mod ids;
mod limits;
mod protocol;
mod receipts;
mod text;

use super::{Finding, Patient};

/// Looks at one side of a peer.
type Rule = fn(&Patient, &mut Vec<Finding>);

/// Everything the rules have to say, the worst first.
pub fn diagnose(patient: &Patient) -> Vec<Finding> {
    let mut findings = Vec::new();
    if patient.sight.heard_ns.0 == 0 {
        protocol::silent(patient, &mut findings);
        return findings;
    }
    for rule in RULES {
        rule(patient, &mut findings);
    }
    findings.sort_by_key(|finding| finding.level);
    findings
}

const RULES: [Rule; 15] = [
    protocol::version,
    protocol::violations,
    protocol::enquire,
    protocol::tlvs,
    limits::window,
    limits::pace,
    limits::answers,
    limits::statuses,
    limits::refusals,
    ids::notation,
    ids::spelling,
    receipts::presence,
    receipts::dialect,
    text::alphabet,
    text::codings,
];
