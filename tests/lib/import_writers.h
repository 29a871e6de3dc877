/* The documents of import_truth.h in the format of each tool. */
#ifndef TESTS_LIB_IMPORT_WRITERS_H
#define TESTS_LIB_IMPORT_WRITERS_H

#include "lib/import_truth.h"

static const char *const no_other[] = {NULL};

static inline void completed_only(struct doc *d)
{
    d->runs[0].state = d->runs[1].state = RUN_COMPLETED;
}

static inline void write_lm_eval(struct doc *d)
{
    static char args[TEXT_MAX + 16];
    static const char *const other[] = {args, NULL};
    char time[TIME_TEXT_MAX];
    completed_only(d);
    truth_times(d, true);
    d->numeric[TIME] = true;
    truth_share(d, TIME);
    truth_share(d, SYSTEM);
    truth_share(d, PROTOCOL);
    d->other = other;
    d->protocol = "random_seed";
    (void)snprintf(args, sizeof args, "pretrained=%s", d->runs[0].text[SYSTEM]);
    (void)snprintf(d->path, sizeof d->path, "results_%.19s.json",
                   time_rfc3339(d->runs[0].time_ms, time).ptr);
    buf_put_str(&d->text, "{\"results\":{");
    for (int run = 0; run < RUNS; run++) {
        buf_printf(&d->text, "%s\"%s\":{\"alias\":\"x\"", run ? "," : "", d->runs[run].text[TASK]);
        truth_member(d, run, VALUE, "acc,none");
        truth_member(d, run, SPREAD, "acc_stderr,none");
        buf_put_str(&d->text, "}");
    }
    buf_put_str(&d->text, "},\"versions\":{},\"n-samples\":{");
    for (int run = 0; run < RUNS; run++) {
        buf_printf(&d->text, "%s\"%s\":{\"original\":9", run ? "," : "", d->runs[run].text[TASK]);
        truth_member(d, run, COUNT, "effective");
        buf_put_str(&d->text, "}");
    }
    buf_printf(&d->text, "},\"start_time\":99.5,\"config\":{\"model_args\":\"%s\"", args);
    truth_member(d, 0, PROTOCOL, "random_seed");
    buf_put_str(&d->text, "}");
    truth_member(d, 0, TIME, "date");
    truth_member(d, 0, SYSTEM, "model_name");
    buf_put_str(&d->text, "}");
}

static inline void write_inspect(struct doc *d)
{
    static const char *const other[] = {"log", NULL};
    static const enum field shared[] = {SYSTEM, TASK, COUNT, TIME, STATE, PROTOCOL, RUN};
    truth_times(d, false);
    truth_states(d, "success", "error");
    for (size_t i = 0; i < ARRAY_COUNT(shared); i++)
        truth_share(d, shared[i]);
    d->other = other;
    d->protocol = "eval_epochs";
    (void)snprintf(d->path, sizeof d->path, "log.json");
    buf_put_str(&d->text, "{\"version\":2");
    truth_member(d, 0, STATE, "status");
    buf_put_str(&d->text, ",\"eval\":{\"task_id\":\"x\"");
    truth_member(d, 0, RUN, "eval_id");
    truth_member(d, 0, TIME, "created");
    truth_member(d, 0, TASK, "task");
    truth_member(d, 0, SYSTEM, "model");
    buf_put_str(&d->text, ",\"config\":{\"limit\":null");
    truth_member(d, 0, PROTOCOL, "epochs");
    buf_put_str(&d->text, "}},\"results\":{\"total_samples\":9");
    truth_member(d, 0, COUNT, "completed_samples");
    buf_put_str(&d->text, ",\"scores\":[");
    for (int run = 0; run < RUNS; run++) {
        buf_printf(&d->text, "%s{\"name\":\"s%d\",\"metrics\":{\"stderr\":{\"name\":\"e\"",
                   run ? "," : "", run);
        truth_member(d, run, SPREAD, "value");
        buf_put_str(&d->text, "},\"accuracy\":{\"name\":\"a\"");
        truth_member(d, run, VALUE, "value");
        buf_put_str(&d->text, "}}}");
    }
    buf_put_str(&d->text, "]}}");
}

static inline void write_opencompass(struct doc *d)
{
    char time[TIME_TEXT_MAX];
    completed_only(d);
    truth_share(d, TIME);
    truth_share(d, SYSTEM);
    d->numeric[PROTOCOL] = true;
    d->other = no_other;
    d->protocol = "version";
    const char *t = time_rfc3339(d->runs[0].time_ms, time).ptr;
    (void)snprintf(d->path, sizeof d->path, "summary_%.4s%.2s%.2s_%.2s%.2s%.2s.csv", t, t + 5,
                   t + 8, t + 11, t + 14, t + 17);
    for (int line = -1; line < RUNS; line++) {
        int run = line < 0 ? 0 : line;
        size_t start = d->text.len;
        truth_cell(d, run, TASK, "dataset", line < 0);
        truth_cell(d, run, PROTOCOL, "version", line < 0);
        buf_put_str(&d->text, line < 0 ? ",metric,mode" : ",acc,gen");
        truth_cell(d, run, VALUE, d->runs[0].text[SYSTEM], line < 0);
        buf_put_str(&d->text, "\n");
        memmove(d->text.ptr + start, d->text.ptr + start + 1, d->text.len - start - 1);
        d->text.len--; /* no comma before the first cell */
    }
}

