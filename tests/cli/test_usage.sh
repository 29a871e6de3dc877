# Wrong usage: exit code 64, a suggestion, nothing on standard output.
run 64
out_empty
err_has 'which command'
err_has '^hint: '
run 64 usr list
err_has "there is no command 'usr'"
err_has "^hint: did you mean 'sleuth user'\?"
run 64 user creat x
err_has "did you mean 'sleuth user create'\?"
run 64 user create a@b.c --pln pro
err_has "did you mean '--plan'\?"
run 64 user create a@b.c --plan prp
err_has "did you mean 'pro'\?"
run 64 user create
err_has 'missing: EMAIL'
run 64 user list extra
run 64 version -o yaml
run 64 detect
run 64 help nonsense

# The language of errors is chosen before anything is parsed.
run 64 --lang zh usr
err_has "没有命令 'usr'"
err_has '^提示：'
LC_ALL=zh_CN.UTF-8 run 64 usr
err_has '没有命令'
LC_ALL=C LANG=zh_CN.UTF-8 run 64 usr
err_has 'there is no command'
LC_ALL=zh_CN.UTF-8 run 64 --lang en usr
err_has 'there is no command'
