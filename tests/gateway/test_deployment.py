"""compose.yaml and .env.example: every setting is passed on, and what production needs is asked for."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it has no types

from gateway.settings import Settings
from storage.grants import ROLE
from tests.gateway.production_settings import PRODUCTION
from tests.serving import ROOT

ONLY_COMPOSE = {"POSTGRES_PASSWORD", "POSTGRES_APP_PASSWORD"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return read


def named_in(path: Path) -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", path.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("service", ["gateway", "worker", "migrate"])
def test_compose_passes_every_setting(compose: dict[str, Any], service: str) -> None:
    assert set(compose["services"][service]["environment"]) == {name.upper() for name in Settings.model_fields}


def test_the_service_is_not_the_owner_of_its_tables(compose: dict[str, Any]) -> None:
    urls = {name: compose["services"][name]["environment"]["DATABASE_URL"] for name in ("gateway", "migrate")}
    assert urls["gateway"].startswith(f"postgresql://{ROLE}:")
    assert urls["migrate"].startswith("postgresql://voicepact:")
    assert f"CREATE ROLE {ROLE}" in compose["services"]["role"]["command"][0]


@pytest.mark.parametrize("service", ["gateway", "worker", "migrate"])
def test_files_that_settings_name_are_where_the_documents_put_them(compose: dict[str, Any], service: str) -> None:
    assert "/etc/voicepact:/etc/voicepact:ro" in compose["services"][service]["volumes"]
    assert "--to file:/etc/voicepact/" in (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    account = re.search("--uid ([0-9]+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert account and f"-o {account[1]} /etc/voicepact" in (ROOT / "docs" / "operations.md").read_text(
        encoding="utf-8"
    )


def test_docker_checks_the_worker_in_the_folder_that_it_has(compose: dict[str, Any]) -> None:
    worker, folder = compose["services"]["worker"], ["--data-dir", "/data"]
    assert worker["command"] == ["worker", *folder]
    assert worker["healthcheck"]["test"] == ["CMD", "voicepact", "health", *folder]
    assert "VOLUME /data" in (ROOT / "Dockerfile").read_text(encoding="utf-8"), "the rest is read-only"


def test_the_example_names_settings_only_and_all_that_production_needs() -> None:
    names = named_in(ROOT / ".env.example")
    assert names <= {name.upper() for name in Settings.model_fields} | ONLY_COMPOSE
    assert names >= set(PRODUCTION) | ONLY_COMPOSE
