//! Blobs: one copy, as long as somebody refers to it.

use store::{Error, blobs};

use crate::stage::Stage;

pub fn content_is_stored_once_and_goes_with_its_last_reference(stage: Stage) {
    let content: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    let address = blobs::address(&content);
    assert_eq!(blobs::address(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    for run_id in ["first", "second", "second"] {
        let (address, content) = (address.clone(), content.clone());
        stage.write(move |sql| blobs::put(sql, &run_id.into(), &address, &content)).unwrap();
    }
    let kept = address.clone();
    assert_eq!(stage.read(move |sql| blobs::get(sql, &kept)), Ok(content));

    assert_eq!(stage.write(|sql| blobs::release(sql, &"first".into())), Ok(0));
    let kept = address.clone();
    assert!(stage.read(move |sql| blobs::get(sql, &kept)).is_ok());
    assert_eq!(stage.write(|sql| blobs::release(sql, &"second".into())), Ok(1));
    assert_eq!(stage.read(move |sql| blobs::get(sql, &address)), Err(Error::NotFound));
}
