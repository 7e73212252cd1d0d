"""Reports builds to OpenLineage and OpenTelemetry, if the user has set them up. Else nothing is imported or sent."""