static inline void write_mlflow(struct doc *d)
{
    static const char *const other[] = {"model", "experiment", NULL};
    truth_times(d, false);
    truth_states(d, "FINISHED", "KILLED");
    d->other = other;
    d->protocol = "seed";
    (void)snprintf(d->path, sizeof d->path, "runs.csv");
    for (int line = -1; line < RUNS; line++) {
        int run = line < 0 ? 0 : line;
        buf_put_str(&d->text, line < 0 ? "experiment_id" : "1");
        truth_cell(d, run, RUN, "run_id", line < 0);
        truth_cell(d, run, STATE, "status", line < 0);
        truth_cell(d, run, TIME, "start_time", line < 0);
        truth_cell(d, run, VALUE, "metrics.acc", line < 0);
        truth_cell(d, run, PROTOCOL, "params.seed", line < 0);
        truth_cell(d, run, SYSTEM, "params.model", line < 0);
        truth_cell(d, run, TASK, "tags.task", line < 0);
        buf_put_str(&d->text, "\n");
    }
}

static inline void write_wandb_flat(struct doc *d)
{
    static const char *const other[] = {"model", "project", NULL};
    truth_times(d, false);
    truth_states(d, "finished", "crashed");
    d->other = other;
    d->protocol = "seed";
    d->wanted = "acc";
    (void)snprintf(d->path, sizeof d->path, "project.csv");
    for (int line = -1; line < RUNS; line++) {
        int run = line < 0 ? 0 : line;
        buf_put_str(&d->text, line < 0 ? "User" : "bob");
        truth_cell(d, run, RUN, "name", line < 0);
        truth_cell(d, run, STATE, "state", line < 0);
        truth_cell(d, run, TIME, "created_at", line < 0);
        truth_cell(d, run, VALUE, "acc", line < 0);
        truth_cell(d, run, PROTOCOL, "seed", line < 0);
        truth_cell(d, run, SYSTEM, "model", line < 0);
        truth_cell(d, run, TASK, "task", line < 0);
        buf_put_str(&d->text, "\n");
    }
}

static inline void write_wandb_recipe(struct doc *d)
{
    static const char *const other[] = {"model", "project", NULL};
    completed_only(d);
    truth_times(d, true);
    d->numeric[TIME] = true;
    d->quote = '\'';
    d->other = other;
    d->protocol = "seed";
    (void)snprintf(d->path, sizeof d->path, "project.csv");
    buf_put_str(&d->text, ",name,config,summary\n");
    for (int run = 0; run < RUNS; run++) {
        buf_printf(&d->text, "%d,%s,\"{'lr': 99", run, d->runs[run].text[RUN]);
        truth_member(d, run, SYSTEM, "model");
        truth_member(d, run, PROTOCOL, "seed");
        truth_member(d, run, TASK, "task");
        buf_put_str(&d->text, "}\",\"{'_step': 99");
        truth_member(d, run, VALUE, "acc");
        truth_member(d, run, TIME, "_timestamp");
        buf_put_str(&d->text, "}\"\n");
    }
}

static inline void write_eee(struct doc *d)
{
    static const char *const other[] = {"every", "N", NULL};
    completed_only(d);
    truth_times(d, true);
    truth_share(d, TIME);
    truth_share(d, SYSTEM);
    truth_share(d, RUN);
    d->other = other;
    d->protocol = "generate.temperature";
    (void)snprintf(d->path, sizeof d->path, "every.json");
    buf_put_str(&d->text, "{\"schema_version\":\"0.3.0\",\"retrieved_timestamp\":\"1700000000\"");
    truth_member(d, 0, RUN, "evaluation_id");
    truth_member(d, 0, TIME, "evaluation_timestamp");
    buf_put_str(&d->text, ",\"model_info\":{\"name\":\"N\"");
    truth_member(d, 0, SYSTEM, "id");
    buf_put_str(&d->text, "},\"evaluation_results\":[");
    for (int run = 0; run < RUNS; run++) {
        buf_printf(&d->text, "%s{\"metric_config\":{\"metric_name\":\"acc\"}", run ? "," : "");
        truth_member(d, run, TASK, "evaluation_name");
        buf_put_str(&d->text, ",\"score_details\":{\"details\":{}");
        truth_member(d, run, VALUE, "score");
        buf_put_str(&d->text, ",\"uncertainty\":{\"x\":9");
        truth_member(d, run, COUNT, "num_samples");
        buf_put_str(&d->text, ",\"standard_error\":{\"method\":\"a\"");
        truth_member(d, run, SPREAD, "value");
        buf_put_str(&d->text, "}}},\"generation_config\":{\"generation_args\":{\"top_p\":9");
        truth_member(d, run, PROTOCOL, "temperature");
        buf_put_str(&d->text, "}}}");
    }
    buf_put_str(&d->text, "]}");
}

static inline void write_ledger(struct doc *d)
{
    truth_times(d, false);
    truth_states(d, "completed", "failed");
    d->other = no_other;
    d->protocol = "seed";
    (void)snprintf(d->path, sizeof d->path, "ledger.jsonl");
    for (int run = 0; run < RUNS; run++) {
        buf_printf(&d->text, "{\"run_id\":\"%s\",\"metric\":\"acc\"", d->runs[run].text[RUN]);
        truth_member(d, run, TIME, "time");
        truth_member(d, run, SYSTEM, "system");
        truth_member(d, run, TASK, "task");
        truth_member(d, run, VALUE, "value");
        truth_member(d, run, SPREAD, "stderr");
        truth_member(d, run, COUNT, "n");
        truth_member(d, run, STATE, "status");
        buf_put_str(&d->text, ",\"protocol\":{\"x\":9");
        truth_member(d, run, PROTOCOL, "seed");
        buf_put_str(&d->text, "}}\n");
    }
}

#endif
