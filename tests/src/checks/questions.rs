//! What carriers were told about their Sms (D34): the truth at that time, and one winner
//! between a cancel and a delivery.

use smpp::{MessageState, Status};

use super::{Mercy, Seen};
use crate::peers::esme::{Question, Reply, is_temporary};
use crate::peers::{Esme, Job};
use crate::world::World;

/// The text a job is replaced with, if it is.
pub fn replacement(text: &str) -> String {
    format!("{text}#")
}

/// The text of the job that was replaced with this one, or the text itself.
pub(super) fn original(text: &str) -> &str {
    text.strip_suffix('#').unwrap_or(text)
}

/// Was it to be cancelled?
pub(super) fn was_cancelled(esme: &Esme, job: &Job, id: &str) -> bool {
    esme.asked.iter().any(|question| match question {
        Question::Cancel(asked) => asked == id,
        Question::CancelAll(number) => *number == job.destination,
        Question::Query(_) | Question::Replace(..) | Question::Multi(..) => false,
    })
}

/// D34: what was told about a job, against what became of it.
pub(super) fn questions(world: &World, seen: &Seen<'_>, mercy: Mercy, wrongs: &mut Vec<String>) {
    for esme in world.esmes() {
        for job in &esme.jobs {
            let Some(id) = job.id() else { continue };
            let of = |reply: &&Reply| match &reply.question {
                Question::Query(asked) | Question::Cancel(asked) => asked == id,
                Question::Replace(asked, ..) => asked == id,
                Question::CancelAll(_) | Question::Multi(..) => false,
            };
            let replies: Vec<&Reply> = esme.replies.iter().filter(of).collect();
            if !replies.is_empty() {
                one(seen, esme, job, (id, &replies), mercy, wrongs);
            }
        }
    }
}

fn one(
    seen: &Seen<'_>,
    esme: &Esme,
    job: &Job,
    (id, replies): (&str, &[&Reply]),
    mercy: Mercy,
    wrongs: &mut Vec<String>,
) {
    let (old, new) = (seen.copies(&job.text), seen.copies(&replacement(&job.text)));
    let ours = !seen.went_abroad(job);
    let mut last: Option<MessageState> = None;
    for reply in replies {
        let done = reply.status == Status::ROK;
        // What was answered at once may be lost with the node.
        let known = done || is_temporary(reply.status) || mercy.crashes;
        match (&reply.question, reply.state) {
            (Question::Query(_), Some((state, _))) => {
                if let Some(last) = last.filter(|last| last.is_final() && *last != state) {
                    wrongs.push(format!("{id} was said to be {last:?}, later {state:?}"));
                }
                last = Some(state);
            }
            (Question::Query(_), None) if !known => {
                wrongs.push(format!("{id} could not be asked for: {}", reply.status));
            }
            (Question::Cancel(_), _) if done => {
                if old + new > 0 {
                    wrongs.push(format!("{id} was cancelled and came"));
                }
                last = Some(MessageState::Deleted);
            }
            (Question::Cancel(_) | Question::Replace(..), _)
                if reply.status == Status::RINVMSGID && !mercy.crashes =>
            {
                wrongs.push(format!("{id} was not known"));
            }
            (Question::Replace(..), _) if done && old > 0 && ours => {
                wrongs.push(format!("{id} came in its old words"));
            }
            (_, _) => {}
        }
    }
    let Some(told) = last.filter(|last| last.is_final()) else { return };
    let came = old + new > 0;
    if ours && (told == MessageState::Delivered && !came || told == MessageState::Deleted && came) {
        wrongs.push(format!("{id} was said to be {told:?}, and came: {came}"));
    }
    for receipt in esme.receipts.iter().filter(|receipt| receipt.id == id) {
        if receipt.state != Some(told) {
            wrongs.push(format!("{id} was said to be {told:?}, its receipt {:?}", receipt.state));
        }
    }
}
