use super::may_be;

#[test]
fn a_line_with_a_password_is_not_kept() {
    for line in ["account add 1111 --password x", "carrier set TATA '--password=x'"] {
        assert!(!may_be(line), "{line}");
    }
    for line in ["account add 1111 --password-file x", "carrier set TATA --outbind ::1:1"] {
        assert!(may_be(line), "{line}");
    }
}
