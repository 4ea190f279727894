//! The catalogue of node types.
//! It is made once from the registry and knows no single node type.

use protocol::Failure;
use protocol::nodes::{ListNodeTypes, NodeCatalogue};

use super::{Ctx, Handle};

impl Handle for ListNodeTypes {
    async fn handle(self, ctx: &Ctx) -> Result<NodeCatalogue, Failure> {
        Ok(NodeCatalogue { types: ctx.workflows.registry.types() })
    }
}
