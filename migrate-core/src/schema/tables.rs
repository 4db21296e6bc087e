//! The tables of a schema: sorted by name, in chunks that clones share.
//!
//! A history of 1,000 migrations makes a schema for each step, and macros run unoptimized in users' debug builds: a clone
//! that counts up every table, or a change that moves all of them, is what such a history would pay most for.

use std::sync::Arc;

use super::{Table, key};

/// A chunk that grows beyond this is split.
const CHUNK: usize = 32;

/// A sorted list of tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// None is empty; the first table of each comes after the last of the one before.
    chunks: Vec<Arc<Vec<Entry>>>,
}

/// A table and the key that it is sorted by: plain bytes compare in the optimized standard library.
#[derive(Clone, Debug)]
struct Entry {
    key: Arc<str>,
    table: Arc<Table>,
}

impl Tables {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Table>> + '_ {
        self.chunks.iter().flat_map(|c| c.iter().map(|e| &e.table))
    }

    pub(super) fn each<'a>(&'a self, mut look: impl FnMut(&'a Table)) {
        for chunk in &self.chunks {
            for entry in chunk.iter() {
                look(&entry.table);
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Table> {
        let (chunk, at) = self.find(name)?;
        Some(&self.chunks[chunk][at].table)
    }

    pub(super) fn shared(&self, name: &str) -> Option<Arc<Table>> {
        let (chunk, at) = self.find(name)?;
        Some(self.chunks[chunk][at].table.clone())
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Table> {
        let (chunk, at) = self.find(name)?;
        Some(Arc::make_mut(&mut Arc::make_mut(&mut self.chunks[chunk])[at].table))
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Arc<Table>> {
        let (chunk, at) = self.find(name)?;
        let tables = Arc::make_mut(&mut self.chunks[chunk]);
        let removed = tables.remove(at);
        if tables.is_empty() {
            self.chunks.remove(chunk);
        }
        Some(removed.table)
    }

    /// Puts a table in its place; one of the same name goes.
    pub(super) fn insert(&mut self, table: Arc<Table>) {
        let entry = Entry { key: key(&table.name).into(), table };
        if self.chunks.is_empty() {
            self.chunks.push(Arc::new(vec![entry]));
            return;
        }
        let chunk = self.chunk_of(&entry.key);
        let tables = Arc::make_mut(&mut self.chunks[chunk]);
        match tables.binary_search_by(|e| (*e.key).cmp(&*entry.key)) {
            Ok(at) => tables[at] = entry,
            Err(at) => tables.insert(at, entry),
        }
        if tables.len() > CHUNK {
            let behind = tables.split_off(CHUNK / 2);
            self.chunks.insert(chunk + 1, Arc::new(behind));
        }
    }

    /// Changes every table that `wanted` takes.
    pub(super) fn edit_all(&mut self, wanted: impl Fn(&Table) -> bool, mut change: impl FnMut(&mut Table)) {
        for chunk in &mut self.chunks {
            if chunk.iter().any(|e| wanted(&e.table)) {
                for entry in Arc::make_mut(chunk).iter_mut().filter(|e| wanted(&e.table)) {
                    change(Arc::make_mut(&mut entry.table));
                }
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.chunks.iter().map(|c| c.len()).sum()
    }

    fn find(&self, name: &str) -> Option<(usize, usize)> {
        if self.chunks.is_empty() {
            return None;
        }
        let name = key(name);
        let chunk = self.chunk_of(&name);
        let at = self.chunks[chunk].binary_search_by(|e| (*e.key).cmp(&*name)).ok()?;
        Some((chunk, at))
    }

    /// The last chunk that begins at or before the key, else the first.
    fn chunk_of(&self, key: &str) -> usize {
        self.chunks.partition_point(|c| &*c[0].key <= key).saturating_sub(1)
    }
}

impl PartialEq for Tables {
    fn eq(&self, other: &Tables) -> bool {
        self.len() == other.len() && self.iter().zip(other.iter()).all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
    }
}

impl Eq for Tables {}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Arc<Table> {
        Arc::new(Table { name: name.to_owned(), ..Table::default() })
    }

    #[test]
    fn stays_sorted_through_splits_and_removals() {
        let mut tables = Tables::default();
        let mut names: Vec<String> = (0..500).map(|i| format!("T{:03}", (i * 7919) % 500)).collect();
        for name in &names {
            tables.insert(table(name));
        }
        let kept = tables.clone();
        for name in names.iter().filter(|n| n.ends_with('3')) {
            assert!(tables.remove(&name.to_lowercase()).is_some());
        }
        assert_eq!((kept.len(), tables.len()), (500, 450));
        assert!(tables.get("t003").is_none() && kept.get("t003").is_some());
        names.retain(|n| !n.ends_with('3'));
        names.sort();
        assert!(tables.iter().map(|t| &t.name).eq(&names));
        for name in &names {
            assert!(tables.remove(name).is_some());
        }
        assert_eq!(tables, Tables::default());
    }
}
