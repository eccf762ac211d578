#!/usr/bin/env python3
"""Writes ttest.txt and changes.txt beside itself: what src/base/ttest and src/base/changepoint are
held against.  Needs mpmath (1.4) and two minutes; the answers come from the definitions, not from
the program.

Student's tail is mpmath's incomplete beta function with 50 digits, and its density integrated
numerically gives the same; means and variances are exact fractions, and the divergence q is summed
over every pair for every split and every end, exactly.  ttest.R asks R for the same tails and
tests; its answers were equal to 1e-10.
"""

import random
from fractions import Fraction
from pathlib import Path

import mpmath
from mpmath import mpf

mpmath.mp.dps = 50
HERE = Path(__file__).resolve().parent
DIGITS = 20


def real(x):
    return mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mpf(x)


def text(x):
    return mpmath.nstr(real(x), DIGITS, min_fixed=0, max_fixed=0) if mpmath.isfinite(real(x)) \
        else ("-inf" if real(x) < 0 else "inf")


# ---- t-tests -------------------------------------------------------------------------------------

def student_two_sided(t, df):
    t, df = abs(real(t)), real(df)
    if t == 0:
        return mpf(1)
    if mpmath.isinf(t):
        return mpf(0)
    x = df / (df + t * t)
    return mpmath.betainc(df / 2, mpf(1) / 2, 0, x, regularized=True)


def student_by_integral(t, df):
    t, df = abs(real(t)), real(df)
    norm = mpmath.gamma((df + 1) / 2) / (mpmath.sqrt(df * mpmath.pi) * mpmath.gamma(df / 2))
    density = lambda u: norm * (1 + u * u / df) ** (-(df + 1) / 2)
    return 2 * mpmath.quad(density, [t, t + 1, t + 4, t + 16, t + 256, mpmath.inf])


def mean(x):
    return sum(x) / len(x)


def squares(x):
    m = mean(x)
    return sum((v - m) ** 2 for v in x)


def judge(difference, error2, df):
    if error2 == 0:
        if difference == 0:
            return mpf(0), df, mpf(1)
        return mpf("inf") * (1 if difference > 0 else -1), df, mpf(0)
    t = real(difference) / mpmath.sqrt(real(error2))
    return t, df, student_two_sided(t, df)


def student(x, y):
    n, m = len(x), len(y)
    df = n + m - 2
    s2 = (squares(x) + squares(y)) / df
    return judge(mean(x) - mean(y), s2 * (Fraction(1, n) + Fraction(1, m)), df)


def welch(x, y):
    n, m = len(x), len(y)
    u, v = squares(x) / (n - 1) / n, squares(y) / (m - 1) / m
    df = (u + v) ** 2 / (u * u / (n - 1) + v * v / (m - 1)) if u + v else n + m - 2
    return judge(mean(x) - mean(y), u + v, df)


# ---- change points -------------------------------------------------------------------------------

MAX_P = Fraction(1, 1000)
SEGMENT = 3


def pairs(x):
    return sum(abs(x[i] - x[k]) for i in range(len(x)) for k in range(i))


def divergence(x, y):
    n, m = len(x), len(y)
    between = sum(abs(a - b) for a in x for b in y)
    return Fraction(n * m, n + m) * (2 * between / (n * m) - 2 * pairs(x) / (n * (n - 1))
                                     - 2 * pairs(y) / (m * (m - 1)))


def best_split(x):
    best = None
    for at in range(SEGMENT, len(x) - SEGMENT + 1):
        for end in range(at + SEGMENT, len(x) + 1):
            q = divergence(x[:at], x[at:end])
            if best is None or q > best[0] or (q == best[0] and (end, at) < (best[2], best[1])):
                best = (q, at, end)
    return best


def candidates(x, begin, total):
    if len(x) < 2 * SEGMENT:
        return []
    q, at, end = best_split(x)
    if min(1, student(x[at:end], x[:at])[2] * (total - 1)) > real(10 * MAX_P):
        return []
    return (candidates(x[:at], begin, total) + [(begin + at, q)]
            + candidates(x[at:], begin + at, total))


