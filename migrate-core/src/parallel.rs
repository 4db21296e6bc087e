//! Work on many migrations at once, where none of it depends on the others.
//!
//! Comes in: items and a function. Goes out: what it makes of each, in order. Short histories stay on one thread.

use std::num::NonZero;
use std::thread;

/// Fewer items than this are not worth a thread.
const WORTH: usize = 64;

/// `work` of every item, in the order of the items.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(4);
    if threads == 1 || items.len() < WORTH {
        return items.iter().map(work).collect();
    }
    let (size, work) = (items.len().div_ceil(threads), &work);
    thread::scope(|scope| {
        let running: Vec<_> = items
            .chunks(size)
            .map(|chunk| (chunk, scope.spawn(move || chunk.iter().map(work).collect::<Vec<R>>())))
            .collect();
        // A thread that panicked did not give its part; done again here, the panic shows where it belongs.
        running
            .into_iter()
            .flat_map(|(chunk, thread)| thread.join().unwrap_or_else(|_| chunk.iter().map(work).collect()))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn keeps_the_order() {
        for count in [0, 1, 63, 64, 1001] {
            let items: Vec<usize> = (0..count).collect();
            assert!(map(&items, |i| i * 2).into_iter().eq((0..count).map(|i| i * 2)), "{count}");
        }
    }
}
