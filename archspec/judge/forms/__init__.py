"""Judged specs and compared pages as people and programs read them, a format a file.

On GitHub they are their diagnostics: archspec.diagnostics.github.
"""
