"""The page's server: media by digest, who is answered, and signing in."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from sora_lock.first_run import settle
from sora_lock.media import images
from sora_lock.server.first_paint import HEAD, FirstPaint
from sora_lock.server.live import Latest, Version, glance
from sora_lock.server.origin import Origin, host_of
from sora_lock.server.routes import parse_range, routes
from sora_lock.server.sign_in import COOKIE, NAME_COOKIE, SignIn, clean_name, name_of
from sora_lock.store import Store
from tests.planted import drawn


async def anything(request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


def client(store: Store, *middleware: Middleware, base: str = "http://127.0.0.1:7860") -> TestClient:
    inside = Route("/{rest:path}", anything, methods=["GET", "HEAD", "POST", "PUT", "DELETE"])
    return TestClient(Starlette(routes=[*routes(store), inside], middleware=list(middleware)), base_url=base)


class TestMedia:
    def test_a_picture_comes_with_its_sniffed_type_and_may_be_kept_for_ever(self, store: Store) -> None:
        data = images.png(drawn(1))
        answer = client(store).get(f"/media/{store.put(data)}")
        assert answer.status_code == 200 and answer.content == data
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox")
        assert "immutable" in answer.headers["cache-control"]

    @pytest.mark.parametrize(
        "data", [b"<script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"plain", b""]
    )
    def test_what_a_browser_could_run_is_only_ever_a_download(self, store: Store, data: bytes) -> None:
        answer = client(store).get(f"/media/{store.put(data)}")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")

    def test_a_range_is_answered_with_that_part(self, store: Store) -> None:
        sha = store.put(bytes(range(256)) * 40)
        answer = client(store).get(f"/media/{sha}", headers={"Range": "bytes=10-19"})
        assert answer.status_code == 206 and answer.content == bytes(range(10, 20))
        assert answer.headers["content-range"] == "bytes 10-19/10240"
        assert answer.headers["accept-ranges"] == "bytes"

    def test_a_range_beyond_the_end_is_refused(self, store: Store) -> None:
        answer = client(store).get(f"/media/{store.put(b'abc')}", headers={"Range": "bytes=3-"})
        assert answer.status_code == 416 and answer.headers["content-range"] == "bytes */3"

    def test_an_unchanged_file_is_not_sent_again(self, store: Store) -> None:
        sha = store.put(b"abc")
        assert client(store).get(f"/media/{sha}", headers={"If-None-Match": f'"{sha}"'}).status_code == 304

    def test_head_tells_the_length_and_sends_nothing(self, store: Store) -> None:
        answer = client(store).head(f"/media/{store.put(b'abcd')}")
        assert answer.headers["content-length"] == "4" and answer.content == b""

    @pytest.mark.parametrize("name", ["0" * 64, "..%2f..%2fetc%2fpasswd", "history.sqlite3", "A" * 64, "0" * 63])
    def test_anything_but_the_digest_of_a_stored_file_is_not_found(self, store: Store, name: str) -> None:
        answer = client(store).get(f"/media/{name}")
        assert answer.status_code == 404 or answer.text == "inside"

    def test_exports_are_downloads_and_stay_in_their_folder(self, store: Store) -> None:
        folder = store.data / "exports" / "SC010-20260101-000000"
        folder.mkdir(parents=True)
        (folder / "reel.mp4").write_bytes(b"film")
        (folder / "link").symlink_to("/etc/hostname")
        web = client(store)
        answer = web.get("/exports/SC010-20260101-000000/reel.mp4")
        assert answer.content == b"film" and answer.headers["content-disposition"].startswith("attachment")
        for path in ("SC010-20260101-000000/link", "SC010-20260101-000000/..", ".hidden/x", "x/%2e%2e"):
            assert (
                web.get(f"/exports/{path}").status_code in (404, 200)
                and b"root" not in web.get(f"/exports/{path}").content
            )
        assert web.get("/exports/SC010-20260101-000000/link").status_code == 404


class TestRanges:
    @pytest.mark.parametrize(
        ("value", "wanted"),
        [
            (None, None),
            ("bytes=0-", (0, 100)),
            ("bytes=5-9", (5, 10)),
            ("bytes=90-500", (90, 100)),
            ("bytes=-10", (90, 100)),
            ("bytes=-500", (0, 100)),
            ("bytes=0-1,4-5", None),
            ("items=0-1", None),
            ("bytes=-", None),
        ],
    )
    def test_one_range_of_bytes_is_understood(self, value: str | None, wanted: tuple[int, int] | None) -> None:
        assert parse_range(value, 100) == wanted

    @pytest.mark.parametrize("value", ["bytes=100-", "bytes=9-3", "bytes=-0"])
    def test_a_range_outside_the_file_is_an_error(self, value: str) -> None:
        with pytest.raises(ValueError):
            parse_range(value, 100)


class TestOrigin:
    def test_a_foreign_host_name_is_refused(self, store: Store) -> None:
        web = client(store, Middleware(Origin))
        assert web.get("/", headers={"Host": "evil.example"}).status_code == 400
        assert web.get("/", headers={"Host": "192.168.0.9:7860"}).status_code == 400
        assert web.get("/").status_code == 200
        assert web.get("/", headers={"Host": "localhost:7860"}).status_code == 200

    def test_beyond_loopback_an_address_is_trusted_and_a_name_is_not(self, store: Store) -> None:
        web = client(store, Middleware(Origin, hosts=frozenset({"studio"}), any_address=True))
        assert web.get("/", headers={"Host": "192.168.0.9:7860"}).status_code == 200
        assert web.get("/", headers={"Host": "studio:7860"}).status_code == 200
        assert web.get("/", headers={"Host": "rebound.example"}).status_code == 400

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:7860"]
    )
    def test_another_sites_page_may_not_change_anything(self, store: Store, origin: str) -> None:
        web = client(store, Middleware(Origin))
        assert web.post("/x", headers={"Origin": origin}).status_code == 403
        assert web.get("/x", headers={"Origin": origin}).status_code == 200

    def test_its_own_page_and_programs_may(self, store: Store) -> None:
        web = client(store, Middleware(Origin))
        assert web.post("/x", headers={"Origin": "http://127.0.0.1:7860"}).status_code == 200
        assert web.post("/x").status_code == 200
        assert web.post("/x", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403

    def test_a_malformed_host_is_no_host(self) -> None:
        assert host_of("[::1") == "" and host_of("[::1]:80") == "::1" and host_of("A.b:1") == "a.b"


class TestSignIn:
    def web(self, store: Store) -> TestClient:
        return client(store, Middleware(SignIn, phrase="open sesame", open_paths=frozenset({"/start"})))

    def test_without_the_pass_phrase_there_is_only_the_sign_in_page(self, store: Store) -> None:
        sha, web = store.put(b"secret"), self.web(store)
        page = web.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 401 and "pass-phrase" in page.text.lower()
        assert web.get(f"/media/{sha}").status_code == 401
        assert web.post("/gradio_api/run/predict", json={}).status_code == 401

    def test_the_right_phrase_lets_in_and_keeps_the_name(self, store: Store) -> None:
        web = self.web(store)
        answer = web.post("/sign-in", data={"phrase": "open sesame", "name": "Ana <b>"}, follow_redirects=False)
        assert answer.status_code == 303
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert web.get("/").text == "inside"
        assert name_of({NAME_COOKIE: web.cookies[NAME_COOKIE].strip('"')}) == "Ana <b>"

    def test_who_is_signed_in_already_is_led_on_from_the_sign_in_page(self, store: Store) -> None:
        web = self.web(store)
        for _ in range(2):  # a second tab that still shows the form
            answer = web.post("/sign-in", data={"phrase": "open sesame"}, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert web.get("/sign-in", follow_redirects=False).headers["location"] == "/"

    def test_a_link_is_followed_after_signing_in_and_leads_nowhere_else(self, store: Store) -> None:
        web = self.web(store)
        page = web.get("/?scene=SC010&take=SC010_SH020_T001", headers={"Accept": "text/html"})
        assert 'name="query" value="scene=SC010&amp;take=SC010_SH020_T001"' in page.text
        for query, to in (("take=T1", "/?take=T1"), ("", "/"), ("//evil.example", "/?//evil.example")):
            data = {"phrase": "open sesame", "query": query}
            assert web.post("/sign-in", data=data, follow_redirects=False).headers["location"] == to
        data = {"phrase": "open sesame", "query": "a\r\nSet-Cookie: x=1"}
        assert "\n" not in web.post("/sign-in", data=data, follow_redirects=False).headers["location"]

    def test_a_wrong_phrase_keeps_the_name_and_the_link_as_text(self, store: Store) -> None:
        data = {"phrase": "guess", "name": "Ana <b>", "query": '"><script>'}
        answer = self.web(store).post("/sign-in", data=data).text
        assert 'value="Ana &lt;b&gt;"' in answer and 'value="&quot;&gt;&lt;script&gt;"' in answer

    def test_a_wrong_phrase_does_not_and_many_are_slowed_down(self, store: Store) -> None:
        web = self.web(store)
        codes = [web.post("/sign-in", data={"phrase": f"guess {i}"}).status_code for i in range(12)]
        assert codes[0] == 403 and codes[-1] == 429
        assert COOKIE not in web.cookies

    def test_a_forged_or_expired_cookie_is_worth_nothing(self) -> None:
        gate = SignIn(PlainTextResponse("x"), "phrase", b"key")
        good = gate.token(int(time.time()) + 60)
        assert gate.valid(good)
        assert not gate.valid(gate.token(int(time.time()) - 1))
        assert not gate.valid(good[:-1] + ("0" if good[-1] != "0" else "1"))
        assert not gate.valid("9999999999.deadbeef") and not gate.valid("") and not gate.valid("²." + "0" * 64)
        assert not SignIn(PlainTextResponse("x"), "other", b"key").valid(good)

    def test_a_name_is_one_short_line_without_tricks(self) -> None:
        assert clean_name("  a\u202eb\nc\x00 ") == "a b c"
        assert len(clean_name("x" * 99)) == 40
        assert clean_name("\u2066") == ""


class TestFirstPaint:
    def page(self, body: bytes, headers: dict[str, str]) -> TestClient:
        return TestClient(FirstPaint(Response(body, headers=headers)))

    def test_the_pages_head_begins_with_it_once_and_its_length_is_right(self) -> None:
        answer = self.page(
            b"<html><head><title>x</title></head><p>&lt;head></html>", {"content-type": "text/html"}
        ).get("/")
        assert answer.content == b"<html><head>" + HEAD + b"<title>x</title></head><p>&lt;head></html>"
        assert int(answer.headers["content-length"]) == len(answer.content)

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("/media/x", {"content-type": "text/html"}),
            ("/", {"content-type": "application/json"}),
            ("/", {"content-type": "text/html", "content-encoding": "x-own"}),
        ],
    )
    def test_everything_else_passes_as_it_is(self, path: str, headers: dict[str, str]) -> None:
        assert self.page(b"<head>", headers).get(path).content == b"<head>"


class TestLive:
    def test_a_glance_changes_with_every_write_and_with_people(self, store: Store) -> None:
        store.ensure_scene("SC010")
        first = glance(store, "SC010", "")
        assert glance(store, "SC010", "") == first
        store.add_cell("SC010", "note", {"text": "x"})
        second = glance(store, "SC010", "")
        assert second != first
        assert glance(store, "SC010", "ana").here == ("ana",)

    def test_a_glance_changes_when_a_consent_ends_though_nothing_was_written(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settle(store)
        today = datetime.now(UTC)
        store.record_consent("mara", "Mara", "form", until=today.date().isoformat(), recorded_by="ana")
        first = glance(store, "SC010", "")

        class Tomorrow(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return today + timedelta(days=1)

        monkeypatch.setattr("sora_lock.store.consents.datetime", Tomorrow)
        after = glance(store, "SC010", "")
        assert after.revision == first.revision
        assert after.version != first.version and after.withdrawn == ("mara",)

    def test_a_value_is_made_once_for_a_version(self) -> None:
        made: list[tuple[str, Version]] = []

        def make(scene: str, version: Version) -> Version:
            made.append((scene, version))
            return version

        latest, one, two, ended = Latest(make, keep=2), (1, ()), (2, ()), (2, ("mara",))
        asked = [("A", one), ("A", one), ("A", two), ("A", ended), ("B", two)]
        assert [latest.get(*a) for a in asked] == [v for _, v in asked]
        assert made == [("A", one), ("A", two), ("A", ended), ("B", two)]
