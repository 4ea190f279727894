use serde_json::{Value, json};

use super::Filter;
use crate::testing::Attempt;

fn people() -> Value {
    json!([
        { "name": "Ada", "age": 36, "city": "London", "tags": ["maths", "poetry"], "since": "1833-06-05", "member": true },
        { "name": "grace", "age": "85", "city": "New York", "tags": [], "since": "1944-07-02", "member": "False" },
        { "name": "Zoë", "age": 9.5, "city": null, "address": { "city": "Köln" } },
    ])
}

/// The names of those kept.
fn kept(condition: Value) -> Result<String, String> {
    let attempt = Attempt::of::<Filter>(json!({ "condition": condition })).input("input", people());
    let done = attempt.run_input("city", json!("London")).run_now().map_err(|failure| failure.message)?;
    let (kept, dropped) = (done["kept"].as_array().unwrap(), done["dropped"].as_array().unwrap());
    assert_eq!(kept.len() + dropped.len(), 3);
    let names: Vec<&str> = kept.iter().map(|item| item["name"].as_str().unwrap()).collect();
    Ok(names.join(" "))
}

fn rule(field: &str, test: Value) -> Value {
    json!({ "type": "rules", "rules": [{ "field": field, "test": test }] })
}

#[test]
fn rules_compare_fields() {
    let value = |name: &str, value: &str| json!({ "type": name, "value": value });
    let cases = [
        ("name", value("equals", "ada"), "Ada"),
        ("name", value("not_equals", "ADA"), "grace Zoë"),
        ("age", value("equals", "36.0"), "Ada"),
        ("age", value("greater_than", "9"), "Ada grace Zoë"),
        ("age", value("at_least", "36"), "Ada grace"),
        ("age", value("less_than", "36"), "Zoë"),
        ("age", value("at_most", "9.5"), "Zoë"),
        ("age", value("greater_than", "old"), ""),
        ("since", value("greater_than", "1900-01-01"), "grace"),
        ("tags", value("contains", "Poetry"), "Ada"),
        ("tags", value("not_contains", "poet"), "Ada grace Zoë"),
        ("city", value("contains", "o"), "Ada grace"),
        ("address.city", value("equals", "köln"), "Zoë"),
        ("city", value("starts_with", "new"), "grace"),
        ("city", value("ends_with", "DON"), "Ada"),
        ("city", value("equals", "{{ inputs.city }}"), "Ada"),
        ("since", value("starts_with", "{{ item.age | int + 1797 }}"), "Ada"),
        ("name", json!({ "type": "matches", "pattern": "^[A-Z]" }), "Ada Zoë"),
        ("city", json!({ "type": "is_empty" }), "Zoë"),
        ("tags", json!({ "type": "is_not_empty" }), "Ada"),
        ("member", json!({ "type": "is_true" }), "Ada"),
        ("member", json!({ "type": "is_false" }), "grace"),
    ];
    for (field, test, expected) in cases {
        assert_eq!(kept(rule(field, test.clone())).unwrap(), expected, "{field} {test}");
    }
}

#[test]
fn rules_combine_by_and_and_or() {
    let rules = json!([
        { "field": "name", "test": { "type": "equals", "value": "Ada" } },
        { "field": "age", "test": { "type": "less_than", "value": "10" } },
    ]);
    assert_eq!(kept(json!({ "type": "rules", "rules": rules, "combine": "any" })).unwrap(), "Ada Zoë");
    assert_eq!(kept(json!({ "type": "rules", "rules": rules, "combine": "all" })).unwrap(), "");
    assert_eq!(kept(json!({ "type": "rules", "rules": [], "combine": "any" })).unwrap(), "Ada grace Zoë");
    let sensitive = json!([{ "field": "name", "test": { "type": "equals", "value": "ada" } }]);
    assert_eq!(kept(json!({ "type": "rules", "rules": sensitive, "case_sensitive": true })).unwrap(), "");
}

#[test]
fn an_expression_sees_the_item() {
    let expression = |template: &str| json!({ "type": "expression", "template": template });
    assert_eq!(kept(expression("{{ item.age is number and item.age > 10 }}")).unwrap(), "Ada");
    assert_eq!(kept(expression("{% if item.name | length == 5 %}x{% endif %}")).unwrap(), "grace");
    let told = kept(expression("{{ item.tags | length }}")).unwrap_err();
    assert_eq!(
        told,
        "cannot fill in `template` for item 3: `item.tags` is undefined in line 1; `item` has: address, age, city, name"
    );
}

#[test]
fn plain_items_and_the_empty_list_are_lists_too() {
    let run = |arrived: Value| {
        let test = json!({ "type": "greater_than", "value": "1" });
        let attempt = Attempt::of::<Filter>(json!({ "condition": rule("", test) })).input("input", arrived);
        attempt.run_now().map(|done| json!(done)).map_err(|failure| (failure.code, failure.message))
    };
    assert_eq!(run(json!([1, 2, "3", null])), Ok(json!({ "kept": [2, "3"], "dropped": [1, null] })));
    assert_eq!(run(json!([])), Ok(json!({ "kept": [], "dropped": [] })));
    let told = "what arrived at port `input` is an object, not a list".to_owned();
    assert_eq!(run(json!({ "a": [] })), Err(("invalid_input".to_owned(), told)));
}

#[test]
fn items_stay_as_they_are_written() {
    let text = r#"[{"z":1.50,"a":12345678901234567890123}]"#;
    let arrived = protocol::Payload::from_json(text.to_owned()).unwrap();
    let attempt = Attempt::of::<Filter>(json!({})).input("input", arrived);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match runtime.block_on(attempt.run()).unwrap() {
        crate::Done::Outputs { outputs, .. } => assert_eq!(outputs["kept"].json(), text),
        crate::Done::Wait { .. } => panic!("a filter does not wait"),
    }
}

/// Two thousand steps for each of ten thousand items.
#[tokio::test]
async fn a_condition_made_to_take_for_ever_ends_at_the_deadline() {
    use crate::outside::Compute;
    use std::time::Duration;
    let mut outside = crate::testing::outside();
    outside.compute = Compute::new(1, Duration::from_millis(100), Duration::from_millis(100));
    let template = "{% for i in range(100000) %}{% endfor %}x";
    let attempt = Attempt::of::<Filter>(json!({ "condition": { "type": "expression", "template": template } }));
    let attempt = attempt.input("input", json!(vec![1; 10_000])).outside(outside);
    assert_eq!(attempt.run().await.unwrap_err().code, "time_limit");
}
