"""The calibrated engine (detect/engine.h) in numpy, as one would write it for arrays of draws.

The peer of tests/bench/detect.py: the same preparation, every statistic for every draw, midranks,
the combination of the mechanisms, and the coupling test. Complete panels that move, without
protocol columns of text. Permutations come from numpy's own generator, so p-values agree with
Sleuth's within the error of the simulation, the statistics of the observed draw to nine decimals.
"""
import numpy as np


def trend(count, degree):
    """Orthonormal columns 1, t[, t^2 from 12 points on] on `count` points."""
    degree = 2 if degree == 2 and count >= 12 else 1
    t = np.arange(count) - (count - 1) / 2
    return np.linalg.qr(np.vander(t, degree + 1, increasing=True))[0]


def detrend(rows, degree=1):
    q = trend(rows.shape[-1], degree)
    return rows - (rows @ q) @ q.T


def project(target, columns):
    """target minus its projection on the columns; all are arrays of one shape."""
    columns = [c.ravel() for c in columns if np.linalg.norm(c) > 1e-10]
    if not columns:
        return target
    q, r = np.linalg.qr(np.stack(columns, axis=1))
    q = q[:, np.abs(np.diag(r)) > 1e-6 * np.linalg.norm(np.stack(columns, axis=1), axis=0)]
    flat = target.ravel()
    return (flat - q @ (q.T @ flat)).reshape(target.shape)


def unit_rms(rows):
    return rows / np.sqrt((rows ** 2).mean(axis=1, keepdims=True))


def nuisance(x):
    """Columns that may explain a score: settings, squares, products, cubes, as many as fit."""
    p, units, periods = x.shape
    room = max(0, units * periods - 3 * units) // 4
    t = ((np.arange(periods) - (periods - 1) / 2) / periods) ** 2
    first = [np.tile(t, (units, 1))] if 8 <= periods < 12 else []
    z = x - x.mean(axis=(1, 2), keepdims=True)
    z /= np.abs(z).max(axis=(1, 2), keepdims=True)
    levels = [len(np.unique(column)) for column in x]
    squares = [c * c for c, n in zip(z, levels) if n >= 3]
    products = [z[i] * z[j] for i in range(p) for j in range(i + 1, p)] if p <= 3 else []
    cubes = [c ** 3 for c, n in zip(z, levels) if n >= 4]
    base = first + list(x)
    for extra in (squares + products + cubes, squares + products, squares, []):
        if len(base) + len(extra) <= room:
            return base + extra
    return []


def residual(score, columns):
    e = detrend(score, 2)
    return unit_rms(project(e, [detrend(c, 2) for c in columns]))


def whiten(e):
    units, periods = e.shape
    y, a, b = e[:, 2:].ravel(), e[:, 1:-1].ravel(), e[:, :-2].ravel()
    m = len(y)
    gram = np.array([[a @ a, a @ b], [a @ b, b @ b]])
    if m < 12 or np.linalg.det(gram) <= 1e-12 * gram[0, 0] * gram[1, 1]:
        return e
    one, two = np.linalg.solve(gram, [y @ a, y @ b])
    second = abs(two) > 2.5 / np.sqrt(m) + 2 / periods
    if not (one > 1.5 / np.sqrt(m) or one < -(2.5 / np.sqrt(m) + 3 / periods) or second):
        return e
    one = min(one + (1 + 3 * one) / periods, 0.98) if one > 0 else one
    before = np.pad(e, ((0, 0), (2, 0)))
    return unit_rms(e - one * before[:, 1:-1] - (two if second else 0) * before[:, :-2])


def innovation(x):
    lag = x[:, :-1]
    lag2 = np.concatenate([x[:, :1], x[:, :-2]], axis=1)
    return project(detrend(x[:, 1:]), [detrend(lag), detrend(lag2)])


def own_lag(m):
    """Change sizes without trend and their pooled own lag."""
    lag = np.concatenate([m.mean(axis=1, keepdims=True), m[:, :-1]], axis=1)
    m, lag = detrend(m), detrend(lag)
    squares = (lag ** 2).sum()
    return m - (m * lag).sum() / squares * lag if squares > 1e-12 else m


