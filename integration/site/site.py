#!/usr/bin/env python3
"""A small real website that measures its visitors: the pages beside this file, an API that fails at times, and pictures.

    site.py PORT AGENT                    serves it on 127.0.0.1:PORT; AGENT is the address of the collector's agent.js
    site.py PORT AGENT PORT2 CERT KEY     the same over TLS as well, on PORT2

It answers slowly where a page asks for that (`?wait=SECONDS`), as real servers do.
"""

import os
import random
import ssl
import struct
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FOLDER = os.path.dirname(os.path.abspath(__file__))
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# So that a page is told to wait no longer than a visitor would.
LONGEST_WAIT = 10


def picture(width, height, seed):
    """A PNG of coloured noise, which no compression makes small."""
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(width * 3) for _ in range(height))

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


PICTURES = {"/hero.png": picture(1200, 800, 1), "/small.png": picture(64, 64, 2)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        address = urlsplit(self.path)
        wait = parse_qs(address.query).get("wait", ["0"])[0]
        time.sleep(min(float(wait), LONGEST_WAIT) if wait.replace(".", "", 1).isdigit() else 0)
        path = address.path
        if path in PICTURES:
            self.answer(200, "image/png", PICTURES[path])
        elif path == "/api/stock":
            self.answer(200, "application/json", b'{"stock":7}')
        elif path == "/api/broken":
            self.answer(500, "application/json", b'{"error":"out of order"}')
        else:
            # Every route of the single-page application is its one page.
            name = "app.html" if path.startswith("/app/") else os.path.basename(path) or "index.html"
            self.file(name)

    do_POST = do_GET

    def file(self, name):
        content_type = TYPES.get(os.path.splitext(name)[1])
        try:
            with open(os.path.join(FOLDER, name), "rb") as file:
                body = file.read()
        except OSError:
            content_type = None
        if not content_type:
            self.answer(404, "text/plain", b"not here\n")
            return
        self.answer(200, content_type, body.replace(b"AGENT", self.server.agent.encode()))

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class TLSServer(ThreadingHTTPServer):
    """Its handshakes are each connection's own thread's, so that a client that says nothing keeps nobody waiting."""

    def __init__(self, address, handler, certificate, key):
        super().__init__(address, handler)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate, key)

    def finish_request(self, request, client_address):
        request.settimeout(LONGEST_WAIT)
        try:
            with self.context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except OSError:
            # What is no TLS, or does not like the certificate.
            pass


def serve(server, agent):
    server.agent = agent
    server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 6):
        raise SystemExit(__doc__.strip())
    agent = sys.argv[2]
    if len(sys.argv) == 6:
        secure = TLSServer(("127.0.0.1", int(sys.argv[3])), Handler, *sys.argv[4:])
        threading.Thread(target=serve, args=(secure, agent), daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    serve(server, agent)
