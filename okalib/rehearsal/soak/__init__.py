"""The long run: rival verbs and random lives, again and again, in a database of its own (`manage.py soak`).

house.py       a small library with four patrons, put back to its beginning in a moment
situations.py  what stands before two rivals begin: an item on loan with a queue, a bag that is packed, …
moves.py       the verbs that may meet, each with the situations in which it has something to do
rivals.py      two connections that begin at the same moment and stumble at random
ends.py        how a race has ended, in words that two races can have in common
invariants.py  which invariants of the consistency check are broken, asked in passing
pairs.py       every pair of moves, and the verdict: no error, and an end that one of two orders could have led to
races.py       pairs raced again and again, each drawn anew
life.py        a random life: the house and the model side by side, compared after each step
pieces.py      what the model is made of
model.py       the library in plain Python
steps/         what may happen in a life
lives.py       lives drawn by a seed, and cut short where they go wrong
asking.py      questions asked again and again, planned once
lanes.py       processes side by side, each with an empty library of its own
"""
