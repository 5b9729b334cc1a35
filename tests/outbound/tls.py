"""A TLS server on this machine with a certificate of its own, for a name that leads here."""

import datetime
import re
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "idp.example.com"


def make_certificate(folder: Path, name: str = NAME) -> Path:
    """Write key and self-signed certificate of a name into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    built = built.not_valid_after(now + datetime.timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    kind, form = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    file = folder / f"{name}.pem"
    file.write_bytes(key.private_bytes(form, kind, serialization.NoEncryption()) + pem)
    return file


class Server:
    """Answers each connection with the same bytes; keeps what it was asked and the name in the handshake."""

    def __init__(self, pem: Path, answer: bytes | Callable[[ssl.SSLSocket], None]) -> None:
        self.answer, self.asked, self.names = answer, list[bytes](), list[str | None]()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.context, self.listening = context, socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self.listening.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as line:
                    self.asked.append(self._read(line))
                    line.sendall(self.answer) if isinstance(self.answer, bytes) else self.answer(line)
            except OSError:
                continue  # The caller did not trust us, or hung up.

    def _read(self, line: ssl.SSLSocket) -> bytes:
        asked = line.recv(65536)
        length = re.search(rb"Content-Length: (\d+)\r\n", asked)
        while length and len(asked.partition(b"\r\n\r\n")[2]) < int(length.group(1)):
            asked += line.recv(65536)
        return asked

    def close(self) -> None:
        """Listen no more."""
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