def anchors(x, specific):
    """Centred rank of the distance from round t + 1 to each earlier round s: [unit, t, s]."""
    p, units, periods = x.shape
    rms = np.sqrt((np.diff(x, axis=2) ** 2).mean(axis=(1, 2)))
    z = detrend(x / rms[:, None, None])
    distance = np.round(np.sqrt(((z[:, :, :, None] - z[:, :, None, :]) ** 2).sum(axis=0)), 9)
    rank = np.zeros((units, periods - 1, periods))
    for t in range(1, periods - 1):
        d = distance[:, t + 1, :t + 1]
        below = (d[:, None, :] < d[:, :, None]).sum(axis=2)
        equal = (d[:, None, :] == d[:, :, None]).sum(axis=2)
        rank[:, t, :t + 1] = (below + equal / 2) / (t + 1) - 0.5
    if specific and units >= 6:
        return rank - rank.mean(axis=0)
    for lag in range(periods - 1):
        t = np.arange(max(1, lag), periods - 1)
        rank[:, t, t - lag] -= rank[:, t, t - lag].mean()
    return rank


class Side:
    """A fixed series from transition `first` on, against signals [draw, unit, transition]."""

    def __init__(self, fixed, first=0):
        self.fixed = detrend(fixed[:, first:])
        self.squares = (fixed[:, first:] ** 2).sum(axis=1)

    def sums(self, signal):
        return (self.fixed * signal[0]).sum(axis=2), signal[1]

    def pooled(self, signal):
        product, squares = self.sums(signal)
        norm = np.sqrt(squares.sum(axis=1) * self.squares.sum())
        return product.sum(axis=1) / np.maximum(norm, 1e-150)

    def units(self, signal):
        product, squares = self.sums(signal)
        norm = np.sqrt(squares * self.squares)
        return np.where(norm > 1e-12, product / np.where(norm > 0, norm, 1), 0)


def signal_of(values):
    values = detrend(values)
    return values, (values ** 2).sum(axis=2)


def ratchet_best(e, rank):
    """Minus the ranks of the best round so far, summed: its first place so far, for every t."""
    rounded = np.round(e, 9)[:, :, :-1]
    running = np.maximum.accumulate(rounded, axis=2)
    new = np.concatenate([np.ones_like(rounded[:, :, :1], bool), rounded[:, :, 1:] > running[:, :, :-1]], axis=2)
    best = np.maximum.accumulate(np.where(new, np.arange(new.shape[2]), 0), axis=2)
    k, t = np.arange(rank.shape[0])[None, :, None], np.arange(rank.shape[1])[None, None, :]
    return -rank[k, t, best][:, :, 1:].sum(axis=(1, 2))


def midrank(values):
    values = np.round(values, 9)
    order = np.sort(values)
    n = len(values)
    low, high = np.searchsorted(order, values, "left"), np.searchsorted(order, values, "right")
    return (n - (low + high) / 2) / n, (n - low) / n


def combine(parts):
    return np.tan(np.pi * (0.5 - np.stack(parts))).mean(axis=0)


def permuted(e, draws, rng, chunk=500):
    """The residuals under the identity and `draws` permutations of units and of periods."""
    units, periods = e.shape
    unit = rng.permuted(np.tile(np.arange(units), (draws + 1, 1)), axis=1)
    period = rng.permuted(np.tile(np.arange(periods), (draws + 1, 1)), axis=1)
    unit[0], period[0] = np.arange(units), np.arange(periods)
    for at in range(0, draws + 1, chunk):
        yield e[unit[at:at + chunk, :, None], period[at:at + chunk, None, :]]


def innovations_of(x):
    own = np.stack([innovation(column) for column in x])
    specific = own - own.mean(axis=1, keepdims=True) if x.shape[1] > 1 else None
    if specific is not None and (specific ** 2).sum() < 1e-8 * (own ** 2).sum():
        specific = None
    mean = x.mean(axis=1, keepdims=True)
    common = np.stack([innovation(column) for column in mean]) if x.shape[1] > 1 else None
    return own, specific, common


def sides(planes):
    return [Side(plane) for plane in planes] if planes is not None else []


