//! Takes values out of a web page by CSS selectors. Scripts are not run: what a browser would add later is not there.
//! Always on a compute thread, since pages and selectors can be made to take long.

use std::borrow::Cow;

use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use scraper::{ElementRef, Html, Selector};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::face::{gives, takes};
use crate::list::{self, Record, invalid, kind_of};
use crate::node::{parse, payload};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Values from a web page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HtmlExtractConfig {
    /// The values to take. The result is an object with a field for each.
    #[schemars(length(min = 1, max = 100))]
    pub values: Vec<Extraction>,
}

/// One value of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extraction {
    /// Name of the value in the result.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Which elements, as a CSS selector such as `h1`, `.price` or `table#prices tr > td:first-child`.
    pub selector: CssSelector,
    /// What is taken of an element.
    #[serde(default)]
    pub take: Take,
    /// Whether a list of all elements is taken, rather than the first one alone. Without any, the list is empty and the
    /// first one null.
    #[serde(default)]
    pub all: bool,
}

/// What is taken of an element.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Take {
    /// Its text, with each stretch of spaces and line breaks as one space.
    #[default]
    #[schemars(title = "Text")]
    Text,
    /// One of its attributes. Null where it has none.
    #[schemars(title = "Attribute")]
    Attribute {
        /// Name of the attribute, such as `href`.
        #[schemars(length(min = 1, max = 200))]
        name: String,
    },
    /// The HTML inside it.
    #[schemars(title = "HTML inside")]
    InnerHtml,
    /// Its HTML, itself included.
    #[schemars(title = "HTML")]
    OuterHtml,
}

/// A CSS selector, read once with the config.
#[derive(Clone, Debug)]
pub struct CssSelector {
    text: String,
    selector: Selector,
}

impl CssSelector {
    fn parse(text: &str) -> Result<Self, String> {
        let selector = Selector::parse(text).map_err(|error| format!("`{text}` is not a CSS selector: {error}"))?;
        Ok(Self { text: text.to_owned(), selector })
    }
}

impl PartialEq for CssSelector {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Serialize for CssSelector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for CssSelector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Cow::<str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for CssSelector {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CssSelector".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 1000 })
    }
}

impl Default for HtmlExtractConfig {
    fn default() -> Self {
        let selector = CssSelector::parse("title").expect("it is a selector");
        Self { values: vec![Extraction { name: "title".to_owned(), selector, take: Take::Text, all: false }] }
    }
}

pub struct HtmlExtract;

impl Node for HtmlExtract {
    const KIND: &'static str = "html_extract";
    type Config = HtmlExtractConfig;

    fn face() -> Face {
        Face {
            label: "HTML extract".to_owned(),
            description: "Takes text, links and other values out of a web page by CSS selectors (scrape).".to_owned(),
            group: Group::Data,
            icon: "code-xml".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "HTML", PortType::Text)],
            outputs: vec![gives("output", "Values", PortType::Json)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &HtmlExtractConfig) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (place, value) in config.values.iter().enumerate() {
            if config.values[..place].iter().any(|earlier| earlier.name == value.name) {
                problems.push((format!("/values/{place}/name"), format!("the name `{}` is taken", value.name)));
            }
        }
        problems
    }

    async fn run(config: &HtmlExtractConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let (values, arrived) = (config.values.clone(), inputs.required("input")?.clone());
        if !arrived.json().starts_with('"') {
            return Err(invalid(format!("what arrived at port `input` is {}, not text", kind_of(&arrived))));
        }
        let room = context.outside.limits.max_output_bytes;
        let found = list::compute(context, "the selectors", usize::MAX, move || {
            let text: String = parse(&arrived, "input")?;
            let page = Html::parse_document(&text);
            let mut reading = Reading { room };
            let found = values.iter().map(|value| Ok((value.name.clone(), reading.extract(&page, value)?.into())));
            payload(&found.collect::<Result<Record, NodeFailure>>()?)
        });
        Ok(Done::one("output", found.await?))
    }
}

struct Reading {
    /// How many bytes may still be taken: elements within elements can be taken many times over.
    room: usize,
}

impl Reading {
    fn extract(&mut self, page: &Html, value: &Extraction) -> Result<Value, NodeFailure> {
        let mut elements = page.select(&value.selector.selector);
        if value.all {
            return elements.map(|element| self.take(element, &value.take)).collect();
        }
        elements.next().map_or(Ok(Value::Null), |element| self.take(element, &value.take))
    }

