//! Journals: order, and the fence against a second writer.

use protocol::Payload;
use store::{Error, journal};

use crate::stage::Stage;

fn entries(numbers: std::ops::Range<u64>) -> Vec<Payload> {
    numbers.map(|number| serde_json::json!({"number": number, "text": "a \"b\" ü"}).into()).collect()
}

pub fn entries_come_back_in_order(stage: Stage) {
    for numbers in [0..3, 3..4, 4..12] {
        let first_index = numbers.start;
        let batch = entries(numbers);
        stage.write(move |sql| journal::append(sql, &"r".into(), first_index, &batch)).unwrap();
    }
    stage.write(|sql| journal::append(sql, &"other".into(), 0, &entries(0..1))).unwrap();
    stage.write(|sql| journal::append(sql, &"r".into(), 12, &[])).unwrap();

    assert_eq!(stage.read(|sql| journal::read(sql, &"r".into())), Ok(entries(0..12)));
    assert_eq!(stage.read(|sql| journal::count(sql, &"r".into())), Ok(12));
    assert_eq!(stage.read(|sql| journal::read(sql, &"none".into())), Ok(vec![]));
    assert_eq!(stage.read(|sql| journal::count(sql, &"none".into())), Ok(0));
}

pub fn a_second_writer_is_fenced(stage: Stage) {
    stage.write(|sql| journal::append(sql, &"r".into(), 0, &entries(0..5))).unwrap();
    // The same place, a place inside, a place beyond: none fits the five entries that stand.
    for first_index in [0, 3, 6] {
        let refused = stage.write(move |sql| journal::append(sql, &"r".into(), first_index, &entries(0..2)));
        assert!(matches!(refused, Err(Error::Conflict { current: Some(5), .. })), "{first_index}: {refused:?}");
    }
    assert_eq!(stage.read(|sql| journal::read(sql, &"r".into())), Ok(entries(0..5)));
}
