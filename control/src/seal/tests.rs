use super::*;

#[test]
fn a_made_key_unseals_what_it_sealed_and_another_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.key");
    let seal = Seal::open(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let sealed = seal.seal("secret").unwrap();
    assert_ne!(sealed, seal.seal("secret").unwrap(), "a nonce is never used twice");
    assert_eq!(Seal::open(&path).unwrap().unseal(&sealed).as_deref(), Some("secret"));
    let other = Seal::open(&folder.path().join("other.key")).unwrap();
    assert_eq!(other.unseal(&sealed), None);
    assert_eq!(seal.unseal(&sealed[..10]), None);
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.key");
    Seal::open(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Seal::open(&path), Err(SealError::Exposed { .. })));
}
