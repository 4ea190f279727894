//! Settings that people change while the server runs.
//! Start-up options live in the configuration file instead.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Payload, SettingKey};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    pub key: SettingKey,
    pub description: String,
    /// JSON Schema that `value` fits.
    pub schema: Payload,
    /// The value in force: the stored one, else the default.
    pub value: Payload,
    pub default: Payload,
}

/// `settings.get`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetSetting {
    pub key: SettingKey,
}

/// `settings.list`
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSettings {}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SettingList {
    pub settings: Vec<Setting>,
}

/// `settings.set`: a value that does not fit the schema is refused.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSetting {
    pub key: SettingKey,
    pub value: Payload,
}
