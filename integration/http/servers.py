#!/usr/bin/env python3
"""Servers on 127.0.0.1 that answer slowly, wrongly or not at all, to see what a probe makes of them.

    servers.py PORT   serves until it is ended

By path: / answers at once, /stall never, /half stops in the midst of its body, /drip sends a byte each 50 ms, /chunked
in chunks, /broken-chunk a chunk that is none, /garbage no HTTP, /reset a reset, /wait/SECONDS late.
"""

import socket
import socketserver
import struct
import sys
import time


class Handler(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        try:
            path = self.rfile.readline(8192).decode("latin-1").split(" ")[1:2]
            while self.rfile.readline(8192).strip():
                pass
            self.answer(path[0] if path else "/")
        except OSError:
            pass

    def send(self, text):
        self.wfile.write(text.encode("latin-1"))

    def answer(self, path):
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        if path == "/stall":
            self.rfile.read(1)
        elif path == "/half":
            self.send(head + "Content-Length: 100\r\n\r\nhalf of it")
        elif path == "/drip":
            self.send(head + "Content-Length: 100\r\n\r\n")
            for _ in range(100):
                self.send("x")
                time.sleep(0.05)
        elif path == "/chunked":
            self.send(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n")
        elif path == "/broken-chunk":
            self.send(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nfirst\r\n0\r\n\r\n")
        elif path == "/garbage":
            self.send("SSH-2.0-OpenSSH_9.2\r\n")
        elif path == "/reset":
            # With a linger of 0 seconds, closing is a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            if path.startswith("/wait/"):
                time.sleep(min(float(path[6:]), 30))
            self.send(head + "Content-Length: 3\r\n\r\nok\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__.strip())
    with Server(("127.0.0.1", int(sys.argv[1])), Handler) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
        server.serve_forever()
