//! The only room of control that reads the clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now, in Unix nanoseconds.
#[expect(clippy::disallowed_methods, reason = "this is control's clock")]
pub fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Now, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "this is control's clock")]
pub fn instant() -> Instant {
    Instant::now()
}

/// RFC 3339 in UTC with as many decimals as asked for; `-` for an instant nobody can have meant.
pub fn rfc3339(unix_ns: u64, decimals: u8) -> String {
    let Ok(stamp) = jiff::Timestamp::from_nanosecond(i128::from(unix_ns)) else {
        return "-".to_owned();
    };
    format!("{stamp:.*}", usize::from(decimals))
}
