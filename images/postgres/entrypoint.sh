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

# The pool of the same server, in a container of its own: /etc/leash/{pgbouncer.ini,administrator-password}.
if [ "${1-}" = pool ]; then
  command -v pgbouncer >/dev/null || fail "there is no pgbouncer in this image; build it on a base that can install it."
  sockets=${LEASH_SOCKET_DIRECTORY:-/run/leash}
  own=/tmp/pool
  mkdir -p "$own" "$sockets/pool"
  chmod 0755 "$sockets/pool"
  version=$(pgbouncer --version | awk '/^PgBouncer/ { split($2, v, "."); print v[1] * 100 + v[2] }')
  awk -v version="$version" '!match($0, /# since [0-9]+$/) || version + 0 >= $NF + 0 { sub(/ # since [0-9]+$/, ""); print }' \
    "$given/pgbouncer.ini" >"$own/pgbouncer.ini"
  printf '*:*:*:%s:%s\n' "$administrator" "$(tr -d '\n' <"$given/administrator-password")" >"$own/pgpass"
  # Who may log in is what the server says. A statement waits there, half a minute at most, for another answer than the pool
  # has: a new app, or another password, is known within half a second, and no process starts for nothing.
  verifiers="select '\"' || rolname || '\" \"' || rolpassword || '\"' as line from pg_catalog.pg_authid
    where rolname ~ '^app_[a-z0-9]+$' and rolcanlogin and rolpassword ~ '^SCRAM-SHA-256.4096:[^\"]+$'
      and length(rolpassword) < 200"
  ask() {
    PGPASSFILE="$own/pgpass" PGOPTIONS="-c search_path=" PGCONNECT_TIMEOUT=5 "$bin/psql" -XAtq -h "$sockets" -U "$administrator" \
      -d postgres "$@" -c "$verifiers order by line" >"$own/users.new" 2>/dev/null
  }
  other() {
    had=$(md5sum <"$own/userlist.txt" | cut -d ' ' -f 1)
    ask -c "do \$\$ begin
        for half_second in 1..60 loop
          exit when '$had' <> (select md5(coalesce(string_agg(line || chr(10), '' order by line), '')) from ($verifiers) known);
          perform pg_sleep(0.5);
        end loop;
      end \$\$"
  }
  : >"$own/userlist.txt"
  if ask; then mv "$own/users.new" "$own/userlist.txt"; fi
  # What a killed one left. Its process id may be anybody's by now, whom PgBouncer would take for another of its kind.
  rm -f "$sockets/pool"/.s.PGSQL.* "$own/pgbouncer.pid"
  pgbouncer "$own/pgbouncer.ini" &
  pool=$!
  trap 'kill "$pool" 2>/dev/null; exit 0' TERM INT
  while :; do
    if ! other; then
      sleep 1
    elif ! cmp -s "$own/users.new" "$own/userlist.txt"; then
      { mv "$own/users.new" "$own/userlist.txt" && kill -HUP "$pool"; } || sleep 1
    fi
  done &
  wait "$pool" || true
  fail "PgBouncer has ended."
fi

if [ "${1-}" = healthy ]; then
  # `healthy pool` asks the pool.
  exec "$bin/pg_isready" --quiet --host="${LEASH_SOCKET_DIRECTORY:-/run/leash}${2:+/$2}"
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

# A statement that would take most of the container's memory fails; otherwise the kernel ends its process, and PostgreSQL
# everybody's sessions with it.
memory=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || echo max)
case $memory in
max) ;;
*)
  most=$((memory / 1024 * 3 / 4))
  [ "$most" -ge 524288 ] || most=524288
  ulimit -v "$most"
  ;;
esac

exec "$bin/postgres" -D "$data" -c config_file="$volume/postgresql.conf" -c hba_file="$given/pg_hba.conf"
