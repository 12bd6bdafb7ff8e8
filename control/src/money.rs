//! Money: whole millionths of a currency, never a float.

use std::fmt;

/// Reads a decimal such as `0.01` as millionths.
pub fn parse_micros(text: &str) -> Result<i64, PriceError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|octet| octet.is_ascii_digit());
    let anything = !whole.is_empty() || !fraction.is_empty();
    if !anything || !digits(whole) || !digits(fraction) {
        return Err(PriceError::NotADecimal);
    }
    if fraction.len() > DECIMALS {
        return Err(PriceError::TooFine);
    }
    let digits = format!("{whole}{fraction:0<DECIMALS$}");
    digits.parse().map_err(|_| PriceError::TooLarge)
}

/// A price with all its decimals: `0.010000`.
pub fn price(micros: i64) -> String {
    let (sign, whole, fraction) = split(micros);
    format!("{sign}{whole}.{fraction:0DECIMALS$}")
}

/// An amount with two decimals, and more only where it has more: `10.00`, `0.015`.
pub fn amount(micros: i64) -> String {
    let text = price(micros);
    let point = text.len() - DECIMALS;
    let kept = text.trim_end_matches('0').len().max(point + CENTS);
    text[..kept].to_owned()
}

/// Why a text is not a price.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PriceError {
    /// Not digits with at most one point.
    NotADecimal,
    /// More than six decimals.
    TooFine,
    /// More than nine million million.
    TooLarge,
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotADecimal => "a price is a decimal number such as 0.01",
            Self::TooFine => "a price has at most six decimals",
            Self::TooLarge => "the price is too large",
        })
    }
}

impl std::error::Error for PriceError {}

fn split(micros: i64) -> (&'static str, u64, u64) {
    let sign = if micros < 0 { "-" } else { "" };
    (sign, micros.unsigned_abs() / SCALE, micros.unsigned_abs() % SCALE)
}

const DECIMALS: usize = 6;
const CENTS: usize = 2;
const SCALE: u64 = 1_000_000;

#[cfg(test)]
mod tests;
