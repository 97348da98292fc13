"""Release files shared by all who read them, and never read as they were before."""

import threading

import duckdb
import pytest

from sql import open_files
from sql.open_files import OpenFiles, WrittenAgain


def write(path, number):
    """A new file under the name, as a release is written again."""
    unfinished = path.with_suffix(".tmp")
    with duckdb.connect(str(unfinished)) as connection:
        connection.execute(f"create table told as select {number} as n")
    unfinished.replace(path)
    return path


def told(connection):
    return connection.execute("select n from told").fetchone()[0]


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "release.duckdb", 1)


def test_two_readers_share_one_database_and_the_last_closes_it(path):
    files = OpenFiles()
    with files.reading(path) as one, files.reading(path) as other:
        assert told(one) == told(other) == 1
        assert len(files._files) == 1
    assert not files._files


def test_a_file_written_again_is_read_anew_by_whoever_comes_after_its_last_reader(path):
    files, found = OpenFiles(), []
    files.most = 1

    def later():
        with files.reading(path) as connection:
            found.append(told(connection))

    with files.reading(path) as connection:
        write(path, 2)
        waiting = threading.Thread(target=later)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert told(connection) == 1
    waiting.join(5)
    assert found == [2]
    write(path, 3)
    later()
    assert found == [2, 3]


def test_as_many_stay_open_as_are_to_and_those_read_last(tmp_path):
    files = OpenFiles()
    files.most = 2
    paths = [write(tmp_path / f"{number}.duckdb", number) for number in range(4)]
    for path in paths:
        with files.reading(path) as connection:
            assert told(connection) == int(path.stem)
    assert list(files._files) == paths[2:]


def test_what_is_open_may_not_be_written_nor_reach_another_file(path, tmp_path):
    with OpenFiles().reading(path) as connection:
        with pytest.raises(duckdb.Error):
            connection.execute("insert into told values (2)")
        with pytest.raises(duckdb.Error):
            connection.execute(f"attach '{tmp_path / 'other.duckdb'}' as other")


def test_a_removed_file_is_closed_as_soon_as_another_is_read(tmp_path):
    files = OpenFiles()
    files.most = 4
    first, second = write(tmp_path / "1.duckdb", 1), write(tmp_path / "2.duckdb", 2)
    with files.reading(first):
        pass
    first.unlink()
    with files.reading(second):
        pass
    assert list(files._files) == [second]
    with pytest.raises(FileNotFoundError), files.reading(first):
        pass


def test_a_thread_that_reads_a_file_goes_on_with_what_it_was(path):
    files = OpenFiles()
    with files.reading(path):
        write(path, 2)
        with files.reading(path) as again:
            assert told(again) == 1
    with files.reading(path) as connection:
        assert told(connection) == 2


def test_others_that_come_and_go_do_not_make_the_wait_longer(path, tmp_path, monkeypatch):
    monkeypatch.setattr(open_files, "PATIENCE_SECONDS", 0.3)
    files, ended, said = OpenFiles(), threading.Event(), []
    busy = write(tmp_path / "busy.duckdb", 9)

    def come_and_go():
        while not ended.wait(0.02):
            with files.reading(busy):
                pass

    def wait():
        try:
            with files.reading(path):
                pass
        except WrittenAgain as why:
            said.append(str(why))

    with files.reading(path):
        write(path, 2)
        others = [threading.Thread(target=come_and_go), threading.Thread(target=wait)]
        for one in others:
            one.start()
        others[1].join(3)
        ended.set()
        others[0].join(3)
    assert len(said) == 1


def test_a_database_that_gives_no_connection_any_more_is_opened_again(path):
    files = OpenFiles()
    files.most = 1
    with files.reading(path):
        pass
    files._files[path].database.close()  # as after an error that it does not recover from
    with files.reading(path) as connection:
        assert told(connection) == 1
