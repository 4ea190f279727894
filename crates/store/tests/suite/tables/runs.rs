//! Runs: statuses, lists, and what boot finds.

use protocol::RunId;
use protocol::runs::{ListRuns, RunStatus};
use store::{Error, blobs, events, journal, runs};

use crate::samples;
use crate::stage::Stage;

fn insert(stage: &Stage, id: &str, workflow_id: &str, status: RunStatus) {
    let run = samples::run(id, workflow_id, status);
    stage.write(move |sql| runs::insert(sql, &run)).unwrap();
}

pub fn a_run_comes_back_as_it_was_stored(stage: Stage) {
    for (id, status) in [
        ("a", RunStatus::Queued),
        ("b", RunStatus::Running),
        ("c", RunStatus::Waiting),
        ("d", RunStatus::NeedsAttention),
        ("e", RunStatus::Succeeded),
        ("f", RunStatus::Failed),
        ("g", RunStatus::Cancelled),
    ] {
        insert(&stage, id, "w", status);
        assert_eq!(stage.read(move |sql| runs::get(sql, &id.into())), Ok(samples::run(id, "w", status)));
    }
    assert_eq!(stage.read(|sql| runs::get(sql, &"z".into())), Err(Error::NotFound));
    let again = stage.write(|sql| runs::insert(sql, &samples::run("a", "w", RunStatus::Queued)));
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
}

pub fn a_final_status_never_changes(stage: Stage) {
    insert(&stage, "r", "w", RunStatus::Running);
    let outcome = samples::outcome(RunStatus::Succeeded);
    stage.write(move |sql| runs::finish(sql, &"r".into(), &outcome)).unwrap();
    let ended = stage.read(|sql| runs::get(sql, &"r".into())).unwrap();
    assert_eq!(ended.summary.status, RunStatus::Succeeded);
    assert_eq!(ended.outputs, samples::outcome(RunStatus::Succeeded).outputs);

    let attempts = [
        stage.write(|sql| runs::set_status(sql, &"r".into(), RunStatus::Running, None)),
        stage.write(|sql| runs::finish(sql, &"r".into(), &samples::outcome(RunStatus::Cancelled))),
    ];
    for attempt in attempts {
        assert!(matches!(attempt, Err(Error::Conflict { .. })), "{attempt:?}");
    }
    assert_eq!(stage.read(|sql| runs::get(sql, &"r".into())), Ok(ended));
    let absent = stage.write(|sql| runs::finish(sql, &"z".into(), &samples::outcome(RunStatus::Failed)));
    assert_eq!(absent, Err(Error::NotFound));
}

pub fn a_status_moves_until_the_end(stage: Stage) {
    insert(&stage, "r", "w", RunStatus::Queued);
    for (status, wake_at_ms) in [(RunStatus::Waiting, Some(99)), (RunStatus::Running, None)] {
        stage.write(move |sql| runs::set_status(sql, &"r".into(), status, wake_at_ms)).unwrap();
        let summary = stage.read(|sql| runs::get(sql, &"r".into())).unwrap().summary;
        assert_eq!((summary.status, summary.wake_at_ms), (status, wake_at_ms));
    }
    // A final status needs an outcome with it.
    let refused = stage.write(|sql| runs::set_status(sql, &"r".into(), RunStatus::Failed, None));
    assert!(matches!(refused, Err(Error::Constraint(_))), "{refused:?}");
    let mut outcome = samples::outcome(RunStatus::Running);
    let refused = stage.write(move |sql| runs::finish(sql, &"r".into(), &outcome));
    assert!(matches!(refused, Err(Error::Constraint(_))), "{refused:?}");
    outcome = samples::outcome(RunStatus::Failed);
    outcome.failure = Some(samples::failure());
    stage.write(move |sql| runs::finish(sql, &"r".into(), &outcome)).unwrap();
    assert_eq!(stage.read(|sql| runs::get(sql, &"r".into())).unwrap().summary.failure, Some(samples::failure()));
}

pub fn paging_visits_every_run_once(stage: Stage) {
    // Upper case sorts before lower case by bytes, whatever the server's language.
    let mut ids: Vec<String> = (0..23).map(|number| format!("run-{number:02}-{}", ["a", "B"][number % 2])).collect();
    let stored = ids.clone();
    stage
        .write(move |sql| {
            stored.iter().try_for_each(|id| runs::insert(sql, &samples::run(id, "w", RunStatus::Succeeded)))
        })
        .unwrap();
    ids.sort();
    ids.reverse();

    let mut seen = Vec::new();
    let mut before: Option<RunId> = None;
    loop {
        let filter = ListRuns { before, limit: Some(5), ..ListRuns::default() };
        let page = stage.read(move |sql| runs::list(sql, &filter)).unwrap();
        assert!(page.runs.len() <= 5);
        seen.extend(page.runs.iter().map(|run| run.id.to_string()));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids);
    let everything = stage.read(|sql| runs::list(sql, &ListRuns { limit: Some(23), ..ListRuns::default() })).unwrap();
    assert_eq!((everything.runs.len(), everything.next), (23, None));
}

