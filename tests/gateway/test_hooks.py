"""Requests to hooks that are wrong: each gets the right 4xx with the field's name, and nothing is written."""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from storage.embedded.servers import ServerUrls
from tests.gateway.providers_forms import FORMS, MSISDN, TYPED
from tests.handset import HEADERS, ServiceReply
from tests.service import TOKEN, Service, fresh_database, open_service

NEEDED = {
    "ussd": ["sessionId", "phoneNumber", "serviceCode", "text"],
    "ussd/events": ["sessionId", "phoneNumber", "status"],
    "sms": ["from", "to", "text", "id"],
    "sms/reports": ["id", "status"],
}
ROUTES = list(FORMS)
OF_EVERY_FORM = {"ussd": "text", "ussd/events": "status", "sms/reports": "status"}
TITLES = {
    404: "Not Found",
    405: "Method Not Allowed",
    413: "The body should be at most 64 KiB.",
    415: "the body should be application/x-www-form-urlencoded",
}


@pytest_asyncio.fixture(scope="module")
async def running(servers: ServerUrls, template_database: str) -> AsyncIterator[Service]:
    """One service for the whole module: a refused request writes nothing."""
    async with (
        fresh_database(servers.database_url, template_database) as database_url,
        open_service(database_url, servers.redis_url) as running,
    ):
        await running.redis.flushdb()
        yield running


@pytest_asyncio.fixture
async def service(running: Service) -> AsyncIterator[Service]:
    """Give the service; after the test, check that nothing was written and that no error was logged."""
    yield running
    assert await running.counts() == dict.fromkeys(await running.counts(), 0)
    assert await running.sessions() == {}
    assert '"level":"error"' not in running.logged()


@pytest.mark.parametrize("route", ROUTES)
async def test_the_unchanged_forms_are_accepted(database_url: str, redis_url: str, route: str) -> None:
    async with open_service(database_url, redis_url) as service:
        assert (await service.edge.hook(route, FORMS[route])).status == 200
        assert sum((await service.counts()).values()) + len(await service.sessions()) > 0


@pytest.mark.parametrize(("route", "field"), [(route, field) for route in ROUTES for field in NEEDED[route]])
async def test_a_field_is_missing(service: Service, route: str, field: str) -> None:
    form = {name: value for name, value in FORMS[route].items() if name != field}
    answer = await service.edge.hook(route, form)
    why = "must be a number like +254700000000" if field == "phoneNumber" else "is missing"
    assert_problem(answer, 400, field, None if field == "phoneNumber" else f"{field}: {why}")


@pytest.mark.parametrize(
    ("route", "field"), [(route, field) for route in ROUTES for field in NEEDED[route] if field != "text"]
)
async def test_a_field_is_blank(service: Service, route: str, field: str) -> None:
    assert_problem(await service.edge.hook(route, FORMS[route] | {field: ""}), 400, field)


@pytest.mark.parametrize(("route", "field"), [(route, field) for route in ROUTES for field in FORMS[route]])
async def test_a_field_is_sent_twice(service: Service, route: str, field: str) -> None:
    """Even if both values are equal, and even for a field that is not read: frameworks differ in which they take."""
    for again in (FORMS[route][field], "something else"):
        body = f"{urlencode(FORMS[route])}&{urlencode({field: again})}".encode()
        assert_problem(await service.edge.hook(route, body), 400, field, f"{field}: is sent twice")


@pytest.mark.parametrize(
    ("value", "title"),
    [
        pytest.param(b"%ff%fe", "is not UTF-8", id="percent-encoded bytes that are not UTF-8"),
        pytest.param(b"%c3%28", "is not UTF-8", id="a broken sequence"),
        pytest.param(b"%ed%a0%80", "is not UTF-8", id="half a surrogate pair"),
        pytest.param(b"%00", None, id="NUL"),
        pytest.param(b"1%00", None, id="something, then NUL"),
    ],
)
@pytest.mark.parametrize("route", [route for route in ROUTES if route != "sms"])
async def test_values_with_invalid_letters(service: Service, route: str, value: bytes, title: str | None) -> None:
    field = OF_EVERY_FORM[route]
    form = {name: text for name, text in FORMS[route].items() if name != field}
    answer = await service.edge.hook(route, f"{urlencode(form)}&{field}=".encode() + value)
    assert_problem(answer, 400, field, title and f"{field}: {title}")


