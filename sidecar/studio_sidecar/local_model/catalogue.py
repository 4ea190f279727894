"""Reads `models.toml`. Standard library only: the set-up reads it before anything is installed."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

CATALOGUE = Path(__file__).with_name("models.toml")


@dataclass(frozen=True)
class LocalModel:
    """One entry of `models.toml`; `sha256` and `size_bytes` are those of `file`."""

    id: str
    label: str
    licence: str
    file: str
    size_bytes: int
    sha256: str
    package: str
    package_version: str
    context_tokens: int
    default_max_tokens: int
    default_system: str


def local_models() -> list[LocalModel]:
    entries = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))["model"]
    return [LocalModel(**entry) for entry in entries]
