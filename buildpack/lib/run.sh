# Read by the programs in bin: runs the one of that name with Node, which detection is written for.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# run_node <exit code without Node> <program> <argument>…
run_node() {
  without=$1
  shift
  if ! node=$(command -v "${LEASH_NODE:-node}"); then
    echo "leash: there is no node in the image that builds, so nobody looks whether the app uses a database." >&2
    echo "leash: use a builder that has Node 18 or newer, or name it in LEASH_NODE." >&2
    exit "$without"
  fi
  exec "$node" "$root/lib/main.js" "$@"
}
