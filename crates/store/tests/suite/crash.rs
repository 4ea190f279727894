//! A process that is killed while it writes: what it was told to be durable is there, and nothing is half there.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use protocol::Payload;
use store::{Database, Location, Options, journal};

use crate::stage::{Stage, block_on};

const LOCATION: &str = "AI_STUDIO_TEST_LOCATION";

/// Numbers whose lines the killed process managed to write, in the rounds of one test.
const LINES_BEFORE_KILL: [usize; 5] = [1, 7, 40, 150, 400];

pub fn what_was_acknowledged_survives_a_killed_process(mut stage: Stage) {
    for (round, lines_before_kill) in LINES_BEFORE_KILL.into_iter().enumerate() {
        stage.close();
        let acknowledged = write_until_killed(&stage.options.location, round, lines_before_kill);
        assert!(acknowledged.len() >= lines_before_kill);
        stage.reopen();
        for (writer, number) in acknowledged {
            let run_id = format!("{round}-{writer}").into();
            let stored = stage.read(move |sql| journal::read(sql, &run_id)).unwrap();
            let entry: u64 = stored[number].parse().unwrap();
            assert_eq!(entry, number as u64, "round {round}, writer {writer}");
        }
    }
}

/// Gives every (writer, number) that the process reported as durable.
fn write_until_killed(location: &Location, round: usize, lines_before_kill: usize) -> Vec<(usize, usize)> {
    let location = match location {
        Location::Postgres(url) => url.clone(),
        Location::Sqlite(path) => path.display().to_string(),
        Location::Memory(_) => panic!("nothing survives in memory"),
    };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::write_for_ever", "--ignored", "--nocapture"])
        .env(LOCATION, format!("{round} {location}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The pipe holds on to lines written before the kill: they were acknowledged too.
    for line in lines {
        let line = line.unwrap();
        let Some((writer, number)) = line.strip_prefix("durable ").and_then(|rest| rest.split_once(' ')) else {
            continue;
        };
        acknowledged.push((writer.parse().unwrap(), number.parse().unwrap()));
        if acknowledged.len() == lines_before_kill {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "it was killed, it did not end: {status}");
    acknowledged
}

#[test]
#[ignore = "run by the test above, as the process to kill"]
fn write_for_ever() {
    #[expect(clippy::disallowed_methods, reason = "how the test tells the process that it kills what to do")]
    let told = std::env::var(LOCATION).expect("only the test above starts this");
    let (round, location) = told.split_once(' ').unwrap();
    let database = Database::open(Options::new(location.parse().unwrap())).unwrap();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let writer = database.writer();
            let run_id = protocol::RunId::from(format!("{round}-{thread}"));
            std::thread::spawn(move || {
                for number in 0_u64.. {
                    let run_id = run_id.clone();
                    let entry: Payload = serde_json::json!(number).into();
                    let work = move |sql: &mut dyn store::Sql| journal::append(sql, &run_id, number, &[entry]);
                    block_on(writer.write(work)).unwrap();
                    // One call writes the whole line, so that lines of several threads do not mix.
                    std::io::stdout().write_all(format!("durable {thread} {number}\n").as_bytes()).unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
