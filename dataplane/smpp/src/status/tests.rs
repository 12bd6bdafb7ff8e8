use super::*;

#[test]
fn every_name_parses_back() {
    assert_eq!(Status::ALL.len(), 67);
    for &status in Status::ALL {
        let name = status.name().unwrap();
        assert_eq!(Status::parse(name), Some(status));
        assert_eq!(Status::parse(&name[5..].to_lowercase()), Some(status));
        assert_eq!(status.needs_v50(), (0x100..0x400).contains(&status.0));
    }
    assert!(Status::ALL.is_sorted(), "by code, and so without doubles");
    assert_eq!(Status::parse("ESME_RNONSENSE"), None);
}

#[test]
fn it_shows_name_and_number() {
    assert_eq!(Status::RINVDSTADR.to_string(), "ESME_RINVDSTADR (0x0000000B)");
    assert_eq!(Status(0x401).to_string(), "vendor (0x00000401)");
    assert_eq!(Status(0x200).to_string(), "unknown (0x00000200)");
    assert!(Status::ROK.is_ok() && !Status::RSYSERR.is_ok());
}
