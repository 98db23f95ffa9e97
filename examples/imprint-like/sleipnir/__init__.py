"""Survival curves for small trials."""

import numpy as np


def kaplan_meier(times, events):
    """Share of those still alive after each time at which somebody died."""
    order = np.argsort(times)
    times, events = np.asarray(times)[order], np.asarray(events)[order]
    died_at = np.unique(times[events == 1])
    at_risk = np.array([(times >= time).sum() for time in died_at])
    died = np.array([((times == time) & (events == 1)).sum() for time in died_at])
    return died_at, np.cumprod(1 - died / at_risk)
