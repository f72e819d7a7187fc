"""Requests as no SDK makes them: raw bytes over TLS, signed by botocore's own signer where they are signed at all."""
import http.client
import re
import socket
import ssl

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self):
        """The error's code, of XML or JSON."""
        found = re.search(rb"<Code>([^<]*)</Code>", self.body) or re.search(rb'"__type"\s*:\s*"([^"]*)"', self.body)
        return found[1].decode() if found else None

    def __repr__(self):
        return f"{self.status} {self.code} {self.body[:300]!r}"


def context(server):
    return ssl.create_default_context(cafile=str(server.ca))


def send(server, method, target, headers=None, body=b""):
    """Sends one request with exactly this target (path and query) and these headers; answers its answer."""
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context(server), timeout=30)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        sent = {"Host": f"127.0.0.1:{server.port}", **(headers or {})}
        if "Content-Length" not in sent and "Transfer-Encoding" not in sent and (body or method in ("PUT", "POST")):
            sent["Content-Length"] = str(len(body))
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders()
        if body:
            try:
                connection.send(body)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                pass  # it may answer, and close, before it has read all
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def exchange(server, data, seconds=10):
    """Sends these bytes and answers all that comes back until the other side closes or is silent for so long."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as plain:
        with context(server).wrap_socket(plain, server_hostname="127.0.0.1") as stream:
            got = b""
            try:
                stream.sendall(data)
                while chunk := stream.recv(65536):
                    got += chunk
            except (TimeoutError, ConnectionError, ssl.SSLError):
                pass
            return got


def signed(server, method, target, headers=None, body=b"", service="s3", access_key=None, secret_key=None, region=None, payload_hash=None):
    """Headers of a request that is signed for this target."""
    request = AWSRequest(method, f"{server.endpoint}{target}", headers=dict(headers or {}), data=body)
    credentials = Credentials(access_key or server.access_key, secret_key or server.secret_key)
    if service in ("s3", "s3express"):
        signer = S3SigV4Auth(credentials, service, region or server.region)
        if payload_hash:
            signer.payload = lambda request: payload_hash
    else:
        signer = SigV4Auth(credentials, service, region or server.region)
    signer.add_auth(request)
    return dict(request.headers.items())


def call(server, method, target, headers=None, body=b"", **how):
    """Signs and sends."""
    return send(server, method, target, signed(server, method, target, headers, body, **how), body)
