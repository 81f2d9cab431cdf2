"""What staff do: they scan, look for what is missing, pack and unpack, and take back their mistakes."""

from __future__ import annotations

from circulation import actions as circulation
from circulation.models import Loan
from delivery import actions as delivery
from delivery.models import Bag, SlipLine
from holds import actions as holds
from holds.models import PullLine
from holds.rules import PullOutcome
from okalib.rehearsal.soak.ends import end_of
from okalib.rehearsal.soak.life import AHEAD, COPIES, Life
from okalib.rehearsal.soak.steps.registry import step


@step(15, copy=COPIES)
def scan(life: Life, copy: int) -> None:
    """RET-1, PUL-3; scanned once more, nothing changes (A67, A252)."""
    item = life.house.copies[copy]
    life.does(set(), circulation.check_in, item=item)
    before = end_of(life.house)
    life.does(set(), circulation.check_in, item=item)
    assert end_of(life.house) == before
    life.model.scan(copy)


@step(20, when=lambda life: bool(life.model.to_fetch()), lot=AHEAD)
def fetch(life: Life, lot: int) -> None:
    """PUL-3: a copy that somebody waits for is fetched from its shelf, or taken off the hold shelf."""
    copies = life.model.to_fetch()
    scan(life, copies[lot % len(copies)])


@step(6, copy=COPIES)
def scan_by_mistake(life: Life, copy: int) -> None:
    """A scan that is taken back at once leaves everything as it was; a pause that was over is forgotten."""
    before = life.end_beside_the_queue()
    memory = life.does(set(), circulation.check_in, item=life.house.copies[copy], by=life.house.desk).memory
    if not memory.is_empty:
        life.does(set(), circulation.undo_check_in, memory=memory, by=life.house.desk, reason="誤り")
    assert life.end_beside_the_queue() == before
    if memory.claimed is not None and memory.claimed.before[0] == "waiting":
        life.model.wishes[life.place_in_queue(memory.claimed.hold_id)].forget_pause()


@step(4, when=lambda life: life.last_lent is not None)
def take_the_last_loan_back(life: Life) -> None:
    """A165: its reservation holds the copy again; refused once it has come back."""
    assert life.last_lent is not None
    loan, number = life.last_lent.loan, life.number(life.last_lent.loan.item_id)
    is_open = Loan.objects.open().filter(pk=loan.pk).exists()
    undone = {"loan": loan, "memory": life.last_lent.memory, "by": life.house.desk, "reason": "誤り"}
    life.does(set() if is_open else {"not_on_loan"}, circulation.undo_check_out, **undone)
    if is_open:
        life.model.unlend(number, keep_until=life.last_lent.memory.keep_until)
    life.last_lent = None


@step(5, copy=COPIES)
def hand_in_elsewhere(life: Life, copy: int) -> None:
    """RET-3, RET-4."""
    mine = life.model.copies[copy]
    refused = set() if mine.holder is not None else {"not_on_loan"}
    life.does(refused, circulation.receive, item=life.house.copies[copy], library=life.house.branch)
    if not refused and (mine.received_on is None or mine.is_disputed):
        mine.received_on, mine.is_disputed = life.model.today, False


@step(4, when=Life.has_open, lot=AHEAD)
def extend(life: Life, lot: int) -> None:
    """SHF-5."""
    number, wish = life.drawn(life.open(), lot)
    refused = {"not_ready"} if wish.state != "ready" else {"already_extended"} if wish.extensions else set()
    longer = life.does(refused, holds.extend, hold=life.holds[number], by=life.house.desk)
    if longer is not None:
        life.is_open_day(life.house.home, longer.keep_until)
        wish.keep_until, wish.extensions = longer.keep_until, 1


@step(5, when=lambda life: PullLine.objects.filter(day=life.model.today, outcome="").exists(), lot=AHEAD)
def not_on_its_shelf(life: Life, lot: int) -> None:
    """PUL-5."""
    lines = list(PullLine.objects.filter(day=life.model.today, outcome="").order_by("pk").select_related("item"))
    line = lines[lot % len(lines)]
    number = life.number(line.item_id)
    life.does(set(), holds.mark_missing, line=line, outcome=PullOutcome.NOT_FOUND, by=life.house.desk)
    if life.model.copies[number].where == "shelf":
        life.model.put(number, "searched_for")


@step(2, when=lambda life: PullLine.objects.exclude(outcome="").exists(), lot=AHEAD)
def on_its_shelf_after_all(life: Life, lot: int) -> None:
    """PUL-5: a mark made by mistake is taken back; what has been seen since stays where it is."""
    lines = list(PullLine.objects.exclude(outcome="").order_by("pk").select_related("item"))
    line = lines[lot % len(lines)]
    number = life.number(line.item_id)
    life.does(set(), holds.unmark_missing, line=line, by=life.house.desk)
    if life.model.copies[number].where == "searched_for":
        life.model.put(number, "shelf")


@step(1, when=Life.has_open, lot=AHEAD)
def cannot_be_filled(life: Life, lot: int) -> None:
    """PUL-5: staff end what waits for a title that is not to be had."""
    number, wish = life.drawn(life.open(), lot)
    refused = set() if wish.state == "waiting" else {"not_waiting"}
    life.does(refused, holds.give_up, hold=life.holds[number], by=life.house.desk)
    if not refused:
        wish.end("cancelled")


@step(3, when=Life.has_bound, lot=AHEAD)
def not_on_the_hold_shelf(life: Life, lot: int) -> None:
    """PUL-5, A52."""
    number, wish = life.drawn(life.bound(), lot)
    life.does(set(), holds.mark_kept_missing, hold=life.holds[number], by=life.house.desk)
    life.model.lose(wish)


@step(4)
def send(life: Life) -> None:
    """DLV-9: nothing of the queue or the loans hangs on it."""
    delivery.send(bags=Bag.objects.select_related("run"), by=life.house.desk, now=life.now())


@step(6, when=lambda life: SlipLine.objects.exists(), lot=AHEAD)
def take_out(life: Life, lot: int) -> None:
    """A165: a copy taken out of its bag is set aside for its patron again, as long as the bag is in the house."""
    lines = list(SlipLine.objects.select_related("loan__item", "bag").order_by("-pk")[:4])
    line = lines[lot % len(lines)]
    loan = line.loan
    refused = {"not_packed"} if not line.bag.is_packed else set() if loan.is_open else {"not_on_loan"}
    life.does(refused, delivery.take_out, line=line, by=life.house.desk, reason="破損")
    if not refused:
        life.model.unlend(life.number(loan.item_id), keep_until=None)
        assert SlipLine.objects.filter(bag=line.bag_id).exists() or not Bag.objects.filter(pk=line.bag_id).exists()
