"""The settings of a service that a test opens: what the test gives, and else the defaults."""

from typing import Literal

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from gateway.settings import Settings


class GivenSettings(Settings):
    """To look for every setting in the environment and in a file takes longer than all the rest of a service's start,
    and a test of the service means neither.

    Money waits only where a test says so: most tests are about contracts of people who pay each other."""

    escrow: Literal["off", "on"] | None = "off"

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        return (init_settings,)
