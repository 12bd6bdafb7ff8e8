//! Every septet of every table, as this crate reads it: `kind language septets packed points`,
//! all but the first in hexadecimal. For those who compare it with somebody else's tables.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use text::gsm7::ESCAPE;
use text::{Alphabet, Decoded, Form, Language, Shifts, packed};

fn main() {
    each("default", 0, Shifts::NONE);
    for language in Language::ALL {
        each("single", language.id(), Shifts { single: Some(language), locking: None });
        if language.locks() {
            each("locking", language.id(), Shifts { single: None, locking: Some(language) });
        }
    }
}

/// Every septet alone and behind an escape, where the tables say exactly what it means.
fn each(kind: &str, language: u8, shifts: Shifts) {
    let form = Form { alphabet: Alphabet::Gsm7, shifts };
    for septet in 0..0x80 {
        for septets in [&[septet][..], &[ESCAPE, septet]] {
            let (mut text, mut octets) = (String::new(), Vec::new());
            if form.decode_to(septets, &mut text) != Ok(Decoded::Exact) {
                continue;
            }
            packed::pack(septets, 0, &mut octets);
            let points: Vec<String> =
                text.chars().map(|point| format!("{:04x}", u32::from(point))).collect();
            let (septets, octets) = (hex(septets), hex(&octets));
            println!("{kind} {language} {septets} {octets} {}", points.join(","));
        }
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
