"""The web face: pages for the public, applicants and officials. Holds no rule: views call verbs."""
