use super::*;

#[test]
fn the_example_of_rfc_2617() {
    let ha1 = ha1_md5("Mufasa", "testrealm@host.com", "Circle Of Life");
    assert_eq!(hex::encode(ha1), "939e7578ed9e3c518a452acee763bce9");
}