def panel_test(score, x, draws, rng):
    units = score.shape[0]
    own, specific, common = innovations_of(x)
    step = np.diff(x, axis=2)
    step /= np.sqrt((step ** 2).mean(axis=(1, 2)))[:, None, None]
    length = np.sqrt((step ** 2).sum(axis=0))
    size = own_lag(np.log1p(np.sqrt((step ** 2).mean(axis=0))))
    turn = np.zeros_like(size)
    turn[:, 1:] = (step[:, :, 1:] * step[:, :, :-1]).sum(axis=0) / (length[:, 1:] * length[:, :-1])
    e = whiten(residual(score, nuisance(x)))
    rank = anchors(x, specific is not None)
    d, dt, cm = sides(own), sides(specific), sides(common)
    level_size, gain_size, gain_turn = Side(size), Side(size, 1), Side(turn, 1)
    names = ["react_pool", "react_unit", "react_2way", "react_common", "shift_lv", "shift_unit",
             "shift_impr", "ratchet_cos", "ratchet_best"]
    parts = {name: [] for name in names}
    for drawn in permuted(e, draws, rng):
        mean = drawn.mean(axis=1, keepdims=True)
        level, gain = signal_of(drawn[:, :, :-1]), signal_of(np.diff(drawn[:, :, :-1], axis=2))
        centred, shared = signal_of((drawn - mean)[:, :, :-1]), signal_of(mean[:, :, :-1])
        n = level[0].shape[2]
        unit = sum(n * s.units(level) ** 2 for s in d).max(axis=1)
        if units > 2:
            unit = np.maximum(unit, sum(n * s.units(centred) ** 2 for s in d).max(axis=1))
        parts["react_pool"].append(np.max([units * n * s.pooled(level) ** 2 for s in d], axis=0))
        parts["react_unit"].append(unit)
        if dt:
            parts["react_2way"].append(np.max([units * n * s.pooled(centred) ** 2 for s in dt], axis=0))
        if cm:
            parts["react_common"].append(np.max([n * s.units(shared)[:, 0] ** 2 for s in cm], axis=0))
        parts["shift_lv"].append(-level_size.pooled(level))
        parts["shift_unit"].append((-level_size.units(level) * np.sqrt(n)).max(axis=1))
        parts["shift_impr"].append(-gain_size.pooled(gain))
        parts["ratchet_cos"].append(gain_turn.pooled(gain))
        parts["ratchet_best"].append(ratchet_best(drawn, rank))
    values = {name: np.concatenate(part) for name, part in parts.items() if part}
    ranks = {name: midrank(value)[0] for name, value in values.items()}
    mechanisms = [combine([r for name, r in ranks.items() if name.startswith(prefix)])
                  for prefix in ("react", "shift", "ratchet")]
    p_mechanism = [midrank(m)[1][0] for m in mechanisms]
    panel = combine([midrank(m)[0] for m in mechanisms])
    return midrank(panel)[1][0], p_mechanism, {name: value[0] for name, value in values.items()}


def coupling(score, x, draws, rng):
    own, specific, common = innovations_of(x)
    periods = score.shape[1]
    t = ((np.arange(periods) - (periods - 1) / 2) / periods) ** 2
    calendar = [np.tile(t, (score.shape[0], 1))] if 8 <= periods < 12 else []
    e = whiten(residual(score, calendar))
    d, dt, cm = sides(own), sides(specific), sides(common)
    units, values = score.shape[0], []
    for drawn in permuted(e, draws, rng):
        mean = drawn.mean(axis=1, keepdims=True)
        level, centred = signal_of(drawn[:, :, 1:]), signal_of((drawn - mean)[:, :, 1:])
        shared = signal_of(mean[:, :, 1:])
        n = level[0].shape[2]
        found = [np.abs(s.pooled(level)) * np.sqrt(units * n) for s in d]
        found += [np.abs(s.pooled(centred)) * np.sqrt(units * n) for s in dt]
        found += [np.abs(s.units(shared)[:, 0]) * np.sqrt(n) for s in cm]
        values.append(np.max(found, axis=0))
    values = np.round(np.concatenate(values), 9)
    return (values >= values[0]).mean()


def calibrated(frame, draws=1999, seed=1):
    """frame: a pandas frame of the columns of a log, one row per system and round."""
    names = [name for name in frame.columns if name.startswith("constraint_")]
    tables = [frame.pivot(index="algorithm", columns="time_period", values=name).to_numpy()
              for name in ["performance"] + names]
    x = np.stack([np.log(t) if (t > 0).all() else t for t in tables[1:]])
    rng = np.random.default_rng(seed)
    p, mechanisms, statistics = panel_test(tables[0], x, draws, rng)
    return p, mechanisms, statistics, coupling(tables[0], x, draws, rng)
