use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use shard::ShardId;

use super::{Bell, Post};

fn mesh(shards: usize) -> Vec<Post<u64>> {
    let bells: Vec<_> = (0..shards).map(|_| Arc::new(Bell::new().unwrap())).collect();
    Post::mesh(&bells)
}

#[test]
fn mail_arrives_in_order_and_says_from_whom() {
    let mut posts = mesh(3);
    for number in 0..5000 {
        posts[0].send(ShardId(2), number);
        posts[1].send(ShardId(2), number + 10_000);
        posts[2].send(ShardId(2), number + 20_000);
    }
    let mut got = [const { Vec::new() }; 3];
    while got.iter().any(|from| from.len() < 5000) {
        posts.iter_mut().for_each(Post::flush);
        posts[2].collect(100, |from, mail| got[usize::from(from.0)].push(mail));
    }
    for (from, got) in (0..).zip(got) {
        assert!(got.into_iter().eq(from * 10_000..from * 10_000 + 5000));
    }
    assert_eq!(posts.iter().map(Post::sent).collect::<Vec<_>>(), [5000; 3]);
}

#[test]
fn what_does_not_fit_waits() {
    let mut posts = mesh(2);
    (0..3000).for_each(|number| posts[0].send(ShardId(1), number));
    assert!(posts[0].is_stuck());
    let mut got = Vec::new();
    while posts[0].is_stuck() {
        posts[1].collect(7, |_, mail| got.push(mail));
        posts[0].flush();
    }
    posts[1].collect(usize::MAX, |_, mail| got.push(mail));
    assert!(got.into_iter().eq(0..3000));
}

#[test]
fn nobody_sleeps_over_mail() {
    let mut posts = mesh(2);
    assert!(posts[1].fall_asleep());
    posts[1].rise();
    posts[0].send(ShardId(1), 1);
    posts[0].flush();
    assert!(!posts[1].fall_asleep());
    posts[1].collect(9, |_, _| {});
    posts[1].send(ShardId(1), 2);
    assert!(!posts[1].fall_asleep());
}

/// Two threads play ping-pong and sleep between the balls; a lost wake-up would end it.
#[test]
fn no_wake_up_is_lost() {
    const BALLS: u64 = 20_000;
    let bells: Vec<_> = (0..2).map(|_| Arc::new(Bell::new().unwrap())).collect();
    let players = Post::mesh(&bells).into_iter().zip(bells).enumerate();
    let threads: Vec<_> = players
        .map(|(me, (mut post, bell))| {
            std::thread::spawn(move || {
                let other = ShardId(1 - me as u8);
                let (mut seen, mut sleeps) = (0, 0u64);
                if me == 0 {
                    post.send(other, 1);
                    post.flush();
                }
                while seen + 1 < BALLS {
                    let mut ball = None;
                    post.collect(8, |_, mail| ball = Some(mail));
                    if let Some(number) = ball {
                        seen = number;
                        post.send(other, number + 1);
                        post.flush();
                    } else if post.fall_asleep() {
                        sleeps += 1;
                        let mut fds = [PollFd::new(&*bell, PollFlags::IN)];
                        let limit = Duration::from_secs(10).try_into().unwrap();
                        let woken = poll(&mut fds, Some(&limit)).unwrap();
                        assert_eq!(woken, 1, "slept over ball {seen}");
                        rustix::io::read(&*bell, &mut [0; 8]).unwrap();
                        post.rise();
                    }
                }
                sleeps
            })
        })
        .collect();
    let sleeps: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert!(sleeps > 0);
}

/// One thread floods, the other naps at random moments: everything arrives, in order.
#[test]
fn a_flood_is_not_lost() {
    const FLOOD: u64 = 300_000;
    let bells: Vec<_> = (0..2).map(|_| Arc::new(Bell::new().unwrap())).collect();
    let mut posts = Post::mesh(&bells);
    let (mut reader, mut writer) = (posts.remove(1), posts.remove(0));
    let sender = std::thread::spawn(move || {
        for number in 0..FLOOD {
            writer.send(ShardId(1), number);
            if number % 13 == 0 {
                writer.flush();
            }
        }
        writer.flush();
        while writer.is_stuck() {
            std::thread::yield_now();
            writer.flush();
        }
    });
    let mut next = 0;
    while next < FLOOD {
        reader.collect(256, |_, mail| {
            assert_eq!(mail, next);
            next += 1;
        });
        if next < FLOOD && next.is_multiple_of(3) && reader.fall_asleep() {
            let mut fds = [PollFd::new(&*bells[1], PollFlags::IN)];
            let limit = Duration::from_secs(10).try_into().unwrap();
            assert_eq!(poll(&mut fds, Some(&limit)).unwrap(), 1, "slept at {next}");
            rustix::io::read(&*bells[1], &mut [0; 8]).unwrap();
            reader.rise();
        }
    }
    sender.join().unwrap();
}
