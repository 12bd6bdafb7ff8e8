use std::collections::BTreeMap;

use super::*;

/// A zone written down.
#[derive(Default)]
struct Zone {
    naptr: BTreeMap<&'static str, Vec<Naptr>>,
    srv: BTreeMap<&'static str, Vec<Srv>>,
    addresses: BTreeMap<&'static str, Vec<IpAddr>>,
    fails: bool,
}

const TTL: Duration = Duration::from_secs(300);

impl Zone {
    fn said<T: Clone>(&self, of: &BTreeMap<&'static str, Vec<T>>, name: &str) -> Answer<T> {
        match self.fails {
            true => Err("the server does not answer".to_owned()),
            false => Ok((of.get(name).cloned().unwrap_or_default(), TTL)),
        }
    }
}

impl Ask for Zone {
    async fn naptr(&self, name: &str) -> Answer<Naptr> {
        self.said(&self.naptr, name)
    }
    async fn srv(&self, name: &str) -> Answer<Srv> {
        self.said(&self.srv, name)
    }
    async fn addresses(&self, name: &str) -> Answer<IpAddr> {
        self.said(&self.addresses, name)
    }
}

fn zone() -> Zone {
    let naptr = |order, service: &str, replacement: &str| Naptr {
        order,
        preference: 0,
        flags: "s".to_owned(),
        service: service.to_owned(),
        replacement: replacement.to_owned(),
    };
    let srv = |priority, weight, target: &str| Srv {
        priority,
        weight,
        port: 5070,
        target: target.to_owned(),
    };
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    Zone {
        naptr: [(
            "example",
            vec![
                naptr(20, "SIP+D2U", "_sip._udp.example"),
                naptr(10, "SIPS+D2T", "_sips._tcp.example"),
                naptr(5, "E2U+email", "mail.example"),
            ],
        )]
        .into(),
        srv: [
            ("_sip._udp.example", vec![srv(1, 3, "one.example"), srv(1, 1, "two.example")]),
            ("_sips._tcp.example", vec![srv(7, 0, "two.example"), srv(2, 0, "one.example")]),
            ("_sip._tcp.bare", vec![srv(1, 0, "one.example")]),
        ]
        .into(),
        addresses: [
            ("one.example", vec![ip("192.0.2.1"), ip("2001:db8::1")]),
            ("two.example", vec![ip("192.0.2.2")]),
            ("bare", vec![ip("192.0.2.9")]),
            ("alone", vec![ip("192.0.2.10")]),
        ]
        .into(),
        fails: false,
    }
}

fn found(zone: &Zone, uri: &str) -> Result<Vec<String>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let uri = uri.parse().unwrap();
    let found = runtime.block_on(locate(zone, &uri))?;
    let shown = found.leads.iter().map(|lead| {
        format!("{} {} {} {}", lead.priority, lead.transport, lead.address, lead.weight)
    });
    Ok(shown.collect())
}

#[test]
fn naptr_then_srv_then_addresses() {
    assert_eq!(
        found(&zone(), "sip:example").unwrap(),
        [
            "0 tls 192.0.2.1:5070 0",
            "0 tls [2001:db8::1]:5070 0",
            "1 tls 192.0.2.2:5070 0",
            "2 udp 192.0.2.1:5070 3",
            "2 udp [2001:db8::1]:5070 3",
            "2 udp 192.0.2.2:5070 1",
        ]
    );
    let secure = found(&zone(), "sips:example").unwrap();
    assert!(secure.iter().all(|lead| lead.contains("tls")), "{secure:?}");
}

#[test]
fn a_transport_or_a_port_leaves_less_to_ask() {
    assert_eq!(found(&zone(), "sip:bare;transport=tcp").unwrap().len(), 2);
    assert_eq!(found(&zone(), "sip:bare").unwrap().len(), 2, "no NAPTR: both SRV are tried");
    assert_eq!(found(&zone(), "sip:bare:5080").unwrap(), ["0 udp 192.0.2.9:5080 0"]);
    assert_eq!(found(&zone(), "sips:alone").unwrap(), ["0 tls 192.0.2.10:5061 0"]);
}

#[test]
fn nobody_there_is_no_failure_and_a_failure_is_one() {
    assert!(found(&zone(), "sip:nowhere").unwrap().is_empty());
    assert!(found(&Zone { fails: true, ..zone() }, "sip:example").is_err());
}

#[test]
fn c13_of_five_hundred_records_the_best_are_followed() {
    let names: Vec<&'static str> =
        (0..500).map(|at| &*Box::leak(format!("host{at}.example").into_boxed_str())).collect();
    let many = |at: u16| Srv {
        priority: 500 - at,
        weight: 0,
        port: 5070,
        target: names[usize::from(at)].to_owned(),
    };
    let ip = |at: usize| IpAddr::from([198, 51, (at / 250) as u8, (at % 250) as u8 + 1]);
    let crowd = |at: usize| (0..500).map(|more| ip((at + more) % 500)).collect();
    let zone = Zone {
        srv: [("_sip._udp.many", (0..500).map(many).collect())].into(),
        addresses: names.iter().enumerate().map(|(at, name)| (*name, crowd(at))).collect(),
        ..Zone::default()
    };
    let leads = found(&zone, "sip:many").unwrap();
    assert_eq!(leads.len(), LEADS_MAX);
    assert_eq!(leads[0], format!("0 udp {}:5070 0", ip(499)), "the lowest priority first");
}

#[test]
fn c13_addresses_that_are_nobodys_lead_nowhere() {
    let bad = ["0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "ff02::1"];
    let ips = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    let mut zone = Zone { addresses: [("poisoned", ips(&bad))].into(), ..Zone::default() };
    assert!(found(&zone, "sip:poisoned").unwrap().is_empty());
    zone.addresses.insert("poisoned", ips(&["0.0.0.0", "192.0.2.7"]));
    assert_eq!(found(&zone, "sip:poisoned:5060").unwrap(), ["0 udp 192.0.2.7:5060 0"]);
}
