//! Numbers that are the same on every run.

/// A row of numbers that a seed begins (xorshift).
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The row behind a state, which is not 0.
    pub fn behind(state: u64) -> Numbers {
        Numbers(state)
    }

    /// The row of a seed. Seeds that are near each other begin apart.
    pub fn seeded(seed: u64) -> Numbers {
        let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..4).for_each(|_| {
            numbers.below(2);
        });
        numbers
    }

    /// From 0 to `n - 1`; 0 of none.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }

    /// Once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them, if there are any.
    pub fn pick<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        list.get(self.below(list.len())).cloned()
    }

    /// One of some words.
    pub fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}
