//! What an event is about.

use rustix::event::epoll::EventData;

/// What an event is about, as the 64 bits that epoll keeps for us.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    Bell,
    Listener(u16),
    Datagrams(u16),
    Link(u32),
}

impl Token {
    pub(super) fn data(self) -> EventData {
        EventData::new_u64(match self {
            Self::Bell => 0,
            Self::Listener(at) => 1 << 32 | u64::from(at),
            Self::Datagrams(at) => 2 << 32 | u64::from(at),
            Self::Link(slot) => 3 << 32 | u64::from(slot),
        })
    }

    pub(super) fn of(data: EventData) -> Self {
        let number = data.u64();
        match number >> 32 {
            0 => Self::Bell,
            1 => Self::Listener(number as u16),
            2 => Self::Datagrams(number as u16),
            _ => Self::Link(number as u32),
        }
    }
}
