"""The rules, one file each. A file is found by its name: the rule's code, with _ for -."""
