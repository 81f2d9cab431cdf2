"""The only tags and filters that the text of a notice may use (NTF-3): nothing that loads, links or reads the clock."""

from django.template import Library, defaultfilters, defaulttags

TAGS = ("if", "for", "with", "comment", "firstof")
FILTERS = (
    "add",
    "default",
    "first",
    "floatformat",
    "join",
    "last",
    "length",
    "lower",
    "pluralize",
    "truncatechars",
    "upper",
)

register = Library()
register.tags.update({name: defaulttags.register.tags[name] for name in TAGS})
register.filters.update({name: defaultfilters.register.filters[name] for name in FILTERS})