@pytest.mark.parametrize("field", ["from", "to", "id"])
@pytest.mark.parametrize("value", [b"%ff%fe", b"%00", b"%ef%bf%bd"])
async def test_a_text_may_be_broken_and_what_names_it_may_not(service: Service, field: str, value: bytes) -> None:
    form = {name: text for name, text in FORMS["sms"].items() if name != field}
    assert_problem(await service.edge.hook("sms", f"{urlencode(form)}&{field}=".encode() + value), 400, field)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "body", [pytest.param(b"\xff\xfe=1", id="Latin-1"), pytest.param("text=ä".encode("utf-16"), id="UTF-16")]
)
async def test_raw_bytes_that_are_not_utf_8(service: Service, route: str, body: bytes) -> None:
    answer = await service.edge.hook(route, urlencode(FORMS[route]).encode() + b"&" + body)
    assert_problem(answer, 400, "body", "body: is not UTF-8")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", ["%00", "%ff", "%0d%0aSet-Cookie%3a+a", "x" * 5000, "<script>"])
async def test_an_odd_field_name_is_repeated_only_in_part(service: Service, route: str, name: str) -> None:
    """The field's name is the only thing that an answer repeats: cut to a length, and never in a header."""
    body = f"{urlencode(FORMS[route])}&{name}=1&{name}=2".encode()
    answer = await service.edge.hook(route, body)
    assert_problem(answer, 400)
    assert len(answer.body) < 400


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"=", id="a name and a value that are not there"),
        pytest.param(b"&&&;;;", id="separators only"),
        pytest.param(b"%", id="half an escape"),
        pytest.param(b"\x00\x01\x02", id="control characters"),
        pytest.param(json.dumps({"text": TYPED}).encode(), id="JSON called a form"),
        pytest.param(
            b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\n1\r\n--x--", id="multipart called a form"
        ),
    ],
)
async def test_a_body_that_is_not_a_form(service: Service, route: str, body: bytes) -> None:
    assert_problem(await service.edge.hook(route, body), 400)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("application/json", json.dumps({"text": TYPED}).encode(), id="JSON"),
        pytest.param("text/plain", b"text=1", id="text"),
        pytest.param("multipart/form-data; boundary=x", b"--x--", id="multipart"),
        pytest.param("application/octet-stream", b"text=1", id="bytes"),
        pytest.param("x", b"text=1", id="no type"),
    ],
)
async def test_another_content_type(service: Service, route: str, content_type: str, body: bytes) -> None:
    assert_problem(await service.edge.hook(route, body, **{"Content-Type": content_type}), 415)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024])
async def test_a_body_too_big(service: Service, route: str, size: int) -> None:
    body = urlencode(FORMS[route]).encode() + b"&x="
    assert_problem(await service.edge.hook(route, body + b"x" * (size - len(body))), 413)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("field", "longest"), [("sessionId", 200), ("id", 200), ("text", 2000)])
async def test_a_field_too_long(service: Service, route: str, field: str, longest: int) -> None:
    if field not in NEEDED[route]:
        return
    longest = 255 * 153 if (route, field) == ("sms", "text") else longest
    assert_problem(await service.edge.hook(route, FORMS[route] | {field: "1" * (longest + 1)}), 400, field)


@pytest.mark.parametrize("number", ["hello", "+", "0712345678", "+0712345678", "+2547123456781234", "22483", "+25471a"])
@pytest.mark.parametrize("route", ["ussd", "ussd/events"])
async def test_a_caller_without_a_number(service: Service, route: str, number: str) -> None:
    assert_problem(await service.edge.hook(route, FORMS[route] | {"phoneNumber": number}), 400, "phoneNumber")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("route", ROUTES)