def judged(x, kept):
    edges = [0] + [at for at, _ in kept] + [len(x)]
    for i, (at, q) in enumerate(kept):
        old, new = x[edges[i]:at], x[at:edges[i + 2]]
        t, _, p = student(new, old)
        before, after = mean(old), mean(new)
        yield at, before, after, abs(after - before) / abs(before), q, t, min(1, p * (len(x) - 1))


def changes(x, least):
    kept = candidates(x, 0, len(x))
    while kept:
        all_ = list(judged(x, kept))
        worst = max(range(len(kept)), key=lambda i: (all_[i][6], -abs(all_[i][5])))
        if all_[worst][6] <= real(MAX_P):
            worst = min(range(len(kept)), key=lambda i: all_[i][3])
            if all_[worst][3] >= least:
                return all_
        del kept[worst]
    return []


# ---- series --------------------------------------------------------------------------------------

NILE = """1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958
1140 1100 1210 1150 1250 1260 1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050
969 831 726 456 824 702 1120 1100 832 764 821 768 845 864 862 698 845 744 796 1040 759 781
865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848 890 744 749 838
1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740""".split()


def noisy(seed, levels, deviation, digits=4):
    """levels: (value, count) one behind the other."""
    rng = random.Random(seed)
    return [f"{v + deviation * rng.gauss(0, 1):.{digits}f}" for v, n in levels for _ in range(n)]


def put(values, at):
    return [at.get(i, v) for i, v in enumerate(values)]


def skewed(seed, n):
    rng = random.Random(seed)
    return [f"{100 + rng.lognormvariate(0, 0.5):.4f}" for _ in range(n)]


def slope(seed, n, rise, deviation):
    rng = random.Random(seed)
    return [f"{100 + rise * i / (n - 1) + deviation * rng.gauss(0, 1):.4f}" for i in range(n)]


def spread_only(seed):
    rng = random.Random(seed)
    return [f"{100 + (0.3 if i < 30 else 2) * rng.gauss(0, 1):.4f}" for i in range(60)]


