"""`archspec verify`: a project's verdicts, or a published page."""
