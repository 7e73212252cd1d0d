"""The relations, one file each. Their order is not written down: it follows from what each of them reads."""

from sessionmodels.model import Model
from sessionmodels.models.aliases_mapping import aliases_mapping as aliases_mapping
from sessionmodels.models.mapped_tracks import mapped_tracks as mapped_tracks
from sessionmodels.models.session_duration import session_duration as session_duration
from sessionmodels.models.session_events import session_events as session_events
from sessionmodels.models.session_track_facts import session_track_facts as session_track_facts
from sessionmodels.models.session_tracks import session_tracks as session_tracks
from sessionmodels.models.sessions import sessions as sessions
from sessionmodels.models.track_facts import track_facts as track_facts
from sessionmodels.models.tracks_flow import tracks_flow as tracks_flow
from sessionmodels.models.user_session_facts import user_session_facts as user_session_facts

MODELS: dict[str, Model] = {name: found for name, found in list(globals().items()) if isinstance(found, Model)}
