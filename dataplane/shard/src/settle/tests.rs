use super::*;

/// standards.md 4.2, every code it lists, and scenarios.md's rule for all of 2xx.
#[test]
fn every_sip_status_means_what_the_table_says() {
    let delivered = [200, 202, 204, 299];
    let rejected = [402, 403, 433, 603, 606, 607, 608];
    let undeliverable = [
        300, 301, 302, 380, 400, 404, 405, 406, 410, 413, 414, 415, 416, 420, 421, 482, 483, 484,
        485, 488, 493, 501, 505, 513, 580, 600, 604,
    ];
    let temporary = [401, 407, 408, 423, 429, 430, 480, 481, 486, 487, 491, 500, 502, 503, 504];
    for status in delivered {
        assert_eq!(Verdict::of_sip(status), Verdict::Delivered, "{status}");
    }
    for status in rejected {
        let verdict = Verdict::Permanent(State::Rejected, status.into());
        assert_eq!(Verdict::of_sip(status), verdict, "{status}");
    }
    for status in undeliverable {
        let verdict = Verdict::Permanent(State::Undeliverable, status.into());
        assert_eq!(Verdict::of_sip(status), verdict, "{status}");
    }
    for status in temporary {
        assert_eq!(Verdict::of_sip(status), Verdict::Temporary(status.into()), "{status}");
    }
}

/// A trunk is a relay: it has the Sms at 202, and all else is as for an app.
#[test]
fn a_trunk_accepts_with_202() {
    assert_eq!(Verdict::of_trunk(202), Verdict::Accepted(202));
    assert_eq!(Verdict::of_trunk(202).last(), (State::Accepted, 202));
    for status in (200..700).filter(|status| *status != 202) {
        assert_eq!(Verdict::of_trunk(status), Verdict::of_sip(status), "{status}");
    }
}

/// RFC 3261 §8.1.3.2: an unknown code is the x00 of its class.
#[test]
fn an_unknown_sip_status_is_the_first_of_its_class() {
    for (unknown, first) in [(499, 400), (599, 500), (699, 600), (399, 300), (299, 200)] {
        let same = |verdict| match verdict {
            Verdict::Permanent(state, _) => Some(state),
            Verdict::Delivered => Some(State::Delivered),
            Verdict::Accepted(_) | Verdict::Temporary(_) | Verdict::Busy(_) | Verdict::Unknown => {
                None
            }
        };
        assert_eq!(same(Verdict::of_sip(unknown)), same(Verdict::of_sip(first)), "{unknown}");
    }
}

/// standards.md 4.3, every code it lists.
#[test]
fn every_command_status_means_what_the_table_says() {
    for status in [0x14, 0x58] {
        assert_eq!(Verdict::of_smpp(status), Verdict::Busy(status), "{status:#x}");
    }
    for status in [0x04, 0x05, 0x08, 0x0D, 0x0E, 0x0F, 0x53, 0x64, 0xFF, 0x102] {
        assert_eq!(Verdict::of_smpp(status), Verdict::Temporary(status), "{status:#x}");
    }
    for status in [0x65, 0x66, 0x100, 0x101, 0x103] {
        let verdict = Verdict::Permanent(State::Rejected, status);
        assert_eq!(Verdict::of_smpp(status), verdict, "{status:#x}");
    }
    let undeliverable = [
        0x01, 0x02, 0x03, 0x06, 0x07, 0x0A, 0x0B, 0x15, 0x33, 0x34, 0x42, 0x43, 0x45, 0x48, 0x49,
        0x50, 0x51, 0x54, 0x61, 0x62, 0x63, 0x67, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xFE, 0x104, 0x105,
        0x106, 0x400, 0x4FF,
    ];
    for status in undeliverable {
        let verdict = Verdict::Permanent(State::Undeliverable, status);
        assert_eq!(Verdict::of_smpp(status), verdict, "{status:#x}");
    }
}

#[test]
fn of_two_failed_branches_the_more_hopeful_counts() {
    let no = Verdict::Permanent(State::Rejected, 603);
    let later = Verdict::Temporary(486);
    assert_eq!(no.better(None), no);
    assert_eq!(no.better(Some(later)), later);
    assert_eq!(later.better(Some(no)), later);
    assert_eq!(no.better(Some(Verdict::Unknown)), Verdict::Unknown);
    assert_eq!(Verdict::Delivered.better(Some(later)), Verdict::Delivered);
}
