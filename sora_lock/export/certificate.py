"""The certificate that exported media are signed with: made once in a data folder, by an authority of its own that nobody else knows.

Place in the path: export, under `credentials`. One file, `credentials.pem`, readable by its owner alone: the key, the certificate, and the certificate of
the authority that signed it. The authority's own key is thrown away once it has signed: nothing else can ever be signed with it. No list of trusted
signers holds such a certificate, and whoever reads a signed file is told so.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sora_lock.errors import StoreDamagedError, StoreUnwritableError

if TYPE_CHECKING:
    from cryptography import x509

FILE = "credentials.pem"
LASTS = timedelta(days=3650)
"""How long it is valid. No clock but this machine's vouches for the time of signing, so what was signed counts only while the certificate lasts."""
EARLIER = timedelta(days=1)
"""Its validity begins so much before it is made: clocks differ."""


@dataclass(frozen=True)
class Certificate:
    """What signs.

    Attributes:
        chain_pem: the certificate and the authority's.
        authority_pem: the authority's certificate alone; who has it can tell what was signed here.
        key_pem: the private key, of P-256; never shown.
    """

    chain_pem: str
    authority_pem: str
    key_pem: bytes = field(repr=False)


def own_certificate(data: Path) -> Certificate:
    """The certificate of a data folder; made where there is none, and made anew where it has ended.

    Raises:
        StoreDamagedError: when the file is there and cannot be used.
        StoreUnwritableError: when it cannot be written.
    """
    path = data / FILE
    if path.exists():
        found, ends = _read(path)
        if datetime.now(UTC) < ends:
            return found
    _write(path, _made())
    return _read(path)[0]


def own_authority(data: Path) -> str:
    """The authority's certificate (PEM) of a data folder; "" where nothing was ever signed.

    Raises:
        StoreDamagedError: as `own_certificate`.
    """
    path = data / FILE
    return _read(path)[0].authority_pem if path.exists() else ""


def _read(path: Path) -> tuple[Certificate, datetime]:
    """The certificate in a file, and when it ends."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    try:
        raw = path.read_bytes()
        leaf, authority = x509.load_pem_x509_certificates(raw)
        key = load_pem_private_key(raw, None)
        leaf.verify_directly_issued_by(authority)
        if key.public_key() != leaf.public_key():
            raise ValueError("key and certificate are not of one pair")
    except (ValueError, TypeError, InvalidSignature, OSError) as fault:
        raise StoreDamagedError(
            f"{path.name} in the data folder cannot be used to sign ({str(fault)[:80] or 'a signature in it is wrong'}); "
            "put it back from a copy, or remove it, and a new one is made."
        ) from None
    chain = [c.public_bytes(Encoding.PEM).decode() for c in (leaf, authority)]
    with contextlib.suppress(OSError):  # somebody else's file is left as it is
        path.chmod(0o600)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certificate("".join(chain), chain[1], private), leaf.not_valid_after_utc


def _made() -> bytes:
    """A new key with its certificate and the authority's, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID

    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    told = secrets.token_hex(4)  # two data folders are told apart by people, too
    authority_name, name = _name(f"Sora Lock, own authority {told}"), _name(f"Sora Lock, data folder {told}")
    authority_id = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _begun(authority_name, authority_name)
        .public_key(authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(authority_id, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    # What the C2PA specification asks of a signer's certificate: no authority, signs digitally, for e-mail or documents.
    leaf = (
        _begun(name, authority_name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + leaf.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)


def _name(common: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sora Lock"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _begun(subject: x509.Name, issuer: x509.Name) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LASTS)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    """What a key is for: signing certificates, or signing everything else."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not certificates, key_cert_sign=certificates, crl_sign=certificates, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _write(path: Path, pem: bytes) -> None:
    """Puts the file in its place whole, for its owner alone; of two that write at once, one wins."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as fault:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StoreUnwritableError(f"{path.name} cannot be written to the data folder ({fault.strerror}).") from fault
