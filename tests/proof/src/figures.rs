//! Times, and how they are told.

use std::time::Duration;

use cpu_time::ThreadTime;

/// CPU time that this thread has used: what else the machine does is not in it.
pub fn cpu_time() -> Duration {
    ThreadTime::now().as_duration()
}

#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The time that this share of all stay under.
    pub fn at(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let place = (sorted.len() as f64 * share).ceil() as usize;
        sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
    }

    pub fn print(&self, what: &str) {
        let ms = |share| self.at(share).as_secs_f64() * 1e3;
        println!(
            "  {what:<44} median {:>7.2} ms   p95 {:>7.2} ms   p99 {:>7.2} ms   most {:>7.2} ms   ({} times)",
            ms(0.5),
            ms(0.95),
            ms(0.99),
            ms(1.0),
            self.0.len()
        );
    }
}
