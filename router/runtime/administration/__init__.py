"""Who may do what, and who has done it: roles, bearer tokens, and the audit."""
