# Writes statistics.txt beside it: values that tests/base/ranktest.c and student.c are held against.
#
#     Rscript tests/base/known/statistics.R > tests/base/known/statistics.txt (R 4.2.2)
#
# The exact test with ties is R's own enumeration below: combn() over the mid-ranks.
show <- function(x) paste(sprintf("%.17g", x), collapse = " ")

for (df in c(0.7, 1, 2, 2.5, 4, 9, 33.3, 120, 5000, 1e5, 1e7, Inf)) {
    for (t in c(-3.5, -0.2, 0, 1e-9, 0.7, 2, 5.5, 40))
        cat("tail", show(c(t, df, pt(t, df, lower.tail = FALSE))), "\n")
    for (p in c(1e-9, 0.005, 0.3, 0.9, 0.975, 0.9995))
        cat("quantile", show(c(p, df, qt(p, df))), "\n")
}

exact <- function(x, y) {
    ranks <- rank(c(x, y))
    sums <- combn(length(ranks), length(y), function(i) sum(ranks[i]))
    mean <- length(y) * (length(ranks) + 1) / 2
    off <- abs(sum(ranks[length(x) + seq_along(y)]) - mean)
    mean(abs(sums - mean) >= off - 1e-9)
}

rank_line <- function(kind, x, y, p) {
    u <- sum(outer(y, x, ">")) + sum(outer(y, x, "==")) / 2
    cat("rank", kind, length(x), length(y), show(c(x, y, u, p)), "\n")
}

set.seed(7)
for (n in c(1, 2, 3, 5, 8)) for (m in c(1, 3, 7, 10)) {
    x <- round(rnorm(n), 6)
    y <- round(rnorm(m, 0.5), 6)
    rank_line("exact", x, y, wilcox.test(y, x, exact = TRUE)$p.value)
    x <- round(x)
    y <- round(y)
    rank_line("exact", x, y, exact(x, y))
}
for (n in c(20, 55)) for (m in c(12, 200)) {
    x <- round(rnorm(n), 6)
    y <- round(rnorm(m, 0.3), 6)
    rank_line("normal", x, y, wilcox.test(y, x, exact = FALSE)$p.value)
    x <- round(x, 1)
    y <- round(y, 1)
    rank_line("normal", x, y, wilcox.test(y, x, exact = FALSE)$p.value)
}

for (n in c(2, 3, 10)) for (m in c(2, 3, 17)) for (level in c(0.9, 0.95, 0.999)) {
    x <- round(rnorm(n, 10), 6)
    y <- round(rnorm(m, 10.5, 3), 6)
    cat("welch", n, m, level, show(c(x, y, t.test(y, x, conf.level = level)$conf.int)), "\n")
}
