//! What an Sms went through before it came to the connection that has it now.

use crate::octets::{Field, Reader, Short, Write};

/// Every change of the connection that has an Sms, and what the earlier ones did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Journey {
    /// How often it was given to another connection. Of two records of one Sms the one with
    /// more moves is true.
    pub moves: u8,
    /// How many attempts there had been before the last move.
    pub attempts: u16,
    tried: [u32; Self::MOVES_MAX as usize],
}

impl Journey {
    /// How often an Sms may be given to another connection because the one that had it could
    /// not take it. A connection that is no more is left whenever that happens.
    pub const MOVES_MAX: u8 = 4;

    /// The connections it was taken from first; of more than [`MOVES_MAX`](Self::MOVES_MAX)
    /// the first ones.
    pub fn tried(&self) -> &[u32] {
        &self.tried[..usize::from(self.moves.min(Self::MOVES_MAX))]
    }

    /// May it be given to another connection once more because this one cannot take it?
    pub fn may_go_on(&self) -> bool {
        self.moves < Self::MOVES_MAX
    }

    /// The journey after it was taken from a connection, after so many attempts in all.
    pub fn onwards(mut self, connection: u32, attempts: u16) -> Self {
        if let Some(place) = self.tried.get_mut(usize::from(self.moves)) {
            *place = connection;
        }
        Self { moves: self.moves.saturating_add(1), attempts, ..self }
    }
}

impl Field for Journey {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u8(self.moves);
        if self.moves > 0 {
            out.put_u16(self.attempts);
            self.tried().iter().for_each(|connection| out.put_u32(*connection));
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let moves = reader.u8()?;
        if moves == 0 {
            return Ok(Self::default());
        }
        let mut journey = Self { moves, attempts: reader.u16()?, ..Self::default() };
        for place in journey.tried.iter_mut().take(usize::from(moves)) {
            *place = reader.u32()?;
        }
        Ok(journey)
    }
}
