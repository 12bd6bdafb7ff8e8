//! Every bound, with the arithmetic behind it.

use std::time::Duration;

/// Open flights of one shard. A flight takes about 1 KiB: a full shard holds 1 GiB.
pub(crate) const FLIGHTS_MAX: usize = 1 << 20;

/// Messages to be shown that wait for the name of their Sms: a second of 4,000; some 500 octets
/// each, so 2 MiB, and only as long as somebody looks.
pub(crate) const SIGHTINGS_MAX: usize = 4_096;

/// Exchanges of which it is known what they are about, while somebody looks: 80 octets each in
/// two ages, so 10 MiB.
pub(crate) const TAPPED_MAX: usize = 1 << 16;

/// Sms that wait for one account: an app that was away a month reads no more.
pub(crate) const INBOX_MAX: usize = 10_000;

/// Sms in the attic of one shard: 32 octets each and two ids in an inbox that has grown, 1 GiB, and
/// 5 GiB of disk.
pub(crate) const STOWED_MAX: usize = 1 << 24;

/// Of these, Sms that are on their way there: 1 MiB of octets to be written.
pub(crate) const STOWING_MAX: usize = 4_096;

/// Sms that wait for one connection: a minute of what a shard can send.
pub(crate) const QUEUE_MAX: usize = 1 << 19;

/// Of these, Sms of one sender under one priority: a quarter, so that a flood of one leaves
/// room for the others.
pub(crate) const SENDER_QUEUE_MAX: usize = QUEUE_MAX / 4;

/// SMPP links of one shard, bound or not.
pub(crate) const LINKS_MAX: usize = 16_384;

/// Links of one connection: more than any carrier grants binds.
pub(crate) const CONNECTION_LINKS_MAX: u8 = 32;

/// Links of one shard that another shard talks on: 32 for each of eight connections.
pub(crate) const LENT_MAX: usize = 256;

/// Requests in a row that a link may leave unanswered before other links are preferred to it.
pub(crate) const STRIKES_MAX: u16 = 5;

/// Carriers and connections of one shard whose habits are kept: 1.6 KiB each, so 6.4 MiB.
pub(crate) const OBSERVED_MAX: usize = 4_096;

/// Octets that wait for the rest of their PDU on one link: one PDU of the largest size.
pub(crate) const PARTIAL_MAX: usize = smpp::frame::PDU_MAX;

/// SIP connections of one shard: at 300 octets each 80 MiB, at the 21 KiB of TLS 5 GiB; the
/// system's bound of open files is usually met before.
pub(crate) const FLOWS_MAX: usize = 1 << 18;

/// SIP connections of one address: the phones behind one carrier's NAT.
pub(crate) const FLOWS_PER_IP: usize = 8_192;

/// Of these, connections over which nobody has proved yet who they are.
pub(crate) const STRANGER_FLOWS_PER_IP: usize = 256;

/// The same for all addresses: at the 21 KiB of half a TLS handshake 84 MiB.
pub(crate) const STRANGER_FLOWS_MAX: usize = 4_096;

/// How long a connection may take until somebody has proved over it who they are: a REGISTER, its
/// challenge and the user who types a password.
pub(crate) const STRANGER_PATIENCE: Duration = Duration::from_secs(60);

/// How long a connection stays after its last contact has ended: time for one more REGISTER.
pub(crate) const FLOW_GRACE: Duration = Duration::from_secs(60);

/// How long a connection is good for something after a MESSAGE of somebody who is not registered
/// over it.
pub(crate) const FLOW_USED: Duration = Duration::from_secs(240);

/// How long a SIP message on a stream, or the handshake of a WebSocket, may take from its first
/// octet to its last.
pub(crate) const MESSAGE_PATIENCE: Duration = Duration::from_secs(10);

/// How often an app is told to show that its connection lives (RFC 5626 §4.4.1), in seconds: more
/// often than NATs forget a silent TCP connection.
pub(crate) const FLOW_TIMER_SECS: u32 = 120;

/// SIP requests that are not answered yet: more than the disk keeps waiting in a second.
pub(crate) const TRANSACTIONS_MAX: usize = 1 << 17;

/// SIP requests of the last 32 s that were answered with a status, or with what is registered:
/// 131,000 a second, at most 100 octets each, 400 MiB. What is forgotten earlier is asked for its
/// proof again.
pub(crate) const DONE_MAX: usize = 1 << 22;

