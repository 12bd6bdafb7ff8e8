use smpp::TlvBuffer;

use super::*;

/// 2024-01-15T10:30:00.25Z.
const NOW_NS: u64 = 1_705_314_600_250_000_000;
const NOW: i64 = 1_705_314_600;

fn of(schedule: &str, validity: &str) -> Result<(Option<i64>, Option<i64>), Status> {
    let message = ShortMessage {
        schedule_delivery_time: schedule.as_bytes(),
        validity_period: validity.as_bytes(),
        ..ShortMessage::default()
    };
    times(&message, NOW_NS).map(|times| (times.not_before, times.validity))
}

#[test]
fn every_legal_form_and_what_becomes_of_it() {
    let (hour, day) = (3600, 86_400);
    let table = [
        ("", "", (None, None)),
        // Relative: from the end of this second.
        ("", "000000010000000R", (None, Some(NOW + 1 + hour))),
        ("000000010000000R", "", (Some(NOW + 1 + hour), None)),
        ("000000010000000R", "000000020000000R", (Some(NOW + 1 + hour), Some(NOW + 1 + 2 * hour))),
        ("", "000000000000500R", (None, Some(NOW + 2))),
        ("", "990000000000000R", (None, Some(NOW + 1 + 99 * 365 * day))),
        // Absolute, with quarters of an hour east and west of UTC.
        ("240115113000000+", "", (Some(NOW + hour), None)),
        ("240115113000004+", "", (None, None)),
        ("240115103000004-", "", (Some(NOW + hour), None)),
        ("240115103000048-", "", (Some(NOW + 12 * hour), None)),
        ("240115161500023+", "", (None, None)),
        ("240115161600023+", "", (Some(NOW + 60), None)),
        ("", "240116103000000+", (None, Some(NOW + day))),
        // A schedule that has passed is no schedule.
        ("200101000000000+", "", (None, None)),
        ("240115103000000+", "", (None, None)),
        ("000000000000000R", "", (Some(NOW + 1), None)),
    ];
    for (schedule, validity, expected) in table {
        assert_eq!(of(schedule, validity), Ok(expected), "{schedule:?} {validity:?}");
    }
}

#[test]
fn what_is_illegal_or_cannot_be_kept() {
    let (sched, expiry) = (Status::RINVSCHED, Status::RINVEXPIRY);
    let table = [
        ("1", "", sched),
        ("24011510300000+", "", sched),
        ("2401151030000000+", "", sched),
        ("240115103000049+", "", sched),
        ("241315103000000+", "", sched),
        ("240115103000000*", "", sched),
        ("", "1", expiry),
        ("", "240230103000000+", expiry),
        ("", "2401151030000x0+", expiry),
        // Over before it began.
        ("", "200101000000000+", expiry),
        ("", "240115103000000+", expiry),
        ("", "000000000000000R", expiry),
        // Over before it may leave.
        ("240115120000000+", "240115120000000+", expiry),
        ("240115120000000+", "240115113000000+", expiry),
        ("000000020000000R", "000000010000000R", expiry),
        // Farther than we look.
        ("000101000000000R", "", sched),
        ("990101000000000+", "", sched),
    ];
    for (schedule, validity, expected) in table {
        assert_eq!(of(schedule, validity), Err(expected), "{schedule:?} {validity:?}");
    }
}

#[test]
fn data_sm_says_how_long_it_lives() {
    let mut tlvs = TlvBuffer::new();
    tlvs.put(tag::QOS_TIME_TO_LIVE, &60u32.to_be_bytes());
    let message = ShortMessage { tlvs: tlvs.view(), ..ShortMessage::default() };
    let lives = Times { validity: Some(NOW + 61), not_before: None };
    assert_eq!(times(&message, NOW_NS), Ok(lives));
    let odd = TlvBuffer::new().put(tag::QOS_TIME_TO_LIVE, &[1]).view().raw().to_vec();
    let message =
        ShortMessage { tlvs: smpp::Tlvs::decode(&odd).expect("a TLV"), ..ShortMessage::default() };
    assert_eq!(times(&message, NOW_NS), Ok(Times::default()));
}
