"""What OpenLineage and OpenTelemetry are told of a build, if the user has set them up. Else nothing is imported or sent."""