/// Those that were answered with more, such as what is wrong with them: some 400 octets each,
/// 50 MiB.
pub(crate) const WRITTEN_MAX: usize = 1 << 17;

/// Contacts of one account (RFC 3261 sets no bound; ten devices are many).
pub(crate) const CONTACTS_MAX: usize = 10;

/// Sms of which a sender may not have heard that they are ours.
pub(crate) const DOUBTS_MAX: usize = 1 << 17;

/// Answers of one link that are remembered for the doubtful set: more than any window.
pub(crate) const ANSWERED_MAX: usize = 4_096;

/// Finals that can be asked for: the newest; 80 octets and two of an index each, 82 MiB for a
/// full shard.
pub(crate) const FINALS_MAX: usize = 1 << 20;

/// Wishes to hear that an account can be reached again: 88 octets each, 6 MiB.
pub(crate) const ALERTS_MAX: usize = 1 << 16;

/// Who may want to hear of one account: a few carriers with a few addresses each.
pub(crate) const ALERTS_PER_ACCOUNT: usize = 16;

/// Flights that one turn looks at for those a cancel_sm without an id means: about 1 ms.
pub(crate) const SWEEP_LOOKS: usize = 4_096;

/// Sms that one turn cancels: each is taken out of a queue of up to half a million.
pub(crate) const SWEEP_CANCELS: usize = 16;

/// Sms of one recipient or connection that are looked at for the one that a newer replaces.
pub(crate) const REPLACE_LOOKS: usize = 1_024;

/// Receipts whose peers wait while the answer that names their Sms is awaited.
pub(crate) const PARKED_MAX: usize = 4_096;

/// Receipts about Sms that nobody named, answered or not: about 16 MiB.
pub(crate) const ORPHANS_MAX: usize = 1 << 16;

/// Octets of text: what message_payload can carry.
pub(crate) const CONTENT_MAX: usize = 65_535;

/// Queues kept for the next inboxes: 4,096 of at most eight ids are 512 KiB.
pub(crate) const SPARE_INBOXES_MAX: usize = 4_096;
pub(crate) const SPARE_WAITING_MAX: usize = 8;

/// Buffers kept for the next MESSAGEs: 4,096 of [`DATAGRAM_MAX`] octets are 5 MiB.
pub(crate) const SPARE_MESSAGES_MAX: usize = 4_096;

/// Octets of a MESSAGE that may leave over UDP (RFC 3428 §8, RFC 3261 §18.1.1).
pub(crate) const DATAGRAM_MAX: usize = 1_300;

/// Texts of one sender at one shard whose segments are not all there: each holds at least one
/// flight, so that a flood takes 16 MiB.
pub(crate) const GATHERING_MAX: usize = 1 << 14;

/// How long the segments of a text are waited for, from the first one on.
pub(crate) const GATHERING_TTL: Duration = Duration::from_secs(60);

/// Segments that arrived and are known when they come again: 64 octets each, 4 MiB.
pub(crate) const JOINED_MAX: usize = 1 << 16;

/// Octets of text that several segments have together in one MESSAGE: what one of 65,535 octets
/// holds beside the longest head of ours (500 octets) and an envelope as long. 255 segments of
/// UCS-2 have at most 51,255. What is longer goes in several, in order.
pub(crate) const JOINED_TEXT_MAX: usize = sip::MESSAGE_MAX - 1_000;

/// The same in a datagram.
pub(crate) const JOINED_DATAGRAM_MAX: usize = DATAGRAM_MAX - 500;

/// Octets of text over UDP that still fit with an envelope that asks for a report: 500 for the
/// head, 320 for the envelope.
pub(crate) const ENVELOPED_MAX: usize = DATAGRAM_MAX - 820;

/// Environments an Sms may pass (TLV 0x1401).
pub(crate) const HOPS_MAX: u8 = 4;

/// How often an Sms is sent again when nobody knows what became of the last time.
pub(crate) const UNKNOWN_RESENDS_MAX: u8 = 5;

/// Requests a peer may leave unanswered by us before it is told to wait, if its carrier sets
/// nothing else.
pub(crate) const WINDOW_DEFAULT: u16 = 100;

/// How long an Sms is tried when its sender sets no validity.
pub(crate) const VALIDITY_DEFAULT: Duration = Duration::from_secs(86_400);

/// The longest validity taken; a longer one is shortened to it.
pub(crate) const VALIDITY_MAX: Duration = Duration::from_secs(7 * 86_400);

