#!/usr/bin/env bash
# Makes a new exporter out of exporters/example: a folder, its lines in Package.swift and its row in the README.
#
#   ./integration/new-exporter.sh NAME [PORT]    NAME as in "redis": lower-case letters, digits, hyphens between them
#
# What it makes builds and passes every test, and is yours to change. Nothing that is there is overwritten.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

case ${1:-} in
  -h | --help | "")
    sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
name=$1
port=${2:-9098}
[[ $name =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ ]] || fail "\"$name\" is no name such as redis or http-probe"
if [[ ! $port =~ ^[0-9]+$ ]] || [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then fail "\"$port\" is no port"; fi
[ ! -e "exporters/$name" ] || fail "exporters/$name is there already"

# http-probe: HttpProbe in types, httpProbe in variables, http_probe in metrics.
type=$(sed -E 's/(^|-)([a-z0-9])/\U\2/g' <<<"$name")
variable=${type,}
namespace=${name//-/_}

# renamed: standard input with the example's names replaced. Metrics first, as they stand before an underscore.
renamed() {
  sed -E -e "s/example_/${namespace}_/g" -e "s/namespace: \"example\"/namespace: \"$namespace\"/" \
    -e "s/exampleExporter/${variable}Exporter/g" -e "s/Example Exporter/$type Exporter/g" \
    -e "s/Example(Collectors|Exporter|Tests)/$type\1/g" -e "s/example-exporter/$name-exporter/g" \
    -e "s#exporters/example#exporters/$name#g" -e "s/job(=|: ?)(\\\\?\"?)example\b/job\1\2$name/g" \
    -e "s/called example\b/called $name/" -e "s/\bexample\.exporter/$name.exporter/g" -e "s/9099/$port/g"
}

# --- The folder

while IFS= read -r file; do
  target=exporters/$name/$(renamed <<<"${file#exporters/example/}")
  mkdir -p "$(dirname "$target")"
  renamed <"$file" >"$target"
done < <(find exporters/example -type f)

# --- Its lines elsewhere

# insert FILE BEFORE: standard input goes before the first line that begins with BEFORE.
insert() {
  local text
  text=$(cat)
  BEFORE=$2 TEXT=$text awk '!done && index($0, ENVIRON["BEFORE"]) == 1 { print ENVIRON["TEXT"]; done = 1 } { print }' \
    "$1" >"$1.new"
  cat "$1.new" >"$1"
  rm "$1.new"
}

product='        .executable(name: "example-exporter"'
grep -F "$product" Package.swift | renamed | insert Package.swift "$product"
targets='        // MARK: example-exporter'
{
  sed -n "\#^$targets#,/^\$/p" Package.swift | renamed
  echo
} | insert Package.swift "$targets"
row='| [example-exporter]'
printf '| [%s-exporter](exporters/%s/README.md) | %s | what you make it tell | |\n' "$name" "$name" "$port" |
  insert README.md "$row"

# Longer names make longer lines, and another order of imports.
! command -v swift >/dev/null || swift format --in-place --recursive Package.swift "exporters/$name"

cat <<EOF
exporters/$name is made. Now:
  swift test --filter ${type}Tests       it builds, and its tests pass
  swift run $name-exporter               http://localhost:$port/
Then make it yours:
  exporters/$name/Sources/${type}Collectors    a file for each collector, and its name in ${type}Exporter.swift
  integration/quickstart.sh                  its line in the list of exporters, and its headline
  integration/prometheus/prometheus.yml      its scrape job and its rules
EOF