pub fn filters_combine(stage: Stage) {
    for (id, workflow_id, status) in [
        ("1", "a", RunStatus::Failed),
        ("2", "a", RunStatus::Succeeded),
        ("3", "b", RunStatus::Failed),
        ("4", "a", RunStatus::Failed),
    ] {
        insert(&stage, id, workflow_id, status);
    }
    let found = |filter: ListRuns| {
        let list = stage.read(move |sql| runs::list(sql, &filter)).unwrap();
        list.runs.into_iter().map(|run| run.id.to_string()).collect::<Vec<_>>()
    };
    let (workflow_id, status) = (Some("a".into()), Some(RunStatus::Failed));
    assert_eq!(found(ListRuns { workflow_id: workflow_id.clone(), ..ListRuns::default() }), ["4", "2", "1"]);
    assert_eq!(found(ListRuns { status, ..ListRuns::default() }), ["4", "3", "1"]);
    assert_eq!(found(ListRuns { workflow_id: workflow_id.clone(), status, ..ListRuns::default() }), ["4", "1"]);
    let before = Some("4".into());
    assert_eq!(found(ListRuns { workflow_id, status, before, ..ListRuns::default() }), ["1"]);
}

pub fn unfinished_runs_are_found(stage: Stage) {
    for (id, workflow_id, status) in [
        ("1", "a", RunStatus::Running),
        ("2", "b", RunStatus::Succeeded),
        ("3", "a", RunStatus::Waiting),
        ("4", "a", RunStatus::Running),
    ] {
        insert(&stage, id, workflow_id, status);
    }
    let unfinished = stage.read(runs::unfinished).unwrap();
    let found: Vec<_> = unfinished.iter().map(|run| (run.id.as_str(), run.status, run.wake_at_ms.is_some())).collect();
    let expected =
        [("1", RunStatus::Running, false), ("3", RunStatus::Waiting, true), ("4", RunStatus::Running, false)];
    assert_eq!(found, expected);
    let any = stage.read(|sql| Ok(["a", "b", "c"].map(|id| runs::any_unfinished(sql, &id.into()))));
    assert_eq!(any, Ok([Ok(true), Ok(false), Ok(false)]));
}

pub fn old_runs_are_those_that_ended_long_ago(stage: Stage) {
    stage
        .write(|sql| {
            for (id, status, ended_at_ms) in [
                ("a", RunStatus::Succeeded, Some(10)),
                ("b", RunStatus::Running, None),
                ("c", RunStatus::Failed, Some(30)),
                ("d", RunStatus::Cancelled, Some(12)),
                ("e", RunStatus::Succeeded, Some(11)),
            ] {
                let mut run = samples::run(id, "w", status);
                run.summary.ended_at_ms = ended_at_ms;
                runs::insert(sql, &run)?;
            }
            Ok(())
        })
        .unwrap();
    let old = |bound: &'static str, limit| stage.read(move |sql| runs::ended_before(sql, &bound.into(), 20, limit));
    assert_eq!(old("e", 10), Ok(vec!["a".into(), "d".into()]));
    assert_eq!(old("z", 2), Ok(vec!["a".into(), "d".into()]));
    assert_eq!(old("a", 10), Ok(vec![]));
}

pub fn removing_takes_everything_of_the_run(stage: Stage) {
    insert(&stage, "r", "w", RunStatus::Running);
    insert(&stage, "other", "w", RunStatus::Running);
    let refused = stage.write(|sql| runs::remove(sql, &"r".into()));
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");

    let address = blobs::address(b"content");
    let left = stage.write(move |sql| {
        for (seq, id) in [(1, "r"), (2, "other")] {
            journal::append(sql, &id.into(), 0, &[protocol::Payload::null()])?;
            events::append(sql, &[samples::event(seq, Some(id), Some("w"))])?;
            blobs::put(sql, &id.into(), &address, b"content")?;
        }
        runs::finish(sql, &"r".into(), &samples::outcome(RunStatus::Succeeded))?;
        runs::remove(sql, &"r".into())?;
        let left = [("r", 0), ("other", 1)].map(|(id, expected)| {
            let filter = protocol::EventFilter { run_id: Some(id.into()), ..protocol::EventFilter::default() };
            let announced = events::page(sql, &filter, 0, None).unwrap().events.len();
            (announced, journal::count(sql, &id.into()).unwrap()) == (expected, expected as u64)
        });
        assert_eq!(runs::get(sql, &"r".into()), Err(Error::NotFound));
        Ok((left, blobs::get(sql, &address)?))
    });
    assert_eq!(left, Ok(([true, true], b"content".to_vec())), "the other run keeps what is its own");
}
