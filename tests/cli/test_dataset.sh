# Data sets and bundles, against a fake Zenodo on loopback; the air-gapped half runs without network.
python3 "$ROOT/tests/http/zenodo_fake.py" > fake.out &
FAKE=$!
trap 'kill $FAKE 2>/dev/null; [ -z "${SERVER:-}" ] || kill "$SERVER" 2>/dev/null' EXIT
for _ in $(seq 100); do [ -s fake.out ] && break; sleep 0.05; done
BASE=$(cat fake.out)
printf '[zenodo]\nbase_url = %s\n' "$BASE" > online.conf
S=$ROOT/web/samples

run 0 info zenodo://1002 --config online.conf
out_has 'eval v1.csv'
err_has 'cc-by-4.0'
run 1 detect zenodo://1002 --config online.conf --draws 199 --format json
json_is "j['verdict']['verdict']" adaptive_protocol_detected
cp out direct.json
run 2 detect zenodo://2001 --config online.conf
err_has 'MD5'

# A bundle, made without account, data directory or server.
run 0 dataset key me.key
cp out me.pub
check "a signing key is for its owner only" "$(stat -c %a me.key)" 600
run 7 dataset key me.key
run 0 dataset fetch zenodo://1002 --files '*.csv' --config online.conf --output cbd.sleuthpack --sign me.key
out_has 'eval v1.csv'
check "nothing is left of the writing" "$(ls ./*.part 2>/dev/null)" ""
check "any tar can list it" "$(tar tf cbd.sleuthpack | tr '\n' ' ')" \
    "manifest.json record.json files/0001 files/0002 manifest.sig "
SUM=$(sha256sum "$S/adaptive.csv" | cut -d' ' -f1)
check "contents are the files" "$(tar xOf cbd.sleuthpack files/0002 | sha256sum | cut -d' ' -f1)" "$SUM"
run 0 dataset verify cbd.sleuthpack --key me.pub
err_has 'trusted key'
run 3 dataset verify cbd.sleuthpack --require-signature
err_has 'not trusted here'
for rid in 2001 2002 2016; do
    run $([ $rid = 2002 ] && echo 2 || echo 3) dataset fetch $rid --config online.conf --output bad.sleuthpack
    check "$rid leaves no bundle" "$(ls bad.sleuthpack* 2>/dev/null)" ""
done
run 6 dataset fetch 999 --config online.conf --output bad.sleuthpack
printf '[outbound]\nmode = airgap\n[zenodo]\nbase_url = %s\n' "$BASE" > airgap.conf
run 4 dataset fetch 1002 --config airgap.conf --output bad.sleuthpack
kill $FAKE

# On a second data directory without any network: the same sums, the same verdict.
if unshare -rn true 2>/dev/null; then inside() { unshare -rn "$@"; }; else
    echo "SKIPPED: unshare -n is not allowed here; the bundle is imported with the network on"
    inside() { "$@"; }
fi
mkdir -p "$D/trusted_keys.d" && cp me.pub "$D/trusted_keys.d/"
inside "$SLEUTH" dataset import cbd.sleuthpack --data "$D" --require-signature --config airgap.conf -o json > out 2> err
check "imported without a network" "$?" 0
json_is "sorted(x['sha256'] for x in j['imported'])[0:9] != [], j['trusted']" "(True, True)"
json_is "[x['sha256'] for x in j['imported'] if x['file_key'] == 'eval v1.csv'] == ['$SUM']" True
inside "$SLEUTH" detect dataset:zenodo-1002 --data "$D" --config airgap.conf --draws 199 --format json > out 2> err
check "the same exit code" "$?" 1
json_is "j['verdict'] == json.load(open('direct.json'))['verdict']" True
run 0 dataset list --data "$D"
out_has 'zenodo-1002 +a small.csv'
run 0 dataset import cbd.sleuthpack --data "$D"
run 0 dataset list --data "$D" -o json
json_is "len(j['datasets'])" 2
run 0 dataset show 'zenodo-1002/a small.csv' --data "$D" -o json
json_is "j['license'], j['origin'], j['signed']" "('cc-by-4.0', 'bundle', True)"

# What was changed on the way is found.
python3 - <<'PY'
import re
data = bytearray(open("cbd.sleuthpack", "rb").read())
flip = bytearray(data)
flip[data.index(b"time_period,algorithm") + 40] ^= 1
open("flip.sleuthpack", "wb").write(flip)
swap = data.replace(b'"license": "cc-by-4.0"', b'"license": "cc-by-9.9"', 1)
open("swap.sleuthpack", "wb").write(swap)
open("short.sleuthpack", "wb").write(data[:-2048])

