//! Work on many items with all processors, the results in order, a bounded number of them in flight.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Items that are worked on before their results are handed on: this bounds the memory.
const CHUNK: usize = 512;
/// Below this a thread costs more than it brings.
const ALONE: usize = 16;

/// Calls `work` on every item, on all processors, and `take` on each result, in the order of the items. At most
/// 512 items and results are held at a time.
pub fn in_order<T: Send, R: Send>(
    items: impl Iterator<Item = T>,
    stack: usize,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R),
) {
    let mut items = items.peekable();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    while items.peek().is_some() {
        let chunk: Vec<T> = items.by_ref().take(CHUNK).collect();
        if chunk.len() <= ALONE || threads == 1 {
            for item in chunk {
                take(work(item));
            }
            continue;
        }
        for result in spread(chunk, threads, stack, &work) {
            take(result);
        }
    }
}

fn spread<T: Send, R: Send>(chunk: Vec<T>, threads: usize, stack: usize, work: &(impl Fn(T) -> R + Sync)) -> Vec<R> {
    let slots: Vec<Mutex<Slot<T, R>>> = chunk.into_iter().map(|item| Mutex::new(Slot::Item(item))).collect();
    let next = AtomicUsize::new(0);
    let run = || {
        while let Some(slot) = slots.get(next.fetch_add(1, Ordering::Relaxed)) {
            let item = lock(slot, Slot::Taken);
            if let Slot::Item(item) = item {
                let result = work(item);
                lock(slot, Slot::Result(result));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Where no thread can be made, this one does the work.
            let _ = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, run);
        }
        run();
    });
    let results = slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    results.filter_map(|slot| if let Slot::Result(result) = slot { Some(result) } else { None }).collect()
}

enum Slot<T, R> {
    Item(T),
    Taken,
    Result(R),
}

fn lock<T, R>(slot: &Mutex<Slot<T, R>>, with: Slot<T, R>) -> Slot<T, R> {
    std::mem::replace(&mut *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner), with)
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_come_in_order() {
        let mut seen = Vec::new();
        super::in_order(0..2000, 1 << 20, |n| n * 2, |n| seen.push(n));
        assert_eq!(seen, (0..2000).map(|n| n * 2).collect::<Vec<_>>());
    }
}
