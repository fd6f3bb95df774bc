"""`ivr init`: a first bundle made of what an account of the PBX has.

account      what the account has, asked within its limits
names        names of the cabinet as names of a bundle
choices      what the bundle gets of it: by questions, by options, or by default
checklist    what is left to click in the cabinet
settings     the key and the salt: from the environment, or asked for and kept in a file
command      all of that in order
"""
