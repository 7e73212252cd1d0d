"""Why an event, or a visitor, is as the relations show it: every query is limited to one id, one visitor or one device."""
