"""Scrapes an exporter: soak.py HOST:PORT SCRAPES CLIENTS PATH. Each client keeps its connection for ten scrapes."""

import http.client
import sys
import threading

FAILURES = []


def scrape(address, count, path):
    connection = None
    try:
        for number in range(count):
            if number % 10 == 0:
                if connection:
                    connection.close()
                connection = http.client.HTTPConnection(address, timeout=30)
            # Every other one is asked for compressed, as Prometheus does.
            headers = {"Accept-Encoding": "gzip"} if number % 2 else {}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or not body:
                raise RuntimeError(f"answered {answer.status} with {len(body)} bytes")
        connection.close()
    except Exception as error:  # whatever it is, the script fails
        FAILURES.append(f"{type(error).__name__}: {error}")


address, scrapes, clients, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
each = max(scrapes // clients, 1)
threads = [threading.Thread(target=scrape, args=(address, each, path)) for _ in range(clients)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if FAILURES:
    sys.exit("a scrape failed: " + "; ".join(FAILURES))
