//! The options of a connection that speaks SIP.

use clap::Args;

use super::Said;
use super::agreed::{switch, usual_or, usual_or_list};

/// The other end of a connection that speaks SIP.
#[derive(Args, Debug)]
#[command(next_help_heading = "SIP trunk")]
pub(super) struct TrunkFields {
    /// Where it is, the favourite first: 'sip:192.0.2.9:5060;transport=tcp', 'sip:sip.example';
    /// it speaks SIP then, not SMPP
    #[arg(long, value_name = "URI", value_delimiter = ',')]
    sip: Option<Vec<String>>,
    /// The host of Request-URI and To [default: that of the first URI]
    #[arg(long, value_name = "HOST")]
    sip_host: Option<String>,
    /// The host of From [default: the environment's domain]
    #[arg(long, value_name = "HOST")]
    sip_domain: Option<String>,
    /// As whom we answer its challenges, with the password
    #[arg(long, value_name = "NAME")]
    sip_user: Option<String>,
    /// Is a whole number written with its '+'? on, off [default: on]
    #[arg(long, value_name = "SWITCH")]
    sip_plus: Option<String>,
    /// How often it is asked by OPTIONS whether it lives while nothing else is said, or 'off'
    /// [default: 30s]
    #[arg(long, value_name = "SPAN")]
    sip_probe: Option<String>,
    /// For how long we register there as --sip-user, again and again: '1h' [default: not at all]
    #[arg(long, value_name = "SPAN")]
    sip_register: Option<String>,
    /// From where its MESSAGEs come [default: from its addresses]
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    sip_from: Option<Vec<String>>,
    /// Does it register the environment's apps, so that REGISTER is passed on? on, off
    /// [default: off]
    #[arg(long, value_name = "SWITCH")]
    sip_registrar: Option<String>,
}

impl TrunkFields {
    pub(super) fn said(self) -> Said {
        Said::default()
            .say("sip", self.sip)
            .say("sip_host", self.sip_host.map(usual_or))
            .say("sip_domain", self.sip_domain.map(usual_or))
            .say("sip_user", self.sip_user.map(usual_or))
            .say("sip_plus", self.sip_plus.map(switch))
            .say("sip_probe", self.sip_probe.map(usual_or))
            .say("sip_register", self.sip_register.map(usual_or))
            .say("sip_from", self.sip_from.map(usual_or_list))
            .say("sip_registrar", self.sip_registrar.map(switch))
    }
}
