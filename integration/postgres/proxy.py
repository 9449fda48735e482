#!/usr/bin/env python3
"""A TCP proxy that makes a network bad on command.

  proxy.py PORT_FROM PORT_TO [--delay MS] [--log FILE]

Listens on 127.0.0.1:PORT_FROM and forwards to 127.0.0.1:PORT_TO. PORT_FROM 0 lets the system choose. Prints
"listening on 127.0.0.1:PORT" once it does.

  --delay MS   each byte arrives that much later, each way
  --log FILE   a line for each connection so far with its round trips, which are the times when the client spoke after
               the server had; written anew at each signal ALRM

Signals: USR1 is a black hole, where connections stay and new ones are accepted, and no byte moves; USR2 cuts, which
closes all connections and refuses new ones; HUP mends. TERM ends it.
"""
import argparse
import asyncio
import os
import signal


class Proxy:
    def __init__(self, target, delay):
        self.target, self.delay = target, delay
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.refuses = False
        self.writers = set()
        self.round_trips = []

    async def accept(self, reader, writer):
        if self.refuses:
            writer.transport.abort()
            return
        number = len(self.round_trips)
        self.round_trips.append(0)
        try:
            self.writers.add(writer)
            await self.is_open.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            self.writers.discard(writer)
            return
        self.writers.add(back)
        # Who spoke last: a connection's number for its client, None for the server.
        last = [None]
        await asyncio.gather(
            self.pump(reader, back, last, number), self.pump(there, writer, last, None), return_exceptions=True)
        for end in (writer, back):
            end.transport.abort()
            self.writers.discard(end)

    async def pump(self, reader, writer, last, number):
        queue = asyncio.Queue()
        sender = asyncio.create_task(self.send(queue, writer))
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(65536):
                if number is not None and last[0] is None:
                    self.round_trips[number] += 1
                last[0] = number
                queue.put_nowait((loop.time() + self.delay, data))
        finally:
            queue.put_nowait((loop.time() + self.delay, None))
            await sender

    async def send(self, queue, writer):
        loop = asyncio.get_running_loop()
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            await self.is_open.wait()
            if data is None:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()

    def black_hole(self):
        self.is_open.clear()

    def cut(self):
        self.refuses = True
        for writer in list(self.writers):
            writer.transport.abort()

    def mend(self):
        self.refuses = False
        self.is_open.set()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port_from", type=int)
    parser.add_argument("port_to", type=int)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--log")
    arguments = parser.parse_args()
    proxy = Proxy(arguments.port_to, arguments.delay / 1000)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", arguments.port_from)
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def write_log():
        with open(arguments.log, "w") as file:
            file.writelines(f"{count}\n" for count in proxy.round_trips)

    for number, act in ((signal.SIGUSR1, proxy.black_hole), (signal.SIGUSR2, proxy.cut), (signal.SIGHUP, proxy.mend),
                        (signal.SIGALRM, write_log), (signal.SIGTERM, over.set), (signal.SIGINT, over.set)):
        loop.add_signal_handler(number, act)
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await over.wait()
    # What is under way ends with the process, not in order.
    os._exit(0)


asyncio.run(main())
