"""Bringing files of resources into the platform, and out of it again.

Design, section 5; spec/cdr, section 5 (the data at hand).
"""
