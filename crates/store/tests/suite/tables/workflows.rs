//! Workflows and the versions that runs are pinned to.

use protocol::runs::RunStatus;
use store::{Error, runs, workflow_versions, workflows};

use crate::samples;
use crate::stage::Stage;

pub fn a_workflow_comes_back_as_it_was_stored(stage: Stage) {
    let workflow = samples::workflow("w");
    let stored = workflow.clone();
    stage.write(move |sql| workflows::put_new(sql, &stored)).unwrap();
    assert_eq!(stage.read(|sql| workflows::get(sql, &"w".into())), Ok(workflow.clone()));

    assert_eq!(stage.read(|sql| workflows::get(sql, &"other".into())), Err(Error::NotFound));
    let again = stage.write(move |sql| workflows::put_new(sql, &workflow));
    assert!(matches!(again, Err(Error::Conflict { current: None, .. })), "{again:?}");
}

pub fn an_update_needs_the_current_revision(stage: Stage) {
    let mut workflow = samples::workflow("w");
    let first = workflow.clone();
    stage.write(move |sql| workflows::put_new(sql, &first)).unwrap();
    workflow.revision = 2;
    workflow.graph = samples::graph("second");
    workflow.updated_at_ms += 1;

    let second = workflow.clone();
    stage.write(move |sql| workflows::update(sql, &second, 1)).unwrap();
    assert_eq!(stage.read(|sql| workflows::get(sql, &"w".into())), Ok(workflow.clone()));

    let late = workflow.clone();
    let refused = stage.write(move |sql| workflows::update(sql, &late, 1));
    assert!(matches!(refused, Err(Error::Conflict { current: Some(2), .. })), "{refused:?}");
    workflow.id = "other".into();
    assert_eq!(stage.write(move |sql| workflows::update(sql, &workflow, 1)), Err(Error::NotFound));
}

pub fn the_list_shows_the_newest_change_first(stage: Stage) {
    for (id, updated_at_ms) in [("old", 10), ("new", 30), ("middle", 20)] {
        let mut workflow = samples::workflow(id);
        workflow.updated_at_ms = updated_at_ms;
        stage.write(move |sql| workflows::put_new(sql, &workflow)).unwrap();
    }
    let list = stage.read(workflows::list).unwrap();
    let found: Vec<_> = list.iter().map(|one| (one.id.as_str(), one.node_count)).collect();
    assert_eq!(found, [("new", 2), ("middle", 2), ("old", 2)]);
}

pub fn a_kept_version_never_changes(stage: Stage) {
    for label in ["first", "second"] {
        let graph = samples::graph(label);
        stage.write(move |sql| workflow_versions::keep(sql, &"w".into(), 7, &graph)).unwrap();
    }
    let kept = stage.read(|sql| workflow_versions::get(sql, &"w".into(), 7));
    assert_eq!(kept, Ok(samples::graph("first")));
    assert_eq!(stage.read(|sql| workflow_versions::get(sql, &"w".into(), 8)), Err(Error::NotFound));
}

pub fn removing_keeps_the_versions_that_runs_need(stage: Stage) {
    stage
        .write(|sql| {
            workflows::put_new(sql, &samples::workflow("w"))?;
            for revision in 1..=3 {
                workflow_versions::keep(sql, &"w".into(), revision, &samples::graph("any"))?;
            }
            workflow_versions::keep(sql, &"other".into(), 3, &samples::graph("any"))?;
            runs::insert(sql, &samples::run("r", "w", RunStatus::Succeeded))?;
            workflows::remove(sql, &"w".into(), 9)
        })
        .unwrap();
    let left = stage.read(|sql| {
        Ok([("w", 1), ("w", 2), ("w", 3), ("other", 3)]
            .map(|(id, revision)| workflow_versions::get(sql, &id.into(), revision).is_ok()))
    });
    assert_eq!(left, Ok([true, false, false, true]));
    assert_eq!(stage.write(|sql| workflows::remove(sql, &"w".into(), 9)), Err(Error::NotFound));
}

pub fn a_deleted_workflow_is_seen_from_its_runs_only(stage: Stage) {
    stage
        .write(|sql| {
            for id in ["with", "without"] {
                workflows::put_new(sql, &samples::workflow(id))?;
            }
            runs::insert(sql, &samples::run("r", "with", RunStatus::Succeeded))?;
            workflows::remove(sql, &"with".into(), 9)?;
            workflows::remove(sql, &"without".into(), 9)
        })
        .unwrap();
    assert_eq!(stage.read(workflows::list), Ok(Vec::new()));
    for id in ["with", "without"] {
        assert_eq!(stage.read(|sql| workflows::get(sql, &id.into())), Err(Error::NotFound));
        let update = samples::workflow(id);
        assert_eq!(stage.write(move |sql| workflows::update(sql, &update, 1)), Err(Error::NotFound));
    }
    assert_eq!(stage.read(|sql| workflows::get_even_deleted(sql, &"with".into())), Ok(samples::workflow("with")));
    let gone = stage.read(|sql| workflows::get_even_deleted(sql, &"without".into()));
    assert_eq!(gone, Err(Error::NotFound));
}
