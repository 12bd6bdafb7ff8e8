//! How many of the peer's requests we have not answered yet.
//!
//! The window the peer agreed to, seen from our side (SMPP 3.4 §2.6): what overruns
//! it is answered ESME_RTHROTTLED and never admitted.

/// Requests taken in and still without their response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Inbound {
    waiting: u16,
    limit: u16,
}

/// The peer has more requests outstanding than was agreed: ESME_RTHROTTLED.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Overrun;

impl Inbound {
    /// At most `limit` requests at once.
    pub const fn new(limit: u16) -> Self {
        Self { waiting: 0, limit }
    }

    /// Takes a request in, if there is room.
    pub const fn accept(&mut self) -> Result<(), Overrun> {
        if self.waiting >= self.limit {
            return Err(Overrun);
        }
        self.waiting += 1;
        Ok(())
    }

    /// One of the requests taken in has been answered.
    pub const fn settle(&mut self) {
        debug_assert!(self.waiting > 0, "only what was accepted can be answered");
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Requests without their response.
    pub const fn waiting(&self) -> u16 {
        self.waiting
    }

    /// How full the window is, from 0 to `full`.
    pub fn fill(&self, full: u8) -> u8 {
        let filled = u32::from(self.waiting) * u32::from(full) / u32::from(self.limit.max(1));
        filled.min(u32::from(full)) as u8
    }

    /// Changes the agreement; what is already in stays in.
    pub const fn set_limit(&mut self, limit: u16) {
        self.limit = limit;
    }
}
