//! Settings.

use protocol::Payload;
use store::settings;

use crate::stage::Stage;

pub fn settings_are_replaced(stage: Stage) {
    for (key, value) in [("b", "old"), ("a", "other"), ("b", "new")] {
        stage.write(move |sql| settings::set(sql, &key.into(), &Payload::from(value))).unwrap();
    }
    let all = stage.read(settings::list).unwrap();
    assert_eq!(all, [("a".into(), Payload::from("other")), ("b".into(), Payload::from("new"))]);
}
