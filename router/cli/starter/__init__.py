"""A first bundle, made of answers: `ivr new` asks its author for them, `ivr init` the account.

answers      what a bundle is made of, and how people write it
recordings   what each prompt has to say, and for how long
bundle       the flow and its resources
scripts      the tests beside it, which reach every exit
questions    asking in a terminal, until the answer can be read
"""
