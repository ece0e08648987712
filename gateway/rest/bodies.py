"""The body of a new contract: from JSON values to what the rules take, or every fault with its path.

A value is read as it would be from a phone's keypad where it is text; where it is a number, exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic import ValidationInfo as Info
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core import ErrorDetails

from contracts.actions import Offered
