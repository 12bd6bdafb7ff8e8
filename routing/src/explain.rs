//! Every rule that a decision considered, and why it lost.

use crate::choice::{Choice, Fate, Outlook, Parties, Question, WayFate, Witness};
use crate::snapshot::RowFile;
use crate::{ArchivedEnvironment, ArchivedPolicy, ArchivedSide};

/// A decision with everything that was considered on the way to it.
#[derive(Clone)]
pub struct Explanation<'a> {
    /// What is done: the answer of [`ArchivedEnvironment::choose`] itself.
    pub choice: Choice<'a>,
    /// The list that held it back, by id, and whom.
    pub barring: Option<(u32, ArchivedSide)>,
    /// The policies whose pattern matches, in the order in which they are asked. A local account
    /// comes before all of them: then the first that could have decided is `Later`.
    pub policies: Vec<Considered<'a>>,
    /// The ways of the policy that decided, in the order in which they were tried.
    pub ways: Vec<(usize, WayFate)>,
}

/// A policy whose pattern matches.
#[derive(Clone, Copy)]
pub struct Considered<'a> {
    /// The policy.
    pub policy: &'a ArchivedPolicy,
    /// What became of it.
    pub fate: Fate,
}

/// Writes down the ways; the policies are asked again in full.
#[derive(Default)]
struct Ways(Vec<(usize, WayFate)>);

impl Witness for Ways {
    fn policy(&mut self, _: &ArchivedPolicy, _: Fate) {}

    fn way(&mut self, way: usize, fate: WayFate) {
        self.0.push((way, fate));
    }
}

impl ArchivedEnvironment {
    /// The same decision as [`choose`](Self::choose), with at most `limit` policies in words:
    /// also those after the one that decided.
    pub fn explain<'a>(
        &'a self,
        files: &[RowFile],
        question: &Question<'_>,
        outlook: &impl Outlook,
        limit: usize,
    ) -> Explanation<'a> {
        let mut ways = Ways::default();
        let choice = self.choose(files, question, outlook, &mut ways);
        let parties = Parties::of(question);
        let barring = self.barring(&parties, question.carrier);
        let account = question.domain.is_none().then(|| self.reach(question.number));
        let mut decided = barring.is_some() || account.flatten().is_some();
        let mut policies = Vec::new();
        let mut found = self.policies.first_from(files, question.number, 0);
        while let Some((rank, policy)) = found.filter(|_| policies.len() < limit) {
            let fate = match self.fate(policy, &parties, question) {
                Fate::Taken | Fate::Shadow if decided => Fate::Later,
                fate => fate,
            };
            decided |= fate == Fate::Taken;
            policies.push(Considered { policy, fate });
            found = self.policies.first_from(files, question.number, rank + 1);
        }
        Explanation { choice, barring, policies, ways: ways.0 }
    }
}
