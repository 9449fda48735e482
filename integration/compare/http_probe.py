#!/usr/bin/env python3
"""Asks two exporters for the same probes and compares what they say, family by family. Called by http-probe.sh."""

import argparse
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

# Name, module, target with {N} for the Nth port, and more parameters.
CASES = [
    ("a page", "plain", "http://localhost:{0}/", {}),
    ("a page, without a scheme", "plain", "localhost:{0}/", {}),
    ("a page, by IPv6", "ip6", "http://localhost:{0}/", {}),
    ("no address of the kind that is asked for", "only_ip6", "http://127.0.0.1:{0}/", {}),
    ("https, HTTP/2, a chain", "trusted", "https://localhost:{1}/", {}),
    ("https, HTTP/1.1", "http1", "https://localhost:{1}/", {}),
    ("https by address", "trusted", "https://127.0.0.1:{1}/", {}),
    ("https, TLS 1.2", "trusted", "https://localhost:{5}/", {}),
    ("https, TLS 1.2 where 1.3 is asked for", "tls13", "https://localhost:{5}/", {}),
    ("a certificate that expires soon", "trusted", "https://localhost:{6}/", {}),
    ("a self-signed certificate, unverified", "unverified", "https://localhost:{2}/", {}),
    ("a self-signed certificate", "trusted", "https://localhost:{2}/", {}),
    ("an expired certificate", "trusted", "https://localhost:{3}/", {}),
    ("an expired certificate, unverified", "unverified", "https://localhost:{3}/", {}),
    ("a certificate of another host", "trusted", "https://localhost:{4}/", {}),
    ("another name to ask for", "named", "https://localhost:{1}/", {}),
    ("hostname", "plain", "http://127.0.0.1:{0}/host", {"hostname": "www.example.test"}),
    ("hostname over TLS", "trusted", "https://127.0.0.1:{1}/", {"hostname": "www.example.test"}),
    ("https on a port of http", "trusted", "https://localhost:{0}/", {}),
    ("http on a port of https", "plain", "http://localhost:{1}/", {}),
    ("two redirects", "plain", "http://localhost:{0}/hop", {}),
    ("a redirect to https", "trusted", "http://localhost:{0}/to-tls", {}),
    ("a redirect that is not followed", "stays", "http://localhost:{0}/hop", {}),
    ("redirects without end", "plain", "http://localhost:{0}/loop", {}),
    ("a password", "user", "http://localhost:{0}/auth", {}),
    ("a password that is missing", "plain", "http://localhost:{0}/auth", {}),
    ("a password, after a redirect", "user", "http://localhost:{0}/auth-hop", {}),
    ("a password, after a redirect out of TLS", "user", "https://localhost:{1}/down", {}),
    ("404", "plain", "http://localhost:{0}/nothing", {}),
    ("404 that is allowed", "codes", "http://localhost:{0}/nothing", {}),
    ("418 that is allowed", "codes", "http://localhost:{0}/teapot", {}),
    ("500", "plain", "http://localhost:{0}/broken", {}),
    ("204", "plain", "http://localhost:{0}/empty", {}),
    ("POST", "post", "http://localhost:{0}/form", {}),
    ("gzip, unpacked", "gzip", "http://localhost:{0}/packed", {}),
    ("gzip, as it is", "plain", "http://localhost:{0}/packed", {}),
    ("gzip that is none", "gzip", "http://localhost:{0}/lying", {}),
    ("a big body", "plain", "http://localhost:{0}/big.bin", {}),
    ("a body beyond the limit", "small", "http://localhost:{0}/big.bin", {}),
    ("a body that matches", "has_ok", "http://localhost:{0}/json", {}),
    ("a body that does not match", "has_ok", "http://localhost:{0}/", {}),
    ("a body that must not match", "no_digits", "http://localhost:{0}/json", {}),
    ("a header that must not be", "no_date", "http://localhost:{0}/", {}),
    ("a header that must be", "needs_header", "http://localhost:{0}/", {}),
    ("CEL that holds", "cel", "http://localhost:{0}/json", {}),
    ("CEL that holds and must not", "cel_no", "http://localhost:{0}/json", {}),
    ("CEL on no JSON", "cel", "http://localhost:{0}/", {}),
    ("a pattern and CEL", "both", "http://localhost:{0}/json", {}),
    ("no TLS where it must be", "needs_tls", "http://localhost:{0}/", {}),
    ("HTTP/1.1 where 2 is asked for", "version2", "http://localhost:{0}/", {}),
    ("nobody listens", "plain", "http://localhost:{9}/", {}),
    ("no such name", "plain", "http://nothing.invalid/", {}),
    ("a server that closes without an answer", "plain", "http://localhost:{0}/closed", {}),
    ("a server that resets", "plain", "http://localhost:{8}/reset", {}),
    ("a server that never answers", "short", "http://localhost:{8}/stall", {}),
    ("a server that drips", "short", "http://localhost:{8}/drip", {}),
    ("half a body", "plain", "http://localhost:{8}/half", {}),
    ("chunks", "plain", "http://localhost:{8}/chunked", {}),
    ("a broken chunk", "plain", "http://localhost:{8}/broken-chunk", {}),
    ("no HTTP", "plain", "http://localhost:{8}/garbage", {}),
    ("another scheme", "plain", "ftp://localhost:{0}/", {}),
    ("no target", "plain", "", {}),
    ("no such module", "nonsense", "http://localhost:{0}/", {}),
]

