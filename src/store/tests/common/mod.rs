//! Helpers of the tests.
#![allow(dead_code, reason = "every test file uses some of them")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Waits for a future of a store that answers at once.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(out) = future.as_mut().poll(&mut context) {
            return out;
        }
        std::thread::yield_now();
    }
}
