"""The shapes of the map, small and in the reader's language; kept until the areas change (图层)."""

import json
from functools import lru_cache

from linli.place import queries as place
from linli.place.rules import Level
from linli.web.casepage.words import language
from linli.web.district.places import Here

KEPT = 128


def layer(here: Here) -> tuple[str, str]:
    """Return the areas below one as GeoJSON text, and a tag that changes when they do."""
    version = place.layer_version()
    return _layer(version, here.level, here.code, language()), f"{version}-{here.level}-{here.code}-{language()}"


@lru_cache(maxsize=KEPT)
def _layer(_version: str, level: Level, prefix: str, spoken: str) -> str:
    drawn = place.layer(level=level, prefix=prefix)["features"]
    names = place.names([feature["properties"]["code"] for feature in drawn], spoken)
    features = [
        {
            "type": "Feature",
            "geometry": feature["geometry"],
            "properties": {
                "code": (known := feature["properties"])["code"],
                "name": names[known["code"]],
                **({"label": [known["lng"], known["lat"]]} if known["lng"] is not None else {}),
            },
        }
        for feature in drawn
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
