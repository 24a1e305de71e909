"""Who may do what: sign-in, policy, break-glass, signatures, audit.

Design, section 1 (sentence 3) and section 2; SMART App Launch 2.x; OpenID Connect Core 1.0.
"""
