# shellcheck shell=bash
# Servers to probe, and the peer to compare with. Read after ../lib.sh.
#
# make_certificates DIR   in DIR: ca.crt, which is to be trusted, and NAME.crt, NAME.key for the servers below
# start_servers DIR PORT  nginx on PORT (plain) and the six after it (TLS, a certificate each), and servers that are
#                         no good, by servers.py, on PORT + 8; all on 127.0.0.1, the first also on ::1. Nobody is on PORT + 9
# find_peer               sets `peer` to a blackbox_exporter: $PEER, or the newest that Debian packages; empty for none

http_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

make_certificates() {
  mkdir -p "$1"
  (
    cd "$1"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3650 -subj "/O=Example/CN=Example Root" \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    openssl req -new -newkey rsa:2048 -nodes -keyout middle.key -out middle.csr -subj "/O=Example/CN=Example Intermediate"
    openssl x509 -req -in middle.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1000 -out middle.crt \
      -extfile <(printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n')
    # The chain is sent whole. A serial number that begins with a zero, a comma in a name, and an address among the names.
    leaf good middle "/C=KR/O=Example, Inc./CN=localhost" "DNS:localhost,DNS:*.example.test,IP:127.0.0.1,IP:::1" 90
    leaf soon middle "/CN=localhost" "DNS:localhost" 2
    leaf other middle "/CN=other.test" "DNS:other.test" 90
    for name in good soon other; do cat middle.crt >>"$name.crt"; done
    openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key -out self.crt -days 365 -subj "/CN=localhost" \
      -addext subjectAltName=DNS:localhost,IP:127.0.0.1
    expired
  ) >"$1/openssl.log" 2>&1 || fail "openssl could not make certificates" "$(tail -n 3 "$1/openssl.log")"
}

# leaf NAME ISSUER SUBJECT NAMES DAYS
leaf() {
  openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$3"
  openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -set_serial "0x0abcdef012345678$(printf %02x "$5")" \
    -days "$5" -out "$1.crt" -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$4")
}

# `openssl ca` is what sets both dates in OpenSSL 3.0.
expired() {
  mkdir -p past
  : >past/index.txt
  echo 07 >past/serial
  openssl req -new -newkey rsa:2048 -nodes -keyout expired.key -out expired.csr -subj /CN=localhost
  openssl ca -batch -cert ca.crt -keyfile ca.key -in expired.csr -out expired.crt -notext \
    -startdate 20200101000000Z -enddate 20210101000000Z -extfile <(printf 'subjectAltName=DNS:localhost\n') \
    -config <(printf '%s\n' '[ca]' 'default_ca=d' '[d]' 'database=past/index.txt' 'serial=past/serial' \
      'new_certs_dir=past' 'default_md=sha256' 'policy=p' '[p]' 'commonName=supplied')
}

start_servers() {
  local dir=$1 port=$2
  mkdir -p "$dir/html" "$dir/logs"
  head -c 612 /dev/zero | tr '\0' x >"$dir/html/index.html"
  head -c 1048576 /dev/zero | tr '\0' y >"$dir/html/big.bin"
  printf 'line %d of a text that gzip makes small\n' {1..400} >"$dir/html/text.txt"
  gzip -9nkf "$dir/html/text.txt"
  printf 'probe:%s\n' "$(openssl passwd -apr1 probe-secret)" >"$dir/htpasswd"
  make_certificates "$dir"
  write_nginx "$dir" "$port" >"$dir/nginx.conf"
  start nginx nginx -e "$dir/logs/error.log" -p "$dir/" -c nginx.conf
  wait_for "http://127.0.0.1:$port/" 20 nginx
  start servers python3 "$http_folder/servers.py" $((port + 8))
  wait_for "http://127.0.0.1:$((port + 8))/" 20 servers
}

# tls PORT NAME OPTIONS LINES: a server with that certificate.
tls() {
  printf '  server { listen 127.0.0.1:%s ssl%s backlog=4096; server_name localhost; ssl_certificate %s.crt;' "$1" "$3" "$2"
  printf ' ssl_certificate_key %s.key; %s }\n' "$2" "${4:-}"
}

write_nginx() {
  local dir=$1 port=$2
  # Else its worker is nobody, who can't read this folder.
  [ "$(id -u)" -ne 0 ] || echo 'user root;'
  cat <<CONF
daemon off;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/logs/error.log warn;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path $dir/t1; proxy_temp_path $dir/t2; fastcgi_temp_path $dir/t3; uwsgi_temp_path $dir/t4;
  scgi_temp_path $dir/t5;
  keepalive_requests 100000000;
  default_type text/plain;
  types { text/html html; }
  root $dir/html;
  ssl_protocols TLSv1.2 TLSv1.3;
  server {
    listen 127.0.0.1:$port backlog=4096;
    listen [::1]:$port;
    server_name localhost;
    location = /hop { return 302 /hop2; }
    location = /hop2 { return 301 http://localhost:$port/; }
    location = /to-tls { return 302 https://localhost:$((port + 1))/; }
    location = /loop { return 302 /loop; }
    location = /json { default_type application/json; return 200 '{"status":"ok","n":3,"list":[1,2]}'; }
    location = /broken { return 500; }
    location = /teapot { return 418; }
    location = /closed { return 444; }
    location = /auth { auth_basic "x"; auth_basic_user_file htpasswd; try_files /index.html =404; }
    location = /auth-hop { auth_basic "x"; auth_basic_user_file htpasswd; return 302 http://localhost:$port/auth; }
    location = /packed { add_header Content-Encoding gzip; alias $dir/html/text.txt.gz; }
    location = /lying { add_header Content-Encoding gzip; return 200 'this is no gzip'; }
    location = /empty { return 204; }
    location = /form { if (\$request_method != POST) { return 405; } return 200 'posted'; }
    location = /agent { return 200 '\$http_user_agent'; }
    location = /host { return 200 '\$host'; }
  }
CONF
  tls $((port + 1)) good " http2" "location = /down { return 302 http://localhost:$port/auth; }"
  tls $((port + 2)) self " http2"
  tls $((port + 3)) expired ""
  tls $((port + 4)) other ""
  tls $((port + 5)) good "" "ssl_protocols TLSv1.2;"
  tls $((port + 6)) soon ""
  echo "}"
}

find_peer() {
  peer=${PEER:-}
  [ -z "$peer" ] || return 0
  # shellcheck disable=SC2154  # ../lib.sh has it
  newest_peer "$work/peer" && peer=$work/peer/usr/bin/prometheus-blackbox-exporter && return
  peer=$(command -v prometheus-blackbox-exporter || true)
}

# newest_peer DIR: of Debian's unstable suite, from the archive that this machine uses, unpacked and not installed.
newest_peer() {
  local archive dir=$1
  command -v apt-get >/dev/null && can_be_root || return 1
  archive=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' /etc/apt/sources.list.d/debian.sources \
    /etc/apt/sources.list 2>/dev/null | head -n 1)
  [ -n "$archive" ] || return 1
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive sid main" >"$dir/sources.list"
  printf '%s "%s";\n' Dir::Etc::sourcelist "$dir/sources.list" Dir::Etc::sourceparts - Dir::State::lists "$dir/lists" \
    Dir::Cache "$dir/cache" APT::Sandbox::User root >"$dir/apt.conf"
  (
    cd "$dir" &&
      as_root env APT_CONFIG="$dir/apt.conf" apt-get -qq update &&
      as_root env APT_CONFIG="$dir/apt.conf" apt-get -qq download prometheus-blackbox-exporter &&
      dpkg -x ./*.deb .
  ) >"$dir/apt.log" 2>&1
}
