# Rscript ttest.R ttest.txt: R's own answers to what changes.py wrote; stops at a difference over 1e-10.
differ <- function(what, ours, theirs) {
    ours <- as.numeric(ours)
    if (any(abs(ours - theirs) > 1e-10 * pmax(abs(theirs), 1e-300)))
        stop(what, ": ", paste(ours, collapse = " "), " here, ", paste(theirs, collapse = " "))
}
tested <- 0
for (line in readLines(commandArgs(TRUE)[1])) {
    word <- strsplit(line, " +")[[1]]
    if (word[1] == "student")
        differ(line, word[4], 2 * pt(-abs(as.numeric(word[2])), as.numeric(word[3])))
    if (word[1] == "samples") {
        bar <- which(word == "|")
        x <- as.numeric(word[2:(bar - 1)])
        y <- as.numeric(word[(bar + 1):length(word)])
    }
    # R refuses samples in which nothing varies.
    if (word[1] %in% c("ttest", "welch") && is.finite(as.numeric(word[2])) && var(c(x, y)) > 0) {
        r <- t.test(x, y, var.equal = word[1] == "ttest")
        differ(line, word[2:4], c(r$statistic, r$parameter, r$p.value))
        tested <- tested + 1
    }
}
cat(tested, "t-tests are R's\n")
