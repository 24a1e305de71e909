"""Running the platform on a machine: launching, health, packaged pages.

Design, section 5 (set-up contract).
"""
