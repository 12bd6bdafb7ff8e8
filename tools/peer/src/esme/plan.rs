//! What to send to whom, and in which order.

use std::str::FromStr;

/// So many SMS for one number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Destination {
    /// Who gets them.
    pub(super) number: String,
    /// How many.
    pub(super) count: u32,
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, count) = text.split_once('=').unwrap_or((text, "1"));
        let count = count.parse().map_err(|_| format!("'{count}' is no count"))?;
        match number.is_empty() || number.len() > NUMBER_MAX {
            true => Err(format!("a number has 1 to {NUMBER_MAX} characters")),
            false => Ok(Self { number: number.to_owned(), count }),
        }
    }
}

/// The destination of each SMS: those of one destination spread evenly over the run.
pub(super) fn interleave(destinations: &[Destination]) -> Vec<usize> {
    let mut places: Vec<(f64, usize)> = destinations
        .iter()
        .enumerate()
        .flat_map(|(index, destination)| {
            let step = 1.0 / f64::from(destination.count.max(1));
            (0..destination.count).map(move |k| ((f64::from(k) + 0.5) * step, index))
        })
        .collect();
    places.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    places.into_iter().map(|(_, index)| index).collect()
}

/// The text of SMS number `n`.
pub(crate) fn render(template: &str, n: u32) -> String {
    template.replace("{n}", &n.to_string())
}

/// Octets of a destination_addr without its NUL (SMPP 3.4 §5.2.9).
const NUMBER_MAX: usize = 20;

#[cfg(test)]
mod tests;
