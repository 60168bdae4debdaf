"""Which hooks are served."""

from cds_hooks.hooks import HOOKS, by_name, by_service_id
from regimens.advice import Moment


def test_every_hook_has_a_service_of_its_own() -> None:
    """The reference sandbox keys services by URL, so no id may serve two hooks."""
    assert [(hook.name, hook.service_id) for hook in HOOKS] == [
        ("patient-view", "b12-patient-view"),
        ("order-select", "b12-order-select"),
        ("order-sign", "b12-order-sign"),
        ("medication-prescribe", "b12-medication-prescribe"),
        ("order-dispatch", "b12-order-dispatch"),
        ("medication-refill", "b12-medication-refill"),
        ("problem-list-item-create", "b12-problem-list-item-create"),
        ("encounter-discharge", "b12-encounter-discharge"),
    ]


def test_a_hook_says_when_it_speaks_and_where_the_drafts_are() -> None:
    """Moment and context differ between the hooks, and nothing else of the code asks for names."""
    assert [(hook.moment, hook.drafts_field, hook.selections_field) for hook in HOOKS] == [
        (Moment.OPENING, None, None),
        (Moment.SELECTING, "draftOrders", "selections"),
        (Moment.SIGNING, "draftOrders", None),
        (Moment.SIGNING, "medications", None),
        (Moment.SIGNING, None, None),
        (Moment.SIGNING, "medications", None),
        (Moment.OPENING, None, None),
        (Moment.OPENING, None, None),
    ]


def test_a_hook_names_what_its_context_holds_besides_drafts() -> None:
    """A dispatch only points to its orders, and a new problem is a diagnosis, not an order."""
    assert {hook.name: hook.orders_field for hook in HOOKS if hook.orders_field} == {
        "order-dispatch": "dispatchedOrders"
    }
    assert {hook.name: hook.problems_field for hook in HOOKS if hook.problems_field} == {
        "problem-list-item-create": "conditions"
    }


def test_lookup_finds_by_id_and_by_name() -> None:
    """The route knows the id, the explanation only the name."""
    for hook in HOOKS:
        assert by_service_id(hook.service_id) is hook
        assert by_name(hook.name) is hook


def test_lookup_of_something_else_is_none() -> None:
    """An unknown service or hook is an answer of its own, never another hook."""
    assert by_service_id("b12") is None
    assert by_service_id("patient-view") is None
    assert by_name("encounter-start") is None
