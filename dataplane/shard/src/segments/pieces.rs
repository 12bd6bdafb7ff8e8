//! How much of a joined text goes in one MESSAGE: as much as a connection carries, and what a
//! datagram holds as soon as one of the app's contacts is reached by datagrams.

use routing::MessageId;

use super::joining::Joined;
use super::key::{Part, Text};
use crate::content;
use crate::flights::Stage;
use crate::inbox::AccountKey;
use crate::limits::{JOINED_DATAGRAM_MAX, JOINED_TEXT_MAX};
use crate::shard::Shard;

impl Shard {
    /// The MESSAGEs that the segments of a text become, `total` of them if all were there.
    pub(super) fn pieces(
        &self,
        text: Text,
        parts: &[Part],
        mut doubles: Vec<Part>,
        total: u8,
    ) -> Vec<Joined> {
        let (mut pieces, mut rest, mut before) = (Vec::new(), parts, 0);
        while !rest.is_empty() {
            let (these, others) = rest.split_at(self.run(rest, JOINED_TEXT_MAX));
            let (first, last) = (these[0].sequence, these[these.len() - 1].sequence);
            pieces.push(Joined {
                text,
                parts: these.to_vec(),
                doubles: std::mem::take(&mut doubles),
                gap_before: first > before + 1,
                gap_behind: others.is_empty() && last < total,
            });
            (rest, before) = (others, last);
        }
        pieces
    }

    /// The first MESSAGE of what a head carries is to go in a datagram: what that has no room for
    /// goes in others, right behind it.
    pub(crate) fn cut_for_datagrams(&mut self, key: AccountKey, head: MessageId) {
        let Some(joined) = self.segments.joined.get(&head) else { return };
        let fits = self.run(&joined.parts, JOINED_DATAGRAM_MAX);
        if fits == joined.parts.len() {
            return;
        }
        let Some(mut joined) = self.segments.joined.remove(&head) else { return };
        let (mut rest, gap_behind) = (joined.parts.split_off(fits), joined.gap_behind);
        let (text, mut last) = (joined.text, joined.parts[fits - 1].sequence);
        joined.gap_behind = false;
        self.segments.joined.insert(head, joined);
        let mut heads = Vec::new();
        while !rest.is_empty() {
            let others = rest.split_off(self.run(&rest, JOINED_DATAGRAM_MAX));
            let (head, first) = (rest[0].name, rest[0].sequence);
            let gap_before = first > last + 1;
            last = rest[rest.len() - 1].sequence;
            rest.iter().for_each(|part| self.segments.goes_with(head, text, *part));
            let gap_behind = gap_behind && others.is_empty();
            let joined = Joined { text, parts: rest, doubles: Vec::new(), gap_before, gap_behind };
            self.segments.joined.insert(head, joined);
            if let Some(flight) = self.flights.get_mut(head) {
                flight.stage = Stage::Waiting;
            }
            heads.push(head);
            rest = others;
        }
        self.inboxes.follow(key, head, &heads);
    }

    /// How many segments go in one MESSAGE of so many octets, at least one.
    fn run(&self, parts: &[Part], max: usize) -> usize {
        let said = |part: &Part| self.flights.get(part.name).map(|flight| &*flight.sms);
        let most = |part: &Part| said(part).map_or(0, content::text_len_max);
        // Mostly nobody need look at what they say.
        if parts.iter().map(most).sum::<usize>() <= max {
            return parts.len();
        }
        let mut sum = 0;
        let fits = parts.iter().take_while(|part| {
            sum += said(part).map_or(0, |sms| content::body(sms).octets().len());
            sum <= max
        });
        fits.count().max(1)
    }
}
