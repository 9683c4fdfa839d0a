"""Open311 GeoReport v2 with the extension of mySociety: the door other cities' software already knows."""
