use super::*;

/// RFC 6962 §2.1, word for word.
fn by_the_book(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        several => {
            let cut = several.len().next_power_of_two() / 2;
            node(&by_the_book(&several[..cut]), &by_the_book(&several[cut..]))
        }
    }
}

#[test]
fn the_root_is_that_of_the_book_for_every_count() {
    let leaves: Vec<Hash> = (0..70u8).map(|at| leaf(&[at])).collect();
    for count in 0..=leaves.len() {
        assert_eq!(root(&leaves[..count]), by_the_book(&leaves[..count]), "{count} leaves");
    }
}

/// The vectors of Certificate Transparency's own tests.
#[test]
fn known_roots() {
    let data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"];
    let leaves: Vec<Hash> = data.iter().map(|text| leaf(&hex::decode(text).unwrap())).collect();
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    for (count, expected) in roots.iter().enumerate() {
        assert_eq!(hex::encode(root(&leaves[..count])), *expected, "{count} leaves");
    }
}

#[test]
fn every_path_leads_to_the_root_and_no_other_leaf_does() {
    for count in 1..40u8 {
        let leaves: Vec<Hash> = (0..count).map(|at| leaf(&[at])).collect();
        let climb = |from: Hash, way: &[(Side, Hash)]| {
            way.iter().fold(from, |hash, (side, other)| match side {
                Side::Left => node(other, &hash),
                Side::Right => node(&hash, other),
            })
        };
        for at in 0..usize::from(count) {
            let way = path(&leaves, at);
            assert_eq!(climb(leaves[at], &way), root(&leaves), "{at} of {count}");
            assert_ne!(climb(leaf(b"another"), &way), root(&leaves));
        }
    }
}
