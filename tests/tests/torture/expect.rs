//! What RFC 4475 and RFC 5118 ask for each of their messages, and what a registrar that asks for
//! passwords and serves REGISTER, MESSAGE and OPTIONS answers.

/// What comes of one message.
pub(crate) struct Expect {
    /// The file's name, which is the RFC's.
    pub(crate) name: &'static str,
    /// Does the parser take it?
    pub(crate) parses: bool,
    /// What a shard answers; `None` for silence.
    pub(crate) status: Option<u16>,
    /// Why, in the words of the RFC or against them.
    pub(crate) why: &'static str,
}

const fn taken(name: &'static str, status: u16, why: &'static str) -> Expect {
    Expect { name, parses: true, status: Some(status), why }
}

const fn refused(name: &'static str, status: u16, why: &'static str) -> Expect {
    Expect { name, parses: false, status: Some(status), why }
}

const fn silence(name: &'static str, parses: bool, why: &'static str) -> Expect {
    Expect { name, parses, status: None, why }
}

/// RFC 4475, in its order. INVITE is well-formed for the parser and then answered 405: calls are
/// not served here (the RFC's verdicts are about form, and 405 is §8.2.1's for this).
pub(crate) const RFC4475: &[Expect] = &[
    taken("wsinv", 405, "3.1.1.1 a well-formed request"),
    taken("intmeth", 501, "3.1.1.2 endpoints generate a 501"),
    taken("esc01", 405, "3.1.1.3 well-formed"),
    taken("escnull", 401, "3.1.1.4 parsers must accept; a registrar asks who it is"),
    taken("esc02", 501, "3.1.1.5 an endpoint would reject this with a 501"),
    taken("lwsdisp", 200, "3.1.1.6 elements should accept"),
    taken("longreq", 405, "3.1.1.7 well-formed"),
    taken("dblreq", 401, "3.1.1.8 the REGISTER as any other; the rest ignored"),
    taken("semiuri", 200, "3.1.1.9 well-formed"),
    taken("transports", 200, "3.1.1.10 parsers must accept"),
    taken("mpart01", 407, "3.1.1.11 parsers must accept; who sends a MESSAGE is asked who it is"),
    silence("unreason", true, "3.1.1.12 a response; it answers nothing of ours"),
    silence("noreason", true, "3.1.1.13 the same"),
    refused("badinv01", 400, "3.1.2.1 should respond with a 400"),
    refused("clerr", 400, "3.1.2.2 should respond with a 400"),
    refused("ncl", 400, "3.1.2.3 should respond with an error"),
    refused("scalar02", 400, "3.1.2.4 should respond with a 400 due to the CSeq"),
    silence("scalarlg", false, "3.1.2.5 simply discard it"),
    refused("quotbal", 400, "3.1.2.6 should return a 400"),
    refused("ltgtruri", 400, "3.1.2.7 reasonable always to reject with a 400"),
    refused("lwsruri", 400, "3.1.2.8 should respond with a 400"),
    refused("lwsstart", 400, "3.1.2.9 acceptable to reject as malformed"),
    refused("trws", 400, "3.1.2.10 acceptable to reject as malformed"),
    taken("escruri", 405, "3.1.2.11 could choose to ignore the escaped headers"),
    taken("baddate", 405, "3.1.2.12 should not be rejected when Date is of no use"),
    taken("regbadct", 401, "3.1.2.13 a 400 for who has proved to be somebody; see contacts"),
    refused("badaspec", 400, "3.1.2.14 reasonable to reject with a 400"),
    refused("baddn", 400, "3.1.2.15 reasonable always to reject with a 400"),
    refused("badvers", 505, "3.1.2.16 should respond with a 505"),
    refused("mismatch01", 400, "3.1.2.17 will respond with a 400"),
    refused("mismatch02", 400, "3.1.2.18 a 400 is also acceptable"),
    silence("bigcode", false, "3.1.2.19 simply drop it"),
    taken("badbranch", 200, "3.2.1 could fall back to RFC 2543's transactions"),
    refused("insuf", 400, "3.3.1 ideally, it will respond with a 400"),
    taken("unkscm", 416, "3.3.2 will reject it with a 416"),
    taken("novelsc", 416, "3.3.3 appropriate to treat it as unknown"),
    taken("unksm2", 400, "3.3.4 a registrar would reject this with a 400"),
    taken("bext01", 420, "3.3.5 will respond with a 420"),
    taken("invut", 405, "3.3.6 a parser must not fail"),
    taken("regaut01", 401, "3.3.7 will reject this with a 401"),
    refused("multi01", 400, "3.3.8 would respond with a 400"),
    refused("mcl01", 400, "3.3.9 should respond with an error"),
    silence("bcast", true, "3.3.10 should simply discard it"),
    taken("zeromf", 200, "3.3.11 an endpoint should process the request"),
    taken("cparam01", 401, "3.3.12 should succeed for who is known; see contacts"),
    taken("cparam02", 401, "3.3.13 the same"),
    taken("regescrt", 401, "3.3.14 the same"),
    taken("sdp01", 405, "3.3.15 the offer is never looked at"),
    taken("inv2543", 405, "3.4.1 should be accepted"),
];

/// RFC 5118, in its order.
pub(crate) const RFC5118: &[Expect] = &[
    taken("ipv6-good", 401, "4.1 well-formed"),
    taken("ipv6-bad", 400, "4.2 should respond with a 400"),
    taken("port-ambiguous", 401, "4.3 well-formed"),
    taken("port-unambiguous", 401, "4.4 well-formed"),
    taken("via-received-param-with-delim", 405, "4.5 must be able to parse the topmost Via"),
    taken("via-received-param-no-delim", 200, "4.5 valid"),
    taken("ipv6-in-sdp", 405, "4.6 valid"),
    taken("mult-ip-in-header", 405, "4.7 valid"),
    taken("mult-ip-in-sdp", 405, "4.8 valid"),
    taken("ipv4-mapped-ipv6", 405, "4.9 well-formed"),
    taken("ipv6-bug-abnf-3-colons", 200, "4.10 may exhibit robustness by parsing it"),
    taken("ipv6-correct-abnf-2-colons", 200, "4.10 the correct syntax"),
];
