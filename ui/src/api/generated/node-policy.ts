// Generated from schema.json by scripts/generate.mjs. Do not edit.

import type { Json } from "./types";

export const nodePolicySchema: Json = {
  "$defs": {
    "Json": {
      "description": "Any JSON value."
    },
    "OnError": {
      "oneOf": [
        {
          "additionalProperties": false,
          "description": "The run fails.",
          "properties": {
            "action": {
              "const": "fail",
              "type": "string"
            }
          },
          "required": [
            "action"
          ],
          "type": "object"
        },
        {
          "additionalProperties": false,
          "description": "The failure leaves through the port `error`, and the run goes on there.",
          "properties": {
            "action": {
              "const": "error_port",
              "type": "string"
            }
          },
          "required": [
            "action"
          ],
          "type": "object"
        },
        {
          "additionalProperties": false,
          "description": "This value leaves through the node's first port instead.",
          "properties": {
            "action": {
              "const": "fallback",
              "type": "string"
            },
            "value": {
              "$ref": "#/$defs/Json"
            }
          },
          "required": [
            "action",
            "value"
          ],
          "type": "object"
        },
        {
          "additionalProperties": false,
          "description": "The node counts as skipped.",
          "properties": {
            "action": {
              "const": "skip",
              "type": "string"
            }
          },
          "required": [
            "action"
          ],
          "type": "object"
        }
      ]
    },
    "ReplayClass": {
      "description": "What may happen to a step whose outcome is unknown after a crash, from the loosest to the strictest.",
      "oneOf": [
        {
          "const": "pure",
          "description": "The step has no effect outside, so it runs again.",
          "title": "Run again: it only computes",
          "type": "string"
        },
        {
          "const": "idempotent",
          "description": "Doing it twice has the same effect as doing it once, so it runs again.",
          "title": "Run again: twice does no harm",
          "type": "string"
        },
        {
          "const": "at_least_once",
          "description": "The step runs again under the same key, by which the other side can tell that it is a repetition.",
          "title": "Run again with the same key",
          "type": "string"
        },
        {
          "const": "at_most_once",
          "description": "The step is not repeated: the run waits for a person to decide.",
          "title": "Wait for a person",
          "type": "string"
        }
      ]
    },
    "RetryOn": {
      "oneOf": [
        {
          "const": "transient",
          "description": "Failures that may pass by themselves: timeouts, refused connections, rate limits, server errors.",
          "type": "string"
        },
        {
          "const": "any",
          "description": "Every failure.",
          "type": "string"
        }
      ]
    },
    "RetryPolicy": {
      "additionalProperties": false,
      "description": "When and how often a failed attempt is repeated.",
      "properties": {
        "backoff_ms": {
          "default": 1000,
          "description": "Pause before the second attempt in milliseconds; doubled before each later one, plus up to a quarter of jitter.",
          "format": "uint64",
          "minimum": 0,
          "type": "integer"
        },
        "max_attempts": {
          "description": "All attempts together, the first included.",
          "format": "uint32",
          "minimum": 0,
          "type": "integer"
        },
        "max_backoff_ms": {
          "default": 60000,
          "description": "Longest pause in milliseconds.",
          "format": "uint64",
          "minimum": 0,
          "type": "integer"
        },
        "on": {
          "$ref": "#/$defs/RetryOn",
          "default": "transient"
        }
      },
      "required": [
        "max_attempts"
      ],
      "type": "object"
    }
  },
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "additionalProperties": false,
  "description": "What happens around a node: time limit, repetition, failure.",
  "properties": {
    "on_error": {
      "$ref": "#/$defs/OnError",
      "default": {
        "action": "fail"
      },
      "description": "What a failure that no retry healed does to the run."
    },
    "replay": {
      "anyOf": [
        {
          "$ref": "#/$defs/ReplayClass"
        },
        {
          "type": "null"
        }
      ],
      "description": "What happens when the server stops while this step is under way, so that nobody can tell whether it took effect.\nOnly more careful than the node type asks for by itself.",
      "title": "If the server stops in between"
    },
    "retry": {
      "anyOf": [
        {
          "$ref": "#/$defs/RetryPolicy"
        },
        {
          "type": "null"
        }
      ]
    },
    "timeout_ms": {
      "description": "Time limit of one attempt in milliseconds. Empty: the server's limit.",
      "format": "uint64",
      "minimum": 0,
      "type": [
        "integer",
        "null"
      ]
    }
  },
  "title": "NodePolicy",
  "type": "object"
};
