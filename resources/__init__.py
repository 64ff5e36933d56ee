"""Data only: prompts, themes, keymaps, tables, icons.

The one name in here is where the data lies.
"""

from pathlib import Path

ROOT = Path(__file__).parent
