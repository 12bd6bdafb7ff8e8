//! What a completion is about.

/// What a completion is about, as the 64 bits that the kernel keeps for us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Token {
    Bell,
    Accept(u16),
    Datagrams(u16),
    Receive(u32),
    Send(u32),
    Connect(u32),
    Write,
    Sync,
    Cancel,
}

impl Token {
    pub(super) fn number(self) -> u64 {
        let (kind, at) = match self {
            Self::Bell => (0, 0),
            Self::Accept(at) => (1, at.into()),
            Self::Datagrams(at) => (2, at.into()),
            Self::Receive(slot) => (3, slot),
            Self::Send(slot) => (4, slot),
            Self::Connect(slot) => (5, slot),
            Self::Write => (6, 0),
            Self::Sync => (7, 0),
            Self::Cancel => (8, 0),
        };
        (kind << 32) | u64::from(at)
    }

    /// Does it accept, or read?
    pub(super) fn listens(self) -> bool {
        matches!(self, Self::Accept(_) | Self::Datagrams(_) | Self::Receive(_))
    }

    pub(super) fn of(number: u64) -> Self {
        let at = number as u32;
        match number >> 32 {
            0 => Self::Bell,
            1 => Self::Accept(at as u16),
            2 => Self::Datagrams(at as u16),
            3 => Self::Receive(at),
            4 => Self::Send(at),
            5 => Self::Connect(at),
            6 => Self::Write,
            7 => Self::Sync,
            8 => Self::Cancel,
            _ => unreachable!("the kernel returns what `number` made"),
        }
    }
}
