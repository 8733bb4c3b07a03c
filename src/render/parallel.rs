//! Work on many items with all processors, the results in order, a bounded number of them in flight.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Items that were begun and whose results are not handed on yet: this bounds the memory, and what is in flight fits into
/// the processors' caches.
const WINDOW: usize = 64;
/// Address space for each thread under `ulimit -v`: glibc reserves 64 MiB for the heap of a thread, which its values, its
/// stack and the program itself must not be short of.
#[cfg(target_os = "linux")]
const ROOM: u64 = 128 * 1024 * 1024;
/// Bytes that results may hold together. Where it is more, only the one item is worked on that is to be taken next.
const HELD: usize = 32 * 1024 * 1024;
/// A run that is over so soon needs no thread: making some, and handing items over, costs more processor time than it
/// saves anyone.
const ALONE: Duration = Duration::from_millis(20);

/// Calls `work` on every item and `take` on each result, in the order of the items; on all processors, unless it is done
/// soon. At most 64 items and results are held at a time. `items` and `take` are called on the calling thread, which works
/// on items only while it has nothing to take.
pub fn in_order<T: Send, R: Send>(items: impl Iterator<Item = T>, work: impl Fn(T) -> R + Sync, take: impl FnMut(R)) {
    in_order_by_size(items, work, |_| 0, take);
}

/// As [`in_order`], for results that may be large; `size` gives their bytes.
pub fn in_order_by_size<T: Send, R: Send>(
    mut items: impl Iterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
    size: impl Fn(&R) -> usize + Sync,
    mut take: impl FnMut(R),
) {
    #[expect(clippy::disallowed_methods, reason = "it decides who does the work, never what comes of it")]
    let begun = Instant::now();
    while begun.elapsed() < ALONE {
        let Some(item) = items.next() else { return };
        take(work(item));
    }
    match threads() {
        1 => items.for_each(|item| take(work(item))),
        threads => on_threads(threads, items, work, size, take),
    }
}

fn on_threads<T: Send, R: Send>(
    threads: usize,
    mut items: impl Iterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
    size: impl Fn(&R) -> usize + Sync,
    mut take: impl FnMut(R),
) {
    let line = Line::default();
    let work = |item| {
        let result = work(item);
        let size = size(&result);
        (result, size)
    };
    std::thread::scope(|scope| {
        // Workers wait for more until the line is closed, also where this thread unwinds.
        let _closed = Close(&line);
        for _ in 1..threads {
            // Where no thread can be made, this one does the work.
            let _ = std::thread::Builder::new().spawn_scoped(scope, || line.serve(&work));
        }
        let mut more = true;
        loop {
            let room = line.room();
            if more && room > WINDOW / 2 {
                let batch: Vec<T> = items.by_ref().take(room).collect();
                more = !batch.is_empty();
                line.feed(batch);
            }
            match line.next() {
                Step::Take(result) => take(result.unwrap_or_else(|panic| resume_unwind(panic))),
                Step::Work(number, item) => line.work(number, item, &work),
                Step::Done => break,
            }
        }
    });
}

/// As many threads as there are processors, but no more than the address space has room for.
fn threads() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    #[cfg(target_os = "linux")]
    if let Some(bytes) = rustix::process::getrlimit(rustix::process::Resource::As).current {
        return processors.min(usize::try_from(bytes / ROOM).unwrap_or(usize::MAX)).max(1);
    }
    processors
}

/// What a piece of work gave: in tests a panic is told by the thread that takes it.
type Outcome<R> = Result<R, Box<dyn Any + Send>>;

/// What the taking thread does next.
enum Step<T, R> {
    Take(Outcome<R>),
    Work(usize, T),
    Done,
}

/// Items on their way.
struct Line<T, R> {
    state: Mutex<State<T, R>>,
    /// There are items to be worked on, or there will be none.
    fed: Condvar,
    /// The first result is there.
    ready: Condvar,
}

struct State<T, R> {
    /// Items that nobody works on yet, each with its number.
    waiting: VecDeque<(usize, T)>,
    /// The results in order; `None` for those to come.
    results: VecDeque<Option<(Outcome<R>, usize)>>,
    /// The number of the first of the results.
    taken: usize,
    /// Bytes of the results that are there.
    held: usize,
    closed: bool,
}

impl<T, R> Default for Line<T, R> {
    fn default() -> Self {
        let state = State { waiting: VecDeque::new(), results: VecDeque::new(), taken: 0, held: 0, closed: false };
        Self { state: Mutex::new(state), fed: Condvar::new(), ready: Condvar::new() }
    }
}

