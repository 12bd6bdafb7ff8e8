//! What a carrier is to submit, and what became of it.

use smpp::Status;

/// One Sms to be submitted.
#[derive(Clone, Debug)]
pub struct Job {
    /// The called number.
    pub destination: String,
    /// The text, in GSM 7-bit that is also ASCII; the judges know an Sms by it.
    pub text: String,
    /// What is sent instead of the text, if there is anything.
    pub octets: Vec<u8>,
    /// data_coding.
    pub data_coding: u8,
    /// registered_delivery.
    pub registered: u8,
    /// validity_period.
    pub validity: String,
    /// set_dpf: tell when the recipient can be reached again.
    pub alerts: bool,
    /// replace_if_present_flag.
    pub replaces: bool,
    /// schedule_delivery_time.
    pub schedule: String,
    /// esm_class.
    pub esm_class: u8,
    /// priority_flag.
    pub priority: u8,
    /// delivery_failure_reason of the latest negative answer.
    pub reason: Option<u8>,
    /// How often it was sent.
    pub sent: u32,
    /// The latest final answer: the id, or the status.
    pub answer: Option<Result<String, Status>>,
    /// How many positive answers there were.
    pub positive: u32,
    pub(super) place: Waits,
}

/// Where a job is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Waits {
    /// To be sent.
    Here,
    /// For an answer on a link.
    There(u64),
    /// No more.
    Done,
}

impl Job {
    /// An Sms that wants a receipt.
    pub fn new(destination: &str, text: &str) -> Self {
        Self {
            destination: destination.to_owned(),
            text: text.to_owned(),
            octets: Vec::new(),
            data_coding: 0,
            registered: 1,
            validity: String::new(),
            alerts: false,
            replaces: false,
            schedule: String::new(),
            esm_class: 0,
            priority: 0,
            reason: None,
            sent: 0,
            answer: None,
            positive: 0,
            place: Waits::Here,
        }
    }

    /// What it says instead of its text, and in which coding.
    pub fn coded(mut self, data_coding: u8, octets: &[u8]) -> Self {
        (self.data_coding, self.octets) = (data_coding, octets.to_vec());
        self
    }

    /// It begins with a header (esm_class, bit 6).
    pub fn under_header(mut self) -> Self {
        self.esm_class |= 0x40;
        self
    }

    /// The octets it is sent as.
    pub fn said(&self) -> &[u8] {
        if self.octets.is_empty() { self.text.as_bytes() } else { &self.octets }
    }

    /// Which receipts it wants.
    pub fn registered(mut self, registered: u8) -> Self {
        self.registered = registered;
        self
    }

    /// It wants to hear when its recipient can be reached again.
    pub fn alerting(mut self) -> Self {
        self.alerts = true;
        self
    }

    /// It takes the place of the one that waits.
    pub fn replacing(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Until when it is worth something, in SMPP's form.
    pub fn validity(mut self, validity: &str) -> Self {
        validity.clone_into(&mut self.validity);
        self
    }

    /// When it shall leave, in SMPP's form.
    pub fn schedule(mut self, schedule: &str) -> Self {
        schedule.clone_into(&mut self.schedule);
        self
    }

    /// Its messaging mode (SMPP 3.4 §5.2.12, bits 1 and 0).
    pub fn mode(mut self, mode: u8) -> Self {
        self.esm_class = mode;
        self
    }

    /// How urgent it is.
    pub fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// Does it have one attempt and no receipt, if its carrier may ask for that?
    pub fn is_single(&self) -> bool {
        matches!(self.esm_class & 3, 1 | 2)
    }

    /// The id it was accepted under.
    pub fn id(&self) -> Option<&str> {
        self.answer.as_ref()?.as_deref().ok()
    }

    /// The status it was refused with.
    pub fn refused(&self) -> Option<u32> {
        self.answer.as_ref()?.as_ref().err().map(|status| status.0)
    }
}
