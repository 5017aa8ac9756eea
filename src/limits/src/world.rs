//! Clock and chance of the limiter.

use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where the limiter has its time and its chance from.
pub trait World: Send + Sync {
    /// Now, in milliseconds since 1970.
    fn now(&self) -> i64;

    /// Chance.
    fn chance(&self) -> u64;

    /// Waits so many milliseconds.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()> + Send;
}

/// The real world.
#[derive(Clone, Copy, Debug, Default)]
pub struct Real;

impl World for Real {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn chance(&self) -> u64 {
        uuid::Uuid::new_v4().as_u64_pair().0
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// A world whose clock moves when it is told, or when somebody waits; its chance follows from its seed.
#[derive(Debug)]
pub struct Virtual {
    now: AtomicI64,
    seed: AtomicU64,
}

impl Virtual {
    /// A world that begins at a time.
    pub fn new(now: i64, seed: u64) -> Self {
        Virtual { now: AtomicI64::new(now), seed: AtomicU64::new(seed) }
    }

    /// Sets the clock.
    pub fn set(&self, now: i64) {
        self.now.store(now, Ordering::Relaxed);
    }

    /// Moves the clock on.
    pub fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }
}

/// The number after a seed, spread over all 64 bits (`SplitMix64`).
pub fn next(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl World for Virtual {
    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn chance(&self) -> u64 {
        next(self.seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed))
    }

    async fn sleep(&self, ms: u64) {
        self.pass(i64::try_from(ms).unwrap_or(i64::MAX));
    }
}

impl<W: World + ?Sized> World for std::sync::Arc<W> {
    fn now(&self) -> i64 {
        (**self).now()
    }

    fn chance(&self) -> u64 {
        (**self).chance()
    }

    async fn sleep(&self, ms: u64) {
        (**self).sleep(ms).await;
    }
}
