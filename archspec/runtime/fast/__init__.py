"""The same training in less time: what is computed stays, how it is computed changes.

Plain torch and numpy, no compiler. Without dropout every number stays what torch's own modules
give, but for float rounding; with dropout the places differ, and their distribution does not.
"""

from archspec.runtime.fast.memory import keep_freed_memory
from archspec.runtime.fast.optimizer import fused_arguments, quick_step
from archspec.runtime.fast.quicken import quicken

__all__ = ["fused_arguments", "keep_freed_memory", "quick_step", "quicken"]
