use super::*;

fn token(role: Role, env: Option<&str>) -> TokenRow {
    let (name, author, at) = ("t".to_owned(), "me".to_owned(), String::new());
    TokenRow { name, role, env: env.map(str::to_owned), author, at }
}

fn asked(token: &TokenRow, method: &Method, uri: &str) -> Result<String, Code> {
    allowed(token, method, &uri.parse().unwrap()).map(|uri| uri.to_string()).map_err(|one| one.code)
}

#[test]
fn each_role_opens_what_it_is_for() {
    for (role, opened) in [(Read, 37), (Operate, 43), (Provision, 48), (Admin, 53)] {
        let token = token(role, None);
        let uri = |rule: &Rule| rule.path.parse().unwrap();
        let open = RULES.iter().filter(|rule| allowed(&token, &rule.method, &uri(rule)).is_ok());
        let open: Vec<&str> = open.map(|rule| rule.path).collect();
        let looks = RULES.iter().filter(|rule| rule.method == Method::GET).count();
        assert!(open.len() >= looks - 1, "{role:?} looks");
        assert_eq!(open.contains(&"/v1/commit"), matches!(role, Provision | Admin), "{role:?}");
        assert_eq!(open.contains(&"/v1/rollback"), matches!(role, Operate | Admin), "{role:?}");
        assert_eq!(open.contains(&"/v1/token"), role == Admin, "{role:?}");
        assert!(open.len() < opened, "{role:?}: {}", open.len());
    }
    let admin = token(Admin, None);
    assert!(asked(&admin, &Method::POST, "/v1/status").is_ok(), "the router says 405");
    let own = token(Read, Some("env1"));
    assert_eq!(asked(&own, &Method::HEAD, "/v1/status"), Err(Code::Denied), "as GET");
    assert_eq!(asked(&admin, &Method::GET, "/v1/other"), Err(Code::NotFound));
}

#[test]
fn h05_a_token_of_one_environment_sees_no_other() {
    let own = token(Admin, Some("env1"));
    let get = |uri: &str| asked(&own, &Method::GET, uri);
    assert_eq!(get("/v1/cdr").unwrap(), "/v1/cdr?env=env1");
    assert_eq!(get("/v1/cdr?limit=3").unwrap(), "/v1/cdr?limit=3&env=env1");
    assert_eq!(get("/v1/cdr?env=env1&limit=3").unwrap(), "/v1/cdr?env=env1&limit=3");
    assert_eq!(get("/route?env=&number=1").unwrap(), "/route?number=1&env=env1");
    assert_eq!(get("/v1/cdr?env=env2"), Err(Code::NotFound), "as if it did not exist");
    assert_eq!(get("/v1/cdr?%65nv=env2").unwrap(), "/v1/cdr?%65nv=env2&env=env1", "twice: refused");
    for site in ["/v1/status", "/v1/history", "/v1/why?id=1", "/v1/tokens"] {
        assert_eq!(get(site), Err(Code::Denied), "{site}");
    }
    assert_eq!(asked(&own, &Method::POST, "/v1/rollback"), Err(Code::Denied));
    assert!(asked(&own, &Method::POST, "/v1/commit").is_ok(), "its own draft");
}
