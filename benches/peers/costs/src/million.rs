//! A table of a million rows, rebuilt: by the runtime with all its guards, and by hand as SQLite's manual has it
//! (<https://www.sqlite.org/lang_altertable.html#otheralter>).

use std::path::Path;

use migrate::Runner;
use rusqlite::Connection;

use crate::{Went, in_turns, timed};

#[allow(deprecated, reason = "what lints say of these tables")]
mod history {
    migrate::history! {
        migration m0001_people {
            create table teams { id: integer primary key, name: text }
            create table people {
                id: integer primary key autoincrement,
                team: integer references teams (id),
                name: text,
                email: text null,
                born: date null,
                points: integer default 0,

                unique index people_name (name),
                index people_team (team, points),
            }
            create table badges { id: integer primary key, person: integer references people (id) on delete cascade }
        }
        migration m0002_other {
            alter table people recreate {
                alter column email set not null using "none";
                add column active: boolean default true;
                add check (points >= 0);
            }
            down irreversible "which had none is not known";
        }
    }
}

const ROWS: &str = "INSERT INTO teams VALUES (1, 'a'), (2, 'b');
    INSERT INTO people (team, name, email, points)
        WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 1000000)
        SELECT 1 + i % 2, 'person ' || i, iif(i % 3, 'mail' || i, NULL), i % 100 FROM i;
    INSERT INTO badges (person) SELECT id FROM people WHERE id % 5 = 0;";

const BY_HAND: &str = "PRAGMA foreign_keys = OFF;
    BEGIN IMMEDIATE;
    CREATE TABLE new_people (
        id INTEGER PRIMARY KEY AUTOINCREMENT, team integer NOT NULL REFERENCES teams (id), name text NOT NULL,
        email text NOT NULL, born text, points integer DEFAULT 0 NOT NULL, active integer DEFAULT 1 NOT NULL,
        CHECK (points >= 0));
    INSERT INTO new_people (id, team, name, email, born, points)
        SELECT id, team, name, coalesce(email, 'none'), born, points FROM people;
    DROP TABLE people;
    ALTER TABLE new_people RENAME TO people;
    CREATE UNIQUE INDEX people_name ON people (name);
    CREATE INDEX people_team ON people (team, points);
    PRAGMA foreign_key_check;
    COMMIT;
    PRAGMA foreign_keys = ON;";

pub fn rebuild(folder: &Path) -> Went {
    let origin = folder.join("people.db");
    _ = std::fs::remove_file(&origin);
    let mut db = Connection::open(&origin)?;
    Runner::new(&history::HISTORY).target("0001_people").run(&mut db)?;
    db.execute_batch(ROWS)?;
    drop(db);
    let copy = |name: &str| -> Went<Connection> {
        let path = folder.join(name);
        std::fs::copy(&origin, &path)?;
        Ok(Connection::open(&path)?)
    };
    let ours = || {
        let mut db = copy("ours.db")?;
        timed(|| Ok(Runner::new(&history::HISTORY).run(&mut db)?))
    };
    let by_hand = || {
        let db = copy("hand.db")?;
        timed(|| Ok(db.execute_batch(BY_HAND)?))
    };
    in_turns("rebuild", 5, ours, by_hand)
}
