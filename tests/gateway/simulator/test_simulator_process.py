"""The simulator as a process: it says where it is, stops when told, and never outlives the one it was started for."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.simulator.control import KEY_HEADER
from gateway.simulator.daraja import DarajaSettings
from tests.gateway.fake_provider import HOOKS_TOKEN
from tests.gateway.twilio_account import SID, TOKEN


def simulator_command(*options: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "gateway.simulator", "--token", HOOKS_TOKEN, *options)


async def test_it_runs_by_itself_and_stops_when_told(tmp_path: Path) -> None:
    announced = tmp_path / "simulator.json"
    command = simulator_command("--announce-file", str(announced))
    simulator = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    async with asyncio.timeout(120):
        assert simulator.stdout is not None
        said = (await simulator.stdout.readline()).decode()
        told = json.loads(announced.read_text())
        assert said == f"Africa's Talking simulator on {told['url']}\n"
        assert (told["url"], told["pid"]) == (f"http://127.0.0.1:{told['port']}", simulator.pid)
        assert stat.S_IMODE(announced.stat().st_mode) == 0o600, "it has the key"
        async with aiohttp.ClientSession(told["url"], headers={KEY_HEADER: told["control_key"]}) as http:
            long_poll = asyncio.create_task(http.get("/control/inbox/+254711000001?wait=30"))
            await asyncio.sleep(0.1)
            simulator.terminate()
            async with await long_poll as response:
                assert await response.json() == []
        assert await simulator.wait() == 0


async def test_it_plays_twilio_for_the_account_in_its_environment(tmp_path: Path) -> None:
    announced = tmp_path / "simulator.json"
    env = {**os.environ, "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}
    command = simulator_command("--announce-file", str(announced))
    simulator = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=env)
    async with asyncio.timeout(120):
        assert simulator.stdout is not None
        await simulator.stdout.readline()
        async with aiohttp.ClientSession(json.loads(announced.read_text())["url"]) as http:
            async with http.post(f"/2010-04-01/Accounts/{SID}/Messages.json", data={"To": "+1"}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (401, 20003)
            simulator.terminate()
        assert await simulator.wait() == 0


async def test_it_plays_pawapay_for_the_token_in_its_environment(tmp_path: Path) -> None:
    announced = tmp_path / "simulator.json"
    env = {**os.environ, "PAWAPAY_TOKEN": "pawapay-token"}
    command = simulator_command("--announce-file", str(announced))
    simulator = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=env)
    async with asyncio.timeout(120):
        assert simulator.stdout is not None
        await simulator.stdout.readline()
        headers = {"Authorization": "Bearer pawapay-token"}
        async with aiohttp.ClientSession(json.loads(announced.read_text())["url"], headers=headers) as http:
            async with http.get("/v2/public-key/http") as answer:
                assert [key["id"] for key in await answer.json()] == ["HTTP_EC_P256_KEY:1"]
            simulator.terminate()
        assert await simulator.wait() == 0


@pytest.mark.parametrize("key", [None, "our-own-key"])
async def test_it_plays_daraja_for_the_account_in_its_environment_or_for_its_own(
    tmp_path: Path, key: str | None
) -> None:
    announced = tmp_path / "simulator.json"
    env = {**os.environ, **({"MPESA_CONSUMER_KEY": key, "MPESA_CONSUMER_SECRET": "our-own-secret"} if key else {})}
    command = simulator_command("--announce-file", str(announced))
    simulator = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=env)
    account = (key, "our-own-secret") if key else (DarajaSettings().consumer_key, DarajaSettings().consumer_secret)
    async with asyncio.timeout(120):
        assert simulator.stdout is not None
        await simulator.stdout.readline()
        headers = {"Authorization": aiohttp.encode_basic_auth(*account)}
        async with aiohttp.ClientSession(json.loads(announced.read_text())["url"], headers=headers) as http:
            async with http.get("/oauth/v1/generate?grant_type=client_credentials") as answer:
                assert answer.status == 200 and (await answer.json())["expires_in"] == "3599"
            simulator.terminate()
        assert await simulator.wait() == 0


async def test_it_does_not_outlive_the_process_that_started_it() -> None:
    command = simulator_command("--parent-pid")
    starts_and_waits = f"import os, subprocess; subprocess.run([*{command!r}, str(os.getpid())])"
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", starts_and_waits, stdout=subprocess.PIPE)
    async with asyncio.timeout(120):
        assert parent.stdout is not None
        assert await parent.stdout.readline()
        parent.kill()
        await parent.communicate()  # returns at the end of the pipe, which the simulator holds too: it is gone


async def test_a_port_in_use_is_one_line() -> None:
    async with TestServer(web.Application()) as taken:
        port = str(taken.port)
        simulator = await asyncio.create_subprocess_exec(*simulator_command("--port", port), stderr=subprocess.PIPE)
        _, said = await simulator.communicate()
    assert simulator.returncode == 1
    assert said.decode() == f"simulator: cannot listen on 127.0.0.1:{port}: Address already in use\n"
