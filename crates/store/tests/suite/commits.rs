//! Group commit: one thread, one transaction for many callers, each with an outcome of its own.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use protocol::Payload;
use store::{Error, Options, Permit, Result, Sql, Writer, settings};
use tokio::task::JoinSet;

use crate::stage::{Stage, block_on};

fn put(key: String) -> impl FnOnce(&mut dyn Sql) -> Result<()> {
    move |sql| settings::set(sql, &key.into(), &Payload::null())
}

fn stored_keys(stage: &Stage) -> Vec<String> {
    stage.read(settings::list).unwrap().into_iter().map(|(key, _)| key.to_string()).collect()
}

fn permit(writer: &Writer) -> Permit {
    free_permit(writer, 0).expect("the queue is not full")
}

/// `None` when it would have to be waited for.
fn free_permit(writer: &Writer, bytes: usize) -> Option<Permit> {
    let mut asking = pin!(writer.permit(bytes));
    match asking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(permit) => Some(permit.unwrap()),
        Poll::Pending => None,
    }
}

/// Occupies the writer thread until the sender is dropped, so that what is queued meanwhile becomes one group.
fn hold(writer: &Writer) -> Sender<()> {
    let (began, wait_for_begin) = channel();
    let (release, held): (Sender<()>, Receiver<()>) = channel();
    let work = move |_: &mut dyn Sql| {
        began.send(()).unwrap();
        Ok(held.recv().is_ok())
    };
    writer.submit(permit(writer), work, |_| {});
    wait_for_begin.recv().unwrap();
    release
}

