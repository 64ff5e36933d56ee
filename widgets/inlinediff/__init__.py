"""The inline diff: proposed hunks drawn in one editor, kept or rejected one by one."""
