#!/usr/bin/env python3
"""Measures two exporters of PostgreSQL beside each other.

usage: postgres_bench.py time  --ours 'COMMAND...' --peer 'COMMAND...' [--rounds N] [--scrapes N]
       postgres_bench.py count --ours 'COMMAND...' --peer 'COMMAND...' --log FILE --user NAME --port N [--scrapes N]
       postgres_bench.py trips --ours 'COMMAND...' --peer 'COMMAND...' --ours-proxy PID:FILE --peer-proxy PID:FILE

time: latency, CPU of the exporter, memory, size. count: statements and connections by the server's own log, where
log_statement is all for that user, and packets to and from its port by tcpdump, which wants root. trips: round trips and connections by a proxy of ours, see postgres/proxy.py.
Commands as for node_bench.py. Ratios are ours / peer; no verdict. integration/bench/postgres.sh calls this.
"""

import argparse
import collections
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from node_bench import GZIP, IDENTITY, Exporter, count, number  # noqa: E402


def timed(pair, options):
    figures = []
    for exporter in pair:
        exporter.start()
        exporter.cpu_of(3, IDENTITY)
    time.sleep(1)
    latencies, cpu = [[], []], [[], []]
    for _ in range(options.rounds):
        for exporter, taken, spent in zip(pair, latencies, cpu):
            taken += exporter.latencies(options.scrapes)
            spent.append(exporter.cpu_of(options.scrapes, IDENTITY))
    for exporter, taken, spent in zip(pair, latencies, cpu):
        # What it does without being asked.
        before = exporter.cpu_ms()
        time.sleep(5)
        idle = (exporter.cpu_ms() - before) / 5
        series, size = count(exporter.scrape())
        figures.append([
            ("latency ms, median", statistics.median(taken)),
            ("latency ms, 95th percentile", statistics.quantiles(taken, n=20)[18]),
            ("CPU ms per scrape", statistics.median(spent)),
            ("CPU ms per s, unasked", idle),
            ("RSS MiB", exporter.resident_mib()),
            ("RSS MiB, most ever", exporter.peak_mib()),
            ("bytes", size),
            ("bytes, gzip", len(exporter.scrape(GZIP))),
            ("series", series),
        ])
    return figures


class Packets:
    """What tcpdump sees of a port of this machine, but for connections that were there before."""

    def __init__(self, port):
        self.port = str(port)
        listed = subprocess.run(["ss", "-tnH", f"dport = :{port}"], capture_output=True, text=True, check=True).stdout
        self.others = {line.split()[3].rsplit(":", 1)[1] for line in listed.splitlines()}

    def start(self):
        self.lines = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            ["tcpdump", "-i", "lo", "-n", "-l", "--immediate-mode", "tcp", "port", self.port],
            stdout=self.lines, stderr=subprocess.DEVNULL)
        time.sleep(1)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.lines.seek(0)
        self.sent, self.received, self.opened = collections.Counter(), 0, 0
        pattern = re.compile(r" \S+\.(\d+) > \S+\.(\d+): Flags \[([^\]]*)\].* length (\d+)")
        for source, target, flags, length in pattern.findall(self.lines.read()):
            if source in self.others or target in self.others:
                continue
            if target == self.port:
                self.sent[source] += length != "0"
                self.opened += flags == "S"
            else:
                self.received += length != "0"


def counted(pair, options):
    packets = Packets(options.port) if shutil.which("tcpdump") and os.geteuid() == 0 else None
    figures = []
    for exporter in pair:
        exporter.start()
        for _ in range(3):
            exporter.scrape()
        time.sleep(1)
        begin = os.path.getsize(options.log)
        if packets:
            packets.start()
        for _ in range(options.scrapes):
            exporter.scrape()
        if packets:
            packets.stop()
        time.sleep(1)
        with open(options.log, "rb") as log:
            log.seek(begin)
            lines = [line for line in log.read().decode(errors="replace").splitlines() if f"user={options.user} " in line]
        exporter.stop()
        statements = [line for line in lines if re.search(r"LOG: +(statement|execute [^:]*):", line)]
        figures.append([
            ("statements per scrape", len(statements) / options.scrapes),
            ("new connections per scrape",
             sum("connection authorized" in line for line in lines) / options.scrapes),
            ("errors of the server per scrape",
             sum("ERROR:" in line or "FATAL:" in line for line in lines) / options.scrapes),
        ] + ([
            ("packets to the server per scrape", sum(packets.sent.values()) / options.scrapes),
            ("the same, busiest connection", max(packets.sent.values(), default=0) / options.scrapes),
            ("packets from the server per scrape", packets.received / options.scrapes),
            ("TCP connections opened per scrape", packets.opened / options.scrapes),
        ] if packets else []))
    return figures


def tripped(pair, options):
    figures = []
    for exporter, proxy in zip(pair, (options.ours_proxy, options.peer_proxy)):
        pid, file = proxy.split(":", 1)

        def trips():
            os.kill(int(pid), signal.SIGALRM)
            time.sleep(0.3)
            with open(file) as log:
                return [int(line) for line in log]

        exporter.start()
        for _ in range(2):
            exporter.scrape()
        time.sleep(2)
        before, begin = trips(), time.perf_counter()
        taken = exporter.latencies(options.scrapes)
        elapsed, after = time.perf_counter() - begin, trips()
        before += [0] * (len(after) - len(before))
        # The connection that answers scrapes is told from those that ask by themselves by how often it is used.
        each = sorted(((b - a) / options.scrapes for a, b in zip(before, after)), reverse=True)
        exporter.stop()
        figures.append([
            ("latency ms, median", statistics.median(taken)),
            ("round trips per scrape, all connections", sum(each)),
            ("the same, busiest connection", each[0] if each else 0),
            ("new connections per scrape", sum(1 for a, b in zip(before, after) if a == 0 and b > 0) / options.scrapes),
            ("seconds that this took", elapsed),
        ])
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["time", "count", "trips"])
    parser.add_argument("--ours", required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scrapes", type=int, default=20)
    parser.add_argument("--log")
    parser.add_argument("--user")
    parser.add_argument("--port", type=int)
    parser.add_argument("--ours-proxy")
    parser.add_argument("--peer-proxy")
    options = parser.parse_args()
    pair = [Exporter(options.ours), Exporter(options.peer)]
    try:
        figures = {"time": timed, "count": counted, "trips": tripped}[options.mode](pair, options)
    finally:
        for exporter in pair:
            if exporter.process and exporter.process.poll() is None:
                exporter.stop()
    print(f"{'':42}{'ours':>12}{'peer':>12}{'ours/peer':>12}")
    for (name, ours), (_, peer) in zip(*figures):
        ratio = f"{ours / peer:.2f}" if peer else "-"
        print(f"{name:42}{number(ours):>12}{number(peer):>12}{ratio:>12}")


if __name__ == "__main__":
    main()
