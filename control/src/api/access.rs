//! Who may ask what from afar: one table.

use axum::http::{Method, Uri};

use crate::fault::{Code, Fault, Outcome};
use crate::store::{Role, TokenRow};

/// An address, who may ask there, and what of it concerns one environment.
pub(super) struct Rule {
    pub(super) method: Method,
    pub(super) path: &'static str,
    roles: &'static [Role],
    scope: Scope,
}

/// What holders of a token for one environment get to see.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Scope {
    /// What concerns all environments: nothing of it.
    Site,
    /// What the environment in the query is about: their own.
    Query,
    /// Changes, each of which names its environment: the handler looks.
    Changes,
    /// Their own draft, which can hold nothing else than their environment's changes.
    Own,
}

use Role::{Admin, Operate, Provision, Read};
use Scope::{Changes, Own, Query, Site};

const ALL: &[Role] = &[Read, Operate, Provision, Admin];
const HANDS: &[Role] = &[Operate, Provision, Admin];
const KEEPERS: &[Role] = &[Operate, Admin];
const MAKERS: &[Role] = &[Provision, Admin];
const ADMINS: &[Role] = &[Admin];

/// What is not here cannot be reached from afar.
pub(super) const RULES: &[Rule] = &[
    rule(Method::GET, "/", ALL, Site),
    rule(Method::GET, "/carriers", ALL, Query),
    rule(Method::GET, "/openapi.json", ALL, Own),
    rule(Method::GET, "/route", ALL, Query),
    rule(Method::GET, "/settlement", ALL, Query),
    rule(Method::GET, "/settlement.csv", ALL, Query),
    rule(Method::GET, "/settlement.html", ALL, Query),
    rule(Method::GET, "/settlement.xlsx", ALL, Query),
    rule(Method::POST, "/v1/cancel", HANDS, Site),
    rule(Method::GET, "/v1/cdr", ALL, Query),
    rule(Method::POST, "/v1/change", MAKERS, Changes),
    rule(Method::POST, "/v1/changes", MAKERS, Changes),
    rule(Method::POST, "/v1/commit", MAKERS, Own),
    rule(Method::POST, "/v1/confirm", HANDS, Site),
    rule(Method::GET, "/v1/diff", ALL, Own),
    rule(Method::POST, "/v1/discard", MAKERS, Own),
    rule(Method::GET, "/v1/binds", ALL, Query),
    rule(Method::GET, "/v1/doctor", ALL, Query),
    rule(Method::GET, "/v1/folios", ALL, Site),
    rule(Method::GET, "/v1/generation", ALL, Site),
    rule(Method::POST, "/v1/harvest", HANDS, Site),
    rule(Method::GET, "/v1/history", ALL, Site),
    rule(Method::GET, "/v1/impact", ALL, Site),
    rule(Method::POST, "/v1/import", MAKERS, Changes),
    rule(Method::GET, "/v1/numbers", ALL, Query),
    rule(Method::GET, "/v1/object", ALL, Query),
    rule(Method::GET, "/v1/objects", ALL, Query),
    rule(Method::GET, "/v1/planned", ALL, Site),
    rule(Method::GET, "/v1/proof", ALL, Site),
    rule(Method::POST, "/v1/reconcile", ALL, Query),
    rule(Method::GET, "/v1/registrations", ALL, Query),
    rule(Method::POST, "/v1/rollback", KEEPERS, Site),
    rule(Method::GET, "/v1/route", ALL, Query),
    rule(Method::GET, "/v1/settle", ALL, Query),
    rule(Method::GET, "/v1/settle.csv", ALL, Query),
    rule(Method::GET, "/v1/settle.html", ALL, Query),
    rule(Method::GET, "/v1/settle.xlsx", ALL, Query),
    rule(Method::GET, "/v1/balance", ALL, Query),
    rule(Method::POST, "/v1/booking", KEEPERS, Changes),
    rule(Method::GET, "/v1/bookings", ALL, Query),
    rule(Method::POST, "/v1/close", KEEPERS, Changes),
    rule(Method::GET, "/v1/closed", ALL, Query),
    rule(Method::GET, "/v1/status", ALL, Site),
    rule(Method::POST, "/v1/table", MAKERS, Query),
    rule(Method::POST, "/v1/tariff", MAKERS, Query),
    rule(Method::GET, "/v1/steps", ALL, Query),
    rule(Method::GET, "/v1/tokens", ADMINS, Site),
    rule(Method::POST, "/v1/token", ADMINS, Site),
    rule(Method::POST, "/v1/token/remove", ADMINS, Site),
    rule(Method::GET, "/v1/verify", ALL, Site),
    rule(Method::GET, "/v1/what-if", ALL, Query),
    rule(Method::GET, "/v1/why", ALL, Site),
];

const fn rule(method: Method, path: &'static str, roles: &'static [Role], scope: Scope) -> Rule {
    Rule { method, path, roles, scope }
}

/// Says whether a token opens an address, and the address as it is to be asked: for one
/// environment if the token is.
pub(super) fn allowed(token: &TokenRow, method: &Method, uri: &Uri) -> Outcome<Uri> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let here = || RULES.iter().filter(|rule| rule.path == uri.path());
    let Some(rule) = here().find(|rule| rule.method == *method) else {
        // Nobody answers there; the router says in which way it may be asked.
        let known = here().next().map(|_| uri.clone());
        return known.ok_or_else(|| Fault::not_found("there is no such address"));
    };
    if !rule.roles.contains(&token.role) {
        let error = format!("token {} may not do this", token.name);
        return Err(Fault::new(Code::Denied, error).cure("it takes a token with another role"));
    }
    let Some(env) = &token.env else { return Ok(uri.clone()) };
    match rule.scope {
        Scope::Changes | Scope::Own => Ok(uri.clone()),
        Scope::Site => Err(Fault::new(
            Code::Denied,
            format!("this concerns all environments, and token {} is for {env}", token.name),
        )),
        Scope::Query => narrowed(uri, env),
    }
}

/// The same question about one environment. A second `env`, however it is spelt, is refused by
/// whoever reads the query.
fn narrowed(uri: &Uri, env: &str) -> Outcome<Uri> {
    let query = uri.query().unwrap_or_default();
    match query.split('&').find_map(|pair| pair.strip_prefix("env=")) {
        Some(named) if named == env => Ok(uri.clone()),
        // A form whose field was left empty.
        Some("") => {
            let other = query.split('&').filter(|pair| *pair != "env=");
            let asked = other.chain([format!("env={env}").as_str()]).collect::<Vec<_>>().join("&");
            let asked = format!("{}?{asked}", uri.path());
            asked.parse().map_err(|_| Fault::new(Code::Usage, "the address cannot be read"))
        }
        Some(named) => Err(Fault::not_found(format!("there is no environment {named}"))),
        None => {
            let sign = if query.is_empty() { "" } else { "&" };
            let asked = format!("{}?{query}{sign}env={env}", uri.path());
            asked.parse().map_err(|_| Fault::new(Code::Usage, "the address cannot be read"))
        }
    }
}

#[cfg(test)]
mod tests;
