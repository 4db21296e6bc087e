//! Rows that stand in the way, asked of PostgreSQL.
//!
//! Comes in: questions, and a transaction in whose eyes they mean something. Goes out: what is in the way. A question that
//! cannot be asked, because the database is not as the history has it, is none: the step itself will say so.

use tokio_postgres::{Client, GenericClient, SimpleQueryMessage, Transaction};

use super::history::Place;
use super::{database_error, lock, while_doing};
use crate::error::{DatabaseError, Error};
use crate::probe::{Question, RowsInTheWay};
use crate::runner::Settings;

const SET: &str = "SAVEPOINT __migrate_rows";
const BACK: &str = "ROLLBACK TO SAVEPOINT __migrate_rows";

/// Asks without a lock that keeps anybody from anything, in a transaction that cannot write.
pub(super) async fn before_anything(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    questions: &[Question<'_>],
) -> Result<Vec<RowsInTheWay>, Error> {
    let mut found = Vec::new();
    for answer in answers(client, settings, place, questions).await? {
        found.extend(answer.ok().flatten());
    }
    Ok(found)
}

/// The same with what kept a question from being answered.
pub(super) async fn answers(
    client: &mut Client,
    settings: &mut Settings<'_>,
    place: &Place,
    questions: &[Question<'_>],
) -> Result<Vec<Result<Option<RowsInTheWay>, DatabaseError>>, Error> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let transaction = (client.build_transaction())
        .isolation_level(tokio_postgres::IsolationLevel::ReadCommitted)
        .read_only(true)
        .start()
        .await
        .map_err(while_doing("begin a transaction"))?;
    lock::pin_settings(&transaction, place, settings).await?;
    let mut answers = Vec::with_capacity(questions.len());
    let mut waited: Option<DatabaseError> = None;
    for question in questions {
        // Who waited once for somebody else's lock need not wait as long for each of the others.
        if let Some(error) = &waited {
            answers.push(Err(error.clone()));
            continue;
        }
        set(&transaction).await?;
        let answer = ask(&transaction, settings.show_keys, question).await;
        back(&transaction).await?;
        waited = answer.as_ref().err().filter(|error| error.is_busy()).cloned();
        answers.push(answer);
    }
    super::apply::roll_back(transaction).await?;
    Ok(answers)
}

/// Marks where a transaction is, to come back to if rows make the next steps fail.
pub(super) async fn set(transaction: &Transaction<'_>) -> Result<(), Error> {
    transaction.batch_execute(SET).await.map_err(while_doing("set a savepoint"))
}

/// Forgets the mark.
pub(super) async fn release(transaction: &Transaction<'_>) -> Result<(), Error> {
    let done = transaction.batch_execute("RELEASE SAVEPOINT __migrate_rows").await;
    done.map_err(while_doing("release a savepoint"))
}

async fn back(transaction: &Transaction<'_>) -> Result<(), Error> {
    transaction.batch_execute(BACK).await.map_err(while_doing("go back to a savepoint"))
}

/// What is in the way of a step that failed behind the mark.
pub(super) async fn behind_the_mark(
    transaction: &Transaction<'_>,
    show_keys: bool,
    questions: &[Question<'_>],
) -> Result<Vec<RowsInTheWay>, Error> {
    let mut found = Vec::new();
    for question in questions {
        back(transaction).await?;
        found.extend(ask(transaction, show_keys, question).await.ok().flatten());
    }
    Ok(found)
}

async fn ask(
    client: &impl GenericClient,
    show_keys: bool,
    question: &Question<'_>,
) -> Result<Option<RowsInTheWay>, DatabaseError> {
    let count = texts(client, question.probe.count).await?;
    let rows = count.first().and_then(|text| text.parse().ok()).unwrap_or(0);
    let wanted = rows > 0 && show_keys && !question.probe.keys.is_empty();
    let keys = if wanted { texts(client, question.probe.keys).await? } else { Vec::new() };
    Ok(question.answered(rows, keys))
}

/// The first value of each row.
async fn texts(client: &impl GenericClient, sql: &str) -> Result<Vec<String>, DatabaseError> {
    let messages = client.simple_query(sql).await.map_err(database_error)?;
    let text = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(messages.iter().filter_map(text).collect())
}
