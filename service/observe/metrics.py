"""What can be counted, for Prometheus: no label holds more than the log's allow-list does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.observe.events import Fields
from service.observe.log import lost_lines
from service.store.memory import Memory
from service.store.reading import RuleFigures

# Seconds; CDS Hooks names half a second as the time to answer in.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The counters of one process, and the feedback figures of the store it shares.

    A reason that is none of `reasons` counts as another one: what an EHR sends is no label.
    """

    def __init__(self, reasons: frozenset[str] = frozenset()) -> None:
        self._known_reasons = reasons
        self._registry = CollectorRegistry()
        self._requests = self._counter("requests", "Requests answered", "route", "status")
        self._rules = self._counter("rules_fired", "Rules that fired", "rule")
        self._silenced = self._counter("rules_switched_off", "Rules a site silenced", "rule")
        self._gaps = self._counter("gaps", "Lists that could not be read", "gap")
        self._seconds = Histogram(
            "b12_request_seconds",
            "Time to answer",
            ["route"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._feedback = Gauge(
            "b12_rule_cards",
            "Cards by rule and by what became of them",
            ["rule", "outcome"],
            registry=self._registry,
        )
        self._reasons = Gauge(
            "b12_rule_override_reasons",
            "Overridden cards by rule and reason",
            ["rule", "reason"],
            registry=self._registry,
        )
        self._registry.register(_LogWatch())

    def count(self, line: Fields) -> None:
        """Counts a request by the line that is logged of it."""
        route = line["route"]
        self._requests.labels(route, str(line["status"])).inc()
        self._seconds.labels(route).observe(line["duration_ms"] / 1000)
        for rule in line.get("rules", ()):
            self._rules.labels(rule).inc()
        for rule in line.get("switched_off", ()):
            self._silenced.labels(rule).inc()
        for gap in line.get("gaps", ()):
            self._gaps.labels(gap).inc()

    def watch(self, memory: Memory) -> None:
        """Tells the state of the store and the spool from now on."""
        self._registry.register(_Watch(memory))

    def exposition(self, figures: Mapping[str, RuleFigures]) -> bytes:
        """The text that Prometheus reads, with the feedback figures as the store has them."""
        for rule, each in figures.items():
            self._feedback.labels(rule, "shown").set(each.shown)
            self._feedback.labels(rule, "accepted").set(each.accepted)
            self._feedback.labels(rule, "overridden").set(each.overridden)
            for reason, times in each.reasons_among(self._known_reasons).items():
                self._reasons.labels(rule, reason).set(times)
        return generate_latest(self._registry)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"b12_{name}", words, labels, registry=self._registry)


@dataclass(frozen=True, slots=True, eq=False)
class _Watch(Collector):
    memory: Memory

    def collect(self) -> Iterator[Metric]:
        """The state at this moment."""
        memory = self.memory
        up = GaugeMetricFamily("b12_up", "1 where it can be used", labels=["part"])
        up.add_metric(["store"], memory.store.is_open)
        up.add_metric(["spool"], memory.spool.is_open)
        yield up
        kept = memory.spool.kept_bytes
        yield GaugeMetricFamily("b12_spool_bytes", "Bytes on the local disk", value=kept)
        counts = asdict(memory.tally)
        unchecked = counts.pop("unchecked_tokens")
        yield CounterMetricFamily(
            "b12_tokens_unchecked", "Tokens that only this process vouched for", value=unchecked
        )
        rows = CounterMetricFamily(
            "b12_rows", "Rows that the database did not take at once", labels=["fate"]
        )
        for fate, count in counts.items():
            rows.add_metric([fate], count)
        yield rows


class _LogWatch(Collector):
    def collect(self) -> Iterator[Metric]:
        """What the log could not tell."""
        words = "Log lines that were lost because nobody took them"
        yield CounterMetricFamily("b12_log_lines_lost", words, value=lost_lines())
