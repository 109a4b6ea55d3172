//! Many connections for some seconds, and what they saw.

use crate::http::Connection;
use anyhow::Result;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a run of load saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Good answers a second.
    pub per_second: f64,
    /// Milliseconds: half were quicker.
    pub p50: f64,
    /// Milliseconds: 95 of 100 were quicker.
    pub p95: f64,
    /// Milliseconds: 99 of 100 were quicker.
    pub p99: f64,
    /// Answers that were not good.
    pub bad: usize,
}

/// Runs `request` on each of `connections` threads for `seconds`. It gets its connection, the thread's number and how
/// many requests went before, and gives the status.
pub fn run<F>(port: u16, connections: usize, seconds: f64, request: F) -> Result<Seen>
where
    F: Fn(&mut Connection, usize, usize) -> Result<u16> + Sync,
{
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let results: Vec<Result<(Vec<Duration>, usize)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|thread| {
                let (stop, request) = (&stop, &request);
                scope.spawn(move || -> Result<(Vec<Duration>, usize)> {
                    let mut connection = Connection::open(port)?;
                    let (mut times, mut bad) = (Vec::new(), 0);
                    let mut n = 0;
                    while !stop.load(Ordering::Relaxed) {
                        let start = Instant::now();
                        let status = request(&mut connection, thread, n)?;
                        n += 1;
                        if (200..300).contains(&status) { times.push(start.elapsed()) } else { bad += 1 }
                    }
                    Ok((times, bad))
                })
            })
            .collect();
        std::thread::sleep(Duration::from_secs_f64(seconds));
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().expect("a load thread panicked")).collect()
    });
    let took = begun.elapsed().as_secs_f64();
    let (mut times, mut bad) = (Vec::new(), 0);
    for result in results {
        let (more, wrong) = result?;
        times.extend(more);
        bad += wrong;
    }
    Ok(summary(times, bad, took))
}

/// The figures of single times.
pub fn summary(mut times: Vec<Duration>, bad: usize, took: f64) -> Seen {
    times.sort_unstable();
    let at = |share: f64| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    Seen { per_second: times.len() as f64 / took, p50: at(0.5), p95: at(0.95), p99: at(0.99), bad }
}

/// A value and how long it took to get, in seconds.
pub fn timed<T>(f: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let start = Instant::now();
    let value = f()?;
    Ok((value, start.elapsed().as_secs_f64()))
}
