"""What a password must be: long enough, not the sign-in name, and none of those that anybody would try first."""

import re

from registry.base.i18n import Message, msg

LEAST = 10
"""Characters, where the settings do not say more."""
WORDS = """
000000 0000000000 11111111 1111111111 111222333 112233 11223344 1122334455 121212 123123 123123123 123321 12341234
123456 1234567 12345678 123456789 1234567890 123456789a 1234567a 123456a 123456abc 1234abcd 1234qwer 123654 123abc
123qwe 12qwaszx 1314520 13145200 1314521 147258 147258369 159357 159753 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx
1qaz2wsx3edc 222222 2222222222 321321 333333 456789 520131 5201314 520520 520520520 5211314 521521 555555 654321
666666 66666666 6666666666 69696969 741852963 753951 7758258 7758521 777777 7777777 789456 789456123 87654321 888888
88888888 8888888888 963852741 987654 987654321 9876543210 999999 99999999 a123123 a123456 a1234567 a12345678
a123456789 a1b2c3 a1b2c3d4 aa123456 aaa111 aaaaaa abc123 abc123456 abc12345678 abcabc abcd1234 abcd123456 abcdef
abcdefg abcdefgh abcdefghij access admin admin123 admin888 administrator aini1314 aini520 aiwojia anhui asd123
asd123456 asdasd asdf1234 asdfasdf asdfgh asdfghjk asdfghjkl asdfjkl baobao baseball batman beijing changeme charlie
china china123 chinachina computer danger default demo dragon facebook flower football freedom gongwuyuan google guest
hahaha hello hellohello helloworld huaian huaian123 iloveu iloveyou iloveyou1314 internet jiangsu jiangsu123 jiayou
jordan killer laodong laowu lenovo letmein liang login love1314 lovely loveme manager master michael mima mima123
mimamima monkey mustang mypassword nanjing nihao nihao123 nihaoma p@ssw0rd p@ssword pass passw0rd password password1
password123 princess q123456 q1w2e3 q1w2e3r4 qazwsx qazwsxedc qazxsw qq123456 qq123456789 qwe123 qwe123456 qwer1234
qwerasdf qwert qwerty qwerty123 qwertyui qwertyuiop qwertyuiopasdfghjkl renshe renshe123 renshebu renshiju root
rootroot secret server shadow shanghai starwars sunshine superman system system32 taobao tencent test test123 testtest
tiantian tianya tigger trustno1 user w123456 w123456789 wang123 wang1234 welcome welcome1 whatever windows wo123456
woaini woaini123 woaini1314 woaini1314520 woaini520 woaini5201314 woaini521 woaiwojia woaizhongguo wodemima wodeshijie
wojiushiwo wozuiai xiaoming xiaoxiao xuyi xuyi123 z123456 z123456789 zaq12wsx zhang123 zhangwei zhongguo zhongguo123
zxc123 zxc123456 zxcvbn zxcvbnm zxcvbnm123
"""
COMMON = frozenset(WORDS.split())
"""What is tried first, here and elsewhere."""
TAIL = re.compile(r"[0-9\W_]{1,6}$")
"""What people hang on to a word so that it counts as a password."""
RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def password_faults(password: str, *, login: str = "", least: int = LEAST) -> list[Message]:
    """Everything that is wrong with a password; empty when it is good."""
    low, faults = password.casefold(), []
    if len(password) < least:
        faults.append(msg("A password has at least {n} characters.", n=least))
    if len(login) > 3 and login.casefold() in low:
        faults.append(msg("The sign-in name must not be part of the password."))
    if easily_guessed(low):
        faults.append(msg("This is one of the passwords that anybody would try first; choose another."))
    return faults


def easily_guessed(low: str) -> bool:
    """Whether a password (lower case) is a common one, with or without something hung on, or hardly varies."""
    stem = TAIL.sub("", low)
    return low in COMMON or stem in COMMON or len(set(low)) < 5 or any(low in run for run in RUNS)
