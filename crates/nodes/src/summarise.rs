//! Groups the items of a list by fields and computes figures for each group. Groups stand in the order in which their
//! first items arrived. Without fields to group by, the whole list is one group.

use indexmap::IndexMap;
use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::compare::{Numeric, identity};
use crate::face::{gives, takes};
use crate::list::{self, Field, Record, invalid, kind_of};
use crate::node::payload;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Figures about the items of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SummariseConfig {
    /// Items that have the same values in these fields, such as `country`, form a group. Without any, all items are one.
    #[schemars(length(max = 16))]
    pub group_by: Vec<Field>,
    /// What is computed for each group.
    #[schemars(length(min = 1, max = 64))]
    pub figures: Vec<FigureOf>,
}

/// One figure of each group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FigureOf {
    /// What is computed.
    pub figure: Figure,
    /// Name of the field that it is computed from. Empty for the items themselves.
    pub field: Field,
    /// Name of the figure in the result. Empty for a name such as `sum_price`.
    #[schemars(length(max = 200))]
    pub name: String,
}

/// What is computed. Absent and null values are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// How many there are.
    #[default]
    Count,
    /// How many different ones there are.
    CountUnique,
    /// The sum of the numbers.
    Sum,
    /// The average of the numbers. Null when there are none.
    Average,
    /// The smallest number. Null when there are none.
    Min,
    /// The greatest number. Null when there are none.
    Max,
    /// A list of all of them.
    List,
    /// The first one. Null when there is none.
    First,
    /// The last one. Null when there is none.
    Last,
}

impl Default for SummariseConfig {
    fn default() -> Self {
        Self { group_by: vec![], figures: vec![FigureOf::default()] }
    }
}

pub struct Summarise;

impl Node for Summarise {
    const KIND: &'static str = "summarise";
    type Config = SummariseConfig;

    fn face() -> Face {
        Face {
            label: "Summarise".to_owned(),
            description: "Groups a list and counts, sums or averages (summarize, aggregate, group by, pivot)."
                .to_owned(),
            group: Group::Data,
            icon: "sigma".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "List", PortType::List)],
            outputs: vec![gives("output", "Groups", PortType::List)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &SummariseConfig) -> Vec<(String, String)> {
        let mut taken: Vec<String> = config.group_by.iter().map(|field| field.last().to_owned()).collect();
        let mut problems = Vec::new();
        for (place, figure) in config.figures.iter().enumerate() {
            let name = figure.name();
            if taken.contains(&name) {
                problems.push((format!("/figures/{place}/name"), format!("the name `{name}` is taken")));
            }
            taken.push(name);
        }
        problems
    }

    async fn run(config: &SummariseConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let (config, arrived) = (config.clone(), inputs.required("input")?.clone());
        let room = context.outside.limits.max_output_bytes;
        let work = move || summarise(&config, &arrived, room);
        let groups = list::compute(context, "the figures", inputs.required("input")?.bytes(), work).await?;
        Ok(Done::one("output", groups))
    }
}

impl FigureOf {
    fn name(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let word = match self.figure {
            Figure::Count => "count",
            Figure::CountUnique => "count_unique",
            Figure::Sum => "sum",
            Figure::Average => "average",
            Figure::Min => "min",
            Figure::Max => "max",
            Figure::List => "list",
            Figure::First => "first",
            Figure::Last => "last",
        };
        if self.field.is_empty() { word.to_owned() } else { format!("{word}_{}", self.field.last()) }
    }
}

/// The items of one group, with their numbers in the list.
type Members = Vec<(usize, Value)>;

/// `room` is how many bytes the figures may have: several lists of the same items are longer than the items.
fn summarise(config: &SummariseConfig, arrived: &Payload, mut room: usize) -> Result<Payload, NodeFailure> {
    let mut groups: IndexMap<Vec<String>, Members> = IndexMap::new();
    if config.group_by.is_empty() {
        groups.insert(vec![], vec![]);
    }
    for (place, item) in list::items(arrived, "input")?.into_iter().enumerate() {
        let value = list::value(&item, place + 1)?;
        let identities = config.group_by.iter().map(|field| identity(field.find(&value))).collect();
        groups.entry(identities).or_default().push((place + 1, value));
    }
    let rows: Vec<Record> = groups.values().map(|members| row(config, members, &mut room)).collect::<Result<_, _>>()?;
    payload(&rows)
}

fn row(config: &SummariseConfig, members: &Members, room: &mut usize) -> Result<Record, NodeFailure> {
    let mut row = Record::new();
    for field in &config.group_by {
        let value = members.first().and_then(|(_, item)| field.find(item)).cloned();
        row.insert(field.last().to_owned(), value.unwrap_or_default().into());
    }
    for figure in &config.figures {
        let values = members.iter().filter_map(|(number, item)| Some((*number, figure.field.find(item)?)));
        let values: Vec<(usize, &Value)> = values.filter(|(_, value)| !value.is_null()).collect();
        let value = Payload::from(compute(figure, &values)?);
        *room = room
            .checked_sub(value.bytes())
            .ok_or_else(|| NodeFailure::new("too_large", "the figures together are longer than a step may give"))?;
        row.insert(figure.name(), value);
    }
    Ok(row)
}

