use axum::response::IntoResponse;

use super::*;

#[test]
fn the_next_page_is_the_same_question_from_another_place() {
    for (asked, expected) in [
        ("/v1/objects?kind=policy", "</v1/objects?kind=policy&after=env1%2F222%25>; rel=\"next\""),
        (
            "/v1/objects?kind=policy&after=env1%2F1%25&limit=2",
            "</v1/objects?kind=policy&limit=2&after=env1%2F222%25>; rel=\"next\"",
        ),
        ("/v1/objects", "</v1/objects?after=env1%2F222%25>; rel=\"next\""),
    ] {
        let next = Some(("after", "env1/222%".to_owned()));
        let response = leads_on("".into_response(), &asked.parse().unwrap(), next);
        assert_eq!(response.headers()[header::LINK], expected);
    }
    let last = leads_on("".into_response(), &"/v1/objects".parse().unwrap(), None);
    assert!(!last.headers().contains_key(header::LINK));
}
