/* Logs of evaluation tools in a request: options in the query, files or rows in the body. */
#ifndef API_LEDGER_INPUT_H
#define API_LEDGER_INPUT_H

#include "ledger.h"

struct call;

/* round_by, split, lineage, metric; ST_INVALID names the parameter. */
status ledger_input_options(const struct call *call, struct ledger_options *ret, struct error *err);
/* Is round_by in the query? */
bool ledger_input_says_round_by(const struct call *call);

/* Fills an empty ledger by the body's type: JSON ({"ledger":[…]} or {"file_ids":[…]}, and with
 * `tables` {"rows":[…]} or
 * {"csv_data":"…"}; then also "excluded":[{path, reason}] and "captured"), multipart, or one file.
 * Not finished. Work stage. */
struct ledger_input {
    bool tables;   /* in: hand-made tables in JSON are taken, too */
    bool captured; /* out: the sender says that the logs were taken at run time */
};
status ledger_input_read(struct call *call, const struct ledger_options *options,
                         struct ledger_input *in, struct ledger *ledger, struct error *err);

#endif
