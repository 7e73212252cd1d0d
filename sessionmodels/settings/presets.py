"""Presets: the session rules of well-known tools, as nothing but settings. A setting that is given beside a preset wins."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

PresetName = Literal["ga4", "universal-analytics", "rudderstack-web", "rudderstack-mobile", "dbt"]

PRESETS: Final[Mapping[str, Mapping[str, Any]]] = {
    "ga4": {"idle_minutes": 30, "engaged_seconds": 10, "page_events": ["page", "screen"]},
    "universal-analytics": {"idle_minutes": 30, "cut_at_midnight": True, "cut_on_campaign": True},
    "rudderstack-web": {"idle_minutes": 30, "sdk_sessions": True},
    "rudderstack-mobile": {"idle_minutes": 5, "sdk_sessions": True},
    "dbt": {"compatibility": "dbt"},
}
"""By preset, the settings that it stands for. `docs/settings.md` says where each rule is documented."""


class Preset(PydanticBaseSettingsSource):
    """The place of last resort before the defaults: the settings of the preset that another place names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return nothing: all settings are returned at once."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the settings of the preset. A name that is no preset is refused where the setting is checked."""
        name = self.current_state.get("preset")
        return dict(PRESETS.get(name, {})) if isinstance(name, str) else {}
