//! A table the other way round: from characters to septets, by bisection.

use super::Table;

/// The characters of a table in their order, with their septets.
#[derive(Debug)]
pub(super) struct Index {
    points: [u16; 128],
    septets: [u8; 128],
    len: usize,
}

impl Index {
    const EMPTY: Self = Self { points: [0; 128], septets: [0; 128], len: 0 };

    /// One for each language; those without a table have an empty one.
    pub(super) const fn of_all(tables: &[Option<&Table>; 14]) -> [Self; 14] {
        let mut indexes = [const { Self::EMPTY }; 14];
        let mut language = 0;
        while language < tables.len() {
            if let Some(table) = tables[language] {
                indexes[language] = Self::of(table);
            }
            language += 1;
        }
        indexes
    }

    /// Sorts by insertion. Of a character that stands twice the lower septet is kept.
    const fn of(table: &Table) -> Self {
        let mut index = Self::EMPTY;
        let mut septet = 0;
        while septet < table.len() {
            let point = table[septet];
            let mut at = index.len;
            while at > 0 && index.points[at - 1] > point {
                at -= 1;
            }
            let known = at > 0 && index.points[at - 1] == point;
            if point != 0 && !known {
                let mut last = index.len;
                while last > at {
                    index.points[last] = index.points[last - 1];
                    index.septets[last] = index.septets[last - 1];
                    last -= 1;
                }
                index.points[at] = point;
                index.septets[at] = septet as u8;
                index.len += 1;
            }
            septet += 1;
        }
        index
    }

    /// The septet of a character.
    pub(super) fn septet(&self, character: char) -> Option<u8> {
        let point = u16::try_from(u32::from(character)).ok()?;
        let at = self.points[..self.len].binary_search(&point).ok()?;
        Some(self.septets[at])
    }
}