impl<T, R> State<T, R> {
    /// The next item to be worked on; none while the results hold too much, but for the one that is to be taken next.
    fn next_item(&mut self) -> Option<(usize, T)> {
        let is_next = self.waiting.front().is_some_and(|(number, _)| *number == self.taken);
        if self.held < HELD || is_next { self.waiting.pop_front() } else { None }
    }
}

impl<T, R> Line<T, R> {
    fn lock(&self) -> MutexGuard<'_, State<T, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many more items may be begun.
    fn room(&self) -> usize {
        WINDOW.saturating_sub(self.lock().results.len())
    }

    fn feed(&self, items: Vec<T>) {
        let mut state = self.lock();
        for item in items {
            let number = state.taken + state.results.len();
            state.waiting.push_back((number, item));
            state.results.push_back(None);
        }
        self.fed.notify_all();
    }

    /// What the taking thread does next: it takes the first result if it can, and works rather than waits.
    fn next(&self) -> Step<T, R> {
        let mut state = self.lock();
        loop {
            match state.results.front_mut().map(Option::take) {
                None => return Step::Done,
                Some(Some((result, size))) => {
                    state.results.pop_front();
                    state.taken += 1;
                    state.held -= size;
                    // There may be room for what waits.
                    self.fed.notify_all();
                    return Step::Take(result);
                }
                Some(None) => match state.next_item() {
                    Some((number, item)) => return Step::Work(number, item),
                    None => state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner),
                },
            }
        }
    }

    /// Works until the line is closed.
    fn serve(&self, work: &impl Fn(T) -> (R, usize)) {
        let mut state = self.lock();
        loop {
            match state.next_item() {
                Some((number, item)) => {
                    drop(state);
                    self.work(number, item, work);
                    state = self.lock();
                }
                None if state.closed => return,
                None => state = self.fed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn work(&self, number: usize, item: T, work: &impl Fn(T) -> (R, usize)) {
        let result = catch_unwind(AssertUnwindSafe(|| work(item)));
        let (result, size) = match result {
            Ok((result, size)) => (Ok(result), size),
            Err(panic) => (Err(panic), 0),
        };
        let mut state = self.lock();
        let place = number - state.taken;
        state.held += size;
        state.results[place] = Some((result, size));
        if place == 0 {
            self.ready.notify_one();
        }
    }
}

/// Closes the line in the end: what nobody works on yet is dropped.
struct Close<'a, T, R>(&'a Line<T, R>);

impl<T, R> Drop for Close<'_, T, R> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        state.waiting.clear();
        self.0.fed.notify_all();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::{in_order, on_threads};

    #[test]
    fn results_come_in_order() {
        for count in [0, 1, 16, 17, 18, 64, 65, 2000] {
            let mut seen = Vec::new();
            in_order(0..count, |n| n * 2, |n| seen.push(n));
            on_threads(4, 0..count, |n| n * 2, |_| 0, |n| seen.push(n));
            let once = || (0..count).map(|n| n * 2);
            assert_eq!(seen, once().chain(once()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn few_are_in_flight() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let begun = AtomicUsize::new(0);
        let mut most = 0;
        let mut taken = 0;
        let items = (0..1000).inspect(|_| {
            begun.fetch_add(1, Ordering::Relaxed);
        });
        let take = |_| {
            taken += 1;
            most = most.max(begun.load(Ordering::Relaxed) - taken);
        };
        on_threads(4, items, |n| n, |_| 0, take);
        assert!(taken == 1000 && most <= super::WINDOW, "{most}");
    }

    /// No more than is allowed, one for each thread that was at work when it was reached, and the next.
    #[test]
    fn large_results_are_few() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (made, mut most, mut taken) = (AtomicUsize::new(0), 0, 0);
        let work = |n: usize| {
            made.fetch_add(1, Ordering::SeqCst);
            n
        };
        let take = |n| {
            assert_eq!(n, taken);
            // The others get ahead.
            (0..100).for_each(|_| std::thread::yield_now());
            taken += 1;
            most = most.max(made.load(Ordering::SeqCst) - taken);
        };
        on_threads(4, 0..200, work, |_| super::HELD / 4, take);
        assert!(taken == 200 && most <= 4 + 4, "{most}");
    }

    #[test]
    fn a_panic_is_told_and_nothing_hangs() {
        let work = |n: i32| if n == 100 { panic!("the hundredth") } else { n };
        let caught = std::panic::catch_unwind(|| on_threads(4, 0..1000, work, |_| 0, |_| ()));
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"the hundredth"));
    }
}
