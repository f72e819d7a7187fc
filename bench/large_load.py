#!/usr/bin/env python3
"""Sends requests with large bodies over a few connections for some seconds: large_load.py PORT CA CONNECTIONS SECONDS HEADS [BODY]
The files are requests.lua's, and so is the line of the result. (wrk repeats a TLS write of this size with another request.)"""
import http.client
import socket
import ssl
import sys
import threading
import time
from pathlib import Path


class Sender(threading.Thread):
    def __init__(self, port, context, heads, body, deadline):
        super().__init__(daemon=True)
        self.heads, self.body, self.deadline = heads, body, deadline
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=120), server_hostname="127.0.0.1")
        self.latencies_us, self.bytes, self.failed, self.refused = [], 0, 0, 0

    def run(self):
        buffer, number = bytearray(1 << 20), 0
        try:
            while time.monotonic() < self.deadline:
                begun = time.monotonic()
                self.socket.sendall(self.heads[number % len(self.heads)])
                if self.body:
                    self.socket.sendall(self.body)
                answer = http.client.HTTPResponse(self.socket)
                answer.begin()
                while count := answer.readinto(buffer):
                    self.bytes += count
                self.refused += answer.status != 200
                self.latencies_us.append(int((time.monotonic() - begun) * 1e6))
                number += 1
        except (OSError, http.client.HTTPException):
            self.failed += 1


def main():
    port, ca, connections, seconds, heads, *body = sys.argv[1:]
    heads = [head for head in Path(heads).read_bytes().split(b"\0") if head]
    body = Path(body[0]).read_bytes() if body else None
    context = ssl.create_default_context(cafile=ca)
    begun = time.monotonic()
    senders = [Sender(int(port), context, heads[n:] + heads[:n], body, begun + float(seconds)) for n in range(int(connections))]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    latencies = sorted(latency for sender in senders for latency in sender.latencies_us) or [0]
    requests = sum(len(sender.latencies_us) for sender in senders)
    print(f"RESULT requests={requests} us={int((time.monotonic() - begun) * 1e6)} bytes={sum(s.bytes for s in senders)} "
          f"failed={sum(s.failed for s in senders)} refused={sum(s.refused for s in senders)} p50_us={latencies[len(latencies) // 2]} "
          f"p99_us={latencies[len(latencies) * 99 // 100]}")


if __name__ == "__main__":
    main()
