#!/bin/sh
# Starts PostgreSQL on its volume; makes the data folder on an empty one. What it needs is put there by LeashPostgres:
# /etc/leash/{postgresql.conf,pg_hba.conf,administrator-password}.
set -eu
umask 077

given=/etc/leash
volume=/var/lib/postgresql
data=$volume/cluster
administrator=leash_admin

fail() {
  echo "leash-postgres: $*" >&2
  exit 1
}

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/postgres" ] || fail "there is no PostgreSQL in /usr/lib/postgresql; build the image on a base that has one."
major=$(basename "$(dirname "$bin")")

if [ "${1-}" = healthy ]; then
  exec "$bin/pg_isready" --quiet --host="${LEASH_SOCKET_DIRECTORY:-/run/leash}"
fi
[ $# -eq 0 ] || exec "$@"

for file in postgresql.conf pg_hba.conf administrator-password; do
  [ -r "$given/$file" ] || fail "$given/$file is not there or can't be read; this image is started by LeashPostgres."
done
[ -w "$volume" ] || fail "user $(id -u) can't write to $volume, which belongs to user $(stat -c %u "$volume"): \
the data was made by an image with another base. Use one of the same base."

# Another container on the same volume has other process ids, so PostgreSQL's own lock does not see it.
exec 9>"$volume/lock"
flock --nonblock 9 || fail "another server is running on this data; stop it first."

if [ ! -e "$data" ]; then
  rm -rf "$volume"/cluster.new
  # PostgreSQL's own Unicode rules where it has them: an index outlives another libc in the next image.
  locale=--locale=C.UTF-8
  [ "$major" -lt 17 ] || locale="--locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C"
  # shellcheck disable=SC2086
  "$bin/initdb" --pgdata="$volume/cluster.new" --username="$administrator" --pwfile="$given/administrator-password" \
    --auth=scram-sha-256 --encoding=UTF8 --data-checksums $locale
  sync
  mv "$volume/cluster.new" "$data"
  sha256sum <"$given/administrator-password" >"$volume/administrator"
fi

found=$(cat "$data/PG_VERSION") || fail "the data in $data is broken: PG_VERSION can't be read."
[ "$found" = "$major" ] || fail "the data is of PostgreSQL $found, this image holds $major. \
One major version can't read another's data: go back to an image of $found, or move the apps to a new server by backup \
and restore. Nothing was changed."

# Lines that this version does not know yet are left out.
awk -v major="$major" '!match($0, /# since [0-9]+$/) || major + 0 >= $NF + 0' "$given/postgresql.conf" \
  >"$volume/postgresql.conf"

# The administrator's password is the given one, whatever the data was made with.
fingerprint=$(sha256sum <"$given/administrator-password")
if [ "$fingerprint" != "$(cat "$volume/administrator" 2>/dev/null)" ]; then
  echo "leash-postgres: setting the administrator's password"
  { printf "alter role %s password '" "$administrator"; tr -d "\n'" <"$given/administrator-password"; echo "'"; } |
    "$bin/postgres" --single -D "$data" -c config_file="$volume/postgresql.conf" -c log_statement=none \
      -c search_path=pg_catalog postgres >/dev/null
  echo "$fingerprint" >"$volume/administrator"
fi

exec "$bin/postgres" -D "$data" -c config_file="$volume/postgresql.conf" -c hba_file="$given/pg_hba.conf"
