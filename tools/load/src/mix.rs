//! What kinds of SMS a run is made of, and which of them SMS `id` is.

use std::str::FromStr;

/// A kind of SMS that a carrier submits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// GSM 7-bit, as long as `--text-length` says.
    Plain,
    /// UCS-2 (data_coding 8).
    Ucs2,
    /// A text of [`LONG_CHARACTERS`] in message_payload (SMPP 3.4 §5.3.2.32).
    Long,
    /// priority_flag 2 (SMPP 3.4 §5.2.14).
    Urgent,
}

/// How many of a hundred SMS are of each kind; the rest is plain.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Mix {
    shares: [u32; 3],
}

impl Kind {
    /// All kinds, in the order of their templates.
    pub(crate) const ALL: [Self; 4] = [Self::Plain, Self::Ucs2, Self::Long, Self::Urgent];

    /// Its place among the templates.
    pub(crate) const fn place(self) -> usize {
        self as usize
    }
}

impl Mix {
    /// The kind of SMS `id`. Kinds are spread: any hundred SMS in a row hold each share exactly.
    pub(crate) fn kind_of(&self, id: u32) -> Kind {
        let mut at = (id % HUNDRED) * SPREAD % HUNDRED;
        for (share, (_, kind)) in self.shares.iter().zip(NAMES) {
            if at < *share {
                return kind;
            }
            at -= share;
        }
        Kind::Plain
    }

    /// Whether all SMS are plain.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut mix = Self::default();
        for part in text.split(',') {
            let (name, share) = part.split_once('=').ok_or_else(|| expected(part))?;
            let place = NAMES.iter().position(|(known, _)| *known == name);
            let share = share.parse().ok().filter(|share| *share <= HUNDRED);
            let (Some(place), Some(share)) = (place, share) else { return Err(expected(part)) };
            mix.shares[place] = share;
        }
        if mix.shares.iter().sum::<u32>() > HUNDRED {
            return Err("the shares are more than a hundred together".to_owned());
        }
        Ok(mix)
    }
}

fn expected(part: &str) -> String {
    format!("'{part}' is no share: ucs2=N, long=N or urgent=N, N of a hundred")
}

/// Characters of a long text: four segments at a phone.
pub(crate) const LONG_CHARACTERS: usize = 480;

const NAMES: [(&str, Kind); 3] =
    [("ucs2", Kind::Ucs2), ("long", Kind::Long), ("urgent", Kind::Urgent)];

const HUNDRED: u32 = 100;

/// Has no divisor in common with a hundred, so that neighbours are of different kinds.
const SPREAD: u32 = 37;

#[cfg(test)]
mod tests;
