#!/usr/bin/env python3
"""Mounts that never answer statfs, as a dead NFS server's: does a scrape still come?

usage: dead_mounts.py NODE_EXPORTER [MOUNTS...]     (default: 1 3 6 mounts)

Makes FUSE file systems that answer the first handshake and nothing more, in a mount and pid namespace of its own, runs
the exporter over them and scrapes it 100 times. Fails unless every scrape is answered, every dead mount is shown as a
device error, the root file system is still measured, and the number of threads stays the same from the second scrape
on. Needs root and /dev/fuse.
"""

import ctypes
import http.client
import os
import struct
import subprocess
import sys
import tempfile
import time

WARM_UP = 20
SCRAPES = 100
MOUNT_TIMEOUT_SECONDS = 1
PORT = 19631


def in_own_namespace():
    """Runs this script again where its mounts are seen by nobody else."""
    os.execvp(
        "unshare",
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private", sys.executable, __file__]
        + sys.argv[1:],
    )


def mount_dead(path):
    """Mounts a file system at path whose server will never answer; returns the descriptor that keeps it so."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={descriptor},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"dead", path.encode(), b"fuse.dead", 0, options) != 0:
        raise OSError(ctypes.get_errno(), "mount: " + os.strerror(ctypes.get_errno()))
    # The kernel's FUSE_INIT is answered (protocol 7.31), so that the mount counts as alive.
    request = os.read(descriptor, 1 << 17)
    unique = struct.unpack("=IIQ", request[:16])[2]
    answer = struct.pack("=IIIIHHIIHHI", 7, 31, 0, 0, 0, 0, 4096, 0, 0, 0, 0) + b"\0" * 28
    os.write(descriptor, struct.pack("=IiQ", 16 + len(answer), 0, unique) + answer)
    return descriptor


def scrape():
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    connection.request("GET", "/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "10"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    assert response.status == 200, response.status
    return body


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def check(exporter, folder, count):
    descriptors = []
    for number in range(count):
        path = os.path.join(folder, f"dead-{count}-{number}")
        os.makedirs(path)
        descriptors.append(mount_dead(path))
    process = subprocess.Popen(
        [
            exporter,
            f"--web.listen-address=127.0.0.1:{PORT}",
            f"--collector.filesystem.mount-timeout={MOUNT_TIMEOUT_SECONDS}s",
            "--collector.filesystem.mount-points-exclude=^/(dev|proc|sys)($|/)",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            try:
                first = scrape()
                break
            except ConnectionError:
                time.sleep(0.05)
        else:
            raise AssertionError("the exporter does not listen")
        # The threads that a scrape can use at all have come by then, dead mounts or not.
        for _ in range(WARM_UP):
            second = scrape()
        threads_before = threads(process.pid)
        slowest = 0.0
        for _ in range(SCRAPES):
            start = time.monotonic()
            body = scrape()
            slowest = max(slowest, time.monotonic() - start)
        for body in (first, second, body):
            dead = [line for line in body.splitlines() if line.startswith("node_filesystem_device_error{") and f"/dead-{count}-" in line]
            assert len(dead) == count and all(line.endswith(" 1") for line in dead), dead
            assert 'node_filesystem_avail_bytes{' in body and 'mountpoint="/"' in body
            assert 'node_scrape_collector_success{collector="filesystem"} 1' in body
        grown = threads(process.pid) - threads_before
        assert grown <= 0, f"{grown} threads more after {SCRAPES} scrapes"
        print(f"{count} dead mounts: {1 + WARM_UP + SCRAPES} scrapes answered, slowest of the last {SCRAPES} {slowest * 1000:.0f} ms,"
              f" {threads_before} threads before and {threads_before + grown} after")
    finally:
        process.kill()
        # Closing the server's side ends the mounts, and with them whoever waits for an answer.
        for descriptor in descriptors:
            os.close(descriptor)
        process.wait()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if os.getpid() != 1:
        in_own_namespace()
    counts = [int(argument) for argument in sys.argv[2:]] or [1, 3, 6]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for count in counts:
            check(sys.argv[1], folder, count)


main()
