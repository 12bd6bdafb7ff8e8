use super::*;

fn id() -> MessageId {
    MessageId::new(1_800_000_000_000, 1, 0, 7)
}

#[test]
fn the_tlv_grows_by_four_octets_an_environment() {
    let (one, two) = (mark("env1.example"), mark("env2.example"));
    let trace = Trace::default().onwards(one, id()).onwards(two, MessageId::from_bits(9));
    assert_eq!((trace.hops, trace.id, trace.path()), (2, Some(id()), &[one, two][..]));
    let mut octets = Vec::new();
    trace.encode(&mut octets);
    assert_eq!(octets.len(), 1 + 10 + 8);
    assert_eq!(Trace::decode(&octets), Ok(trace));
    assert!(trace.has_passed(one) && trace.has_passed(two) && !trace.has_passed(3));
    assert!(!trace.has_passed(0), "no environment has the mark 0");
}

#[test]
fn one_octet_is_a_count() {
    let trace = Trace::decode(&[3]).unwrap();
    assert_eq!((trace.hops, trace.id, trace.path()), (3, None, &[][..]));
    let mut octets = Vec::new();
    trace.encode(&mut octets);
    assert_eq!(octets, [3]);
    assert_eq!(Trace::decode(&[]), Err(Short));
}

#[test]
fn a_path_longer_than_ours_does_not_decode() {
    let mut trace = Trace::default();
    for mark in 1..=Trace::PATH_MAX as u32 {
        trace = trace.onwards(mark, id());
    }
    let mut octets = Vec::new();
    trace.encode(&mut octets);
    assert_eq!(octets.len(), Trace::LEN_MAX);
    assert_eq!(Trace::decode(&octets), Ok(trace));
    octets.extend_from_slice(&[1, 0, 0, 0]);
    assert_eq!(Trace::decode(&octets), Err(Short));
    assert_eq!(Trace::decode(&octets[..octets.len() - 1]), Err(Short));
}

#[test]
fn a_mark_is_the_domain_whatever_its_case() {
    assert_eq!(mark("Env1.Example"), mark("env1.example"));
    assert_ne!(mark("env1.example"), mark("env2.example"));
}
