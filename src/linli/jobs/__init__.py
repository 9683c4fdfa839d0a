"""Clock, MQTT listener, notices: thin wrappers round actions and event rows."""
