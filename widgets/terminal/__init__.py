"""The terminal: cells painted in the theme, keys and mouse for the programs inside, tabs."""