async def test_another_method(service: Service, route: str, method: str) -> None:
    path = f"/hooks/{TOKEN}/africastalking/{route}?{urlencode(FORMS[route])}"
    body = None if method in ("GET", "HEAD") else urlencode(FORMS[route]).encode()
    answer = await service.edge.request(method, path, body, **HEADERS)
    if method == "HEAD":
        assert (answer.status, answer.body) == (405, b"")
        return
    assert_problem(answer, 405)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_get_is_told_the_allowed_methods(service: Service, method: str) -> None:
    async with service.edge.http.get(f"{service.edge.url}/hooks/{TOKEN}/africastalking/ussd") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/hooks/wrong/africastalking/{route}", id="a wrong token"),
        pytest.param(f"/hooks/{TOKEN[:-1]}/africastalking/{{route}}", id="a token short of its last letter"),
        pytest.param(f"/hooks/{TOKEN.upper()}/africastalking/{{route}}", id="a token in capitals"),
        pytest.param("/hooks/%C3%A9/africastalking/{route}", id="a token that is not ASCII"),
        pytest.param("/hooks/%FF/africastalking/{route}", id="a token that is no UTF-8"),
        pytest.param("/hooks//africastalking/{route}", id="no token"),
        pytest.param(f"/hooks/{TOKEN}/nobody/{{route}}", id="an unknown provider"),
        pytest.param(f"/hooks/{TOKEN}/AfricasTalking/{{route}}", id="a provider in capitals"),
        pytest.param(f"/hooks/{TOKEN}/africastalking/{{route}}/", id="a slash more"),
        pytest.param(f"/hooks/{TOKEN}/africastalking/{{route}}/x", id="a route more"),
        pytest.param(f"/{TOKEN}/africastalking/{{route}}", id="another place"),
    ],
)
async def test_another_address(service: Service, route: str, path: str) -> None:
    """A stranger learns nothing: a wrong token gets the same 404 as any unknown address."""
    for body in (urlencode(FORMS[route]).encode(), b"\xff", b"x" * (1024 * 1024)):
        answer = await service.edge.request("POST", path.format(route=route), body, **HEADERS)
        assert_problem(answer, 404)
        assert TOKEN.encode() not in answer.body


ODD = [
    "", " ", "\t", "\r\n", "0", "-1", "+", "9" * 30, "1e309", "nan", "null", "[]", "'; --", "\x00", "a\x1bb",
    "\u202e1", "\ufeff1", "\U0001f600", "\uffff", "e\u0301" * 50, "١٢٣", "*" * 300, "%s%n", "../../x", "1\x00" * 30,
    "é" * 199, "x" * 60_000,
]  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
async def test_no_odd_value_breaks_a_hook(database_url: str, redis_url: str, route: str) -> None:
    """Each field with each of them: taken, or refused with its name; never a 5xx."""
    async with open_service(database_url, redis_url) as service:
        for field in FORMS[route]:
            for value in ODD:
                answer = await service.edge.hook(route, FORMS[route] | {field: value})
                assert answer.status in (200, 400, 403), (field, value)
                if answer.status == 400:
                    assert_problem(answer, 400, field)
        assert '"level":"error"' not in service.logged()


def assert_problem(answer: ServiceReply, status: int, field: str | None = None, title: str | None = None) -> None:
    """Check that the answer is this problem, and repeats nothing of what was sent."""
    assert (answer.status, answer.content_type.partition(";")[0]) == (status, "application/problem+json")
    said = json.loads(answer.body)
    assert said["status"] == status
    assert said["title"] == TITLES.get(status, title or said["title"])
    if field:
        assert said["field"] == field
        assert said["title"].startswith(f"{field}: ")
    assert set(said) <= {"type", "title", "status", "field"}
    text = answer.body.decode()
    assert not [secret for secret in (MSISDN[1:], MSISDN[4:], TYPED, "Traceback", 'File "', ".py") if secret in text]
