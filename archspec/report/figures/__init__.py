"""The figures of a report, one file a figure; matplotlib is imported where one is drawn."""
