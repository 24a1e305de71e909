"""The same certificates, lists and time stamps, judged by the openssl program."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from xinglin.trust.signing import certificates, chains, timestamp

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import House

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
CONTENT = b"what was there"


def openssl(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def root(house: House, tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_bytes(certificates.pem(house.authority.root))
    return path


def test_a_token(house: House, root: Path, tmp_path: Path):
    data, token = tmp_path / "data", tmp_path / "token"
    data.write_bytes(CONTENT)
    token.write_bytes(house.stamper.stamp(CONTENT))
    asked = ("ts", "-verify", "-data", data, "-in", token, "-token_in", "-CAfile", root)
    at = ("-attime", int(house.clock.now().timestamp()))
    assert "Verification: OK" in openssl(*asked, *at).stdout
    data.write_bytes(CONTENT + b"!")
    assert openssl(*asked, *at).returncode != 0


@pytest.mark.parametrize("digest", ["-sha256", "-sha384", "-sha512"])
def test_its_own_request(house: House, root: Path, tmp_path: Path, digest: str):
    data, query, reply = tmp_path / "data", tmp_path / "query", tmp_path / "reply"
    data.write_bytes(CONTENT)
    assert openssl("ts", "-query", "-data", data, digest, "-cert", "-out", query).returncode == 0
    reply.write_bytes(house.stamper.answer(query.read_bytes()))
    at = ("-attime", int(house.clock.now().timestamp()))
    verify = ("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", root)
    assert "Verification: OK" in openssl(*verify, *at).stdout


def test_a_request_that_cannot_be_met(house: House, tmp_path: Path):
    data, query, reply = tmp_path / "data", tmp_path / "query", tmp_path / "reply"
    data.write_bytes(CONTENT)
    openssl("ts", "-query", "-data", data, "-sha1", "-out", query)
    for asked, why in ((query.read_bytes(), "unrecognized or unsupported"), (b"rubbish", "bad")):
        reply.write_bytes(house.stamper.answer(asked))
        told = openssl("ts", "-reply", "-in", reply, "-text").stdout
        assert "Status: Rejected" in told, told
        assert why in told or "not permitted" in told


def test_the_chain_of_a_signer_and_its_revocation(house: House, root: Path, tmp_path: Path):
    leaf, above, crl = tmp_path / "leaf.pem", tmp_path / "above.pem", tmp_path / "list.pem"
    leaf.write_bytes(certificates.pem(house.chain[0]))
    above.write_bytes(certificates.pem(*house.chain[1:]))
    at = ("-attime", int(house.clock.now().timestamp()))
    chain = ("verify", "-x509_strict", *at, "-CAfile", root, "-untrusted", above)
    assert openssl(*chain, leaf).returncode == 0, openssl(*chain, leaf).stderr
    now = house.clock.now()
    entries = [(house.chain[0].serial_number, now, "keyCompromise")]
    made = house.authority.revocations(entries, 1, now)
    crl.write_bytes(made.public_bytes(certificates.Encoding.PEM))
    revoked = openssl(*chain, "-crl_check", "-CRLfile", crl, leaf)
    assert "certificate revoked" in revoked.stderr


CONFIGURATION = """
[tsa]
default_tsa = own
[own]
serial = {0}/serial
signer_cert = {0}/cert.pem
certs = {0}/chain.pem
signer_key = {0}/key.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
"""


def test_a_token_of_another_service(house: House, tmp_path: Path):
    key = house.authority.stamper.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "cert.pem").write_bytes(certificates.pem(house.authority.stamper.certificate))
    (tmp_path / "chain.pem").write_bytes(certificates.pem(*house.authority.stamper.above))
    (tmp_path / "serial").write_text("01")
    (tmp_path / "data").write_bytes(CONTENT)
    (tmp_path / "cnf").write_text(CONFIGURATION.format(tmp_path))
    asked = ("-data", tmp_path / "data", "-sha256", "-cert", "-out", tmp_path / "query")
    assert openssl("ts", "-query", *asked).returncode == 0
    how = ("-config", tmp_path / "cnf", "-token_out", "-out", tmp_path / "token")
    made = openssl("ts", "-reply", "-queryfile", tmp_path / "query", *how)
    assert made.returncode == 0, made.stderr
    token = (tmp_path / "token").read_bytes()
    found = timestamp.check(token, CONTENT)
    assert found.policy == "1.2.3.4"
    assert chains.judge(found.chain, [house.authority.root], found.at) == "good"
    with pytest.raises(timestamp.Broken):
        timestamp.check(token, CONTENT + b"!")


def test_a_clock_that_goes_back(house: House):
    from datetime import timedelta

    from xinglin.kernel.errors import Unavailable

    house.stamper.stamp(CONTENT)
    house.clock.advance(timedelta(minutes=-10))
    with pytest.raises(Unavailable):
        house.stamper.stamp(CONTENT)


def test_a_clock_that_goes_back_over_a_restart(house: House, tmp_path: Path):
    from datetime import timedelta

    from xinglin.kernel.errors import Unavailable
    from xinglin.trust.signing import Service

    noted = tmp_path / "tsa.time"
    Service(house.authority.stamper, house.clock, noted).stamp(CONTENT)
    house.clock.advance(timedelta(seconds=5))
    Service(house.authority.stamper, house.clock, noted).stamp(CONTENT)
    house.clock.advance(timedelta(minutes=-10))
    with pytest.raises(Unavailable):
        Service(house.authority.stamper, house.clock, noted).stamp(CONTENT)


def test_a_token_over_something_else(house: House):
    with pytest.raises(timestamp.Broken):
        timestamp.check(house.stamper.stamp(CONTENT), b"something else")