fn compute(figure: &FigureOf, values: &[(usize, &Value)]) -> Result<Value, NodeFailure> {
    let numbers = || values.iter().map(|(number, value)| number_of(*number, value, &figure.field));
    let all = || numbers().collect::<Result<Vec<Numeric>, _>>();
    let shown = |number: Option<Numeric>| number.map_or(Value::Null, Numeric::to_json);
    Ok(match figure.figure {
        Figure::Count => json!(values.len()),
        Figure::CountUnique => {
            let mut identities: Vec<String> = values.iter().map(|(_, value)| identity(Some(value))).collect();
            identities.sort_unstable();
            identities.dedup();
            json!(identities.len())
        }
        Figure::Sum => all()?.into_iter().sum::<Numeric>().to_json(),
        Figure::Average if values.is_empty() => Value::Null,
        Figure::Average => json!(all()?.into_iter().sum::<Numeric>().to_f64() / values.len() as f64),
        Figure::Min => shown(all()?.into_iter().min()),
        Figure::Max => shown(all()?.into_iter().max()),
        Figure::List => values.iter().map(|(_, value)| (*value).clone()).collect(),
        Figure::First => values.first().map_or(Value::Null, |(_, value)| (*value).clone()),
        Figure::Last => values.last().map_or(Value::Null, |(_, value)| (*value).clone()),
    })
}

fn number_of(number: usize, value: &Value, field: &Field) -> Result<Numeric, NodeFailure> {
    Numeric::of(value).ok_or_else(|| {
        let kind = kind_of(&value.clone().into());
        let what = if field.is_empty() { String::new() } else { format!("`{}` of ", field.name()) };
        invalid(format!("{what}item {number} is {kind}, not a number"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Summarise;
    use crate::testing::Attempt;

    fn sales() -> Value {
        json!([
            { "land": { "code": "NO" }, "price": 10, "by": "a" }, { "land": { "code": "DE" }, "price": "2.5", "by": "b" },
            { "land": { "code": "NO" }, "price": 0.1, "by": "a" }, { "land": { "code": "NO" }, "price": 0.2, "by": null },
            { "price": null, "by": "c" },
        ])
    }

    fn run(config: Value, arrived: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<Summarise>(config).input("input", arrived);
        attempt.run_now().map(|done| done["output"].clone()).map_err(|failure| failure.message)
    }

    fn figures(names: &[&str], field: &str) -> Value {
        names.iter().map(|name| json!({ "figure": name, "field": field })).collect()
    }

    #[test]
    fn computes_figures_of_groups() {
        let config = json!({ "group_by": ["land.code"], "figures": figures(&["count", "sum", "max"], "price") });
        let expected = json!([
            { "code": "NO", "count_price": 3, "sum_price": 10.3, "max_price": 10 },
            { "code": "DE", "count_price": 1, "sum_price": 2.5, "max_price": 2.5 },
            { "code": null, "count_price": 0, "sum_price": 0, "max_price": null },
        ]);
        assert_eq!(run(config, sales()), Ok(expected));
    }

    #[test]
    fn the_whole_list_is_one_group() {
        let names = ["count", "count_unique", "list", "first", "last"];
        let expected = json!([{
            "count_by": 4, "count_unique_by": 3, "list_by": ["a", "b", "a", "c"], "first_by": "a", "last_by": "c"
        }]);
        assert_eq!(run(json!({ "figures": figures(&names, "by") }), sales()), Ok(expected));
        let numbers = json!({ "figures": figures(&["sum", "average", "min", "max"], "") });
        let whole = json!([{ "sum": 6, "average": 2.0, "min": 1, "max": 3 }]);
        assert_eq!(run(numbers.clone(), json!([3, 1, 2])), Ok(whole));
        assert_eq!(run(numbers, json!([])), Ok(json!([{ "sum": 0, "average": null, "min": null, "max": null }])));
        assert_eq!(run(json!({}), json!(["a", "b"])), Ok(json!([{ "count": 2 }])));
        assert_eq!(run(json!({ "group_by": ["a"] }), json!([])), Ok(json!([])));
    }

    #[test]
    fn whole_numbers_stay_exact() {
        let config = json!({ "figures": [{ "figure": "sum", "name": "total" }] });
        let large = 9_007_199_254_740_993_i64;
        assert_eq!(run(config, json!([large, large])), Ok(json!([{ "total": 2 * large }])));
    }

    #[test]
    fn says_what_is_no_number() {
        let config = json!({ "group_by": ["land.code"], "figures": figures(&["sum"], "by") });
        assert_eq!(run(config, sales()).unwrap_err(), "`by` of item 1 is text, not a number");
    }

    #[test]
    fn lists_of_the_same_items_are_bounded() {
        let mut outside = crate::testing::outside();
        outside.limits.max_output_bytes = 1_000;
        let lists: Vec<Value> = (0..64).map(|n| json!({ "figure": "list", "name": n.to_string() })).collect();
        let attempt = Attempt::of::<Summarise>(json!({ "figures": lists })).input("input", json!(["x".repeat(100)]));
        assert_eq!(attempt.outside(outside).run_now().unwrap_err().code, "too_large");
    }

    #[test]
    fn names_are_used_once() {
        use crate::Node;
        let config = json!({ "group_by": ["sum_price"], "figures": [{ "figure": "sum", "field": "a.price" }] });
        let problems = Summarise::check(&serde_json::from_value(config).unwrap());
        assert_eq!(problems, [("/figures/0/name".to_owned(), "the name `sum_price` is taken".to_owned())]);
    }
}
