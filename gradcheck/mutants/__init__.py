"""How good a declaration is: mistakes planted into a layer's backward, and which of them its checks find."""

from gradcheck.mutants.entry import MAX_EXAMPLES, Stopped, judge_all, mutate
from gradcheck.mutants.judge import Judge

__all__ = ["MAX_EXAMPLES", "Judge", "Stopped", "judge_all", "mutate"]
