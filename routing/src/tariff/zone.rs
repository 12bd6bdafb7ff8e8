//! What clocks of a zone say, as a table: shards know no zones.

use rkyv::{Archive, Deserialize, Serialize};

use crate::Window;

/// From an instant on, clocks are so far ahead of UTC.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Offset {
    /// The first instant, Unix nanoseconds.
    pub from_ns: u64,
    /// Seconds; less than 0 is west.
    pub east_secs: i32,
}

/// The minute of the week that clocks show there. Before the first entry, and without any, it is
/// that of UTC.
pub(super) fn minute_there(at_ns: u64, zone: &[ArchivedOffset]) -> u16 {
    let begun = zone.partition_point(|offset| offset.from_ns.to_native() <= at_ns);
    let offset = begun.checked_sub(1).and_then(|at| zone.get(at));
    let east_secs = offset.map_or(0, |offset| i64::from(offset.east_secs.to_native()));
    Window::minute_of(at_ns.saturating_add_signed(east_secs * 1_000_000_000))
}