    fn take(&mut self, element: ElementRef<'_>, take: &Take) -> Result<Value, NodeFailure> {
        let taken = match take {
            Take::Text => Some(text_of(element)),
            Take::Attribute { name } => element.value().attr(&name.to_ascii_lowercase()).map(str::to_owned),
            Take::InnerHtml => Some(element.inner_html()),
            Take::OuterHtml => Some(element.html()),
        };
        let bytes = taken.as_ref().map_or(4, String::len);
        self.room = self.room.checked_sub(bytes).ok_or_else(|| {
            NodeFailure::new("too_large", "the selected elements together are longer than a step may give")
        })?;
        Ok(taken.map_or(Value::Null, Value::String))
    }
}

fn text_of(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    let mut is_apart = false;
    for letter in element.text().flat_map(str::chars) {
        if letter.is_whitespace() {
            is_apart = !text.is_empty();
            continue;
        }
        if is_apart {
            text.push(' ');
            is_apart = false;
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::HtmlExtract;
    use crate::testing::Attempt;

    const PAGE: &str = r#"<!doctype html><title> Prices
        &amp; more </title><body><h1>Pri<b>c</b>es</h1>
        <ul id=list><li class="item new"><a HREF="/pen">Pen</a> <i>2 €</i><li class=item><a>Ink</a></ul>
        <script>document.write("no")</script><p>"#;

    fn run(values: Value, arrived: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<HtmlExtract>(json!({ "values": values })).input("input", arrived);
        attempt.run_now().map(|done| done["output"].clone()).map_err(|failure| failure.message)
    }

    fn value(selector: &str, take: Value, all: bool) -> Value {
        json!([{ "name": "it", "selector": selector, "take": take, "all": all }])
    }

    #[test]
    fn takes_values_by_selector() {
        let text = || json!({ "type": "text" });
        let attribute = |name: &str| json!({ "type": "attribute", "name": name });
        let cases = [
            (value("title", text(), false), json!("Prices & more")),
            (value("h1", text(), false), json!("Prices")),
            (value("#list > .item", text(), true), json!(["Pen 2 €", "Ink"])),
            (value("li:not(.new) a, li.new i", text(), true), json!(["2 €", "Ink"])),
            (value("a", attribute("HRef"), true), json!(["/pen", null])),
            (value("h1", json!({ "type": "inner_html" }), false), json!("Pri<b>c</b>es")),
            (value("i", json!({ "type": "outer_html" }), true), json!(["<i>2 €</i>"])),
            (value("table", text(), false), json!(null)),
            (value("table", text(), true), json!([])),
            (value("p", text(), false), json!("")),
        ];
        for (values, expected) in cases {
            assert_eq!(run(values.clone(), json!(PAGE)), Ok(json!({ "it": expected })), "{values}");
        }
        assert_eq!(run(value("a", text(), false), json!("")), Ok(json!({ "it": null })));
    }

    #[test]
    fn refuses_what_is_no_page_or_no_selector() {
        use crate::{Registry, registry::Entry};
        use engine::graph::Faces;
        let told = run(value("a", json!({ "type": "text" }), false), json!({ "html": "" })).unwrap_err();
        assert_eq!(told, "what arrived at port `input` is an object, not text");
        let registry = Registry::of(vec![Entry::of::<HtmlExtract>()]);
        let config = json!({ "values": [{ "name": "a", "selector": "a[" }] });
        let problems = registry.check_config("html_extract", &config.into());
        assert!(
            problems[0].0.starts_with("/values/0") && problems[0].1.contains("`a[` is not a CSS selector"),
            "{problems:?}"
        );
        let twice = json!({ "values": [{ "name": "a", "selector": "a" }, { "name": "a", "selector": "b" }] });
        assert_eq!(registry.check_config("html_extract", &twice.into())[0].0, "/values/1/name");
    }

    #[test]
    fn a_page_of_nested_elements_neither_breaks_the_process_nor_fills_its_memory() {
        let nested = "<div>".repeat(2_000) + "x";
        assert_eq!(run(value("body", json!({ "type": "text" }), false), json!(nested)), Ok(json!({ "it": "x" })));
        let told = run(value("div", json!({ "type": "outer_html" }), true), json!(nested)).unwrap_err();
        assert!(told.contains("longer than") || told.contains("took longer"), "{told}");
    }
}
