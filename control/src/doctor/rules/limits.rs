//! Windows, rates, times and what was refused.

use crate::doctor::{Finding, Patient, Subject};

/// SMPP 3.4 §5.1.3: ESME_RTHROTTLED.
const THROTTLED: u32 = 0x58;
/// ESME_RMSGQFUL.
const FULL: u32 = 0x14;
/// ESME_RINVSRCADR.
const BAD_SOURCE: u32 = 0x0A;

/// How many requests wait at once.
pub(super) fn window(patient: &Patient, findings: &mut Vec<Finding>) {
    let sight = &patient.sight;
    match &patient.subject {
        Subject::Carrier(carrier) => {
            let (most, window) = (sight.their_window.0, u64::from(carrier.window));
            let words = format!("it had up to {most} requests outstanding on one bind");
            findings.push(if most > window {
                Finding::trouble("window", format!("{words}, and its window is {window}"))
                    .command(patient.set(&format!("--window {most}")))
            } else {
                Finding::good("window", format!("{words}; its window is {window}"))
            });
        }
        Subject::Connection(connection) => {
            let (most, window) = (sight.our_window.0, u64::from(connection.window));
            let refused = sight.said.count(THROTTLED) + sight.said.count(FULL);
            let words = format!("up to {most} of our requests waited on one link");
            findings.push(if most >= window && refused == 0 {
                Finding::advice(
                    "window",
                    format!("{words}: the window of {window} was full and the peer took it all"),
                )
                .command(patient.set(&format!("--window {}", window.saturating_mul(2).min(1000))))
            } else {
                Finding::good("window", format!("{words}; its window is {window}"))
            });
        }
    }
}

/// Whether one is too quick for the other.
pub(super) fn pace(patient: &Patient, findings: &mut Vec<Finding>) {
    let sight = &patient.sight;
    let (counted, rate, whose) = match &patient.subject {
        Subject::Carrier(_) => (&sight.told, sight.their_rate.0, "we told it"),
        Subject::Connection(_) => (&sight.said, sight.our_rate.0, "it said"),
    };
    let (throttled, full) = (counted.count(THROTTLED), counted.count(FULL));
    if throttled + full == 0 {
        let words = format!("nobody was too quick; the most on one link were {rate} a second");
        findings.push(Finding::good("rate", words));
        return;
    }
    let words = format!(
        "{whose} 0x58 (throttled) {throttled}x and 0x14 (queue full) {full}x; the most on one \
         link were {rate} a second"
    );
    let finding = Finding::trouble("rate", words);
    findings.push(match &patient.subject {
        Subject::Carrier(carrier) if carrier.tps == 0 => finding,
        Subject::Carrier(carrier) => {
            let tps = rate.max(u64::from(carrier.tps));
            finding.command(patient.set(&format!("--tps {tps}")))
        }
        Subject::Connection(_) => {
            let tps = (rate * 9 / 10).max(1);
            finding.command(patient.set(&format!("--tps {tps}")))
        }
    });
}

/// How long it takes to answer.
pub(super) fn answers(patient: &Patient, findings: &mut Vec<Finding>) {
    let sight = &patient.sight;
    let patience_ms = patient.dialect().response.map_or(RESPONSE_MS, |span| span.ms.into());
    let (least_us, most_us) = (sight.answer_least_us.0, sight.answer_most_us.0);
    let times = match sight.timed.0 {
        0 => "no answer of its was timed".to_owned(),
        _ => format!("it answers within {} to {} ms", millis(least_us), millis(most_us)),
    };
    let longer_s = (patience_ms * 3).div_ceil(1000);
    let command = || patient.set(&format!("--response {longer_s}s"));
    if sight.unanswered.0 > 0 {
        let words = format!(
            "{} of our requests were not answered within {} s; {times}",
            sight.unanswered.0,
            patience_ms.div_ceil(1000)
        );
        findings.push(Finding::trouble("answers", words).command(command()));
    } else if most_us / 1000 * 2 > patience_ms {
        let words = format!("{times}, and we wait no longer than {} s", patience_ms.div_ceil(1000));
        findings.push(Finding::advice("answers", words).command(command()));
    } else if sight.timed.0 > 0 {
        findings.push(Finding::good("answers", times));
    }
}

/// What it refused.
pub(super) fn statuses(patient: &Patient, findings: &mut Vec<Finding>) {
    for (status, count) in patient.sight.said.iter() {
        if status == THROTTLED || status == FULL {
            continue;
        }
        let words = format!("it answered 0x{status:02X} {count}x");
        let Some(connection) = patient.connection() else {
            let words = format!("{words}: it does not take that many of our receipts");
            findings.push(Finding::trouble("status", words));
            continue;
        };
        let verdicts = &connection.manner.verdicts;
        let set = verdicts.iter().find(|(known, _)| known.0 == status);
        findings.push(match set {
            Some((_, verdict)) => {
                Finding::good("status", format!("{words}, which is set to mean {verdict}"))
            }
            None if VAGUE.contains(&status) => Finding::advice(
                "status",
                format!("{words}, which every SMSC means in its own way; ask its operator, then"),
            )
            .command(patient.set(&format!("--verdict 0x{status:02X}=temporary"))),
            None => Finding::fact("status", words),
        });
    }
}

/// What we refused.
pub(super) fn refusals(patient: &Patient, findings: &mut Vec<Finding>) {
    for (status, count) in patient.sight.told.iter() {
        let words = format!("we answered 0x{status:02X} {count}x");
        let foreign = patient.carrier().is_some_and(|one| !one.contract.sources.is_empty());
        if status == BAD_SOURCE && foreign {
            let words = format!("{words}: it sends from addresses it may not use");
            let command = patient.set("--foreign-source ADDRESS");
            findings.push(Finding::trouble("refusals", words).command(command));
        } else if status != THROTTLED && status != FULL {
            findings.push(Finding::fact("refusals", words));
        }
    }
}

fn millis(us: u64) -> String {
    if us < 10_000 { format!("{}.{}", us / 1000, us % 1000 / 100) } else { (us / 1000).to_string() }
}

/// What a request waits for its answer if nothing else is set.
const RESPONSE_MS: u64 = 10_000;

/// ESME_RSYSERR, ESME_RSUBMITFAIL, ESME_RX_T_APPN, ESME_RX_P_APPN, ESME_RUNKNOWNERR, and the
/// first ones that vendors gave a meaning: what they are depends on whom one asks.
const VAGUE: [u32; 8] = [0x08, 0x45, 0x64, 0x65, 0xFF, 0x400, 0x401, 0x402];