# Seconds that something took: there or not there is what is compared.
TIMES = {"probe_duration_seconds", "probe_dns_lookup_time_seconds", "probe_http_duration_seconds"}

# What may differ: a pattern of cases, a pattern of families, and why. Each must be met at least once.
REASONS = [
    (r".*", r"probe_timeout_seconds", "ours says the deadline"),
    (r".*", r"probe_failure_reason", "ours says why a probe failed"),
    (r".*", r"probe_ssl_verified", "ours says whether the certificate is to be trusted"),
    (
        r"a self-signed certificate|an expired certificate|a certificate of another host",
        r"probe_(ssl|tls)_.*",
        "ours tells of the certificate also where it is not trusted",
    ),
    (r".*unverified", r"probe_ssl_last_chain_expiry_timestamp_seconds", "the peer's is in the year 1; there is no chain"),
    (
        r"https.*|.*unverified|another name.*|hostname over TLS|a redirect to https",
        r"probe_ssl_last_chain_info",
        "ours has addresses among the names",
    ),
    (r".*", r"probe_tls_cipher_info", "OpenSSL prefers other ciphers than Go"),
    (
        r"no such name|no address .*",
        r"probe_http_duration_seconds",
        "ours has all phases, always: the peer's come and go with what a probe reaches",
    ),
    (r"another scheme", r"status", "ours refuses what it can't probe, as both do where there is no target"),
    (r"a redirect that is not followed", r"probe_http_redirects", "the peer counts what it does not follow"),
    (
        r"a redirect that is not followed",
        r"probe_http_uncompressed_body_length",
        "the peer does not read the body of a redirect",
    ),
    (r"a password, after a redirect", r"probe_.*", "the peer drops the password on its way to the same host"),
    (r"a pattern and CEL", r"probe_.*", "the peer reads the body once and has none left for CEL"),
]


def fetch(base, module, target, parameters):
    """Status and families: {name: (type, {labels: value})}."""
    query = {"module": module, "target": target, **parameters}
    url = base + "/probe?" + urllib.parse.urlencode({k: v for k, v in query.items() if v})
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, parse(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.code, {}


def parse(text):
    families = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ", 3)
            families[name] = (kind, {})
        elif line and not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            name, _, labels = series.partition("{")
            # In whatever order they are written.
            labels = ",".join(sorted(re.findall(r'\w+="(?:[^"\\]|\\.)*"', labels)))
            families.setdefault(name, ("untyped", {}))[1][labels] = float(value)
    return families


def difference(name, ours, theirs):
    """What differs in a family, in words; nothing if it is equal."""
    if ours is None or theirs is None:
        return f"only {'the peer' if ours is None else 'ours'}: {shown(ours or theirs)}"
    if ours[0] != theirs[0]:
        return f"type: ours {ours[0]}, peer {theirs[0]}"
    if name in TIMES:
        mine, other = sorted(ours[1]), sorted(theirs[1])
        return "" if mine == other else f"ours has {mine}, peer {other}"
    return "" if ours[1] == theirs[1] else f"ours {shown(ours)}, peer {shown(theirs)}"


def shown(family):
    return ", ".join(f"{{{labels}}} {value:.17g}" if labels else f"{value:.17g}" for labels, value in family[1].items())


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ours", required=True)
    arguments.add_argument("--theirs", required=True)
    arguments.add_argument("--port", required=True, type=int)
    arguments.add_argument("--configuration", required=True)
    arguments.add_argument("-v", "--verbose", action="store_true")
    options = arguments.parse_args()
    with open(options.configuration) as file:
        modules = set(re.findall(r"^  (\w+):", file.read(), re.MULTILINE)) | {"nonsense"}
    ports = [options.port + n for n in range(10)]

    families = equal = 0
    used, unexpected, left_out = set(), [], []
    for name, module, target, parameters in CASES:
        if module not in modules:
            left_out.append(name)
            continue
        target = target.format(*ports)
        status, ours = fetch(options.ours, module, target, parameters)
        their_status, theirs = fetch(options.theirs, module, target, parameters)
        print(f"{name} ({module} {target or 'without target'})")
        # One more family, so to speak; where it differs the others are not there in one of them.
        if status != their_status:
            ours, theirs = {"status": ("HTTP", {"": status})}, {"status": ("HTTP", {"": their_status})}
        for family in sorted(ours.keys() | theirs.keys()):
            families += 1
            found = difference(family, ours.get(family), theirs.get(family))
            if not found:
                equal += 1
                if options.verbose:
                    print(f"  equal       {family}")
                continue
            reason = next(
                (i for i, (c, f, _) in enumerate(REASONS) if re.fullmatch(c, name) and re.fullmatch(f, family)), None
            )
            if reason is None:
                unexpected.append(f"{name}: {family}")
                print(f"  UNEXPECTED  {family}: {found}")
            else:
                used.add(reason)
                print(f"  differs     {family}: {found}\n              because {REASONS[reason][2]}")
    print(
        f"\n{len(CASES) - len(left_out)} targets, {families} families: {equal} equal,"
        f" {families - equal - len(unexpected)} differ for a reason, {len(unexpected)} unexpected"
    )
    if left_out:
        print(f"left out, as the peer does not know their modules: {', '.join(left_out)}")
    for line in unexpected:
        print(f"  {line}")
    unused = [r[2] for i, r in enumerate(REASONS) if i not in used]
    if unused and not left_out:
        print(f"reasons that nothing needed: {'; '.join(unused)}")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
