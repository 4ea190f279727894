# shellcheck shell=bash
# Sourced by the image scripts: a private container store below $image_work and settings that also hold where raising limits
# is not permitted and control groups are mixed (plain Debian in a virtual machine). Does not touch the machine's own containers.

image_work="${IMAGE_WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/ai-studio/image}"
mkdir -p "$image_work"

cat >"$image_work/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=1024:20000", "nproc=10000:10000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
CONF

cat >"$image_work/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$image_work/storage"
runroot = "$image_work/run"
CONF

export CONTAINERS_CONF="$image_work/containers.conf"
export CONTAINERS_STORAGE_CONF="$image_work/storage.conf"
export BUILDAH_FORMAT=docker # the other format has no place for HEALTHCHECK
