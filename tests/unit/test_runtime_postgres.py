import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from linli.runtime import binaries, postgres, throwaway
from linli.runtime.trouble import Trouble


def test_the_throwaway_database_finds_trigrams_in_chinese_and_tibetan():
    with throwaway.database() as url, psycopg.connect(url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")

        found = connection.execute("SELECT '洛堆社区' % '洛堆社区居委会', 'བོད་ཡིག་' % 'བོད་ཡིག'").fetchone()

    assert found == (True, True)