def header(name, size, kind=b"0", link=b""):
    h = bytearray(512)
    h[0:len(name)] = name
    h[100:108] = b"0000644\0"; h[108:116] = b"0000000\0"; h[116:124] = b"0000000\0"
    h[124:136] = b"%011o\0" % size
    h[136:148] = b"00000000000\0"; h[148:156] = b" " * 8
    h[156:157] = kind; h[157:157 + len(link)] = link; h[257:265] = b"ustar\00000"
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)

def entry(name, body, **more):
    return header(name, len(body), **more) + body + b"\0" * (-len(body) % 512)

def pack(manifest, *entries):
    return entry(b"manifest.json", manifest) + b"".join(entries) + b"\0" * 1024
SUM = b'"md5":"5d41402abc4b2a76b9719d911017c592","sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"'
ONE = b'{"format":"sleuthpack/1","files":[{"key":"%s","size":%d,' + SUM + b',"path":"files/0001"}]}'
cases = {
    "good": pack(ONE % (b"a.csv", 5), entry(b"files/0001", b"hello")),
    "up": pack(ONE % (b"../a.csv", 5), entry(b"files/0001", b"hello")),
    "root": pack(ONE % (b"/etc/x", 5), entry(b"files/0001", b"hello")),
    "link": pack(ONE % (b"a.csv", 0), entry(b"files/0001", b"", kind=b"2", link=b"/etc/passwd")),
    "name": pack(ONE % (b"a.csv", 5), entry(b"../../x", b"hello")),
    "bomb": entry(b"manifest.json", ONE % (b"a.csv", 8 << 29)) + header(b"files/0001", 8 << 29),
    "more": pack(ONE % (b"a.csv", 5), entry(b"files/0001", b"hello"), entry(b"files/0002", b"x")),
    "json": pack(b"{", entry(b"files/0001", b"hello")),
    "zip": b"PK\3\4" + b"\0" * 2000,
}
for name, data in cases.items():
    open(name + ".sleuthpack", "wb").write(data)
PY
run 3 dataset verify flip.sleuthpack
run 3 dataset import flip.sleuthpack --data "$D"
run 3 dataset verify swap.sleuthpack --key me.pub
run 3 dataset import swap.sleuthpack --data "$D"
run 2 dataset verify short.sleuthpack
run 0 dataset verify good.sleuthpack
for name in up root link name bomb more json zip; do
    run 2 dataset import $name.sleuthpack --data "$D"
    err_has 'not a bundle'
done
run 0 dataset import good.sleuthpack --data "$D" --name good --dry-run
run 4 dataset import good.sleuthpack --data "$D" --require-signature
run 0 dataset list --data "$D" -o json
json_is "len(j['datasets'])" 2
check "the spool is clean" "$(ls "$D/spool")" ""

# Directories with checksums, and logs.
mkdir -p dir/sub && cp "$S/adaptive.csv" dir/a.csv && cp "$S/honest.csv" dir/sub/b.csv
run 3 dataset import dir --data "$D"
(cd dir && sha256sum a.csv > SHA256SUMS)
run 3 dataset import dir --data "$D"
err_has "'sub/b.csv' is not listed"
(cd dir && sha256sum a.csv sub/b.csv > SHA256SUMS)
run 0 dataset verify dir
run 0 dataset import dir --data "$D" --name mine --doi 10.5281/zenodo.17637303 --license cc0
run 1 detect dataset:mine/a.csv --data "$D" --draws 199
echo x >> dir/a.csv
run 3 dataset import dir --data "$D" --name mine
run 0 dataset pack dir --output logs.sleuthpack --title logs
run 0 dataset export logs.sleuthpack --to again
check "files come out as they went in" "$(diff -r dir again | grep -v SHA256SUMS)" ""
run 7 dataset export logs.sleuthpack --to again
run 0 dataset export zenodo-1002 --data "$D" --output second.sleuthpack
run 0 dataset verify second.sleuthpack -o json
json_is "[x['sha256'] for x in j['files'] if x['file_key'] == 'eval v1.csv'] == ['$SUM']" True

# The same through a running server; then removal.
server_start --no-tls
run 0 dataset import logs.sleuthpack --data "$D" --name logs
run 0 dataset list --data "$D"
out_has '^logs +a.csv'
run 1 detect dataset:zenodo-1002 --data "$D" --draws 199
run 4 dataset rm zenodo-1002 --data "$D"
run 0 dataset rm 'zenodo-1002/eval v1.csv' --data "$D" --yes
run 2 detect 'dataset:none' --data "$D"
server_stop
