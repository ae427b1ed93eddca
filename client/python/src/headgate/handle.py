"""An object that holds a connection: copies of its owner share it."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

Self = TypeVar("Self", bound="Handle")


class Handle:
    """May be a field of a pydantic model; copies of the model share it."""

    def __copy__(self: Self) -> Self:
        return self

    def __deepcopy__(self: Self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"a {name} holds a connection and its token, and cannot be pickled: make one in each process "
            "(headgate.Client), or use the drop-ins, which share one client a process (headgate.configure)"
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Called only by pydantic, which is installed then."""
        from pydantic_core import core_schema

        shown = core_schema.to_string_ser_schema(when_used="json")
        return core_schema.is_instance_schema(cls, serialization=shown)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"title": cls.__name__, "description": "A connected client; it is given by the program alone."}
