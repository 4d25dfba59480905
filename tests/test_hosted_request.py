"""One clip asked of a provider, through the real client, to a server on this machine."""

import logging
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub.inference._providers import fal_ai, together, wavespeed

from sora_lock.engines.hosted.providers import named
from sora_lock.engines.hosted.request import Asked, check_token, clip
from sora_lock.engines.hosted.wire import Limits
from sora_lock.errors import EngineError, EngineUnavailableError, SoraLockError, TakeCancelled
from tests.hosted_parts import MEDIA, QUICK, TOKEN, Answer, Cloud, clouded

FILM = b"whatever came"
POLL_S = 0.05  # the client's own half second and two seconds would be most of these tests' time
BUSY = Answer(503, b'{"error": "cold"}')


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    for provider in (fal_ai, wavespeed):
        monkeypatch.setattr(provider, "_POLLING_INTERVAL", POLL_S)
    monkeypatch.setattr(together, "_VIDEO_POLLING_INTERVAL", POLL_S)
    with clouded() as made:
        made.clip = FILM
        yield made


def ask(
    cloud: Cloud,
    provider: str = "fal-ai",
    *,
    picture: bytes = b"",
    limits: Limits = QUICK,
    cancelled: Any = lambda: False,
    steps: int = 0,
    guidance: float = 0.0,
) -> bytes:
    who, model = named(f"{provider}/{cloud.model}")
    return clip(Asked(who, model, "fog in an alley", picture, 7, steps, guidance), limits, cancelled)


def refused(cloud: Cloud, provider: str = "fal-ai", **how: Any) -> SoraLockError:
    with pytest.raises(SoraLockError) as caught:
        ask(cloud, provider, **how)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    return caught.value