# name, values ('-' is missing), least magnitude, where the mean really changes (None: everywhere)
def series():
    yield "step-up", noisy(1, [(100, 30), (110, 30)], 1), 0, [30]
    yield "step-down-3-percent", noisy(2, [(100, 40), (97, 20)], 0.5), "0.01", [40]
    yield "newest-three-rows", noisy(3, [(100, 57), (108, 3)], 1), "0.01", [57]
    yield "first-three-rows", noisy(4, [(108, 3), (100, 40)], 1), "0.01", [3]
    yield "three-and-three", noisy(5, [(100, 3), (130, 3)], 0.5), 0, [3]
    yield "taken-back", noisy(6, [(100, 20), (106, 15), (100, 25)], 1), "0.01", [20, 35]
    yield "stairs", noisy(7, [(100, 15), (95, 15), (90, 10), (97, 20)], 0.7), "0.01", [15, 30, 40]
    yield "small-and-large-numbers", noisy(8, [(0.0012, 25), (0.0015, 25)], 0.00002, 8), 0, [25]
    yield "negative", noisy(9, [(-5, 20), (-3, 20)], 0.3), 0, [20]
    yield "one-outlier", put(noisy(10, [(100, 50)], 1), {27: "160"}), 0, []
    yield "newest-is-an-outlier", put(noisy(11, [(100, 50)], 1), {49: "160"}), 0, []
    yield "two-outliers-together", put(noisy(12, [(100, 50)], 1), {30: "150", 31: "152"}), 0, []
    yield ("step-with-outliers",
           put(noisy(13, [(100, 25), (115, 25)], 1), {9: "123", 38: "131", 44: "101"}), 0, [25])
    yield "constant", ["0.1"] * 40, 0, []
    yield "two-constants", ["0.1"] * 10 + ["0.3"] * 12, 0, [10]
    yield "constant-but-one", put(["7"] * 30, {12: "8"}), 0, []
    yield "ties-step", noisy(14, [(100, 25), (103, 20)], 1, 0), "0.01", [25]
    yield "ties-none", noisy(15, [(100, 45)], 0.7, 0), 0, []
    yield ("missing", put(noisy(16, [(100, 30), (110, 25)], 1),
                          {i: "-" for i in (0, 7, 8, 28, 29, 30, 31, 54)}), 0, [32])
    yield "all-missing", ["-"] * 12, 0, []
    yield "noise", noisy(17, [(100, 60)], 1), 0, []
    yield "skewed-noise", skewed(18, 60), 0, []
    yield "spread-only", spread_only(19), 0, []
    yield "drift-below-least", slope(20, 60, 0.8, 0.1), "0.01", []
    yield "drift", slope(21, 60, 20, 0.5), "0.01", None
    for n in range(6):
        yield f"short-{n}", [("100", "200")[i >= n // 2] for i in range(n)], 0, []
    # Flow of the Nile at Aswan, 1871 to 1970 (R's datasets::Nile): less from 1899 on.
    yield "nile", NILE, 0, [28]


def scaled(values):
    """Fractions; the place of each that is not missing."""
    return ([Fraction(v) for v in values if v != "-"],
            [i for i, v in enumerate(values) if v != "-"])


def write_changes():
    with open(HERE / "changes.txt", "w") as out:
        out.write("# By changes.py.  series NAME least; values, '-' is missing; truth: where the"
                  " mean\n"
                  "# changes, if known; change AT before after magnitude q t p\n")
        for name, values, least, truth in series():
            x, place = scaled(values)
            found = changes(x, Fraction(least))
            out.write(f"series {name} {least}\nvalues {' '.join(values)}\n")
            if truth is not None:
                out.write(f"truth {' '.join(map(str, truth))}\n")
            for at, *numbers in found:
                out.write(f"change {place[at]} {' '.join(map(text, numbers))}\n")
            print(name, "truth", truth, "found", [place[c[0]] for c in found])


# ---- tables --------------------------------------------------------------------------------------

SAMPLES = [
    ("1 2 3 4 5", "2 3 4 5 7"), ("10.5 10.25 11", "12 13.5"), ("1 1 1", "1 1 1"),
    ("0.1 0.1 0.1", "0.3 0.3"), ("5", "1 2 3 2"), ("3 3 3 3", "3 4 5"),
    ("1000000.5 1000001.5 1000000.75 1000002", "1000003.5 1000002.25 1000004"),
    ("-1 -2 -1.5 -2.5", "1 2 1.5 2.25 1.75"), ("100 101 99 100.5 99.5", "150 151 149 150.5"),
    (" ".join(noisy(31, [(100, 40)], 1)), " ".join(noisy(32, [(100.7, 33)], 3))),
]


def write_ttest():
    with open(HERE / "ttest.txt", "w") as out:
        out.write("# By changes.py.  student t df p, two-sided; samples X | Y and their tests\n")
        for df in ("1", "2", "3.5", "10", "58", "333.25", "10000"):
            for t in ("0", "0.0001", "0.5", "1", "2.5", "10", "30", "-4"):
                value = student_two_sided(mpf(t), mpf(df))
                check = student_by_integral(mpf(t), mpf(df)) if 0 < abs(float(t)) < 5 else value
                assert abs(value - check) < mpf(10) ** -25, (t, df, value, check)
                if value > mpf(10) ** -290:
                    out.write(f"student {t} {df} {text(value)}\n")
        for x, y in SAMPLES:
            out.write(f"samples {x} | {y}\n")
            a, b = [Fraction(v) for v in x.split()], [Fraction(v) for v in y.split()]
            out.write(f"ttest {' '.join(map(text, student(a, b)))}\n")
            if min(len(a), len(b)) > 1:
                out.write(f"welch {' '.join(map(text, welch(a, b)))}\n")


if __name__ == "__main__":
    write_ttest()
    write_changes()
