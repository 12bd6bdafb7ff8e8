use super::{Backend, Denied, choose, version_of};
use crate::config::Io;

#[test]
fn kernel_releases_are_compared_by_number() {
    let table = [
        ("6.1.0-18-amd64", Some((6, 1))),
        ("5.15.0", Some((5, 15))),
        ("6.18.44-fc", Some((6, 18))),
        ("10.0", Some((10, 0))),
        ("unknown", None),
    ];
    for (release, version) in table {
        assert_eq!(version_of(release), version, "{release}");
    }
}

#[test]
fn epoll_is_always_to_be_had() {
    assert!(matches!(choose(Io::Epoll), Ok((Backend::Epoll, None))));
    assert!(choose(Io::Auto).is_ok());
}

#[test]
fn a_denial_says_what_to_look_at() {
    let denied = Denied::Setup(std::io::Error::from_raw_os_error(libc::EPERM));
    assert!(denied.to_string().contains("seccomp"));
    let denied = Denied::Kernel { release: "5.15.0".to_owned() };
    assert_eq!(denied.to_string(), "kernel 5.15.0 is older than 6.1");
}
