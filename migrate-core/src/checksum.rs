//! Checksums: over a migration's canonical form, and over a history.
//!
//! SipHash-2-4 with 128 bits and fixed keys. It tells edits from each other; it keeps no secret and stops no attacker,
//! who could edit the history table itself. White space, comments, doc comments, `down` and the SQL are no part of it.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::target::Options;

/// The version of the canonical form. A change of either is a new version beside this one, never in its place.
const VERSION: &str = "migrate 1";

/// The checksum of one migration: 32 hexadecimal digits.
pub fn migration(canonical: &str, options: &Options) -> String {
    let strict = if options.strict() { "strict" } else { "" };
    let uuid = if options.uuid_blob() { "uuid blob" } else { "" };
    digest(&[VERSION, strict, uuid, canonical])
}

/// The checksum of a history up to and including a migration: 32 hexadecimal digits.
pub fn chain(before: &str, name: &str, checksum: &str) -> String {
    digest(&[VERSION, before, name, checksum])
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = SipHasher24::new_with_keys(0x6d69_6772_6174_6520, 0x6368_6563_6b73_756d);
    for part in parts {
        // Length first, so that no two lists of parts read the same.
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part.as_bytes());
    }
    let hash = hasher.finish128();
    format!("{:016x}{:016x}", hash.h1, hash.h2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_fixed_for_ever() {
        let options = Options::default();
        assert_eq!(migration("create table t { a: text, }\n", &options), "3f9321c06beeda56e5c004ea29be06a3");
        let call = "call { sqlite crate::a, postgres crate::b };\n";
        assert_eq!(migration(call, &options), "6f637622f451a4c7411ddacc5169487a");
        assert_eq!(chain("", "0001_a", "00"), "2b0d5ce14cd42a7cd2fbbc8be22adcb4");
        assert_ne!(chain("a", "b", "c"), chain("ab", "", "c"));
    }
}