class TestSuccess:
    @pytest.mark.parametrize("provider", ["fal-ai", "novita", "replicate", "wavespeed", "together"])
    def test_each_provider_makes_a_clip_from_words(self, cloud: Cloud, provider: str) -> None:
        cloud.polls = 0
        assert ask(cloud, provider) == FILM
        sent = cloud.asked("submit").told
        assert sent.get("input", sent)["prompt"] == "fog in an alley"
        assert sent.get("input", sent)["seed"] == 7

    @pytest.mark.parametrize(("provider", "field"), [("fal-ai", "image_url"), ("wavespeed", "image"), ("together", "")])
    def test_a_clip_can_start_from_a_picture(self, cloud: Cloud, provider: str, field: str) -> None:
        cloud.task, cloud.polls = "image-to-video", 0
        assert ask(cloud, provider, picture=b"\xff\xd8\xff jpeg") == FILM
        sent = cloud.asked("submit").told
        image = sent[field] if field else sent["frame_images"][0]["input_image"]
        assert image.startswith("data:image/jpeg;base64,/9j/")
        assert sent["prompt"] == "fog in an alley"

    def test_a_slow_job_is_polled_until_it_is_ready(self, cloud: Cloud) -> None:
        cloud.polls = 3
        assert ask(cloud) == FILM
        assert (cloud.count("submit"), cloud.count("status")) == (1, 4)

    def test_the_models_own_steps_and_guidance_are_left_to_it_unless_asked_for(self, cloud: Cloud) -> None:
        ask(cloud)
        assert set(cloud.asked("submit").told) == {"prompt", "seed"}

    def test_steps_and_guidance_that_were_asked_for_are_sent(self, cloud: Cloud) -> None:
        ask(cloud, steps=12, guidance=4.5)
        sent = cloud.asked("submit").told
        assert (sent["num_inference_steps"], sent["guidance_scale"]) == (12, 4.5)

    def test_the_token_goes_to_the_hub_and_its_router_and_to_no_file_host(self, cloud: Cloud) -> None:
        ask(cloud)
        assert {s.host for s in cloud.seen if TOKEN in s.token} == {"huggingface.co", "router.huggingface.co"}
        assert {s.host for s in cloud.seen if not s.token} == {MEDIA}

    def test_two_clips_can_be_asked_for_at_once(self, cloud: Cloud) -> None:
        got: list[bytes] = []
        both = [threading.Thread(target=lambda: got.append(ask(cloud))) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert got == [FILM, FILM]


class TestToken:
    def test_none_is_said_with_the_way_to_get_one(
        self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("HF_TOKEN")
        monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        with pytest.raises(EngineUnavailableError, match=r"no Hugging Face token here; make one .*settings/tokens"):
            check_token(QUICK)
        assert not cloud.seen

    def test_the_one_that_the_hubs_own_login_keeps_is_found(
        self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("HF_TOKEN")
        monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        (tmp_path / "token").write_text(TOKEN)
        assert ask(cloud) == FILM

    def test_a_providers_own_key_is_sent_nowhere(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_TOKEN", "key-of-somebody-else")
        error = refused(cloud)
        assert isinstance(error, EngineUnavailableError)
        assert "begin with hf_" in str(error)
        assert "somebody" not in str(error)
        assert not cloud.seen

    def test_offline_mode_is_respected(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
        with pytest.raises(EngineUnavailableError, match="HF_HUB_OFFLINE is set"):
            ask(cloud)
        assert not cloud.seen

    def test_it_is_in_no_log_even_when_the_provider_repeats_it(
        self, cloud: Cloud, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        cloud.instead["submit"] = [Answer(422, f'{{"detail": "bad: Bearer {TOKEN} \\n for you"}}'.encode())]
        error = refused(cloud)
        assert "It says: bad: Bearer [token] for you" in str(error)
        logging.getLogger("worker").error("take failed", exc_info=error)
        assert caplog.text
        assert TOKEN not in caplog.text


class TestRefusals:
    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("stage", ["map", "submit", "status"])
    def test_a_refused_token_is_said_so_with_what_to_do(self, cloud: Cloud, status: int, stage: str) -> None:
        cloud.instead[stage] = [Answer(status, b'{"error": "Invalid credentials"}')]
        error = refused(cloud)
        assert isinstance(error, EngineUnavailableError)
        assert f"The token was refused for fal-ai ({status}); make one" in str(error)
        assert "It says: Invalid credentials" in str(error)

    def test_a_file_host_that_refuses_is_no_matter_of_the_token(self, cloud: Cloud) -> None:
        cloud.instead["media"] = [Answer(403, b"<html>expired</html>")]
        error = refused(cloud)
        assert "token" not in str(error)
        assert "(403)" in str(error)
        assert "html" not in str(error)

    def test_no_credit_is_said_with_where_to_look(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(402, b'{"error": {"message": "exceeded"}}')]
        error = refused(cloud)
        assert isinstance(error, EngineUnavailableError)
        assert "no credit left for fal-ai (402); see https://huggingface.co/settings/billing. It says: exceeded" in str(
            error
        )

    def test_an_unknown_model_is_said_so(self, cloud: Cloud) -> None:
        cloud.instead["map"] = [Answer(404, b'{"error": "Repository not found"}')]
        assert "does not know this model, or the job any more (404)" in str(refused(cloud))

    def test_a_model_that_does_another_task_is_said_so(self, cloud: Cloud) -> None:
        cloud.task = "image-to-video"
        assert "not supported for task text-to-video" in str(refused(cloud))
        assert cloud.count("submit") == 0

    def test_wrong_parameters_are_told_in_the_providers_words(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(422, b'{"detail": [{"loc": ["body"], "msg": "num_frames: 81 to 100"}]}')]
        assert "(422); change what it complains of. It says: num_frames: 81 to 100" in str(refused(cloud))

    def test_words_without_end_are_cut(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(400, b"never " * 2000)]
        assert len(str(refused(cloud))) < 400

    @pytest.mark.parametrize("answer", [Answer(403, b"<html>" + b" " * 300_000), Answer(403, b"no", cut=True)])
    def test_a_page_without_end_or_a_cut_one_still_tells_its_status(self, cloud: Cloud, answer: Answer) -> None:
        cloud.instead["submit"] = [answer]
        assert "The token was refused for fal-ai (403)" in str(refused(cloud))

    def test_a_failed_job_is_told_in_the_providers_words(self, cloud: Cloud) -> None:
        cloud.instead["status"] = [Answer(body=b'{"status": "failed", "error": {"message": "unsafe prompt"}}')]
        assert "unsafe prompt" in str(refused(cloud, "together"))


class TestAgain:
    def test_too_many_requests_waits_as_long_as_the_answer_says(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(429, headers={"Retry-After": "1"})]
        began = time.monotonic()
        assert ask(cloud) == FILM
        assert time.monotonic() - began > 1.0
        assert cloud.count("submit") == 2

    def test_a_date_to_wait_for_is_understood(self, cloud: Cloud) -> None:
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
        cloud.instead["status"] = [Answer(429, headers={"Retry-After": soon})]
        assert ask(cloud) == FILM

    def test_a_wait_that_is_too_long_is_not_begun(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(429, b'{"error": "quota of the day"}', {"Retry-After": "86400"})]
        began = time.monotonic()
        assert "takes no more requests for now (429); wait 86400 s and shoot again" in str(refused(cloud))
        assert time.monotonic() - began < 5
        assert cloud.count("submit") == 1

    def test_too_many_requests_again_and_again_end(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(429)] * 9
        assert "(429)" in str(refused(cloud))
        assert cloud.count("submit") == QUICK.tries

    @pytest.mark.parametrize("stage", ["map", "submit", "status", "result", "media"])
    def test_a_server_that_stumbles_is_asked_again_and_the_job_handed_in_once(self, cloud: Cloud, stage: str) -> None:
        cloud.instead[stage] = [BUSY]
        assert ask(cloud) == FILM
        assert cloud.count("submit") == (2 if stage == "submit" else 1)

    @pytest.mark.parametrize("stage", ["submit", "status"])
    def test_a_server_that_stays_down_is_an_error(self, cloud: Cloud, stage: str) -> None:
        cloud.instead[stage] = [BUSY] * 9
        error = refused(cloud)
        assert type(error) is EngineError
        assert "fal-ai failed (503): also when asked again; try later. It says: cold" in str(error)
        assert cloud.count(stage) == QUICK.tries

    def test_a_job_that_may_be_running_is_not_handed_in_twice(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(504)]
        assert "fal-ai failed (504): it may still be working, and bill" in str(refused(cloud))
        assert cloud.count("submit") == 1


class TestTheWire:
    def test_a_clip_cut_on_its_way_is_fetched_again(self, cloud: Cloud) -> None:
        cloud.instead["media"] = [Answer(body=FILM, cut=True)]
        assert ask(cloud) == FILM
        assert (cloud.count("media"), cloud.count("submit")) == (2, 1)

    def test_a_connection_that_keeps_breaking_is_an_error(self, cloud: Cloud) -> None:
        cloud.instead["media"] = [Answer(body=FILM, cut=True)] * 9
        assert "The connection to fal-ai broke" in str(refused(cloud))
        assert cloud.count("media") == QUICK.tries

    def test_what_never_reached_the_provider_is_said_to_cost_nothing(self, cloud: Cloud) -> None:
        cloud.instead["map"] = [Answer(cut=True)] * 9
        assert "broke" in (said := str(refused(cloud)))
        assert "no job was handed in, so none is billed" in said

    def test_nor_does_a_job_that_was_turned_away_and_could_not_be_handed_in_again(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(503, headers={"Retry-After": "2"})]
        error = refused(cloud, limits=replace(QUICK, overall_s=0.8))
        assert "no job was handed in, so none is billed" in str(error)

    def test_a_request_cut_after_it_was_sent_is_not_sent_again(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(body=b"{", cut=True)]
        assert "it may still be working, and bill" in str(refused(cloud))
        assert cloud.count("submit") == 1

    def test_nor_is_one_that_nobody_answered(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(silent=True)]
        assert "it may still be working, and bill" in str(refused(cloud))
        assert cloud.count("submit") == 1

    def test_a_clip_that_trickles_in_is_left_alone_when_time_is_over(self, cloud: Cloud) -> None:
        cloud.instead["media"] = [Answer(body=bytes(400), trickle_s=0.02)]
        assert "no clip ready after 1 s" in str(refused(cloud, limits=replace(QUICK, overall_s=1.0)))
        assert cloud.left_alone.wait(3.0)

    def test_a_server_that_says_nothing_is_not_waited_for(self, cloud: Cloud) -> None:
        cloud.instead["status"] = [Answer(after_s=1.0)] * 3
        error = refused(cloud, limits=replace(QUICK, request_s=0.2))
        assert "did not answer in time" in str(error)

    def test_a_job_that_never_ends_ends_here(self, cloud: Cloud) -> None:
        cloud.polls = 10_000
        began = time.monotonic()
        error = refused(cloud, limits=replace(QUICK, overall_s=1.5))
        assert "no clip ready after 1.5 s; it may still be working, and bill" in str(error)
        assert time.monotonic() - began < 4
        self._quiet_soon(cloud)

    def test_more_bytes_than_a_clip_may_have_are_not_read(self, cloud: Cloud) -> None:
        cloud.clip = bytes(3_000_000)
        error = refused(cloud, limits=replace(QUICK, most_bytes=2**20))
        assert "more than 1 MB" in str(error)

    def test_packed_bytes_are_refused_since_they_could_unpack_without_end(self, cloud: Cloud) -> None:
        cloud.instead["media"] = [Answer(body=FILM, headers={"Content-Encoding": "gzip"})]
        assert "packed bytes" in str(refused(cloud))

    @pytest.mark.parametrize(
        "url",
        ["http://v3.files.example.com/clip.mp4", "https://127.0.0.1/clip.mp4", "https://[::1]/x", "https://localhost/x",
         "https://metadata.internal/x", "file:///etc/hostname", "clip.mp4"],
    )  # fmt: skip
    def test_an_address_nearer_than_the_internet_is_not_followed(self, cloud: Cloud, url: str) -> None:
        cloud.instead["result"] = [Answer(body=b'{"video": {"url": "%s"}}' % url.encode())]
        assert "named an address that is not followed" in str(refused(cloud))
        assert cloud.count("media") == 0

    def test_nor_is_a_redirection_to_one(self, cloud: Cloud) -> None:
        cloud.instead["media"] = [Answer(302, headers={"Location": "https://10.0.0.1/admin"})]
        assert "not followed" in str(refused(cloud))

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"null", b"<html>", b"\xff\xfe", b'{"video": null}', b'{"video": {"url": 7}}']
    )
    def test_an_answer_in_another_form_is_an_error(self, cloud: Cloud, body: bytes) -> None:
        cloud.instead["result"] = [Answer(body=body)]
        assert isinstance(refused(cloud), EngineError)

    def test_other_requests_through_the_client_are_left_as_they_are(self, cloud: Cloud) -> None:
        ask(cloud)
        cloud.instead["media"] = [Answer(500, b"as it is")]
        answer = huggingface_hub.get_session().get(f"https://{MEDIA}/x")
        assert (answer.status_code, answer.content) == (500, b"as it is")

    @staticmethod
    def _quiet_soon(cloud: Cloud) -> None:
        time.sleep(6 * POLL_S)
        before = len(cloud.seen)
        time.sleep(10 * POLL_S)
        assert len(cloud.seen) == before


class TestCancel:
    def test_waiting_ends_at_once_and_nothing_is_polled_any_more(
        self, cloud: Cloud, caplog: pytest.LogCaptureFixture
    ) -> None:
        cloud.polls = 10_000
        with pytest.raises(TakeCancelled, match="fal-ai cannot call a job off: it may still be working, and bill"):
            ask(cloud, cancelled=lambda: cloud.count("status") > 0)
        assert "it may still be working, and bill" in caplog.text
        TestTheWire._quiet_soon(cloud)

    def test_a_provider_that_answers_when_the_clip_is_made_holds_nobody(self, cloud: Cloud) -> None:
        cloud.instead["submit"] = [Answer(after_s=5.0)]
        began = time.monotonic()
        with pytest.raises(TakeCancelled):
            ask(cloud, "novita", cancelled=lambda: cloud.count("submit") > 0)
        assert time.monotonic() - began < 3

    def test_the_next_clip_comes_as_usual(self, cloud: Cloud) -> None:
        cloud.polls = 10_000
        with pytest.raises(TakeCancelled):
            ask(cloud, cancelled=lambda: cloud.count("status") > 0)
        cloud.polls = 0
        assert ask(cloud) == FILM
