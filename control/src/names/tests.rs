use super::*;

fn lead(priority: u16, transport: &str, address: &str, weight: u16) -> Lead {
    let address = address.parse().unwrap();
    Lead { priority, transport: transport.to_owned(), address, weight }
}

#[test]
fn answers_are_kept_and_found_again() {
    let mut names = Names::default();
    let leads = vec![lead(20, "udp", "192.0.2.2:5060", 0), lead(10, "tcp", "192.0.2.1:5060", 5)];
    let fresh = names.fresh([("sip:sip.example".to_owned(), leads.clone())]);
    assert_eq!(fresh.len(), 1);
    names.learn(&fresh);
    let turned: Vec<Lead> = leads.into_iter().rev().collect();
    let fresh = names.fresh([("sip:sip.example".to_owned(), turned)]);
    assert!(fresh.is_empty(), "the same in another order");
    let places = ["sip:198.51.100.1".to_owned(), "sip:sip.example".to_owned()];
    let hops = names.hops(&places);
    let shown: Vec<_> = hops
        .iter()
        .map(|hop| (hop.priority, hop.transport, hop.address.to_string(), hop.name.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (0, Transport::Udp, "198.51.100.1:5060".to_owned(), ""),
            (1, Transport::Tcp, "192.0.2.1:5060".to_owned(), "sip.example"),
            (2, Transport::Udp, "192.0.2.2:5060".to_owned(), "sip.example"),
        ]
    );
}

#[test]
fn a_name_that_nobody_knows_leads_nowhere() {
    assert!(Names::default().hops(&["sip:sip.example".to_owned()]).is_empty());
}
