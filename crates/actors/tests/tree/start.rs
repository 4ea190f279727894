//! What a start that fails says.

use actors::Studio;

use crate::house::House;

#[tokio::test]
async fn a_second_server_on_the_same_data_is_told_why() {
    let house = House::new().await;
    let refused = Studio::start(&house.config).await.err().expect("the first one holds the database").message;
    assert!(refused.starts_with("the server cannot start: cannot use the database: "), "{refused}");
    assert!(refused.ends_with("is open in another process"), "{refused}");
}
