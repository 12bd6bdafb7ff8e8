use std::os::unix::fs::PermissionsExt;

use super::*;

fn written(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn a_key_hands_over_and_both_have_signed_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proof.key");
    let first = ProofKey::create(&path).unwrap();
    let second = ProofKey::rotate(&path).unwrap();
    let third = ProofKey::rotate(&path).unwrap();
    let read = ProofKey::open(&path).unwrap();
    assert_eq!((read.public(), &read.chain), (third.public(), &third.chain));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for key in [&first, &second, &third] {
        assert!(leads(&read.chain, &key.public(), &third.public()));
        assert_eq!(key.pseudonym("1111"), first.pseudonym("1111"), "a number keeps its hash");
    }
    assert!(!leads(&read.chain, &third.public(), &first.public()));
    assert!(!leads(&read.chain, &"00".repeat(32), &third.public()));
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 4, "seed, numbers, two keys that handed over");
}

#[test]
fn a_chain_that_was_altered_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proof.key");
    ProofKey::create(&path).unwrap();
    ProofKey::rotate(&path).unwrap();
    ProofKey::rotate(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let without = |gone: usize| -> String {
        let rest = lines.iter().enumerate().filter(|(at, _)| *at != gone);
        rest.map(|(_, line)| format!("{line}\n")).collect()
    };
    written(&path, &without(3));
    assert!(ProofKey::open(&path).is_err(), "the latest is missing");
    written(&path, &without(2));
    assert!(ProofKey::open(&path).is_ok(), "older ones may be forgotten");
    let (word, keys) = lines[3].split_at("key ".len());
    let another = if keys.starts_with('0') { '1' } else { '0' };
    let altered = format!("{word}{another}{}", &keys[1..]);
    written(&path, &text.replace(lines[3], &altered));
    let fault = ProofKey::open(&path).err().unwrap();
    assert!(fault.error.contains("not handed over so"), "{}", fault.error);
}
