use super::*;
use crate::snapshot::{Snapshot, freeze, rows_named};
use crate::{Environment, Plan, Policy, PolicyTable, Row};

const NAME: RowsName = RowsName([0xA5; 32]);

fn file() -> Octets {
    let rows = ["22%", "2222", "447900123456", "3%"];
    let rows = rows.iter().map(|text| Row::parse(text.as_bytes()).unwrap()).zip([0, 1, 0, 1]);
    RowFile::freeze(NAME, &RowTable::build(rows))
}

fn aligned(octets: &[u8]) -> Octets {
    let mut aligned = Octets::with_capacity(octets.len());
    aligned.extend_from_slice(octets);
    aligned
}

/// A plan whose table has so many places.
fn plan(places: &[u32]) -> Plan {
    let policies = (1..=2).map(|id| Policy::new(id, "@ported", 10, &[id])).collect();
    let policies = PolicyTable::build(policies).with_table(0, places);
    let environment = Environment { policies, ..Environment::default() }.index();
    let environments = vec![environment];
    Plan { generation: 3, environments, tables: vec![NAME], ..Plan::default() }
}

#[test]
fn c03_rows_with_any_octet_flipped_are_refused() {
    let octets = file();
    assert_eq!(RowFile::open(octets.clone()).unwrap().name(), NAME);
    for at in 0..octets.len() {
        let mut broken = octets.clone();
        broken[at] ^= 0x40;
        assert!(RowFile::open(broken).is_err(), "octet {at} flipped and nobody saw");
    }
    for len in 0..octets.len() {
        assert!(RowFile::open(aligned(&octets[..len])).is_err(), "{len} octets accepted");
    }
}

#[test]
fn c03_a_plan_obeys_only_the_rows_that_it_names() {
    let rows = RowFile::open(file()).unwrap();
    let other = RowFile::of(RowsName([1; 32]), &RowTable::default());
    let opened = |found: Option<&RowFile>| Snapshot::with_rows(&plan(&[1, 2]), |_| found.cloned());
    assert_eq!(opened(Some(&rows)).unwrap().tables().len(), 1);
    assert_eq!(opened(None).unwrap_err(), SnapshotError::Rows(NAME));
    assert_eq!(opened(Some(&other)).unwrap_err(), SnapshotError::Rows(NAME));
    let short = Snapshot::with_rows(&plan(&[1]), |_| Some(rows.clone()));
    assert_eq!(short.unwrap_err(), SnapshotError::Archive, "a row leads beyond the policies");
}

#[test]
fn c03_a_plan_that_names_rows_is_refused_with_any_octet_flipped() {
    let (octets, rows) = (freeze(&plan(&[1, 2])), RowFile::open(file()).unwrap());
    assert!(Snapshot::open(aligned(&octets), |_| Some(rows.clone())).is_ok());
    for at in 0..octets.len() {
        let mut broken = aligned(&octets);
        broken[at] ^= 0x40;
        let opened = Snapshot::open(broken, |_| Some(rows.clone()));
        assert!(opened.is_err(), "octet {at} flipped and nobody saw");
    }
}

#[test]
fn names_of_rows_are_told_from_the_first_octets() {
    let octets = freeze(&plan(&[1, 2]));
    assert_eq!(rows_named(&octets[..96]), Ok(vec![NAME]));
    let short = SnapshotError::Length { expected: 96, found: 95 };
    assert_eq!(rows_named(&octets[..95]), Err(short));
    let name = NAME.file_name();
    assert_eq!(RowsName::of_file(&name), Some(NAME));
    for other in ["rows-a5.snap", "plan-0000000001.snap", &name.to_uppercase(), &name[1..]] {
        assert_eq!(RowsName::of_file(other), None, "{other}");
    }
}
