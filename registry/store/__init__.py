"""Tables, sessions, the record and its tree, evidence, encryption and stored pages."""
