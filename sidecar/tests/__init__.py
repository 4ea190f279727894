"""Tests of the sidecar at its boundary: a process, its streams, and HTTP."""
