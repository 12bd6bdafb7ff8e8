use super::*;

#[test]
fn keys_of_prices_are_kept_in_one_form() {
    for (text, expected) in [
        ("222", Ok("222")),
        ("+222", Ok("222")),
        ("*", Ok("")),
        ("222 from +49", Ok("222 from 49")),
        ("* from VIBER", Ok("* from VIBER")),
        ("222 sat,sun", Ok("222 sat-sun 00:00-24:00")),
        ("222  from 49 mon-fri   20:00-06:00", Ok("222 from 49 mon-fri 20:00-06:00")),
        ("222 20:00-06:00", Ok("222 20:00-06:00")),
        ("22x", Err("prefix '22x' is not made of 1 to 18 digits")),
        (
            "222 at night",
            Err("'222 at night' is no price's key; write '222 from 49 mon-fri 20:00-06:00'"),
        ),
        ("222 from", Err("'222 from' is no price's key; write '222 from 49 mon-fri 20:00-06:00'")),
    ] {
        let found = RateKey::canonical(text);
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
        if let Ok(key) = found {
            assert_eq!(RateKey::canonical(&key).as_deref(), Ok(&*key));
        }
    }
}

#[test]
fn hours_of_one_sender_may_not_meet() {
    for (one, two, expected) in [
        ("1 20:00-06:00", "1 05:59-07:00", true),
        ("1 20:00-06:00", "1 06:00-20:00", false),
        ("1 sun 20:00-06:00", "1 mon 05:00-06:00", true),
        ("1 sun 20:00-06:00", "1 tue 05:00-06:00", false),
        ("1 from 4 20:00-06:00", "1 20:00-06:00", false),
        ("1 from 4 20:00-06:00", "1 from 49 20:00-06:00", false),
        ("1", "1 20:00-06:00", false),
        ("1 20:00-06:00", "2 20:00-06:00", false),
    ] {
        let key = |text: &str| text.parse::<RateKey>().unwrap();
        assert_eq!(key(one).meets(&key(two)), expected, "{one} | {two}");
        assert_eq!(key(two).meets(&key(one)), expected, "{two} | {one}");
    }
}
