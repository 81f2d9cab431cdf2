"""A network that fails: handlers for Playwright's `route`."""


def losing_the_first_answer(tries):
    """Let every request through and lose the first answer on its way back; `tries` collects what was sent."""

    def handle(route):
        tries.append(route.request.post_data)
        answer = route.fetch()
        if len(tries) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    return handle
