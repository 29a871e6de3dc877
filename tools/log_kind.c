/* Looks at the first bytes of a log: enough to choose its reader, which checks the rest. */
#include "tools/log_kind.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_BYTES = 8192 };

static bool holds(slice text, const char *word)
{
    size_t at;
    return slice_find(text, slice_of(word), &at);
}

static slice first_line(slice text)
{
    slice line = S("");
    (void)slice_split(&text, '\n', &line);
    return line;
}

/* ZIP, gzip, zstd, xz, bzip2: archives of logs. */
static bool is_packed(slice text)
{
    static const slice magics[] = {SLICE_INIT("PK\003\004"), SLICE_INIT("\037\213"),
                                   SLICE_INIT("\050\265\057\375"), SLICE_INIT("\3757zXZ"),
                                   SLICE_INIT("BZh")};
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (slice_has_prefix(text, magics[i]))
            return true;
    return false;
}

/* Headings of the tables that MLflow, Weights & Biases and OpenCompass export. */
static bool is_tool_table(slice header)
{
    if (holds(header, "time_period"))
        return false;
    return holds(header, "metrics.") || holds(header, "Start Time") ||
           holds(header, "_timestamp") || holds(header, "dataset,version,metric,mode") ||
           (holds(header, "config") && holds(header, "summary"));
}

enum log_kind log_kind_of(slice beginning)
{
    if (slice_has_prefix(beginning, S("\357\273\277")))
        beginning = slice_from(beginning, 3);
    if (is_packed(beginning))
        return LOG_LEDGER;
    slice text = slice_trim(beginning);
    if (slice_has_prefix(text, S("{")) || slice_has_prefix(text, S("[")))
        return holds(text, "\"time_period\"") || holds(text, "\"performance\"") ? LOG_ROWS
                                                                                : LOG_LEDGER;
    return is_tool_table(first_line(text)) ? LOG_LEDGER : LOG_TABLE;
}

enum log_kind log_kind_at(const char *path)
{
    char bytes[LOOK_BYTES];
    struct stat facts;
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
        return LOG_LEDGER;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return LOG_TABLE;
    ssize_t got = read(fd, bytes, sizeof bytes);
    (void)close(fd); /* only read from */
    return got > 0 ? log_kind_of(slice_make(bytes, (size_t)got)) : LOG_TABLE;
}
