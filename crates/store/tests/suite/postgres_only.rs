//! What only a PostgreSQL server does: going away and coming back.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use protocol::Payload;
use store::testing::{Cluster, Flush};
use store::{Database, Error, Location, Options, Result, Sql, settings, testing};

use crate::stage::{Stage, block_on, say_left_out};

fn put(key: &'static str) -> impl FnOnce(&mut dyn Sql) -> Result<()> {
    move |sql| settings::set(sql, &key.into(), &Payload::null())
}

fn keys(stage: &Stage) -> Vec<String> {
    stage.read(settings::list).unwrap().into_iter().map(|(key, _)| key.to_string()).collect()
}

#[test]
fn a_server_that_restarts_is_found_again() {
    if !testing::is_wanted() {
        return say_left_out();
    }
    let cluster = Cluster::start(Flush::Never).unwrap();
    let stage = Stage::open(Options::new(Location::Postgres(cluster.database().unwrap())), None);
    stage.write(put("before")).unwrap();
    assert_eq!(keys(&stage), ["before"]);

    cluster.kill().unwrap();
    cluster.resume().unwrap();
    stage.write(put("after")).unwrap();
    assert_eq!(keys(&stage), ["after", "before"], "readers connect again by themselves");
}

#[test]
fn a_server_that_goes_away_within_a_commit_fails_the_jobs_in_it() {
    if !testing::is_wanted() {
        return say_left_out();
    }
    let cluster = Cluster::start(Flush::Never).unwrap();
    let stage = Stage::open(Options::new(Location::Postgres(cluster.database().unwrap())), None);
    let (began, wait_for_begin) = channel();
    let (killed, wait_for_kill) = channel();
    std::thread::scope(|scope| {
        let within = scope.spawn(|| {
            stage.write(move |sql| {
                put("within")(sql)?;
                began.send(()).unwrap();
                wait_for_kill.recv().unwrap();
                Ok(())
            })
        });
        wait_for_begin.recv().unwrap();
        cluster.kill().unwrap();
        cluster.resume().unwrap();
        killed.send(()).unwrap();
        let failed = within.join().unwrap();
        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
    });
    stage.write(put("after")).unwrap();
    assert_eq!(keys(&stage), ["after"]);
}

#[test]
fn writes_wait_for_a_server_that_comes_back_in_time() {
    if !testing::is_wanted() {
        return say_left_out();
    }
    let cluster = Cluster::start(Flush::Never).unwrap();
    let options = Options {
        reconnect_within: Duration::from_secs(60),
        ..Options::new(Location::Postgres(cluster.database().unwrap()))
    };
    let stage = Stage::open(options, None);
    cluster.kill().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| stage.write(put("waited")));
        cluster.resume().unwrap();
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
    assert_eq!(keys(&stage), ["waited"]);
}

#[test]
fn writes_fail_when_the_server_stays_away() {
    if !testing::is_wanted() {
        return say_left_out();
    }
    let cluster = Cluster::start(Flush::Never).unwrap();
    let options = Options {
        reconnect_within: Duration::from_millis(200),
        ..Options::new(Location::Postgres(cluster.database().unwrap()))
    };
    let stage = Stage::open(options.clone(), None);
    cluster.kill().unwrap();
    let began = Instant::now();
    for _ in 0..3 {
        let failed = stage.write(put("lost"));
        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
        let failed = stage.read(settings::list);
        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    let opened = Database::open(options).err();
    assert!(matches!(opened, Some(Error::Unavailable(_))), "{opened:?}");
}

#[test]
fn a_job_that_hides_a_failed_statement_is_not_taken_for_stored() {
    let Some(stage) = Stage::postgres() else { return say_left_out() };
    let hiding = |sql: &mut dyn Sql| {
        put("hidden")(sql)?;
        assert!(sql.run("INSERT INTO settings (key) VALUES ('half')", &[]).is_err());
        Ok(())
    };
    let alone = stage.write(hiding);
    assert!(alone.is_err(), "{alone:?}");
    let writer = stage.database().writer();
    let outcomes = block_on(async {
        tokio::join!(writer.write(put("first")), writer.write(hiding), writer.write(put("last")), writer.write(hiding))
    });
    assert_eq!((&outcomes.0, &outcomes.2), (&Ok(()), &Ok(())));
    assert!(outcomes.1.is_err() && outcomes.3.is_err());
    assert_eq!(keys(&stage), ["first", "last"]);
}

#[test]
fn one_process_at_a_time() {
    let Some(mut stage) = Stage::postgres() else { return say_left_out() };
    let second = Database::open(stage.options.clone()).err().unwrap();
    assert!(matches!(&second, Error::Unusable(text) if text.contains("another process")), "{second}");
    stage.write(put("first")).unwrap();
    stage.reopen();
    assert_eq!(keys(&stage), ["first"]);
}

/// The writer's connection is new then, and so is its lock.
#[test]
fn one_process_at_a_time_also_after_the_connection_was_lost() {
    let Some(stage) = Stage::postgres() else { return say_left_out() };
    let ending = "SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pg_backend_pid())) AS ended";
    assert!(stage.write(move |sql| sql.query(ending, &[])).is_err());
    stage.write(put("again")).unwrap();
    let second = Database::open(stage.options.clone()).err().unwrap();
    assert!(matches!(&second, Error::Unusable(text) if text.contains("another process")), "{second}");
}

#[test]
fn a_wrong_url_is_unusable() {
    let opened = Database::open(Options::new(Location::Postgres("postgres://host:port/x".to_owned()))).err();
    assert!(matches!(opened, Some(Error::Unusable(_))), "{opened:?}");
}

#[test]
fn opening_works_inside_an_async_runtime() {
    if !testing::is_wanted() {
        return say_left_out();
    }
    let url = testing::shared().unwrap().database().unwrap();
    let description = block_on(async move {
        let database = Database::open(Options::new(Location::Postgres(url))).unwrap();
        database.writer().write(put("a")).await.unwrap();
        database.description()
    });
    assert!(description.starts_with("postgres 1"), "{description}");
}
