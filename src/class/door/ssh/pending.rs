//! Clients before their sessions, in limited number: beyond it the source with most clients loses one.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::client::Client;
use super::network::Source;
use super::stage::Stage;

/// Clients that have no session yet.
#[derive(Debug)]
pub(super) struct Pending {
    clients: Vec<Arc<Client>>,
    /// The maximum number of clients.
    max: usize,
}

/// A client that may be dropped, with what decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    source: Source,
    stage: Stage,
    order: u64,
}

impl Pending {
    pub fn new(max: usize) -> Self {
        Self { clients: Vec::new(), max }
    }

    /// Adds a client; drops one if there are too many.
    pub fn add(&mut self, client: &Arc<Client>) {
        self.clients.push(Arc::clone(client));
        if self.clients.len() > self.max {
            self.drop_one();
        }
    }

    /// Drops the client that [`candidate_to_drop`] chooses, if there is any.
    pub fn drop_one(&mut self) {
        let candidate = |client: &Arc<Client>| {
            let (stage, order) = client.stage_and_order();
            Candidate { source: client.source, stage, order }
        };
        let candidates: Vec<_> = self.clients.iter().map(candidate).collect();
        if let Some(at) = candidate_to_drop(&candidates) {
            self.clients.swap_remove(at).hang_up();
        }
    }

    /// Removes a client that has a session or is gone.
    pub fn remove(&mut self, client: &Client) {
        self.clients.retain(|other| other.number != client.number);
    }
}

/// How many clients of one source before the password prompt are not treated as a flood: a few students who arrive at once.
const USUAL_ARRIVALS: usize = 4;

/// The index of the client to drop. If a source has a flood of clients before the password prompt, it is one of those. Otherwise it is of
/// the source with most clients, at the stage where most of these are, the one that has been there longest; a tie between sources is
/// decided by the stage where most of all clients are, and then by the earliest stage. So clients that advance are not dropped for those
/// that do not, and clients that type a password only for others that were asked for one.
fn candidate_to_drop(candidates: &[Candidate]) -> Option<usize> {
    let is_before_prompt = |candidate: &&Candidate| candidate.stage < Stage::PasswordPrompted;
    let before_prompt = count(candidates.iter().filter(is_before_prompt).map(|candidate| candidate.source));
    let of_source = count(candidates.iter().map(|candidate| candidate.source));
    let at_stage_of_source = count(candidates.iter().map(|candidate| (candidate.source, candidate.stage)));
    let at_stage = count(candidates.iter().map(|candidate| candidate.stage));
    let weight = |candidate: &Candidate| {
        let Candidate { source, stage, order } = *candidate;
        let flood =
            before_prompt.get(&source).filter(|count| stage < Stage::PasswordPrompted && **count > USUAL_ARRIVALS);
        let in_source = (of_source[&source], at_stage_of_source[&(source, stage)]);
        (flood, in_source, at_stage[&stage], Reverse(stage), Reverse(order))
    };
    (0..candidates.len()).max_by_key(|&at| weight(&candidates[at]))
}

/// The number of times that each value occurs.
fn count<T: Eq + Hash>(values: impl Iterator<Item = T>) -> HashMap<T, usize> {
    let mut counts = HashMap::new();
    values.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const MAX_CLIENTS: usize = 100;

    /// Clients in the order of arrival; one is dropped if there are more than [`MAX_CLIENTS`].
    #[derive(Default)]
    struct FakeClients {
        candidates: Vec<Candidate>,
        order: u64,
    }

    impl FakeClients {
        /// Adds a client of this address at this stage; returns its order.
        fn add(&mut self, address: u32, stage: Stage) -> u64 {
            self.order += 1;
            let source = Source::from_address(IpAddr::from(address.to_be_bytes()));
            self.candidates.push(Candidate { source, stage, order: self.order });
            if self.candidates.len() > MAX_CLIENTS {
                self.candidates.swap_remove(candidate_to_drop(&self.candidates).unwrap());
            }
            self.order
        }

        /// Advances a client to this stage; returns its new order.
        fn advance(&mut self, order: u64, stage: Stage) -> u64 {
            self.order += 1;
            let candidate = self.candidates.iter_mut().find(|candidate| candidate.order == order).unwrap();
            (candidate.stage, candidate.order) = (stage, self.order);
            self.order
        }

        fn has(&self, order: u64) -> bool {
            self.candidates.iter().any(|candidate| candidate.order == order)
        }
    }

    #[test]
    fn source_with_most_clients_loses_one() {
        let mut clients = FakeClients::default();
        let anna = clients.add(1, Stage::Named);
        for _ in 0..1000 {
            clients.add(2, Stage::PasswordPrompted);
        }
        assert!(clients.has(anna) && clients.candidates.len() == MAX_CLIENTS);
        let ben = clients.add(3, Stage::Silent);
        clients.add(2, Stage::PasswordPrompted);
        assert!(clients.has(anna) && clients.has(ben));
    }

    #[test]
    fn idle_clients_of_same_source_displace_no_advancing_client() {
        for flood in [Stage::Silent, Stage::KeyExchange, Stage::HostKeyShown, Stage::Named] {
            let mut clients = FakeClients::default();
            let mut anna = clients.add(1, Stage::Silent);
            let flooding = |clients: &mut FakeClients| {
                for _ in 0..50 {
                    clients.add(1, flood);
                }
            };
            for stage in [Stage::KeyExchange, Stage::HostKeyShown, Stage::Named, Stage::PasswordPrompted] {
                flooding(&mut clients);
                assert!(clients.has(anna), "{flood:?} before {stage:?}");
                anna = clients.advance(anna, stage);
            }
            (0..200).for_each(|_| flooding(&mut clients));
            assert!(clients.has(anna), "{flood:?}");
        }
    }

    #[test]
    fn idle_clients_of_many_sources_displace_no_class_behind_one() {
        let mut clients = FakeClients::default();
        let class: Vec<_> = (0..20).map(|_| clients.add(1, Stage::PasswordPrompted)).collect();
        for flood in [Stage::Silent, Stage::Named] {
            for number in 0..1000 {
                clients.add(2 + number % 13, flood);
            }
        }
        assert!(class.iter().all(|student| clients.has(*student)));
        let ben = clients.add(1, Stage::Silent);
        (0..100).for_each(|number| _ = clients.add(2 + number % 13, Stage::Silent));
        assert!(clients.has(ben), "a student who arrives meanwhile");
    }

    #[test]
    fn clients_of_many_sources_are_dropped_by_earliest_stage() {
        let mut clients = FakeClients::default();
        let anna = clients.add(1, Stage::PasswordPrompted);
        for address in 2..5000 {
            clients.add(address, if address % 2 == 0 { Stage::Silent } else { Stage::Named });
        }
        assert!(clients.has(anna));
        let last = clients.add(5000, Stage::Silent);
        assert!(clients.has(last), "the newest client is not dropped first");
    }
}
