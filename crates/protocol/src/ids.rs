//! Identifiers: one newtype each, cheap to clone, plain text on the wire.
//! New ids are made where randomness lives (`actors`), never here.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )+};
}

ids! {
    /// A workflow. A time-ordered UUID, so newer ones sort later.
    WorkflowId,
    /// One execution of a workflow. A time-ordered UUID.
    RunId,
    /// A node inside one workflow: letters, digits, `_` and `-`, chosen by its author.
    NodeId,
    /// A port of a node: `input`, `response`, a router branch.
    PortName,
    /// Which pass through the regions around a node: the places of the items (or turns) from 0, outermost first, joined by
    /// dots. Empty outside of regions.
    ItemPath,
    /// The name of a setting, as listed by `settings.list`.
    SettingKey,
}

impl ItemPath {
    /// Outside of all regions.
    pub fn top() -> Self {
        Self::from("")
    }

    pub fn is_top(&self) -> bool {
        self.as_str().is_empty()
    }
}

impl Default for ItemPath {
    fn default() -> Self {
        Self::top()
    }
}
