//! Money as people write it; control counts in millionths.

/// `0.010000`
pub(crate) fn price(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, fraction) = (micros.unsigned_abs() / SCALE, micros.unsigned_abs() % SCALE);
    format!("{sign}{whole}.{fraction:06}")
}

/// `10.00`, and more decimals only where there are more.
pub(crate) fn amount(micros: i64) -> String {
    let text = price(micros);
    let cents = text.len() - 4;
    let kept = text.trim_end_matches('0').len().max(cents);
    text[..kept].to_owned()
}

const SCALE: u64 = 1_000_000;
