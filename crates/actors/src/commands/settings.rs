//! Settings: read, list, set.
//! Which settings there are, and what they accept, the settings themselves say.

use protocol::settings::{GetSetting, ListSettings, SetSetting, Setting, SettingList};
use protocol::{Event, Failure, Topic};

use super::{Ctx, Handle};
use crate::actors::events::Draft;
use crate::clock::now_ms;

impl Handle for GetSetting {
    async fn handle(self, ctx: &Ctx) -> Result<Setting, Failure> {
        ctx.settings.get(&self.key)
    }
}

impl Handle for ListSettings {
    async fn handle(self, ctx: &Ctx) -> Result<SettingList, Failure> {
        Ok(SettingList { settings: ctx.settings.list() })
    }
}

impl Handle for SetSetting {
    async fn handle(self, ctx: &Ctx) -> Result<Setting, Failure> {
        let Self { key, value } = self;
        ctx.settings.check(&key, &value)?;
        let topics: &[Topic] = &[Topic::Settings];
        let event = Event::SettingChanged { key: key.clone() };
        let draft = Draft { at_ms: now_ms(), topics, run_id: None, workflow_id: None, event };
        let (stored_key, stored_value) = (key.clone(), value.clone());
        ctx.events.change(vec![draft], move |sql| store::settings::set(sql, &stored_key, &stored_value)).await?;
        ctx.settings.put(key.clone(), value);
        ctx.settings.get(&key)
    }
}
