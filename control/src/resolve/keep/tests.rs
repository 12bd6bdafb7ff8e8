//! Whatever DNS says (promises.md C13): it is asked neither too often nor too long, and what is no
//! answer leaves the old one.

use std::future::pending;
use std::net::IpAddr;
use std::time::Duration;

use super::super::locate::{Answer, Ask, Naptr, Srv};
use super::{LATEST, SOONEST, resolved};

/// What a server may do to us.
enum Server {
    /// One address, good for so long.
    Says(Duration),
    /// NXDOMAIN, or a name without such records.
    KnowsNothing,
    /// SERVFAIL.
    Fails,
    /// Nothing comes back.
    IsSilent,
}

impl Server {
    async fn answer<T>(&self, one: Option<T>) -> Answer<T> {
        match self {
            Self::Says(good_for) => Ok((one.into_iter().collect(), *good_for)),
            Self::KnowsNothing => Ok((Vec::new(), Duration::from_secs(300))),
            Self::Fails => Err("SERVFAIL".to_owned()),
            Self::IsSilent => pending().await,
        }
    }
}

impl Ask for Server {
    async fn naptr(&self, _: &str) -> Answer<Naptr> {
        self.answer(None).await
    }
    async fn srv(&self, _: &str) -> Answer<Srv> {
        self.answer(None).await
    }
    async fn addresses(&self, _: &str) -> Answer<IpAddr> {
        self.answer(Some(IpAddr::from([192, 0, 2, 1]))).await
    }
}

fn asked(server: &Server) -> Result<Duration, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let answer = runtime.block_on(resolved(server, "sip:gw.example", Duration::from_millis(20)));
    answer.map(|(leads, pause)| {
        assert_eq!(leads.len(), 1);
        pause
    })
}

#[test]
fn c13_dns_is_asked_again_neither_too_soon_nor_too_late() {
    for (ttl, pause) in [(0, SOONEST), (1, SOONEST), (60, Duration::from_secs(60))] {
        assert_eq!(asked(&Server::Says(Duration::from_secs(ttl))), Ok(pause), "TTL {ttl}");
    }
    assert_eq!(asked(&Server::Says(Duration::from_secs(1 << 31))), Ok(LATEST));
}

#[test]
fn c13_what_is_no_answer_leaves_the_old_one_and_holds_nobody_up() {
    let cases = [
        (Server::KnowsNothing, "leads to no address"),
        (Server::Fails, "SERVFAIL"),
        (Server::IsSilent, "no answer about gw.example in time"),
    ];
    for (server, why) in cases {
        let error = asked(&server).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}
