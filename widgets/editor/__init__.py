"""The code editor: a Scintilla widget that is contained, and everything that makes it one's own."""
