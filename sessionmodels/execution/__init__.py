"""One build: the request, the inspection, the choice of the mode, the execution, the build log and the result."""