pub fn many_writers_and_all_is_there_after_reopening(mut stage: Stage) {
    let writer = stage.database().writer();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for task in 0..64 {
            let writer = writer.clone();
            tasks.spawn(async move {
                for number in 0..20 {
                    writer.write(put(format!("{task:02}-{number:02}"))).await.unwrap();
                }
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
    });
    stage.reopen();
    let expected: Vec<String> =
        (0..64).flat_map(|task| (0..20).map(move |number| format!("{task:02}-{number:02}"))).collect();
    assert_eq!(stored_keys(&stage), expected);
}

pub fn queued_jobs_share_one_commit(stage: Stage) {
    let writer = stage.database().writer();
    let release = hold(&writer);
    let (note, noted) = channel();
    for number in 0..50 {
        let (worked, durable) = (note.clone(), note.clone());
        let work = move |sql: &mut dyn Sql| {
            worked.send("worked").unwrap();
            put(format!("{number}"))(sql)
        };
        writer.submit(permit(&writer), work, move |outcome| {
            outcome.unwrap();
            durable.send("durable").unwrap();
        });
    }
    drop((release, note));
    let order: Vec<&str> = noted.iter().collect();
    assert_eq!(order, [["worked"; 50], ["durable"; 50]].concat());
}

pub fn a_failing_and_a_panicking_job_are_undone_alone(stage: Stage) {
    let writer = stage.database().writer();
    let release = hold(&writer);
    let (note, noted) = channel();
    for number in 0..12 {
        let note = note.clone();
        let work = move |sql: &mut dyn Sql| {
            put(format!("{number:02}"))(sql)?;
            misbehave(number, sql)
        };
        writer.submit(permit(&writer), work, move |outcome| note.send((number, outcome)).unwrap());
    }
    drop((release, note));
    for (number, outcome) in noted {
        match number {
            3 | 11 => assert_eq!(outcome, Err(Error::NotFound)),
            5 => assert_eq!(outcome, Err(Error::Panicked("number 5".to_owned()))),
            7 => assert!(matches!(outcome, Err(Error::Constraint(_))), "{outcome:?}"),
            _ => assert_eq!(outcome, Ok(()), "{number}"),
        }
    }
    let expected = ["00", "01", "02", "04", "06", "08", "09", "10"];
    assert_eq!(stored_keys(&stage), expected);

    // The same for a job that is alone in its commit.
    let failed = stage.write(|sql| put("alone".to_owned())(sql).and(Err::<(), _>(Error::NotFound)));
    assert_eq!(failed, Err(Error::NotFound));
    let panicked = stage.write(|sql| -> Result<()> { panic!("{:?}", put("alone".to_owned())(sql)) });
    assert_eq!(panicked, Err(Error::Panicked("Ok(())".to_owned())));
    stage.write(put("after".to_owned())).unwrap();
    assert_eq!(stored_keys(&stage), [&expected[..], &["after"]].concat());
}

/// What job `number` does after it has stored its key, if it gets that far.
fn misbehave(number: u32, sql: &mut dyn Sql) -> Result<()> {
    match number {
        // The last one of a group is a case of its own.
        3 | 11 => Err(Error::NotFound),
        5 => panic!("number {number}"),
        7 => sql.run("INSERT INTO settings (key, value) VALUES ($1, NULL)", &["07".into()]).map(|_| ()),
        _ => Ok(()),
    }
}

pub fn repeatable_jobs_run_again_only_when_one_has_to_be_undone(stage: Stage) {
    let writer = stage.database().writer();
    for (undoing, expected_runs) in [(false, 1), (true, 2)] {
        let runs: Arc<[AtomicU32; 12]> = Arc::default();
        let release = hold(&writer);
        let (note, noted) = channel();
        for number in 0..12_u32 {
            let (note, runs) = (note.clone(), Arc::clone(&runs));
            let work = move |sql: &mut dyn Sql| {
                runs[number as usize].fetch_add(1, Ordering::SeqCst);
                if number == 1 {
                    return Err(Error::NotFound);
                }
                put(format!("{undoing}-{number:02}"))(sql)?;
                if undoing { misbehave(number, sql) } else { Ok(()) }
            };
            let done = move |outcome: Result<()>| note.send((number, outcome.is_ok())).unwrap();
            writer.submit_repeatable(permit(&writer), work, done);
        }
        drop((release, note));
        let failing: &[u32] = if undoing { &[1, 3, 5, 7, 11] } else { &[1] };
        let expected: Vec<(u32, bool)> = (0..12).map(|number| (number, !failing.contains(&number))).collect();
        assert_eq!(noted.iter().collect::<Vec<_>>(), expected);
        let most_runs = runs.iter().map(|runs| runs.load(Ordering::SeqCst)).max();
        assert_eq!(most_runs, Some(expected_runs));
        let stored: Vec<String> =
            stored_keys(&stage).into_iter().filter(|key| key.starts_with(&undoing.to_string())).collect();
        let kept = expected.iter().filter(|(_, ok)| *ok).map(|(number, _)| format!("{undoing}-{number:02}"));
        assert_eq!(stored, kept.collect::<Vec<_>>());
    }
}

pub fn completions_come_in_the_order_of_submitting(stage: Stage) {
    let writer = stage.database().writer();
    let (note, noted) = channel();
    for number in 0..500 {
        let note = note.clone();
        let work = move |sql: &mut dyn Sql| if number % 3 == 0 { Err(Error::NotFound) } else { put("one".into())(sql) };
        writer.submit(permit(&writer), work, move |outcome| note.send((number, outcome.is_ok())).unwrap());
    }
    drop(note);
    let expected: Vec<(i32, bool)> = (0..500).map(|number| (number, number % 3 != 0)).collect();
    assert_eq!(noted.iter().collect::<Vec<_>>(), expected);
}

pub fn a_panicking_completion_harms_nobody(stage: Stage) {
    let writer = stage.database().writer();
    let release = hold(&writer);
    let (note, noted) = channel();
    writer.submit(permit(&writer), put("first".into()), |_| panic!("in a completion"));
    writer.submit(permit(&writer), put("second".into()), move |outcome| note.send(outcome).unwrap());
    drop(release);
    assert_eq!(noted.recv(), Ok(Ok(())));
    stage.write(put("third".into())).unwrap();
    assert_eq!(stored_keys(&stage), ["first", "second", "third"]);
    assert!(free_permit(&writer, usize::MAX).is_some(), "every permit came back");
}

fn with_permits(stage: Stage, write_permits: u32) -> Stage {
    let mut stage = stage;
    stage.options = Options { write_permits, ..stage.options.clone() };
    stage.reopen();
    stage
}

pub fn without_permits_writers_wait(stage: Stage) {
    let stage = with_permits(stage, 2);
    let writer = stage.database().writer();
    let release = hold(&writer);
    let (note, noted) = channel();
    writer.submit(permit(&writer), put("queued".into()), move |outcome| note.send(outcome).unwrap());
    assert!(free_permit(&writer, 0).is_none(), "one is held by the running job, one by the queued one");
    block_on(async {
        let waiting = tokio::spawn({
            let writer = writer.clone();
            async move { writer.write(put("waited".into())).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(release);
        assert_eq!(waiting.await.unwrap(), Ok(()));
    });
    assert_eq!(noted.recv(), Ok(Ok(())));
    assert_eq!(stored_keys(&stage), ["queued", "waited"]);
}

pub fn a_large_job_takes_more_permits(stage: Stage) {
    let stage = with_permits(stage, 10);
    let writer = stage.database().writer();
    let held = [free_permit(&writer, 5 * 2_048), free_permit(&writer, 3 * 2_048)];
    assert!(held.iter().all(Option::is_some), "six and four");
    assert!(free_permit(&writer, 0).is_none());
    drop(held);
    // What is larger than the whole queue takes all of it instead of waiting for ever.
    let held = free_permit(&writer, usize::MAX);
    assert!(held.is_some() && free_permit(&writer, 0).is_none());
}

pub fn closing_finishes_what_is_queued_and_refuses_the_rest(mut stage: Stage) {
    let writer = stage.database().writer();
    let readers = stage.database().readers();
    let release = hold(&writer);
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    for number in 0..20 {
        let outcomes = Arc::clone(&outcomes);
        let work = put(format!("{number:02}"));
        writer.submit(permit(&writer), work, move |outcome| outcomes.lock().unwrap().push(outcome));
    }
    let late = permit(&writer);
    drop(release);
    stage.close();
    assert_eq!(*outcomes.lock().unwrap(), vec![Ok(()); 20]);

    writer.submit(late, put("late".into()), {
        let outcomes = Arc::clone(&outcomes);
        move |outcome| outcomes.lock().unwrap().push(outcome)
    });
    let closed = Error::Unavailable("it is closed".to_owned());
    assert_eq!(outcomes.lock().unwrap().last(), Some(&Err(closed.clone())));
    assert_eq!(block_on(writer.write(put("later".into()))), Err(closed.clone()));
    assert_eq!(block_on(readers.read(settings::list)), Err(closed));
    stage.reopen();
    assert_eq!(stored_keys(&stage).len(), 20);
}
