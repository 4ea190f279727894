//! The settings that exist, their schemas and defaults, and the values in force.
//! Start-up options are not among them: those are `config`.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use protocol::settings::Setting;
use protocol::{Code, Failure, Payload, SettingKey};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::sidecar::client::ProviderAccess;

struct Known {
    key: &'static str,
    description: &'static str,
    schema: fn() -> Value,
    default: fn() -> Value,
}

/// Every setting. A new one is an entry here and its reader below.
const KNOWN: &[Known] = &[
    Known {
        key: "models.provider",
        description: "The model provider of nodes that name none.",
        schema: || json!({ "type": "string", "enum": ["builtin", "openai_compatible"] }),
        default: || json!(BUILTIN_PROVIDER),
    },
    Known {
        key: "models.model",
        description: "The model of nodes that name neither a model nor another provider.",
        schema: || json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
        default: || json!(BUILTIN_MODEL),
    },
    Known {
        key: "models.base_url",
        description: "Address of the OpenAI-compatible provider, such as `https://api.example.com/v1`.",
        schema: || json!({ "type": "string", "maxLength": 2000, "pattern": "^(https?://.*)?$" }),
        default: || json!(""),
    },
];

/// The provider that comes with the sidecar, and its only model.
pub const BUILTIN_PROVIDER: &str = "builtin";
pub const BUILTIN_MODEL: &str = "smollm2-135m-instruct";

#[derive(Clone)]
pub struct Settings {
    stored: Arc<RwLock<BTreeMap<SettingKey, Payload>>>,
    access: Arc<watch::Sender<ProviderAccess>>,
}

impl Settings {
    /// `api_key` comes from the start-up configuration: settings hold no secrets.
    pub fn new(api_key: Option<String>) -> Self {
        let access = ProviderAccess { api_key, ..ProviderAccess::default() };
        let settings = Self { stored: Arc::default(), access: Arc::new(watch::Sender::new(access)) };
        settings.publish();
        settings
    }

    pub fn load(&self, stored: Vec<(SettingKey, Payload)>) {
        *self.stored.write().unwrap_or_else(PoisonError::into_inner) = stored.into_iter().collect();
        self.publish();
    }

    pub fn put(&self, key: SettingKey, value: Payload) {
        self.stored.write().unwrap_or_else(PoisonError::into_inner).insert(key, value);
        self.publish();
    }

    pub fn access(&self) -> watch::Receiver<ProviderAccess> {
        self.access.subscribe()
    }

    pub fn list(&self) -> Vec<Setting> {
        KNOWN.iter().map(|known| self.setting(known)).collect()
    }

    pub fn get(&self, key: &SettingKey) -> Result<Setting, Failure> {
        find(key).map(|known| self.setting(known))
    }

    /// Whether `value` may be stored under `key`.
    pub fn check(&self, key: &SettingKey, value: &Payload) -> Result<(), Failure> {
        let known = find(key)?;
        let instance: Value = value
            .parse()
            .map_err(|error| Failure::new(Code::InvalidRequest, format!("the value cannot be read: {error}")))?;
        jsonschema::validate(&(known.schema)(), &instance)
            .map_err(|error| Failure::new(Code::InvalidRequest, format!("`{key}` cannot be set: {error}")))
    }

    fn setting(&self, known: &Known) -> Setting {
        let stored = self.stored.read().unwrap_or_else(PoisonError::into_inner);
        let default = Payload::from((known.default)());
        Setting {
            key: known.key.into(),
            description: known.description.to_owned(),
            schema: (known.schema)().into(),
            value: stored.get(known.key).cloned().unwrap_or_else(|| default.clone()),
            default,
        }
    }

    fn publish(&self) {
        let text = |key: &str| -> String {
            let setting = self.get(&key.into());
            let value = setting.ok().and_then(|setting| setting.value.parse::<String>().ok());
            // Values were checked against their schema when they were stored.
            value.unwrap_or_default()
        };
        let base_url = Some(text("models.base_url")).filter(|url| !url.is_empty());
        let (provider, model) = (text("models.provider"), text("models.model"));
        self.access.send_modify(|access| {
            access.provider = provider;
            access.model = model;
            access.base_url = base_url;
        });
    }
}

fn find(key: &SettingKey) -> Result<&'static Known, Failure> {
    KNOWN.iter().find(|known| known.key == key.as_str()).ok_or_else(|| {
        let keys: Vec<&str> = KNOWN.iter().map(|known| known.key).collect();
        Failure::new(Code::NotFound, format!("there is no setting `{key}`; there are: {}", keys.join(", ")))
    })
}
