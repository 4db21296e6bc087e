//! No stored SQL may end the program: answers of broken and mutated text are read without a panic.

mod inspect_support;

use inspect_support::sqlite_answers;
use migrate_core::inspect::{Rows, differences, queries, read};
use migrate_core::target::Dialect;

const SEEDS: [&str; 3] = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, `e``m` TEXT NOT NULL COLLATE NOCASE UNIQUE ON CONFLICT IGNORE,
     [a b] VARCHAR(10, 2) DEFAULT (-1 + 2) CHECK (\"a b\" IN ('x', 'it''s') AND id BETWEEN 1 AND 5),
     g INT GENERATED ALWAYS AS (id * 2 || X'0A') STORED REFERENCES t (a) ON DELETE SET NULL NOT DEFERRABLE,
     CONSTRAINT c FOREIGN KEY (id, g) REFERENCES t DEFERRABLE INITIALLY DEFERRED, /* c */ CHECK (CASE WHEN 1 THEN 2.5e3 END)) STRICT, WITHOUT ROWID",
    "CREATE UNIQUE INDEX i ON users (lower(`e``m`) COLLATE NOCASE DESC, id, (g + 1) ASC NULLS LAST) WHERE g IS NOT NULL -- end",
    "CHECK (((v)::text = ANY ((ARRAY['x'::character varying, E'\\n'])::text[])) AND (now() AT TIME ZONE 'UTC'::text) > '2020-01-01é') NOT VALID",
];

/// A generator of numbers with a fixed beginning, so that a failure is found again.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

fn mutate(random: &mut Random, text: &str) -> String {
    const PIECES: [&str; 24] = [
        "(",
        ")",
        "'",
        "\"",
        "`",
        "[",
        "]",
        ",",
        ";",
        "--",
        "/*",
        "*/",
        "::",
        "$$",
        "é",
        "\0",
        " not ",
        " null ",
        " case ",
        " in ",
        " check ",
        " default ",
        "0x",
        "1e999999999999",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len());
        match random.below(4) {
            0 if !chars.is_empty() => drop(chars.remove(at)),
            1 => chars.truncate(at),
            2 => {
                let end = (at + random.below(30)).min(chars.len());
                let copied: Vec<char> = chars[at..end].to_vec();
                let to = random.below(chars.len());
                chars.splice(to..to, copied);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                chars.splice(at..at, piece.chars());
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn mutated_texts() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, `e``m` TEXT, [a b] TEXT DEFAULT 'x', g INT);
             CREATE INDEX i ON users (lower(`e``m`), id, (g + 1)) WHERE g IS NOT NULL;",
        )
        .unwrap();
    let sqlite = sqlite_answers(&connection);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..6_000 {
        let seed = mutate(&mut random, SEEDS[round % SEEDS.len()]);
        let mut answers = sqlite.clone();
        for row in answers[0].iter_mut() {
            row[3] = Some(seed.clone());
        }
        answers[1][2][4] = Some(seed.clone());
        let (schema, _) = read(Dialect::Sqlite, &answers, &[]);
        assert!(differences(&schema, &schema).is_empty(), "{seed}");

        let cell = |t: &str| Some(t.to_owned());
        let row = |cells: &[&str]| cells.iter().map(|c| cell(c)).collect::<Vec<_>>();
        let postgres: Vec<Rows> = vec![
            vec![row(&["t", "r", "f", "p", "f"])],
            vec![row(&["t", "v", &seed, "t", &seed, "", "", &seed, "f"])],
            vec![row(&["t", "c", "c", "", "a", "a", "s", "f", "f", &seed, &seed])],
            vec![],
            vec![row(&["t", "i", "t", "t", "btree", &seed, &seed])],
            vec![vec![cell("t"), cell("i"), None, cell(&seed), cell("3"), cell("t")]],
        ];
        let (schema, _) = read(Dialect::Postgres, &postgres, &[]);
        assert!(differences(&schema, &schema).is_empty(), "{seed}");
    }
}

#[test]
fn answers_of_any_shape() {
    for dialect in Dialect::ALL {
        read(dialect, &[], &[]);
        for width in 0..4 {
            let row: Vec<Option<String>> = vec![Some("table".to_owned()); width];
            let answers: Vec<Rows> =
                queries(dialect).iter().map(|_| vec![row.clone(), vec![None; width]]).collect();
            read(dialect, &answers, &["t"]);
        }
    }
}