/// The farthest a schedule may be: a month. What waits longer is not a message but a plan.
pub(crate) const SCHEDULE_MAX: Duration = Duration::from_secs(31 * 86_400);

/// Sms of one carrier that wait for their time, on one shard: at 1 KiB each, 64 MiB; sixteen
/// such carriers fill a shard.
pub(crate) const SCHEDULED_MAX: u32 = 1 << 16;

/// How long a sender waits for an outcome before it is told that there will be none: less than
/// a patient peer's response timer (SMPP 3.4 §2.9), more than four retransmissions of a MESSAGE.
pub(crate) const TRANSACTION_MAX: Duration = Duration::from_secs(20);

/// How long an app that took an Sms may take to say that its user has it: longer than a phone
/// sleeps between two looks at its connection.
pub(crate) const PROOF_PATIENCE: Duration = Duration::from_secs(300);

/// How long a next hop's receipt is waited for beyond the validity.
pub(crate) const RECEIPT_GRACE: Duration = Duration::from_secs(60);

/// Reports that wait for one app: of as many texts as a person writes in a month.
pub(crate) const NOTICES_PER_ACCOUNT: usize = 1_000;

/// How often an app is told what became of a text before that is given up.
pub(crate) const NOTICE_TRIES_MAX: u8 = 8;

/// How long a report waits for an app that is away.
pub(crate) const NOTICE_TTL: Duration = Duration::from_secs(72 * 3_600);

/// How long a handset that took a MESSAGE may be silent (TR1M, 3GPP TS 24.011 §10.2: 35 to 45 s).
pub(crate) const RELAY_PATIENCE: Duration = Duration::from_secs(40);

/// The same from the start of an attempt: Timer F, and that.
pub(crate) const RELAY_PATIENCE_IN_ALL: Duration = Duration::from_secs(75);

/// How recent an answer must be to be doubted when its link dies.
pub(crate) const DOUBT_RECENT: Duration = Duration::from_secs(5);

/// How long a doubtful Sms is remembered.
pub(crate) const DOUBT_TTL: Duration = Duration::from_secs(600);

/// How long an Sms that its sender gave a reference is known by it: longer than a link may be
/// dead before we hear of it.
pub(crate) const NAMED_TTL: Duration = Duration::from_secs(10);

/// How long a receipt for an unknown Sms waits for its answer and for the one that names its
/// Sms: less than its peer waits for ours.
pub(crate) const PARKED_TTL: Duration = Duration::from_secs(5);

/// How long a receipt for an unknown Sms is kept before it is given up: twice as long as a next
/// hop gives a copy the name that the Sms has ([`DOUBT_TTL`]), for which the last copy but one
/// may have asked.
pub(crate) const ORPHAN_TTL: Duration = Duration::from_secs(2 * DOUBT_TTL.as_secs());

/// How long an answer that did not come in time is waited for on a link that lives.
pub(crate) const LATE_PATIENCE: Duration = Duration::from_secs(60);

/// How long a receipt is waited for that tells what became of an Sms nobody knows of.
pub(crate) const HOLD_PATIENCE: Duration = Duration::from_secs(300);

/// The pauses between attempts; the last one repeats.
pub(crate) const BACKOFF: [Duration; 4] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
];

/// The pause before a connection is dialled again: this, doubled up to the longest.
pub(crate) const REDIAL_FIRST: Duration = Duration::from_millis(250);

/// The longest pause before a connection is dialled again.
pub(crate) const REDIAL_LONGEST: Duration = Duration::from_secs(30);

/// The pause before a peer that refused our bind is asked again: this, doubled up to the
/// longest, so that it does not lock us out.
pub(crate) const REFUSED_FIRST: Duration = Duration::from_secs(5);

/// The longest pause after a bind was refused.
pub(crate) const REFUSED_LONGEST: Duration = Duration::from_secs(300);

/// The pause before a carrier is dialled again that did not bind after an outbind: this, doubled
/// up to the longest.
pub(crate) const OUTBIND_FIRST: Duration = Duration::from_secs(1);

/// The longest pause between outbinds.
pub(crate) const OUTBIND_LONGEST: Duration = Duration::from_secs(60);

/// How often a carrier's home is told that receipts wait, at most.
pub(crate) const OUTBIND_TOLD: Duration = Duration::from_secs(60);

/// How often in a row a hop of a trunk may leave a question unanswered before it is passed over.
pub(crate) const PROBE_MISSES: u8 = 2;

