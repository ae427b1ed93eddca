#!/usr/bin/env bash
# Builds the image without a registry and without an engine, and runs it once: `npm run image`. The bases are a Debian of
# debootstrap's and this machine's Node and npm. Needs root, and Debian's buildah, debootstrap and bubblewrap.
#
#   deploy/container/build.sh [--keep]    --keep: leave the storage, for buildah push or skopeo copy
#
# HEADGATE_IMAGE_WORK is where base and storage lie (default /var/tmp/headgate-image, 2 GB); the base is made once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

die() { echo "image: $1" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "run it as root: debootstrap and mounts need it"
for tool in buildah debootstrap bwrap node npm; do
  command -v "$tool" > /dev/null || die "$tool is needed: apt-get install --no-install-recommends buildah debootstrap bubblewrap"
done
work=${HEADGATE_IMAGE_WORK:-/var/tmp/headgate-image}
version=$(node -p 'require("./package.json").version')
image="localhost/headgate:$version"
mkdir -p "$work"
storage=(--storage-driver vfs --root "$work/storage" --runroot "$work/run")
container=""
finish() {
  [ -z "$container" ] || buildah "${storage[@]}" rm "$container" > /dev/null
  [ "${1:-}" = --keep ] || rm -rf "$work/storage" "$work/run"
}
trap 'finish "$@"' EXIT

if [ ! -f "$work/base/.complete" ]; then
  rm -rf "$work/base"
  debootstrap --variant=minbase --include=libstdc++6 bookworm "$work/base" > "$work/debootstrap.log" \
    || die "debootstrap failed: $work/debootstrap.log"
  rm -rf "$work"/base/var/cache/apt/* "$work"/base/var/lib/apt/lists/* "$work"/base/usr/share/{doc,man,locale}/*
  touch "$work/base/.complete"
fi

# Prints the image that holds the base, with what the other arguments (FROM TO, in pairs) add to it.
image_of() {
  local name=$1 of
  shift
  of=$(buildah "${storage[@]}" from --quiet scratch)
  buildah "${storage[@]}" add --quiet "$of" "$work/base" / > /dev/null
  while [ $# -gt 0 ]; do
    buildah "${storage[@]}" add --quiet "$of" "$1" "$2" > /dev/null
    shift 2
  done
  buildah "${storage[@]}" config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$of"
  buildah "${storage[@]}" commit --quiet --rm "$of" "$name" > /dev/null
}
npm_folder=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
printf '#!/bin/sh\nexec /usr/local/bin/node /usr/local/lib/npm/bin/npm-cli.js "$@"\n' > "$work/npm"
printf '#!/bin/sh\nexec /usr/local/bin/node /usr/local/lib/npm/bin/npx-cli.js "$@"\n' > "$work/npx"
chmod 755 "$work/npm" "$work/npx"
image_of localhost/headgate-base
image_of localhost/headgate-node "$(readlink -f "$(node -p process.execPath)")" /usr/local/bin/node \
  "$npm_folder" /usr/local/lib/npm "$work/npm" /usr/local/bin/npm "$work/npx" /usr/local/bin/npx

# npm finds its registry as it does here: by this user's settings, and by the certificates that npm trusts here.
npmrc="$work/npmrc"
cat "$HOME/.npmrc" > "$npmrc" 2> /dev/null || true
authorities=$(npm config get cafile)
volumes=(--volume /etc/resolv.conf:/etc/resolv.conf:ro)
if [ -f "$authorities" ]; then
  volumes+=(--volume "$authorities:/etc/npm-authorities.pem:ro")
  echo "cafile=/etc/npm-authorities.pem" >> "$npmrc"
fi
buildah "${storage[@]}" bud --quiet --isolation chroot --pull-never --format docker --layers=false \
  --ignorefile .containerignore --secret "id=npmrc,src=$npmrc" "${volumes[@]}" \
  --build-arg NODE_IMAGE=localhost/headgate-node --build-arg BASE_IMAGE=localhost/headgate-base \
  --build-arg "VERSION=$version" --build-arg "REVISION=$(git rev-parse --short HEAD 2> /dev/null || echo unknown)" \
  -f deploy/container/Containerfile -t "$image" . > "$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; die "the build failed"; }

container=$(buildah "${storage[@]}" from --quiet --pull-never "$image")
root=$(buildah "${storage[@]}" mount "$container")
buildah "${storage[@]}" inspect --type image "$image" > "$work/inspect.json"
echo "$image: $(du -sm --exclude=proc "$root" | cut -f1) MB, of which Debian $(du -sm "$work/base" | cut -f1) MB"
npx tsx test/deploy/try-image.ts "$root" "$work/inspect.json"
