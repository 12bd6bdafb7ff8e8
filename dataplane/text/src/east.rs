//! Japanese and Korean alphabets, read and written by `encoding_rs`.

use encoding_rs::{EUC_JP, EUC_KR, EncoderResult, Encoding, ISO_2022_JP, SHIFT_JIS};

use crate::{Alphabet, Decoded};

/// Appends the text that the octets mean.
pub(crate) fn decode_to(alphabet: Alphabet, octets: &[u8], out: &mut String) -> Decoded {
    let Some(encoding) = encoding(alphabet) else { return Decoded::Repaired };
    let mut decoder = encoding.new_decoder_without_bom_handling();
    // More than a message can hold is no message; the library asks for the sum not to overflow.
    out.reserve(decoder.max_utf8_buffer_length(octets.len()).unwrap_or(octets.len()));
    let (_, _, repaired) = decoder.decode_to_string(octets, out, true);
    if repaired { Decoded::Repaired } else { Decoded::Exact }
}

/// Appends `text`; `false`, and `out` as it was, if a character cannot be written, or would read
/// as another.
pub(crate) fn encode(alphabet: Alphabet, text: &str, out: &mut Vec<u8>) -> bool {
    let Some(encoding) = encoding(alphabet) else { return false };
    if text.contains(MISREAD) {
        return false;
    }
    let start = out.len();
    let mut encoder = encoding.new_encoder();
    let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
    out.reserve(room.unwrap_or(text.len()));
    let (result, _) = encoder.encode_from_utf8_to_vec_without_replacement(text, out, true);
    let whole = matches!(result, EncoderResult::InputEmpty);
    if !whole {
        out.truncate(start);
    }
    whole
}

/// The library's name for an alphabet; `None` if it is none of these.
fn encoding(alphabet: Alphabet) -> Option<&'static Encoding> {
    match alphabet {
        Alphabet::ShiftJis => Some(SHIFT_JIS),
        Alphabet::Iso2022Jp => Some(ISO_2022_JP),
        Alphabet::EucJp => Some(EUC_JP),
        Alphabet::EucKr => Some(EUC_KR),
        Alphabet::Gsm7
        | Alphabet::Ascii
        | Alphabet::Latin1
        | Alphabet::Cyrillic
        | Alphabet::Hebrew
        | Alphabet::Ucs2
        | Alphabet::Binary
        | Alphabet::Foreign => None,
    }
}

/// Japanese writers put these into the places of `\`, `~` and the wide minus, where readers
/// do not find them again.
const MISREAD: [char; 3] = ['¥', '‾', '−'];

#[cfg(test)]
mod tests;
