use super::*;

fn said(header: Option<&str>) -> IfMatch {
    let mut request = Request::builder();
    if let Some(header) = header {
        request = request.header(IF_MATCH, header);
    }
    IfMatch(tags(&request.body(()).unwrap().into_parts().0, &IF_MATCH))
}

#[test]
fn what_was_seen_is_compared_and_what_is_not_there_never_fits() {
    let now = ["a carrier", "the same in brief"];
    let seen = tag(&written(&now[1]).unwrap());
    let listed = format!("\"other\", {seen}");
    for (header, fits) in [
        (None, true),
        (Some(seen.as_str()), true),
        (Some(&listed), true),
        (Some("*"), true),
        (Some("\"other\""), false),
        (Some(&format!("W/{seen}")), false),
        (Some(""), false),
    ] {
        let held = said(header).holds(&now).map_err(|fault| fault.code);
        assert_eq!(held, if fits { Ok(()) } else { Err(Code::Changed) }, "{header:?}");
    }
    let nothing: [&str; 0] = [];
    assert!(said(None).holds(&nothing).is_ok());
    assert!(said(Some("*")).holds(&nothing).is_err(), "it does not exist");
    assert_eq!(seen.len(), 2 * TAG_LEN + 2);
}
