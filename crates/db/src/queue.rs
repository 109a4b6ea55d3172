//! A bounded queue between async callers and the threads that own connections.

use crate::error::Unavailable;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    wake: Condvar,
    items_max: usize,
}

struct State<T> {
    items: VecDeque<T>,
    /// Threads asleep in `pop`; nobody is woken when all are busy anyway.
    idle: usize,
    closed: bool,
}

impl<T> Queue<T> {
    pub(crate) fn new(items_max: usize) -> Self {
        let state = State { items: VecDeque::new(), idle: 0, closed: false };
        Self { state: Mutex::new(state), wake: Condvar::new(), items_max }
    }

    // No user code runs under this lock, so a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, item: T) -> Result<(), Unavailable> {
        let mut state = self.lock();
        if state.closed {
            return Err(Unavailable::Closed);
        }
        if state.items.len() >= self.items_max {
            return Err(Unavailable::QueueFull);
        }
        state.items.push_back(item);
        let sleeping = state.idle > 0;
        drop(state);
        if sleeping {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// The next item; `None` once the queue is closed and empty.
    pub(crate) fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                return Some(item);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    pub(crate) fn try_pop(&self) -> Option<T> {
        self.lock().items.pop_front()
    }

    /// The next item, if it is of the wanted sort.
    pub(crate) fn try_pop_if(&self, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        let mut state = self.lock();
        if state.items.front().is_some_and(wanted) { state.items.pop_front() } else { None }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Refuses new items; what is queued is still handed out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_all();
    }
}
