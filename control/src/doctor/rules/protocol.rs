//! Versions, the state of sessions, keeping alive, and TLVs.

use routing::board::VIOLATIONS;

use crate::doctor::{Finding, Patient};
use crate::model::Version;

/// Nothing was heard at all.
pub(super) fn silent(patient: &Patient, findings: &mut Vec<Finding>) {
    let words = match patient.connection() {
        Some(connection) if !connection.enabled => "it is disabled: we stay away from it",
        Some(_) => "it has not answered since the node started; see: signalbox binds",
        None => "it has not bound since the node started; a bind that is refused is in the log",
    };
    findings.push(Finding::trouble("link", words));
}

/// Which SMPP it says it speaks.
pub(super) fn version(patient: &Patient, findings: &mut Vec<Finding>) {
    let said = u8::try_from(patient.sight.version.0).unwrap_or(u8::MAX);
    let Some(connection) = patient.connection() else {
        findings.push(Finding::good("version", format!("it binds with SMPP {}", Version(said))));
        return;
    };
    let ours = connection.manner.smpp;
    let finding = match said {
        0 => Finding::fact(
            "version",
            format!("its bind_resp says no version; we bind with {ours} and take it for 3.3"),
        ),
        _ if said >= 0x50 && ours.0 < 0x50 => Finding::advice(
            "version",
            format!("it speaks SMPP 5.0, which tells congestion; we bind with {ours}"),
        )
        .command(patient.set("--smpp 5.0")),
        _ if said >= 0x34 && ours.0 < 0x34 => Finding::advice(
            "version",
            format!("it speaks SMPP {}, which has TLVs; we bind with {ours}", Version(said)),
        )
        .command(patient.set("--smpp 3.4")),
        _ => Finding::good("version", format!("it speaks SMPP {}", Version(said))),
    };
    findings.push(finding);
}

/// What it did against the standard.
pub(super) fn violations(patient: &Patient, findings: &mut Vec<Finding>) {
    let counted = VIOLATIONS.iter().zip(patient.sight.violations);
    let seen = counted.filter(|(_, count)| count.0 > 0);
    let before = findings.len();
    findings.extend(
        seen.map(|(words, count)| Finding::trouble("protocol", format!("{}x {words}", count.0))),
    );
    if findings.len() == before {
        findings.push(Finding::good("protocol", "nothing against the standard was seen"));
    }
}

/// How it keeps its links alive.
pub(super) fn enquire(patient: &Patient, findings: &mut Vec<Finding>) {
    let sight = &patient.sight;
    let (least, most) = (sight.enquire_least_ms.0, sight.enquire_most_ms.0);
    if most == 0 {
        let words = "it has not sent two enquire_links on one link; we ask when it is idle";
        findings.push(Finding::fact("enquire_link", words));
        return;
    }
    let words = format!("it sends enquire_link every {} to {} s", tenths(least), tenths(most));
    // What keeps quiet for longer than this is taken for dead.
    let inactivity_ms = patient.dialect().inactivity.map_or(u64::MAX, |span| span.ms.into());
    findings.push(if most >= inactivity_ms {
        let wanted_s = (most * 2).div_ceil(1000);
        Finding::trouble("enquire_link", format!("{words}: its session ends between two of them"))
            .command(patient.set(&format!("--inactivity {wanted_s}s")))
    } else {
        Finding::good("enquire_link", words)
    });
}

/// Which optional parameters it sends.
pub(super) fn tlvs(patient: &Patient, findings: &mut Vec<Finding>) {
    let seen = patient.sight.tlvs.iter();
    let tags: Vec<String> = seen.map(|(tag, count)| format!("0x{tag:04X} ({count}x)")).collect();
    if !tags.is_empty() {
        let words = format!("its messages carry {}", tags.join(", "));
        findings.push(Finding::fact("TLVs", words));
    }
}

fn tenths(ms: u64) -> String {
    format!("{}.{}", ms / 1000, ms % 1000 / 100)
}
