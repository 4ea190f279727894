"""Small workflows as files: chains of nodes, each with one port in and one out."""

from itertools import pairwise


def workflow(name, steps):
    """`steps` are node id, kind, config, port in, port out."""
    edges = [
        {"source": one, "source_port": leaves, "target": other, "target_port": arrives}
        for (one, _, _, _, leaves), (other, _, _, arrives, _) in pairwise(steps)
    ]
    nodes = [{"id": step, "kind": kind, "config": config} for step, kind, config, _, _ in steps]
    layout = {step: {"x": 300 * place, "y": 0} for place, (step, *_) in enumerate(steps)}
    return {"format": "ai-studio/1", "name": name, "nodes": nodes, "edges": edges, "layout": layout}


def greeting(name="Greeting"):
    say = {"mode": {"type": "template", "template": "Hello, {{ input }}!", "parse_as_json": False}}
    return workflow(
        name,
        [
            ("name", "input", {"name": "name", "value_type": "text"}, None, "value"),
            ("say", "transform", say, "input", "output"),
            ("greeting", "output", {"name": "greeting"}, "value", None),
        ],
    )


def pause(seconds):
    until = {"until": {"type": "duration", "amount": seconds, "unit": "seconds"}}
    return workflow(
        f"Pause of {seconds} s",
        [
            ("begin", "input", {"name": "word", "value_type": "text", "default": "rested"}, None, "value"),
            ("rest", "wait", until, "input", "output"),
            ("end", "output", {"name": "end"}, "value", None),
        ],
    )
