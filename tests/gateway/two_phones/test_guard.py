"""Who is refused: other sites, names that are not this machine's, and everybody in production."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.app import make_app
from gateway.settings import Settings
from gateway.two_phones.places import stage_places
from gateway.two_phones.stage import StagePlaces
from tests.gateway.production_settings import PRODUCTION
from tests.given_settings import GivenSettings
from tests.service import open_service
from tests.serving import Serving

FORMS = {
    "/phone/story": {"act": "step"},
    "/phone/faults": {"fault": "database"},
    "/phone/third": {"third": "on"},
    "/phone/buyer/keys": {"key": "send"},
    "/phone/buyer/sim": {"language": "fr"},
}
SIMULATOR = {"url": "http://127.0.0.1:9", "control_key": "key"}


async def token_of(serving: Serving) -> str:
    async with serving.http.get(f"{serving.url}/phone") as answer:
        found = re.search(r'name="token" value="([^"]+)"', await answer.text())
    assert found
    return found[1]


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_of_another_page_is_refused(serving: Serving, path: str) -> None:
    token, own = await token_of(serving), serving.url
    host = own.removeprefix("http://")
    for headers, given in (
        ({}, token),
        ({"Origin": "https://evil.example"}, token),
        ({"Origin": "null"}, token),
        ({"Origin": f"{own}.evil.example"}, token),
        ({"Origin": "http://127.0.0.1:1"}, token),
        ({"Origin": own}, ""),
        ({"Origin": own}, "x" * len(token)),
        ({"Origin": own, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, token),
        ({"Origin": "http://evil.example", "Host": "evil.example"}, token),
        ({"Origin": f"http://{host}.evil.example", "Host": f"{host}.evil.example"}, token),
    ):
        form = FORMS[path] | {"token": given, "live": "1"}
        async with serving.http.post(f"{own}{path}", data=form, headers=headers) as answer:
            assert answer.status == 403, (path, headers)
    body = orjson.dumps(FORMS[path] | {"token": token})
    headers = {"Origin": own, "Content-Type": "application/json"}
    async with serving.http.post(f"{own}{path}", data=body, headers=headers) as answer:
        assert answer.status == 415


@pytest.mark.parametrize("path", ["/", "/phone", "/phone/events", "/phone/phones.js"])
async def test_a_name_that_points_here_reads_nothing(serving: Serving, path: str) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", ""):
        async with serving.http.get(f"{serving.url}{path}", headers={"Host": host}) as answer:
            assert answer.status == 403, host


async def test_this_machine_has_several_names(serving: Serving) -> None:
    for host in ("localhost", "localhost:8000", "127.0.0.1", "[::1]:8000", "phones.localhost"):
        async with serving.http.get(f"{serving.url}/phone", headers={"Host": host}) as answer:
            assert answer.status == 200, host
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
    async with serving.http.get(f"{serving.url}/", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/phone")


async def test_fields_that_are_wrong_are_named(serving: Serving) -> None:
    token = await token_of(serving)
    for path, form, field in (
        ("/phone/story", {"to": "13"}, "to"),
        ("/phone/story", {"to": "²"}, "to"),
        ("/phone/story", {"to": "1" * 5000}, "to"),
        ("/phone/story", {"pace": "never"}, "pace"),
        ("/phone/story", {"act": "rewind"}, "act"),
        ("/phone/faults", {"fault": "fire"}, "fault"),
        ("/phone/buyer/keys", {"key": "12"}, "key"),
        ("/phone/buyer/sim", {"network": "1"}, "network"),
        ("/phone/buyer/sim", {"language": "xx"}, "language"),
        ("/phone/buyer/sim", {"msisdn": "12"}, "msisdn"),
    ):
        headers = {"Origin": serving.url}
        async with serving.http.post(f"{serving.url}{path}", data=form | {"token": token}, headers=headers) as answer:
            assert (answer.status, (await answer.json())["field"]) == (400, field), form
    async with serving.http.post(f"{serving.url}/phone/nobody/keys", data={"token": token}) as answer:
        assert answer.status == 404


async def test_the_simulators_control_is_shut_to_pages(serving: Serving) -> None:
    told = orjson.loads((serving.data_dir / "serve.json").read_bytes())
    for path in ("wire", "faults", "accepted", "daraja/purses"):
        for headers, status in (
            ({"X-Simulator-Key": told["simulator_key"]}, 200),
            ({"X-Simulator-Key": ""}, 401),
            ({"X-Simulator-Key": told["simulator_key"], "Origin": serving.url}, 403),
            ({"X-Simulator-Key": told["simulator_key"], "Sec-Fetch-Site": "same-site"}, 403),
            ({"X-Simulator-Key": "", "Origin": "null"}, 403),
        ):
            async with serving.http.get(f"{told['simulator_url']}/control/{path}", headers=headers) as answer:
                assert answer.status == status, (path, headers)


async def test_what_is_printed_ends_with_one_address(serving: Serving) -> None:
    assert serving.printed.read_text().splitlines()[-1].startswith(f"open       {serving.url}/phone ")


def test_there_is_no_page_in_production_nor_without_our_simulator_nor_with_workers() -> None:
    production, here = GivenSettings(**_named(PRODUCTION)), GivenSettings(environment="development")

    def places(settings: Settings, simulator: dict[str, str], workers: int) -> StagePlaces | None:
        return stage_places(settings, "http://127.0.0.1:8000", simulator, workers, has_own_servers=True)

    assert places(here, SIMULATOR, 1) is not None
    assert places(production, SIMULATOR, 1) is None
    assert places(here, {}, 1) is None
    assert places(here, SIMULATOR, 4) is None
    given = StagePlaces("http://127.0.0.1:8000", "key", "http://127.0.0.1:9", "key", "*483#", "KE", Path())
    paths = {resource.canonical for resource in make_app(production, phones=given).router.resources()}
    assert not any(path == "/" or path.startswith("/phone") for path in paths)


async def test_a_service_without_the_page_knows_no_such_address(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url) as service:
        for path in ("/", "/phone", "/phone/events", "/phone/phones.js"):
            assert (await service.edge.request("GET", path)).status == 404


def _named(values: dict[str, str]) -> dict[str, Any]:
    return {name.lower(): value for name, value in values.items()}
