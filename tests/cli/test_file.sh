# Files from the command line: in this process, through the server, large ones in parts.
sleuth --data "$D" user create ada@example.com --plan pro --no-password 2>/dev/null
sleuth --data "$D" user create ben@example.com --plan pro --no-password 2>/dev/null
printf 'a,b\n1,2\n3,4\n' > small.csv
{ echo 'a,b'; seq 1 1500000 | sed 's/$/,x/'; } > large.csv
U="--user ada@example.com"

files() {
    run 0 --data "$D" file put small.csv $U
    out_has '^fil_[0-9a-z]{26}$'
    ID=$(cat out)
    run 0 --data "$D" file show "$ID" $U -o json
    json_is "j['name'], j['size'], j['rows'], j['columns'], j['state']" "('small.csv', 12, 2, 2, 'complete')"
    run 0 --data "$D" file get "$ID" $U
    check "the content comes back" "$(cat out)" "$(cat small.csv)"
    run 6 --data "$D" file show "$ID" --user ben@example.com
    run 0 --data "$D" file put large.csv $U
    LARGE=$(cat out)
    rm -f back.csv
    run 0 --data "$D" file get "$LARGE" $U --output back.csv
    check "a large file comes back" "$(sha256sum < back.csv)" "$(sha256sum < large.csv)"
    run 7 --data "$D" file get "$LARGE" $U --output back.csv
    run 0 --data "$D" file list $U -o json
    json_is "sorted(f['name'] for f in j['files'])" "['large.csv', 'small.csv']"
    INPUT=small.csv
    run 0 --data "$D" file put - --name other.csv $U
    INPUT=
    check "the same content is one file" "$(cat out)" "$ID"
    run 64 --data "$D" file put -
    run 64 --data "$D" file list
    run 6 --data "$D" file put missing.csv $U
    run 4 --data "$D" file rm "$ID" $U
    run 0 --data "$D" file rm "$ID" $U --yes
    run 6 --data "$D" file show "$ID" $U
    run 0 --data "$D" file rm "$LARGE" $U --yes
    run 0 --data "$D" cache list -o json
    json_is "j['entries']" "[]"
    run 0 --data "$D" cache clear
    err_has '^0 cached results'
    run 0 --data "$D" cache clear --user ada@example.com -o json
    json_is "j['status'], j['cleared']" "('success', 0)"
}
files
server_start --no-tls
files
# Damage on the disk is told, not handed out.
sleuth --data "$D" file put large.csv $U > id 2>/dev/null
H=$(sha256sum < large.csv | cut -c1-64)
printf X | dd of="$D/blobs/$(echo "$H" | cut -c1-2)/$(echo "$H" | cut -c3-4)/$H" bs=1 seek=1000 conv=notrunc 2>/dev/null
run 3 --data "$D" file get "$(cat id)" $U --output damaged.csv
check "no damaged file is left" "$(ls damaged.csv 2>/dev/null)" ""
server_stop
