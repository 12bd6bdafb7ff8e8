use super::*;

#[test]
fn blocks_contain_what_they_say() {
    let table = [
        ("198.51.100.0/24", "198.51.100.77", true),
        ("198.51.100.0/24", "198.51.101.1", false),
        ("198.51.100.0/24", "::ffff:198.51.100.1", true),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1/32", "127.0.0.2", false),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("::/0", "2001:db9::1", true),
        ("::/0", "127.0.0.1", false),
    ];
    for (block, address, expected) in table {
        let block = Cidr::parse(block).unwrap();
        assert_eq!(block.contains(address.parse().unwrap()), expected, "{address} in {block}");
    }
}

#[test]
fn nonsense_is_no_block() {
    for text in ["", "1.2.3", "1.2.3.4/33", "::1/129", "1.2.3.4/", "1.2.3.4/-1", "host"] {
        assert_eq!(Cidr::parse(text), None, "{text}");
    }
}
