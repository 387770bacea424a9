"""Code generation: descriptions of APIs in, Python text out. Nothing here reads or writes a file."""
