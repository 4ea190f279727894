//! What a person decided about items in quarantine, as inputs of the run.
//! Refuses what is no longer there, so that nobody decides about something he does not see.

use std::collections::BTreeMap;

use engine::Input;
use engine::run::RunState as Machine;
use protocol::runs::DecideItems;
use protocol::{Code, Failure, ItemPath};

pub fn inputs(machine: &Machine, decide: &DecideItems, at_ms: i64) -> Result<Vec<Input>, Failure> {
    let DecideItems { node_id, items, decision, .. } = decide;
    let held: Vec<ItemPath> =
        machine.quarantine().into_iter().filter(|held| held.node_id == *node_id).map(|held| held.item).collect();
    if let Some(missing) = items.iter().find(|item| !held.contains(item)) {
        let message = format!("item {missing} of `{node_id}` is not in quarantine");
        return Err(Failure::new(Code::Conflict, message));
    }
    if held.is_empty() {
        return Err(Failure::new(Code::Conflict, format!("`{node_id}` has no items in quarantine")));
    }
    // One input for each pass of the region.
    let mut passes: BTreeMap<ItemPath, Vec<u32>> = BTreeMap::new();
    for item in if items.is_empty() { &held } else { items } {
        let (outer, place) = item.as_str().rsplit_once('.').unwrap_or(("", item.as_str()));
        let place = place.parse().expect("the engine's own path ends in a number");
        passes.entry(ItemPath::from(outer)).or_default().push(place);
    }
    let input =
        |(item, places)| Input::ItemsDecided { at_ms, node: node_id.clone(), item, places, decision: *decision };
    Ok(passes.into_iter().map(input).collect())
}
