//! The tables that say a text in the fewest septets.

use super::{Languages, Shifts};

/// The tables, of those a receiver knows, that say `text` in the fewest octets, and how many
/// septets that takes; `None` if none can say it. The default tables win when they can say it at
/// all: every phone has them.
pub fn smallest(text: &str, languages: Languages) -> Option<(Shifts, usize)> {
    if let Some(septets) = Shifts::NONE.septets(text) {
        return Some((Shifts::NONE, septets));
    }
    let pairs = languages.iter().flat_map(|language| {
        let locking = Some(language).filter(|language| language.locks());
        let single = Some(language);
        [(None, single), (locking, None), (locking, single)]
    });
    let shifts = pairs.map(|(locking, single)| Shifts { locking, single });
    let said = shifts.filter_map(|shifts| Some((shifts, shifts.septets(text)?)));
    // A header costs room, too: its octets in septets.
    said.min_by_key(|(shifts, septets)| septets + (8 * shifts.octets()).div_ceil(7))
}
