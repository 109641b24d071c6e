"""What nbval does not compare: progress bars and warnings (stderr)."""


def pytest_itemcollected(item):
    if type(item).__name__ == "IPyNbCell" and "stderr" not in item.parent.skip_compare:
        item.parent.skip_compare += ("stderr",)
