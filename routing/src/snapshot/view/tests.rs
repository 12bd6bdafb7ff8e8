use super::*;
use crate::{
    Account, Address, AllReady, Asked, Carrier, Decision, Environment, Number, Plan, Policy,
    PolicyTable, Question, Rate, Refusal, Tariff, Way,
};

/// Whoever calls a number, at the beginning of time.
fn asked(number: &str) -> Asked<'static> {
    let calling = Box::leak(Box::new(Address::new(1, 1, b"49").unwrap()));
    Asked { number: number.parse().unwrap(), calling, at_ns: 0 }
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn plan() -> Plan {
    let account = Account {
        id: 3,
        user: "1111".into(),
        numbers: vec![number("1111").packed()],
        ha1_md5: [1; 16],
        ha1_sha256: [2; 32],
        messaging: true,
        devices: Default::default(),
    };
    let rates = vec![Rate { prefix: number("1").packed(), price_micros: 10_000 }];
    let policies = [(1, "%"), (2, "222%")]
        .map(|(id, pattern)| Policy {
            ways: vec![Way::refuse(Refusal::Barred)],
            ..Policy::new(id, pattern, 10, &[])
        })
        .to_vec();
    let environment = Environment {
        id: 1,
        name: "env1".into(),
        domain: "env1.example".into(),
        accounts: vec![Account { id: 9, user: "0".into(), ..account.clone() }, account],
        policies: PolicyTable::build(policies),
        tariffs: vec![Tariff::new(5, "TATA-in", 7, "USD", rates)],
        carriers: Vec::<Carrier>::new(),
        ..Environment::default()
    };
    Plan { generation: 42, environments: vec![environment.index()], ..Plan::default() }
}

fn aligned(octets: &[u8]) -> rkyv::util::AlignedVec {
    let mut aligned = rkyv::util::AlignedVec::with_capacity(octets.len());
    aligned.extend_from_slice(octets);
    aligned
}

#[test]
fn local_account_first_then_the_policies() {
    let snapshot = Snapshot::of(&plan());
    assert_eq!(snapshot.generation(), 42);
    let environment = snapshot.plan().environment("env1").unwrap();
    let decide = |text: &str| {
        let question = Question::plain(number(text), 0);
        match environment.choose(&[], &question, &AllReady, &mut ()).decision {
            Decision::Account(id) => format!("account {}", environment.account(id).unwrap().user),
            Decision::Refused { policy: Some(policy), .. } => format!("policy {}", policy.pattern),
            Decision::Connection { .. } | Decision::Refused { policy: None, .. } => {
                "nothing".to_owned()
            }
        }
    };
    assert_eq!(decide("1111"), "account 1111");
    assert_eq!(decide("2222"), "policy 222%");
    assert_eq!(decide("9"), "policy %");
    assert_eq!(environment.account(3).unwrap().user, "1111");
    assert_eq!(environment.account_by_user("1111").unwrap().id, 3);
    assert!(environment.account(4).is_none());
    let charge = environment.tariff(5).unwrap().charge(&asked("1111"), 3).unwrap();
    assert_eq!((charge.version, charge.amount_micros), (7, 30_000));
    assert_eq!(environment.tariff(5).unwrap().charge(&asked("2"), 1), None);
}

#[test]
fn the_same_plan_gives_the_same_octets() {
    assert_eq!(super::super::freeze(&plan()), super::super::freeze(&plan()));
}

#[test]
fn c03_a_snapshot_with_any_octet_flipped_is_refused() {
    let octets = super::super::freeze(&plan());
    for at in 0..octets.len() {
        let mut broken = aligned(&octets);
        broken[at] ^= 0x40;
        assert!(Snapshot::open(broken, |_| None).is_err(), "octet {at} flipped and nobody saw");
    }
}

#[test]
fn c03_a_snapshot_cut_anywhere_is_refused() {
    let octets = super::super::freeze(&plan());
    for len in 0..octets.len() {
        assert!(
            Snapshot::open(aligned(&octets[..len]), |_| None).is_err(),
            "{len} octets accepted"
        );
    }
    let mut longer = aligned(&octets);
    longer.push(0);
    assert!(matches!(Snapshot::open(longer, |_| None), Err(SnapshotError::Length { .. })));
}

#[test]
fn another_format_is_named() {
    let mut octets = aligned(&super::super::freeze(&plan()));
    octets[8] = 99;
    assert_eq!(Snapshot::open(octets, |_| None).unwrap_err(), SnapshotError::Format { found: 99 });
}

#[test]
fn names_of_files_and_generations_agree() {
    use super::super::{file_name, generation_of};
    assert_eq!(file_name(42), "plan-0000000042.snap");
    assert_eq!(generation_of(&file_name(u64::MAX)), Some(u64::MAX));
    assert_eq!(generation_of("plan-x.snap"), None);
}
