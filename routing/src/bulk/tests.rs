use super::*;
use crate::snapshot::{RowsName, Snapshot};
use crate::{Environment, Plan, Policy, PolicyTable};

#[test]
fn rows_are_numbers_and_prefixes() {
    let number = |text: &str| text.parse::<Number>().unwrap();
    assert_eq!(Row::parse(b"2222"), Ok(Row::Number(number("2222"))));
    assert_eq!(Row::parse(b"222%"), Ok(Row::Prefix(number("222"))));
    for other in ["", "%", "22_", "%22", "2a", "1234567890123456789"] {
        assert_eq!(Row::parse(other.as_bytes()), Err(RowError), "{other}");
    }
}

#[test]
fn a_table_takes_its_place_among_the_policies() {
    let policies = vec![
        Policy::new(1, "%", 90, &[7]),
        Policy::new(2, "@ported", 10, &[8]),
        Policy::new(3, "@ported", 10, &[9]),
        Policy::new(4, "2299%", 10, &[7]),
        Policy::new(5, "2298%", 20, &[7]),
    ];
    let rows = [("22%", 0), ("229%", 1), ("2297", 0), ("2298", 0), ("5%", 2)];
    let rows = rows.map(|(text, place)| (Row::parse(text.as_bytes()).unwrap(), place));
    let rows = RowFile::of(RowsName([7; 32]), &RowTable::build(rows));
    let policies = PolicyTable::build(policies).with_table(0, &[2, 3, 99]);
    let environment = Environment { policies, ..Environment::default() }.index();
    let environments = vec![environment];
    let plan = Plan { environments, tables: vec![rows.name()], ..Plan::default() };
    let snapshot = Snapshot::with_rows(&plan, |_| Some(rows.clone())).unwrap();
    let table = &snapshot.plan().environments[0].policies;
    let ids = |number: &str| -> Vec<u32> {
        let number = number.parse().unwrap();
        let next = |(rank, _): &(u32, _)| table.first_from(snapshot.tables(), number, rank + 1);
        let found = std::iter::successors(table.first_from(snapshot.tables(), number, 0), next);
        found.map(|(_, policy)| policy.id.to_native()).collect()
    };
    assert_eq!(ids("221"), [2, 1], "a prefix of the table, then what comes after it");
    assert_eq!(ids("2291"), [3, 1], "within a table the longest row wins");
    assert_eq!(ids("2297"), [2, 1], "a whole number is the longest row");
    assert_eq!(ids("22971"), [3, 1]);
    assert_eq!(ids("22991"), [4, 3, 1], "at one priority a pattern goes before a table");
    assert_eq!(ids("2298"), [2, 5, 1], "priority goes before length");
    assert_eq!(ids("51"), [1], "a row of a policy that is not there leads nowhere");
}