/// How long an OPTIONS is waited for: four transmissions over UDP.
pub(crate) const PROBE_PATIENCE: Duration = Duration::from_secs(4);

/// The pause before a hop is asked again that did not answer once.
pub(crate) const PROBE_AGAIN: Duration = Duration::from_secs(1);

/// How often a hop is asked that does not answer, if nobody set how often it is asked.
pub(crate) const PROBE_BLIND: Duration = Duration::from_secs(30);

/// How long a connection to a trunk stays that nobody uses.
pub(crate) const TRUNK_KEPT: Duration = Duration::from_secs(240);

/// How long a connection stays over which an app registered elsewhere: the longest registration.
pub(crate) const PASSED_KEPT: Duration = Duration::from_secs(3600);

/// How long a REGISTER of ours is waited for at a trunk: five transmissions over UDP.
pub(crate) const ENROL_PATIENCE: Duration = Duration::from_secs(8);

/// The pause after a trunk did not register us, which doubles, and its most (RFC 5626 §4.5).
pub(crate) const ENROL_PAUSE: (Duration, Duration) =
    (Duration::from_secs(30), Duration::from_secs(1800));

/// The least pause between two REGISTERs of ours, whatever a trunk grants or asks for.
pub(crate) const ENROL_LEAST: Duration = Duration::from_secs(1);

/// The longest registration that we ask for or believe in: a day.
pub(crate) const ENROL_SECS_MAX: u32 = 86_400;

/// The least and the most a Retry-After holds a trunk back (promises.md E25).
pub(crate) const HOLD_SECS: (u32, u32) = (1, 600);

/// How often a MESSAGE follows the redirections of a trunk (promises.md E26).
pub(crate) const REDIRECTIONS_MAX: usize = 5;

/// How often an operator hears that a trunk does not take our password, at most.
pub(crate) const TRUNK_ALARMS: Duration = Duration::from_secs(60);

/// A link that lived so long shows that its peer is well: what failed before is forgotten.
pub(crate) const STEADY: Duration = Duration::from_secs(10);

/// The pause after a next hop said that it is throttled or full.
pub(crate) const THROTTLE_PAUSE: Duration = Duration::from_millis(500);

/// How long after its acceptance, or after the outcome of an Sms that was never tried, a receipt
/// keeps off the ways on which it could overtake its answer: far more than any mail between shards
/// takes.
pub(crate) const ANSWER_LEAD: Duration = Duration::from_millis(100);

/// The pauses before a receipt is offered again that its carrier did not take; the last one
/// repeats.
pub(crate) const RECEIPT_PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
];

/// How often a carrier may refuse a receipt before it is dropped.
pub(crate) const RECEIPT_REFUSALS_MAX: u8 = 3;

/// How long a receipt waits for its carrier: a weekend without a bind loses nothing.
pub(crate) const RECEIPT_TTL: Duration = Duration::from_secs(72 * 3_600);

/// Receipts one carrier may leave untaken at one shard before it may send nothing more: half
/// of all flights, so that it never takes the room of all others.
pub(crate) const RECEIPTS_MAX: usize = FLIGHTS_MAX / 2;

/// Receipts of one carrier that are on their way by mail to the binds of another shard: more
/// than mail and answer take at full rate.
pub(crate) const RECEIPTS_LENT_MAX: u16 = 512;

/// Receipts that one event sends, or gives up, at most: half a millisecond.
pub(crate) const RECEIPTS_PER_TURN: usize = 512;

/// Unbound links of one address: more than a carrier binds at once.
pub(crate) const HALF_OPEN_PER_IP: usize = 256;

/// Unbound links of all addresses: at 4 KiB each they take 16 MiB, at the 21 KiB of half a TLS
/// handshake 84 MiB.
pub(crate) const HALF_OPEN_MAX: usize = 4_096;

/// PDUs an unbound link may say: a bind, and an enquire_link or two before it.
pub(crate) const UNBOUND_PDUS_MAX: u64 = 8;

/// PDUs a carrier may say in the wrong state.
pub(crate) const WRONGS_MAX: u16 = 16;

/// How long a PDU may take from its first octet to its last.
pub(crate) const PDU_PATIENCE: Duration = Duration::from_secs(10);

/// When a bind that failed is answered, whatever was wrong with it: a thousand passwords take
/// a quarter of an hour on one link, and no duration tells anything.
pub(crate) const BIND_REFUSAL_DELAY: Duration = Duration::from_secs(1);

