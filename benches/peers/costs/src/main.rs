//! What the runtime costs against its limits: the same SQL through the bare driver, in the same process, in turns.
//!
//! Comes in: what to measure, and a folder or URL. Goes out: one line for each figure, `NAME OURS LIMIT` in microseconds,
//! both medians over all rounds.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use migrate::Runner;
use rusqlite::Connection;

#[path = "../migrations/mod.rs"]
mod migrations;
mod million;

type Went<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Went {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words {
        ["sqlite", folder] => sqlite(Path::new(folder)),
        ["postgres", url] => postgres(url).await,
        ["million", folder] => million::rebuild(Path::new(folder)),
        _ => Err("sqlite FOLDER | postgres URL | million FOLDER".into()),
    }
}

fn runner() -> Runner<'static> {
    Runner::new(&migrations::HISTORY)
}

/// Measures two ways in turns, each round the other way first, and prints their medians.
fn in_turns(
    name: &str,
    rounds: usize,
    mut ours: impl FnMut() -> Went<Duration>,
    mut limit: impl FnMut() -> Went<Duration>,
) -> Went {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        if round % 2 == 0 {
            times[0].push(ours()?);
            times[1].push(limit()?);
        } else {
            times[1].push(limit()?);
            times[0].push(ours()?);
        }
    }
    print(name, times);
    Ok(())
}

fn print(name: &str, mut times: [Vec<Duration>; 2]) {
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e6
    };
    let [ours, limit] = &mut times;
    println!("{name} {:.1} {:.1}", median(ours), median(limit));
}

fn timed<T>(work: impl FnOnce() -> Went<T>) -> Went<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// The last row of the history table: what the least of all runners must read.
const LAST: &str = "SELECT name, chain FROM _migrations ORDER BY position DESC LIMIT 1";

fn sqlite(folder: &Path) -> Went {
    let count = migrations::HISTORY.migrations().len();
    let file = |name: &str| folder.join(name);
    let fresh = |name: &str| -> Went<Connection> {
        _ = std::fs::remove_file(file(name));
        Ok(Connection::open(file(name))?)
    };
    let mut empty = Connection::open_in_memory()?;
    let plan = runner().replay(true).plan(&mut empty)?;
    let steps = plan.migrations.iter().flat_map(|m| &m.steps).flat_map(|s| &s.sql);
    let sql: String = steps.map(|sql| format!("{sql};\n")).collect();
    let batch = format!("BEGIN IMMEDIATE;\n{sql}COMMIT;");

    let rounds = if count > 300 { 7 } else { 41 };
    let one_by_one = || {
        let mut db = fresh("ours.db")?;
        timed(|| Ok(runner().replay(true).run(&mut db)?))
    };
    let bare = || {
        let db = fresh("bare.db")?;
        timed(|| Ok(db.execute_batch(&batch)?))
    };
    in_turns("apply", rounds, one_by_one, bare)?;
    let at_once = || {
        let mut db = fresh("fresh.db")?;
        timed(|| Ok(runner().run(&mut db)?))
    };
    in_turns("fresh", rounds, at_once, bare)?;

    // With nothing to do: as an application starts, and over a connection that is open already.
    let path = file("fresh.db");
    let start = || timed(|| Ok(runner().run(&mut Connection::open(&path)?)?));
    let select = || {
        timed(|| {
            let db = Connection::open(&path)?;
            Ok(db.query_row(LAST, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?)
        })
    };
    in_turns("idle", 401, start, select)?;
    let (mut one, two) = (Connection::open(&path)?, Connection::open(&path)?);
    let start = || timed(|| Ok(runner().run(&mut one)?));
    let select = || {
        timed(|| {
            Ok(two.query_row(LAST, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?)
        })
    };
    in_turns("idle-open", 2001, start, select)
}

async fn connect(url: &str) -> Went<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn postgres(url: &str) -> Went {
    const AGAIN: &str = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    let count = migrations::HISTORY.migrations().len();
    let mut client = connect(url).await?;
    let plan = runner().replay(true).plan_async(&mut client).await?;
    let steps = plan.migrations.iter().flat_map(|m| &m.steps).flat_map(|s| &s.sql);
    let sql: Vec<String> = steps.map(|sql| format!("{sql};\n")).collect();
    // As the runtime has it: a transaction for each migration, which keeps the number of locks small.
    let per = plan.migrations.iter().map(|m| m.steps.iter().map(|s| s.sql.len()).sum::<usize>());
    let mut rest = sql.as_slice();
    let mut batches = Vec::new();
    for count in per {
        let (first, behind) = rest.split_at(count);
        batches.push(format!("BEGIN;\n{}COMMIT;", first.concat()));
        rest = behind;
    }

    let rounds = if count > 300 { 3 } else { 11 };
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rounds {
        client.batch_execute(AGAIN).await?;
        let start = Instant::now();
        runner().replay(true).run_async(&mut client).await?;
        times[0].push(start.elapsed());
        client.batch_execute(AGAIN).await?;
        let start = Instant::now();
        for batch in &batches {
            client.batch_execute(batch).await?;
        }
        times[1].push(start.elapsed());
        client.batch_execute(AGAIN).await?;
        let start = Instant::now();
        runner().run_async(&mut client).await?;
        times[2].push(start.elapsed());
    }
    let [ours, bare, fresh] = times;
    print("postgres-apply", [ours, bare.clone()]);
    print("postgres-fresh", [fresh, bare]);

    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..101 {
        let start = Instant::now();
        runner().run_async(&mut connect(url).await?).await?;
        times[0].push(start.elapsed());
        let start = Instant::now();
        connect(url).await?.simple_query(LAST).await?;
        times[1].push(start.elapsed());
    }
    print("postgres-idle", times);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..501 {
        let start = Instant::now();
        runner().run_async(&mut client).await?;
        times[0].push(start.elapsed());
        let start = Instant::now();
        client.simple_query(LAST).await?;
        times[1].push(start.elapsed());
    }
    print("postgres-idle-open", times);
    Ok(())
}
