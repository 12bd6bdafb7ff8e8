use super::*;
use crate::api::shapes::Status;

fn status() -> Status {
    Status {
        author: "me".to_owned(),
        awaits: None,
        draft_changes: 0,
        drafts: Default::default(),
        environments: Vec::new(),
        generation: 7,
        nodes: Vec::new(),
        planned: 0,
        published: Some(7),
    }
}

#[test]
fn what_others_named_is_text_and_never_a_part_of_the_page() {
    let evil = "\"><script>alert(1)</script>".to_owned();
    let typed = look::Typed::of([None, None, Some(evil.clone())]);
    let page = look::route(&typed, Some(&Err(Fault::not_found(evil)))).into_string();
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    let page = look::overview(&status(), &[]).into_string();
    assert!(page.contains("All is well.") && page.contains("<strong>7</strong>"), "{page}");
    assert!(!page.contains("http"), "it asks nobody else for anything: {page}");
}

#[test]
fn a_browser_shows_its_token_in_one_cookie_among_others() {
    let kept = |value: &'static str| {
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(value))]);
        cookie(&headers).map(str::to_owned)
    };
    assert_eq!(kept("a=b; signalbox=sb_1; c=d").as_deref(), Some("sb_1"));
    assert_eq!(kept("signalboxes=sb_1"), None);
    let response = signed("sb_1", 1, "/");
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
    for word in ["signalbox=sb_1", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(set.contains(word), "{set}");
    }
}
