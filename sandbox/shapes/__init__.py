"""GitHub's JSON, one file per family: each function turns records into the object that API and webhooks share."""
