"""Kernel: what every room stands on, without a word of medicine.

See the design, section 2.
"""
