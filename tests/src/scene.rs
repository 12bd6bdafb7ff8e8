//! What most tests begin and end with.

use crate::checks::{Mercy, at_rest, judge};
use crate::model::Site;
use crate::net::SEC;
use crate::peers::Job;
use crate::world::World;

/// Plays a scene with one, two and three shards, each time in a world that was just started.
pub fn with_shards(play: impl Fn(&mut World)) {
    with_site(&Site::standard(), play);
}

/// The same with a site of one's own.
pub fn with_site(site: &Site, play: impl Fn(&mut World)) {
    for shards in [[1, 1], [2, 1], [3, 2]] {
        let mut world = World::of(42, shards, site.clone());
        world.run_ms(500);
        play(&mut world);
    }
}

/// Runs until nothing is on its way, at most an hour, then lets the judges look.
///
/// # Panics
///
/// If a law was broken.
pub fn settle(world: &mut World) {
    settle_with(world, Mercy::default());
}

/// The same with mercy.
///
/// # Panics
///
/// If a law was broken.
pub fn settle_with(world: &mut World, mercy: Mercy) {
    let until = world.net.now + 3600 * SEC;
    world.run_until_that(until, at_rest);
    world.run_ms(1000);
    let wrongs = judge(world, mercy);
    assert!(wrongs.is_empty(), "{wrongs:#?}\n{:#?}", world.nodes[0].notes);
}

/// A registered app.
///
/// # Panics
///
/// If it could not register.
pub fn registered(world: &mut World, user: &str) -> usize {
    let phone = world.add_phone(user);
    let (app, net) = world.phone(phone);
    app.register(net);
    world.run_ms(100);
    assert!(world.phone(phone).0.registered, "{user} is registered");
    phone
}

/// A carrier with so many transceivers that are bound.
///
/// # Panics
///
/// If it could not bind.
pub fn bound(world: &mut World, system_id: &str, binds: usize) -> usize {
    let esme = world.add_esme(system_id, binds);
    world.run_ms(100);
    assert_eq!(world.esme(esme).0.bound().len(), binds, "{system_id} is bound");
    esme
}

/// Submits an Sms and waits a little for the answer; returns its number.
pub fn submit(world: &mut World, esme: usize, job: Job) -> usize {
    let (carrier, net) = world.esme(esme);
    let number = carrier.submit(net, job);
    world.run_ms(50);
    number
}
