"""The thinking part: plain Python and asyncio. Knows no window; could run a headless command
line.
"""
