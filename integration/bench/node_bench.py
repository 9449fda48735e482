#!/usr/bin/env python3
"""Measures two node exporters beside each other: what a scrape costs, how long it takes, how much memory is held.

usage: node_bench.py --ours 'COMMAND...' --peer 'COMMAND...' [--rounds N] [--scrapes N] [--only cpu]

A command has to listen where its --web.listen-address=127.0.0.1:PORT says. Both run at the same time, and rounds of
scrapes go to ours, the peer, ours, the peer..., so that what else happens on the machine meets both. Prints a table of
figures and of ratios ours / peer, below 1 where ours is less; no verdict. CPU is the process's own, by its CPU clock:
all threads, those that ended too, in nanoseconds. Needs Linux and Python's standard library; strace for system calls.

integration/bench/node.sh builds, finds the flags, and calls this.
"""

import argparse
import http.client
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

IDENTITY = {"Accept-Encoding": "identity"}
GZIP = {"Accept-Encoding": "gzip"}


class Exporter:
    """A command, running or not, and the scrapes of it."""

    def __init__(self, command):
        self.arguments = shlex.split(command)
        port = re.search(r"--web\.listen-address[= ]127\.0\.0\.1:(\d+)", command)
        if not port:
            sys.exit(f"no --web.listen-address=127.0.0.1:PORT in: {command}")
        self.port = int(port[1])
        self.process = None
        self.connection = None

    def start(self, wrapper=()):
        """Runs it; gives the milliseconds until the first whole answer."""
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            [*wrapper, *self.arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while True:
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.scrape()
                return (time.perf_counter() - begin) * 1e3
            except OSError:
                self.connection.close()
                if self.process.poll() is not None:
                    sys.exit(f"it ended: {shlex.join(self.arguments)}")
                if time.perf_counter() - begin > 30:
                    self.stop()
                    sys.exit(f"no answer within 30 s: {shlex.join(self.arguments)}")
                time.sleep(0.0005)

    def stop(self):
        self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def scrape(self, headers=IDENTITY):
        self.connection.request("GET", "/metrics", headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"status {answer.status} from {shlex.join(self.arguments)}")
        return body

    def cpu_ms(self):
        # The clock that Linux keeps for each process: see clock_getcpuclockid(3).
        return time.clock_gettime_ns((~self.process.pid << 3) | 2) / 1e6

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024

    def peak_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024

    def cpu_of(self, scrapes, headers):
        before = self.cpu_ms()
        for _ in range(scrapes):
            self.scrape(headers)
        return (self.cpu_ms() - before) / scrapes

    def latencies(self, scrapes):
        taken = []
        for _ in range(scrapes):
            begin = time.perf_counter()
            self.scrape()
            taken.append((time.perf_counter() - begin) * 1e3)
            time.sleep(0.01)
        return taken


def system_calls(exporter, scrapes=20):
    """System calls of all threads per scrape, or None without strace."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile("r") as trace:
        # -D: strace is beside the exporter and not its parent, so the process that is stopped is the exporter.
        exporter.start(["strace", "-D", "-f", "-qq", "-o", trace.name])
        for _ in range(5):
            exporter.scrape()
        time.sleep(0.3)
        trace.read()
        for _ in range(scrapes):
            exporter.scrape()
        time.sleep(0.3)
        lines = trace.read().splitlines()
        exporter.stop()
    # A call that another thread interrupted stands on two lines; signals and ends of threads are none.
    calls = [line for line in lines if "resumed>" not in line and not re.match(r"\d+ +(---|\+\+\+)", line)]
    return len(calls) / scrapes


def cpu_only(pair, rounds, scrapes):
    rows = [("CPU ms per scrape", [], [])]
    for exporter in pair:
        exporter.start()
        exporter.cpu_of(5, IDENTITY)
    for _ in range(rounds):
        for exporter, values in zip(pair, rows[0][1:]):
            values.append(exporter.cpu_of(scrapes, IDENTITY))
    series = [count(exporter.scrape())[0] for exporter in pair]
    for exporter in pair:
        exporter.stop()
    return [(name, statistics.median(ours), statistics.median(peers)) for name, ours, peers in rows] + [
        ("series", *series)
    ]


def count(exposition):
    lines = exposition.decode().splitlines()
    return sum(1 for line in lines if line and line[0] != "#"), len(exposition)


def everything(pair, rounds, scrapes):
    figures = [{} for _ in pair]

    def each(name, measure):
        for exporter, values in zip(pair, figures):
            values.setdefault(name, []).append(measure(exporter))

    def start_and_stop(exporter):
        taken = exporter.start()
        exporter.stop()
        return taken

    for _ in range(10):
        each("start to first answer, ms", start_and_stop)
    for exporter in pair:
        exporter.start()
    time.sleep(0.5)
    each("RSS after start, MiB", Exporter.resident_mib)
    for _ in range(rounds):
        each("CPU ms per scrape", lambda exporter: exporter.cpu_of(scrapes, IDENTITY))
        each("CPU ms per scrape, gzip", lambda exporter: exporter.cpu_of(scrapes, GZIP))
    latencies = [[], []]
    for _ in range(rounds):
        for exporter, values in zip(pair, latencies):
            values += exporter.latencies(20)
    for values, taken in zip(figures, latencies):
        values["latency ms, median"] = [statistics.median(taken)]
        values["latency ms, 95th percentile"] = [statistics.quantiles(taken, n=20)[18]]
    # With those of the rounds above there have been at least 500.
    for exporter in pair:
        exporter.cpu_of(max(0, 500 - rounds * (2 * scrapes + 20)) + 1, IDENTITY)
    each("RSS after 500 scrapes, MiB", Exporter.resident_mib)
    each("bytes", lambda exporter: count(exporter.scrape())[1])
    each("bytes, gzip", lambda exporter: len(exporter.scrape(GZIP)))
    each("series", lambda exporter: count(exporter.scrape())[0])
    for exporter in pair:
        exporter.stop()
    each("system calls per scrape", system_calls)
    order = [
        "CPU ms per scrape", "CPU ms per scrape, gzip", "latency ms, median", "latency ms, 95th percentile",
        "system calls per scrape", "RSS after start, MiB", "RSS after 500 scrapes, MiB", "start to first answer, ms",
        "bytes", "bytes, gzip", "series",
    ]
    return [(name, *(middle(values[name]) for values in figures)) for name in order]


def middle(values):
    return None if None in values else statistics.median(values)


def number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 1000 or value == int(value) else f"{value:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scrapes", type=int, default=50, help="scrapes of one exporter in one round")
    parser.add_argument("--only", choices=["cpu"])
    options = parser.parse_args()
    pair = [Exporter(options.ours), Exporter(options.peer)]
    if pair[0].port == pair[1].port:
        sys.exit("the two need ports of their own")
    try:
        rows = (cpu_only if options.only else everything)(pair, options.rounds, options.scrapes)
    finally:
        for exporter in pair:
            if exporter.process and exporter.process.poll() is None:
                exporter.stop()
    print(f"{'':30}{'ours':>12}{'peer':>12}{'ours/peer':>12}")
    for name, ours, peer in rows:
        ratio = f"{ours / peer:.2f}" if ours is not None and peer else "-"
        print(f"{name:30}{number(ours):>12}{number(peer):>12}{ratio:>12}")


if __name__ == "__main__":
    main()
