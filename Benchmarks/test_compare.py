"""Tests of compare.py: `python3 -m unittest discover -s Benchmarks`, or `make test-bench`."""

import pathlib
import sys
import unittest

import compare

# A peer that prints the amount of work it is given as its figure.
ECHO = "import json, sys; print(json.dumps(dict(name='r', unit='ns', value=int(sys.argv[2]))))"
FOLDER = pathlib.Path("bench")


class Commands(unittest.TestCase):
    def test_a_program_of_rows_gets_the_row_and_its_amount(self):
        command = compare.command_of({"command": ["{bench}/rows"]}, {"name": "ping-pong"}, 5, FOLDER)
        self.assertEqual(command, ["bench/rows", "ping-pong", "5"])

    def test_an_interpreter_gets_the_script_and_nothing_else(self):
        row = {"name": "ping-pong", "script": "pp.lua"}
        command = compare.command_of({"command": ["lua", "Scripts/{script}"]}, row, None, FOLDER)
        self.assertEqual(command, ["lua", "Scripts/pp.lua"])


class Measuring(unittest.TestCase):
    def measure(self, command, rounds=1):
        rows = [{"name": "r", "peers": {"revoada": 42}}]
        return compare.measure(rows, {"revoada": command, "go": command}, rounds, FOLDER)

    def test_every_round_adds_one_figure_of_each_peer_that_has_the_row(self):
        values, units, complaints = self.measure({"command": [sys.executable, "-c", ECHO]}, rounds=3)
        self.assertEqual((values, units, complaints), ({"r": {"revoada": [42.0] * 3}}, {"r": "ns"}, []))

    def test_a_process_that_fails_is_reported_with_its_last_words(self):
        words = "import sys; sys.exit('sum: got 1, want 2')"
        values, _, complaints = self.measure({"command": [sys.executable, "-c", words]})
        self.assertEqual(values, {"r": {"revoada": []}})
        self.assertEqual(complaints, ["r, revoada, round 1: exit code 1: sum: got 1, want 2"])

    def test_a_missing_program_is_reported(self):
        _, _, complaints = self.measure({"command": ["no/such/program"]})
        self.assertEqual(complaints, ["r, revoada, round 1: no/such/program: No such file or directory"])

    def test_output_without_a_figure_is_reported(self):
        _, _, complaints = self.measure({"command": [sys.executable, "-c", "print('hello')"]})
        self.assertEqual(complaints, ["r, revoada, round 1: printed no figure"])


class Summaries(unittest.TestCase):
    PEERS = {"revoada": {}, "go": {}, "stock": {}}

    def summary(self, values, **targets):
        return compare.summarise({"name": "r", **targets}, "ns", values, self.PEERS)

    def test_figures_are_medians_and_ratios_are_ours_over_theirs(self):
        summary = self.summary({"revoada": [9, 300, 10], "go": [20, 40, 30]})
        self.assertEqual((summary["revoada"], summary["go"], summary["stock"]), (10, 30, None))
        self.assertEqual((summary["ratio_go"], summary["ratio_stock"]), (0.3333, None))
        self.assertEqual(summary["range"], {"revoada": [9, 300], "go": [20, 40]})

    def test_a_target_is_met_only_if_all_its_bounds_are(self):
        values = {"revoada": [10], "go": [8], "stock": [500]}
        bounds = {"at_most": {"go": 1.5}, "below_by": {"stock": 40}}
        self.assertEqual(self.summary(values, **bounds)["targets"], "≤ 1.5 × go, ≤ stock ÷ 40")
        self.assertIs(self.summary(values, **bounds)["met"], True)
        self.assertIs(self.summary({**values, "stock": [399]}, **bounds)["met"], False)
        self.assertIs(self.summary({**values, "stock": []}, **bounds)["met"], None)

    def test_a_target_can_be_a_figure_of_our_own(self):
        self.assertIs(self.summary({"revoada": [1.8]}, at_least={"value": 1.7})["met"], True)
        self.assertIs(self.summary({"revoada": [1.6]}, at_least={"value": 1.7})["met"], False)
        self.assertIs(self.summary({"revoada": [501]}, at_most={"value": 500})["met"], False)

    def test_go_and_stock_are_there_without_such_peers(self):
        summary = compare.summarise({"name": "r"}, "x", {"revoada": [2]}, {"revoada": {}})
        self.assertEqual((summary["go"], summary["stock"], summary["met"]), (None, None, None))


class Sets(unittest.TestCase):
    def test_every_set_names_known_peers_and_existing_scripts(self):
        for path in (compare.HERE / "Sets").glob("*.json"):
            plan = compare.read_plan(path)
            for row in plan["rows"]:
                with self.subTest(set=path.stem, row=row["name"]):
                    self.assertLessEqual(set(row["peers"]), set(plan["peers"]))
                    if "script" in row:
                        self.assertTrue((compare.HERE / "Scripts" / row["script"]).exists())

    def test_every_program_knows_the_rows_it_is_asked_for(self):
        for path in (compare.HERE / "Sets").glob("*.json"):
            plan = compare.read_plan(path)
            for row in plan["rows"]:
                for peer in row["peers"]:
                    program = pathlib.Path(plan["peers"][peer]["command"][0]).name
                    tables = [
                        compare.HERE / "Sources" / program / f"{program}.swift",
                        compare.HERE / "Peers" / program / "main.go",
                    ]
                    for table in filter(pathlib.Path.exists, tables):
                        with self.subTest(set=path.stem, row=row["name"], program=program):
                            self.assertIn(f'"{row["name"]}":', table.read_text())


if __name__ == "__main__":
    unittest.main()
