"""Python, whatever the folder is called."""
