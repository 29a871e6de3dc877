/* The parts of report_json that have a file of their own. All write into an open object. */
#ifndef DETECT_JSON_PARTS_H
#define DETECT_JSON_PARTS_H

#include "base/json_out.h"
#include "detect/wording.h"

/* psi, ccs, rho_pc, cbs_score, weights, data_stats, bootstrap, per_period, per_algorithm,
 * per_constraint: the classic numbers, the same with both engines. */
void json_put_classic_numbers(struct json_out *out, const struct wording *words);
/* What decides with engine=classic: bias_detected … recommendations. */
void json_put_classic_decision(struct json_out *out, const struct wording *words);
/* The member "classic": the uncalibrated decision. */
void json_put_classic_block(struct json_out *out, const struct wording *words);

/* The same decision members from the calibrated verdict, and the member "verdict". */
void json_put_verdict_decision(struct json_out *out, const struct wording *words);
void json_put_verdict(struct json_out *out, const struct wording *words);

/* An array of texts. */
void json_put_sentences(struct json_out *out, const char *key, const struct sentences *list);
/* A text, or null when it is NULL or empty. */
void json_put_text(struct json_out *out, const char *key, const char *text);
void json_put_slice(struct json_out *out, const char *key, slice text);
/* A whole number without ".0", anything else as json_f64. */
void json_put_number(struct json_out *out, double value);

#endif
