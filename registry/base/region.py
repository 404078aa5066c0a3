"""Region codes (GB/T 2260), kept as the text that was written."""

import re
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import PydanticCustomError, core_schema

from registry.base.written import WrittenText, reread


class RegionCode(str):
    """Six digits; `000000` is the nation."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def check(value: str) -> "RegionCode":
            if not re.fullmatch(r"[0-9]{6}", value):
                raise PydanticCustomError("region_code", "a region code has six digits")
            return cls(value)

        def written(value: Any, info: ValidationInfo) -> Any:
            """Unquoted in a file, the digits come as a number, or are full-width."""
            if isinstance(value, int) and not isinstance(value, bool):
                digits = f"{value:06}"
            elif isinstance(value, WrittenText) and re.fullmatch("[0-9０-９]{6}", value) and not value.isascii():
                digits = "".join(str(int(digit)) for digit in value)
            else:
                return value
            reread(info, value, f'"{digits}"')
            return digits

        return core_schema.no_info_after_validator_function(
            check,
            core_schema.with_info_before_validator_function(written, core_schema.str_schema()),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


NATION = RegionCode("000000")


def prefix(region: str) -> str:
    """The digits with which every code in a region begins, by the pairs of digits of GB/T 2260; none for the nation."""
    while region.endswith("00"):
        region = region[:-2]
    return region


def is_within(code: str, region: str) -> bool:
    """Whether a code lies in a region (or is it)."""
    return code.startswith(prefix(region))
