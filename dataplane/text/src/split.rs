//! A long text into segments that fit.
//!
//! A cut never goes through an escape pair or a surrogate pair, since characters are never cut. It
//! goes between grapheme clusters, so that no accent, joiner or flag loses its other half, unless
//! a cluster is longer than a segment, or the text would need more than 255 segments.

use unicode_segmentation::UnicodeSegmentation;

use crate::{Concat, Form};

/// The most segments a text may have: the total is one octet (TS 23.040 §9.2.3.24.1).
pub const SEGMENTS_MAX: usize = 255;

/// Why a text cannot be split.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SplitError {
    /// A character is not in the alphabet.
    Unsaid,
    /// It needs more than [`SEGMENTS_MAX`].
    TooLong,
}

/// How segments say that they belong together, as far as it costs room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reference {
    /// A header element with 8 bits; also what is said beside the text (SAR), since the next
    /// message centre will have to make a header of it.
    Narrow,
    /// A header element with 16 bits.
    Wide,
}

/// The segments of a text, in their order.
#[derive(Clone, Debug)]
pub struct Segments<'t> {
    rest: &'t str,
    form: Form,
    /// Units of one segment.
    room: usize,
    /// Whether clusters are kept together.
    clusters: bool,
    total: u8,
    /// Of the segment that comes next.
    sequence: u8,
}

/// A part of a long text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Segment<'t> {
    /// What it says.
    pub text: &'t str,
    /// How many there are.
    pub total: u8,
    /// Which one this is, 1 to `total`.
    pub sequence: u8,
}

/// Splits a text written in `form`, beside `others` octets of other header elements. A text that
/// fits is one segment, which needs no reference.
pub fn split(
    text: &str,
    form: Form,
    reference: Reference,
    others: usize,
) -> Result<Segments<'_>, SplitError> {
    let elements = form.shifts.octets() + others;
    let header = |elements: usize| if elements == 0 { 0 } else { elements + 1 };
    let mut segments =
        Segments { rest: text, form, room: usize::MAX, clusters: true, total: 1, sequence: 1 };
    let units = text.chars().try_fold(0, |sum, one| Some(sum + form.cost(one)?));
    if units.ok_or(SplitError::Unsaid)? <= form.room(header(elements)) {
        return Ok(segments);
    }
    let concat = Concat::octets(reference == Reference::Wide);
    segments.room = form.room(header(elements + concat));
    for clusters in [true, false] {
        segments.clusters = clusters;
        if let Some(total) = segments.needed() {
            segments.total = total;
            return Ok(segments);
        }
    }
    Err(SplitError::TooLong)
}

impl Segments<'_> {
    /// How many segments there are in all.
    pub const fn total(&self) -> u8 {
        self.total
    }

    /// Counts the segments from here on; `None` if they are too many.
    fn needed(&self) -> Option<u8> {
        let (mut rest, mut count) = (self.rest, 0_u8);
        while !rest.is_empty() {
            count = count.checked_add(1)?;
            rest = &rest[self.cut(rest)..];
        }
        Some(count)
    }

    /// Where the first segment of `rest` ends. A segment has one character at least, so that a
    /// walk always ends; where there is not even room for one, nothing fits anyway.
    fn cut(&self, rest: &str) -> usize {
        let whole = if self.clusters { self.fitting_clusters(rest) } else { None };
        whole.unwrap_or_else(|| self.fitting_characters(rest))
    }

    /// The end of the last cluster that fits; `None` if not even the first one does.
    fn fitting_clusters(&self, rest: &str) -> Option<usize> {
        let (mut end, mut units) = (None, 0);
        for (at, cluster) in rest.grapheme_indices(true) {
            units += cluster.chars().map(|one| self.form.cost(one).unwrap_or(0)).sum::<usize>();
            if units > self.room {
                break;
            }
            end = Some(at + cluster.len());
        }
        end
    }

    fn fitting_characters(&self, rest: &str) -> usize {
        let mut units = 0;
        for (at, character) in rest.char_indices() {
            units += self.form.cost(character).unwrap_or(0);
            if units > self.room && at > 0 {
                return at;
            }
        }
        rest.len()
    }
}

impl<'t> Iterator for Segments<'t> {
    type Item = Segment<'t>;

    fn next(&mut self) -> Option<Segment<'t>> {
        if self.sequence == 0 || self.sequence > self.total {
            return None;
        }
        let (text, rest) = self.rest.split_at(self.cut(self.rest));
        let segment = Segment { text, total: self.total, sequence: self.sequence };
        self.rest = rest;
        // After the 255th comes none.
        self.sequence = self.sequence.checked_add(1).unwrap_or(0);
        Some(segment)
    }
}

#[cfg(test)]
mod tests;
