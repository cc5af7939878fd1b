"""What makes the site: pages' blocks executed, pictures drawn, derivations typeset, and hooks for MkDocs."""
