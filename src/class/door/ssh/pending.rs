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

/// What decides which client is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
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

    /// Drops the client that [`weakest`] chooses, if there is any.
    pub fn drop_one(&mut self) {
        let place = |client: &Arc<Client>| {
            let (stage, order) = client.stage_and_order();
            Place { source: client.source, stage, order }
        };
        let places: Vec<_> = self.clients.iter().map(place).collect();
        if let Some(at) = weakest(&places) {
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
fn weakest(places: &[Place]) -> Option<usize> {
    let is_before = |place: &&Place| place.stage < Stage::PasswordPrompted;
    let before = count(places.iter().filter(is_before).map(|place| place.source));
    let of_source = count(places.iter().map(|place| place.source));
    let of_source_there = count(places.iter().map(|place| (place.source, place.stage)));
    let there = count(places.iter().map(|place| place.stage));
    let weight = |place: &Place| {
        let Place { source, stage, order } = *place;
        let flood = before.get(&source).filter(|count| stage < Stage::PasswordPrompted && **count > USUAL_ARRIVALS);
        let held = (of_source[&source], of_source_there[&(source, stage)]);
        (flood, held, there[&stage], Reverse(stage), Reverse(order))
    };
    (0..places.len()).max_by_key(|&at| weight(&places[at]))
}

fn count<T: Eq + Hash>(of: impl Iterator<Item = T>) -> HashMap<T, usize> {
    let mut counts = HashMap::new();
    of.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const MOST: usize = 100;

    /// Places that are taken as clients come; the number is that of the address.
    #[derive(Default)]
    struct Table {
        places: Vec<Place>,
        order: u64,
    }

    impl Table {
        /// One comes to this stage, which is one more in all if there was none.
        fn come(&mut self, address: u32, stage: Stage) -> u64 {
            self.order += 1;
            let source = Source::of(IpAddr::from(address.to_be_bytes()));
            self.places.push(Place { source, stage, order: self.order });
            if self.places.len() > MOST {
                self.places.swap_remove(weakest(&self.places).unwrap());
            }
            self.order
        }

        /// A client of this address goes on to this stage.
        fn go_on(&mut self, order: u64, stage: Stage) -> u64 {
            self.order += 1;
            let place = self.places.iter_mut().find(|place| place.order == order).unwrap();
            (place.stage, place.order) = (stage, self.order);
            self.order
        }

        fn has(&self, order: u64) -> bool {
            self.places.iter().any(|place| place.order == order)
        }
    }

    #[test]
    fn source_with_most_clients_loses_one() {
        let mut table = Table::default();
        let anna = table.come(1, Stage::Named);
        for _ in 0..1000 {
            table.come(2, Stage::PasswordPrompted);
        }
        assert!(table.has(anna) && table.places.len() == MOST);
        let ben = table.come(3, Stage::Silent);
        table.come(2, Stage::PasswordPrompted);
        assert!(table.has(anna) && table.has(ben));
    }

    #[test]
    fn idle_clients_of_same_source_displace_no_advancing_client() {
        for flood in [Stage::Silent, Stage::KeyExchange, Stage::HostKeyShown, Stage::Named] {
            let mut table = Table::default();
            let mut anna = table.come(1, Stage::Silent);
            let flooding = |table: &mut Table| {
                for _ in 0..50 {
                    table.come(1, flood);
                }
            };
            for stage in [Stage::KeyExchange, Stage::HostKeyShown, Stage::Named, Stage::PasswordPrompted] {
                flooding(&mut table);
                assert!(table.has(anna), "{flood:?} before {stage:?}");
                anna = table.go_on(anna, stage);
            }
            (0..200).for_each(|_| flooding(&mut table));
            assert!(table.has(anna), "{flood:?}");
        }
    }

    #[test]
    fn idle_clients_of_many_sources_displace_no_class_behind_one() {
        let mut table = Table::default();
        let class: Vec<_> = (0..20).map(|_| table.come(1, Stage::PasswordPrompted)).collect();
        for flood in [Stage::Silent, Stage::Named] {
            for number in 0..1000 {
                table.come(2 + number % 13, flood);
            }
        }
        assert!(class.iter().all(|student| table.has(*student)));
        let ben = table.come(1, Stage::Silent);
        (0..100).for_each(|number| _ = table.come(2 + number % 13, Stage::Silent));
        assert!(table.has(ben), "one of the class who comes meanwhile");
    }

    #[test]
    fn clients_of_many_sources_are_dropped_by_earliest_stage() {
        let mut table = Table::default();
        let anna = table.come(1, Stage::PasswordPrompted);
        for address in 2..5000 {
            table.come(address, if address % 2 == 0 { Stage::Silent } else { Stage::Named });
        }
        assert!(table.has(anna));
        let last = table.come(5000, Stage::Silent);
        assert!(table.has(last), "who comes is not the first to go");
    }
}
