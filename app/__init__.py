"""The wiring: the only floor that knows everybody. Nothing is imported here, so that the bootstrap
can run first.
"""
