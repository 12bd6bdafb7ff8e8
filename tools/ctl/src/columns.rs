//! Which columns a list shows.

use crate::writing::{Column, column};

pub(crate) const ENVIRONMENTS: &[Column] = &[
    column("Name", "name"),
    column("Domain", "domain"),
    column("SMPP", "smpp"),
    column("SIP", "sip"),
    column("Draft", "draft"),
];

pub(crate) const ACCOUNTS: &[Column] = &[
    column("Env", "env"),
    column("User", "name"),
    column("Numbers", "numbers"),
    column("Messaging", "messaging"),
    column("Devices", "devices"),
    column("Draft", "draft"),
];

pub(crate) const CUSTOMERS: &[Column] = &[
    column("Env", "env"),
    column("Customer", "name"),
    column("Contact", "contact"),
    column("Product", "product"),
    column("Accounts up to", "accounts_max"),
    column("Numbers up to", "numbers_max"),
    column("Draft", "draft"),
];

pub(crate) const PRODUCTS: &[Column] = &[
    column("Env", "env"),
    column("Product", "name"),
    column("Messaging", "messaging"),
    column("Numbers up to", "numbers_max"),
    column("Draft", "draft"),
];

pub(crate) const RANGES: &[Column] = &[
    column("Env", "env"),
    column("Range", "name"),
    column("Rest days", "rest_days"),
    column("Draft", "draft"),
];

pub(crate) const NUMBERS: &[Column] = &[
    column("Env", "env"),
    column("Number", "number"),
    column("State", "state"),
    column("Account", "account"),
    column("Until", "until"),
    column("Range", "range"),
];

pub(crate) const CARRIERS: &[Column] = &[
    column("Env", "env"),
    column("Carrier", "name"),
    column("System id", "system_id"),
    column("Allow", "allow"),
    column("Binds", "binds"),
    column("Window", "window"),
    column("TPS", "tps"),
    column("Tariff", "tariff"),
    column("Charge on", "charge_on"),
    column("Draft", "draft"),
];

pub(crate) const CONNECTIONS: &[Column] = &[
    column("Env", "env"),
    column("Connection", "name"),
    column("Remote", "remote"),
    column("SIP", "sip"),
    column("Local", "local"),
    column("Bind", "bind"),
    column("System id", "system_id"),
    column("Window", "window"),
    column("TPS", "tps"),
    column("Hops", "count_hops"),
    column("Enabled", "enabled"),
    column("Draft", "draft"),
];

pub(crate) const POLICIES: &[Column] = &[
    column("Env", "env"),
    column("Policy", "name"),
    column("Pattern", "pattern"),
    column("Via", "via"),
    column("Priority", "priority"),
    column("Shadow", "shadow"),
    column("Would have taken", "shadow_taken"),
    column("Draft", "draft"),
];

pub(crate) const TABLES: &[Column] = &[
    column("Env", "env"),
    column("Table", "name"),
    column("Rows", "rows"),
    column("Targets", "targets"),
    column("Priority", "priority"),
    column("Shadow", "shadow"),
    column("Draft", "draft"),
];

pub(crate) const LISTS: &[Column] = &[
    column("Env", "env"),
    column("List", "name"),
    column("Entries", "entries"),
    column("Draft", "draft"),
];

pub(crate) const TARIFFS: &[Column] = &[
    column("Env", "env"),
    column("Tariff", "name"),
    column("Currency", "currency"),
    column("Version", "version"),
    column("Prices", "prices"),
    column("Draft", "draft"),
];

pub(crate) const HISTORY: &[Column] = &[
    column("Generation", "generation"),
    column("At", "at"),
    column("Author", "author"),
    column("From", "origin"),
    column("Changes", "changes"),
    column("Rollback of", "of_rollback"),
    column("Confirmed by", "confirmed_by"),
    column("Message", "message"),
];

pub(crate) const TOKENS: &[Column] = &[
    column("Name", "name"),
    column("Role", "role"),
    column("Environment", "env"),
    column("Made by", "author"),
    column("At", "at"),
];

pub(crate) const PLANNED: &[Column] = &[
    column("Id", "id"),
    column("Due", "due"),
    column("Author", "author"),
    column("Changes", "changes"),
    column("Message", "message"),
    column("Not done", "fault"),
];

pub(crate) const REGISTRATIONS: &[Column] = &[
    column("Env", "env"),
    column("User", "user"),
    column("Contact", "contact"),
    column("Transport", "transport"),
    column("Source", "source"),
    column("Expires s", "expires_s"),
];

pub(crate) const BINDS: &[Column] = &[
    column("Env", "env"),
    column("Role", "role"),
    column("Name", "name"),
    column("State", "state"),
    column("Local", "local"),
    column("Peer", "peer"),
    column("Node", "node"),
    column("Shard", "shard"),
    column("Since", "since"),
    column("Received", "received"),
    column("Sent", "sent"),
    column("Waiting", "outstanding"),
    column("Window", "window"),
    column("Owed", "owed"),
    column("In/s", "rate_in"),
    column("Out/s", "rate_out"),
    column("Congestion", "congestion"),
];

pub(crate) const RECORDS: &[Column] = &[
    column("Received", "ts_received"),
    column("Env", "env"),
    column("Id", "cdr_id"),
    column("Carrier", "carrier"),
    column("From", "from"),
    column("To", "to"),
    column("Decision", "decision"),
    column("By", "by"),
    column("Status", "status"),
    column("Error", "error"),
    column("Units", "billing_units"),
    column("Charge", "charge"),
];

pub(crate) const WORLDS: &[Column] = &[
    column("Environment", "name"),
    column("Domain", "domain"),
    column("Accounts", "accounts"),
    column("Carriers", "carriers"),
    column("Connections", "connections"),
    column("Policies", "policies"),
    column("Tariffs", "tariffs"),
];

pub(crate) const SHARDS: &[Column] = &[
    column("Node", "node"),
    column("Up", "up"),
    column("Shard", "shard"),
    column("Generation", "generation"),
    column("Links", "links"),
    column("In/s", "rate_in"),
    column("Out/s", "rate_out"),
    column("Received", "received"),
    column("Accepted", "accepted"),
    column("Delivered", "delivered"),
    column("Failed", "failed"),
    column("Pending", "pending"),
];
