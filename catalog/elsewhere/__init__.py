"""The cross search: a look into other libraries' catalogues before one reserves (REQ-3).

    answer = ask(target, Wanted.read(request.GET), source=guessing.source(request))

1. A reader's words are a `Wanted`; staff describe each `SearchTarget` in the admin.
2. `sru` and `opensearch` put the question and read the answer: two functions each, `question` and `read`, that know
   no network. `answers` holds what both read: XML without entities, and Dublin Core in its several dresses.
3. `asking` fetches one address within limits of time, size and direction; `network` opens the connection, to public
   addresses only. Strangers may be dead, slow, huge or hostile: what comes of it is an `Outcome` with a sentence.
4. `manners` remembers answers for some minutes, leaves a target in peace that has failed three times, and lets no
   source ask too often. Nothing remembers or logs who looked for what.
5. `inquiry` does it in this order. Each target is a page of its own: without JavaScript a link, with it a part that
   loads itself. So a dead target delays nothing but its own section.
"""

from catalog.elsewhere.answers import Answer, Hit, Outcome
from catalog.elsewhere.inquiry import Trial, ask, try_out
from catalog.elsewhere.wanted import Wanted

__all__ = ["Answer", "Hit", "Outcome", "Trial", "Wanted", "ask", "try_out"]
