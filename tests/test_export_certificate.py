"""The certificate of a data folder: made once, kept to its owner, made anew when it ends, and refused when it is damaged."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from sora_lock.errors import StoreDamagedError, StoreUnwritableError
from sora_lock.export import certificate
from sora_lock.export.certificate import FILE, own_authority, own_certificate


class TestMaking:
    def test_it_is_made_once_for_its_owner_alone(self, tmp_path: Path) -> None:
        assert own_authority(tmp_path) == "" and list(tmp_path.iterdir()) == []
        made = own_certificate(tmp_path)
        assert own_certificate(tmp_path) == made and own_authority(tmp_path) == made.authority_pem
        assert [p.name for p in tmp_path.iterdir()] == [FILE]
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600

    def test_it_signs_digitally_and_nothing_more(self, tmp_path: Path) -> None:
        leaf, authority = x509.load_pem_x509_certificates(own_certificate(tmp_path).chain_pem.encode())
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.digital_signature and not usage.key_cert_sign
        assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(purposes) == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
        leaf.verify_directly_issued_by(authority)
        assert leaf.not_valid_before_utc < datetime.now(UTC) < leaf.not_valid_after_utc

    def test_the_authoritys_key_is_kept_nowhere(self, tmp_path: Path) -> None:
        own_certificate(tmp_path)
        assert (tmp_path / FILE).read_text().count("PRIVATE KEY-----") == 2  # the signer's, its begin and end

    def test_the_key_is_not_shown_with_it(self, tmp_path: Path) -> None:
        assert "PRIVATE" not in repr(own_certificate(tmp_path))

    def test_two_folders_have_two(self, tmp_path: Path) -> None:
        assert own_certificate(tmp_path / "a").chain_pem != own_certificate(tmp_path / "b").chain_pem

    def test_a_mode_that_others_can_read_is_tightened(self, tmp_path: Path) -> None:
        own_certificate(tmp_path)
        (tmp_path / FILE).chmod(0o644)
        own_certificate(tmp_path)
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


class TestWhatCannotBeUsed:
    def test_one_that_has_ended_is_made_anew(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(certificate, "LASTS", timedelta(seconds=-1))
        ended = own_certificate(tmp_path)
        monkeypatch.undo()
        anew = own_certificate(tmp_path)
        assert anew.chain_pem != ended.chain_pem and own_certificate(tmp_path) == anew

    @pytest.mark.parametrize("kept", [0, 100, 600])
    def test_a_damaged_file_is_refused_and_left_as_it_is(self, tmp_path: Path, kept: int) -> None:
        own_certificate(tmp_path)
        cut = (tmp_path / FILE).read_bytes()[:kept]
        (tmp_path / FILE).write_bytes(cut)
        with pytest.raises(StoreDamagedError, match=r"credentials\.pem .* cannot be used to sign .* a new one is made"):
            own_certificate(tmp_path)
        assert (tmp_path / FILE).read_bytes() == cut

    def test_a_key_of_another_certificate_is_refused(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            own_certificate(tmp_path / name)
        key, chain = ((tmp_path / name / FILE).read_text() for name in ("a", "b"))
        cut = "-----BEGIN CERTIFICATE"
        (tmp_path / "a" / FILE).write_text(key.partition(cut)[0] + cut + chain.partition(cut)[2])
        with pytest.raises(StoreDamagedError, match="not of one pair"):
            own_certificate(tmp_path / "a")

    def test_a_certificate_of_another_authority_is_refused(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            own_certificate(tmp_path / name)
        mine, other = ((tmp_path / name / FILE).read_text() for name in ("a", "b"))
        cut = "-----BEGIN CERTIFICATE"
        (tmp_path / "a" / FILE).write_text(mine.rpartition(cut)[0] + cut + other.rpartition(cut)[2])
        with pytest.raises(StoreDamagedError):
            own_certificate(tmp_path / "a")

    def test_a_folder_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("in the way")
        with pytest.raises(StoreUnwritableError, match="cannot be written"):
            own_certificate(tmp_path / "data")
