"""What makes the site: the pages' blocks executed, pictures drawn, derivations typeset, and hooks for MkDocs."""
