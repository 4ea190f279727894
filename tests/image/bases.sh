#!/usr/bin/env bash
# Makes stand-ins for the base images that the Dockerfile names, from Debian's packages and this machine's toolchains, for places
# without an image registry. With them a build proves the Dockerfile's stages, copies, user, health check and start;
# it does not prove the contents of the real bases. Existing ones are kept.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tests/image/engine.sh
source "$here/engine.sh"
dockerfile="$here/../../Dockerfile"

base_name() { sed -n "s/^ARG $1=//p" "$dockerfile"; }

# Debian's root file system with the given packages, as a container that is not committed yet.
start_from_debian() {
    local packages=$1 archive
    archive="$(mktemp "$image_work/debian.XXXXXX.tar")"
    mmdebstrap --quiet --variant=minbase --include="ca-certificates,$packages" bookworm "$archive"
    container="$(buildah from scratch)"
    mount="$(buildah mount "$container")"
    tar -C "$mount" -xf "$archive"
    rm "$archive"
    trust_as_this_machine
}

# Builds reach the package registries by the same certificates as this machine.
trust_as_this_machine() {
    local bundle=/etc/ssl/certs/ca-certificates.crt
    cp "$bundle" "$mount$bundle"
    printf '[global]\ncert = %s\n' "$bundle" >"$mount/etc/pip.conf"
    mkdir -p "$mount/usr/local/etc" "$mount/usr/etc" "$mount/etc"
    printf 'cafile=%s\n' "$bundle" | tee "$mount/usr/etc/npmrc" >"$mount/etc/npmrc"
    buildah config --env SSL_CERT_FILE="$bundle" --env NODE_EXTRA_CA_CERTS="$bundle" "$container" >/dev/null
}

commit_as() {
    buildah umount "$container" >/dev/null
    buildah commit --quiet "$container" "docker.io/library/$1" >/dev/null
    buildah rm "$container" >/dev/null
    printf 'made stand-in %s (%s)\n' "$1" "$(podman image inspect --format '{{.Size}}' "docker.io/library/$1" | numfmt --to=si)"
}

missing() { ! buildah inspect --type image "docker.io/library/$1" >/dev/null 2>&1; }

rust_base="$(base_name RUST_IMAGE)"
node_base="$(base_name NODE_IMAGE)"
python_base="$(base_name PYTHON_IMAGE)"

if missing "$python_base"; then
    start_from_debian python3,python3-venv,python3-pip
    buildah config --cmd python3 "$container"
    commit_as "$python_base"
fi

if missing "$node_base"; then
    start_from_debian libstdc++6
    cp "$(readlink -f "$(command -v node)")" "$mount/usr/bin/node"
    mkdir -p "$mount/usr/lib/node_modules"
    cp -r "$(npm root --global 2>/dev/null)/npm" "$mount/usr/lib/node_modules/npm"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$mount/usr/bin/npm"
    commit_as "$node_base"
fi

if missing "$rust_base"; then
    start_from_debian gcc,libc6-dev
    sysroot="$(rustc --print sysroot)"
    toolchain="$mount/usr/local/rust"
    mkdir -p "$toolchain/bin" "$toolchain/lib/rustlib"
    cp "$sysroot/bin/cargo" "$sysroot/bin/rustc" "$toolchain/bin/"
    cp -a "$sysroot"/lib/*.so* "$toolchain/lib/"
    cp -a "$sysroot/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')" "$toolchain/lib/rustlib/"
    buildah config --env PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container" >/dev/null
    commit_as "$rust_base"
fi
