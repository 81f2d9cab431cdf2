"""The long run: rival verbs and random lives, again and again, in a database of its own (`manage.py soak`).

house.py       a small library with four patrons, put back to its beginning in a moment
situations.py  what stands before two rivals begin: an item on loan with a queue, a bag that is packed, …
moves.py       the verbs that may meet, each with the situations in which it has something to do
rivals.py      two connections that begin at the same moment and stumble at random
ends.py        how a race has ended, in words that two races can have in common
pairs.py       every pair of moves, and the verdict: no error, and an end that one of two orders could have led to
"""
