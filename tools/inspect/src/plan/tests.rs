use routing::snapshot::{file_name, freeze};
use routing::{Account, Environment, Plan, Policy, PolicyTable, Tariff};

use super::*;

fn plan() -> Plan {
    let account = Account {
        id: 1,
        user: "1111".into(),
        numbers: vec![11111],
        ha1_md5: [0xAB; 16],
        ha1_sha256: [0xAB; 32],
        messaging: true,
        devices: Default::default(),
    };
    let policy = Policy::new(2, "222%", 10, &[3]);
    let environment = Environment {
        id: 1,
        name: "env1".into(),
        domain: "env1.example".into(),
        accounts: vec![account],
        policies: PolicyTable::build(vec![policy]),
        tariffs: vec![Tariff::new(4, "TATA-in", 7, "USD", Vec::new())],
        ..Environment::default()
    };
    Plan { generation: 42, made_ns: 9, environments: vec![environment.index()], tables: Vec::new() }
}

fn shown(path: &Path) -> (bool, String) {
    let mut out = Vec::new();
    let whole = inspect(path, &mut out).unwrap();
    (whole, String::from_utf8(out).unwrap())
}

#[test]
fn a_plan_is_summed_up_and_a_broken_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file_name(42));
    let mut octets = freeze(&plan());
    fs::write(&path, &octets).unwrap();
    fs::write(folder.path().join("current"), format!("{}\n", file_name(42))).unwrap();
    let (whole, text) = shown(folder.path());
    assert!(whole);
    let (_, lines) = text.split_once('\n').unwrap();
    assert_eq!(
        lines,
        "environment env1 (id 1, domain env1.example)\n  1 accounts, 1 numbers\n  \
         policy '222%' (id 2) priority 10 over 3\n  \
         tariff TATA-in (id 4) version 7 USD with 0 prices\n"
    );
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    fs::write(&path, &octets).unwrap();
    assert_eq!(shown(&path), (false, String::new()));
}
