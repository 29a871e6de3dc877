/* The style sheet of HTML reports: one text for light, dark, phone and print, and its CSP hash.
 *
 * Everything is scoped to the class "rp", so that the web app can embed the sections. Colours
 * carry no meaning alone: series differ by marker and dash too, verdicts by icon and words. The
 * eight series colours are after Okabe and Ito (2008, "Color universal design"), darkened on
 * light and lightened on dark ground to at least 4.5:1 for text and 3:1 for lines. */
#include "detect/detect.h"

static const char style[] =
    /* colours */
    ".rp{--bg:#fff;--panel:#f5f7f9;--ink:#18212b;--dim:#52606f;--line:#cfd6de;--grid:#e4e8ed;"
    "--accent:#1b6ca8;--strong:#b3261e;--moderate:#8f5400;--neutral:#3d4a58;"
    "--strongbg:#fdf1ef;--moderatebg:#fdf6ea;--neutralbg:#f1f4f7;"
    "--s0:#0067a3;--s1:#c04f00;--s2:#00785a;--s3:#a3457c;--s4:#7d6200;--s5:#4b5fc4;--s6:#5b6470;"
    "--s7:#8a3ffc;--bar:#86b4d4;"
    "color:var(--ink);background:var(--bg);font:16px/1.55 system-ui,-apple-system,\"Segoe UI\","
    "Roboto,\"Noto Sans\",\"Noto Sans CJK SC\",\"PingFang SC\",\"Microsoft YaHei\",sans-serif;"
    "font-variant-numeric:tabular-nums;overflow-wrap:anywhere}\n"
    "@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]) .rp{"
    "color-scheme:dark;--bg:#12171c;--panel:#1b2229;--ink:#e5eaf0;--dim:#a4b0bd;--line:#3a4551;"
    "--grid:#28313a;--accent:#7cbcec;--strong:#ff9385;--moderate:#f2b661;--neutral:#c3cdd8;"
    "--strongbg:#2b1a19;--moderatebg:#2a2215;--neutralbg:#1c242c;"
    "--s0:#5ab5f0;--s1:#ff9c5f;--s2:#3fd0a2;--s3:#f2a2d0;--s4:#e6cf4e;--s5:#a3b2ff;--s6:#b9c2cc;"
    "--s7:#c9a6ff;--bar:#3d7ba6}}\n"
    "@media screen{:root[data-theme=dark] .rp{"
    "color-scheme:dark;--bg:#12171c;--panel:#1b2229;--ink:#e5eaf0;--dim:#a4b0bd;--line:#3a4551;"
    "--grid:#28313a;--accent:#7cbcec;--strong:#ff9385;--moderate:#f2b661;--neutral:#c3cdd8;"
    "--strongbg:#2b1a19;--moderatebg:#2a2215;--neutralbg:#1c242c;"
    "--s0:#5ab5f0;--s1:#ff9c5f;--s2:#3fd0a2;--s3:#f2a2d0;--s4:#e6cf4e;--s5:#a3b2ff;--s6:#b9c2cc;"
    "--s7:#c9a6ff;--bar:#3d7ba6}}\n"
    /* page */
    "body.rp{margin:0}\n"
    ".rp .page{max-width:61rem;margin:0 auto;padding:0 1.25rem 3rem}\n"
    ".rp .skip{position:absolute;left:-999px}.rp .skip:focus{left:8px;top:8px;padding:8px;"
    "background:var(--bg);color:var(--accent)}\n"
    ".rp .bar{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;"
    "padding:1.1rem 0 .9rem;border-bottom:1px solid var(--line);color:var(--dim);"
    "font-size:.875rem}\n"
    ".rp .bar b{color:var(--ink);font-size:1rem;letter-spacing:.01em}\n"
    ".rp h1,.rp h2,.rp h3{line-height:1.25;text-wrap:balance}"
    ".rp :is(h1,h2,h3):lang(zh){text-wrap:wrap}\n"
    ".rp h2{font-size:1.3rem;margin:2.75rem 0 .75rem;padding-top:.2rem}\n"
    ".rp h3{font-size:1rem;margin:0 0 .5rem}\n"
    ".rp p,.rp li,.rp dd{max-width:72ch}.rp p{margin:.5rem 0}\n"
    ".rp a{color:var(--accent)}\n"
    ".rp :focus-visible{outline:3px solid var(--accent);outline-offset:2px}\n"
    ".rp .dim{color:var(--dim)}.rp .small{font-size:.875rem}\n"
    ".rp ul,.rp ol{margin:.5rem 0;padding-left:1.25rem}.rp li{margin:.3rem 0}\n"
    ".rp code{font:.85em/1.5 ui-monospace,\"SF Mono\",Consolas,\"DejaVu Sans Mono\","
    "monospace}\n"
    /* verdict */
    ".rp .verdict{margin:1.5rem 0 0;padding:1.25rem 1.5rem 1.35rem;border:1px solid var(--line);"
    "border-left:6px solid var(--tone);border-radius:6px;background:var(--tonebg);"
    "--tone:var(--neutral);--tonebg:var(--neutralbg)}\n"
    ".rp .verdict.strong{--tone:var(--strong);--tonebg:var(--strongbg)}\n"
    ".rp .verdict.moderate{--tone:var(--moderate);--tonebg:var(--moderatebg)}\n"
    ".rp .next{margin:.8rem 0 0}.rp .ask{margin:0;color:var(--dim);font-size:.9375rem}\n"
    ".rp .answer{display:flex;gap:.75rem;align-items:center;margin:.35rem 0 .1rem}\n"
    ".rp .answer svg{flex:none;width:2.5rem;height:2.5rem}\n"
    ".rp .answer p{margin:0;line-height:1.35}\n"
    ".rp .answer b{display:block;font-size:1.35rem;line-height:1.2;color:var(--tone)}\n"
    ".rp .icon{fill:none;stroke:var(--tone);stroke-width:2.5;stroke-linecap:round;"
    "stroke-linejoin:round}.rp .icon .dot{fill:var(--tone);stroke:none}\n"
    ".rp .verdict .head{font-size:1.75rem;margin:1rem 0 .4rem;letter-spacing:-.01em}\n"
    ".rp .verdict .text{font-size:1.0625rem}\n"
    ".rp .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));"
    "gap:.75rem 1.5rem;margin:1.1rem 0 0;padding-top:1rem;border-top:1px solid var(--line)}\n"
    ".rp .facts div{min-width:0}.rp .facts dt{color:var(--dim);font-size:.8125rem}\n"
    ".rp .facts dd{margin:0;font-weight:600}.rp .facts dd small{display:block;font-weight:400;"
    "font-size:.8125rem;color:var(--dim)}\n"
    ".rp .many{margin:1rem 0 0;display:flex;gap:1rem;align-items:center;flex-wrap:wrap}\n"
    ".rp .many svg{width:19rem;max-width:100%;height:auto;flex:none}\n"
    ".rp .many figcaption{flex:1;min-width:14rem;color:var(--dim);font-size:.875rem}\n"
    ".rp .logs{color:var(--line)}.rp .hit{fill:var(--tone)}\n"
    /* blocks */
    ".rp .two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr));"
    "gap:0 2.5rem}\n"
    ".rp .two h2{margin-top:2rem}\n"
    ".rp .plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));"
    "gap:1.5rem 2rem;margin:1rem 0}\n"
    ".rp figure{margin:0;min-width:0}.rp .plots figure{break-inside:avoid}\n"
    ".rp .plots figcaption{font-size:.875rem;color:var(--dim);max-width:60ch}\n"
    ".rp .plots figcaption b{display:block;color:var(--ink);font-size:.9375rem}\n"
    ".rp .key{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.75rem 0 0;padding:0;"
    "list-style:none;font-size:.875rem}.rp .key li{margin:0;display:flex;gap:.4rem;"
    "align-items:center}.rp .key svg{width:30px;height:12px;flex:none}\n"
    ".rp details{margin:.4rem 0 0;font-size:.875rem}\n"
    ".rp summary{cursor:pointer;color:var(--accent);min-height:24px;display:inline-block;"
    "padding:2px 0}\n"
    ".rp .scroll{overflow-x:auto;max-width:100%}\n"
    ".rp table{border-collapse:collapse;font-size:.875rem;margin:.5rem 0;overflow-wrap:normal}\n"
    ".rp table.wide{width:100%}\n"
    ".rp caption{text-align:left;color:var(--dim);padding:.25rem 0;font-size:.875rem}\n"
    ".rp th,.rp td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--grid);"
    "text-align:left;vertical-align:top}\n"
    ".rp thead th{color:var(--dim);font-weight:600;border-bottom-color:var(--line);"
    "vertical-align:bottom}\n"
    ".rp tbody th{font-weight:600}.rp tbody th small{display:block;font-weight:400;"
    "font-size:.8125rem;color:var(--dim)}.rp .n+:not(.n){padding-left:1rem}\n"
    ".rp .n{text-align:right;white-space:nowrap}.rp .flag{color:var(--moderate);font-weight:600}\n"
    ".rp .verdict.strong~* .flag{color:var(--strong)}\n"
    ".rp .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));"
    "gap:1rem;margin:1rem 0}\n"
    ".rp .card{border:1px solid var(--line);border-radius:6px;padding:1rem;background:var(--panel);"
    "min-width:0;break-inside:avoid}\n"
    ".rp .card .big{font-size:1.6rem;font-weight:600;line-height:1.2;margin:0}\n"
    ".rp .card p{margin:.3rem 0;font-size:.875rem}\n"
    ".rp .steps{list-style:none;padding:0}.rp .steps li{padding-left:1.9rem;position:relative}\n"
    ".rp .steps li::before{content:\"\";position:absolute;left:0;top:.25em;width:1rem;height:1rem;"
    "border:1.5px solid var(--dim);border-radius:3px}\n"
    ".rp .prov{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.3rem 1.5rem;"
    "margin:.75rem 0;font-size:.875rem}.rp .prov dt{color:var(--dim)}.rp .prov dd{margin:0}\n"
    ".rp .note{border-left:3px solid var(--line);padding:.1rem 0 .1rem .9rem}\n"
    ".rp .sign td{height:2.6rem;min-width:8rem}\n"
    ".rp footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);"
    "color:var(--dim);font-size:.8125rem}\n"
    /* drawings */
    ".rp .plot{display:block;width:100%;height:auto;max-width:30rem;overflow:visible}\n"
    ".rp svg text{font:11px/1 system-ui,-apple-system,\"Segoe UI\",\"Noto Sans\","
    "\"Noto Sans CJK SC\",sans-serif;fill:var(--dim)}\n"
    ".rp svg .at{fill:var(--dim);font-size:11px}.rp svg .em{fill:var(--ink);font-weight:600}\n"
    ".rp .ax{stroke:var(--dim);stroke-width:1}.rp .gr{stroke:var(--grid);stroke-width:1}\n"
    ".rp .band{fill:var(--moderate);opacity:.16}\n"
    ".rp .rf{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3;fill:none}\n"
    ".rp .ob{stroke:var(--strong);stroke-width:2.5}.rp .ob2{stroke:var(--neutral);"
    "stroke-width:2.5}\n"
    ".rp .br{fill:var(--bar)}.rp .br2{fill:var(--strong)}\n"
    ".rp .ln,.rp .l{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round;"
    "stroke:var(--s0)}\n"
    ".rp .m{stroke:var(--bg);stroke-width:.6}\n"
    ".rp .l0{stroke:var(--s0)}.rp .l1{stroke:var(--s1);stroke-dasharray:7 3}"
    ".rp .l2{stroke:var(--s2);stroke-dasharray:2 3.5}.rp .l3{stroke:var(--s3);"
    "stroke-dasharray:9 3 2 3}.rp .l4{stroke:var(--s4);stroke-dasharray:12 3}"
    ".rp .l5{stroke:var(--s5);stroke-dasharray:4 2}.rp .l6{stroke:var(--s6)}"
    ".rp .l7{stroke:var(--s7);stroke-dasharray:1 3}\n"
    ".rp .m0{fill:var(--s0)}.rp .m1{fill:var(--s1)}.rp .m2{fill:var(--s2)}.rp .m3{fill:var(--s3)}"
    ".rp .m4{fill:var(--s4)}.rp .m5{fill:var(--s5)}.rp .m6{fill:var(--s6)}"
    ".rp .m7{fill:var(--s7)}\n"
    ".rp .low{fill:var(--s1)}.rp .high{fill:var(--s0)}.rp .lowl{stroke:var(--s1)}"
    ".rp .highl{stroke:var(--s0);stroke-dasharray:7 3}\n"
    ".rp svg .on{fill:var(--bg);font-weight:700}.rp .spark{width:100px;height:22px}\n"
    ".rp .z0{fill:var(--grid)}.rp .z1{fill:var(--line)}.rp .z2{fill:var(--dim);opacity:.55}"
    ".rp .ptr{fill:var(--ink)}.rp .ci{stroke:var(--s0);stroke-width:6;stroke-linecap:round;"
    "opacity:.45}.rp .th{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:3 2}\n"
    /* narrow and paper */
    "@media (max-width:34rem){.rp .page{padding:0 1rem 2rem}.rp .verdict{padding:1rem}"
    ".rp .verdict .head{font-size:1.4rem}.rp .prov{grid-template-columns:1fr;gap:0}"
    ".rp .prov dd{margin-bottom:.6rem}}\n"
    "@media print{@page{margin:16mm 15mm}.rp{font-size:10.5pt}.rp .page{max-width:none;padding:0}"
    ".rp .skip,.rp details,.rp .noprint{display:none}.rp h2{margin-top:1.6rem;break-after:avoid}"
    ".rp .verdict,.rp tr,.rp .card{break-inside:avoid}.rp .plots,.rp "
    ".two{grid-template-columns:1fr 1fr}.rp .cards{grid-template-columns:repeat(3,1fr)}"
    ".rp *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n";

slice report_style(void)
{
    return slice_make(style, sizeof style - 1);
}

/* CSP wants ordinary base64 with padding; base/crypt writes the URL form without. */
slice report_html_style_hash(char ret[static REPORT_STYLE_HASH_MAX])
{
    static const slice prefix = SLICE_INIT("'sha256-");
    struct crypt_hash hash;
    crypt_sha256(&hash, report_style());
    memcpy(ret, prefix.ptr, prefix.len);
    slice text = crypt_base64url(ret + prefix.len, hash.bytes, sizeof hash.bytes);
    size_t len = prefix.len + text.len;
    for (size_t i = prefix.len; i < len; i++)
        ret[i] = (char)(ret[i] == '-' ? '+' : ret[i] == '_' ? '/' : ret[i]);
    for (; (len - prefix.len) % 4 != 0; len++)
        ret[len] = '=';
    ret[len++] = '\'';
    ret[len] = '\0';
    return slice_make(ret, len);
}