/// How long a peer that said unbind may still answer what we asked.
pub(crate) const UNBIND_GRACE: Duration = Duration::from_millis(500);

/// How long a peer may take to answer our unbind when it owes us nothing else. Some never do, and
/// a stop waits ten seconds for all of them.
pub(crate) const UNBIND_PATIENCE: Duration = Duration::from_secs(2);

/// Octets of one link that wait for the end of a start: a window of a thousand submit_sm of 250.
pub(crate) const WAKING_LINK_MAX: usize = 256 << 10;

/// Octets of all links and sockets of one shard that do: 64 links that use all of theirs.
pub(crate) const WAKING_MAX: usize = 16 << 20;

/// In so many parts of a day's quota the shards tell each other what they used: with n shards
/// a carrier may get n parts more than its quota.
pub(crate) const QUOTA_TOLD: u64 = 1_024;

/// How long a nonce is good.
pub(crate) const NONCE_LIFETIME: Duration = Duration::from_secs(300);

/// Nonces of which is known what was said under them: 96 octets each, 24 MiB; at 55,000
/// challenges a second those of the last five seconds. Older ones are stale then.
pub(crate) const NONCES_MAX: usize = 1 << 18;

/// How long after its first time a request may come again as it was (RFC 3261 §17.1.2.2, Timer F).
pub(crate) const REPEATED_WITHIN: Duration = Duration::from_secs(32);

/// Addresses that were answered though they proved nothing: 40 octets each, 5 MiB.
pub(crate) const SOURCES_MAX: usize = 1 << 16;

/// Answers that one address gets at once without a proof: a challenge and one more for every
/// phone behind one carrier's NAT.
pub(crate) const STRANGER_ANSWERS: u32 = 2 * FLOWS_PER_IP as u32;

/// Answers that it gets every second after that.
pub(crate) const STRANGER_ANSWERS_PER_SEC: u32 = 1_000;

/// Contacts hold at least and at most so long, where the environment says nothing else.
pub(crate) const EXPIRES_SECS: (u32, u32) = (60, 3600);

/// Devices of an account that are remembered: those of one person.
pub(crate) const DEVICES_MAX: usize = 8;

/// How long a device is remembered that does not come back.
pub(crate) const DEVICE_MEMORY: Duration = Duration::from_secs(30 * 86_400);

/// Texts that an account keeps for devices that are away, the newest.
pub(crate) const OWED_MAX: usize = 100;

/// Octets of them: what a record of the account carries each time it registers.
pub(crate) const OWED_OCTETS_MAX: usize = 65_536;

/// How long a device is left alone that did not answer.
pub(crate) const DEVICE_REST: Duration = Duration::from_secs(120);

/// How often the apps of one account are called at most.
pub(crate) const WAKE_PAUSE: Duration = Duration::from_secs(60);

/// Octets of the Path of one contact: a few hops, each with its token, and half a datagram left
/// for the text.
pub(crate) const PATH_MAX: usize = 640;

/// Addresses and accounts of which is known that they proved or guessed a password: 65,536 of
/// 48 octets are 3 MiB.
pub(crate) const SUSPECTS_MAX: usize = 1 << 16;

/// Texts that are counted to find loops: 65,536 of 16 octets are 1 MiB, and what is sent within
/// six seconds at 10,000 Sms a second; a loop takes less than one.
pub(crate) const ECHOES_MAX: usize = 1 << 16;

/// REGISTERs that one turn serves, whatever else waits: at 40 us each, for accounts of ten
/// contacts, an SMS that has just come waits 0.32 ms for them.
pub(crate) const REGISTERS_PER_TURN: usize = 8;

/// And that a turn serves while an SMS is on its way to the disk.
pub(crate) const REGISTERS_BESIDE_SMS: usize = 4;

/// And that a turn serves where no Sms has come for a second: the first one finds 2.6 ms of them
/// before it.
pub(crate) const REGISTERS_PER_CALM_TURN: usize = 64;

/// REGISTERs that wait for their turn, each with its octets: 2,048 of 1,300 are 2.7 MB, and all
/// of them are served in 80 ms.
pub(crate) const LOBBY_MAX: usize = 2048;

/// Who finds no room hears to come back after so many seconds, at least and at most: long enough
/// for the others, short enough that all are in within a minute.
pub(crate) const RETRY_SECS: (u32, u32) = (4, 19);
