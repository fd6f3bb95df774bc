"""`ivr service`: the router as a service of systemd.

unit           the text of the unit: who runs it, what it may touch
environment    the file of its settings, which only root can read
install        writing both, and the user that it runs as
command        the commands of the terminal
"""
