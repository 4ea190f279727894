//! Short ways to write ports down in a face. Labels are what people read on the canvas, names are what files and
//! expressions hold.

use protocol::nodes::{InputPort, OutputPort, PortType};

/// An input port for one edge; the node is skipped when only dead edges lead here.
pub fn takes(name: &str, label: &str, value_type: PortType) -> InputPort {
    InputPort { name: name.to_owned(), label: label.to_owned(), value_type, required: true, many: false }
}

/// An input port for any number of edges.
pub fn takes_many(name: &str, label: &str, value_type: PortType) -> InputPort {
    InputPort { many: true, ..takes(name, label, value_type) }
}

pub fn gives(name: &str, label: &str, value_type: PortType) -> OutputPort {
    OutputPort::Fixed { name: name.to_owned(), label: label.to_owned(), value_type }
}
