//! What data_coding 0 means to a peer.

use routing::DefaultAlphabet;
use routing::board::Plain;

use crate::doctor::{Finding, Patient};
use crate::model::Word;

/// Does the alphabet that is set fit the texts?
pub(super) fn alphabet(patient: &Patient, findings: &mut Vec<Finding>) {
    let plain = &patient.sight.plain;
    if plain.texts.0 == 0 {
        return;
    }
    let set = patient.dialect().alphabet.0;
    let Some((wanted, why)) = evidence(plain) else {
        let words = format!(
            "{} texts with data_coding 0 have nothing but what all alphabets share; it is set to \
             {}",
            plain.texts.0,
            Word(set)
        );
        findings.push(Finding::good("data_coding 0", words));
        return;
    };
    let words = format!("{why}, of {} texts", plain.texts.0);
    let is_set = format!("the alphabet is {}", Word(set));
    findings.push(if wanted == set {
        Finding::good("data_coding 0", format!("{words}; {is_set}"))
    } else {
        // A name with an @ or a _ may be meant; octets from 0x80 cannot.
        let level = if plain.high.0 > 0 { Finding::trouble } else { Finding::advice };
        level("data_coding 0", format!("{words}, but {is_set}"))
            .command(patient.set(&format!("--alphabet {}", Word(wanted))))
    });
}

/// What the texts are made of, the surest sign first.
fn evidence(plain: &Plain) -> Option<(DefaultAlphabet, String)> {
    let Plain { texts, high, utf8, dense, escapes, low, punctuation } = *plain;
    if utf8.0 > 0 && utf8.0 * 10 >= high.0 * 9 {
        return Some((DefaultAlphabet::Utf8, format!("{} are UTF-8", utf8.0)));
    }
    if dense.0 * 2 > texts.0 {
        let words = format!("{} look like packed septets", dense.0);
        return Some((DefaultAlphabet::GsmPacked, words));
    }
    if high.0 > 0 {
        return Some((DefaultAlphabet::Latin1, format!("{} have octets from 0x80", high.0)));
    }
    if escapes.0 + low.0 > 0 {
        let words = format!("{} have what only GSM 03.38 has", escapes.0.max(low.0));
        return Some((DefaultAlphabet::Gsm, words));
    }
    if punctuation.0 > 0 {
        let words = format!("{} have @ _ [ ] {{ }} as ASCII has them", punctuation.0);
        return Some((DefaultAlphabet::Ascii, words));
    }
    None
}

/// Which codings its messages have.
pub(super) fn codings(patient: &Patient, findings: &mut Vec<Finding>) {
    let seen = patient.sight.codings.iter();
    let counts: Vec<String> = seen.map(|(dc, count)| format!("0x{dc:02X} ({count}x)")).collect();
    if !counts.is_empty() {
        let words = format!("its messages have data_coding {}", counts.join(", "));
        findings.push(Finding::fact("data_coding", words));
    }
}
